import { describe, expect, test } from 'vitest';
import { acknowledgePatch, alarmOrder, emptyDocument, insists, patched, type Alarm, type FeedSpec, type FeedStatus } from '#engine';
import type { AlertRule, PlacesOutput } from '#models';
import { analyse, type AnalysisInput } from '../../workers/analyses/index.ts';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { sensor, sensorLayer, type SensorResult } from './sensor.ts';

const NOW = 1_800_000_000;
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/sensors/#', decode: 'readings', staleAfter: 600 };
const columns: PlacesOutput = { ids: ['a1', 'a2'], names: ['老城空气站', '齐山空气站'], kinds: ['air-station', 'air-station'], ranks: new Float32Array(2), places: new Float64Array([117.49, 30.66, 20, 117.5, 30.66, 18]), total: 2 };
const rules: readonly AlertRule[] = [
  { id: 'pm', title: { zh: 'PM2.5 超标', en: 'PM2.5 high' }, severity: 'warning', item: 'pm25', when: { is: 'above', limit: 115, clear: 100 }, escalate: { after: 300, to: 'critical' } },
  { id: 'silent', title: { zh: '站点失联', en: 'No data' }, severity: 'info', when: { is: 'missing', for: 120 } },
];
const status: FeedStatus = { state: 'live', newest: NOW, ids: 2, stale: 0, ledger: { received: 0, applied: 0, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 }, reconnects: 0, issues: [], history: null };
const bench = (alerts: unknown = { rules }) => benchLayer(sensorLayer, { ...sensor({ url: 'city/city.json', feed }), options: { alerts } }, {
  files: { [CITY_URL]: CITY }, now: NOW,
  analyses: {
    places: (() => columns) as FakeAnalysis,
    alerts: ((input: AnalysisInput<'alerts'>) => analyse('alerts', structuredClone(input))) as unknown as FakeAnalysis,
  },
});
type Bench = Awaited<ReturnType<typeof bench>>;
const tell = ({ feeds }: Bench, id: string, pm25: number, time: number): void => feeds[0].sink.values({ name: 'pm25', ids: [id], values: new Float32Array([pm25]), times: new Float64Array([time]) });
const alarms = ({ staged }: Bench): readonly Alarm[] => (staged.layer.result!() as SensorResult).alarms;
const symbols = ({ backend }: Bench): string[] => backend.drawn.flatMap(({ batch }) => (batch.kind === 'points' && batch.symbol === 'alarm' ? [...batch.ids!] : []));

