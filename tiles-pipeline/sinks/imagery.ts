import type { Picture } from '../formats/format.ts';
import type { Pixels } from '../formats/picture-codecs.ts';
import { halved, over, paint } from './imagery-tile.ts';

/** Pixels on a side of a tile. */
export const IMAGE_TILE = 256;
/** Deepest level: 4 cm a pixel at the equator. */
const DEEPEST = 22;
const ROUND = 40_075_016.6855785;
/** How much coarser than the picture its deepest level may be. */
const FINE = 1.1;
/** Tiles that the smallest picture may have. */
const MOST_TILES = 256;
/** Web Mercator ends here, degrees. */
const NORTHERNMOST = 85.0511287798066;

export interface ImageryOptions {
  write(path: string, bytes: Uint8Array): Promise<void>;
  encode(pixels: Pixels): Promise<Uint8Array>;
  progress?(share: number): void;
  signal?: AbortSignal;
}

export interface ImageryFigures {
  tiles: number;
  bytes: number;
  minzoom: number;
  maxzoom: number;
  /** West, south, east, north in degrees. */
  bounds: [number, number, number, number];
}

interface Range {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The level whose pixels are no coarser than 1.1 of a picture's own; less deep where its pixels are so far from squares that tiles would be many more than it has. */
export function levelOf({ bounds, metres, width, height }: Pick<Picture, 'bounds' | 'metres' | 'width' | 'height'>): number {
  const lat = (bounds[1] + bounds[3]) / 2;
  let level = Math.min(DEEPEST, Math.max(0, Math.ceil(Math.log2((ROUND * Math.cos((lat * Math.PI) / 180)) / (IMAGE_TILE * metres * FINE)))));
  const most = MOST_TILES + (16 * width * height) / IMAGE_TILE ** 2;
  for (; level > 0; level--) {
    const { left, right, top, bottom } = rangeOf(bounds, level);
    if ((right - left + 1) * (bottom - top + 1) <= most) break;
  }
  return level;
}

/**
 * The pyramid of some pictures as one: XYZ tiles in Web Mercator, WebP, clear where there is no picture; earlier pictures lie over later ones. The deepest level is
 * painted from the pictures row by row from the north, each level above from the one below it by areas, so that what is held is some rows of tiles and no picture.
 */
export async function writeImagery(pictures: readonly Picture[], folder: string, options: ImageryOptions): Promise<ImageryFigures | undefined> {
  const bounds = boundsOf(pictures);
  if (!(bounds[0] < bounds[2] && bounds[1] < bounds[3])) return undefined;
  const maxzoom = Math.max(...pictures.map(levelOf));
  const minzoom = Math.min(maxzoom, Math.max(0, Math.floor(Math.log2(360 / Math.max(1e-6, bounds[2] - bounds[0], bounds[3] - bounds[1])))));
  const figures: ImageryFigures = { tiles: 0, bytes: 0, minzoom, maxzoom, bounds };
  const rows = rangeOf(bounds, maxzoom);
  const pyramid = new Pyramid(minzoom, async (level, x, y, pixels) => {
    const bytes = await options.encode(pixels);
    await options.write(`${folder}/${level}/${x}/${y}.webp`, bytes);
    figures.tiles++;
    figures.bytes += bytes.length;
  });
  for (let y = rows.top; y <= rows.bottom; y++) {
    for (const x of columnsOf(pictures, maxzoom, y)) {
      options.signal?.throwIfAborted();
      const tile = await tileOf(pictures, maxzoom, x, y);
      if (tile) await pyramid.put(maxzoom, x, y, tile);
    }
    await pyramid.rowDone(maxzoom, y);
    options.progress?.((y - rows.top + 1) / (rows.bottom - rows.top + 1));
  }
  await pyramid.end();
  return figures.tiles > 0 ? figures : undefined;
}

function boundsOf(pictures: readonly Picture[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { bounds } of pictures) {
    box[0] = Math.min(box[0], bounds[0]);
    box[1] = Math.min(box[1], Math.max(bounds[1], -NORTHERNMOST));
    box[2] = Math.max(box[2], bounds[2]);
    box[3] = Math.max(box[3], Math.min(bounds[3], NORTHERNMOST));
  }
  return box;
}

/** Tiles that a box meets; one that is only touched is none. */
function rangeOf([west, south, east, north]: readonly [number, number, number, number], level: number): Range {
  const most = 2 ** level - 1;
  const within = (value: number): number => Math.min(most, Math.max(0, value));
  const [left, top] = tilePlace(west, north, level);
  const [right, bottom] = tilePlace(east, south, level);
  return { left: within(Math.floor(left + 1e-9)), top: within(Math.floor(top + 1e-9)), right: within(Math.ceil(right - 1e-9) - 1), bottom: within(Math.ceil(bottom - 1e-9) - 1) };
}

function* columnsOf(pictures: readonly Picture[], level: number, y: number): Generator<number> {
  const columns = new Set<number>();
  for (const { bounds } of pictures) {
    const { left, right, top, bottom } = rangeOf(bounds, level);
    if (y >= top && y <= bottom) for (let x = left; x <= right; x++) columns.add(x);
  }
  yield* [...columns].toSorted((a, b) => a - b);
}

/** lon, lat to columns and rows of tiles from the north-west. @source EPSG:3857; OGC 17-083r4, D.1 WebMercatorQuad */
export function tilePlace(lon: number, lat: number, level: number): [x: number, y: number] {
  const radians = (Math.min(NORTHERNMOST, Math.max(-NORTHERNMOST, lat)) * Math.PI) / 180;
  return [((lon + 180) / 360) * 2 ** level, ((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2) * 2 ** level];
}

/** The way back. */
export function placeOfTile(x: number, y: number, level: number): [lon: number, lat: number] {
  return [(x / 2 ** level) * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** level))) * 180) / Math.PI];
}

