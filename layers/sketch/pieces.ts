import { placer, type Anchor } from '#geo';
import type { Position } from './features.ts';

/** A stretch of a line that fits one batch. */
export interface Piece {
  readonly anchor: Anchor;
  /** [2n] lon, lat in degrees; its last place is the first of the next piece. */
  readonly places: number[];
}

/** Metres between two places along a line, so that it follows the ground. */
const STEP = 25;
const MOST_STEPS = 4000;
/** Metres a piece may reach from its anchor: a batch spans at most 20 km. */
const REACH = 9000;

/** Puts places between the vertices of a line, straight in degrees as GeoJSON has it, about 25 m apart. @returns [2n] */
export function densified(points: readonly Position[]): number[] {
  const lengths = points.slice(1).map(([lon, lat], i) => {
    const [east, north] = placer({ lon: points[i][0], lat: points[i][1], height: 0 }).place(lon, lat, 0, [0, 0, 0]);
    return Math.hypot(east, north);
  });
  const step = Math.max(STEP, lengths.reduce((sum, length) => sum + length, 0) / MOST_STEPS);
  const out: number[] = [...points[0]];
  lengths.forEach((length, i) => {
    const count = Math.max(1, Math.ceil(length / step));
    for (let k = 1; k <= count; k++) {
      const share = k / count;
      out.push(points[i][0] + (points[i + 1][0] - points[i][0]) * share, points[i][1] + (points[i + 1][1] - points[i][1]) * share);
    }
  });
  return out;
}

/** Cuts a line where it leaves the reach of an anchor. @param places [2n] lon, lat */
export function piecesOf(places: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  let current: { anchor: Anchor; places: number[]; local: ReturnType<typeof placer> } | null = null;
  for (let at = 0; at < places.length; at += 2) {
    const [lon, lat] = [places[at], places[at + 1]];
    if (current) {
      current.places.push(lon, lat);
      const [east, north] = current.local.place(lon, lat, 0, [0, 0, 0]);
      if (Math.hypot(east, north) <= REACH || at + 2 >= places.length) continue;
    }
    const anchor = { lon, lat, height: 0 };
    current = { anchor, places: [lon, lat], local: placer(anchor) };
    pieces.push(current);
  }
  return pieces.map(({ anchor, places: own }) => ({ anchor, places: own }));
}

/** Whether all of a ring lies within one batch's span. */
export function fitsOneBatch(ring: readonly Position[]): boolean {
  const local = placer({ lon: ring[0][0], lat: ring[0][1], height: 0 });
  return ring.every(([lon, lat]) => {
    const [east, north] = local.place(lon, lat, 0, [0, 0, 0]);
    return Math.hypot(east, north) <= 2 * REACH;
  });
}

/** A place inside most shapes to write on: the middle of a polygon's outline box, or of the densified line. */
export function labelPlace(points: readonly Position[], closed: boolean): Position {
  if (!closed) {
    const dense = densified(points);
    const middle = Math.floor(dense.length / 4) * 2;
    return [dense[middle], dense[middle + 1]];
  }
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}
