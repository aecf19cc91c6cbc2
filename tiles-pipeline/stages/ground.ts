import type { RasterTable } from '../formats/format.ts';
import { insideRing } from './rings.ts';

/** Heights of the ground on a grid without holes; see {@link RasterTable} for its frame. */
export type Dem = RasterTable & {
  /** Level of terrain tiles whose grid its samples stand on. */
  readonly level: number;
  /** Mean height along the border: what the world beyond fades to. */
  readonly beyond: number;
};

/** Fills voids from their neighbours, ring by ring inwards (the mean of the up to eight that are known). @returns the number of voids; where it is all, nothing could be filled */
export function fillVoids(raster: RasterTable): number {
  const { samples, width, height } = raster;
  let filled = 0;
  let ring: number[] = [];
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isNaN(samples[i])) continue;
    filled++;
    if (!Number.isNaN(neighbourMean(samples, width, height, i))) ring.push(i);
  }
  if (filled === samples.length) return filled;
  // The next ring is what lies beside this one: no void is looked at again before its turn.
  const asked = new Uint8Array(samples.length);
  while (ring.length > 0) {
    const means = Float32Array.from(ring, (i) => neighbourMean(samples, width, height, i));
    for (const [k, i] of ring.entries()) samples[i] = means[k];
    const next: number[] = [];
    for (const i of ring)
      for (const neighbour of neighbours(width, height, i)) {
        if (asked[neighbour] || !Number.isNaN(samples[neighbour])) continue;
        asked[neighbour] = 1;
        next.push(neighbour);
      }
    ring = next;
  }
  return filled;
}

function neighbours(width: number, height: number, i: number): number[] {
  const x = i % width;
  const y = (i - x) / width;
  const out: number[] = [];
  for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) if (nx !== x || ny !== y) out.push(ny * width + nx);
  return out;
}

function neighbourMean(samples: Float32Array, width: number, height: number, i: number): number {
  const x = i % width;
  const y = (i - x) / width;
  let sum = 0;
  let n = 0;
  for (let dy = -1; dy <= 1; dy++)
    for (let dx = -1; dx <= 1; dx++) {
      const [nx, ny] = [x + dx, y + dy];
      if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
      const value = samples[ny * width + nx];
      if (Number.isNaN(value)) continue;
      sum += value;
      n++;
    }
  return n === 0 ? Number.NaN : sum / n;
}

/** Cells on a side of a terrain tile of the deepest level. */
export const TILE_CELLS = 64;
const DEEPEST = 15;

/** The first level whose finest cells are no coarser than 1.4 of the raster’s; 15 at most. */
function deepestLevel(raster: RasterTable): number {
  const step = Math.min((raster.east - raster.west) / (raster.width - 1), (raster.north - raster.south) / (raster.height - 1));
  const level = Math.ceil(Math.log2(180 / (TILE_CELLS * step * 1.4)));
  return Math.min(DEEPEST, Math.max(1, level));
}

/**
 * The ground that everything stands on: the raster taken over, bilinear, onto the grid of the terrain's deepest tiles. What is computed and what is drawn are
 * then one surface, flat on either side of each cell's diagonal from south-west to north-east.
 */
export function asDem(raster: RasterTable): Dem {
  const level = deepestLevel(raster);
  const perDegree = (2 ** level * TILE_CELLS) / 180;
  // A hair's breadth that is no cell is rounding, not ground.
  const [first, last] = [Math.floor((raster.west + 180) * perDegree + 1e-6), Math.ceil((raster.east + 180) * perDegree - 1e-6)];
  const [lowest, highest] = [Math.floor((raster.south + 90) * perDegree + 1e-6), Math.ceil((raster.north + 90) * perDegree - 1e-6)];
  const [width, height] = [last - first + 1, highest - lowest + 1];
  const samples = new Float32Array(width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) samples[row * width + column] = bilinear(raster, (first + column) / perDegree - 180, (highest - row) / perDegree - 90);
  let sum = 0;
  for (let x = 0; x < width; x++) sum += samples[x] + samples[(height - 1) * width + x];
  for (let y = 0; y < height; y++) sum += samples[y * width] + samples[y * width + width - 1];
  return {
    kind: 'raster', west: first / perDegree - 180, south: lowest / perDegree - 90, east: last / perDegree - 180, north: highest / perDegree - 90, width, height, samples, level, beyond: sum / (2 * (width + height)), sources: raster.sources ?? [{ name: raster.name ?? 'height model', datum: raster.datum ?? 'unknown', step: Math.round(((raster.north - raster.south) / (raster.height - 1)) * 11_132_000) / 100, share: 1 }],
  };
}

/** A cell and where a place lies in it; off the grid the nearest border's, and how far away in grid widths. */
function cellOf(raster: RasterTable, lon: number, lat: number): { at: number; fx: number; fy: number; away: number } {
  const x = ((lon - raster.west) / (raster.east - raster.west)) * (raster.width - 1);
  const y = ((raster.north - lat) / (raster.north - raster.south)) * (raster.height - 1);
  const cx = Math.min(Math.max(x, 0), raster.width - 1);
  const cy = Math.min(Math.max(y, 0), raster.height - 1);
  const x0 = Math.min(Math.floor(cx), raster.width - 2);
  const y0 = Math.min(Math.floor(cy), raster.height - 2);
  return { at: y0 * raster.width + x0, fx: cx - x0, fy: cy - y0, away: x === cx && y === cy ? 0 : Math.hypot((x - cx) / raster.width, (y - cy) / raster.height) };
}

