import { cross, cut, frameOf, triangulated, type Frame, type Plan, type PlanMesh } from './plan.ts';
import { acrossProfiles, heightAt, inwardProfiles, turnedProfiles, type Profile, type RoofShape } from './roof-shapes.ts';
import { faceMesh, skeletonOf, withGables } from './skeleton.ts';

export interface RoofWish {
  readonly shape: RoofShape;
  /** Degrees clockwise from north the roof slopes down to; of a gabled roof either of the two. */
  readonly direction?: number;
  /** The ridge runs along the shorter side. */
  readonly across?: boolean;
}

/** The roof over an outline: corners with heights of 0 (eaves) to 1 (top). Its border is the outline. */
export interface Roof {
  readonly mesh: PlanMesh;
  readonly heights: readonly number[];
  /** Triangles over the same corners that cover the outline once. */
  readonly floor: readonly number[];
}

/** An outline that fills this share of its box has one ridge, and one that fills less than the second none, if its ridges cannot follow it. */
const NEAR_BOX = 0.9;
const NO_BOX = 0.7;
/** Degrees within which a direction means the side of the box. */
const SNAP = 25;

/** The roof as it is wished, or undefined where this outline cannot carry it: with holes, too ragged, around a corner. */
export function roofOver(plan: Plan, wish: RoofWish): Roof | undefined {
  const { shape } = wish;
  if (shape === 'flat') return flatRoof(plan);
  const turned = turnedProfiles[shape];
  if (turned) return turnedRoof(plan, turned) ?? (turned.length === 2 ? inwardRoof(plan, inwardProfiles.hipped!) : undefined);
  const inward = inwardProfiles[shape];
  if (inward) return inwardRoof(plan, inward);
  const frame = ridgeFrame(plan, wish);
  if (shape === 'skillion') return acrossRoof(plan, acrossProfiles.skillion!, frame);
  const followed = shape === 'gabled' && frame.fill < NEAR_BOX ? manyGables(plan) : undefined;
  if (followed || frame.fill < NO_BOX) return followed;
  return shape === 'half-hipped' ? halfHipped(plan, frame) : acrossRoof(plan, acrossProfiles[shape]!, frame);
}

/** Half the width a roof of this shape rises over, metres: what an angle turns into a height. */
export function riseOf(plan: Plan, wish: RoofWish): number {
  if (wish.shape === 'skillion') return 2 * ridgeFrame(plan, wish).width;
  return wish.direction === undefined && !wish.across ? frameOf(plan).width : ridgeFrame(plan, wish).width;
}

function flatRoof(plan: Plan): Roof {
  const mesh = triangulated(plan);
  return { mesh, heights: mesh.x.map(() => 0), floor: mesh.triangles };
}

/** The box with the ridge along its first axis. A skillion falls towards the negative side of the second. */
function ridgeFrame(plan: Plan, { shape, direction, across }: RoofWish): Frame {
  const box = frameOf(plan);
  if (direction === undefined || Number.isNaN(direction)) return across && shape !== 'skillion' ? quarter(box, 1) : box;
  const down = [Math.sin((direction * Math.PI) / 180), Math.cos((direction * Math.PI) / 180)] as const;
  const frames = [0, 1, 2, 3].map((turns) => quarter(box, turns));
  const fit = (frame: Frame): number => frame.along[1] * down[0] - frame.along[0] * down[1];
  const best = frames.reduce((a, b) => (fit(b) > fit(a) + 1e-9 ? b : a));
  // Between two sides of the box a skillion falls as it says; ridges lie along walls.
  if (shape !== 'skillion' || fit(best) > Math.cos((SNAP * Math.PI) / 180)) return best;
  return boxFacing(plan, down);
}

function quarter(frame: Frame, turns: number): Frame {
  let { along, length, width } = frame;
  for (let i = 0; i < turns; i++) {
    along = [-along[1], along[0]];
    [length, width] = [width, length];
  }
  return { ...frame, along, length, width };
}

/** The box around an outline whose second axis is opposite to `down`. */
function boxFacing({ rings: [ring] }: Plan, down: readonly [number, number]): Frame {
  const along = [-down[1], down[0]] as const;
  let [low, high, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    const u = ring[i] * along[0] + ring[i + 1] * along[1];
    const v = ring[i + 1] * along[0] - ring[i] * along[1];
    [low, high, left, right] = [Math.min(low, u), Math.max(high, u), Math.min(left, v), Math.max(right, v)];
  }
  const [u, v] = [(low + high) / 2, (left + right) / 2];
  return { x: u * along[0] - v * along[1], y: u * along[1] + v * along[0], along, length: (high - low) / 2, width: (right - left) / 2, fill: 1 };
}

