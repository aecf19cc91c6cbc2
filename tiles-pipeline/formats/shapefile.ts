import type { FeatureTable, Format, ReadContext, Source, SourceFeature } from './format.ts';
import { Placing } from './placing.ts';
import { DbfTable, type Row } from './shapefile/dbf.ts';
import { RecordScanner, SHAPE_TYPES, type RecordFault, type ShapeRecord } from './shapefile/records.ts';
import { shapeOf } from './shapefile/shapes.ts';

const BATCH = 4096;
const HEADER = 100;
const FILE_CODE = 9994;
const VERSION = 1000;

/**
 * ESRI shapefiles: .shp with the .dbf, .prj and .cpg of the same stem beside it. Records are streamed, whatever the file's size; a broken one costs only itself.
 * Our own reader and not npm's `shapefile`: that one ends or throws at the first broken length, holds no row and record together after it, reads neither .cpg nor marks of
 * deletion, and gives rings as they stand.
 * @source ESRI Shapefile Technical Description, 1998
 */
export const shapefile = {
  id: 'shapefile',
  title: 'ESRI shapefile',
  extensions: ['shp'],
  sniff,
  read,
  apart: true,
} as const satisfies Format;

/** The .shx beside it starts with the same header; what follows tells them apart: 50, the offset of the first record in words. */
function sniff(head: Uint8Array): boolean {
  if (head.length < HEADER) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const type = view.getInt32(32, true);
  if (view.getInt32(0) !== FILE_CODE || view.getInt32(28, true) !== VERSION || !SHAPE_TYPES.has(type)) return false;
  if (head.length < HEADER + 8 || view.getInt32(HEADER) !== HEADER / 2) return true;
  const first = head.length < HEADER + 12 ? -1 : view.getInt32(HEADER + 8, true);
  return first === type || first === 0;
}

async function* read(source: Source, context: ReadContext): AsyncGenerator<FeatureTable> {
  const reader = await Reader.open(source, context);
  let consumed = 0;
  for await (const chunk of source.stream()) {
    context.signal?.throwIfAborted();
    const from = Math.max(0, Math.min(chunk.length, HEADER - consumed));
    consumed += chunk.length;
    for (const record of reader.scanner.push(chunk.subarray(from))) {
      if (reader.take(record) < BATCH) continue;
      const table = await reader.flush(record.at);
      if (!table) return;
      yield table;
    }
  }
  context.signal?.throwIfAborted();
  for (const record of reader.scanner.push(new Uint8Array(), true)) reader.take(record);
  const table = await reader.flush(consumed);
  if (!table) return;
  if (table.features.length > 0) yield table;
  reader.end();
}

interface Taken {
  readonly index: number;
  readonly geometry: SourceFeature['geometry'];
}

/** The state of one file being read. */
class Reader {
  readonly scanner: RecordScanner;
  #taken: Taken[] = [];
  #records = 0;
  readonly #lost = { deleted: 0, rowless: 0, patches: 0, broken: 0 };

  private constructor(
    private readonly source: Source,
    private readonly context: ReadContext,
    private readonly rows: DbfTable | undefined,
    private readonly placing: Placing,
  ) {
    this.scanner = new RecordScanner(new DataView(source.head.buffer, source.head.byteOffset, source.head.length).getInt32(32, true), source.size);
  }

  static async open(source: Source, context: ReadContext): Promise<Reader> {
    const { name } = source;
    const [dbf, prj, cpg, shx] = await Promise.all(['.dbf', '.prj', '.cpg', '.shx'].map((extension) => source.beside(extension)));
    const say = (code: string, severity: 'warning' | 'info', what: string): void => void context.issues.push({ code, severity, path: name, message: `${name}: ${what}` });
    if (!dbf) say('no-dbf', 'warning', 'there is no .dbf beside it: its features have no attributes, neither heights nor names. Put the .dbf of the same name beside it.');
    if (!shx) say('no-shx', 'info', 'there is no .shx beside it; it is not needed here, other programs may ask for it.');
    const text = async (file: Source | undefined): Promise<string | undefined> => file && new TextDecoder().decode(await file.slice(0, 65_536));
    const system = (await text(prj))?.trim();
    const rows = dbf && (await DbfTable.open(dbf, await text(cpg), context.issues));
    return new Reader(source, context, rows, new Placing(name, context, system === '' ? undefined : system));
  }

