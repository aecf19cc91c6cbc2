import { afterEach, expect, it } from 'vitest';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { hasShared, shared } from '../../../tests/shared.ts';
import { openFeed, startHttp, until, type OpenedFeed } from '../testing/opened.ts';
import { SensorService, type SensorStream } from '../testing/sensor-service.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

function openService(service: SensorService, more: object = {}): OpenedFeed {
  const opened = openFeed({ transport: 'sensorthings', url: `${service.server.url}/v1.1`, decode: 'sensorthings', staleAfter: 300, every: 0.1, retry: { first: 0.02, cap: 0.05 }, ...more });
  ends.push(opened.close);
  return opened;
}

async function threeStations(): Promise<SensorService> {
  const service = await new SensorService().start();
  ends.push(() => service.server.close());
  const observations = (result: number): SensorStream['observations'] => [120, 90, 60, 30].map((seconds, k) => ({ phenomenonTime: ago(seconds), result: result + k }));
  service.streams = [
    { id: 1, thing: 1, property: 'PM2.5', observations: observations(10) }, { id: 2, thing: 1, property: 'PM10', observations: observations(20) }, { id: 'c', thing: 2, property: 'PM2.5', observations: observations(30) },
    { id: 4, thing: 2, property: 'PM2.5', observations: [{ phenomenonTime: `${ago(200)}/${ago(100)}`, result: 7 }] }, { id: 5, thing: 3, property: 'Note', observations: [{ phenomenonTime: ago(50), result: 'text' }] },
  ];
  return service;
}

it('reads Things, latest values and an hour of history, page by page, then what is new', async () => {
  const service = await threeStations();
  const opened = openService(service);
  const things = () => opened.features.filter(({ properties }) => properties.kind === 'thing');
  // Features are told with the next flush.
  await until(() => opened.status().ids === 2 && service.count('Observations', 12) > 0 && things().length === 3);
  expect([['1', 'PM2.5'], ['1', 'PM10'], ['2', 'PM2.5'], ['2', 'stream 4']].map(([id, name]) => opened.value(id, name))).toEqual([13, 23, 33, 7]);
  expect(things().map(({ id, properties, point }) => [id, properties.name, point])).toEqual([['1', '站 1', [118, 30.66]], ['2', '站 2', [119, 30.66]], ['3', '站 3', [120, 30.66]]]);
  expect(opened.features.find(({ id }) => id === 'Datastreams(c)')?.properties).toMatchObject({ thing: '2', value: 'PM2.5', unit: 'µg/m³' });
  const { answer } = await import('../answers.ts');
  const series = answer(opened.feed, { what: 'series', id: '1', from: 0, to: Infinity }, Date.now() / 1000).value as Record<string, { values: Float32Array }>;
  expect([...series['PM2.5'].values]).toEqual([10, 11, 12, 13]);
  expect(opened.status().issues.map(({ code }) => code)).toEqual(['wrong-type']);
  service.streams[0].observations.push({ phenomenonTime: ago(0), result: 99 });
  await until(() => opened.feed.history.value(opened.feed.history.newest(0), 'PM2.5') === 99);
});

it('a list that names itself as its next page is cut, one on another server is not asked, and both are said', async () => {
  const other = await startHttp((_request, response) => void response.end('{"value":[]}'));
  ends.push(other.close);
  const service = await threeStations();
  service.nextLink = (list, skip, link) => (list === 'Datastreams' ? (skip === 0 ? link : link.replace(/skip=\d+/u, 'skip=2')) : `${other.url}/v1.1/Observations?$skip=2`);
  const opened = openService(service);
  await until(() => service.count('Observations', 0) > 0 && opened.status().issues.some(({ code }) => code === 'forbidden-origin'));
  expect([service.count('Datastreams', 0), service.count('Datastreams', 2), other.asked.length]).toEqual([1, 1, 0]);
  expect(opened.status().issues.map(({ code }) => code)).toEqual(expect.arrayContaining(['sensorthings-loop', 'sensorthings-count', 'forbidden-origin']));
  expect(opened.status()).toMatchObject({ state: 'live' });
});

it('a 500 in the middle of a list keeps what came, and goes on from that page', async () => {
  const service = await threeStations();
  let fails = 2;
  service.fail = (list, skip) => (list === 'Datastreams' && skip === 2 && fails-- > 0 ? 500 : null);
  const opened = openService(service);
  await until(() => opened.status().ids === 2 && opened.status().state === 'live');
  expect([service.count('Datastreams', 0), service.count('Datastreams', 2), service.count('Datastreams', 4)]).toEqual([1, 3, 1]);
  expect(opened.status().issues.map(({ code }) => code)).toContain('network');
});

