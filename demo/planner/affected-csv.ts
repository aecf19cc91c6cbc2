import { csv } from 'citymirror';
import type { Affected } from './incident.ts';
import type { PageWords } from './page-ui.ts';

function tenth(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : null;
}

/** The affected buildings as a table for spreadsheets: nearest first, metres to the decimetre. */
export function affectedCsv(affected: Affected, words: PageWords): string {
  const head = (['id', 'name', 'address', 'use', 'height', 'distance'] as const).map((name) => words.say(`column.${name}`));
  return csv(head, affected.ids.map((id, i) => [id, affected.names[i], affected.addresses[i], affected.uses[i], tenth(affected.heights[i]), tenth(affected.distances[i])]));
}
