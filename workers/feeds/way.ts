import type { Place, RoadNetwork, Route } from '../models/road-network.ts';

/** Metres from a node within which a vehicle may still be turning. */
const NODE = 12;
/** A way this much longer than the straight line makes one look for another start. */
const SUSPECT = { times: 1.3, metres: 10 };

/** A route with the offset on its first edge that it begins at. */
export interface Way extends Route {
  readonly start: number;
}

/**
 * Shortest way between two places read one after the other. A place just after a node may have been on its way into another edge: then the shortest way
 * from the end of any edge that leads to the node counts, where it is shorter.
 * @param straight metres between the two as the crow flies @param limit metres
 */
export function wayBetween(network: RoadNetwork, a: Place, b: Place, straight: number, limit: number): Way | null {
  const route = network.route(a, b, limit);
  const suspect = !route || route.length > SUSPECT.times * straight + SUSPECT.metres;
  if (!suspect || a.offset >= NODE) return route && { ...route, start: a.offset };
  let best: Way | null = route && { ...route, start: a.offset };
  const node = network.from(a.edge);
  for (let k = network.outStart[node]; k < network.outStart[node + 1]; k++) {
    const into = network.out[k] ^ 1;
    if (into === (a.edge ^ 1) || !network.open(into)) continue;
    const start = network.length(into);
    const other = network.route({ edge: into, offset: start }, b, (best?.length ?? limit) - 5);
    if (other && other.edges.length > 1) best = { ...other, start };
  }
  return best;
}