/** A tile of the deepest level; undefined where it would be all clear. */
async function tileOf(pictures: readonly Picture[], level: number, x: number, y: number): Promise<Uint8Array | undefined> {
  let tile: Uint8Array | undefined;
  for (const picture of pictures) {
    const { left, right, top, bottom } = rangeOf(picture.bounds, level);
    if (x < left || x > right || y < top || y > bottom) continue;
    const own = await paint(picture, IMAGE_TILE, (column, row) => placeOfTile(x + column / IMAGE_TILE, y + row / IMAGE_TILE, level));
    if (!own) continue;
    if (!tile) tile = own;
    else over(tile, own);
    if (isFull(tile)) break;
  }
  return tile;
}

function isFull(tile: Uint8Array): boolean {
  for (let k = 3; k < tile.length; k += 4) if (tile[k] < 255) return false;
  return true;
}

/** Levels above the deepest, as their rows become complete. */
class Pyramid {
  /** Tiles of each level that wait for their lower half, by column. */
  readonly #waiting = new Map<number, Map<number, Uint8Array>>();
  readonly #row = new Map<number, number>();

  constructor(private readonly least: number, private readonly emit: (level: number, x: number, y: number, pixels: Pixels) => Promise<void>) {}

  async put(level: number, x: number, y: number, pixels: Uint8Array): Promise<void> {
    await this.emit(level, x, y, { width: IMAGE_TILE, height: IMAGE_TILE, data: pixels });
    if (level === this.least) return;
    const waiting = this.#waiting.get(level - 1) ?? new Map<number, Uint8Array>();
    this.#waiting.set(level - 1, waiting);
    this.#row.set(level - 1, y >> 1);
    const parent = waiting.get(x >> 1) ?? new Uint8Array(IMAGE_TILE * IMAGE_TILE * 4);
    waiting.set(x >> 1, parent);
    halved(pixels, parent, { size: IMAGE_TILE, right: x & 1, lower: y & 1 });
  }

  /** No more tiles of this row will come: with its second half a row above is complete. */
  async rowDone(level: number, y: number): Promise<void> {
    if (level === this.least || (y & 1) === 0) return;
    await this.#flush(level - 1);
    await this.rowDone(level - 1, y >> 1);
  }

  async end(): Promise<void> {
    for (const level of [...this.#waiting.keys()].toSorted((a, b) => b - a)) for (let above = level; above >= this.least; above--) await this.#flush(above);
  }

  async #flush(level: number): Promise<void> {
    const waiting = this.#waiting.get(level);
    if (!waiting) return;
    this.#waiting.delete(level);
    for (const x of [...waiting.keys()].toSorted((a, b) => a - b)) await this.put(level, x, this.#row.get(level)!, waiting.get(x)!);
  }
}
