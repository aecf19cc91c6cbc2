import type { Frustum, Pose } from '#geo';
import type { Backend, BackendOptions, Light, TerrainSource } from '../../backend.ts';
import type { ClipRegion } from '../../drawing/clip.ts';
import { TwinError } from '../../errors.ts';
import { keepBatch, type HeadlessDrawn } from './drawn.ts';
import { ellipsoidAt } from './ground.ts';
import { keepImagery, keepTiles, type HeadlessImagery, type HeadlessTiles } from './tiles.ts';

/** A backend without a screen, for tests and servers: it keeps what it was asked to draw, and shows it to whoever looks. */
export interface HeadlessBackend extends Backend {
  /** Everything drawn and not yet disposed, in the order of drawing. */
  readonly drawn: readonly HeadlessDrawn[];
  readonly tilesets: readonly HeadlessTiles[];
  readonly imageries: readonly HeadlessImagery[];
  /** The last terrain given, and all of them. */
  readonly ground: TerrainSource | null;
  readonly grounds: readonly TerrainSource[];
  readonly lighting: Light | null;
  readonly clipped: readonly ClipRegion[];
  /** Moment of the last frame (unix seconds), null before the first. */
  readonly time: number | null;
  readonly disposed: boolean;
  /** Behaves as if the graphics context were gone: `lost` settles. */
  lose(): void;
}

export type HeadlessOptions = Partial<Omit<BackendOptions, 'element'>> & { element?: unknown; width?: number; height?: number };

const AIM: Pose = { lon: 0, lat: 0, height: 1000, heading: 0, pitch: -90, roll: 0 };

function without<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}

/** Makes a backend that draws nothing. `options.loader` is needed only for tilesets. */
export async function createBackend(options: HeadlessOptions = {}): Promise<HeadlessBackend> {
  const drawn: HeadlessDrawn[] = [];
  const tilesets: HeadlessTiles[] = [];
  const imageries: HeadlessImagery[] = [];
  const grounds: TerrainSource[] = [];
  const state = { lighting: options.light ?? null, clipped: [] as readonly ClipRegion[], time: null as number | null, disposed: false, asked: true };
  const view = {
    pose: { ...(options.pose ?? { ...AIM, lon: options.at?.[0] ?? 0, lat: options.at?.[1] ?? 0 }) },
    frustum: { fov: 45, offset: [0, 0] } as Frustum,
    width: options.width ?? 1280,
    height: options.height ?? 720,
  };
  let lose!: () => void;
  const lost = new Promise<void>((settle) => { lose = settle; });
  const changed = (): void => { state.asked = true; };
  const alive = (): void => { if (state.disposed) throw new TwinError('backend-lost', 'The headless backend is disposed'); };

  const backend: HeadlessBackend = {
    name: 'headless',
    can: { tiles: true, terrain: true, imagery: true, globe: false, screenshot: false, clip: true, shadows: false, underground: true },
    canvas: null,
    view, drawn, tilesets, imageries, lost, lose,
    grounds,
    get ground() { return grounds.at(-1) ?? null; },
    get lighting() { return state.lighting; },
    get clipped() { return state.clipped; },
    get time() { return state.time; },
    get disposed() { return state.disposed; },
    draw(batch) {
      alive();
      const kept = keepBatch(batch, (item) => { without(drawn, item); changed(); });
      drawn.push(kept);
      changed();
      return kept;
    },
    async tiles(source) {
      alive();
      if (!options.loader) throw new TwinError('unsupported', 'This headless backend was made without a loader, so it cannot read tilesets');
      const kept = await keepTiles(source, options.loader, (item) => { without(tilesets, item); changed(); });
      if (state.disposed) throw new TwinError('aborted', 'The backend was disposed while the tileset loaded');
      tilesets.push(kept);
      changed();
      return kept;
    },
    async terrain(source) {
      grounds.push(source);
      changed();
      return { dispose: () => { without(grounds, source); changed(); } };
    },
    imagery(source) {
      alive();
      const kept = keepImagery(source, (item) => { without(imageries, item); changed(); });
      imageries.push(kept);
      changed();
      return kept;
    },
    groundOpacity: 1,
    async clip(regions) { state.clipped = regions; changed(); },
    light(light) { state.lighting = light; changed(); },
    async look(pose) {
      view.pose = { ...pose };
      changed();
      backend.onMove?.(true);
    },
    async surfaceAt(x, y) {
      const hit = ellipsoidAt(view.pose, view.frustum, view, x, y);
      return hit ? { lon: hit[0], lat: hit[1], height: hit[2], feature: null } : null;
    },
    frame(time) {
      if (state.disposed) return false;
      const moving = drawn.some((item) => item.visible && 'motion' in item.batch && item.batch.motion !== null);
      const draws = state.asked || (moving && time !== state.time);
      state.time = time;
      state.asked = false;
      return draws;
    },
    requestFrame: changed,
    resolution: 1,
    get bytes() { return [...drawn, ...tilesets].reduce((sum, item) => sum + item.bytes, 0); },
    budget: options.budget ?? 1e9,
    onMove: null,
    dispose() {
      if (state.disposed) return;
      for (const item of [...drawn, ...tilesets, ...imageries]) item.dispose();
      state.disposed = true;
      grounds.length = 0;
    },
  };
  return backend;
}
