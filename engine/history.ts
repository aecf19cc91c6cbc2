import type { Patch } from './document.ts';

interface Step {
  forth: Patch;
  back: Patch;
  by: string;
  at: number;
}

/** How long (seconds) changes of one hand to the same places count as one step: a slider dragged is undone at once. */
const SAME_STROKE = 0.8;

/** What can be undone: patches and their inverses. It keeps no document. */
export class UndoHistory {
  readonly #done: Step[] = [];
  readonly #undone: Step[] = [];
  readonly #limit: number;

  constructor(limit = 200) {
    this.#limit = limit;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** @param at seconds, to fold a stroke into one step */
  push(forth: Patch, back: Patch, by: string, at: number): void {
    this.#undone.length = 0;
    const last = this.#done.at(-1);
    const places = (patch: Patch): string => patch.map((operation) => operation.op + operation.path).join();
    const stroke = last && last.by === by && at - last.at < SAME_STROKE && forth.every((operation) => operation.op === 'replace') && places(last.forth) === places(forth);
    if (last && stroke) {
      last.forth = forth;
      last.at = at;
      return;
    }
    this.#done.push({ forth, back, by, at });
    if (this.#done.length > this.#limit) this.#done.shift();
  }

  /** The patch that undoes the last step, or null. */
  undo(): Patch | null {
    const step = this.#done.pop();
    if (!step) return null;
    this.#undone.push(step);
    return step.back;
  }

  redo(): Patch | null {
    const step = this.#undone.pop();
    if (!step) return null;
    this.#done.push(step);
    return step.forth;
  }

  clear(): void {
    this.#done.length = 0;
    this.#undone.length = 0;
  }
}
