import type { Classes } from '../../engine/drawing/rule.ts';
import table from './traffic-levels.json' with { type: 'json' };

/**
 * Classes of a road's speed ratio (speed over free-flow speed, 0 … 1 and more) after limits of the travel-time ratio, its inverse.
 * A ratio on a limit belongs to the freer level.
 * @source GB/T 33171-2016 @param limits travel time over free-flow time between the levels, ascending; four of them
 */
export function speedRatioClasses(limits: readonly number[] = table.travelTimeRatio): Classes {
  const worstFirst = table.levels.toReversed();
  return {
    limits: limits.toReversed().map((limit) => 1 / limit),
    colours: worstFirst.map(({ colour }) => colour),
    labels: worstFirst.map(({ zh, en }) => ({ zh, en })),
  };
}

/** Level 1 (free) … 5 (severe) of a speed over its free-flow speed, both in the same unit; null when either is not a positive number (a standing road counts as 5). */
export function trafficLevel(speed: number, freeFlow: number, limits: readonly number[] = table.travelTimeRatio): 1 | 2 | 3 | 4 | 5 | null {
  if (!(speed >= 0) || !(freeFlow > 0)) return null;
  const ratio = freeFlow / speed;
  const above = limits.filter((limit) => ratio > limit).length;
  return (above + 1) as 1 | 2 | 3 | 4 | 5;
}
