import { multiply, project, type Matrix } from '#geo';
import type { Batch, InstancesBatch, LabelsBatch, LinesBatch, MeshBatch, PointsBatch, PolygonsBatch } from './batch.ts';
import { reachOf, turns } from './recipes/instances.ts';
import { labelExtent } from './recipes/labels.ts';
import { triangulate } from './recipes/polygons.ts';
import { symbolOf } from './symbols.ts';

/** What lies under a pixel: the slot, and how far along the view (metres). */
export interface Picked {
  readonly slot: number;
  readonly depth: number;
  /** CSS pixels from the pixel to what was hit; 0 on it. */
  readonly distance: number;
}

/** A view of a batch: `clip` from `clipMatrix(batch.anchor, …)` for `width` × `height` CSS pixels, and the pixel asked for. */
export interface PickView {
  readonly clip: Matrix;
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
  /** Seconds after the batch's epoch. */
  readonly time: number;
}

/** How near in CSS pixels counts as on it. */
export const PICK_RADIUS = 6;

/** Nearer to the pixel wins; at the same distance nearer to the eye. */
function better(best: Picked | null, distance: number, depth: number): boolean {
  return best === null || distance < best.distance - 0.01 || (distance < best.distance + 0.01 && depth < best.depth);
}

/** A slot's place at a moment, as the vertex shader mixes it, into `out`. */
export function placeAt(batch: Pick<PointsBatch, 'places' | 'motion'>, slot: number, time: number, out: Float64Array): Float64Array {
  const { places, motion } = batch;
  let k = 0;
  if (motion) {
    const start = motion.times[2 * slot];
    k = Math.min(1, Math.max(0, (time - start) / Math.max(motion.times[2 * slot + 1] - start, 1e-6)));
  }
  for (let axis = 0; axis < 3; axis++) {
    const from = places[3 * slot + axis];
    out[axis] = motion ? from + (motion.to[3 * slot + axis] - from) * k : from;
  }
  return out;
}

function pickPoints(batch: PointsBatch, view: PickView): Picked | null {
  const place = new Float64Array(3);
  const at = new Float64Array(3);
  const { foot } = symbolOf(batch.symbol);
  let best: Picked | null = null;
  for (let slot = 0; slot < batch.places.length / 3; slot++) {
    if (batch.colours[4 * slot + 3] === 0) continue;
    placeAt(batch, slot, view.time, place);
    project(view.clip, view.width, view.height, place[0], place[1], place[2] + batch.stem, at);
    if (at[2] <= 0.5) continue;
    const radius = (typeof batch.size === 'number' ? batch.size : batch.size[slot]) / 2;
    const distance = Math.max(0, Math.hypot(at[0] - view.x, at[1] + foot * radius - view.y) - radius);
    if (distance <= PICK_RADIUS && better(best, distance, at[2])) best = { slot, depth: at[2], distance };
  }
  return best;
}

function pickLabels(batch: LabelsBatch, view: PickView): Picked | null {
  const at = new Float64Array(3);
  let best: Picked | null = null;
  for (let slot = 0; slot < batch.texts.length; slot++) {
    if (batch.colours[4 * slot + 3] === 0) continue;
    project(view.clip, view.width, view.height, batch.places[3 * slot], batch.places[3 * slot + 1], batch.places[3 * slot + 2], at);
    if (at[2] <= 0.5) continue;
    const [halfWidth, halfHeight] = labelExtent(batch.texts[slot], batch.size);
    const dx = Math.max(0, Math.abs(at[0] + batch.offset[0] - view.x) - halfWidth);
    const dy = Math.max(0, Math.abs(at[1] - batch.offset[1] - view.y) - halfHeight);
    const distance = Math.hypot(dx, dy);
    if (distance <= PICK_RADIUS && better(best, distance, at[2])) best = { slot, depth: at[2], distance };
  }
  return best;
}

