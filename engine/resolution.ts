/** Milliseconds between frames above which a moving picture counts as too slow, and below which it may be finer again. */
const SLOW = 45;
const FAST = 20;
const COARSEST = 0.5;
/** Frames in a row that are fast before what a machine went without is tried again. */
const PATIENCE = 240;

/**
 * What a weak machine goes without, by experience and in this order: first ripples, reflections and stars, then resolution while the picture moves. Shadows
 * and occlusion are painted into map and tiles, so there is nothing to drop. Resolution returns at rest, the rest after many fast frames.
 */
export class ResolutionPolicy {
  #last = 0;
  #mean = 0;
  #moving = false;
  #wanted = 1;
  #plain: boolean;
  #fast = 0;

  /** @param plain for machines known to be weak: without the fine things from the start and for good */
  constructor(private readonly weak = false) {
    this.#plain = weak;
  }

  get wanted(): number {
    return this.#moving ? this.#wanted : 1;
  }

  /** Whether the light is to be drawn without ripples, reflections and stars. */
  get plain(): boolean {
    return this.#plain;
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
      this.#fast = this.#mean < FAST ? this.#fast + 1 : 0;
      if (this.#mean > SLOW && !this.#plain) this.#plain = true;
      else if (this.#mean > SLOW) this.#wanted = Math.max(COARSEST, this.#wanted - 0.125);
      else if (this.#mean < FAST && this.#wanted < 1) this.#wanted = Math.min(1, this.#wanted + 0.05);
      else if (this.#fast > PATIENCE && this.#plain && !this.weak) [this.#plain, this.#fast] = [false, 0];
    }
    this.#last = start;
    return this.wanted;
  }
}
