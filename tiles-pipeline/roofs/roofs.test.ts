import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { SURFACES, type Solid } from '../formats/format.ts';
import { cleanRing, crossesItself, insideRing, turned } from '../stages/rings.ts';
import { planOf } from './plan.ts';
import { ROOF_SHAPES, type RoofShape } from './roof-shapes.ts';
import { roofOver, type RoofWish } from './roof.ts';
import { roofedBody } from './roofed-body.ts';
import { skeletonOf } from './skeleton.ts';

const LON = 13.35;
const LAT = 52.51;
const frame = planOf([Float64Array.of(LON, LAT, LON + 1e-3, LAT, LON, LAT + 1e-3)]);

/** Metres → degrees, turned by an angle. */
function ring(corners: readonly (readonly [number, number])[], turn = 0): Float64Array {
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  return Float64Array.from(corners.flatMap(([x, y]) => [LON + (x * c - y * s) / frame.perLon, LAT + (x * s + y * c) / frame.perLat]));
}

const box = (w: number, h: number): [number, number][] => [[0, 0], [w, 0], [w, h], [0, h]];
const shapes = {
  box: box(14, 8),
  square: box(10, 10),
  angle: [[0, 0], [20, 0], [20, 8], [8, 8], [8, 22], [0, 22]],
  tee: [[0, 0], [24, 0], [24, 8], [16, 8], [16, 20], [8, 20], [8, 8], [0, 8]],
  horseshoe: [[0, 0], [24, 0], [24, 20], [18, 20], [18, 8], [6, 8], [6, 20], [0, 20]],
  cross: [[8, 0], [16, 0], [16, 8], [24, 8], [24, 16], [16, 16], [16, 24], [8, 24], [8, 16], [0, 16], [0, 8], [8, 8]],
  crooked: [[0, 0], [13, 1], [15, 9], [2, 8.5]],
  round: Array.from({ length: 24 }, (_, i) => [9 * Math.cos((i * Math.PI) / 12), 9 * Math.sin((i * Math.PI) / 12)]),
} as const satisfies Record<string, readonly (readonly [number, number])[]>;

function build(rings: readonly Float64Array[], wish: RoofWish, heights = { base: 2, eaves: 6, top: 11 }): Solid | undefined {
  const plan = planOf(rings);
  const roof = roofOver(plan, wish);
  return roof && roofedBody(plan, roof, wish.shape === 'flat' ? { ...heights, eaves: heights.top } : heights);
}

/** Counted anew, by sorted pairs of corners. */
function edgeUses(solid: Solid): number[] {
  const uses = new Map<string, number>();
  for (let t = 0; t < solid.triangles.length; t += 3)
    for (const [a, b] of [[0, 1], [1, 2], [2, 0]]) {
      const key = [solid.triangles[t + a], solid.triangles[t + b]].toSorted((p, q) => p - q).join(' ');
      uses.set(key, (uses.get(key) ?? 0) + 1);
    }
  return [...uses.values()];
}

/** Cubic metres by the divergence theorem. */
function volume({ positions, triangles }: Solid): number {
  const at = (i: number): [number, number, number] => [(positions[i * 3] - LON) * frame.perLon, (positions[i * 3 + 1] - LAT) * frame.perLat, positions[i * 3 + 2]];
  let sum = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [at(triangles[t]), at(triangles[t + 1]), at(triangles[t + 2])];
    sum += a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return sum / 6;
}

function sound(solid: Solid, outline: Float64Array, wish: RoofWish): void {
  expect(edgeUses(solid).every((uses) => uses === 2)).toBe(true);
  const heights = solid.positions.filter((_, i) => i % 3 === 2);
  expect(Math.max(...heights)).toBeCloseTo(11, 6);
  expect(Math.min(...heights)).toBe(2);
  const { area, rings } = planOf([outline]);
  const whole = volume(solid);
  expect(whole).toBeGreaterThan(area * (wish.shape === 'onion' ? 3.5 : 4) * 0.999);
  expect(whole).toBeLessThan(area * 9 * 1.001);
  for (let i = 0; i < solid.positions.length; i += 3) {
    const x = (solid.positions[i] - outline[0]) * frame.perLon;
    const y = (solid.positions[i + 1] - outline[1]) * frame.perLat;
    expect(insideRing(rings[0], x, y) || nearRing(rings[0], x, y) < 0.01).toBe(true);
  }
}

