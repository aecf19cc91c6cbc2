/** Ids that several buildings have: which of them is the how-manieth. All three by row. */
export interface Renaming {
  readonly ids: BigUint64Array;
  /** Place of the building on the curve; ascending within an id. */
  readonly keys: Float64Array;
  /** From 1 on; the first keeps its id. */
  readonly ordinals: Uint32Array;
}

/** Ids and places of what one reader found. */
export interface FoundIds {
  readonly ids: BigUint64Array;
  readonly keys: Float64Array;
}

/**
 * Which buildings must be told apart because they have one id: in the order of their places, whatever the order of the inputs.
 * @param again gives the same lists once more: in most cities no id is there twice, and then nothing of them is kept
 * @param atOnce hashes looked through at once
 */
export function renamingOf(lists: readonly { readonly count: number }[], again: (list: number) => FoundIds, atOnce = AT_ONCE): Renaming {
  const total = lists.reduce((sum, { count }) => sum + count, 0);
  const twice = new Set<bigint>();
  // Of very many a share at a time, by what their hashes begin with: memory stays the same.
  const passes = Math.max(1, Math.ceil(total / atOnce));
  for (let pass = 0; pass < passes; pass++) for (const id of repeatedIn(hashesOf(lists.length, again, pass, passes))) twice.add(id);
  if (twice.size === 0) return { ids: new BigUint64Array(), keys: new Float64Array(), ordinals: new Uint32Array() };
  const found: [id: bigint, key: number][] = [];
  for (let k = 0; k < lists.length; k++) {
    const { ids, keys } = again(k);
    for (let n = 0; n < ids.length; n++) if (twice.has(ids[n])) found.push([ids[n], keys[n]]);
  }
  found.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x - y));
  const ordinals = new Uint32Array(found.length);
  for (let n = 0; n < found.length; n++) ordinals[n] = n > 0 && found[n][0] === found[n - 1][0] ? ordinals[n - 1] + 1 : 1;
  return { ids: BigUint64Array.from(found, ([id]) => id), keys: Float64Array.from(found, ([, key]) => key), ordinals };
}

/** Hashes that are looked through at once. */
const AT_ONCE = 2_000_000;

/** One share of all hashes, sorted. */
function hashesOf(lists: number, again: (list: number) => FoundIds, pass: number, passes: number): BigUint64Array {
  let found = new Uint32Array(1 << 12);
  let count = 0;
  for (let k = 0; k < lists; k++) {
    const { ids } = again(k);
    const halves = new Uint32Array(ids.buffer, ids.byteOffset, ids.length * 2);
    if (count + halves.length > found.length) {
      const larger = new Uint32Array(Math.max(found.length * 2, count + halves.length));
      larger.set(found.subarray(0, count));
      found = larger;
    }
    if (passes === 1) {
      found.set(halves, count);
      count += halves.length;
      continue;
    }
    for (let n = 0; n < halves.length; n += 2) {
      if (Math.floor((halves[n + 1] / 2 ** 32) * passes) !== pass) continue;
      found[count++] = halves[n];
      found[count++] = halves[n + 1];
    }
  }
  return new BigUint64Array(found.buffer, 0, count / 2).sort();
}

function repeatedIn(sorted: BigUint64Array): Set<bigint> {
  const twice = new Set<bigint>();
  for (let n = 1; n < sorted.length; n++) if (sorted[n] === sorted[n - 1]) twice.add(sorted[n]);
  return twice;
}

/** The renaming of what lies in a stretch of the curve. */
export function renamingWithin({ ids, keys, ordinals }: Renaming, from: number, to: number): Renaming {
  const within = [...keys.keys()].filter((n) => keys[n] >= from && keys[n] < to);
  return { ids: BigUint64Array.from(within, (n) => ids[n]), keys: Float64Array.from(within, (n) => keys[n]), ordinals: Uint32Array.from(within, (n) => ordinals[n]) };
}
