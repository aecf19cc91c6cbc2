import type { Road } from './roads.ts';
import { distance, type Point } from './shape.ts';
import { classes } from './streets.ts';

/** Metres behind the kerb at which street furniture stands. */
const BEHIND = 1.3;

export const lengthOf = (road: Road): number => road.line.slice(1).reduce((sum, point, i) => sum + distance(road.line[i], point), 0);

/** A place on a road's middle line and its direction, `along` metres from its first point. Radians anticlockwise from east. */
export function onRoad(road: Road, along: number): { at: Point; angle: number } {
  let left = along;
  for (let i = 0; i + 1 < road.line.length; i++) {
    const [a, b] = [road.line[i], road.line[i + 1]];
    const length = distance(a, b);
    if (left <= length || i + 2 === road.line.length) {
      const t = length === 0 ? 0 : Math.min(1, left / length);
      return { at: [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t], angle: Math.atan2(b[1] - a[1], b[0] - a[0]) };
    }
    left -= length;
  }
  return { at: road.line[0], angle: 0 };
}

/** The place on the pavement beside a road: on its right as drawn, or on its left. */
export function atKerb(road: Road, along: number, side: 'right' | 'left'): Point {
  const { at, angle } = onRoad(road, along);
  const off = (classes[road.class].kerb + BEHIND) * (side === 'right' ? 1 : -1);
  return [at[0] + Math.sin(angle) * off, at[1] - Math.cos(angle) * off];
}
