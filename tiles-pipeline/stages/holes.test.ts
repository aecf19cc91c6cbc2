import { describe, expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import type { RasterTable } from '../formats/format.ts';
import { holesOf, mendHoles } from './holes.ts';

/** 40 × 30 samples, a thousandth of a degree apart, rising to the east. */
function raster(hole: (x: number, y: number) => boolean, more: Partial<RasterTable> = {}): RasterTable {
  const samples = Float32Array.from({ length: 1200 }, (_, i) => (hole(i % 40, Math.floor(i / 40)) ? Number.NaN : i % 40));
  return { kind: 'raster', west: 117, south: 30, east: 117.039, north: 30.029, width: 40, height: 30, samples, ...more };
}

function mended(table: RasterTable): { filled: number; issues: Issue[] } {
  const issues: Issue[] = [];
  return { filled: mendHoles(table, issues), issues };
}

describe('holes in a height model', () => {
  test('a few are filled, counted and placed', () => {
    const table = raster((x, y) => (x >= 10 && x < 14 && y >= 5 && y < 8) || (x === 30 && y === 20));
    expect(holesOf(table).map(({ samples }) => samples)).toEqual([12, 1]);
    const { filled, issues } = mended(table);
    expect(filled).toBe(13);
    expect(issues).toEqual([{ code: 'holes-filled', severity: 'info', message: 'In the height model 13 of 1,200 samples (1.08 %) have no height and were filled from their neighbours; the largest of its 2 holes is 386 m × 334 m at 117.0115, 30.0230.' }]);
    expect(table.samples.every((value) => value >= 0 && value <= 39)).toBe(true);
  });

  test('many are filled and called a guess', () => {
    const { filled, issues } = mended(raster((x) => x < 12));
    expect(filled).toBe(360);
    expect(issues).toMatchObject([{ code: 'holes-in-terrain', severity: 'warning', message: expect.stringContaining('360 of 1,200 samples (30 %)') as string }]);
  });

  test('more hole than ground is no ground', () => {
    expect(mended(raster((x) => x > 2))).toMatchObject({ filled: -1, issues: [{ code: 'too-many-holes', severity: 'error', message: expect.stringContaining('mostly holes and was left out: 1,110 of 1,200') as string }] });
    expect(mended(raster(() => true))).toMatchObject({ filled: -1, issues: [{ code: 'empty-terrain' }] });
  });

  test('corners that a turned source does not reach are filled and are no holes', () => {
    const table = raster((x, y) => x + y < 4 || (x === 20 && y === 20), { outside: 10 });
    const { filled, issues } = mended(table);
    expect(filled).toBe(1);
    expect(issues[0].message).toContain('1 of 1,190 samples');
    expect(table.samples.every(Number.isFinite)).toBe(true);
  });

  test('nothing to fill, nothing said', () => {
    expect(mended(raster(() => false))).toEqual({ filled: 0, issues: [] });
  });
});
