import { placer, type Pose } from '#geo';

/** A camera on its way: gently off, gently on, higher in the middle when the way is long. */
export class Flight {
  readonly #from: Pose;
  readonly #to: Pose;
  readonly #start: number;
  readonly #seconds: number;
  readonly #hump: number;
  readonly done: Promise<void>;
  #finish!: () => void;

  constructor(from: Pose, to: Pose, start: number, seconds: number) {
    this.#from = from;
    this.#to = to;
    this.#start = start;
    this.#seconds = seconds;
    const [east, north] = placer({ lon: from.lon, lat: from.lat, height: 0 }).place(to.lon, to.lat, 0, new Float64Array(3));
    this.#hump = Math.max(0, Math.hypot(east, north) * 0.35 - Math.max(from.height, to.height));
    this.done = new Promise((resolve) => { this.#finish = resolve; });
  }

  /** Pose at a moment (seconds of the same clock as `start`), and whether it has arrived; then `done` settles. */
  at(now: number): { pose: Pose; arrived: boolean } {
    const t = Math.min(1, Math.max(0, (now - this.#start) / this.#seconds));
    const k = t * t * (3 - 2 * t);
    const mix = (a: number, b: number): number => a + (b - a) * k;
    const turn = (a: number, b: number): number => a + ((((b - a) % 360) + 540) % 360 - 180) * k;
    const { ...from } = this.#from;
    const to = this.#to;
    if (t >= 1) {
      this.#finish();
      return { pose: { ...to }, arrived: true };
    }
    const pose = {
      lon: turn(from.lon, to.lon), lat: mix(from.lat, to.lat), height: mix(from.height, to.height) + this.#hump * 4 * k * (1 - k),
      heading: (turn(from.heading, to.heading) + 360) % 360, pitch: mix(from.pitch, to.pitch), roll: turn(from.roll, to.roll),
    };
    return { pose, arrived: false };
  }

  /** Ends it where it is: `done` settles. */
  stop(): void {
    this.#finish();
  }
}
