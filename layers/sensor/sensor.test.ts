import { describe, expect, test } from 'vitest';
import { project } from '#geo';
import type { CardRow, FeedSpec, FeedStatus } from '#engine';
import { noiseZones, type PlacesInput, type PlacesOutput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis, type FakeFeed } from '../../tests/stage.ts';
import { withGaps } from './course.ts';
import { sensor, sensorLayer, type SensorResult } from './sensor.ts';

/** 2027-01-15 08:00 UTC, 16:00 in China. */
const NOW = 1_800_000_000;
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/sensors/#', decode: 'readings', staleAfter: 120 };
const columns: PlacesOutput = {
  ids: ['a1', 'a2', 'w1', 'n1'], names: ['老城空气站', '齐山空气站', '清溪水质站', '池阳大道噪声站'], kinds: ['air-station', 'air-station', 'water-station', 'noise-station'], ranks: new Float32Array(4),
  places: new Float64Array([117.49, 30.66, 20, 117.5, 30.66, 18, 117.48, 30.66, 10, 117.49, 30.67, 22]), total: 4,
};
const analyses = { places: ((input: PlacesInput) => (input.kinds?.includes('air-station') ? columns : null)) as unknown as FakeAnalysis };
const about = { source: { zh: '模拟', en: 'simulated' }, stations: { a2: { source: { zh: '北京东四站的数据', en: 'readings of Dongsi' } } } };
const ledger = { received: 9, applied: 9, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 };
const live: FeedStatus = { state: 'live', newest: NOW, ids: 4, stale: 0, ledger, reconnects: 0, issues: [], history: null };
const bench = (options: Partial<Parameters<typeof sensor>[0]> = {}, more: Parameters<typeof benchLayer>[2] = {}) =>
  benchLayer(sensorLayer, sensor({ url: 'city/city.json', feed, about: '/feeds/sensors.json', ...options }), { files: { [CITY_URL]: CITY, 'http://city.test/feeds/sensors.json': about }, analyses, now: NOW, ...more });

function tell(open: FakeFeed, id: string, values: Record<string, number>, time = NOW): void {
  for (const [name, value] of Object.entries(values)) open.sink.values({ name, ids: [id], values: new Float32Array([value]), times: new Float64Array([time]) });
}
const row = (rows: readonly CardRow[], en: string): CardRow | undefined => rows.find(({ label }) => label.en === en);
const zh = (value: CardRow['value'] | undefined): string => (typeof value === 'object' ? value.zh : String(value));
const hit = (id: string) => ({ layer: 'subject', id, lon: 0, lat: 0, height: 0, depth: 0, properties: {} });

