import type { Anchor } from '#geo';
import { canonical, digestOf, toTwinError, TwinError, type Card, type Extent, type FeedSpec, type FeedStatus, type Hit, type Layer, type LayerDocument, type LayerInput, type LayerType, type Legend, type OpenFeed, type PickAsk, type Stage, type Text } from '#engine';
import { readCityCatalogue, type CityCatalogue } from '#models';
import { trafficLegend } from './levels.ts';
import { RoadLines } from './road-lines.ts';
import { trafficStatus } from './status.ts';
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
  readonly title?: Text;
}

/** Vehicles as arrows on their roads, and roads coloured by how they flow. */
export function traffic(options: TrafficOptions): LayerInput {
  const { url, feed, title, roadsFeed, lag, capacity } = options;
  const own = Object.fromEntries(Object.entries({ roadsFeed, lag, capacity }).filter(([, value]) => value !== undefined));
  return { type: 'traffic', url, ...(feed ? { feed } : {}), ...(title ? { title } : {}), options: own };
}

const DEFAULT_LAG = 6;
const DEFAULT_CAPACITY = 20_000;
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
    if (canonical(document.options ?? {}) === this.#open) return;
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
    return this.#city ? trafficLegend(this.#roads !== null, this.#vehicles.length > 0) : null;
  }

  extent(): Extent | null {
    if (!this.#city) return null;
    const [west, south, east, north] = this.#city.bounds;
    return { west, south, east, north, top: 30 };
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

  #openVehicles(city: CityCatalogue): void {
    this.#open = canonical(this.#document.options ?? {});
    for (const vehicles of this.#vehicles) vehicles.close();
    this.#vehicles = [];
    const spec = this.#document.feed;
    if (!spec) return;
    const absolute = (reference: string | undefined): string | null => (reference === undefined ? null : this.#stage.resolve(reference, this.#url));
    const [lon, lat] = city.center;
    const anchors = isWide(city) && this.#lines ? placesOf(this.#lines.anchors) : [{ lon, lat, height: 0 }];
    this.#vehicles = anchors.map((anchor) => new Vehicles(this.#stage, {
      spec: this.#absolute(spec), anchor, siblings: anchors.filter((other) => other !== anchor), roads: absolute(city.layers.roads?.companion), dem: absolute(city.layers.terrain?.dem),
      lag: this.#option('lag', DEFAULT_LAG), capacity: Math.max(1, Math.round(this.#option('capacity', DEFAULT_CAPACITY))),
    }, () => this.#say()));
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
    const feed = this.#stage.feeds.open(this.#absolute(spec), { anchor: this.#stage.anchor, as: 'values', lag: 0, lift: 0, colour: '#ffffff', capacity: Math.max(1024, lines.ids.length * 2) }, {
      reset: () => {},
      motion: () => {},
      values: ({ name, ids, values, times }) => {
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
  }

  #recolour(): void {
    this.#recolouring = null;
    if (!this.#stage.signal.aborted && this.#lines) this.#fresh = this.#lines.recolour(this.#stage.clock.now());
  }

  /** Once a second: values that grew old fade, ages are said, and the speeds are offered to whoever joins them as '<layer id>.speed'. */
  #tick(): void {
    if (this.#lines && this.#roads) {
      if (this.#recolouring === null) this.#recolour();
      this.#stage.values.offer(`${this.#stage.id}.speed`, this.#lines.ids, this.#lines.values(this.#stage.clock.now()));
    }
    this.#say();
  }

  #say(): void {
    if (this.#stage.signal.aborted) return;
    const { clock } = this.#stage;
    const status = trafficStatus({
      vehicles: together(this.#vehicles.map(({ status: each }) => each)), roads: this.#roads?.status ?? null, roadsTotal: this.#lines?.ids.length ?? 0, roadsFresh: this.#fresh,
      hasRoadsFeed: this.#roads !== null, past: clock.state.mode !== 'live', now: clock.state.mode === 'live' ? clock.machine() : clock.now(), notes: this.#notes,
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

  /** References count from the page; a page's own socket has the page's host. */
  #absolute(spec: FeedSpec): FeedSpec {
    const socket = spec.transport === 'mqtt' || spec.transport === 'websocket';
    const url = spec.transport === 'push' ? spec.url : this.#stage.resolve(spec.url);
    return { ...spec, url: socket ? url.replace(/^http/u, 'ws') : url, ...(spec.module ? { module: this.#stage.resolve(spec.module) } : {}) };
  }
}

/** Degrees: a city wider than this has places too far apart for one batch of vehicles. */
const WIDE = 0.4;
/** Degrees within which two cells of roads are one place. */
const ONE_PLACE = 0.3;

function isWide(city: CityCatalogue): boolean {
  const [west, south, east, north] = city.bounds;
  return east - west > WIDE || north - south > WIDE;
}

function placesOf(cells: readonly Anchor[]): Anchor[] {
  const places: Anchor[] = [];
  for (const cell of cells) if (!places.some((place) => Math.hypot(place.lon - cell.lon, place.lat - cell.lat) < ONE_PLACE)) places.push(cell);
  return places.length > 0 ? places : [...cells];
}

/** Feeds of one source as one status: counts added, the worst state said. */
function together(list: readonly (FeedStatus | null)[]): FeedStatus | null {
  const known = list.filter((status) => status !== null);
  if (known.length < 2) return known[0] ?? null;
  const order: readonly FeedStatus['state'][] = ['failed', 'closed', 'stale', 'connecting', 'replay', 'live'];
  const ledger = { ...known[0].ledger };
  for (const status of known.slice(1)) for (const key of Object.keys(ledger) as (keyof typeof ledger)[]) ledger[key] += status.ledger[key];
  const newest = known.map((status) => status.newest).filter((time) => time !== null);
  const spans = known.map((status) => status.history).filter((span) => span !== null);
  return {
    state: order.find((state) => known.some((status) => status.state === state)) ?? 'connecting',
    newest: newest.length > 0 ? Math.max(...newest) : null, ids: known.reduce((sum, { ids }) => sum + ids, 0), stale: known.reduce((sum, { stale }) => sum + stale, 0),
    ledger, reconnects: Math.max(...known.map((status) => status.reconnects)), issues: known.flatMap((status) => status.issues),
    ...(known[0].past ? { past: known[0].past } : {}),
    history: spans.length > 0 ? { from: Math.min(...spans.map((span) => span.from)), to: Math.max(...spans.map((span) => span.to)), ...(spans.some(({ thinned }) => thinned) ? { thinned: spans.flatMap(({ thinned }) => thinned ?? []) } : {}) } : null,
  };
}

function isFeed(value: unknown): value is FeedSpec {
  return typeof value === 'object' && value !== null && 'transport' in value && 'url' in value;
}

export const trafficLayer: LayerType = {
  type: 'traffic',
  title: { zh: '交通', en: 'Traffic' },
  create: () => new TrafficLayer(),
};
