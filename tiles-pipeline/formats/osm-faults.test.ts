import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { blob, bytes, encodePbf, encodeXml, headerBlock, number, varint, type SmallMap } from '../testing/osm-encoder.ts';
import { loneSource, readAll } from '../testing/lone-source.ts';
import type { Issue } from '../../engine/errors.ts';
import { ElementStore } from './osm/element-store.ts';
import { NodePlaces } from './osm/node-places.ts';
import { readPbf } from './osm/pbf.ts';
import { osmPbf, osmXml } from './osm.ts';

const house: SmallMap = {
  nodes: [[0, 0], [2, 0], [2, 2], [0, 2]].map(([x, y], i) => ({ id: i + 1, lon: 113.94 + x * 1e-4, lat: 22.53 + y * 1e-4, ...(i === 0 && { tags: { shop: 'books' } }) })),
  ways: [{ id: 5, refs: [1, 2, 3, 4, 1], tags: { building: 'yes', 'roof:shape': 'gabled', height: '9' } }, { id: 6, refs: [1, 3], tags: { highway: 'service' } }],
  relations: [{ id: 7, members: [{ type: 'way', ref: 5, role: 'outer' }], tags: { type: 'multipolygon', landuse: 'grass' } }],
};
const xml = encodeXml(house);
const pbf = encodePbf(house);
const sound = ['node/1', 'way/5', 'way/6', 'relation/7'];
const join = (...parts: (Uint8Array | readonly number[])[]): Uint8Array => Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
/** A frame that says it is `said` bytes long. */
const frame = (type: string, said: number | bigint, body: Uint8Array): Uint8Array => {
  const header = join(bytes(1, new TextEncoder().encode(type)), number(3, said));
  return join([0, 0, 0, header.length], header, body);
};
const header = blob('OSMHeader', headerBlock());
const data = (content: readonly number[] | Uint8Array): Uint8Array => join(header, blob('OSMData', Uint8Array.from(content)), pbf.subarray(header.length));

test('the sound ones are sound', async () => {
  for (const [format, content] of [[osmXml, xml], [osmPbf, pbf]] as const) {
    const { features, issues, skipped } = await readAll(format, loneSource(content));
    expect(features.map(({ id }) => id)).toEqual(sound);
    expect([issues, skipped]).toEqual([[], {}]);
  }
});

