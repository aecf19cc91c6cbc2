/** What waits: calls of a higher priority first, then in the order they came; calls of one word of affinity go to one slot. */
export interface Waits {
  readonly options: { readonly affinity?: string; readonly priority?: number };
}

export class WaitingLine<Call extends Waits> {
  #calls: Call[] = [];
  /** Word of affinity → slot. */
  readonly #homes = new Map<string, number>();
  readonly #slots: number;

  constructor(slots: number) {
    this.#slots = slots;
  }

  get length(): number {
    return this.#calls.length;
  }

  push(call: Call): void {
    this.#calls.push(call);
  }

  /** Puts a call back to the front: it was sent and never begun. */
  again(call: Call): void {
    this.#calls.unshift(call);
  }

  remove(call: Call): void {
    this.#calls = this.#calls.filter((each) => each !== call);
  }

  clear(): Call[] {
    return this.#calls.splice(0);
  }

  /** Whether anything waits that a slot may run. */
  hasFor(slot: number): boolean {
    return this.#indexFor(slot) >= 0;
  }

  /** Takes the next call a slot may run. */
  takeFor(slot: number): Call | undefined {
    const index = this.#indexFor(slot);
    return index < 0 ? undefined : this.#calls.splice(index, 1)[0];
  }

  #indexFor(slot: number): number {
    let best = -1;
    for (let i = 0; i < this.#calls.length; i++) {
      const { affinity, priority = 0 } = this.#calls[i].options;
      if (best >= 0 && priority <= (this.#calls[best].options.priority ?? 0)) continue;
      if (affinity === undefined || this.#homeOf(affinity) === slot) best = i;
    }
    return best;
  }

  /** The slot of a word: when it is new, the one with the fewest words. */
  #homeOf(word: string): number {
    const known = this.#homes.get(word);
    if (known !== undefined) return known;
    const words = Array.from({ length: this.#slots }, () => 0);
    for (const slot of this.#homes.values()) words[slot]++;
    const home = words.indexOf(Math.min(...words));
    this.#homes.set(word, home);
    return home;
  }
}
