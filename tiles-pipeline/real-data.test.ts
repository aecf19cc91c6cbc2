import { readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { geojson } from 'flatgeobuf';
import Config from 'flatgeobuf/lib/mjs/config.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeShared, shared } from '../tests/shared.ts';
import { serveFolder } from './cli/serve.ts';
import { convert, type Converted } from './convert.ts';
import { workFolder } from './testing/seeded-city.ts';
import { checkTileset } from './tileset/check.ts';import type { TileJson } from './tileset/tileset.ts';


type Row = { geometry: { coordinates: number[][][] }; properties: Record<string, unknown> };
type Source = { features: { geometry: { type: string; coordinates: never }; properties: Record<string, unknown> }[] };

async function sourceOf(path: string): Promise<Source> {
  return JSON.parse(await readFile(shared(path), 'utf8')) as Source;
}

async function rows(input: Uint8Array | string, rect?: { minX: number; minY: number; maxX: number; maxY: number }): Promise<Row[]> {
  const out: Row[] = [];
  for await (const feature of geojson.deserialize(input as string, rect && { rect })) out.push(feature as unknown as Row);
  return out;
}

function total(skipped: Record<string, number>): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0);
}

let folder: Awaited<ReturnType<typeof workFolder>>;

beforeAll(async () => {
  vi.spyOn(console, 'debug').mockImplementation(() => undefined);
  folder = await workFolder();
});

afterAll(async () => {
  vi.restoreAllMocks();
  await folder.drop();
});

describeShared('Nanshan, Shenzhen: ten multipolygons grouped by height', () => {
  let made: Converted;
  let server: Server;
  let url: string;
  const buildings = 'data/city/footprints-cn/shenzhen-nanshan-building.geojson';
  const roads = [1, 2, 3].map((n) => `data/traffic/roads/shenzhen-nanshan-road${n}.geojson`);

  beforeAll(async () => {
    made = await convert({ inputs: [buildings, ...roads].map(shared), out: folder.path('shenzhen') });
    ({ server, url } = await serveFolder(folder.path('shenzhen'), 0));
  });
  afterAll(() => void server?.close());

  test('5,438 buildings, every one with its group’s height; nothing is lost', async () => {
    expect(made.report.layers.buildings).toBe(5438);
    expect(made.report.heights).toEqual({ given: 5438, storeys: 0, default: 0 });
    expect(made.report.in).toBe(made.report.out + total(made.report.skipped));
    const perHeight: Record<string, number> = {};
    for (const { properties } of await rows(new Uint8Array(await readFile(folder.path('shenzhen/buildings.fgb'))))) perHeight[Number(properties.height)] = (perHeight[Number(properties.height)] ?? 0) + 1;
    const { features } = await sourceOf(buildings);
    expect(perHeight).toEqual(Object.fromEntries(features.map(({ geometry, properties }) => [Number(properties.height), (geometry.coordinates as unknown[]).length])));
  });

  test('its roads come with the class their highway tag has', async () => {
    const classes = new Set((await rows(new Uint8Array(await readFile(folder.path('shenzhen/roads.fgb'))))).map(({ properties }) => properties.class));
    expect([...classes].toSorted()).toEqual(['primary', 'residential', 'secondary', 'tertiary', 'trunk']);
    expect(made.catalogue.missing).toEqual(['areas', 'places', 'terrain']);
  });

  test('the tileset has no fault', async () => expect(await checkTileset(folder.path('shenzhen'))).toEqual([]));

  test('a box over ranges gives what the source has there, for at most a tenth of the bytes', async () => {
    Config.global.setExtraRequestThreshold(4096);
    const rect = { minX: 113.93, minY: 22.518, maxX: 113.9335, maxY: 22.5215 };
    let served = 0;
    server.on('request', (_, response) => response.once('finish', () => (served += Number(response.getHeader('content-length') ?? 0))));
    const found = await rows(`${url}buildings.fgb`, rect);
    const { features } = await sourceOf(buildings);
    const outlines = features.flatMap(({ geometry }) => geometry.coordinates as unknown as number[][][][]);
    const meeting = outlines.filter(([ring]) => {
      const [lons, lats] = [ring.map((p) => p[0]), ring.map((p) => p[1])];
      return Math.min(...lons) <= rect.maxX && Math.max(...lons) >= rect.minX && Math.min(...lats) <= rect.maxY && Math.max(...lats) >= rect.minY;
    });
    expect(found.length).toBe(meeting.length);
    expect(found.length).toBeGreaterThan(20);
    expect(served / (await stat(folder.path('shenzhen/buildings.fgb'))).size).toBeLessThanOrEqual(0.1);
  });
});

