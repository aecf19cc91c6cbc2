/** Bytes that a day of speeds may take. */
const BUDGET = 8 << 20;
const DAY = 86_400;
/** Seconds between two samples at least. */
const SHORTEST = 20;

/** What the roads said over the last day: a sample of all of them every so many seconds, in a ring. */
export class SpeedDay {
  readonly ids: readonly string[];
  /** Seconds from sample to sample: a day of them fits the budget. */
  readonly every: number;
  readonly #most: number;
  #times: number[] = [];
  #rows: Float32Array[] = [];

  constructor(ids: readonly string[]) {
    this.ids = ids;
    const rows = Math.max(24, Math.floor(BUDGET / (4 * Math.max(1, ids.length))));
    this.every = Math.max(SHORTEST, Math.ceil(DAY / rows));
    this.#most = Math.ceil(DAY / this.every);
  }

  get length(): number {
    return this.#times.length;
  }

  /** Takes a sample where one is due. A clock that went back begins anew. @returns whether it was taken */
  add(now: number, values: Float32Array): boolean {
    const last = this.#times.at(-1);
    if (last !== undefined && now >= last && now - last < this.every) return false;
    if (last !== undefined && now < last) this.clear();
    if (values.every((value) => Number.isNaN(value))) return false;
    this.#times.push(now);
    this.#rows.push(values.slice());
    if (this.#times.length > this.#most) {
      this.#times.shift();
      this.#rows.shift();
    }
    return true;
  }

  clear(): void {
    this.#times = [];
    this.#rows = [];
  }

  /** All samples as the analysis takes them: [t · n], fresh arrays to be handed over. */
  columns(): { times: Float64Array; speeds: Float32Array } {
    const speeds = new Float32Array(this.#rows.length * this.ids.length);
    this.#rows.forEach((row, t) => speeds.set(row, t * this.ids.length));
    return { times: Float64Array.from(this.#times), speeds };
  }
}
