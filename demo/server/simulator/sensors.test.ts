import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { startOptions } from '../arguments.ts';
import { readSensorFile } from '../sensor-files.ts';
import { startServer } from '../server.ts';
import { LEAD, placeSeries, replayedReading } from './sensor-replay.ts';
import type { SensorAbout, SensorOrders } from './sensors-main.ts';
import { MadeUpCity, type StationReading } from './sensors.ts';
import { places } from '../../../workers/analyses/places.ts';
import { analysisCache, type AnalysisContext } from '../../../workers/analyses/context.ts';
import { encodePlaces } from '../../../tiles-pipeline/sinks/companions.ts';
import { stationPlaces, type StationPlace } from './station-places.ts';

const T = 1_800_000_000;
const stations: readonly StationPlace[] = [
  { id: 'air-1', name: '老城空气站', kind: 'air' }, { id: 'air-2', name: '西环工业园空气站', kind: 'air' },
  { id: 'water-1', name: '平湖水质站', kind: 'water', water: '平湖' }, { id: 'noise-1', name: '九华大道噪声站', kind: 'noise', zone: '4a' },
];
const HEAD = 'No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,station\n';

function series(folder: string, name: string, hours: number): string {
  const file = join(folder, `${name}.csv`);
  writeFileSync(file, HEAD + Array.from({ length: hours }, (_, i) => `${i + 1},2014,1,${1 + Math.floor(i / 24)},${i % 24},${i === 1 ? 'NA' : 10 + i},40,5,20,800,60,${name}\n`).join(''));
  return file;
}

