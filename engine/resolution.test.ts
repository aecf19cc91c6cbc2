import { expect, test } from 'vitest';
import { ResolutionPolicy } from './resolution.ts';

function move(policy: ResolutionPolicy, frames: number, milliseconds: number, from = 0): number {
  policy.moved(false);
  for (let i = 1; i <= frames; i++) policy.drawn(from + i * milliseconds);
  return from + frames * milliseconds;
}

test('a fast machine goes without nothing', () => {
  const policy = new ResolutionPolicy();
  move(policy, 500, 16);
  expect(policy).toMatchObject({ wanted: 1, plain: false });
});

test('a slow one loses reflections first, then resolution, and has resolution back at rest', () => {
  const policy = new ResolutionPolicy();
  const at = move(policy, 2, 80);
  expect(policy).toMatchObject({ wanted: 1, plain: true });
  move(policy, 20, 80, at);
  expect(policy).toMatchObject({ wanted: 0.5, plain: true });
  policy.moved(true);
  expect(policy.wanted).toBe(1);
  expect(policy.plain).toBe(true);
});

test('after many fast frames everything is tried again, on a machine known to be weak never', () => {
  for (const weak of [false, true]) {
    const policy = new ResolutionPolicy(weak);
    const at = move(policy, 12, 80);
    move(policy, 400, 8, at);
    expect(policy).toMatchObject({ wanted: 1, plain: weak });
  }
});
