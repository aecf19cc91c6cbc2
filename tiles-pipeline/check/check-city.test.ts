import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../cli/citymirror.ts';
import { convert } from '../convert.ts';
import { sinkFor, handOver } from '../sinks/sink-for.ts';
import { describeShared, shared } from '../../tests/shared.ts';
import { demTiff } from '../testing/dem-tiff.ts';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { checkCity, type CityCheck } from './check-city.ts';
import { openCity } from './city-files.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let sound: string;
let inputs: string[];

beforeAll(async () => {
  folder = await workFolder();
  const tiff = await demTiff({ west: 117.46, north: 30.69, step: 0.0005, width: 120, height: 120, point: true }, (lon, lat) => 30 + 20 * Math.sin(lon * 400) * Math.cos(lat * 400));
  inputs = [await folder.put('buildings.geojson', collection(seededBuildings(600))), await folder.put('ground.tif', tiff)];
  sound = folder.path('sound');
  await convert({ inputs, out: sound });
});
afterAll(() => folder.drop());

async function checked(path: string, sample?: number): Promise<CityCheck> {
  const files = await openCity(path);
  return checkCity(files, { sample }).finally(() => files.close());
}

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, { out: (text) => void (out += text), err: (text) => void (err += text), redraw: false, columns: 80, signal: new AbortController().signal });
  return { code, out, err };
}

describe('a city', () => {
  test('of buildings and ground is clean: as a folder, in one archive, with implicit tiling, with Draco', async () => {
    const whole = await checked(sound);
    expect(whole.issues).toEqual([]);
    expect(whole.figures).toMatchObject({ tilesets: 1, terrain: expect.any(Number) as number });
    expect(whole.figures.terrain).toBeGreaterThan(10);
    expect(whole.figures.looked).toBe(whole.figures.contents + whole.figures.terrain);
    for (const [out, options] of [[folder.path('city.3tz'), {}], [folder.path('implicit'), { implicit: true }], [folder.path('draco'), { compression: 'draco' }]] as const) {
      await convert({ inputs, out, ...options });
      const found = await checked(out);
      expect([out, found.issues]).toEqual([out, []]);
      expect(found.figures.contents).toBe(whole.figures.contents);
      if ('implicit' in options) expect(found.figures.subtrees).toBeGreaterThan(0);
    }
  });

  test('its archive holds what its folder holds', async () => {
    const sink = sinkFor(folder.path('again.3tz'));
    await handOver(sound, sink);
    await sink.commit();
    expect((await checked(folder.path('again.3tz'))).figures).toEqual((await checked(sound)).figures);
  });

  test('a sample says of itself that it is one', async () => {
    const { code, out } = await call('tiles', 'check', sound, '--sample', '2');
    expect(code).toBe(0);
    expect(out).toMatch(/looked into \d+ of \d+ \(--sample 2\), the others are there or named above\nno faults found\n$/u);
  });

  test('a tileset alone, an archive, and what is none', async () => {
    expect(await call('tiles', 'check', `${sound}/tileset.json`)).toMatchObject({ code: 0 });
    expect((await call('tiles', 'check', folder.path('city.3tz'))).out).toContain('looked into each\nno faults found');
    expect(await call('tiles', 'check', await folder.put('diary.txt', 'dear diary'))).toMatchObject({ code: 2, err: expect.stringContaining('is no archive') as string });
    expect(await call('tiles', 'check', folder.path('nowhere'))).toMatchObject({ code: 2, err: expect.stringContaining('is not there') as string });
    expect(await call('tiles', 'check', sound, '--sample', 'few')).toMatchObject({ code: 2 });
  });
});

const firstTile = async (dir: string): Promise<string> => {
  const deep = (await readdir(join(dir, 'terrain'), { recursive: true })).filter((name) => name.endsWith('.terrain')).toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return join(dir, 'terrain', deep[0]);
};

async function editJson(path: string, edit: (json: Record<string, never>) => void): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, never>;
  edit(json);
  await writeFile(path, JSON.stringify(json));
}

async function editBytes(path: string, edit: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(path);
  edit(bytes);
  await writeFile(path, bytes);
}

