import { ByteBuffer } from 'flatbuffers';
import { Feature } from 'flatgeobuf/lib/mjs/flat-geobuf/feature.js';
import { parseProperties } from 'flatgeobuf/lib/mjs/generic/feature.js';
import { fromByteBuffer, type HeaderMeta } from 'flatgeobuf/lib/mjs/header-meta.js';
import { calcTreeSize } from 'flatgeobuf/lib/mjs/packedrtree.js';
import { geometryOf } from './flatgeobuf/fgb-geometry.ts';
import type { FeatureTable, Format, ReadContext, Source, SourceFeature } from './format.ts';
import { Placing } from './placing.ts';

const BATCH = 4096;
const MAGIC = [0x66, 0x67, 0x62];
const VERSION = 3;
/** Bytes before the header: the magic ones and its length. */
const START = 12;
const LARGEST_HEADER = 16 << 20;
const LARGEST_FEATURE = 256 << 20;

/**
 * FlatGeobuf 3, streamed feature by feature; the spatial index is passed over. Every length is checked against the file's size first, and a feature that
 * cannot be read costs only itself. @source FlatGeobuf specification, https://flatgeobuf.org
 */
export const flatgeobuf = {
  id: 'flatgeobuf',
  title: 'FlatGeobuf',
  extensions: ['fgb'],
  sniff: (head) => head.length >= 8 && MAGIC.every((byte, i) => head[i] === byte && head[i + 4] === byte),
  read,
  apart: true,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<FeatureTable> {
  const opened = await open(source, context);
  if (!opened) return;
  const { header, from } = opened;
  const placing = new Placing(source.name, context, systemOf(header));
  const state = { batch: [] as SourceFeature[], given: 0, met: 0, broken: 0 };
  const flush = (read: number): FeatureTable | undefined => {
    const features = state.batch;
    state.batch = [];
    state.given += features.length;
    return placing.place(features) ? { kind: 'features', features, read } : undefined;
  };
  let end: End = 'whole';
  for await (const [bytes, at] of features(source, from, (found) => (end = found))) {
    context.signal?.throwIfAborted();
    state.met++;
    const feature = featureOf(bytes, header);
    if (typeof feature === 'string') {
      context.skip(feature);
      if (feature === 'broken feature' && ++state.broken === 1) context.issues.push({ code: 'broken-feature', severity: 'error', path: `byte ${at}`, message: `${source.name}, byte ${at}: this feature (number ${state.met}) cannot be read; it was skipped. Export the file again.` });
    } else if (state.batch.push(feature) >= BATCH) {
      const table = flush(at);
      if (!table) return;
      yield table;
    }
  }
  context.signal?.throwIfAborted();
  const table = flush(source.size);
  if (!table) return;
  if (table.features.length > 0) yield table;
  finish(source, context, { header, end, ...state });
}

/** How the features ended: as they should, or at a byte with a length that cannot be, or in the middle of one. */
type End = 'whole' | { readonly at: number; readonly length: number };

function finish(source: Source, { issues }: ReadContext, { header, end, met, broken }: { header: HeaderMeta; end: End; met: number; broken: number }): void {
  const { name } = source;
  const first = issues.find(({ code, message }) => code === 'broken-feature' && message.startsWith(`${name},`));
  if (first && broken > 1) first.count = broken;
  const promised = header.featuresCount > 0 ? ` of ${header.featuresCount}` : '';
  const short = header.featuresCount > met;
  if (end !== 'whole') issues.push({ code: 'truncated', severity: 'error', path: `byte ${end.at}`, message: `${name}, byte ${end.at}: the file is cut off or broken here (a feature of ${end.length} bytes, ${source.size - end.at} are left). The ${met}${promised} features before were used; copy or export the file again.` });
  else if (short) issues.push({ code: 'truncated', severity: 'error', path: name, message: `${name}: the header promises ${header.featuresCount} features, there are ${met}. They were used; copy or export the file again.` });
  else if (met === 0) issues.push({ code: 'no-features', severity: 'warning', path: name, message: `${name}: there is no feature in it: nothing to read.` });
}

/** The header and the byte at which the features begin; undefined, with an issue, where there is no header that could be. */
async function open(source: Source, { issues }: ReadContext): Promise<{ header: HeaderMeta; from: number } | undefined> {
  const { name, head, size } = source;
  const refuse = (what: string): undefined => void issues.push({ code: 'broken-header', severity: 'error', path: name, message: `${name}: ${what}. Copy or export the file again.` });
  if (head[3] !== VERSION) return refuse(`this is FlatGeobuf of version ${head[3]}; version ${VERSION} is read`);
  const length = head.length < START ? 0 : new DataView(head.buffer, head.byteOffset, head.length).getUint32(8, true);
  if (length < 8 || length > LARGEST_HEADER || START + length > size) return refuse(`its header claims ${length} bytes, the file has ${size}`);
  let header: HeaderMeta;
  try {
    const bytes = await source.slice(8, START + length);
    header = fromByteBuffer(new ByteBuffer(bytes.slice()));
  } catch {
    return refuse('its header cannot be read');
  }
  const { featuresCount, indexNodeSize } = header;
  const index = indexNodeSize > 0 && featuresCount > 0 && featuresCount < size ? calcTreeSize(featuresCount, indexNodeSize) : 0;
  if (featuresCount >= size || START + length + index > size) return refuse(`its header promises ${featuresCount} features, more than its ${size} bytes can hold`);
  return { header, from: START + length + index };
}

function systemOf({ crs }: HeaderMeta): string | undefined {
  if (!crs) return undefined;
  if (crs.code > 0 && (crs.org ?? 'EPSG').toUpperCase() === 'EPSG') return `EPSG:${crs.code}`;
  return crs.wkt || crs.code_string || (crs.code > 0 ? `${crs.org}:${crs.code}` : undefined);
}

/** The features' bytes, each with its length before it in a buffer of its own (its numbers must lie at multiples of 8), and where they stand in the file. */
async function* features(source: Source, from: number, ended: (end: End) => void): AsyncGenerator<[bytes: Uint8Array, at: number]> {
  let rest: Uint8Array = new Uint8Array();
  let [base, wanted] = [0, 4];
  const waiting: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of source.stream()) {
    waiting.push(chunk);
    held += chunk.length;
    if (rest.length + held < wanted) continue;
    rest = joined([rest, ...waiting.splice(0)]);
    held = 0;
    const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
    let at = Math.max(0, from - base);
    wanted = 4;
    while (at + 4 <= rest.length) {
      const length = view.getUint32(at, true);
      if (length < 4 || length > LARGEST_FEATURE || base + at + 4 + length > source.size) return ended({ at: base + at, length });
      wanted = 4 + length;
      if (at + wanted > rest.length) break;
      yield [rest.slice(at, at + wanted), base + at];
      at += wanted;
      wanted = 4;
    }
    at = Math.min(at, rest.length);
    base += at;
    rest = rest.subarray(at);
  }
  if (rest.length + held > 0) ended({ at: base, length: rest.length + held });
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces[0].length === 0 && pieces.length === 2) return pieces[1];
  const all = new Uint8Array(pieces.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of pieces) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

