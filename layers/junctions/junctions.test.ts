import { describe, expect, test } from 'vitest';
import type { FeedSpec, FeedStatus } from '#engine';
import { readJunctions } from '#models';
import { benchLayer, leftOn, NOTHING_LEFT } from '../../tests/stage.ts';
import { junctions, junctionsLayer } from './junctions.ts';
import type { JunctionsResult } from './junctions-layer.ts';

const NOW = 1_800_000_000;
const FILE = 'http://city.test/junctions.json';
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/signals/#', decode: 'readings', staleAfter: 10 };
const live: FeedStatus = { state: 'live', newest: NOW, ids: 4, stale: 0, ledger: { received: 4, applied: 4, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 }, reconnects: 0, issues: [], history: null };
const junction = (id: string, lon: number, offset: number): Record<string, unknown> => ({
  id, name: `${id}路口`, lon, lat: 30.66, plan: { cycle: 80, offset, lost: 8 },
  groups: [
    { id: '1', movement: 'through', heading: 90, stop: [[lon - 1e-4, 30.6601], [lon - 1e-4, 30.66]], paths: [[[lon - 1e-4, 30.66], [lon + 1e-4, 30.66]]], flow: 600, saturation: 1800, green: [0, 36] },
    { id: '2', movement: 'through', heading: 270, stop: [[lon + 1e-4, 30.66], [lon + 1e-4, 30.6601]], paths: [], flow: 400, saturation: 1800, green: [0, 36] },
    { id: '3', movement: 'through', heading: 0, stop: [[lon, 30.6599], [lon + 1e-5, 30.6599]], paths: [], flow: 300, saturation: 1800, green: [40, 32] },
  ],
});
const document_ = { synthetic: true, junctions: [junction('A', 117.49, 0), junction('B', 117.4952, 40)], corridors: [{ id: 'w', name: '长江路', speed: 12.5, signals: [{ junction: 'A', group: '1', back: '2', position: 0 }, { junction: 'B', group: '1', back: '2', position: 500 }] }] };
const bench = (file: unknown = document_, options = {}): ReturnType<typeof benchLayer> => benchLayer(junctionsLayer, junctions({ url: 'junctions.json', feed, ...options }), { files: { [FILE]: file }, now: NOW });
const colour = (bytes: Uint8Array, slot: number): number[] => [...bytes.subarray(4 * slot, 4 * slot + 4)];

describe('the file of junctions', () => {
  test('what cannot be used is left out and counted by reason; the rest stands', () => {
    const bad = { junctions: [{ id: 'X' }, junction('A', 1, 0), junction('A', 1, 0), { ...junction('B', 2, 0), groups: [{ id: '9', stop: 'nowhere' }] }], corridors: [{ id: 'c', speed: 9, signals: [{ junction: 'A', group: 'no', position: 0 }] }] };
    const file = readJunctions(bad, 'j.json');
    expect(file.junctions.map(({ id, groups }) => [id, groups.length])).toEqual([['A', 3], ['B', 0]]);
    expect(file.skipped).toEqual({ 'junction without id or place': 1, 'junction said twice': 1, 'signal group without id or stop line': 1, 'corridor with an unknown junction or group, or without two signals': 1 });
    expect(() => readJunctions({ features: [] }, 'roads.geojson')).toThrow(/roads\.geojson is no file of junctions/u);
  });
});

