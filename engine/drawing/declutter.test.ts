import { expect, test } from 'vitest';
import { seeded } from '../../tests/conformance/picks.ts';
import { declutter, type ScreenBoxes } from './declutter.ts';

function boxes(count: number, seed: number): ScreenBoxes {
  const random = seeded(seed);
  return {
    middles: Float32Array.from({ length: 2 * count }, () => random() * 800),
    halves: Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? 8 : 20 + random() * 40)),
    priorities: Float32Array.from({ length: count }, () => Math.floor(random() * 5)),
  };
}

const overlap = ({ middles: m, halves: h }: ScreenBoxes, a: number, b: number): boolean => Math.abs(m[2 * a] - m[2 * b]) < h[2 * a] + h[2 * b] && Math.abs(m[2 * a + 1] - m[2 * b + 1]) < h[2 * a + 1] + h[2 * b + 1];

test('none lies over another, and each hidden one would lie over one at least as important', () => {
  for (let seed = 1; seed < 12; seed++) {
    const all = boxes(200, seed);
    const shown = declutter(all, null);
    for (let i = 0; i < 200; i++) {
      const others = Array.from({ length: 200 }, (_, k) => k).filter((k) => k !== i && shown[k] && overlap(all, i, k));
      if (shown[i]) expect(others).toEqual([]);
      else expect(others.some((k) => all.priorities[k] >= all.priorities[i])).toBe(true);
    }
  }
});

test('what was shown stays while nothing more important comes', () => {
  const all = boxes(200, 5);
  const first = declutter(all, null);
  expect(declutter({ ...all, middles: all.middles.map((value) => value + 0.4) }, first)).toEqual(first);
});

test('off the screen is not shown; no more than the limit are', () => {
  const all = boxes(50, 9);
  all.halves.fill(-1, 0, 20);
  const shown = declutter(all, null, 7);
  expect(shown.subarray(0, 10).every((value) => value === 0)).toBe(true);
  expect(shown.reduce((sum, value) => sum + value, 0)).toBe(7);
});
