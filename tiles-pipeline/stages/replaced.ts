import type { ModelPlaces } from '../tileset/models.ts';
import type { PlacedModel } from './model-place.ts';
import { insideRing } from './rings.ts';

/** Samples along each side of a building's box, to see how much of it a model covers. */
const SAMPLES = 12;
/** Share of a building under a model from which on the model stands for it. */
const SHARE = 0.15;
/** Ground, not building: what carries these classes says nothing of how far the building reaches. */
const ground = /^Ifc(?:Site|Geographic|Earthworks|Road|Railway|Annotation)/u;

/** The convex outline of a model's shell on the ground, lon and lat in turn; empty where it has none. */
export function footprintOf({ table }: PlacedModel, { frame, positions, boxes }: ModelPlaces): Float64Array {
  const points: [number, number][] = [];
  for (const { row, shell } of boxes) {
    if (!shell || ground.test(table.features.class[row])) continue;
    for (let v = table.mesh.firstVertex[row] * 3; v < table.mesh.firstVertex[row + 1] * 3; v += 3) points.push([positions[v], positions[v + 1]]);
  }
  const ring = convex(points);
  const out = new Float64Array(ring.length * 2);
  const at = [0, 0, 0];
  for (const [k, [x, y]] of ring.entries()) {
    frame.placer.unplace(x, y, 0, at);
    out[k * 2] = at[0];
    out[k * 2 + 1] = at[1];
  }
  return out;
}

/** Counter-clockwise. @source Andrew 1979, Information Processing Letters 9(5) */
function convex(points: [number, number][]): [number, number][] {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list: readonly [number, number][]): [number, number][] => {
    const hull: [number, number][] = [];
    for (const point of list) {
      while (hull.length >= 2 && cross(hull[hull.length - 2], hull[hull.length - 1], point) <= 0) hull.pop();
      hull.push(point);
    }
    return hull.slice(0, -1);
  };
  return sorted.length < 3 ? [] : [...half(sorted), ...half(sorted.toReversed())];
}

function cross(a: readonly number[], b: readonly number[], c: readonly number[]): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/** Numbers of the buildings a model stands for: those it covers a fair share of, and the one its middle lies in. */
export function replacedIn(footprint: Float64Array, buildings: Iterable<{ readonly number: number; readonly rings: readonly Float64Array[] }>): number[] {
  if (footprint.length < 6) return [];
  const box = boxOf(footprint);
  const middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] as const;
  const found: number[] = [];
  for (const { number, rings } of buildings) {
    const [outer, ...holes] = rings;
    const own = boxOf(outer);
    if (own[0] > box[2] || own[2] < box[0] || own[1] > box[3] || own[3] < box[1]) continue;
    const within = (x: number, y: number): boolean => insideRing(outer, x, y) && !holes.some((hole) => insideRing(hole, x, y));
    if (within(...middle) || share(own, within, footprint) >= SHARE) found.push(number);
  }
  return found;
}

function share(box: readonly number[], within: (x: number, y: number) => boolean, footprint: Float64Array): number {
  let [all, covered] = [0, 0];
  for (let i = 0; i < SAMPLES; i++)
    for (let j = 0; j < SAMPLES; j++) {
      const x = box[0] + ((i + 0.5) / SAMPLES) * (box[2] - box[0]);
      const y = box[1] + ((j + 0.5) / SAMPLES) * (box[3] - box[1]);
      if (!within(x, y)) continue;
      all++;
      if (insideRing(footprint, x, y)) covered++;
    }
  return all === 0 ? 0 : covered / all;
}

function boxOf(ring: Float64Array): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    box[0] = Math.min(box[0], ring[i]);
    box[1] = Math.min(box[1], ring[i + 1]);
    box[2] = Math.max(box[2], ring[i]);
    box[3] = Math.max(box[3], ring[i + 1]);
  }
  return box;
}

/** West, south, east, north of everything in a model. */
export function withinModel({ frame, boxes }: ModelPlaces): [number, number, number, number] {
  const corners: number[] = [];
  const at = [0, 0, 0];
  const reach = (pick: (...values: number[]) => number, side: 'min' | 'max', axis: number): number => boxes.reduce((best, box) => pick(best, box[side][axis]), side === 'min' ? Infinity : -Infinity);
  for (const x of [reach(Math.min, 'min', 0), reach(Math.max, 'max', 0)])
    for (const y of [reach(Math.min, 'min', 1), reach(Math.max, 'max', 1)]) {
      frame.placer.unplace(x, y, 0, at);
      corners.push(at[0], at[1]);
    }
  return boxOf(Float64Array.from(corners));
}
