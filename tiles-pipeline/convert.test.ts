import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { geojson } from 'flatgeobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TwinError } from '../engine/errors.ts';
import { convert, type Progress, type Report } from './convert.ts';
import { demTiff } from './testing/dem-tiff.ts';
import { collection, seededBuildings, workFolder } from './testing/seeded-city.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;

beforeAll(async () => void (folder = await workFolder()));
afterAll(() => folder.drop());

function expectBalanced(report: Report): void {
  const skipped = Object.values(report.skipped).reduce((sum, count) => sum + count, 0);
  expect(report.in).toBe(report.out + skipped);
  expect(report.out).toBe(Object.values(report.layers).reduce((sum, count) => sum + count, 0));
}

const square = (lon: number, lat: number, side = 0.0002): number[][] => [
  [lon, lat],
  [lon + side, lat],
  [lon + side, lat + side],
  [lon, lat + side],
  [lon, lat],
];
const polygon = (properties: object, ...rings: number[][][]): object => ({ type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: rings } });

function line(properties: object): object {
  return { type: 'Feature', properties, geometry: { type: 'LineString', coordinates: [[1, 1], [1.01, 1]] } };
}

async function build(name: string, features: object[], more: string[] = []): Promise<{ report: Report; out: string }> {
  const input = await folder.put(`${name}.geojson`, collection(features));
  const out = folder.path(`${name}-out`);
  const { report } = await convert({ inputs: [input, ...more], out });
  expectBalanced(report);
  return { report, out };
}

async function rows(path: string): Promise<{ geometry: { type: string; coordinates: number[][][] }; properties: Record<string, unknown> }[]> {
  const out: never[] = [];
  for await (const feature of geojson.deserialize(new Uint8Array(await readFile(path)))) out.push(feature as never);
  return out;
}

describe('what becomes a building', () => {
  test('a multipolygon of separate outlines is that many buildings; holes are kept', async () => {
    const multi = { type: 'Feature', id: 'm', properties: { height: 20 }, geometry: { type: 'MultiPolygon', coordinates: [[square(1, 1)], [square(1.001, 1), square(1.00105, 1.00005, 0.0001).toReversed()], [square(1.002, 1)]] } };
    const { report, out } = await build('multi', [multi]);
    expect(report).toMatchObject({ in: 3, out: 3, layers: { buildings: 3 }, ids: { repeated: 2 } });
    const found = await rows(`${out}/buildings.fgb`);
    expect(found.map(({ properties }) => properties.id).toSorted()).toEqual(['m', 'm#2', 'm#3']);
    expect(found.map(({ geometry }) => geometry.coordinates.length).toSorted()).toEqual([1, 1, 2]);
  });

  test('height, else storeys × 3 m, else 9 m, and the account says which', async () => {
    const { report, out } = await build('heights', [
      polygon({ id: 'a', height: 12.5, storeys: 2 }, square(1, 1)),
      polygon({ id: 'b', storeys: 4 }, square(1.001, 1)),
      polygon({ id: 'c', building: 'yes', 'building:levels': '2' }, square(1.002, 1)),
      polygon({ id: 'd', building: 'yes' }, square(1.003, 1)),
      polygon({ id: 'e', building: 'yes', height: '18 m' }, square(1.004, 1)),
      polygon({ id: 'f', building: 'yes', height: 0 }, square(1.005, 1)),
      polygon({ id: 'g', building: 'yes', height: -3, storeys: 0 }, square(1.006, 1)),
    ]);
    expect(report.heights).toEqual({ given: 2, storeys: 2, default: 3 });
    const found = await rows(`${out}/buildings.fgb`);
    expect(Object.fromEntries(found.map(({ properties }) => [properties.id, properties.height]))).toEqual({ a: 12.5, b: 12, c: 6, d: 9, e: 18, f: 9, g: 9 });
  });

  const dirt: [string, object, string][] = [
    ['crosses itself', polygon({ height: 5 }, [[1, 1], [1.001, 1.001], [1.001, 1], [1, 1.001], [1, 1]]), 'outline crosses itself'],
    ['has two corners', polygon({ height: 5 }, [[1, 1], [1.001, 1], [1, 1]]), 'fewer than three corners'],
    ['has no area', polygon({ height: 5 }, [[1, 1], [1.001, 1], [1.002, 1], [1, 1]]), 'outline without area'],
    ['has text for a coordinate', polygon({ height: 5 }, [[1, 'x' as never], [1.001, 1], [1, 1.001], [1, 1]]), 'coordinates are missing or no numbers'],
    ['is in metres', polygon({ height: 5 }, [[500000, 3e6], [500010, 3e6], [500010, 3000010], [500000, 3e6]]), 'coordinates are outside the degrees of the earth'],
    ['is a district', polygon({ height: 5 }, square(1, 1, 0.1)), 'larger than any building (over 1 km²)'],
    ['has no geometry', { type: 'Feature', properties: { height: 5 }, geometry: null }, 'no geometry'],
    ['is a label point', { type: 'Feature', properties: { kind: 'building' }, geometry: { type: 'Point', coordinates: [1, 1] } }, 'a label point of a building, no outline'],
    ['is there twice', polygon({ height: 8 }, square(2, 2)), 'the same outline twice'],
  ];

  test.each(dirt)('an outline that %s is skipped with its reason', async (name, feature, reason) => {
    const { report } = await build(`dirt-${name.replaceAll(' ', '-')}`, [polygon({ height: 8 }, square(2, 2)), feature]);
    expect(report).toMatchObject({ in: 2, out: 1, skipped: { [reason]: 1 } });
  });

  test('a hole outside its outline is dropped and counted; the building stands', async () => {
    const { report } = await build('hole', [polygon({ height: 8 }, square(2, 2), square(3, 3))]);
    expect(report).toMatchObject({ out: 1, holesDropped: 1 });
  });
});

