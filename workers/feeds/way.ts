import type { Place, RoadNetwork, Route } from '../models/road-network.ts';

/** Metres from a node within which a vehicle may be turning. */
const NODE = 14;
/** A way this much longer than the straight line makes one look for another start. */
const SUSPECT = { times: 1.3, metres: 10 };
/** Metres of way that count as much as a metre, or eight degrees, beside the turn that the way takes. */
const BESIDE = 5;
const DEGREES = 8;

/** A place read on the road graph: where on its edge, and where and which way in truth. */
export interface WayEnd extends Place {
  readonly lane: number;
  /** Metres of the anchor. */
  readonly x: number;
  readonly y: number;
  /** Degrees clockwise from north, NaN where unknown. */
  readonly heading: number;
}

/** A route with the offset on its first edge that it begins at. */
export interface Way extends Route {
  readonly start: number;
}

/**
 * The way between two places read one after the other: the shortest, but where a place lies on a turn, the way that takes that turn.
 * @param straight metres between the two as the crow flies @param limit metres
 */
export function wayBetween(network: RoadNetwork, a: WayEnd, b: WayEnd, straight: number, limit: number): Way | null {
  const first = shortest(network, a, b, straight, limit);
  if (!first || first.edges.length < 2) return first;
  let best = first;
  let least = cost(network, first, a, b);
  for (const other of alternatives(network, first, a, b, limit)) {
    const own = cost(network, other, a, b);
    if (own < least) [best, least] = [other, own];
  }
  return best;
}

/** Shortest way. A place just after a node may have been on its way into another edge: then also from the end of every edge that leads to the node. */
function shortest(network: RoadNetwork, a: Place, b: Place, straight: number, limit: number): Way | null {
  const route = network.route(a, b, limit);
  let best: Way | null = route && { ...route, start: a.offset };
  const suspect = !route || route.length > SUSPECT.times * straight + SUSPECT.metres;
  if (!suspect || a.offset >= NODE) return best;
  for (const into of network.into(network.from(a.edge))) {
    if (into === (a.edge ^ 1)) continue;
    const start = network.length(into);
    const other = network.route({ edge: into, offset: start }, b, (best?.length ?? limit) - 5);
    if (other && other.edges.length > 1) best = { ...other, start };
  }
  return best;
}

/** Ways that leave the first edge, or enter the last, by another turn; only where the place read lies near that turn. */
function* alternatives(network: RoadNetwork, first: Way, a: WayEnd, b: WayEnd, limit: number): Generator<Way> {
  const rest = network.length(a.edge) - a.offset;
  if (first.start === a.offset && first.edges[0] === a.edge && rest < NODE) {
    const node = network.to(a.edge);
    for (let k = network.outStart[node]; k < network.outStart[node + 1]; k++) {
      const edge = network.out[k];
      if (edge === first.edges[1] || edge === (a.edge ^ 1)) continue;
      const route = network.route({ edge, offset: 0 }, b, Math.min(limit, first.length + 40) - rest);
      if (route) yield { edges: [a.edge, ...route.edges], length: rest + route.length, start: a.offset };
    }
  }
  if (b.offset >= NODE) return;
  for (const edge of network.into(network.from(b.edge))) {
    if (edge === first.edges.at(-2) || edge === (b.edge ^ 1)) continue;
    const route = network.route(a, { edge, offset: network.length(edge) }, Math.min(limit, first.length + 40) - b.offset);
    if (route) yield { edges: [...route.edges, b.edge], length: route.length + b.offset, start: a.offset };
  }
}

function cost(network: RoadNetwork, way: Way, a: WayEnd, b: WayEnd): number {
  const { edges, length } = way;
  const leaving = edges[0] === a.edge && network.length(a.edge) - a.offset < NODE ? beside(network, edges[0], edges[1], a, undefined) : 0;
  const entering = b.offset < NODE ? beside(network, edges[edges.length - 2], b.edge, b, b.lane) : 0;
  return length + BESIDE * (leaving + entering);
}

/** Metres, with degrees counted as metres, that a place lies beside the turn from one edge into another. */
function beside(network: RoadNetwork, from: number, to: number, place: WayEnd, toLane: number | undefined): number {
  const path = network.path({ edges: [from, to], from: Math.max(0, network.length(from) - 2 * NODE), to: Math.min(2 * NODE, network.length(to)), fromLane: place.lane, toLane });
  const { points } = path;
  let best = Infinity;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const dx = points[i + 2] - points[i];
    const dy = points[i + 3] - points[i + 1];
    const t = Math.min(1, Math.max(0, ((place.x - points[i]) * dx + (place.y - points[i + 1]) * dy) / (dx * dx + dy * dy || 1)));
    const distance = Math.hypot(points[i] + t * dx - place.x, points[i + 1] + t * dy - place.y);
    const turned = Number.isNaN(place.heading) ? 0 : Math.abs(((Math.atan2(dx, dy) * (180 / Math.PI) - place.heading + 540) % 360) - 180);
    best = Math.min(best, distance + turned / DEGREES);
  }
  return best;
}
