import type { FeatureRow, FeaturesInput, FeaturesOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { featureTable, type Column } from './geometry/feature-table.ts';

const SEARCHED = ['name', 'id', 'address'];

/** Rows of a dataset's feature table: by number, by id, or by a text in name, id or address. Rows asked for by number or id come in that order. */
export async function features(input: FeaturesInput, context: AnalysisContext): Promise<FeaturesOutput> {
  const table = await featureTable(input.features, context);
  const rows: number[] = [...(input.numbers ?? [])].filter((row) => Number.isInteger(row) && row >= 0 && row < table.count);
  if (input.ids?.length) {
    const ids = await table.column('id');
    const byId = new Map<string, number>();
    const wanted = new Set(input.ids);
    for (let row = 0; row < table.count; row++) {
      const id = ids.text(row) ?? '';
      if (wanted.has(id)) byId.set(id, row);
    }
    for (const id of input.ids) if (byId.has(id)) rows.push(byId.get(id)!);
  }
  let matched = rows.length;
  const text = input.text?.trim().toLowerCase();
  if (text) {
    const found = await search(table.count, await Promise.all(SEARCHED.filter((name) => table.has(name)).map((name) => table.column(name))), text, context);
    matched += found.length;
    rows.push(...found.slice(0, input.limit ?? 50));
  }
  if (rows.length === 0) return { rows: [], matched, total: table.count };
  const columns = await Promise.all(table.names.map((name) => table.column(name)));
  return { rows: rows.map((row) => rowOf(row, columns)), matched, total: table.count };
}

async function search(count: number, columns: readonly Column[], text: string, context: AnalysisContext): Promise<number[]> {
  const found: number[] = [];
  for (let row = 0; row < count; row++) {
    if (row % 4096 === 4095) {
      await context.turn();
      context.signal.throwIfAborted();
    }
    if (columns.some((column) => column.text(row)?.toLowerCase().includes(text))) found.push(row);
  }
  return found;
}

function rowOf(row: number, columns: readonly Column[]): FeatureRow {
  const properties: Record<string, string | number | null> = {};
  for (const column of columns) {
    const value = column.number(row);
    properties[column.name] = column.numeric ? (Number.isNaN(value) ? null : value) : column.text(row);
  }
  return { number: row, id: String(properties.id ?? row), properties };
}
