/** A seeded stream of numbers: the same seed gives the same city on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Whole number in [low, high]. */
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** A stream of its own, so that a change in one district leaves the others as they are. */
  fork(name: string): Random;
}

/** FNV-1a over UTF-16 units. @source Fowler, Noll, Vo; draft-eastlake-fnv, 32 bits */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** @source Tommy Ettinger, mulberry32 (public domain) */
export function seeded(seed: string): Random {
  let state = hash(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    whole: (low, high) => low + Math.floor((high - low + 1) * next()),
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)],
    fork: (name) => seeded(`${seed}/${name}`),
  };
}

const lattice = (x: number, y: number, salt: number): number => {
  let value = Math.imul(x | 0, 374761393) ^ Math.imul(y | 0, 668265263) ^ Math.imul(salt, 2147483647);
  value = Math.imul(value ^ (value >>> 13), 1274126177);
  return ((value ^ (value >>> 16)) >>> 0) / 2147483648 - 1;
};

/** Smooth noise in [-1, 1] with features of about one unit. */
export function noise(x: number, y: number, salt = 0): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const smooth = (t: number): number => t * t * t * (t * (t * 6 - 15) + 10);
  const fx = smooth(x - x0);
  const fy = smooth(y - y0);
  const low = lattice(x0, y0, salt) * (1 - fx) + lattice(x0 + 1, y0, salt) * fx;
  const high = lattice(x0, y0 + 1, salt) * (1 - fx) + lattice(x0 + 1, y0 + 1, salt) * fx;
  return low * (1 - fy) + high * fy;
}
