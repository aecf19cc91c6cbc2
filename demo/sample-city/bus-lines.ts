import type { FreeGround } from './free-ground.ts';
import { atKerb, lengthOf } from './kerb.ts';
import { bend } from './layout.ts';
import type { Place } from './place.ts';
import type { Road, RoadGraph } from './roads.ts';
import { distance, type Point } from './shape.ts';

type End = readonly [name: string, u: number, v: number];
type Leg = { readonly road: Road; readonly forward: boolean };

const lines: readonly (readonly [line: string, from: End, to: End])[] = [
  ['1路', ['池州站', 150, -2665], ['江北新城', 150, 960]], ['2路', ['工业一路', -1860, -2300], ['平天湖', 1985, -1450]], ['3路', ['滨江西', -2180, -245], ['滨江东', 2220, -245]], ['4路', ['秋浦老城', -1075, -400], ['大学城', 1985, -2300]],
  ['5路', ['江北西', -1500, 500], ['江北东', 1985, 500]], ['6路', ['齐山', -650, -2640], ['市民广场', 550, -800]], ['7路', ['西环', -2200, -1450], ['东环', 2250, -1450]], ['8路', ['观澜路', 1325, 900], ['池州站', 150, -2600]],
  ['9路', ['人民路', -1075, -2100], ['清溪大道', 950, -300]], ['10路', ['学府路', 1985, -2600], ['翠柏路', -250, -500]], ['11路', ['石城大道西', -2150, -1775], ['石城大道东', 2230, -1775]], ['12路', ['启航路', -650, 1140], ['体育中心', -650, -1290]],
];

const served = new Set(['primary', 'secondary', 'tertiary']);
/** Metres between a line's stops: a new one after the first, one that is there already after the second. */
const APART = 430;
const SHARED = 240;

/** Stops of the city's bus lines, on the right-hand pavement of both directions, each with the lines that call there. */
export function busStops(graph: RoadGraph, ground: FreeGround, landmark: (at: Point) => string | null): Omit<Place, 'id'>[] {
  const stops = new Map<string, { at: Point; name: string; lines: Map<string, string> }>();
  for (const [line, from, to] of lines) {
    const way = shortest(graph, nearestJunction(graph, from), nearestJunction(graph, to));
    const back = way.toReversed().map(({ road, forward }): Leg => ({ road, forward: !forward }));
    for (const [legs, towards] of [[way, to[0]], [back, from[0]]] as const) {
      let since = APART;
      for (const leg of legs) {
        const length = lengthOf(leg.road);
        const key = `${leg.road.id} ${leg.forward}`;
        const there = stops.get(key);
        if ((there && since >= SHARED) || since >= APART) {
          const stop = there ?? stopOn(leg, length, ground, graph, landmark);
          if (stop) {
            stops.set(key, stop);
            stop.lines.set(line, towards);
            since = 0;
          }
        }
        since += length;
      }
    }
  }
  return [...stops.values()].map(({ at, name, lines: calling }) => ({
    kind: 'bus-stop', name, rank: 15, at, attributes: { lines: [...calling.keys()].join('、'), towards: [...new Set(calling.values())].join('、') },
  }));
}

function stopOn({ road, forward }: Leg, length: number, ground: FreeGround, graph: RoadGraph, landmark: (at: Point) => string | null): { at: Point; name: string; lines: Map<string, string> } | null {
  if (road.bridge || length < 70 || (road.oneway && !forward)) return null;
  const along = forward ? Math.max(length * 0.6, length - 60) : Math.min(length * 0.4, 60);
  const at = atKerb(road, along, forward ? 'right' : 'left');
  if (!ground.free(at)) return null;
  const crossing = [forward ? road.to : road.from, forward ? road.from : road.to].flatMap((end) => graph.junctions[end].roads).find((other) => other.name !== road.name && other.class !== 'trunk');
  return { at, name: `${landmark(at) ?? `${road.name}${crossing ? `${crossing.name}口` : ''}`}站`, lines: new Map() };
}

function nearestJunction(graph: RoadGraph, [, u, v]: End): number {
  const wish = bend(u, v);
  let best = 0;
  let least = Infinity;
  for (const [i, { at, roads }] of graph.junctions.entries()) {
    const off = distance(at, wish);
    if (off >= least || !roads.some((road) => served.has(road.class))) continue;
    best = i;
    least = off;
  }
  return best;
}

/** The shortest way along streets that buses take, as legs in order; empty where there is none. @source Dijkstra 1959 */
function shortest(graph: RoadGraph, from: number, to: number): Leg[] {
  const cost = new Map([[from, 0]]);
  const came = new Map<number, { leg: Leg; before: number }>();
  const open = new Set([from]);
  while (open.size > 0) {
    const here = [...open].reduce((a, b) => (cost.get(b)! < cost.get(a)! ? b : a));
    open.delete(here);
    if (here === to) break;
    for (const road of graph.junctions[here].roads) {
      const forward = road.from === here;
      if (!served.has(road.class) || road.oneway) continue;
      const next = forward ? road.to : road.from;
      const total = cost.get(here)! + lengthOf(road) * (road.class === 'tertiary' ? 1.4 : 1);
      if (total >= (cost.get(next) ?? Infinity)) continue;
      cost.set(next, total);
      came.set(next, { leg: { road, forward }, before: here });
      open.add(next);
    }
  }
  const legs: Leg[] = [];
  for (let step = came.get(to); step; step = came.get(step.before)) legs.unshift(step.leg);
  return legs;
}
