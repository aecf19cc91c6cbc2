import type { Quarter } from './fill.ts';
import { bend } from './layout.ts';
import type { RoadGraph } from './roads.ts';
import { centre, distance, type Point } from './shape.ts';

export interface Place {
  id: string;
  kind: string;
  name: string;
  /** Higher is more important to show. */
  rank: number;
  at: Point;
}

const districts: [string, number, number][] = [
  ['滨江中央区', 560, -520], ['秋浦老城', -1080, -780], ['齐山新区', -250, -2250], ['平天湖片区', 1950, -1500], ['江北新城', 300, 700], ['西环工业园', -1900, -1900], ['大学城', 1980, -2380], ['站前片区', 150, -2750],
];
const stations: [string, number, number][] = [['中心消防救援站', 130, -1180], ['老城消防救援站', -1060, -420], ['工业园消防救援站', -1880, -1800], ['平天湖消防救援站', 1720, -1180], ['江北消防救援站', 170, 520], ['大学城消防救援站', 1690, -2240]];

/** What stands in the city beside its buildings, with ids that never change for the same seed. */
export function buildPlaces(graph: RoadGraph, quarters: readonly Quarter[]): Place[] {
  const places: Place[] = [];
  const counts = new Map<string, number>();
  const add = (kind: string, name: string, rank: number, at: Point): void => {
    const next = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, next);
    places.push({ id: `${kind}-${String(next).padStart(4, '0')}`, kind, name, rank, at });
  };
  for (const [name, u, v] of districts) add('district', name, 100, bend(u, v));
  for (const [name, u, v] of stations) add('fire-station', name, 70, bend(u, v));
  for (const { buildings } of quarters)
    for (const building of buildings) {
      if (!building.name) continue;
      const kind = building.use === 'hospital' || building.use === 'school' ? building.use : 'landmark';
      add(kind, building.name, kind === 'landmark' ? 80 : kind === 'hospital' ? 65 : 40, centre(building.outline));
    }
  const big = new Set(['trunk', 'primary', 'secondary']);
  for (const { at, roads } of graph.junctions) {
    const arms = roads.filter((road) => big.has(road.class) && road.class !== 'trunk');
    if (roads.length < 3 || arms.length < 2) continue;
    add('signal', `${[...new Set(arms.map((road) => road.name))].slice(0, 2).join('－')}路口`, 10, at);
    if (arms.length >= 3 && arms.some((road) => road.class === 'primary')) add('camera', `${arms[0].name}路口监控`, 12, [at[0] + 9, at[1] + 9]);
  }
  alongRoads(graph, new Set(['primary', 'secondary']), 420, (at, name, n) => add('bus-stop', `${name}站${n}`, 15, at));
  alongRoads(graph, new Set(['primary', 'secondary', 'tertiary']), 240, (at) => add('hydrant', '消火栓', 5, at));
  alongRoads(graph, new Set(['primary']), 1300, (at, name) => add('sensor', `${name}空气站`, 30, at));
  return places;
}

/** A place every `step` metres at the kerb, counted over a road's stretches, none nearer than half a step to another. */
function alongRoads(graph: RoadGraph, classes: ReadonlySet<string>, step: number, found: (at: Point, name: string, n: number) => void): void {
  const taken: Point[] = [];
  let n = 0;
  for (const road of graph.roads) {
    if (!classes.has(road.class) || road.bridge) continue;
    for (let i = 0; i + 1 < road.line.length; i++) {
      const [a, b] = [road.line[i], road.line[i + 1]];
      const length = distance(a, b);
      if (length < 8) continue;
      const middle: Point = [(a[0] + b[0]) / 2 + ((b[1] - a[1]) / length) * (road.lanes * 1.75 + 3), (a[1] + b[1]) / 2 - ((b[0] - a[0]) / length) * (road.lanes * 1.75 + 3)];
      if (taken.some((other) => distance(other, middle) < step)) continue;
      taken.push(middle);
      found(middle, road.name, ++n);
    }
  }
}
