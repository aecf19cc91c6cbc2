import { DEGREE } from './ellipsoid.ts';

/** A transverse Mercator projection: Gauss–Krüger zones, UTM, national grids. */
export interface TransverseMercator {
  /** Semi-major axis, metres. */
  readonly axis: number;
  readonly flattening: number;
  /** Degrees. */
  readonly meridian: number;
  /** Degrees; 0 for Gauss–Krüger and UTM. */
  readonly latitude: number;
  /** Scale on the meridian: 1 for Gauss–Krüger, 0.9996 for UTM. */
  readonly scale: number;
  /** Metres. */
  readonly falseEasting: number;
  readonly falseNorthing: number;
}

/** Changes `count` pairs in place; each stands at a multiple of `stride`, what lies between is left alone. */
export type PairwiseInto = (pairs: Float64Array, count: number, stride?: number) => void;

/** Third flattening powers n¹…n⁶ times these, row by row: Krüger's series. @source Karney 2011, Transverse Mercator with an accuracy of a few nanometers, eq. 35, 36; Krüger 1912 */
const ALPHA = [
  [1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800],
  [13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360],
  [61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440],
  [49561 / 161280, -179 / 168, 6601661 / 7257600],
  [34729 / 80640, -3418889 / 1995840],
  [212378941 / 319334400],
] as const;
const BETA = [
  [1 / 2, -2 / 3, 37 / 96, -1 / 360, -81 / 512, 96199 / 604800],
  [1 / 48, 1 / 15, -437 / 1440, 46 / 105, -1118711 / 3870720],
  [17 / 480, -37 / 840, -209 / 4480, 5569 / 90720],
  [4397 / 161280, -11 / 504, -830251 / 7257600],
  [4583 / 161280, -108847 / 3991680],
  [20648693 / 638668800],
] as const;
/** Geographic minus conformal latitude, as sines of multiples of the conformal one. @source Karney 2023, On auxiliary latitudes, table of C_φχ */
const DELTA = [
  [2, -2 / 3, -2, 116 / 45, 26 / 45, -2854 / 675],
  [7 / 3, -8 / 5, -227 / 45, 2704 / 315, 2323 / 945],
  [56 / 15, -136 / 35, -1262 / 105, 73814 / 2835],
  [4279 / 630, -332 / 35, -399572 / 14175],
  [4174 / 315, -144838 / 6237],
  [601676 / 22275],
] as const;

/** Further from the meridian than this (some 80° on the equator) the series is of no use. */
const FARTHEST = 2.6;

function powers(rows: readonly (readonly number[])[], n: number): readonly number[] {
  return rows.map((row, first) => row.reduce((sum, factor, i) => sum + factor * n ** (first + 1 + i), 0));
}

/**
 * The two ways of a transverse Mercator projection by Krüger's series of order 6 (nanometres within 35° of the meridian):
 * metres east, north → lon, lat in degrees, and back. Both are on the projection's own ellipsoid: no datum is changed.
 * What lies nowhere (no number, too far off) becomes NaN, NaN.
 */
export function transverseMercator(given: TransverseMercator): { toDegrees: PairwiseInto; toMetres: PairwiseInto } {
  const n = given.flattening / (2 - given.flattening);
  const series = { alpha: powers(ALPHA, n), beta: powers(BETA, n), delta: powers(DELTA, n) };
  const radius = ((given.axis * given.scale) / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64 + n ** 6 / 256);
  const eccentricity = Math.sqrt(given.flattening * (2 - given.flattening));
  const origin = new Float64Array([given.meridian, given.latitude]);
  const bare = { ...series, eccentricity, radius, meridian: given.meridian, east: 0, north: 0 };
  forward(origin, 1, 2, bare);
  const own = { ...bare, east: given.falseEasting, north: given.falseNorthing - origin[1] };
  return { toDegrees: (pairs, count, stride = 2) => inverse(pairs, count, stride, own), toMetres: (pairs, count, stride = 2) => forward(pairs, count, stride, own) };
}

interface Own {
  readonly alpha: readonly number[];
  readonly beta: readonly number[];
  readonly delta: readonly number[];
  readonly eccentricity: number;
  readonly radius: number;
  readonly meridian: number;
  readonly east: number;
  readonly north: number;
}