describe('the sensor layer', () => {
  test('stands a symbol of its kind on a stem at every station, a ring where nothing is known', async () => {
    const { backend, feeds, staged, labels, until } = await bench();
    expect(feeds[0].spec.url).toBe('ws://city.test/mqtt');
    expect(feeds[0].wish).toMatchObject({ as: 'values', lag: 0 });
    const shown = (): string[] => backend.drawn.flatMap(({ batch }) => (batch.kind === 'points' ? batch.ids!.flatMap((id, i) => (batch.colours[4 * i + 3] > 0 ? [`${id} ${batch.symbol}`] : [])) : [])).toSorted();
    expect(shown()).toEqual(['a1 ring', 'a2 ring', 'n1 ring', 'w1 ring']);
    expect(labels.map(({ text }) => text)).toEqual(Array.from({ length: 4 }, () => ({ zh: '无数据', en: 'no data' })));
    tell(feeds[0], 'a1', { pm25: 75, so2: 0 });
    tell(feeds[0], 'w1', { DO: 5.2, CODMn: 5.1, NH3N: 1.32, TP: 0.19 });
    tell(feeds[0], 'n1', { laeq: 58.4 });
    await until(() => shown().includes('a1 air'));
    expect(shown()).toEqual(['a1 air', 'a2 ring', 'n1 noise', 'w1 water']);
    expect(labels.map(({ text }) => text)).toEqual(['114', { zh: '无数据', en: 'no data' }, 'Ⅳ', '58 dB']);
    const a1 = backend.drawn.find(({ batch }) => batch.kind === 'points' && batch.symbol === 'air')!.batch;
    expect(a1.kind === 'points' && [...a1.colours.subarray(0, 4)]).toEqual([255, 126, 0, 255]);
    staged.detach();
    expect(feeds[0].closed).toBe(true);
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('an old reading fades and wears its age, the worst is first, hidden labels go with the layer', async () => {
    const { feeds, staged, labels, until, update, statuses } = await bench();
    tell(feeds[0], 'a1', { pm25: 30 }, NOW - 14 * 60);
    tell(feeds[0], 'a2', { pm25: 160 });
    tell(feeds[0], 'stranger', { pm25: 1 });
    feeds[0].sink.status({ ...live, ledger: { ...ledger, rejected: 3 } });
    await until(() => labels.some(({ text }) => text === '210'));
    const ranks = Object.fromEntries(labels.map(({ text, rank }) => [typeof text === 'string' ? text : text.en, rank]));
    expect(ranks['210']).toBeGreaterThan(ranks['43 · 14 min']);
    expect(ranks['43 · 14 min']).toBeGreaterThan(ranks['no data']);
    const said = statuses.at(-1)!;
    expect(said).toMatchObject({ state: 'live', count: 4 });
    expect(said.message?.zh).toBe('实时；2 / 4 站有数据；1 站已过期；3 条拒收；1 个编号不是本城市的站点');
    expect(said.message?.en).toContain('1 of them too old');
    update({ visible: false });
    expect(labels).toHaveLength(0);
    staged.detach();
  });

  test('its card says items, sub-indices, standard, rule, age and source', async () => {
    const { feeds, staged, card } = await bench();
    tell(feeds[0], 'a2', { pm25: 60, pm10: 50, o3: 200, no2: 20, so2: 5, co: 0.84, windSpeed: 2.31, quality: 1 });
    const found = (await card(hit('a2')))!;
    expect(found).toMatchObject({ title: { zh: '齐山空气站' }, asOf: NOW, stale: false, source: { en: 'readings of Dongsi' } });
    expect([row(found.rows, 'AQI')?.value, row(found.rows, 'Level')?.value, row(found.rows, 'Primary pollutant')?.value]).toEqual([100, { zh: '良', en: 'Good' }, { zh: 'PM2.5、O₃', en: 'PM2.5, O₃' }]);
    expect(row(found.rows, 'CO')).toMatchObject({ value: 0.8, unit: 'mg/m³ · IAQI 8', group: { en: 'Readings' } });
    expect(row(found.rows, 'Wind speed')).toMatchObject({ value: 2.3, unit: 'm/s' });
    expect(row(found.rows, 'Standard')?.value).toBe('HJ 633-2026');
    expect(zh(row(found.rows, 'Rule')?.value)).toContain('PM2.5、PM10 的 1 小时均值按 24 小时限值');
    expect(row(found.rows, 'Readings are')?.value).toEqual({ zh: '模拟数据，非实测', en: 'simulated, not measured' });
    tell(feeds[0], 'a2', { pm25: Number.NaN }, NOW + 0.5);
    expect(row((await card(hit('a2')))!.rows, 'PM2.5')?.value).toEqual({ zh: '缺测', en: 'no value' });
    expect(row((await card(hit('a1')))!.rows, 'Air')?.value).toEqual({ zh: '无数据', en: 'no data' });
    expect(await card(hit('nobody'))).toBeNull();
    staged.detach();
  });

  test('a replay is judged by the standard of its day, and its card and chart show when it was', async () => {
    const { feeds, staged, card, statuses } = await bench();
    const hour = Date.UTC(2014, 0, 5, 3) / 3600_000;
    tell(feeds[0], 'a1', { pm25: 75, originHour: hour, quality: 2 });
    const times = Float64Array.from([NOW - 15, NOW - 10, NOW - 5, NOW]);
    feeds[0].course = { originHour: { times, values: Float32Array.from([hour + 9, hour - 2, hour - 1, hour]) }, pm25: { times, values: Float32Array.from([1, 70, Number.NaN, 75]) } };
    const found = (await card(hit('a1')))!;
    expect([row(found.rows, 'AQI')?.value, row(found.rows, 'Standard')?.value]).toEqual([100, 'HJ 633-2012']);
    expect(zh(row(found.rows, 'Readings are')?.value)).toContain('2014-01-05 11:00');
    const [aqi, pm25] = found.series!;
    expect([...aqi.times]).toEqual([(hour - 2) * 3600, (hour - 1) * 3600, hour * 3600]);
    expect([...aqi.values]).toEqual([94, Number.NaN, 100]);
    expect(pm25).toMatchObject({ unit: 'µg/m³', bands: [{ below: 35, colour: '#00e400' }, { below: 75 }, { below: 115 }, { below: 150 }, { below: 250 }, { below: Infinity, colour: '#7e0023' }] });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(statuses.at(-1)!.message?.en).toContain('measured at 2014-01-05 11:00 (UTC+8)');
    expect(staged.layer.legend()?.title.en).toContain('HJ 633-2012');
    staged.detach();
    const fixed = await bench({ standard: 'HJ 633-2026' });
    tell(fixed.feeds[0], 'a1', { pm25: 75, originHour: hour });
    expect(row((await fixed.card(hit('a1')))!.rows, 'AQI')?.value).toBe(114);
    fixed.staged.detach();
  });

  test('moving means of the report stand on the card once enough hours are known', async () => {
    const { feeds, staged, card } = await bench();
    tell(feeds[0], 'a1', { pm25: 75, o3: 100 });
    const times = Float64Array.from({ length: 60 }, (_, i) => NOW - (59 - i) * 1800);
    const hourlyPm = Float64Array.from(times, (time) => 10 + (Math.floor(time / 3600) % 30));
    feeds[0].course = { pm25: { times, values: Float32Array.from(hourlyPm) }, o3: { times: times.slice(-8), values: new Float32Array(8).fill(100) } };
    const found = (await card(hit('a1')))!;
    const last = Math.floor(NOW / 3600);
    const expected = Array.from({ length: 24 }, (_, i) => 10 + ((last - i) % 30)).reduce((a, b) => a + b, 0) / 24;
    expect(row(found.rows, 'PM2.5 (24 h)')).toMatchObject({ value: Math.round(expected), group: { en: 'Moving means of the report' } });
    expect(row(found.rows, 'O₃ (8 h)')).toBeUndefined();
    staged.detach();
  });

  test('noise is judged by its zone and hour, and not at all without a zone', async () => {
    const { feeds, staged, card } = await bench();
    tell(feeds[0], 'n1', { laeq: 73.2, zone: noiseZones.indexOf('4a') });
    const judged = (await card(hit('n1')))!;
    expect(row(judged.rows, 'Judged')?.value).toMatchObject({ zh: '超标 3.2 dB（4a类区昼间限值 70 dB）' });
    tell(feeds[0], 'n1', { zone: Number.NaN }, NOW + 0.5);
    expect(row((await card(hit('n1')))!.rows, 'Judged')?.value).toMatchObject({ en: 'Zone unknown, not judged' });
    staged.detach();
  });

  test('follows the clock: nothing of the future is shown', async () => {
    const { feeds, clock, staged, labels, until } = await bench();
    tell(feeds[0], 'a1', { pm25: 75 });
    await until(() => labels.some(({ text }) => text === '114'));
    clock.set({ mode: 'paused', time: NOW - 600, at: NOW, rate: 1 });
    await until(() => !labels.some(({ text }) => text === '114'));
    tell(feeds[0], 'a1', { pm25: 35 }, NOW - 610);
    await until(() => labels.some(({ text }) => text === '50'));
    staged.detach();
  });

  test('offers values by id, answers with a table, and is picked by its symbol', async () => {
    const { feeds, staged, values, until, pick } = await bench();
    tell(feeds[0], 'a1', { pm25: 30 });
    tell(feeds[0], 'a2', { pm25: 160.1 });
    await until(() => values.names().includes('subject.pm25'));
    const { rows } = staged.layer.result!() as SensorResult;
    expect(rows.map(({ id, value }) => [id, value])).toEqual([['a2', 210], ['a1', 43], ['w1', null], ['n1', null]]);
    expect(rows[0]).toMatchObject({ items: { pm25: 160.1 }, primary: ['pm25'], level: { en: 'Heavily polluted' }, stale: false });
    const board = values.for('test', new AbortController().signal);
    expect([...board.of('subject.aqi')!.values]).toEqual([43, 210, Number.NaN, Number.NaN]);
    const ask = pick(0, 0);
    const point = project(ask.clip({ lon: 117.5, lat: 30.66, height: 18 + 44 }), ask.width, ask.height, 0, 0, 0, new Float64Array(3));
    expect(await staged.layer.pick!({ ...ask, x: point[0] + 5, y: point[1] })).toMatchObject({ id: 'a2', properties: { kind: 'air', name: '齐山空气站' } });
    expect(await staged.layer.pick!({ ...ask, x: point[0] + 60, y: point[1] })).toBeNull();
    expect(staged.layer.extent()).toMatchObject({ west: 117.48, east: 117.5 });
    expect(await staged.layer.digest!(NOW)).toMatch(/^[0-9a-f]{64}$/u);
    expect(staged.layer.legend()?.entries).toHaveLength(6 + 5 + 3 + 1);
    staged.detach();
  });

  test('symbols that lie over one another are one, the worst, with the count; the chosen one comes before others', async () => {
    const { backend, feeds, staged, labels, until, update } = await bench();
    // From so far away, all stations of the city lie within some pixels.
    await backend.look({ lon: 117.49, lat: 30.66, height: 400_000, heading: 0, pitch: -90, roll: 0 }, 0);
    tell(feeds[0], 'a1', { pm25: 160 });
    tell(feeds[0], 'a2', { pm25: 30 });
    await until(() => labels.some(({ text }) => typeof text === 'object' && text.zh === '210 · 2 站'));
    expect(labels.map(({ text }) => (typeof text === 'string' ? text : text.en))).toEqual(['210 · 2 stations', 'no data', 'no data']);
    const seen = backend.drawn.flatMap(({ batch }) => (batch.kind === 'points' ? batch.ids!.filter((_, i) => batch.colours[4 * i + 3] > 0) : []));
    expect(seen.toSorted()).toEqual(['a1', 'n1', 'w1']);
    update({}, { selection: { layer: 'subject', id: 'w1' } });
    await until(() => labels.some(({ selected }) => selected));
    expect(labels.filter(({ selected }) => selected)).toHaveLength(1);
    staged.detach();
  });

  test('a kind of its own is data: symbol, verdict, thresholds on the card, bands on the chart, words in the legend', async () => {
    const defined = {
      kinds: { 'dust-station': { title: { zh: '扬尘', en: 'Dust' }, symbol: 'diamond', standard: 'DB31/T 964', items: [{ name: 'tsp', title: { zh: 'TSP', en: 'TSP' }, unit: 'mg/m³', digits: 2, levels: [{ at: 0.8, colour: '#c8202c', label: { zh: '超标', en: 'Over' }, severity: 0.7 }] }] } },
      stations: [{ id: 'd1', name: '工地', kind: 'dust-station', lon: 117.492, lat: 30.661 }, { id: 'r1', name: '西环大桥', kind: 'river-level-station', lon: 117.495, lat: 30.668, thresholds: { warningLevel: 13 } }],
      thresholds: { r1: { guaranteeLevel: 14.5 } },
    };
    const { backend, feeds, staged, labels, until, card } = await bench({ defined });
    tell(feeds[0], 'd1', { tsp: 0.91 });
    tell(feeds[0], 'r1', { waterLevel: 14.62 });
    await until(() => labels.some(({ text }) => text === '14.62 m'));
    expect(labels.map(({ text }) => text)).toContain('0.91 mg/m³');
    expect(backend.drawn.some(({ batch }) => batch.kind === 'points' && batch.symbol === 'diamond' && batch.colours[3] === 255 && batch.colours[0] === 0xc8)).toBe(true);
    feeds[0].course = { waterLevel: { times: Float64Array.from([NOW - 60, NOW]), values: Float32Array.from([12.9, 14.62]) } };
    const river = (await card(hit('r1')))!;
    expect(row(river.rows, 'Class')?.value ?? row(river.rows, 'Judged')?.value).toMatchObject({ zh: '超保证水位' });
    expect(row(river.rows, 'Water level')).toMatchObject({ value: { zh: '14.62 m · 超保证水位' }, group: { en: 'Readings' } });
    expect(river.rows.filter(({ group }) => group?.en === 'Thresholds').map(({ value, unit }) => [value, unit])).toEqual([[13, 'm'], [14.5, 'm']]);
    expect(river.series![0].bands!.map(({ below }) => below)).toEqual([13, 14.5, Infinity]);
    const legend = staged.layer.legend()!;
    expect(legend.title.zh).toContain('扬尘 DB31/T 964');
    expect(legend.entries.map(({ label }) => label.zh)).toEqual(expect.arrayContaining(['扬尘 超标', '河道水位 超保证水位', '河道水位 正常']));
    staged.detach();
    const wrong = await bench({ defined: { stations: [{ id: 'x', name: 'x', kind: 'nothing', lon: 1, lat: 2 }] } });
    expect(wrong.staged.status.state).toBe('failed');
    expect(wrong.reports[0].message).toContain('Station 1 (x) needs an id, lon, lat and a kind that is known: air-station,');
  });

  test('says what is missing: places, stations, its feed, the word on its source', async () => {
    const { places: _places, ...others } = CITY.layers;
    const none = await bench({}, { files: { [CITY_URL]: { ...CITY, layers: others } } });
    expect(none.staged.status.state).toBe('failed');
    expect(none.reports[0].message).toContain('There are no places in the data');
    const empty = await bench({}, { analyses: { places: (() => ({ ...columns, kinds: columns.kinds.map(() => 'school') })) as FakeAnalysis }, files: { [CITY_URL]: CITY } });
    expect(empty.staged.status.message?.en).toContain('no stations in the data');
    expect(empty.staged.status.message?.en).toContain('could not be read');
    expect([empty.staged.layer.legend(), empty.staged.layer.extent()]).toEqual([null, null]);
    empty.feeds[0].sink.status({ ...live, state: 'failed', issues: [{ code: 'network', severity: 'error', message: 'The broker refuses.' }] });
    empty.feeds[0].sink.status({ ...live, state: 'failed', reconnects: 2, issues: [{ code: 'network', severity: 'error', message: 'The broker refuses.' }] });
    expect(empty.reports.map(({ code }) => code)).toEqual(['feed-failed']);
    empty.staged.detach();
    const bare = await bench({ feed: undefined });
    await expect(bare.staged.layer.recording!()).rejects.toMatchObject({ code: 'unsupported' });
    bare.staged.detach();
  });

  test('a chart leaves a gap where readings are missing', () => {
    const found = withGaps({ times: Float64Array.from([0, 10, 20, 90, 100]), values: Float32Array.from([1, 2, 3, 4, 5]) });
    expect([[...found.times], [...found.values]]).toEqual([[0, 10, 20, 30, 90, 100], [1, 2, 3, Number.NaN, 4, 5]]);
  });
});
