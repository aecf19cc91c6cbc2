import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createOSMStream } from 'osm-pbf-parser-node';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { encodePbf, encodeXml, type SmallMap } from '../testing/osm-encoder.ts';
import { loneSource, readAll, type ReadResult } from '../testing/lone-source.ts';
import type { Format, SourceFeature } from './format.ts';
import { sniffFormat } from './index.ts';
import { osmPbf, osmXml, type OsmTable } from './osm.ts';

type Tags = Record<string, string>;
const both: [string, Format, (map: SmallMap) => Uint8Array][] = [
  ['XML', osmXml, (map) => new TextEncoder().encode(encodeXml(map))],
  ['PBF', osmPbf, (map) => encodePbf(map)],
];

/** Squares of some 22 × 14 m beside each other; way n has nodes 10n…10n+3. */
function square(n: number, tags: Tags, at: [number, number] = [n * 0.001, 0], side = 0.0002): SmallMap {
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]];
  return {
    nodes: corners.map(([x, y], i) => ({ id: 10 * n + i, lon: 13.35 + at[0] + x * side, lat: 52.51 + at[1] + y * side })),
    ways: [{ id: n, refs: [10 * n, 10 * n + 1, 10 * n + 2, 10 * n + 3, 10 * n], tags }],
  };
}

function together(...maps: SmallMap[]): SmallMap {
  return { nodes: maps.flatMap((map) => map.nodes ?? []), ways: maps.flatMap((map) => map.ways ?? []), relations: maps.flatMap((map) => map.relations ?? []) };
}

const line = (n: number, tags: Tags, closed = false): SmallMap => ({ nodes: square(n, {}).nodes, ways: [{ id: n, refs: [10 * n, 10 * n + 1, 10 * n + 2, ...(closed ? [10 * n] : [])], tags }] });
const point = (id: number, tags: Tags): SmallMap => ({ nodes: [{ id, lon: 13.35, lat: 52.51, tags }] });
const read = (map: SmallMap): Promise<ReadResult> => readAll(osmXml, loneSource(encodeXml(map)));
const brief = ({ id, geometry }: SourceFeature): string => `${id} ${geometry?.type}`;

describe('what is a line and what an area', () => {
  const cases: [string, SmallMap, string[]][] = [
    ['a building', square(1, { building: 'yes' }), ['way/1 Polygon']],
    ['building=no', square(1, { building: 'no' }), []],
    ['a park', square(1, { leisure: 'park' }), ['way/1 Polygon']],
    ['a running track', square(1, { leisure: 'track' }), []],
    ['a closed street', square(1, { highway: 'residential' }), ['way/1 LineString']],
    ['a closed street that is a square', square(1, { highway: 'pedestrian', area: 'yes' }), ['way/1 Polygon']],
    ['a roundabout around a green', square(1, { highway: 'primary', junction: 'roundabout', landuse: 'grass' }), ['way/1 LineString', 'way/1 Polygon']],
    ['area=no on a park', square(1, { leisure: 'park', area: 'no' }), []],
    ['a fence around a garden', square(1, { barrier: 'fence', leisure: 'garden' }), ['way/1 Polygon']],
    ['a fence', square(1, { barrier: 'fence' }), []],
    ['a coastline', line(1, { natural: 'coastline' }), []],
    ['a river as a line', line(1, { waterway: 'river' }), ['way/1 LineString']],
    ['an open way of a building', line(1, { building: 'yes' }), []],
    ['a tram', line(1, { railway: 'tram' }), ['way/1 LineString']],
    ['a silo', square(1, { man_made: 'silo', height: '20' }), ['way/1 Polygon']],
    ['a garage underground', square(1, { building: 'garage', location: 'underground' }), []],
    ['a way that says only where it is from', square(1, { source: 'survey', 'source:date': '2011' }), []],
    ['a shop', point(1, { shop: 'bakery' }), ['node/1 Point']],
    ['a crossing', point(1, { highway: 'crossing' }), []],
    ['a bus stop', point(1, { highway: 'bus_stop' }), ['node/1 Point']],
    ['an address', point(1, { 'addr:housenumber': '5' }), []],
    ['a tag called __proto__', square(1, { building: 'yes', ['__proto__']: '1' }), ['way/1 Polygon']],
    ['a use called constructor', square(1, { leisure: 'constructor' }), ['way/1 Polygon']],
  ];

  test.each(cases)('%s', async (_, map, wanted) => {
    const { features, skipped, issues } = await read(map);
    expect(features.map(brief)).toEqual(wanted);
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    if (wanted.length === 0 && !map.ways?.some(({ tags }) => tags?.source || tags?.building === 'no')) expect(Object.values(skipped)).toEqual([1]);
  });

  test('bridges, tunnels and layers go on with a road, and its direction stays', async () => {
    const tags = { highway: 'primary', bridge: 'yes', layer: '1', oneway: '-1', 'name': '中山路', maxspeed: '50' };
    const { features } = await read(line(3, tags));
    expect(features[0].properties).toEqual(tags);
    expect(features[0].geometry).toMatchObject({ coordinates: [[13.353, 52.51], [13.3532, 52.51], [13.3532, 52.5102]] });
  });
});

