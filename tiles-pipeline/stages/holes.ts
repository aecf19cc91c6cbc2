import type { Issue } from '../../engine/errors.ts';
import type { RasterTable } from '../formats/format.ts';
import { fillVoids } from './ground.ts';

/** Shares of samples without a height: from the first on the ground is said to be a guess, from the second on it is none. */
const MANY = 0.05;
const TOO_MANY = 0.75;
const METRES_A_DEGREE = 111_320;

interface Hole {
  readonly samples: number;
  /** Middle of its box in degrees, and the box's sides in metres. */
  readonly lon: number;
  readonly lat: number;
  readonly size: readonly [number, number];
}

/** Every hole of a raster, largest first. Corners that the source did not reach are none. */
export function holesOf(raster: RasterTable): Hole[] {
  const { samples, width, height } = raster;
  const seen = new Uint8Array(samples.length);
  const holes: Hole[] = [];
  for (let start = 0; start < samples.length; start++) {
    if (seen[start] || !Number.isNaN(samples[start])) continue;
    const box = { left: width, right: 0, top: height, bottom: 0 };
    let count = 0;
    const open = [start];
    seen[start] = 1;
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      const x = i % width;
      const y = (i - x) / width;
      count++;
      Object.assign(box, { left: Math.min(box.left, x), right: Math.max(box.right, x), top: Math.min(box.top, y), bottom: Math.max(box.bottom, y) });
      for (const next of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]) {
        if (next < 0 || next >= samples.length || seen[next] || !Number.isNaN(samples[next])) continue;
        seen[next] = 1;
        open.push(next);
      }
    }
    const atEdge = box.left === 0 || box.top === 0 || box.right === width - 1 || box.bottom === height - 1;
    if (!(raster.outside && atEdge)) holes.push(holeOf(raster, box, count));
  }
  return holes.toSorted((a, b) => b.samples - a.samples);
}

function holeOf(raster: RasterTable, box: { left: number; right: number; top: number; bottom: number }, samples: number): Hole {
  const dx = (raster.east - raster.west) / (raster.width - 1);
  const dy = (raster.north - raster.south) / (raster.height - 1);
  const lat = raster.north - ((box.top + box.bottom) / 2) * dy;
  const size = [(box.right - box.left + 1) * dx * METRES_A_DEGREE * Math.cos((lat * Math.PI) / 180), (box.bottom - box.top + 1) * dy * METRES_A_DEGREE] as const;
  return { samples, lon: raster.west + ((box.left + box.right) / 2) * dx, lat, size };
}

/**
 * Fills what has no height from its neighbours and says how much that was and where.
 * @returns the samples filled; -1 where so little is known that there is no ground
 */
export function mendHoles(raster: RasterTable, issues: Issue[]): number {
  const holes = holesOf(raster);
  const without = holes.reduce((sum, { samples }) => sum + samples, 0);
  const whole = raster.samples.length - (raster.outside ?? 0);
  if (without >= whole) {
    issues.push({ code: 'empty-terrain', severity: 'error', message: 'The height model holds no height at all; it was left out.' });
    return -1;
  }
  const share = without / whole;
  const figures = `${without.toLocaleString('en')} of ${whole.toLocaleString('en')} samples (${percent(share)}) have no height`;
  const [largest] = holes;
  const where = largest && `the largest of its ${holes.length.toLocaleString('en')} ${holes.length === 1 ? 'hole' : 'holes'} is ${metres(largest.size[0])} × ${metres(largest.size[1])} at ${largest.lon.toFixed(4)}, ${largest.lat.toFixed(4)}`;
  if (share >= TOO_MANY) {
    issues.push({ code: 'too-many-holes', severity: 'error', message: `The height model is mostly holes and was left out: ${figures}; ${where}. Give one that covers the city.` });
    return -1;
  }
  fillVoids(raster);
  if (share >= MANY) issues.push({ code: 'holes-in-terrain', severity: 'warning', message: `The height model has holes: ${figures} and were filled from their neighbours, so the ground there is a guess; ${where}. Give a height model without holes to have it right.` });
  else if (without > 0) issues.push({ code: 'holes-filled', severity: 'info', message: `In the height model ${figures} and were filled from their neighbours; ${where}.` });
  return without;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 2 : 0)} %`;
}

function metres(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 1000)} km` : `${Math.round(value)} m`;
}
