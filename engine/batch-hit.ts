import { placer, type Matrix } from '#geo';
import { ORDER, type Batch } from './drawing/batch.ts';
import { pickBatch } from './drawing/pick.ts';
import type { PickAsk } from './layer.ts';

/** What of a batch lies under a pixel, and where. */
export interface BatchHit {
  readonly slot: number;
  readonly lon: number;
  readonly lat: number;
  /** Metres above the ellipsoid of the place under the pixel (of a symbol on a stem: the symbol's). */
  readonly height: number;
  /** Metres from the eye. */
  readonly depth: number;
  /** CSS pixels from the pixel to what was hit; 0 on it. */
  readonly distance: number;
}

/** The place in a clip matrix's metres that lands on a pixel (device coordinates −1 … 1) at a depth along the view; depth 0 is the eye. */
function unproject(m: Matrix, nx: number, ny: number, depth: number): [number, number, number] {
  const rows = [0, 1, 3].map((row) => [m[row], m[row + 4], m[row + 8]]);
  const right = [nx * depth - m[12], ny * depth - m[13], depth - m[15]];
  const cross = (a: readonly number[], b: readonly number[]): number[] => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const [c0, c1, c2] = [cross(rows[1], rows[2]), cross(rows[2], rows[0]), cross(rows[0], rows[1])];
  const determinant = rows[0][0] * c0[0] + rows[0][1] * c0[1] + rows[0][2] * c0[2];
  const axis = (i: number): number => (right[0] * c0[i] + right[1] * c1[i] + right[2] * c2[i]) / determinant;
  return [axis(0), axis(1), axis(2)];
}

/** The slot of a layer's own batch under the pixel of a pick, with its place; null when there is none within reach, or when it lies on ground that is cut away. */
export function batchHit(batch: Batch, ask: PickAsk): BatchHit | null {
  const clip = ask.clip(batch.anchor);
  const { width, height, x, y } = ask;
  const picked = pickBatch(batch, { clip, width, height, x, y, time: ask.time - batch.epoch });
  if (!picked) return null;
  const eye = unproject(clip, 0, 0, 0);
  const at = unproject(clip, (x / width) * 2 - 1, 1 - (y / height) * 2, picked.depth);
  const [lon, lat, up] = placer(batch.anchor).unplace(at[0], at[1], at[2], [0, 0, 0]);
  if (batch.order < ORDER.solid && ask.cut?.(lon, lat, up)) return null;
  return { slot: picked.slot, lon, lat, height: up, depth: Math.hypot(at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]), distance: picked.distance };
}

/** The nearer to the pixel of two hits; at the same distance the nearer to the eye. */
export function betterHit<T extends BatchHit>(a: T | null, b: T | null): T | null {
  if (!a || !b) return a ?? b;
  return b.distance < a.distance - 0.01 || (b.distance < a.distance + 0.01 && b.depth < a.depth) ? b : a;
}
