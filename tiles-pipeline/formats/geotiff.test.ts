import { readFileSync } from 'node:fs';
import { fromArrayBuffer } from 'geotiff';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { fromDegrees, toDegrees } from '../stages/projection.ts';
import { demTiff } from '../testing/dem-tiff.ts';
import { rasterSource, readAll } from '../testing/raster-source.ts';
import type { ImageryTable, Picture, RasterTable, Source } from './format.ts';
import { geotiff } from './geotiff.ts';
import { sniffFormat } from './index.ts';

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../testing/tiff/${name}.tif`, import.meta.url)));
const [WIDTH, HEIGHT] = [70, 50];

async function heights(source: Source): Promise<RasterTable> {
  const { tables, issues } = await readAll(geotiff, source);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return tables[0] as RasterTable;
}

async function picture(source: Source): Promise<Picture> {
  const { tables, issues } = await readAll(geotiff, source);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return (tables[0] as ImageryTable).picture;
}

/** Height of a raster in degrees at the middle of a pixel of the fixtures. */
function at(raster: RasterTable, x: number, y: number): number {
  const [lon, lat] = toDegrees('EPSG:32650')!(600_005 + 10 * x, 3_399_995 - 10 * y);
  const column = ((lon - raster.west) / (raster.east - raster.west)) * (raster.width - 1);
  const row = ((raster.north - lat) / (raster.north - raster.south)) * (raster.height - 1);
  return raster.samples[Math.round(row) * raster.width + Math.round(column)];
}

describe('heights as GDAL packs them', () => {
  const files: [string, (stored: number) => number][] = [
    ['float32-lzw-predictor3-tiled', (h) => h], ['float64-deflate-strips-bigtiff', (h) => h], ['int16-lzw-predictor2-bigendian-scaled', (h) => h - 100], ['float32-zstd', (h) => h],
    ['float32-lerc-deflate', (h) => h], ['float32-lerc-zstd', (h) => h], ['uint16-packbits-feet', (h) => h * 4 * 0.3048], ['float16-deflate', (h) => h], ['float32-nodata-cog', (h) => h],
  ];
  test.each(files)('%s', async (name, height) => {
    const raster = await heights(rasterSource('dem.bin', fixture(name)));
    for (let k = 0; k < 200; k++) {
      const [x, y] = [1 + ((k * 37) % (WIDTH - 2)), 1 + ((k * 23) % (HEIGHT - 2))];
      if (name.includes('nodata') && x > 7 && x < 22 && y > 7 && y < 22) continue;
      // The grid in degrees lies a little askew to the file's: within a pixel either way.
      expect(Math.abs(at(raster, x, y) - height((3 * x + 5 * y) / 4))).toBeLessThan(height(4.01) - height(0) + 0.1);
    }
    if (name.includes('nodata')) expect(at(raster, 15, 15)).toBeNaN();
  });
});

describe('pictures as GDAL packs them', () => {
  const plain = (x: number, y: number): number[] => [(3 * x) & 255, (5 * y) & 255, (2 * (x + y)) & 255, 255];
  const smooth = (x: number, y: number): number[] => [40 + 2 * x, 60 + 2 * y, 120, 255];
  const files: [string, (x: number, y: number) => number[], number][] = [
    ['rgb-lzw-planar', plain, 0], ['rgb-webp', plain, 0], ['rgb-jpeg-ycbcr-tiled', smooth, 3], ['rgb-jpeg-rgb', smooth, 3],
    ['rgba-deflate', (x, y) => (x < 20 ? [-1, -1, -1, 0] : plain(x, y)), 0], ['rgb-jpeg-mask', (x, y) => (x < 20 ? [-1, -1, -1, 0] : smooth(x, y)), 3],
    ['palette', (x, y) => [x + y, 255 - x - y, 7, 255], 0], ['grey', (x, y) => [2 * x + y, 2 * x + y, 2 * x + y, 255], 0],
  ];
  test.each(files)('%s', async (name, colour, off) => {
    const opened = await picture(rasterSource('ortho.bin', fixture(name)));
    expect([opened.width, opened.height, opened.crs]).toEqual([WIDTH, HEIGHT, 'EPSG:32650']);
    expect(opened.metres).toBeCloseTo(10, 0);
    const whole = await opened.read({ left: 0, top: 0, width: WIDTH, height: HEIGHT });
    let [sum, clear] = [0, 0];
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const wanted = colour(i % WIDTH, Math.floor(i / WIDTH));
      for (let band = 0; band < 3; band++) if (wanted[3] > 0) sum += Math.abs(whole[i * 4 + band] - wanted[band]);
      clear += whole[i * 4 + 3] === wanted[3] ? 0 : 1;
    }
    expect(clear).toBe(0);
    expect(sum / (3 * WIDTH * HEIGHT)).toBeLessThanOrEqual(off);
    const part = await opened.read({ left: 21, top: 30, width: 13, height: 9 });
    for (let y = 0; y < 9; y++) expect(part.subarray(y * 52, y * 52 + 52)).toEqual(whole.subarray(((30 + y) * WIDTH + 21) * 4, ((30 + y) * WIDTH + 34) * 4));
  });

  test('16 bits that use a part of their range are spread over it, and that is said', async () => {
    const { tables, issues } = await readAll(geotiff, rasterSource('ortho.tif', fixture('rgb-16bit')));
    expect(issues.map(({ code, severity }) => [code, severity])).toEqual([['stretched', 'info']]);
    const whole = await (tables[0] as ImageryTable).picture.read({ left: 0, top: 0, width: WIDTH, height: HEIGHT });
    const red = Array.from({ length: 68 }, (_, x) => whole[(20 * WIDTH + x) * 4]);
    expect(red).toEqual(red.toSorted((a, b) => a - b));
    expect([red[0], red[67] > 180]).toEqual([0, true]);
  });

  test('a place is the pixel that the file says it is', async () => {
    const opened = await picture(rasterSource('ortho.tif', fixture('rgb-lzw-planar')));
    for (const [x, y] of [[0, 0], [0.5, 0.5], [69, 49], [33.25, 7.75]]) {
      const [lon, lat] = toDegrees('EPSG:32650')!(600_000 + 10 * x, 3_400_000 - 10 * y);
      const found = opened.toPixel(lon, lat);
      expect(found[0]).toBeCloseTo(x, 4);
      expect(found[1]).toBeCloseTo(y, 4);
      expect(lon >= opened.bounds[0] - 1e-9 && lon <= opened.bounds[2] + 1e-9 && lat >= opened.bounds[1] - 1e-9 && lat <= opened.bounds[3] + 1e-9).toBe(true);
    }
    expect(fromDegrees('EPSG:32650')).toBeDefined();
  });
});

describeShared('real height models, against another reader', () => {
  test.each(['monaco-wgs84', 'Net1_elevation_data', 'gfw-azores'])('%s: every sample', async (name) => {
    const bytes = new Uint8Array(readFileSync(shared(`data/terrain/dem/${name}.tif`)));
    const raster = await heights(rasterSource('dem.bin', bytes));
    const image = await (await fromArrayBuffer(bytes.slice().buffer)).getImage();
    const [slow] = (await image.readRasters()) as unknown as [ArrayLike<number>];
    expect([raster.width, raster.height]).toEqual([image.getWidth(), image.getHeight()]);
    const noData = image.getGDALNoData();
    const differ = Array.from(slow, (value, k) => [value === noData || Math.abs(value) > 12_000 ? Number.NaN : Math.fround(value), raster.samples[k]]).filter(([wanted, own]) => !Object.is(wanted, own));
    expect(differ.slice(0, 5)).toEqual([]);
  });

  test('autzen-height with a world file and a system said: a picture where they put it', async () => {
    const bytes = new Uint8Array(readFileSync(shared('data/terrain/dem/autzen-height.tif')));
    const source = rasterSource('autzen.tif', bytes, { '.tfw': '1.4\n0\n0\n-1.4\n493900.7\n4878099.3\n' });
    const { tables } = await readAll(geotiff, source, { crs: 'EPSG:32610' });
    const opened = (tables[0] as ImageryTable).picture;
    const [lon, lat] = toDegrees('EPSG:32610')!(493_900, 4_878_100);
    expect(opened.toPixel(lon, lat).map((value) => Math.abs(Math.round(value * 1000) / 1000))).toEqual([0, 0]);
    const image = await (await fromArrayBuffer(bytes.slice().buffer)).getImage();
    const slow = (await image.readRasters({ interleave: true, window: [100, 200, 400, 260] })) as unknown as Uint8Array;
    const own = await opened.read({ left: 100, top: 200, width: 300, height: 60 });
    expect(Buffer.compare(own.filter((_, k) => k % 4 < 3), Uint8Array.from(slow))).toBe(0);
  });
});

/** A TIFF of one directory, little-endian, written by hand. */
function handmade(entries: readonly [tag: number, type: number, count: number, value: number][], { next = 0, bytes = 200, data = [] as number[] } = {}): Uint8Array {
  const out = new Uint8Array(Math.max(bytes, 8 + 2 + entries.length * 12 + 4 + data.length));
  const view = new DataView(out.buffer);
  out.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  view.setUint16(8, entries.length, true);
  for (const [k, [tag, type, count, value]] of entries.entries()) {
    view.setUint16(10 + k * 12, tag, true);
    view.setUint16(12 + k * 12, type, true);
    view.setUint32(14 + k * 12, count, true);
    view.setUint32(18 + k * 12, value, true);
  }
  view.setUint32(10 + entries.length * 12, next, true);
  return out;
}

const base = (width: number, height: number, more: [number, number, number, number][] = []): [number, number, number, number][] => [
  [256, 4, 1, width], [257, 4, 1, height], [258, 3, 1, 32], [259, 3, 1, 1], [262, 3, 1, 1], [273, 4, 1, 150], [277, 3, 1, 1], [278, 4, 1, height], [279, 4, 1, 50], [339, 3, 1, 3], ...more,
];

describe('files with a fault are one sentence', () => {
  const faults: [string, () => Uint8Array, string, RegExp][] = [
    ['directories in a circle', () => handmade(base(3, 3), { next: 8 }), 'directory-loop', /lead in a circle \(byte 8 comes twice\)/],
    ['a directory beyond the end', () => handmade(base(3, 3), { next: 5000 }), 'directory-beyond-end', /byte 5000, and the file ends at 200/],
    ['strips beyond the end', () => handmade(base(3, 3).map((entry) => (entry[0] === 273 ? [273, 4, 1, 5000] : entry))), 'no-place', /no georeference/],
    ['65,535 × 65,535 claimed in 200 bytes', () => handmade(base(65_535, 65_535)), 'broken-tiff', /claims 65535 × 65535 samples of 1 band and has 200 bytes/],
    ['four thousand million claimed on a side', () => handmade(base(4_294_967_295, 4_294_967_295)), 'too-large', /claims 4294967295 × 4294967295/],
    ['zero bands', () => handmade([...base(3, 3).filter(([tag]) => tag !== 277), [277, 3, 1, 0]]), 'bands', /it has 0 bands/],
    ['zero pixels', () => handmade(base(0, 3)), 'broken-tiff', /its size is 0 × 3/],
    ['no strips', () => handmade(base(3, 3).filter(([tag]) => tag !== 273)), 'broken-tiff', /does not say where its strips are/],
    ['a million tags', () => handmade(base(3, 3)).map((byte, k) => (k === 8 || k === 9 ? 255 : byte)), 'broken-tiff', /65535 entries/],
    ['a thousand million strip offsets', () => handmade(base(3, 3).map((entry) => (entry[0] === 273 ? [273, 4, 1_000_000_000, 60] : entry))), 'broken-tiff', /entry 273 of its directory claims 1000000000 values/],
    ['tiles without a size', () => handmade([...base(3, 3), [322, 4, 1, 0], [323, 4, 1, 0], [324, 4, 1, 60], [325, 4, 1, 9]]), 'broken-tiff', /its blocks are 0 × 0/],
    ['the header alone', () => Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0), 'broken-tiff', /ends within its header/],
    ['one strip of 400 MB, packed', () => handmade(base(10_000, 10_000).map((entry) => (entry[0] === 259 ? [259, 3, 1, 8] : entry)), { bytes: 2_000_000 }), 'block-too-large', /pieces of 400 MB.*gdal_translate -co TILED=YES/],
  ];
  test.each(faults)('%s', async (_, make, code, sentence) => {
    const source = rasterSource('fault.tif', make());
    const { tables, issues } = await readAll(geotiff, source);
    expect(tables).toEqual([]);
    expect(issues.map((issue) => issue.code)).toEqual([code]);
    expect(issues[0].message).toMatch(sentence);
    expect(issues[0].message.startsWith('fault.tif: ')).toBe(true);
  });

  test('strips beyond the end of a file that knows its place', async () => {
    const whole = fixture('float32-lzw-predictor3-tiled');
    const { tables, issues } = await readAll(geotiff, rasterSource('cut.tif', whole.subarray(0, whole.length - 500)));
    expect(issues.map(({ code, severity }) => [code, severity])).toEqual([['broken-blocks', 'error']]);
    expect(issues[0].message).toMatch(/2 of its 6 blocks cannot be read \(a block is said to be at bytes \d+ to \d+, and the file ends at 2080\)/);
    const { samples } = tables[0] as RasterTable;
    expect(samples.some(Number.isNaN) && samples.some(Number.isFinite)).toBe(true);
  });

  test('no-data written in more digits than a float32 has is still no-data', async () => {
    const bytes = await demTiff({ west: 117, north: 31, step: 0.001, width: 8, height: 8, noData: -9999.9 }, (lon) => (lon > 117.004 ? -9999.9 : 5));
    const raster = await heights(rasterSource('dem.tif', bytes));
    expect(raster.samples.filter(Number.isNaN)).toHaveLength(32);
  });

  test('three bands of floats are no picture and no heights', async () => {
    const bytes = handmade([...base(3, 3).filter(([tag]) => tag !== 277), [277, 3, 1, 3]], { bytes: 400 });
    expect((await readAll(geotiff, rasterSource('x.tif', bytes))).issues[0].message).toMatch(/3 bands of 32 bits that are no colours/);
  });

  test('hundreds of broken copies: each says what is wrong or is read; none throws, none hangs', async () => {
    const names = ['float32-lzw-predictor3-tiled', 'float32-lerc-deflate', 'float32-zstd', 'uint16-packbits-feet', 'rgb-jpeg-mask', 'rgb-webp', 'palette', 'float64-deflate-strips-bigtiff'];
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    let [read, said] = [0, 0];
    for (const name of names)
      for (let k = 0; k < 25; k++) {
        let bytes = fixture(name);
        if (k % 5 === 0) bytes = bytes.subarray(0, random(bytes.length));
        else for (let n = 0; n <= k % 4; n++) bytes[k % 2 === 0 ? random(Math.min(600, bytes.length)) : random(bytes.length)] = random(256);
        if (!geotiff.sniff(bytes)) continue;
        const { tables, issues } = await readAll(geotiff, rasterSource('mutant.tif', bytes));
        for (const table of tables) if (table.kind === 'imagery' && table.picture.width * table.picture.height < 1e6) await table.picture.read({ left: 0, top: 0, width: table.picture.width, height: table.picture.height });
        read += tables.length;
        said += issues.length > 0 ? 1 : 0;
        expect(tables.length + issues.length).toBeGreaterThan(0);
      }
    expect(read).toBeGreaterThan(20);
    expect(said).toBeGreaterThan(20);
  });
});

test('found by content, whatever it is called', () => {
  for (const name of ['grey', 'float64-deflate-strips-bigtiff', 'int16-lzw-predictor2-bigendian-scaled']) expect(sniffFormat(fixture(name), 5000)?.id).toBe('geotiff');
});
