import type { TwinError } from './errors.ts';
import type { Report } from './ports.ts';

interface Fold {
  error: TwinError;
  layer: string | null;
  repeats: number;
  timer: ReturnType<typeof setTimeout> | null;
}

/** Most different problems remembered at once; the oldest makes room. */
const REMEMBERED = 256;

/** One event a cause at once, its repeats folded to one a second with their count: a flood of errors is not a second fault. */
export class Reporter {
  readonly #folds = new Map<string, Fold>();
  readonly #emit: (report: Report) => void;
  readonly #every: number;

  constructor(emit: (report: Report) => void, everySeconds = 1) {
    this.#emit = emit;
    this.#every = everySeconds * 1000;
  }

  report(error: TwinError, layer: string | null): void {
    const key = `${layer ?? ''}\n${error.code}\n${error.where}\n${error.message}`;
    const known = this.#folds.get(key);
    if (known?.timer) {
      known.repeats++;
      known.error = error;
      return;
    }
    const fold: Fold = known ?? { error, layer, repeats: 0, timer: null };
    fold.error = error;
    this.#folds.delete(key);
    this.#folds.set(key, fold);
    if (this.#folds.size > REMEMBERED) this.#forget();
    this.#emit({ error, layer, repeats: 1 });
    this.#arm(fold);
  }

  dispose(): void {
    for (const fold of this.#folds.values()) if (fold.timer) clearTimeout(fold.timer);
    this.#folds.clear();
  }

  #arm(fold: Fold): void {
    fold.timer = setTimeout(() => {
      fold.timer = null;
      if (fold.repeats === 0) return;
      const repeats = fold.repeats;
      fold.repeats = 0;
      this.#emit({ error: fold.error, layer: fold.layer, repeats });
      this.#arm(fold);
    }, this.#every);
  }

  #forget(): void {
    const [key, fold] = this.#folds.entries().next().value as [string, Fold];
    if (fold.timer) clearTimeout(fold.timer);
    this.#folds.delete(key);
  }
}
