import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert } from '../convert.ts';
import type { Picture } from '../formats/format.ts';
import { pictureCodecs, type Pixels } from '../formats/picture-codecs.ts';
import { workFolder } from '../testing/seeded-city.ts';
import { IMAGE_TILE, levelOf, placeOfTile, tilePlace, writeImagery } from './imagery.ts';

/** A made picture in degrees: red grows to the east, green to the south; `clear` has no colour. */
function made(bounds: [number, number, number, number], width: number, height: number, more: { blue?: number; clear?: (x: number, y: number) => boolean } = {}): Picture & { windows: number[] } {
  const windows: number[] = [];
  return {
    name: 'made', width, height, bounds, bands: 3, bits: 8, crs: 'EPSG:4326', windows,
    metres: ((bounds[3] - bounds[1]) / height) * 111_320,
    toPixel: (lon, lat) => [((lon - bounds[0]) / (bounds[2] - bounds[0])) * width, ((bounds[3] - lat) / (bounds[3] - bounds[1])) * height],
    async read({ left, top, width: columns, height: rows }) {
      windows.push(columns * rows);
      const out = new Uint8Array(columns * rows * 4);
      for (let i = 0; i < columns * rows; i++) {
        const [x, y] = [left + (i % columns), top + Math.floor(i / columns)];
        if (!more.clear?.(x, y)) out.set([Math.floor((x * 256) / width), Math.floor((y * 256) / height), more.blue ?? 50, 255], i * 4);
      }
      return out;
    },
  };
}

/** The tiles of a pyramid as pixels, not packed. */
async function tilesOf(...pictures: Picture[]): Promise<{ tiles: Map<string, Uint8Array>; figures: Awaited<ReturnType<typeof writeImagery>> }> {
  const tiles = new Map<string, Uint8Array>();
  let last: Pixels | undefined;
  const figures = await writeImagery(pictures, 'imagery', {
    encode: async (pixels) => {
      last = pixels;
      return new Uint8Array(8);
    },
    write: async (path) => void tiles.set(path, Uint8Array.from(last!.data)),
  });
  return { tiles, figures };
}

/** Colour at a place on a level; undefined where there is no tile. */
function colourAt(tiles: Map<string, Uint8Array>, lon: number, lat: number, level: number): number[] | undefined {
  const [x, y] = tilePlace(lon, lat, level);
  const tile = tiles.get(`imagery/${level}/${Math.floor(x)}/${Math.floor(y)}.webp`);
  const at = (Math.floor((y % 1) * IMAGE_TILE) * IMAGE_TILE + Math.floor((x % 1) * IMAGE_TILE)) * 4;
  return tile && [...tile.subarray(at, at + 4)];
}

