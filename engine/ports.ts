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
  /** An own transport or decoder, loaded in the worker by URL. */
  readonly module?: string;
}

/** Which of a feed's things are shown as models: the nearest in view, chosen in the worker. */
export interface NearWish {
  /** Most of them at once, and metres from the eye within which they are. */
  readonly most: number;
  readonly within: number;
  /** Value that says a thing's kind as its number in `kinds`; without it, it is of the first. */
  readonly key: string;
  readonly kinds: readonly string[];
  /** Paints of each kind, one of which a thing gets and keeps. */
  readonly paints: number;
}

/** Where a thing went: its way between readings as it is shown. */
export interface Track {
  /** [n] unix seconds, ascending. */
  readonly times: Float64Array;
  /** [3n] lon, lat in degrees, metres of height on the ground. */
  readonly places: Float64Array;
  /** [n] 1 where a reading stands, 0 between two. */
  readonly read: Uint8Array;
  /** [n] metres a second as read, NaN where nobody said. */
  readonly speeds: Float32Array;
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
  /** Show the nearest as models: `models` of the sink gets their keyframes, for a batch a kind of `near.most` slots. */
  readonly near?: NearWish;
  /** Seconds after its last reading that a thing is no longer there to be found. */
  readonly goneAfter?: number;
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
  readonly history: { readonly from: number; readonly to: number } | null;
}

/** What a layer gives to be told; every call comes on the main thread, at most once a frame a kind. */
export interface FeedSink {
  /** Start over: a new batch of `capacity` slots whose times count from `epoch` (unix seconds). Comes first, and again when the worker re-bases. */
  reset(start: { epoch: number; capacity: number }): void;
  motion(change: MotionChange): void;
  /** Keyframes of the models of one kind (a number into the wish's `near.kinds`), for an instances batch with paints. */
  models?(kind: number, change: MotionChange): void;
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
  /** Where an id went between two moments on the twin's clock, up to what is shown now: every reading, and between two of them its way at least every so many seconds (1). */
  track(id: string, from: number, to: number, every?: number): Promise<Track>;
  /** Says where the camera is, for `near`: a clip matrix for the anchor's metres, and the eye in them. */
  watch(view: { readonly clip: Matrix; readonly eye: readonly [number, number, number] }): void;
  /** Places at a moment as shown: [3n] metres of the anchor, NaN where a slot has none yet; for tests, digests and exports. */
  columns(time: number): Promise<{ readonly ids: readonly string[]; readonly places: Float32Array; readonly stale: Uint8Array }>;
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