/** Clip coordinates of a place: x, y, w. */
function toClip(m: Matrix, places: Float32Array, i: number, out: Float64Array): Float64Array {
  const x = places[3 * i];
  const y = places[3 * i + 1];
  const z = places[3 * i + 2];
  out[0] = m[0] * x + m[4] * y + m[8] * z + m[12];
  out[1] = m[1] * x + m[5] * y + m[9] * z + m[13];
  out[2] = m[3] * x + m[7] * y + m[11] * z + m[15];
  return out;
}

const NEAR = 0.5;

/** Distance in pixels from the pixel to a segment on the screen, and the depth there; null where it is behind the eye. */
function toSegment(view: PickView, a: Float64Array, b: Float64Array): { distance: number; depth: number } | null {
  if (a[2] < NEAR && b[2] < NEAR) return null;
  const clipped = (p: Float64Array, q: Float64Array): number[] => {
    const k = p[2] < NEAR ? (NEAR - p[2]) / (q[2] - p[2]) : 0;
    const w = p[2] + (q[2] - p[2]) * k;
    return [((p[0] + (q[0] - p[0]) * k) / w / 2 + 0.5) * view.width, (0.5 - (p[1] + (q[1] - p[1]) * k) / w / 2) * view.height, w];
  };
  const p = clipped(a, b);
  const q = clipped(b, a);
  const dx = q[0] - p[0];
  const dy = q[1] - p[1];
  const along = Math.min(1, Math.max(0, ((view.x - p[0]) * dx + (view.y - p[1]) * dy) / Math.max(dx * dx + dy * dy, 1e-9)));
  const depth = 1 / ((1 - along) / p[2] + along / q[2]);
  return { distance: Math.hypot(p[0] + dx * along - view.x, p[1] + dy * along - view.y), depth };
}

function pickLines(batch: LinesBatch, view: PickView): Picked | null {
  const a = new Float64Array(3);
  const b = new Float64Array(3);
  const focal = Math.hypot(view.clip[1], view.clip[5], view.clip[9]) * view.height * 0.5;
  let best: Picked | null = null;
  for (let slot = 0; slot + 1 < batch.starts.length; slot++) {
    if (batch.colours[4 * slot + 3] === 0) continue;
    const width = typeof batch.width === 'number' ? batch.width : batch.width[slot];
    for (let i = batch.starts[slot]; i + 1 < batch.starts[slot + 1]; i++) {
      const near = toSegment(view, toClip(view.clip, batch.places, i, a), toClip(view.clip, batch.places, i + 1, b));
      if (!near) continue;
      const half = batch.metres ? (width * focal) / near.depth : width / 2;
      const distance = Math.max(0, near.distance - half);
      if (distance <= PICK_RADIUS && better(best, distance, near.depth)) best = { slot, depth: near.depth, distance };
    }
  }
  return best;
}

/** Where a pixel's ray first meets a triangle, in clip space: barycentric signs of the homogeneous corners, so that triangles through the eye's plane count too. */
function pickTriangles(places: Float32Array, indices: Uint32Array, view: PickView, slotOf: (vertex: number) => number, hidden: (vertex: number) => boolean): Picked | null {
  const nx = (view.x / view.width) * 2 - 1;
  const ny = 1 - (view.y / view.height) * 2;
  const corners = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
  let best: Picked | null = null;
  for (let i = 0; i + 2 < indices.length; i += 3) {
    if (hidden(indices[i])) continue;
    for (let k = 0; k < 3; k++) {
      const corner = toClip(view.clip, places, indices[i + k], corners[k]);
      corner[0] -= nx * corner[2];
      corner[1] -= ny * corner[2];
    }
    const [a, b, c] = corners;
    const u = b[0] * c[1] - b[1] * c[0];
    const v = c[0] * a[1] - c[1] * a[0];
    const w = a[0] * b[1] - a[1] * b[0];
    const area = u + v + w;
    if (area === 0 || (area > 0 ? u < 0 || v < 0 || w < 0 : u > 0 || v > 0 || w > 0)) continue;
    const depth = (u * a[2] + v * b[2] + w * c[2]) / area;
    if (depth > NEAR && (best === null || depth < best.depth)) best = { slot: slotOf(indices[i]), depth, distance: 0 };
  }
  return best;
}

