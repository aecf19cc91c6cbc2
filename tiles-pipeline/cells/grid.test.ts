import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boxOfCell, cellOf, KEY_LEVEL, placeKey, runOf } from './grid.ts';

const lon = fc.double({ min: -180, max: 179.999999, noNaN: true });
const lat = fc.double({ min: -90, max: 90, noNaN: true });

describe('the grid of cells', () => {
  test('at every level the cell of a place holds it', () => {
    fc.assert(
      fc.property(lon, lat, fc.integer({ min: 0, max: KEY_LEVEL }), (x, y, level) => {
        const [west, south, east, north] = boxOfCell(cellOf(runOf(placeKey(x, y), level), level));
        expect(x >= west - 1e-9 && x <= east + 1e-9 && y >= south - 1e-9 && y <= north + 1e-9).toBe(true);
      }),
    );
  });

  test('the four children of a run are its quarters, and neighbours on the curve are neighbours on the ground', () => {
    for (let level = 1; level < 6; level++) {
      const cells = Array.from({ length: 4 ** level }, (_, run) => cellOf(run, level));
      expect(new Set(cells.map(({ x, y }) => `${x} ${y}`)).size).toBe(cells.length);
      for (const [run, { x, y }] of cells.entries()) {
        const parent = cellOf(run >> 2, level - 1);
        expect([x >> 1, y >> 1]).toEqual([parent.x, parent.y]);
        if (run > 0) expect(Math.abs(x - cells[run - 1].x) + Math.abs(y - cells[run - 1].y)).toBe(1);
      }
    }
  });

  test('a key is exact in a double', () => {
    expect(placeKey(179.9999999, 89.9999999)).toBeLessThan(2 ** 52);
    expect(runOf(placeKey(113.94, 22.53), KEY_LEVEL)).toBe(placeKey(113.94, 22.53));
  });
});
