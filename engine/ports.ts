import type { Anchor, Matrix } from '#geo';
import type { MotionChange } from './drawing/batch.ts';
import type { Classes, Colour } from './drawing/rule.ts';
import type { Issue, TwinError } from './errors.ts';

/** A number that has to be made ready: value = what stands there × scale + offset. */
export interface MappedNumber {
  readonly path: string;
  readonly scale?: number;
  readonly offset?: number;
  /** Numbers written as text ("1.0") are numbers too; blank text is none. */
  readonly text?: boolean;
  /** What stands for “no value”, as in −999999. */
  readonly none?: number;
}

/**
 * Paths to the parts of a reading inside a message: steps parted by dots, numbers count in lists ('coordinates.0'), `\.` is a dot in a name. `list` points at an array of
 * readings, '' or absent: the message itself; each `*` in it goes through all entries of a list, and `^.` at the start of another path goes back to what holds the last `*`,
 * `^^.` one further.
 */
export interface Mapping {
  readonly list?: string;
  readonly id: string;
  /** Unix seconds, milli-, micro- or nanoseconds, or ISO 8601 with zone, or an interval of two of these, of which the end counts; absent: the time of receipt. */
  readonly time?: string;
  /** The zone of times that name none, as '+08:00' or 'Z'; without it they are refused. */
  readonly zone?: string;
  readonly lon?: string | MappedNumber;
  readonly lat?: string | MappedNumber;
  readonly height?: string | MappedNumber;
  readonly speed?: string | MappedNumber;
  readonly heading?: string | MappedNumber;
  /** Named numbers: value name → path. */
  readonly values?: Readonly<Record<string, string | MappedNumber>>;
  /** One more value whose name stands in the message; `names` translates it, and leaves out what it does not list. */
  readonly pair?: { readonly name: string; readonly value: string | MappedNumber; readonly names?: Readonly<Record<string, string>> };
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

export type TransportName = 'mqtt' | 'websocket' | 'sse' | 'poll' | 'gbfs' | 'sensorthings' | 'cap' | 'replay' | 'push';

/** One way to a feed's messages. */
export interface FeedWay {
  readonly transport: TransportName;
  readonly url: string;
  readonly topic?: string;
  readonly every?: number;
}

/** A feed as plain data, so that it fits a document. */
export interface FeedSpec {
  readonly transport: TransportName;
  readonly url: string;
  readonly topic?: string;
  /** A built-in decoder, or a mapping of any JSON. 'points' is the packed binary of workers/feeds/decoders/points.ts; the others are told in docs/feeds.md. */
  readonly decode: 'vehicles' | 'road-speeds' | 'readings' | 'points' | 'gtfs-realtime' | 'gbfs' | 'sensorthings' | 'cap' | Mapping;
  /** Seconds without a newer reading until an id, and the feed, count as stale. */
  readonly staleAfter: number;
  /** Seconds between two questions of a transport that asks (15 by default); 0 with 'poll': the server holds the answer back until there is news (long poll). */
  readonly every?: number;
  /** 'mqtt': 5 or 4 (3.1.1); absent: 5 is tried first, and 3.1.1 where it is refused. */
  readonly protocolVersion?: 4 | 5;
  /** 'sensorthings': seconds of history asked for at the start (an hour by default). */
  readonly backfill?: number;
  /** Other ways to the same messages, taken in turn when the way before could not be had twice; the first is tried again from time to time. */
  readonly fallback?: readonly FeedWay[];
  /**
   * Reconnect with full jitter: the first ceiling and the last, in seconds. By default 1 and 30 until a connection held, and 15 at once after one was lost, so that a server's clients
   * do not all return together; small sites may be quicker. `again`: seconds until the first way is tried again while another is in use (60).
   */
  readonly retry?: { readonly first: number; readonly cap: number; readonly again?: number };
  /** Where time comes from that is older than what was received: going back there loads it, an hour at a time. */
  readonly past?: PastSpec;
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

/** An archive of a feed's readings, as plain data. */
export interface PastSpec {
  /** `parquet`: files by day or hour, read by ranges (docs/decisions/0005-past.md). `sensorthings`: the Observations of an OGC SensorThings service. */
  readonly format: 'parquet' | 'sensorthings';
  /** Parquet: the file's address with `{yyyy}`, `{MM}`, `{dd}`, `{HH}` (UTC). SensorThings: the service's root, '…/v1.1'. */
  readonly url: string;
  /** Names of a file's columns where they are others: id, time, received, lon, lat, height, heading, speed. */
  readonly columns?: Readonly<Partial<Record<'id' | 'time' | 'received' | 'lon' | 'lat' | 'height' | 'heading' | 'speed', string>>>;
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
  /** `points`: keyframes for a points batch. `values`: named numbers by id. `features`: words and outlines alone; such a feed is live while its server answers. */
  readonly as: 'points' | 'values' | 'features';
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
  readonly history: HistorySpan | null;
  /** Older time that came from the feed's `past`; absent where it has none. */
  readonly past?: PastStatus;
  /** Which of several ways is in use, and in a sentence why it is not the first; absent where the feed has only one. */
  readonly way?: { readonly transport: TransportName; readonly why: string | null };
}

/** What a feed tells in words and outlines rather than numbers: an alert, a station's name. A later one of the same id takes its place. */
export interface FeedFeature {
  readonly id: string;
  /** Unix seconds: it holds from … until (±Infinity where open). What was cancelled holds until it was. */
  readonly from: number;
  readonly until: number;
  readonly properties: Readonly<Record<string, string | number | boolean | null>>;
  /** Outlines: closed rings of [lon, lat] in degrees, each anticlockwise; empty where it has none. */
  readonly rings: readonly (readonly (readonly [number, number])[])[];
  /** [lon, lat] in degrees where it has a place without an outline. */
  readonly point: readonly [number, number] | null;
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
  /** Keyframes of the models of one kind (a number into the wish's `near.kinds`), for an instances batch with paints. */
  models?(kind: number, change: MotionChange): void;
  /** Named values that changed: one entry an id, NaN where a reading says that it has none. `ids` are feature, road or station ids. */
  values(change: { readonly name: string; readonly ids: readonly string[]; readonly values: Float32Array; readonly times: Float64Array }): void;
  /** Features that are new or changed, each whole. */
  features?(features: readonly FeedFeature[]): void;
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
  /** Where an id went between two moments on the twin's clock, up to what is shown now: every reading, and between two of them its way at least every so many seconds (1). */
  track(id: string, from: number, to: number, every?: number): Promise<Track>;
  /** Says where the camera is, for `near`: a clip matrix for the anchor's metres, and the eye in them. */
  watch(view: { readonly clip: Matrix; readonly eye: readonly [number, number, number] }): void;
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
