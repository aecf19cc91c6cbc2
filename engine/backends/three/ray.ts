import { anchorMatrix, DEGREE, invertRigid, SEMI_MAJOR, SEMI_MINOR, transform, viewMatrix } from '#geo';
import type { View } from '../../backend.ts';

/** Where an eye is and where a pixel looks: earth-centred metres, unit direction. */
export interface Ray {
  readonly origin: Float64Array;
  readonly direction: Float64Array;
}

/** The ray through a pixel of a view (CSS pixels from the upper left). */
export function rayAt(view: View, x: number, y: number): Ray {
  const eyeToEarth = invertRigid(viewMatrix(view.pose));
  const tangent = Math.tan((view.frustum.fov * DEGREE) / 2);
  const [offsetX, offsetY] = view.frustum.offset;
  const right = ((x / view.width) * 2 - 1 + offsetX) * tangent * (view.width / view.height);
  const up = (1 - (y / view.height) * 2 + offsetY) * tangent;
  const far = transform(eyeToEarth, right, up, -1, new Float64Array(3));
  const origin = eyeToEarth.slice(12, 15);
  const direction = far.map((value, i) => value - origin[i]);
  const length = Math.hypot(...direction);
  return { origin, direction: direction.map((value) => value / length) };
}

/** First point of a ray on the ellipsoid raised by `height` metres, earth-centred; null where it looks past it. */
export function onEllipsoid({ origin, direction }: Ray, height = 0): Float64Array | null {
  const inverse = [1 / (SEMI_MAJOR + height), 1 / (SEMI_MAJOR + height), 1 / (SEMI_MINOR + height)];
  let a = 0;
  let b = 0;
  let c = -1;
  for (let i = 0; i < 3; i++) {
    const o = origin[i] * inverse[i];
    const d = direction[i] * inverse[i];
    a += d * d;
    b += o * d;
    c += o * o;
  }
  const root = b * b - a * c;
  if (root < 0) return null;
  const near = (-b - Math.sqrt(root)) / a;
  const distance = near > 0 ? near : (-b + Math.sqrt(root)) / a;
  // From below the ground only what is overhead is near: straight down lies the far side of the earth.
  if (distance <= 0 || (near <= 0 && (c > 0 || b < 0))) return null;
  return origin.map((value, i) => value + direction[i] * distance);
}

/** Earth-centred metres → metres east, north, up of a place. */
export function toLocal(lon: number, lat: number, height: number, point: Float64Array): Float64Array {
  return transform(invertRigid(anchorMatrix({ lon, lat, height })), point[0], point[1], point[2], new Float64Array(3));
}
