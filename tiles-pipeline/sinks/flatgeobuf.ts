import { Builder } from 'flatbuffers';
import { ColumnType } from 'flatgeobuf/lib/mjs/flat-geobuf/column-type.js';
import { Column } from 'flatgeobuf/lib/mjs/flat-geobuf/column.js';
import { Crs } from 'flatgeobuf/lib/mjs/flat-geobuf/crs.js';
import { GeometryType } from 'flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js';
import { Header } from 'flatgeobuf/lib/mjs/flat-geobuf/header.js';
import { buildFeature } from 'flatgeobuf/lib/mjs/generic/feature.js';
import type { HeaderMeta } from 'flatgeobuf/lib/mjs/header-meta.js';
import { hilbertOrder } from '../tileset/hilbert.ts';

/** Children a node: FlatGeobuf's own default, which its readers prefetch by. */
const NODE_SIZE = 16;
const NODE_BYTES = 40;
const MAGIC = Uint8Array.of(0x66, 0x67, 0x62, 0x03, 0x66, 0x67, 0x62, 0x00);

export type FgbColumn = { readonly name: string; readonly type: 'string' | 'float' | 'uint' | 'ushort' | 'bool' };
export type FgbValue = string | number | boolean | null;

/** One feature: rings of a polygon (open; closed on writing), or a line or point as the only "ring". */
export interface FgbRow {
  readonly rings: readonly Float64Array[];
  readonly values: Readonly<Record<string, FgbValue>>;
}

export interface FgbTable {
  readonly name: string;
  readonly geometry: 'Polygon' | 'LineString' | 'Point';
  readonly columns: readonly FgbColumn[];
  readonly count: number;
  row(index: number): FgbRow;
}

const columnTypes = { string: ColumnType.String, float: ColumnType.Float, uint: ColumnType.UInt, ushort: ColumnType.UShort, bool: ColumnType.Bool } as const;

/**
 * Writes a FlatGeobuf 3 file (WGS 84) with a packed Hilbert R-tree, so that a box is read over HTTP ranges; the npm library encodes
 * features but writes no index. Rows are sorted along the Hilbert curve. An empty table becomes a file without features and index.
 * @source FlatGeobuf specification, https://flatgeobuf.org (header.fbs, feature.fbs, packed R-tree)
 */
export function encodeFlatGeobuf(table: FgbTable): Uint8Array {
  const type = GeometryType[table.geometry];
  const meta = { geometryType: type, columns: table.columns.map(({ name, type }) => ({ name, type: columnTypes[type] })) } as unknown as HeaderMeta;
  const boxes = boxesOf(table);
  const { order } = table.count > 0 ? hilbertOrder(middles(boxes)) : { order: new Uint32Array() };
  const features = Array.from(order, (row) => encodeRow(table, table.row(row), meta, type));
  const sorted = new Float64Array(boxes.length);
  order.forEach((row, n) => sorted.set(boxes.subarray(row * 4, row * 4 + 4), n * 4));
  const parts = [encodeFgbHead({ ...table, bounds: envelopeOf(boxes) })];
  if (table.count > 0) {
    const index = new FgbIndex(table.count);
    const { bytes } = index.leaves({ sizes: Uint32Array.from(features, (feature) => feature.length), boxes: sorted });
    parts.push(index.above(), bytes);
  }
  return concatenate([...parts, ...features]);
}

/** Magic bytes and header. @param bounds west, south, east, north */
export function encodeFgbHead(head: { name: string; geometry: FgbTable['geometry']; columns: readonly FgbColumn[]; count: number; bounds: readonly number[] }): Uint8Array {
  return concatenate([MAGIC, encodeHeader(head)]);
}

/** Bytes of the index over so many features. */
export function indexBytes(count: number): number {
  return count === 0 ? 0 : levelsOf(count).reduce((sum, n) => sum + n, 0) * NODE_BYTES;
}

/** Nodes a level, leaves first. */
function levelsOf(count: number): number[] {
  const counts = [count];
  do counts.push(Math.ceil(counts[counts.length - 1] / NODE_SIZE));
  while (counts[counts.length - 1] !== 1);
  return counts;
}

function encodeRow(table: FgbTable, row: FgbRow, meta: HeaderMeta, type: GeometryType): Uint8Array {
  const xy: number[] = [];
  const ends: number[] = [];
  for (const ring of row.rings) {
    for (const value of ring) xy.push(value);
    if (table.geometry === 'Polygon') xy.push(ring[0], ring[1]);
    ends.push(xy.length / 2);
  }
  const geometry = { xy, ends: ends.length > 1 ? ends : undefined, type } as unknown as Parameters<typeof buildFeature>[0];
  return buildFeature(geometry, row.values as Parameters<typeof buildFeature>[1], meta);
}

