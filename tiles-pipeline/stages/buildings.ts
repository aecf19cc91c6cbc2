import earcut from 'earcut';
import { number, word, type Properties } from './classify.ts';
import { cleanRing, crossesItself, GREATEST_AREA, insideRing, LEAST_AREA, squareMetres, turned, type Ring, type RingFault } from './rings.ts';
import { USES, useWords } from './words.ts';

export const STOREY_HEIGHT = 3;
export const DEFAULT_HEIGHT = 9;
const NO_STOREYS = 0;
/** No building stands higher; what says so has its units wrong. */
const GREATEST_HEIGHT = 1500;

export type HeightSource = 'given' | 'storeys' | 'default';

/** What an outline and its properties say of a building. */
export interface BuildingFacts {
  /** Open; outer counter-clockwise first, then holes clockwise. Lon, lat in degrees. */
  readonly rings: readonly Ring[];
  /** A place inside, lon and lat. */
  readonly inside: [number, number];
  /** Metres above the ground; {@link HeightSource} says where from. */
  readonly height: number;
  readonly heightSource: HeightSource;
  /** 0 = unknown. */
  readonly storeys: number;
  /** Index into USES. */
  readonly use: number;
  /** Holes that were left out: without area, outside, crossing themselves. */
  readonly holesDropped: number;
}

/** Takes one polygon (an outline and its holes). @returns a reason where it is no building's */
export function buildingOf(rings: readonly unknown[], properties: Properties): BuildingFacts | { readonly reason: string } {
  const outer = soundRing(rings[0]);
  if (typeof outer === 'string') return { reason: outer };
  const holes: Ring[] = [];
  for (const ring of rings.slice(1)) {
    const hole = soundRing(ring);
    if (typeof hole !== 'string' && insideRing(outer, (hole[0] + hole[2]) / 2, (hole[1] + hole[3]) / 2)) holes.push(turned(hole, false));
  }
  const [height, heightSource, storeys] = heightOf(properties);
  return { rings: [turned(outer, true), ...holes], inside: insidePoint(outer, holes), height, heightSource, storeys, use: USES.indexOf(useOf(properties)), holesDropped: Math.max(0, rings.length - 1) - holes.length };
}

function soundRing(positions: unknown): Ring | RingFault | 'larger than any building (over 1 km²)' {
  const ring = cleanRing(positions);
  if (typeof ring === 'string') return ring;
  // Crossings first: the two halves of a bow tie cancel to no area.
  if (crossesItself(ring)) return 'outline crosses itself';
  const area = squareMetres(ring);
  if (area < LEAST_AREA) return 'outline without area';
  return area > GREATEST_AREA ? 'larger than any building (over 1 km²)' : ring;
}

/** Metres, where they came from, and the storeys (0 = unknown): the height itself, else storeys × 3 m, else 9 m. */
export function heightOf(properties: Properties): [number, HeightSource, number] {
  const storeysGiven = first(properties, ['storeys', 'levels', 'building:levels', 'floors', 'Floor', 'floor']);
  const storeys = storeysGiven > 0 && storeysGiven <= 300 ? Math.max(1, Math.round(storeysGiven)) : NO_STOREYS;
  const given = first(properties, ['height', 'HEIGHT', 'Height', 'building:height']);
  if (given > 0 && given <= GREATEST_HEIGHT) return [given, 'given', storeys];
  if (storeys > 0) return [storeys * STOREY_HEIGHT, 'storeys', storeys];
  return [DEFAULT_HEIGHT, 'default', NO_STOREYS];
}

function first(properties: Properties, keys: readonly string[]): number {
  for (const key of keys) {
    const value = number(properties, key);
    if (value > 0) return value;
  }
  return Number.NaN;
}

function useOf(properties: Properties): (typeof USES)[number] {
  for (const key of ['use', 'building', 'building:use', 'kind_detail', 'amenity', 'landuse_kind', 'shop']) {
    const value = word(properties, key);
    if (value && useWords[value]) return useWords[value];
    if (key === 'shop' && value) return 'commercial';
  }
  return 'unknown';
}

/** The centre of gravity where that lies inside, else the middle of the largest triangle: always inside, also in a ring-shaped block. */
function insidePoint(outer: Ring, holes: readonly Ring[]): [number, number] {
  const centre = centreOf(outer);
  if (insideRing(outer, centre[0], centre[1]) && !holes.some((hole) => insideRing(hole, centre[0], centre[1]))) return centre;
  const flat: number[] = [];
  const starts: number[] = [];
  for (const ring of [outer, ...holes]) {
    starts.push(flat.length / 2);
    // Relative to the first corner: earcut decides by areas, and degrees have few digits left for a house.
    for (let i = 0; i < ring.length; i += 2) flat.push((ring[i] - outer[0]) * 1e5, (ring[i + 1] - outer[1]) * 1e5);
  }
  const triangles = earcut(flat, starts.slice(1));
  let best = -1;
  let at: [number, number] = [outer[0], outer[1]];
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t] * 2, triangles[t + 1] * 2, triangles[t + 2] * 2];
    const area = Math.abs((flat[b] - flat[a]) * (flat[c + 1] - flat[a + 1]) - (flat[c] - flat[a]) * (flat[b + 1] - flat[a + 1]));
    if (area <= best) continue;
    best = area;
    at = [outer[0] + (flat[a] + flat[b] + flat[c]) / 3e5, outer[1] + (flat[a + 1] + flat[b + 1] + flat[c + 1]) / 3e5];
  }
  return at;
}

function centreOf(ring: Ring): [number, number] {
  let [area, x, y] = [0, 0, 0];
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [ax, ay, bx, by] = [ring[j] - ring[0], ring[j + 1] - ring[1], ring[i] - ring[0], ring[i + 1] - ring[1]];
    const twice = ax * by - bx * ay;
    area += twice;
    x += (ax + bx) * twice;
    y += (ay + by) * twice;
  }
  return area === 0 ? [ring[0], ring[1]] : [ring[0] + x / (3 * area), ring[1] + y / (3 * area)];
}