describe('roads, areas and places', () => {
  test('roads of three vocabularies come out in one', async () => {
    const { out } = await build('roads', [
      line({ id: 'own', class: 'secondary', lanes: 4, oneway: false, speed: 50, name: '长江路', bridge: true }),
      line({ '@id': 'osm', highway: 'primary_link', oneway: '-1', maxspeed: '30 mph' }),
      line({ id: 'tz', kind: 'major_road', kind_detail: 'tertiary', oneway: 'yes', is_tunnel: true }),
      line({ id: 'rail', kind: 'rail', kind_detail: 'subway' }),
      line({ id: 'ferry', kind: 'ferry' }),
    ]);
    const found = Object.fromEntries((await rows(`${out}/roads.fgb`)).map(({ properties, geometry }) => [properties.id, { ...properties, first: geometry.coordinates[0] }]));
    expect(found.own).toMatchObject({ class: 'secondary', lanes: 4, oneway: false, speed: 50, name: '长江路', bridge: true, tunnel: false });
    expect(found.osm).toMatchObject({ class: 'primary', lanes: 1, oneway: true, first: [1.01, 1] });
    expect(Number(found.osm.speed)).toBeCloseTo(48.28, 1);
    expect(found.tz).toMatchObject({ class: 'tertiary', lanes: 2, oneway: true, tunnel: true, bridge: false });
    expect(found.rail).toMatchObject({ class: 'rail' });
    expect(found.ferry).toBeUndefined();
  });

  test('areas and places; what has no word of a building is none', async () => {
    const { report, out } = await build('land', [
      polygon({ kind: 'river', name: '秋浦河' }, square(1, 1, 0.3)),
      polygon({ natural: 'wood' }, square(2, 1)),
      polygon({ landuse: 'farmland' }, square(3, 1)),
      polygon({ kind: 'something else' }, square(4, 1)),
      { type: 'Feature', properties: { amenity: 'hospital', name: '医院', id: 7, rank: 2 }, geometry: { type: 'Point', coordinates: [1, 1] } },
      { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [1, 1] } },
    ]);
    expect(report).toMatchObject({ layers: { areas: 4, places: 1, buildings: 0 }, skipped: { 'a point that says nothing': 1 } });
    expect((await rows(`${out}/areas.fgb`)).map(({ properties }) => properties.kind).toSorted()).toEqual(['farmland', 'forest', 'land', 'water']);
    expect((await rows(`${out}/places.fgb`))[0].properties).toEqual({ kind: 'hospital', name: '医院', id: '7', rank: 2 });
    const city = JSON.parse(await readFile(`${out}/city.json`, 'utf8')) as { missing: string[] };
    expect(city.missing).toEqual(['buildings', 'roads', 'terrain']);
  });
});

