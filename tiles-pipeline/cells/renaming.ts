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
 */
export function renamingOf(lists: readonly { readonly count: number }[], again: (list: number) => FoundIds): Renaming {
  const all = new BigUint64Array(lists.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (let k = 0; k < lists.length; k++) {
    const { ids } = again(k);
    all.set(ids, at);
    at += ids.length;
  }
  const twice = repeatedIn(all.sort());
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
