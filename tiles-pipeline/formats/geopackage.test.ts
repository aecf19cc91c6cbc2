import fc from 'fast-check';
import type { Geometry, MultiPolygon, Position } from 'geojson';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { blobOf, geopackageOf, wkbOf } from '../testing/geopackage-bytes.ts';
import { memorySource } from '../testing/memory-source.ts';
import { readFeatures, type ReadFeatures } from '../testing/read-features.ts';
import { geojson } from './geojson.ts';
import { geopackage } from './geopackage.ts';
import { readWkb } from './geopackage/wkb.ts';
import type { ReadContext } from './format.ts';
import { shapefile } from './shapefile.ts';
import { fileSource } from './source.ts';

const read = (bytes: Uint8Array, said?: Partial<ReadContext>, others: Record<string, Uint8Array> = {}): Promise<ReadFeatures> => readFeatures(geopackage, memorySource({ 'a.gpkg': bytes, ...others }, 'a.gpkg'), said);
const codes = ({ issues }: ReadFeatures): string[] => issues.map(({ code }) => code);
const point: Geometry = { type: 'Point', coordinates: [1, 2] };
const square: Position[] = [[0, 0], [1, 0], [1, 1], [0, 0]];

const geometries: Geometry[] = [
  point,
  { type: 'Point', coordinates: [1, 2, 3] },
  { type: 'LineString', coordinates: [[1, 2], [3, 4]] },
  { type: 'Polygon', coordinates: [square, square] },
  { type: 'MultiPoint', coordinates: [[1, 2], [3, 4]] },
  { type: 'MultiLineString', coordinates: [[[1, 2, 5], [3, 4, 5]]] },
  { type: 'MultiPolygon', coordinates: [[square], [square, square]] },
  { type: 'GeometryCollection', geometries: [point, { type: 'LineString', coordinates: [[1, 2], [3, 4]] }] },
];

describe('well-known binary', () => {
  test.each(geometries.map((geometry) => [geometry.type, geometry] as const))('%s in both byte orders', (_, geometry) => {
    for (const little of [true, false]) expect(readWkb(wkbOf(geometry, little))).toEqual(geometry);
  });

  const raw = (type: number, ...doubles: number[]): Buffer => {
    const head = Buffer.from([1, 0, 0, 0, 0]);
    head.writeUInt32LE(type >>> 0, 1);
    return Buffer.concat([head, Buffer.from(Float64Array.from(doubles).buffer)]);
  };
  const srid = Buffer.concat([raw(0x20000001), Buffer.from([1, 0, 0, 0]), Buffer.from(Float64Array.of(1, 2).buffer)]);
  const odd: [name: string, bytes: Uint8Array, wanted: unknown][] = [
    ['ISO with a measure', raw(2001, 1, 2, 9), point],
    ['ISO with height and measure', raw(3001, 1, 2, 3, 9), { type: 'Point', coordinates: [1, 2, 3] }],
    ['extended with flags', raw(0xc0000001, 1, 2, 3, 9), { type: 'Point', coordinates: [1, 2, 3] }],
    ['extended with an SRID', srid, point],
    ['an empty point', raw(1, Number.NaN, Number.NaN), null],
    ['an empty polygon', Buffer.concat([raw(3), Buffer.alloc(4)]), null],
    ['a circular string', Buffer.concat([raw(8), Buffer.alloc(4)]), 'curved geometry'],
    ['a curve polygon', Buffer.concat([raw(10), Buffer.alloc(4)]), 'curved geometry'],
    ['a polyhedral surface', Buffer.concat([raw(1015), Buffer.alloc(4)]), 'surface geometry'],
    ['a count beyond the bytes', Buffer.concat([raw(2), Buffer.from([255, 255, 255, 255])]), 'broken geometry'],
    ['collections without end', Buffer.concat(Array.from({ length: 50 }, () => Buffer.concat([raw(7), Buffer.from([1, 0, 0, 0])]))), 'broken geometry'],
    ['a line among polygons', Buffer.concat([raw(6), Buffer.from([1, 0, 0, 0]), wkbOf({ type: 'LineString', coordinates: [] })]), 'broken geometry'],
    ['another byte order', Buffer.from([7, 1, 2, 3, 4, 5]), 'broken geometry'],
    ['nothing', Buffer.alloc(0), 'broken geometry'],
  ];
  test.each(odd)('%s', (_, bytes, wanted) => expect(readWkb(bytes)).toEqual(wanted));

  test('no bytes make it throw', () => {
    fc.assert(fc.property(fc.constantFrom(...geometries.map((geometry) => wkbOf(geometry))), fc.array(fc.tuple(fc.nat(200), fc.nat(255))), (whole, flips) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of flips) bytes[at % bytes.length] = byte;
      readWkb(bytes);
    }), { numRuns: 500 });
  });
});