function pickPolygons(batch: PolygonsBatch, view: PickView): Picked | null {
  const { places, slots, indices } = triangulate(batch);
  return pickTriangles(places, indices, view, (vertex) => slots[vertex], (vertex) => batch.colours[4 * slots[vertex] + 3] === 0);
}

function pickMesh(batch: MeshBatch, view: PickView): Picked | null {
  return pickTriangles(batch.places, batch.indices, view, (vertex) => batch.slots?.[vertex] ?? 0, (vertex) => batch.colours[4 * vertex + 3] === 0);
}

/** How far between its keyframes a slot is, 0 … 1. */
function shareOf({ motion }: InstancesBatch, slot: number, time: number): number {
  if (!motion) return 0;
  const start = motion.times[2 * slot];
  return Math.min(1, Math.max(0, (time - start) / Math.max(motion.times[2 * slot + 1] - start, 1e-6)));
}

/** Where a slot's model looks at a moment, radians clockwise from north, as the vertex shader turns it. */
function headingAt(batch: InstancesBatch, turn: Float32Array, slot: number, time: number): number {
  const { motion, places } = batch;
  if (motion && !batch.toHeadings) {
    const [east, north] = [motion.to[3 * slot] - places[3 * slot], motion.to[3 * slot + 1] - places[3 * slot + 1]];
    if (east * east + north * north > 1e-6) return Math.atan2(east, north);
  }
  return turn[2 * slot] + turn[2 * slot + 1] * shareOf(batch, slot, time);
}

/** By the ray and the model's triangles; one that is smaller on the screen than the pick's reach, by its middle. */
function pickInstances(batch: InstancesBatch, view: PickView): Picked | null {
  const { model, scale } = batch;
  const reach = reachOf(model);
  const turn = turns(batch.headings, batch.motion && batch.toHeadings);
  const focal = Math.hypot(view.clip[1], view.clip[5], view.clip[9]) * view.height * 0.5;
  const place = new Float64Array(3);
  const at = new Float64Array(3);
  let best: Picked | null = null;
  for (let slot = 0; slot < batch.places.length / 3; slot++) {
    if (batch.colours[4 * slot + 3] === 0) continue;
    placeAt(batch, slot, view.time, place);
    const size = typeof scale === 'number' ? scale : scale[slot];
    project(view.clip, view.width, view.height, place[0], place[1], place[2], at);
    if (at[2] < -reach * size) continue;
    const radius = (reach * size * focal) / Math.max(at[2] - reach * size, NEAR);
    const distance = Math.hypot(at[0] - view.x, at[1] - view.y);
    // Straight before the eye the middle may lie anywhere; only what is all before it can be passed over by its sphere.
    if (at[2] > reach * size + NEAR && distance > Math.max(radius, PICK_RADIUS)) continue;
    if (radius < PICK_RADIUS) {
      const beside = Math.max(0, distance - radius);
      if (better(best, beside, at[2])) best = { slot, depth: at[2], distance: beside };
      continue;
    }
    const [sin, cos] = [Math.sin(headingAt(batch, turn, slot, view.time)) * size, Math.cos(headingAt(batch, turn, slot, view.time)) * size];
    const clip = multiply(view.clip, new Float64Array([cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, size, 0, place[0], place[1], place[2], 1]));
    const hit = pickTriangles(model.places, model.indices, { ...view, clip }, () => slot, () => false);
    if (hit && better(best, 0, hit.depth)) best = hit;
  }
  return best;
}

/** The slot of a batch under a pixel: points, labels and lines within six pixels, polygons, meshes and instances by the ray. The same on every backend, and without one. */
export function pickBatch(batch: Batch, view: PickView): Picked | null {
  switch (batch.kind) {
    case 'points': return pickPoints(batch, view);
    case 'labels': return pickLabels(batch, view);
    case 'lines': return pickLines(batch, view);
    case 'polygons': return pickPolygons(batch, view);
    case 'mesh': return pickMesh(batch, view);
    case 'instances': return pickInstances(batch, view);
  }
}
