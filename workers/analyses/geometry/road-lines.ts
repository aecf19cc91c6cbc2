import { toEcef } from '#geo';
import type { FeatureColumns } from './feature-columns.ts';

/** Cells a tenth of a degree wide: with the longest road that starts in one still within a batch's 20 km. */
const CELLS_A_DEGREE = 10;
/** Metres between two heights along a road. */
export const STEP = 25;
/** Metres that a bridge's deck lies over its profile, so that it is seen where it leaves the ground. */
export const DECK_LIFT = 0.1;

/** One line of a companion: its row, and its vertices in `xy`. */
export interface RoadLine {
  readonly row: number;
  readonly first: number;
  readonly last: number;
}

export interface RoadLines {
  /** Middle of the cell in degrees. */
  readonly lon: number;
  readonly lat: number;
  readonly members: readonly RoadLine[];
}

/** Lines of the rows that are wanted, by the cell they begin in. */
export function linesByCell(lines: FeatureColumns, wanted: (row: number) => boolean): RoadLines[] {
  const cells = new Map<string, RoadLine[]>();
  for (let row = 0; row < lines.count; row++) {
    if (!wanted(row)) continue;
    for (let ring = lines.parts[lines.starts[row]]; ring < lines.parts[lines.starts[row + 1]]; ring++) {
      const [first, last] = [lines.rings[ring], lines.rings[ring + 1]];
      if (last - first < 2) continue;
      const key = `${Math.floor(lines.xy[2 * first] * CELLS_A_DEGREE)} ${Math.floor(lines.xy[2 * first + 1] * CELLS_A_DEGREE)}`;
      const members = cells.get(key) ?? [];
      cells.set(key, members);
      members.push({ row, first, last });
    }
  }
  return [...cells].map(([key, members]) => {
    const [x, y] = key.split(' ').map(Number);
    return { lon: (x + 0.5) / CELLS_A_DEGREE, lat: (y + 0.5) / CELLS_A_DEGREE, members };
  });
}

/**
 * Vertices of a line (lon, lat in degrees) with heights, with further ones between so that no piece is longer than `step` metres where there is a ground.
 * A bridge goes straight from end to end, over what lies below. Where the ground has no height (NaN) the last one before holds, or the first after; 0 without a ground.
 */
export function profile(xy: Float64Array, first: number, last: number, step: number, ground: { height(lon: number, lat: number): number } | null, bridge: boolean): [number, number, number][] {
  const points: [number, number, number][] = [];
  const along: number[] = [];
  let metres = 0;
  const add = (lon: number, lat: number): void => {
    const height = ground?.height(lon, lat) ?? 0;
    points.push([lon, lat, Number.isNaN(height) ? (points.at(-1)?.[2] ?? NaN) : height]);
    along.push(metres);
  };
  add(xy[2 * first], xy[2 * first + 1]);
  for (let i = first + 1; i < last; i++) {
    const [lonA, latA, lonB, latB] = xy.subarray(2 * i - 2, 2 * i + 2);
    const length = chord(lonA, latA, lonB, latB);
    const pieces = ground ? Math.max(1, Math.ceil(length / step)) : 1;
    for (let piece = 1; piece <= pieces; piece++) {
      metres += length / pieces;
      add(lonA + ((lonB - lonA) * piece) / pieces, latA + ((latB - latA) * piece) / pieces);
    }
  }
  const known = points.find(([, , height]) => !Number.isNaN(height))?.[2] ?? 0;
  for (const point of points) if (Number.isNaN(point[2])) point[2] = known;
  if (bridge && ground && metres > 0) {
    const [from, to] = [points[0][2], points.at(-1)![2]];
    for (const [i, point] of points.entries()) point[2] = Math.max(point[2], from + ((to - from) * along[i]) / metres);
  }
  return points;
}

/** Metres straight through the earth between two places on the ellipsoid: of a road's piece no more than a millimetre short. Degrees in. */
function chord(lonA: number, latA: number, lonB: number, latB: number): number {
  const [a, b] = [toEcef(lonA, latA, 0, [0, 0, 0]), toEcef(lonB, latB, 0, [0, 0, 0])];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
