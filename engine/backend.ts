import type { Frustum, Pose } from '#geo';
import type { Batch, Drawn } from './drawing/batch.ts';
import type { ClipRegion } from './drawing/clip.ts';
import type { PointLook } from './drawing/point-look.ts';
import type { TwinError } from './errors.ts';

/** What only one engine can do: a layer asks, and has a stated fallback. Never ask which backend it is. */
export type Ability = 'tiles' | 'terrain' | 'imagery' | 'globe' | 'screenshot' | 'clip' | 'shadows' | 'underground';

/**
 * Colours and visibility of every feature of a dataset: one RGBA8 texel a feature number, row by row.
 * alpha 0 hides the feature; alpha 1 leaves its own look; 2 … 255 mixes rgb over it with weight (alpha − 1) / 254.
 */
export interface StyleTexture {
  readonly width: number;
  readonly height: number;
  /** [4 · width · height] bytes. */
  readonly data: Uint8Array;
}

export interface TilesSource {
  /** Absolute URL of a tileset.json. */
  readonly url: string;
  /** Number of features of the dataset, if it is one of ours; 0 for a foreign tileset without dataset-wide numbers. */
  readonly features: number;
  /** Pixels of screen-space error aimed at (16 by default). */
  readonly detail?: number;
  /** 'model': shapes that are whole as they are (BIM, machines); a city's blocks get windows and lit rooms drawn on their walls. 'points': a point cloud. */
  readonly look?: 'city' | 'model' | 'points';
  readonly order: number;
  /** Called for every content that fails for good, after the loader's retries. */
  readonly onIssue: (error: TwinError) => void;
}

export interface DrawnTiles {
  style(texture: StyleTexture | null): void;
  /** How its points are drawn, in tiles that were opened as a point cloud. */
  points(look: PointLook): void;
  visible: boolean;
  opacity: number;
  readonly bytes: number;
  /** `complete`: everything the present view asks for is shown. `refused`: wanted but over the memory budget. */
  readonly progress: { readonly loaded: number; readonly wanted: number; readonly refused: number; readonly complete: boolean };
  /** Sphere around the tileset: centre in degrees and metres, radius in metres. */
  readonly bounds: { readonly lon: number; readonly lat: number; readonly height: number; readonly radius: number };
  dispose(): void;
}

/** Quantized-mesh terrain by the URL of its layer.json; without one the ground is the bare ellipsoid. */
export interface TerrainSource {
  readonly url: string;
  /** west, south, east, north in degrees. */
  readonly bounds: readonly [number, number, number, number];
}

/** A picture for the ground in the Web Mercator tiling (x from the west, y from the north), painted or fetched. */
export interface ImagerySource {
  readonly bounds: readonly [number, number, number, number] | null;
  readonly minLevel: number;
  readonly maxLevel: number;
  /** Pixels on a side. */
  readonly tileSize: number;
  /** Resolves with null where there is nothing to show. */
  readonly request: (level: number, x: number, y: number, signal: AbortSignal) => Promise<ImageBitmap | null>;
  readonly order: number;
  /** What is blue in it is water, and shines as water does: true of the city's own map, of no photograph. */
  readonly bluesAreWater?: boolean;
}

/** Something put on the ground that can be taken away again. */
export interface Placed {
  opacity: number;
  visible: boolean;
  /** Asks for every picture again (the content changed). */
  refresh(): void;
  dispose(): void;
}

export type LightName = 'dawn' | 'day' | 'dusk' | 'night';

/** One light for everything drawn, in both engines: colours are linear 0 … 1, the sun's direction by azimuth (from north, clockwise) and altitude in degrees at the twin's anchor. */
export interface Light {
  readonly name: LightName;
  readonly sun: { readonly azimuth: number; readonly altitude: number };
  readonly key: readonly [number, number, number];
  readonly fill: readonly [number, number, number];
  readonly sky: { readonly zenith: readonly [number, number, number]; readonly horizon: readonly [number, number, number] };
  /** Haze: share of the horizon's colour reached at `distance` metres is 63 %. */
  readonly haze: { readonly distance: number };
  /** 0 … 1: how many windows are lit, how strongly roads glow. */
  readonly night: number;
  /** What a weak machine goes without first: ripples and reflections on water, the sky in windows, stars. */
  readonly plain?: boolean;
}

