/** Bits of a place along one axis of the root's cube. */
export const BITS = 30;
/** Deepest level of a node. */
export const DEEPEST = 20;
/** Words of a point: three places in the root's cube, colour with class, intensity. */
export const WORDS = 5;
/** Points a content holds at most. */
export const MOST_POINTS = 50_000;
/** A node with no more points than this is not divided. */
const LEAF_POINTS = 32_768;
/** A node's points stand on a raster of 2^7 a side, one in a cell. */
const RASTER_BITS = 7;
/** Levels below a cell that are built at once: with the raster of the lowest they use up ten bits of a key. */
const LEVELS = 3;
const KEY_BITS = 10;

/** A node: a cube of the root's cube, halved `level` times. */
export interface Cube {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A node whose points are settled. */
export interface Built extends Cube {
  /** Positions of its points in the words given; empty where they all went up. */
  readonly points: Uint32Array;
  readonly leaf: boolean;
}

/** A node of which some points may still go up to its parent. */
export interface Kept extends Cube {
  readonly held: Uint32Array;
  /** It has no nodes below. */
  readonly leaf: boolean;
}

/** What became of the points of one cube. */
export interface Division {
  /** Settled nodes. */
  readonly nodes: Built[];
  /** The topmost node: that of the cube, or of the smallest cube in it that holds everything. */
  readonly top: Kept;
}

const spread = Uint32Array.from({ length: 1 << KEY_BITS }, (_, value) => {
  let out = 0;
  for (let bit = 0; bit < KEY_BITS; bit++) out |= ((value >> bit) & 1) << (3 * bit);
  return out;
});

/** Divides the points of a cube among the nodes at and below it, so that each is in exactly one. The order of the points decides nothing but between equals. */
export function divide(words: Uint32Array, cube: Cube, sampler = new Sampler()): Division {
  const { keys, order } = sorted(words, cube.level);
  const branch = new Branch(words, keys, order, sampler);
  const top = branch.node(0, order.length, 0, cube);
  return { nodes: branch.nodes, top };
}

class Branch {
  readonly nodes: Built[] = [];

  constructor(
    private readonly words: Uint32Array,
    private readonly keys: Uint32Array,
    private readonly order: Uint32Array,
    private readonly sampler: Sampler,
  ) {}

  node(from: number, to: number, depth: number, cube: Cube): Kept {
    const own = this.order.subarray(from, to);
    if (to - from <= LEAF_POINTS || cube.level >= DEEPEST) return { ...cube, held: own, leaf: true };
    if (depth === LEVELS) return this.#deeper(own, cube);
    const children: Kept[] = [];
    const shift = 3 * (KEY_BITS - 1 - depth);
    for (let at = from; at < to; ) {
      const octant = (this.keys[at] >>> shift) & 7;
      const end = this.#end(at, to, shift, octant);
      children.push(this.node(at, end, depth + 1, childOf(cube, octant)));
      at = end;
    }
    return raise(this.words, cube, children, this.nodes, this.sampler);
  }

  /** Too many points for ten bits of a key: the node is a cube of its own. */
  #deeper(own: Uint32Array, cube: Cube): Kept {
    const part = new Uint32Array(own.length * WORDS);
    for (let k = 0; k < own.length; k++) for (let w = 0; w < WORDS; w++) part[k * WORDS + w] = this.words[own[k] * WORDS + w];
    const back = (points: Uint32Array): Uint32Array => points.map((k) => own[k]);
    const { nodes, top } = divide(part, cube, this.sampler);
    for (const node of nodes) this.nodes.push({ ...node, points: back(node.points) });
    return { ...top, held: back(top.held) };
  }

  #end(from: number, to: number, shift: number, octant: number): number {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.keys[middle] >>> shift) & 7) > octant) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The octant's cube; bits from the highest are x, y, z. */
export function childOf({ level, x, y, z }: Cube, octant: number): Cube {
  return { level: level + 1, x: x * 2 + (octant >> 2), y: y * 2 + ((octant >> 1) & 1), z: z * 2 + (octant & 1) };
}

/**
 * Takes from the children what their parent shows: of every cell of its raster the point nearest to the middle. The children, so settled, are added to `nodes`.
 * A single child stands for its parent, which would show nothing that it does not.
 */
export function raise(words: Uint32Array, { level, x, y, z }: Cube, children: readonly Kept[], nodes: Built[], sampler: Sampler): Kept {
  if (children.length === 1) return children[0];
  const held = sampler.sample(words, level, children.map((child) => child.held));
  for (const { held: points, ...child } of children) nodes.push({ ...child, points: points.filter((point) => !sampler.isTaken(point)) });
  sampler.forget(held);
  return { level, x, y, z, held, leaf: false };
}

/** Tables that sampling uses, kept from one node to the next. */
export class Sampler {
  /** Of every cell of a raster the point nearest to its middle, + 1. */
  readonly #best = new Uint32Array(1 << (3 * RASTER_BITS));
  readonly #distance = new Float32Array(1 << (3 * RASTER_BITS));
  #taken = new Uint8Array(1 << 16);

