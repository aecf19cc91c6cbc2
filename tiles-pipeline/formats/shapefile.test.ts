import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { FeatureCollection, Geometry, Position } from 'geojson';
import { describe, expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import { describeShared, shared } from '../../tests/shared.ts';
import { dbfOf, shpOf, type Shape } from '../testing/shapefile-bytes.ts';
import { memorySource } from '../testing/memory-source.ts';
import type { ReadContext, SourceFeature } from './format.ts';
import { shapefile } from './shapefile.ts';
import { fileSource } from './source.ts';

interface Read { features: SourceFeature[]; issues: Issue[]; skipped: Record<string, number> }

async function readSource(source: Parameters<typeof shapefile.read>[0], said: Partial<ReadContext> = {}): Promise<Read> {
  const out: Read = { features: [], issues: [], skipped: {} };
  const context = { issues: out.issues, skip: (reason: string, count = 1) => void (out.skipped[reason] = (out.skipped[reason] ?? 0) + count), ...said };
  for await (const { features } of shapefile.read(source, context)) out.features.push(...features);
  return out;
}

const readFiles = (files: Record<string, Uint8Array | string>, said?: Partial<ReadContext>, chunk?: number): Promise<Read> => readSource(memorySource(files, 'a.shp', chunk), said);
const codes = ({ issues }: Read): string[] => issues.map(({ code }) => code);

const wgs84 = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';
/** Corners of a square, clockwise as a shapefile's outer rings go. */
const square = (x: number, y: number, size: number): [number, number][] => [[x, y], [x, y + size], [x + size, y + size], [x + size, y], [x, y]];
const point = (n: number): Shape => ({ type: 1, points: [[n, n / 2]] });
const named = (...names: (string | null)[]): Buffer => dbfOf([['NAME', 'C', 20]], names.map((name) => (name === null ? null : [name])));
const whole = (shp: Buffer, dbf: Buffer): Record<string, Uint8Array | string> => ({ 'a.shp': shp, 'a.dbf': dbf, 'a.shx': '', 'a.prj': wgs84, 'a.cpg': 'UTF-8' });

describe('geometries', () => {
  test('rings are turned, and each hole finds the smallest ring around it', async () => {
    const parts = [square(0, 0, 10), square(4, 4, 2), square(1, 1, 8).toReversed(), square(4.5, 4.5, 1).toReversed(), square(20, 20, 1).toReversed()];
    const { features } = await readFiles(whole(shpOf(5, [{ type: 5, parts }]), named('a')));
    const geometry = features[0].geometry as Geometry & { type: 'MultiPolygon' };
    expect(geometry.coordinates.map((polygon) => polygon.map((ring) => ring[0].join()))).toEqual([['0,0', '1,1'], ['4,4', '4.5,4.5'], ['20,20']]);
    const areas = geometry.coordinates.map((polygon) => polygon.map((ring) => Math.sign(twiceArea(ring))));
    expect(areas).toEqual([[1, -1], [1, -1], [1]]);
  });

  test('rings all the wrong way round are told apart by what lies in what', async () => {
    const parts = [square(0, 0, 10), square(2, 2, 2), square(20, 0, 1)].map((ring) => ring.toReversed());
    const { features } = await readFiles(whole(shpOf(5, [{ type: 5, parts }]), named('a')));
    expect((features[0].geometry as Geometry & { type: 'MultiPolygon' }).coordinates.map((polygon) => polygon.length)).toEqual([2, 1]);
  });

  test('heights stay, measures go', async () => {
    const shapes: [number, Shape, Geometry][] = [
      [11, { type: 11, points: [[1, 2, 3, 4]] }, { type: 'Point', coordinates: [1, 2, 3] }],
      [21, { type: 21, points: [[1, 2, 3]] }, { type: 'Point', coordinates: [1, 2] }],
      [18, { type: 18, points: [[1, 2, 3], [4, 5, 6]] }, { type: 'MultiPoint', coordinates: [[1, 2, 3], [4, 5, 6]] }],
      [28, { type: 28, points: [[1, 2, 3]] }, { type: 'MultiPoint', coordinates: [[1, 2]] }],
      [13, { type: 13, parts: [[[1, 2, 3], [4, 5, 6]]] }, { type: 'LineString', coordinates: [[1, 2, 3], [4, 5, 6]] }],
      [23, { type: 23, parts: [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 1, 1]]] }, { type: 'MultiLineString', coordinates: [[[1, 2], [4, 5]], [[7, 8], [1, 1]]] }],
      [0, { type: 0 }, null as never],
    ];
    for (const [type, shape, geometry] of shapes) expect([type, (await readFiles(whole(shpOf(type, [shape]), named('a')))).features[0].geometry]).toEqual([type, geometry]);
  });

  test('twenty thousand outer rings and as many holes in one record end soon', async () => {
    const parts = Array.from({ length: 40_000 }, (_, k) => (k % 2 === 0 ? square(0, 0, 10 + k * 1e-6) : square(1, 1, 1).toReversed()));
    const { features } = await readFiles(whole(shpOf(5, [{ type: 5, parts }]), named('a')));
    expect((features[0].geometry as Geometry & { type: 'MultiPolygon' }).coordinates.flat()).toHaveLength(40_000);
  });
});