describe('alarms of a sensor layer', () => {
  test('are raised once, stand over their station, are acknowledged by a patch, and go when cleared', async () => {
    const made = await bench();
    tell(made, 'a1', 110, NOW - 60);
    tell(made, 'a1', 160, NOW - 30);
    tell(made, 'a2', 20, NOW - 30);
    await made.until(() => alarms(made).length === 1);
    const [alarm] = alarms(made);
    expect(alarm).toMatchObject({ id: `pm a1 ${(NOW - 30) * 1000}`, layer: 'subject', feature: 'a1', name: '老城空气站', severity: 'warning', escalated: false, value: '160 µg/m³', raised: NOW - 30, cleared: null, acknowledged: null, linkDown: false });
    await made.until(() => symbols(made).includes('a1') && made.labels.some(({ alarm: loud }) => loud));
    expect(made.labels.find(({ alarm: loud }) => loud)?.text).toEqual({ zh: '老城空气站 PM2.5 超标 · 160 µg/m³', en: '老城空气站: PM2.5 high · 160 µg/m³' });
    made.update({ options: { alerts: { rules, acknowledged: { [alarm.id]: { by: '值班员', at: NOW, note: '已派人' } } } } });
    expect(alarms(made)[0].acknowledged).toMatchObject({ by: '值班员', note: '已派人' });
    await made.until(() => !made.labels.some(({ alarm: loud }) => loud));
    expect(symbols(made)).toEqual(['a1']);
    tell(made, 'a1', 90, NOW);
    await made.until(() => symbols(made).length === 0);
    expect(alarms(made)[0].cleared).toBe(NOW);
    expect(made.feeds).toHaveLength(1);
    made.staged.detach();
    expect(leftOn(made.backend)).toEqual(NOTHING_LEFT);
  });

  test('one that nobody saw stays when it is over, and says so; a broken link says how old the word is', async () => {
    const made = await bench();
    tell(made, 'a1', 160, NOW - 50);
    tell(made, 'a1', 60, NOW - 20);
    made.feeds[0].sink.status({ ...status, state: 'failed' });
    await made.until(() => made.labels.some(({ alarm: loud }) => loud));
    expect(made.labels.find(({ alarm: loud }) => loud)?.text).toMatchObject({ zh: '老城空气站 PM2.5 超标 · 160 µg/m³ · 已恢复，未确认 · 最后已知 1 分钟前，链路中断' });
    expect(alarms(made)[0]).toMatchObject({ cleared: NOW - 20, linkDown: true, asOf: NOW - 20 });
    made.staged.detach();
  });

  test('a clock that is set raises what was raised then, and nothing of later', async () => {
    const made = await bench();
    const times = Float64Array.from({ length: 8 }, (_, i) => NOW - 4000 + 60 * i);
    const course = { pm25: { times, values: Float32Array.from([90, 130, 130, 90, 90, 140, 140, 140]) } };
    made.feeds[0].course = course;
    made.clock.set({ mode: 'paused', time: NOW - 4000 + 200, at: NOW, rate: 1 });
    await made.until(() => alarms(made).length === 2);
    expect(alarms(made).map(({ feature, raised, cleared, escalated }) => [feature, raised - NOW + 4000, cleared! - NOW + 4000, escalated])).toEqual([['a1', 60, 180, false], ['a2', 60, 180, false]]);
    made.clock.set({ mode: 'paused', time: NOW - 4000 + 1000, at: NOW, rate: 1 });
    await made.until(() => alarms(made).length === 6);
    const open = alarms(made).filter(({ feature, cleared }) => feature === 'a1' && cleared === null);
    // The limit from 300 s on, escalated after 300 s more; silence from 120 s after the last word.
    expect(open.map(({ title, raised, severity }) => [title.en, raised - NOW + 4000, severity])).toEqual([['PM2.5 high', 300, 'critical'], ['No data', 540, 'info']]);
    made.staged.detach();
  });

  test('rules that are none are said, and the layer goes on', async () => {
    const made = await bench({ rules: [{ ...rules[0], when: { is: 'above', limit: 10, clear: 20 } }] });
    expect(made.reports.map(({ code }) => code)).toEqual(['bad-input']);
    tell(made, 'a1', 160, NOW);
    await made.until(() => made.statuses.at(-1)!.message!.en.includes('could never be cleared'));
    expect(alarms(made)).toEqual([]);
    made.staged.detach();
  });
});

describe('a list of alarms', () => {
  const alarm = (id: string, more: Partial<Alarm> = {}): Alarm => ({ id, layer: 'sensor', title: { zh: '', en: '' }, feature: 'a1', name: '', lon: 0, lat: 0, height: 0, severity: 'warning', escalated: false, value: '', raised: 1, cleared: null, acknowledged: null, asOf: 1, linkDown: false, ...more });
  const seen = { by: 'x', at: 2, note: '' };

  test('has unseen ones first, then the worse, then the newer; what insists is unseen or still up', () => {
    const all = [alarm('old'), alarm('seen', { severity: 'critical', acknowledged: seen }), alarm('new', { raised: 5 }), alarm('worst', { severity: 'critical' })];
    expect(all.toSorted(alarmOrder).map(({ id }) => id)).toEqual(['worst', 'new', 'old', 'seen']);
    expect([alarm('a'), alarm('b', { cleared: 2 }), alarm('c', { acknowledged: seen }), alarm('d', { acknowledged: seen, cleared: 2 })].map(insists)).toEqual([true, true, true, false]);
  });

  test('is acknowledged in the document, the first time and after', () => {
    const document = { ...emptyDocument([117, 30]), layers: { sensor: { type: 'sensor', title: { zh: '', en: '' }, visible: true, opacity: 1, order: 1, options: { alerts: { rules: [] } } } } };
    const first = patched(document, acknowledgePatch(document, alarm('pm a/1 5'), seen)).document;
    const second = patched(first, acknowledgePatch(first, alarm('pm a2 6'), seen)).document;
    expect((second.layers.sensor.options!.alerts as { acknowledged: object }).acknowledged).toEqual({ 'pm a/1 5': seen, 'pm a2 6': seen });
  });
});
