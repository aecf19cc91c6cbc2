import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Issue } from '../../engine/errors.ts';
import { describeShared, shared } from '../../tests/shared.ts';
import { encodeFlatGeobuf } from '../sinks/flatgeobuf.ts';
import { fromDegrees, toDegrees } from '../stages/projection.ts';
import type { Format, Source, Table } from './format.ts';
import { formats, sniffFormat } from './index.ts';
import { fileSource } from './source.ts';

/** A whole, good file of a format. */
interface Sample {
  /** Path below ../shared; for a file made here, its name. */
  readonly path: string;
  readonly bytes?: () => Uint8Array;
  /** Why a file of this kind that is cut off may look whole: then only "no throw" is asked of it. */
  readonly cut?: string;
  /** Why its name carries data: then another name is not asked of it. */
  readonly named?: string;
  /** What must be said beside: a system the file does not name. */
  readonly crs?: string;
  /** A text beside it, by its ending. */
  readonly beside?: Readonly<Record<string, string>>;
}

const LANDXML = `<?xml version="1.0"?><LandXML xmlns="http://www.landxml.org/schema/LandXML-1.2"><Units><Metric linearUnit="meter" diameterUnit="millimeter"/></Units><PipeNetworks><PipeNetwork name="storm" pipeNetType="storm">
<Structs><Struct name="M1" elevRim="110" elevSump="100"><Center>2500000 500000</Center></Struct><Struct name="M2" elevRim="108" elevSump="98"><Center>2500100 500000</Center></Struct></Structs>
<Pipes><Pipe name="P" refStart="M1" refEnd="M2" length="100"><CircPipe diameter="300" material="PVC"/></Pipe></Pipes></PipeNetwork></PipeNetworks></LandXML>`;

/** 2 × 2 pixels, in degrees by the world file beside it. */
function picture(): Uint8Array {
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const head = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.from([0, 9, 9, 9, 9, 9, 9, 0, 9, 9, 9, 9, 9, 9]))), chunk('IEND', Buffer.alloc(0))]);
}

/** @source PNG specification, 5.5 and Annex D */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** One triangle. */
function glb(): Uint8Array {
  const binary = Buffer.from(Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0).buffer);
  const text = JSON.stringify({ asset: { version: '2.0' }, scene: 0, scenes: [{ nodes: [0] }], nodes: [{ mesh: 0, name: 'one' }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }], accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3', min: [0, 0, 0], max: [1, 1, 0] }], bufferViews: [{ buffer: 0, byteLength: 36 }], buffers: [{ byteLength: 36 }] });
  const json = Buffer.from(text.padEnd((text.length + 3) & ~3));
  const head = Buffer.alloc(20);
  head.write('glTF');
  for (const [k, value] of [2, 28 + json.length + binary.length, json.length, 0x4e4f534a].entries()) head.writeUInt32LE(value, 4 + k * 4);
  const second = Buffer.alloc(8);
  second.writeUInt32LE(binary.length);
  second.writeUInt32LE(0x004e4942, 4);
  return Buffer.concat([head, json, second, binary]);
}