describe('multipolygons', () => {
  const hole = square(2, {}, [0.0001, 0.00005], 0.00005);
  const outer = square(1, {}, [0, 0], 0.0004);
  const split = (way: SmallMap, id: number): SmallMap => ({ nodes: way.nodes, ways: [{ id, refs: way.ways![0].refs.slice(0, 3) }, { id: id + 1, refs: way.ways![0].refs.slice(2).toReversed() }] });
  const relation = (members: [number, string][], tags: Tags): SmallMap => ({ relations: [{ id: 7, members: members.map(([ref, role]) => ({ type: 'way', ref, role })), tags: { type: 'multipolygon', ...tags } }] });

  test('rings are joined from several ways, whichever way they run, and holes found their ring', async () => {
    const { features, skipped } = await read(together(split(outer, 20), split(hole, 30), relation([[31, 'inner'], [20, 'outer'], [21, 'outer'], [30, 'inner']], { building: 'yes', height: '12' })));
    expect(skipped).toEqual({});
    expect(features.map(brief)).toEqual(['relation/7 Polygon']);
    const { coordinates } = features[0].geometry as { type: 'Polygon'; coordinates: number[][][] } & { coordinates: number[][][] };
    expect(coordinates.map((ring) => ring.length)).toEqual([5, 5]);
    expect(new Set(coordinates[1].map(String))).toEqual(new Set(hole.nodes!.map(({ lon, lat }) => `${lon.toFixed(7).replace(/0+$/u, '')},${lat.toFixed(7).replace(/0+$/u, '')}`)));
  });

  test('two outer rings are one area, and two buildings', async () => {
    const far = square(3, {}, [0.002, 0], 0.0003);
    const members: [number, string][] = [[1, 'outer'], [2, 'inner'], [3, 'outer']];
    expect((await read(together(outer, hole, far, relation(members, { natural: 'water' })))).features.map(brief)).toEqual(['relation/7 MultiPolygon']);
    expect((await read(together(outer, hole, far, relation(members, { building: 'yes' })))).features.map(brief)).toEqual(['relation/7 Polygon', 'relation/7#2 Polygon']);
  });

  test('the tags of the outer way stand in for a relation that has none, and nothing is drawn twice', async () => {
    const tagged = square(1, { building: 'yes', name: 'Alt' }, [0, 0], 0.0004);
    const old = await read(together(tagged, hole, relation([[1, 'outer'], [2, 'inner']], {})));
    expect(old.features.map((feature) => [brief(feature), feature.properties.name])).toEqual([['relation/7 Polygon', 'Alt']]);
    expect(old.skipped).toEqual({ 'drawn by its multipolygon relation': 1 });
    const court = square(2, { leisure: 'garden' }, [0.0001, 0.00005], 0.00005);
    expect((await read(together(outer, court, relation([[1, 'outer'], [2, 'inner']], { building: 'yes' })))).features.map(brief)).toEqual(['way/2 Polygon', 'relation/7 Polygon']);
  });

  test('rings that touch in one node come apart', async () => {
    const nodes = [[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]].map(([x, y], i) => ({ id: i + 1, lon: 13 + x * 1e-4, lat: 52 + y * 1e-4 }));
    const ways = [[1, 2, 3], [3, 4], [4, 5, 3], [3, 1]].map((refs, i) => ({ id: i + 1, refs }));
    const { features } = await read({ nodes, ways, ...relation([[1, ''], [2, ''], [3, ''], [4, '']], { landuse: 'grass' }) });
    expect(features[0].geometry).toMatchObject({ type: 'MultiPolygon' });
    expect((features[0].geometry as { coordinates: unknown[] } & SourceFeature['geometry'])).toHaveProperty('coordinates.length', 2);
  });

  const broken: [string, SmallMap, string, string[]][] = [
    ['an outer ring that does not close', together({ nodes: outer.nodes, ways: [{ id: 1, refs: [10, 11, 12] }] }, relation([[1, 'outer']], { building: 'yes' })), 'no outer ring closes', []],
    ['outer ways beyond the border', together(hole, relation([[1, 'outer'], [2, 'inner']], { building: 'yes' })), 'all outer ways of the relation are missing (cut at the border of the extract)', []],
    ['a part of the outer ring beyond the border', together(split(outer, 20), relation([[20, 'outer'], [99, 'outer']], { building: 'yes' })), 'no outer ring closes: ways or nodes are missing (cut at the border of the extract)', []],
    ['no outer ways', together(hole, relation([[2, 'inner']], { building: 'yes' })), 'a multipolygon without outer ways', []],
    ['a border of a district', together(outer, relation([[1, 'outer']], { boundary: 'administrative', name: '区' })), 'a boundary, no ground', []],
  ];

  test.each(broken)('%s', async (_, map, reason, wanted) => {
    const { features, skipped } = await read(map);
    expect(features.map(brief)).toEqual(wanted);
    expect(skipped).toEqual({ [reason]: 1 });
  });

  test('one broken ring costs only itself and is counted', async () => {
    const stray = square(4, {}, [0.01, 0]);
    const half = { nodes: square(3, {}, [0.002, 0]).nodes, ways: [{ id: 3, refs: [30, 31, 32] }] };
    const { features, issues, skipped } = await read(together(outer, half, stray, relation([[1, 'outer'], [3, 'outer'], [4, 'inner']], { natural: 'water' })));
    expect(features.map(brief)).toEqual(['relation/7 Polygon']);
    expect(skipped).toEqual({});
    expect(issues.map(({ code }) => code)).toEqual(['astray-rings', 'broken-rings']);
    expect(issues[0].message).toContain('relation/7');
  });
});

