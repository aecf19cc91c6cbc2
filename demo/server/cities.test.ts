import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { catalogueOf, ownCity, type City } from './cities.ts';

const square = (lon: number): object => ({ type: 'Feature', properties: { building: 'yes', height: 12 }, geometry: { type: 'Polygon', coordinates: [[[lon, 30.66], [lon + 2e-4, 30.66], [lon + 2e-4, 30.6602], [lon, 30.6602], [lon, 30.66]]] } });
const collection = (...features: object[]): string => JSON.stringify({ type: 'FeatureCollection', features });
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'citymirror-own-'));
  mkdirSync(join(folder, 'data/roads'), { recursive: true });
  writeFileSync(join(folder, 'data/buildings.bin'), collection(square(117.49), square(117.491)));
  writeFileSync(join(folder, 'data/roads/roads.geojson'), collection({ type: 'Feature', properties: { highway: 'primary' }, geometry: { type: 'LineString', coordinates: [[117.489, 30.66], [117.492, 30.661]] } }));
  writeFileSync(join(folder, 'data/README.txt'), 'what this is');
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const open = (...data: string[]): Promise<City> => ownCity(join(folder, 'cache'), { data, places: [], crs: [] }, () => undefined, new AbortController().signal);

describe('a city of the user’s own', () => {
  it('is built of a whole folder, kept while nothing changes, built again under the same address when a file does', async () => {
    const first = await open(join(folder, 'data'));
    expect(catalogueOf([first]).cities).toMatchObject([{ title: 'data', live: true, url: `/cities/${first.id}/city.json` }]);
    const city = join(first.folder, 'city.json');
    expect(JSON.parse(readFileSync(city, 'utf8'))).toMatchObject({ layers: { buildings: { count: 2 }, roads: { count: 1 } } });
    const built = statSync(city).mtimeMs;
    await open(join(folder, 'data'));
    expect(statSync(city).mtimeMs).toBe(built);
    writeFileSync(join(folder, 'data/buildings.bin'), collection(square(117.49), square(117.491), square(117.492)));
    utimesSync(join(folder, 'data/buildings.bin'), 1e9, 1e9);
    expect((await open(join(folder, 'data'))).id).toBe(first.id);
    expect(JSON.parse(readFileSync(city, 'utf8'))).toMatchObject({ layers: { buildings: { count: 3 } } });
  });

  it('that was built before is served as it is', async () => {
    const { folder: built } = await open(join(folder, 'data'));
    expect((await open(built)).folder).toBe(built);
  });

  it('of nothing is one sentence', async () => {
    mkdirSync(join(folder, 'nothing'));
    await expect(open(join(folder, 'nothing'))).rejects.toThrow(/no file of a kind that is read in .*nothing/u);
  });
});
