import { canonical, digestOf, resolvedFeed, toTwinError, TwinError, type Card, type Extent, type FeedSpec, type FeedStatus, type Hit, type Layer, type LayerDocument, type LayerInput, type LayerType, type Legend, type OpenFeed, type PickAsk, type Stage, type Text, type Track } from '#engine';
import { methodText, readCityCatalogue, type CityCatalogue } from '#models';
import { isWide, placesOf, together } from './city-places.ts';
import { CongestionWatch, type CongestionOptions } from './congestion-watch.ts';
import { trafficLegend } from './levels.ts';
import { RoadLines } from './road-lines.ts';
import type { TrafficResult } from './result.ts';
import { SpeedDay } from './speed-day.ts';
import { trafficStatus } from './status.ts';
import { Trails } from './trails.ts';
import { Vehicles } from './vehicles.ts';

export interface TrafficOptions {
  /** A city folder's city.json, for the roads to drive on; relative to the page. */
  readonly url: string;
  /** Vehicles: id, time, place, speed (m/s), heading. */
  readonly feed?: FeedSpec;
  /** Roads: id, time, speed (km/h). */
  readonly roadsFeed?: FeedSpec;
  /** Seconds that vehicles stay behind the clock: a little more than the time between two messages (6 by default). */
  readonly lag?: number;
  /** Most vehicles (20,000 by default). */
  readonly capacity?: number;
  /**
   * How vehicles look near: the nearest are drawn as models, at most `models` of them (2,000; 0 draws symbols only) within so many metres of the eye (450);
   * `trail` seconds of the way driven (30; 0 for none) are shown behind the selected vehicle and behind those of `trailOf`.
   */
  readonly vehicles?: { readonly models?: number; readonly within?: number; readonly trail?: number; readonly trailOf?: readonly string[] };
  /** How congestion is judged, and for which area; with a roads feed only. */
  readonly congestion?: CongestionOptions;
  readonly title?: Text;
}

/** Vehicles as arrows on their roads, and roads coloured by how they flow. */
export function traffic(options: TrafficOptions): LayerInput {
  const { url, feed, title, roadsFeed, lag, capacity, vehicles, congestion } = options;
  const own = Object.fromEntries(Object.entries({ roadsFeed, lag, capacity, vehicles, congestion }).filter(([, value]) => value !== undefined));
  return { type: 'traffic', url, ...(feed ? { feed } : {}), ...(title ? { title } : {}), options: own };
}

const DEFAULT_LAG = 6;
const DEFAULT_CAPACITY = 20_000;
const DEFAULT_TRAIL = 30;
const DEFAULT_NEAR = { most: 2000, within: 450 } as const;
/** Milliseconds between two colourings of the roads while values come. */
const RECOLOUR = 200;
const SAY = 1000;

class TrafficLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #city: CityCatalogue | null = null;
  #url = '';
  #lines: RoadLines | null = null;
  /** One a place: a twin may hold cities far apart. */
  #vehicles: readonly Vehicles[] = [];
  #trails!: Trails;
  #day: SpeedDay | null = null;
  #congestion: CongestionWatch | null = null;
  #judged = '';
  #roads: { feed: OpenFeed; status: FeedStatus | null } | null = null;
  /** The options that the feeds were opened with. */
  #open = '';
  #fresh = 0;
  #recolouring: ReturnType<typeof setTimeout> | null = null;
  #notes: Text[] = [];
  #said = '';
  #failed = '';

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    this.#trails = new Trails(stage, (id, from, to) => this.#track(id, from, to));
    stage.watch(() => this.#trail());
    if (!document.url) throw new TwinError('bad-input', 'A traffic layer needs the URL of a city.json, for the roads.', { where: stage.id });
    this.#url = stage.resolve(document.url);
    const city = readCityCatalogue(await stage.json<unknown>(this.#url), this.#url);
    if (stage.signal.aborted) return;
    this.#city = city;
    const timer = setInterval(() => this.#tick(), SAY);
    stage.signal.addEventListener('abort', () => {
      clearInterval(timer);
      if (this.#recolouring !== null) clearTimeout(this.#recolouring);
    }, { once: true });
    if (!city.layers.roads) this.#notes.push({ zh: '数据中没有道路，车辆按直线移动', en: 'no roads in the data: vehicles move in straight lines' });
    if (city.synthetic) this.#notes.push({ zh: '合成城市，非真实数据', en: 'synthetic city, not real data' });
    const wide = isWide(city);
    if (!wide) this.#openVehicles(city);
    this.#say();
    stage.changed();
    await this.#loadRoads(city);
    if (stage.signal.aborted) return;
    if (wide) this.#openVehicles(city);
    this.#openRoads();
    this.#tick();
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (!this.#city || this.#stage.signal.aborted) return;
    this.#trail();
    this.#judge();
    if (this.#wanted() === this.#open) return;
    this.#openVehicles(this.#city);
    this.#openRoads();
    this.#stage.changed();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const hits = await Promise.all(this.#vehicles.map((vehicles) => vehicles.pick(ask)));
    return hits.find((hit) => hit !== null) ?? this.#lines?.pick(ask) ?? null;
  }

  async describe(hit: Hit): Promise<Card | null> {
    const now = this.#stage.clock.now();
    const source = this.#document.source ? { zh: this.#document.source, en: this.#document.source } : null;
    if (hit.properties.kind !== 'road') {
      const readings = await Promise.all(this.#vehicles.map((vehicles) => vehicles.reading(hit.id)));
      const reading = readings.find((each) => each !== null);
      if (reading) return (await import('./card.ts')).vehicleCard(reading, now, source);
    }
    const road = this.#lines?.state(hit.id, now);
    return road ? (await import('./card.ts')).roadCard(road, now, source) : null;
  }

  legend(): Legend | null {
    return this.#city ? trafficLegend(this.#roads !== null, this.#vehicles.length > 0, this.#congestion && methodText(this.#congestion.method)) : null;
  }

  extent(): Extent | null {
    if (!this.#city) return null;
    const [west, south, east, north] = this.#city.bounds;
    return { west, south, east, north, top: 30 };
  }

  result(): TrafficResult {
    return {
      vehicle: async (id) => (await Promise.all(this.#vehicles.map((vehicles) => vehicles.reading(id)))).find((reading) => reading !== null) ?? null,
      track: (id, from, to) => this.#track(id, from, to),
      congestion: this.#congestion?.output ?? null,
      listed: this.#congestion?.listed() ?? null,
    };
  }

  async digest(time: number): Promise<string> {
    const feeds = [...(this.#vehicles.length > 0 ? this.#vehicles.map(({ feed }) => feed) : [undefined]), this.#roads?.feed];
    return digestOf((await Promise.all(feeds.map((feed) => feed?.digest(time) ?? ''))).join('\n'));
  }

  async recording(): Promise<Uint8Array> {
    const feed = this.#vehicles[0]?.feed ?? this.#roads?.feed;
    if (!feed) throw new TwinError('unsupported', 'This traffic layer has no feed, so there is nothing to record.', { where: this.#stage.id });
    return feed.recording();
  }

  #option(name: 'lag' | 'capacity', otherwise: number): number {
    const value = this.#document.options?.[name];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise;
  }

  /** What the feeds are opened for: a change of it opens them anew, a change of trails or of how congestion is judged does not. */
  #wanted(): string {
    const { vehicles, congestion: _, ...options } = (this.#document.options ?? {}) as Record<string, unknown> & { vehicles?: Record<string, unknown> };
    const { trail: _trail, trailOf: _trailOf, ...near } = vehicles ?? {};
    return canonical({ ...options, near });
  }

  #look(): { models?: unknown; within?: unknown; trail?: unknown; trailOf?: unknown } {
    return this.#document.options?.vehicles ?? {};
  }

  #trail(): void {
    const { trail, trailOf } = this.#look();
    const seconds = typeof trail === 'number' && trail >= 0 ? Math.min(600, trail) : DEFAULT_TRAIL;
    const named = Array.isArray(trailOf) ? trailOf.filter((id) => typeof id === 'string') : [];
    const { selection } = this.#stage.document();
    const chosen = selection?.layer === this.#stage.id ? [selection.id] : [];
    this.#trails.show(this.#document.visible ? [...new Set([...named, ...chosen])] : [], seconds);
  }

  async #track(id: string, from: number, to: number): Promise<Track | null> {
    const tracks = await Promise.all(this.#vehicles.map((vehicles) => vehicles.track(id, from, to)));
    return tracks.find(({ times }) => times.length > 0) ?? null;
  }

  #near(): { most: number; within: number } {
    const given = this.#look();
    const of = (value: unknown, otherwise: number, most: number): number => (typeof value === 'number' && value >= 0 ? Math.min(most, value) : otherwise);
    return { most: Math.round(of(given.models, DEFAULT_NEAR.most, 2000)), within: of(given.within, DEFAULT_NEAR.within, 5000) };
  }

  #openVehicles(city: CityCatalogue): void {
    this.#open = this.#wanted();
    for (const vehicles of this.#vehicles) vehicles.close();
    this.#vehicles = [];
    const spec = this.#document.feed;
    if (!spec) return;
    const absolute = (reference: string | undefined): string | null => (reference === undefined ? null : this.#stage.resolve(reference, this.#url));
    const [lon, lat] = city.center;
    const anchors = isWide(city) && this.#lines ? placesOf(this.#lines.anchors) : [{ lon, lat, height: 0 }];
    this.#vehicles = anchors.map((anchor) => new Vehicles(this.#stage, {
      spec: resolvedFeed(spec, (reference) => this.#stage.resolve(reference)), anchor, siblings: anchors.filter((other) => other !== anchor), roads: absolute(city.layers.roads?.companion), dem: absolute(city.layers.terrain?.dem),
      lag: this.#option('lag', DEFAULT_LAG), capacity: Math.max(1, Math.round(this.#option('capacity', DEFAULT_CAPACITY))), near: this.#near(),    }, () => this.#say()));
  }

  async #loadRoads(city: CityCatalogue): Promise<void> {
    if (!city.layers.roads) return;
    const lines = new RoadLines(this.#stage);
    try {
      await lines.load(this.#stage.resolve(city.layers.roads.companion, this.#url), city.layers.terrain ? this.#stage.resolve(city.layers.terrain.dem, this.#url) : null);
      this.#lines = lines;
    } catch (cause) {
      if (this.#stage.signal.aborted) return;
      this.#notes.push({ zh: '道路未能载入', en: 'the roads could not be loaded' });
      this.#stage.report(toTwinError(cause, 'analysis-failed', this.#stage.id));
    }
  }

  #openRoads(): void {
    this.#roads?.feed.close();
    this.#roads = null;
    const spec = this.#document.options?.roadsFeed;
    if (!isFeed(spec) || !this.#lines || this.#stage.signal.aborted) return;
    const lines = this.#lines;
    lines.clear();
    lines.staleAfter = spec.staleAfter;
    const feed = this.#stage.feeds.open(resolvedFeed(spec, (reference) => this.#stage.resolve(reference)), { anchor: this.#stage.anchor, as: 'values', lag: 0, lift: 0, colour: '#ffffff', capacity: Math.max(1024, lines.ids.length * 2) }, {
      reset: () => {},
      motion: () => {},
      values: ({ name, ids, values, times }) => {
        if (name === 'flow') lines.setFlows(ids, values);
        if (name !== 'speed') return;
        lines.set(ids, values, times);
        this.#recolouring ??= setTimeout(() => this.#recolour(), RECOLOUR);
      },
      status: (status) => {
        roads.status = status;
        this.#say();
      },
    }, this.#stage.signal);
    const roads: { feed: OpenFeed; status: FeedStatus | null } = { feed, status: null };
    this.#roads = roads;
    if (!this.#city?.layers.roads) return;
    this.#day = new SpeedDay(lines.ids);
    this.#congestion = new CongestionWatch(this.#stage, { roads: this.#stage.resolve(this.#city.layers.roads.companion, this.#url), day: this.#day, flows: () => lines.flows(), changed: () => this.#stage.changed() });
    this.#judged = '';
    this.#judge();
  }

  /** Hands the document's way of judging on where it is another. */
  #judge(): void {
    const options = this.#document.options?.congestion ?? {};
    if (!this.#congestion || canonical(options) === this.#judged) return;
    this.#judged = canonical(options);
    this.#congestion.configure(options);
    this.#stage.changed();
  }

  #recolour(): void {
    this.#recolouring = null;
    if (!this.#stage.signal.aborted && this.#lines) this.#fresh = this.#lines.recolour(this.#stage.clock.now());
  }

  /** Once a second: values that grew old fade, ages are said, and the speeds are offered to whoever joins them as '<layer id>.speed'. */
  #tick(): void {
    if (this.#lines && this.#roads) {
      if (this.#recolouring === null) this.#recolour();
      const now = this.#stage.clock.now();
      const values = this.#lines.values(now);
      this.#stage.values.offer(`${this.#stage.id}.speed`, this.#lines.ids, values);
      if (this.#day?.add(now, values)) this.#congestion?.turn();
    }
    this.#say();
  }

  #say(): void {
    if (this.#stage.signal.aborted) return;
    const { clock } = this.#stage;
    const status = trafficStatus({
      vehicles: together(this.#vehicles.map(({ status: each }) => each)), roads: this.#roads?.status ?? null, roadsTotal: this.#lines?.ids.length ?? 0, roadsFresh: this.#fresh,
      hasRoadsFeed: this.#roads !== null, past: clock.state.mode !== 'live', now: clock.state.mode === 'live' ? clock.machine() : clock.now(), notes: [...[this.#congestion?.sentence()].filter((text) => text !== null && text !== undefined), ...this.#notes],
    });
    this.#tellFailure();
    const said = JSON.stringify(status);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.status(status);
  }

  /** A feed that fails is one event, not one a second. */
  #tellFailure(): void {
    const failing = [...this.#vehicles.map((vehicles) => vehicles.status), this.#roads?.status].find((status) => status?.state === 'failed');
    const message = failing ? (failing.issues.at(-1)?.message ?? 'The feed cannot be reached; it is tried again.') : '';
    if (message !== '' && message !== this.#failed) this.#stage.report(new TwinError('feed-failed', message, { where: this.#stage.id, retryable: true }));
    this.#failed = message;
  }
}

function isFeed(value: unknown): value is FeedSpec {
  return typeof value === 'object' && value !== null && 'transport' in value && 'url' in value;
}

export const trafficLayer: LayerType = {
  type: 'traffic',
  title: { zh: '交通', en: 'Traffic' },
  create: () => new TrafficLayer(),
};
