import { packStrings } from '../tileset/property-table.ts';
import { USES } from '../stages/words.ts';
import type { FeatureColumn } from '../sinks/feature-columns.ts';
import { noDataOf, type AttributeColumn } from './attributes.ts';
import type { AttributeValue } from './record.ts';
import type { TileRow } from '../tileset/tileset.ts';

/** A building in its unit: its record's facts, its number and what it stands on. */
export interface UnitRow {
  readonly key: number;
  readonly inside: readonly [number, number];
  /** Corners of its outline, or triangles of its body: what it costs its content. */
  readonly cost: number;
  /** Its id got a number because others had it before. */
  readonly renamed: boolean;
  readonly row: TileRow;
}

/** One column of a unit's share of features.bin: numbers as they will stand, or texts and their lengths. */
export interface SegmentColumn {
  readonly bytes: Uint8Array;
  /** [rows] bytes of each text; absent for numbers. */
  readonly lengths?: Uint32Array;
  readonly min?: number;
  readonly max?: number;
}

/** A unit's share of features.bin, in the order of {@link layoutOf}. */
export interface FeatureSegment {
  readonly count: number;
  readonly columns: SegmentColumn[];
}

/** A column as features.json will list it. */
export interface ColumnLayout {
  readonly name: string;
  readonly type: FeatureColumn['type'];
  readonly dictionary?: string[];
  readonly noData?: number;
  /** What a number that stands for no feature gets. */
  readonly blank: number;
}

const WIDTH: Readonly<Record<Exclude<FeatureColumn['type'], 'string'>, number>> = { float32: 4, float64: 8, uint16: 2, uint32: 4, category: 2 };

/** Every column of features.json, in order. */
export function layoutOf(attributes: readonly AttributeColumn[], more: boolean): ColumnLayout[] {
  const text = (name: string): ColumnLayout => ({ name, type: 'string', blank: 0 });
  return [
    text('id'),
    { name: 'height', type: 'float32', blank: NaN },
    { name: 'base', type: 'float32', blank: NaN },
    { name: 'storeys', type: 'uint16', noData: 0, blank: 0 },
    { name: 'use', type: 'category', dictionary: [...USES], blank: 0 },
    text('name'),
    text('address'),
    { name: 'lon', type: 'float64', blank: NaN },
    { name: 'lat', type: 'float64', blank: NaN },
    ...attributes.map(attributeLayout),
    ...(more ? [text('more')] : []),
  ];
}

function attributeLayout(column: AttributeColumn): ColumnLayout {
  const { name, type, words } = column;
  if (type === 'text') return { name, type: 'string', blank: 0 };
  if (type === 'enum') return { name, type: 'category', dictionary: [...words!, ''], blank: words!.length };
  if (type === 'boolean') return { name, type: 'category', dictionary: ['false', 'true', ''], blank: 2 };
  // Of numbers features.json knows four widths; what has a sign and is whole fits a double.
  const noData = type === 'float32' ? noDataOf(column)! : type === 'uint8' || type === 'uint16' ? 65_535 : type === 'uint32' ? 4_294_967_295 : -Number.MAX_VALUE;
  const stored = type === 'float32' ? 'float32' : type === 'uint8' || type === 'uint16' ? 'uint16' : type === 'uint32' ? 'uint32' : 'float64';
  return { name, type: stored, noData, blank: noData };
}

export function segmentOf(rows: readonly UnitRow[], attributes: readonly AttributeColumn[]): FeatureSegment {
  const more = rows.some(({ row }) => row.attributes[attributes.length] !== undefined);
  const fixed: Record<string, (row: UnitRow) => AttributeValue | undefined> = {
    id: ({ row }) => row.id, height: ({ row }) => row.height, base: ({ row }) => row.base, storeys: ({ row }) => row.storeys, use: ({ row }) => USES[row.use],
    name: ({ row }) => row.name, address: ({ row }) => row.address, lon: ({ inside }) => inside[0], lat: ({ inside }) => inside[1],
  };
  const columns = layoutOf(attributes, more).map((layout, k) => {
    const pick = k < 9 ? fixed[layout.name] : (row: UnitRow): AttributeValue | undefined => row.row.attributes[k - 9];
    return packColumn(layout, rows.map(pick));
  });
  return { count: rows.length, columns };
}

function packColumn(layout: ColumnLayout, values: readonly (AttributeValue | undefined)[]): SegmentColumn {
  if (layout.type === 'string') {
    const { bytes, offsets } = packStrings(values.map((value) => (value === undefined ? '' : String(value))));
    return { bytes, lengths: Uint32Array.from({ length: values.length }, (_, n) => offsets[n + 1] - offsets[n]) };
  }
  const codes = layout.dictionary && new Map(layout.dictionary.map((word, code) => [word, code]));
  const numbers = values.map((value) => (codes ? (codes.get(value === undefined ? '' : String(value)) ?? layout.blank) : value === undefined ? layout.blank : Number(value)));
  const array = arrayOf(layout.type, numbers);
  const bytes = new Uint8Array(array.buffer);
  if (layout.dictionary) return { bytes };
  let [min, max] = [Infinity, -Infinity];
  for (const [n, value] of array.entries()) {
    if (values[n] === undefined) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { bytes, min, max };
}

/** So many rows without a feature. */
export function blankRows(layout: ColumnLayout, count: number): Uint8Array {
  return layout.type === 'string' ? new Uint8Array(0) : new Uint8Array(arrayOf(layout.type, Array.from({ length: count }, () => layout.blank)).buffer);
}

function arrayOf(type: FeatureColumn['type'], numbers: readonly number[]): Float32Array | Float64Array | Uint16Array | Uint32Array {
  if (type === 'float32') return Float32Array.from(numbers);
  if (type === 'float64') return Float64Array.from(numbers);
  return type === 'uint32' ? Uint32Array.from(numbers) : Uint16Array.from(numbers);
}

/** Bytes of a row of a column of numbers. */
export function widthOf(type: FeatureColumn['type']): number {
  return type === 'string' ? 4 : WIDTH[type];
}
