import { describe, expect, test } from 'vitest';
import { placer, toEcef } from '#geo';
import type { FeedSpec, Track } from '#engine';
import type { CongestionInput, CongestionOutput, RoadsOutput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { Chase } from './follow.ts';
import type { TrafficResult } from './result.ts';
import { SpeedDay } from './speed-day.ts';
import { trailBatch } from './trails.ts';
import { traffic, trafficLayer } from './traffic.ts';
import { VEHICLE_KINDS } from './vehicle-models.ts';

const NOW = 1_800_000_000;
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 15 };
const roadsFeed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/roads/#', decode: 'road-speeds', staleAfter: 60 };
const anchor = { lon: 117.49, lat: 30.66, height: 10 };
const roads: RoadsOutput = { cells: [{ bridges: false, anchor, places: new Float32Array([-100, 0, 0, 100, 0, 0]), starts: new Uint32Array([0, 2]), ids: ['r1'], names: ['长江路'], classes: ['primary'], widths: new Float32Array([13]), speeds: new Float32Array([60]) }], total: 1 };
const way: Track = { times: Float64Array.from({ length: 31 }, (_, i) => NOW - 30 + i), places: Float64Array.from({ length: 93 }, (_, k) => [117.49 + Math.floor(k / 3) * 1e-4, 30.66, 5][k % 3]), read: new Uint8Array(31), speeds: new Float32Array(31) };

describe('models near', () => {
  test('the worker is told where the camera is, and a batch a kind takes what it sends back', async () => {
    const { backend, feeds, staged, until } = await benchLayer(trafficLayer, traffic({ url: 'city/city.json', feed, vehicles: { models: 64, within: 300 } }), { files: { [CITY_URL]: CITY }, analyses: { roads: (() => roads) as unknown as FakeAnalysis }, now: NOW });
    expect(feeds[0].wish.near).toMatchObject({ most: 64, within: 300, kinds: ['car', 'bus', 'truck'] });
    feeds[0].sink.reset({ epoch: NOW, capacity: 100 });
    const models = backend.drawn.filter(({ kind }) => kind === 'instances');
    expect(models).toHaveLength(3);
    expect(models[1].batch).toMatchObject({ paints: expect.any(Uint8Array) as Uint8Array, motion: { staleAfter: 9, goneAfter: 54 } });
    const { pose } = backend.view;
    const view = feeds[0].view!;
    const [east, north, up] = placer(feeds[0].wish.anchor).unplace(view.eye[0], view.eye[1], view.eye[2], new Float64Array(3));
    expect(Math.hypot(...toEcef(east, north, up, [0, 0, 0]).map((value, i) => value - toEcef(pose.lon, pose.lat, pose.height, [0, 0, 0])[i]))).toBeLessThan(0.01);
    backend.view.pose = { ...pose, lon: pose.lon + 0.01 };
    await until(() => feeds[0].view !== view);
    const buffer = new ArrayBuffer(40);
    new Float32Array(buffer, 0, 9).set([7, 1, 2, 3, 0, 1, 2, 3, 1]);
    new Uint8Array(buffer, 36).set([0, 0, 0, 255]);
    feeds[0].sink.models!(2, { kind: 'motion', count: 1, buffer });
    expect(models.map(({ writes }) => writes)).toEqual([0, 0, 1]);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });
  test('our own car, bus and truck stand on the ground, look north, are few triangles and as long as they are', () => {
    const longest = { car: [4.3, 4.7], bus: [10, 11], truck: [8, 9] };
    for (const { id, model, paints } of VEHICLE_KINDS) {
      const axis = (k: number): number[] => Array.from(model.places).filter((_, i) => i % 3 === k);
      expect(Math.min(...axis(2))).toBeCloseTo(0, 6);
      const length = Math.max(...axis(1)) - Math.min(...axis(1));
      expect(length).toBeGreaterThan(longest[id][0]);
      expect(length).toBeLessThan(longest[id][1]);
      expect(model.indices.length / 3).toBeLessThan(160);
      expect(paints).toHaveLength(4);
      expect(Math.max(...model.indices)).toBeLessThan(model.places.length / 3);
    }
  });
});