describeShared('Lujiazui, Shanghai: cut at tile borders, label points, half without height', () => {
  let made: Converted;
  const buildings = 'data/city/footprints-cn/shanghai-buildings.geojson';
  const context = ['data/traffic/roads/shanghai-roads.geojson', ...['landuse', 'water', 'pois'].map((name) => `data/city/context-cn/shanghai-${name}.geojson`)];

  beforeAll(async () => {
    made = await convert({ inputs: [buildings, ...context].map(shared), out: folder.path('shanghai') });
  });

  test('polygons are buildings, points never are, and every one left out has a reason', async () => {
    const { features } = await sourceOf(buildings);
    const outlines = features.filter(({ geometry }) => geometry.type === 'Polygon');
    const different = new Set(outlines.map(({ geometry, properties }) => JSON.stringify([geometry.coordinates[0], properties.height]))).size;
    expect(made.report.layers.buildings).toBeLessThanOrEqual(different);
    expect(made.report.layers.buildings).toBeGreaterThan(different * 0.99);
    expect(made.report.in).toBe(made.report.out + total(made.report.skipped));
    expect(made.report.skipped['a point of an address, no outline']).toBe(166);
    expect(made.report.issues).toEqual([]);
  });

  test('heights: the given ones as they are (Shanghai Tower 632 m), the rest assumed and counted', async () => {
    const { given, storeys, default: assumed } = made.report.heights;
    expect(given + storeys + assumed).toBe(made.report.layers.buildings);
    expect(assumed).toBeGreaterThan(500);
    const found = await rows(new Uint8Array(await readFile(folder.path('shanghai/buildings.fgb'))));
    expect(Math.max(...found.map(({ properties }) => Number(properties.height)))).toBe(632);
    expect(found.filter(({ properties }) => Number(properties.height) === 9).length).toBeGreaterThanOrEqual(assumed);
    expect(new Set(found.map(({ properties }) => properties.id)).size).toBe(found.length);
    expect(found.some(({ properties }) => /^中山东一路\d+号$/.test(String(properties.address)))).toBe(true);
  });

  test('roads keep their class and rail is rail; water, green and names are there', async () => {
    const found = await rows(new Uint8Array(await readFile(folder.path('shanghai/roads.fgb'))));
    const countOf = (name: string): number => found.filter(({ properties }) => properties.class === name).length;
    expect(countOf('rail')).toBeGreaterThan(50);
    expect(countOf('primary')).toBeGreaterThan(100);
    expect(found.filter(({ properties }) => properties.tunnel === true).length).toBeGreaterThan(100);
    const kinds = new Set((await rows(new Uint8Array(await readFile(folder.path('shanghai/areas.fgb'))))).map(({ properties }) => properties.kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['water', 'green', 'residential', 'commercial', 'square', 'forest']));
    expect(made.report.layers.places).toBeGreaterThan(300);
  });

  test('the tileset has no fault', async () => expect(await checkTileset(folder.path('shanghai'))).toEqual([]));
});

describeShared('Shenzhen and Shanghai in one tileset, 1,222 km apart', () => {
  test('both are there in full detail, and nothing between them is stretched', async () => {
    const inputs = ['shenzhen-nanshan-building', 'shanghai-buildings'].map((name) => shared(`data/city/footprints-cn/${name}.geojson`));
    const { report } = await convert({ inputs, out: folder.path('both') });
    expect(await checkTileset(folder.path('both'))).toEqual([]);
    const { root } = JSON.parse(await readFile(folder.path('both/tileset.json'), 'utf8')) as { root: TileJson };
    expect(root.content).toBeUndefined();
    // Parallel 22.5° N, a border of cells, runs through one of the cities: what counts is that nothing is drawn across the gap.
    const drawn = (tile: TileJson): TileJson[] => [...(tile.content ? [tile] : []), ...(tile.children ?? []).flatMap(drawn)];
    expect(drawn(root).length).toBeGreaterThan(5);
    for (const tile of drawn(root)) expect(Math.max(...tile.boundingVolume.box.slice(3).map(Math.abs))).toBeLessThan(5000);
    expect(report.layers.buildings).toBeGreaterThan(6800);
  });
});
