import type { RasterTable } from '../formats/format.ts';
import type { BuildingTable } from './buildings.ts';
import { ringsOf } from './buildings.ts';
import { insideRing } from './rings.ts';

/** Heights of the ground on a grid without holes; see {@link RasterTable} for its frame. */
export type Dem = RasterTable & {
  /** Mean height along the border: what the world beyond fades to. */
  readonly beyond: number;
};

/** Fills voids from their neighbours, ring by ring inwards (the mean of the up to eight that are known). @returns the number of voids; where it is all, nothing could be filled */
export function fillVoids(raster: RasterTable): number {
  const { samples, width, height } = raster;
  let open: number[] = [];
  for (let i = 0; i < samples.length; i++) if (Number.isNaN(samples[i])) open.push(i);
  const filled = open.length;
  if (filled === samples.length) return filled;
  while (open.length > 0) {
    const next: number[] = [];
    const values: [number, number][] = [];
    for (const i of open) {
      const mean = neighbourMean(samples, width, height, i);
      if (Number.isNaN(mean)) next.push(i);
      else values.push([i, mean]);
    }
    for (const [i, value] of values) samples[i] = value;
    open = next;
  }
  return filled;
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

export function asDem(raster: RasterTable): Dem {
  const { samples, width, height } = raster;
  let sum = 0;
  for (let x = 0; x < width; x++) sum += samples[x] + samples[(height - 1) * width + x];
  for (let y = 0; y < height; y++) sum += samples[y * width] + samples[y * width + width - 1];
  return { ...raster, beyond: sum / (2 * (width + height)) };
}

/**
 * Height of the ground in metres, bilinear between samples. Beyond the grid the nearest border height fades into the border's mean
 * over one grid's width, so that the function is continuous everywhere.
 */
export function groundHeight(dem: Dem, lon: number, lat: number): number {
  const x = ((lon - dem.west) / (dem.east - dem.west)) * (dem.width - 1);
  const y = ((dem.north - lat) / (dem.north - dem.south)) * (dem.height - 1);
  const cx = Math.min(Math.max(x, 0), dem.width - 1);
  const cy = Math.min(Math.max(y, 0), dem.height - 1);
  const x0 = Math.min(Math.floor(cx), dem.width - 2);
  const y0 = Math.min(Math.floor(cy), dem.height - 2);
  const fx = cx - x0;
  const fy = cy - y0;
  const at = y0 * dem.width + x0;
  const top = dem.samples[at] * (1 - fx) + dem.samples[at + 1] * fx;
  const bottom = dem.samples[at + dem.width] * (1 - fx) + dem.samples[at + dem.width + 1] * fx;
  const inside = top * (1 - fy) + bottom * fy;
  const away = Math.hypot((x - cx) / dem.width, (y - cy) / dem.height);
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

/** Sets every building's base to the lowest ground under it. */
export function standOnGround(table: BuildingTable, dem: Dem): void {
  for (let row = 0; row < table.count; row++) table.base[row] = lowestUnder(dem, ringsOf(table, row));
}
