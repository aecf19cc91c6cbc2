import type { RoadNetwork, Snap } from '../models/road-network.ts';
import { OWN_HEIGHT, type History } from './history.ts';
import { wayBetween } from './way.ts';

/** Metres within which a lane is looked for. */
const WITHIN = 12;
const CANDIDATES = 4;
/** A reading this near its lane line is shown where it says it is, else on the line. */
const TRUSTED = 2.5;
/** What a metre of detour from the last reading's place counts beside a metre from the lane. */
const DETOUR = 0.15;
const NO_WAY = 7;
/** A place at the very start of an edge may as well be the end of the one before, from where every turn is still open. */
const COMMITTED = { within: 8, metres: 2 };

/**
 * Puts a record on the road graph: of the lanes near it, the one that agrees best with its place, its heading and the way from the reading before.
 * @source after Newson and Krumm 2009 (emission and transition), decided reading by reading
 */
export function matchToRoad(network: RoadNetwork, history: History, record: number): void {
  const [x, y] = [history.x[record], history.y[record]];
  const found = network.snaps(x, y, history.heading[record], WITHIN, CANDIDATES);
  const before = history.before(record);
  const snap = found.length > 1 && before >= 0 && history.edge[before] >= 0 ? likeliest(network, history, record, found) : found[0];
  if (!snap) {
    history.edge[record] = -1;
    return;
  }
  history.edge[record] = snap.edge;
  history.lane[record] = (history.lane[record] & OWN_HEIGHT) | snap.lane;
  history.offset[record] = snap.offset;
  if (snap.distance > TRUSTED) {
    history.x[record] = snap.x;
    history.y[record] = snap.y;
  }
}

function likeliest(network: RoadNetwork, history: History, record: number, found: readonly Snap[]): Snap {
  const before = history.before(record);
  const [x, y] = [history.x[record], history.y[record]];
  const heading = history.heading[record];
  const from = { edge: history.edge[before], offset: history.offset[before], lane: history.lane[before] & ~OWN_HEIGHT, x: history.x[before], y: history.y[before], heading: history.heading[before] };
  const straight = Math.hypot(x - history.x[before], y - history.y[before]);
  let best = found[0];
  let least = Infinity;
  for (const snap of found) {
    if (snap.cost > found[0].cost + NO_WAY) break;
    const route = wayBetween(network, from, { ...snap, x, y, heading }, straight, straight * 1.6 + 100);
    const early = snap.offset < COMMITTED.within && snap.edge !== from.edge ? COMMITTED.metres : 0;
    const cost = snap.cost + early + (route ? Math.min(NO_WAY, DETOUR * Math.max(0, route.length - straight)) : NO_WAY);
    if (cost < least) [best, least] = [snap, cost];
  }
  return best;
}