it.each([['a page without a list', '{"entries":[]}'], ['no JSON', 'oops'], ['something else', '[]']])('%s is said', async (_name, text) => {
  const server = await startHttp((_request, response) => void response.end(text));
  ends.push(server.close);
  const opened = openFeed({ transport: 'sensorthings', url: `${server.url}/v1.1`, decode: 'sensorthings', staleAfter: 300, retry: { first: 0.02, cap: 0.05 } });
  ends.push(opened.close);
  await until(() => opened.status().state === 'failed');
  expect(opened.status().issues[0].message).toContain('did not answer with a page of SensorThings');
});

async function startBroker(): Promise<{ url: string; broker: Aedes }> {
  const broker = await Aedes.createBroker();
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => void broker.handle(createWebSocketStream(socket), request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  ends.push(() => {
    for (const client of sockets.clients) client.terminate();
    broker.close();
    server.close();
  });
  return { url: `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, broker };
}

it('hears live values by MQTT where the service says so, and notices when MQTT is silent while HTTP is fresh', async () => {
  const { url, broker } = await startBroker();
  const service = await threeStations();
  service.mqtt = url;
  const opened = openService(service);
  await until(() => broker.connectedClients === 1 && opened.status().ids === 2);
  const publish = (id: string, result: number): void => broker.publish({ cmd: 'publish', topic: `v1.1/Datastreams(${id})/Observations`, payload: JSON.stringify({ phenomenonTime: ago(0), result }), qos: 0, dup: false, retain: false }, () => {});
  const newest = (thing: string, name: string): number => opened.feed.history.value(opened.feed.history.newest(opened.feed.ids.find(thing)), name);
  await until(() => {
    publish("'c'", 77);
    return newest('2', 'PM2.5') === 77;
  });
  expect(opened.status().issues.map(({ code }) => code)).not.toContain('mqtt-silent');
  const fresh = Date.now();
  const timer = setInterval(() => service.streams[0].observations.push({ phenomenonTime: ago(0), result: 55 }), 50);
  ends.push(() => clearInterval(timer));
  await until(() => opened.status().issues.some(({ code }) => code === 'mqtt-silent'));
  // Four rests between two looks, and one more of grace.
  expect(Date.now() - fresh).toBeLessThan(2500);
  await until(() => newest('1', 'PM2.5') === 55);
  expect(opened.status().state).toBe('live');
});

it('without its broker it goes on by HTTP, and says so', async () => {
  const service = await threeStations();
  service.mqtt = 'ws://127.0.0.1:9';
  const opened = openService(service);
  await until(() => opened.status().ids === 2);
  service.streams[0].observations.push({ phenomenonTime: ago(0), result: 99 });
  await until(() => opened.feed.history.value(opened.feed.history.newest(0), 'PM2.5') === 99);
  expect(opened.status().state).toBe('live');
});

it.skipIf(!hasShared)("FROST's own entities are read", async () => {
  const thing = JSON.parse(readFileSync(shared('data/sensors/sensorthings/entitiesDefault.json'), 'utf8')) as { name: string; Locations: object[]; Datastreams: { Observations: object[] }[] };
  const { Datastreams, ...about } = thing;
  const server = await startHttp((request, response) => {
    const list = new URL(request.url ?? '', 'http://h').pathname;
    response.end(JSON.stringify({ value: list === '/v1.1/Datastreams' ? Datastreams.map((stream, k) => ({ ...stream, '@iot.id': k + 1, Thing: { ...about, '@iot.id': 9 } })) : [] }));
  });
  ends.push(server.close);
  const opened = openFeed({ transport: 'sensorthings', url: `${server.url}/v1.1`, decode: 'sensorthings', staleAfter: 300 }, { as: 'points', anchor: { lon: -117.05, lat: 51.05, height: 0 } });
  ends.push(opened.close);
  await until(() => opened.status().ledger.received >= 7);
  expect(['Luminous Flux', 'Tempretaure'].map((name) => opened.value('9', name))).toEqual([4, 6]);
  expect(opened.status()).toMatchObject({ ids: 1, ledger: { rejected: 0 } });
});
