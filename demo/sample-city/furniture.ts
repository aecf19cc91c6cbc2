import { busStops } from './bus-lines.ts';
import type { FreeGround } from './free-ground.ts';
import { atKerb, lengthOf, onRoad } from './kerb.ts';
import type { Place } from './place.ts';
import type { Road, RoadGraph } from './roads.ts';
import { distance, type Point } from './shape.ts';

type Add = (place: Omit<Place, 'id'>) => void;

/** Streets that carry a water main, and so hydrants. */
export const hydrantClasses: ReadonlySet<string> = new Set(['primary', 'secondary', 'tertiary', 'residential']);
/** Metres within which every point of such a street has a hydrant: two of them at most 120 m apart. @source GB 50974-2014, 7.3.3 */
export const HYDRANT_REACH = 60;
const big = new Set(['primary', 'secondary']);
const headings = ['北', '东北', '东', '东南', '南', '西南', '西', '西北'];

/** What stands along the streets: signals and cameras at junctions, bus stops, hydrants. */
export function furniture(graph: RoadGraph, ground: FreeGround, landmark: (at: Point) => string | null, add: Add): void {
  for (const [i, { at, roads }] of graph.junctions.entries()) {
    const arms = roads.filter((road) => big.has(road.class));
    if (roads.length < 3 || arms.length < 2) continue;
    const names = [...new Set(arms.map((road) => road.name))].slice(0, 2);
    add({ kind: 'signal', name: `${names.join('－')}路口`, rank: 10, at });
    if (arms.length >= 3) camera({ at, names, arms: roads.length, first: i }, ground, add);
  }
  for (const stop of busStops(graph, ground, landmark)) add(stop);
  hydrants(graph.roads, ground, add);
}

/** A pole at the corner, looking over the junction. */
function camera({ at, names, arms, first }: { at: Point; names: readonly string[]; arms: number; first: number }, ground: FreeGround, add: Add): void {
  for (let corner = 0; corner < 4; corner++) {
    const angle = (((corner + first) % 4) + 0.5) * (Math.PI / 2);
    for (let reach = 8; reach <= 32; reach += 1.5) {
      const pole: Point = [at[0] + reach * Math.cos(angle), at[1] + reach * Math.sin(angle)];
      if (!ground.free(pole)) continue;
      const faces = (((450 - ((angle * 180) / Math.PI + 180)) % 360) + 360) % 360;
      return add({ kind: 'camera', name: `${names.join('－')}路口监控`, rank: 12, at: pole, attributes: { faces: `${headings[Math.round(faces / 45) % 8]}（${Math.round(faces)}°）`, type: arms > 3 ? '球型云台' : '枪型固定' } });
    }
  }
}

/** Hydrants so that no point of a street is further than their reach from one, on alternating sides. */
function hydrants(roads: readonly Road[], ground: FreeGround, add: Add): void {
  const standing = new Map<string, Point[]>();
  const cell = ([x, y]: Point, dx = 0, dy = 0): string => `${Math.floor(x / HYDRANT_REACH) + dx},${Math.floor(y / HYDRANT_REACH) + dy}`;
  const guarded = (at: Point): boolean => [-1, 0, 1].some((dx) => [-1, 0, 1].some((dy) => standing.get(cell(at, dx, dy))?.some((other) => distance(other, at) < HYDRANT_REACH)));
  for (const road of roads) {
    if (!hydrantClasses.has(road.class) || road.bridge) continue;
    const length = lengthOf(road);
    for (let along = 0; along <= length; along += 3) {
      const { at } = onRoad(road, along);
      if (guarded(at)) continue;
      const spot = standFor(road, along, length, ground);
      if (!spot) continue;
      standing.set(cell(spot), [...(standing.get(cell(spot)) ?? []), spot]);
      const main = road.class === 'primary' ? 'DN500' : road.class === 'secondary' ? 'DN300' : 'DN200';
      add({ kind: 'hydrant', name: '', rank: 5, at: spot, attributes: { street: road.name, type: '地上式 SS100/65-1.6', main, pressure: '0.25 MPa' } });
    }
  }
}

/** As far along the street as still guards the place that asks: one side, else the other. */
function standFor(road: Road, along: number, length: number, ground: FreeGround): Point | null {
  const { at } = onRoad(road, along);
  for (let ahead = Math.min(HYDRANT_REACH - 4, length - along); ahead >= -HYDRANT_REACH; ahead -= 2)
    for (const side of ['right', 'left'] as const) {
      if (along + ahead < 0) continue;
      const spot = atKerb(road, along + ahead, side);
      if (distance(spot, at) < HYDRANT_REACH && ground.free(spot)) return spot;
    }
  return null;
}
