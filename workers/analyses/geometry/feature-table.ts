import { shownUrl, TwinError } from '../../../engine/errors.ts';
import type { AnalysisContext } from '../context.ts';

type ColumnType = 'float32' | 'float64' | 'uint16' | 'uint32' | 'string' | 'category';

interface ColumnHead {
  readonly name: string;
  readonly type: ColumnType;
  readonly offset: number;
  readonly byteLength: number;
  readonly dictionary?: readonly string[];
  readonly noData?: number;
}

const BYTES: Readonly<Record<Exclude<ColumnType, 'string'>, number>> = { float32: 4, float64: 8, uint16: 2, uint32: 4, category: 2 };

/** One column in memory. Rows are feature numbers. */
export interface Column {
  readonly name: string;
  /** Number of a row; NaN for no-data and for texts. */
  number(row: number): number;
  /** Text of a row; null for no-data; numbers as they print. */
  text(row: number): string | null;
  /** The words of a category, by code; null for other columns. */
  readonly words: readonly string[] | null;
  /** Code of a category's row. */
  code(row: number): number;
  readonly numeric: boolean;
}

/** A dataset's features.json with its columns read by range as they are asked for. */
export interface FeatureTable {
  readonly count: number;
  readonly names: readonly string[];
  has(name: string): boolean;
  /** @throws TwinError `bad-input` when there is no such column */
  column(name: string): Promise<Column>;
}

/** @throws TwinError `bad-input` naming what is wrong with the file, or what `load` throws */
export function featureTable(url: string, context: Pick<AnalysisContext, 'load' | 'cache'>): Promise<FeatureTable> {
  return context.cache.keep(`features ${url}`, async () => {
    const where = shownUrl(url);
    const { bytes } = await context.load(url);
    const heads = readHeads(bytes, where);
    const columns = new Map<string, Promise<Column>>();
    return {
      count: heads.count,
      names: heads.columns.map((head) => head.name),
      has: (name) => heads.columns.some((head) => head.name === name),
      column(name) {
        const head = heads.columns.find((each) => each.name === name);
        if (!head) throw new TwinError('bad-input', `${where} has no column “${name}”; it has ${heads.columns.map((each) => each.name).join(', ')}`, { where });
        const known = columns.get(name) ?? readColumn(url.replace(/\.json(?=$|[?#])/, '.bin'), head, heads.count, context.load);
        columns.set(name, known);
        known.catch(() => columns.delete(name));
        return known;
      },
    };
  });
}

function readHeads(bytes: Uint8Array, where: string): { count: number; columns: ColumnHead[] } {
  const wrong = (what: string, cause?: unknown): TwinError => new TwinError('bad-input', `${where} is no table of features: ${what}`, { where, cause });
  let json: { count?: unknown; columns?: unknown };
  try {
    json = JSON.parse(new TextDecoder().decode(bytes)) as typeof json;
  } catch (cause) {
    throw wrong('it is not JSON', cause);
  }
  const { count, columns } = json;
  if (!Number.isSafeInteger(count) || (count as number) < 0 || !Array.isArray(columns)) throw wrong('it has no count and columns');
  for (const head of columns as ColumnHead[]) {
    const size = head.type === 'string' ? ((count as number) + 1) * 4 : (BYTES[head.type] ?? NaN) * (count as number);
    if (!(Number.isSafeInteger(head.offset) && head.offset >= 0 && head.byteLength >= size)) throw wrong(`its column “${head.name}” does not fit its type or count`);
  }
  return { count: count as number, columns: columns as ColumnHead[] };
}

async function readColumn(url: string, head: ColumnHead, count: number, load: AnalysisContext['load']): Promise<Column> {
  const where = shownUrl(url);
  if (count === 0) return { name: head.name, number: () => NaN, text: () => null, words: head.dictionary ?? null, code: () => 0, numeric: head.type !== 'string' && head.type !== 'category' };
  const { bytes, partial } = await load(url, [head.offset, head.offset + head.byteLength - 1]);
  const own = (partial ? bytes : bytes.slice(head.offset, head.offset + head.byteLength)).slice();
  if (own.length < head.byteLength) throw new TwinError('bad-input', `${where} is cut short: the column “${head.name}” needs ${head.byteLength} bytes, ${own.length} are there`, { where });
  return head.type === 'string' ? textColumn(head, own, count) : numberColumn(head, own, count);
}

function numberColumn(head: ColumnHead, bytes: Uint8Array<ArrayBuffer>, count: number): Column {
  const { buffer } = bytes;
  const values = head.type === 'float32' ? new Float32Array(buffer, 0, count) : head.type === 'float64' ? new Float64Array(buffer, 0, count) : head.type === 'uint32' ? new Uint32Array(buffer, 0, count) : new Uint16Array(buffer, 0, count);
  const words = head.type === 'category' ? (head.dictionary ?? []) : null;
  const number = (row: number): number => (words || values[row] === head.noData ? NaN : values[row]);
  return {
    name: head.name, words, numeric: words === null, number,
    code: (row) => values[row],
    text: (row) => {
      if (words) return words[values[row]] ?? null;
      const value = number(row);
      return Number.isNaN(value) ? null : String(value);
    },
  };
}

function textColumn(head: ColumnHead, bytes: Uint8Array<ArrayBuffer>, count: number): Column {
  const offsets = new Uint32Array(bytes.buffer, 0, count + 1);
  const start = (count + 1) * 4;
  const decoder = new TextDecoder();
  return {
    name: head.name, words: null, numeric: false, number: () => NaN, code: () => 0,
    text: (row) => (offsets[row + 1] <= offsets[row] ? null : decoder.decode(bytes.subarray(start + offsets[row], start + offsets[row + 1]))),
  };
}
