import fc from 'fast-check';
import { serialize } from 'flatgeobuf/lib/mjs/geojson.js';
import type { Feature, FeatureCollection } from 'geojson';
import { describe, expect, test } from 'vitest';
import { encodeFlatGeobuf } from '../sinks/flatgeobuf.ts';
import { memorySource } from '../testing/memory-source.ts';
import { readFeatures, type ReadFeatures } from '../testing/read-features.ts';
import { flatgeobuf } from './flatgeobuf.ts';
import type { ReadContext } from './format.ts';

const read = (bytes: Uint8Array, said?: Partial<ReadContext>, chunk?: number): Promise<ReadFeatures> => readFeatures(flatgeobuf, memorySource({ 'a.fgb': bytes }, 'a.fgb', chunk), said);
const codes = ({ issues }: ReadFeatures): string[] => issues.map(({ code }) => code);
const ring = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]];
const hole = [[0.5, 0.5], [0.5, 1], [1, 1], [0.5, 0.5]];
const collection = (features: Feature[]): FeatureCollection => ({ type: 'FeatureCollection', features });
const feature = (geometry: Feature['geometry'], n = 1): Feature => ({ type: 'Feature', properties: { n, name: '城', high: 1.5, yes: true }, geometry });

/** As the library writes them: of one type without and of several types with a type a feature; no index. */
const geometries: Feature['geometry'][] = [
  { type: 'Point', coordinates: [1, 2] },
  { type: 'Point', coordinates: [1, 2, 3] },
  { type: 'MultiPoint', coordinates: [[1, 2], [3, 4]] },
  { type: 'LineString', coordinates: [[1, 2], [3, 4]] },
  { type: 'MultiLineString', coordinates: [[[1, 2], [3, 4]], [[5, 6], [7, 8], [9, 9]]] },
  { type: 'Polygon', coordinates: [ring, hole] },
  { type: 'MultiPolygon', coordinates: [[ring, hole], [ring]] },
];

describe('what the library writes comes back', () => {
  test.each(geometries.map((geometry) => [geometry.type, geometry] as const))('%s', async (_, geometry) => {
    const bytes = serialize(collection([feature(geometry), feature(geometry, 2)]), 4326);
    for (const chunk of [13, 1 << 20]) {
      const got = await read(bytes, {}, chunk);
      expect(got.features).toEqual([1, 2].map((n) => ({ geometry, properties: feature(geometry, n).properties })));
      expect(got.issues).toEqual([]);
    }
  });

  test('several types in one file', async () => {
    const all = geometries.map((geometry, n) => feature(geometry, n));
    expect((await read(serialize(collection(all), 4326))).features.map(({ geometry }) => geometry)).toEqual(geometries);
  });
});

const seven = encodeFlatGeobuf({ name: 'seven', geometry: 'Polygon', columns: [{ name: 'id', type: 'uint' }], count: 7, row: (index) => ({ rings: [Float64Array.of(index, 0, index + 1, 0, index + 1, 1)], values: { id: index } }) });

