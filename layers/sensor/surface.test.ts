import { describe, expect, test } from 'vitest';
import type { FeedSpec } from '#engine';
import type { PlacesOutput, SurfaceInput } from '#models';
import { analyse, type AnalysisInput } from '../../workers/analyses/index.ts';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { sensor, sensorLayer, type SensorResult } from './sensor.ts';

const NOW = 1_800_000_000;
const COUNT = 12;
const feed: FeedSpec = { transport: 'mqtt', url: '/mqtt', topic: 'city/sensors/#', decode: 'readings', staleAfter: 120 };
const ids = Array.from({ length: COUNT }, (_, i) => `a${i}`);
const columns: PlacesOutput = {
  ids, names: ids, kinds: ids.map(() => 'air-station'), ranks: new Float32Array(COUNT), total: COUNT,
  places: Float64Array.from({ length: 3 * COUNT }, (_, i) => (i % 3 === 2 ? 20 : i % 3 === 0 ? 117.45 + 0.02 * (Math.floor(i / 3) % 4) : 30.62 + 0.02 * Math.floor(i / 12))),
};
const readings = Float32Array.from(ids, (_, i) => 30 + 6 * i);

/** The layer with the real analysis, on flat ground. */
const bench = (surface: unknown, calls: SurfaceInput[] = []) => benchLayer(sensorLayer, { ...sensor({ url: 'city/city.json', feed }), options: { surface } }, {
  files: { [CITY_URL]: CITY }, now: NOW,
  analyses: {
    places: (() => columns) as FakeAnalysis,
    surface: ((input: SurfaceInput, { signal }: { signal?: AbortSignal }) => {
      calls.push(input);
      return analyse('surface', { ...input, dem: null, cells: Math.min(40, input.cells!) } as AnalysisInput<'surface'>, { signal });
    }) as unknown as FakeAnalysis,
  },
});
type Bench = Awaited<ReturnType<typeof bench>>;
const tell = ({ feeds }: Bench, name: string, values: Float32Array, time = NOW): void => feeds[0].sink.values({ name, ids: ids.slice(0, values.length), values, times: new Float64Array(values.length).fill(time) });
const meshes = ({ backend }: Bench) => backend.drawn.filter(({ batch }) => batch.kind === 'mesh');

describe('the surface of a sensor layer', () => {
  test('is asked for coarse and fine, drawn under its lines, and said in the legend with its figures', async () => {
    const calls: SurfaceInput[] = [];
    const made = await bench({ item: 'pm25' }, calls);
    expect(made.staged.status.message?.zh).toContain('只有 0 站有新数据');
    tell(made, 'pm25', readings);
    await made.until(() => calls.length === 2 && meshes(made).length === 1);
    expect(calls.map(({ cells }) => cells)).toEqual([48, 320]);
    expect(calls[0]).toMatchObject({ values: [...readings], method: 'kriging', show: 'value', paint: { classes: { limits: [35, 60, 115, 150, 250] } } });
    expect(made.feeds).toHaveLength(1);
    const lines = made.backend.drawn.find(({ batch }) => batch.kind === 'lines')!;
    expect(lines.order).toBeGreaterThan(meshes(made)[0].order);
    const legend = made.staged.layer.legend()!;
    expect(legend.title.zh).toMatch(/^PM2\.5 分布，截至 2027-01-15 16:00（UTC\+8）；普通克里金（.+模型，变程参数 .+ km）；留一检验 12 站：平均误差 .+ µg\/m³，.+95% 区间覆盖 \d+%；站点：/u);
    expect(legend.entries[0].label).toEqual({ zh: '≤ 35　优', en: '≤ 35: excellent' });
    expect((made.staged.layer.result!() as SensorResult).surface).toMatchObject({ item: 'pm25', method: 'kriging', stations: 12, asOf: NOW, check: { count: 12 } });
    made.update({ options: { surface: null } });
    await made.until(() => meshes(made).length === 0);
    expect(made.feeds[0].closed).toBe(false);
    expect((made.staged.layer.result!() as SensorResult).surface).toBeNull();
    made.staged.detach();
    expect(leftOn(made.backend)).toEqual(NOTHING_LEFT);
  });

  test('follows a clock that is set, and leaves a running one alone for a while', async () => {
    const calls: SurfaceInput[] = [];
    const made = await bench({ item: 'pm25' }, calls);
    tell(made, 'pm25', readings);
    await made.until(() => calls.length === 2);
    tell(made, 'pm25', readings.map((value) => value + 20), NOW + 0.4);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(calls).toHaveLength(2);
    tell(made, 'pm25', readings.map((value) => value - 10), NOW - 50);
    made.clock.set({ mode: 'paused', time: NOW - 40, at: NOW, rate: 1 });
    await made.until(() => calls.length === 3);
    expect(calls[2].values).toEqual(Array.from(readings, (value) => value - 10));
    made.staged.detach();
  });

  test('of AQI goes by the judged stations; its error is another picture; what cannot be drawn is said', async () => {
    const made = await bench({ item: 'aqi' });
    tell(made, 'pm25', readings);
    await made.until(() => made.staged.layer.legend()!.title.zh.startsWith('AQI 分布'));
    expect(made.staged.layer.legend()!.entries[1].label.zh).toBe('50–100　良');
    made.update({ options: { surface: { item: 'pm25', show: 'error', lines: false } } });
    await made.until(() => made.staged.layer.legend()!.title.zh.startsWith('PM2.5 插值标准差'));
    expect(made.backend.drawn.some(({ batch }) => batch.kind === 'lines')).toBe(false);
    made.update({ options: { surface: { item: 'pm25', method: 'distance', show: 'error' } } });
    await made.until(() => made.staged.status.message!.en.includes('choose kriging'));
    made.update({ options: { surface: { item: 'DO' } } });
    await made.until(() => made.staged.status.message!.zh.includes('水质不在陆地上插值'));
    made.update({ options: { surface: {} } });
    await made.until(() => made.staged.status.message!.en.includes('names no item'));
    expect(meshes(made)).toHaveLength(0);
    expect(made.reports).toEqual([]);
    made.staged.detach();
  });

  test('has only fresh readings in it', async () => {
    const calls: SurfaceInput[] = [];
    const made = await bench({ item: 'pm25' }, calls);
    tell(made, 'pm25', readings, NOW - 900);
    tell(made, 'pm25', readings.slice(0, 5));
    await made.until(() => calls.length > 0);
    expect(calls[0].values).toHaveLength(5);
    await made.until(() => made.staged.layer.legend()!.title.zh.includes('站点少于 10 个'));
    made.staged.detach();
  });
});