function nearRing(outline: Float64Array, x: number, y: number): number {
  let nearest = Infinity;
  for (let i = 0, j = outline.length - 2; i < outline.length; j = i, i += 2) {
    const [dx, dy] = [outline[i] - outline[j], outline[i + 1] - outline[j + 1]];
    const share = Math.max(0, Math.min(1, ((x - outline[j]) * dx + (y - outline[j + 1]) * dy) / (dx * dx + dy * dy)));
    nearest = Math.min(nearest, Math.hypot(x - outline[j] - share * dx, y - outline[j + 1] - share * dy));
  }
  return nearest;
}

describe('every shape over every outline is closed, or not built at all', () => {
  for (const [name, corners] of Object.entries(shapes))
    test.each(ROOF_SHAPES)(`%s over ${name}`, (shape) => {
      // Turned and along the axes: regular outlines meet in one place from many sides.
      for (const turn of [0, 0.3, Math.PI / 4]) {
        const outline = ring(corners, turn);
        const solid = build([outline], { shape });
        if (solid) sound(solid, outline, { shape });
        // What people build over a plain house is always built.
        if (['box', 'square', 'crooked'].includes(name)) expect(solid).toBeDefined();
        if (['flat', 'hipped', 'mansard', 'skillion', 'gabled'].includes(shape)) expect(solid).toBeDefined();
      }
    });
});

test('a gabled house has the volume of its eaves and half its roof, its ridge along the longer side', () => {
  const solid = build([ring(shapes.box)], { shape: 'gabled' })!;
  expect(volume(solid)).toBeCloseTo(14 * 8 * (4 + 2.5), 0);
  const ridge: number[] = [];
  for (let i = 0; i < solid.positions.length; i += 3) if (solid.positions[i + 2] > 10.99) ridge.push((solid.positions[i + 1] - LAT) * frame.perLat);
  for (const y of ridge) expect(y).toBeCloseTo(4, 3);
  expect(volume(build([ring(shapes.box)], { shape: 'hipped' })!)).toBeCloseTo(14 * 8 * 4 + 5 * (8 * 6 / 2 + 8 * 8 / 3), 0);
  expect(volume(build([ring(shapes.square)], { shape: 'pyramidal' })!)).toBeCloseTo(100 * 4 + 500 / 3, 0);
});

test('orientation and direction turn the ridge, and the fall of a skillion', () => {
  const across = build([ring(shapes.box)], { shape: 'gabled', across: true })!;
  const ridge: number[] = [];
  for (let i = 0; i < across.positions.length; i += 3) if (across.positions[i + 2] > 10.99) ridge.push((across.positions[i] - LON) * frame.perLon);
  for (const x of ridge) expect(x).toBeCloseTo(7, 3);
  // Facing east, the roof falls to the east: the same ridge.
  expect(build([ring(shapes.box)], { shape: 'gabled', direction: 90 })!.triangles.length).toBe(across.triangles.length);
  for (const [direction, low] of [[0, [0, 8]], [90, [14, 0]], [180, [0, 0]], [270, [0, 0]]] as const) {
    const { positions, surfaces } = build([ring(shapes.box)], { shape: 'skillion', direction })!;
    expect(surfaces).toContain(SURFACES.indexOf('roof'));
    const eaves: number[][] = [];
    for (let i = 0; i < positions.length; i += 3) if (Math.abs(positions[i + 2] - 6) < 1e-6) eaves.push([(positions[i] - LON) * frame.perLon, (positions[i + 1] - LAT) * frame.perLat]);
    expect(eaves).toHaveLength(2);
    expect(eaves.some(([x, y]) => Math.hypot(x - low[0], y - low[1]) < 0.01)).toBe(true);
  }
});

