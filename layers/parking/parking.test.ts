import { expect, describe, test } from 'vitest';
import type { FeedSpec, FeedStatus } from '#engine';
import { benchLayer, leftOn, NOTHING_LEFT } from '../../tests/stage.ts';
import { parking, parkingLayer } from './parking.ts';
import type { ParkingResult } from './parking-layer.ts';

const NOW = 1_800_000_000;
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/parking/#', decode: 'readings', staleAfter: 120 };
const live: FeedStatus = { state: 'live', newest: NOW, ids: 4, stale: 0, ledger: { received: 4, applied: 4, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 }, reconnects: 0, issues: [], history: null };
const night = Array.from({ length: 24 }, (_, hour) => (hour < 7 || hour > 19 ? 60 : 20));
const day = Array.from({ length: 24 }, (_, hour) => (hour >= 9 && hour < 18 ? 45 : 5));
const file = {
  synthetic: true,
  stands: [
    { id: 'P1', name: '市民广场停车场', kind: 'parking', lon: 117.49, lat: 30.66, capacity: 100, users: [{ name: '居民', demand: night }, { name: '办公', demand: day }] },
    { id: 'P2', name: '路侧', kind: 'parking', lon: 117.491, lat: 30.66, bays: [{ id: '1', lon: 117.491, lat: 30.66, heading: 90 }, { id: '2', lon: 117.4911, lat: 30.66, heading: 90 }] },
    { id: 'B1', name: '单车站', kind: 'bikes', lon: 117.492, lat: 30.66, capacity: 20 },
  ],
};
const bench = (): ReturnType<typeof benchLayer> => benchLayer(parkingLayer, parking({ url: 'stands.json', feed }), { files: { 'http://city.test/stands.json': file }, now: NOW });
const at = (name: string, ids: string[], values: number[], age = 1): { name: string; ids: string[]; values: Float32Array; times: Float64Array } => ({ name, ids, values: new Float32Array(values), times: new Float64Array(values.map(() => NOW - age)) });

describe('the parking layer', () => {
  test('bars are filled as far as stands are taken, bays painted; what is old is grey', async () => {
    const { backend, feeds, staged, labels, until } = await bench();
    await until(() => feeds.length === 1);
    feeds[0].sink.values(at('occupied', ['P1', 'P2/1', 'P2/2'], [90, 1, 0]));
    feeds[0].sink.values(at('bikes', ['B1'], [2]));
    feeds[0].sink.values(at('docks', ['B1'], [18]));
    await until(() => labels.length === 3);
    const solid = (): { heights: Float32Array; colours: Uint8Array } => backend.drawn.find(({ batch }) => batch.kind === 'polygons' && batch.order > 300 && batch.order < 400)!.batch as never;
    expect([...solid().heights].map((height) => Number(height.toFixed(2)))).toEqual([23.4, 13, 1.5]);
    expect([...solid().colours.subarray(0, 3)]).toEqual([0xe5, 0x72, 0x2b]);
    expect(labels.map(({ text }) => (text as { zh: string }).zh).toSorted()).toEqual(['余 1 / 2', '余 10 / 100', '车 2 · 位 18']);
    const bays = backend.drawn.find(({ batch }) => batch.kind === 'polygons' && batch.order < 200)!.batch as { colours: Uint8Array };
    expect([[...bays.colours.subarray(0, 3)], [...bays.colours.subarray(4, 7)]]).toEqual([[0x8f, 0x2c, 0x36], [0x1a, 0x9e, 0x54]]);
    const result = staged.layer.result!() as ParkingResult;
    expect(result.rows.map(({ id, free }) => [id, free])).toEqual([['P1', 10], ['P2', 1], ['B1', 18]]);
    feeds[0].sink.values(at('occupied', ['P1'], [90], 121));
    await until(() => solid().colours[3] === 150);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('the card counts turnover and stays from the bays, and the free minimum of shared parking', async () => {
    const { feeds, staged, card, until, statuses } = await bench();
    await until(() => feeds.length === 1);
    feeds[0].sink.values(at('occupied', ['P1', 'P2/1'], [90, 1]));
    feeds[0].sink.status(live);
    await until(() => statuses.at(-1)?.message?.zh === '实时；2 / 3 处有数据；空余泊位 11；模拟数据，非实测');
    feeds[0].course = { occupied: { times: Float64Array.from([NOW - 7200, NOW - 3600, NOW - 1800]), values: Float32Array.from([1, 0, 1]) } };
    const hit = { layer: 'subject', id: 'P2', lon: 0, lat: 0, height: 0, depth: 0, properties: {} };
    const value = (found: NonNullable<Awaited<ReturnType<typeof card>>>, zh: string): unknown => found.rows.find((row) => row.label.zh === zh)?.value;
    const street = (await card(hit))!;
    // Two bays, each taken for an hour and a half of the last two: four vehicles at two spaces, two of them there before.
    expect([value(street, '周转率'), value(street, '平均利用率'), value(street, '平均停放时长')]).toEqual([2, 75, 30]);
    const park = (await card({ ...hit, id: 'P1' }))!;
    expect([value(park, '空位'), value(park, '合计高峰'), value(park, '最少空位'), value(park, '共享节省泊位')]).toEqual([10, 65, 35, 40]);
    const bikes = (await card({ ...hit, id: 'B1' }))!;
    expect(value(bikes, '可借车辆')).toEqual({ zh: '无数据', en: 'no data' });
    staged.detach();
  });
});
