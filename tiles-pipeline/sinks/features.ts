import type { BuildingTable } from '../stages/buildings.ts';
import { USES } from '../stages/words.ts';
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

/** features.json and features.bin: every building's properties by feature number, little endian, each column on a multiple of eight. */
export function encodeFeatures(table: BuildingTable): { index: FeatureIndex; bytes: Uint8Array } {
  const parts: Uint8Array[] = [];
  const columns: FeatureColumn[] = [];
  let at = 0;
  const add = (name: string, type: FeatureColumn['type'], bytes: Uint8Array, extra: Partial<FeatureColumn> = {}): void => {
    columns.push({ name, type, offset: at, byteLength: bytes.length, ...extra });
    parts.push(bytes);
    const rest = (8 - (bytes.length % 8)) % 8;
    if (rest) parts.push(new Uint8Array(rest));
    at += bytes.length + rest;
  };
  add('id', 'string', textBytes(table.id));
  add('height', 'float32', bytesOf(table.height), range(table.height));
  add('base', 'float32', bytesOf(table.base), range(table.base));
  add('storeys', 'uint16', bytesOf(table.storeys), { ...range(table.storeys), noData: 0 });
  add('use', 'category', bytesOf(Uint16Array.from(table.use)), { dictionary: [...USES] });
  add('name', 'string', textBytes(table.name));
  add('address', 'string', textBytes(table.address));
  for (const [axis, name] of (['lon', 'lat'] as const).entries()) {
    const values = Float64Array.from({ length: table.count }, (_, n) => table.inside[n * 2 + axis]);
    add(name, 'float64', bytesOf(values), range(values));
  }
  const bytes = new Uint8Array(at);
  let cursor = 0;
  for (const part of parts) {
    bytes.set(part, cursor);
    cursor += part.length;
  }
  return { index: { count: table.count, columns }, bytes };
}

function textBytes(texts: readonly string[]): Uint8Array {
  const { bytes, offsets } = packStrings(texts);
  const out = new Uint8Array(offsets.byteLength + bytes.length);
  out.set(new Uint8Array(offsets.buffer));
  out.set(bytes, offsets.byteLength);
  return out;
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
