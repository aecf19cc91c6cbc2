import type { Picture } from '../formats/format.ts';

/** Pixels on a side of a block within which the way from the tile to the picture is taken as straight: thousandths of a pixel off. */
const BLOCK = 32;
/** A window that is larger than this is read in halves, pixels. */
const MOST_WINDOW = 4_000_000;

/**
 * A tile's pixels out of a picture, between its four nearest, weighted by their opacity; clear beyond its border.
 * @param place lon, lat of a corner of the tile's pixels
 * @returns [4 × size × size], undefined where all of it is clear
 */
export async function paint(picture: Picture, size: number, place: (column: number, row: number) => [number, number]): Promise<Uint8Array | undefined> {
  const out = new Uint8Array(size * size * 4);
  const painted = await paintPart(picture, { size, left: 0, top: 0, side: size, place }, out);
  return painted ? out : undefined;
}

interface Part {
  readonly size: number;
  readonly left: number;
  readonly top: number;
  readonly side: number;
  place(column: number, row: number): [number, number];
}

async function paintPart(picture: Picture, part: Part, out: Uint8Array): Promise<boolean> {
  const grid = pixelsOfCorners(picture, part);
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < grid.length; k += 2) {
    west = Math.min(west, grid[k]);
    east = Math.max(east, grid[k]);
    north = Math.min(north, grid[k + 1]);
    south = Math.max(south, grid[k + 1]);
  }
  const left = Math.max(0, Math.floor(west - 1));
  const top = Math.max(0, Math.floor(north - 1));
  const width = Math.min(picture.width, Math.ceil(east + 1)) - left;
  const height = Math.min(picture.height, Math.ceil(south + 1)) - top;
  // Also false where there is no way to the picture's system and all is NaN.
  if (!(width > 0 && height > 0)) return false;
  if (width * height > MOST_WINDOW && part.side > BLOCK) {
    const half = part.side / 2;
    let any = false;
    for (const [dx, dy] of [[0, 0], [half, 0], [0, half], [half, half]]) any = (await paintPart(picture, { ...part, side: half, left: part.left + dx, top: part.top + dy }, out)) || any;
    return any;
  }
  const pixels = await picture.read({ left, top, width, height });
  return sample({ pixels, left, top, width, height }, grid, part, out);
}

/** Places in the picture of a lattice of the tile's corners, {@link BLOCK} pixels apart: [2 × lattice²]. */
function pixelsOfCorners(picture: Picture, { left, top, side, place }: Part): Float64Array {
  const step = Math.min(BLOCK, side);
  const n = side / step + 1;
  const grid = new Float64Array(n * n * 2);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) {
      const [lon, lat] = place(left + column * step, top + row * step);
      grid.set(picture.toPixel(lon, lat), (row * n + column) * 2);
    }
  return grid;
}

function sample(window: { pixels: Uint8Array; left: number; top: number; width: number; height: number }, grid: Float64Array, { size, left, top, side }: Part, out: Uint8Array): boolean {
  const step = Math.min(BLOCK, side);
  const n = side / step + 1;
  let any = false;
  for (let y = 0; y < side; y++) {
    const row = Math.floor(y / step);
    const v = (y + 0.5) / step - row;
    for (let x = 0; x < side; x++) {
      const column = Math.floor(x / step);
      const u = (x + 0.5) / step - column;
      const at = (row * n + column) * 2;
      const [a, b, c, d] = [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v];
      const px = grid[at] * a + grid[at + 2] * b + grid[at + n * 2] * c + grid[at + n * 2 + 2] * d;
      const py = grid[at + 1] * a + grid[at + 3] * b + grid[at + n * 2 + 1] * c + grid[at + n * 2 + 3] * d;
      any = mix(window, px - window.left - 0.5, py - window.top - 0.5, out, ((top + y) * size + left + x) * 4) || any;
    }
  }
  return any;
}

/** One pixel between four; (0, 0) is the middle of the window's first. */
function mix({ pixels, width, height }: { pixels: Uint8Array; width: number; height: number }, x: number, y: number, out: Uint8Array, to: number): boolean {
  // Half a pixel beyond the outermost middles a picture ends.
  if (!(x > -0.5 && y > -0.5 && x < width - 0.5 && y < height - 0.5)) return false;
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - x0, y - y0];
  let [red, green, blue, seen] = [0, 0, 0, 0];
  for (let k = 0; k < 4; k++) {
    const [dx, dy] = [k & 1, k >> 1];
    const column = Math.min(width - 1, Math.max(0, x0 + dx));
    const row = Math.min(height - 1, Math.max(0, y0 + dy));
    const at = (row * width + column) * 4;
    const weight = (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy) * pixels[at + 3];
    red += pixels[at] * weight;
    green += pixels[at + 1] * weight;
    blue += pixels[at + 2] * weight;
    seen += weight;
  }
  if (seen < 0.5) return false;
  out[to] = Math.round(red / seen);
  out[to + 1] = Math.round(green / seen);
  out[to + 2] = Math.round(blue / seen);
  out[to + 3] = Math.round(seen);
  return true;
}

/** Lays what is there over what is below it, in place. */
export function over(top: Uint8Array, below: Uint8Array): void {
  for (let k = 0; k < top.length; k += 4) {
    const own = top[k + 3];
    if (own === 255 || below[k + 3] === 0) continue;
    const rest = (below[k + 3] * (255 - own)) / 255;
    const seen = own + rest;
    for (let band = 0; band < 3; band++) top[k + band] = Math.round((top[k + band] * own + below[k + band] * rest) / seen);
    top[k + 3] = Math.round(seen);
  }
}

/** A tile at half its size into a quarter of the one above: the mean of four pixels, by their opacity. */
export function halved(tile: Uint8Array, parent: Uint8Array, { size, right, lower }: { size: number; right: number; lower: number }): void {
  const half = size / 2;
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      let [red, green, blue, seen] = [0, 0, 0, 0];
      for (let k = 0; k < 4; k++) {
        const at = ((y * 2 + (k >> 1)) * size + x * 2 + (k & 1)) * 4;
        const weight = tile[at + 3];
        red += tile[at] * weight;
        green += tile[at + 1] * weight;
        blue += tile[at + 2] * weight;
        seen += weight;
      }
      if (seen === 0) continue;
      const to = ((lower * half + y) * size + right * half + x) * 4;
      parent[to] = Math.round(red / seen);
      parent[to + 1] = Math.round(green / seen);
      parent[to + 2] = Math.round(blue / seen);
      parent[to + 3] = Math.round(seen / 4);
    }
}
