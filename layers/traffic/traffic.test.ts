import { describe, expect, test } from 'vitest';
import { project } from '#geo';
import { ORDER, type FeedSpec, type FeedStatus } from '#engine';
import type { RoadsInput, RoadsOutput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { vehicleClasses } from './levels.ts';
import { traffic, trafficLayer } from './traffic.ts';

const NOW = 1_800_000_000;
const anchor = { lon: 117.49, lat: 30.66, height: 10 };
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 15 };
const roadsFeed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/roads/#', decode: 'road-speeds', staleAfter: 60 };
/** r1 crosses into a second cell, over a bridge: two lines of one road. */
const roads: RoadsOutput = {
  cells: [
    { bridges: false, anchor, places: new Float32Array([-100, 0, 0, 100, 0, 0, 0, 200, 0, 100, 200, 0]), starts: new Uint32Array([0, 2, 4]), ids: ['r1', 'r2'], names: ['长江路', ''], classes: ['primary', 'residential'], widths: new Float32Array([13, 6.5]), speeds: new Float32Array([60, 30]) },
    { bridges: true, anchor: { ...anchor, lon: 117.6 }, places: new Float32Array([0, 0, 0, 9, 0, 0]), starts: new Uint32Array([0, 2]), ids: ['r1'], names: ['长江路'], classes: ['primary'], widths: new Float32Array([13]), speeds: new Float32Array([60]) },
  ],
  total: 2,
};
const analyses = { roads: ((input: RoadsInput) => (input.roads.endsWith('roads.fgb') ? roads : null)) as unknown as FakeAnalysis };
const ledger = { received: 9, applied: 9, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 };
const live: FeedStatus = { state: 'live', newest: NOW - 14, ids: 4998, stale: 0, ledger, reconnects: 0, issues: [], history: null };
const bench = (options: Partial<Parameters<typeof traffic>[0]> = {}, more: Parameters<typeof benchLayer>[2] = {}) =>
  benchLayer(trafficLayer, traffic({ url: 'city/city.json', feed, roadsFeed, ...options }), { files: { [CITY_URL]: CITY }, analyses, now: NOW, ...more });
const line = (colours: Uint8Array, index: number): number[] => [...colours.subarray(4 * index, 4 * index + 4)];
const grey = [0x8b, 0x95, 0x9c, 110];

