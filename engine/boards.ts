import type { Mark, Marks, Values } from './layer.ts';

/** What layers paint on each other's features, kept by dataset and owner; one a twin. */
export class MarkBoard {
  readonly #marks = new Map<string, Map<string, readonly Mark[]>>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #rank: (layer: string) => number;

  /** @param rank a layer's place among the layers, to lay marks over one another in their order */
  constructor(rank: (layer: string) => number) {
    this.#rank = rank;
  }

  /** The board as one layer sees it; what it set goes when its signal ends. */
  for(layer: string, signal: AbortSignal): Marks {
    signal.addEventListener('abort', () => {
      for (const dataset of this.#marks.keys()) this.#set(dataset, layer, null);
    }, { once: true });
    return {
      set: (dataset, marks) => this.#set(dataset, layer, marks),
      of: (dataset) => {
        const owners = [...(this.#marks.get(dataset) ?? [])].sort(([a], [b]) => this.#rank(a) - this.#rank(b));
        return owners.flatMap(([, marks]) => marks);
      },
      watch: (dataset, listener) => watch(this.#watchers, dataset, listener, signal),
    };
  }

  #set(dataset: string, layer: string, marks: readonly Mark[] | null): void {
    const owners = this.#marks.get(dataset) ?? new Map<string, readonly Mark[]>();
    if (marks === null && !owners.delete(layer)) return;
    if (marks) owners.set(layer, marks);
    this.#marks.set(dataset, owners);
    for (const listener of this.#watchers.get(dataset) ?? []) listener();
  }
}

/** Live values by feature id that layers offer one another; one a twin. */
export class ValueBoard {
  readonly #values = new Map<string, { owner: string; ids: readonly string[]; values: Float32Array }>();
  readonly #watchers = new Map<string, Set<() => void>>();

  names(): string[] {
    return [...this.#values.keys()];
  }

  for(layer: string, signal: AbortSignal): Values {
    signal.addEventListener('abort', () => {
      for (const [name, entry] of this.#values) if (entry.owner === layer) this.#values.delete(name);
    }, { once: true });
    return {
      offer: (name, ids, values) => {
        this.#values.set(name, { owner: layer, ids, values });
        for (const listener of this.#watchers.get(name) ?? []) listener();
      },
      of: (name) => this.#values.get(name) ?? null,
      watch: (name, listener) => watch(this.#watchers, name, listener, signal),
    };
  }
}

function watch(watchers: Map<string, Set<() => void>>, key: string, listener: () => void, signal: AbortSignal): void {
  const set = watchers.get(key) ?? new Set();
  watchers.set(key, set.add(listener));
  signal.addEventListener('abort', () => set.delete(listener), { once: true });
}
