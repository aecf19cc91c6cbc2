import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { demTiff } from '../testing/dem-tiff.ts';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { run } from './citymirror.ts';
import { duration, progressLine } from './progress.ts';
import { whereItLies } from './info-place.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(async () => {
  folder = await workFolder();
});
afterAll(() => folder.drop());

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, { out: (text) => void (out += text), err: (text) => void (err += text), redraw: false, columns: 80, signal: new AbortController().signal });
  return { code, out, err };
}

describe('help', () => {
  test.each(['tiles build', 'tiles info', 'tiles check', 'tiles serve', 'assets', 'tiles', ''])('of “%s” is one screen with an example, and as long as it must be', async (command) => {
    const { code, out } = await call(...command.split(' ').filter(Boolean), '--help');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(out).toContain(command === 'tiles' || command === '' ? 'tiles build' : `Example: citymirror ${command}`);
  });

  test('“help tiles build” is the same', async () => {
    expect(await call('help', 'tiles', 'build')).toEqual(await call('tiles', 'build', '--help'));
  });
});

describe('info', () => {
  test('of features: what they become, attributes with types and examples, heights, place', async () => {
    const path = await folder.put('things.bin', collection([
      ...seededBuildings(30), { type: 'Feature', id: 7, properties: { built: '1999-05-01', owner: null, tall: true }, geometry: { type: 'Polygon', coordinates: [[[117.5, 30.66, 4], [117.501, 30.66, 5], [117.501, 30.661, 9], [117.5, 30.66, 4]]] } },
      { type: 'Feature', properties: { kind: 'ferry' }, geometry: { type: 'LineString', coordinates: [[117.49, 30.66], [117.5, 30.67]] } },
    ]));
    const { code, out } = await call('tiles', 'info', path);
    expect(code).toBe(0);
    for (const words of ['32 features (31 Polygon, 1 LineString), 1 with an id', 'become: 31 buildings', 'become nothing: 1 × a ferry route is no road', 'of its coordinates 4 to 9 m', 'built: date, in 1, 1 different: 1999-05-01', 'owner: always empty, in 0', 'use: text, in 30, 5 different', '° N, 117.49']) expect(out).toContain(words);
    const json = JSON.parse((await call('tiles', 'info', path, '--json')).out) as { features: { count: number; layers: object }; bounds: number[]; format: string };
    expect(json).toMatchObject({ format: 'geojson', features: { count: 32, layers: { buildings: 31 } } });
    expect(json.bounds[0]).toBeGreaterThan(117.4);
  });

  test('of heights: samples, range, holes, step in metres', async () => {
    const path = await folder.put('dem.tif', await demTiff({ west: 117.4, north: 30.7, step: 0.001, width: 20, height: 10, noData: -9 }, (lon) => (lon < 117.401 ? -9 : 50)));
    const { code, out } = await call('tiles', 'info', path);
    expect(code).toBe(0);
    expect(out).toContain('20 × 10 samples, about 95.7 × 111 m apart');
    expect(out).toContain('from 50.0 to 50.0 m, 10 without one (5.0 %)');
  });

  test('of a folder: every file in it; of what is broken, one sentence and exit code 1', async () => {
    await folder.put('good.geojson', collection(seededBuildings(3)));
    const broken = await folder.put('broken.geojson', '{"type":"FeatureCollection","features":[{"type":');
    const all = await call('tiles', 'info', folder.path(''));
    expect(all.code).toBe(1);
    for (const name of ['good.geojson', 'dem.tif', 'broken.geojson']) expect(all.out).toContain(name);
    expect((await call('tiles', 'info', broken)).err.split('\n').filter(Boolean)).toHaveLength(1);
  });

  test.each([['nowhere.geojson', /is not there/u], ['/nowhere', /no city folder/u], ['/dev/zero', /no file/u]])('%s: exit code 2 and a sentence', async (name, sentence) => {
    const { code, err } = await call('tiles', 'info', name);
    expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
  });

  test('where things lie, as a person would say it', () => {
    expect(whereItLies([113.91, 22.49, 113.95, 22.54])).toBe('lies around 22.5150° N, 113.9300° E, 4.1 km from west to east, 5.6 km from south to north');
    expect(whereItLies([-70.5, -33.4, -70.5, -33.4])).toBe('lies at 33.4000° S, 70.5000° W');
    expect(whereItLies([5e5, 3e6, 6e5, 3.1e6])).toMatch(/no degrees: say their system with --crs/u);
    expect(whereItLies([0, 0, 0.1, 0.1])).toContain('hardly degrees');
    expect(whereItLies([Infinity, Infinity, -Infinity, -Infinity])).toContain('no coordinates');
  });
});

