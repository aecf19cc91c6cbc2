import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import { describeShared, shared } from '../../tests/shared.ts';
import { convert } from '../convert.ts';
import type { RasterTable, Source } from '../formats/format.ts';
import { geotiff } from '../formats/geotiff.ts';
import { hgt } from '../formats/hgt.ts';
import { demTiff } from '../testing/dem-tiff.ts';
import { rasterSource, readAll } from '../testing/raster-source.ts';
import { workFolder } from '../testing/seeded-city.ts';
import { fillVoids } from './ground.ts';
import { hold, MOST_HELD, mosaic } from './mosaic.ts';

/** A grid of a height function; `step` in degrees. */
function raster(box: { west: number; south: number; width: number; height: number; step: number }, height: (lon: number, lat: number) => number, more: Partial<RasterTable> = {}): RasterTable {
  const { west, south, width, height: rows, step } = box;
  const north = south + (rows - 1) * step;
  const samples = Float32Array.from({ length: width * rows }, (_, i) => height(west + (i % width) * step, north - Math.floor(i / width) * step));
  return { kind: 'raster', west, south, east: west + (width - 1) * step, north, width, height: rows, samples, ...more };
}

function made(...rasters: RasterTable[]): { ground: RasterTable; issues: Issue[] } {
  const issues: Issue[] = [];
  return { ground: mosaic(rasters, issues)!, issues };
}

function at(ground: RasterTable, lon: number, lat: number): number {
  const column = Math.round(((lon - ground.west) / (ground.east - ground.west)) * (ground.width - 1));
  const row = Math.round(((ground.north - lat) / (ground.north - ground.south)) * (ground.height - 1));
  return ground.samples[row * ground.width + column];
}

const slope = (lon: number, lat: number): number => (lon - 117) * 1000 + (lat - 30) * 300;

describe('several height models', () => {
  test('one alone is itself, none is none', () => {
    const one = raster({ west: 117, south: 30, width: 5, height: 5, step: 0.01 }, slope);
    expect(made(one).ground).toBe(one);
    expect(mosaic([], [])).toBeUndefined();
  });

  test('tiles side by side: every sample as it was, one grid, no seam', () => {
    const left = raster({ west: 117, south: 30, width: 101, height: 101, step: 0.01 }, slope);
    const right = raster({ west: 118, south: 30, width: 101, height: 101, step: 0.01 }, slope);
    const { ground, issues } = made(right, left);
    expect(issues).toEqual([]);
    expect([ground.width, ground.height]).toEqual([201, 101]);
    expect(ground.west).toBeCloseTo(117, 9);
    for (let row = 0; row < 101; row++) {
      for (let column = 0; column < 100; column++) expect(ground.samples[row * 201 + column]).toBe(left.samples[row * 101 + column]);
      for (let column = 0; column < 101; column++) expect(ground.samples[row * 201 + 100 + column]).toBe(right.samples[row * 101 + column]);
    }
  });

  test('a fine model within a coarse one that lies 8 m lower: its heights untouched, the step carried off over ten coarse samples, none beyond', () => {
    const fine = raster({ west: 117.4, south: 30.4, width: 101, height: 101, step: 0.001 }, slope, { name: 'fine.tif' });
    const coarse = raster({ west: 117, south: 30, width: 101, height: 101, step: 0.01 }, (lon, lat) => slope(lon, lat) - 8, { name: 'coarse.hgt' });
    const { ground } = made(coarse, fine);
    expect(ground.samples.every(Number.isFinite)).toBe(true);
    for (const [lon, lat] of [[117.4, 30.4], [117.45, 30.47], [117.5, 30.5]]) expect(at(ground, lon, lat)).toBeCloseTo(slope(lon, lat), 2);
    const away = [0, 0.001, 0.02, 0.05, 0.08, 0.099, 0.12, 0.2].map((distance) => at(ground, 117.5 + distance, 30.45) - slope(117.5 + distance, 30.45));
    for (const [k, step] of away.entries()) if (k > 0) expect(step).toBeLessThanOrEqual(away[k - 1] + 0.01);
    expect(Math.abs(away[1])).toBeLessThan(0.2);
    expect(away[3]).toBeCloseTo(-4, 0);
    expect(away.at(-1)).toBeCloseTo(-8, 2);
    expect(ground.sources).toEqual([{ name: 'fine.tif', datum: 'unknown', step: 111.32, share: expect.closeTo(0.0102, 3) as number }, { name: 'coarse.hgt', datum: 'unknown', step: 1113.2, share: expect.closeTo(0.9898, 3) as number }]);
  });

  test('voids of the finer are filled from the coarser, shifted to meet it; where neither knows, they stay', () => {
    const hole = (lon: number, lat: number): boolean => Math.hypot(lon - 117.05, lat - 30.05) < 0.02;
    const fine = raster({ west: 117, south: 30, width: 101, height: 101, step: 0.001 }, (lon, lat) => (hole(lon, lat) ? Number.NaN : slope(lon, lat)));
    const coarse = raster({ west: 116.9, south: 29.9, width: 61, height: 61, step: 0.005 }, (lon, lat) => (Math.hypot(lon - 117.05, lat - 30.05) < 0.008 ? Number.NaN : slope(lon, lat) + 40));
    const { ground } = made(fine, coarse);
    expect(at(ground, 117.05, 30.05)).toBeNaN();
    for (const [lon, lat] of [[117.034, 30.05], [117.05, 30.067], [117.064, 30.05]]) expect(Math.abs(at(ground, lon, lat) - slope(lon, lat))).toBeLessThan(10);
    expect(fillVoids(ground)).toBeGreaterThan(10);
    expect(Math.abs(at(ground, 117.05, 30.05) - slope(117.05, 30.05))).toBeLessThan(30);
  });

  test('heights above two surfaces are never mixed; one that says nothing is told', () => {
    const box = { west: 117, south: 30, width: 11, height: 11, step: 0.001 };
    const fine = raster(box, slope, { datum: '1985', name: 'city.tif' });
    const other = raster({ ...box, step: 0.01 }, slope, { datum: 'egm96', name: 'N30E117.hgt' });
    const mixed = made(other, fine);
    expect(mixed.ground).toBe(fine);
    expect(mixed.issues).toEqual([expect.objectContaining({ code: 'mixed-datums', path: 'N30E117.hgt', message: expect.stringMatching(/N30E117\.hgt was left out: its heights are above egm96, those of city\.tif, which is finer, above 1985/) as string })]);
    const silent = made(raster(box, slope, { name: 'silent.tif' }), other);
    expect(silent.issues.map(({ code }) => code)).toEqual(['datum-assumed']);
    // What the middle of the city is above is not known, so nothing is claimed.
    expect(silent.ground.datum).toBeUndefined();
  });

  test('models with nothing between them are said to be so', () => {
    const box = { south: 30, width: 11, height: 11, step: 0.001 };
    const { ground, issues } = made(raster({ west: 117, ...box }, slope), raster({ west: 117.05, ...box }, slope));
    expect(issues.map(({ code }) => code)).toEqual(['terrain-gap']);
    expect(ground.outside).toBe(ground.samples.filter(Number.isNaN).length);
  });

  test('more than there is room for: cut around the finest, and what lies outside is left out with a sentence', () => {
    const fine = raster({ west: 117, south: 30, width: 20, height: 20, step: 0.00001 }, slope, { name: 'fine.tif' });
    const coarse = raster({ west: 116.5, south: 29.5, width: 101, height: 101, step: 0.01 }, slope, { name: 'around.hgt' });
    const far = raster({ west: 120, south: 30, width: 11, height: 11, step: 0.01 }, slope, { name: 'far.hgt' });
    const issues: Issue[] = [];
    const ground = mosaic([fine, coarse, far], issues, 10_000)!;
    expect(issues.map(({ code }) => code)).toEqual(['terrain-cut', 'terrain-apart']);
    expect(ground.samples.length).toBeLessThanOrEqual(10_000);
    expect(ground.samples.length).toBeGreaterThan(9_500);
  });

  test('no more is held than the limit', () => {
    const issues: Issue[] = [];
    const held: RasterTable[] = [];
    const large = { kind: 'raster', west: 0, south: 0, east: 1, north: 1, width: 2, height: 2, samples: { length: MOST_HELD - 1 } as Float32Array, name: 'a' } as const;
    for (const name of ['a', 'b']) hold(held, { ...large, name }, issues);
    expect([held.length, issues.map(({ code, path }) => [code, path])]).toEqual([1, [['too-much-terrain', 'b']]]);
  });
});

