import { DEGREE, fromEcef, SEMI_MAJOR, toEcef, transform, type Matrix } from '#geo';

/** A bounding volume in earth-centred metres; of a region the angles are degrees. */
export type Bounds = BoxBounds | { readonly kind: 'sphere'; readonly center: readonly number[]; readonly radius: number } | { readonly kind: 'region'; readonly region: readonly number[] };

interface BoxBounds {
  readonly kind: 'box';
  readonly center: readonly number[];
  /** Unit vectors and half lengths of the three axes. */
  readonly axes: readonly (readonly number[])[];
  readonly half: readonly number[];
  /** World to multiples of the unit vectors: [9], row by row. */
  readonly inverse: readonly number[];
}

export interface VolumeJson {
  readonly box?: readonly number[];
  readonly region?: readonly number[];
  readonly sphere?: readonly number[];
}

/** @param matrix of the tile's frame; regions are not moved by it. @returns undefined for a volume of another kind */
export function boundsOf(volume: VolumeJson | undefined, matrix: Matrix): Bounds | undefined {
  if (volume?.box) return boxOf(volume.box, matrix);
  if (volume?.region) return { kind: 'region', region: volume.region.map((value, k) => (k < 4 ? value / DEGREE : value)) };
  if (!volume?.sphere) return undefined;
  const [x, y, z, radius] = volume.sphere;
  const scale = Math.max(...[0, 4, 8].map((column) => Math.hypot(matrix[column], matrix[column + 1], matrix[column + 2])));
  return { kind: 'sphere', center: transform(matrix, x, y, z, [0, 0, 0]), radius: radius * scale };
}

function boxOf(box: readonly number[], m: Matrix): BoxBounds {
  const center = transform(m, box[0], box[1], box[2], [0, 0, 0]);
  const world = [3, 6, 9].map((k) => [0, 1, 2].map((row) => m[row] * box[k] + m[4 + row] * box[k + 1] + m[8 + row] * box[k + 2]));
  const half = world.map((axis) => Math.hypot(...axis));
  const axes = world.map((axis, k) => (half[k] > 0 ? axis.map((value) => value / half[k]) : [Number.NaN]));
  // A box without a thickness on some axis: any direction across the others will do.
  for (let k = 0; k < 3; k++) if (Number.isNaN(axes[k][0])) axes[k] = across(axes[(k + 1) % 3], axes[(k + 2) % 3]);
  return { kind: 'box', center, axes, half, inverse: inverted(axes) };
}

function across(a: readonly number[], b: readonly number[]): number[] {
  const usable = [a, b].filter((axis) => !Number.isNaN(axis[0]));
  if (usable.length < 2) {
    const one = usable[0] ?? [0, 0, 1];
    return normalised(cross(one, Math.abs(one[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]));
  }
  return normalised(cross(a, b));
}

function cross(a: readonly number[], b: readonly number[]): number[] {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function normalised(a: readonly number[]): number[] {
  const length = Math.hypot(...a) || 1;
  return a.map((value) => value / length);
}

/** Inverse of the matrix whose columns are three vectors. */
function inverted([a, b, c]: readonly (readonly number[])[]): number[] {
  const determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1]);
  return [...cross(b, c), ...cross(c, a), ...cross(a, b)].map((value) => value / determinant);
}

/** How far, in metres, the furthest of some points stands outside; NaN where a point is none. @param points [n × 3] @param m their frame → earth-centred metres */
export function beyond(bounds: Bounds, points: Float64Array, m: Matrix): number {
  let most = 0;
  for (let i = 0; i < points.length; i += 3) {
    const [x, y, z] = [points[i], points[i + 1], points[i + 2]];
    const out = outside(bounds, m[0] * x + m[4] * y + m[8] * z + m[12], m[1] * x + m[5] * y + m[9] * z + m[13], m[2] * x + m[6] * y + m[10] * z + m[14]);
    if (!(out <= most)) most = out;
    if (Number.isNaN(most)) return most;
  }
  return most;
}

const place = [0, 0, 0];