type Layers = { layers: Record<string, Record<string, unknown>> & { imagery?: unknown } };
const faults: [name: string, code: string, seed: (dir: string) => Promise<unknown>][] = [
  ['the catalogue is cut off', 'json-broken', async (dir) => writeFile(join(dir, 'city.json'), (await readFile(join(dir, 'city.json'))).subarray(0, 80))],
  ['a companion is gone', 'file-missing', (dir) => rm(join(dir, 'buildings.fgb'))],
  ['the columns are gone', 'file-missing', (dir) => rm(join(dir, 'features.bin'))],
  ['a tileset named is gone', 'file-missing', (dir) => editJson(join(dir, 'city.json'), (json) => void ((json as unknown as Layers).layers.points = { tileset: 'points/tileset.json' }))],
  ['a terrain tile is gone', 'content-missing', async (dir) => rm(await firstTile(dir))],
  ['a terrain tile is cut off', 'terrain-broken', async (dir) => writeFile(await firstTile(dir), (await readFile(await firstTile(dir))).subarray(0, 400))],
  ['a terrain edge names inner vertices', 'terrain-edge', async (dir) => editBytes(await firstTile(dir), (bytes) => {
    const count = bytes.readUInt32LE(88);
    const at = 92 + count * 6;
    bytes.writeUInt16LE(bytes.readUInt16LE(at + 4 + bytes.readUInt32LE(at) * 6 + 6) === 0 ? 1 : 0, at + 4 + bytes.readUInt32LE(at) * 6 + 4);
    bytes.writeUInt16LE(Math.floor(count / 2), at + 4 + bytes.readUInt32LE(at) * 6 + 6);
  })],
  ['heights turned round', 'terrain-heights', async (dir) => editBytes(await firstTile(dir), (bytes) => bytes.writeFloatLE(9000, 24))],
  ['a vertex beyond its tile', 'terrain-range', async (dir) => editBytes(await firstTile(dir), (bytes) => bytes.writeUInt16LE(3, 92))],
  ['a level without its parent', 'terrain-orphan', (dir) => editJson(join(dir, 'terrain/layer.json'), (json) => void (json as unknown as { available: unknown[][] }).available.splice(3, 1, []))],
  ['the levels said are others', 'terrain-layer', (dir) => editJson(join(dir, 'terrain/layer.json'), (json) => void ((json as unknown as { maxzoom: number }).maxzoom = 99))],
  ['pictures named that are not there', 'imagery-level', (dir) => editJson(join(dir, 'city.json'), (json) => void ((json as unknown as Layers).layers.imagery = [{ url: 'imagery/{z}/{x}/{y}.webp', minzoom: 10, maxzoom: 11, bounds: [117.4, 30.6, 117.5, 30.7], tileSize: 256 }] as never))],
];

test.each(faults)('finds: %s', async (name, code, seed) => {
  const dir = folder.path(name.replaceAll(/\W+/gu, '-'));
  await cp(sound, dir, { recursive: true });
  await seed(dir);
  const { issues } = await checked(dir);
  expect(issues.map((issue) => issue.code)).toContain(code);
  await rm(dir, { recursive: true });
});

test('the same fault in many files is told of twenty and counted for the rest', async () => {
  const dir = folder.path('many');
  await cp(sound, dir, { recursive: true });
  await rm(join(dir, 'terrain'), { recursive: true });
  await cp(join(sound, 'terrain/layer.json'), join(dir, 'terrain/layer.json'));
  const { issues, figures } = await checked(dir);
  const missing = issues.filter((issue) => issue.code === 'content-missing');
  expect(missing).toHaveLength(21);
  expect(missing.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(figures.terrain);
});

describeShared('cities of real data', () => {
  test('points, pictures and a model are looked into, and clean', async () => {
    const out = folder.path('all');
    await convert({ inputs: [shared('data/terrain/pointcloud/simple.las')], crs: [{ file: 'simple.las', value: 'EPSG:26910' }], out });
    const found = await checked(out);
    expect(found.issues).toEqual([]);
    expect(found.figures.contents).toBeGreaterThan(0);
  });
});