describe('a city on several', () => {
  let folder: Awaited<ReturnType<typeof workFolder>>;
  beforeAll(async () => void (folder = await workFolder()));
  afterAll(() => folder.drop());

  test('two files are one ground, and the catalogue tells both', async () => {
    const inputs = await Promise.all([117, 117.02].map(async (west, k) => folder.put(`part${k}.tif`, await demTiff({ west, north: 30.02, step: 0.001, width: 21, height: 21, point: true }, slope))));
    const { report, catalogue } = await convert({ inputs, out: folder.path('city') });
    expect(report.issues).toEqual([]);
    expect(catalogue.layers.terrain?.sources?.map(({ name }) => name)).toEqual(['part0.tif', 'part1.tif']);
    expect(catalogue.bounds[0]).toBeCloseTo(117, 2);
    expect(catalogue.bounds[2]).toBeCloseTo(117.04, 2);
  });
});

describeShared('real ones', () => {
  test('Monaco within its SRTM tile: the same heights twice, so no seam anywhere, and one’s voids are the other’s', async () => {
    const file = (name: string): Source => rasterSource(name, new Uint8Array(readFileSync(shared(`data/terrain/dem/${name}`))));
    const [fine, whole] = (await Promise.all([readAll(geotiff, file('monaco-wgs84.tif')), readAll(hgt, file('N43E007.hgt.zip'))])).map(({ tables }) => tables[0] as RasterTable);
    const { ground, issues } = made(fine, whole);
    expect(issues.map(({ code }) => code)).toEqual(['datum-assumed']);
    expect([ground.width, ground.height]).toEqual([1201, 1201]);
    let differ = 0;
    for (let i = 0; i < whole.samples.length; i++) if (!Number.isNaN(whole.samples[i]) && Math.abs(whole.samples[i] - ground.samples[i]) > 0.01) differ++;
    expect(differ).toBe(0);
    expect(ground.sources!.map(({ name, datum }) => [name, datum]).toSorted()).toEqual([['N43E007.hgt', 'egm96'], ['monaco-wgs84.tif', 'unknown']]);
  });
});
