import type { Geometry } from 'geojson';
import type { Issue, TwinError } from '../../engine/errors.ts';
import type { SourceCredit } from '../credits.ts';
import type { Network } from '../../workers/models/network/network.ts';
import type { ModelTable } from './model-table.ts';
import type { PointTable } from './point-table.ts';

/** Bytes [start, end) of a file, beginning with its line number `line`. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** One input file, opened by the converter; a format reads it from here and from nowhere else. */
export interface Source {
  /** The path as the user gave it: it stands in every message. */
  readonly name: string;
  readonly path: string;
  /** Bytes in the file; of a packed one, unpacked. */
  readonly size: number;
  /** Packed by gzip: `path` holds other bytes than are read here. */
  readonly packed?: true;
  /** The first bytes (up to 4,096), for sniffing. */
  readonly head: Uint8Array;
  /** The stretch of the file that is to be read, where several readers share it: whole lines, the first of them numbered `line` (from 1). */
  readonly range?: SourceRange;
  /** The file's bytes in chunks, in order; those of the stretch. */
  stream(): AsyncIterable<Uint8Array>;
  /** What broke the stream off, asked when it has ended; absent where nothing can. */
  fault?(): TwinError | undefined;
  /** The whole file at once. */
  bytes(): Promise<Uint8Array>;
  /** Bytes from `start` up to and without `end`; fewer where the file ends. */
  slice(start: number, end: number): Promise<Uint8Array>;
  /**
   * A file that belongs to this one: of the same stem (`.dbf`, whatever its case) or at a path below its folder (`textures/a.jpg`).
   * undefined where it is not there, or where the name leads out of the folder: up, to a root, to another scheme, through a link.
   */
  beside(name: string): Promise<Source | undefined>;
}

/** A feature as a source file has it: WGS 84 degrees, properties untouched. */
export interface SourceFeature {
  readonly geometry: Geometry | null;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The feature's own `id` member, else undefined; ids in the properties stay there. */
  readonly id?: string | number;
  /** The feature's body, where the source has one; `geometry` is then its outline on the ground and `properties.height` its height. */
  readonly solid?: Solid;
}

/** What a face of a body is; the index in this list is what {@link Solid.surfaces} holds. @source CityGML 3.0, BoundarySurface; CityJSON 2.0, 3.3.2 */
export const SURFACES = ['other', 'roof', 'wall', 'ground', 'window', 'door', 'closure', 'floor', 'ceiling', 'installation'] as const;

/** Triangles of one feature. Heights count from the ground under it (under its parent, for a part): what it stands on is decided later. */
export interface Solid {
  /** As the source names it: `1.2`, `2.2`, `3`. */
  readonly lod: string;
  /** [3 × corners] lon, lat in degrees, metres above the ground. */
  readonly positions: Float64Array;
  /** [3 × triangles] corners, counter-clockwise seen from outside. */
  readonly triangles: Uint32Array;
  /** [triangles] index into {@link SURFACES}. */
  readonly surfaces: Uint8Array;
  /** [4 × triangles] sRGB and opacity where the source gives colours of its own. */
  readonly colours?: Uint8Array;
  readonly texture?: SolidTexture;
}

export interface SolidTexture {
  /** [2 × corners] glTF's way round: (0, 0) is the upper left corner. */
  readonly uv: Float32Array;
  /** [triangles] index into `images` + 1; 0 = none. */
  readonly image: Uint16Array;
  /** Paths of PNG, JPEG or WebP files, as {@link Source.beside} gave them. */
  readonly images: readonly string[];
}

/** At most 4,096 features at a time; `read` = bytes of the file consumed so far, for progress. */
export interface FeatureTable {
  readonly kind: 'features';
  readonly features: readonly SourceFeature[];
  readonly read: number;
  /** Whom the data are owed to, where the file's kind says so. */
  readonly credit?: SourceCredit;
  /** ISO day the data are of, where the file says so. */
  readonly surveyed?: string;
}

/**
 * A grid of heights: float32 rows north → south, samples at the cells' corners (the first on the west and north edge,
 * the last on the east and south edge); degrees (EPSG:4326) and metres. NaN where the source has no data.
 */
