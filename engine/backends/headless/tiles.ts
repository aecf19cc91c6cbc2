import { fromEcef, toEcef, DEGREE } from '#geo';
import type { PointLook } from '../../drawing/point-look.ts';
import type { DrawnTiles, ImagerySource, Placed, StyleTexture, TileLoader, TilesSource } from '../../backend.ts';
import { TwinError, shownUrl } from '../../errors.ts';

/** A tileset whose entry was read and whose style is kept; no content is ever loaded. */
export interface HeadlessTiles extends DrawnTiles {
  readonly source: TilesSource;
  readonly json: unknown;
  readonly texture: StyleTexture | null;
  readonly pointLook: PointLook | null;
  readonly disposed: boolean;
}

export interface HeadlessImagery extends Placed {
  readonly source: ImagerySource;
  /** How often the pictures were asked for again. */
  readonly refreshes: number;
  readonly disposed: boolean;
}

interface RootTile {
  transform?: number[];
  boundingVolume?: { box?: number[]; sphere?: number[]; region?: number[] };
}

type Bounds = DrawnTiles['bounds'];

function regionBounds(region: readonly number[]): Bounds {
  const [west, south, east, north, low, high] = region;
  const lon = (west + east) / 2 / DEGREE;
  const lat = (south + north) / 2 / DEGREE;
  const height = (low + high) / 2;
  const centre = toEcef(lon, lat, height, [0, 0, 0]);
  const corner = toEcef(east / DEGREE, north / DEGREE, high, [0, 0, 0]);
  return { lon, lat, height, radius: Math.hypot(corner[0] - centre[0], corner[1] - centre[1], corner[2] - centre[2]) };
}

/** Sphere around a root tile's bounding volume. @throws TwinError `bad-input` without a usable volume. @source OGC 22-025r4, 3D Tiles 1.1, §7.4 */
export function rootBounds(root: RootTile | undefined, where: string): Bounds {
  const volume = root?.boundingVolume;
  if (volume?.region?.length === 6) return regionBounds(volume.region);
  const numbers = volume?.box ?? volume?.sphere;
  if (!numbers || ![4, 12].includes(numbers.length) || !numbers.every(Number.isFinite)) throw new TwinError('bad-input', `The tileset's root has no usable bounding volume: ${where}`, { where });
  const m = root?.transform?.length === 16 ? root.transform : [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const [x, y, z] = numbers;
  const centre = [0, 1, 2].map((row) => m[row] * x + m[row + 4] * y + m[row + 8] * z + m[row + 12]);
  const [lon, lat, height] = fromEcef(centre[0], centre[1], centre[2], [0, 0, 0]);
  const scale = Math.max(...[0, 4, 8].map((column) => Math.hypot(m[column], m[column + 1], m[column + 2])));
  const radius = numbers.length === 4 ? numbers[3] : Math.hypot(...numbers.slice(3));
  return { lon, lat, height, radius: radius * scale };
}

/** Reads a tileset's entry through the loader and keeps its style. @throws TwinError */
export async function keepTiles(source: TilesSource, loader: TileLoader, gone: (tiles: HeadlessTiles) => void): Promise<HeadlessTiles> {
  const where = shownUrl(source.url);
  const bytes = await loader.load(source.url, { kind: 'tileset', root: source.url });
  let json: { root?: RootTile };
  try {
    json = JSON.parse(new TextDecoder().decode(bytes)) as { root?: RootTile };
  } catch (cause) {
    throw new TwinError('bad-input', `The tileset is not JSON: ${where}`, { where, cause });
  }
  const bounds = rootBounds(json.root, where);
  let disposed = false;
  let texture: StyleTexture | null = null;
  let pointLook: PointLook | null = null;
  const tiles: HeadlessTiles = {
    source, json, bounds, visible: true, opacity: 1,
    get texture() { return texture; },
    get pointLook() { return pointLook; },
    get disposed() { return disposed; },
    get bytes() { return disposed ? 0 : bytes.byteLength + (texture?.data.byteLength ?? 0); },
    progress: { loaded: 0, wanted: 0, refused: 0, complete: true },
    style(next) { texture = next; },
    points(next) { pointLook = next; },
    dispose() {
      if (disposed) return;
      disposed = true;
      gone(tiles);
    },
  };
  return tiles;
}

export function keepImagery(source: ImagerySource, gone: (imagery: HeadlessImagery) => void): HeadlessImagery {
  let disposed = false;
  let refreshes = 0;
  const imagery: HeadlessImagery = {
    source, opacity: 1, visible: true,
    get refreshes() { return refreshes; },
    get disposed() { return disposed; },
    refresh() { refreshes++; },
    dispose() {
      if (disposed) return;
      disposed = true;
      gone(imagery);
    },
  };
  return imagery;
}
