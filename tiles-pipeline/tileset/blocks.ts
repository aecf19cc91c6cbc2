import type { BakedLook } from './look.ts';

/** What a block lends the city from afar: the properties and the colours of its largest building. */
export interface BlockFace {
  /** Feature number in the whole dataset. */
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly height: number;
  readonly base: number;
  readonly storeys: number;
  /** Index into USES. */
  readonly use: number;
  readonly look: BakedLook;
}

/**
 * Buildings or groups of them, each simplified to one prism for the view from afar, as columns.
 * Corners are always corners of real footprints, so no place is ever computed back from metres.
 */
export interface Blocks {
  readonly count: number;
  /** [count + 1] first corner of each; outlines are counter-clockwise, open, without holes. */
  readonly start: Uint32Array;
  /** [corners × 2] lon, lat. */
  readonly lonlat: Float64Array;
  /** [corners × 2] the same in metres east and north of the region's anchor; only for deciding, never written. */
  readonly metres: Float64Array;
  /** [count × 4] west, south, east, north of the metres. */
  readonly extent: Float64Array;
  readonly base: Float64Array;
  readonly top: Float64Array;
  /** Square metres built over, holes and gaps excluded. */
  readonly area: Float64Array;
  /** Square metres of the largest building in it. */
  readonly share: Float64Array;
  readonly faces: readonly BlockFace[];
}

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

/** One block on its way into {@link Blocks}. */
export interface Block {
  readonly lonlat: Float64Array;
  readonly metres: Float64Array;
  readonly base: number;
  readonly top: number;
  readonly area: number;
  readonly share: number;
  readonly face: BlockFace;
}

export function blocksOf(list: readonly Block[]): Blocks {
  const count = list.length;
  const start = new Uint32Array(count + 1);
  for (let k = 0; k < count; k++) start[k + 1] = start[k] + list[k].lonlat.length / 2;
  const lonlat = new Float64Array(start[count] * 2);
  const metres = new Float64Array(start[count] * 2);
  const extent = new Float64Array(count * 4);
  for (let k = 0; k < count; k++) {
    lonlat.set(list[k].lonlat, start[k] * 2);
    metres.set(list[k].metres, start[k] * 2);
    writeExtent(list[k].metres, extent, k * 4);
  }
  const column = (pick: (block: Block) => number): Float64Array => Float64Array.from(list, pick);
  return { count, start, lonlat, metres, extent, base: column((block) => block.base), top: column((block) => block.top), area: column((block) => block.area), share: column((block) => block.share), faces: list.map((block) => block.face) };
}

/** Several sets as one, in order. */
export function joinBlocks(sets: readonly Blocks[]): Blocks {
  return blocksOf(sets.flatMap((blocks) => Array.from({ length: blocks.count }, (_, k) => blockAt(blocks, k))));
}

export function blockAt(blocks: Blocks, k: number): Block {
  const [from, to] = [blocks.start[k] * 2, blocks.start[k + 1] * 2];
  return { lonlat: blocks.lonlat.subarray(from, to), metres: blocks.metres.subarray(from, to), base: blocks.base[k], top: blocks.top[k], area: blocks.area[k], share: blocks.share[k], face: blocks.faces[k] };
}

/** Merges near neighbours of like height. No block is dropped: every one ends in exactly one merged block. */
export function mergeBlocks(blocks: Blocks, coarse: Coarseness): Block[] {
  const out: Block[] = [];
  const order = Uint32Array.from({ length: blocks.count }, (_, k) => k);
  const open: [number, number][] = blocks.count > 0 ? [[0, blocks.count]] : [];
  const around = new Float64Array(4);
  for (let group = open.pop(); group; group = open.pop()) {
    const [from, to] = group;
    const merged = to - from === 1 ? simplified(blockAt(blocks, order[from]), coarse.error, coarse.corners + 4) : tryMerge(blocks, order.subarray(from, to), coarse, around);
    if (merged) out.push(merged);
    else {
      const middle = from + ((to - from) >> 1);
      const axis = around[2] - around[0] >= around[3] - around[1] ? 0 : 1;
      select(order, from, to - 1, middle, (a, b) => blocks.extent[a * 4 + axis] - blocks.extent[b * 4 + axis] || blocks.faces[a].number - blocks.faces[b].number);
      open.push([from, middle], [middle, to]);
    }
  }
  return out.sort((a, b) => a.face.number - b.face.number);
}

/** Brings the `rank`-th of a stretch to its place, the smaller ones before it. @source Hoare 1961, Algorithm 65: Find; median of three */
function select(order: Uint32Array, low: number, high: number, rank: number, compare: (a: number, b: number) => number): void {
  const swap = (i: number, j: number): void => {
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  };
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(order[middle], order[low]) < 0) swap(middle, low);
    if (compare(order[high], order[low]) < 0) swap(high, low);
    if (compare(order[high], order[middle]) < 0) swap(high, middle);
    const pivot = order[middle];
    let [i, j] = [low, high];
    while (i <= j) {
      while (compare(order[i], pivot) < 0) i++;
      while (compare(order[j], pivot) > 0) j--;
      if (i <= j) swap(i++, j--);
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else return;
  }
}

