import type { Road, RoadGraph } from './roads.ts';
import { distance, type Point } from './shape.ts';

/** A stretch of street that carries a pipe. */
export interface NetEdge {
  readonly road: Road;
  readonly from: number;
  readonly to: number;
  readonly line: readonly Point[];
  readonly length: number;
}

/** Streets as a graph of its own: places of the junctions, stretches between them, the edges at each place. */
export interface StreetNet {
  readonly places: readonly Point[];
  readonly edges: readonly NetEdge[];
  readonly at: readonly (readonly number[])[];
}

/**
 * The largest connected part of the streets of some classes, laid beside their middle by a fixed step east and north: networks with different steps
 * run side by side in every street that is not exactly along the diagonal.
 */
export function streetNet(graph: RoadGraph, classes: ReadonlySet<string>, { bridges, step: [dx, dy] }: { bridges: boolean; step: Point }): StreetNet {
  const roads = graph.roads.filter((road) => classes.has(road.class) && (bridges || !road.bridge) && road.from !== road.to);
  const kept = largest(roads);
  const rows = new Map<number, number>();
  const places: Point[] = [];
  const at: number[][] = [];
  const row = (junction: number): number => {
    const there = rows.get(junction);
    if (there !== undefined) return there;
    rows.set(junction, places.length);
    const [x, y] = graph.junctions[junction].at;
    places.push([x + dx, y + dy]);
    at.push([]);
    return places.length - 1;
  };
  const edges = kept.map((road, i): NetEdge => {
    const [from, to] = [row(road.from), row(road.to)];
    const line = road.line.map(([x, y]): Point => [x + dx, y + dy]);
    // Ends meet exactly where the junction is.
    line[0] = places[from];
    line[line.length - 1] = places[to];
    at[from].push(i);
    at[to].push(i);
    return { road, from, to, line, length: lengthOfLine(line) };
  });
  return { places, edges, at };
}

function largest(roads: readonly Road[]): Road[] {
  const group = new Map<number, number>();
  const root = (x: number): number => {
    const up = group.get(x) ?? x;
    if (up === x) return x;
    const top = root(up);
    group.set(x, top);
    return top;
  };
  for (const road of roads) group.set(root(road.from), root(road.to));
  const sizes = new Map<number, number>();
  for (const road of roads) sizes.set(root(road.from), (sizes.get(root(road.from)) ?? 0) + 1);
  const most = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return roads.filter((road) => root(road.from) === most);
}

export function lengthOfLine(line: readonly Point[]): number {
  let sum = 0;
  for (let i = 0; i + 1 < line.length; i++) sum += distance(line[i], line[i + 1]);
  return sum;
}

/** The part of a line between two distances from its start, both ends included. */
export function partOf(line: readonly Point[], from: number, to: number): Point[] {
  const part: Point[] = [];
  let travelled = 0;
  for (let i = 0; i + 1 < line.length; i++) {
    const length = distance(line[i], line[i + 1]);
    const at = (metres: number): Point => {
      const k = length > 0 ? (metres - travelled) / length : 0;
      return [line[i][0] + (line[i + 1][0] - line[i][0]) * k, line[i][1] + (line[i + 1][1] - line[i][1]) * k];
    };
    if (from >= travelled && from <= travelled + length && part.length === 0) part.push(at(from));
    if (to <= travelled + length) {
      part.push(at(Math.max(to, travelled)));
      return part;
    }
    if (part.length > 0) part.push(line[i + 1]);
    travelled += length;
  }
  return part;
}

/** Finds the nearest of many places within a reach. */
export class NearestPlace {
  readonly #cells = new Map<string, number[]>();

  constructor(private readonly places: readonly Point[], private readonly cell = 150) {
    places.forEach(([x, y], i) => {
      const key = `${Math.floor(x / cell)},${Math.floor(y / cell)}`;
      const list = this.#cells.get(key);
      if (list) list.push(i);
      else this.#cells.set(key, [i]);
    });
  }

  /** Row of the nearest place; −1 where none lies within ten cells. */
  find(at: Point): number {
    let [best, least] = [-1, Infinity];
    for (let ring = 0; ring <= 10; ring++) {
      if (best >= 0 && least < (ring - 1) * this.cell) break;
      const [cx, cy] = [Math.floor(at[0] / this.cell), Math.floor(at[1] / this.cell)];
      for (let dx = -ring; dx <= ring; dx++)
        for (let dy = -ring; dy <= ring; dy++) {
          if (Math.max(Math.abs(dx), Math.abs(dy)) !== ring) continue;
          for (const i of this.#cells.get(`${cx + dx},${cy + dy}`) ?? []) {
            const away = distance(this.places[i], at);
            if (away < least) [best, least] = [i, away];
          }
        }
    }
    return best;
  }
}

/** Where along a line, in metres from its start, a place is nearest; and how far off it is. */
export function alongLine(line: readonly Point[], [x, y]: Point): { along: number; off: number } {
  let best = { along: 0, off: Infinity };
  let travelled = 0;
  for (let i = 0; i + 1 < line.length; i++) {
    const [[ax, ay], [bx, by]] = [line[i], line[i + 1]];
    const length = Math.hypot(bx - ax, by - ay);
    const k = length > 0 ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / (length * length))) : 0;
    const off = Math.hypot(ax + (bx - ax) * k - x, ay + (by - ay) * k - y);
    if (off < best.off) best = { along: travelled + k * length, off };
    travelled += length;
  }
  return best;
}