/** [count × 4] west, south, east, north. */
function boxesOf(table: FgbTable): Float64Array {
  const boxes = new Float64Array(table.count * 4);
  for (let i = 0; i < table.count; i++) {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    const [outer] = table.row(i).rings;
    for (let k = 0; k < outer.length; k += 2) {
      west = Math.min(west, outer[k]);
      east = Math.max(east, outer[k]);
      south = Math.min(south, outer[k + 1]);
      north = Math.max(north, outer[k + 1]);
    }
    boxes.set([west, south, east, north], i * 4);
  }
  return boxes;
}

function middles(boxes: Float64Array): Float64Array {
  const out = new Float64Array(boxes.length / 2);
  for (let i = 0; i < out.length / 2; i++) {
    out[i * 2] = (boxes[i * 4] + boxes[i * 4 + 2]) / 2;
    out[i * 2 + 1] = (boxes[i * 4 + 1] + boxes[i * 4 + 3]) / 2;
  }
  return out;
}

/** The packed R-tree over features in the order they stand in, made a stretch at a time: only what lies above the leaves is kept. */
export class FgbIndex {
  readonly #counts: number[];
  /** [nodes above the leaves × 4] boxes of the level above the leaves, then of those above. */
  readonly #boxes: Float64Array[];
  #leaf = 0;
  #offset = 0;

  constructor(count: number) {
    this.#counts = levelsOf(count);
    this.#boxes = this.#counts.slice(1).map((n) => new Float64Array(n * 4).map((_, i) => (i % 4 < 2 ? Infinity : -Infinity)));
  }

  /** The leaves of the next features. @returns where they stand in the index, and their bytes */
  leaves({ sizes, boxes }: { sizes: Uint32Array; boxes: Float64Array }): { at: number; bytes: Uint8Array } {
    const at = this.#start(0) + this.#leaf;
    const bytes = new Uint8Array(sizes.length * NODE_BYTES);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < sizes.length; i++) {
      const box = boxes.subarray(i * 4, i * 4 + 4);
      writeNode(view, i, box, this.#offset);
      this.#offset += sizes[i];
      widen(this.#boxes[0], Math.floor(this.#leaf++ / NODE_SIZE), box);
    }
    return { at: at * NODE_BYTES, bytes };
  }

  /** The levels above, root first, once all leaves were made; they stand at the start of the index. */
  above(): Uint8Array {
    const bytes = new Uint8Array(this.#start(0) * NODE_BYTES);
    const view = new DataView(bytes.buffer);
    for (let level = 1; level < this.#counts.length; level++) {
      const own = this.#boxes[level - 1];
      for (let i = 0; i < this.#counts[level]; i++) {
        const box = own.subarray(i * 4, i * 4 + 4);
        writeNode(view, this.#start(level) + i, box, this.#start(level - 1) + i * NODE_SIZE);
        if (level + 1 < this.#counts.length) widen(this.#boxes[level], Math.floor(i / NODE_SIZE), box);
      }
    }
    return bytes;
  }

  /** First node of a level. */
  #start(level: number): number {
    return this.#counts.slice(level + 1).reduce((sum, n) => sum + n, 0);
  }
}

function widen(boxes: Float64Array, node: number, box: Float64Array): void {
  for (let k = 0; k < 4; k++) boxes[node * 4 + k] = k < 2 ? Math.min(boxes[node * 4 + k], box[k]) : Math.max(boxes[node * 4 + k], box[k]);
}

function writeNode(view: DataView, node: number, box: ArrayLike<number>, offset: number): void {
  for (let k = 0; k < 4; k++) view.setFloat64(node * NODE_BYTES + k * 8, box[k], true);
  view.setBigUint64(node * NODE_BYTES + 32, BigInt(offset), true);
}

function encodeHeader(table: { name: string; geometry: FgbTable['geometry']; columns: readonly FgbColumn[]; count: number; bounds: readonly number[] }): Uint8Array {
  const builder = new Builder();
  const columns = Header.createColumnsVector(
    builder,
    table.columns.map(({ name, type }) => {
      const text = builder.createString(name);
      Column.startColumn(builder);
      Column.addName(builder, text);
      Column.addType(builder, columnTypes[type]);
      return Column.endColumn(builder);
    }),
  );
  const name = builder.createString(table.name);
  const envelope = table.count > 0 ? Header.createEnvelopeVector(builder, [...table.bounds]) : 0;
  Crs.startCrs(builder);
  Crs.addCode(builder, 4326);
  const crs = Crs.endCrs(builder);
  Header.startHeader(builder);
  Header.addName(builder, name);
  if (envelope) Header.addEnvelope(builder, envelope);
  Header.addGeometryType(builder, GeometryType[table.geometry]);
  Header.addColumns(builder, columns);
  Header.addFeaturesCount(builder, BigInt(table.count));
  Header.addIndexNodeSize(builder, table.count > 0 ? NODE_SIZE : 0);
  Header.addCrs(builder, crs);
  builder.finishSizePrefixed(Header.endHeader(builder));
  return builder.asUint8Array();
}

function envelopeOf(boxes: Float64Array): number[] {
  const out = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < boxes.length; i++) out[i % 4] = i % 4 < 2 ? Math.min(out[i % 4], boxes[i]) : Math.max(out[i % 4], boxes[i]);
  return out;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
