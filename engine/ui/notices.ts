export interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'bad';
  /** A way back or on, shown as a button. */
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Seconds it stays; 6 when absent, 12 for bad news. */
  readonly seconds?: number;
}

/** Short messages of a page, newest last; the same text twice is one notice. */
export class Notices {
  #listeners = new Set<(notice: Notice) => void>();

  say(notice: Notice): void {
    for (const listener of this.#listeners) listener(notice);
  }

  onNotice(listener: (notice: Notice) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }
}