describe('a dry run', () => {
  test('says what would be read and written, and writes nothing', async () => {
    const path = await folder.put('buildings.geojson', collection(seededBuildings(9000)));
    const { code, out } = await call('tiles', 'build', path, '-o', folder.path('never'), '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/about 9,\d00 buildings|9,000 buildings/u);
    expect(out).toMatch(/never would be made: about [\d.]+ MB in about \d+ s; .* free there/u);
    expect(readdirSync(folder.path('')).includes('never')).toBe(false);
    expect((await call('tiles', 'build', folder.path('broken.geojson'), '-o', folder.path('never'), '--dry-run')).code).toBe(2);
  });
});

describe('how many may be skipped', () => {
  test.each([[[], 1], [['--max-skipped', '0'], 1], [['--max-skipped', '1'], 0], [['--max-skipped', '5%'], 1], [['--max-skipped', '25%'], 0], [['--max-skipped', 'some'], 2], [['--max-skipped', '101%'], 2]] as const)('%j: exit code %s', async (more, expected) => {
    const path = await folder.put('skips.geojson', collection([...seededBuildings(4), { type: 'Feature', properties: {}, geometry: null }]));
    const { code, err } = await call('tiles', 'build', path, '-o', folder.path('skipped'), ...more);
    expect(code).toBe(expected);
    if (expected === 1) expect(err).toMatch(/1 of 5 could not be used.*--max-skipped 20%/u);
  });
});

test('what a city leaves out by rule is counted, and is no loss', async () => {
  const path = await folder.put('rules.geojson', collection([...seededBuildings(4), { type: 'Feature', properties: { kind: 'ferry' }, geometry: { type: 'LineString', coordinates: [[117.49, 30.66], [117.5, 30.67]] } }]));
  const { code, out, err } = await call('tiles', 'build', path, '-o', folder.path('rules'));
  expect([code, out.includes('1 skipped: 1 × a ferry route is no road'), err.includes('max-skipped')]).toEqual([0, true, false]);
});

describe('progress', () => {
  const at = (seconds: number): number => seconds * 1000;

  test('elsewhere than on a terminal: one line at the start, then at most one every ten seconds, with pace and time left', () => {
    const lines: string[] = [];
    let now = 0;
    const line = progressLine({ err: (text) => void lines.push(text), redraw: false, columns: 80 }, () => now);
    for (let second = 0; second <= 40; second += 0.5) {
      now = at(second);
      line.show({ stage: second < 20 ? 'read' : 'tiles', fraction: (second % 20) / 20, overall: second / 40, done: second * 2e6, total: 80e6, unit: 'bytes' });
    }
    expect(lines).toEqual(['0 % reading the inputs\n', '25 % reading the inputs, 2.0 MB/s, 30 s left\n', '50 % building 3D Tiles, 20 s left\n', '75 % building 3D Tiles, 2.0 MB/s, 10 s left\n', '100 % building 3D Tiles, 2.0 MB/s\n']);
  });

  test('no time left is said before there is anything to go by', () => {
    const lines: string[] = [];
    let now = 0;
    const line = progressLine({ err: (text) => void lines.push(text), redraw: true, columns: 80 }, () => now);
    for (const [second, overall] of [[0, 0], [1, 0.1], [2, 0.2], [2.9, 0.29], [3.1, 0.31]]) {
      now = at(second);
      line.show({ stage: 'read', fraction: overall, overall });
    }
    expect(lines.slice(0, 4).some((text) => text.includes('left'))).toBe(false);
    expect(lines[4]).toMatch(/31 % reading the inputs, 7 s left/u);
    expect(lines.every((text) => text.length <= 81)).toBe(true);
  });

  test.each([[0.2, '1 s'], [9.4, '9 s'], [62, '60 s'], [119, '2 min'], [133, '2 min 10 s'], [1260, '21 min'], [3599, '60 min'], [7500, '2 h 5 min']])('%s seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describeShared('info of real files', () => {
  const names = ['bim/ifc4x3_add2/beam-extruded-solid.ifc', 'utilities/swmm/Example1.inp', 'utilities/gas/gas_net_schutterwald_1bar.json', 'city/footprints/footprint-with-height.geojson', 'terrain/dem/monaco-wgs84.tif', 'tiles3d/archives/test.3tz'];
  test.each(names)('%s', async (name) => {
    const { code, out } = await call('tiles', 'info', shared(`data/${name}`));
    expect([code, out.split('\n').length > 2]).toEqual([0, true]);
  });
});
