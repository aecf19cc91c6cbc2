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
}

export interface Coarseness {
  /** Metres by which a merged outline or height may be off. */
  readonly error: number;
  /** Built share of a group's hull from which on it may become one block. */
  readonly fill: number;
}

/** Merges near neighbours of like height. No block is dropped: every one ends in exactly one merged block. */
export function mergeBlocks(blocks: readonly Block[], coarse: Coarseness): Block[] {
  const out: Block[] = [];
  const open: Block[][] = [[...blocks]];
  for (let group = open.pop(); group; group = open.pop()) {
    const merged = group.length === 1 ? simplified(group[0], coarse.error) : tryMerge(group, coarse);
    if (merged) out.push(merged);
    else open.push(...halves(group));
  }
  return out;
}

/** Two halves along the longer side of the group's extent, equal in number. */
function halves(group: Block[]): [Block[], Block[]] {
  const [west, south, east, north] = extent(group);
  const axis = east - west >= north - south ? 0 : 1;
  const sorted = group.toSorted((a, b) => a.metres[axis] - b.metres[axis] || a.number - b.number);
  const middle = sorted.length >> 1;
  return [sorted.slice(0, middle), sorted.slice(middle)];
}

function tryMerge(group: readonly Block[], { error, fill }: Coarseness): Block | undefined {
  const [west, south, east, north] = extent(group);
  if (Math.max(east - west, north - south) > 14 * error) return undefined;
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
  const corners = hull(group);
  if (area < fill * (ringArea(corners.metres) || 1)) return undefined;
  const { lonlat, metres } = fewerCorners(corners.lonlat, corners.metres, 8, error * error * 0.25);
  return { lonlat, metres, base, top: weighted / area, area, number: largest.number, share: largest.share };
}

/** A lone block with the corners that matter at this coarseness. */
export function simplified(block: Block, error: number): Block {
  const { lonlat, metres } = fewerCorners(block.lonlat, block.metres, 12, error * error * 0.25);
  return lonlat.length === block.lonlat.length ? block : { ...block, lonlat, metres };
}

function extent(group: readonly Block[]): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { metres } of group)
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
  const points: [number, number, number, number][] = [];
  for (const { metres, lonlat } of group) for (let i = 0; i < metres.length; i += 2) points.push([metres[i], metres[i + 1], lonlat[i], lonlat[i + 1]]);
  points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const chain: typeof points = [];
  for (const pass of [points, points.toReversed()]) {
    const start = chain.length;
    for (const p of pass) {
      while (chain.length >= start + 2 && turn(chain[chain.length - 2], chain[chain.length - 1], p) <= 0) chain.pop();
      chain.push(p);
    }
    chain.pop();
  }
  return { metres: Float64Array.from(chain.flatMap((p) => [p[0], p[1]])), lonlat: Float64Array.from(chain.flatMap((p) => [p[2], p[3]])) };
}

function turn(a: readonly number[], b: readonly number[], c: readonly number[]): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
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