describe('trails', () => {
  test('fade towards what is long ago, without a gap', () => {
    const batch = trailBatch(way, 30);
    if (batch.kind !== 'lines') throw new Error('no lines');
    const alphas = Array.from({ length: batch.starts.length - 1 }, (_, i) => batch.colours[4 * i + 3]);
    expect(alphas).toEqual(alphas.toSorted((a, b) => a - b));
    expect(alphas[0]).toBeLessThan(20);
    expect(alphas.at(-1)).toBe(225);
    for (let i = 1; i < batch.starts.length - 1; i++) expect([...batch.places.subarray(3 * batch.starts[i] - 3, 3 * batch.starts[i])]).toEqual([...batch.places.subarray(3 * batch.starts[i], 3 * batch.starts[i] + 3)]);
  });
  test('are drawn for the selected vehicle, and go when it is no longer', async () => {
    const { backend, feeds, staged, until, update } = await benchLayer(trafficLayer, traffic({ url: 'city/city.json', feed, vehicles: { trail: 30 } }), { files: { [CITY_URL]: CITY }, analyses: { roads: (() => roads) as unknown as FakeAnalysis }, now: NOW });
    feeds[0].way = way;
    const count = (): number => backend.drawn.filter(({ kind, batch }) => kind === 'lines' && batch.anchor.lon === way.places[90]).length;
    update({}, { selection: { layer: 'subject', id: 'v1' } });
    await until(() => count() === 1);
    update({}, { selection: null });
    await until(() => count() === 0);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });
});

test('the camera follows a vehicle round a bend from behind, smoothly', () => {
  const ground = placer(anchor);
  const chase = new Chase({ lon: 0, lat: 0, height: 0, heading: 0, pitch: 0, roll: 0 }, 45, 22);
  const place = (t: number): [number, number] => (t < 10 ? [15 * t, 0] : [150 + 60 * Math.sin((15 * (t - 10)) / 60), -60 + 60 * Math.cos((15 * (t - 10)) / 60)]);
  let last: Float64Array | null = null;
  const [steps, distances]: number[][] = [[], []];
  for (let frame = 0; frame < 60 * 15; frame++) {
    const t = frame / 60;
    if (frame % 6 === 0) {
      const [x, y] = place(t);
      const [lon, lat] = ground.unplace(x, y, 0, new Float64Array(3));
      chase.at({ lon, lat, height: 10, heading: 90 }, t);
    }
    const pose = chase.pose(t, 1 / 60)!;
    const eye = ground.place(pose.lon, pose.lat, pose.height, new Float64Array(3));
    if (last && frame > 60) steps.push(Math.hypot(eye[0] - last[0], eye[1] - last[1]));
    last = eye;
    const [x, y] = place(t);
    if (frame > 60) distances.push(Math.hypot(eye[0] - x, eye[1] - y));
  }
  expect(Math.max(...steps)).toBeLessThan(1.2);
  expect(Math.min(...distances)).toBeGreaterThan(30);
  expect(Math.max(...distances)).toBeLessThan(62);
});

