import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { hasShared, shared } from '../../../tests/shared.ts';
import { framesOf } from '../recording.ts';
import { openFeed, startHttp, until, type HttpServer } from '../testing/opened.ts';
import { standingFeed } from '../testing/standing-feed.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const NOW = 1_700_000_000;
const spec = { transport: 'gbfs', decode: 'gbfs', staleAfter: 300, retry: { first: 0.02, cap: 0.05 } } as const;

/** Files of a system by path, and how often each was asked for. */
async function serve(files: Record<string, (() => unknown) | undefined>): Promise<HttpServer & { count(path: string): number }> {
  const server = await startHttp((request, response) => {
    const file = files[request.url ?? ''];
    response.writeHead(file ? 200 : 404, { 'Content-Type': 'application/json' }).end(file ? JSON.stringify(file()) : '');
  });
  ends.push(server.close);
  return Object.assign(server, { count: (path: string) => server.asked.filter(({ url }) => url === path).length });
}

const list = (url: string): object[] => ['system_information', 'station_information', 'station_status'].map((name) => ({ name, url: name === 'station_status' ? './station_status.json' : `${url}/${name}.json` }));

it('2.x: finds its files by language, joins state to place, and asks for each when its ttl has run out', async () => {
  let bikes = 3;
  const files: Record<string, () => unknown> = {
    '/station_information.json': () => ({ last_updated: NOW, ttl: 3000, version: '2.3', data: { stations: [{ station_id: 'a', name: '东门', lat: 30.66, lon: 117.49, capacity: 12 }, { station_id: 'b', name: '西门', lat: 30.661, lon: 117.48, capacity: 9 }] } }),
    '/station_status.json': () => ({
      last_updated: NOW + bikes, ttl: 0, version: '2.3',
      data: { stations: [
        { station_id: 'a', num_bikes_available: bikes, num_docks_available: 12 - bikes, is_installed: true, is_renting: true, is_returning: false, last_reported: NOW - 100 + bikes },
        { station_id: 'b', num_bikes_available: 1, num_docks_available: 8, is_installed: 1, is_renting: 1, is_returning: 1, last_reported: 0 },
        { station_id: 'ghost', num_bikes_available: 1, last_reported: NOW },
      ] },
    }),
  };
  const server = await serve(files);
  files['/gbfs.json'] = () => ({ last_updated: NOW, ttl: 0, version: '2.3', data: { zh: { feeds: list(server.url) } } });
  const opened = openFeed({ ...spec, url: `${server.url}/gbfs.json`, every: 0.05 }, {}, () => NOW + 30);
  ends.push(opened.close);
  await until(() => opened.status().ids === 3 && opened.features.length === 2);
  expect(['bikes', 'docks', 'capacity', 'renting', 'returning'].map((name) => opened.value('a', name))).toEqual([3, 9, 12, 1, 0]);
  expect(opened.features.map(({ id, properties, point }) => [id, properties.name, point])).toEqual([['a', '东门', [117.49, 30.66]], ['b', '西门', [117.48, 30.661]]]);
  expect(opened.status().issues.map(({ code }) => code)).toEqual(['gbfs-unknown-station']);
  bikes = 5;
  await until(() => opened.feed.history.time[opened.feed.history.newest(opened.feed.ids.find('a'))] === NOW - 95);
  expect(opened.value('a', 'bikes')).toBe(5);
  // A recording of it says the same, without its server.
  const again = standingFeed({ transport: 'replay', decode: 'gbfs' }, { as: 'values' });
  for (const frame of framesOf(opened.feed.recording())) again.feed.receive(frame);
  expect([again.feed.ids.count, again.feed.history.value(again.feed.history.newest(again.feed.ids.find('a')), 'bikes')]).toEqual([3, 5]);
  expect([server.count('/gbfs.json'), server.count('/station_information.json'), server.count('/system_information.json')]).toEqual([1, 1, 0]);
  expect(server.count('/station_status.json')).toBeGreaterThan(1);
});