/** Good files of every format by its id, small ones: each is read several times. A new format adds its line here. */
const samples: Readonly<Record<string, readonly Sample[]>> = {
  geotiff: [{ path: 'data/terrain/dem/Net1_elevation_data.tif' }],
  ifc: [{ path: 'data/bim/ifc4x3_add2/wall-extruded-solid.ifc' }],
  inp: [{ path: 'data/utilities/epanet/Net1.inp', cut: 'a shorter list of pipes is a smaller network' }, { path: 'data/utilities/swmm/Example1.inp', cut: 'a shorter list of conduits is a smaller network' }],
  landxml: [{ path: 'made.xml', bytes: () => Buffer.from(LANDXML) }],
  'ascii-grid': [{ path: 'data/emergency/fire/dogrib/elevation.asc', cut: 'a grid of fewer rows may be whole', crs: 'EPSG:32611' }],
  picture: [{ path: 'made.png', bytes: picture, cut: 'pixels are unpacked when they are asked for', beside: { '.pgw': '0.001\n0\n0\n-0.001\n117\n30\n' } }],
  las: [{ path: 'data/terrain/pointcloud/simple.las', crs: 'EPSG:26910', cut: 'what is whole is kept' }],
  ifcx: [{ path: 'data/bim/ifc5/Hello_Wall_hello-wall.ifcx' }],
  gltf: [{ path: 'made.glb', bytes: glb }],
  obj: [{ path: 'made.obj', bytes: () => Buffer.from('o box\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n'), cut: 'fewer faces are a smaller thing' }],
  'pandas-net': [{ path: 'data/utilities/power/mv_oberrhein.json' }],
  shapefile: [{ path: 'data/city/footprints/shape/footprint.shp' }, { path: 'data/city/shapefile-suite/multipoints.shp' }, { path: 'data/city/shapefile-suite/null.shp' }],
  flatgeobuf: [{ path: 'made.fgb', bytes: () => encodeFlatGeobuf({ name: 'made', geometry: 'Point', columns: [{ name: 'id', type: 'uint' }], count: 3, row: (id) => ({ rings: [Float64Array.of(id, id)], values: { id } }) }) }],
  geopackage: [{ path: 'data/city/footprints/footprint.gpkg' }],
  'osm-pbf': [{ path: 'data/traffic/osm/andorra.osm.pbf' }],
  osm: [{ path: 'data/traffic/osm/conditional-restrictions.osm.xml' }],
  citygml: [{ path: 'data/city/citygml/plateau-52382287_bldg.gml' }],
  cityjson: [{ path: 'data/city/cityjson/delft_1b.json' }],
  hgt: [{ path: 'N30E117.hgt', bytes: () => new Uint8Array(2_884_802), cut: 'another size is another kind of file', named: 'its place stands nowhere else' }],
  geojson: [{ path: 'data/city/footprints/footprint-with-height.geojson' }, { path: 'data/city/context-cn/shanghai-water.geojson' }],
};

/** Formats whose sniff takes what only looks like theirs; they stand last in the table, and others come before them. */
const broad = new Set(['geojson', 'hgt']);

interface Read {
  readonly tables: Table[];
  readonly issues: Issue[];
  readonly skipped: number;
}

async function readAll(format: Format, source: Source, { signal, crs }: { signal?: AbortSignal; crs?: string } = {}): Promise<Read> {
  const out = { tables: [] as Table[], issues: [] as Issue[], skipped: 0 };
  const context = { issues: out.issues, skip: (_: string, count = 1) => void (out.skipped += count), toDegrees, fromDegrees, signal, crs };
  for await (const table of format.read(source, context)) out.tables.push(table);
  return out;
}

/** How much was read: features, samples, links or whatever counts in a table. */
function amount({ tables }: Read): number {
  return tables.reduce((sum, table) => sum + (table.kind === 'features' ? table.features.length : 1), 0);
}

async function open({ path, bytes, beside = {} }: Sample): Promise<Source> {
  const other = async (ending: string): Promise<Source | undefined> => (ending in beside ? held(Buffer.from(beside[ending]), `other${ending}`) : undefined);
  return bytes ? held(bytes(), path, other) : fileSource(shared(path), path);
}

/** Bytes as a source, with what lies beside another one. */
function held(bytes: Uint8Array, name: string, beside: Source['beside'] = async () => undefined): Source {
  return {
    name, path: '', size: bytes.length, head: bytes.slice(0, 4096), beside,
    async *stream() {
      for (let at = 0; at < bytes.length; at += 50_000) yield bytes.slice(at, at + 50_000);
    },
    bytes: async () => bytes.slice(),
    slice: async (start, end) => bytes.slice(start, Math.max(start, end)),
  };
}

