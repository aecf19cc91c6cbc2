/** A closed ring of [lon, lat] in degrees. */
export type CapRing = readonly (readonly [number, number])[];

/** What an area's text gives: the ring, anticlockwise and closed, and what had to be mended. */
export interface CapShape {
  readonly ring: CapRing;
  readonly mended: readonly ('open' | 'clockwise' | 'stray-comma' | 'swapped')[];
}

/** Metres of the mean sphere; circles of warnings are not surveyed. */
const SPHERE = 6_371_008.8;
const CORNERS = 64;

/** Twice the area, positive where the ring runs anticlockwise. */
function turn(ring: CapRing): number {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  return sum;
}

function crosses(a: readonly [number, number], b: readonly [number, number], c: readonly [number, number], d: readonly [number, number]): boolean {
  const side = (p: readonly [number, number], q: readonly [number, number], r: readonly [number, number]): number => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Whether two sides of a ring cross; rings of many corners are believed. */
export function crossesItself(ring: CapRing): boolean {
  const sides = ring.length - 1;
  if (sides > 2000) return false;
  for (let i = 0; i < sides; i++) for (let j = i + 2; j < sides; j++) if (!(i === 0 && j === sides - 1) && crosses(ring[i], ring[i + 1], ring[j], ring[j + 1])) return true;
  return false;
}

/**
 * A `<polygon>`: pairs "lat,lon" parted by blanks, at least four, the last one the first. Rings that are open or run clockwise are mended, and said to be; a latitude over 90
 * with a longitude that could be one is taken for a swapped pair, of the whole ring or of none.
 * @returns a sentence where it is no ring @source OASIS CAP 1.2 §3.2.4
 */
export function capPolygon(text: string): CapShape | string {
  const mended: CapShape['mended'][number][] = [];
  const words = text.trim().split(/\s+/u).filter((word) => word !== '');
  const pairs: [number, number][] = [];
  for (const word of words) {
    const tidy = word.replace(/,$/u, '');
    if (tidy !== word && !mended.includes('stray-comma')) mended.push('stray-comma');
    const match = /^([+-]?\d+(?:\.\d+)?),([+-]?\d+(?:\.\d+)?)$/u.exec(tidy);
    if (!match) return `“${word.slice(0, 40)}” is no pair of latitude and longitude.`;
    pairs.push([Number(match[2]), Number(match[1])]);
  }
  let ring: [number, number][] = pairs;
  if (pairs.some(([, lat]) => Math.abs(lat) > 90)) {
    if (!pairs.every(([lon, lat]) => Math.abs(lon) <= 90 && Math.abs(lat) <= 180)) return 'a corner is not on Earth.';
    ring = pairs.map(([lon, lat]) => [lat, lon]);
    mended.push('swapped');
  }
  if (ring.some(([lon, lat]) => Math.abs(lon) > 180 || Math.abs(lat) > 90)) return 'a corner is not on Earth.';
  const [first, last] = [ring[0], ring.at(-1)];
  if (first && last && (first[0] !== last[0] || first[1] !== last[1])) {
    ring = [...ring, first];
    mended.push('open');
  }
  if (ring.length < 4) return 'it has fewer than three corners.';
  if (turn(ring) < 0) {
    ring = ring.toReversed();
    mended.push('clockwise');
  }
  return { ring, mended };
}

/** A `<circle>`: "lat,lon radius", kilometres. `radius` in metres; 0 is a place. @returns a sentence where it is none */
export function capCircle(text: string): { readonly lon: number; readonly lat: number; readonly radius: number } | string {
  const match = /^([+-]?\d+(?:\.\d+)?),([+-]?\d+(?:\.\d+)?)\s+(\d+(?:\.\d+)?)$/u.exec(text.trim());
  if (!match) return `“${text.slice(0, 40)}” is no circle (lat,lon radius).`;
  const [lat, lon, radius] = [Number(match[1]), Number(match[2]), Number(match[3]) * 1000];
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return 'its middle is not on Earth.';
  return { lon, lat, radius };
}

/** The corners of a circle on the mean sphere, anticlockwise and closed. */
export function circleRing(lon: number, lat: number, radius: number): CapRing {
  const toRadians = Math.PI / 180;
  const [arc, phi] = [radius / SPHERE, lat * toRadians];
  const ring: [number, number][] = [];
  for (let k = 0; k < CORNERS; k++) {
    const bearing = (-2 * Math.PI * k) / CORNERS;
    const there = Math.asin(Math.sin(phi) * Math.cos(arc) + Math.cos(phi) * Math.sin(arc) * Math.cos(bearing));
    const east = Math.atan2(Math.sin(bearing) * Math.sin(arc) * Math.cos(phi), Math.cos(arc) - Math.sin(phi) * Math.sin(there));
    ring.push([lon + east / toRadians, there / toRadians]);
  }
  return [...ring, ring[0]];
}