  sample(words: Uint32Array, level: number, candidates: readonly Uint32Array[]): Uint32Array {
    const count = words.length / WORDS;
    if (this.#taken.length < count) this.#taken = new Uint8Array(count);
    let chosen = this.#choose(words, level, RASTER_BITS, candidates);
    // Points that fill a space and no surface: a coarser raster.
    for (let bits = RASTER_BITS - 1; chosen.length > MOST_POINTS && bits > 0; bits--) chosen = this.#choose(words, level, bits, [chosen]);
    for (const point of chosen) this.#taken[point] = 1;
    return chosen;
  }

  isTaken(point: number): boolean {
    return this.#taken[point] === 1;
  }

  forget(points: Uint32Array): void {
    for (const point of points) this.#taken[point] = 0;
  }

  #choose(words: Uint32Array, level: number, bits: number, candidates: readonly Uint32Array[]): Uint32Array {
    const shift = BITS - level - bits;
    const mask = (1 << bits) - 1;
    const half = shift > 0 ? 2 ** (shift - 1) : 0;
    const cellOf = (at: number): number => ((((words[at] >>> shift) & mask) << (2 * bits)) | (((words[at + 1] >>> shift) & mask) << bits) | ((words[at + 2] >>> shift) & mask)) >>> 0;
    const inside = 2 ** shift - 1;
    let cells = 0;
    for (const points of candidates) {
      for (let k = 0; k < points.length; k++) {
        const at = points[k] * WORDS;
        const [dx, dy, dz] = [(words[at] & inside) - half, (words[at + 1] & inside) - half, (words[at + 2] & inside) - half];
        const distance = dx * dx + dy * dy + dz * dz;
        const cell = cellOf(at);
        if (this.#best[cell] === 0) cells++;
        else if (this.#distance[cell] <= Math.fround(distance)) continue;
        this.#best[cell] = points[k] + 1;
        this.#distance[cell] = distance;
      }
    }
    return this.#collect(cells, candidates, (point) => cellOf(point * WORDS));
  }

  /** The chosen in the order in which they came; the raster is clean after it. */
  #collect(cells: number, candidates: readonly Uint32Array[], cellOf: (point: number) => number): Uint32Array {
    const out = new Uint32Array(cells);
    let n = 0;
    for (const points of candidates) {
      for (let k = 0; k < points.length; k++) {
        const cell = cellOf(points[k]);
        if (this.#best[cell] !== points[k] + 1) continue;
        this.#best[cell] = 0;
        out[n++] = points[k];
      }
    }
    return out;
  }
}

/** Points along a curve through the cube that keeps neighbours together (Morton), by ten bits below the cube. */
function sorted(words: Uint32Array, level: number): { keys: Uint32Array; order: Uint32Array } {
  const count = words.length / WORDS;
  const shift = Math.max(0, BITS - level - KEY_BITS);
  const mask = (1 << KEY_BITS) - 1;
  let keys = new Uint32Array(count);
  let order = new Uint32Array(count);
  for (let k = 0, at = 0; k < count; k++, at += WORDS) {
    keys[k] = (spread[(words[at] >>> shift) & mask] << 2) | (spread[(words[at + 1] >>> shift) & mask] << 1) | spread[(words[at + 2] >>> shift) & mask];
    order[k] = k;
  }
  let [otherKeys, otherOrder] = [new Uint32Array(count), new Uint32Array(count)];
  for (let digit = 0; digit < 30; digit += 10) {
    const starts = new Uint32Array(1025);
    for (let k = 0; k < count; k++) starts[((keys[k] >>> digit) & 1023) + 1]++;
    for (let k = 0; k < 1024; k++) starts[k + 1] += starts[k];
    for (let k = 0; k < count; k++) {
      const to = starts[(keys[k] >>> digit) & 1023]++;
      otherKeys[to] = keys[k];
      otherOrder[to] = order[k];
    }
    [keys, otherKeys, order, otherOrder] = [otherKeys, keys, otherOrder, order];
  }
  return { keys, order };
}