function outside(bounds: Bounds, x: number, y: number, z: number): number {
  if (bounds.kind === 'sphere') return Math.hypot(x - bounds.center[0], y - bounds.center[1], z - bounds.center[2]) - bounds.radius;
  if (bounds.kind === 'box') {
    const { center, half, inverse } = bounds;
    const [dx, dy, dz] = [x - center[0], y - center[1], z - center[2]];
    let most = -Infinity;
    for (let k = 0; k < 3; k++) {
      const out = Math.abs(inverse[k * 3] * dx + inverse[k * 3 + 1] * dy + inverse[k * 3 + 2] * dz) - half[k];
      if (!(out <= most)) most = out;
    }
    return most;
  }
  fromEcef(x, y, z, place);
  const [west, south, east, north, low, high] = bounds.region;
  const metre = DEGREE * SEMI_MAJOR;
  const [lon, lat, height] = place;
  const width = east >= west ? east - west : east - west + 360;
  const turn = (((lon - west - width / 2) % 360) + 540) % 360 - 180;
  return Math.max((Math.abs(turn) - width / 2) * metre * Math.cos(lat * DEGREE), (lat - north) * metre, (south - lat) * metre, low - height, height - high);
}

/** How far the volume of a child stands outside that of its parent, metres. Curved volumes are looked at by points on them. */
export function childBeyond(parent: Bounds, child: Bounds): number {
  if (parent.kind === 'region' && child.kind === 'region') return regionBeyond(parent.region, child.region);
  if (child.kind === 'sphere') {
    if (parent.kind === 'region') return Math.max(...pointsOn(child).map((point) => outside(parent, point[0], point[1], point[2])));
    return outside(parent, child.center[0], child.center[1], child.center[2]) + child.radius;
  }
  return Math.max(...pointsOn(child).map((point) => outside(parent, point[0], point[1], point[2])));
}

function regionBeyond(parent: readonly number[], child: readonly number[]): number {
  const metre = DEGREE * SEMI_MAJOR;
  const widest = Math.cos(Math.min(Math.abs(child[1]), Math.abs(child[3])) * DEGREE) * metre;
  const sides = parent[2] >= parent[0] && child[2] >= child[0] ? [(parent[0] - child[0]) * widest, (child[2] - parent[2]) * widest] : [];
  return Math.max(...sides, (parent[1] - child[1]) * metre, (child[3] - parent[3]) * metre, parent[4] - child[4], child[5] - parent[5]);
}

const STEPS = [-1, 0, 1];

function pointsOn(bounds: Bounds): number[][] {
  if (bounds.kind === 'box') return STEPS.flatMap((a) => STEPS.flatMap((b) => STEPS.map((c) => [0, 1, 2].map((row) => bounds.center[row] + bounds.axes.reduce((sum, axis, k) => sum + axis[row] * bounds.half[k] * [a, b, c][k], 0)))));
  if (bounds.kind === 'sphere') return STEPS.flatMap((a) => STEPS.flatMap((b) => STEPS.map((c) => normalised([a, b, c]).map((value, row) => bounds.center[row] + value * bounds.radius))));
  const [west, south, east, north, low, high] = bounds.region;
  const width = east >= west ? east - west : east - west + 360;
  return [0, 0.25, 0.5, 0.75, 1].flatMap((a) => [0, 0.25, 0.5, 0.75, 1].flatMap((b) => [low, high].map((height) => toEcef(west + width * a, south + (north - south) * b, height, [0, 0, 0]))));
}

/** Metres across, about: what a tolerance may be measured by. */
export function sizeOf(bounds: Bounds): number {
  if (bounds.kind === 'sphere') return bounds.radius * 2;
  if (bounds.kind === 'box') return 2 * Math.hypot(...bounds.half);
  const [west, south, east, north, low, high] = bounds.region;
  const metre = DEGREE * SEMI_MAJOR;
  return Math.hypot((north - south) * metre, ((east - west + 360) % 360) * metre * Math.cos(((north + south) / 2) * DEGREE), high - low);
}