describe('the traffic layer', () => {
  test('opens its feeds on the roads and the DEM of the city', async () => {
    const { feeds, staged } = await bench({ lag: 7 });
    expect(feeds.map((open) => open.spec.url)).toEqual(['ws://city.test/mqtt', 'ws://city.test/mqtt']);
    expect(feeds[0].wish).toMatchObject({ as: 'points', lag: 7, roads: 'http://city.test/city/roads.fgb', dem: 'http://city.test/city/dem.json', capacity: 20_000, colour: { key: 'speed' } });
    expect(feeds[1].wish.as).toBe('values');
    staged.detach();
    expect(feeds.every((open) => open.closed)).toBe(true);
  });

  test('draws vehicles as arrows in slots the feed fills, and anew when it starts over', async () => {
    const { backend, feeds, staged } = await bench();
    feeds[0].sink.reset({ epoch: NOW, capacity: 64 });
    const first = backend.drawn.find((drawn) => drawn.kind === 'points')!;
    expect(first.batch).toMatchObject({ epoch: NOW, symbol: 'arrow', metres: 16, ids: null, motion: { staleAfter: 9 } });
    const buffer = new ArrayBuffer(40);
    const view = new DataView(buffer);
    [5, 0, 0, 1, 0, 10, 0, 1, 5].forEach((value, i) => view.setFloat32(4 * i, value, true));
    view.setUint32(36, 0xff0000ff, true);
    feeds[0].sink.motion({ kind: 'motion', count: 1, buffer });
    const at = first.at(NOW + 2.5);
    expect([...at.places.subarray(15, 18)]).toEqual([5, 0, 1]);
    expect(at.colours[4 * 5 + 3]).toBe(255);
    expect(at.colours[4 * 4 + 3]).toBe(0);
    feeds[0].sink.reset({ epoch: NOW + 3000, capacity: 128 });
    expect(first.disposed).toBe(true);
    expect(backend.drawn.filter((drawn) => drawn.kind === 'points')).toHaveLength(1);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('colours a road in every cell by its speed ratio, and grey where there is none or an old one', async () => {
    const { backend, feeds, staged, until, values } = await bench();
    const lines = backend.drawn.filter((drawn) => drawn.kind === 'lines');
    // Over a deck, which is solid, lines come after it.
    expect(lines.map(({ batch }) => [batch.order, 'lying' in batch && batch.lying])).toEqual([[ORDER.groundLine + 3, false], [ORDER.translucent + 3, true]]);
    const colours = (index: number): Uint8Array => (lines[index].batch as { colours: Uint8Array }).colours;
    expect([line(colours(0), 0), line(colours(0), 1), line(colours(1), 0)]).toEqual([grey, grey, grey]);
    feeds[1].sink.values({ name: 'speed', ids: ['r1', 'r2', 'gone'], values: new Float32Array([58, 10, 3]), times: new Float64Array([NOW - 5, NOW - 5, NOW]) });
    await until(() => lines[0].writes === 1);
    const green = [0x1a, 0x9e, 0x54, 235];
    expect([line(colours(0), 0), line(colours(1), 0)]).toEqual([green, green]);
    expect(line(colours(0), 1)).toEqual([0xa5, 0x0f, 0x15, 235]);
    await until(() => values.names().includes('subject.speed'));
    feeds[1].sink.values({ name: 'speed', ids: ['r1'], values: new Float32Array([58]), times: new Float64Array([NOW - 61]) });
    await until(() => lines[0].writes === 2);
    expect([line(colours(0), 0), line(colours(1), 0)]).toEqual([grey, grey]);
    staged.detach();
  });

  test('says how old the data are, and what it refused', async () => {
    const { feeds, staged, reports } = await bench();
    feeds[0].sink.status({ ...live, stale: 3, ledger: { ...ledger, rejected: 12 } });
    expect(staged.status).toMatchObject({ state: 'live', count: 4998 });
    expect(staged.status.message?.zh).toContain('最新数据 14 秒前；4,998 辆车；其中 3 个已过期；拒收 12 条');
    expect(staged.status.message?.en).toContain('synthetic city');
    feeds[0].sink.status({ ...live, state: 'stale', newest: NOW - 14 * 60 });
    expect(staged.status).toMatchObject({ state: 'stale', message: { en: expect.stringContaining('newest data 14 min ago') } });
    const failed: FeedStatus = { ...live, state: 'failed', issues: [{ code: 'network', severity: 'error', message: 'The broker at ws://city.test refuses.' }] };
    feeds[0].sink.status(failed);
    feeds[0].sink.status({ ...failed, reconnects: 2 });
    expect(staged.status.state).toBe('failed');
    expect(reports.map((error) => [error.code, error.retryable])).toEqual([['feed-failed', true]]);
    staged.detach();
  });

  test('goes on without roads, and says so', async () => {
    const { roads: _roads, ...others } = CITY.layers;
    const { backend, feeds, staged, calls } = await bench({}, { files: { [CITY_URL]: { ...CITY, layers: others, synthetic: false } } });
    expect(calls).toEqual([]);
    expect(feeds).toHaveLength(1);
    expect(feeds[0].wish.roads).toBeUndefined();
    expect(staged.status.message?.en).toContain('no roads in the data');
    expect(staged.layer.legend()?.entries[0].label.en).toBe('Free flow: car > 35 km/h');
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
    const broken = await bench({}, { analyses: {} });
    expect(broken.reports.map((error) => error.code)).toEqual(['unsupported']);
    expect(broken.feeds).toHaveLength(1);
    broken.staged.detach();
  });

  test('picks the vehicle first, else the road under the pointer', async () => {
    const { feeds, staged, pick, card, until } = await bench();
    const ask = pick(0, 0);
    const point = project(ask.clip(anchor), ask.width, ask.height, 40, 0, 0, new Float64Array(3));
    const there = { ...ask, x: point[0], y: point[1] + 4 };
    const road = await staged.layer.pick!(there);
    expect(road).toMatchObject({ id: 'r1', properties: { kind: 'road', class: 'primary' } });
    feeds[1].sink.values({ name: 'speed', ids: ['r1'], values: new Float32Array([30]), times: new Float64Array([NOW - 70]) });
    await until(() => true);
    expect(await card(road!)).toMatchObject({ title: { zh: '长江路' }, stale: true, asOf: NOW - 70 });
    feeds[0].answer = { id: 'v7', slot: 7, time: NOW - 3, lon: 117.49, lat: 30.66, height: 10, heading: 91.4, values: { speed: 10 }, stale: false };
    const car = await staged.layer.pick!(there);
    expect(car).toMatchObject({ id: 'v7', properties: { kind: 'vehicle' } });
    expect((await card(car!))?.rows.map((row) => row.value)).toEqual([36, 91, { zh: '3 秒前', en: '3 s ago' }, 'v7']);
    feeds[0].answer = null;
    expect(await staged.layer.pick!({ ...there, y: there.y + 20 })).toBeNull();
    staged.detach();
  });

  test('opens its feeds again when the options change, not when the opacity does', async () => {
    const { feeds, staged, update, document } = await bench();
    update({ opacity: 0.5 });
    expect(feeds).toHaveLength(2);
    update({ options: { ...document().layers.subject.options, lag: 9 } });
    expect(feeds.map((open) => [open.closed, open.wish.lag])).toEqual([[true, 6], [true, 0], [false, 9], [false, 0]]);
    staged.detach();
  });

  test('has a digest and a recording from its feeds, and a legend with its method', async () => {
    const { staged } = await bench();
    expect(await staged.layer.digest!(NOW)).toMatch(/^[0-9a-f]{64}$/u);
    expect(new TextDecoder().decode(await staged.layer.recording!())).toBe('ws://city.test/mqtt');
    expect(staged.layer.legend()).toMatchObject({ title: { en: expect.stringContaining('GB/T 33171') } });
    expect(staged.layer.legend()!.entries.map((entry) => entry.label.zh)).toContain('畅通　路 > 77% · 车 > 35 km/h');
    staged.detach();
    const bare = await bench({ feed: undefined, roadsFeed: undefined });
    await expect(bare.staged.layer.recording!()).rejects.toMatchObject({ code: 'unsupported' });
    bare.staged.detach();
  });

  test('the classes of a vehicle are those of DB11/T 785 for secondary and branch roads', () => {
    expect(vehicleClasses.limits.map((limit) => Math.round(limit * 3.6))).toEqual([10, 15, 25, 35]);
    expect(vehicleClasses.inclusive).toBe(true);
  });
});
