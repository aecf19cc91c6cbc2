import { canonical, digestOf, TwinError, type Card, type CardSeries, type Extent, type FeedSpec, type FeedStatus, type Hit, type Layer, type LayerDocument, type Legend, type OpenFeed, type PickAsk, type Series, type Stage } from '#engine';
import { corridorBands, junctionState, readCityCatalogue, readJunctions, type CorridorBands, type GroupReading, type HeightsInput, type HeightsOutput, type Junction, type JunctionFile, type JunctionState } from '#models';
import { corridorDiagram, junctionCard } from './card.ts';
import { DrawnSignals } from './drawn-signals.ts';
import { junctionsLegend } from './legend.ts';
import { groupTitle } from './lights.ts';
import { junctionsStatus } from './status.ts';

/** Milliseconds between two showings: seconds count down. */
const BEAT = 500;
/** Seconds of course that a card shows. */
const COURSE = 1800;
/** Seconds after which a signal's last word is no longer shown where no feed says otherwise: a wrong colour is worse than none. */
const STALE = 15;

/** What a table or export gets of a junction. */
export interface JunctionRow {
  readonly id: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  readonly delay: number | null;
  readonly level: string | null;
  readonly queue: number | null;
  readonly asOf: number | null;
  readonly stale: boolean;
}

export interface JunctionsResult {
  /** The worst first. */
  readonly rows: readonly JunctionRow[];
  readonly corridors: readonly { readonly id: string; readonly name: string; readonly junctions: readonly string[]; readonly cycle: number; readonly forward: number; readonly reverse: number; readonly efficiency: number }[];
}

