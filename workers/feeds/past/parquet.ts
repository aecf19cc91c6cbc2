import { parquetMetadataAsync, parquetRead, type ColumnData, type RowGroup } from 'hyparquet';
import { shownUrl, toTwinError, TwinError } from '../../../engine/errors.ts';
import type { PastSpec } from '../../../engine/ports.ts';
import type { PastRows, PastSource, Window } from './past-rows.ts';
import { rangedFile, TAIL } from './ranged-file.ts';

const PLACES = ['lon', 'lat', 'height', 'heading', 'speed'] as const;
const OWN = ['id', 'time', 'received', ...PLACES] as const;

/**
 * Readings kept as Parquet files, one a day (UTC) or an hour, by the address's template: `{yyyy}`, `{MM}`, `{dd}`, `{HH}`. Of a file only the footer is read and those row
 * groups whose statistics say that they reach into the window. Columns: `id`, `time` (a timestamp, or unix seconds, milli-, micro- or nanoseconds), and where there are such `received`, `lon`, `lat`,
 * `height`, `heading`, `speed`; every other column of numbers is a value of its name. Snappy, or not compressed.
 */
export function parquetPast(spec: PastSpec, fetch: typeof globalThis.fetch): PastSource {
  return async function* (window, signal) {
    for (const url of filesOf(spec.url, window)) {
      const where = shownUrl(url);
      try {
        yield* rowsOf(spec, await rangedFile(url, fetch, signal), window);
      } catch (cause) {
        if (signal.aborted) return;
        throw cause instanceof TwinError ? cause : toTwinError(new Error(`The file ${where} cannot be read as Parquet (${cause instanceof Error ? cause.message : String(cause)}).`, { cause }), 'bad-input', where);
      }
    }
  };
}

/** The addresses of the files that a window lies in. */
export function filesOf(template: string, { from, to }: Window): string[] {
  const hourly = template.includes('{HH}');
  const step = hourly ? 3600 : 86_400;
  const urls: string[] = [];
  for (let at = Math.floor(from / step) * step; at < to; at += step) {
    const iso = new Date(at * 1000).toISOString();
    const parts: Readonly<Record<string, string>> = { '{yyyy}': iso.slice(0, 4), '{MM}': iso.slice(5, 7), '{dd}': iso.slice(8, 10), '{HH}': iso.slice(11, 13) };
    urls.push(template.replaceAll(/\{(?:yyyy|MM|dd|HH)\}/gu, (part) => parts[part]));
  }
  return [...new Set(urls)];
}

/** Unix seconds of a time as a file has it; NaN for none. Whole numbers say by their size what they count. */
export function secondsOf(value: unknown): number {
  if (value instanceof Date) return value.getTime() / 1000;
  if (typeof value === 'string') return Date.parse(value) / 1000;
  if (typeof value !== 'number' && typeof value !== 'bigint') return NaN;
  const size = Math.abs(Number(value));
  const unit = size > 1e17 ? 1e9 : size > 1e14 ? 1e6 : size > 1e11 ? 1e3 : 1;
  return Number(value) / unit;
}

async function* rowsOf({ url, columns: names = {} }: PastSpec, file: Awaited<ReturnType<typeof rangedFile>>, window: Window): AsyncGenerator<PastRows> {
  if (!file) return;
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: TAIL });
  const own = Object.fromEntries(OWN.map((name) => [name, (names as Readonly<Record<string, string>>)[name] ?? name]));
  const present = metadata.schema.filter(({ type }) => type !== undefined);
  for (const name of ['id', 'time']) if (!present.some((each) => each.name === own[name])) throw new TwinError('bad-input', `${shownUrl(url)} has no column “${own[name]}”; name it in the feed's past.columns.${name}.`, { where: shownUrl(url) });
  const numbers = present.filter(({ type }) => type !== 'BYTE_ARRAY' && type !== 'FIXED_LEN_BYTE_ARRAY').map(({ name }) => name);
  const values = numbers.filter((name) => !Object.values(own).includes(name));
  const wanted = [...Object.values(own).filter((name) => present.some((each) => each.name === name)), ...values];
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    if (reaches(group, own.time, window)) {
      const chunks = new Map<string, { values: ArrayLike<unknown>; start: number }[]>();
      await parquetRead({ file, metadata, columns: wanted, rowStart, rowEnd, onChunk: ({ columnName, columnData, rowStart: start }: ColumnData) => {
        chunks.set(columnName, [...(chunks.get(columnName) ?? []), { values: columnData, start }]);
      } });
      yield columnsOf(chunks, { own, values, window, rowStart, rowEnd });
    }
    rowStart = rowEnd;
  }
}

/** Whether a group of rows may hold something of the window; without statistics it may. */
function reaches(group: RowGroup, time: string, { from, to }: Window): boolean {
  const statistics = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === time)?.meta_data?.statistics;
  const [least, most] = [secondsOf(statistics?.min_value ?? statistics?.min), secondsOf(statistics?.max_value ?? statistics?.max)];
  return !(least >= to || most < from);
}

interface Cut {
  readonly own: Readonly<Record<string, string>>;
  readonly values: readonly string[];
  readonly window: Window;
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** The rows of a group that lie in the window. */
function columnsOf(chunks: ReadonlyMap<string, readonly { values: ArrayLike<unknown>; start: number }[]>, { own, values, window, rowStart, rowEnd }: Cut): PastRows {
  const whole = (name: string): unknown[] | null => {
    const parts = chunks.get(name);
    if (!parts) return null;
    const out: unknown[] = Array.from({ length: rowEnd - rowStart });
    for (const part of parts) for (let i = 0; i < part.values.length; i++) out[part.start - rowStart + i] = part.values[i];
    return out;
  };
  const times = (whole(own.time) ?? []).map(secondsOf);
  const rows = [...times.keys()].filter((row) => times[row] >= window.from && times[row] < window.to);
  const numbers = (name: string, of: (value: unknown) => number): Float64Array | undefined => {
    const column = whole(name);
    return column ? Float64Array.from(rows, (row) => of(column[row])) : undefined;
  };
  const number = (value: unknown): number => (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : NaN);
  const ids = whole(own.id) ?? [];
  return {
    count: rows.length,
    ids: rows.map((row) => (typeof ids[row] === 'number' ? (ids[row] as number) : String(ids[row]))),
    times: Float64Array.from(rows, (row) => times[row]),
    received: numbers(own.received, secondsOf),
    ...Object.fromEntries(PLACES.map((name) => [name, numbers(own[name], number)])),
    values: new Map(values.flatMap((name): [string, Float64Array][] => {
      const column = numbers(name, number);
      return column ? [[name, column]] : [];
    })),
  };
}
