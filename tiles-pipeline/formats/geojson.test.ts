import { describe, expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import { readFeatures } from '../testing/read-features.ts';
import type { ReadContext, Source } from './format.ts';
import { geojson } from './geojson.ts';
import { sniffFormat } from './index.ts';

function sourceOf(content: string | Uint8Array, chunk = 5): Source {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    name: 'data/楼.geojson',
    path: '',
    size: bytes.length,
    head: bytes.subarray(0, 4096),
    async *stream() {
      for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
    },
    bytes: async () => bytes,
    slice: async (start, end) => bytes.slice(start, end),
    beside: async () => undefined,
  };
}

async function readAll(content: string | Uint8Array, chunk?: number): Promise<{ ids: unknown[]; issues: Issue[]; skipped: Record<string, number> }> {
  const issues: Issue[] = [];
  const skipped: Record<string, number> = {};
  const ids: unknown[] = [];
  const context = { issues, skip: (reason: string, count = 1) => void (skipped[reason] = (skipped[reason] ?? 0) + count) };
  for await (const table of geojson.read(sourceOf(content, chunk), context)) ids.push(...table.features.map((feature) => feature.properties.n));
  return { ids, issues, skipped };
}

const feature = (n: number): string => `{"type":"Feature","properties":{"n":${n},"features":[{}],"text":"\\"}] 中"},"geometry":{"type":"Point","coordinates":[1,2]}}`;
const document = (inner: string, before = ''): string => `{"type":"FeatureCollection",${before}"features":[${inner}]}`;

describe('GeoJSON in its ordinary shapes', () => {
  const shapes: [string, string, number[]][] = [
    ['a collection', document(`${feature(1)},\n ${feature(2)}`), [1, 2]],
    ['a collection with members after it', `{"features":[${feature(1)}],"type":"FeatureCollection","name":"x"}`, [1]],
    ['one feature', feature(7), [7]],
    ['a feature a line', `${feature(1)}\n${feature(2)}\r\n\n${feature(3)}`, [1, 2, 3]],
    ['a text sequence with record separators', `\u001E${feature(1)}\n\u001E${feature(2)}\n`, [1, 2]],
    ['a bare array', `[${feature(1)},${feature(2)}]`, [1, 2]],
    ['a byte order mark before it', `\uFEFF${document(feature(1))}`, [1]],
    ['a bare geometry', '{"type":"Point","coordinates":[1,2]}', [undefined as never]],
    ['CGCS2000 named as its system', document(feature(1), '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}},'), [1]],
  ];

  test.each(shapes)('%s', async (_, content, wanted) => {
    for (const chunk of [1, 7, 1 << 20]) expect(await readAll(content, chunk)).toEqual({ ids: wanted, issues: [], skipped: {} });
  });
});