describe('layers', () => {
  test('one: its columns as they are', async () => {
    const { features, issues } = await read(await geopackageOf([{ name: 'towns', rows: [{ blob: blobOf(wkbOf(point)), name: '城' }, { blob: null }] }]));
    expect(features).toEqual([{ geometry: point, properties: { fid: 1, name: '城' }, id: undefined }, { geometry: null, properties: { fid: 2, name: null }, id: undefined }]);
    expect(issues).toEqual([]);
  });

  test('several: each feature says which, and its key is told apart from the others\'; each in its own system', async () => {
    const gk = blobOf(wkbOf({ type: 'Point', coordinates: [500_000, 3_320_113.398] }));
    const { features, issues } = await read(await geopackageOf([{ name: 'a "b" \'c\'', srs: 4547, rows: [{ blob: gk }] }, { name: 'd', srs: 100000, rows: [{ blob: gk }] }, { name: 'e', rows: [{ blob: blobOf(wkbOf(point)) }] }]));
    expect(features.map(({ id, properties }) => [id, properties.layer])).toEqual([['a "b" \'c\'.1', 'a "b" \'c\''], ['d.1', 'd'], ['e.1', 'e']]);
    for (const { geometry } of features.slice(0, 2)) expect(geometry).toEqual({ type: 'Point', coordinates: [expect.closeTo(114, 8), expect.closeTo(30, 8)] });
    expect(features[2].geometry).toEqual(point);
    expect(issues).toEqual([]);
  });

  test('views and rasters are named and not read: a query in the file could run for ever', async () => {
    const bytes = await geopackageOf([{ name: 'good', rows: [{ blob: blobOf(wkbOf(point)) }] }], `
      create view trap as with recursive n(x) as (select 1 union all select x + 1 from n) select x as fid, null as geom from n;
      insert into gpkg_contents values ('trap', 'features', 'trap', 4326), ('photo', 'tiles', 'photo', 3857);
      insert into gpkg_geometry_columns values ('trap', 'geom', 'POINT', 4326, 0, 0), ('gone', 'geom', 'POINT', 4326, 0, 0);`);
    const got = await read(bytes);
    expect(got.features).toHaveLength(1);
    expect(codes(got)).toEqual(['other-layers', 'no-table']);
    expect(got.issues.map(({ message }) => message).join()).toMatch(/photo \(tiles\).*trap is a view/u);
  });

  test('generated columns are not computed', async () => {
    const { features } = await read(await geopackageOf([{ name: 'good', rows: [{ blob: blobOf(wkbOf(point)) }] }], "alter table good add column trap text generated always as ('computed') virtual"));
    expect(features.map(({ properties }) => properties)).toEqual([{ fid: 1, name: null }]);
  });

  test('curves are counted', async () => {
    const got = await read(await geopackageOf([{ name: 'a', rows: [{ blob: blobOf(Buffer.from([1, 8, 0, 0, 0, 0, 0, 0, 0])) }, { blob: blobOf(wkbOf(point)) }] }]));
    expect(got.features).toHaveLength(1);
    expect(got.skipped).toEqual({ 'curved geometry': 1 });
    expect(codes(got)).toEqual(['unread-geometry']);
  });

  test('a system nobody knows is taken by its look', async () => {
    expect(codes(await read(await geopackageOf([{ name: 'a', srs: 0, rows: [{ blob: blobOf(wkbOf(point)) }] }])))).toEqual(['no-crs']);
    expect(codes(await read(await geopackageOf([{ name: 'a', srs: 31999, rows: [{ blob: blobOf(wkbOf(point)) }] }])))).toEqual(['foreign-crs']);
  });
});