/** Σ cₖ sin 2kζ for ζ = x + iy by Clenshaw's sum, written out; the real part goes to sum[0], the imaginary one to sum[1]. */
function waves(c: readonly number[], sin: number, cos: number, sinh: number, cosh: number, sum: Float64Array): void {
  const re = 2 * cos * cosh;
  const im = -2 * sin * sinh;
  const r5 = re * c[5] + c[4];
  const i5 = im * c[5];
  const r4 = re * r5 - im * i5 - c[5] + c[3];
  const i4 = re * i5 + im * r5;
  const r3 = re * r4 - im * i4 - r5 + c[2];
  const i3 = re * i4 + im * r4 - i5;
  const r2 = re * r3 - im * i3 - r4 + c[1];
  const i2 = re * i3 + im * r3 - i4;
  const r1 = re * r2 - im * i2 - r3 + c[0];
  const i1 = re * i2 + im * r2 - i3;
  sum[0] = sin * cosh * r1 - cos * sinh * i1;
  sum[1] = sin * cosh * i1 + cos * sinh * r1;
}

function inverse(pairs: Float64Array, count: number, stride: number, { beta, delta, radius, meridian, east, north }: Own): void {
  const [d1, d2, d3, d4, d5, d6] = delta;
  const sum = new Float64Array(2);
  for (let i = 0, at = 0; i < count; i++, at += stride) {
    const eta = (pairs[at] - east) / radius;
    const xi = (pairs[at + 1] - north) / radius;
    if (!(Math.abs(eta) < FARTHEST && Math.abs(xi) < FARTHEST)) {
      pairs[at] = pairs[at + 1] = Number.NaN;
      continue;
    }
    const sin = Math.sin(xi);
    const cos = Math.cos(xi);
    const grown = Math.exp(eta);
    const sinh = (grown - 1 / grown) / 2;
    const cosh = (grown + 1 / grown) / 2;
    waves(beta, 2 * sin * cos, (cos - sin) * (cos + sin), 2 * sinh * cosh, sinh * sinh + cosh * cosh, sum);
    // The corrections are small: their sines and exponentials are a few terms, and a third of the time is saved.
    const x = sum[0];
    const y = sum[1];
    const sx = x * (1 - ((x * x) / 6) * (1 - (x * x) / 20));
    const cx = 1 - ((x * x) / 2) * (1 - ((x * x) / 12) * (1 - (x * x) / 30));
    const sy = y * (1 + ((y * y) / 6) * (1 + (y * y) / 20));
    const cy = 1 + ((y * y) / 2) * (1 + ((y * y) / 12) * (1 + (y * y) / 30));
    const side = sinh * cy - cosh * sy;
    const ahead = cos * cx + sin * sx;
    const up = sin * cx - cos * sx;
    const level = Math.sqrt(side * side + ahead * ahead);
    // Sine and cosine of twice the conformal latitude, whose tangent is up / level.
    const all = level * level + up * up;
    const s = (2 * up * level) / all;
    const t = (2 * (level - up) * (level + up)) / all;
    const c5 = t * d6 + d5;
    const c4 = t * c5 - d6 + d4;
    const c3 = t * c4 - c5 + d3;
    const c2 = t * c3 - c4 + d2;
    const lon = meridian + Math.atan2(side, ahead) / DEGREE;
    pairs[at] = lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
    pairs[at + 1] = (Math.atan(up / level) + s * (t * c2 - c3 + d1)) / DEGREE;
  }
}

function forward(pairs: Float64Array, count: number, stride: number, { alpha, eccentricity, radius, meridian, east, north }: Own): void {
  const sum = new Float64Array(2);
  for (let i = 0, at = 0; i < count; i++, at += stride) {
    const away = pairs[at] - meridian;
    const turn = away > 180 ? away - 360 : away < -180 ? away + 360 : away;
    const lat = pairs[at + 1];
    if (!(Math.abs(lat) <= 90 && Math.abs(turn) <= 180)) {
      pairs[at] = pairs[at + 1] = Number.NaN;
      continue;
    }
    const sine = Math.sin(lat * DEGREE);
    const cosine = Math.cos(lat * DEGREE);
    // The conformal latitude's tangent is τ √(1 + σ²) − σ √(1 + τ²); here both sides are times cos φ. @source Karney 2011, eq. 7–9
    const sigma = Math.sinh(eccentricity * Math.atanh(eccentricity * sine));
    const up = sine * Math.sqrt(1 + sigma * sigma) - sigma;
    const ahead = cosine * Math.cos(turn * DEGREE);
    const side = cosine * Math.sin(turn * DEGREE);
    const level = Math.sqrt(up * up + ahead * ahead);
    const x = Math.atan2(up, ahead);
    const y = Math.asinh(side / level);
    const sin = up / level;
    const cos = ahead / level;
    const sinh = side / level;
    const cosh = Math.sqrt(1 + sinh * sinh);
    waves(alpha, 2 * sin * cos, (cos - sin) * (cos + sin), 2 * sinh * cosh, sinh * sinh + cosh * cosh, sum);
    const near = Math.abs(y) < FARTHEST;
    pairs[at] = near ? east + radius * (y + sum[1]) : Number.NaN;
    pairs[at + 1] = near ? north + radius * (x + sum[0]) : Number.NaN;
  }
}