describe('the pyramid of pictures', () => {
  const bounds: [number, number, number, number] = [117.49, 30.65, 117.5, 30.657];

  test('known places have their colours on every level, and beyond the border it is clear', async () => {
    const { tiles, figures } = await tilesOf(made(bounds, 1000, 800));
    expect(figures).toMatchObject({ minzoom: 15, tiles: tiles.size });
    expect(figures!.maxzoom).toBeGreaterThan(figures!.minzoom + 1);
    for (let level = figures!.minzoom; level <= figures!.maxzoom; level++)
      for (const [u, v] of [[0.1, 0.1], [0.5, 0.5], [0.93, 0.2], [0.3, 0.88]]) {
        const colour = colourAt(tiles, bounds[0] + u * 0.01, bounds[3] - v * 0.007, level)!;
        const coarse = 2 ** (figures!.maxzoom - level);
        expect(Math.abs(colour[0] - u * 256)).toBeLessThan(1.5 + coarse);
        expect(Math.abs(colour[1] - v * 256)).toBeLessThan(1.5 + coarse);
        expect([Math.abs(colour[2] - 50) <= 1, colour[3]]).toEqual([true, 255]);
      }
    expect(colourAt(tiles, bounds[0] - 0.0003, 30.653, figures!.maxzoom)?.[3] ?? 0).toBe(0);
    expect(colourAt(tiles, 117.495, bounds[3] + 0.0003, figures!.maxzoom)?.[3] ?? 0).toBe(0);
  });

  test('what has no data is clear, its neighbours keep their colour, and all-clear tiles are not written', async () => {
    const { tiles, figures } = await tilesOf(made(bounds, 1000, 800, { clear: (x) => x < 700 }));
    expect(colourAt(tiles, 117.4969, 30.653, figures!.maxzoom)?.[3] ?? 0).toBe(0);
    expect(colourAt(tiles, 117.4971, 30.653, figures!.maxzoom)).toEqual([expect.closeTo(181, -1), expect.any(Number), 50, 255]);
    for (const tile of tiles.values()) expect(tile.some((value, k) => k % 4 === 3 && value > 0)).toBe(true);
  });

  test('a level above is the mean of the four pixels below it', async () => {
    const { tiles, figures } = await tilesOf(made(bounds, 1000, 800));
    const level = figures!.maxzoom;
    const [x, y] = tilePlace(117.495, 30.653, level).map(Math.floor);
    const below = tiles.get(`imagery/${level}/${x}/${y}.webp`)!;
    const above = tiles.get(`imagery/${level - 1}/${x >> 1}/${y >> 1}.webp`)!;
    for (const [column, row] of [[3, 5], [100, 90], [127, 127]]) {
      const mean = [0, 1, 2].map((band) => [0, 1, 256, 257].reduce((sum, step) => sum + below[((row * 2 * 256) + column * 2 + step) * 4 + band], 0) / 4);
      const at = (((y & 1) * 128 + row) * 256 + (x & 1) * 128 + column) * 4;
      for (let band = 0; band < 3; band++) expect(Math.abs(above[at + band] - mean[band])).toBeLessThanOrEqual(0.5);
    }
  });

  test('earlier pictures lie over later ones', async () => {
    const { tiles, figures } = await tilesOf(made([117.49, 30.65, 117.495, 30.657], 500, 800, { blue: 200 }), made(bounds, 1000, 800, { blue: 10 }));
    expect(colourAt(tiles, 117.492, 30.653, figures!.maxzoom)![2]).toBe(200);
    expect(colourAt(tiles, 117.498, 30.653, figures!.maxzoom)![2]).toBe(10);
  });

  test('no window is larger than a tile needs, however large the picture', async () => {
    const picture = made(bounds, 1500, 1200);
    await tilesOf(picture);
    expect(Math.max(...picture.windows)).toBeLessThan(200_000);
  });

  test('any box: every tile meets it and lies where it says, each has its parent, and every place in it is painted', async () => {
    await fc.assert(fc.asyncProperty(fc.double({ min: -179, max: 178, noNaN: true }), fc.double({ min: -80, max: 80, noNaN: true }), fc.integer({ min: 2, max: 500 }), fc.integer({ min: 2, max: 500 }), async (west, south, width, height) => {
      const box: [number, number, number, number] = [west, south, west + width * 1e-5, south + height * 1e-5];
      const { tiles, figures } = await tilesOf(made(box, width, height));
      for (const path of tiles.keys()) {
        const [level, x, y] = path.split(/[/.]/u).slice(1, 4).map(Number);
        const [left, top] = placeOfTile(x, y, level);
        const [right, bottom] = placeOfTile(x + 1, y + 1, level);
        expect(left < box[2] && right > box[0] && bottom < box[3] && top > box[1]).toBe(true);
        if (level > figures!.minzoom) expect(tiles.has(`imagery/${level - 1}/${x >> 1}/${y >> 1}.webp`)).toBe(true);
      }
      for (const [u, v] of [[0.5, 0.5], [0.2, 0.7]]) expect(colourAt(tiles, box[0] + u * (box[2] - box[0]), box[1] + v * (box[3] - box[1]), figures!.maxzoom)?.[3]).toBe(255);
    }), { numRuns: 15, seed: 11 });
  });

  test('pixels that are no squares do not make tiles without end', () => {
    expect(levelOf({ bounds: [0, 0, 100, 1e-4], metres: 0.0001, width: 100, height: 100 })).toBeLessThan(12);
  });
});

