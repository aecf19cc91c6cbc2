const encoder = new TextEncoder();

/** Whole and broken numbers as the standard names them. @source 3D Metadata Specification 1.0, "Component Types" */
export type ComponentType = 'INT8' | 'UINT8' | 'INT16' | 'UINT16' | 'INT32' | 'UINT32' | 'FLOAT32' | 'FLOAT64';

/** What a reader is told of a column beside its values. The standard has no place for a unit: it goes behind the description, in brackets. */
export interface ColumnWords {
  readonly description?: string;
  /** `m`, `m²`, `kW`, `°`. */
  readonly unit?: string;
  /** @source 3D Metadata Semantic Reference */
  readonly semantic?: string;
  /** The value that stands for none. */
  readonly noData?: number | string;
}

/** A column of a content's property table as bytes; strings carry their offsets. */
export interface PackedColumn extends ColumnWords {
  readonly name: string;
  readonly type: 'SCALAR' | 'STRING' | 'BOOLEAN' | 'ENUM';
  readonly componentType?: ComponentType;
  /** Words of an ENUM; a value is its index. */
  readonly words?: readonly string[];
  readonly values: Uint8Array;
  readonly offsets?: Uint8Array;
  /** Absent = UINT32. */
  readonly offsetType?: 'UINT8' | 'UINT16' | 'UINT32';
  readonly min?: number;
  readonly max?: number;
}

export type Numbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

const COMPONENTS: Readonly<Record<string, ComponentType>> = {
  Int8Array: 'INT8', Uint8Array: 'UINT8', Int16Array: 'INT16', Uint16Array: 'UINT16', Int32Array: 'INT32', Uint32Array: 'UINT32', Float32Array: 'FLOAT32', Float64Array: 'FLOAT64',
};

function bytesOf(values: Numbers): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** @param values finite numbers */
export function packNumbers(name: string, values: Numbers, words: ColumnWords = {}): PackedColumn {
  return { ...words, name, type: 'SCALAR', componentType: COMPONENTS[values.constructor.name], values: bytesOf(values) };
}

/** Whole numbers in the fewest bytes that hold them all. */
export function packIntegers(name: string, values: ArrayLike<number>, words: ColumnWords = {}): PackedColumn {
  let [low, high] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  const narrow = low >= 0 ? [Uint8Array, Uint16Array, Uint32Array] : [Int8Array, Int16Array, Int32Array];
  const bits = low >= 0 ? high : Math.max(high, -1 - low) * 2 + 1;
  const Type = narrow[bits <= 0xff ? 0 : bits <= 0xffff ? 1 : 2];
  return packNumbers(name, bits <= 0xffffffff ? new Type(values) : new Float64Array(values), words);
}

/** One word of a few a row; both engines give the word back. @param values index into `choice` of each row */
export function packEnum(name: string, choice: readonly string[], values: Uint8Array | Uint16Array, words: ColumnWords = {}): PackedColumn {
  const narrow = choice.length <= 256 ? new Uint8Array(values) : new Uint16Array(values);
  return { ...words, name, type: 'ENUM', words: choice, componentType: narrow instanceof Uint8Array ? 'UINT8' : 'UINT16', values: bytesOf(narrow) };
}

/** One bit a row, the lowest first. */
export function packBooleans(name: string, values: ArrayLike<number | boolean>, words: ColumnWords = {}): PackedColumn {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) if (values[i]) bits[i >> 3] |= 1 << (i & 7);
  return { ...words, name, type: 'BOOLEAN', values: bits };
}

export function packTexts(name: string, texts: readonly string[], words: ColumnWords = {}): PackedColumn {
  const { bytes, offsets } = packStrings(texts);
  const narrow = bytes.length <= 0xff ? new Uint8Array(offsets) : bytes.length <= 0xffff ? new Uint16Array(offsets) : offsets;
  const offsetType = narrow instanceof Uint8Array ? 'UINT8' : narrow instanceof Uint16Array ? 'UINT16' : 'UINT32';
  return { ...words, name, type: 'STRING', values: bytes, offsets: bytesOf(narrow), offsetType };
}

/** UTF-8 one after another, and where each begins: [texts + 1]. */
export function packStrings(texts: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } {
  const all = texts.join('');
  const bytes = encoder.encode(all);
  const offsets = new Uint32Array(texts.length + 1);
  const plain = bytes.length === all.length;
  for (let i = 0; i < texts.length; i++) offsets[i + 1] = offsets[i] + (plain ? texts[i].length : Buffer.byteLength(texts[i]));
  return offsets[texts.length] === bytes.length ? { bytes, offsets } : packApart(texts);
}

/** One by one: halves of a surrogate pair in neighbouring texts would become one letter. */
function packApart(texts: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } {
  const parts = texts.map((text) => encoder.encode(text));
  const offsets = new Uint32Array(texts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i] + part.length;
  return { bytes: new Uint8Array(Buffer.concat(parts)), offsets };
}

/** The class of a table and the enums it uses, as the schema has them. @source EXT_structural_metadata 1.0, `schema` */
export function schemaOf(className: string, columns: readonly PackedColumn[]): { properties: Record<string, unknown>; enums: Record<string, unknown> } {
  const enums: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  for (const { name, type, componentType, words, description, unit, semantic, noData } of columns) {
    const enumType = `${className}_${name}`;
    if (words) enums[enumType] = { valueType: componentType, values: words.map((word, value) => ({ name: word, value })) };
    const said = unit ? `${description ?? name} (${unit})` : description;
    properties[name] = { ...(said && { description: said }), type, ...(words ? { enumType } : componentType && { componentType }), ...(semantic && { semantic }), ...(noData !== undefined && { noData }) };
  }
  return { properties, enums };
}
