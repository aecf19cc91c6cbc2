import { TwinError } from '../../../engine/errors.ts';
import { classOf, formatColour, parseColour, rampTable, type ColourRule, type RuleLegend, type RuleText } from '#models';
import type { Column } from './feature-table.ts';

export type ValueSource = Pick<Column, 'numeric' | 'number' | 'text' | 'words' | 'code'>;

/** A rule made ready for many rows. An entry is a line of the legend. */
export interface RulePainter {
  /** Entry of a row; −1 where it has no value. */
  entry(row: number): number;
  colour(row: number, entry: number): readonly [number, number, number];
  /** Rows painted an entry; counted by the caller. */
  readonly counts: Uint32Array;
  legend(): RuleLegend;
}

type Rgb = readonly [number, number, number];
const RAMP_ENTRIES = 6;
const same = (text: string): RuleText => ({ zh: text, en: text });

function rgb(colour: string): Rgb {
  const parsed = parseColour(colour);
  if (!parsed) throw new TwinError('bad-input', `“${colour}” is no colour; write #rrggbb`);
  return [parsed[0], parsed[1], parsed[2]];
}

/** @throws TwinError `bad-input` when the rule names no colours, or a colour that is none */
export function painterOf(rule: ColourRule, values: ValueSource, rows: number): RulePainter {
  if (rule.classes) return classesPainter(rule, rule.classes, values);
  if (rule.ramp) return rampPainter(rule, rule.ramp, values);
  if (rule.match) return matchPainter(rule, rule.match, values, rows);
  throw new TwinError('bad-input', `The rule for “${rule.key}” names neither classes, a ramp nor a match`);
}

function legendOf(rule: ColourRule, entries: readonly { colour: string; label: RuleText }[], counts: Uint32Array): RuleLegend {
  return { title: rule.title ?? same(rule.key), unit: rule.unit ?? '', entries: entries.map((entry, i) => ({ ...entry, count: counts[i] })) };
}

function classesPainter(rule: ColourRule, classes: NonNullable<ColourRule['classes']>, values: ValueSource): RulePainter {
  const { limits, colours, labels, inclusive = false } = classes;
  if (colours.length !== limits.length + 1) throw new TwinError('bad-input', `The classes of “${rule.key}” have ${limits.length} limits and ${colours.length} colours; one colour more than limits is needed`);
  const palette = colours.map(rgb);
  const counts = new Uint32Array(colours.length);
  const label = (i: number): RuleText => {
    if (labels?.[i]) return labels[i];
    if (limits.length === 0) return same('');
    if (i === 0) return same(`${inclusive ? '≤' : '<'} ${limits[0]}`);
    return same(i === limits.length ? `${inclusive ? '>' : '≥'} ${limits[i - 1]}` : `${limits[i - 1]} – ${limits[i]}`);
  };
  return {
    counts,
    entry: (row) => {
      const value = values.number(row);
      return Number.isNaN(value) ? -1 : classOf(value, limits, inclusive);
    },
    colour: (_row, entry) => palette[entry],
    legend: () => legendOf(rule, colours.map((colour, i) => ({ colour, label: label(i) })), counts),
  };
}

function rampPainter(rule: ColourRule, ramp: NonNullable<ColourRule['ramp']>, values: ValueSource): RulePainter {
  const { from, to, scheme } = ramp;
  if (!(Number.isFinite(from) && Number.isFinite(to) && from !== to)) throw new TwinError('bad-input', `The ramp of “${rule.key}” goes from ${from} to ${to}; two different numbers are needed`);
  const table = rampTable(scheme);
  const palette = Array.from({ length: 256 }, (_, step): Rgb => [table[3 * step], table[3 * step + 1], table[3 * step + 2]]);
  const counts = new Uint32Array(RAMP_ENTRIES);
  const share = (row: number): number => Math.max(0, Math.min(1, (values.number(row) - from) / (to - from)));
  const shown = (value: number): string => String(Number(value.toPrecision(3)));
  return {
    counts,
    entry: (row) => {
      const at = share(row);
      return Number.isNaN(at) ? -1 : Math.round(at * (RAMP_ENTRIES - 1));
    },
    colour: (row) => palette[Math.round(share(row) * 255)],
    legend: () => legendOf(rule, Array.from({ length: RAMP_ENTRIES }, (_, i) => {
      const at = i / (RAMP_ENTRIES - 1);
      return { colour: formatColour(...palette[Math.round(at * 255)]), label: same(shown(from + (to - from) * at)) };
    }), counts),
  };
}

function matchPainter(rule: ColourRule, match: NonNullable<ColourRule['match']>, values: ValueSource, rows: number): RulePainter {
  const words = Object.keys(match.colours);
  const index = new Map(words.map((word, i) => [word, i]));
  const palette = [...Object.values(match.colours), match.other].map(rgb);
  const counts = new Uint32Array(palette.length);
  const entryOf = (text: string | null): number => (text === null ? -1 : (index.get(text) ?? words.length));
  // Categories are few: their entry is looked up once a word, not once a row.
  const codes = values.words && rows > 0 ? Int32Array.from(values.words, entryOf) : null;
  return {
    counts,
    entry: codes ? (row) => codes[values.code(row)] ?? -1 : (row) => entryOf(values.text(row)),
    colour: (_row, entry) => palette[entry],
    legend: () => legendOf(rule, [
      ...words.map((word) => ({ colour: match.colours[word], label: match.labels?.[word] ?? same(word) })),
      { colour: match.other, label: { zh: '其他', en: 'other' } },
    ], counts),
  };
}
