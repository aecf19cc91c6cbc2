import type { Anchor, Matrix } from '#geo';
import type { MotionChange } from './drawing/batch.ts';
import type { Classes, Colour } from './drawing/rule.ts';
import type { Issue, TwinError } from './errors.ts';

/** JSON paths ('a.b.0') to the parts of a reading inside a message; `list` points at an array of readings, '' or absent: the message itself. */
export interface Mapping {
  readonly list?: string;
  readonly id: string;
  /** Unix seconds, milli-, micro- or nanoseconds, or ISO 8601 with zone; absent: the time of receipt. */
  readonly time?: string;
  readonly lon?: string;
  readonly lat?: string;
  readonly height?: string;
  readonly speed?: string;
  readonly heading?: string;
  /** Named numbers: value name → path. */
  readonly values?: Readonly<Record<string, string>>;
  /**
   * A number that its source counts messages with, in the reading or in the message around it: gaps are found and said. `source`: who counts ('source' by default; where nothing
   * stands there, the message's topic); `epoch`: its word for one run of the counter ('epoch' by default).
   */
  readonly seq?: string;
  readonly source?: string;
  readonly epoch?: string;
}

/**
 * A feed asks for the cells that the twin's views see, and no others; without a view it asks for nothing. MQTT: a subscription a cell. WebSocket: a text message
 * `{ "interest": { "grid", "level", "add": [codes], "drop": [codes] } }` after every connection and with every change.
 */
export interface FeedInterest {
  readonly grid: 'beidou' | 'quadkey';
  /** Of the grid: BeiDou 1 … 10 (3 is 15′ × 10′, 4 is 1′, 5 is 4″), quadkey 1 … 23. */
  readonly level: number;
  /** MQTT: filter of a cell's topics, with {cell} for its code ('city/vehicles/{cell}/#'). */
  readonly topic?: string;
  /** Share of the view asked for around it (0.1 by default). */
  readonly margin?: number;
  /** Seconds that a cell is kept after it went out of sight (5 by default). */
  readonly linger?: number;
  /** Most cells at once (512 by default); the nearest to the middle of the view are taken. */
  readonly most?: number;
}

/** A feed as plain data, so that it fits a document. */
export interface FeedSpec {
  readonly transport: 'mqtt' | 'websocket' | 'replay' | 'push';
  readonly url: string;
  readonly topic?: string;
  /** A built-in decoder, or a mapping of any JSON. 'points' is the packed binary of workers/feeds/decoders/points.ts. */
  readonly decode: 'vehicles' | 'road-speeds' | 'readings' | 'points' | Mapping;
  /** Seconds without a newer reading until an id, and the feed, count as stale. */
  readonly staleAfter: number;
  /** Reconnect with full jitter: the first ceiling and the last, in seconds. By default 1 and 30 until a connection held, and 30 at once after one was lost, so that a server's clients do not all return together; small sites may be quicker. */
  readonly retry?: { readonly first: number; readonly cap: number };
  /** An own transport or decoder, loaded in the worker by URL. */
  readonly module?: string;
  /** Ask only for what is seen. */
  readonly interest?: FeedInterest;
}

/** What opens a feed's door. It never stands in a document, a status or a message. */
export interface FeedCredentials {
  /** MQTT: user name and password (a token goes as the password where the broker wants it so). */
  readonly username?: string;
  readonly password?: string;
  /** Put into the address's query for this connection alone: a browser's WebSocket has no headers. */
  readonly query?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols, where a server takes its token there. */
  readonly protocols?: readonly string[];
}

/**
 * Asked before every connection of a feed to a server. `renew`: what was given last was refused (or the connection ended before it was open, which is all that a browser tells of a 401):
 * give a fresh one. Null: none is needed. What it throws is said in the feed's status, and the feed tries again later.
 */
export type AskCredentials = (ask: { readonly url: string; readonly renew: boolean }) => Promise<FeedCredentials | null> | FeedCredentials | null;

