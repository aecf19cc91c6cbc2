import { readFile } from 'node:fs/promises';
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
}

const LANDXML = `<?xml version="1.0"?><LandXML xmlns="http://www.landxml.org/schema/LandXML-1.2"><Units><Metric linearUnit="meter" diameterUnit="millimeter"/></Units><PipeNetworks><PipeNetwork name="storm" pipeNetType="storm">
<Structs><Struct name="M1" elevRim="110" elevSump="100"><Center>2500000 500000</Center></Struct><Struct name="M2" elevRim="108" elevSump="98"><Center>2500100 500000</Center></Struct></Structs>
<Pipes><Pipe name="P" refStart="M1" refEnd="M2" length="100"><CircPipe diameter="300" material="PVC"/></Pipe></Pipes></PipeNetwork></PipeNetworks></LandXML>`;

/** Good files of every format by its id, small ones: each is read several times. A new format adds its line here. */
const samples: Readonly<Record<string, readonly Sample[]>> = {
  geotiff: [{ path: 'data/terrain/dem/Net1_elevation_data.tif' }],
  ifc: [{ path: 'data/bim/ifc4x3_add2/wall-extruded-solid.ifc' }],
  inp: [{ path: 'data/utilities/epanet/Net1.inp', cut: 'a shorter list of pipes is a smaller network' }, { path: 'data/utilities/swmm/Example1.inp', cut: 'a shorter list of conduits is a smaller network' }],
  landxml: [{ path: 'made.xml', bytes: () => Buffer.from(LANDXML) }],
  'pandas-net': [{ path: 'data/utilities/power/mv_oberrhein.json' }],
  shapefile: [{ path: 'data/city/footprints/shape/footprint.shp' }, { path: 'data/city/shapefile-suite/multipoints.shp' }, { path: 'data/city/shapefile-suite/null.shp' }],
  flatgeobuf: [{ path: 'made.fgb', bytes: () => encodeFlatGeobuf({ name: 'made', geometry: 'Point', columns: [{ name: 'id', type: 'uint' }], count: 3, row: (id) => ({ rings: [Float64Array.of(id, id)], values: { id } }) }) }],
  geopackage: [{ path: 'data/city/footprints/footprint.gpkg' }],
  geojson: [{ path: 'data/city/footprints/footprint-with-height.geojson' }, { path: 'data/city/context-cn/shanghai-water.geojson' }],
};

/** Formats whose sniff takes what only looks like theirs; they stand last in the table, and others come before them. */
const broad = new Set(['geojson']);

interface Read {
  readonly tables: Table[];
  readonly issues: Issue[];
  readonly skipped: number;
}

async function readAll(format: Format, source: Source, signal?: AbortSignal): Promise<Read> {
  const out = { tables: [] as Table[], issues: [] as Issue[], skipped: 0 };
  const context = { issues: out.issues, skip: (_: string, count = 1) => void (out.skipped += count), toDegrees, fromDegrees, signal };
  for await (const table of format.read(source, context)) out.tables.push(table);
  return out;
}

/** How much was read: features, samples, links or whatever counts in a table. */
function amount({ tables }: Read): number {
  return tables.reduce((sum, table) => sum + (table.kind === 'features' ? table.features.length : 1), 0);
}

async function open({ path, bytes }: Sample): Promise<Source> {
  return bytes ? held(bytes(), path) : fileSource(shared(path), path);
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
    const claimed = format.sniff(head);
    if (name !== 'brackets without end') expect(claimed).toBe(false);
  });

  test('no length of noise does', () => {
    for (let length = 0; length < 200; length++) expect(format.sniff(noise(length, length + 1))).toBe(false);
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
      read = await readAll(format, source);
    }, PATIENCE);

    test('is taken by it and by no other', () => {
      expect(sniffFormat(source.head)?.id).toBe(format.id);
      expect(formats.filter((other) => other !== format && !broad.has(other.id) && other.sniff(source.head)).map(({ id }) => id)).toEqual([]);
    });

    test('no beginning of it, however short, makes any format throw', () => {
      for (let length = 0; length < Math.min(source.head.length, 300); length++) for (const other of formats) other.sniff(source.head.subarray(0, length));
    });

    test('is read, without an error', () => {
      expect(amount(read)).toBeGreaterThan(0);
      expect(read.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    });

    test('is read the same whatever it is called', async () => {
      const renamed = await readAll(format, { ...source, name: 'folder/x.bin', beside: source.beside });
      expect(amount(renamed)).toBe(amount(read));
      expect(renamed.issues.map(({ code }) => code)).toEqual(read.issues.map(({ code }) => code));
    });

    test('twice gives the same', async () => {
      expect(JSON.stringify((await readAll(format, source)).tables, plainly)).toBe(JSON.stringify(read.tables, plainly));
    });

    test('an abort stops it', async () => {
      await expect(readAll(format, source, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    });

    test('cut off it does not throw, and says so', async () => {
      for (const share of [0.02, 0.4, 0.9]) {
        const bytes = whole.subarray(0, Math.floor(whole.length * share));
        if (!format.sniff(bytes.subarray(0, 4096))) continue;
        const part = await readAll(format, held(bytes, sample.path, source.beside));
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