describe('congestion', () => {
  test('a day of samples fits its budget by thinning what is old, begins anew when the clock goes back, and is handed over whole', () => {
    const day = new SpeedDay(['a', 'b']);
    expect(day.most).toBe(4320);
    expect([day.add(0, Float32Array.of(1, NaN)), day.add(10, Float32Array.of(2, 2)), day.add(20, Float32Array.of(3, 4)), day.add(40, Float32Array.of(NaN, NaN))]).toEqual([true, false, true, false]);
    expect(day.columns()).toEqual({ times: Float64Array.of(0, 20), speeds: Float32Array.of(1, NaN, 3, 4) });
    day.add(5, Float32Array.of(9, 9));
    expect([...day.columns().times]).toEqual([5]);
    const large = new SpeedDay(Array.from({ length: 20_000 }, String));
    expect(large.most).toBe(104);
    for (let now = 0; now < 40_000; now += 20) large.add(now, new Float32Array(20_000).fill(now));
    const { times, speeds } = large.columns();
    expect([times.length, times[0], times[103]]).toEqual([104, 0, 39_980]);
    const gaps = Array.from(times.subarray(1), (time, i) => time - times[i]);
    expect(Math.max(...gaps.slice(-8))).toBeLessThan(200);
    expect(Math.max(...gaps)).toBeLessThan(3000);
    expect(speeds[20_000 * 50]).toBe(times[50]);
  });

  test('is judged in a worker with every sample and every other question; said, labelled, listed and printed in the legend', async () => {
    const asked: CongestionInput[] = [];
    const output = (input: CongestionInput): CongestionOutput => ({
      times: Float64Array.of(NOW), index: Float32Array.of(6.4), speed: Float32Array.of(18), ratio: Float32Array.of(2), severe: Float32Array.of(11), known: Float32Array.of(100), total: 9, assumedFlow: true,
      points: [{ roads: ['r1'], name: '长江路', lon: 117.49, lat: 30.66, length: 1240, longest: 1900, start: NOW - 600, end: NOW, going: true, lost: 12.34, queue: 268 }, { roads: ['r1'], name: '', lon: 117.49, lat: 30.66, length: 200, longest: 200, start: NOW - 900, end: NOW - 700, going: false, lost: 99, queue: NaN }].slice(0, input.area ? 1 : 2),
    });
    const { feeds, staged, until, labels, statuses, update, reports } = await benchLayer(trafficLayer, traffic({ url: 'city/city.json', roadsFeed }), { files: { [CITY_URL]: CITY }, now: NOW, analyses: { roads: (() => roads) as unknown as FakeAnalysis, congestion: ((input: CongestionInput) => { asked.push(input); return output(input); }) as unknown as FakeAnalysis } });
    await until(() => feeds.length === 1);
    feeds[0].sink.values({ name: 'flow', ids: ['r1'], values: Float32Array.of(2100), times: Float64Array.of(NOW - 1) });
    feeds[0].sink.values({ name: 'speed', ids: ['r1'], values: Float32Array.of(12), times: Float64Array.of(NOW - 1) });
    await until(() => labels.length === 1);
    expect(asked[0]).toMatchObject({ ids: ['r1'], area: null });
    expect([...asked[0].speeds]).toEqual([12]);
    expect([...asked[0].flows!]).toEqual([2100]);
    const card = await staged.layer.describe({ layer: 'subject', id: 'r1', lon: 0, lat: 0, height: 0, depth: 1, properties: { kind: 'road' } });
    expect(card?.rows.filter(({ label }) => /Flow|Saturation/u.test(label.en)).map(({ value }) => value)).toEqual([2100, { zh: '0.38（宽裕）', en: '0.38 (easy)' }]);
    const { listed, congestion } = staged.layer.result!() as TrafficResult;
    expect(congestion?.points).toHaveLength(2);
    expect(listed?.events.map(({ title, detail, end }) => [title.zh, detail.zh, end])).toEqual([['长江路', '1.2 km（最长 1.9 km），向西排队，累计延误 12.3 车·时', null], ['无名道路', '200 m，累计延误 99.0 车·时', NOW - 700]]);
    expect(listed?.series?.map(({ title }) => title.zh)).toEqual(['拥堵指数', '平均车速', '行程时间比']);
    expect(listed?.note?.en).toContain('8%→4');
    expect(labels[0]).toMatchObject({ text: { zh: '长江路 1.2 km' }, alarm: true });
    await until(() => statuses.at(-1)?.message?.zh.includes('拥堵指数 6.4（中度拥堵），平均 18 km/h，拥堵路段 1 处') ?? false);
    expect(staged.layer.legend()?.title.en).toContain('section levels (km/h) expressway 65/50/35/20');
    update({ options: { ...staged.document.options, congestion: { area: [[[117, 30], [118, 30], [118, 31]]], name: '老城', method: { method: 'travel-time-ratio' } } } });
    await until(() => asked.some(({ area }) => area !== null));
    expect(asked.at(-1)?.method).toMatchObject({ method: 'travel-time-ratio' });
    expect(feeds).toHaveLength(1);
    expect(staged.layer.legend()?.title.zh).toContain('行程时间比');
    update({ options: { ...staged.document.options, congestion: { method: { bands: [1] } } } });
    expect(reports.at(-1)?.message).toContain('bands are not four that rise');
    staged.detach();
  });
});
