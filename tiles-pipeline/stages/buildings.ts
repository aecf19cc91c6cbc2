import earcut from 'earcut';
import { addressOf, nameOf, number, word, type Properties } from './classify.ts';
import { float64, uint16, uint32, uint8 } from './grow.ts';
import { cleanRing, crossesItself, GREATEST_AREA, insideRing, LEAST_AREA, squareMetres, turned, type Ring, type RingFault } from './rings.ts';
import { USES, useWords } from './words.ts';

export const STOREY_HEIGHT = 3;
export const DEFAULT_HEIGHT = 9;
const NO_STOREYS = 0;
/** No building stands higher; what says so has its units wrong. */
const GREATEST_HEIGHT = 1500;

/** Every building of a city as columns. Rings are open (no closing corner), outer counter-clockwise first, then holes clockwise. */
export interface BuildingTable {
  readonly count: number;
  /** [corners × 2] lon, lat in degrees. */
  readonly lonlat: Float64Array;
  /** [rings + 1] first corner of each ring. */
  readonly ringStart: Uint32Array;
  /** [count + 1] first ring of each building. */
  readonly firstRing: Uint32Array;
  /** Metres above the base. */
  readonly height: Float32Array;
  /** Metres of the lowest ground under the footprint, in the datum of the terrain; 0 without terrain. */
  readonly base: Float32Array;
  /** 0 = unknown. */
  readonly storeys: Uint16Array;
  /** Index into USES. */
  readonly use: Uint8Array;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly address: readonly string[];
  /** [count × 2] lon, lat of a place inside the footprint. */
  readonly inside: Float64Array;
}

export type HeightSource = 'given' | 'storeys' | 'default';

/** Collects buildings one outline at a time. */
export class BuildingCollector {
  readonly #lonlat = float64();
  readonly #ringStart = uint32();
  readonly #firstRing = uint32();
  readonly #height = float64();
  readonly #storeys = uint16();
  readonly #use = uint8();
  readonly #inside = float64();
  readonly #id: string[] = [];
  readonly #name: string[] = [];
  readonly #address: string[] = [];
  readonly #seen = new Set<string>();
  holesDropped = 0;

  /**
   * Takes one polygon (an outline and its holes).
   * @returns where its height came from, or why it was not taken; `id` is called only for what is taken
   */
  add(rings: readonly unknown[], properties: Properties, id: () => string): HeightSource | { readonly reason: string } {
    const outer = soundRing(rings[0]);
    if (typeof outer === 'string') return { reason: outer };
    const holes = this.#holes(rings.slice(1), outer);
    const [height, from, storeys] = heightOf(properties);
    const key = `${height} ${outer.join(' ')}`;
    if (this.#seen.has(key)) return { reason: 'the same outline twice' };
    this.#seen.add(key);
    this.#firstRing.push(this.#ringStart.length);
    for (const [index, ring] of [outer, ...holes].entries()) {
      this.#ringStart.push(this.#lonlat.length / 2);
      this.#lonlat.append(turned(ring, index === 0));
    }
    this.#inside.append(insidePoint(outer, holes));
    this.#height.push(height);
    this.#storeys.push(storeys);
    this.#use.push(USES.indexOf(useOf(properties)));
    this.#id.push(id());
    this.#name.push(nameOf(properties));
    this.#address.push(addressOf(properties));
    return from;
  }

  #holes(rings: readonly unknown[], outer: Ring): Ring[] {
    const holes: Ring[] = [];
    for (const ring of rings) {
      const hole = soundRing(ring);
      if (typeof hole !== 'string' && insideRing(outer, (hole[0] + hole[2]) / 2, (hole[1] + hole[3]) / 2)) holes.push(hole);
      else this.holesDropped++;
    }
    return holes;
  }

  /** The table so far, bases 0. */
  done(): BuildingTable {
    const count = this.#id.length;
    this.#firstRing.push(this.#ringStart.length);
    this.#ringStart.push(this.#lonlat.length / 2);
    return {
      count,
      lonlat: this.#lonlat.done(),
      ringStart: this.#ringStart.done(),
      firstRing: this.#firstRing.done(),
      height: Float32Array.from(this.#height.done()),
      base: new Float32Array(count),
      storeys: this.#storeys.done(),
      use: this.#use.done(),
      id: this.#id,
      name: this.#name,
      address: this.#address,
      inside: this.#inside.done(),
    };
  }
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

/** The middle of the largest triangle: always inside, also in a ring-shaped block. */
function insidePoint(outer: Ring, holes: readonly Ring[]): [number, number] {
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

/** The same buildings in another order: `order[n]` = the row that becomes n. */
export function reordered(table: BuildingTable, order: Uint32Array): BuildingTable {
  const lonlat = new Float64Array(table.lonlat.length);
  const ringStart = new Uint32Array(table.ringStart.length);
  const firstRing = new Uint32Array(table.count + 1);
  let corner = 0;
  let ring = 0;
  for (let n = 0; n < order.length; n++) {
    firstRing[n] = ring;
    for (let r = table.firstRing[order[n]]; r < table.firstRing[order[n] + 1]; r++) {
      ringStart[ring++] = corner;
      lonlat.set(table.lonlat.subarray(table.ringStart[r] * 2, table.ringStart[r + 1] * 2), corner * 2);
      corner += table.ringStart[r + 1] - table.ringStart[r];
    }
  }
  firstRing[order.length] = ring;
  ringStart[ring] = corner;
  const inside = new Float64Array(table.count * 2);
  order.forEach((row, n) => inside.set(table.inside.subarray(row * 2, row * 2 + 2), n * 2));
  const numbers = <T extends Float32Array | Uint16Array | Uint8Array>(column: T): T => column.map((_, n) => column[order[n]]) as T;
  const texts = (column: readonly string[]): string[] => Array.from(order, (row) => column[row]);
  return {
    count: table.count,
    lonlat,
    ringStart,
    firstRing,
    height: numbers(table.height),
    base: numbers(table.base),
    storeys: numbers(table.storeys),
    use: numbers(table.use),
    id: texts(table.id),
    name: texts(table.name),
    address: texts(table.address),
    inside,
  };
}

/** The rings of one building as views into the table: outer first. */
export function ringsOf(table: BuildingTable, row: number): Float64Array[] {
  const rings: Float64Array[] = [];
  for (let r = table.firstRing[row]; r < table.firstRing[row + 1]; r++) rings.push(table.lonlat.subarray(table.ringStart[r] * 2, table.ringStart[r + 1] * 2));
  return rings;
}