function featureOf(bytes: Uint8Array, header: HeaderMeta): SourceFeature | string {
  if (!isTable(bytes)) return 'broken feature';
  try {
    const feature = Feature.getSizePrefixedRootAsFeature(new ByteBuffer(bytes));
    const columns = feature.columnsLength() > 0 ? ownColumns(feature, bytes.length) : header.columns;
    const found = feature.geometry();
    const geometry = found ? geometryOf(found, header.geometryType, bytes.length) : null;
    if (typeof geometry === 'string') return geometry;
    const properties = parseProperties(feature, columns) as Record<string, unknown>;
    // Bytes are no attribute anybody could read.
    for (const [key, value] of Object.entries(properties)) if (value instanceof Uint8Array) properties[key] = null;
    return { geometry, properties };
  } catch {
    return 'broken feature';
  }
}

/** Whether the root's offset, and that of the list of its members, lie in the feature: bytes beyond are read as 0 and would look like a feature without anything. */
function isTable(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const root = bytes.length < 12 ? bytes.length : 4 + view.getUint32(4, true);
  if (root + 4 > bytes.length) return false;
  const members = root - view.getInt32(root, true);
  return members >= 4 && members + 4 <= bytes.length && members + view.getUint16(members, true) <= bytes.length;
}

/** A feature may bring columns of its own. */
function ownColumns(feature: Feature, bytes: number): HeaderMeta['columns'] {
  const count = feature.columnsLength();
  if (count > bytes / 4) throw new RangeError('more columns than bytes');
  return Array.from({ length: count }, (_, k) => {
    const column = feature.columns(k)!;
    return { name: column.name() ?? `column ${k + 1}`, type: column.type() };
  }) as unknown as HeaderMeta['columns'];
}
