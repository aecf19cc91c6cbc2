import type { Anchor } from '#geo';
import { ORDER, type Drawn, type FeedSpec, type FeedStatus, type Hit, type OpenFeed, type PickAsk, type Reading, type Stage, type Track } from '#engine';
import { vehicleClasses } from './levels.ts';
import { NearModels, nearWish } from './near-models.ts';
import { eyeDistance } from './road-lines.ts';

/** What vehicles need of the city and of the layer's options. */
export interface VehicleWish {
  readonly spec: FeedSpec;
  readonly anchor: Anchor;
  /** Anchors of the city's other places, each with vehicles of its own. */
  readonly siblings: readonly Anchor[];
  readonly roads: string | null;
  readonly dem: string | null;
  /** Seconds behind the clock, so that every place shown lies between two known ones. */
  readonly lag: number;
  readonly capacity: number;
  /** Most vehicles drawn as models, and metres from the eye within which they are. */
  readonly near: { readonly most: number; readonly within: number };
  /** One colour for all symbols; by speed when absent. */
  readonly colour?: string;
}

/** Near, an arrow is this long; from afar it shrinks towards a long vehicle's length, so that thousands stay quiet. */
const ARROW_PIXELS = 11;
const ARROW_METRES = 16;
/** Metres above the ground. */
const LIFT = 1.2;
/** A vehicle that was silent for this many times the patience it is given is taken to have left. */
const GONE = 4;

/** Vehicles of a feed as arrows that turn along their way; their columns stay in the worker. */
export class Vehicles {
  status: FeedStatus | null = null;
  readonly feed: OpenFeed;
  readonly #stage: Stage;
  readonly #wish: VehicleWish;
  #drawn: Drawn | null = null;
  readonly #near: NearModels | null;
  /** Seconds after the last reading shown when a vehicle is stale, and when it is gone. */
  readonly #patience: { readonly staleAfter: number; readonly goneAfter: number };

  constructor(stage: Stage, wish: VehicleWish, changed: () => void) {
    this.#stage = stage;
    this.#wish = wish;
    // What is shown at a moment was said `lag` earlier, so that much of the patience is already used up.
    const staleAfter = Math.max(0, wish.spec.staleAfter - wish.lag);
    this.#patience = { staleAfter, goneAfter: staleAfter + (GONE - 1) * wish.spec.staleAfter };
    const near = wish.near.most > 0 ? nearWish(wish.near.most, wish.near.within) : null;
    this.feed = stage.feeds.open(wish.spec, {
      anchor: wish.anchor, as: 'points', lag: wish.lag, lift: LIFT, capacity: wish.capacity,
      colour: wish.colour ?? { key: 'speed', classes: vehicleClasses }, roads: wish.roads ?? undefined, dem: wish.dem ?? undefined, goneAfter: this.#patience.goneAfter, ...(near ? { near } : {}), ...(wish.siblings.length > 0 ? { siblings: wish.siblings } : {}),
    }, {
      reset: ({ epoch, capacity }) => this.#reset(epoch, capacity),
      motion: (change) => this.#drawn?.write(change),
      models: (kind, change) => this.#near?.write(kind, change),
      values: () => {},
      status: (status) => {
        this.status = status;
        changed();
      },
    }, stage.signal);
    this.#near = near && new NearModels(stage, { anchor: wish.anchor, wish: near, feed: this.feed, ...this.#patience });
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const { width, height, x, y, time } = ask;
    const reading = await this.feed.nearest({ clip: ask.clip(this.#wish.anchor), width, height, x, y, time });
    if (!reading || reading.lon === null || reading.lat === null) return null;
    const { id, lon, lat } = reading;
    return { layer: this.#stage.id, id, lon, lat, height: reading.height ?? 0, depth: eyeDistance(this.#stage, lon, lat, reading.height ?? 0), properties: { kind: 'vehicle' } };
  }

  reading(id: string): Promise<Reading | null> {
    return this.feed.reading(id, this.#stage.clock.now());
  }

  track(id: string, from: number, to: number): Promise<Track> {
    return this.feed.track(id, from, to);
  }

  close(): void {
    this.feed.close();
    this.#near?.close();
    this.#drawn?.dispose();
    this.#drawn = null;
  }

  /** A new batch for a new epoch: hidden slots that the feed fills. */
  #reset(epoch: number, capacity: number): void {
    if (this.#stage.signal.aborted) return;
    this.#drawn?.dispose();
    this.#near?.reset(epoch);
    this.#drawn = this.#stage.draw({
      kind: 'points', anchor: this.#wish.anchor, epoch, order: ORDER.symbol, ids: null, size: ARROW_PIXELS, metres: ARROW_METRES, symbol: 'arrow', stem: 0,
      places: new Float32Array(3 * capacity), colours: new Uint8Array(4 * capacity),
      motion: { to: new Float32Array(3 * capacity), times: new Float32Array(2 * capacity), ...this.#patience },
    });
  }
}
