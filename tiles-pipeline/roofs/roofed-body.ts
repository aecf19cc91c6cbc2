import type { Solid } from '../formats/format.ts';
import { SURFACES } from '../formats/format.ts';
import { cross, type Plan } from './plan.ts';
import type { Roof } from './roof.ts';

const ROOF = SURFACES.indexOf('roof');
const WALL = SURFACES.indexOf('wall');
const GROUND = SURFACES.indexOf('ground');
/** Metres a wall is high at least, so that eaves never fall together with the floor. */
const LEAST_WALL = 0.05;

export interface BodyHeights {
  /** Metres above the ground: of the floor, of the eaves, of the highest place. */
  readonly base: number;
  readonly eaves: number;
  readonly top: number;
}

export type Rgb = readonly [number, number, number];

/**
 * Roof, walls and floor of a building as one closed body: every edge is in two triangles, run once each way.
 * undefined where it would not be closed or not fill its outline.
 */
export function roofedBody(plan: Plan, roof: Roof, heights: BodyHeights, colours?: { readonly wall: Rgb; readonly roof: Rgb }): Solid | undefined {
  const { mesh, floor } = roof;
  const eaves = Math.min(Math.max(heights.eaves, heights.base + LEAST_WALL), heights.top);
  const border = borderOf(mesh.triangles);
  if (!fills(plan, roof, border)) return undefined;
  // Above, the roof's corners; below, those the floor uses.
  const below = new Int32Array(mesh.x.length).fill(-1);
  let count = mesh.x.length;
  for (const corner of floor) if (below[corner] < 0) below[corner] = count++;
  const positions = new Float64Array(count * 3);
  const put = (at: number, from: number, height: number): void => {
    positions[at * 3] = plan.lon + mesh.x[from] / plan.perLon;
    positions[at * 3 + 1] = plan.lat + mesh.y[from] / plan.perLat;
    positions[at * 3 + 2] = height;
  };
  for (let i = 0; i < mesh.x.length; i++) {
    put(i, i, eaves + roof.heights[i] * (heights.top - eaves));
    if (below[i] >= 0) put(below[i], i, heights.base);
  }
  const triangles = [...mesh.triangles];
  for (const [a, b] of border) triangles.push(below[a], below[b], b, below[a], b, a);
  for (let t = 0; t < floor.length; t += 3) triangles.push(below[floor[t]], below[floor[t + 2]], below[floor[t + 1]]);
  if (!isClosed(triangles)) return undefined;
  const surfaces = new Uint8Array(triangles.length / 3);
  surfaces.fill(ROOF, 0, mesh.triangles.length / 3);
  surfaces.fill(WALL, mesh.triangles.length / 3, mesh.triangles.length / 3 + border.length * 2);
  surfaces.fill(GROUND, mesh.triangles.length / 3 + border.length * 2);
  return { lod: heights.top > eaves ? '2.0' : '1.2', positions, triangles: Uint32Array.from(triangles), surfaces, ...(colours && { colours: painted(surfaces, colours) }) };
}

/** Edges that are in one triangle only, as it runs them. */
function borderOf(triangles: readonly number[]): [number, number][] {
  const seen = new Set<number>();
  for (let t = 0; t < triangles.length; t++) seen.add(edgeKey(triangles[t], triangles[t % 3 === 2 ? t - 2 : t + 1]));
  const border: [number, number][] = [];
  for (let t = 0; t < triangles.length; t++) {
    const [a, b] = [triangles[t], triangles[t % 3 === 2 ? t - 2 : t + 1]];
    if (!seen.has(edgeKey(b, a))) border.push([a, b]);
  }
  return border;
}

function edgeKey(a: number, b: number): number {
  return a * 0x4000000 + b;
}

/** Whether a roof covers its outline once and ends where the outline does. */
function fills(plan: Plan, { mesh, floor }: Roof, border: readonly (readonly [number, number])[]): boolean {
  let area = 0;
  for (let t = 0; t < floor.length; t += 3) {
    const own = cross(mesh.x, mesh.y, floor[t], floor[t + 1], floor[t + 2]) / 2;
    if (own < -1e-6) return false;
    area += own;
  }
  const around = border.reduce((sum, [a, b]) => sum + Math.hypot(mesh.x[a] - mesh.x[b], mesh.y[a] - mesh.y[b]), 0);
  const wanted = plan.rings.reduce((sum, ring) => sum + lengthOf(ring), 0);
  return Math.abs(area - plan.area) < 1e-4 * plan.area && Math.abs(around - wanted) < 1e-3 * wanted;
}

function lengthOf(ring: Float64Array): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) sum += Math.hypot(ring[i] - ring[j], ring[i + 1] - ring[j + 1]);
  return sum;
}

/** Whether every edge is run exactly once each way. */
export function isClosed(triangles: ArrayLike<number>): boolean {
  const seen = new Set<number>();
  for (let t = 0; t < triangles.length; t++) {
    const key = edgeKey(triangles[t], triangles[t % 3 === 2 ? t - 2 : t + 1]);
    if (seen.has(key)) return false;
    seen.add(key);
  }
  for (let t = 0; t < triangles.length; t++) if (!seen.has(edgeKey(triangles[t % 3 === 2 ? t - 2 : t + 1], triangles[t]))) return false;
  return true;
}

function painted(surfaces: Uint8Array, { wall, roof }: { wall: Rgb; roof: Rgb }): Uint8Array {
  const out = new Uint8Array(surfaces.length * 4);
  for (const [t, surface] of surfaces.entries()) out.set([...(surface === ROOF ? roof : wall), 255], t * 4);
  return out;
}
