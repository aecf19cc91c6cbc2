import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placer } from '#geo';
import type { SurfaceInput } from '#models';
import { isolines } from './geometry/isolines.ts';
import { analyse } from './run.ts';
import { filesInMemory, madeDem } from './testing/made-city.ts';

const dem = madeDem([117.4, 30.6, 117.6, 30.8], 81, (lon, lat) => 20 + 300 * (lon - 117.4) + 90 * Math.sin(40 * lat));
const load = filesInMemory({ 'http://x/dem.json': dem.json, 'http://x/dem.bin': dem.bin });
/** Stations of a grid, moved a little, with a plane of readings. */
const stations = Float64Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 117.44 + 0.03 * ((i >> 1) % 4) + 0.002 * ((i * 7) % 5) : 30.64 + 0.03 * Math.floor((i >> 1) / 4) + 0.002 * ((i * 3) % 5)));
const values = Float64Array.from({ length: 16 }, (_, i) => 40 + 400 * (stations[2 * i] - 117.44) + 250 * (stations[2 * i + 1] - 30.64));
const input: SurfaceInput = { dem: 'http://x/dem.json', stations, values, cells: 90 };

describe('a surface through stations', () => {
  test('lies on the ground, and has the readings at the stations', async () => {
    const found = await analyse('surface', input, { load });
    const { grid, places, anchor, colours, indices } = found;
    expect(Math.max(grid.width, grid.height)).toBeGreaterThan(45);
    expect(Math.max(grid.width, grid.height)).toBeLessThanOrEqual(90);
    const frame = placer(anchor);
    const scratch = new Float64Array(3);
    const height = (lon: number, lat: number): number => 20 + 300 * (lon - 117.4) + 90 * Math.sin(40 * lat);
    for (let i = 0; i < places.length / 3; i += 37) {
      const [lon, lat, up] = frame.unplace(places[3 * i], places[3 * i + 1], places[3 * i + 2], scratch);
      if (lon > 117.401 && lon < 117.599 && lat > 30.601 && lat < 30.799) expect(Math.abs(up - 0.8 - height(lon, lat))).toBeLessThan(0.5);
    }
    values.forEach((value, i) => {
      const column = Math.round((stations[2 * i] - grid.west) / grid.dx);
      const row = Math.round((stations[2 * i + 1] - grid.south) / grid.dy);
      expect(Math.abs(grid.values[row * grid.width + column] - value)).toBeLessThan(4);
      expect(colours[4 * (row * grid.width + column) + 3]).toBe(128);
    });
    expect(Math.max(...indices)).toBeLessThan(places.length / 3);
    expect(found).toMatchObject({ method: 'kriging', because: null });
    expect(found.check.count).toBe(16);
    expect(found.check.rmse).toBeLessThan(6);
    expect(found.steps.length).toBeGreaterThan(4);
    expect(found.steps[0].from).toBeLessThanOrEqual(Math.min(...values));
    expect(found.steps.at(-1)!.to).toBeGreaterThan(Math.max(...values) - 1e-6);
    expect(new Set(found.isolines.levels).size).toBeGreaterThan(3);
    expect(found.marks.length / 4).toBeGreaterThan(2);
  });

  test('by a standard: its colours, and lines at its limits and between them; coarse and fine are the same surface', async () => {
    const classes = { limits: [50, 75], colours: ['#00ff00', '#ffff00', '#ff0000'] };
    const fine = await analyse('surface', { ...input, paint: { classes, opacity: 1 } }, { load });
    expect([...new Set(fine.isolines.levels)].toSorted((a, b) => a - b)).toEqual([50, 60, 70, 75, 80, 90]);
    const { grid, colours } = fine;
    const coarse = await analyse('surface', { ...input, cells: 20, paint: { classes } }, { load });
    for (let i = 0; i < grid.values.length; i += 11) {
      if (colours[4 * i + 3] < 255) continue;
      const value = grid.values[i];
      expect([...colours.subarray(4 * i, 4 * i + 3)]).toEqual(value <= 50 ? [0, 255, 0] : value <= 75 ? [255, 255, 0] : [255, 0, 0]);
      const column = Math.round((grid.west + (i % grid.width) * grid.dx - coarse.grid.west) / coarse.grid.dx);
      const row = Math.round((grid.south + Math.floor(i / grid.width) * grid.dy - coarse.grid.south) / coarse.grid.dy);
      expect(Math.abs(coarse.grid.values[row * coarse.grid.width + column] - value)).toBeLessThan(8);
    }
  });

  test('its error is small at stations and grows away from them', async () => {
    const { grid, steps, variogram } = await analyse('surface', { ...input, show: 'error' }, { load });
    const at = (lon: number, lat: number): number => grid.values[Math.round((lat - grid.south) / grid.dy) * grid.width + Math.round((lon - grid.west) / grid.dx)];
    const near = at(stations[0], stations[1]);
    const far = at(117.405, 30.605);
    expect(far).toBeGreaterThan(2 * near);
    expect(far).toBeLessThan(2 * Math.sqrt(variogram!.nugget + variogram!.sill));
    expect(steps[0].from).toBe(0);
  });

  test('ends where no station is near, and says of few stations what it does', async () => {
    const six = await analyse('surface', { ...input, dem: null, stations: stations.slice(0, 12), values: values.slice(0, 6) }, { load });
    expect(six).toMatchObject({ method: 'distance', because: 'few', variogram: null, check: { coverage: null, count: 6 } });
    expect(six.colours.filter((_, i) => i % 4 === 3).some((alpha) => alpha === 0)).toBe(true);
    const given = { model: 'exponential', nugget: 0, sill: 100, range: 3000 } as const;
    expect(await analyse('surface', { ...input, stations: stations.slice(0, 12), values: values.slice(0, 6), variogram: given }, { load })).toMatchObject({ method: 'kriging', variogram: given });
    expect(await analyse('surface', { ...input, values: new Float64Array(16).fill(7) }, { load })).toMatchObject({ because: 'same', check: { rmse: 0 } });
    const refused = (more: Partial<SurfaceInput>) => expect(analyse('surface', { ...input, ...more }, { load })).rejects;
    await refused({ stations: stations.slice(0, 6), values: values.slice(0, 3) }).toMatchObject({ code: 'bad-input', message: expect.stringContaining('at least 4 stations; 3') });
    await refused({ values: values.map((value, i) => (i < 3 ? value : Number.NaN)) }).toMatchObject({ message: expect.stringContaining('3 have one now') });
    await refused({ stations: Float64Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 117.44 + i * 0.002 : 30.64 + (i - 1) * 0.002)) }).toMatchObject({ message: expect.stringContaining('on one line') });
    await refused({ values: values.slice(1) }).toMatchObject({ message: expect.stringContaining('16 places and 15 readings') });
    await refused({ method: 'distance', show: 'error' }).toMatchObject({ message: expect.stringContaining('choose kriging') });
  });

  test('is cancelled', async () => {
    const controller = new AbortController();
    const run = analyse('surface', { ...input, cells: 400 }, { load, signal: controller.signal, onProgress: (fraction) => { if (fraction > 0.2) controller.abort(); } });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('lines of equal value', () => {
  test('of a cone are closed rings of the right radius', () => {
    const [width, height] = [41, 37];
    const cone = Float64Array.from({ length: width * height }, (_, i) => 30 - Math.hypot((i % width) - 20, Math.floor(i / width) - 18));
    const found = isolines({ width, height, values: cone }, [20, 25]);
    expect(found.map(({ level, closed }) => [level, closed])).toEqual([[20, true], [25, true]]);
    for (const { points, level } of found) for (let i = 0; i < points.length; i += 2) expect(Math.hypot(points[i] - 20, points[i + 1] - 18)).toBeCloseTo(30 - level, 1);
  });

  test('every point lies on its level, every crossed edge is passed exactly once', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 9 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 81, maxLength: 81 }), (width, height, numbers) => {
      const grid = { width, height, values: Float64Array.from(numbers.slice(0, width * height)) };
      const at = (column: number, row: number): number => grid.values[row * width + column];
      const level = 4.5;
      const crossed = new Set<string>();
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++) {
          if (column + 1 < width && at(column, row) < level !== at(column + 1, row) < level) crossed.add(`${column} ${row} e`);
          if (row + 1 < height && at(column, row) < level !== at(column, row + 1) < level) crossed.add(`${column} ${row} n`);
        }
      const passed: string[] = [];
      for (const { points, closed } of isolines(grid, [level]))
        for (let i = 0; i < points.length - (closed ? 2 : 0); i += 2) {
          const [x, y] = [points[i], points[i + 1]];
          const [column, row] = [Math.floor(x), Math.floor(y)];
          const east = !Number.isInteger(x);
          passed.push(`${column} ${row} ${east ? 'e' : 'n'}`);
          const share = east ? x - column : y - row;
          expect(at(column, row) + share * ((east ? at(column + 1, row) : at(column, row + 1)) - at(column, row))).toBeCloseTo(level, 6);
        }
      expect(passed.length).toBe(new Set(passed).size);
      expect(new Set(passed)).toEqual(crossed);
    }));
  });
});