describe('a city with a picture', () => {
  let folder: Awaited<ReturnType<typeof workFolder>>;
  const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../testing/tiff/${name}.tif`, import.meta.url)));
  beforeAll(async () => void (folder = await workFolder()));
  afterAll(() => folder.drop());

  test('is its catalogue’s imagery: WebP tiles that are there and have its colours', async () => {
    const { catalogue, report } = await convert({ inputs: [await folder.put('ortho.tif', fixture('rgba-deflate'))], out: folder.path('ortho') });
    const [layer] = catalogue.layers.imagery!;
    expect(layer).toMatchObject({ url: 'imagery/{z}/{x}/{y}.webp', tileSize: 256, bounds: catalogue.bounds });
    expect(report.issues).toEqual([]);
    const levels = await readdir(folder.path('ortho/imagery'));
    expect(levels.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: layer.maxzoom - layer.minzoom + 1 }, (_, k) => layer.minzoom + k));
    const codecs = pictureCodecs();
    const [lon, lat] = [layer.bounds[0] + ((layer.bounds[2] - layer.bounds[0]) * 45) / 70, layer.bounds[3] - ((layer.bounds[3] - layer.bounds[1]) * 25) / 50];
    const [x, y] = tilePlace(lon, lat, layer.maxzoom);
    const { data } = await codecs.webp(new Uint8Array(await readFile(folder.path(`ortho/imagery/${layer.maxzoom}/${Math.floor(x)}/${Math.floor(y)}.webp`))), { width: 256, height: 256 });
    const at = (Math.floor((y % 1) * 256) * 256 + Math.floor((x % 1) * 256)) * 4;
    for (const [band, value] of [3 * 45, 5 * 25, 2 * 70, 255].entries()) expect(Math.abs(data[at + band] - value)).toBeLessThan(12);
  });

  test('twice the same: the same bytes', async () => {
    const input = await folder.put('twice.tif', fixture('rgb-jpeg-mask'));
    await Promise.all(['one', 'two'].map((name) => convert({ inputs: [input], out: folder.path(name) })));
    for (const name of await readdir(folder.path('one'), { recursive: true })) if (name.endsWith('.webp')) expect(Buffer.compare(await readFile(folder.path(`one/${name}`)), await readFile(folder.path(`two/${name}`)))).toBe(0);
  });

  test('a PNG with a world file and its system said; without one a sentence', async () => {
    const { encode } = await import('@jsquash/png/codec/pkg/squoosh_png.js').then(async (png) => {
      const { createRequire } = await import('node:module');
      await png.default(await WebAssembly.compile(readFileSync(createRequire(import.meta.url).resolve('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'))));
      return png as unknown as { encode(data: Uint8Array, width: number, height: number, bits: number): Uint8Array };
    });
    const pixels = Uint8Array.from({ length: 64 * 48 * 4 }, (_, k) => [200, 100, 30, 255][k % 4]);
    const png = Uint8Array.from(encode(pixels, 64, 48, 8));
    const lost = await folder.put('lost.png', png);
    await expect(convert({ inputs: [lost], out: folder.path('lost') })).rejects.toThrow(/lost\.png: it is a picture of 64 × 48 pixels, and where it lies is not said: no world file \(\.pgw/);
    const input = await folder.put('placed.bin', png);
    await folder.put('placed.pgw', '2\n0\n0\n-2\n600001\n3399999\n');
    const { catalogue } = await convert({ inputs: [input], out: folder.path('placed'), crs: [{ file: null, value: 'EPSG:32650' }] });
    expect(catalogue.layers.imagery?.[0].maxzoom).toBe(16);
  });

  test('pictures far apart in fineness are pyramids of their own, the coarse one below', async () => {
    const fine = await folder.put('fine.tif', fixture('rgb-lzw-planar'));
    const coarse = await folder.put('coarse.png', onePixelPng());
    await folder.put('coarse.pgw', '2000\n0\n0\n-2000\n600000\n3400000\n');
    const { catalogue } = await convert({ inputs: [fine, coarse], out: folder.path('apart'), crs: [{ file: 'coarse.png', value: 'EPSG:32650' }] });
    expect(catalogue.layers.imagery?.map(({ url, maxzoom }) => [url, maxzoom])).toEqual([['imagery/{z}/{x}/{y}.webp', 6], ['imagery-2/{z}/{x}/{y}.webp', 14]]);
  });
});

/** The smallest PNG there is: one grey pixel. */
function onePixelPng(): Uint8Array {
  return new Uint8Array(Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==', 'base64'));
}
