import { noDataOf, type AttributeColumn } from '../cells/attributes.ts';
import type { AttributeValue } from '../cells/record.ts';
import { packBooleans, packEnum, packNumbers, packTexts, type Numbers, type PackedColumn } from './property-table.ts';

type Values = readonly (AttributeValue | undefined)[];

/** A content's columns of the dataset's attributes; those that say nothing here are left out. @param rows values by column */
export function attributeColumns(columns: readonly AttributeColumn[], rows: readonly Values[]): PackedColumn[] {
  return columns.flatMap((column, k) => {
    const values = rows.map((row) => row[k]);
    return values.some((value) => value !== undefined) ? [packAttribute(column, values)] : [];
  });
}

const TYPES = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array } as const;

function packAttribute(column: AttributeColumn, values: Values): PackedColumn {
  const { key, name, type, words } = column;
  const said = name === key ? {} : { description: name };
  const complete = !values.includes(undefined);
  if (type === 'text') return packTexts(key, values.map((value) => (value === undefined ? '' : String(value))), said);
  if (type === 'boolean' && complete) return packBooleans(key, values as boolean[], said);
  if (type === 'boolean' || type === 'enum') return packWords(key, type === 'enum' ? words! : ['false', 'true'], values, { ...said, ...(!complete && { noData: '' }) });
  const noData = noDataOf(column)!;
  const numbers = numbersOf(type, values, noData);
  return packNumbers(key, numbers, complete ? said : { ...said, noData });
}

function packWords(key: string, words: readonly string[], values: Values, said: { description?: string; noData?: string }): PackedColumn {
  const codes = new Map(words.map((word, code) => [word, code]));
  const of = new Uint8Array(values.length);
  for (let n = 0; n < values.length; n++) of[n] = values[n] === undefined ? words.length : codes.get(String(values[n]))!;
  return packEnum(key, said.noData === undefined ? words : [...words, ''], of, said);
}

function numbersOf(type: keyof typeof TYPES, values: Values, noData: number): Numbers {
  const out = new TYPES[type](values.length);
  for (let n = 0; n < values.length; n++) out[n] = values[n] === undefined ? noData : Number(values[n]);
  return out;
}
