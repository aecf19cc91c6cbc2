import { geojson } from 'flatgeobuf';
import Config from 'flatgeobuf/lib/mjs/config.js';
import type { Server } from 'node:http';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serveFolder } from '../cli/serve.ts';
import { convert } from '../convert.ts';
import { collection, seeded, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { encodeFlatGeobuf, type FgbRow } from './flatgeobuf.ts';

const COUNT = 12_000;
let folder: Awaited<ReturnType<typeof workFolder>>;
let server: Server;
let url: string;
let size: number;
let served = 0;
const buildings = seededBuildings(COUNT);

beforeAll(async () => {
  vi.spyOn(console, 'debug').mockImplementation(() => undefined);
  folder = await workFolder();
  await convert({ inputs: [await folder.put('buildings.geojson', collection(buildings))], out: folder.path('city') });
  ({ server, url } = await serveFolder(folder.path('city'), 0));
  server.on('request', (_, response) => {
    response.once('finish', () => (served += Number(response.getHeader('content-length') ?? 0)));
  });
  size = (await stat(folder.path('city/buildings.fgb'))).size;
  // The reader joins what lies nearer than this; its default of 256 kB would read a city whole.
  Config.global.setExtraRequestThreshold(4096);
});

afterAll(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  await folder.drop();
});

interface Row {
  geometry: { coordinates: number[][][] };
  properties: { feature: number; id: string; height: number };
}

/** The slow way: every footprint's own bounds against the box. */
function idsMeeting(box: { minX: number; minY: number; maxX: number; maxY: number }): string[] {
  return buildings
    .filter(({ geometry }) => {
      const lons = geometry.coordinates[0].map((position) => position[0]);
      const lats = geometry.coordinates[0].map((position) => position[1]);
      return Math.min(...lons) <= box.maxX && Math.max(...lons) >= box.minX && Math.min(...lats) <= box.maxY && Math.max(...lats) >= box.minY;
    })
    .map(({ properties }) => String(properties.id))
    .toSorted();
}

describe('buildings.fgb over HTTP ranges', () => {
  test('twenty seeded boxes give what a full scan gives, and small ones read at most a tenth of the file', async () => {
    const random = seeded(11);
    for (let round = 0; round < 20; round++) {
      const side = 0.001 + random() * 0.002;
      const minX = 117.472 + random() * 0.03;
      const minY = 30.64 + random() * 0.03;
      const box = { minX, minY, maxX: minX + side, maxY: minY + side };
      served = 0;
      const found: string[] = [];
      for await (const feature of geojson.deserialize(`${url}buildings.fgb`, { rect: box })) found.push((feature as unknown as Row).properties.id);
      expect(found.toSorted()).toEqual(idsMeeting(box));
      expect(served / size, `box ${round}, ${found.length} buildings`).toBeLessThanOrEqual(0.1);
    }
  });

  test('a full read gives every building once with its feature number', async () => {
    const response = await fetch(`${url}buildings.fgb`);
    const numbers = new Set<number>();
    const heights = new Map(buildings.map(({ properties }) => [properties.id, properties.height]));
    for await (const feature of geojson.deserialize(response.body as ReadableStream)) {
      const { properties } = feature as unknown as Row;
      numbers.add(properties.feature);
      const given = heights.get(properties.id);
      if (given !== undefined) expect(properties.height).toBeCloseTo(Number(given), 4);
    }
    expect(numbers.size).toBe(COUNT);
    // Units of work keep some numbers free.
    expect(Math.max(...numbers)).toBeLessThan(COUNT * 1.05);
  });
});

function row(n: number): FgbRow {
  return { rings: [Float64Array.of(n, n / 2)], values: { name: n % 2 ? `地名${n}` : null } };
}

function table(count: number): Uint8Array {
  return encodeFlatGeobuf({ name: 'places', geometry: 'Point', columns: [{ name: 'name', type: 'string' }], count, row });
}

describe('the writer on small tables', () => {
  test.each([1, 2, 16, 17, 257])('%i rows: all come back, and a box finds its own', async (count) => {
    const bytes = table(count);
    const all: unknown[] = [];
    for await (const feature of geojson.deserialize(bytes)) all.push(feature);
    expect(all.length).toBe(count);
    const last = count - 1;
    const near: { properties: { name?: string } }[] = [];
    for await (const feature of geojson.deserialize(bytes, { rect: { minX: last - 0.1, maxX: last + 0.1, minY: 0, maxY: last } })) near.push(feature as never);
    expect(near.map(({ properties }) => properties.name)).toEqual([last % 2 ? `地名${last}` : undefined]);
  });

  test('no rows: a file that reads as empty', async () => {
    const all: unknown[] = [];
    for await (const feature of geojson.deserialize(table(0))) all.push(feature);
    expect(all).toEqual([]);
  });
});
