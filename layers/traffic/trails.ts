import { placer, type Anchor } from '#geo';
import { ORDER, type Drawn, type Stage, type Track } from '#engine';
import { parseColour } from '#models';

/** Milliseconds between two drawings of the trails. */
const EVERY = 500;
/** Metres above the ground, CSS pixels across, and the alpha at the newest end. */
const LIFT = 0.7;
const WIDTH = 4;
const ALPHA = 225;
/** Pieces of each trail, each a shade fainter than the next. */
const SHADES = 24;
const COLOUR = parseColour('#00b4ff') ?? [0, 180, 255, 255];
/** Most trails at once. */
const MOST = 50;

/** The way that some vehicles drove in the last seconds, as lines that fade towards what is long ago. */
export class Trails {
  #drawn: Drawn[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ids: readonly string[] = [];
  #seconds = 0;
  #closed = false;

  constructor(private readonly stage: Stage, private readonly track: (id: string, from: number, to: number) => Promise<Track | null>) {
    stage.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Whose trails, and how long. None: nothing is drawn and nothing runs. */
  show(ids: readonly string[], seconds: number): void {
    this.#ids = seconds > 0 ? ids.slice(0, MOST) : [];
    this.#seconds = seconds;
    if (this.#ids.length === 0) this.#draw([]);
    else if (this.#timer === null) this.#timer = setTimeout(() => void this.#turn());
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#draw([]);
  }

  async #turn(): Promise<void> {
    const now = this.stage.clock.now();
    const tracks = await Promise.all(this.#ids.map((id) => this.track(id, now - this.#seconds, now).catch(() => null)));
    this.#timer = null;
    if (this.#closed) return;
    this.#draw(this.#ids.length > 0 ? tracks.filter((track) => track !== null) : []);
    if (this.#ids.length > 0) this.#timer = setTimeout(() => void this.#turn(), EVERY);
  }

  #draw(tracks: readonly Track[]): void {
    const before = this.#drawn;
    this.#drawn = tracks.filter((track) => track.times.length > 1).map((track) => this.stage.draw(trailBatch(track, this.#seconds)));
    for (const drawn of before) drawn.dispose();
  }
}

/** A track as a batch of short lines, the oldest the faintest. */
export function trailBatch(track: Track, seconds: number): Parameters<Stage['draw']>[0] {
  const { times, places } = track;
  const count = times.length;
  const anchor: Anchor = { lon: places[3 * (count - 1)], lat: places[3 * (count - 1) + 1], height: places[3 * (count - 1) + 2] };
  const ground = placer(anchor);
  const newest = times[count - 1];
  const at = new Float64Array(3);
  const points: number[] = [];
  const starts = [0];
  const colours: number[] = [];
  let shade = -1;
  const shadeOf = (i: number): number => Math.min(SHADES - 1, Math.max(0, Math.floor((1 - (newest - times[i]) / seconds) * SHADES)));
  const push = (i: number): void => {
    ground.place(places[3 * i], places[3 * i + 1], places[3 * i + 2] + LIFT, at);
    points.push(...at);
  };
  for (let i = 0; i + 1 < count; i++) {
    if (shadeOf(i) !== shade) {
      if (shade >= 0) starts.push(points.length / 3);
      shade = shadeOf(i);
      push(i);
      colours.push(COLOUR[0], COLOUR[1], COLOUR[2], Math.round((ALPHA * (shade + 1)) / SHADES));
    }
    push(i + 1);
  }
  starts.push(points.length / 3);
  return {
    kind: 'lines', anchor, epoch: 0, order: ORDER.translucent, lying: true, ids: null, places: Float32Array.from(points), starts: Uint32Array.from(starts),
    colours: Uint8Array.from(colours), width: WIDTH, metres: false, flow: 0,
  };
}
