import levels from './parking-levels.json' with { type: 'json' };
import type { Stand } from './stands.ts';

export * from './parking.ts';
export * from './stands.ts';

export interface StandLevel {
  readonly zh: string;
  readonly en: string;
  /** '#rrggbb' */
  readonly colour: string;
}

/** Levels of car parks and of bike stations, for legends; the limits of the former are shares of spaces taken. */
export const standLevels: { readonly parking: readonly StandLevel[]; readonly limits: readonly number[]; readonly bikes: readonly StandLevel[]; readonly few: number } = {
  parking: levels.parking.classes, limits: levels.parking.limits, bikes: levels.bikes.classes, few: levels.bikes.few,
};

/** How a stand is: a car park by the share that is taken, a bike station by what it lacks. `taken`: vehicles standing there. A share on a limit belongs to the fuller level. */
export function standLevel(kind: Stand['kind'], taken: number, capacity: number): StandLevel {
  const share = capacity > 0 ? taken / capacity : 1;
  if (kind === 'bikes') return standLevels.bikes[share <= standLevels.few ? 1 : share >= 1 - standLevels.few ? 2 : 0];
  return standLevels.parking[standLevels.limits.filter((limit) => share >= limit).length];
}