/** Metres across the ridge of each corner. */
function acrossOf(mesh: PlanMesh, { x, y, along }: Frame): (vertex: number) => number {
  return (i) => (mesh.y[i] - y) * along[0] - (mesh.x[i] - x) * along[1];
}

function acrossRoof(plan: Plan, profile: Profile, frame: Frame): Roof {
  const mesh = triangulated(plan);
  const v = acrossOf(mesh, frame);
  for (const [where] of profile.slice(1, -1)) cut(mesh, (i) => v(i) - where * frame.width);
  return { mesh, heights: mesh.x.map((_, i) => heightAt(profile, v(i) / frame.width)), floor: mesh.triangles };
}

/** A gabled roof whose ends are cut off from half its height on. */
function halfHipped(plan: Plan, frame: Frame): Roof {
  const mesh = triangulated(plan);
  const v = acrossOf(mesh, frame);
  const u = (i: number): number => (mesh.x[i] - frame.x) * frame.along[0] + (mesh.y[i] - frame.y) * frame.along[1];
  const { length, width } = frame;
  // The hip rises as steeply as the roof, and reaches the ridge at the latest in its middle.
  const steep = Math.max(1 / width, 0.5 / length);
  const gable = (across: number): number => 1 - across / width;
  const hip = (along: number): number => 0.5 + (length - along) * steep;
  cut(mesh, v);
  cut(mesh, u);
  const slope = Math.hypot(1 / width, steep);
  for (const [su, sv] of [[1, 1], [1, -1], [-1, 1], [-1, -1]]) cut(mesh, (i) => (gable(sv * v(i)) - hip(su * u(i))) / slope);
  return { mesh, heights: mesh.x.map((_, i) => Math.min(1, gable(Math.abs(v(i))), hip(Math.abs(u(i))))), floor: mesh.triangles };
}

/** Planes that rise from every edge. */
function inwardRoof(plan: Plan, profile: Profile): Roof | undefined {
  const skeleton = plan.rings.length === 1 ? skeletonOf(plan.rings[0]) : undefined;
  const mesh = skeleton && faceMesh(skeleton);
  return mesh && profiled(mesh, profile);
}

function profiled(mesh: PlanMesh, profile: Profile): Roof {
  const deepest = Math.max(...mesh.depth);
  for (const [where] of profile.slice(1, -1)) cut(mesh, (i) => mesh.depth[i] - where * deepest);
  return { mesh, heights: mesh.depth.map((depth) => heightAt(profile, depth / deepest)), floor: mesh.triangles };
}

/** Ridges that follow an outline around its corners, a gable at every end. */
function manyGables(plan: Plan): Roof | undefined {
  const skeleton = plan.rings.length === 1 ? skeletonOf(plan.rings[0]) : undefined;
  if (!skeleton || withGables(skeleton) === 0) return undefined;
  const mesh = faceMesh(skeleton);
  return mesh && profiled(mesh, inwardProfiles.hipped!);
}

/** The outline drawn together towards its middle; undefined where the middle does not see every edge. */
function turnedRoof({ rings }: Plan, profile: Profile): Roof | undefined {
  if (rings.length > 1) return undefined;
  const [ring] = rings;
  const n = ring.length / 2;
  const [mx, my] = middleOf(ring);
  const x: number[] = [];
  const y: number[] = [];
  const heights: number[] = [];
  for (const [radius, height] of profile.slice(0, -1))
    for (let i = 0; i < n; i++) {
      x.push(mx + (ring[i * 2] - mx) * radius);
      y.push(my + (ring[i * 2 + 1] - my) * radius);
      heights.push(height);
    }
  const apex = x.length;
  x.push(mx);
  y.push(my);
  heights.push(1);
  const [triangles, floor]: number[][] = [[], []];
  for (let i = 0; i < n; i++) {
    const j = (i + 1) % n;
    // A middle that lies on an edge's line, or beyond it, makes a roof of no slope there.
    const edge = Math.hypot(x[j] - x[i], y[j] - y[i]);
    if (cross(x, y, i, j, apex) < 0.05 * edge) return undefined;
    floor.push(i, j, apex);
    for (let k = 0; k + 2 < profile.length; k++) triangles.push(k * n + i, k * n + j, (k + 1) * n + j, k * n + i, (k + 1) * n + j, (k + 1) * n + i);
    const last = (profile.length - 2) * n;
    triangles.push(last + i, last + j, apex);
  }
  return { mesh: { x, y, depth: x.map(() => 0), triangles }, heights, floor };
}

/** Centre of the area. */
function middleOf(ring: Float64Array): [number, number] {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const weight = ring[j] * ring[i + 1] - ring[i] * ring[j + 1];
    sum += weight;
    x += (ring[j] + ring[i]) * weight;
    y += (ring[j + 1] + ring[i + 1]) * weight;
  }
  return [x / (3 * sum), y / (3 * sum)];
}
