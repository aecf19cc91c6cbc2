import type { Position } from 'geojson';

type Ring = Position[];

/** Corners looked at in the search for outer rings, a polygon: beyond it holes become outer rings. */
const MOST = 20_000_000;

/** Twice the signed area; above 0 = counter-clockwise. */
function area(ring: Ring): number {
  let sum = 0;
  const [x0, y0] = ring[0] ?? [0, 0];
  for (let i = 0; i + 1 < ring.length; i++) sum += (ring[i][0] - x0) * (ring[i + 1][1] - y0) - (ring[i + 1][0] - x0) * (ring[i][1] - y0);
  return sum;
}

/** 1 inside, −1 outside, 0 on the edge. */
function side(ring: Ring, [x, y]: Position): number {
  let inside = -1;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    const cross = (xj - xi) * (y - yi) - (x - xi) * (yj - yi);
    if (cross === 0 && Math.min(xi, xj) <= x && x <= Math.max(xi, xj) && Math.min(yi, yj) <= y && y <= Math.max(yi, yj)) return 0;
    if (yi > y !== yj > y && cross > 0 === yj > yi) inside = -inside;
  }
  return inside;
}

/** Whether one ring lies in another, by its first corner that is not on the other's edge. */
function within(outer: Ring, inner: Ring): boolean {
  for (const corner of inner.slice(0, 8)) {
    const found = side(outer, corner);
    if (found !== 0) return found > 0;
  }
  return false;
}

/** A ring with what is asked of it again and again. */
interface Loop {
  readonly ring: Ring;
  /** Twice the signed area. */
  readonly area: number;
  /** west, south, east, north in the ring's own units. */
  readonly box: readonly [number, number, number, number];
}

function loopOf(ring: Ring): Loop {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of ring) {
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  }
  return { ring, area: area(ring), box };
}

/** The smallest of some rings around another; the last one met so far where the search has cost too much. */
function around(inner: Loop, outers: readonly Loop[], budget: { left: number }): Loop | undefined {
  const [x, y] = inner.ring[0] ?? [Number.NaN, Number.NaN];
  let best: Loop | undefined;
  for (const outer of outers) {
    if (--budget.left < 0) return best;
    const [west, south, east, north] = outer.box;
    if (outer === inner || !(x >= west && x <= east && y >= south && y <= north) || (best && Math.abs(outer.area) >= Math.abs(best.area)) || Math.abs(outer.area) < Math.abs(inner.area)) continue;
    budget.left -= outer.ring.length;
    if (within(outer.ring, inner.ring)) best = outer;
  }
  return best;
}

/**
 * Polygons from rings in any order, turned as GeoJSON wants them: outer rings counter-clockwise, holes clockwise. Clockwise rings are outer ones, as in a shapefile,
 * and a hole goes to the smallest outer ring it lies in, or becomes an outer ring of its own where it lies in none. Where no ring is clockwise, those within another are the holes.
 */
export function polygonsOf(rings: readonly Ring[]): Ring[][] {
  const loops = rings.map(loopOf);
  if (loops.length === 1) return [[turned(loops[0], 1)]];
  const budget = { left: MOST };
  const clockwise = loops.some((loop) => loop.area < 0);
  const outers = loops.filter((loop) => (clockwise ? loop.area < 0 : !around(loop, loops, budget)));
  const polygons = new Map(outers.map((outer) => [outer, [turned(outer, 1)]]));
  const known = new Set(outers);
  for (const loop of loops) {
    if (known.has(loop)) continue;
    const holder = around(loop, outers, budget);
    if (holder) polygons.get(holder)!.push(turned(loop, -1));
    else polygons.set(loop, [turned(loop, 1)]);
  }
  return [...polygons.values()];
}

function turned({ ring, area: twice }: Loop, sign: 1 | -1): Ring {
  return twice * sign < 0 ? ring.toReversed() : ring;
}
