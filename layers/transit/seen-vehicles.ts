import { ORDER, type Classes, type Drawn, type FeedSpec, type Hit, type OpenFeed, type PickAsk, type Reading, type Stage } from '#engine';
import { punctualityClasses } from '#models';

const CAPACITY = 8192;
const LIFT = 2;
const LAG = 2;

/** Colours of vehicles by how late they are; a delay on a limit is the more punctual one. */
export const delayClasses: Classes = {
  limits: punctualityClasses.limits, colours: punctualityClasses.classes.map(({ colour }) => colour), labels: punctualityClasses.classes.map(({ zh, en }) => ({ zh, en })), inclusive: true,
};

/** Vehicles where they say they are: symbols that move from reading to reading, in the colour of their delay, fading when they fall silent. */
export class SeenVehicles {
  readonly #stage: Stage;
  readonly #spec: FeedSpec;
  readonly #feed: OpenFeed;
  #drawn: Drawn | null = null;

  constructor(stage: Stage, spec: FeedSpec, options: { readonly dem: string | null; readonly symbol: string }) {
    this.#stage = stage;
    this.#spec = spec;
    this.#feed = stage.feeds.open(spec, { anchor: { ...stage.anchor, height: 0 }, as: 'points', lag: LAG, lift: LIFT, capacity: CAPACITY, colour: { key: 'delay', classes: delayClasses }, ...(options.dem ? { dem: options.dem } : {}) }, {
      reset: ({ epoch, capacity }) => this.#reset(epoch, capacity, options.symbol),
      motion: (change) => this.#drawn?.write(change),
      values: () => {},
      status: () => {},
    }, stage.signal);
  }

  /** Trips whose vehicle told its place lately. */
  async trips(time: number): Promise<Set<string>> {
    const { ids, places, stale } = await this.#feed.columns(time).catch(() => ({ ids: [], places: new Float32Array(0), stale: new Uint8Array(0) }));
    return new Set(ids.filter((_, i) => stale[i] === 0 && !Number.isNaN(places[3 * i])));
  }

  reading(trip: string): Promise<Reading | null> {
    return this.#feed.reading(trip, this.#stage.clock.now()).catch(() => null);
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const { width, height, x, y, time } = ask;
    const reading = await this.#feed.nearest({ clip: ask.clip({ ...this.#stage.anchor, height: 0 }), width, height, x, y, time });
    if (!reading || reading.lon === null || reading.lat === null) return null;
    return { layer: this.#stage.id, id: `trip ${reading.id}`, lon: reading.lon, lat: reading.lat, height: reading.height ?? 0, depth: 0, properties: { kind: 'trip' } };
  }

  close(): void {
    this.#feed.close();
    this.#drawn?.dispose();
    this.#drawn = null;
  }

  #reset(epoch: number, capacity: number, symbol: string): void {
    if (this.#stage.signal.aborted) return;
    this.#drawn?.dispose();
    this.#drawn = this.#stage.draw({
      kind: 'points', anchor: { ...this.#stage.anchor, height: 0 }, epoch, order: ORDER.symbol + 0.4, ids: null, size: 19, metres: 26, symbol, stem: 0,
      places: new Float32Array(3 * capacity), colours: new Uint8Array(4 * capacity),
      motion: { to: new Float32Array(3 * capacity), times: new Float32Array(2 * capacity), staleAfter: Math.max(0, this.#spec.staleAfter - LAG) },
    });
  }
}
