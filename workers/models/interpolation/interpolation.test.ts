import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasShared, shared } from '../../../tests/shared.ts';
import { inverseDistance, inverseDistanceCheck } from './inverse-distance.ts';
import { kriging } from './kriging.ts';
import { distinctReadings, stationsFault, type Readings } from './stations.ts';
import { empiricalVariogram, fitVariogram, gamma, type Variogram, type VariogramModel } from './variogram.ts';

const MODELS: readonly VariogramModel[] = ['exponential', 'spherical', 'gaussian'];

/** The slow way: the bordered system of variograms by Gaussian elimination with full rows, as textbooks have it. */
function slowly({ places, values }: Readings, variogram: Variogram, x: number, y: number): { value: number; variance: number; weights: number[] } {
  const count = values.length;
  const h = (i: number, u: number, v: number): number => Math.hypot(places[2 * i] - u, places[2 * i + 1] - v);
  const rows = Array.from({ length: count + 1 }, (_, i) => [
    ...Array.from({ length: count + 1 }, (__, j) => (i === count ? (j === count ? 0 : 1) : j === count ? 1 : gamma(variogram, h(i, places[2 * j], places[2 * j + 1])))),
    i === count ? 1 : gamma(variogram, h(i, x, y)),
  ]);
  const right = rows.slice(0, count).map((row) => row[count + 1]);
  for (let c = 0; c <= count; c++) {
    const pivot = rows.slice(c).reduce((best, row, i) => (Math.abs(row[c]) > Math.abs(rows[best][c]) ? c + i : best), c);
    [rows[c], rows[pivot]] = [rows[pivot], rows[c]];
    for (let r = 0; r <= count; r++) {
      if (r === c) continue;
      const share = rows[r][c] / rows[c][c];
      for (let k = c; k <= count + 1; k++) rows[r][k] -= share * rows[c][k];
    }
  }
  const solution = rows.map((row, i) => row[count + 1] / row[i]);
  const weights = solution.slice(0, count);
  return { weights, value: weights.reduce((sum, weight, i) => sum + weight * values[i], 0), variance: weights.reduce((sum, weight, i) => sum + weight * right[i], solution[count]) };
}

/** Stations at least some metres apart, with a variogram. */
const field = fc.record({
  cells: fc.uniqueArray(fc.integer({ min: 0, max: 399 }), { minLength: 4, maxLength: 14 }),
  values: fc.array(fc.double({ min: -50, max: 300, noNaN: true }), { minLength: 14, maxLength: 14 }),
  model: fc.constantFrom(...MODELS), nugget: fc.double({ min: 0, max: 40, noNaN: true }), sill: fc.double({ min: 1, max: 900, noNaN: true }), range: fc.double({ min: 80, max: 4000, noNaN: true }),
}).map(({ cells, values, model, nugget, sill, range }) => ({
  readings: { places: Float64Array.from(cells.flatMap((cell) => [(cell % 20) * 150 + (cell % 7) * 3, Math.floor(cell / 20) * 170])), values: Float64Array.from(cells, (_, i) => values[i]) },
  // A Gaussian model without nugget is singular in doubles.
  variogram: { model, nugget: model === 'gaussian' ? nugget + sill / 50 : nugget, sill, range },
}));

