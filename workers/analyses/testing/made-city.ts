import type { AnalysisContext } from '../context.ts';

const encoder = new TextEncoder();

/** Files of a made-up city in memory, answered by range like a server. */
export function filesInMemory(files: Readonly<Record<string, Uint8Array>>): AnalysisContext['load'] {
  return async (url, range) => {
    const file = files[url];
    if (!file) throw new Error(`no ${url}`);
    return { bytes: (range ? file.slice(range[0], range[1] + 1) : file.slice()) as Uint8Array<ArrayBuffer>, total: file.length, partial: range !== undefined };
  };
}

export interface MadeColumn {
  readonly name: string;
  readonly type: 'float32' | 'float64' | 'uint16' | 'string' | 'category';
  readonly values: readonly (number | string)[];
  readonly dictionary?: readonly string[];
  readonly noData?: number;
}

/** features.json and features.bin as the pipeline writes them. */
export function madeTable(columns: readonly MadeColumn[]): { json: Uint8Array; bin: Uint8Array } {
  const parts: Uint8Array[] = [];
  let at = 0;
  const heads = columns.map(({ name, type, values, dictionary, noData }) => {
    const bytes = bytesOf(type, values, dictionary ?? []);
    const head = { name, type, offset: at, byteLength: bytes.length, dictionary, noData };
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    parts.push(padded);
    at += padded.length;
    return head;
  });
  const bin = new Uint8Array(at);
  for (let i = 0, to = 0; i < parts.length; to += parts[i++].length) bin.set(parts[i], to);
  return { json: encoder.encode(JSON.stringify({ count: columns[0].values.length, columns: heads })), bin };
}

function bytesOf(type: MadeColumn['type'], values: readonly (number | string)[], dictionary: readonly string[]): Uint8Array {
  if (type === 'string') {
    const texts = values.map((value) => encoder.encode(String(value)));
    const offsets = new Uint32Array(values.length + 1);
    for (const [i, text] of texts.entries()) offsets[i + 1] = offsets[i] + text.length;
    const out = new Uint8Array(offsets.byteLength + offsets.at(-1)!);
    out.set(new Uint8Array(offsets.buffer));
    for (const [i, text] of texts.entries()) out.set(text, offsets.byteLength + offsets[i]);
    return out;
  }
  const array = type === 'float32' ? Float32Array.from(values, Number) : type === 'float64' ? Float64Array.from(values, Number)
    : Uint16Array.from(values, (value) => (type === 'category' ? dictionary.indexOf(String(value)) : Number(value)));
  return new Uint8Array(array.buffer);
}

/** A dem.json and dem.bin whose heights come from a function of longitude and latitude. */
export function madeDem(bounds: readonly [number, number, number, number], size: number, height: (lon: number, lat: number) => number): { json: Uint8Array; bin: Uint8Array } {
  const [west, south, east, north] = bounds;
  const samples = new Float32Array(size * size);
  for (let row = 0; row < size; row++) for (let column = 0; column < size; column++) samples[row * size + column] = height(west + ((east - west) * column) / (size - 1), north - ((north - south) * row) / (size - 1));
  return { json: encoder.encode(JSON.stringify({ west, south, east, north, width: size, height: size, noData: null, datum: 'ellipsoid' })), bin: new Uint8Array(samples.buffer) };
}
