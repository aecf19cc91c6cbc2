import { bend, board, canal, longStreets, riverHalf } from './layout.ts';
import { simplified, type Point } from './shape.ts';
import { classes, type RoadClass, type Street } from './streets.ts';

/** A stretch of road between two junctions. */
export interface Road {
  id: string;
  class: RoadClass;
  lanes: number;
  oneway: boolean;
  /** Free flow, km/h. */
  speed: number;
  name: string;
  bridge: boolean;
  /** Metres east and north; travelled in this direction when one-way. */
  line: Point[];
  from: number;
  to: number;
}

export interface Junction { at: Point; roads: Road[] }
export interface RoadGraph { roads: Road[]; junctions: Junction[] }

interface Edge { a: number; b: number; path: Point[]; street: Street }

const on = (value: number, low: number, high: number): boolean => value >= low - 0.5 && value <= high + 0.5;

/** Cuts the board's streets at their crossings. */
function edgesOf(streets: Street[]): { places: Point[]; edges: Edge[] } {
  const places: Point[] = [];
  const known = new Map<string, number>();
  const placeAt = (u: number, v: number): number => {
    const key = `${Math.round(u)},${Math.round(v)}`;
    const there = known.get(key);
    if (there !== undefined) return there;
    known.set(key, places.length);
    places.push([u, v]);
    return places.length - 1;
  };
  const edges: Edge[] = [];
  for (const street of streets) {
    const stops = new Set<number>([street.from, street.to, ...(street.breaks ?? [])]);
    for (const other of streets)
      if (other.axis !== street.axis && on(other.at, street.from, street.to) && on(street.at, other.from, other.to)) stops.add(other.at);
    const ordered = [...stops].toSorted((a, b) => a - b).filter((stop, i, all) => i === 0 || stop - all[i - 1] > 1);
    for (let i = 0; i + 1 < ordered.length; i++) {
      const [p, q] = [ordered[i], ordered[i + 1]].map((stop): Point => (street.axis === 'u' ? [street.at, stop] : [stop, street.at]));
      const [a, b] = street.oneway === -1 ? [q, p] : [p, q];
      edges.push({ a: placeAt(...a), b: placeAt(...b), path: [a, b], street });
    }
  }
  return { places, edges };
}

/** Rounds the corners where two one-way carriageways of the ring meet and nothing else does. */
function roundCorners(places: Point[], edges: Edge[], radius: number): Edge[] {
  const arriving = new Map<number, Edge[]>();
  for (const edge of edges) for (const end of [edge.a, edge.b]) arriving.set(end, [...(arriving.get(end) ?? []), edge]);
  const gone = new Set<Edge>();
  const rounded: Edge[] = [];
  for (const [place, pair] of arriving) {
    const [x, y] = pair;
    if (pair.length !== 2 || x.street.axis === y.street.axis || x.street.class !== 'trunk' || y.street.class !== 'trunk') continue;
    const [into, out] = x.b === place ? [x, y] : [y, x];
    const corner = places[place];
    const toward = (other: Point): Point => {
      const length = Math.hypot(other[0] - corner[0], other[1] - corner[1]);
      const reach = Math.min(radius, length * 0.8) / length;
      return [corner[0] + (other[0] - corner[0]) * reach, corner[1] + (other[1] - corner[1]) * reach];
    };
    const start = toward(into.path[0]);
    const end = toward(out.path[out.path.length - 1]);
    const arc = Array.from({ length: 13 }, (_, i): Point => {
      const t = i / 12;
      const blend = (k: 0 | 1): number => (1 - t) ** 2 * start[k] + 2 * t * (1 - t) * corner[k] + t * t * end[k];
      return [blend(0), blend(1)];
    });
    gone.add(into).add(out);
    rounded.push({ a: into.a, b: out.b, path: [into.path[0], ...arc, out.path[out.path.length - 1]], street: into.street });
  }
  return [...edges.filter((edge) => !gone.has(edge)), ...rounded];
}

function bridges(edge: Edge): boolean {
  const [first, last] = [edge.path[0], edge.path[edge.path.length - 1]];
  const u = (first[0] + last[0]) / 2;
  const v = (first[1] + last[1]) / 2;
  if (Math.abs(v) < riverHalf(u)) return true;
  return u > canal.west && u < canal.east && v < longStreets.bankSouth + 1 && v > canal.source - 60 && first[1] === last[1];
}

function groundLine(path: Point[]): Point[] {
  const dense: Point[] = [];
  for (let i = 0; i + 1 < path.length; i++) {
    const [a, b] = [path[i], path[i + 1]];
    const count = Math.max(1, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / 12));
    for (let k = i === 0 ? 0 : 1; k <= count; k++) dense.push(bend(a[0] + ((b[0] - a[0]) * k) / count, a[1] + ((b[1] - a[1]) * k) / count));
  }
  return simplified(dense, 0.2);
}

/** The largest part of the graph in which every place can be reached from every other. */
function connected(edges: Edge[]): Edge[] {
  const group = new Map<number, number>();
  const root = (x: number): number => {
    const up = group.get(x) ?? x;
    if (up === x) return x;
    const top = root(up);
    group.set(x, top);
    return top;
  };
  for (const edge of edges) group.set(root(edge.a), root(edge.b));
  const sizes = new Map<number, number>();
  for (const edge of edges) sizes.set(root(edge.a), (sizes.get(root(edge.a)) ?? 0) + 1);
  const largest = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return edges.filter((edge) => root(edge.a) === largest);
}

/** The road graph on the ground: one road a stretch between junctions, in the order of the streets. */
export function buildRoads(streets: Street[], nameOf: (street: Street) => string): RoadGraph {
  const { places, edges } = edgesOf(streets);
  const kept = connected(roundCorners(places, edges, 150));
  const numbers = new Map<number, number>();
  const junctions: Junction[] = [];
  const junction = (place: number): number => {
    const there = numbers.get(place);
    if (there !== undefined) return there;
    numbers.set(place, junctions.length);
    junctions.push({ at: bend(...places[place]), roads: [] });
    return junctions.length - 1;
  };
  const roads = kept.map((edge, i): Road => {
    const { lanes, speed } = classes[edge.street.class];
    const road = {
      id: `r${String(i + 1).padStart(5, '0')}`, class: edge.street.class, lanes, speed, oneway: edge.street.oneway !== 0,
      name: nameOf(edge.street), bridge: bridges(edge), line: groundLine(edge.path), from: junction(edge.a), to: junction(edge.b),
    };
    junctions[road.from].roads.push(road);
    junctions[road.to].roads.push(road);
    return road;
  });
  return { roads, junctions };
}

/** The railway south of the ring; it crosses streets on bridges and meets none. */
export function railway(): Road {
  const line = groundLine([[board.west, -2965], [board.east, -2965]]);
  return { id: 'rail-1', class: 'rail', lanes: 2, oneway: false, speed: 120, name: '宁安铁路（虚构）', bridge: false, line, from: -1, to: -1 };
}
