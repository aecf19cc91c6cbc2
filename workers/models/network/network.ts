/** What flows in a network. */
export const NETWORK_KINDS = ['water', 'drainage', 'gas', 'heat', 'power', 'telecom', 'industry', 'unknown'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/** One word a row: an index into a dictionary. The word '' is no-data. */
export interface WordColumn {
  readonly dictionary: readonly string[];
  /** [n] */
  readonly codes: Uint16Array;
}

/** Rows with ids, numbers ([n] float32, SI units, NaN is no-data) and words, each column by its name. */
export interface NetworkTable {
  readonly count: number;
  readonly ids: readonly string[];
  readonly numbers: Readonly<Record<string, Float32Array>>;
  readonly words: Readonly<Record<string, WordColumn>>;
}

/**
 * Nodes. Numbers: `elevation` (of the junction as the model has it, of the invert in drainage), `rim` (ground over it), `demand` (m³/s), `head`, `level`,
 * `pressure` (Pa); metres where nothing else is said. Words: `type` (junction, reservoir, tank, outfall, storage, divider, hydrant, valve, pump, source, station), `tag`.
 */
export interface NetworkNodes extends NetworkTable {
  /** [2n] in the network's own coordinates: lon, lat where `crs` is EPSG:4326. */
  readonly xy: Float64Array;
}

/**
 * Links. Numbers: `diameter` (inner, metres), `length` (as stated, metres), `roughness` (as the model has it), `startInvert`, `endInvert` (metres above the model's datum),
 * `depth` (metres below ground of what {@link Network.reference} names), `height`, `width` (of a section that is not round). Words: `type` (pipe, pump, valve, orifice, weir, outlet, channel, cable), `material`, `status`, `shape`, `tag`.
 */
export interface NetworkLinks extends NetworkTable {
  /** [n] rows of the nodes. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** [n + 1] first vertex of each link; both end nodes are among its vertices. */
  readonly starts: Uint32Array;
  /** [2m] like the nodes' xy. */
  readonly xy: Float64Array;
}

export type NetworkFormat = 'epanet' | 'swmm' | 'pandapipes' | 'pandapower' | 'landxml' | 'geojson';

/** A utility network as its file has it: topology, attributes in SI units, its own coordinates. */
export interface Network {
  /** File without folder. */
  readonly name: string;
  readonly title: string;
  readonly kind: NetworkKind;
  readonly format: NetworkFormat;
  /** 'EPSG:…' where the file says its coordinates' system (EPSG:4326: lon, lat); null where it does not. */
  readonly crs: string | null;
  /** Metres that one unit of the drawing stands for, where the file says so; null where not. */
  readonly unit: number | null;
  /** What the file says about heights: inverts at both ends of a link, elevations of nodes, depths below ground; null: nothing. */
  readonly heights: 'inverts' | 'elevations' | 'depths' | null;
  /** What of a pipe the heights or depths mean. */
  readonly reference: 'crown' | 'invert' | 'centre';
  readonly nodes: NetworkNodes;
  readonly links: NetworkLinks;
}

/** A word of a row; '' where there is none. */
export function wordOf(table: NetworkTable, column: string, row: number): string {
  const words = table.words[column];
  return words ? words.dictionary[words.codes[row]] : '';
}

/** A number of a row; NaN where there is none. */
export function numberOf(table: NetworkTable, column: string, row: number): number {
  return table.numbers[column]?.[row] ?? Number.NaN;
}