describe('broken XML: one sentence with the place, what came before is kept', () => {
  const node = '<node id="9" lat="1" lon="2"><tag k="shop" v="x"/></node>';
  const cases: [string, string | Uint8Array, string, RegExp, string[]][] = [
    ['cut off in a way', xml.slice(0, xml.indexOf('<way id="6"') + 20), 'broken-xml', /line 8.*Fetch the file again/u, ['node/1', 'way/5']],
    ['cut off between elements', xml.slice(0, xml.indexOf('<way id="6"')), 'broken-xml', /line 8/u, ['node/1', 'way/5']],
    ['an attribute without quotes', xml.replace('<way id="6"', '<way id=6'), 'broken-xml', /no valid XML/u, ['node/1', 'way/5']],
    ['a doctype', xml.replace('<osm', '<!DOCTYPE osm [<!ENTITY x SYSTEM "file:///etc/passwd">]><osm'), 'broken-xml', /DOCTYPE/u, []],
    ['an entity nobody declared', xml.replace('v="books"', 'v="&books;"'), 'broken-xml', /no valid XML/u, []],
    ['a file of changes', '<osmChange version="0.6"><modify><node id="1" lat="1" lon="1"/></modify></osmChange>', 'broken-xml', /file of changes.*osmium apply-changes/u, []],
    ['a root of another kind', '<gpx></gpx>', 'broken-xml', /root is <gpx>/u, []],
    ['a history', `<osm><node id="9" version="1" lat="1" lon="2"/><node id="9" version="2" lat="1" lon="2"><tag k="shop" v="x"/></node></osm>`, 'history-file', /older versions.*osmium time-filter/u, []],
    ['elements a hundred deep', `<osm>${node}${'<a>'.repeat(100)}`, 'broken-xml', /deep/u, ['node/9']],
    ['an attribute of five megabytes', `<osm>${node}<node id="10" lat="1" lon="2"><tag k="shop" v="${'x'.repeat(5e6)}"/></node></osm>`, 'broken-xml', /4 MiB/u, ['node/9']],
    ['GBK text', Uint8Array.from([...new TextEncoder().encode(`<osm>${node}<node id="10" lat="1" lon="2"><tag k="name" v="`), 0xc2, 0xa5, 0xb7, 0xbf, ...new TextEncoder().encode('"/></node></osm>')]), 'bad-encoding', /UTF-8/u, []],
  ];

  test.each(cases)('%s', async (_, content, code, sentence, ids) => {
    const { features, issues } = await readAll(osmXml, loneSource(content));
    expect(features.map(({ id }) => id)).toEqual(ids);
    expect(issues.map((issue) => [issue.code, issue.severity])).toEqual([[code, 'error']]);
    expect(issues[0].message).toMatch(sentence);
    expect(issues[0].message).toContain('data/城.osm');
    expect(issues[0].message.split('\n')).toHaveLength(1);
  });

  test('elements that are broken cost themselves', async () => {
    const odd = `<node id="x" lat="1" lon="1"/><node id="20" lat="91" lon="1"/><node id="21" lat="" lon="1"/><node lat="1" lon="1"/><node id="22" lat="1e999" lon="1"/><way id="23"><nd ref="q"/><nd/></way><node id="26" lat="1" lon="1"><tag k="shop" v="${'x'.repeat(20_000)}"/></node><way id="24"><nd ref="1"/><tag k="highway" v="path"/></way><relation id="25"><member type="x" ref="1"/><tag k="type" v="multipolygon"/><tag k="landuse" v="grass"/></relation>`;
    const { features, skipped, issues } = await readAll(osmXml, loneSource(xml.replace('</osm>', `${odd}</osm>`)));
    expect(features.map(({ id }) => id)).toEqual(sound);
    expect(skipped).toEqual({ 'an element without an id': 2, 'coordinates are outside the degrees of the earth': 1, 'coordinates are missing or no numbers': 2, 'a line without length': 1, 'a text of more than 16 KiB': 1, 'a multipolygon without outer ways': 1 });
    expect(issues).toEqual([]);
  });

  test('nothing to draw is said, with what to do', async () => {
    const { issues } = await readAll(osmXml, loneSource('<osm><way id="1"><nd ref="1"/><nd ref="2"/><tag k="source" v="x"/></way></osm>'));
    expect(issues.map(({ code, severity }) => [code, severity])).toEqual([['no-features', 'warning']]);
    expect(issues[0].message).toMatch(/0 nodes, 1 ways.*out skel/u);
  });
});

