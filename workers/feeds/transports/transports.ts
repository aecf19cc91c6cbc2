import type { FeedSpec } from '../../../engine/ports.ts';
import type { Transport } from '../arrivals.ts';
import { cap } from './cap.ts';
import { withFallback, type TransportTable } from './fallback.ts';
import { gbfs } from './gbfs.ts';
import { mqtt } from './mqtt.ts';
import { poll } from './poll.ts';
import { push } from './push.ts';
import { replay } from './replay.ts';
import { sensorthings } from './sensorthings.ts';
import { sse } from './sse.ts';
import { websocket } from './websocket.ts';

const TRANSPORTS: TransportTable = { mqtt, websocket, sse, poll, gbfs, sensorthings, cap, replay, push };

/** The transport that a feed names, with its other ways where it has some; undefined where there is none of that name. */
export function transportFor({ transport, fallback }: FeedSpec): Transport | undefined {
  return fallback && fallback.length > 0 ? withFallback(TRANSPORTS) : TRANSPORTS[transport];
}