/** How a layer wants a feed's columns. */
export interface FeedWish {
  readonly anchor: Anchor;
  /** `points`: keyframes for a points batch. `values`: named numbers by id. */
  readonly as: 'points' | 'values';
  /** Seconds that the picture stays behind the clock, so that every place shown lies between two known ones. */
  readonly lag: number;
  /** Colour of a point: fixed, or by one of its values ('speed', or a mapping's name). */
  readonly colour: Colour | { readonly key: string; readonly classes: Classes };
  /** Follow these roads (URL of a roads companion) between two readings. */
  readonly roads?: string;
  /** Heights from this DEM (URL of a dem.json) where readings have none; else the anchor's height. */
  readonly dem?: string;
  /** Metres above the ground at which points are drawn. */
  readonly lift: number;
  /** Anchors of sibling wishes on the same feed (a layer whose places lie far apart): a reading is taken by the wish whose anchor is nearest, and passed over by the others. */
  readonly siblings?: readonly Anchor[];
  /** Most slots; more ids are counted as `rejected` with the issue 'capacity'. */
  readonly capacity: number;
}

/** received = applied + coalesced + duplicate + late + rejected + dropped, each counted where it happens. */
export interface Ledger {
  received: number;
  applied: number;
  coalesced: number;
  duplicate: number;
  late: number;
  rejected: number;
  dropped: number;
}

/** Messages that a source counted and that never came: both numbers inclusive. */
export interface SequenceGap {
  /** '' where the feed as a whole is counted. */
  readonly source: string;
  readonly from: number;
  readonly to: number;
  /** Unix seconds when it was met. */
  readonly at: number;
}

/** What the numbers of messages tell. */
export interface SequenceStatus {
  readonly sources: number;
  /** Gaps announced so far; messages in them still missing, and those that came late after all. */
  readonly gaps: number;
  readonly missing: number;
  readonly filled: number;
  /** Times a source began to count anew. */
  readonly restarts: number;
  /** The last gaps, oldest first; 20 at most. */
  readonly latest: readonly SequenceGap[];
}

/** What is known of the sources' clocks. */
export interface SkewStatus {
  /** Seconds that they are ahead of this machine's (below zero: behind, or their data are that late), from the fastest messages of the last minute. */
  readonly seconds: number;
  /** Ids whose readings came from the future and are set back. */
  readonly corrected: number;
}

export interface FeedStatus {
  readonly state: 'connecting' | 'live' | 'stale' | 'failed' | 'replay' | 'closed';
  /** Unix seconds of the newest reading; null before the first. */
  readonly newest: number | null;
  /** Cells asked for now, and those seen for which there was no room; absent where everything is asked for. */
  readonly interest?: { readonly cells: number; readonly over: number };
  /** Ids known, and how many of them are stale now. */
  readonly ids: number;
  readonly stale: number;
  readonly ledger: Readonly<Ledger>;
  readonly reconnects: number;
  /** Absent or null where no message carries a number. */
  readonly sequence?: SequenceStatus | null;
  /** Absent or null before the first reading with a time of its own. */
  readonly skew?: SkewStatus | null;
  /** Last problems of the data or the connection, folded by code. */
  readonly issues: readonly Issue[];
  /** History held: unix seconds from … to. */
  readonly history: { readonly from: number; readonly to: number } | null;
}

/** What a layer gives to be told; every call comes on the main thread, at most once a frame a kind. */
export interface FeedSink {
  /** Start over: a new batch of `capacity` slots whose times count from `epoch` (unix seconds). Comes first, and again when the worker re-bases. */
  reset(start: { epoch: number; capacity: number }): void;
  motion(change: MotionChange): void;
  /** Named values that changed: one entry an id, NaN where a reading says that it has none. `ids` are feature, road or station ids. */
  values(change: { readonly name: string; readonly ids: readonly string[]; readonly values: Float32Array; readonly times: Float64Array }): void;
  status(status: FeedStatus): void;
}

