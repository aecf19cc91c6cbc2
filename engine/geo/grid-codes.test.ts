import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasShared, shared } from '../../tests/shared.ts';
import { beidouCode, codeGrid, quadkey } from './grid-codes.ts';

interface Case {
  readonly id: string;
  readonly lon?: number;
  readonly lat?: number;
  readonly lon_dms?: readonly [number, number, number];
  readonly lat_dms?: readonly [number, number, number];
  readonly codes: Readonly<Record<string, string>>;
  readonly bounds_deg?: Readonly<Record<string, readonly number[]>>;
}
const degrees = (dms: readonly number[]): number => dms[0] + dms[1] / 60 + dms[2] / 3600;

describe('BeiDou grid codes', () => {
  test('the example printed in GB/T 39409-2020', () => {
    expect(beidouCode(degrees([116, 18, 45.37]), degrees([39, 59, 35.38]), 10)).toBe('N50J47539B8255346152');
  });

  test.runIf(hasShared)('every worked case, code and cell', () => {
    const { cases } = JSON.parse(readFileSync(shared('domain/beidou-grid-2d-cases.json'), 'utf8')) as { cases: readonly Case[] };
    for (const one of cases) {
      const lon = one.lon ?? degrees(one.lon_dms ?? []);
      const lat = one.lat ?? degrees(one.lat_dms ?? []);
      for (const [level, code] of Object.entries(one.codes)) {
        const grid = codeGrid('beidou', Number(level));
        expect(beidouCode(lon, lat, Number(level)), `${one.id} ${level}`).toBe(code);
        expect(grid.code(grid.column(lon), grid.row(lat)), `${one.id} ${level} by its cell`).toBe(code);
        const bounds = one.bounds_deg?.[level];
        if (bounds) grid.bounds(grid.column(lon), grid.row(lat)).forEach((value, i) => expect(value, `${one.id} ${level}`).toBeCloseTo(bounds[i], 9));
      }
    }
  });

  test('a place on an edge belongs to the cell beyond it; the poles have no code here', () => {
    expect(beidouCode(117.5, 31, 2)).toBe('N50H76');
    expect(beidouCode(180, 10, 1)).toBe('N60C');
    expect(beidouCode(-180, 10, 1)).toBe('N01C');
    expect(beidouCode(117, 88, 1)).toBe('');
    expect(beidouCode(Number.NaN, 1, 1)).toBe('');
  });
});

describe('quadkeys', () => {
  test('the published example: tile 3, 5 at level 3 is 213', () => {
    const grid = codeGrid('quadkey', 3);
    expect(grid.code(3, 2 ** 3 - 1 - 5)).toBe('213');
    expect(quadkey(-20, -50, 3)).toBe('213');
  });
});

test.each(['beidou', 'quadkey'] as const)('%s: a place lies in the bounds of its cell, and one code is one cell', (name) => {
  fc.assert(
    fc.property(fc.double({ min: -179.99, max: 179.99, noNaN: true }), fc.double({ min: -84, max: 84, noNaN: true }), fc.integer({ min: 1, max: 10 }), (lon, lat, level) => {
      const grid = codeGrid(name, level);
      const [column, row] = [grid.column(lon), grid.row(lat)];
      const [west, south, east, north] = grid.bounds(column, row);
      expect(lon >= west - 1e-9 && lon <= east + 1e-9 && lat >= south - 1e-9 && lat <= north + 1e-9).toBe(true);
      const code = grid.code(column, row);
      for (const [dx, dy] of [[1, 0], [0, 1], [1, 1]]) if (grid.bounds(column + dx, row + dy)[2] <= 180) expect(grid.code(column + dx, row + dy)).not.toBe(code);
    }),
    { numRuns: 300, seed: 39409 },
  );
});
