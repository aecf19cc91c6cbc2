import { shownUrl, TwinError } from '../../engine/errors.ts';
import type { PropertiesInput, PropertiesOutput, PropertySet } from '#models';
import type { AnalysisContext } from './context.ts';

interface Index {
  readonly version: number;
  readonly count: number;
  /** Byte of properties.bin from which the texts count. */
  readonly data: number;
  readonly bytes: number;
}

/**
 * Property sets and quantities of one element: two small ranges of properties.bin, however large that is.
 * @throws TwinError `bad-input` for an index or a text that is none, or an element beyond them
 */
export async function properties(input: PropertiesInput, context: AnalysisContext): Promise<PropertiesOutput> {
  const where = shownUrl(input.properties);
  const wrong = (what: string, cause?: unknown): TwinError => new TwinError('bad-input', `${where} cannot be read: ${what}. Build the city folder again.`, { where, cause });
  const index = await context.cache.keep(`properties ${input.properties}`, async () => read<Index>((await context.load(input.properties)).bytes, wrong));
  if (index.version !== 1 || !Number.isSafeInteger(index.count) || index.data !== (index.count + 1) * 4) throw wrong('it is no index of properties');
  const { number } = input;
  if (!Number.isInteger(number) || number < 0 || number >= index.count) throw wrong(`there is no element ${number} among its ${index.count}`);
  const url = input.properties.replace(/\.json(?=$|[?#])/u, '.bin');
  const range = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const { bytes, partial } = await context.load(url, [start, end - 1]);
    const part = partial ? bytes : bytes.slice(start, end);
    if (part.length !== end - start) throw wrong(`bytes ${start} to ${end} of its .bin are missing`);
    return part;
  };
  const starts = await range(number * 4, number * 4 + 8);
  const view = new DataView(starts.buffer, starts.byteOffset, 8);
  const [from, to] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (from > to || index.data + to > index.bytes) throw wrong(`element ${number} runs from ${from} to ${to}`);
  if (from === to) return { sets: [] };
  const raw = read<unknown>(await range(index.data + from, index.data + to), wrong);
  return { sets: Array.isArray(raw) ? raw.map(setOf).filter((set) => set !== null) : [] };
}

function read<T>(bytes: Uint8Array, wrong: (what: string, cause?: unknown) => TwinError): T {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (cause) {
    throw wrong('it is not JSON', cause);
  }
}

function setOf(raw: unknown): PropertySet | null {
  if (!Array.isArray(raw) || !Array.isArray(raw[1])) return null;
  const rows = (raw[1] as unknown[]).filter((row): row is [string, string | number | boolean, string?] => Array.isArray(row) && row.length >= 2);
  return { name: String(raw[0]), rows: rows.map(([name, value, unit]) => ({ name: String(name), value, ...(unit && { unit: String(unit) }) })) };
}
