import type { Anchor, Matrix } from '#geo';
import type { Backend, DrawnTiles, Light, SurfaceHit, TilesSource } from './backend.ts';
import type { Clock } from './clock.ts';
import type { LayerDocument, SceneDocument } from './document.ts';
import type { Batch, Drawn } from './drawing/batch.ts';
import type { Legend, Text } from './drawing/rule.ts';
import type { TwinError } from './errors.ts';
import type { AnalysisPort, FeedPort, FeedStatus } from './ports.ts';

export type LayerState = 'loading' | 'ready' | 'live' | 'stale' | 'failed';

export interface LayerStatus {
  readonly state: LayerState;
  /** What a person should know: how old, what is missing, what to do. */
  readonly message: Text | null;
  /** 0 … 1 while loading. */
  readonly progress: number | null;
  /** Things shown now, and how many there are in all; null when unknown. */
  readonly count: number | null;
  readonly feed: FeedStatus | null;
}

/** Whom data or pictures are owed to, as it is written on the map. */
export interface Credit {
  readonly text: string | Text;
  /** Where the words lead; only http and https are followed. */
  readonly url?: string;
  /** Short name of the licence: 'ODbL 1.0'. */
  readonly licence?: string;
  /** Shown in full at all times; others may stand behind “…” where there is no room. */
  readonly always?: boolean;
}