function twiceArea(ring: Position[]): number {
  return ring.slice(1).reduce((sum, [x, y], i) => sum + ring[i][0] * y - x * ring[i][1], 0);
}

describe('attributes', () => {
  test('every type of column', async () => {
    const dbf = dbfOf([['N', 'N', 8], ['F', 'F', 12], ['D', 'D', 8], ['L', 'L', 1], ['C', 'C', 300], ['M', 'M', 10]], [['  12', '1.5e3', '20240229', 'T', 'long'.repeat(75), '1'], ['****', '', '00000000', '?', '', ''], ['x', '-1,5', '2024', 'n', ' kept ', '']]);
    const { features } = await readFiles(whole(shpOf(1, [point(1), point(2), point(3)]), dbf));
    expect(features.map(({ properties }) => properties)).toEqual([
      { N: 12, F: 1500, D: '2024-02-29', L: true, C: 'long'.repeat(75), M: null },
      { N: null, F: null, D: null, L: null, C: null, M: null },
      { N: null, F: -1.5, D: null, L: false, C: 'kept', M: null },
    ]);
  });

  test('rows marked as deleted take their shapes along', async () => {
    const read = await readFiles(whole(shpOf(1, [point(1), point(2), point(3)]), named('a', null, 'c')));
    expect(read.features.map(({ properties }) => properties.NAME)).toEqual(['a', 'c']);
    expect(read.skipped).toEqual({ 'deleted in the .dbf': 1 });
    expect(codes(read)).toEqual(['deleted-rows']);
  });

  const word = '城镜大厦';
  const gbk = Buffer.from([0xb3, 0xc7, 0xbe, 0xb5, 0xb4, 0xf3, 0xcf, 0xc3]);
  const big5 = Buffer.from([0xab, 0xb0, 0xc3, 0xe8]);
  const encodings: [name: string, value: Buffer, cpg: string | undefined, language: number, text: string, says: string[]][] = [
    ['UTF-8 by .cpg', Buffer.from(word), 'UTF-8', 0, word, []],
    ['GBK by .cpg', gbk, 'GBK', 0, word, []],
    ['a code page with its words around it', gbk, '\uFEFFCP936\r\n', 0x57, word, []],
    ['GBK by the language byte', gbk, undefined, 0x4d, word, []],
    ['Big5 by number', big5, '950', 0, '城鏡', []],
    ['Latin 1 by ESRI\'s name', Buffer.from('Jos\u00e9', 'latin1'), 'ISO 88591', 0, 'José', []],
    ['UTF-8, unsaid', Buffer.from(word), undefined, 0x57, word, ['guessed-encoding']],
    ['GBK, unsaid', gbk, undefined, 0x57, word, ['guessed-encoding']],
    ['Latin 1, unsaid', Buffer.from('México', 'latin1'), undefined, 0x57, 'México', ['guessed-encoding']],
    ['GBK that claims to be UTF-8', gbk, 'UTF-8', 0, word, ['guessed-encoding']],
    ['UTF-8 in a table that claims GBK', Buffer.from(word), undefined, 0x4d, word, ['guessed-encoding']],
    ['an encoding nobody knows', Buffer.from('plain'), 'KLINGON', 0, 'plain', ['unknown-encoding']],
    ['plain ASCII, unsaid', Buffer.from('plain'), undefined, 0, 'plain', []],
  ];
  test.each(encodings)('%s', async (_, value, cpg, language, text, says) => {
    const files: Record<string, Uint8Array | string> = whole(shpOf(1, [point(1)]), dbfOf([['NAME', 'C', 20]], [[value]], language));
    if (cpg === undefined) delete files['a.cpg'];
    else files['a.cpg'] = cpg;
    const read = await readFiles(files);
    expect(read.features[0].properties).toEqual({ NAME: text });
    expect(codes(read)).toEqual(says);
  });

  test('a letter cut in half by the width of its column is left out, and is no reason for another encoding', async () => {
    const files = whole(shpOf(1, [point(1)]), dbfOf([['NAME', 'C', 10]], [[Buffer.from(word)]]));
    const read = await readFiles(files);
    expect(read.features[0].properties).toEqual({ NAME: '城镜大' });
    expect(read.issues).toEqual([]);
  });

  test('Chinese column names', async () => {
    const { features } = await readFiles({ ...whole(shpOf(1, [point(1)]), dbfOf([[Buffer.from([0xb8, 0xdf, 0xb6, 0xc8]), 'N', 5]], [['12']])), 'a.cpg': 'GBK' });
    expect(features[0].properties).toEqual({ 高度: 12 });
  });
});

