import { noise } from './random.ts';
import type { Point } from './shape.ts';

/**
 * The city is planned on a drawing board (u along the river, v across it, metres; v = 0 is the river's axis, the south bank is negative)
 * and bent into place: streets on the board are straight, on the ground they follow the river.
 */
export const board = { west: -3000, east: 3000, south: -3750, north: 2050 } as const;

/** Main streets on the board. `ring` is a dual carriageway, `collector` runs beside it and keeps local streets off it. */
export const crossStreets = { ringWest: -2300, collectorWest: -2215, primaries: [-1500, -650, 150, 950, 1700], collectorEast: 2265, ringEast: 2350 } as const;
export const longStreets = { ringSouth: -2750, collectorSouth: -2665, primaries: [-2100, -1450, -800], bankSouth: -245, bankNorth: 245, north: 750, collectorNorth: 1165, ringNorth: 1250 } as const;

/** The canal runs between two streets from the southern lake to the river. */
export const canal = { west: 1290, east: 1370, axis: 1330, half: 12, mouth: -150, source: -2620 } as const;

/** Half the dual carriageway's distance, metres. */
export const carriageway = 9;

const axisOf = (u: number): number => 520 * Math.sin((u + 900) / 1500);
const turn = (-6 * Math.PI) / 180;

/** Half the river's width at u, metres; wider where the island lies. */
export const riverHalf = (u: number): number => 145 + 48 * Math.exp(-(((u + 1280) / 560) ** 2));
export const island = { from: -1640, to: -960, half: 42 } as const;

/** The old town's own streets are bent more. */
export const oldTown = { west: -1500, east: -650, south: -1450, north: -245 } as const;

/** From the drawing board to the ground: metres east and north of the city's centre. */
export function bend(u: number, v: number): Point {
  const reach = Math.max(0, Math.abs(v) - 250);
  const decay = 0.08 + 0.92 * Math.exp(-((reach / 1900) ** 2));
  const calm = Math.min(1, Math.max(0, (Math.abs(v) - 250) / 250));
  const ancient = bump(u, oldTown.west, oldTown.east, 140) * bump(v, oldTown.south, oldTown.north, 140);
  const x = u + 150 * Math.sin(v / 1250 + 0.4) + calm * (24 * noise(u / 900, v / 900, 1) + ancient * 12 * noise(u / 170, v / 170, 3));
  const y = v + 830 + axisOf(u) * decay + calm * (24 * noise(u / 900, v / 900, 2) + ancient * 12 * noise(u / 170, v / 170, 4));
  return [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)];
}

/** 1 inside [low, high], falling to 0 within `edge` at its ends. */
function bump(value: number, low: number, high: number, edge: number): number {
  return Math.max(0, Math.min(1, (value - low) / edge, (high - value) / edge));
}

/** Direction of the streets along the river at a place of the board, radians anticlockwise from east. */
export function directionAt(u: number, v: number): number {
  const a = bend(u - 20, v);
  const b = bend(u + 20, v);
  return Math.atan2(b[1] - a[1], b[0] - a[0]);
}

/** A straight stretch of the board on the ground, a point every `step` metres, both ends included. */
export function bendLine(from: Point, to: Point, step = 24): Point[] {
  const count = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / step));
  return Array.from({ length: count + 1 }, (_, i) => bend(from[0] + ((to[0] - from[0]) * i) / count, from[1] + ((to[1] - from[1]) * i) / count));
}

/** A rectangle of the board on the ground, its sides following the streets. */
export function bendRectangle(west: number, south: number, east: number, north: number, step = 24): Point[] {
  const corners: Point[] = [[west, south], [east, south], [east, north], [west, north]];
  return corners.flatMap((corner, i) => bendLine(corner, corners[(i + 1) % 4], step).slice(0, -1));
}
