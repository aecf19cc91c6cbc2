import type { Anchor, Matrix } from '#geo';
import type { MotionChange } from './drawing/batch.ts';
import type { Classes, Colour } from './drawing/rule.ts';
import type { Issue, TwinError } from './errors.ts';

/** JSON paths ('a.b.0') to the parts of a reading inside a message; `list` points at an array of readings, '' or absent: the message itself. */
export interface Mapping {
  readonly list?: string;
  readonly id: string;
  /** Unix seconds, milliseconds or ISO 8601 with zone; absent: the time of receipt. */
  readonly time?: string;
  readonly lon?: string;
  readonly lat?: string;
  readonly height?: string;
  readonly speed?: string;
  readonly heading?: string;
  /** Named numbers: value name → path. */
  readonly values?: Readonly<Record<string, string>>;
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
  /** Reconnect with full jitter: the first ceiling and the last, in seconds (1 and 30 by default). */
  readonly retry?: { readonly first: number; readonly cap: number };
  /** Where time comes from that is older than what was received: going back there loads it, an hour at a time. */
  readonly past?: PastSpec;
  /** An own transport or decoder, loaded in the worker by URL. */
  readonly module?: string;
}

/** An archive of a feed's readings, as plain data. */
export interface PastSpec {
  /** `parquet`: files by day or hour, read by ranges (docs/decisions/0005-past.md). `sensorthings`: the Observations of an OGC SensorThings service. */
  readonly format: 'parquet' | 'sensorthings';
  /** Parquet: the file's address with `{yyyy}`, `{MM}`, `{dd}`, `{HH}` (UTC). SensorThings: the service's root, '…/v1.1'. */
  readonly url: string;
  /** Names of a file's columns where they are others: id, time, received, lon, lat, height, heading, speed. */
  readonly columns?: Readonly<Partial<Record<'id' | 'time' | 'received' | 'lon' | 'lat' | 'height' | 'heading' | 'speed', string>>>;
}

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

export interface FeedStatus {
  readonly state: 'connecting' | 'live' | 'stale' | 'failed' | 'replay' | 'closed';
  /** Unix seconds of the newest reading; null before the first. */
  readonly newest: number | null;
  /** Ids known, and how many of them are stale now. */
  readonly ids: number;
  readonly stale: number;
  readonly ledger: Readonly<Ledger>;
  readonly reconnects: number;
  /** Last problems of the data or the connection, folded by code. */
  readonly issues: readonly Issue[];
  /** History held: unix seconds from … to. */
  readonly history: HistorySpan | null;
  /** Older time that came from the feed's `past`; absent where it has none. */
  readonly past?: PastStatus;
}

/** What of a feed's time is held; unix seconds. */
export interface HistorySpan {
  readonly from: number;
  readonly to: number;
  /** Parts that are thinned, oldest first: of each `step` seconds an id's least and greatest values are kept, or its first place. Absent: everything that came is kept. */
  readonly thinned?: readonly { readonly from: number; readonly to: number; readonly step: number }[];
}

/** How far a feed's older time has come from its source; spans in unix seconds, oldest first. */
export interface PastStatus {
  readonly loading: { readonly from: number; readonly to: number } | null;
  readonly loaded: readonly { readonly from: number; readonly to: number }[];
  /** Spans of which the source has nothing. */
  readonly holes: readonly { readonly from: number; readonly to: number }[];
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

export interface OpenFeed {
  /** The id nearest to a pixel at a moment, within 6 px; null when there is none. */
  nearest(ask: { clip: Matrix; width: number; height: number; x: number; y: number; time: number }): Promise<Reading | null>;
  reading(id: string, time: number): Promise<Reading | null>;
  /** What the history holds of an id's values between two moments and up to the clock's, by name; the newest 4,000 points of each. */
  series(id: string, from: number, to: number): Promise<Readonly<Record<string, Series>>>;
  /** Places at a moment as shown: [3n] metres of the anchor, NaN where a slot has none yet; for tests, digests and exports. */
  columns(time: number): Promise<{ readonly ids: readonly string[]; readonly places: Float32Array; readonly stale: Uint8Array }>;
  /** How many readings came in each of `buckets` equal parts between two moments (unix seconds), also where they were thinned since. */
  density(from: number, to: number, buckets: number): Promise<Uint32Array>;
  /** SHA-256 (hex) over the columns at a moment. */
  digest(time: number): Promise<string>;
  /** Readings by hand for a feed with transport 'push' (or beside any other): same rules, same ledger. */
  push(readings: readonly Omit<Reading, 'slot' | 'stale'>[]): void;
  /** Everything received in the history held, as bytes that transport 'replay' plays. */
  recording(): Promise<Uint8Array>;
  close(): void;
}

/** Live, paused at a moment, or replaying from a moment at a rate; the same for every layer of a twin. */
export interface ClockState {
  readonly mode: 'live' | 'paused' | 'replay';
  /** Unix seconds at `at`; unused while live. */
  readonly time: number;
  /** Unix seconds (the machine's clock) when `time` held. */
  readonly at: number;
  /** Seconds shown a second of the machine's, ±0.1 … ±1000; negative: backwards. */
  readonly rate: number;
}

/** The feed worker, seen from the main thread. One a twin. */
export interface FeedPort {
  open(spec: FeedSpec, wish: FeedWish, sink: FeedSink, signal: AbortSignal): OpenFeed;
  clock(state: ClockState): void;
  /** Readings of all open feeds in each of `buckets` equal parts between two moments (unix seconds). */
  density(from: number, to: number, buckets: number): Promise<Uint32Array>;
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
