import type { Condition, Rule, Text } from '../drawing/rule.ts';

/** One property of a layer's features, as panels offer it for colours and conditions. */
export interface PropertyInfo {
  readonly key: string;
  readonly title: Text;
  readonly unit?: string;
  readonly kind: 'number' | 'word';
  /** Lowest and highest value of a number. */
  readonly from?: number;
  readonly to?: number;
  /** The words a property takes, with what they are called. */
  readonly words?: readonly { readonly value: string; readonly title: Text }[];
  /** How to colour by it; null where it is only good for conditions. */
  readonly rule: Rule | null;
  /** A value that a feed keeps current. */
  readonly live?: boolean;
}

/** What a page lends to the layer list: what only it can know of subjects and files. */
export interface LayerActions {
  properties(layer: string): Promise<readonly PropertyInfo[]>;
  /** Adds what stands at an address. @throws TwinError with a sentence for the person */
  add?(url: string): Promise<void>;
  /** Takes files that were chosen. */
  files?(files: readonly File[]): void;
}

/** Comparisons a property can have. */
export function comparisons(kind: PropertyInfo['kind']): readonly Condition['is'][] {
  return kind === 'number' ? ['>=', '<=', '>', '<', '=', '!='] : ['=', '!='];
}

/** A first condition for a property: the upper half of a number, the first word. */
export function firstCondition(info: PropertyInfo): Condition {
  if (info.kind === 'word') return { key: info.key, is: '=', value: info.words?.[0]?.value ?? '' };
  const middle = ((info.from ?? 0) + (info.to ?? 0)) / 2;
  return { key: info.key, is: '>=', value: Number(middle.toPrecision(2)) };
}

/** A condition with a new value typed by a person; null when a number was wanted and none was typed. */
export function withValue(condition: Condition, kind: PropertyInfo['kind'], typed: string): Condition | null {
  if (kind === 'word') return { ...condition, value: typed };
  const value = Number(typed.trim().replace(',', '.'));
  return typed.trim() !== '' && Number.isFinite(value) ? { ...condition, value } : null;
}
