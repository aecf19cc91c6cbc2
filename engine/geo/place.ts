import { DEGREE, fromEcef, toEcef, type NumberArray } from './ellipsoid.ts';

/** A point of reference: longitude and latitude in degrees, height in metres above the WGS 84 ellipsoid. */
export interface Anchor {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
}

/** A 4 × 4 matrix in doubles, column-major as OpenGL has it. */
export type Matrix = Float64Array;

/** The frame of an anchor: metres east, north, up → earth-centred metres. Kept in doubles; never uploaded as such. */
export function anchorMatrix(anchor: Anchor): Matrix {
  const lon = anchor.lon * DEGREE;
  const lat = anchor.lat * DEGREE;
  const sinLon = Math.sin(lon);
  const cosLon = Math.cos(lon);
  const sinLat = Math.sin(lat);
  const cosLat = Math.cos(lat);
  const origin = toEcef(anchor.lon, anchor.lat, anchor.height, new Float64Array(3));
  // prettier-ignore
  return new Float64Array([
    -sinLon, cosLon, 0, 0,
    -sinLat * cosLon, -sinLat * sinLon, cosLat, 0,
    cosLat * cosLon, cosLat * sinLon, sinLat, 0,
    origin[0], origin[1], origin[2], 1,
  ]);
}

/** Inverse of a rigid matrix (rotation and translation only). */
export function invertRigid(m: Matrix): Matrix {
  const out = new Float64Array(16);
  for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) out[column * 4 + row] = m[row * 4 + column];
  for (let row = 0; row < 3; row++) out[12 + row] = -(out[row] * m[12] + out[4 + row] * m[13] + out[8 + row] * m[14]);
  out[15] = 1;
  return out;
}

/** a · b, column-major. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const out = new Float64Array(16);
  for (let column = 0; column < 4; column++)
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[k * 4 + row] * b[column * 4 + k];
      out[column * 4 + row] = sum;
    }
  return out;
}

/** Applies a matrix to a point (w = 1, no division); `out` gets x, y, z. */
export function transform<T extends NumberArray>(m: Matrix, x: number, y: number, z: number, out: T, offset = 0): T {
  out[offset] = m[0] * x + m[4] * y + m[8] * z + m[12];
  out[offset + 1] = m[1] * x + m[5] * y + m[9] * z + m[13];
  out[offset + 2] = m[2] * x + m[6] * y + m[10] * z + m[14];
  return out;
}

/** What turns many places into metres of one anchor: made once an anchor, used a million times. */
export interface Placer {
  readonly anchor: Anchor;
  /** lon, lat in degrees, height in metres → metres east, north, up of the anchor, into `out` at `offset`. */
  place<T extends NumberArray>(lon: number, lat: number, height: number, out: T, offset?: number): T;
  /** The same place at two heights, `low` into `out` at `offset`, `high` at `other`: cheaper than twice {@link Placer.place}. */
  upright<T extends NumberArray>(lon: number, lat: number, heights: readonly [low: number, high: number], out: T, offset: number, other: number): void;
  /** Metres east, north, up of the anchor → lon, lat, height. */
  unplace<T extends NumberArray>(east: number, north: number, up: number, out: T, offset?: number): T;
}

/** The only way into and out of a batch's metres: through earth-centred coordinates, never by metres per degree. */
export function placer(anchor: Anchor): Placer {
  const toWorld = anchorMatrix(anchor);
  const toLocal = invertRigid(toWorld);
  const scratch = new Float64Array(3);
  return {
    anchor,
    place(lon, lat, height, out, offset = 0) {
      toEcef(lon, lat, height, scratch);
      return transform(toLocal, scratch[0], scratch[1], scratch[2], out, offset);
    },
    upright(lon, lat, [low, high], out, offset, other) {
      toEcef(lon, lat, low, scratch);
      transform(toLocal, scratch[0], scratch[1], scratch[2], out, offset);
      // The normal of the ellipsoid, as this frame sees it.
      const [l, p] = [lon * DEGREE, lat * DEGREE];
      const cosine = Math.cos(p);
      const [x, y, z] = [cosine * Math.cos(l), cosine * Math.sin(l), Math.sin(p)];
      const rise = high - low;
      for (let k = 0; k < 3; k++) out[other + k] = out[offset + k] + rise * (toLocal[k] * x + toLocal[4 + k] * y + toLocal[8 + k] * z);
    },
    unplace(east, north, up, out, offset = 0) {
      transform(toWorld, east, north, up, scratch);
      return fromEcef(scratch[0], scratch[1], scratch[2], out, offset);
    },
  };
}

/** One place in metres east, north, up of an anchor; for many, keep a {@link placer}. */
export function place<T extends NumberArray>(anchor: Anchor, lon: number, lat: number, height: number, out: T, offset = 0): T {
  return placer(anchor).place(lon, lat, height, out, offset);
}
