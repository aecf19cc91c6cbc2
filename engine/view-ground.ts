import { fromEcef, toEcef, viewMatrix, invertRigid } from './geo/index.ts';
import type { View } from './backend.ts';

/** Points around the screen's edge, each side. */
const SIDE = 3;
/** Metres to which a view towards the horizon counts as seen: so many times the eye's height, within these. */
const FAR = { times: 15, least: 3000, most: 60_000 };
const EQUATOR = 6_378_137;
const POLE = 6_356_752.314;

/**
 * The ground that a view sees, [2n] longitude and latitude in degrees: its outline, each side of the screen by a few points. What lies towards the horizon is cut off at some
 * times the eye's height, for nothing can be made out there.
 */
export function groundSeen({ pose, frustum, width, height }: Pick<View, 'pose' | 'frustum' | 'width' | 'height'>): Float64Array {
  const toWorld = invertRigid(viewMatrix(pose));
  const eye = toEcef(pose.lon, pose.lat, pose.height, new Float64Array(3));
  const farthest = Math.min(FAR.most, Math.max(FAR.least, FAR.times * Math.abs(pose.height)));
  const tan = Math.tan((frustum.fov * Math.PI) / 360);
  const aspect = width / Math.max(1, height);
  const out: number[] = [];
  const direction = new Float64Array(3);
  const place = new Float64Array(3);
  for (const [x, y] of edge()) {
    const [right, up] = [(x + frustum.offset[0]) * tan * aspect, (y + frustum.offset[1]) * tan];
    const length = Math.hypot(right, up, 1);
    for (let k = 0; k < 3; k++) direction[k] = (toWorld[k] * right + toWorld[4 + k] * up - toWorld[8 + k]) / length;
    const hit = Math.min(toGround(eye, direction), farthest);
    fromEcef(eye[0] + hit * direction[0], eye[1] + hit * direction[1], eye[2] + hit * direction[2], place);
    out.push(place[0], place[1]);
  }
  return Float64Array.from(out);
}

/** The edge of the screen, −1 … 1, in order. */
function* edge(): Generator<[x: number, y: number]> {
  for (let k = 0; k < SIDE; k++) yield [-1 + (2 * k) / SIDE, -1];
  for (let k = 0; k < SIDE; k++) yield [1, -1 + (2 * k) / SIDE];
  for (let k = 0; k < SIDE; k++) yield [1 - (2 * k) / SIDE, 1];
  for (let k = 0; k < SIDE; k++) yield [-1, 1 - (2 * k) / SIDE];
}

/** Metres along a ray to the ellipsoid; Infinity where it passes by. */
function toGround(eye: Float64Array, direction: Float64Array): number {
  const scale = EQUATOR / POLE;
  const [ox, oy, oz] = [eye[0], eye[1], eye[2] * scale];
  const [dx, dy, dz] = [direction[0], direction[1], direction[2] * scale];
  const a = dx * dx + dy * dy + dz * dz;
  const b = ox * dx + oy * dy + oz * dz;
  const c = ox * ox + oy * oy + oz * oz - EQUATOR * EQUATOR;
  const root = b * b - a * c;
  if (root < 0 || b >= 0) return Infinity;
  return Math.max(0, (-b - Math.sqrt(root)) / a);
}
