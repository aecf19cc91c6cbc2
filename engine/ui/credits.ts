import type { Part } from './element.ts';
import type { TwinPort } from './port.ts';

/** The credits of the picture as a widget of a page. Its code is a file of its own, shared with pages that have no widgets. */
export function creditsWidget({ ui: { twin, words }, root, signal }: Part): void {
  void import('./credits-line.ts').then(({ creditsLine }) => { if (!signal.aborted) creditsLine(root, twin, () => words.language, signal); });
}

/** Writes the credits into the corner of a twin's element as soon as there are any; nothing is loaded before. */
export function watchCredits(twin: Pick<TwinPort, 'credits' | 'on'>, element: HTMLElement, signal: AbortSignal): void {
  let asked = false;
  const check = (): void => {
    if (asked || signal.aborted || twin.credits().length === 0) return;
    asked = true;
    void import('./credits-line.ts').then(({ showCredits }) => showCredits(twin, element, signal));
  };
  check();
  for (const name of ['state', 'result', 'status'] as const) {
    const off = twin.on(name, check);
    signal.addEventListener('abort', off, { once: true });
  }
}