test('an index is passed over', async () => {
  const { features, issues } = await read(seven, {}, 100);
  expect(features.map(({ properties }) => properties.id).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(issues).toEqual([]);
});

describe('reference systems', () => {
  const place: Feature['geometry'] = { type: 'Point', coordinates: [500_000, 3_320_113.398] };
  test('by the code in its header', async () => {
    const { features, issues } = await read(serialize(collection([feature(place)]), 4547));
    expect(features[0].geometry).toEqual({ type: 'Point', coordinates: [expect.closeTo(114, 8), expect.closeTo(30, 8)] });
    expect(issues).toEqual([]);
  });
  test('by what was said, where the header says nothing; refused, where nobody does', async () => {
    const bytes = serialize(collection([feature(place)]), 0);
    expect((await read(bytes, { crs: 'EPSG:4547' })).features).toHaveLength(1);
    expect(codes(await read(bytes))).toEqual(['no-crs']);
    expect(codes(await read(serialize(collection([feature(place)]), 9999)))).toEqual(['foreign-crs']);
  });
});

describe('broken files', () => {
  /** Where the features begin and end. */
  const bounds = (): number[] => {
    const view = new DataView(seven.buffer, seven.byteOffset, seven.length);
    const starts: number[] = [];
    let at = seven.length;
    const length = view.getUint32(12 + view.getUint32(8, true) + 40 * 8, true);
    while (starts.length < 7) starts.unshift((at -= 4 + length));
    return starts;
  };
  const changed = (change: (view: DataView, bytes: Uint8Array) => Uint8Array | void): Uint8Array => {
    const bytes = seven.slice();
    return change(new DataView(bytes.buffer), bytes) ?? bytes;
  };
  const faults: [name: string, bytes: Uint8Array, count: number, code: string, says: RegExp][] = [
    ['cut off within a feature', seven.subarray(0, -10), 6, 'truncated', /byte \d+: the file is cut off.*6 of 7 features/],
    ['cut off between features', seven.subarray(0, bounds()[5]), 5, 'truncated', /promises 7 features, there are 5/],
    ['a huge feature', changed((view) => view.setUint32(bounds()[3], 0xfffffff0, true)), 3, 'truncated', /a feature of 4294967280 bytes/],
    ['a feature that cannot be read', changed((_, bytes) => void bytes.fill(0x7f, bounds()[3] + 4, bounds()[4])), 6, 'broken-feature', /number 4/],
    ['a header that reaches beyond the file', changed((view) => view.setUint32(8, 1e9, true)), 0, 'broken-header', /claims 1000000000 bytes/],
    ['nothing but magic bytes', seven.subarray(0, 8), 0, 'broken-header', /claims 0 bytes/],
    ['an index that reaches beyond the file', seven.subarray(0, 300), 0, 'broken-header', /more than its 300 bytes can hold/],
    ['another version', changed((_, bytes) => void (bytes[3] = 2)), 0, 'broken-header', /version 2/],
  ];
  test.each(faults)('%s', async (_, bytes, count, code, says) => {
    const got = await read(bytes, {}, 50);
    expect(got.features).toHaveLength(count);
    expect(codes(got)).toEqual([code]);
    expect(got.issues[0].message).toMatch(/^a\.fgb/u);
    expect(got.issues[0].message).toMatch(says);
  });

  test('an empty collection', async () => {
    expect(codes(await read(encodeFlatGeobuf({ name: 'none', geometry: 'Point', columns: [], count: 0, row: () => ({ rings: [], values: {} }) })))).toEqual(['no-features']);
  });

  test('an abort stops it', async () => {
    await expect(read(seven, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/u);
  });

  test('parts that point at each other end', async () => {
    const nested = serialize(collection([feature({ type: 'MultiPolygon', coordinates: Array.from({ length: 50 }, () => [ring]) })]), 4326);
    for (let at = nested.length - 400; at < nested.length - 4; at += 4) {
      const bytes = nested.slice();
      new DataView(bytes.buffer).setUint32(at, 0x7fffffff, true);
      const got = await read(bytes);
      expect(got.features.length + got.issues.length).toBeGreaterThan(0);
    }
  });

  test('whatever bytes are flipped, cut or put in: no throw, no hang, never empty without a word', async () => {
    const bytes = serialize(collection(geometries.map((geometry, n) => feature(geometry, n))), 4326);
    await fc.assert(fc.asyncProperty(fc.constantFrom(bytes, seven), fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.double({ min: 0, max: 2, noNaN: true }), async (whole, flips, cut) => {
      const made = whole.slice(0, Math.ceil(cut * whole.length));
      for (const [at, byte] of flips) made[Math.floor(at * made.length)] = byte;
      if (!flatgeobuf.sniff(made)) return;
      const got = await read(made, {}, 64);
      expect(got.features.length + got.issues.length + Object.keys(got.skipped).length).toBeGreaterThan(0);
    }), { numRuns: 400 });
  });
});
