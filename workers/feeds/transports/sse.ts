import { shownUrl, toTwinError, TwinError } from '../../../engine/errors.ts';
import type { FeedSpec } from '../../../engine/ports.ts';
import { ArrivalQueue, type LinkEvents, type Transport, type TransportContext } from '../arrivals.ts';
import { ask, AskError, broken, Watch } from '../ask.ts';
import { Backoff, pause } from '../backoff.ts';
import { EventStreamReader, type StreamEvent } from '../event-stream.ts';

/** Seconds without a byte until the link counts as dead, at least; servers send comments to keep it alive. */
const SILENT = 30;
const CONNECT_WITHIN = 10;
/** Seconds that a connection must have lasted for the waits to begin again at the first. */
const HELD = 5;
/** Seconds that a server's `retry` may make us wait. */
const LONGEST_RETRY = 300;

const encoder = /* @__PURE__ */ new TextEncoder();

/** Hands an event on as a message. Our relay tells in events of its own what it had to leave out. */
export function takeEvent(event: StreamEvent, queue: ArrivalQueue, link: LinkEvents, at: number): void {
  if (event.type === 'relay-dropped') return link.dropped(Math.max(1, Math.floor(Number(event.data)) || 1));
  if (event.type === 'relay-gap') return link.note?.('gap', 'The relay no longer has what was sent since the last connection; it may be missing.');
  const bytes = event.encoding === 'base64' ? Uint8Array.from(atob(event.data), (letter) => letter.charCodeAt(0)) : encoder.encode(event.data);
  queue.push({ bytes, topic: event.topic || (event.type === 'message' ? '' : event.type), at });
}

interface Stream {
  readonly spec: FeedSpec;
  readonly queue: ArrivalQueue;
  readonly link: LinkEvents;
  readonly context: TransportContext;
  readonly reader: EventStreamReader;
  readonly opened: () => void;
}

/** One connection from first try to its end; returns what ended it. */
async function connection({ spec, queue, link, context, reader, opened }: Stream, signal: AbortSignal): Promise<TwinError> {
  const where = shownUrl(spec.url);
  const watch = new Watch(signal);
  try {
    watch.beat(CONNECT_WITHIN);
    const response = await ask(spec.url, { Accept: 'text/event-stream', ...(reader.lastId !== '' && { 'Last-Event-ID': reader.lastId }) }, watch);
    const type = response.headers.get('content-type') ?? 'nothing';
    if (response.status === 204) return new AskError(new TwinError('refused', `${where} has ended this stream (204).`, { where }), 30);
    if (!/^text\/event-stream\b/iu.test(type) || !response.body) return new TwinError('refused', `${where} answered ${type} instead of an event stream.`, { where });
    const silent = Math.max(SILENT, 2 * spec.staleAfter);
    watch.beat(silent);
    opened();
    const body = response.body.getReader();
    for (let part = await body.read(); !part.done; part = await body.read()) {
      watch.beat(silent);
      for (const event of reader.read(part.value)) takeEvent(event, queue, link, context.now());
      if (reader.overlong > 0) link.dropped(reader.overlong);
      reader.overlong = 0;
    }
    return new TwinError('network', `The connection to ${where} ended.`, { where, retryable: true });
  } catch (cause) {
    return broken(where, watch, cause);
  } finally {
    watch.stop();
  }
}

/**
 * Server-Sent Events, by fetch: each event's data is one message. A connection that breaks is taken up where it ended (Last-Event-ID), after the server's `retry` and our jitter.
 * @source WHATWG HTML §9.2
 */
export const sse: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const run = async (): Promise<void> => {
    const backoff = new Backoff(spec.retry);
    let reader = new EventStreamReader();
    while (!signal.aborted) {
      let since = Infinity;
      const opened = (): void => {
        since = context.now();
        link.open();
      };
      const problem = await connection({ spec, queue, link, context, reader, opened }, signal);
      if (signal.aborted) break;
      if (context.now() - since > HELD) backoff.reset();
      link.lost(problem);
      // Half an event is none: the next connection reads from a line's beginning, with the id and the wait that were said.
      const { lastId, retry } = reader;
      reader = Object.assign(new EventStreamReader(), { lastId, retry });
      const asked = Math.max(problem instanceof AskError ? problem.after : 0, Math.min(LONGEST_RETRY, retry / 1000) || 0);
      await pause(asked + backoff.next(), signal);
    }
  };
  run().catch((cause: unknown) => link.lost(toTwinError(cause, 'feed-failed', shownUrl(spec.url))));
  return queue;
};
