import type { MultiPolygon, Polygon, Position } from 'geojson';
import { SURFACES } from '../format.ts';
import type { Face } from './city-object.ts';
import { doubleNormal } from './cut-face.ts';
import { metresInDegree } from './frame.ts';
import { Edges, type Point } from './merged-edges.ts';
import { localRing } from './solid-of.ts';

const GROUND = SURFACES.indexOf('ground');
/** Edges beyond which faces are not merged any more: their hull is taken. */
const MOST_EDGES = 20_000;

/**
 * The outline of a body on the ground, in degrees: its ground surfaces merged; without any, its faces that look down (they cover
 * just what a closed body covers); without those too (open models, faces turned wrongly), the convex hull of its corners.
 * @param faces rings in degrees and metres
 */
export function groundOutline(faces: readonly Face[]): Polygon | MultiPolygon | undefined {
  const ground = faces.filter((face) => face.surface === GROUND);
  if (ground.length > 0) {
    const merged = mergedOutline(ground);
    if (merged) return merged;
  }
  const [lon, lat] = faces[0].rings[0];
  const down = faces.filter(({ rings }) => {
    const normal = doubleNormal(localRing(rings[0], lon, lat, 0));
    return normal[2] < -0.1 * Math.hypot(...normal);
  });
  return (down.length > 0 ? mergedOutline(down) : undefined) ?? hull(faces);
}

/** Flat faces as one polygon or several, borders between neighbours gone; undefined where they do not fit together. Upright faces have no outline. */
export function mergedOutline(faces: readonly Face[]): Polygon | MultiPolygon | undefined {
  const [lon, lat] = faces[0].rings[0];
  const local = faces.map(({ rings }) => rings.map((ring) => localRing(ring, lon, lat, 0)));
  const edges = new Edges();
  let area = 0;
  let corners = 0;
  for (const rings of local) {
    const up = doubleNormal(rings[0])[2];
    corners += rings.reduce((sum, ring) => sum + ring.length / 3, 0);
    if (Math.abs(up) < 1e-3 || corners > MOST_EDGES) continue;
    for (const [index, ring] of rings.entries()) {
      const own = doubleNormal(ring)[2];
      area += index === 0 ? Math.abs(own) : -Math.abs(own);
      edges.add(ring, own > 0 === (index === 0));
    }
  }
  if (corners > MOST_EDGES || area <= 0) return undefined;
  const rings = edges.rings();
  if (!rings) return undefined;
  const sum = rings.reduce((total, ring) => total + doubleArea(ring), 0);
  // Faces above each other, or edges that only nearly meet, do not add up.
  if (Math.abs(sum - area) > 0.02 * area + 0.02) return undefined;
  const [east, north] = metresInDegree(lat);
  return polygonsOf(rings, (point) => [lon + point[0] / east, lat + point[1] / north]);
}

function doubleArea(ring: readonly Point[]): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i++) sum += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  return sum;
}

/** Counter-clockwise rings are outlines, clockwise ones holes in the smallest outline they lie in. */
function polygonsOf(rings: readonly Point[][], place: (point: Point) => Position): Polygon | MultiPolygon | undefined {
  const sound = rings.filter((ring) => Math.abs(doubleArea(ring)) > 1e-3);
  const outer = sound.filter((ring) => doubleArea(ring) > 0).toSorted((a, b) => doubleArea(a) - doubleArea(b));
  if (outer.length === 0) return undefined;
  const boxes = outer.map(boxOf);
  if (outer.length <= 300 && outer.some((ring, index) => outer.some((other, k) => k > index && !apart(boxes[index], boxes[k]) && crosses(ring, other)))) return undefined;
  const polygons = outer.map((ring) => [ring]);
  for (const hole of sound.filter((ring) => doubleArea(ring) < 0)) {
    const inside = outer.findIndex((ring) => -doubleArea(hole) < doubleArea(ring) && contains(ring, hole));
    if (inside >= 0) polygons[inside].push(hole);
  }
  // An outline within another, and in none of its holes, is covered already.
  const alone = polygons.filter(([ring], index) => !polygons.slice(index + 1).some(([around, ...holes]) => contains(around, ring) && !holes.some((hole) => contains(hole, ring))));
  const placed = alone.map((each) => each.map((ring) => [...ring, ring[0]].map(place)));
  return placed.length === 1 ? { type: 'Polygon', coordinates: placed[0] } : { type: 'MultiPolygon', coordinates: placed };
}

/** Whether outlines lie over each other in part: faces at different heights, which are no one outline. */
function crosses(a: readonly Point[], b: readonly Point[]): boolean {
  const side = (p: Point, q: Point, r: Point): number => {
    const value = turn(p, q, r);
    return Math.abs(value) < 1e-6 ? 0 : Math.sign(value);
  };
  return a.some((p, i) => {
    const q = a[(i + 1) % a.length];
    return b.some((r, k) => {
      const s = b[(k + 1) % b.length];
      return side(p, q, r) * side(p, q, s) < 0 && side(r, s, p) * side(r, s, q) < 0;
    });
  });
}

type Box = readonly [west: number, south: number, east: number, north: number];

function apart(a: Box, b: Box): boolean {
  return a[0] >= b[2] || b[0] >= a[2] || a[1] >= b[3] || b[1] >= a[3];
}

function boxOf(ring: readonly Point[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [x, y] of ring) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

function contains(ring: readonly Point[], hole: readonly Point[]): boolean {
  const [x, y] = [(hole[0][0] + hole[1][0]) / 2, (hole[0][1] + hole[1][1]) / 2];
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i++) if (ring[i][1] > y !== ring[j][1] > y && x < ((ring[j][0] - ring[i][0]) * (y - ring[i][1])) / (ring[j][1] - ring[i][1]) + ring[i][0]) inside = !inside;
  return inside;
}

/** The convex hull of all corners, seen from above. */
function hull(faces: readonly Face[]): Polygon | undefined {
  const points: Point[] = faces.flatMap(({ rings }) => Array.from({ length: rings[0].length / 3 }, (_, i) => [rings[0][i * 3], rings[0][i * 3 + 1]] as const)).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (from: readonly Point[]): Point[] => {
    const line: Point[] = [];
    for (const point of from) {
      while (line.length >= 2 && turn(line[line.length - 2], line[line.length - 1], point) <= 0) line.pop();
      line.push(point);
    }
    return line.slice(0, -1);
  };
  const ring = [...half(points), ...half(points.toReversed())];
  return ring.length >= 3 ? { type: 'Polygon', coordinates: [[...ring, ring[0]].map(([x, y]) => [x, y])] } : undefined;
}

function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
