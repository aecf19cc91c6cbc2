import { describe, expect, test } from 'vitest';
import { slabs } from '../../../tests/conformance/instance-cases.ts';
import { labels, lines, moving, points, polygons, RED, GREEN, sheets, square } from '../../../tests/conformance/shapes.ts';
import { ORDER, type Batch } from '../batch.ts';
import { fillTexture, recipeBytes, slotShape, sphereOf } from './columns.ts';
import { recipeOf, recipeTime, writingOf } from './index.ts';
import { triangulate } from './polygons.ts';

const HERE = { lon: 117.49, lat: 30.66, height: 0 };

/** Area on the plane of a triangle list, by the shoelace formula. */
function areaOf(places: Float32Array, indices: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < indices.length; i += 3) {
    const [a, b, c] = [indices[i], indices[i + 1], indices[i + 2]].map((k) => [places[3 * k], places[3 * k + 1]]);
    sum += Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
  }
  return sum;
}

describe('recipes', () => {
  const every: Batch[] = [
    points(HERE, [[0, 0, 0]], [RED]), points(HERE, [[0, 0, 0]], [RED], { stem: 10 }), moving(HERE, [{ from: [0, 0, 0], to: [1, 0, 0], times: [0, 1] }], [RED]),
    lines(HERE, [[[0, 0, 0], [9, 0, 0]]], [RED]), lines(HERE, [[[0, 0, 0], [9, 0, 0]]], [RED], { metres: true, flow: 3 }),
    polygons(HERE, [[square(0, 0, 0, 5)]], [RED]), polygons(HERE, [[square(0, 0, 0, 5)]], [RED], { heights: Float32Array.of(9) }),
    labels(HERE, [{ at: [0, 0, 0], text: '池州 A', colour: RED }]), sheets(HERE, [{ at: [0, 0, 0], half: 5, colour: RED }]),
    slabs(HERE, [{ at: [0, 0, 0] }, { at: [9, 0, 0] }]), slabs(HERE, [{ at: [0, 0, 0] }], { scale: Float32Array.of(2), toHeadings: Float32Array.of(9), motion: { to: Float32Array.of(9, 9, 0), times: Float32Array.of(0, 1), staleAfter: 9 } }),
  ];

  test('lines on a deck are drawn as lines on the ground are, only later', () => {
    const way = [[[0, 0, 0], [9, 0, 0]]] as Parameters<typeof lines>[1];
    const [ground, deck, air] = [lines(HERE, way, [RED]), lines(HERE, way, [RED], { order: ORDER.translucent, lying: true }), lines(HERE, way, [RED], { order: ORDER.translucent })].map((batch) => recipeOf(batch).vertex);
    expect(deck).toBe(ground);
    expect(air).not.toBe(ground);
  });

  test.each(every.map((batch, i) => [`${batch.kind} ${i}`, batch] as const))('%s: shaders declare what the recipe carries, and nothing carried is missing', (_, batch) => {
    const recipe = recipeOf(batch);
    const text = recipe.vertex + recipe.fragment;
    for (const name of [...Object.keys(recipe.attributes), ...Object.keys(recipe.uniforms), ...Object.keys(recipe.textures)]) expect(text).toContain(name);
    const inputs = [...recipe.vertex.matchAll(/^in \w+ (a_\w+);/gm)].map(([, name]) => name).toSorted();
    expect(inputs).toEqual(Object.keys(recipe.attributes).toSorted());
    const vertices = Object.values(recipe.attributes).filter(({ instanced }) => !instanced).map(({ data, size }) => data.length / size);
    const most = recipe.index ? Math.max(...recipe.index) + 1 : recipe.count;
    for (const count of vertices) expect(count).toBeGreaterThanOrEqual(most);
    for (const { data, size, instanced } of Object.values(recipe.attributes)) if (instanced) expect(data.length).toBe(size * recipe.instances!);
    expect(recipeBytes(recipe)).toBeGreaterThan(0);
  });

  test('a texel for each slot, and none to spare beyond a row', () => {
    for (const count of [0, 1, 5, 1024, 1025, 1_000_000]) {
      const { width, height } = slotShape(count);
      expect(width * height).toBeGreaterThanOrEqual(count);
      expect(width * (height - 1)).toBeLessThanOrEqual(count);
    }
    expect(() => fillTexture({ width: 2, height: 1 }, new Uint8Array(12))).toThrow(/2/);
  });

  test('a million moving points take 36 bytes a slot in textures and 4 for their numbers', () => {
    const count = 1_000_000;
    const batch = moving(HERE, [], []);
    const recipe = recipeOf({ ...batch, places: new Float32Array(3 * count), colours: new Uint8Array(4 * count), motion: { to: new Float32Array(3 * count), times: new Float32Array(2 * count), staleAfter: 9 } });
    expect(recipeBytes(recipe)).toBeLessThan(41 * count);
    expect(recipe.mode).toBe('points');
  });

  test('keyframes lie where the scatter writes them', () => {
    const recipe = recipeOf(moving(HERE, [{ from: [1, 2, 3], to: [4, 5, 6], times: [7, 8] }, { from: [9, 10, 11], to: [12, 13, 14], times: [15, 16] }], [RED, GREEN]));
    expect([...recipe.textures.u_from.data!]).toEqual([1, 2, 3, 7, 9, 10, 11, 15]);
    expect([...recipe.textures.u_to.data!]).toEqual([4, 5, 6, 8, 12, 13, 14, 16]);
    expect(writingOf(recipe, { kind: 'motion', count: 0, buffer: new ArrayBuffer(0) }).kind).toBe('scatter');
  });

  test('changes that a kind cannot take are refused', () => {
    expect(() => writingOf(recipeOf(points(HERE, [[0, 0, 0]], [RED])), { kind: 'motion', count: 0, buffer: new ArrayBuffer(0) })).toThrow(/motion/);
    expect(() => writingOf(recipeOf(sheets(HERE, [{ at: [0, 0, 0], half: 1, colour: RED }])), { kind: 'colours', colours: new Uint8Array(4) })).toThrow(/mesh/);
    expect(() => recipeOf(points(HERE, [[0, 0, 0]], []))).toThrow(/colours/);
    expect(() => recipeOf(points(HERE, [[0, 0, 0]], [RED], { symbol: 'unicorn' }))).toThrow(/unicorn/);
  });

  test('time counts from the epoch, exactly; phases start over each hour', () => {
    const motion = recipeOf(moving(HERE, [{ from: [0, 0, 0], to: [0, 0, 0], times: [0, 1] }], [RED]));
    expect(recipeTime(motion, 1_700_000_000, 1_700_000_000.25)).toBe(0.25);
    const flow = recipeOf(lines(HERE, [[[0, 0, 0], [9, 0, 0]]], [RED], { flow: 1 }));
    expect(recipeTime(flow, 0, 1_700_000_000.25)).toBeLessThan(3600);
    expect(Math.fround(recipeTime(flow, 0, 1_700_000_000.25)) % 1).toBeCloseTo(0.25, 3);
  });

  test('lines are cut into segments with their neighbours and their way along', () => {
    const { attributes, instances } = recipeOf(lines(HERE, [[[0, 0, 0], [3, 4, 0], [3, 10, 0]], [[7, 7, 0], [8, 7, 0]]], [RED, GREEN]));
    expect(instances).toBe(3);
    expect([...attributes.a_line.data]).toEqual([0, 0, 1]);
    expect([...attributes.a_along.data]).toEqual([0, 5, 0]);
    expect([...attributes.a_before.data.subarray(3, 6)]).toEqual([0, 0, 0]);
    expect([...attributes.a_after.data.subarray(3, 6)]).toEqual([3, 10, 0]);
  });

  test('polygons keep their area, holes left out; walls go all around', () => {
    const shape = [square(0, 0, 0, 10), square(2, 2, 0, 3).toReversed()];
    const flat = polygons(HERE, [shape, [square(40, 0, 0, 2)]], [RED, GREEN]);
    const cut = triangulate(flat);
    expect(areaOf(cut.places, cut.indices)).toBeCloseTo(400 - 36 + 16, 3);
    const tall = triangulate({ ...flat, heights: Float32Array.of(30, 12) });
    expect(tall.indices.length - cut.indices.length).toBe(12 * 6);
    expect(Math.max(...tall.places.filter((_, i) => i % 3 === 2))).toBe(30);
  });

  test('a label has a halo and a letter for each character, halos first', () => {
    const { attributes, instances } = recipeOf(labels(HERE, [{ at: [0, 0, 0], text: '池州', colour: RED }, { at: [0, 0, 0], text: 'A', colour: RED }]));
    expect(instances).toBe(6);
    expect([...attributes.a_slot.data]).toEqual([0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0]);
  });

  test('what stands writes depth, what lies or shines through does not', () => {
    const sheet = { at: [0, 0, 0], half: 1, colour: RED } as const;
    expect([ORDER.groundDrape, ORDER.solid, ORDER.translucent].map((order) => recipeOf(sheets(HERE, [sheet], { order })).depthWrite)).toEqual([false, true, false]);
  });

  test('the sphere holds every place', () => {
    const places = Float32Array.from([0, 0, 0, 100, -50, 20, -30, 80, 5]);
    const { centre, radius } = sphereOf(places);
    for (let i = 0; i < 9; i += 3) expect(Math.hypot(places[i] - centre[0], places[i + 1] - centre[1], places[i + 2] - centre[2])).toBeLessThanOrEqual(radius);
  });
});