it('3.0: names by language, vehicles instead of bikes, times as text; as points at their places', async () => {
  const files: Record<string, () => unknown> = {
    '/station_information.json': () => ({ last_updated: '2023-11-14T22:13:20Z', ttl: 60, version: '3.0', data: { stations: [{ station_id: 'a', name: [{ text: 'East Gate', language: 'en' }, { text: '东门', language: 'zh-Hans' }], lat: 30.66, lon: 117.49 }] } }),
    '/station_status.json': () => ({ last_updated: '2023-11-14T22:13:20+00:00', ttl: 60, version: '3.0', data: { stations: [{ station_id: 'a', num_vehicles_available: 4, num_vehicles_disabled: 2, num_docks_available: 6, is_installed: true, is_renting: true, is_returning: true, last_reported: '2023-11-14T22:13:00Z' }] } }),
  };
  const server = await serve(files);
  files['/gbfs.json'] = () => ({ last_updated: '2023-11-14T22:13:20Z', ttl: 0, version: '3.0', data: { feeds: list(server.url) } });
  const opened = openFeed({ ...spec, url: `${server.url}/gbfs.json` }, { as: 'points' }, () => NOW + 30);
  ends.push(opened.close);
  await until(() => opened.status().ids === 1 && opened.features.length === 1);
  expect(['bikes', 'brokenBikes', 'docks'].map((name) => opened.value('a', name))).toEqual([4, 2, 6]);
  expect(opened.features[0].properties.name).toBe('东门');
  expect(opened.status()).toMatchObject({ state: 'live', newest: NOW - 20 });
});

it('a list that is none, files that moved and a server that fails are said; it goes on when they are back', async () => {
  const files: Record<string, () => unknown> = { '/gbfs.json': () => ({ data: { en: { feeds: [] } } }) };
  const server = await serve(files);
  const opened = openFeed({ ...spec, url: `${server.url}/gbfs.json`, every: 0.03 }, {}, () => NOW + 30);
  ends.push(opened.close);
  await until(() => opened.status().state === 'failed');
  expect(opened.status().issues[0].message).toMatch(/lists no station_information and no station_status/u);
  files['/gbfs.json'] = () => ({ data: { en: { feeds: list(server.url) } } });
  await until(() => opened.status().issues.some(({ message }) => message.includes('station_information.json is not there (404)')));
  files['/station_information.json'] = () => ({ ttl: 0, data: { stations: [] } });
  files['/station_status.json'] = () => ({ ttl: 0, last_updated: NOW, data: { stations: [{ station_id: 'a', num_bikes_available: 1, last_reported: NOW }] } });
  await until(() => opened.status().state === 'live');
});

it.skipIf(!hasShared)('a real system: every station of it at its place', async () => {
  const info = JSON.parse(readFileSync(shared('data/traffic/gbfs/station_information.json'), 'utf8')) as { data: { stations: { station_id: string; capacity: number; name: string }[] } };
  const { stations } = info.data;
  const files: Record<string, () => unknown> = {
    '/station_information.json': () => info,
    '/station_status.json': () => ({ last_updated: 1_663_292_830, ttl: 5, data: { stations: stations.map(({ station_id, capacity }, k) => ({ station_id, num_bikes_available: k % 10, num_docks_available: Math.max(0, capacity - (k % 10)), is_installed: 1, is_renting: 1, is_returning: 1, last_reported: 1_663_292_800 })) } }),
  };
  const server = await serve(files);
  files['/gbfs.json'] = () => ({ data: { en: { feeds: list(server.url) } } });
  const opened = openFeed({ ...spec, url: `${server.url}/gbfs.json` }, { as: 'points', anchor: { lon: -122.2, lat: 37.6, height: 0 } }, () => 1_663_292_840);
  ends.push(opened.close);
  await until(() => opened.status().ids === stations.length && opened.features.length === stations.length);
  expect(stations.length).toBeGreaterThan(100);
  expect(opened.status()).toMatchObject({ state: 'live', ledger: { rejected: 0 } });
  expect(opened.features.map(({ properties }) => properties.name)).toEqual(stations.map(({ name }) => name));
});
