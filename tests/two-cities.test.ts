import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placer } from '#geo';
import { TwinError, type SceneDocument } from '#engine';
import { emergency, type EmergencyResult } from '../layers/emergency/emergency.ts';
import { ground } from '../layers/ground/ground.ts';
import { places } from '../layers/places/places.ts';
import { tiles } from '../layers/tiles/tiles.ts';
import { traffic } from '../layers/traffic/traffic.ts';
import { convert } from '../tiles-pipeline/convert.ts';
import { headlessTwin, settled } from './headless-twin.ts';
import { describeShared, shared } from './shared.ts';
import { folderLoader, type FolderLoader } from './small-city.ts';

const PAGE = 'http://city.test/';
const inputs = {
  shenzhen: ['city/footprints-cn/shenzhen-nanshan-building.geojson', ...[1, 2, 3].map((n) => `traffic/roads/shenzhen-nanshan-road${n}.geojson`)],
  shanghai: ['city/footprints-cn/shanghai-buildings.geojson', 'traffic/roads/shanghai-roads.geojson'],
};

/** Two folders under one page. */
function both(root: string): FolderLoader {
  const loaders = Object.keys(inputs).map((name) => ({ address: `${PAGE}${name}/`, files: folderLoader(join(root, name), `${PAGE}${name}/`) }));
  const of = (url: string): FolderLoader => {
    const found = loaders.find(({ address }) => url.startsWith(address));
    if (!found) throw new TwinError('not-found', `${url} is not there.`, { where: url });
    return found.files;
  };
  return { load: async (url, options) => of(url).load(url, options), range: async (url, range) => of(url).range(url, range) };
}

function scene(): SceneDocument {
  const [shenzhen, shanghai] = [`${PAGE}shenzhen/city.json`, `${PAGE}shanghai/city.json`];
  const list = {
    'ground-sz': ground({ url: shenzhen }), 'ground-sh': ground({ url: shanghai }),
    'buildings-sz': tiles({ url: shenzhen }), 'buildings-sh': tiles({ url: shanghai, rule: { by: 'property', key: 'height', ramp: { from: 0, to: 300, scheme: 'viridis' } } }),
    'traffic-sz': traffic({ url: shenzhen }), 'traffic-sh': traffic({ url: shanghai }), 'places-sh': places({ url: shanghai }),
    'incident-sh': emergency({ url: shanghai, incidents: [{ id: 'i1', kind: 'gas', lon: 121.4995, lat: 31.2397, radius: 300, at: 0 }] }),
  };
  const layers = Object.fromEntries(Object.entries(list).map(([id, input], order) => [id, { title: { zh: id, en: id }, visible: true, opacity: 1, order, ...input }]));
  return {
    version: 1, title: { zh: '两座城市', en: 'Two cities' }, at: [113.933, 22.519], camera: { lon: 113.933, lat: 22.5, height: 1500, heading: 0, pitch: -40, roll: 0 },
    clock: { mode: 'live', time: 0, at: 0, rate: 1 }, light: 'day', layers, selection: null, tools: {},
  } as SceneDocument;
}

describeShared('two real cities 1,222 km apart in one twin', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'citymirror-two-'));
    for (const [name, files] of Object.entries(inputs)) await convert({ inputs: files.map((file) => shared(`data/${file}`)), out: join(root, name), declared: { title: name } });
  }, 120_000);
  afterAll(() => rm(root, { recursive: true, force: true }));

  test('each has its buildings, roads and say, in batches of its own place', async () => {
    const { twin, backend, problems } = await headlessTwin({ document: scene(), page: PAGE, files: both(root) });
    const result = (): EmergencyResult => (twin.result('incident-sh') ?? {}) as EmergencyResult;
    await settled(() => result().i1 !== undefined && twin.status('traffic-sh').count! > 0 && twin.status('traffic-sz').count! > 0 && twin.status('places-sh').state === 'ready' && twin.legend('buildings-sh') !== null);
    expect(twin.status('buildings-sz').count).toBe(5438);
    expect(twin.status('buildings-sh').message?.en).toContain('no terrain in the data');
    expect(twin.status('ground-sz').message?.zh).toContain('数据中没有水系与用地');
    expect(result().i1.total).toBeGreaterThan(0);
    expect(result().i1.bytesRead / result().i1.bytesTotal).toBeLessThan(0.15);
    for (const { batch } of backend.drawn) {
      const reach = 'places' in batch ? batch.places.reduce((most, metre) => Math.max(most, Math.abs(metre)), 0) : 0;
      expect(reach, batch.kind).toBeLessThan(10_000);
    }
    const middle = twin.extent('traffic-sh')!;
    const [east, north] = placer({ lon: 113.933, lat: 22.519, height: 0 }).place((middle.west + middle.east) / 2, (middle.south + middle.north) / 2, 0, [0, 0, 0]);
    expect(Math.hypot(east, north)).toBeGreaterThan(1_200_000);
    expect(problems).toEqual([]);
    await twin.dispose();
    expect([backend.drawn.length, backend.tilesets.length, backend.imageries.length]).toEqual([0, 0, 0]);
  }, 90_000);
});
