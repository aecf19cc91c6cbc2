import type { Anchor, Matrix } from '#geo';
import type { LabelAsk } from '../../engine/drawing/declutter.ts';
import type { AlertReading, AlertRule, AlertState, AlertEvent } from './alert-rules.ts';
import type { ColourRule, RuleCondition, RuleLegend } from './colour-rule.ts';
import type { CongestionInput, CongestionOutput, FleetInput, FleetOutput } from './traffic-analyses.ts';
import type { CrossValidation } from './interpolation/stations.ts';
import type { Variogram } from './interpolation/variogram.ts';
import type { TransitAtInput, TransitAtOutput, TransitCardInput, TransitCardOutput, TransitInput, TransitOutput } from './transit/transit-analyses.ts';
import type { NetworkElementsInput, NetworkElementsOutput, NetworkInput, NetworkOutput } from './network/network-analyses.ts';

/** Which buildings have any part of their footprint within a geodesic radius of a point. */
export interface AffectedInput {
  /** Absolute URL of a buildings companion (FlatGeobuf with its index). */
  readonly companion: string;
  /** Degrees. */
  readonly lon: number;
  readonly lat: number;
  /** Metres along the WGS 84 ellipsoid, 0 … 100,000. */
  readonly radius: number;
}

/** Sorted by distance, then by number; all arrays have one entry a building. */
export interface AffectedOutput {
  /** Dataset-wide feature numbers. */
  readonly numbers: Uint32Array;
  readonly ids: readonly string[];
  /** Metres from the point to the nearest part of the footprint along the ellipsoid; 0 inside. */
  readonly distances: Float64Array;
  /** Metres; NaN when unknown. */
  readonly heights: Float32Array;
  readonly storeys: Uint16Array;
  readonly uses: readonly string[];
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly total: number;
  /** Bytes of the companion that travelled for this call, and its whole size (0 when the server does not say). */
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/** Colours of a dataset's features by rule, conditions, joined live values and marks. */
export interface StyleInput {
  /** Absolute URL of a features.json. */
  readonly features: string;
  readonly rule: ColourRule | null;
  /** Features that fail one are hidden. */
  readonly filter: readonly RuleCondition[];
  /** Feature numbers hidden by hand. */
  readonly hidden?: Uint32Array | readonly number[];
  /** For rules by 'join': a value for each id (the dataset's column `id`). */
  readonly joined?: { readonly ids: readonly string[]; readonly values: Float32Array | Float64Array } | null;
  /** Painted over the rule, later ones over earlier ones: selection, affected buildings. Strength 0 … 1, 0.85 by default. */
  readonly marks?: readonly { readonly numbers: Uint32Array | readonly number[]; readonly colour: string; readonly strength?: number }[];
  /** Widest row of the texture in texels (2048 by default). */
  readonly maxWidth?: number;
}

export interface StyleOutput {
  /** One RGBA8 texel a feature, row by row: alpha 0 hides, 1 leaves the own look, 2 … 255 mixes rgb over it with weight (alpha − 1) / 254. */
  readonly texture: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  readonly legend: RuleLegend | null;
  readonly counts: { readonly total: number; readonly shown: number; readonly coloured: number; readonly unknown: number };
}

/** Cards and search over a dataset's feature table. */
export interface FeaturesInput {
  readonly features: string;
  /** Feature numbers whose rows are wanted. */
  readonly numbers?: readonly number[] | Uint32Array;
  /** Ids whose rows are wanted. */
  readonly ids?: readonly string[];
  /** Rows whose name, id or address contains this (case ignored). */
  readonly text?: string;
  /** Most rows of a search (50 by default). */
  readonly limit?: number;
}

/** Something that can be searched: a features.json, a networks.json, or a companion of places or roads. */
export interface SearchSource {
  readonly kind: 'features' | 'network' | 'places' | 'roads';
  /** Absolute. */
  readonly url: string;
}

export interface SearchInput {
  readonly sources: readonly SearchSource[];
  /** What somebody typed; words count one by one, case and width of letters do not. */
  readonly text: string;
  /** Most hits (12 by default). */
  readonly limit?: number;
}

export interface SearchHit {
  /** Which of the sources. */
  readonly source: number;
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Use, class or kind as the data have it. */
  readonly kind: string;
  /** Degrees, and metres of its top; null where the data say no place. */
  readonly place: readonly [number, number, number] | null;
  readonly score: number;
}

export interface SearchOutput {
  /** Best first. */
  readonly hits: readonly SearchHit[];
  /** All that match, shown or not. */
  readonly matched: number;
}

/** The property sets and quantities of one element of a model. */
export interface PropertiesInput {
  /** Absolute URL of a models/properties.json. */
  readonly properties: string;
  readonly number: number;
}

export interface PropertySet {
  readonly name: string;
  readonly rows: readonly { readonly name: string; readonly value: string | number | boolean; readonly unit?: string }[];
}

export interface PropertiesOutput {
  readonly sets: readonly PropertySet[];
}

export interface FeatureRow {
  readonly number: number;
  readonly id: string;
  /** Every column by name; null for no-data. `lon` and `lat` in degrees, `height` and `base` in metres. */
  readonly properties: Readonly<Record<string, string | number | null>>;
}

export interface FeaturesOutput {
  readonly rows: readonly FeatureRow[];
  /** Rows that matched, of which `rows` are the first. */
  readonly matched: number;
  readonly total: number;
}

/** One picture of the ground map in the Web Mercator tiling (x from the west, y from the north). */
export interface GroundTileInput {
  /** Absolute URLs of the companions; null where the city has none. */
  readonly roads: string | null;
  readonly areas: string | null;
  /** Footprints that shade the ground; absent or null for none. */
  readonly buildings?: string | null;
  /** Where the sun stands (degrees, azimuth from north clockwise), and how much darker its shade is: 0 … 1. Without it only the feet of buildings are dark. */
  readonly sun?: { readonly azimuth: number; readonly altitude: number; readonly shade: number } | null;
  /** west, south, east, north of the city in degrees: outside it the ground is plain. */
  readonly bounds: readonly [number, number, number, number];
  readonly level: number;
  readonly x: number;
  readonly y: number;
  /** Pixels on a side (512 by default). */
  readonly size?: number;
  readonly palette?: 'day' | 'night';
  /** Leaves everything but roads transparent. */
  readonly roadsOnly?: boolean;
  /** Bridges stand over the ground as solids: near, only their shadows are painted. */
  readonly decks?: boolean;
}

export interface GroundTileOutput {
  /** Null where there is nothing to show. */
  readonly bitmap: ImageBitmap | null;
}

/** Columns of a mesh batch without its colours. Places are float32 metres east, north, up of `anchor`. */
export interface MeshColumns {
  readonly anchor: Anchor;
  readonly places: Float32Array;
  readonly indices: Uint32Array;
}

/** A polygon or a circle laid on the ground as triangles. */
export interface DrapeInput {
  /** Absolute URL of a dem.json; null: flat at `height`. */
  readonly dem: string | null;
  /** [[lon, lat], …] outline, closed or not; holes after it. Either this or `circle`. */
  readonly rings?: readonly (readonly (readonly [number, number])[])[];
  /** Geodesic circle in degrees and metres. */
  readonly circle?: { readonly lon: number; readonly lat: number; readonly radius: number };
  /** Metres above the ground (0.5 by default). */
  readonly lift?: number;
  /** Ground height in metres where there is no DEM (0 by default). */
  readonly height?: number;
  readonly anchor?: Anchor;
}

export interface DrapeOutput extends MeshColumns {
  /** The outline laid on the ground, [3m] metres of the anchor, one closed line a ring. */
  readonly outline: { readonly places: Float32Array; readonly starts: Uint32Array };
  /** Square metres of the ground plan on the ellipsoid. */
  readonly area: number;
}

/** The bridges of a city's roads as solid decks on piers. */
export interface BridgesInput {
  /** Absolute URL of a roads companion. */
  readonly roads: string;
  /** Absolute URL of a dem.json; null: nothing, since nobody knows what lies below. */
  readonly dem: string | null;
}

export interface BridgesOutput {
  /** One mesh a cell of at most 20 km; [4m] sRGB and alpha a vertex. None where there is no bridge. */
  readonly cells: readonly (MeshColumns & { readonly colours: Uint8Array })[];
  /** Bridges drawn. */
  readonly total: number;
}

/** Ground heights at places. */
export interface HeightsInput {
  /** Absolute URL of a dem.json. */
  readonly dem: string;
  /** [2n] lon, lat in degrees. */
  readonly places: Float64Array | readonly number[];
}

export interface HeightsOutput {
  /** [n] metres, bilinear; NaN outside the DEM and at no-data. */
  readonly heights: Float32Array;
  /** Vertical datum the DEM declares. */
  readonly datum: string;
}

/** Road centre lines as columns of line batches on the ground. */
export interface RoadsInput {
  readonly roads: string;
  readonly dem: string | null;
  /** Metres above the ground (1 by default). */
  readonly lift?: number;
  /** Only these classes; all when absent. */
  readonly classes?: readonly string[];
  /** Longest piece between two heights, metres (25 by default). */
  readonly step?: number;
}

export interface RoadsOutput {
  /** One set of columns a cell of at most 20 km. */
  readonly cells: readonly RoadCell[];
  readonly total: number;
}

export interface RoadCell {
  readonly anchor: Anchor;
  /** Whether these are bridges over a DEM: they have cells of their own, since their lines lie on decks and not on the ground. */
  readonly bridges: boolean;
  /** [3m] metres of the anchor. */
  readonly places: Float32Array;
  /** [n + 1] first vertex of each line. */
  readonly starts: Uint32Array;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly classes: readonly string[];
  /** [n] metres across all lanes. */
  readonly widths: Float32Array;
  /** [n] free-flow speed, km/h; NaN when unknown. */
  readonly speeds: Float32Array;
}

/** Length along a line, and area inside when it is closed. */
export interface MeasureInput {
  /** [lon, lat] in degrees. */
  readonly points: readonly (readonly [number, number])[];
  /** Measure the polygon the points enclose. */
  readonly closed: boolean;
}

export interface MeasureOutput {
  /** Metres along the WGS 84 ellipsoid; with `closed` the perimeter. */
  readonly length: number;
  /** [n − 1] or [n] metres of each leg. */
  readonly legs: Float64Array;
  /** Degrees clockwise from north at the start of each leg. */
  readonly bearings: Float64Array;
  /** Square metres on the ellipsoid; null for a line. */
  readonly area: number | null;
  /** Where the outline crosses itself: the area is then not what it seems. */
  readonly crossings: readonly (readonly [number, number])[];
  /** Stated error of the computation, not of the clicks: metres and square metres. */
  readonly error: { readonly length: number; readonly area: number };
}

/** Named points of a city. */
export interface PlacesInput {
  /** Absolute URL of a places companion. */
  readonly places: string;
  /** Absolute URL of a dem.json for their heights; null: height 0. */
  readonly dem: string | null;
  /** Only these kinds, words as the data have them; all when absent. */
  readonly kinds?: readonly string[];
  /** Most places, those of highest rank first (5,000 by default). */
  readonly limit?: number;
}

export interface PlacesOutput {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** Words as the data have them. */
  readonly kinds: readonly string[];
  /** [n] the data's own rank, NaN where it has none; higher matters more. */
  readonly ranks: Float32Array;
  /** [3n] lon, lat in degrees, height in metres. */
  readonly places: Float64Array;
  readonly total: number;
  /** Trees, which are no places to be named: apart from all above, unless `kinds` asks for them there. Absent where there are none. */
  readonly trees?: TreeColumns;
}

export interface TreeColumns {
  readonly ids: readonly string[];
  /** [3n] lon, lat in degrees, metres of the ground. */
  readonly places: Float64Array;
  /** [n] metres from the ground to the top, NaN where nobody says. */
  readonly heights: Float32Array;
  /** As many as the data have; every so-manieth is here where those are too many. */
  readonly total: number;
}

/** A GLB as the model of an instances batch. */
export interface ModelInput {
  /** Absolute URL of a self-contained GLB (glTF 2.0). */
  readonly url: string;
}

/** Triangles in metres east, north, up, standing on the model's origin and looking north. @see InstanceModel */
export interface ModelOutput {
  readonly places: Float32Array;
  readonly indices: Uint32Array;
  /** [4m] sRGB and alpha a vertex. */
  readonly colours: Uint8Array;
}

/** A surface through readings at stations, laid on the ground. */
export interface SurfaceInput {
  /** Absolute URL of a dem.json; null: flat at height 0. */
  readonly dem: string | null;
  /** [2n] lon, lat in degrees. */
  readonly stations: Float64Array | readonly number[];
  /** [n] readings; NaN is left out. */
  readonly values: Float64Array | readonly number[];
  /** Ordinary kriging (default), or by distance alone: Σ v/d² / Σ 1/d². Kriging of fewer than ten stations without a variogram goes by distance. */
  readonly method?: 'kriging' | 'distance';
  /** Fitted to the stations where absent. */
  readonly variogram?: Variogram;
  /** Whether the estimate or its kriging standard deviation is drawn. */
  readonly show?: 'value' | 'error';
  /** Most vertices along the longer side (320 by default, 8 … 1,000). */
  readonly cells?: number;
  /** How it is painted; an even ramp between the readings where no standard gives colours. */
  readonly paint?: SurfacePaint;
}

export interface SurfacePaint {
  /** Thresholds and colours of a standard: value ≤ limits[i] takes colours[i], the rest the last. */
  readonly classes?: { readonly limits: readonly number[]; readonly colours: readonly string[] };
  /** 0 … 1 (0.5 by default). */
  readonly opacity?: number;
}

export interface SurfaceOutput extends MeshColumns {
  /** [4m] sRGB and alpha a vertex; transparent where no station is near, and where the ground is unknown. */
  readonly colours: Uint8Array;
  /** What the vertices say, row by row from the south-west: degrees and the value's unit. */
  readonly grid: { readonly west: number; readonly south: number; readonly dx: number; readonly dy: number; readonly width: number; readonly height: number; readonly values: Float32Array };
  /** Lines of equal value on the ground: [3m] metres of the anchor, first vertices, a level each. */
  readonly isolines: { readonly places: Float32Array; readonly starts: Uint32Array; readonly levels: Float64Array };
  /** Where numbers stand on the lines: [4k] lon, lat, metres, level. */
  readonly marks: Float64Array;
  /** The colours as a legend has them: from … to. */
  readonly steps: readonly { readonly from: number; readonly to: number; readonly colour: string }[];
  /** What was used, and why where it is not what was asked for. */
  readonly method: 'kriging' | 'distance';
  readonly because: 'few' | 'same' | null;
  readonly variogram: Variogram | null;
  /** Every station foretold from the others. */
  readonly check: CrossValidation;
  /** Metres from a station at which the surface ends. */
  readonly reach: number;
}

/** Alert rules and what was read since they were last stepped. */
export interface AlertsInput {
  readonly rules: readonly AlertRule[];
  /** One a rule and station that something happened to; `rule` is a number in `rules`, `state` null at the start. */
  readonly watches: readonly { readonly rule: number; readonly state: AlertState | null; readonly readings: readonly AlertReading[] }[];
  /** Unix seconds on the clock: nothing after it is looked at. */
  readonly now: number;
  /** Unix seconds since when readings would have been heard; null for always. */
  readonly known: number | null;
}

export interface AlertsOutput {
  /** In the order of the input. */
  readonly watches: readonly { readonly state: AlertState; readonly events: readonly AlertEvent[] }[];
}

/** Symbols of one kind on a screen, to be joined where they lie over one another. */
export interface ClustersInput {
  /** Metres of the symbols' anchor → clip space. */
  readonly clip: Matrix;
  /** [3n] metres of the anchor. */
  readonly places: Float32Array;
  /** [n] the worst stands for the others. */
  readonly severities: Float32Array;
  /** What was said last, so that nothing flickers; null for nothing. */
  readonly previous: Int32Array | null;
  readonly width: number;
  readonly height: number;
  /** CSS pixels between two symbols at which they join. */
  readonly pixels: number;
}

export interface ClustersOutput {
  /** [n] which symbol stands for each; itself where it stands alone or for others. */
  readonly leaders: Int32Array;
  /** [n] how many a symbol stands for, itself counted; 0 for those that another stands for. */
  readonly sizes: Uint32Array;
}

/** The table of analyses as types: what `twin.analyse(name, input)` infers from. */
export interface AnalysisTypes {
  affected: { input: AffectedInput; output: AffectedOutput };
  style: { input: StyleInput; output: StyleOutput };
  features: { input: FeaturesInput; output: FeaturesOutput };
  bridges: { input: BridgesInput; output: BridgesOutput };
  'ground-tile': { input: GroundTileInput; output: GroundTileOutput };
  alerts: { input: AlertsInput; output: AlertsOutput };
  clusters: { input: ClustersInput; output: ClustersOutput };
  labels: { input: LabelAsk; output: Uint8Array };
  drape: { input: DrapeInput; output: DrapeOutput };
  heights: { input: HeightsInput; output: HeightsOutput };
  roads: { input: RoadsInput; output: RoadsOutput };
  measure: { input: MeasureInput; output: MeasureOutput };
  places: { input: PlacesInput; output: PlacesOutput };
  model: { input: ModelInput; output: ModelOutput };
  network: { input: NetworkInput; output: NetworkOutput };
  'network-elements': { input: NetworkElementsInput; output: NetworkElementsOutput };
  properties: { input: PropertiesInput; output: PropertiesOutput };
  search: { input: SearchInput; output: SearchOutput };
  congestion: { input: CongestionInput; output: CongestionOutput };
  fleet: { input: FleetInput; output: FleetOutput };
  surface: { input: SurfaceInput; output: SurfaceOutput };
  transit: { input: TransitInput; output: TransitOutput };
  'transit-at': { input: TransitAtInput; output: TransitAtOutput };
  'transit-card': { input: TransitCardInput; output: TransitCardOutput };
}

export type AnalysisName = keyof AnalysisTypes;
