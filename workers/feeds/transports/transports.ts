import type { FeedSpec } from '../../../engine/ports.ts';
import type { Transport } from '../arrivals.ts';
import { mqtt } from './mqtt.ts';
import { push } from './push.ts';
import { replay } from './replay.ts';
import { websocket } from './websocket.ts';

const TRANSPORTS: Readonly<Record<FeedSpec['transport'], Transport>> = { mqtt, websocket, replay, push };

/** The transport that a feed names; undefined where there is none of that name. */
export function transportFor({ transport }: FeedSpec): Transport | undefined {
  return TRANSPORTS[transport];
}