describe('the junctions layer', () => {
  test('stop lines take the colours of their signals, and grey when the last word is too old', async () => {
    const { backend, feeds, staged, labels, until } = await bench();
    await until(() => feeds.length === 1);
    expect(feeds[0]).toMatchObject({ spec: { url: 'ws://city.test/mqtt' }, wish: { as: 'values' } });
    const bars = backend.drawn.find((drawn) => drawn.kind === 'lines')!;
    feeds[0].sink.values({ name: 'state', ids: ['A/1', 'A/3', 'B/1'], values: new Float32Array([6, 3, 6]), times: new Float64Array([NOW - 2, NOW - 2, NOW - 11]) });
    feeds[0].sink.values({ name: 'left', ids: ['A/1', 'A/3'], values: new Float32Array([12.4, 30]), times: new Float64Array([NOW - 2, NOW - 2]) });
    const colours = (): Uint8Array => (bars.batch as { colours: Uint8Array }).colours;
    await until(() => colour(colours(), 0)[1] === 0xb4);
    expect(colour(colours(), 0)).toEqual([0x17, 0xb4, 0x5b, 255]);
    expect(colour(colours(), 2)).toEqual([0xe5, 0x35, 0x2b, 255]);
    // Said nothing, and said it eleven seconds ago.
    expect(colour(colours(), 1)).toEqual([0x8b, 0x95, 0x9c, 90]);
    expect(colour(colours(), 3)).toEqual([0x8b, 0x95, 0x9c, 90]);
    // Seconds count from when they were said; none are written from a thousand metres up.
    expect(labels).toEqual([]);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('seconds are written where the eye is near', async () => {
    const { backend, feeds, labels, until, staged } = await bench();
    backend.view.pose = { ...backend.view.pose, lon: 117.49, lat: 30.66, height: 100 };
    feeds[0].sink.values({ name: 'state', ids: ['A/1', 'B/1'], values: new Float32Array([6, 3]), times: new Float64Array([NOW - 2, NOW]) });
    feeds[0].sink.values({ name: 'left', ids: ['A/1', 'B/1'], values: new Float32Array([12.4, 5]), times: new Float64Array([NOW - 2, NOW]) });
    await until(() => labels.length > 0);
    expect(labels.map(({ text, colour: each }) => [text, each])).toEqual([['11', '#17b45b'], ['5', '#e5352b']]);
    staged.detach();
  });

  test('a junction says its timing, delay, queues and the wave it is part of', async () => {
    const { card, feeds, staged } = await bench();
    feeds[0].sink.values({ name: 'state', ids: ['A/1'], values: new Float32Array([8]), times: new Float64Array([NOW - 1]) });
    feeds[0].sink.values({ name: 'left', ids: ['A/1'], values: new Float32Array([3]), times: new Float64Array([NOW - 1]) });
    feeds[0].sink.values({ name: 'queue', ids: ['A/1', 'A/3'], values: new Float32Array([4, 9]), times: new Float64Array([NOW - 1, NOW - 1]) });
    const found = (await card({ layer: 'subject', id: 'A', lon: 0, lat: 0, height: 0, depth: 0, properties: {} }))!;
    const value = (zh: string): unknown => found.rows.find((row) => row.label.zh === zh)?.value;
    expect(value('灯色')).toEqual({ zh: '黄灯，剩余 2 秒', en: 'amber, 2 s left' });
    expect(value('最长排队')).toBe(9);
    // Y = 600/1800 + 300/1800, C0 = (1.5·8 + 5) / (1 − 0.5)
    expect(value('关键流率比之和 Y')).toBe(0.5);
    expect(value('韦伯斯特最佳周期')).toBe(34);
    expect(found.diagram).toMatchObject({ cycle: 80, title: { zh: '长江路' }, signals: [{ here: true }, {}] });
    // 500 m at 12.5 m/s are half a cycle, and so is the offset: the whole green there and back.
    expect([found.diagram!.forward.width, found.diagram!.reverse.width]).toEqual([36, 36]);
    staged.detach();
  });

  test('says how it is in both languages, and hands out a table', async () => {
    const { feeds, staged, statuses, until } = await bench({ ...document_, junctions: [...document_.junctions, { id: 'X' }] });
    feeds[0].sink.values({ name: 'state', ids: ['A/1', 'Z/1'], values: new Float32Array([6, 6]), times: new Float64Array([NOW, NOW]) });
    feeds[0].sink.status(live);
    await until(() => statuses.at(-1)?.message?.zh.includes('1 / 2') ?? false);
    expect(statuses.at(-1)).toMatchObject({ state: 'live', message: { zh: '实时；1 / 2 个路口有信号数据；1 个编号不是本文件的灯组；略去 1 项（junction without id or place）；模拟信号，非真实数据' } });
    const result = staged.layer.result!() as JunctionsResult;
    expect(result.rows.map(({ level }) => level)).toEqual(['C', 'C']);
    expect(result.corridors).toEqual([{ id: 'w', name: '长江路', junctions: ['A', 'B'], cycle: 80, forward: 36, reverse: 36, efficiency: 0.45 }]);
    feeds[0].sink.status({ ...live, state: 'failed' });
    expect(statuses.at(-1)?.state).toBe('failed');
    staged.detach();
  });
});
