import { canonical, digestOf, TwinError, type Card, type Extent, type FeedSpec, type FeedStatus, type Hit, type Layer, type LayerDocument, type Legend, type OpenFeed, type PickAsk, type Series, type Stage } from '#engine';
import { readCityCatalogue, readStands, type HeightsInput, type HeightsOutput, type Stand, type StandFile } from '#models';
import { Bars } from './bars.ts';
import { standCard, type StandPast } from './card.ts';
import { standState, type StandState, type Told } from './stand-state.ts';
import { parkingLegend, parkingStatus } from './status.ts';

const BEAT = 1000;
/** Seconds of past that a card counts over, and bays whose past it asks for at most. */
const PAST = 24 * 3600;
const MOST_BAYS = 300;
const STALE = 900;

export interface ParkingResult {
  /** The fullest first. */
  readonly rows: readonly { readonly id: string; readonly name: string; readonly kind: Stand['kind']; readonly lon: number; readonly lat: number; readonly taken: number | null; readonly free: number | null; readonly capacity: number | null; readonly asOf: number | null; readonly stale: boolean }[];
}

export class ParkingLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #file: StandFile | null = null;
  #bars: Bars | null = null;
  readonly #told = new Map<string, Map<string, { value: number; time: number }>>();
  #states: ReadonlyMap<string, StandState> = new Map();
  #feed: OpenFeed | null = null;
  #status: FeedStatus | null = null;
  #open = '';
  #said = '';
  #failed = '';
  #shown = '';
  #kept: { readonly key: string; readonly past: StandPast } | null = null;

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (!document.url) throw new TwinError('bad-input', 'A parking layer needs the URL of a file of stands, or of a GBFS station_information.json.', { where: stage.id });
    const url = stage.resolve(document.url);
    const file = readStands(await stage.json<unknown>(url), url);
    const heights = await this.#heights(file.stands);
    if (stage.signal.aborted) return;
    this.#file = file;
    this.#bars = new Bars(stage, file.stands, heights);
    const timer = setInterval(() => this.#show(), BEAT);
    stage.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    stage.clock.onChange(() => this.#show(), stage.signal);
    this.#openFeed();
    this.#show();
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (!this.#bars || this.#stage.signal.aborted) return;
    if (canonical(document.feed ?? null) !== this.#open) this.#openFeed();
    this.#show();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const found = this.#bars?.pick(ask);
    if (!found) return null;
    const { stand: { id, name, kind, lon, lat }, hit } = found;
    return { layer: this.#stage.id, id, lon, lat, height: hit.height, depth: hit.depth, properties: { kind, name } };
  }

  async describe(hit: Hit): Promise<Card | null> {
    const state = this.#states.get(hit.id);
    if (!state) return null;
    const { source } = this.#document;
    return standCard(state, await this.#past(state), source ? { zh: source, en: source } : null);
  }

  legend(): Legend | null {
    return this.#file ? parkingLegend(new Set(this.#file.stands.map(({ kind }) => kind))) : null;
  }

  extent(): Extent | null {
    const list = this.#file?.stands ?? [];
    if (list.length === 0) return null;
    const lons = list.map(({ lon }) => lon);
    const lats = list.map(({ lat }) => lat);
    return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats), top: 40 };
  }

  result(): ParkingResult {
    const share = ({ taken, capacity }: StandState): number => (taken === null || !capacity ? -1 : taken / capacity);
    return { rows: [...this.#states.values()].toSorted((a, b) => share(b) - share(a)).map(({ stand: { id, name, kind, lon, lat }, taken, free, capacity, asOf, stale }) => ({ id, name, kind, lon, lat, taken, free, capacity, asOf, stale })) };
  }

  async digest(time: number): Promise<string> {
    return digestOf((await this.#feed?.digest(time)) ?? '');
  }

  async recording(): Promise<Uint8Array> {
    if (!this.#feed) throw new TwinError('unsupported', 'This parking layer has no feed, so there is nothing to record.', { where: this.#stage.id });
    return this.#feed.recording();
  }

  /** The past of a stand and its bays, asked for again when the stand said something new. */
  async #past({ stand, asOf }: StandState): Promise<StandPast> {
    const to = this.#stage.clock.now();
    const none: StandPast = { from: to - PAST, to, course: null, bays: [] };
    const feed = this.#feed;
    if (!feed) return none;
    const key = `${stand.id} ${asOf} ${this.#open}`;
    if (this.#kept?.key === key) return this.#kept.past;
    const series = (id: string, name: string): Promise<Series | null> => feed.series(id, to - PAST, to).then((all) => all[name] ?? null, () => null);
    const [course, ...bays] = await Promise.all([series(stand.id, stand.kind === 'bikes' ? 'bikes' : 'occupied'), ...stand.bays.slice(0, MOST_BAYS).map(({ id }) => series(`${stand.id}/${id}`, 'occupied'))]);
    const past = { ...none, course, bays: bays.filter((bay) => bay !== null && bay.times.length > 0) as Series[] };
    this.#kept = { key, past };
    return past;
  }

  async #heights(stands: readonly Stand[]): Promise<Map<string, number>> {
    const stage = this.#stage;
    const { city } = this.#document.options ?? {};
    if (typeof city !== 'string' || stands.length === 0) return new Map();
    const url = stage.resolve(city);
    const { terrain } = readCityCatalogue(await stage.json<unknown>(url), url).layers;
    if (!terrain) return new Map();
    const input: HeightsInput = { dem: stage.resolve(terrain.dem, url), places: Float64Array.from(stands.flatMap(({ lon, lat }) => [lon, lat])) };
    const { heights } = await stage.analysis.run<HeightsInput, HeightsOutput>('heights', input, { signal: stage.signal, affinity: input.dem });
    return new Map(stands.map(({ id }, i) => [id, Number.isFinite(heights[i]) ? heights[i] : 0]));
  }

  #openFeed(): void {
    const { feed: spec } = this.#document;
    this.#open = canonical(spec ?? null);
    this.#feed?.close();
    this.#feed = this.#status = this.#kept = null;
    this.#told.clear();
    if (!spec) return;
    const ids = this.#file?.stands.reduce((sum, { bays }) => sum + 1 + bays.length, 0) ?? 0;
    this.#feed = this.#stage.feeds.open(this.#absolute(spec), { anchor: this.#stage.anchor, as: 'values', lag: 0, lift: 0, colour: '#ffffff', capacity: Math.max(1024, ids * 2) }, {
      reset: () => {},
      motion: () => {},
      values: ({ name, ids: from, values, times }) => from.forEach((id, i) => {
        const own = this.#told.get(id) ?? new Map<string, { value: number; time: number }>();
        this.#told.set(id, own.set(name, { value: values[i], time: times[i] }));
      }),
      status: (status) => {
        this.#status = status;
        this.#say();
      },
    }, this.#stage.signal);
  }

  #show(): void {
    if (this.#stage.signal.aborted || !this.#bars || !this.#file) return;
    const now = this.#stage.clock.now();
    const staleAfter = this.#document.feed?.staleAfter ?? STALE;
    const told = (id: string): Told | undefined => this.#told.get(id);
    this.#states = new Map(this.#file.stands.map((stand) => [stand.id, standState(stand, told, now, staleAfter)]));
    const { visible, opacity } = this.#document;
    this.#bars.show(this.#states, told, visible && opacity > 0);
    const states = [...this.#states.values()];
    this.#stage.values.offer(`${this.#stage.id}.free`, states.map(({ stand }) => stand.id), Float32Array.from(states, ({ free, stale }) => (stale ? Number.NaN : (free ?? Number.NaN))));
    this.#say();
    const shown = JSON.stringify(states.map(({ taken, free, stale }) => [taken, free, stale]));
    if (shown !== this.#shown) this.#stage.changed();
    this.#shown = shown;
  }

  #say(): void {
    if (this.#stage.signal.aborted || !this.#file) return;
    const status = parkingStatus({ feed: this.#status, states: [...this.#states.values()], file: this.#file, paused: this.#stage.clock.state.mode === 'paused' });
    const message = this.#status?.state === 'failed' ? (this.#status.issues.at(-1)?.message ?? 'The feed cannot be reached; it is tried again.') : '';
    if (message !== '' && message !== this.#failed) this.#stage.report(new TwinError('feed-failed', message, { where: this.#stage.id, retryable: true }));
    this.#failed = message;
    const said = JSON.stringify(status);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.status(status);
  }

  /** References count from the page; a page's own socket has the page's host. */
  #absolute(spec: FeedSpec): FeedSpec {
    const socket = spec.transport === 'mqtt' || spec.transport === 'websocket';
    const url = spec.transport === 'push' ? spec.url : this.#stage.resolve(spec.url);
    return { ...spec, url: socket ? url.replace(/^http/u, 'ws') : url, ...(spec.module ? { module: this.#stage.resolve(spec.module) } : {}) };
  }
}
