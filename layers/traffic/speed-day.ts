/** Bytes that a day of speeds may take. */
const BUDGET = 8 << 20;
const DAY = 86_400;
/** Seconds between two samples at least. */
const EVERY = 20;
/** Samples kept whatever they take, and seconds within which nearly all are kept. */
const LEAST = 60;
const RECENT = 900;

/** What the roads said over the last day: samples of all of them. Where a day of samples does not fit, older ones are thinned: the last minutes stay dense, the morning keeps its shape. */
export class SpeedDay {
  readonly ids: readonly string[];
  /** Most samples. */
  readonly most: number;
  #times: number[] = [];
  #rows: Float32Array[] = [];

  constructor(ids: readonly string[]) {
    this.ids = ids;
    this.most = Math.max(LEAST, Math.min(DAY / EVERY, Math.floor(BUDGET / (4 * Math.max(1, ids.length)))));
  }

  get length(): number {
    return this.#times.length;
  }

  /** Takes a sample where one is due. A clock that went back begins anew. @returns whether it was taken */
  add(now: number, values: Float32Array): boolean {
    const last = this.#times.at(-1);
    if (last !== undefined && now >= last && now - last < EVERY) return false;
    if (values.every((value) => Number.isNaN(value))) return false;
    if (last !== undefined && now < last) [this.#times, this.#rows] = [[], []];
    this.#times.push(now);
    this.#rows.push(values.slice());
    if (now - this.#times[0] > DAY) this.#drop(0);
    if (this.#times.length > this.most) this.#drop(this.#leastMissed(now));
    return true;
  }

  /** All samples as the analysis takes them: [t · n], fresh arrays to be handed over. */
  columns(): { times: Float64Array; speeds: Float32Array } {
    const speeds = new Float32Array(this.#rows.length * this.ids.length);
    this.#rows.forEach((row, t) => speeds.set(row, t * this.ids.length));
    return { times: Float64Array.from(this.#times), speeds };
  }

  #drop(at: number): void {
    this.#times.splice(at, 1);
    this.#rows.splice(at, 1);
  }

  /** The sample whose neighbours are nearest to each other for its age; never the first or the last. */
  #leastMissed(now: number): number {
    const gap = (i: number): number => (this.#times[i + 1] - this.#times[i - 1]) / (now - this.#times[i] + RECENT);
    let best = 1;
    for (let i = 2; i + 1 < this.#times.length; i++) if (gap(i) < gap(best)) best = i;
    return best;
  }
}