describe('missing, deleted and repeated elements', () => {
  test('a line cut at the border is drawn as far as it is known, an outline is not', async () => {
    const cut: SmallMap = { nodes: square(1, {}).nodes, ways: [{ id: 1, refs: [10, 11, 99, 12, 13], tags: { highway: 'service' } }, { id: 2, refs: [10, 11, 99, 10], tags: { building: 'yes' } }] };
    const { features, skipped, issues } = await read(cut);
    expect(features.map(brief)).toEqual(['way/1 MultiLineString']);
    expect(skipped).toEqual({ 'nodes of the outline are missing (cut at the border of the extract)': 1 });
    expect(issues.map(({ code }) => code)).toEqual(['missing-nodes']);
  });

  test.each(both)('deleted elements are left out of %s and counted', async (_, format, encode) => {
    const map = square(1, { building: 'yes' });
    const deleted = { nodes: [...map.nodes!, { id: 77, lon: 1, lat: 1, visible: false }], ways: [...map.ways!, { id: 2, refs: [10, 11, 12, 10], tags: { building: 'yes' }, visible: false }] };
    const { features, skipped } = await readAll(format, loneSource(encode(deleted)));
    expect(features.map(brief)).toEqual(['way/1 Polygon']);
    expect(skipped).toEqual({ 'a deleted element': 2 });
  });

  test.each(both)('elements met twice in %s are taken once, the later', async (_, format, encode) => {
    const map = together(square(1, { building: 'yes' }), square(2, { building: 'yes' }), { ways: [{ id: 1, refs: [10, 11, 12, 10], tags: { building: 'school' } }] });
    const { features, skipped } = await readAll(format, loneSource(encode(map)));
    expect(features.map((feature) => [feature.id, feature.properties.building])).toEqual([['way/2', 'yes'], ['way/1', 'school']]);
    expect(skipped).toEqual({ 'the same element twice': 1 });
  });

  test.each(both)('ways before their nodes, relations before their ways: %s', async (_, format) => {
    const map = square(1, { building: 'yes' });
    const xml = encodeXml(map);
    const [start, end] = [xml.indexOf('<node'), xml.indexOf('<way')];
    const turned = format === osmXml ? new TextEncoder().encode(`${xml.slice(0, start)}${xml.slice(end).replace('</osm>', '')}${xml.slice(start, end)}</osm>`) : Buffer.concat([encodePbf({ ways: map.ways }), encodePbf({ nodes: map.nodes })]);
    expect((await readAll(format, loneSource(turned))).features.map(brief)).toEqual(['way/1 Polygon']);
  });

  test('ids beyond 32 bits, ids below zero, both date lines and poles', async () => {
    const map: SmallMap = { nodes: [{ id: 13_000_000_001, lon: 180, lat: 90, tags: { shop: 'a' } }, { id: 13_000_000_002, lon: -180, lat: -90, tags: { shop: 'b' } }, { id: -5, lon: 0.0000001, lat: -0.0000001, tags: { shop: 'c' } }] };
    for (const [, format, encode] of both) {
      const { features } = await readAll(format, loneSource(encode(map)));
      expect(features.map(({ id }) => id)).toEqual(['node/13000000001', 'node/13000000002', 'node/-5']);
      expect(features.map(({ geometry }) => (geometry as { coordinates: number[] } & SourceFeature['geometry'])!)).toMatchObject([{ coordinates: [180, 90] }, { coordinates: [-180, -90] }, { coordinates: [1e-7, -1e-7] }]);
    }
  });
});

