import type { Condition, Ramp, Rule, Text } from '../../engine/drawing/rule.ts';

export type RampScheme = Ramp['scheme'];
/** engine/drawing's rule and condition, as plain data that crosses to a worker. */
export type ColourRule = Rule;
export type RuleCondition = Condition;
export type RuleText = Text;

/** A legend with the number of features behind each entry. */
export interface RuleLegend {
  readonly title: RuleText;
  readonly unit: string;
  readonly entries: readonly { readonly colour: string; readonly label: RuleText; /** Features of this entry that pass the conditions. */ readonly count: number }[];
}

/** '#rgb', '#rrggbb' or '#rrggbbaa' → [r, g, b, a], 0 … 255; null when it is no colour. */
export function parseColour(colour: string): readonly [number, number, number, number] | null {
  const match = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(colour);
  if (!match) return null;
  const digits = match[1].length === 3 ? [...match[1]].map((digit) => digit + digit).join('') : match[1];
  const byte = (index: number): number => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  return [byte(0), byte(1), byte(2), digits.length === 8 ? byte(3) : 255];
}

export function formatColour(r: number, g: number, b: number): string {
  return `#${[r, g, b].map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}

/** Index of the class a value falls into: value < limits[i] (≤ where `inclusive`) takes i, the rest the last. */
export function classOf(value: number, limits: readonly number[], inclusive = false): number {
  let index = 0;
  while (index < limits.length && (inclusive ? value > limits[index] : value >= limits[index])) index++;
  return index;
}
