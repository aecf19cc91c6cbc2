import { noDataOf, type AttributeColumn } from '../cells/attributes.ts';
import type { AttributeValue } from '../cells/record.ts';
import { packNumbers, packTexts, type PackedColumn } from './property-table.ts';

/** A content's columns of the dataset's attributes; those that say nothing here are left out. @param rows values by column */
export function attributeColumns(columns: readonly AttributeColumn[], rows: readonly (readonly (AttributeValue | undefined)[])[]): PackedColumn[] {
  return columns.flatMap((column, k) => (rows.some((row) => row[k] !== undefined) ? [packAttribute(column, rows.map((row) => row[k]))] : []));
}

function packAttribute(column: AttributeColumn, values: readonly (AttributeValue | undefined)[]): PackedColumn {
  void noDataOf;
  if (column.type === 'float32') return packNumbers(column.key, Float32Array.from(values, (value) => Number(value ?? 0)));
  return packTexts(column.key, values.map((value) => (value === undefined ? '' : String(value))));
}
