import { placer, type Anchor } from '#geo';
import { lanePath, laneLineOf, type LanePath, type PathAsk } from './lane-path.ts';
import type { Road, RoadGraph } from './road-graph.ts';
import { gridOf } from './road-grid.ts';
import { linksOf, type Links } from './road-links.ts';
import { router, type Place, type Route } from './road-route.ts';
import { snapper, type Snap } from './road-snap.ts';

export type { LanePath, PathAsk } from './lane-path.ts';
export { LANE_WIDTH, type Road, type RoadGraph } from './road-graph.ts';
export type { Place, Route } from './road-route.ts';
export type { Snap } from './road-snap.ts';

/** Lanes (both directions) and free-flow km/h where a road does not say. Project convention after CJJ 37-2012, table 3.2.2. */
const USUAL: Readonly<Record<string, { lanes: number; speed: number }>> = {
  motorway: { lanes: 6, speed: 100 },
  trunk: { lanes: 6, speed: 80 },
  primary: { lanes: 4, speed: 60 },
  secondary: { lanes: 4, speed: 50 },
  tertiary: { lanes: 2, speed: 40 },
  residential: { lanes: 2, speed: 30 },
  service: { lanes: 2, speed: 20 },
};
const UNKNOWN = { lanes: 2, speed: 40 };
const NOT_DRIVEN = new Set(['path', 'rail', 'ferry']);

/** The graph with its questions. */
export interface RoadNetwork extends RoadGraph {
  /** Nearest place on a lane line within `within` metres. `heading` in degrees clockwise from north, NaN where unknown. */
  snap(x: number, y: number, heading: number, within: number): Snap | null;
  /** The best place on each of up to `most` edges, best first. */
  snaps(x: number, y: number, heading: number, within: number, most: number): Snap[];
  /** Shortest way along edges; null when there is none within `limit` metres. Turns back only at dead ends. */
  route(from: Place, to: Place, limit: number): Route | null;
  /** The line a vehicle drives along a route, lane ends joined by smooth connectors. */
  path(ask: PathAsk): LanePath;
}

/** Edges by the node they leave, or, with `reversed`, by the node they end at: both are open edges. */
function adjacency(links: Links, oneway: Uint8Array, reversed: boolean): { outStart: Uint32Array; out: Uint32Array } {
  const [linkFrom, linkTo] = reversed ? [links.linkTo, links.linkFrom] : [links.linkFrom, links.linkTo];
  const outStart = new Uint32Array(links.nodeX.length + 1);
  for (let link = 0; link < links.count; link++) {
    outStart[linkFrom[link] + 1]++;
    if (!oneway[link]) outStart[linkTo[link] + 1]++;
  }
  for (let node = 0; node < links.nodeX.length; node++) outStart[node + 1] += outStart[node];
  const out = new Uint32Array(outStart[links.nodeX.length]);
  const next = outStart.slice(0, -1);
  for (let link = 0; link < links.count; link++) {
    out[next[linkFrom[link]]++] = 2 * link;
    if (!oneway[link]) out[next[linkTo[link]]++] = 2 * link + 1;
  }
  return { outStart, out };
}

/**
 * Builds the graph: lines are split wherever a vertex is shared, loose ends within half a metre of another line are joined to it.
 * Paths, rails and ferries are left out.
 */
export function roadNetwork(roads: readonly Road[], anchor: Anchor): RoadNetwork {
  const driven = roads.filter((road) => !NOT_DRIVEN.has(road.class ?? '') && road.coordinates.length > 1);
  const ground = placer({ ...anchor, height: 0 });
  const at = new Float64Array(3);
  const lines = driven.map((road) => {
    const line = new Float64Array(road.coordinates.length * 2);
    road.coordinates.forEach(([lon, lat], i) => line.set(ground.place(lon, lat, 0, at).subarray(0, 2), 2 * i));
    return line;
  });
  const links = linksOf(lines);
  const lanes = new Uint8Array(links.count);
  const oneway = new Uint8Array(links.count);
  const speed = new Float32Array(links.count);
  for (let link = 0; link < links.count; link++) {
    const road = driven[links.linkLine[link]];
    const usual = USUAL[road.class ?? ''] ?? UNKNOWN;
    oneway[link] = road.oneway ? 1 : 0;
    const total = road.lanes || (road.oneway ? usual.lanes / 2 : usual.lanes);
    lanes[link] = Math.min(16, Math.max(1, Math.floor(road.oneway ? total : total / 2)));
    speed[link] = (road.speed || usual.speed) / 3.6;
  }
  const arriving = adjacency(links, oneway, true);
  const drawn = new Map<number, Float64Array>();
  const graph: RoadGraph = {
    ...links,
    ...adjacency(links, oneway, false),
    into: (node) => arriving.out.subarray(arriving.outStart[node], arriving.outStart[node + 1]),
    anchor,
    roads: driven,
    grid: gridOf(links),
    lanes,
    oneway,
    speed,
    edges: 2 * links.count,
    from: (edge) => (edge & 1 ? links.linkTo : links.linkFrom)[edge >> 1],
    to: (edge) => (edge & 1 ? links.linkFrom : links.linkTo)[edge >> 1],
    length: (edge) => links.s[links.linkStart[(edge >> 1) + 1] - 1],
    road: (edge) => driven[links.linkLine[edge >> 1]],
    open: (edge) => !(edge & 1 && oneway[edge >> 1]),
    laneLine(edge, lane) {
      const key = edge * 16 + lane;
      let line = drawn.get(key);
      if (!line) drawn.set(key, (line = laneLineOf(graph, edge, lane)));
      return line;
    },
  };
  const snaps = snapper(graph);
  return { ...graph, snaps, snap: (x, y, heading, within) => snaps(x, y, heading, within, 1)[0] ?? null, route: router(graph), path: (ask) => lanePath(graph, ask) };
}