/** One reading as a card shows it. Times in unix seconds, places in degrees and metres. */
export interface Reading {
  readonly id: string;
  readonly slot: number;
  readonly time: number;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly height: number | null;
  readonly heading: number | null;
  readonly values: Readonly<Record<string, number>>;
  readonly stale: boolean;
}

/** One named value in time. */
export interface Series {
  /** [n] unix seconds, ascending. */
  readonly times: Float64Array;
  /** [n]; NaN where a reading said that it has none. */
  readonly values: Float32Array;
}

/** One reading or message that was refused, kept to be looked at. */
export interface Quarantined {
  readonly code: string;
  readonly message: string;
  readonly topic: string;
  /** Unix seconds of receipt. */
  readonly at: number;
  /** The beginning of the message, as text; not to be trusted and not to be put into markup. */
  readonly excerpt: string;
}

/** What a feed refused. */
export interface Quarantine {
  /** How many by reason, from the beginning on; together the ledger's `rejected`. */
  readonly counts: Readonly<Record<string, number>>;
  /** The last of them, oldest first; 50 at most. */
  readonly last: readonly Quarantined[];
}

export interface OpenFeed {
  /** The id nearest to a pixel at a moment, within 6 px; null when there is none. */
  nearest(ask: { clip: Matrix; width: number; height: number; x: number; y: number; time: number }): Promise<Reading | null>;
  reading(id: string, time: number): Promise<Reading | null>;
  /** What the history holds of an id's values between two moments and up to the clock's, by name; the newest 4,000 points of each. */
  series(id: string, from: number, to: number): Promise<Readonly<Record<string, Series>>>;
  /** Places at a moment as shown: [3n] metres of the anchor, NaN where a slot has none yet; for tests, digests and exports. */
  columns(time: number): Promise<{ readonly ids: readonly string[]; readonly places: Float32Array; readonly stale: Uint8Array }>;
  /** SHA-256 (hex) over the columns at a moment. */
  digest(time: number): Promise<string>;
  /** Readings by hand for a feed with transport 'push' (or beside any other): same rules, same ledger. */
  push(readings: readonly Omit<Reading, 'slot' | 'stale'>[]): void;
  /** Everything received in the history held, as bytes that transport 'replay' plays. */
  recording(): Promise<Uint8Array>;
  /** What views see now, for a feed with `interest`: outlines of ground, [2n] longitude and latitude in degrees each, convex. */
  look(seen: readonly Float64Array[]): void;
  /** How many readings and messages were refused, by reason, and the last of them. */
  quarantine(): Promise<Quarantine>;
  close(): void;
}

/** Live, paused at a moment, or replaying from a moment at a rate; the same for every layer of a twin. */
export interface ClockState {
  readonly mode: 'live' | 'paused' | 'replay';
  /** Unix seconds at `at`; unused while live. */
  readonly time: number;
  /** Unix seconds (the machine's clock) when `time` held. */
  readonly at: number;
  readonly rate: number;
}

/** The feed worker, seen from the main thread. One a twin. */
export interface FeedPort {
  open(spec: FeedSpec, wish: FeedWish, sink: FeedSink, signal: AbortSignal): OpenFeed;
  clock(state: ClockState): void;
  dispose(): void;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Buffers handed over instead of copied. */
  readonly transfer?: readonly Transferable[];
  /** Calls with the same word go to the same worker, so that what it has read is still there. */
  readonly affinity?: string;
  /** Seconds until the call is given up and its worker replaced (60 by default). */
  readonly deadline?: number;
  readonly priority?: number;
}

/** The pool of analysis workers, seen from the main thread (and the same in Node). */
export interface AnalysisPort {
  /** @throws TwinError `analysis-failed`, `aborted`, `deadline`, `worker-died`, `worker-hung`, `bad-input` */
  run<Input, Output>(name: string, input: Input, options?: RunOptions): Promise<Output>;
  dispose(): void;
}

/** What the host hears: every problem once, with its repeats folded. */
export interface Report {
  readonly error: TwinError;
  readonly layer: string | null;
  readonly repeats: number;
}
