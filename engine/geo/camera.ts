import { anchorMatrix, invertRigid, multiply, type Anchor, type Matrix } from './place.ts';
import { DEGREE } from './ellipsoid.ts';

/** Where an eye is and where it looks. Degrees and metres; heading clockwise from north, pitch 0 level and −90 straight down. */
export interface Pose {
  lon: number;
  lat: number;
  /** Metres above the WGS 84 ellipsoid. */
  height: number;
  heading: number;
  pitch: number;
  roll: number;
}

/** Vertical field of view in degrees; `offset` moves the window in half-widths and half-heights (walls of several screens). */
export interface Frustum {
  fov: number;
  offset: readonly [number, number];
}

/** Earth-centred metres → eye space (x right, y up, −z forward), in doubles. */
export function viewMatrix(pose: Pose): Matrix {
  const frame = anchorMatrix({ lon: pose.lon, lat: pose.lat, height: pose.height });
  const heading = pose.heading * DEGREE;
  const pitch = pose.pitch * DEGREE;
  const roll = pose.roll * DEGREE;
  const sinH = Math.sin(heading);
  const cosH = Math.cos(heading);
  const sinP = Math.sin(pitch);
  const cosP = Math.cos(pitch);
  const forward = [sinH * cosP, cosH * cosP, sinP];
  const levelRight = [cosH, -sinH, 0];
  const levelUp = [-sinH * sinP, -cosH * sinP, cosP];
  const sinR = Math.sin(roll);
  const cosR = Math.cos(roll);
  const right = levelRight.map((value, i) => value * cosR - levelUp[i] * sinR);
  const up = levelUp.map((value, i) => value * cosR + levelRight[i] * sinR);
  // prettier-ignore
  const eyeToLocal = new Float64Array([
    right[0], right[1], right[2], 0,
    up[0], up[1], up[2], 0,
    -forward[0], -forward[1], -forward[2], 0,
    0, 0, 0, 1,
  ]);
  return invertRigid(multiply(frame, eyeToLocal));
}

/** Perspective projection; near and far only place the depth, x, y and w do not depend on them. */
export function projectionMatrix(frustum: Frustum, aspect: number, near = 1, far = 1e6): Matrix {
  const f = 1 / Math.tan((frustum.fov * DEGREE) / 2);
  const out = new Float64Array(16);
  out[0] = f / aspect;
  out[5] = f;
  out[8] = frustum.offset[0];
  out[9] = frustum.offset[1];
  out[10] = (far + near) / (near - far);
  out[11] = -1;
  out[14] = (2 * far * near) / (near - far);
  return out;
}

/** Metres of an anchor → clip space of a view `width` × `height` pixels. What picks and labels project with, the same whichever backend draws. */
export function clipMatrix(anchor: Anchor, pose: Pose, frustum: Frustum, width: number, height: number): Matrix {
  return multiply(projectionMatrix(frustum, width / height), multiply(viewMatrix(pose), anchorMatrix(anchor)));
}

/**
 * A point in metres of the matrix's anchor → pixels from the upper left; `out` gets x, y and the depth along the view in metres.
 * Behind the eye the depth is ≤ 0 and x, y mean nothing.
 */
export function project(m: Matrix, width: number, height: number, x: number, y: number, z: number, out: Float64Array): Float64Array {
  const w = m[3] * x + m[7] * y + m[11] * z + m[15];
  out[0] = ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w / 2 + 0.5) * width;
  out[1] = (0.5 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w / 2) * height;
  out[2] = w;
  return out;
}