test('an angle gets two ridges and a gable at each end', () => {
  const solid = build([ring(shapes.angle)], { shape: 'gabled' })!;
  const highest: [number, number][] = [];
  for (let i = 0; i < solid.positions.length; i += 3) if (solid.positions[i + 2] > 10.9) highest.push([(solid.positions[i] - LON) * frame.perLon, (solid.positions[i + 1] - LAT) * frame.perLat]);
  expect(highest.some(([x, y]) => Math.hypot(x - 20, y - 4) < 0.05)).toBe(true);
  expect(highest.some(([x, y]) => Math.hypot(x - 4, y - 22) < 0.05)).toBe(true);
});

test('a yard stays open under a ridged roof, and is refused by what is turned', () => {
  const rings = [ring(box(20, 20)), ring([[6, 6], [6, 14], [14, 14], [14, 6]])];
  const solid = build(rings, { shape: 'gabled' })!;
  expect(edgeUses(solid).every((uses) => uses === 2)).toBe(true);
  expect(volume(solid)).toBeLessThan((400 - 64) * 9);
  for (const shape of ['dome', 'hipped', 'pyramidal'] as const) expect(build(rings, { shape })).toBeUndefined();
});

describeShared('real outlines', () => {
  test('nine in ten and more carry a gabled and a hipped roof, closed and as high as it should be', () => {
    const { features } = JSON.parse(readFileSync(shared('data/city/footprints-cn/shanghai-buildings.geojson'), 'utf8')) as { features: { geometry: { type: string; coordinates: number[][][] } }[] };
    const outlines = features.filter(({ geometry }) => geometry.type === 'Polygon').flatMap(({ geometry }, i) => (i % 8 === 0 ? [geometry.coordinates.map((positions, r) => soundRing(positions, r === 0))] : []));
    let [asked, built] = [0, 0];
    for (const rings of outlines) {
      if (!rings.every((each) => each !== undefined)) continue;
      for (const shape of ['gabled', 'hipped'] as const) {
        const solid = build(rings, { shape });
        asked++;
        if (!solid) continue;
        built++;
        expect(edgeUses(solid).every((uses) => uses === 2)).toBe(true);
        expect(Math.max(...solid.positions.filter((_, i) => i % 3 === 2))).toBeCloseTo(11, 6);
      }
    }
    expect(asked).toBeGreaterThan(300);
    expect(built / asked).toBeGreaterThan(0.9);
  });

  function soundRing(positions: number[][], outer: boolean): Float64Array | undefined {
    const clean = cleanRing(positions);
    return typeof clean === 'string' || crossesItself(clean) ? undefined : turned(clean, outer);
  }
});

describe('outlines nobody drew', () => {
  /** Star-shaped outlines: any radius at growing angles; many corners point inward. */
  const outlines = fc.tuple(fc.array(fc.integer({ min: 20, max: 100 }), { minLength: 3, maxLength: 14 }), fc.double({ min: 0, max: 6.28, noNaN: true })).map(([radii, turn]) => ring(radii.map((radius, i) => [(radius / 5) * Math.cos((i * 2 * Math.PI) / radii.length), (radius / 5) * Math.sin((i * 2 * Math.PI) / radii.length)] as const), turn));

  test('a body is closed, as high as it should be and within its outline', () => {
    let built = 0;
    fc.assert(
      fc.property(outlines, fc.constantFrom<RoofShape[]>(...ROOF_SHAPES), fc.option(fc.integer({ min: 0, max: 359 }), { nil: undefined }), (outline, shape, direction) => {
        const solid = build([outline], { shape, direction });
        if (solid) sound(solid, outline, { shape });
        if (solid) built++;
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(built).toBeGreaterThan(200);
  });

  test('nearly all outlines have a skeleton, whose faces fill them', () => {
    let found = 0;
    const runs = 200;
    fc.assert(
      fc.property(outlines, (outline) => {
        const plan = planOf([outline]);
        if (plan.rings.length > 0 && skeletonOf(plan.rings[0])) found++;
      }),
      { numRuns: runs, seed: 11 },
    );
    expect(found).toBeGreaterThan(runs * 0.95);
  });
});
