import { shownUrl, TwinError } from '../../../engine/errors.ts';
import type { AnalysisContext } from '../context.ts';
import { ColumnsBuilder, type FeatureColumns } from './feature-columns.ts';
import { joinRanges, rangeSource, type RangeSource } from './range-source.ts';

const NODE_BYTES = 40;
const FIRST_READ = 4096;
/** Bytes between two wanted ranges that are read along rather than asked for apart. */
const INDEX_GAP = 1024;
const FEATURE_GAP = 2048;

/** west, south, east, north in degrees. */
export type Box = readonly [number, number, number, number];

export interface FlatGeobuf {
  readonly count: number;
  readonly source: RangeSource;
  /** Features whose box meets this one, read by range. */
  search(box: Box): Promise<FeatureColumns>;
  all(): Promise<FeatureColumns>;
}

interface Head {
  readonly count: number;
  readonly nodeSize: number;
  readonly geometryType: number;
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  /** First byte of the index, and of the features. */
  readonly index: number;
  readonly features: number;
}

/**
 * Opens a FlatGeobuf file over HTTP ranges: header first, then of the packed R-tree what a search needs. Written without the npm reader because the account of
 * bytes, the deadlines and the cancellation are ours, and features go straight into columns.
 * @throws TwinError `bad-input`, or what `load` throws
 * @source FlatGeobuf 3: header.fbs, feature.fbs, packed R-tree
 */
export async function openFlatGeobuf(url: string, load: AnalysisContext['load']): Promise<FlatGeobuf> {
  const where = shownUrl(url);
  const source = rangeSource(url, load);
  const head = await guarded(where, () => readHead(source, where));
  const index = new NodeReader(source, head);
  return {
    count: head.count,
    source,
    search: (box) => guarded(where, async () => readFeatures(source, head, await index.search(box))),
    all: () => guarded(where, async () => {
      if (head.count === 0) return new ColumnsBuilder().done();
      const bytes = await source.read(head.features, source.size ?? 2 ** 31);
      const builder = new ColumnsBuilder();
      for (let at = 0, i = 0; i < head.count; i++) at = readFeature(bytes, at, head, builder);
      return builder.done();
    }),
  };
}

async function guarded<Value>(where: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof RangeError) throw new TwinError('bad-input', `${where} is damaged: it ends, or points, where it must not (${cause.message})`, { where, cause });
    throw cause;
  }
}

/** Start of field `index` of the table at `at`; 0 when the table has none. */
function fieldOf(view: DataView, at: number, index: number): number {
  const vtable = at - view.getInt32(at, true);
  const slot = 4 + index * 2;
  if (slot >= view.getUint16(vtable, true)) return 0;
  const offset = view.getUint16(vtable + slot, true);
  return offset === 0 ? 0 : at + offset;
}

const follow = (view: DataView, at: number): number => at + view.getUint32(at, true);

function textAt(bytes: Uint8Array, view: DataView, at: number): string {
  const start = follow(view, at);
  return new TextDecoder().decode(bytes.subarray(start + 4, start + 4 + view.getUint32(start, true)));
}

async function readHead(source: RangeSource, where: string): Promise<Head> {
  let bytes = await source.read(0, FIRST_READ);
  if (bytes.length < 12 || bytes[0] !== 0x66 || bytes[1] !== 0x67 || bytes[2] !== 0x62 || bytes[3] !== 3) throw new TwinError('bad-input', `${where} is no FlatGeobuf file of version 3`, { where });
  const length = new DataView(bytes.buffer).getUint32(8, true);
  if (length < 8 || length > 2 ** 20) throw new TwinError('bad-input', `${where} is damaged: its header says ${length} bytes`, { where });
  if (12 + length > bytes.length) bytes = await source.read(0, 12 + length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = follow(view, 12);
  const typeAt = fieldOf(view, table, 2);
  const countAt = fieldOf(view, table, 8);
  const nodeAt = fieldOf(view, table, 9);
  const count = countAt ? Number(view.getBigUint64(countAt, true)) : 0;
  const nodeSize = nodeAt ? view.getUint16(nodeAt, true) : 16;
  if (!Number.isSafeInteger(count) || count > 2 ** 31) throw new TwinError('bad-input', `${where} is damaged: it says ${count} features`, { where });
  const index = 12 + length;
  return { count, nodeSize, geometryType: typeAt ? view.getUint8(typeAt) : 0, columns: readColumns(bytes, view, table), index, features: index + treeBytes(count, nodeSize) };
}

function readColumns(bytes: Uint8Array, view: DataView, table: number): Head['columns'] {
  const at = fieldOf(view, table, 7);
  if (!at) return [];
  const vector = follow(view, at);
  return Array.from({ length: view.getUint32(vector, true) }, (_, i) => {
    const column = follow(view, vector + 4 + i * 4);
    const typeAt = fieldOf(view, column, 1);
    return { name: textAt(bytes, view, fieldOf(view, column, 0)), type: typeAt ? view.getUint8(typeAt) : 0 };
  });
}

/** First node of each level, the leaves first; levels are stored root first. */
function levelsOf(count: number, nodeSize: number): { start: number; end: number }[] {
  const sizes = [count];
  while (sizes.at(-1)! > 1) sizes.push(Math.ceil(sizes.at(-1)! / nodeSize));
  if (count === 1) sizes.push(1);
  let start = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => {
    start -= size;
    return { start, end: start + size };
  });
}

