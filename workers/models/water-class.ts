import type { Text } from '../../engine/drawing/rule.ts';
import table from './water-class.json' with { type: 'json' };

export type WaterBody = 'river' | 'lake';

/** A sample of surface water, judged by its worst item. */
export interface WaterClass {
  /** 1 (class I) … 5 (class V), 6 beyond it. */
  readonly level: number;
  readonly name: Text;
  /** '#rrggbb' usual on maps; the standard itself has no colours. */
  readonly colour: string;
  /** Level of every item that counts. */
  readonly items: Readonly<Record<string, number>>;
  /** Items at the worst level. */
  readonly deciding: readonly string[];
  /** By how much items worse than class III are over its limit: C / limit − 1; not for DO and pH. */
  readonly exceeding: readonly (readonly [item: string, factor: number])[];
}

const upper: Readonly<Record<string, readonly number[]>> = table.upper;

function limitsOf(item: string, body: WaterBody): readonly number[] | null {
  if (item === 'TP' && body === 'lake') return table.lakeTP;
  return item === 'TN' && body === 'river' ? null : (upper[item] ?? null);
}

/** Level 1 … 6 of one item; null for an item that does not count for this body of water. */
export function waterItemLevel(item: string, value: number, body: WaterBody): number | null {
  if (!Number.isFinite(value)) return null;
  if (item === 'pH') return value >= table.pH[0] && value <= table.pH[1] ? 1 : 6;
  const limits = item === 'DO' ? table.DO : limitsOf(item, body);
  if (!limits) return null;
  const at = limits.findIndex((limit) => (item === 'DO' ? value >= limit : value <= limit));
  return at < 0 ? 6 : at + 1;
}

/**
 * Class of a sample in mg/L: the worst item decides. Total nitrogen counts in lakes only, total phosphorus has a row of its own there; water temperature and fecal
 * coliform are left out, as evaluations of rivers do. Null where no item counts.
 * @source GB 3838-2002 table 1
 */
export function waterClass(sample: Readonly<Record<string, number>>, body: WaterBody = 'river'): WaterClass | null {
  const levels = Object.entries(sample).map(([item, value]) => [item, waterItemLevel(item, value, body)] as const).filter((entry): entry is readonly [string, number] => entry[1] !== null);
  if (levels.length === 0) return null;
  const level = Math.max(...levels.map(([, each]) => each));
  const { zh, en, colour } = table.classes[level - 1];
  const factor = (item: string): number => Number((sample[item] / limitsOf(item, body)![2] - 1).toFixed(2));
  return {
    level, name: { zh, en }, colour, items: Object.fromEntries(levels),
    deciding: levels.filter(([, each]) => each === level).map(([item]) => item),
    exceeding: levels.filter(([item, each]) => each > 3 && item !== 'DO' && item !== 'pH').map(([item]) => [item, factor(item)] as const),
  };
}

/** The six classes with their colours, best first. */
export function waterClasses(): readonly { readonly level: number; readonly name: Text; readonly colour: string }[] {
  return table.classes.map(({ zh, en, colour }, i) => ({ level: i + 1, name: { zh, en }, colour }));
}

/** Limits of an item between the classes I to V; null for one that does not count. DO falls from class to class. */
export function waterLimits(item: string, body: WaterBody): readonly number[] | null {
  return item === 'DO' ? table.DO : limitsOf(item, body);
}