describe('broken PBF', () => {
  const big = 64 << 20;
  const deflated = deflateSync(new Uint8Array(1 << 20));
  const cases: [string, Uint8Array, string, RegExp, string[]][] = [
    ['cut off in a blob', pbf.subarray(0, pbf.length - 5), 'broken-pbf', /cut off/u, ['node/1', 'way/5', 'way/6']],
    ['cut off in a length', join(pbf, [0, 0]), 'broken-pbf', /cut off/u, sound],
    ['a header of 1 GB', join(pbf, [0x40, 0, 0, 0]), 'broken-pbf', /64 KiB/u, sound],
    ['a blob of 64 MiB', join(pbf, frame('OSMData', big, new Uint8Array(10))), 'broken-pbf', /32 MiB/u, sound],
    ['a blob of less than nothing', join(pbf, frame('OSMData', -5n, new Uint8Array(10))), 'broken-pbf', /32 MiB/u, sound],
    ['no header at all', pbf.subarray(header.length), 'broken-pbf', /does not begin with a header/u, []],
    ['a history', encodePbf(house, { features: ['OsmSchema-V0.6', 'HistoricalInformation'] }), 'history-file', /osmium time-filter/u, []],
    ['a feature nobody knows', encodePbf(house, { features: ['OsmSchema-V0.6', 'Holograms'] }), 'unknown-feature', /Holograms/u, []],
    ['a blob that unpacks to more than it says', join(header, frame('OSMData', join(number(2, 100), bytes(3, deflated)).length, join(number(2, 100), bytes(3, deflated))), pbf.subarray(header.length)), 'broken-block', /more than the 100 bytes/u, sound],
    ['a blob that unpacks to less than it says', join(header, frame('OSMData', join(number(2, 2 << 20), bytes(3, deflated)).length, join(number(2, 2 << 20), bytes(3, deflated))), pbf.subarray(header.length)), 'broken-block', /said to unpack/u, sound],
    ['a bomb that says so', join(header, frame('OSMData', join(number(2, big), bytes(3, deflated)).length, join(number(2, big), bytes(3, deflated))), pbf.subarray(header.length)), 'broken-block', /32 MiB/u, sound],
    ['LZMA', join(header, frame('OSMData', 4, bytes(4, [1, 2])), pbf.subarray(header.length)), 'broken-block', /LZMA/u, sound],
    ['zlib bytes that are none', join(header, frame('OSMData', 8, join(number(2, 10), bytes(3, [1, 2, 3, 4]))), pbf.subarray(header.length)), 'broken-block', /damaged/u, sound],
    ['a text beyond the table', data(bytes(2, bytes(3, join(number(1, 50), bytes(2, [9]), bytes(3, [9]))))), 'broken-block', /not in the table/u, sound],
    ['keys without values', data(bytes(2, bytes(3, join(number(1, 50), bytes(2, [0]))))), 'broken-block', /keys without values/u, sound],
    ['a text of 20 KiB', data(bytes(1, bytes(1, new Uint8Array(20_000)))), 'broken-block', /16 KiB/u, sound],
    ['nodes without places', data(bytes(2, bytes(2, bytes(1, [2, 2])))), 'broken-block', /without places/u, sound],
    ['a message beyond its end', data([0x12, 0x7f, 1]), 'broken-block', /beyond its message/u, sound],
    ['a number without an end', data([...varint(17 * 8), ...Array.from({ length: 11 }, () => 0xff)]), 'broken-block', /without an end/u, sound],
    ['a group of the wire type 6', data([0x16]), 'broken-block', /bytes are due/u, sound],
  ];

  test.each(cases)('%s', async (_, content, code, sentence, ids) => {
    const { features, issues, skipped } = await readAll(osmPbf, loneSource(content, { chunk: 7 }));
    expect(features.map(({ id }) => id)).toEqual(ids);
    expect(issues.map((issue) => [issue.code, issue.severity])).toEqual([[code, 'error']]);
    expect(issues[0].message).toMatch(sentence);
    if (code === 'broken-block') expect(skipped).toEqual({ 'a block that cannot be read': 1 });
    if (code !== 'history-file' && code !== 'unknown-feature') expect(issues[0].path).toMatch(/^byte \d+$/u);
  });

  test('blocks of other kinds are passed over', async () => {
    expect((await readAll(osmPbf, loneSource(join(header, blob('OSMIndex', Uint8Array.of(1, 2, 3)), pbf.subarray(header.length))))).issues).toEqual([]);
  });
});

