import { toTwinError, TwinError } from '../../engine/errors.ts';
import type { FeedSpec } from '../../engine/ports.ts';
import type { Arrival, TransportContext } from './arrivals.ts';
import { transportFor } from './transports/transports.ts';

export interface TapeEvents {
  message(arrival: Arrival): void | Promise<void>;
  /** The link is open, lost, or messages were thrown away. */
  open(): void;
  lost(problem: TwinError): void;
  dropped(count: number): void;
}

/** Takes every message of a feed as it comes until the signal ends; reconnects by itself as a twin does. @throws TwinError `unsupported`, `feed-failed` */
export async function tape(spec: FeedSpec, context: TransportContext, events: TapeEvents, signal: AbortSignal): Promise<void> {
  const transport = transportFor(spec);
  if (!transport || spec.transport === 'push' || spec.transport === 'replay') throw new TwinError('unsupported', `There is nothing to record of a feed with transport “${spec.transport}”.`);
  try {
    for await (const arrival of transport(spec, signal, events, context)) await events.message(arrival);
  } catch (cause) {
    if (!signal.aborted) throw toTwinError(cause, 'feed-failed', spec.url);
  }
}
