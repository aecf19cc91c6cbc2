import type { FeedSpec, FeedWish } from '../../../engine/ports.ts';
import { Feed } from '../feed.ts';
import { surfaceOf } from '../surface.ts';
import { Screen } from './screen.ts';

export const ANCHOR = { lon: 117.49, lat: 30.66, height: 0 };

export interface StandingFeed {
  readonly feed: Feed;
  readonly screen: Screen;
  /** The machine's clock, unix seconds; set it to let time pass. */
  now: number;
  /** A message as JSON, received now; one with readings of the next minutes is received when the last of them can be. */
  send(value: unknown, topic?: string): void;
  sendBytes(bytes: Uint8Array): void;
}

/** Seconds of the next minutes: what lies further ahead is meant to be wrong. */
const SOON = 1000;

/** When a message can have been received: not before its readings. */
function receipt(value: unknown, now: number): number {
  const times = (Array.isArray(value) ? value : [value]).map((item) => Number((item as { t?: unknown } | null)?.t)).filter((time) => time > now && time < now + SOON);
  return Math.max(now, ...times);
}

/** A feed without a connection, on a clock that stands still until it is moved. */
export function standingFeed(spec: Partial<FeedSpec> = {}, wish: Partial<FeedWish> = {}, budget?: { history?: number; recording?: number }): StandingFeed {
  const screen = new Screen();
  const standing: StandingFeed = {
    now: 1_800_000_000,
    screen,
    feed: new Feed({
      number: 1,
      spec: { transport: 'push', url: '', decode: 'vehicles', staleAfter: 15, ...spec },
      wish: { anchor: ANCHOR, as: 'points', lag: 0, colour: '#336699', lift: 0, capacity: 1000, ...wish },
      context: { now: () => standing.now, WebSocket: globalThis.WebSocket, brokers: new Map(), load: () => Promise.reject(new Error('nothing to load')) },
      post: screen.take,
      budget,
    }),
    send: (value, topic = 'city/vehicles/1') => standing.feed.receive({ bytes: new TextEncoder().encode(JSON.stringify(value)), topic, at: receipt(value, standing.now) }),
    sendBytes: (bytes) => standing.feed.receive({ bytes, topic: 'city/vehicles/1', at: standing.now }),
  };
  standing.feed.equip(null, surfaceOf({ ...ANCHOR, ...wish.anchor }, null, wish.lift ?? 0));
  return standing;
}
