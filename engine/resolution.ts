/** Milliseconds between frames above which a moving picture counts as too slow, and below which it may be finer again. */
const SLOW = 45;
const FAST = 20;
const COARSEST = 0.5;

/** Drawing resolution by experience: it falls while moving on weak machines and returns at rest. */
export class ResolutionPolicy {
  #last = 0;
  #mean = 0;
  #moving = false;
  #wanted = 1;

  get wanted(): number {
    return this.#moving ? this.#wanted : 1;
  }

  moved(resting: boolean): void {
    if (resting) this.#last = 0;
    this.#moving = !resting;
  }

  /** A frame was drawn that began at `start` (milliseconds). @returns the resolution for the next one */
  drawn(start: number): number {
    const between = start - this.#last;
    if (this.#moving && this.#last > 0 && between < 1000) {
      this.#mean = this.#mean === 0 ? between : this.#mean * 0.8 + between * 0.2;
      if (this.#mean > SLOW) this.#wanted = Math.max(COARSEST, this.#wanted - 0.125);
      else if (this.#mean < FAST) this.#wanted = Math.min(1, this.#wanted + 0.05);
    }
    this.#last = start;
    return this.wanted;
  }
}