describe('reference systems', () => {
  const at = (x: number, y: number): Buffer => shpOf(1, [{ type: 1, points: [[x, y]] }]);
  const gk = 'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]';
  const cases: [name: string, prj: string | undefined, said: Partial<ReadContext>, place: number[] | undefined, codes: string[]][] = [
    ['by .prj', gk, {}, [114, 30], []],
    ['by what was said of all, where it says nothing', undefined, { crs: 'EPSG:4547' }, [114, 30], []],
    ['by .prj, although something else was said of all', gk, { crs: 'EPSG:32650' }, [114, 30], []],
    ['by what was said of it', wgs84, { crs: 'EPSG:4547', crsNamed: true }, [114, 30], []],
    ['by nothing: metres are refused', undefined, {}, undefined, ['no-crs']],
    ['by a .prj of no known system', 'LOCAL_CS["site",UNIT["metre",1]]', {}, undefined, ['foreign-crs']],
    ['by a .prj that is wrong: named with numbers', wgs84, {}, [500_000, 3_320_113.398], ['metres-as-degrees']],
  ];
  test.each(cases)('%s', async (_, prj, said, place, wanted) => {
    const files: Record<string, Uint8Array | string> = whole(at(500_000, 3_320_113.398), named('a'));
    if (prj === undefined) delete files['a.prj'];
    else files['a.prj'] = prj;
    const read = await readFiles(files, said);
    expect(read.features.map(({ geometry }) => (geometry as Geometry & { type: 'Point' }).coordinates.map((x) => Math.round(x * 1e6) / 1e6))).toEqual(place ? [place] : []);
    expect(codes(read)).toEqual(wanted);
  });

  test('GCJ-02 said of all counts before the WGS 84 of a .prj', async () => {
    const { features } = await readFiles(whole(at(116.39754118, 39.90890128), named('a')), { crs: 'GCJ-02' });
    expect((features[0].geometry as Geometry & { type: 'Point' }).coordinates).toEqual([expect.closeTo(116.3913, 6), expect.closeTo(39.9075, 6)]);
  });

  test('degrees without .prj are taken as such, and said', async () => {
    const files: Record<string, Uint8Array | string> = whole(at(114, 22), named('a'));
    delete files['a.prj'];
    const read = await readFiles(files);
    expect(read.features).toHaveLength(1);
    expect(read.issues.map(({ code, severity }) => [code, severity])).toEqual([['no-crs', 'info']]);
  });
});