describe('broken GeoJSON: one sentence with file and place, the rest goes on', () => {
  const faults: [name: string, content: string | Uint8Array, code: string, place: string, ids: number[]][] = [
    ['cut off in a feature', document(`${feature(1)},\n${feature(2)}`).slice(0, -20), 'broken-json', 'line 2, byte 1', [1]],
    ['cut off after a feature', `{"features":[${feature(1)}`, 'broken-json', 'line 1', [1]],
    ['no comma between two features', document(`${feature(1)}\n${feature(2)}`), 'broken-json', 'line 2, byte 1', [1]],
    ['rubbish between two features', document(`${feature(1)},\n@@,${feature(2)}`), 'broken-json', 'line 2, byte 1', [1]],
    ['one feature broken inside', document(`${feature(1)},\n{"type":"Feature",,},\n${feature(3)}`), 'broken-feature', 'line 2, byte 1', [1, 3]],
    ['one line of a sequence broken', `${feature(1)}\n{"type":}\n${feature(3)}`, 'broken-feature', 'line 2, byte 1', [1, 3]],
    ['no JSON at all', 'PK\u0003\u0004 this is a zip', 'broken-json', 'line 1, byte 1', []],
    ['JSON of another kind', '{"hello":1}', 'no-geojson', 'line 1, byte 1', []],
    ['a system nobody knows', document(feature(1), '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::9999"}},'), 'foreign-crs', 'EPSG::9999', []],
    ['metres without a word', document(feature(1)).replace('[1,2]', '[500000,3320113]'), 'metres-as-degrees', '500000, 3320113', [1]],
    ['latitude first', document(feature(1)).replace('[1,2]', '[22.5,114]'), 'swapped-axes', '22.5, 114', [1]],
    ['GBK text', Uint8Array.from([...new TextEncoder().encode('{"type":"Feature","properties":{"name":"'), 0xc2, 0xa5, 0xb7, 0xbf, ...new TextEncoder().encode('"},"geometry":null}')]), 'bad-encoding', 'line 1, byte 1', []],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x7b, 0]), 'bad-encoding', 'UTF-16', []],
  ];

  test.each(faults)('%s', async (_, content, code, place, ids) => {
    const result = await readAll(content);
    expect(result.ids).toEqual(ids);
    expect(result.issues.map((issue) => [issue.code, issue.severity])).toEqual([[code, 'error']]);
    expect(result.issues[0].message).toContain('data/楼.geojson');
    expect(result.issues[0].message).toContain(place);
    expect(result.issues[0].message.split('\n')).toHaveLength(1);
  });

  test('a hundred broken features are one issue with a count', async () => {
    const { issues, skipped } = await readAll(document(Array.from({ length: 100 }, () => '{"x":}').join(',')));
    expect(issues).toHaveLength(1);
    expect(issues[0].count).toBe(100);
    expect(skipped).toEqual({ 'broken JSON': 100 });
  });
});

describe('places', () => {
  const at = async (x: number, y: number, own: string | undefined, said: Partial<ReadContext>): Promise<unknown> => {
    const crs = own === undefined ? '' : `"crs":{"type":"name","properties":{"name":"${own}"}},`;
    const { features, issues } = await readFeatures(geojson, sourceOf(document(feature(1), crs).replace('[1,2]', `[${x},${y}]`)), said);
    expect(issues).toEqual([]);
    return (features[0].geometry as { coordinates: unknown }).coordinates;
  };
  const near = (lon: number, lat: number): unknown => [expect.closeTo(lon, 6), expect.closeTo(lat, 6)];

  test('in Gauss-Krüger zones, by the file or by what was said', async () => {
    expect(await at(500_000, 3_320_113.398, 'urn:ogc:def:crs:EPSG::4547', {})).toEqual(near(114, 30));
    expect(await at(500_000, 3_320_113.398, undefined, { crs: 'EPSG:4547' })).toEqual(near(114, 30));
    expect(await at(500_000, 3_320_113.398, 'urn:ogc:def:crs:OGC:1.3:CRS84', { crs: 'EPSG:4547', crsNamed: true })).toEqual(near(114, 30));
  });

  test('in GCJ-02 and BD-09, whatever the file says: none says it', async () => {
    for (const own of [undefined, 'urn:ogc:def:crs:OGC:1.3:CRS84']) {
      expect(await at(116.39754118, 39.90890128, own, { crs: 'GCJ-02' })).toEqual(near(116.3913, 39.9075));
      expect(await at(116.40391394, 39.91524466, own, { crs: 'BD-09' })).toEqual(near(116.3913, 39.9075));
    }
  });

  test('in degrees stay as they are, to the last bit', async () => {
    for (const own of [undefined, 'urn:ogc:def:crs:OGC:1.3:CRS84', 'urn:ogc:def:crs:EPSG::4326', 'EPSG:4490', 'EPSG:4979']) expect(await at(113.94123456789012, 22.512345678901234, own, {})).toEqual([113.94123456789012, 22.512345678901234]);
  });

  test('nested arrays without end are no places', async () => {
    const deep = `{"type":"Polygon","coordinates":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    expect((await readFeatures(geojson, sourceOf(deep), { crs: 'EPSG:4547' })).features).toHaveLength(1);
  });
});

test('formats are told by content', () => {
  expect(sniffFormat(new TextEncoder().encode(' \n{"type"'))?.id).toBe('geojson');
  expect(sniffFormat(Uint8Array.of(0x49, 0x49, 42, 0))?.id).toBe('geotiff');
  expect(sniffFormat(new TextEncoder().encode('PK\u0003\u0004'))).toBeUndefined();
});
