import type { Issue } from '../../../engine/errors.ts';
import type { Source } from '../format.ts';
import { encodingOfCpg, encodingOfLanguage, guess, kindOf, type Encoding } from './text-encoding.ts';

export type Row = Readonly<Record<string, unknown>>;

interface Field {
  readonly name: string;
  readonly type: string;
  /** First byte in a row, after the mark of deletion. */
  readonly from: number;
  readonly to: number;
}

/** Rows that are read at once. */
const WINDOW = 4096;
/** Bytes of rows looked at to find out the encoding. */
const SAMPLE = 4 << 20;

/**
 * The attribute table beside a shapefile, read by windows of rows. Numbers, dates (`YYYY-MM-DD`), truths and texts; '' and what cannot be read are null; a memo is null.
 * @source dBASE III+ and FoxPro table structure
 */
export class DbfTable {
  /** Rows by the header, cut to what the file has room for. */
  readonly count: number;
  readonly encoding: Encoding | undefined;
  readonly #fields: readonly Field[];
  readonly #decoder: TextDecoder | undefined;
  #window: Uint8Array = new Uint8Array();
  #first = -1;

  private constructor(
    private readonly source: Source,
    private readonly head: { readonly from: number; readonly row: number },
    count: number,
    fields: readonly Field[],
    encoding: Encoding | undefined,
  ) {
    this.count = count;
    this.encoding = encoding;
    this.#fields = fields;
    this.#decoder = encoding && new TextDecoder(encoding.label);
  }

  /** Opens a table; undefined, with an issue, where its header is none. */
  static async open(source: Source, cpg: string | undefined, issues: Issue[]): Promise<DbfTable | undefined> {
    const refuse = (what: string): undefined => void issues.push({ code: 'broken-dbf', severity: 'error', path: source.name, message: `${source.name}: ${what}. The shapes were read without attributes; write the shapefile again to have them.` });
    const head = await source.slice(0, 65_536);
    if (head.length < 33) return refuse('this attribute table ends inside its header');
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const [claimed, from, row] = [view.getUint32(4, true), view.getUint16(8, true), view.getUint16(10, true)];
    const described = fieldsOf(head, from);
    const width = described.at(-1)?.to ?? 1;
    if (from < 33 || row < 1 || width > row) return refuse(`the header of this attribute table contradicts itself (rows of ${row} bytes, columns of ${width})`);
    const count = Math.min(claimed, Math.floor((source.size - from) / row));
    if (count < claimed) issues.push({ code: 'truncated-dbf', severity: 'error', path: source.name, message: `${source.name}: the header promises ${claimed} rows, the file ends after ${Math.max(0, count)}. The shapes after them have no attributes; copy or export the file again.` });
    const sample = await source.slice(from, from + Math.min(SAMPLE, Math.max(0, count) * row));
    const encoding = encodingFor(source, texts(sample, row, described), { cpg, language: head[29] }, issues);
    const decoder = new TextDecoder(encoding?.label ?? 'utf-8');
    const fields = described.map((field) => ({ ...field, name: decode(field.bytes, 0, field.bytes.length, decoder) }));
    return new DbfTable(source, { from, row }, Math.max(0, count), named(fields), encoding);
  }