describe('broken files: one sentence with file and place, and the next record is found', () => {
  const five = shpOf(1, [1, 2, 3, 4, 5].map(point));
  const changed = (change: (bytes: Buffer) => Buffer | void): Buffer => {
    const bytes = Buffer.from(five);
    return change(bytes) ?? bytes;
  };
  /** Byte of a record of 28 bytes, from 0. */
  const record = (k: number): number => 100 + 28 * k;
  const polygons = shpOf(5, [0, 1, 2].map((k) => ({ type: 5, parts: [square(k, 0, 1)] })));
  const faults: [name: string, shp: Buffer, names: string[], code: string, says: RegExp][] = [
    ['a negative length', changed((b) => void b.writeInt32BE(-5, record(1) + 4)), ['1', '3', '4', '5'], 'broken-record', /byte 128: there is a record of -10 bytes; 28 bytes were passed over/],
    ['a huge length', changed((b) => void b.writeInt32BE(0x3fffffff, record(1) + 4)), ['1', '3', '4', '5'], 'broken-record', /byte 128.*2147483646 bytes, more than is read/],
    ['a length beyond the end', changed((b) => void b.writeInt32BE(1000, record(1) + 4)), ['1', '3', '4', '5'], 'broken-record', /beyond the end/],
    ['a length of nothing', changed((b) => void b.writeInt32BE(0, record(1) + 4)), ['1', '3', '4', '5'], 'broken-record', /a record of 0 bytes/],
    ['an unknown shape', changed((b) => void b.writeInt32LE(77, record(2) + 8)), ['1', '2', '4', '5'], 'broken-record', /byte 156: there is no record of a known shape/],
    ['garbage between records', changed((b) => Buffer.concat([b.subarray(0, record(2)), Buffer.from('some garbage!'), b.subarray(record(2))])), ['1', '2', '3', '4', '5'], 'broken-record', /13 bytes were passed over/],
    ['a part of the file lost', changed((b) => Buffer.concat([b.subarray(0, record(1) + 9), b.subarray(record(3) + 3)])), ['1', '5'], 'broken-record', /byte 128/],
    ['cut off within a record', five.subarray(0, record(3) + 20), ['1', '2', '3'], 'truncated', /byte 184.*cut off.*3 records before were used/],
    ['cut off within a record\'s header', five.subarray(0, record(3) + 5), ['1', '2', '3'], 'truncated', /cut off/],
    ['cut off between records', five.subarray(0, record(3)), ['1', '2', '3'], 'truncated', /promises 240 bytes, the file has 184/],
    ['counts that contradict the length', Buffer.from(polygons.map((byte, i) => (i === 100 + 8 + 40 ? 99 : byte))), ['2', '3'], 'broken-record', /whose counts need/],
    ['parts out of order', Buffer.from(polygons.map((byte, i) => (i === 100 + 8 + 44 ? 3 : byte))), ['2', '3'], 'broken-shape', /1 record has parts/],
    ['nothing but a header', five.subarray(0, 100), [], 'truncated', /promises 240 bytes/],
    ['no records', shpOf(1, []), [], 'no-features', /no record/],
  ];
  test.each(faults)('%s', async (_, shp, names, code, says) => {
    for (const chunk of [7, 1 << 20]) {
      const read = await readFiles(whole(shp, named('1', '2', '3', '4', '5')), {}, chunk);
      expect(read.features.map(({ properties }) => properties.NAME)).toEqual(names);
      expect(codes(read)).toContain(code);
      expect(read.issues[0].message).toMatch(/^a\.shp(, |: )/u);
      expect(read.issues[0].message).toMatch(says);
    }
  });

  test('records numbered from 0', async () => {
    const zero = changed((b) => void [0, 1, 2, 3, 4].forEach((k) => b.writeInt32BE(k, record(k))));
    zero.writeInt32BE(-1, record(1) + 4);
    const read = await readFiles(whole(zero, named('1', '2', '3', '4', '5')));
    expect(read.features.map(({ properties }) => properties.NAME)).toEqual(['1', '3', '4', '5']);
  });

  const tables: [name: string, dbf: Buffer, names: unknown[], codes: string[]][] = [
    ['fewer rows than records', named('1', '2'), ['1', '2', undefined, undefined, undefined], ['missing-rows']],
    ['a header that promises more rows than there are', Buffer.from(named('1', '2', '3', '4', '5').subarray(0, -25)), ['1', '2', '3', undefined, undefined], ['truncated-dbf', 'missing-rows']],
    ['columns wider than its rows', Buffer.from(named('1').map((byte, i) => (i === 10 ? 3 : byte))), [undefined, undefined, undefined, undefined, undefined], ['broken-dbf']],
    ['nothing in it', Buffer.alloc(0), [undefined, undefined, undefined, undefined, undefined], ['broken-dbf']],
  ];
  test.each(tables)('a table with %s', async (_, dbf, names, wanted) => {
    const read = await readFiles(whole(five, dbf));
    expect(read.features.map(({ properties }) => properties.NAME)).toEqual(names);
    expect(codes(read)).toEqual(wanted);
  });

  test('nothing beside it: one sentence each', async () => {
    const read = await readFiles({ 'a.shp': five });
    expect(read.features).toHaveLength(5);
    expect(codes(read)).toEqual(['no-dbf', 'no-shx', 'no-crs']);
  });

  test('multipatches are counted', async () => {
    const patch = shpOf(31, [{ type: 1, points: [[1, 1]] }]);
    const body = Buffer.alloc(8 + 44 + 8 + 16 + 16 + 8);
    body.writeInt32BE(1);
    body.writeInt32BE((body.length - 8) / 2, 4);
    body.writeInt32LE(31, 8);
    body.writeInt32LE(1, 8 + 36);
    body.writeInt32LE(1, 8 + 40);
    const read = await readFiles(whole(Buffer.concat([patch.subarray(0, 100), body]), named('1')));
    expect(read.skipped).toEqual({ 'multipatch surface': 1 });
    expect(codes(read)).toContain('multipatch');
  });

  test('an abort stops it', async () => {
    const signal = AbortSignal.abort();
    await expect(readFiles(whole(five, named('1')), { signal })).rejects.toThrow(/abort/u);
  });
});