function bilinear(raster: RasterTable, lon: number, lat: number): number {
  const { samples, width } = raster;
  const { at, fx, fy } = cellOf(raster, lon, lat);
  return (samples[at] * (1 - fx) + samples[at + 1] * fx) * (1 - fy) + (samples[at + width] * (1 - fx) + samples[at + width + 1] * fx) * fy;
}

/**
 * Height of the ground in metres, as it is drawn. Beyond the grid the nearest border height fades into the border's mean over one grid's width,
 * so that the function is continuous everywhere.
 */
export function groundHeight(dem: Dem, lon: number, lat: number): number {
  const { samples, width } = dem;
  const { at, fx, fy, away } = cellOf(dem, lon, lat);
  const [northWest, northEast, southWest, southEast] = [samples[at], samples[at + 1], samples[at + width], samples[at + width + 1]];
  const up = 1 - fy;
  const inside = fx >= up ? southWest + fx * (southEast - southWest) + up * (northEast - southEast) : southWest + up * (northWest - southWest) + fx * (northEast - northWest);
  if (away === 0) return inside;
  const fade = Math.min(1, away);
  return inside * (1 - fade) + dem.beyond * fade;
}

/** Whether a place lies on the grid. */
export function covers(dem: Dem, lon: number, lat: number): boolean {
  return lon >= dem.west && lon <= dem.east && lat >= dem.south && lat <= dem.north;
}

/** Lowest ground under an outline: along its edges (twice a cell) and at the grid's own samples inside it. */
export function lowestUnder(dem: Dem, rings: readonly Float64Array[]): number {
  const stepX = (dem.east - dem.west) / (dem.width - 1);
  const stepY = (dem.north - dem.south) / (dem.height - 1);
  const ring = rings[0];
  let lowest = Infinity;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const cuts = Math.min(64, Math.ceil(2 * Math.max(Math.abs(ring[i] - ring[j]) / stepX, Math.abs(ring[i + 1] - ring[j + 1]) / stepY)) || 1);
    for (let k = 1; k <= cuts; k++) lowest = Math.min(lowest, groundHeight(dem, ring[j] + ((ring[i] - ring[j]) * k) / cuts, ring[j + 1] + ((ring[i + 1] - ring[j + 1]) * k) / cuts));
    west = Math.min(west, ring[i]);
    east = Math.max(east, ring[i]);
    south = Math.min(south, ring[i + 1]);
    north = Math.max(north, ring[i + 1]);
  }
  const lastX = Math.min(dem.width - 1, Math.floor((east - dem.west) / stepX));
  const lastY = Math.min(dem.height - 1, Math.floor((dem.north - south) / stepY));
  for (let y = Math.max(0, Math.ceil((dem.north - north) / stepY)); y <= lastY; y++)
    for (let x = Math.max(0, Math.ceil((west - dem.west) / stepX)); x <= lastX; x++)
      if (insideRing(ring, dem.west + x * stepX, dem.north - y * stepY)) lowest = Math.min(lowest, dem.samples[y * dem.width + x]);
  return lowest;
}

/** The ground as units of work see it: by windows, for the whole may lie in a file. */
export interface Ground {
  readonly frame: Omit<Dem, 'samples'>;
  /** Samples of a window of the grid, row by row. */
  window(column: number, row: number, width: number, height: number): Float32Array;
}

export function groundOf(dem: Dem): Ground {
  const { samples, ...frame } = dem;
  return {
    frame,
    window(column, row, width, height) {
      const out = new Float32Array(width * height);
      for (let y = 0; y < height; y++) out.set(samples.subarray((row + y) * frame.width + column, (row + y) * frame.width + column + width), y * width);
      return out;
    },
  };
}

/** Cells more than outlines reach. */
const MARGIN = 2;

/** The part of the ground under some outlines, of the same grid; the whole where they reach beyond it. */
export function groundUnder(ground: Ground, outlines: readonly ArrayLike<number>[]): Dem {
  const { frame } = ground;
  const [stepX, stepY] = [(frame.east - frame.west) / (frame.width - 1), (frame.north - frame.south) / (frame.height - 1)];
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of outlines)
    for (let i = 0; i < ring.length; i += 2) {
      west = Math.min(west, ring[i]);
      east = Math.max(east, ring[i]);
      south = Math.min(south, ring[i + 1]);
      north = Math.max(north, ring[i + 1]);
    }
  const [left, right] = [Math.floor((west - frame.west) / stepX) - MARGIN, Math.ceil((east - frame.west) / stepX) + MARGIN];
  const [top, bottom] = [Math.floor((frame.north - north) / stepY) - MARGIN, Math.ceil((frame.north - south) / stepY) + MARGIN];
  if (left < 0 || top < 0 || right >= frame.width || bottom >= frame.height) return { ...frame, samples: ground.window(0, 0, frame.width, frame.height) };
  const [width, height] = [right - left + 1, bottom - top + 1];
  return { ...frame, west: frame.west + left * stepX, east: frame.west + right * stepX, north: frame.north - top * stepY, south: frame.north - bottom * stepY, width, height, samples: ground.window(left, top, width, height) };
}
