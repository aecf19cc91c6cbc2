import type { RasterTable } from './format.ts';

/** A north-up grid of heights in any system: places in its units, samples row by row from the north-west; NaN where there is none. */
export type PlacedGrid = Omit<RasterTable, 'kind' | 'datum' | 'outside'>;

type Way = (x: number, y: number) => [number, number];

const MAX_SIDE = 16384;
/** How many times the samples of a grid it may have in degrees. */
const MOST_GROWTH = 8;
/** Samples on a side of a block within which the way between two systems is taken as straight: a few hundred metres, a millimetre off. */
const BLOCK = 16;
/** Places along an edge by which a turned box is measured. */
const EDGE = 64;

/** A grid of a projected system on a grid of degrees as fine as its own, bilinear; samples that the source does not reach are NaN and counted. */
export function inDegrees(grid: PlacedGrid, toDegrees: Way, fromDegrees: Way): RasterTable {
  const { west, south, east, north } = boxOf(grid, toDegrees);
  const [midX, midY] = [(grid.west + grid.east) / 2, (grid.south + grid.north) / 2];
  const stepX = (grid.east - grid.west) / (grid.width - 1);
  const stepY = (grid.north - grid.south) / (grid.height - 1);
  const [here, right, up] = [toDegrees(midX, midY), toDegrees(midX + stepX, midY), toDegrees(midX, midY + stepY)];
  const across = (east - west) / Math.hypot(right[0] - here[0], up[0] - here[0]);
  const down = (north - south) / Math.hypot(up[1] - here[1], right[1] - here[1]);
  // A turned grid needs twice its samples; what needs many times as many has pixels that are no squares at all.
  const shrink = Math.min(1, Math.sqrt((MOST_GROWTH * grid.samples.length) / Math.max(1, across * down)));
  const [width, height] = [sideOf(across * shrink), sideOf(down * shrink)];
  const samples = new Float32Array(width * height).fill(Number.NaN);
  let outside = 0;
  for (let top = 0; top < height; top += BLOCK)
    for (let left = 0; left < width; left += BLOCK) {
      const [bottom, far] = [Math.min(height, top + BLOCK), Math.min(width, left + BLOCK)];
      const corner = (column: number, row: number): [number, number] => fromDegrees(west + ((east - west) * column) / (width - 1), north - ((north - south) * row) / (height - 1));
      const [a, b, c, d] = [corner(left, top), corner(far, top), corner(left, bottom), corner(far, bottom)];
      for (let row = top; row < bottom; row++)
        for (let column = left; column < far; column++) {
          const [u, v] = [(column - left) / (far - left), (row - top) / (bottom - top)];
          const mix = (k: 0 | 1): number => (a[k] * (1 - u) + b[k] * u) * (1 - v) + (c[k] * (1 - u) + d[k] * u) * v;
          const [x, y] = [(mix(0) - grid.west) / stepX, (grid.north - mix(1)) / stepY];
          if (x < -0.5 || y < -0.5 || x > grid.width - 0.5 || y > grid.height - 0.5) outside++;
          else samples[row * width + column] = sampled(grid, x, y);
        }
    }
  return { kind: 'raster', west, south, east, north, width, height, samples, outside };
}

function sideOf(cells: number): number {
  return Math.max(2, Math.min(MAX_SIDE, Math.round(cells) + 1));
}

function boxOf(grid: PlacedGrid, toDegrees: Way): { west: number; south: number; east: number; north: number } {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (let i = 0; i <= EDGE; i++) {
    const [x, y] = [grid.west + ((grid.east - grid.west) * i) / EDGE, grid.south + ((grid.north - grid.south) * i) / EDGE];
    for (const [lon, lat] of [toDegrees(x, grid.south), toDegrees(x, grid.north), toDegrees(grid.west, y), toDegrees(grid.east, y)]) {
      box.west = Math.min(box.west, lon);
      box.south = Math.min(box.south, lat);
      box.east = Math.max(box.east, lon);
      box.north = Math.max(box.north, lat);
    }
  }
  return box;
}

/** Bilinear between the samples that have a height; NaN where the nearest has none. */
function sampled({ samples, width, height }: PlacedGrid, x: number, y: number): number {
  const [cx, cy] = [Math.min(Math.max(x, 0), width - 1), Math.min(Math.max(y, 0), height - 1)];
  if (Number.isNaN(samples[Math.round(cy) * width + Math.round(cx)])) return Number.NaN;
  const [x0, y0] = [Math.min(Math.floor(cx), width - 2), Math.min(Math.floor(cy), height - 2)];
  const [fx, fy] = [cx - x0, cy - y0];
  let [sum, weights] = [0, 0];
  for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
    const value = samples[(y0 + dy) * width + x0 + dx];
    const weight = (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy);
    if (Number.isNaN(value)) continue;
    sum += value * weight;
    weights += weight;
  }
  return sum / weights;
}
