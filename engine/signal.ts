/** A typed event emitter for one object; listeners end with the AbortSignal they were given or with the function that `on` returns. */
export interface Signal<Events> {
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void, options?: { signal?: AbortSignal }): () => void;
}

export class Emitter<Events> implements Signal<Events> {
  #listeners = new Map<keyof Events, Set<(event: never) => void>>();
  /** Called when a listener throws, so that one host's fault does not stop the others. */
  readonly #onThrow: (cause: unknown) => void;

  constructor(onThrow: (cause: unknown) => void = (cause) => queueMicrotask(() => { throw cause; })) {
    this.#onThrow = onThrow;
  }

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void, options: { signal?: AbortSignal } = {}): () => void {
    if (options.signal?.aborted) return () => {};
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    const off = (): void => {
      set.delete(listener);
    };
    options.signal?.addEventListener('abort', off, { once: true });
    return off;
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    // A copy: a listener may take itself away while it is called.
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      try {
        (listener as (event: Events[Name]) => void)(event);
      } catch (cause) {
        this.#onThrow(cause);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
