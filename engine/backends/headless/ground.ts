import { DEGREE, SEMI_MAJOR, SEMI_MINOR, fromEcef, invertRigid, viewMatrix, type Frustum, type Pose } from '#geo';

/**
 * Where the ray through a pixel meets the bare ellipsoid.
 * @returns lon, lat in degrees and height 0, or null for the sky
 */
export function ellipsoidAt(pose: Pose, frustum: Frustum, size: { width: number; height: number }, x: number, y: number): [number, number, number] | null {
  const tangent = Math.tan((frustum.fov * DEGREE) / 2);
  const right = ((2 * x) / size.width - 1 + frustum.offset[0]) * tangent * (size.width / size.height);
  const up = (1 - (2 * y) / size.height + frustum.offset[1]) * tangent;
  const m = invertRigid(viewMatrix(pose));
  const direction = [0, 1, 2].map((row) => m[row] * right + m[row + 4] * up - m[row + 8]);
  // Squeezed so that the ellipsoid is a unit sphere.
  const scale = [SEMI_MAJOR, SEMI_MAJOR, SEMI_MINOR];
  const p = scale.map((axis, i) => m[12 + i] / axis);
  const d = direction.map((value, i) => value / scale[i]);
  const a = d[0] ** 2 + d[1] ** 2 + d[2] ** 2;
  const b = p[0] * d[0] + p[1] * d[1] + p[2] * d[2];
  const c = p[0] ** 2 + p[1] ** 2 + p[2] ** 2 - 1;
  const root = b * b - a * c;
  if (root < 0) return null;
  const distance = (-b - Math.sqrt(root)) / a;
  if (distance <= 0) return null;
  const [lon, lat] = fromEcef(m[12] + direction[0] * distance, m[13] + direction[1] * distance, m[14] + direction[2] * distance, [0, 0, 0]);
  return [lon, lat, 0];
}
