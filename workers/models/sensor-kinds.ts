import type { Text } from '../../engine/drawing/rule.ts';
import { TwinError } from '../../engine/errors.ts';
import builtIn from './sensor-kinds.json' with { type: 'json' };

/** From a threshold on, this is what a value means. */
export interface ThresholdLevel {
  /** The threshold: a number, or the name of one that the station itself says (its warning level). */
  readonly at: number | string;
  /** '#rrggbb' */
  readonly colour: string;
  readonly label: Text;
  /** 0 … 1: worse ones are seen first. */
  readonly severity: number;
}

/** A number that a station measures, and what it means. */
export interface ThresholdItem {
  readonly name: string;
  readonly title: Text;
  readonly unit: string;
  /** Decimals shown. */
  readonly digits: number;
  /** True where low values are the bad ones: a level holds up to its threshold. */
  readonly falling?: boolean;
  /** What is said when no threshold is reached; 'normal' by default. */
  readonly base?: Text;
  /** Mildest first; none: shown, not judged. */
  readonly levels?: readonly ThresholdLevel[];
}

/** A kind of station as data. */
export interface SensorKind {
  readonly title: Text;
  /** A name from drawing/symbols; 'square' by default. */
  readonly symbol?: string;
  readonly standard?: string;
  readonly items: readonly ThresholdItem[];
}

/** What the values of a station of such a kind mean: its worst item decides. */
export interface ThresholdVerdict {
  readonly item: ThresholdItem;
  readonly value: number;
  /** Which of the item's levels holds; −1 below all, −2 where the station has no threshold to judge by. */
  readonly level: number;
  readonly label: Text;
  readonly colour: string;
  readonly severity: number;
  /** Labels of all items that were judged. */
  readonly items: Readonly<Record<string, Text>>;
}

export const NORMAL_COLOUR = '#1a9e54';
export const UNJUDGED_COLOUR = '#5b87a0';
const NORMAL: Text = { zh: '正常', en: 'Normal' };
const UNJUDGED: Text = { zh: '没有阈值，不作评价', en: 'No threshold given, not judged' };
const COLOUR = /^#[0-9a-f]{6}$/iu;

/**
 * Kinds that come with the house: river levels (warning and guaranteed level are each station's own), rain by its classes, structures (thresholds are each project's).
 * @source rain: GB/T 28592-2012, table 1
 */
export const BUILT_IN_KINDS: Readonly<Record<string, SensorKind>> = builtIn;

/** The thresholds of an item as numbers at a station, NaN where it says none. @param said numbers of the station by name */
export function thresholdsOf(item: ThresholdItem, said: Readonly<Record<string, number>>): number[] {
  return (item.levels ?? []).map(({ at }) => (typeof at === 'number' ? at : (said[at] ?? Number.NaN)));
}

/** Which level a value reaches: the worst whose threshold it passes; −1 for none, −2 where no threshold is known. */
export function levelOf(item: ThresholdItem, value: number, said: Readonly<Record<string, number>>): number {
  const thresholds = thresholdsOf(item, said);
  if (thresholds.every((at) => Number.isNaN(at))) return -2;
  return thresholds.findLastIndex((at) => (item.falling ? value <= at : value >= at));
}

/** Judges the values of a station; null where none of the kind's items has one. */
export function judgeThresholds(kind: SensorKind, values: Readonly<Record<string, number>>): ThresholdVerdict | null {
  const found = kind.items.flatMap((item) => {
    const value = values[item.name];
    if (value === undefined || Number.isNaN(value)) return [];
    const level = levelOf(item, value, values);
    const holds = item.levels?.[level];
    const label = holds?.label ?? (level === -2 ? UNJUDGED : (item.base ?? NORMAL));
    return [{ item, value, level, label, colour: holds?.colour ?? (level === -2 ? UNJUDGED_COLOUR : NORMAL_COLOUR), severity: holds?.severity ?? (level === -2 ? 0.02 : 0.05) }];
  });
  if (found.length === 0) return null;
  const worst = found.reduce((a, b) => (b.severity > a.severity ? b : a));
  return { ...worst, items: Object.fromEntries(found.filter(({ level }) => level > -2).map(({ item, label }) => [item.name, label])) };
}

/** Names of the thresholds that stations say themselves: they are no measurements. */
export function thresholdNames({ items }: SensorKind): string[] {
  return items.flatMap(({ levels }) => (levels ?? []).flatMap(({ at }) => (typeof at === 'string' ? [at] : [])));
}

function isText(value: unknown): value is Text {
  const { zh, en } = (value ?? {}) as Partial<Text>;
  return typeof zh === 'string' && typeof en === 'string';
}

function itemFault(item: Partial<ThresholdItem>): string | null {
  if (typeof item.name !== 'string' || item.name === '') return 'has no name';
  if (!isText(item.title)) return `(${item.name}) needs a title { zh, en }`;
  if (typeof item.unit !== 'string') return `(${item.name}) needs a unit; '' for none`;
  if (!(Number.isInteger(item.digits) && item.digits! >= 0 && item.digits! <= 6)) return `(${item.name}) needs digits from 0 to 6`;
  const levels = item.levels ?? [];
  const wrong = levels.findIndex(({ at, colour, label, severity }) => !((typeof at === 'number' && Number.isFinite(at)) || (typeof at === 'string' && at !== '')) || !COLOUR.test(colour) || !isText(label) || !(severity >= 0 && severity <= 1));
  if (wrong >= 0) return `(${item.name}) has a level ${wrong + 1} that is none: { at: number or name, colour: '#rrggbb', label: { zh, en }, severity: 0 … 1 }`;
  const numbers = levels.flatMap(({ at }) => (typeof at === 'number' ? [at] : []));
  if (numbers.some((at, i) => i > 0 && (item.falling ? at >= numbers[i - 1] : at <= numbers[i - 1]))) return `(${item.name}) has levels out of order: the mildest comes first`;
  return null;
}

/** Kinds of stations from a definition as JSON, beside the built-in ones (which they may replace). @throws TwinError `bad-input` naming the kind and what is wrong */
export function readSensorKinds(input: unknown): Readonly<Record<string, SensorKind>> {
  if (input === undefined || input === null) return BUILT_IN_KINDS;
  if (typeof input !== 'object' || Array.isArray(input)) throw new TwinError('bad-input', 'Kinds of stations are an object: the word of the kind → { title, items }.');
  for (const [word, kind] of Object.entries(input as Record<string, Partial<SensorKind>>)) {
    if (!isText(kind?.title)) throw new TwinError('bad-input', `The kind “${word}” needs a title { zh, en }.`, { where: word });
    if (!Array.isArray(kind.items) || kind.items.length === 0) throw new TwinError('bad-input', `The kind “${word}” needs items: what its stations measure.`, { where: word });
    kind.items.forEach((item: Partial<ThresholdItem>, i) => {
      const fault = itemFault(item ?? {});
      if (fault) throw new TwinError('bad-input', `Item ${i + 1} of the kind “${word}” ${fault}.`, { where: word });
    });
  }
  return { ...BUILT_IN_KINDS, ...(input as Record<string, SensorKind>) };
}
