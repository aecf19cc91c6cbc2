import type { FeedFeature } from '../../../engine/ports.ts';

/** The reading under way from a decoder to the ledger: one object a feed, filled again for every reading. Numbers are NaN where not given. */
export interface Draft {
  id: string | number;
  /** Unix seconds. */
  time: number;
  /** Whether the time is the source's own; else it is the time of receipt. */
  timed: boolean;
  /** Number that its source counts messages with, NaN where it has none, −1 where what stands there is no count. */
  seq: number;
  /** Who counts, '' for the message's topic; and its word for one run of the counter (a boot, a session), '' where it has none. */
  source: string;
  epoch: string;
  lon: number;
  lat: number;
  /** Metres above the ellipsoid. */
  height: number;
  /** Degrees clockwise from north. */
  heading: number;
  /** Metres a second. */
  speed: number;
  /** Named numbers; `names[i]` belongs to `numbers[i]`, as many as `values`. */
  names: string[];
  numbers: number[];
  values: number;
}

/**
 * Where a decoder puts what it finds. `accept` takes the draft as it stands; `feature` takes what is told in words and outlines; `reject` counts one reading, or one
 * message, as refused; `note` says something and counts nothing.
 */
export interface DraftSink {
  readonly draft: Draft;
  accept(): void;
  feature(feature: FeedFeature): void;
  reject(code: string, message: string): void;
  note(code: string, message: string): void;
}

/** Turns one message into readings. Never throws for what the bytes hold. `at`: time of receipt, unix seconds. `topic`: as its transport names it. */
export type Decoder = (bytes: Uint8Array, at: number, sink: DraftSink, topic: string) => void;

export function emptyDraft(): Draft {
  return { id: '', time: NaN, timed: true, seq: NaN, source: '', epoch: '', lon: NaN, lat: NaN, height: NaN, heading: NaN, speed: NaN, names: [], numbers: [], values: 0 };
}

export function clearDraft(draft: Draft): void {
  draft.id = draft.source = draft.epoch = '';
  draft.timed = true;
  draft.seq = draft.time = draft.lon = draft.lat = draft.height = draft.heading = draft.speed = NaN;
  draft.values = 0;
}

export function addValue(draft: Draft, name: string, value: number): void {
  draft.names[draft.values] = name;
  draft.numbers[draft.values] = value;
  draft.values++;
}