test('a row of trees becomes trees, from end to end', async () => {
  const { features } = await read(line(1, { natural: 'tree_row', species: 'Tilia cordata', height: '39 ft' }));
  expect(features.length).toBeGreaterThan(3);
  expect(features.every(({ geometry, properties }) => geometry?.type === 'Point' && properties.natural === 'tree' && properties.species === 'Tilia cordata')).toBe(true);
  expect(features[0].properties.height).toBeCloseTo(11.887, 3);
  expect(features[0].geometry).toMatchObject({ coordinates: [13.351, 52.51] });
  expect(features[features.length - 1].geometry).toMatchObject({ coordinates: [13.3512, 52.5102] });
});

test('every table says whom the data are owed to and of which day they are', async () => {
  const map = square(1, { building: 'yes' });
  const tables: OsmTable[] = [];
  tables.push(...((await readAll(osmPbf, loneSource(encodePbf(map, { time: 1_505_301_179 })))).tables as OsmTable[]));
  tables.push(...((await readAll(osmXml, loneSource(encodeXml(map, ' timestamp="2017-09-13T10:52:59Z"')))).tables as OsmTable[]));
  expect(tables.map(({ surveyed, credit }) => [surveyed, credit.text])).toEqual([['2017-09-13', '© OpenStreetMap contributors'], ['2017-09-13', '© OpenStreetMap contributors']]);
  const [silent] = (await readAll(osmPbf, loneSource(encodePbf(map)))).tables as OsmTable[];
  expect('surveyed' in silent).toBe(false);
  const edited = encodeXml(map).replace('<way id="1"', '<way id="1" timestamp="2020-02-03T04:05:06Z"');
  expect(((await readAll(osmXml, loneSource(edited))).tables as OsmTable[])[0].surveyed).toBe('2020-02-03');
});