  /** How many features wait to be given on. */
  take(record: ShapeRecord): number {
    this.#records++;
    const shape = shapeOf(record);
    if (typeof shape !== 'string') return this.#taken.push({ index: record.index, geometry: shape });
    if (shape === 'broken shape') this.#lost.broken++;
    else this.#lost.patches++;
    this.context.skip(shape);
    return this.#taken.length;
  }

  /** undefined where the file's system is not known: the rest of it is not worth reading. */
  async flush(read: number): Promise<FeatureTable | undefined> {
    const features: SourceFeature[] = [];
    for (const { index, geometry } of this.#taken) {
      const row = await this.#row(index);
      if (row !== 'deleted') features.push({ geometry, properties: row });
    }
    this.#taken = [];
    return this.placing.place(features) ? { kind: 'features', features, read } : undefined;
  }

  async #row(index: number): Promise<Row | 'deleted'> {
    if (!this.rows) return {};
    const row = await this.rows.row(index);
    if (row === 'deleted') {
      this.#lost.deleted++;
      this.context.skip('deleted in the .dbf');
    } else if (!row) this.#lost.rowless++;
    return row ?? {};
  }

  /** Says what was wrong with the file. */
  end(): void {
    const { name, size } = this.source;
    const say = (code: string, severity: 'error' | 'warning' | 'info', what: string, count: number, path = name): void => void this.context.issues.push({ code, severity, path, message: `${name}: ${what}`, ...(count > 1 && { count }) });
    const { faults } = this.scanner;
    const promised = 2 * new DataView(this.source.head.buffer, this.source.head.byteOffset, HEADER).getInt32(24);
    if (faults.length > 0) this.#fault(faults);
    else if (promised > size) say('truncated', 'error', `the header promises ${promised} bytes, the file has ${size}. The ${this.#records} records that are there were used; copy or export it again.`, 1);
    if (this.#lost.broken > 0) say('broken-shape', 'error', `${times(this.#lost.broken, 'record has', 'records have')} parts that are not in order; left out. Repair the geometry in a GIS and export it again.`, this.#lost.broken);
    if (this.#lost.patches > 0) say('multipatch', 'warning', `${times(this.#lost.patches, 'record is a multipatch surface', 'records are multipatch surfaces')}, which are not read; left out. Export them as polygons, or as CityGML or CityJSON for bodies.`, this.#lost.patches);
    if (this.#lost.deleted > 0) say('deleted-rows', 'info', `${times(this.#lost.deleted, 'row is', 'rows are')} marked as deleted in the .dbf; left out.`, this.#lost.deleted);
    if (this.#lost.rowless > 0) say('missing-rows', 'warning', `${times(this.#lost.rowless, 'record has no row', 'records have no rows')} in the .dbf: ${this.rows!.count} rows for ${this.#records} records. They were kept without attributes; export the file again.`, this.#lost.rowless);
    if (this.#records === 0 && faults.length === 0) say('no-features', 'warning', 'there is no record in it: nothing to read.', 1);
  }

  #fault(faults: readonly RecordFault[]): void {
    const [{ at, what, passed }] = faults;
    const { name } = this.source;
    const others = faults.length > 1 ? ` So it was in ${faults.length} places.` : '';
    const cut = faults.length === 1 && at + passed >= this.source.size;
    const then = cut ? `the file is cut off or broken from there; the ${this.#records} record${this.#records === 1 ? '' : 's'} before were used` : `${passed} bytes were passed over to the next record`;
    for (const each of faults) if (each.passed > 0) this.context.skip('broken record');
    this.context.issues.push({ code: cut ? 'truncated' : 'broken-record', severity: 'error', path: `byte ${at}`, message: `${name}, byte ${at}: there is ${what}; ${then}.${others} Copy or export the file again.`, ...(faults.length > 1 && { count: faults.length }) });
  }
}

const times = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
