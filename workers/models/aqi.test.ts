import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeShared, hasShared, shared } from '../../tests/shared.ts';
import { airIndex, aqiClasses, aqiItemClasses, aqiStandardAt, iaqi, movingMean, realTimeIndex, type AqiItem, type AqiStandard } from './aqi.ts';

interface Cases {
  cases: (
    | { id: string; group: 'iaqi'; item: AqiItem; concentration: number; iaqi_2012: number | null; iaqi_2026: number | null }
    | { id: string; group: 'daily'; input: Partial<Record<AqiItem, number>>; out: Record<AqiStandard, { iaqi: object; aqi: number; level: number; name: string; primary: AqiItem[]; exceeding: AqiItem[] }> }
  )[];
}

describeShared('published cases of the air quality index', () => {
  const { cases } = JSON.parse(hasShared ? readFileSync(shared('domain/aqi-cases.json'), 'utf8') : '{"cases":[]}') as Cases;

  test.each(cases.map((one) => [one.id, one] as const))('%s', (_, one) => {
    if (one.group === 'iaqi') {
      expect([iaqi(one.item, one.concentration, 'HJ 633-2012'), iaqi(one.item, one.concentration, 'HJ 633-2026')]).toEqual([one.iaqi_2012, one.iaqi_2026]);
      return;
    }
    for (const standard of ['HJ 633-2012', 'HJ 633-2026'] as const) {
      const { iaqi: items, aqi, level, name, primary, exceeding } = one.out[standard];
      const index = airIndex(one.input, standard)!;
      expect({ iaqi: index.iaqi, aqi: index.aqi, level: index.level, name: index.name.zh }).toEqual({ iaqi: items, aqi, level, name });
      expect([index.primary.toSorted(), index.exceeding.toSorted()]).toEqual([primary.toSorted(), exceeding.toSorted()]);
    }
  });

  test('the tables are the published ones', () => {
    const { versions } = JSON.parse(readFileSync(shared('domain/aqi-breakpoints.json'), 'utf8')) as { versions: Record<AqiStandard, Record<AqiItem, number[]>> };
    const steps = [0, 50, 100, 150, 200, 300, 400, 500];
    for (const [standard, items] of Object.entries(versions) as [AqiStandard, Record<AqiItem, number[]>][])
      for (const [item, limits] of Object.entries(items) as [AqiItem, number[]][]) expect([item, limits.map((limit) => iaqi(item, limit, standard))]).toEqual([item, steps.slice(0, limits.length)]);
  });
});

describe('the air quality index', () => {
  test('is judged by the standard of its day', () => {
    expect(aqiStandardAt(Date.UTC(2026, 1, 28, 15, 59, 59) / 1000)).toBe('HJ 633-2012');
    expect(aqiStandardAt(Date.UTC(2026, 1, 28, 16) / 1000)).toBe('HJ 633-2026');
  });

  test('an hour goes by the 1 h limits, PM by the 24 h ones', () => {
    const index = realTimeIndex({ pm25: 60, o3: 200, no2: 100, so2: 10, co: 1.2 }, 'HJ 633-2026')!;
    expect(index.iaqi).toEqual({ PM25_24h: 100, O3_1h: 100, NO2_1h: 50, SO2_1h: 4, CO_1h: 12 });
    expect(index).toMatchObject({ aqi: 100, level: 2, primary: ['PM25_24h', 'O3_1h'], exceeding: [] });
    expect(realTimeIndex({ pm25: 60 }, 'HJ 633-2026', { pm25: 35 })?.aqi).toBe(50);
    expect(realTimeIndex({ so2: 801 }, 'HJ 633-2012')).toBeNull();
  });

  test('nothing measured is not zero', () => {
    expect(realTimeIndex({}, 'HJ 633-2026')).toBeNull();
    expect(realTimeIndex({ pm25: Number.NaN, so2: undefined }, 'HJ 633-2026')).toBeNull();
    expect([iaqi('CO_1h', -1, 'HJ 633-2026'), iaqi('CO_1h', Infinity, 'HJ 633-2026'), iaqi('CO_1h', 0, 'HJ 633-2026')]).toEqual([null, null, 0]);
  });

  test('a day’s mean needs 20 hours, one of eight hours six', () => {
    const hours = Array.from({ length: 24 }, (_, i) => 1000 + i);
    const values = hours.map((_, i) => (i < 4 ? Number.NaN : 10 + i));
    expect(movingMean(hours, values, 1023, 24)).toBeCloseTo(23.5, 10);
    expect(movingMean(hours, values.with(9, Number.NaN), 1023, 24)).toBeNaN();
    expect(movingMean(hours, values, 1023, 8)).toBeCloseTo(29.5, 10);
    expect(movingMean(hours, values, 1008, 8)).toBeNaN();
    expect(movingMean(hours, values, 1009, 8)).toBeCloseTo(16.5, 10);
  });

  test('six levels in the colours of the standard, also by one item’s concentration', () => {
    expect(aqiClasses()).toMatchObject({ limits: [50, 100, 150, 200, 300], inclusive: true, colours: ['#00e400', '#ffff00', '#ff7e00', '#ff0000', '#99004c', '#7e0023'] });
    expect(aqiItemClasses('PM25_24h', 'HJ 633-2026').limits).toEqual([35, 60, 115, 150, 250]);
    expect(aqiItemClasses('SO2_1h', 'HJ 633-2012')).toMatchObject({ limits: [150, 500, 650, 800], colours: { length: 5 } });
  });
});