function treeBytes(count: number, nodeSize: number): number {
  if (count === 0 || nodeSize === 0) return 0;
  const [leaves] = levelsOf(count, nodeSize);
  return leaves.end * NODE_BYTES;
}

/** Reads of the packed R-tree what searches need, level by level, and keeps it. */
class NodeReader {
  readonly #source: RangeSource;
  readonly #head: Head;
  readonly #levels: { start: number; end: number }[];
  /** Node of the tree → its bytes' view and offset; filled as levels are read. */
  readonly #known = new Map<number, DataView>();

  constructor(source: RangeSource, head: Head) {
    this.#source = source;
    this.#head = head;
    this.#levels = head.count > 0 && head.nodeSize > 0 ? levelsOf(head.count, head.nodeSize) : [];
  }

  /** First and last byte (exclusive) of each feature that may meet the box, in the order of the file. */
  async search(box: Box): Promise<[number, number][]> {
    if (this.#head.count === 0) return [];
    if (this.#levels.length === 0) throw new TwinError('bad-input', 'The file has no spatial index; build it again with citymirror tiles build');
    let nodes = [this.#levels.at(-1)!.start];
    for (let level = this.#levels.length - 1; level > 0; level--) {
      const below = this.#levels[level - 1];
      await this.#fetch(nodes.map((node) => [node, node + 1]));
      const children: [number, number][] = [];
      for (const node of nodes) {
        const view = this.#known.get(node)!;
        if (!meets(view, box)) continue;
        const first = Number(view.getBigUint64(32, true));
        if (first < below.start || first >= below.end) throw new RangeError('a node points outside its level');
        children.push([first, Math.min(first + this.#head.nodeSize, below.end)]);
      }
      // A leaf's length is known by the next one's start: that one is read along.
      await this.#fetch(level === 1 ? children.map(([first, end]) => [first, Math.min(end + 1, below.end)]) : children);
      nodes = children.flatMap(([first, end]) => Array.from({ length: end - first }, (_, i) => first + i)).filter((node) => meets(this.#known.get(node)!, box));
    }
    return this.#rangesOf(nodes);
  }

  #rangesOf(leaves: readonly number[]): [number, number][] {
    const { end } = this.#levels[0];
    const { features } = this.#head;
    return leaves.map((leaf): [number, number] => {
      const start = features + Number(this.#known.get(leaf)!.getBigUint64(32, true));
      const next = leaf + 1 < end ? features + Number(this.#known.get(leaf + 1)!.getBigUint64(32, true)) : (this.#source.size ?? start + 4096);
      if (next <= start || next - start > 2 ** 26) throw new RangeError('a feature has no sound length');
      return [start, next];
    }).toSorted((a, b) => a[0] - b[0]);
  }

  async #fetch(wanted: readonly (readonly [number, number])[]): Promise<void> {
    const missing = wanted.filter(([first, end]) => { for (let node = first; node < end; node++) if (!this.#known.has(node)) return true; return false; });
    const bytes = missing.map(([first, end]): [number, number] => [this.#head.index + first * NODE_BYTES, this.#head.index + end * NODE_BYTES]).toSorted((a, b) => a[0] - b[0]);
    await Promise.all(joinRanges(bytes, INDEX_GAP).map(async ([start, end]) => {
      const part = await this.#source.read(start, end);
      if (part.length < end - start) throw new RangeError('the index is cut short');
      for (let at = 0; at < part.length; at += NODE_BYTES) this.#known.set((start - this.#head.index + at) / NODE_BYTES, new DataView(part.buffer, part.byteOffset + at, NODE_BYTES));
    }));
  }
}

function meets(node: DataView, [west, south, east, north]: Box): boolean {
  return node.getFloat64(0, true) <= east && node.getFloat64(8, true) <= north && node.getFloat64(16, true) >= west && node.getFloat64(24, true) >= south;
}

async function readFeatures(source: RangeSource, head: Head, ranges: readonly (readonly [number, number])[]): Promise<FeatureColumns> {
  const builder = new ColumnsBuilder();
  const blocks = joinRanges(ranges, FEATURE_GAP);
  const parts = await Promise.all(blocks.map(([start, end]) => source.read(start, end)));
  let block = 0;
  for (const [start] of ranges) {
    while (start >= blocks[block][1]) block++;
    readFeature(parts[block], start - blocks[block][0], head, builder);
  }
  return builder.done();
}

/** Decodes the size-prefixed feature at `at` into the builder; returns where the next one starts. */
function readFeature(bytes: Uint8Array<ArrayBuffer>, at: number, head: Head, builder: ColumnsBuilder): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + 4, length);
  const table = follow(view, 0);
  builder.beginFeature();
  const geometry = fieldOf(view, table, 0);
  if (geometry) readGeometry(view, follow(view, geometry), head.geometryType, builder);
  const properties = fieldOf(view, table, 1);
  if (properties) {
    const vector = follow(view, properties);
    readProperties(new DataView(view.buffer, view.byteOffset + vector + 4, view.getUint32(vector, true)), head, builder);
  }
  return at + 4 + length;
}

/** Polygon 3, MultiPolygon 6, MultiLineString 5; everything else is one line or point. */
function readGeometry(view: DataView, table: number, headType: number, builder: ColumnsBuilder): void {
  const typeAt = fieldOf(view, table, 6);
  const type = headType === 0 && typeAt ? view.getUint8(typeAt) : headType || (typeAt ? view.getUint8(typeAt) : 0);
  const parts = fieldOf(view, table, 7);
  if (type === 6 && parts) {
    const vector = follow(view, parts);
    for (let i = 0; i < view.getUint32(vector, true); i++) readGeometry(view, follow(view, vector + 4 + i * 4), 3, builder);
    return;
  }
  const xyAt = fieldOf(view, table, 1);
  if (!xyAt) return;
  const xy = follow(view, xyAt);
  const vertices = view.getUint32(xy, true) / 2;
  const endsAt = fieldOf(view, table, 0);
  const ends = endsAt ? follow(view, endsAt) : 0;
  const rings = ends ? view.getUint32(ends, true) : 1;
  if (type !== 5) builder.beginPart();
  let vertex = 0;
  for (let ring = 0; ring < rings; ring++) {
    const end = ends ? view.getUint32(ends + 4 + ring * 4, true) : vertices;
    if (end > vertices) throw new RangeError('a ring ends past its vertices');
    if (type === 5) builder.beginPart();
    builder.beginRing();
    for (; vertex < end; vertex++) builder.vertex(view.getFloat64(xy + 4 + vertex * 16, true), view.getFloat64(xy + 12 + vertex * 16, true));
  }
}

function readProperties(view: DataView, head: Head, builder: ColumnsBuilder): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = 0; at + 2 <= view.byteLength;) {
    const column = head.columns[view.getUint16(at, true)];
    if (!column) throw new RangeError('a property of no column');
    at += 2;
    const { name, type } = column;
    if (type >= 11) {
      const length = view.getUint32(at, true);
      if (at + 4 + length > view.byteLength) throw new RangeError('a text ends past its feature');
      builder.text(name, new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
      continue;
    }
    const [value, size] = numberAt(view, at, type);
    builder.number(name, value);
    at += size;
  }
}

function numberAt(view: DataView, at: number, type: number): [number, number] {
  switch (type) {
    case 0: return [view.getInt8(at), 1];
    case 1: case 2: return [view.getUint8(at), 1];
    case 3: return [view.getInt16(at, true), 2];
    case 4: return [view.getUint16(at, true), 2];
    case 5: return [view.getInt32(at, true), 4];
    case 6: return [view.getUint32(at, true), 4];
    case 7: return [Number(view.getBigInt64(at, true)), 8];
    case 8: return [Number(view.getBigUint64(at, true)), 8];
    case 9: return [view.getFloat32(at, true), 4];
    default: return [view.getFloat64(at, true), 8];
  }
}