test('an abort ends the reading', async () => {
  const source = loneSource(encodePbf(square(1, { building: 'yes' })));
  await expect(readAll(osmPbf, source, AbortSignal.abort())).rejects.toThrow(/abort/iu);
});

describe('sniffing', () => {
  test('by content', () => {
    expect(sniffFormat(encodePbf({}).subarray(0, 4096))?.id).toBe('osm-pbf');
    const head = (text: string): string | undefined => sniffFormat(new TextEncoder().encode(text))?.id;
    expect(head('<?xml version="1.0"?>\n<!-- of yesterday --><osm version="0.6">')).toBe('osm');
    expect(head('\uFEFF<osm>')).toBe('osm');
    expect(head('<osmChange version="0.6">')).toBe('osm');
    expect(head('<osmosis>')).toBeUndefined();
    expect(head('<gpx>')).toBeUndefined();
  });
});

/** Reads a map out of XML by patterns alone, with none of the reader's code. */
function byPattern(xml: string): SmallMap {
  const text = (value: string): string => value.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll(/&#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code))).replaceAll('&amp;', '&');
  const of = (attributes: string, name: string): string => new RegExp(`\\b${name}=(?:"([^"]*)"|'([^']*)')`, 'u').exec(attributes)?.slice(1).find((found) => found !== undefined) ?? '';
  const tags = (inner: string): Tags => Object.fromEntries([...inner.matchAll(/<tag ([^>]*?)\/?>/gu)].map(([, a]) => [text(of(a, 'k')), text(of(a, 'v'))]));
  const elements = (name: string): [string, string][] => [...xml.matchAll(new RegExp(`<${name} ([^>]*?)(?:/>|>([\\s\\S]*?)</${name}>)`, 'gu'))].map(([, attributes, inner = '']) => [attributes, inner]);
  return {
    nodes: elements('node').map(([a, inner]) => ({ id: Number(of(a, 'id')), lon: Number(of(a, 'lon')), lat: Number(of(a, 'lat')), tags: tags(inner) })),
    ways: elements('way').map(([a, inner]) => ({ id: Number(of(a, 'id')), refs: [...inner.matchAll(/<nd ref="(\d+)"/gu)].map(([, ref]) => Number(ref)), tags: tags(inner) })),
    relations: elements('relation').map(([a, inner]) => ({ id: Number(of(a, 'id')), members: [...inner.matchAll(/<member ([^>]*?)\/?>/gu)].map(([, m]) => ({ type: of(m, 'type') as 'way', ref: Number(of(m, 'ref')), role: text(of(m, 'role')) })), tags: tags(inner) })),
  };
}

describeShared('real extracts', () => {
  const file = (name: string): Uint8Array => {
    const bytes = readFileSync(shared(`data/traffic/osm/${name}`));
    return new Uint8Array(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  };

  test.each(['monaco.osm.gz', 'berlin-siegessaeule.osm.gz', 'conditional-restrictions.osm.xml'])('%s gives the same as XML and as PBF', async (name) => {
    const xml = file(name);
    const map = byPattern(new TextDecoder().decode(xml));
    const fromXml = await readAll(osmXml, loneSource(xml));
    const fromPbf = await readAll(osmPbf, loneSource(encodePbf(map, name.startsWith('monaco') ? {} : { plain: true, raw: true, perBlock: 500 })));
    expect(fromPbf.features).toEqual(fromXml.features);
    expect(fromPbf.skipped).toEqual(fromXml.skipped);
    expect(fromPbf.issues).toEqual(fromXml.issues);
  });

  test('Monaco: every building, road and tree that a pattern finds', async () => {
    const xml = file('monaco.osm.gz');
    const { ways = [], nodes = [], relations = [] } = byPattern(new TextDecoder().decode(xml));
    const { features, skipped } = await readAll(osmXml, loneSource(xml));
    const known = new Set(nodes.map(({ id }) => id));
    const whole = (way: { refs: readonly number[] }): boolean => way.refs[0] === way.refs.at(-1) && way.refs.every((ref) => known.has(ref));
    const claimed = new Set(relations.filter(({ tags }) => tags?.type === 'multipolygon').flatMap(({ members, tags }) => members.filter(({ role }) => role !== 'inner').map(({ ref }) => ({ ref, tags }))).filter(({ ref, tags }) => !Object.keys(tags!).some((key) => key !== 'type') || ways.find(({ id }) => id === ref)?.tags?.building === tags?.building).map(({ ref }) => ref));
    const buildings = ways.filter((way) => way.tags?.building && whole(way));
    const drawn = features.filter(({ id, properties, geometry }) => String(id).startsWith('way/') && properties.building && geometry?.type === 'Polygon');
    expect(drawn).toHaveLength(buildings.filter(({ id }) => !claimed.has(id)).length);
    expect(features.filter(({ properties }) => properties.natural === 'tree')).toHaveLength(nodes.filter(({ tags }) => tags?.natural === 'tree').length);
    const roads = ways.filter(({ tags }) => tags?.highway && tags.area !== 'yes' && !['proposed', 'construction', 'platform', 'elevator', 'rest_area', 'services', 'raceway'].includes(tags.highway));
    expect(features.filter(({ properties, geometry }) => properties.highway && geometry?.type.endsWith('LineString')).length).toBe(roads.length);
    expect(skipped['a coastline: the sea is not drawn from it']).toBe(ways.filter(({ tags }) => tags?.natural === 'coastline').length);
    const ids = features.map(({ id, geometry }) => `${id} ${geometry!.type}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('Andorra: nodes, ways and relations as another reader has them', async () => {
    const { ElementStore } = await import('./osm/element-store.ts');
    const { readPbf } = await import('./osm/pbf.ts');
    const store = new ElementStore();
    const context = { issues: [], skip: () => undefined };
    for await (const at of readPbf(loneSource(file('andorra.osm.pbf')), context, store)) expect(at).toBeGreaterThan(0);
    store.places.index();
    let [node, way, relation, off] = [0, 0, 0, 0];
    const [ours, theirs]: unknown[][] = [[], []];
    for await (const item of createOSMStream(shared('data/traffic/osm/andorra.osm.pbf'), { withTags: true })) {
      if (!('type' in item)) continue;
      const element = item as unknown as { type: string; id: number; lat: number; lon: number; refs: number[]; tags?: Tags; members: unknown[] };
      if (element.type === 'node') {
        node++;
        const n = store.places.find(element.id);
        off = Math.max(off, Math.abs(store.places.lon(n) - element.lon), Math.abs(store.places.lat(n) - element.lat));
      } else if (element.type === 'way') {
        ours.push([store.ways.id.at(way), [...store.wayRefs(way)], store.wayTags(way)]);
        theirs.push([element.id, element.refs, element.tags ?? {}]);
        way++;
      } else {
        ours.push([store.relations.id.at(relation), store.members(relation)]);
        theirs.push([element.id, element.members]);
        relation++;
      }
    }
    expect(off).toBeLessThan(6e-8);
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
    expect([store.places.count, store.ways.count, store.relations.count]).toEqual([node, way, relation]);
    expect(node + way + relation).toBe(72_443);
  });

  test('the Victory Column is one building: its 54 named parts and all that lie in it are its body', async () => {
    const { features, issues } = await readAll(osmXml, loneSource(file('berlin-siegessaeule.osm.gz')));
    const column = features.find(({ properties }) => properties.name === 'Siegessäule' && properties.building)!;
    expect(column.id).toBe('relation/4639168');
    const heights = column.solid!.positions.filter((_, i) => i % 3 === 2);
    // 66.9 m to the tip of the laurel wreath; OpenStreetMap has the parts up to there.
    expect(Math.max(...heights)).toBeGreaterThan(58);
    expect(Math.max(...heights)).toBeLessThan(70);
    expect(column.properties.height).toBe(Math.max(...heights));
    expect(column.solid!.colours).toBeDefined();
    expect(issues.map(({ code, count }) => [code, count])).toEqual([['parts-drawn', 118]]);
    expect(features.some(({ properties }) => properties['building:part'] && !properties.building)).toBe(false);
  });
});