test('the index beside it is not taken for it', () => {
  const head = shpOf(1, [point(1)]).subarray(0, 100);
  const entry = Buffer.from([0, 0, 0, 50, 0, 0, 0, 10]);
  expect(shapefile.sniff(shpOf(1, [point(1)]))).toBe(true);
  for (const entries of [1, 2, 9]) expect(shapefile.sniff(Buffer.concat([head, ...Array.from({ length: entries }, () => entry)]))).toBe(false);
});

test('no file of flipped, cut and inserted bytes makes it throw or hang, and none comes out empty without a word', async () => {
  const shapes = [0, 1, 2, 3].map((k) => ({ type: 5, parts: [square(k, 0, 1), square(k + 0.2, 0.2, 0.2).toReversed()] }));
  const files = whole(shpOf(5, shapes), named('a', 'b', 'c', 'd')) as Record<string, Buffer>;
  const hurt = fc.record({ file: fc.constantFrom('a.shp', 'a.dbf'), at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255), cut: fc.boolean(), more: fc.uint8Array({ maxLength: 20 }) });
  await fc.assert(fc.asyncProperty(fc.array(hurt, { minLength: 1, maxLength: 4 }), async (hurts) => {
    const made = { ...files };
    for (const { file, at, byte, cut, more } of hurts) {
      const place = Math.floor(at * made[file].length);
      made[file] = cut ? Buffer.concat([made[file].subarray(0, place), more]) : Buffer.concat([made[file].subarray(0, place), more, Buffer.of(byte), made[file].subarray(place + 1)]);
    }
    if (!shapefile.sniff(made['a.shp'])) return;
    const read = await readFiles(made, {}, 64);
    expect(read.features.length > 0 || read.issues.length > 0).toBe(true);
  }), { numRuns: 500 });
});

describeShared('the shapefile suite', () => {
  const folder = shared('data/city/shapefile-suite');
  const names = readdirSync(folder).filter((name) => name.endsWith('.shp'));
  /** Rings start and turn as they like: each begins at its smallest corner and goes counter-clockwise. */
  const canonical = (geometry: Geometry | null): unknown => {
    if (geometry?.type !== 'Polygon' && geometry?.type !== 'MultiPolygon') return geometry;
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    return polygons.map((polygon) => polygon.map((ring) => (twiceArea(ring) < 0 ? ring.toReversed() : ring)));
  };
  test.each(names)('%s equals its oracle', async (name) => {
    const { features } = await readSource(await fileSource(`${folder}/${name}`));
    const wanted = JSON.parse(readFileSync(`${folder}/${name.replace('.shp', '.json')}`, 'utf8')) as FeatureCollection;
    expect(features.map(({ geometry, properties }) => ({ geometry: canonical(geometry), properties }))).toEqual(wanted.features.map(({ geometry, properties }) => ({ geometry: canonical(geometry), properties })));
  });
  test('there are eleven', () => expect(names).toHaveLength(11));
});
