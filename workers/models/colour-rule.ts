/** A text in the two languages of the house. */
export interface RuleText {
  readonly zh: string;
  readonly en: string;
}

/** The shape of engine/drawing's `Rule`, as a worker sees it after the message: plain data. */
export interface ColourRule {
  readonly by: 'property' | 'join';
  readonly key: string;
  readonly classes?: { readonly limits: readonly number[]; readonly colours: readonly string[]; readonly labels?: readonly RuleText[]; readonly inclusive?: boolean };
  readonly ramp?: { readonly from: number; readonly to: number; readonly scheme: RampScheme };
  readonly match?: { readonly colours: Readonly<Record<string, string>>; readonly other: string; readonly labels?: Readonly<Record<string, RuleText>> };
  /** 0 … 1: how far the colour covers the feature's own look; 0.85 by default. */
  readonly strength?: number;
  readonly title?: RuleText;
  readonly unit?: string;
}

export interface RuleCondition {
  readonly key: string;
  readonly is: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in';
  readonly value: string | number | readonly (string | number)[];
}

export interface RuleLegend {
  readonly title: RuleText;
  readonly unit: string;
  readonly entries: readonly { readonly colour: string; readonly label: RuleText; /** Features of this entry that pass the conditions. */ readonly count: number }[];
}

export type RampScheme = 'viridis' | 'cividis' | 'magma' | 'blues' | 'reds';

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