describe('files', () => {
  test('changes that wait in a log are said; a database in that mode opens', async () => {
    const bytes = await geopackageOf([{ name: 'a', rows: [{ blob: blobOf(wkbOf(point)) }] }]);
    bytes.fill(2, 18, 20);
    const got = await read(bytes, {}, { 'a.gpkg-wal': Uint8Array.of(1) });
    expect(got.features).toHaveLength(1);
    expect(codes(got)).toEqual(['unwritten-changes']);
  });

  test('an empty layer, a database of another kind, one that is cut off', async () => {
    expect(codes(await read(await geopackageOf([{ name: 'a', rows: [] }])))).toEqual(['no-features']);
    expect(codes(await read(await geopackageOf([])))).toEqual(['no-features']);
    expect(codes(await read(await geopackageOf([], 'drop table gpkg_contents')))).toEqual(['no-geopackage']);
    const whole = await geopackageOf([{ name: 'a', rows: Array.from({ length: 2000 }, () => ({ blob: blobOf(wkbOf(point)), name: 'x'.repeat(50) })) }]);
    const cut = await read(whole.subarray(0, whole.length / 2));
    expect(codes(cut)).toEqual(['broken-database']);
    await expect(read(whole, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/u);
  });

  test('whatever bytes are flipped: no throw, never empty without a word', async () => {
    const whole = await geopackageOf([{ name: 'a', rows: Array.from({ length: 20 }, (_, k) => ({ blob: blobOf(wkbOf(geometries[k % 8])), name: 'n' })) }]);
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 }), async (flips) => {
      const bytes = whole.slice();
      for (const [at, byte] of flips) bytes[at] = byte;
      if (!geopackage.sniff(bytes)) return;
      const got = await read(bytes);
      expect(got.features.length + got.issues.length).toBeGreaterThan(0);
    }), { numRuns: 60 });
  });
});

describeShared('the same footprints in three formats', () => {
  const key = ({ geometry, properties }: ReadFeatures['features'][number]): string => {
    const polygons = geometry?.type === 'Polygon' ? [geometry.coordinates] : (geometry as MultiPolygon).coordinates;
    const rings = polygons.flat().map((ring) => ring.slice(1).map((at) => at.slice(0, 2).map((value) => value.toFixed(9)).join()).toSorted().join(' '));
    return `${String(properties.layer)} ${Number(properties.height)} ${rings.toSorted().join(' | ')}`;
  };
  test('GeoJSON, GeoPackage and shapefile', async () => {
    const folder = shared('data/city/footprints');
    const json = await readFeatures(geojson, await fileSource(`${folder}/footprint-with-height.geojson`));
    const gpkg = await readFeatures(geopackage, await fileSource(`${folder}/footprint.gpkg`));
    const shp = await readFeatures(shapefile, await fileSource(`${folder}/shape/footprint.shp`));
    const keys = (got: ReadFeatures): string[] => got.features.map(key).toSorted();
    expect(json.features).toHaveLength(177);
    expect(keys(gpkg)).toEqual(keys(json));
    expect(keys(shp)).toEqual(keys(json));
    expect([...json.issues, ...gpkg.issues, ...shp.issues]).toEqual([]);
  });
});