/** Something under the pointer: a feature of a layer, with its place. */
export interface Hit {
  readonly layer: string;
  /** The feature's id within its layer. */
  readonly id: string;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** Metres from the eye, to choose between layers. */
  readonly depth: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface CardRow {
  readonly label: Text;
  /** A Text where the value is a word of ours (a use, a class); a string or number stands as the data have it. */
  readonly value: string | number | Text;
  readonly unit?: string;
  /** Heading under which rows stand together (a property set); rows without one come first. */
  readonly group?: Text;
}

/** A course in time that a card shows as a chart, drawn when the card is opened. */
export interface CardSeries {
  readonly title: Text;
  readonly unit: string;
  /** [n] unix seconds, ascending. */
  readonly times: Float64Array;
  /** [n]; NaN is a gap and is drawn as one. */
  readonly values: Float32Array;
  /** Bands of values with a meaning, lowest first: up to `below` the colour and name apply. */
  readonly bands?: readonly { readonly below: number; readonly colour: string; readonly label: Text }[];
}

/** Signals along a road against time, with the bands of departures that meet green all the way. Times in seconds, distances in metres. */
export interface TimeDistance {
  readonly title: Text;
  readonly cycle: number;
  /** Metres a second. */
  readonly speed: number;
  /** In the order of the way there, ascending. Greens are [offset, length]; `here` is the one that the card is of. */
  readonly signals: readonly { readonly name: string; readonly position: number; readonly green: readonly [number, number]; readonly back: readonly [number, number]; readonly here?: boolean }[];
  /** Departures at the first signal, and at the last one for the way back; width 0 where there is none. */
  readonly forward: { readonly start: number; readonly width: number };
  readonly reverse: { readonly start: number; readonly width: number };
}

export interface Card {
  readonly title: Text;
  readonly rows: readonly CardRow[];
  readonly series?: readonly CardSeries[];
  /** Shown under the rows, as a picture and as a table. */
  readonly diagram?: TimeDistance;
  /** Unix seconds of what the card says; null for what has no time. */
  readonly asOf: number | null;
  readonly stale: boolean;
  readonly source: Text | null;
}

/** Something that happened at a moment, to go back to: an incident, an alarm. */
export interface Moment {
  /** Unix seconds. */
  readonly time: number;
  readonly title: Text;
  readonly kind: 'incident' | 'alarm';
}

/** west, south, east, north in degrees and the highest point in metres. */
export interface Extent {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly top: number;
}

/** A question for what lies at a pixel; every layer answers from its columns, tiles answer from the surface. */
export interface PickAsk {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Unix seconds on the twin's clock. */
  readonly time: number;
  clip(anchor: Anchor): Matrix;
  /** Whether the ground at a place, with what lies on it, is cut away; asked by {@link batchHit}. */
  cut?(lon: number, lat: number, height: number): boolean;
  /** Asked of the backend once a pick, however many layers want it. */
  surface(): Promise<SurfaceHit | null>;
}

/** One text or symbol that wants a place on the screen; `rank` higher wins inside a layer, `alarm` beats all. */
export interface LabelEntry {
  /** As it stands, or in the language of the page (`lang` of the twin's element or of what is around it; Chinese where none says). */
  readonly text: string | Text;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  readonly rank: number;
  readonly alarm?: boolean;
  /** What somebody chose: before everything but alarms. */
  readonly selected?: boolean;
  /** '#rrggbb'; the theme's text colour when absent. */
  readonly colour?: string;
  /** CSS pixels; 13 when absent. */
  readonly size?: number;
  /** Not shown from farther than this many metres. */
  readonly farthest?: number;
}

/** Feature numbers of a dataset that another layer paints over its look: affected buildings, a selection. */
export interface Mark {
  readonly numbers: Uint32Array;
  readonly colour: string;
  /** 0 … 1 */
  readonly strength: number;
}

export interface Marks {
  /** Replaces the calling layer's marks on a dataset (its features.json URL); null takes them away. */
  set(dataset: string, marks: readonly Mark[] | null): void;
  /** All layers' marks on a dataset, lowest layer first. */
  of(dataset: string): readonly Mark[];
  /** Called on every change of a dataset's marks until the layer is detached. */
  watch(dataset: string, listener: () => void): void;
}

/** Live values by feature id that one layer offers and another joins (road speeds, readings). */
export interface Values {
  offer(name: string, ids: readonly string[], values: Float32Array): void;
  of(name: string): { readonly ids: readonly string[]; readonly values: Float32Array } | null;
  watch(name: string, listener: () => void): void;
}

/** How a layer finds things: handed to it, never imported, never global. Ends with `signal`. */
export interface Stage {
  /** The layer's id in the document. */
  readonly id: string;
  readonly backend: Backend;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The twin's anchor; a layer with places far from it makes anchors of its own. */
  readonly anchor: Anchor;
  readonly feeds: FeedPort;
  readonly analysis: AnalysisPort;
  readonly marks: Marks;
  readonly values: Values;
  /** The document as it is now. Frozen. */
  document(): SceneDocument;
  /** The light the scene stands in now, which the document names or the clock makes. */
  light(): Light;
  /** Called after every change of the document (selection, other layers too) and of the light until the layer is detached. */
  watch(listener: () => void): void;
  /** Draws a batch that follows the layer's visibility, opacity and order, and goes with the stage. */
  draw(batch: Batch): Drawn;
  /** Streams tiles that follow the layer likewise. */
  tiles(source: Pick<TilesSource, 'url' | 'features' | 'detail' | 'look'>): Promise<DrawnTiles>;
  /** Bytes through the one fetch layer; relative URLs count from the page. @throws TwinError */
  fetch(url: string, signal?: AbortSignal): Promise<ArrayBuffer>;
  json<T>(url: string): Promise<T>;
  /** Absolute URL of a reference relative to the page, or to `base`. */
  resolve(reference: string, base?: string): string;
  /** Replaces this layer's labels; the declutter of the twin decides which are seen. */
  labels(entries: readonly LabelEntry[]): void;
  /** Says how the layer is. */
  status(status: Partial<LayerStatus>): void;
  /** Says what went wrong, once a cause; the layer goes on with what it has. */
  report(error: TwinError): void;
  /** Says that the layer's results, legend or extent changed. */
  changed(): void;
  requestFrame(): void;
}

/** A value made by a layer type; no base class. Detaching is the stage's signal. */
export interface Layer {
  attach(stage: Stage, document: LayerDocument): Promise<void>;
  /** The layer's part of the document changed. Visibility, opacity and order of what it drew are already followed. */
  update(document: LayerDocument): void;
  /** What of this layer lies at a pixel; absent when nothing of it can be picked. */
  pick?(ask: PickAsk): Promise<Hit | null>;
  describe(hit: Hit): Promise<Card | null>;
  legend(): Legend | null;
  extent(): Extent | null;
  /** Whom what it shows is owed to, beside what its document says; `stage.changed()` when it changes. */
  credits?(): readonly Credit[];
  /** What the layer computed, for panels and exports (affected buildings, statistics); null when nothing. */
  result?(): unknown;
  /** SHA-256 over the layer's columns at a moment; absent when it has none of its own. */
  digest?(time: number): Promise<string>;
  /** What happened when, for marks on the clock's track; `stage.changed()` when it changes. */
  moments?(): readonly Moment[];
  /** What its feeds received, as bytes that transport 'replay' plays; absent when it has no feed. */
  recording?(): Promise<Uint8Array>;
}

export interface LayerType {
  readonly type: string;
  readonly title: Text;
  /** Makes a layer of this type. A promise where the layer's code is loaded when it is first asked for, so that a page pays for what it shows. */
  create(this: void): Layer | Promise<Layer>;
}