/** A fixed sequence: the same mutants on every machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 4_294_967_296;
}

describe('mutants', () => {
  const rich: SmallMap = {
    nodes: [...house.nodes!, ...Array.from({ length: 40 }, (_, i) => ({ id: 100 + i, lon: 113.95 + (i % 8) * 1e-4, lat: 22.54 + Math.floor(i / 8) * 1e-4, ...(i % 9 === 0 && { tags: { natural: 'tree', height: '7 m' } }) }))],
    ways: [...house.ways!, { id: 50, refs: [100, 102, 118, 116, 100], tags: { building: 'yes' } }, { id: 51, refs: [100, 101, 117, 116, 100], tags: { 'building:part': 'yes', height: '20', 'roof:shape': 'hipped' } }, { id: 52, refs: [101, 102, 118, 117, 101], tags: { 'building:part': 'yes', height: '12', min_height: '3', 'building:colour': '#aabbcc' } }, { id: 53, refs: [120, 121, 129] }, { id: 54, refs: [129, 128, 120] }],
    relations: [...house.relations!, { id: 60, members: [{ type: 'way', ref: 53, role: 'outer' }, { type: 'way', ref: 54, role: 'outer' }], tags: { type: 'multipolygon', building: 'church', 'roof:shape': 'onion' } }],
  };

  test.each([['XML', osmXml, new TextEncoder().encode(encodeXml(rich))], ['PBF', osmPbf, encodePbf(rich)], ['PBF that is not packed', osmPbf, encodePbf(rich, { raw: true, plain: true })]] as const)('%s: no mutant throws, and none is taken in silence', async (_, format, whole) => {
    const random = seeded(whole.length);
    const unharmed = JSON.stringify((await readAll(format, loneSource(whole))).features);
    let changed = 0;
    for (let n = 0; n < 160; n++) {
      const mutant = n % 3 === 0 ? whole.slice(0, Math.floor(random() * whole.length)) : Uint8Array.from(whole);
      const flips = n % 3 === 0 ? 0 : n % 7;
      for (let k = 0; k < flips; k++) mutant[Math.floor(random() * mutant.length)] = n % 3 === 1 ? Math.floor(random() * 256) : mutant[Math.floor(random() * mutant.length)];
      const { features, issues, skipped } = await readAll(format, loneSource(mutant));
      if (features.length === 0) expect(issues.length).toBeGreaterThan(0);
      for (const { solid } of features) if (solid) expect(solid.positions.every(Number.isFinite)).toBe(true);
      if (JSON.stringify(features) !== unharmed || issues.length > 0 || Object.keys(skipped).length > 0) changed++;
    }
    expect(changed).toBeGreaterThan(80);
  });
});

test('a bomb is left as soon as it shows', async () => {
  const many = 1_000_000;
  const zeros = new Uint8Array(many);
  const block = blob('OSMData', join(bytes(1, bytes(1, [])), bytes(2, bytes(2, join(bytes(1, zeros), bytes(8, zeros), bytes(9, zeros))))));
  const store = new ElementStore();
  const issues: Issue[] = [];
  for await (const at of readPbf(loneSource(join(header, ...Array.from({ length: 60 }, () => block))), { issues, skip: () => undefined }, store)) expect(at).toBeGreaterThan(0);
  expect(issues.map(({ code }) => code)).toEqual(['broken-pbf']);
  expect(store.places.count).toBeLessThan(5e6);
  expect(block.length).toBeLessThan(20_000);
});

test('ids that fall into one slot are told apart by another way of mixing', () => {
  // The mixing undone: ids whose hashes end in the same 22 bits.
  const odd = (value: number): number => { let inverse = value; for (let k = 0; k < 5; k++) inverse = Math.imul(inverse, 2 - Math.imul(value, inverse)); return inverse; };
  const shifted = (value: number, by: number): number => { let out = value; for (let k = 0; k < 32 / by; k++) out = value ^ (out >>> by); return out; };
  const id = (wanted: number): number => shifted(Math.imul(shifted(Math.imul(shifted(wanted, 16), odd(0xc2b2ae35)), 13), odd(0x85ebca6b)), 16) >>> 0;
  const places = new NodePlaces();
  const ids = Array.from({ length: 2500 }, (_, k) => id(((k << 18) | 5) >>> 0));
  for (const each of ids) if (each < 2 ** 31) places.add(each, 1, 2);
  const before = places.count;
  for (const each of ids) if (each >= 2 ** 31) places.add(each, 1, 2);
  expect([places.index(), places.repeated, before > 500]).toEqual([true, 0, true]);
  expect(ids.every((each) => places.find(each) >= 0)).toBe(true);
});

test('300,000 nodes are kept in 16 bytes each and found again, in whatever order they come', async () => {
  const count = 300_000;
  const node = (i: number): { id: number; lon: number; lat: number } => ({ id: ((i * 7919) % count) + 5_000_000_000, lon: (i % 1000) / 1e4, lat: Math.floor(i / 1000) / 1e4 });
  const content = join(...Array.from({ length: 30 }, (_, block) => encodePbf({ nodes: Array.from({ length: count / 30 }, (_, k) => node((block * count) / 30 + k)) }, { perBlock: count })));
  const store = new ElementStore();
  for await (const at of readPbf(loneSource(content), { issues: [], skip: () => undefined }, store)) expect(at).toBeGreaterThan(0);
  store.places.index();
  expect([store.places.count, store.places.repeated]).toEqual([count, 0]);
  // Chunks of 65,536 nodes and a power of two of slots: nothing else grows with them.
  expect(store.places.bytes).toBe(Math.ceil(count / 65_536) * 65_536 * 16 + 524_288 * 4);
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const n = store.places.find(node(i).id);
    if (n !== i || Math.abs(store.places.lon(n) - node(i).lon) > 1e-9) wrong++;
  }
  expect(wrong).toBe(0);
  expect(store.places.find(4)).toBe(-1);
});
