/** Milliseconds a JSON is kept for whoever asks for it next: a layer looks at what it is before its view reads it. */
const KEEP = 3000;
/** Largest that is kept, bytes. */
const MOST = 4 * 2 ** 20;

interface Entry {
  readonly bytes: Promise<Uint8Array<ArrayBuffer>>;
  readonly abort: AbortController;
  waiting: number;
}

/** Fetches of JSON that several want at a time, or right after one another, are one. Failures are not kept. */
export class Recent {
  readonly #entries = new Map<string, Entry>();

  /** @param fetch fetches anew; its signal is aborted when nobody waits any more */
  async get(key: string, signal: AbortSignal | undefined, fetch: (signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(key) ?? this.#begin(key, fetch);
    entry.waiting++;
    let leave = (): void => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal?.reason);
      signal?.addEventListener('abort', leave, { once: true });
    });
    try {
      signal?.throwIfAborted();
      // A copy: what is handed on is transferred away.
      return (await Promise.race([entry.bytes, left])).slice();
    } finally {
      signal?.removeEventListener('abort', leave);
      if (--entry.waiting === 0 && signal?.aborted) this.#end(key, entry);
    }
  }

  #begin(key: string, fetch: (signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>): Entry {
    const abort = new AbortController();
    const entry: Entry = { bytes: fetch(abort.signal), abort, waiting: 0 };
    this.#entries.set(key, entry);
    entry.bytes.then(({ length }) => { setTimeout(() => this.#forget(key, entry), length <= MOST ? KEEP : 0); }, () => this.#forget(key, entry));
    return entry;
  }

  #end(key: string, entry: Entry): void {
    entry.abort.abort();
    this.#forget(key, entry);
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
