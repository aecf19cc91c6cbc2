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

/** What a block is beside its outline. */
interface BlockFacts {
  readonly base: number;
  readonly top: number;
  readonly area: number;
  readonly share: number;
  readonly face: BlockFace;
}

/** Collects blocks as columns: a small array a block would cost more than all that is done with it. */
export class BlockList {
  #lonlat: Float64Array;
  #metres: Float64Array;
  #used = 0;
  readonly #ends: number[] = [0];
  readonly #facts: BlockFacts[] = [];

  /** @param corners as many as are expected */
  constructor(corners = 64) {
    this.#lonlat = new Float64Array(corners * 2);
    this.#metres = new Float64Array(corners * 2);
  }

  /** Corners so far. */
  get corners(): number {
    return this.#used / 2;
  }

  /** A corner of the block that is being added. */
  corner(lon: number, lat: number, x: number, y: number): void {
    if (this.#used === this.#lonlat.length) this.#grow();
    this.#lonlat[this.#used] = lon;
    this.#metres[this.#used++] = x;
    this.#lonlat[this.#used] = lat;
    this.#metres[this.#used++] = y;
  }

  #grow(): void {
    const [lonlat, metres] = [new Float64Array(this.#used * 2), new Float64Array(this.#used * 2)];
    lonlat.set(this.#lonlat);
    metres.set(this.#metres);
    this.#lonlat = lonlat;
    this.#metres = metres;
  }

  /** Ends the block whose corners were given. */
  end(facts: BlockFacts): void {
    this.#facts.push(facts);
    this.#ends.push(this.#used / 2);
  }

  /** Signed area of the block that is being added, in square metres; positive = counter-clockwise. */
  areaSoFar(): number {
    return ringArea(this.#metres, this.#ends[this.#ends.length - 1] * 2, this.#used);
  }

  /** Takes corners off the block that is being added until none is below `least` square metres and at most `most` are left. */
  simplify(most: number, least: number): void {
    const first = this.#ends[this.#ends.length - 1];
    const kept: number[] = [];
    for (let c = first; c < this.#used / 2; c++) kept.push(c * 2);
    thinOut(this.#metres, kept, most, least);
    if (kept.length === this.#used / 2 - first) return;
    let at = first * 2;
    for (const c of kept) {
      for (const k of [0, 1]) {
        this.#lonlat[at + k] = this.#lonlat[c + k];
        this.#metres[at + k] = this.#metres[c + k];
      }
      at += 2;
    }
    this.#used = at;
  }

  /** The blocks by the numbers of their faces. */
  done(): Blocks {
    const facts = this.#facts;
    const count = facts.length;
    const order = byNumber(facts);
    const blocks = { count, start: new Uint32Array(count + 1), lonlat: new Float64Array(this.#used), metres: new Float64Array(this.#used), extent: new Float64Array(count * 4), base: new Float64Array(count), top: new Float64Array(count), area: new Float64Array(count), share: new Float64Array(count), faces: [] as BlockFace[] };
    let at = 0;
    for (let n = 0; n < count; n++) {
      const { base, top, area, share, face } = facts[order[n]];
      const first = at;
      for (let i = this.#ends[order[n]] * 2; i < this.#ends[order[n] + 1] * 2; i++, at++) {
        blocks.lonlat[at] = this.#lonlat[i];
        blocks.metres[at] = this.#metres[i];
      }
      writeExtent(blocks.metres, first, at, blocks.extent, n * 4);
      blocks.start[n + 1] = at / 2;
      blocks.base[n] = base;
      blocks.top[n] = top;
      blocks.area[n] = area;
      blocks.share[n] = share;
      blocks.faces.push(face);
    }
    return blocks;
  }
}

/** Places in the list by ascending number; a number is below 2³², a place below 2²⁰. */
function byNumber(facts: readonly BlockFacts[]): Float64Array {
  const keys = new Float64Array(facts.length);
  for (let k = 0; k < keys.length; k++) keys[k] = facts[k].face.number * 1_048_576 + k;
  keys.sort();
  for (let k = 0; k < keys.length; k++) keys[k] %= 1_048_576;
  return keys;
}

/** Several sets as one, in order. */
export function joinBlocks(sets: readonly Blocks[]): Blocks {
  if (sets.length === 1) return sets[0];
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const start = new Uint32Array(count + 1);
  let k = 0;
  for (const set of sets) for (let i = 0; i < set.count; i++, k++) start[k + 1] = start[k] + set.start[i + 1] - set.start[i];
  const join = (pick: (set: Blocks) => Float64Array, length: number): Float64Array => {
    const out = new Float64Array(length);
    let at = 0;
    for (const set of sets) {
      out.set(pick(set), at);
      at += pick(set).length;
    }
    return out;
  };
  return {
    count, start, lonlat: join((set) => set.lonlat, start[count] * 2), metres: join((set) => set.metres, start[count] * 2), extent: join((set) => set.extent, count * 4), base: join((set) => set.base, count),
    top: join((set) => set.top, count), area: join((set) => set.area, count), share: join((set) => set.share, count), faces: sets.flatMap((set) => set.faces),
  };
}

/** Merges near neighbours of like height. No block is dropped: every one ends in exactly one merged block. @returns undefined where that makes more than `most` corners */
export function mergeBlocks(blocks: Blocks, coarse: Coarseness, most: number): Blocks | undefined {
  return new Merger(blocks, coarse, most).run();
}

class Merger {
  readonly #out: BlockList;
  readonly #order: Uint32Array;
  /** Extent of the group last looked at. */
  readonly #around = new Float64Array(4);
  #corners = new Uint32Array(256);
  #chain = new Uint32Array(512);

  constructor(
    private readonly blocks: Blocks,
    private readonly coarse: Coarseness,
    private readonly most: number,
  ) {
    this.#out = new BlockList(Math.min(most * 2, blocks.start[blocks.count]));
    this.#order = new Uint32Array(blocks.count);
    for (let k = 0; k < blocks.count; k++) this.#order[k] = k;
  }

  run(): Blocks | undefined {
    const open: number[] = this.blocks.count > 0 ? [0, this.blocks.count] : [];
    while (open.length > 0) {
      const to = open.pop()!;
      const from = open.pop()!;
      // A single block may have as many corners as it likes.
      if (this.#out.corners > this.most && this.blocks.count > 1) return undefined;
      if (to - from === 1) this.#alone(this.#order[from]);
      else if (!this.#merged(from, to)) {
        const middle = from + ((to - from) >> 1);
        const around = this.#around;
        select(this.#order, from, to - 1, middle, this.blocks, around[2] - around[0] >= around[3] - around[1] ? 0 : 1);
        open.push(from, middle, middle, to);
      }
    }
    return this.#out.done();
  }

  /** A lone block with the corners that matter at this coarseness. */
  #alone(k: number): void {
    const { start, base, top, area, share, faces } = this.blocks;
    const kept: number[] = [];
    for (let c = start[k]; c < start[k + 1]; c++) kept.push(c * 2);
    this.#emit(kept, this.coarse.corners + 4, { base: base[k], top: top[k], area: area[k], share: share[k], face: faces[k] });
  }

  #emit(kept: number[], most: number, facts: BlockFacts): void {
    const { lonlat, metres } = this.blocks;
    thinOut(metres, kept, most, this.coarse.error * this.coarse.error * 0.25);
    for (let i = 0; i < kept.length; i++) this.#out.corner(lonlat[kept[i]], lonlat[kept[i] + 1], metres[kept[i]], metres[kept[i] + 1]);
    this.#out.end(facts);
  }

  #merged(from: number, to: number): boolean {
    const { error, fill, corners } = this.coarse;
    this.#extent(from, to);
    const width = this.#around[2] - this.#around[0];
    const depth = this.#around[3] - this.#around[1];
    if (width > WIDEST * error || depth > WIDEST * error) return false;
    const facts = this.#facts(from, to);
    // A hull that touches all four sides of its box fills at least half of it: what is too sparse for that needs no hull.
    if (!facts || facts.area < fill * 0.5 * width * depth) return false;
    const kept = this.#hull(from, to);
    if (facts.area < fill * (areaOf(this.blocks.metres, kept) || 1)) return false;
    this.#emit(kept, corners, facts);
    return true;
  }

  /** What a group would be as one; undefined where its heights differ too much. */
  #facts(from: number, to: number): BlockFacts | undefined {
    const { blocks } = this;
    let area = 0;
    let weighted = 0;
    let lowest = Infinity;
    let highest = -Infinity;
    let base = Infinity;
    let largest = this.#order[from];
    for (let n = from; n < to; n++) {
      const k = this.#order[n];
      const top = blocks.top[k];
      const share = blocks.share[k];
      area += blocks.area[k];
      weighted += blocks.area[k] * top;
      if (top < lowest) lowest = top;
      if (top > highest) highest = top;
      if (blocks.base[k] < base) base = blocks.base[k];
      if (share > blocks.share[largest] || (share === blocks.share[largest] && blocks.faces[k].number < blocks.faces[largest].number)) largest = k;
    }
    if (highest - lowest > 2 * this.coarse.error) return undefined;
    return { base, top: weighted / area, area, share: blocks.share[largest], face: blocks.faces[largest] };
  }

  #extent(from: number, to: number): void {
    const { extent } = this.blocks;
    let west = Infinity;
    let south = Infinity;
    let east = -Infinity;
    let north = -Infinity;
    for (let n = from; n < to; n++) {
      const k = this.#order[n] * 4;
      if (extent[k] < west) west = extent[k];
      if (extent[k + 1] < south) south = extent[k + 1];
      if (extent[k + 2] > east) east = extent[k + 2];
      if (extent[k + 3] > north) north = extent[k + 3];
    }
    this.#around[0] = west;
    this.#around[1] = south;
    this.#around[2] = east;
    this.#around[3] = north;
  }

  /** Convex hull of all corners of a group, counter-clockwise. @source Andrew 1979, Information Processing Letters 9(5) */
  #hull(from: number, to: number): number[] {
    const { start, metres } = this.blocks;
    let corners = 0;
    for (let n = from; n < to; n++) corners += start[this.#order[n] + 1] - start[this.#order[n]];
    if (corners > this.#corners.length) {
      this.#corners = new Uint32Array(corners * 2);
      this.#chain = new Uint32Array(corners * 4);
    }
    const sorted = this.#corners;
    const chain = this.#chain;
    let count = 0;
    for (let n = from; n < to; n++) for (let c = start[this.#order[n]]; c < start[this.#order[n] + 1]; c++) sorted[count++] = c * 2;
    sortByPlace(metres, sorted, count);
    let length = 0;
    for (let pass = 0; pass < 2; pass++) {
      const first = length;
      for (let i = 0; i < count; i++) {
        const p = sorted[pass === 0 ? i : count - 1 - i];
        while (length >= first + 2 && turn(metres, chain[length - 2], chain[length - 1], p) <= 0) length--;
        chain[length++] = p;
      }
      length--;
    }
    const kept: number[] = [];
    for (let i = 0; i < length; i++) kept.push(chain[i]);
    return kept;
  }
}

/** Brings the `rank`-th of a stretch to its place, the smaller ones before it; ties go by their faces' numbers. @source Hoare 1961, Algorithm 65: Find; median of three */
function select(order: Uint32Array, low: number, high: number, rank: number, blocks: Blocks, axis: number): void {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(blocks, axis, order[middle], order[low])) swap(order, middle, low);
    if (before(blocks, axis, order[high], order[low])) swap(order, high, low);
    if (before(blocks, axis, order[high], order[middle])) swap(order, high, middle);
    const pivot = order[middle];
    let i = low;
    let j = high;
    while (i <= j) {
      while (before(blocks, axis, order[i], pivot)) i++;
      while (before(blocks, axis, pivot, order[j])) j--;
      if (i <= j) swap(order, i++, j--);
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else return;
  }
}

function before({ extent, faces }: Blocks, axis: number, a: number, b: number): boolean {
  const left = extent[a * 4 + axis];
  const right = extent[b * 4 + axis];
  return left < right || (left === right && faces[a].number < faces[b].number);
}

function swap(order: Uint32Array, i: number, j: number): void {
  const held = order[i];
  order[i] = order[j];
  order[j] = held;
}

/** By x, then y. Few corners are sorted in place: a call a comparison costs more than the comparisons. */
function sortByPlace(m: Float64Array, places: Uint32Array, count: number): void {
  if (count > 64) return void places.subarray(0, count).sort((a, b) => m[a] - m[b] || m[a + 1] - m[b + 1]);
  for (let i = 1; i < count; i++) {
    const p = places[i];
    let j = i - 1;
    while (j >= 0 && (m[places[j]] > m[p] || (m[places[j]] === m[p] && m[places[j] + 1] > m[p + 1]))) {
      places[j + 1] = places[j];
      j--;
    }
    places[j + 1] = p;
  }
}

function writeExtent(metres: Float64Array, from: number, to: number, out: Float64Array, at: number): void {
  let west = Infinity;
  let south = Infinity;
  let east = -Infinity;
  let north = -Infinity;
  for (let i = from; i < to; i += 2) {
    if (metres[i] < west) west = metres[i];
    if (metres[i] > east) east = metres[i];
    if (metres[i + 1] < south) south = metres[i + 1];
    if (metres[i + 1] > north) north = metres[i + 1];
  }
  out[at] = west;
  out[at + 1] = south;
  out[at + 2] = east;
  out[at + 3] = north;
}

function ringArea(ring: ArrayLike<number>, from = 0, to = ring.length): number {
  let sum = 0;
  for (let i = from, j = to - 2; i < to; j = i, i += 2) sum += ring[j] * ring[i + 1] - ring[i] * ring[j + 1];
  return sum / 2;
}

function areaOf(m: Float64Array, corners: readonly number[]): number {
  let sum = 0;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i, i++) sum += m[corners[j]] * m[corners[i] + 1] - m[corners[i]] * m[corners[j] + 1];
  return sum / 2;
}

function turn(m: Float64Array, a: number, b: number, c: number): number {
  return (m[b] - m[a]) * (m[c + 1] - m[a + 1]) - (m[b + 1] - m[a + 1]) * (m[c] - m[a]);
}

/**
 * Takes away the corner of the smallest triangle while there are more than `most`, or it is below `least` square metres.
 * The last square or triangle of a small block stays: it may shrink, never vanish.
 * @source Visvalingam & Whyatt 1993, The Cartographic Journal 30(1)
 */
function thinOut(metres: Float64Array, kept: number[], most: number, least: number): void {
  while (kept.length > 4) {
    const count = kept.length;
    let smallest = Infinity;
    let at = 0;
    let a = kept[count - 1];
    for (let k = 0; k < count; k++) {
      const b = kept[k];
      const area = Math.abs(turn(metres, a, b, kept[k + 1 === count ? 0 : k + 1])) / 2;
      if (area < smallest) {
        smallest = area;
        at = k;
      }
      a = b;
    }
    if (count <= most && smallest > least) return;
    kept.splice(at, 1);
  }
}
