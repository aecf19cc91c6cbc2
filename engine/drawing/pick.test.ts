import { expect, test } from 'vitest';
import { clipMatrix, project, type Pose } from '#geo';
import { pickScene, seeded } from '../../tests/conformance/picks.ts';
import { slabs } from '../../tests/conformance/instance-cases.ts';
import { labels, lines, moving, RED, sheets } from '../../tests/conformance/shapes.ts';
import { pickBatch, type PickView } from './pick.ts';

const HERE = { lon: 117.49, lat: 30.66, height: 0 };
const POSE: Pose = { lon: HERE.lon, lat: HERE.lat - 0.003, height: 350, heading: 5, pitch: -45, roll: 0 };
const SIZE = { width: 640, height: 360 };
const clip = clipMatrix(HERE, POSE, { fov: 45, offset: [0, 0] }, SIZE.width, SIZE.height);
const view = (x: number, y: number, time = 0): PickView => ({ clip, ...SIZE, x, y, time });
const at = (east: number, north: number, up: number): Float64Array => project(clip, SIZE.width, SIZE.height, east, north, up, new Float64Array(3));

test('a moving point is found where it is at that moment', () => {
  const batch = moving(HERE, [{ from: [-50, 0, 2], to: [50, 0, 2], times: [0, 10] }], [RED], { size: 8 });
  const [x, y, depth] = at(20, 0, 2);
  expect(pickBatch(batch, view(x, y, 7))).toMatchObject({ slot: 0, distance: 0 });
  expect(pickBatch(batch, view(x, y, 7))!.depth).toBeCloseTo(depth, 3);
  expect(pickBatch(batch, view(x, y, 1))).toBeNull();
});

test('points, labels and lines answer within six pixels and no farther', () => {
  const line = lines(HERE, [[[-100, 0, 0], [100, 0, 0]]], [RED], { width: 2 });
  const [x, y] = at(0, 0, 0);
  expect(pickBatch(line, view(x, y + 6))).not.toBeNull();
  expect(pickBatch(line, view(x, y + 9))).toBeNull();
  const label = labels(HERE, [{ at: [0, 0, 0], text: '城镜', colour: RED }], { size: 14 });
  expect(pickBatch(label, view(x + 12, y))).toMatchObject({ slot: 0, distance: 0 });
  expect(pickBatch(label, view(x + 22, y))).toBeNull();
});

test('hidden slots are not there', () => {
  const batch = sheets(HERE, [{ at: [0, 0, 0], half: 20, colour: [1, 2, 3, 0] }]);
  const [x, y] = at(0, 0, 0);
  expect(pickBatch(batch, view(x, y))).toBeNull();
});

test('the nearer of two sheets wins, and triangles reaching behind the eye still count', () => {
  const [x, y, depth] = at(0, 0, 40);
  const hit = pickBatch(sheets(HERE, [{ at: [0, 0, 0], half: 400, colour: RED }, { at: [0, 0, 40], half: 10, colour: RED }]), view(x, y))!;
  expect(hit.slot).toBe(1);
  expect(hit.depth).toBeCloseTo(depth, 1);
  const huge = sheets(HERE, [{ at: [0, 0, 0], half: 9000, colour: RED }]);
  expect(pickBatch(huge, view(320, 350))).toMatchObject({ slot: 0 });
});

test('sheets are found as a search along the ray by small steps finds them', () => {
  const [, , mesh] = pickScene(HERE);
  const random = seeded(3);
  let hits = 0;
  for (let i = 0; i < 60; i++) {
    const slot = Math.floor(random() * 8);
    const k = 12 * slot;
    const middle = [0, 1, 2].map((axis) => [0, 3, 6, 9].reduce((sum, corner) => sum + mesh.places[k + corner + axis], 0) / 4);
    const inside = [middle[0] + (random() - 0.5) * 60, middle[1] + (random() - 0.5) * 60, middle[2]];
    const [x, y, w] = at(inside[0], inside[1], inside[2]);
    const found = pickBatch(mesh, view(x, y));
    const within = Math.abs(inside[0] - middle[0]) < 22 && Math.abs(inside[1] - middle[1]) < 22;
    if (within) {
      hits++;
      expect(found).not.toBeNull();
      expect(found!.depth).toBeLessThanOrEqual(w + 0.01);
    } else if (found?.slot === slot) throw new Error('hit a sheet beside it');
  }
  expect(hits).toBeGreaterThan(10);
});

test('an instance is found by its triangles, turned, scaled and moved as it is painted', () => {
  const stands = slabs(HERE, [{ at: [-60, 0, 0] }, { at: [40, 0, 0], heading: 90 }, { at: [0, 60, 0], tint: [9, 9, 9, 0] }], { scale: Float32Array.of(1, 2, 1) });
  const on = (batch: typeof stands, east: number, north: number, up: number, time = 0): number | null => {
    const [x, y] = at(east, north, up);
    return pickBatch(batch, view(x, y, time))?.slot ?? null;
  };
  expect([on(stands, -60, 20, 4), on(stands, -60, -10, 4), on(stands, -60, 40, 0), on(stands, -46, 10, 0)]).toEqual([0, 0, null, null]);
  expect([on(stands, 80, 0, 8), on(stands, 20, 0, 8), on(stands, 40, 30, 0), on(stands, 0, 70, 4)]).toEqual([1, 1, null, null]);
  const motion = { to: Float32Array.of(60, 0, 0), times: Float32Array.of(0, 10), staleAfter: Infinity };
  const going = slabs(HERE, [{ at: [-60, 0, 0] }], { motion });
  expect([on(going, 20, 0, 4, 5), on(going, 0, 20, 0, 5), on(going, -60, 10, 4, 5)]).toEqual([0, null, null]);
  const turning = slabs(HERE, [{ at: [0, 0, 0], heading: 350 }], { toHeadings: Float32Array.of(30), motion: { ...motion, to: Float32Array.of(0, 0, 0) } });
  expect([on(turning, 20 * Math.sin(Math.PI / 18), 20 * Math.cos(Math.PI / 18), 4, 5), on(turning, -14, -14, 4, 5)]).toEqual([0, null]);
});

test('an instance too far to see is found within six pixels of its middle', () => {
  const far = slabs(HERE, [{ at: [0, 6000, 0] }], { scale: 0.5 });
  const [x, y] = at(0, 6000, 0);
  expect(pickBatch(far, view(x + 5, y))?.slot).toBe(0);
  expect(pickBatch(far, view(x + 12, y))).toBeNull();
});
