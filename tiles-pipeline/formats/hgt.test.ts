import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { rasterSource, readAll } from '../testing/raster-source.ts';
import type { RasterTable } from './format.ts';
import { cornerOf, hgt } from './hgt.ts';
import { sniffFormat } from './index.ts';
import { heightFacts } from './raster-facts.ts';

const SIDE = 1201;

/** A made tile: 1 m a column, 2 m a row, one void. */
function tile(): Uint8Array {
  const bytes = new Uint8Array(SIDE * SIDE * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < SIDE * SIDE; i++) view.setInt16(i * 2, i === 5 ? -32768 : (i % SIDE) + 2 * Math.floor(i / SIDE) - 100);
  return bytes;
}

describe('SRTM tiles', () => {
  test('lie where their name says, the first sample in the north-west, voids without a height, above EGM96', async () => {
    const { tables, issues } = await readAll(hgt, rasterSource('data/s12w077.HGT', tile()));
    expect(issues).toEqual([]);
    const raster = tables[0] as RasterTable;
    expect(raster).toMatchObject({ west: -77, south: -12, east: -76, north: -11, width: SIDE, height: SIDE, datum: 'egm96', name: 's12w077.HGT' });
    expect([raster.samples[0], raster.samples[5], raster.samples[1200], raster.samples[SIDE * 1200]]).toEqual([-100, Number.NaN, 1100, 2300]);
    expect(heightFacts(raster)).toMatchObject({ datum: 'egm96', range: [-100, 3500], voids: 1 / (SIDE * SIDE), bounds: [-77, -12, -76, -11] });
  });

  test('known by their size alone, and no document of that size is one', () => {
    expect(sniffFormat(tile().subarray(0, 4096), SIDE * SIDE * 2)?.id).toBe('hgt');
    expect(sniffFormat(tile().subarray(0, 4096), SIDE * SIDE * 2 - 1)).toBeUndefined();
    expect(sniffFormat(new TextEncoder().encode('{"type":"FeatureCollection","features":['), SIDE * SIDE * 2)?.id).toBe('geojson');
    expect(sniffFormat(new TextEncoder().encode('a text of no kind '.repeat(100)), SIDE * SIDE * 2)).toBeUndefined();
  });

  test('renamed: one sentence that says what to do, and --place puts it', async () => {
    const lost = await readAll(hgt, rasterSource('download.bin', tile()));
    expect(lost.tables).toEqual([]);
    expect(lost.issues).toEqual([expect.objectContaining({ code: 'no-place', severity: 'error', message: expect.stringContaining('--place download.bin@117,30,0,0') as string })]);
    const { tables } = await readAll(hgt, rasterSource('download.bin', tile()), { place: { lon: 117, lat: 30 } });
    expect(tables[0]).toMatchObject({ west: 117, south: 30, east: 118, north: 31 });
  });

  test.each([['N30E117.hgt', 117, 30], ['n05w001.hgt', -1, 5], ['S34_E018_1arc_v3.bin', 18, -34], ['SRTM_N43E007.hgt', 7, 43]])('%s', (name, lon, lat) => expect(cornerOf(name)).toEqual({ lon, lat }));
  test.each(['N95E117.hgt', 'N30E200.hgt', 'heights.hgt', 'plan30e117.hgt', 'N30E1171.hgt'])('%s says no place', (name) => expect(cornerOf(name)).toBeUndefined());
});

describeShared('SRTM as it is handed out', () => {
  const archive = (): Uint8Array => new Uint8Array(readFileSync(shared('data/terrain/dem/N43E007.hgt.zip')));

  test('out of its archive: heights equal an independent reading at 2,000 places', async () => {
    const bytes = archive();
    expect(sniffFormat(bytes.subarray(0, 4096), bytes.length)?.id).toBe('hgt');
    const { tables, issues } = await readAll(hgt, rasterSource('renamed.bin', bytes));
    expect(issues).toEqual([]);
    const raster = tables[0] as RasterTable;
    expect(raster).toMatchObject({ west: 7, south: 43, east: 8, north: 44, name: 'N43E007.hgt' });
    const name = bytes[26] | (bytes[27] << 8);
    const plain = inflateRawSync(bytes.subarray(30 + name + (bytes[28] | (bytes[29] << 8))));
    let seed = 5;
    for (let k = 0; k < 2000; k++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      const i = seed % (SIDE * SIDE);
      const height = plain.readInt16BE(i * 2);
      expect(raster.samples[i]).toBe(height === -32768 ? Number.NaN : height);
    }
    expect(raster.samples.filter(Number.isNaN)).toHaveLength(1595);
  });

  test('a cut archive is one sentence', async () => {
    const { tables, issues } = await readAll(hgt, rasterSource('cut.zip', archive().subarray(0, 300_000)));
    expect([tables.length, issues.map(({ code }) => code)]).toEqual([0, ['bad-archive']]);
  });
});
