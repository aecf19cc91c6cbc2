import { packStrings } from '../tileset/property-table.ts';

export interface FeatureColumn {
  name: string;
  /** `string`: uint32 offsets [count + 1], then UTF-8; `category`: uint16 index into the dictionary. */
  type: 'float32' | 'float64' | 'uint16' | 'uint32' | 'string' | 'category';
  offset: number;
  byteLength: number;
  min?: number;
  max?: number;
  dictionary?: string[];
  noData?: number;
}

export interface FeatureIndex {
  count: number;
  columns: FeatureColumn[];
}

const MOST_WORDS = 65_535;

/** Collects the columns of a features.json and its features.bin: little endian, each column on a multiple of eight. */
export class FeatureColumns {
  readonly #columns: FeatureColumn[] = [];
  readonly #parts: Uint8Array[] = [];
  #at = 0;

  texts(name: string, values: readonly string[]): this {
    const { bytes, offsets } = packStrings(values);
    const out = new Uint8Array(offsets.byteLength + bytes.length);
    out.set(new Uint8Array(offsets.buffer));
    out.set(bytes, offsets.byteLength);
    return this.#add(name, 'string', out);
  }

  /** Words that come again and again; with too many different ones they are kept as texts. */
  words(name: string, values: readonly string[]): this {
    const dictionary = [...new Set(values)];
    if (dictionary.length > MOST_WORDS) return this.texts(name, values);
    const codes = new Map(dictionary.map((word, code) => [word, code]));
    return this.codes(name, Uint16Array.from(values, (value) => codes.get(value) ?? 0), dictionary);
  }

  codes(name: string, values: Uint16Array, dictionary: readonly string[]): this {
    return this.#add(name, 'category', bytesOf(values), { dictionary: [...dictionary] });
  }

  /** @param noData the value that stands for none */
  numbers(name: string, values: Float32Array | Float64Array | Uint16Array, noData?: number): this {
    const type = values instanceof Float32Array ? 'float32' : values instanceof Float64Array ? 'float64' : 'uint16';
    return this.#add(name, type, bytesOf(values), { ...range(values), ...(noData !== undefined && { noData }) });
  }

  #add(name: string, type: FeatureColumn['type'], bytes: Uint8Array, extra: Partial<FeatureColumn> = {}): this {
    this.#columns.push({ name, type, offset: this.#at, byteLength: bytes.length, ...extra });
    this.#parts.push(bytes);
    const rest = (8 - (bytes.length % 8)) % 8;
    if (rest) this.#parts.push(new Uint8Array(rest));
    this.#at += bytes.length + rest;
    return this;
  }

  done(count: number): { index: FeatureIndex; bytes: Uint8Array } {
    const bytes = new Uint8Array(this.#at);
    let cursor = 0;
    for (const part of this.#parts) {
      bytes.set(part, cursor);
      cursor += part.length;
    }
    return { index: { count, columns: this.#columns }, bytes };
  }
}

function bytesOf(array: Float32Array | Float64Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function range(values: ArrayLike<number>): { min: number; max: number } {
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    min = Math.min(min, values[i]);
    max = Math.max(max, values[i]);
  }
  return { min, max };
}