describe('ordinary kriging', () => {
  test('is what the bordered system solved the slow way says, everywhere', () => {
    fc.assert(fc.property(field, fc.integer({ min: -500, max: 4000 }), fc.integer({ min: -500, max: 4000 }), ({ readings, variogram }, x, y) => {
      const slow = slowly(readings, variogram, x + 0.37, y + 0.11);
      const fast = kriging(readings, variogram);
      const [value, deviation] = [new Float64Array(1), new Float64Array(1)];
      fast.values([x + 0.37, y + 0.11], value);
      fast.deviations([x + 0.37, y + 0.11], deviation);
      const spread = Math.max(...readings.values) - Math.min(...readings.values) + 1;
      expect(Math.abs(value[0] - slow.value)).toBeLessThan(2e-6 * spread);
      expect(Math.abs(deviation[0] ** 2 - slow.variance)).toBeLessThan(1e-6 * (variogram.sill + variogram.nugget));
      const weights = fast.weights(x + 0.37, y + 0.11);
      expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      weights.forEach((weight, i) => expect(weight).toBeCloseTo(slow.weights[i], 6));
    }), { numRuns: 120 });
  });

  test('is exact at stations, and certain there', () => {
    fc.assert(fc.property(field, ({ readings, variogram }) => {
      const fast = kriging(readings, variogram);
      const [values, deviations] = [new Float64Array(readings.values.length), new Float64Array(readings.values.length)];
      fast.values(readings.places, values);
      fast.deviations(readings.places, deviations);
      readings.values.forEach((value, i) => {
        expect(values[i]).toBeCloseTo(value, 8);
        expect(deviations[i]).toBeLessThan(1e-3 * Math.sqrt(variogram.sill + variogram.nugget));
      });
    }), { numRuns: 60 });
  });

  test('leaving one out in closed form is leaving one out for real', () => {
    fc.assert(fc.property(field, ({ readings, variogram }) => {
      const count = readings.values.length;
      const errors = Array.from(readings.values, (value, left) => {
        const places = readings.places.filter((_, i) => i >> 1 !== left);
        const found = slowly({ places, values: readings.values.filter((_, i) => i !== left) }, variogram, readings.places[2 * left], readings.places[2 * left + 1]);
        return { error: found.value - value, within: Math.abs(found.value - value) <= 1.96 * Math.sqrt(found.variance) };
      });
      const figures = kriging(readings, variogram).crossValidate();
      const spread = Math.max(...readings.values) - Math.min(...readings.values) + 1;
      expect(Math.abs(figures.bias - errors.reduce((sum, { error }) => sum + error, 0) / count)).toBeLessThan(1e-6 * spread);
      expect(Math.abs(figures.mae - errors.reduce((sum, { error }) => sum + Math.abs(error), 0) / count)).toBeLessThan(1e-6 * spread);
      expect(Math.abs(figures.rmse - Math.sqrt(errors.reduce((sum, { error }) => sum + error ** 2, 0) / count))).toBeLessThan(1e-6 * spread);
      expect(Math.abs(figures.coverage! - errors.filter(({ within }) => within).length / count)).toBeLessThanOrEqual(1e-9 + 1 / count * Number(errors.some(({ error }) => error === 0)));
    }), { numRuns: 40 });
  });

  test('a Gaussian model without nugget, and a variogram that is none', () => {
    const places = Float64Array.from({ length: 60 }, (_, i) => (i * 7919) % 1013);
    const readings = { places, values: Float64Array.from({ length: 30 }, (_, i) => i) };
    const out = new Float64Array(1);
    kriging(readings, { model: 'gaussian', nugget: 0, sill: 4, range: 900 }).values([500, 500], out);
    expect(Number.isFinite(out[0])).toBe(true);
    expect(() => kriging(readings, { model: 'spherical', nugget: -1, sill: 4, range: 900 })).toThrow(/A variogram needs a nugget/u);
    expect(() => kriging(readings, { model: 'spherical', nugget: 0, sill: 4, range: Number.NaN })).toThrow(/variogram/u);
  });
});

describe('the variogram', () => {
  test.each(MODELS)('%s: fitted to a variogram of its own kind, it is found again', (model) => {
    const truth: Variogram = { model, nugget: 12, sill: 250, range: 1400 };
    const lags = Float64Array.from({ length: 12 }, (_, i) => 300 * (i + 1));
    const found = fitVariogram({ lags, gammas: lags.map((h) => gamma(truth, h)), counts: new Uint32Array(12).fill(80) }, MODELS)!;
    expect(found.model).toBe(model);
    expect(found.range / truth.range).toBeCloseTo(1, 2);
    expect(found.sill / truth.sill).toBeCloseTo(1, 2);
    expect(found.nugget).toBeCloseTo(truth.nugget, 0);
  });

  test('of stations counts every pair up to half the greatest distance once', () => {
    const empirical = empiricalVariogram(Float64Array.from([0, 0, 100, 0, 0, 200, 800, 0]), Float64Array.from([1, 3, 7, 9]), 4);
    expect([...empirical.counts]).toEqual([1, 1, 1]);
    expect([...empirical.lags]).toEqual([100, 200, Math.hypot(100, 200)]);
    expect([...empirical.gammas]).toEqual([2, 18, 8]);
  });

  test('of readings that are all the same is none; one without structure is the same at every lag', () => {
    const places = Float64Array.from({ length: 24 }, (_, i) => (i * 7919) % 1013);
    expect(fitVariogram(empiricalVariogram(places, new Float64Array(12).fill(5)))).toBeNull();
    const falling = fitVariogram({ lags: Float64Array.from([1, 2, 3]), gammas: Float64Array.from([9, 6, 3]), counts: Uint32Array.from([5, 5, 5]) })!;
    const [near, far] = [gamma(falling, 1), gamma(falling, 3)];
    expect(near).toBeGreaterThan(3);
    expect(far / near).toBeCloseTo(1, 3);
    expect(falling.nugget).toBeGreaterThanOrEqual(0);
    expect(falling.sill).toBeGreaterThan(0);
  });
});

