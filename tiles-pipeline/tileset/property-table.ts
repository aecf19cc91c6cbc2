const encoder = new TextEncoder();

/** A column of a content's property table as bytes; strings carry their offsets. */
export interface PackedColumn {
  readonly name: string;
  readonly type: 'SCALAR' | 'STRING';
  readonly componentType?: 'UINT16' | 'UINT32' | 'FLOAT32';
  readonly values: Uint8Array;
  readonly offsets?: Uint8Array;
  readonly min?: number;
  readonly max?: number;
}

/** @param values finite numbers; min and max are those of the stored values */
export function packNumbers(name: string, values: Uint16Array | Uint32Array | Float32Array): PackedColumn {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const componentType = values instanceof Uint16Array ? 'UINT16' : values instanceof Uint32Array ? 'UINT32' : 'FLOAT32';
  return { name, type: 'SCALAR', componentType, values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength), min, max };
}

export function packTexts(name: string, texts: readonly string[]): PackedColumn {
  const { bytes, offsets } = packStrings(texts);
  return { name, type: 'STRING', values: bytes, offsets: new Uint8Array(offsets.buffer) };
}

/** UTF-8 one after another, and where each begins: [texts + 1]. */
export function packStrings(texts: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } {
  const parts = texts.map((text) => encoder.encode(text));
  const offsets = new Uint32Array(texts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i] + part.length;
  const bytes = new Uint8Array(offsets[texts.length]);
  for (const [i, part] of parts.entries()) bytes.set(part, offsets[i]);
  return { bytes, offsets };
}
