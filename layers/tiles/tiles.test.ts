import { describe, expect, test } from 'vitest';
import type { Rule, StyleTexture } from '#engine';
import type { FeaturesInput, StyleInput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, TILESET, type FakeAnalysis } from '../../tests/stage.ts';
import { tiles, tilesLayer } from './tiles.ts';

const FEATURES = 'http://city.test/city/features.json';
const rule: Rule = { by: 'property', key: 'height', classes: { limits: [24, 100], colours: ['#111111', '#222222', '#333333'] } };
const files = { [CITY_URL]: CITY, 'http://city.test/city/tileset.json': TILESET, 'http://else.test/tileset.json': TILESET };
const rows = [0, 1, 2].map((number) => ({ number, id: `b${number}`, properties: { id: `b${number}`, name: number === 1 ? '广济楼' : '', use: 'office', height: 30.04 + number, storeys: 10, address: '秀山路 1 号', lon: 117.49, lat: 30.66 } }));

/** Answers with the key of the rule's first colour and the number of marks, so that a test sees which question was answered. */
const style: FakeAnalysis = ((input: StyleInput) => {
  const data = new Uint8Array(12);
  data[0] = input.marks?.length ?? 0;
  data[1] = input.joined?.ids.length ?? 0;
  data[2] = Number.parseInt(input.rule?.classes?.colours[0].slice(1, 3) ?? '0', 16);
  return { texture: { width: 3, height: 1, data } satisfies StyleTexture, legend: input.rule ? { title: { zh: '高度', en: 'Height' }, unit: 'm', entries: [] } : null, counts: { total: 3, shown: 3 - (input.filter.length ? 1 : 0), coloured: 3, unknown: 0 } };
}) as FakeAnalysis;
const features: FakeAnalysis = ((input: FeaturesInput) => {
  const found = rows.filter((row) => input.ids?.includes(row.id) || [...(input.numbers ?? [])].includes(row.number));
  return { rows: found, matched: found.length, total: 3 };
}) as FakeAnalysis;
const bench = (options: Partial<Parameters<typeof tiles>[0]> = {}, more: Parameters<typeof benchLayer>[2] = {}) =>
  benchLayer(tilesLayer, tiles({ url: 'city/city.json', ...options }), { files, analyses: { style, features }, ...more });

