/**
 * A building or a group of them, simplified to one prism for the view from afar.
 * Corners are always corners of real footprints, so no place is ever computed back from metres.
 */
export interface Block {
  /** [corners × 2] lon, lat; counter-clockwise, open, no holes. */
  readonly lonlat: Float64Array;
  /** [corners × 2] the same in metres east and north of the region's anchor; only for deciding, never written. */
  readonly metres: Float64Array;
  readonly base: number;
  readonly top: number;
  /** Square metres built over, holes and gaps excluded. */
  readonly area: number;
  /** Feature number of the largest building in it: it lends its properties and colour. */
  readonly number: number;
  /** Square metres of that building. */
  readonly share: number;
  /** West, south, east, north of the metres. */
  readonly extent: Extent;
}

export type Extent = readonly [number, number, number, number];

export interface Coarseness {
  /** Metres by which a merged outline or height may be off. */
  readonly error: number;
  /** Built share of a group's hull from which on it may become one block. */
  readonly fill: number;
  /** Corners a block may have. */
  readonly corners: number;
}

/** A group may be this many times wider than its error. */
const WIDEST = 12;

/** Merges near neighbours of like height. No block is dropped: every one ends in exactly one merged block. */
export function mergeBlocks(blocks: readonly Block[], coarse: Coarseness): Block[] {
  const out: Block[] = [];
  const open: Block[][] = [[...blocks]];
  for (let group = open.pop(); group; group = open.pop()) {
    const merged = group.length === 1 ? simplified(group[0], coarse.error, coarse.corners + 4) : tryMerge(group, coarse);
    if (merged) out.push(merged);
    else open.push(...halves(group));
  }
  return out;
}

/** Two halves along the longer side of the group's extent, equal in number. */
function halves(group: Block[]): [Block[], Block[]] {
  const [west, south, east, north] = extentOf(group);
  const axis = east - west >= north - south ? 0 : 1;
  const sorted = group.toSorted((a, b) => a.extent[axis] - b.extent[axis] || a.number - b.number);
  const middle = sorted.length >> 1;
  return [sorted.slice(0, middle), sorted.slice(middle)];
}

function tryMerge(group: readonly Block[], { error, fill, corners }: Coarseness): Block | undefined {
  const [west, south, east, north] = extentOf(group);
  if (Math.max(east - west, north - south) > WIDEST * error) return undefined;
  let area = 0;
  let weighted = 0;
  let [lowest, highest, base] = [Infinity, -Infinity, Infinity];
  let largest = group[0];
  for (const block of group) {
    area += block.area;
    weighted += block.area * block.top;
    lowest = Math.min(lowest, block.top);
    highest = Math.max(highest, block.top);
    base = Math.min(base, block.base);
    if (block.share > largest.share || (block.share === largest.share && block.number < largest.number)) largest = block;
  }
  if (highest - lowest > 2 * error) return undefined;
  // A hull that touches all four sides of its box fills at least half of it: what is too sparse for that needs no hull.
  if (area < fill * 0.5 * (east - west) * (north - south)) return undefined;
  const around = hull(group);
  if (area < fill * (ringArea(around.metres) || 1)) return undefined;
  const { lonlat, metres } = fewerCorners(around.lonlat, around.metres, corners, error * error * 0.25);
  return { lonlat, metres, base, top: weighted / area, area, number: largest.number, share: largest.share, extent: extentOfRing(metres) };
}

/** A lone block with the corners that matter at this coarseness. */
export function simplified(block: Block, error: number, corners: number): Block {
  const { lonlat, metres } = fewerCorners(block.lonlat, block.metres, corners, error * error * 0.25);
  return lonlat.length === block.lonlat.length ? block : { ...block, lonlat, metres, extent: extentOfRing(metres) };
}

function extentOf(group: readonly Block[]): Extent {
  let [west, south, east, north] = group[0].extent;
  for (const { extent } of group) {
    if (extent[0] < west) west = extent[0];
    if (extent[1] < south) south = extent[1];
    if (extent[2] > east) east = extent[2];
    if (extent[3] > north) north = extent[3];
  }
  return [west, south, east, north];
}

export function extentOfRing(metres: Float64Array): Extent {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < metres.length; i += 2) {
    west = Math.min(west, metres[i]);
    east = Math.max(east, metres[i]);
    south = Math.min(south, metres[i + 1]);
    north = Math.max(north, metres[i + 1]);
  }
  return [west, south, east, north];
}

export function ringArea(ring: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) sum += ring[j] * ring[i + 1] - ring[i] * ring[j + 1];
  return sum / 2;
}

/** Convex hull of all corners, counter-clockwise (monotone chain). */
function hull(group: readonly Block[]): { lonlat: Float64Array; metres: Float64Array } {
  const metres = joined(group, 'metres');
  const lonlat = joined(group, 'lonlat');
  const order = Uint32Array.from({ length: metres.length / 2 }, (_, i) => i * 2).toSorted((a, b) => metres[a] - metres[b] || metres[a + 1] - metres[b + 1]);
  const chain: number[] = [];
  for (const pass of [order, order.toReversed()]) {
    const start = chain.length;
    for (const p of pass) {
      while (chain.length >= start + 2 && turn(metres, chain[chain.length - 2], chain[chain.length - 1], p) <= 0) chain.pop();
      chain.push(p);
    }
    chain.pop();
  }
  const pick = (from: Float64Array): Float64Array => Float64Array.from(chain.flatMap((i) => [from[i], from[i + 1]]));
  return { metres: pick(metres), lonlat: pick(lonlat) };
}

function joined(group: readonly Block[], column: 'metres' | 'lonlat'): Float64Array {
  const out = new Float64Array(group.reduce((sum, block) => sum + block[column].length, 0));
  let at = 0;
  for (const block of group) {
    out.set(block[column], at);
    at += block[column].length;
  }
  return out;
}

function turn(m: Float64Array, a: number, b: number, c: number): number {
  return (m[b] - m[a]) * (m[c + 1] - m[a + 1]) - (m[b + 1] - m[a + 1]) * (m[c] - m[a]);
}

/** Visvalingam: takes away the corner of the smallest triangle while there are more than `most`, or it is below `least` square metres. Never below three. */
function fewerCorners(lonlat: Float64Array, metres: Float64Array, most: number, least: number): { lonlat: Float64Array; metres: Float64Array } {
  const kept = Array.from({ length: metres.length / 2 }, (_, i) => i);
  while (kept.length > 3) {
    let smallest = Infinity;
    let at = 0;
    for (let k = 0; k < kept.length; k++) {
      const [a, b, c] = [kept[(k + kept.length - 1) % kept.length] * 2, kept[k] * 2, kept[(k + 1) % kept.length] * 2];
      const area = Math.abs((metres[b] - metres[a]) * (metres[c + 1] - metres[a + 1]) - (metres[b + 1] - metres[a + 1]) * (metres[c] - metres[a])) / 2;
      if (area < smallest) [smallest, at] = [area, k];
    }
    if (kept.length <= most && smallest > least) break;
    // The last square or triangle of a small block stays: it may shrink, never vanish.
    if (kept.length <= 4) break;
    kept.splice(at, 1);
  }
  if (kept.length === metres.length / 2) return { lonlat, metres };
  const pick = (from: Float64Array): Float64Array => Float64Array.from(kept.flatMap((i) => [from[i * 2], from[i * 2 + 1]]));
  return { lonlat: pick(lonlat), metres: pick(metres) };
}