describe('buildings on terrain', () => {
  test('a base is the lowest ground under the footprint, also in its middle', async () => {
    // A slope to the east of 1 m in 0.0001°, with one deep pit, some cells wide, in the middle of the third footprint.
    const tiff = await demTiff({ west: 1, north: 1.01, step: 0.0001, width: 101, height: 101, point: true }, (lon, lat) => (Math.abs(lon - 1.0063) < 1.2e-4 && Math.abs(lat - 1.0053) < 1.2e-4 ? -40 : (lon - 1) * 1e4));
    const { out } = await build('ground', [polygon({ id: 'w', height: 8 }, square(1.001, 1.001)), polygon({ id: 'e', height: 8 }, square(1.008, 1.001)), polygon({ id: 'pit', height: 8 }, square(1.006, 1.005, 0.0006))], [await folder.put('ground.tif', tiff)]);
    const bases = Object.fromEntries((await rows(`${out}/buildings.fgb`)).map(({ properties }) => [properties.id, Number(properties.base)]));
    expect(bases.w).toBeCloseTo(10, 2);
    expect(bases.e).toBeCloseTo(80, 2);
    expect(bases.pit).toBeCloseTo(-40, 2);
  });
});

describe('what may go wrong costs nothing else', () => {
  test('a broken input is one sentence; the others are built', async () => {
    const broken = await folder.put('broken.geojson', collection(seededBuildings(5)).slice(0, -40));
    const { report, out } = await build('beside', seededBuildings(20), [broken, folder.path('not-there.geojson'), await folder.put('book.pdf', '%PDF-1.7')]);
    expect(report.layers.buildings).toBe(24);
    expect(report.issues[1].message).toContain('The 4 features before it were used.');
    expect(report.issues.map((issue) => [issue.code, issue.message.includes('\n')])).toEqual([
      ['unreadable', false],
      ['broken-json', false],
      ['unknown-format', false],
    ]);
    expect(await readdir(out)).toContain('tileset.json');
  });

  test('the disk is full: one sentence, and the older city is untouched', async () => {
    const input = await folder.put('disk.geojson', collection(seededBuildings(50)));
    const out = folder.path('disk');
    await convert({ inputs: [input], out });
    const before = await readFile(`${out}/report.json`, 'utf8');
    let left = 3;
    const writeFileFull = async (path: string, bytes: Uint8Array): Promise<void> => {
      if (left-- <= 0) throw Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' });
      await writeFile(path, bytes);
    };
    const failed = await convert({ inputs: [input], out, writeFile: writeFileFull }).catch((cause: unknown) => cause);
    expect(failed).toBeInstanceOf(TwinError);
    expect((failed as TwinError).message).toMatch(/^The disk is full: .*untouched\.$/);
    expect(await readFile(`${out}/report.json`, 'utf8')).toBe(before);
    expect((await readdir(folder.path('.'))).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });

  test('stopped in the middle: nothing is left behind, nothing replaced', async () => {
    const input = await folder.put('stop.geojson', collection(seededBuildings(3000)));
    const controller = new AbortController();
    const stages: string[] = [];
    const run = convert({
      inputs: [input],
      out: folder.path('stopped'),
      signal: controller.signal,
      onProgress: ({ stage }) => {
        stages.push(stage);
        if (stage === 'tiles') controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(stages).not.toContain('finish');
    expect((await readdir(folder.path('.'))).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  test('a folder with other things in it is never replaced', async () => {
    const out = folder.path('mine');
    await mkdir(out);
    await writeFile(`${out}/thesis.txt`, 'years of work');
    const input = await folder.put('one.geojson', collection(seededBuildings(1)));
    await expect(convert({ inputs: [input], out })).rejects.toMatchObject({ code: 'refused' });
    expect(await readdir(out)).toEqual(['thesis.txt']);
  });

  test('nothing usable is an error that says why, and makes no folder', async () => {
    const input = await folder.put('points.geojson', collection([{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [1, 1] } }]));
    await expect(convert({ inputs: [input], out: folder.path('nothing') })).rejects.toThrow('1 × a point that says nothing');
    expect(await readdir(folder.path('.'))).not.toContain('nothing');
  });
});

test('progress names the stages in order and never runs back', async () => {
  const seen: Progress[] = [];
  await convert({ inputs: [await folder.put('p.geojson', collection(seededBuildings(100)))], out: folder.path('p'), onProgress: (progress) => seen.push(progress) });
  expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(['read', 'ground', 'tiles', 'companions', 'finish']);
  expect(seen.every(({ overall }, i) => i === 0 || overall >= seen[i - 1].overall)).toBe(true);
  expect(seen.at(-1)?.overall).toBe(1);
});
