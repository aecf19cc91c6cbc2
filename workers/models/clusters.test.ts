import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusters } from './clusters.ts';

/** A clip matrix under which metres are pixels from the middle, as seen from straight above. */
const [width, height] = [800, 600];
const clip = Float64Array.from([2 / width, 0, 0, 0, 0, 2 / height, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
const places = (xy: readonly (readonly [number, number])[]): Float32Array => Float32Array.from(xy.flatMap(([x, y]) => [x, y, 0]));
const symbols = fc.array(fc.tuple(fc.integer({ min: -380, max: 380 }), fc.integer({ min: -280, max: 280 }), fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 120 });

test('every symbol has one that stands for it, at least as bad and near; those that stand lie apart; the counts add up', () => {
  fc.assert(fc.property(symbols, (all) => {
    const at = all.map(([x, y]) => [x, y] as const);
    const { leaders, sizes } = clusters({ clip, places: places(at), severities: Float32Array.from(all, ([, , severity]) => severity), previous: null, width, height, pixels: 30 });
    leaders.forEach((leader, i) => {
      expect(leaders[leader]).toBe(leader);
      expect(all[leader][2]).toBeGreaterThanOrEqual(all[i][2]);
      expect(Math.hypot(all[leader][0] - all[i][0], all[leader][1] - all[i][1])).toBeLessThan(30.01);
    });
    const heads = [...new Set(leaders)];
    for (const a of heads) for (const b of heads) if (a < b) expect(Math.hypot(all[a][0] - all[b][0], all[a][1] - all[b][1])).toBeGreaterThan(29.99);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length);
    // The worst of all is never hidden.
    const worst = Math.max(...all.map(([, , severity]) => severity));
    expect(heads.some((head) => all[head][2] === worst)).toBe(true);
  }));
});

test('what has joined parts only when it is well apart: the edge does not flicker', () => {
  const at = (gap: number) => ({ clip, places: places([[0, 0], [gap, 0]]), severities: Float32Array.from([1, 1]), width, height, pixels: 30 });
  const joined = clusters({ ...at(29), previous: null });
  expect([...joined.leaders]).toEqual([0, 0]);
  expect([...clusters({ ...at(35), previous: joined.leaders }).leaders]).toEqual([0, 0]);
  expect([...clusters({ ...at(35), previous: null }).leaders]).toEqual([0, 1]);
  expect([...clusters({ ...at(42), previous: joined.leaders }).leaders]).toEqual([0, 1]);
});

test('what is off the screen stands for itself', () => {
  const { leaders, sizes } = clusters({ clip, places: places([[5000, 0], [5001, 0], [0, 0]]), severities: new Float32Array(3), previous: null, width, height, pixels: 30 });
  expect([[...leaders], [...sizes]]).toEqual([[0, 1, 2], [1, 1, 1]]);
});