/** Bytes that look like nothing, from a fixed seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24);
}

test('every format has an id of its own, a title, extensions, and a sample here', () => {
  expect(new Set(formats.map(({ id }) => id)).size).toBe(formats.length);
  for (const { id, title, extensions } of formats) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/u);
    expect(title.length).toBeGreaterThan(2);
    expect(extensions.length).toBeGreaterThan(0);
    expect(samples[id]?.length ?? 0, `formats/conformance.test.ts has no sample of ${id}: add a line to its table`).toBeGreaterThan(0);
  }
});

test('formats of broad taste stand last', () => {
  const places = formats.map(({ id }) => broad.has(id));
  expect(places).toEqual(places.toSorted());
});

describe.each(formats.map((format) => [format.id, format] as const))('sniffing for %s', (_, format) => {
  const heads: [name: string, head: Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['zeros', new Uint8Array(4096)],
    ['noise', noise(4096, 7)],
    ['blanks', new Uint8Array(4096).fill(0x20)],
    ['comments without end', Buffer.from(' ;\n'.repeat(1365))],
    ['brackets without end', Buffer.from('['.repeat(4096))],
    ['tags without end', Buffer.from('<a '.repeat(1365))],
    ['a zip', Buffer.from('PK\u0003\u0004 and no more')],
    ['half a letter', Uint8Array.of(0xe5, 0x9f)],
    ['plain text', Buffer.from('Dear all, please find attached the city.')],
  ];
  test.each(heads)('%s does not make it throw', (name, head) => {
    const claimed = format.sniff(head, head.length);
    if (name !== 'brackets without end') expect(claimed).toBe(false);
  });

  test('no length of noise does', () => {
    for (let length = 0; length < 200; length++) expect(format.sniff(noise(length, length + 1), length)).toBe(false);
  });
});

const cases = formats.flatMap((format) => (samples[format.id] ?? []).map((sample) => [`${format.id}: ${sample.path}`, format, sample] as const));

/** A model is read in a thread of its own: on a busy machine its start alone takes seconds. */
const PATIENCE = 60_000;

describeShared('each format with good files', () => {
  describe.each(cases)('%s', { timeout: PATIENCE }, (_, format, sample) => {
    let source: Source;
    let whole: Uint8Array;
    let read: Read;
    beforeAll(async () => {
      source = await open(sample);
      whole = sample.bytes?.() ?? new Uint8Array(await readFile(shared(sample.path)));
      read = await readAll(format, source, sample);
    }, PATIENCE);

    test('is taken by it and by no other', () => {
      expect(sniffFormat(source.head, source.size)?.id).toBe(format.id);
      expect(formats.filter((other) => other !== format && !broad.has(other.id) && other.sniff(source.head, source.size)).map(({ id }) => id)).toEqual([]);
    });

    test('no beginning of it, however short, makes any format throw', () => {
      for (let length = 0; length < Math.min(source.head.length, 300); length++) for (const other of formats) other.sniff(source.head.subarray(0, length), length);
    });

    test('is read, without an error', () => {
      expect(amount(read)).toBeGreaterThan(0);
      // Features of a format that is not read in a process of its own would be dropped.
      if (read.tables.some(({ kind }) => kind === 'features')) expect(format.apart).toBe(true);
      expect(read.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    });

    test.skipIf(sample.named !== undefined)('is read the same whatever it is called', async () => {
      const renamed = await readAll(format, { ...source, name: 'folder/x.bin', beside: source.beside }, sample);
      expect(amount(renamed)).toBe(amount(read));
      expect(renamed.issues.map(({ code }) => code)).toEqual(read.issues.map(({ code }) => code));
    });

    test('twice gives the same', async () => {
      expect(JSON.stringify((await readAll(format, source, sample)).tables, plainly)).toBe(JSON.stringify(read.tables, plainly));
    });

    test('an abort stops it', async () => {
      await expect(readAll(format, source, { crs: sample.crs, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    });

    test('cut off it does not throw, and says so', async () => {
      for (const share of [0.02, 0.4, 0.9]) {
        const bytes = whole.subarray(0, Math.floor(whole.length * share));
        if (!format.sniff(bytes.subarray(0, 4096), bytes.length)) continue;
        const part = await readAll(format, held(bytes, sample.path, source.beside), sample);
        for (const { message } of part.issues) expect(message.split('\n')).toHaveLength(1);
        if (!sample.cut) expect([share, part.issues.length + part.skipped > 0]).toEqual([share, true]);
        // Nothing read is never silent.
        expect([share, amount(part) + part.issues.length > 0]).toEqual([share, true]);
      }
    });
  });
});

/** Typed arrays as lists of their first and last numbers and their length: whole ones would be megabytes of text. */
function plainly(_: string, value: unknown): unknown {
  if (!ArrayBuffer.isView(value)) return value;
  const list = Array.from(value as unknown as ArrayLike<number>);
  return [list.length, list.reduce((sum, each) => (Number.isFinite(each) ? (sum * 31 + each) % 1e9 : sum + 1), 0)];
}
