/** A ring as its corners, lon and lat in turn, without the closing corner. */
export type Ring = Float64Array;

/** Corners nearer than this (degrees, some 0.1 mm) are one. */
const SAME = 1e-9;
/** Square metres under which an outline is nothing. */
export const LEAST_AREA = 0.5;
/** A city holds no building of more than a square kilometre; a district's border is no outline. */
export const GREATEST_AREA = 1e6;
export const MOST_CORNERS = 10_000;

export type RingFault = 'coordinates are missing or no numbers' | 'coordinates are outside the degrees of the earth' | 'fewer than three corners' | 'outline without area' | 'outline crosses itself' | 'more than 10,000 corners';

/** Takes a GeoJSON ring apart: repeated and closing corners go, spikes of no width go. */
export function cleanRing(positions: unknown): Ring | RingFault {
  if (!Array.isArray(positions)) return 'coordinates are missing or no numbers';
  const flat = new Float64Array(positions.length * 2);
  let n = 0;
  for (const position of positions as unknown[]) {
    const lon = Array.isArray(position) ? (position[0] as number) : Number.NaN;
    const lat = Array.isArray(position) ? (position[1] as number) : Number.NaN;
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return 'coordinates are missing or no numbers';
    if (Math.abs(lon) > 180 || Math.abs(lat) > 90) return 'coordinates are outside the degrees of the earth';
    if (n > 0 && same(flat[n - 2], flat[n - 1], lon, lat)) continue;
    // A corner that goes straight back to where the line came from is a spike.
    if (n > 2 && same(flat[n - 4], flat[n - 3], lon, lat)) {
      n -= 2;
      continue;
    }
    flat[n++] = lon;
    flat[n++] = lat;
  }
  while (n >= 4 && same(flat[0], flat[1], flat[n - 2], flat[n - 1])) n -= 2;
  if (n < 6) return 'fewer than three corners';
  if (n > 2 * MOST_CORNERS) return 'more than 10,000 corners';
  return flat.subarray(0, n);
}

function same(ax: number, ay: number, bx: number, by: number): boolean {
  return Math.abs(ax - bx) < SAME && Math.abs(ay - by) < SAME;
}

/** Twice the signed area in the ring's own units; positive = counter-clockwise. */
export function doubleArea(ring: ArrayLike<number>): number {
  let sum = 0;
  const n = ring.length;
  // Relative to the first corner: degrees have few digits left for a house.
  for (let i = 0, j = n - 2; i < n; j = i, i += 2) sum += (ring[j] - ring[0]) * (ring[i + 1] - ring[1]) - (ring[i] - ring[0]) * (ring[j + 1] - ring[1]);
  return sum;
}

/** Area in square metres, good to a few per mille: enough to tell a house from nothing and from a district. */
export function squareMetres(ring: ArrayLike<number>): number {
  const lat = (ring[1] * Math.PI) / 180;
  const sine2 = Math.sin(lat) ** 2;
  const meridian = (6335439 / (1 - 0.00669438 * sine2) ** 1.5) * (Math.PI / 180);
  const parallel = (6378137 / Math.sqrt(1 - 0.00669438 * sine2)) * Math.cos(lat) * (Math.PI / 180);
  return Math.abs(doubleArea(ring) / 2) * meridian * parallel;
}

/** The ring in the wanted turn: outer rings counter-clockwise, holes clockwise (RFC 7946 §3.1.6). */
export function turned(ring: Ring, counterClockwise: boolean): Ring {
  if (doubleArea(ring) > 0 === counterClockwise) return ring;
  const out = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    out[i] = ring[ring.length - 2 - i];
    out[i + 1] = ring[ring.length - 1 - i];
  }
  return out;
}

/** Whether two edges that are no neighbours cross properly. Long rings are sorted by west end, so that they stay near n·log n. */
export function crossesItself(ring: Ring): boolean {
  const n = ring.length / 2;
  if (n <= 24) return crossesAnywhere(ring, n);
  const order = Array.from({ length: n }, (_, i) => i).toSorted((a, b) => west(ring, a, n) - west(ring, b, n));
  for (let i = 0; i < n; i++) {
    const a = order[i];
    const a2 = (a + 1) % n;
    const east = Math.max(ring[a * 2], ring[a2 * 2]);
    for (let j = i + 1; j < n; j++) {
      const b = order[j];
      if (west(ring, b, n) > east) break;
      const b2 = (b + 1) % n;
      if (a === b2 || b === a2) continue;
      if (cross(ring, a, a2, b, b2)) return true;
    }
  }
  return false;
}

/** Every pair: for the few corners of a house quicker than any order. */
function crossesAnywhere(ring: Ring, n: number): boolean {
  for (let a = 0; a < n - 2; a++) {
    const last = a === 0 ? n - 1 : n;
    for (let b = a + 2; b < last; b++) if (cross(ring, a, a + 1, b, b + 1 === n ? 0 : b + 1)) return true;
  }
  return false;
}

function west(ring: Ring, edge: number, n: number): number {
  return Math.min(ring[edge * 2], ring[((edge + 1) % n) * 2]);
}

function cross(ring: Ring, a: number, b: number, c: number, d: number): boolean {
  return side(ring, a, b, c) * side(ring, a, b, d) < 0 && side(ring, c, d, a) * side(ring, c, d, b) < 0;
}

/** −1, 0 or 1: on which side of a→b the corner p lies; nearer than about 1 mm² of area counts as on it. */
function side(ring: Ring, a: number, b: number, p: number): number {
  const value = (ring[b * 2] - ring[a * 2]) * (ring[p * 2 + 1] - ring[a * 2 + 1]) - (ring[b * 2 + 1] - ring[a * 2 + 1]) * (ring[p * 2] - ring[a * 2]);
  return Math.abs(value) < 1e-16 ? 0 : Math.sign(value);
}

export function insideRing(ring: ArrayLike<number>, lon: number, lat: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    if (ring[i + 1] > lat !== ring[j + 1] > lat && lon < ((ring[j] - ring[i]) * (lat - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) inside = !inside;
  return inside;
}