describe('stations', () => {
  test('too few and on a line are said; the same place twice is one', () => {
    expect(stationsFault([0, 0, 1, 0, 0, 1])).toBe('few');
    expect(stationsFault([0, 0, 100, 101, 200, 199, 300, 301])).toBe('line');
    expect(stationsFault([5, 5, 5, 5, 5, 5, 5, 5])).toBe('line');
    expect(stationsFault([0, 0, 100, 0, 0, 100, 100, 100])).toBeNull();
    const { places, values } = distinctReadings([0, 0, 0.1, 0, 50, 50, 9, 9], [2, 4, 7, Number.NaN]);
    expect([[...places], [...values]]).toEqual([[0, 0, 50, 50], [3, 7]]);
  });

  test('by distance alone: never outside the readings, exact at stations, checked without the station itself', () => {
    fc.assert(fc.property(field, fc.double({ min: 0.5, max: 5, noNaN: true }), ({ readings }, power) => {
      const out = new Float64Array(readings.values.length);
      inverseDistance(readings, power, readings.places, out);
      readings.values.forEach((value, i) => expect(out[i]).toBeCloseTo(value, 9));
      inverseDistance(readings, power, readings.places.map((metre) => metre + 41), out);
      for (const value of out) {
        expect(value).toBeGreaterThanOrEqual(Math.min(...readings.values) - 1e-6);
        expect(value).toBeLessThanOrEqual(Math.max(...readings.values) + 1e-6);
      }
    }), { numRuns: 40 });
    const check = inverseDistanceCheck({ places: Float64Array.from([0, 0, 100, 0, 0, 100]), values: Float64Array.from([1, 1, 4]) }, 2);
    expect(check).toMatchObject({ coverage: null, count: 3 });
    expect(check.mae).toBeCloseTo((1.5 + 1 + 3) / 3, 9);
  });
});

describe.skipIf(!hasShared)('worked cases', () => {
  interface Case { id: string; group: 'idw' | 'ok'; x: number; y: number; power: number; value: number; variance: number; weights: number[]; nugget: number; psill: number; range_parameter_m: number }
  const { stations, cases } = hasShared ? (JSON.parse(readFileSync(shared('domain/interpolation-cases.json'), 'utf8')) as { stations: [number, number, number][]; cases: Case[] }) : { stations: [], cases: [] };
  const readings = { places: Float64Array.from(stations.flatMap(([x, y]) => [x, y])), values: Float64Array.from(stations, ([, , value]) => value) };

  test('every one', () => {
    expect(cases).toHaveLength(7);
    for (const each of cases) {
      const out = new Float64Array(1);
      if (each.group === 'idw') inverseDistance(readings, each.power, [each.x, each.y], out);
      else {
        const model = kriging(readings, { model: 'exponential', nugget: each.nugget, sill: each.psill, range: each.range_parameter_m });
        model.weights(each.x, each.y).forEach((weight, i) => expect(weight).toBeCloseTo(each.weights[i], 7));
        model.deviations([each.x, each.y], out);
        expect(Math.abs(out[0] ** 2 - each.variance)).toBeLessThan(1e-6 * 400);
        model.values([each.x, each.y], out);
      }
      expect(Math.abs(out[0] / each.value - 1)).toBeLessThan(1e-7);
    }
  });
});