  /** A row by its number from 0: 'deleted' where it is marked so, undefined where there is none. */
  async row(index: number): Promise<Row | 'deleted' | undefined> {
    if (index < 0 || index >= this.count) return undefined;
    const { from, row } = this.head;
    if (index < this.#first || index >= this.#first + WINDOW || this.#first < 0) {
      this.#window = await this.source.slice(from + index * row, from + Math.min(this.count, index + WINDOW) * row);
      this.#first = index;
    }
    const start = (index - this.#first) * row;
    if (start + row > this.#window.length) return undefined;
    if (this.#window[start] === 0x2a) return 'deleted';
    const found: Record<string, unknown> = {};
    for (const field of this.#fields) found[field.name] = this.#value(field.type, start + field.from, start + field.to);
    return found;
  }

  /** The value between two bytes of the window. Offsets and no views of it: a view a value would cost as much as all the rest. */
  #value(type: string, from: number, to: number): unknown {
    const bytes = this.#window;
    if (type === 'C' || type === 'V') return decode(bytes, from, to, this.#decoder) || null;
    if (type === 'N' || type === 'F') return numberIn(bytes, from, to);
    if (type === 'D') {
      const text = decode(bytes, from, to, undefined);
      return /^\d{8}$/u.test(text) && text !== '00000000' ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : null;
    }
    if (type === 'L') return 'YyTt'.includes(String.fromCharCode(bytes[from])) ? true : 'NnFf'.includes(String.fromCharCode(bytes[from])) ? false : null;
    const view = new DataView(bytes.buffer, bytes.byteOffset + from, to - from);
    if (type === 'I' && view.byteLength === 4) return view.getInt32(0, true);
    if ((type === 'O' || type === 'B') && view.byteLength === 8) return finite(view.getFloat64(0, true));
    return type === 'Y' && view.byteLength === 8 ? Number(view.getBigInt64(0, true)) / 10_000 : null;
  }
}

/** A number in digits; up to 15 of them are read without a text being made: their quotient by a power of ten is exact. */
function numberIn(bytes: Uint8Array, from: number, to: number): number | null {
  let [at, digits, whole, behind] = [from, 0, 0, -1];
  while (at < to && bytes[at] === 0x20) at++;
  const minus = at < to && bytes[at] === 0x2d;
  if (minus) at++;
  for (; at < to; at++) {
    const byte = bytes[at];
    if (byte >= 0x30 && byte <= 0x39) {
      whole = whole * 10 + byte - 0x30;
      digits++;
      if (behind >= 0) behind++;
    } else if (byte === 0x2e && behind < 0) behind = 0;
    else break;
  }
  while (at < to && (bytes[at] === 0x20 || bytes[at] === 0)) at++;
  if (at === to && digits > 0 && digits <= 15) return (minus ? -whole : whole) / (behind > 0 ? 10 ** behind : 1);
  const text = decode(bytes, from, to, undefined);
  return text === '' ? null : finite(Number(text.replace(',', '.')));
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The columns as the header describes them, names still in bytes. */
function fieldsOf(head: Uint8Array, end: number): (Omit<Field, 'name'> & { bytes: Uint8Array })[] {
  const fields: (Omit<Field, 'name'> & { bytes: Uint8Array })[] = [];
  let from = 1;
  for (let at = 32; at + 32 <= Math.min(end, head.length) && head[at] !== 0x0d; at += 32) {
    const stop = head.subarray(at, at + 11).indexOf(0);
    const type = String.fromCharCode(head[at + 11]).toUpperCase();
    // Texts longer than 255 put the high byte of their length where numbers have their decimals.
    const length = head[at + 16] + (type === 'C' ? 256 * head[at + 17] : 0);
    fields.push({ bytes: head.subarray(at, at + (stop < 0 ? 11 : stop)), type, from, to: from + length });
    from += length;
  }
  return fields;
}

/** Names that are missing or met before get a number. */
function named(fields: readonly Field[]): Field[] {
  const met = new Set<string>();
  return fields.map((field, k) => {
    let name = field.name === '' || field.name === '__proto__' ? `column ${k + 1}` : field.name;
    while (met.has(name)) name = `${name} ${k + 1}`;
    met.add(name);
    return { ...field, name };
  });
}

/** The text values of some rows that hold more than ASCII. */
function* texts(rows: Uint8Array, width: number, fields: readonly (Omit<Field, 'name'> & { bytes: Uint8Array })[]): Generator<Uint8Array> {
  for (const { bytes } of fields) if (kindOf(bytes) !== 'ascii') yield bytes;
  const columns = fields.filter(({ type }) => type === 'C');
  for (let at = 0; at + width <= rows.length; at += width) {
    for (const { from, to } of columns) {
      const value = rows.subarray(at + from, at + to);
      if (kindOf(value) !== 'ascii') yield value;
    }
  }
}

/** What is said of the encoding, unless the text contradicts it; else what the text looks like. undefined: nothing but ASCII was seen. */
function encodingFor(source: Source, values: Iterable<Uint8Array>, said: { cpg?: string; language: number }, issues: Issue[]): Encoding | undefined {
  const stated = said.cpg === undefined ? undefined : encodingOfCpg(said.cpg);
  if (said.cpg !== undefined && stated === undefined)
    issues.push({ code: 'unknown-encoding', severity: 'warning', path: source.name, message: `${source.name}: the .cpg beside it names the encoding "${said.cpg.trim().slice(0, 40)}", which is not known. Write UTF-8, GBK or a code page's number into it.` });
  const byCpg = stated === undefined ? undefined : ({ label: stated, by: 'cpg' } as const);
  const language = encodingOfLanguage(said.language);
  const declared: Encoding | undefined = byCpg ?? (language === undefined ? undefined : { label: language, by: 'dbf' });
  if (declared && declared.label !== 'utf-8' && declared.by === 'cpg') return declared;
  const seen = guess(values);
  if (seen === undefined) return declared;
  if (declared && (declared.label === 'utf-8') === (seen === 'utf-8')) return declared;
  const why = declared ? `${declared.by === 'cpg' ? 'its .cpg' : 'its header'} says ${declared.label}, but its text is ${seen === 'utf-8' ? 'UTF-8' : `no UTF-8 and was read as ${seen}`}` : `nothing says in which encoding its texts are; they were read as ${seen}, which they look like`;
  issues.push({ code: 'guessed-encoding', severity: declared ? 'warning' : 'info', path: source.name, message: `${source.name}: ${why}. If names look wrong, put a .cpg file beside it with the encoding's name in it (UTF-8, GBK, 1252).` });
  return { label: seen, by: 'text' };
}

/** Text without the spaces and zeros that fill the column, and without the half of a letter at its end. Without a decoder each value is UTF-8 or GB 18030, whichever it is. */
function decode(bytes: Uint8Array, from: number, to: number, decoder: TextDecoder | undefined): string {
  let [start, end] = [from, to];
  while (end > start && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end--;
  while (start < end && (bytes[start] === 0x20 || bytes[start] === 0)) start++;
  if (start === end) return '';
  const kind = kindOf(bytes, start, end);
  if (kind === 'ascii') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', start, end);
  return (decoder ?? new TextDecoder(kind === 'utf-8' ? 'utf-8' : 'gb18030')).decode(bytes.subarray(start, end)).replace(/\uFFFD+$/u, '').trim();
}
