import type { Feature, Geometry } from 'geojson';
import { isUtf8 } from 'node:buffer';
import { FeatureScanner, ScanError, type Piece, type Position } from './feature-scanner.ts';
import type { FeatureTable, Format, ReadContext, Source, SourceFeature } from './format.ts';
import { Placing } from './placing.ts';

const BATCH = 4096;
const geometryTypes = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon', 'GeometryCollection']);

/**
 * GeoJSON (RFC 7946) as one document or one feature a line (RFC 8142, with or without record separators), streamed: a file
 * may be larger than memory. A broken feature is skipped and named; a file that is cut off or no JSON ends with one issue that
 * gives file, line and byte, and what stood before it is kept.
 * The features are cut out by {@link FeatureScanner} and not by a streaming JSON library: those end silently at a truncated file.
 */
export const geojson = {
  id: 'geojson',
  title: 'GeoJSON and GeoJSON text sequences',
  extensions: ['geojson', 'json', 'geojsonl', 'geojsons', 'ndjson'],
  sniff(head: Uint8Array): boolean {
    const text = new TextDecoder().decode(head).replace(/^\uFEFF/, '').trimStart();
    return text.startsWith('{') || text.startsWith('[') || text.charCodeAt(0) === 0x1e || isUtf16(head);
  },
  read,
  apart: true,
  byLines,
} as const satisfies Format;

/** Whether the first line is a feature of its own and whole. */
function byLines(head: Uint8Array): boolean {
  const decoded = new TextDecoder().decode(head).replace(/^\uFEFF/u, '');
  const text = decoded.charCodeAt(0) === 0x1e ? decoded.slice(1) : decoded;
  const end = text.indexOf('\n');
  if (end < 0 || !text.startsWith('{')) return false;
  try {
    return (JSON.parse(text.slice(0, end)) as { type?: unknown }).type === 'Feature';
  } catch {
    return false;
  }
}

async function* read(source: Source, context: ReadContext): AsyncGenerator<FeatureTable> {
  const reader = new Reader(source, context);
  if (isUtf16(source.head)) {
    context.issues.push({ code: 'bad-encoding', severity: 'error', message: `${source.name} is UTF-16 text; save it as UTF-8 and try again.`, path: 'line 1' });
    return;
  }
  if (byLines(source.head) || source.range) {
    yield* readLines(source, context, reader);
    return;
  }
  let consumed = 0;
  let last = 0;
  try {
    for await (const chunk of source.stream()) {
      context.signal?.throwIfAborted();
      consumed += chunk.length;
      for (const piece of reader.scanner.push(chunk)) {
        reader.take(piece);
        if (reader.batch.length < BATCH) continue;
        const table = reader.flush((last = consumed));
        if (!table) return;
        yield table;
      }
      if (reader.batch.length === 0 || consumed - last <= 8e6) continue;
      const table = reader.flush((last = consumed));
      if (!table) return;
      yield table;
    }
    reader.scanner.end();
  } catch (cause) {
    if (!(cause instanceof ScanError)) throw cause;
    reader.fail('broken-json', cause.message, cause.at);
  }
  const table = reader.flush(consumed);
  if (!table) return;
  if (table.features.length > 0) yield table;
  if (reader.seen > 0 || reader.failed) return;
  if (reader.collection) context.issues.push({ code: 'no-features', severity: 'warning', message: `${source.name} is an empty collection: nothing to read in it.` });
  else reader.fail('no-features', 'there is no feature in it', { line: 1, column: 1, offset: 0 });
}

/** One feature a line: no bracket need be followed, only newlines. */
async function* readLines(source: Source, context: ReadContext, reader: Reader): AsyncGenerator<FeatureTable> {
  const { start, line } = source.range ?? { start: 0, line: 1 };
  const lines = new Lines(reader, line, start);
  let consumed = 0;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of source.stream()) {
    context.signal?.throwIfAborted();
    consumed += chunk.length;
    const end = chunk.lastIndexOf(0x0a);
    if (end < 0) {
      rest = Buffer.concat([rest, chunk]);
      continue;
    }
    lines.take(Buffer.concat([rest, chunk.subarray(0, end + 1)]));
    rest = chunk.slice(end + 1);
    const table = reader.flush(consumed);
    if (!table) return;
    if (table.features.length > 0) yield table;
  }
  lines.take(Buffer.from(rest));
  const table = reader.flush(consumed);
  if (table && table.features.length > 0) yield table;
}

/** Follows whole lines of a sequence. */
class Lines {
  constructor(
    private readonly reader: Reader,
    private line: number,
    private offset: number,
  ) {}

  take(bytes: Buffer): void {
    const sound = isUtf8(bytes);
    let from = 0;
    while (from < bytes.length) {
      const found = bytes.indexOf(0x0a, from);
      const end = found < 0 ? bytes.length : found;
      this.#one(bytes, from, end, sound);
      from = end + 1;
      this.line++;
    }
    this.offset += bytes.length;
  }