export interface RasterTable {
  readonly kind: 'raster';
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly width: number;
  readonly height: number;
  readonly samples: Float32Array;
  /** What the file itself says its heights are above; absent where it says nothing. */
  readonly datum?: 'ellipsoid' | 'egm96' | 'egm2008' | '1985';
  /** Samples without a height because the source, turned in its own system, does not reach the corners of the box; they are no holes. */
  readonly outside?: number;
  /** The file it comes from, for messages and the account. */
  readonly name?: string;
  /** What it is made of, finest first; absent where that is one file. */
  readonly sources?: readonly TerrainSource[];
}

/** One height model of a ground, as the catalogue tells it. */
export interface TerrainSource {
  readonly name: string;
  /** What its heights are above, as the file says; `unknown` where it says nothing. */
  readonly datum: 'ellipsoid' | 'egm96' | 'egm2008' | '1985' | 'unknown';
  /** Metres between its samples, north to south. */
  readonly step: number;
  /** Share of the ground's samples with a height that come from it, 0…1. */
  readonly share: number;
}

/** A picture of the ground, opened: its pixels are read window by window. */
export interface ImageryTable {
  readonly kind: 'imagery';
  readonly picture: Picture;
}

/** Where in a picture: whole pixels, (0, 0) is the north-western one of a north-up picture. */
export interface PixelWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Picture {
  /** The file's name, for messages. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** West, south, east, north in degrees of the box around it. */
  readonly bounds: readonly [number, number, number, number];
  /** Metres a pixel measures on the ground, the smaller side, in its middle. */
  readonly metres: number;
  readonly bands: number;
  readonly bits: number;
  /** 'EPSG:…' */
  readonly crs: string;
  /** Whom the file itself says it is owed to. */
  readonly copyright?: string;
  /** Degrees to pixels: (0, 0) is the corner of the first pixel, its middle (0.5, 0.5). NaN where there is no way. */
  toPixel(lon: number, lat: number): [x: number, y: number];
  /** [4 × width × height] sRGB and opacity of a window that lies within the picture; what cannot be read is clear and said in the issues once. */
  read(window: PixelWindow): Promise<Uint8Array>;
}

/** A whole utility network, in its own coordinates. */
export interface NetworkTable {
  readonly kind: 'network';
  readonly network: Network;
}

export type Table = FeatureTable | RasterTable | NetworkTable | ModelTable | ImageryTable | PointTable;

/** What a reader is given beside the file. */
export interface ReadContext {
  /** Problems in the data, collected; a reader throws only what is nobody's data (an aborted signal, a disk that fails). */
  readonly issues: Issue[];
  /** Counts features that could not even be read; they stand in the account as skipped. */
  skip(reason: string, count?: number): void;
  /** The reference system of this file as the user said it: 'EPSG:…'. */
  readonly crs?: string;
  /** True where that was said of this very file: then it counts before what the file says itself. */
  readonly crsNamed?: boolean;
  /** Where the user put this file by name, degrees. */
  readonly place?: { readonly lon: number; readonly lat: number };
  /** The way from a reference system to WGS 84 degrees; undefined for one that is not known. */
  toDegrees?(crs: string): ((x: number, y: number) => [lon: number, lat: number]) | undefined;
  /** The way back. */
  fromDegrees?(crs: string): ((lon: number, lat: number) => [x: number, y: number]) | undefined;
  readonly signal?: AbortSignal;
}

export interface Format {
  readonly id: string;
  readonly title: string;
  readonly extensions: readonly string[];
  /** Whether the first bytes look like this format (and, for what has no mark of its own, the file's size in bytes); the extension decides nothing. */
  sniff(head: Uint8Array, size: number): boolean;
  read(source: Source, context: ReadContext): AsyncIterable<Table>;
  /** It yields features, so that it may be read in a process of its own. */
  readonly apart?: true;
  /** Whether a file of this head is one feature a line, so that several readers may share it. */
  byLines?(head: Uint8Array): boolean;
}
