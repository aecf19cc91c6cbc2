import { expect, test } from 'vitest';
import { clipMatrix, placer, project, toEcef } from '#geo';
import { batchHit, betterHit } from './batch-hit.ts';
import type { LinesBatch } from './drawing/batch.ts';
import type { PickAsk } from './layer.ts';

const anchor = { lon: 117.49, lat: 30.66, height: 12 };
const pose = { lon: 117.493, lat: 30.64, height: 900, heading: -14, pitch: -31, roll: 2 };
const frustum = { fov: 50, offset: [0.1, -0.2] as const };
const lines: LinesBatch = { kind: 'lines', anchor, epoch: 0, order: 0, ids: ['a', 'b'], places: new Float32Array([-400, 30, 4, 400, 30, 4, -400, 300, 9, 400, 300, 9]), starts: new Uint32Array([0, 2, 4]), colours: new Uint8Array(8).fill(255), width: 2, metres: false, flow: 0 };

function ask(x: number, y: number): PickAsk {
  return { x, y, width: 800, height: 450, time: 0, clip: (of) => clipMatrix(of, pose, frustum, 800, 450), surface: async () => null };
}

test('a hit has the place under the pixel and its distance from the eye', () => {
  const point = project(ask(0, 0).clip(anchor), 800, 450, 123, 300, 9, new Float64Array(3));
  const hit = batchHit(lines, ask(point[0], point[1]))!;
  expect(hit.slot).toBe(1);
  const local = placer(anchor).place(hit.lon, hit.lat, hit.height, [0, 0, 0]);
  expect(local[0]).toBeCloseTo(123, 2);
  expect(local[1]).toBeCloseTo(300, 2);
  expect(local[2]).toBeCloseTo(9, 2);
  const eye = toEcef(pose.lon, pose.lat, pose.height, [0, 0, 0]);
  const at = toEcef(hit.lon, hit.lat, hit.height, [0, 0, 0]);
  expect(hit.depth).toBeCloseTo(Math.hypot(at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]), 3);
  expect(batchHit(lines, ask(10, 10))).toBeNull();
});

test('of two hits the nearer to the pixel counts, then the nearer to the eye', () => {
  const base = { slot: 0, lon: 0, lat: 0, height: 0 };
  const near = { ...base, depth: 10, distance: 2 };
  expect(betterHit(near, { ...base, depth: 5, distance: 3 })).toBe(near);
  expect(betterHit({ ...base, depth: 20, distance: 2 }, near)).toBe(near);
  expect(betterHit(null, near)).toBe(near);
  expect(betterHit<typeof near>(null, null)).toBeNull();
});
