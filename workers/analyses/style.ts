import { TwinError } from '../../engine/errors.ts';
import { parseColour, type RuleCondition, type StyleInput, type StyleOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { featureTable, type Column, type FeatureTable } from './geometry/feature-table.ts';
import { painterOf, type ValueSource } from './geometry/rule-painter.ts';

/** alpha of a texel: 0 hides, 1 leaves the own look, 2 … 255 mixes. */
const OWN = 1;
const mixAlpha = (strength: number): number => (strength <= 0 ? OWN : Math.max(2, Math.round(1 + 254 * Math.min(1, strength))));

/**
 * Colours and visibility of every feature of a dataset as one texture: the rule first, then conditions and what is hidden by hand, then the marks.
 * @throws TwinError `bad-input` for a column that is not there or a rule that cannot be
 */
export async function style(input: StyleInput, context: AnalysisContext): Promise<StyleOutput> {
  const table = await featureTable(input.features, context);
  const { count } = table;
  const width = Math.max(1, Math.min(input.maxWidth ?? 2048, count));
  const height = Math.max(1, Math.ceil(count / width));
  const data = new Uint8Array(4 * width * height);
  const joined = input.joined ? await joinedValues(table, input.joined, input.features, context) : null;
  const shown = await visible(table, input.filter, input, joined);
  const painter = input.rule ? painterOf(input.rule, await valuesFor(table, input.rule, joined), count) : null;
  const alpha = mixAlpha(input.rule?.strength ?? 0.85);
  const totals = { total: count, shown: 0, coloured: 0, unknown: 0 };
  for (let row = 0; row < count; row++) {
    const at = 4 * row;
    if (shown && shown[row] === 0) continue;
    totals.shown++;
    data[at + 3] = OWN;
    if (!painter) continue;
    const entry = painter.entry(row);
    if (entry < 0) {
      totals.unknown++;
      continue;
    }
    totals.coloured++;
    painter.counts[entry]++;
    const [r, g, b] = painter.colour(row, entry);
    data[at] = r;
    data[at + 1] = g;
    data[at + 2] = b;
    data[at + 3] = alpha;
  }
  paintMarks(data, count, input.marks ?? []);
  return { texture: { width, height, data }, legend: painter?.legend() ?? null, counts: totals };
}

/** Values by feature number for values that came by id; NaN where none came. */
async function joinedValues(table: FeatureTable, joined: NonNullable<StyleInput['joined']>, url: string, context: AnalysisContext): Promise<Float64Array> {
  const numbers = await context.cache.keep(`ids ${url}`, async () => {
    const ids = await table.column('id');
    const known = new Map<string, number>();
    for (let row = 0; row < table.count; row++) known.set(ids.text(row) ?? '', row);
    return known;
  });
  const values = new Float64Array(table.count).fill(NaN);
  for (const [i, id] of joined.ids.entries()) {
    const row = numbers.get(id);
    if (row !== undefined) values[row] = joined.values[i];
  }
  return values;
}

async function valuesFor(table: FeatureTable, rule: NonNullable<StyleInput['rule']>, joined: Float64Array | null): Promise<ValueSource> {
  if (rule.by === 'property') return table.column(rule.key);
  return fromJoined(joined ?? new Float64Array(table.count).fill(NaN));
}

function fromJoined(values: Float64Array): ValueSource {
  return { numeric: true, words: null, code: () => 0, number: (row) => values[row], text: (row) => (Number.isNaN(values[row]) ? null : String(values[row])) };
}

/** 1 where a feature passes every condition; null when nothing is asked. */
async function visible(table: FeatureTable, filter: readonly RuleCondition[], { rule, hidden }: StyleInput, joined: Float64Array | null): Promise<Uint8Array | null> {
  if (filter.length === 0 && !hidden?.length) return null;
  const shown = new Uint8Array(table.count).fill(1);
  for (const condition of filter) {
    const live = !table.has(condition.key) && joined !== null && rule?.by === 'join' && rule.key === condition.key;
    const passes = test(condition, live ? fromJoined(joined) : await table.column(condition.key));
    for (let row = 0; row < table.count; row++) if (shown[row] === 1 && !passes(row)) shown[row] = 0;
  }
  for (const row of hidden ?? []) if (row < table.count) shown[row] = 0;
  return shown;
}

/** A condition as a function of the row; a feature without a value passes `!=` only. */
export function test({ is, value }: RuleCondition, column: Pick<Column, 'numeric' | 'number' | 'text'>): (row: number) => boolean {
  if (is === 'in') {
    if (!Array.isArray(value)) throw new TwinError('bad-input', 'A condition with “in” needs a list of values');
    const set = new Set((value as readonly (string | number)[]).map(String));
    return (row) => set.has(column.text(row) ?? '\0');
  }
  if (column.numeric && is !== '=' && is !== '!=') {
    const limit = Number(value);
    const compare = { '<': (a: number) => a < limit, '<=': (a: number) => a <= limit, '>': (a: number) => a > limit, '>=': (a: number) => a >= limit }[is];
    return (row) => compare(column.number(row));
  }
  if (column.numeric) return is === '=' ? (row) => column.number(row) === Number(value) : (row) => column.number(row) !== Number(value);
  const word = String(value);
  switch (is) {
    case '=': return (row) => column.text(row) === word;
    case '!=': return (row) => column.text(row) !== word;
    case '<': return (row) => (column.text(row) ?? '\uffff') < word;
    case '<=': return (row) => (column.text(row) ?? '\uffff') <= word;
    case '>': return (row) => (column.text(row) ?? '') > word;
    default: return (row) => (column.text(row) ?? '') >= word;
  }
}

function paintMarks(data: Uint8Array, count: number, marks: NonNullable<StyleInput['marks']>): void {
  for (const { numbers, colour, strength } of marks) {
    const parsed = parseColour(colour);
    if (!parsed) throw new TwinError('bad-input', `“${colour}” is no colour; write #rrggbb`);
    const alpha = mixAlpha((strength ?? 0.85) * (parsed[3] / 255));
    for (const row of numbers) {
      // What is hidden stays hidden.
      if (row >= count || data[4 * row + 3] === 0) continue;
      data[4 * row] = parsed[0];
      data[4 * row + 1] = parsed[1];
      data[4 * row + 2] = parsed[2];
      data[4 * row + 3] = alpha;
    }
  }
}
