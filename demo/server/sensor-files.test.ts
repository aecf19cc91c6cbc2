import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { checkSensorFile, chineseName, readSensorFile } from './sensor-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'citymirror-series-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (text: string, name = 'series.csv'): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const HEAD = '"No","year","month","day","hour","PM2.5","CO","wd","station"';

describe('series of stations', () => {
  test('Beijing time becomes UTC, CO in µg/m³ becomes mg/m³, NA stays a gap', () => {
    const series = readSensorFile(file(`${HEAD}\r\n1,2013,3,1,0,4,300,"NNW","Dongsi"\r\n2,2013,3,1,1,NA,NA,NA,"Dongsi"\r\n`));
    expect([...series.hours]).toEqual([Date.UTC(2013, 1, 28, 16) / 3600_000, Date.UTC(2013, 1, 28, 17) / 3600_000]);
    expect(series).toMatchObject({ station: 'Dongsi', rows: 2, skipped: {}, missing: { pm25: 1, co: 1, windFrom: 1 }, unreadable: {} });
    expect([[...series.items.pm25], [...series.items.co], series.items.windFrom[0]]).toEqual([[4, Number.NaN], [Math.fround(0.3), Number.NaN], 337.5]);
    expect(chineseName('Dongsi')).toBe('东四');
  });

  test('bad rows and cells are counted and left out', () => {
    const series = readSensorFile(file([HEAD, '1,2013,3,1,5,4,300,N,A', '2,2013,13,1,6,4,300,N,A', '3,2013,2,30,7,4,300,N,A', '4,2013,3,1,8,4,300,N', '5,2013,3,1,5,4,300,N,A', '6,2013,3,1,4,4,300,N,A', '7,2013,3,1,9,-5,viel,UP,A', '8,2013,3,1,24,1,1,N,A', ''].join('\n')));
    expect(series.rows).toBe(8);
    expect(series.skipped).toEqual({ 'no such hour': 3, 'wrong number of cells': 1, 'out of order': 2 });
    expect(series.hours).toHaveLength(2);
    expect(series.unreadable).toEqual({ pm25: 1, co: 1, windFrom: 1 });
  });

  test.each([
    ['fiware.json', '{\n "id": "Environment:1" }', /it is JSON.*FIWARE, SensorThings and other files are not read/u],
    ['other.csv', 'datetime,Leq\n1,2\n', /no column year, month, day, hour/u],
    ['noair.csv', 'year,month,day,hour,TEMP\n', /no column of PM2\.5/u],
    ['empty.csv', '', /no column year/u],
  ])('%s is refused in one sentence', (name, text, sentence) => {
    expect(() => checkSensorFile(file(text, name))).toThrow(sentence);
  });

  test('a file without a row that can be used is refused', () => {
    expect(() => readSensorFile(file(`${HEAD}\n1,x,3,1,0,4,300,N,A\n`))).toThrow(/none of its 1 rows can be used/u);
  });
});

describeShared('the Beijing series', () => {
  test.each([['Aotizhongxin', { so2: 1 }], ['Dongsi', {}], ['Shunyi', {}]])('%s is read whole, its blank cells said', (name, blank: Readonly<Record<string, number>>) => {
    const path = shared(`data/sensors/air-quality/PRSA_Data_${name}_20130301-20170228.csv`);
    const series = readSensorFile(path);
    expect([series.station, series.rows, series.hours.length, series.skipped, series.unreadable]).toEqual([name, 35_064, 35_064, {}, blank]);
    // Counted another way: lines whose cell in that column is NA.
    const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    const columns = ['pm25', 'pm10', 'so2', 'no2', 'co', 'o3', 'temperature', 'pressure', 'dewPoint', 'rain', 'windFrom', 'windSpeed'];
    for (const [i, item] of columns.entries()) {
      const pattern = new RegExp(`^(?:[^,]*,){${5 + i}}NA(?:,|$)`, 'u');
      expect([item, series.missing[item] ?? 0]).toEqual([item, lines.filter((line) => pattern.test(line)).length]);
      expect(series.items[item].filter(Number.isNaN).length).toBe((series.missing[item] ?? 0) + (blank[item] ?? 0));
    }
    const steps = series.hours.slice(1).map((hour, i) => hour - series.hours[i]);
    expect(new Set(steps)).toEqual(new Set([1]));
    expect(Math.max(...series.items.co.filter((value) => !Number.isNaN(value)))).toBeLessThanOrEqual(10);
  });

  test.each(['fiware/AirQualityObserved/example.json', 'fiware/NoiseLevelObserved/example-normalized.jsonld', 'noise/test_data_laeq1m.csv', 'hydrology/waterservices_iv.txt', 'sensorthings/dataBatchPost.json', 'weather/madis-sao.nc'])('%s is refused in one sentence', (name) => {
    expect(() => readSensorFile(shared(`data/sensors/${name}`))).toThrow(/is not read here: .*FIWARE, SensorThings and other files are not read\.$/u);
  });
});