export class JunctionsLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #file: JunctionFile | null = null;
  #byId: ReadonlyMap<string, Junction> = new Map();
  #bands: readonly CorridorBands[] = [];
  #drawn: DrawnSignals | null = null;
  readonly #readings = new Map<string, { -readonly [Key in keyof GroupReading]: GroupReading[Key] }>();
  #states: ReadonlyMap<string, JunctionState> = new Map();
  #feed: OpenFeed | null = null;
  #status: FeedStatus | null = null;
  #open = '';
  #said = '';
  #failed = '';
  #told = '';

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (!document.url) throw new TwinError('bad-input', 'A junctions layer needs the URL of a file of junctions.', { where: stage.id });
    const url = stage.resolve(document.url);
    const file = readJunctions(await stage.json<unknown>(url), url);
    const heights = await this.#heights(file.junctions);
    if (stage.signal.aborted) return;
    this.#file = file;
    this.#byId = new Map(file.junctions.map((junction) => [junction.id, junction]));
    this.#bands = file.corridors.map((entry) => corridorBands(entry, this.#byId)).filter((bands) => bands !== null);
    this.#drawn = new DrawnSignals(stage, file.junctions, heights);
    const timer = setInterval(() => this.#show(), BEAT);
    stage.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    stage.clock.onChange(() => this.#show(), stage.signal);
    this.#openFeed();
    this.#show();
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (!this.#drawn || this.#stage.signal.aborted) return;
    if (canonical(document.feed ?? null) !== this.#open) this.#openFeed();
    this.#show();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const found = this.#drawn?.pick(ask);
    if (!found) return null;
    const { junction: { id, name, lon, lat }, hit } = found;
    return { layer: this.#stage.id, id, lon, lat, height: hit.height, depth: hit.depth, properties: { kind: 'junction', name } };
  }

  async describe(hit: Hit): Promise<Card | null> {
    const junction = this.#byId.get(hit.id);
    if (!junction) return null;
    const state = this.#state(junction);
    const wanted = this.#document.options?.corridor;
    const own = this.#bands.filter(({ entry }) => entry.signals.some((signal) => signal.junction === junction.id));
    const bands = own.find(({ entry }) => entry.id === wanted) ?? own[0];
    const { source } = this.#document;
    return junctionCard(state, {
      diagram: bands ? corridorDiagram(bands, (id) => this.#byId.get(id)?.name ?? id, junction.id) : null,
      series: await this.#queues(state), source: source ? { zh: source, en: source } : null,
    });
  }

  legend(): Legend | null {
    return this.#file ? junctionsLegend() : null;
  }

  extent(): Extent | null {
    const list = this.#file?.junctions ?? [];
    if (list.length === 0) return null;
    const lons = list.map(({ lon }) => lon);
    const lats = list.map(({ lat }) => lat);
    return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats), top: 40 };
  }

  result(): JunctionsResult {
    const rows = [...this.#states.values()].map(({ junction: { id, name, lon, lat }, delay, level, queue, asOf, stale }) => ({ id, name, lon, lat, delay, level, queue, asOf, stale }));
    return {
      rows: rows.toSorted((a, b) => (b.delay ?? -1) - (a.delay ?? -1)),
      corridors: this.#bands.map(({ entry: { id, name, signals }, cycle, bands: { forward, reverse, efficiency } }) => ({ id, name, junctions: signals.map(({ junction }) => junction), cycle, forward: forward.width, reverse: reverse.width, efficiency })),
    };
  }

  async digest(time: number): Promise<string> {
    return digestOf((await this.#feed?.digest(time)) ?? '');
  }

  async recording(): Promise<Uint8Array> {
    if (!this.#feed) throw new TwinError('unsupported', 'This junctions layer has no feed, so there is nothing to record.', { where: this.#stage.id });
    return this.#feed.recording();
  }

  #state(junction: Junction): JunctionState {
    return junctionState(junction, (id) => this.#readings.get(id), this.#stage.clock.now(), this.#document.feed?.staleAfter ?? STALE);
  }

  /** Courses of the two groups with the longest queues. */
  async #queues({ junction, groups }: JunctionState): Promise<CardSeries[]> {
    const feed = this.#feed;
    if (!feed) return [];
    const now = this.#stage.clock.now();
    const longest = groups.filter(({ queue }) => queue !== null).toSorted((a, b) => b.queue! - a.queue!).slice(0, 2);
    const courses = await Promise.all(longest.map(({ group }) => feed.series(`${junction.id}/${group.id}`, now - COURSE, now).catch((): Readonly<Record<string, Series>> => ({}))));
    return courses.flatMap(({ queue }, i) => {
      const title = groupTitle(longest[i].group.heading, longest[i].group.movement);
      return queue && queue.times.length > 1 ? [{ title: { zh: `排队 · ${title.zh}`, en: `Queue, ${title.en}` }, unit: 'veh', ...queue }] : [];
    });
  }

  /** Ground under the junctions, where a city says it. */
  async #heights(junctions: readonly Junction[]): Promise<Map<string, number>> {
    const stage = this.#stage;
    const { city } = this.#document.options ?? {};
    if (typeof city !== 'string' || junctions.length === 0) return new Map();
    const url = stage.resolve(city);
    const { terrain } = readCityCatalogue(await stage.json<unknown>(url), url).layers;
    if (!terrain) return new Map();
    const input: HeightsInput = { dem: stage.resolve(terrain.dem, url), places: Float64Array.from(junctions.flatMap(({ lon, lat }) => [lon, lat])) };
    const { heights } = await stage.analysis.run<HeightsInput, HeightsOutput>('heights', input, { signal: stage.signal, affinity: input.dem });
    return new Map(junctions.map(({ id }, i) => [id, Number.isFinite(heights[i]) ? heights[i] : 0]));
  }

  #openFeed(): void {
    const { feed: spec } = this.#document;
    this.#open = canonical(spec ?? null);
    this.#feed?.close();
    this.#feed = null;
    this.#status = null;
    this.#readings.clear();
    if (!spec) return;
    const groups = this.#file?.junctions.reduce((sum, junction) => sum + junction.groups.length, 0) ?? 0;
    this.#feed = this.#stage.feeds.open(this.#absolute(spec), { anchor: this.#stage.anchor, as: 'values', lag: 0, lift: 0, colour: '#ffffff', capacity: Math.max(1024, groups * 2) }, {
      reset: () => {},
      motion: () => {},
      values: ({ name, ids, values, times }) => this.#take(name, ids, values, times),
      status: (status) => {
        this.#status = status;
        this.#say();
      },
    }, this.#stage.signal);
  }

  /** What came, by group; NaN: the group says that it has no such value. */
  #take(name: string, ids: readonly string[], values: Float32Array, times: Float64Array): void {
    if (name !== 'state' && name !== 'left' && name !== 'queue' && name !== 'delay' && name !== 'flow') return;
    ids.forEach((id, i) => {
      const reading = this.#readings.get(id) ?? { time: times[i] };
      reading[name] = Number.isNaN(values[i]) ? undefined : values[i];
      // The moment of the state and its seconds is the one that ages; queues and flows may come less often.
      if (name === 'state' || name === 'left' || reading.state === undefined) reading.time = times[i];
      this.#readings.set(id, reading);
    });
  }

  #show(): void {
    if (this.#stage.signal.aborted || !this.#drawn || !this.#file) return;
    this.#states = new Map(this.#file.junctions.map((junction) => [junction.id, this.#state(junction)]));
    const { visible, opacity } = this.#document;
    this.#drawn.show(this.#states, visible && opacity > 0);
    const states = [...this.#states.values()];
    this.#stage.values.offer(`${this.#stage.id}.delay`, states.map(({ junction }) => junction.id), Float32Array.from(states, ({ delay }) => delay ?? Number.NaN));
    this.#say();
    const told = JSON.stringify(states.map(({ level, queue, stale }) => [level, queue, stale]));
    if (told !== this.#told) this.#stage.changed();
    this.#told = told;
  }

  #say(): void {
    if (this.#stage.signal.aborted || !this.#file) return;
    const { clock } = this.#stage;
    const status = junctionsStatus({ feed: this.#status, states: [...this.#states.values()], file: this.#file, paused: clock.state.mode === 'paused', strangers: this.#strangers() });
    const message = this.#status?.state === 'failed' ? (this.#status.issues.at(-1)?.message ?? 'The feed cannot be reached; it is tried again.') : '';
    if (message !== '' && message !== this.#failed) this.#stage.report(new TwinError('feed-failed', message, { where: this.#stage.id, retryable: true }));
    this.#failed = message;
    const said = JSON.stringify(status);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.status(status);
  }

  /** Ids that told something and are no group of a junction here. */
  #strangers(): number {
    return [...this.#readings.keys()].filter((id) => {
      const cut = id.lastIndexOf('/');
      return !this.#byId.get(id.slice(0, cut))?.groups.some((group) => group.id === id.slice(cut + 1));
    }).length;
  }

  /** References count from the page; a page's own socket has the page's host. */
  #absolute(spec: FeedSpec): FeedSpec {
    const socket = spec.transport === 'mqtt' || spec.transport === 'websocket';
    const url = spec.transport === 'push' ? spec.url : this.#stage.resolve(spec.url);
    return { ...spec, url: socket ? url.replace(/^http/u, 'ws') : url, ...(spec.module ? { module: this.#stage.resolve(spec.module) } : {}) };
  }
}
