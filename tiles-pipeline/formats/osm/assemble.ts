import { doubleArea, insideRing } from '../../stages/rings.ts';

/** Nodes by their number in the store, in order. */
export type NodeList = readonly number[];
/** Closed: first and last are the same. */
export type NodeRing = NodeList;

export interface Assembled {
  readonly rings: NodeRing[];
  /** Chains of ways that do not come back to their start. */
  readonly open: number;
}

/**
 * Joins ways end to end to rings. A chain that comes to one of its own ends again gives off a ring there, so rings that touch
 * in a node come out apart, and every way is used once.
 */
export function assembleRings(ways: readonly NodeList[]): Assembled {
  const rings: NodeRing[] = [];
  const pieces = ways.filter((way) => way.length > 1);
  const byEnd = new Map<number, number[]>();
  const used = new Uint8Array(pieces.length);
  for (const [n, way] of pieces.entries()) {
    if (way[0] === way[way.length - 1]) {
      rings.push(way);
      used[n] = 1;
      continue;
    }
    for (const end of [way[0], way[way.length - 1]]) {
      const there = byEnd.get(end);
      if (there) there.push(n);
      else byEnd.set(end, [n]);
    }
  }
  let open = 0;
  for (let n = 0; n < pieces.length; n++) if (!used[n]) open += walk(n);
  return { rings, open };

  function unusedAt(node: number): number | undefined {
    const there = byEnd.get(node) ?? [];
    for (let n = there.pop(); n !== undefined; n = there.pop()) if (!used[n]) return n;
    return undefined;
  }

  /** Follows ways from one on until there is none; returns 1 where something stays open. */
  function walk(start: number): number {
    const chain: NodeList[] = [];
    /** Ends of the chain → pieces before it. */
    const ends = new Map<number, number>();
    let at = pieces[start][0];
    ends.set(at, 0);
    for (let next: number | undefined = start; next !== undefined; next = unusedAt(at)) {
      used[next] = 1;
      const way: NodeList = pieces[next][0] === at ? pieces[next] : pieces[next].toReversed();
      chain.push(way);
      at = way[way.length - 1];
      const since = ends.get(at);
      if (since === undefined) {
        ends.set(at, chain.length);
        continue;
      }
      const loop = chain.splice(since);
      rings.push(loop.flatMap((part, i) => (i === 0 ? part : part.slice(1))));
      for (const part of loop.slice(0, -1)) ends.delete(part[part.length - 1]);
    }
    return chain.length > 0 ? 1 : 0;
  }
}

export interface Nested {
  /** Outer ring first, then its holes; in the order of the outer rings. */
  readonly polygons: Float64Array[][];
  /** Inner rings that lie in no outer one. */
  readonly astray: number;
}

/** Gives each hole to the smallest outer ring around it. Rings are lon, lat in turn, open. */
export function nest(outer: readonly Float64Array[], inner: readonly Float64Array[]): Nested {
  const bySize = outer.map((ring, n) => ({ ring, n, area: Math.abs(doubleArea(ring)), box: boxOf(ring) })).toSorted((a, b) => a.area - b.area || a.n - b.n);
  const polygons = outer.map((ring) => [ring]);
  let astray = 0;
  for (const hole of inner) {
    const around = bySize.find(({ ring, box }) => holds(box, hole) && contains(ring, hole));
    if (around) polygons[around.n].push(hole);
    else astray++;
  }
  return { polygons, astray };
}

type Box = readonly [number, number, number, number];

export function boxOf(ring: ArrayLike<number>): Box {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    west = Math.min(west, ring[i]);
    east = Math.max(east, ring[i]);
    south = Math.min(south, ring[i + 1]);
    north = Math.max(north, ring[i + 1]);
  }
  return [west, south, east, north];
}

function holds(box: Box, ring: Float64Array): boolean {
  return ring[0] >= box[0] && ring[0] <= box[2] && ring[1] >= box[1] && ring[1] <= box[3];
}

/** By the middles of the edges, most of them: corners may touch the outer ring. */
function contains(outer: Float64Array, ring: Float64Array): boolean {
  let inside = 0;
  const corners = ring.length / 2;
  const step = Math.max(1, Math.floor(corners / 64));
  let asked = 0;
  for (let i = 0; i < corners; i += step, asked++) {
    const j = ((i + 1) % corners) * 2;
    if (insideRing(outer, (ring[i * 2] + ring[j]) / 2, (ring[i * 2 + 1] + ring[j + 1]) / 2)) inside++;
  }
  return inside * 2 > asked;
}