/** One camera and the part of the canvas it fills. */
export interface View {
  pose: Pose;
  frustum: Frustum;
  /** CSS pixels of the canvas. */
  readonly width: number;
  readonly height: number;
}

export interface SurfaceHit {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** Feature number and tiles when a tileset's feature was hit (−1 for a point of a cloud); null on bare ground. */
  readonly feature: { readonly tiles: DrawnTiles; readonly number: number; readonly properties: Readonly<Record<string, unknown>> } | null;
}

/** What paints batches and streams tiles. One canvas, one graphics context, one twin. */
export interface Backend {
  readonly name: string;
  readonly can: Readonly<Record<Ability, boolean>>;
  readonly canvas: HTMLCanvasElement | null;
  readonly view: View;
  draw(batch: Batch): Drawn;
  /** @throws TwinError `not-found`, `bad-input`, `network` when the entry itself cannot be had. */
  tiles(source: TilesSource): Promise<DrawnTiles>;
  /**
   * Raises the ground; several terrains make one, and where they overlap the last one counts. What is returned takes it away again.
   * @throws TwinError where it cannot be had; the ground is then as before
   */
  terrain(source: TerrainSource): Promise<{ dispose(): void }>;
  imagery(source: ImagerySource): Placed;
  /**
   * How solid the ground is: 1 hides what lies below it, below 1 what is solid there (tubes, extrusions, tiles) shows through, 0 takes the ground away.
   * Below 1 the camera may go under the ground. Buildings stay as they are. Without `can.underground` it has no effect.
   */
  groundOpacity: number;
  /**
   * Takes away all that is in these regions, of tilesets and of the ground; none again shows all. What lies on the ground (drapes, ground lines: orders below
   * `ORDER.solid`) goes with it; symbols, labels, and solids that layers draw stay, for a cut is made to see them. What is taken away is not hit by `surfaceAt`.
   * Settles when the next frame shows it. Without `can.clip` it has no effect.
   */
  clip(regions: readonly ClipRegion[]): Promise<void>;
  light(light: Light): void;
  /** Moves the camera and keeps it there; controls go on from it. Seconds > 0 fly along. */
  look(pose: Pose, seconds?: number): Promise<void>;
  /** What lies under a pixel of the canvas (CSS pixels): tiles and ground only; batches are picked from their columns. */
  surfaceAt(x: number, y: number): Promise<SurfaceHit | null>;
  /** Draws one frame for a moment (unix seconds). Cheap when nothing changed: returns false if nothing was drawn. */
  frame(time: number): boolean;
  /** Makes the next frame draw. */
  requestFrame(): void;
  /** Drawing resolution relative to device pixels, 0.25 … 1: falls while moving on weak machines. */
  resolution: number;
  /** Graphics memory in use and its limit (bytes): tiles, imagery and batches together. */
  readonly bytes: number;
  budget: number;
  /** Settles once, when the graphics context is gone: the twin then throws this backend away and makes another. */
  readonly lost: Promise<void>;
  /** Called on pointer moves that changed the pose, and once more when the camera came to rest. */
  onMove: ((resting: boolean) => void) | null;
  dispose(): void;
}

/** Fetches for the engines and answers only what the pre-flight let pass. @see ports.ts */
export interface TileLoader {
  /**
   * Bytes of a tileset JSON, a content, a subtree, a terrain tile: fetched and examined in a worker.
   * @throws TwinError `not-found`, `network`, `deadline`, `refused`, `too-large`, `forbidden-origin`, `aborted`
   */
  load(url: string, options: { kind: 'tileset' | 'content' | 'terrain' | 'image' | 'json' | 'any'; root: string; signal?: AbortSignal; headers?: Record<string, string> }): Promise<ArrayBuffer>;
}

export interface BackendOptions {
  readonly element: HTMLElement;
  /** Origin of the local frame, and where the ground is flat in the first frame. */
  readonly at: readonly [number, number];
  readonly pose: Pose;
  readonly light: Light;
  readonly loader: TileLoader;
  /** Directory with the engine's own workers and data (Cesium), absolute URL with a trailing slash. */
  readonly assets: string;
  readonly budget: number;
  /** For automated tests on software rendering: no antialiasing, half resolution. */
  readonly economy: boolean;
  readonly onIssue: (error: TwinError) => void;
}

/** Every backend's front door exports one of these as `createBackend`. @throws TwinError `backend-unavailable` without WebGL 2. */
export type CreateBackend = (options: BackendOptions) => Promise<Backend>;