  #one(bytes: Buffer, from: number, end: number, sound: boolean): void {
    let first = from;
    while (first < end && (bytes[first] === 0x1e || bytes[first] === 0x20 || bytes[first] === 0x0d || bytes[first] === 0x09)) first++;
    if (this.offset + first === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) first = 3;
    if (first === end) return;
    const at: Position = { line: this.line, column: first - from + 1, offset: this.offset + first };
    if (sound) {
      try {
        return this.reader.value(JSON.parse(bytes.toString('utf8', first, end)), at);
      } catch {
        // Said below, by the reader, in its own words.
      }
    }
    this.reader.take({ kind: 'feature', bytes: bytes.subarray(first, end), at });
  }
}

/** The state of one file being read. */
class Reader {
  readonly scanner = new FeatureScanner();
  batch: SourceFeature[] = [];
  seen = 0;
  failed = false;
  #collection = false;
  #own: string | undefined;
  #placing: Placing | undefined;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });

  constructor(
    private readonly source: Source,
    private readonly context: ReadContext,
  ) {}

  /** undefined where the file's system is not known: the rest of it is not worth reading. */
  flush(read: number): FeatureTable | undefined {
    const features = this.batch;
    this.batch = [];
    this.#placing ??= new Placing(this.source.name, this.context, this.#own, 'EPSG:4326');
    return this.#placing.place(features) ? { kind: 'features', features, read } : undefined;
  }

  fail(code: string, what: string, at: Position): void {
    if (this.failed) return;
    this.failed = true;
    const kept = this.seen > 0 ? ` The ${this.seen} feature${this.seen === 1 ? '' : 's'} before it ${this.seen === 1 ? 'was' : 'were'} used.` : '';
    this.context.issues.push({ code, severity: 'error', message: `${this.source.name}, line ${at.line}, byte ${at.column}: ${what}. Export the file again, or mend it there.${kept}`, path: `line ${at.line}, byte ${at.column}` });
  }

  take(piece: Piece): void {
    const value = piece.kind === 'head' ? tryParse(piece.bytes) : this.#parse(piece);
    if (value === undefined) return;
    if (piece.kind === 'feature') this.#add(value, piece.at);
    else if (piece.kind === 'head') this.#document(value);
    else this.value(value, piece.at);
  }

  /** A top-level value, or a line of a sequence. */
  value(value: unknown, at: Position): void {
    if (isObject(value) && Array.isArray(value.features)) this.#collection ||= true;
    else this.#add(value, at);
  }

  #parse(piece: Piece): unknown {
    let text: string;
    try {
      text = this.#decoder.decode(piece.bytes);
    } catch {
      this.#broken('bad-encoding', 'these bytes are no UTF-8 (GBK text, perhaps); save the file as UTF-8', piece);
      return undefined;
    }
    try {
      return JSON.parse(text);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.replace(/ \(line \d+ column \d+\)| in JSON at position \d+.*$/s, '') : '';
      this.#broken('broken-feature', `this ${piece.kind === 'feature' ? 'feature' : 'document'} is no valid JSON (${reason})`, piece);
      return undefined;
    }
  }

  /** A document whose own text is broken ends the file; a feature, or a line of a sequence, costs only itself. */
  #broken(code: string, what: string, piece: Piece): void {
    this.seen++;
    this.context.skip(code === 'bad-encoding' ? 'text is not UTF-8' : 'broken JSON');
    const { issues } = this.context;
    const same = issues.find((issue) => issue.code === code && issue.message.startsWith(`${this.source.name},`));
    if (same) same.count = (same.count ?? 1) + 1;
    else issues.push({ code, severity: 'error', message: `${this.source.name}, line ${piece.at.line}, byte ${piece.at.column}: ${what}. It was skipped; mend it there or export the file again.`, path: `line ${piece.at.line}, byte ${piece.at.column}` });
  }

  /** GeoJSON before RFC 7946 may name its system; since then it is WGS 84. */
  #document(value: unknown): void {
    if (isObject(value) && isObject(value.crs) && isObject(value.crs.properties) && typeof value.crs.properties.name === 'string') this.#own = value.crs.properties.name;
  }

  /** A collection was met, be it empty. */
  get collection(): boolean {
    return this.#collection;
  }

  #add(value: unknown, at: Position): void {
    this.seen++;
    if (isObject(value) && value.type === 'Feature') {
      const feature = value as unknown as Feature;
      const properties = isObject(feature.properties) ? feature.properties : {};
      this.batch.push({ geometry: asGeometry(feature.geometry), properties, id: feature.id });
    } else if (asGeometry(value)) this.batch.push({ geometry: asGeometry(value), properties: {} });
    else {
      this.seen--;
      this.context.skip('no GeoJSON feature');
      if (this.seen === 0) this.fail('no-geojson', 'this is JSON but no GeoJSON feature or collection', at);
    }
  }
}

/** What stands before the features, where it can be parsed on its own. */
function tryParse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function asGeometry(value: unknown): Geometry | null {
  return isObject(value) && geometryTypes.has(String(value.type)) ? (value as unknown as Geometry) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUtf16(head: Uint8Array): boolean {
  return (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
}
