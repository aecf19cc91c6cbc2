import type { Issue } from '../../engine/errors.ts';

export const LAYERS = ['buildings', 'roads', 'areas', 'places', 'networks', 'elements', 'points'] as const;
export type LayerName = (typeof LAYERS)[number];

/** What went in, what came out, and why the rest did not. A multi-part feature counts as its parts, a network as its nodes and links, a model as its elements. */
export interface Account {
  in: number;
  out: number;
  skipped: Record<string, number>;
  layers: Record<LayerName, number>;
  /** Where the heights of the buildings came from. */
  heights: { given: number; storeys: number; default: number };
  /** Buildings whose source id had been used before and got `#2`, `#3`…, and those without any, numbered by file. */
  ids: { repeated: number; made: number };
  /** Holes that were dropped (no area, outside their outline, crossing themselves): the building stands without them. */
  holesDropped: number;
  /** Inputs in order, with the parts counted from each. */
  inputs: { name: string; format: string; in: number; out: number }[];
  /** Terrain samples without data that were filled from their neighbours. */
  terrainFilled: number;
  issues: Issue[];
}

export function newAccount(): Account {
  return {
    in: 0,
    out: 0,
    skipped: {},
    layers: { buildings: 0, roads: 0, areas: 0, places: 0, networks: 0, elements: 0, points: 0 },
    heights: { given: 0, storeys: 0, default: 0 },
    ids: { repeated: 0, made: 0 },
    holesDropped: 0,
    inputs: [],
    terrainFilled: 0,
    issues: [],
  };
}

export function countSkipped(account: Account, reason: string, count = 1): void {
  account.in += count;
  account.skipped[reason] = (account.skipped[reason] ?? 0) + count;
}

export function countOut(account: Account, layer: LayerName, count = 1): void {
  account.in += count;
  account.out += count;
  account.layers[layer] += count;
}

/** Adds what another account counted. */
export function addAccount(into: Account, from: Account): void {
  into.in += from.in;
  into.out += from.out;
  for (const [reason, count] of Object.entries(from.skipped)) into.skipped[reason] = (into.skipped[reason] ?? 0) + count;
  for (const layer of LAYERS) into.layers[layer] += from.layers[layer];
  for (const source of ['given', 'storeys', 'default'] as const) into.heights[source] += from.heights[source];
  into.ids.made += from.ids.made;
  into.ids.repeated += from.ids.repeated;
  into.holesDropped += from.holesDropped;
  into.terrainFilled += from.terrainFilled;
  into.inputs.push(...from.inputs);
  into.issues.push(...from.issues);
}

/** Gives every id once: the first keeps the source's, later ones get `#2`, `#3`…; without one, `prefix-n`. */
export class Names {
  readonly #used = new Map<string, number>();
  readonly #made = new Map<string, number>();

  constructor(private readonly account: Account) {}

  next(source: string, prefix: string): string {
    if (source === '') {
      const n = (this.#made.get(prefix) ?? 0) + 1;
      this.#made.set(prefix, n);
      this.account.ids.made++;
      return this.#free(`${prefix}-${n}`);
    }
    const id = this.#free(source);
    if (id !== source) this.account.ids.repeated++;
    return id;
  }

  #free(wanted: string): string {
    let n = this.#used.get(wanted);
    if (n === undefined) {
      this.#used.set(wanted, 1);
      return wanted;
    }
    let id: string;
    do id = `${wanted}#${++n}`;
    while (this.#used.has(id));
    this.#used.set(wanted, n);
    this.#used.set(id, 1);
    return id;
  }
}
