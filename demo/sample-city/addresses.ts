import type { Building } from './plots.ts';
import type { Road } from './roads.ts';
import { centre, toSegment, type Point } from './shape.ts';

const CELL = 120;

/** Gives every building the street nearest to it and a number in the order in which it stands along that street: odd on the left, even on the right. */
export function addressesOf(buildings: readonly Building[], roads: readonly Road[]): string[] {
  const cells = new Map<string, { road: Road; a: Point; b: Point }[]>();
  const named = roads.filter((road) => road.class !== 'rail' && road.class !== 'trunk');
  for (const road of named)
    for (let i = 0; i + 1 < road.line.length; i++) {
      const segment = { road, a: road.line[i], b: road.line[i + 1] };
      for (const key of new Set([segment.a, segment.b, [(segment.a[0] + segment.b[0]) / 2, (segment.a[1] + segment.b[1]) / 2] as Point].map(([x, y]) => `${Math.floor(x / CELL)},${Math.floor(y / CELL)}`))) cells.set(key, [...(cells.get(key) ?? []), segment]);
    }
  const doors = buildings.map((building) => {
    const at = centre(building.outline);
    const nearest = nearestOf(cells, at);
    return nearest ? { street: nearest.road.name, ...doorOf(nearest, at) } : { street: '城郊', along: at[0], odd: true };
  });
  const order = doors.map((_, i) => i).toSorted((i, j) => doors[i].along - doors[j].along || i - j);
  const next = new Map<string, number>();
  const numbers = Array.from({ length: doors.length }, () => 0);
  for (const i of order) {
    const key = `${doors[i].street}/${doors[i].odd}`;
    const number = next.get(key) ?? (doors[i].odd ? 1 : 2);
    next.set(key, number + 2);
    numbers[i] = number;
  }
  return doors.map(({ street }, i) => `池州市（示例）${street}${numbers[i]}号`);
}

function nearestOf(cells: ReadonlyMap<string, { road: Road; a: Point; b: Point }[]>, at: Point): { road: Road; a: Point; b: Point } | null {
  let best: { road: Road; a: Point; b: Point } | null = null;
  let least = Infinity;
  for (let reach = 1; reach <= 6 && best === null; reach++)
    for (let dx = -reach; dx <= reach; dx++)
      for (let dy = -reach; dy <= reach; dy++)
        for (const segment of cells.get(`${Math.floor(at[0] / CELL) + dx},${Math.floor(at[1] / CELL) + dy}`) ?? []) {
          const off = toSegment(at, segment.a, segment.b);
          if (off >= least) continue;
          least = off;
          best = segment;
        }
  return best;
}

function doorOf({ a, b }: { a: Point; b: Point }, at: Point): { along: number; odd: boolean } {
  const eastward = Math.abs(b[0] - a[0]) >= Math.abs(b[1] - a[1]);
  const left = (b[0] - a[0]) * (at[1] - a[1]) - (b[1] - a[1]) * (at[0] - a[0]) > 0;
  return { along: eastward ? at[0] : at[1], odd: left };
}