describe('stations of a city made up', () => {
  it('are found among the places of a city folder, by the server and by the layer alike', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'citymirror-places-'));
    const place = (id: string, kind: string) => ({ id, kind, name: `${id} 名`, rank: 1, lon: 117.49, lat: 30.66 });
    const bytes = encodePlaces([place('s2', 'air-station'), place('h1', 'hydrant'), place('s1', 'noise-station'), place('s3', 'water-station')]);
    writeFileSync(join(folder, 'places.fgb'), bytes);
    expect((await stationPlaces(folder)).map(({ id, kind, name }) => [id, kind, name])).toEqual([['s1', 'noise', 's1 名'], ['s2', 'air', 's2 名'], ['s3', 'water', 's3 名']]);
    const context = { cache: analysisCache(), load: async () => ({ bytes: new Uint8Array(bytes), total: bytes.length, partial: false }) } as unknown as AnalysisContext;
    const found = await places({ places: 'http://city.test/places.fgb', dem: null, kinds: ['air-station', 'noise-station'] }, context);
    expect([found.ids.toSorted(), found.total]).toEqual([['s1', 's2'], 2]);
    writeFileSync(join(folder, 'places.fgb'), 'rubbish');
    expect(await stationPlaces(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    expect(await stationPlaces(folder)).toEqual([]);
  });

  it('say the same for the same seed, something else for another, and always what they are', () => {
    const [one, again, other] = [new MadeUpCity(1), new MadeUpCity(1), new MadeUpCity(2)];
    for (const station of stations) {
      const said = one.reading(station, T);
      expect(again.reading(station, T)).toEqual(said);
      expect(said?.quality).toBe('simulated');
      expect(other.reading(station, T)?.values).not.toEqual(said?.values);
    }
  });

  it('measure what such stations measure, are silent at times, and have no value while calibrated', () => {
    const city = new MadeUpCity(1);
    const told = stations.map((station) => Array.from({ length: 24 * 12 * 6 }, (_, i) => city.reading(station, T + i * 300)));
    for (const list of told) {
      const silent = list.filter((reading) => reading === null).length / list.length;
      expect(silent).toBeGreaterThan(0.005);
      expect(silent).toBeLessThan(0.12);
    }
    const values = (index: number, name: string): number[] => told[index].flatMap((reading) => reading?.values[name] ?? []);
    const range = (list: readonly number[]): number => Math.max(...list) - Math.min(...list);
    expect([Math.min(...values(0, 'pm25')) > 0, Math.max(...values(0, 'pm25')) < 400, range(values(0, 'pm25')) > 25]).toEqual([true, true, true]);
    expect(Math.max(...values(0, 'co'))).toBeLessThan(6);
    expect(Math.min(...values(2, 'DO'))).toBeGreaterThan(2);
    expect(told[3].find((reading) => reading)?.values).toMatchObject({ zone: 4 });
    expect(city.reading({ id: 'n9', name: '宁安铁路噪声站', kind: 'noise' }, T)?.values.zone).toBe(5);
    expect(told[2].find((reading) => reading)?.values).toMatchObject({ lake: 1 });
    expect(told[0].some((reading) => reading && Object.values(reading.values).includes(null))).toBe(true);
  });

  it('real series go to the air stations in order, their hours say when they were, and they begin again', () => {
    const folder = mkdtempSync(join(tmpdir(), 'citymirror-replay-'));
    const read = ['Dongsi', 'Shunyi', 'Tiantan'].map((name) => readSensorFile(series(folder, name, 30)));
    rmSync(folder, { recursive: true });
    const { placed, unused } = placeSeries(stations, read);
    expect([placed.map((each) => [each.station.id, each.series.station]), unused.map((each) => each.station)]).toEqual([[['air-1', 'Dongsi'], ['air-2', 'Shunyi']], ['Tiantan']]);
    const reading = replayedReading(placed[0], 1, T);
    expect(reading).toMatchObject({ id: 'air-1', t: T, quality: 'replayed', values: { pm25: null, co: 0.8, originHour: Date.UTC(2013, 11, 31, 17) / 3600_000 } });
    expect(replayedReading(placed[0], 31, T)).toEqual(reading);
  });

  it('speak over our broker at QoS 1, the last hours kept for who comes later, with a word on where they come from', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'citymirror-replay-'));
    const server = await startServer({ port: 0, pages: [], cities: [] });
    const broker = `ws://127.0.0.1:${server.port}/mqtt`;
    const child = fork(fileURLToPath(new URL('./sensors-main.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    let said = '';
    child.stdout!.on('data', (chunk) => (said += chunk));
    try {
      const told = new Promise<SensorAbout>((resolve) => child.once('message', (message) => resolve((message as { about: SensorAbout }).about)));
      child.send({ stations, broker, prefix: 'city', seed: 1, files: [series(folder, 'Dongsi', 60)], rate: 3600 } satisfies SensorOrders);
      const about = await told;
      expect(about.stations['air-1'].source.zh).toContain('北京东四站 2014-01-01 – 2014-01-03 的实测数据');
      expect(about.source.zh).toContain('模拟');
      const client = await connectAsync(broker);
      const got: { topic: string; qos: number; readings: StationReading[] }[] = [];
      client.on('message', (topic, payload, { qos }) => got.push({ topic, qos, readings: JSON.parse(payload.toString()) as StationReading[] }));
      const until = async (what: () => boolean): Promise<void> => {
        for (let waited = 0; waited < 400 && !what(); waited++) await new Promise((resolve) => setTimeout(resolve, 25));
        expect(what()).toBe(true);
      };
      await client.subscribeAsync('city/sensors/#', { qos: 1 });
      const hours = (): (number | null)[] => got.filter(({ topic }) => topic.startsWith('city/sensors/air-1/')).map(({ readings }) => readings[0].values.originHour);
      await until(() => new Set(hours()).size >= LEAD + 1 && got.some(({ topic }) => topic === 'city/sensors/water-1/past/1'));
      expect(new Set(got.map(({ qos }) => qos))).toEqual(new Set([1]));
      const late = await connectAsync(broker);
      const kept = new Set<string>();
      late.on('message', (topic, _payload, { retain }) => { if (retain) kept.add(topic); });
      await late.subscribeAsync('city/sensors/air-1/#', { qos: 1 });
      await until(() => kept.size === LEAD);
      await late.endAsync(true);
      expect(got.some(({ topic }) => topic.startsWith('city/sensors/air-2'))).toBe(false);
      expect(said).toContain('Dongsi: 60 rows, 60 hours from 2014-01-01 00 to 2014-01-03 11 h (UTC+8); shown at 老城空气站; marked NA: 1 × pm25');
      expect(said).toContain('an hour of data every 1 s (3600 times as fast as measured)');
      await client.endAsync(true);
    } finally {
      child.kill('SIGKILL');
      await server.close();
      rmSync(folder, { recursive: true });
    }
  }, 30_000);
});

describe('the words of npm start', () => {
  it('are files, a rate and no more', () => {
    expect(startOptions(['--dev'])).toEqual({ data: [], places: [], crs: [], sensors: [], rate: 720, allow: [], dev: true });
    expect(startOptions(['--sensors', 'package.json', '--rate', '3600', '--data', 'README.md', 'package.json'])).toMatchObject({ sensors: [expect.stringMatching(/package\.json$/u)], rate: 3600, data: { length: 2 } });
    for (const [args, sentence] of [[['--sensors'], /needs at least one file/u], [['--sensors', 'gone.csv'], /There is no file .*gone\.csv/u], [['--rate', '9', '--sensors', 'package.json'], /from 60/u], [['--rate', '600'], /is for --sensors/u], [['--sensor', 'x'], /--sensor is not known/u], [['x.csv'], /follows no option/u]] as const) {
      expect(() => startOptions(args)).toThrow(sentence);
    }
  });
});
