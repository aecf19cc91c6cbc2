import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { BUILT_IN_KINDS, judgeThresholds, levelOf, readSensorKinds, thresholdNames, type SensorKind } from './sensor-kinds.ts';

const { 'rain-station': rain, 'river-level-station': river, 'structure-station': structure } = BUILT_IN_KINDS;
const label = (kind: SensorKind, values: Record<string, number>): string | undefined => judgeThresholds(kind, values)?.label.zh;

describe('kinds of stations as data', () => {
  test.each([[0, '无降雨或微量降雨'], [0.1, '小雨'], [9.9, '小雨'], [10, '中雨'], [24.9, '中雨'], [25, '大雨'], [49.9, '大雨'], [50, '暴雨'], [99.9, '暴雨'], [100, '大暴雨'], [249.9, '大暴雨'], [250, '特大暴雨']] as const)('%d mm in 24 h are %s (GB/T 28592)', (mm, word) => {
    expect(label(rain, { rain24: mm })).toBe(word);
  });

  test.each([[4.9, '小雨'], [5, '中雨'], [15, '大雨'], [30, '暴雨'], [70, '大暴雨'], [140, '特大暴雨']] as const)('%d mm in 12 h are %s', (mm, word) => {
    expect(label(rain, { rain12: mm })).toBe(word);
  });

  test('the worst item decides; a river is judged by its own two levels, and not without them', () => {
    expect(judgeThresholds(rain, { rain24: 30, rain12: 31 })).toMatchObject({ label: { zh: '暴雨' }, items: { rain24: { zh: '大雨' }, rain12: { zh: '暴雨' } } });
    expect(label(river, { waterLevel: 13.2, warningLevel: 13, guaranteeLevel: 14.5 })).toBe('超警戒水位');
    expect(label(river, { waterLevel: 14.5, warningLevel: 13, guaranteeLevel: 14.5 })).toBe('超保证水位');
    expect(label(river, { waterLevel: 12.99, warningLevel: 13, guaranteeLevel: 14.5 })).toBe('正常');
    expect(label(river, { waterLevel: 13.2, guaranteeLevel: 14.5 })).toBe('正常');
    expect(judgeThresholds(river, { waterLevel: 99 })).toMatchObject({ level: -2, label: { zh: '没有阈值，不作评价' }, items: {} });
    expect(judgeThresholds(river, { warningLevel: 13 })).toBeNull();
    expect(label(structure, { crack: 0.31, crackWarning: 0.2, crackLimit: 0.3 })).toBe('超控制值');
    expect(thresholdNames(river)).toEqual(['warningLevel', 'guaranteeLevel']);
  });

  test('a value never means less for being worse, rising or falling', () => {
    const levels = [1, 2, 3].map((at) => ({ at, colour: '#112233', label: { zh: '', en: '' }, severity: at / 4 }));
    const item = { name: 'x', title: { zh: '', en: '' }, unit: '', digits: 0 };
    fc.assert(fc.property(fc.double({ min: -5, max: 9, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true }), (value, more) => {
      expect(levelOf({ ...item, levels }, value + more, {})).toBeGreaterThanOrEqual(levelOf({ ...item, levels }, value, {}));
      const falling = { ...item, falling: true, levels: levels.toReversed() };
      expect(levelOf(falling, value - more, {})).toBeGreaterThanOrEqual(levelOf(falling, value, {}));
    }));
  });

  test('a definition is read, or refused with the place and what to do', () => {
    const dust = { title: { zh: '扬尘', en: 'Dust' }, items: [{ name: 'tsp', title: { zh: 'TSP', en: 'TSP' }, unit: 'mg/m³', digits: 2, levels: [{ at: 0.8, colour: '#c8202c', label: { zh: '超标', en: 'Over' }, severity: 0.7 }] }] };
    expect(label(readSensorKinds({ 'dust-station': dust })['dust-station'], { tsp: 0.81 })).toBe('超标');
    expect(readSensorKinds(undefined)).toBe(BUILT_IN_KINDS);
    const refused = (input: unknown, message: string): void => expect(() => readSensorKinds(input)).toThrow(message);
    const [item] = dust.items;
    refused([], 'are an object');
    refused({ dust: null }, '“dust” needs a title');
    refused({ dust: { ...dust, items: [] } }, '“dust” needs items');
    refused({ dust: { ...dust, items: [{ ...item, name: '' }] } }, 'Item 1 of the kind “dust” has no name');
    refused({ dust: { ...dust, items: [{ ...item, digits: 1.5 }] } }, '(tsp) needs digits');
    refused({ dust: { ...dust, items: [{ ...item, levels: [{ ...item.levels[0], colour: 'red' }] }] } }, '(tsp) has a level 1 that is none');
    refused({ dust: { ...dust, items: [{ ...item, levels: [item.levels[0], { ...item.levels[0], at: 0.2 }] }] } }, 'out of order');
  });

  test('every built-in kind is one itself', () => {
    expect(Object.keys(readSensorKinds(structuredClone(BUILT_IN_KINDS)))).toEqual(Object.keys(BUILT_IN_KINDS));
  });
});

describeShared('real gauges', () => {
  test('a USGS stage in feet is a kind of its own, written as data', () => {
    const rows = readFileSync(shared('data/sensors/hydrology/waterservices_iv.txt'), 'utf8');
    const start = rows.indexOf('{');
    const { value: { timeSeries } } = JSON.parse(rows.slice(start)) as { value: { timeSeries: { name: string; values: { value: { value: string }[] }[] }[] } };
    const kind = readSensorKinds({ 'usgs-gauge': { title: { zh: '水文站', en: 'Gauge' }, items: [{ name: 'stage', title: { zh: '水位', en: 'Gage height' }, unit: 'ft', digits: 2, levels: [{ at: 'actionStage', colour: '#f2c230', label: { zh: '达行动水位', en: 'Action stage' }, severity: 0.5 }] }] } })['usgs-gauge'];
    const stages = timeSeries.filter(({ name }) => name.includes(':00065:')).map(({ values }) => values[0].value.map(({ value }) => Number(value)));
    expect(stages.map((list) => list.length)).toEqual([5, 5]);
    expect(stages[0].map((stage) => label(kind, { stage, actionStage: 6.46 }))).toEqual(['达行动水位', '达行动水位', '达行动水位', '正常', '正常']);
    expect(stages[1].map((stage) => label(kind, { stage, actionStage: 6.46 }))).toEqual(Array.from({ length: 5 }, () => '正常'));
  });
});
