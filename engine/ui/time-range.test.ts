import { describe, expect, test } from 'vitest';
import { gapsOf, rangeOf, stepOf, ticksOf } from './time-range.ts';

const NOW = 1_800_000_000;

describe('what a track shows', () => {
  test('the last minutes up to now; around an older moment as much, standing still while time runs over it', () => {
    expect(rangeOf('quarter', NOW, NOW)).toEqual({ from: NOW - 900, to: NOW });
    expect(rangeOf('quarter', NOW, NOW - 899)).toEqual({ from: NOW - 900, to: NOW });
    const old = rangeOf('hour', NOW, NOW - 9000);
    expect(old.to - old.from).toBe(3600);
    expect(old.from).toBeLessThan(NOW - 9000);
    expect(old.to).toBeGreaterThan(NOW - 9000);
    expect(rangeOf('hour', NOW + 5, NOW - 8995).from).toBe(rangeOf('hour', NOW, NOW - 8999).from);
  });

  test('a chosen day from midnight to midnight here', () => {
    const { from, to } = rangeOf('day', NOW, NOW, '2026-03-14');
    expect(new Date(from * 1000)).toEqual(new Date(2026, 2, 14));
    expect(new Date(to * 1000)).toEqual(new Date(2026, 2, 15));
    expect(rangeOf('day', NOW, from + 5000)).toEqual({ from, to });
  });

  test('round times to write, and a step of about a pixel', () => {
    for (const name of ['quarter', 'hour', 'sixHours', 'last24'] as const) {
      const range = rangeOf(name, NOW, NOW);
      const ticks = ticksOf(range, 8);
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(10);
      expect(ticks.every((tick) => tick >= range.from && tick <= range.to && new Date(tick * 1000).getSeconds() === 0)).toBe(true);
      expect((range.to - range.from) / stepOf(range)).toBeLessThanOrEqual(1500);
    }
    expect(stepOf({ from: 0, to: 900 })).toBe(1);
    expect(stepOf({ from: 0, to: 86_400 })).toBe(60);
  });

  test('gaps are runs much longer than usual, not the pause between two messages', () => {
    const minutely = Uint32Array.from({ length: 60 }, (_, k) => (k % 3 === 0 && !(k > 20 && k < 45) ? 5 : 0));
    expect(gapsOf(minutely)).toEqual([[19, 45]]);
    expect(gapsOf(Uint32Array.from({ length: 30 }, (_, k) => (k === 10 || k === 11 ? 0 : 9)))).toEqual([]);
    expect(gapsOf(Uint32Array.from({ length: 30 }, (_, k) => (k > 9 && k < 14 ? 0 : 9)))).toEqual([[10, 14]]);
    expect(gapsOf(new Uint32Array(10))).toEqual([]);
  });
});