describe('the tiles layer', () => {
  test('shows a city folder and says what its data are', async () => {
    const { backend, staged } = await bench();
    expect(backend.tilesets[0].source).toMatchObject({ url: 'http://city.test/city/tileset.json', features: 3, order: 3 });
    expect(backend.tilesets[0].texture).toBeNull();
    expect(staged.status).toMatchObject({ state: 'ready', count: 3, message: { zh: '合成城市，非真实数据', en: 'synthetic city, not real data' } });
    expect(staged.layer.extent()).toEqual({ west: 117.45, south: 30.63, east: 117.53, north: 30.69, top: 120 });
    expect(staged.layer.result?.()).toMatchObject({ count: 3, date: '2024-05-01', cimLevel: 'CIM2', synthetic: true });
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('says what the data lack', async () => {
    const lacking = { ...CITY, synthetic: false, heightDatum: 'unknown', missing: ['roads', 'terrain'] };
    const { staged } = await bench({}, { files: { ...files, [CITY_URL]: lacking } });
    expect(staged.status.message).toEqual({ zh: '数据中没有道路、地形；高程基准未知', en: 'no roads, no terrain in the data; unknown height datum' });
    staged.detach();
  });

  test('fails with one sentence without buildings, and for a catalogue that is none', async () => {
    const { buildings: _, ...others } = CITY.layers;
    const empty = await bench({}, { files: { ...files, [CITY_URL]: { ...CITY, layers: others } } });
    expect(empty.staged.status).toMatchObject({ state: 'failed', message: { en: expect.stringContaining('no buildings in the data') } });
    expect(empty.reports.map((error) => error.code)).toEqual(['not-found']);
    const broken = await bench({}, { files: { [CITY_URL]: { layers: {}, bounds: [1, 2] } } });
    expect(broken.reports.map((error) => error.code)).toEqual(['bad-input']);
    expect(leftOn(broken.backend)).toEqual(NOTHING_LEFT);
  });

  test('colours by rule, hides by filter, and goes back to its own look', async () => {
    const { backend, staged, update, until, changes, calls } = await bench({ rule });
    await until(() => backend.tilesets[0].texture?.data[2] === 0x11);
    expect(staged.layer.legend()?.title.en).toBe('Height');
    const before = changes();
    update({ filter: [{ key: 'height', is: '>', value: 20 }] });
    await until(() => staged.status.count === 2);
    expect(staged.status.message?.en).toContain('2 of 3 buildings pass the filter');
    const asked = calls.length;
    update({ opacity: 0.3 }, { light: 'night' });
    expect(calls).toHaveLength(asked);
    update({ rule: null, filter: [], options: { hidden: [2, -1, 'x'] } });
    await until(() => (calls.at(-1)!.input as StyleInput).hidden?.length === 1);
    update({ options: {} });
    await until(() => backend.tilesets[0].texture === null);
    expect(staged.layer.legend()).toBeNull();
    expect(changes()).toBe(before + 1);
    staged.detach();
  });

  test('only the newest rule counts, and the older run is cancelled', async () => {
    const release: (() => void)[] = [];
    const slow: FakeAnalysis = ((input: StyleInput) => new Promise((resolve) => { release.push(() => resolve((style as unknown as (input: StyleInput) => unknown)(input))); })) as FakeAnalysis;
    const { backend, staged, update, until, calls, reports } = await bench({ rule }, { analyses: { style: slow, features } });
    await until(() => release.length === 1);
    update({ rule: { ...rule, classes: { limits: [], colours: ['#444444'] } } });
    update({ rule: { ...rule, classes: { limits: [], colours: ['#555555'] } } });
    const first = calls.find((call) => call.name === 'style');
    expect(first?.signal?.aborted).toBe(true);
    release[0]();
    await until(() => release.length === 2);
    release[1]();
    await until(() => backend.tilesets[0].texture?.data[2] === 0x55);
    expect(release).toHaveLength(2);
    expect(reports).toEqual([]);
    staged.detach();
  });

  test('joins live values and follows them', async () => {
    const { backend, staged, values, until } = await bench({ rule: { ...rule, by: 'join', key: 'load' } });
    await until(() => backend.tilesets[0].texture?.data[1] === 0);
    const other = values.for('other', new AbortController().signal);
    other.offer('load', ['b0', 'b2'], new Float32Array([1, 2]));
    await until(() => backend.tilesets[0].texture?.data[1] === 2);
    staged.detach();
  });

  test('paints the marks of other layers and its own selection', async () => {
    const { backend, staged, marks, update, until } = await bench();
    marks.for('incident', new AbortController().signal).set(FEATURES, [{ numbers: new Uint32Array([0, 2]), colour: '#ff0000', strength: 0.8 }]);
    await until(() => backend.tilesets[0].texture?.data[0] === 1);
    update({}, { selection: { layer: 'subject', id: 'b1' } });
    await until(() => backend.tilesets[0].texture?.data[0] === 2);
    expect([...marks.for('x', new AbortController().signal).of(FEATURES).at(-1)!.numbers]).toEqual([1]);
    update({}, { selection: { layer: 'another', id: 'b1' } });
    await until(() => backend.tilesets[0].texture?.data[0] === 1);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('a pick has the id and the card what the data say', async () => {
    const { backend, staged, pick, card } = await bench();
    const surface = { lon: 117.49, lat: 30.66, height: 12, feature: { tiles: backend.tilesets[0], number: 1, properties: {} } };
    const hit = await staged.layer.pick!({ ...pick(640, 360), surface: async () => surface });
    expect(hit).toMatchObject({ id: 'b1', lon: 117.49, height: 12 });
    expect(hit!.depth).toBeCloseTo(1988, 3);
    const shown = await card(hit!);
    expect(shown).toMatchObject({ title: { zh: '广济楼' }, asOf: Date.parse('2024-05-01') / 1000, source: { en: 'synthetic: seed 7' } });
    expect(shown!.rows).toContainEqual({ label: { zh: '高度', en: 'Height' }, value: 31, unit: 'm' });
    expect(shown!.rows).toContainEqual({ label: { zh: '用途', en: 'Use' }, value: { zh: '办公', en: 'office' } });
    expect(await staged.layer.pick!({ ...pick(1, 1), surface: async () => ({ ...surface, feature: null }) })).toBeNull();
    expect((await card({ ...hit!, id: 'b2', properties: {} }))?.title.en).toBe('秀山路 1 号');
    staged.detach();
  });

  test('shows a tileset that is not ours with its own columns', async () => {
    const { backend, staged, pick, card } = await bench({ url: 'http://else.test/tileset.json' });
    expect(backend.tilesets[0].source.features).toBe(0);
    const extent = staged.layer.extent()!;
    expect(extent.north).toBeCloseTo(500 / 110574, 4);
    expect(extent.top).toBeCloseTo(500, 3);
    const surface = { lon: 0, lat: 0, height: 0, feature: { tiles: backend.tilesets[0], number: 9, properties: { gml: 'x7', walls: 4 } } };
    const hit = await staged.layer.pick!({ ...pick(640, 360), surface: async () => surface });
    expect((await card(hit!))?.rows).toContainEqual({ label: { zh: 'walls', en: 'walls' }, value: 4 });
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });
});