/** @param around gets the group's extent, whether it is merged or not */
function tryMerge(blocks: Blocks, group: Uint32Array, { error, fill, corners }: Coarseness, around: Float64Array): Block | undefined {
  extentOf(blocks, group, around);
  const [width, depth] = [around[2] - around[0], around[3] - around[1]];
  if (Math.max(width, depth) > WIDEST * error) return undefined;
  let [area, weighted, lowest, highest, base] = [0, 0, Infinity, -Infinity, Infinity];
  let largest = group[0];
  for (const k of group) {
    const [top, share] = [blocks.top[k], blocks.share[k]];
    area += blocks.area[k];
    weighted += blocks.area[k] * top;
    lowest = Math.min(lowest, top);
    highest = Math.max(highest, top);
    base = Math.min(base, blocks.base[k]);
    if (share > blocks.share[largest] || (share === blocks.share[largest] && blocks.faces[k].number < blocks.faces[largest].number)) largest = k;
  }
  if (highest - lowest > 2 * error) return undefined;
  // A hull that touches all four sides of its box fills at least half of it: what is too sparse for that needs no hull.
  if (area < fill * 0.5 * width * depth) return undefined;
  const outline = hull(blocks, group);
  if (area < fill * (ringArea(outline.metres) || 1)) return undefined;
  const { lonlat, metres } = fewerCorners(outline.lonlat, outline.metres, corners, error * error * 0.25);
  return { lonlat, metres, base, top: weighted / area, area, share: blocks.share[largest], face: blocks.faces[largest] };
}

/** A lone block with the corners that matter at this coarseness. */
export function simplified(block: Block, error: number, corners: number): Block {
  const { lonlat, metres } = fewerCorners(block.lonlat, block.metres, corners, error * error * 0.25);
  return lonlat.length === block.lonlat.length ? block : { ...block, lonlat, metres };
}

function extentOf({ extent }: Blocks, group: Uint32Array, out: Float64Array): void {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let n = 0; n < group.length; n++) {
    const k = group[n] * 4;
    if (extent[k] < west) west = extent[k];
    if (extent[k + 1] < south) south = extent[k + 1];
    if (extent[k + 2] > east) east = extent[k + 2];
    if (extent[k + 3] > north) north = extent[k + 3];
  }
  out[0] = west;
  out[1] = south;
  out[2] = east;
  out[3] = north;
}

function writeExtent(metres: Float64Array, out: Float64Array, at: number): void {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < metres.length; i += 2) {
    west = Math.min(west, metres[i]);
    east = Math.max(east, metres[i]);
    south = Math.min(south, metres[i + 1]);
    north = Math.max(north, metres[i + 1]);
  }
  out.set([west, south, east, north], at);
}

export function ringArea(ring: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) sum += ring[j] * ring[i + 1] - ring[i] * ring[j + 1];
  return sum / 2;
}

/** Convex hull of all corners, counter-clockwise. @source Andrew 1979, Information Processing Letters 9(5) */
function hull(blocks: Blocks, group: Uint32Array): { lonlat: Float64Array; metres: Float64Array } {
  const m = blocks.metres;
  let corners = 0;
  for (const k of group) corners += blocks.start[k + 1] - blocks.start[k];
  const order = new Uint32Array(corners);
  let n = 0;
  for (const k of group) for (let c = blocks.start[k]; c < blocks.start[k + 1]; c++) order[n++] = c * 2;
  order.sort((a, b) => m[a] - m[b] || m[a + 1] - m[b + 1]);
  const chain = new Uint32Array(corners + 2);
  let length = 0;
  for (let pass = 0; pass < 2; pass++) {
    const start = length;
    for (let i = 0; i < corners; i++) {
      const p = order[pass === 0 ? i : corners - 1 - i];
      while (length >= start + 2 && turn(m, chain[length - 2], chain[length - 1], p) <= 0) length--;
      chain[length++] = p;
    }
    length--;
  }
  const out = { lonlat: new Float64Array(length * 2), metres: new Float64Array(length * 2) };
  for (let i = 0; i < length; i++) {
    out.metres[i * 2] = m[chain[i]];
    out.metres[i * 2 + 1] = m[chain[i] + 1];
    out.lonlat[i * 2] = blocks.lonlat[chain[i]];
    out.lonlat[i * 2 + 1] = blocks.lonlat[chain[i] + 1];
  }
  return out;
}

function turn(m: Float64Array, a: number, b: number, c: number): number {
  return (m[b] - m[a]) * (m[c + 1] - m[a + 1]) - (m[b + 1] - m[a + 1]) * (m[c] - m[a]);
}

/** Visvalingam: takes away the corner of the smallest triangle while there are more than `most`, or it is below `least` square metres. Never below three. */
function fewerCorners(lonlat: Float64Array, metres: Float64Array, most: number, least: number): { lonlat: Float64Array; metres: Float64Array } {
  let count = metres.length / 2;
  // The last square or triangle of a small block stays: it may shrink, never vanish.
  if (count <= 4) return { lonlat, metres };
  const kept = Array.from({ length: count }, (_, i) => i * 2);
  while (count > 4) {
    let [smallest, at] = [Infinity, 0];
    let a = kept[count - 1];
    for (let k = 0; k < count; k++) {
      const b = kept[k];
      const c = kept[k + 1 === count ? 0 : k + 1];
      const area = Math.abs(turn(metres, a, b, c)) / 2;
      if (area < smallest) [smallest, at] = [area, k];
      a = b;
    }
    if (count <= most && smallest > least) break;
    kept.splice(at, 1);
    count--;
  }
  if (count === metres.length / 2) return { lonlat, metres };
  const out = { lonlat: new Float64Array(count * 2), metres: new Float64Array(count * 2) };
  for (let k = 0; k < count; k++) {
    out.lonlat[k * 2] = lonlat[kept[k]];
    out.lonlat[k * 2 + 1] = lonlat[kept[k] + 1];
    out.metres[k * 2] = metres[kept[k]];
    out.metres[k * 2 + 1] = metres[kept[k] + 1];
  }
  return out;
}
