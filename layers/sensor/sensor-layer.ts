import { canonical, digestOf, insists, resolvedFeed, TwinError, type Alarm, type Card, type CardSeries, type Extent, type FeedStatus, type Hit, type LabelEntry, type Layer, type LayerDocument, type Legend, type OpenFeed, type PickAsk, type Stage, type Text } from '#engine';
import { readCityCatalogue, readSensorKinds, type CityCatalogue, type HeightsInput, type HeightsOutput, type PlacesInput, type PlacesOutput } from '#models';
import { stationCard } from './card.ts';
import type { CourseOf } from './alert-watch.ts';
import { aqiCourse, cardSeries, movingMeans, type MovingMean } from './course.ts';
import { STATION_KINDS } from './items.ts';
import { standardFor } from './judge.ts';
import { sensorLegend } from './legend.ts';
import { AlarmMarks } from './alarm-marks.ts';
import { Markers } from './markers.ts';
import type { SensorResult } from './result.ts';
import { StationAlarms } from './station-alarms.ts';
import { StationClusters } from './station-clusters.ts';
import { stationsOf, StationValues, type Station, type StationDefinitions, type StationState } from './stations.ts';
import { sensorStatus } from './status.ts';
import { SurfacePicture } from './surface-picture.ts';

/** Milliseconds between two showings while values come, and of the slow beat that ages them. */
const SHOW = 200;
const BEAT = 1000;
/** And between two looks at where the camera is. */
const LOOK = 250;
/** Seconds of course that a card shows. */
const COURSE = 48 * 3600;

/** What a file about the readings may say. */
interface About {
  readonly source?: Text;
  readonly stations?: Readonly<Record<string, { readonly source?: Text }>>;
}

/** What a station's card shows of its past. */
interface Past {
  readonly series: readonly CardSeries[];
  readonly means: readonly MovingMean[];
}

/** What the feed is opened anew for; what is drawn of it is no part of that. */
function openKey({ feed, options }: LayerDocument): string {
  const { surface: _surface, alerts: _alerts, ...others } = options ?? {};
  return canonical({ feed: feed ?? null, options: others });
}

export class SensorLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #city: CityCatalogue | null = null;
  #stations: readonly Station[] = [];
  #markers: Markers | null = null;
  #surface: SurfacePicture | null = null;
  #clusters: StationClusters | null = null;
  #alarms: StationAlarms | null = null;
  #marks: AlarmMarks | null = null;
  readonly #values = new StationValues();
  #states: ReadonlyMap<string, StationState> = new Map();
  /** Ids of stations with an alarm that insists. */
  #alarmed: ReadonlySet<string> = new Set();
  #feed: OpenFeed | null = null;
  #status: FeedStatus | null = null;
  #about: About = {};
  #kept: { readonly key: string; readonly past: Past } | null = null;
  /** Feed and options that are open now. */
  #open = '';
  #notes: Text[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #said = '';
  #failed = '';
  /** Unix seconds since when the feed is open. */
  #heard = 0;
  #legend = '';
  #shown = '';

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (!document.url) throw new TwinError('bad-input', 'A sensor layer needs the URL of a city.json, for the places of its stations.', { where: stage.id });
    const url = stage.resolve(document.url);
    const defined = (document.options?.defined ?? {}) as StationDefinitions;
    const kinds = readSensorKinds(defined.kinds);
    const city = readCityCatalogue(await stage.json<unknown>(url), url);
    const { places, terrain } = city.layers;
    if (!places) throw new TwinError('not-found', 'There are no places in the data, so there are no stations. Build the city again with a file of points of the kinds air-station, water-station or noise-station, or take this layer away.', { where: stage.id });
    const input: PlacesInput = { places: stage.resolve(places.companion, url), dem: terrain ? stage.resolve(terrain.dem, url) : null, kinds: [...Object.keys(STATION_KINDS), ...Object.keys(kinds)] };
    const [found] = await Promise.all([stage.analysis.run<PlacesInput, PlacesOutput>('places', input, { signal: stage.signal, affinity: input.dem ?? input.places }), this.#readAbout()]);
    if (stage.signal.aborted) return;
    this.#city = city;
    this.#stations = await this.#onGround(stationsOf(found, kinds, defined), input.dem);
    if (stage.signal.aborted) return;
    if (this.#stations.length === 0) this.#notes.push({ zh: '数据中没有监测站', en: 'no stations in the data' });
    this.#markers = new Markers(stage, this.#stations);
    this.#surface = new SurfacePicture(stage, input.dem, () => { this.#soon(); stage.changed(); });
    this.#alarms = new StationAlarms(stage, this.#stations, () => {
      this.#soon();
      stage.changed();
    });
    this.#marks = new AlarmMarks(stage);
    this.#clusters = new StationClusters(stage, this.#stations, this.#markers.stem, () => this.#soon());
    const timer = setInterval(() => this.#show(), BEAT);
    const look = setInterval(() => { if (this.#document.visible) this.#clusters?.follow(this.#severity); }, LOOK);
    stage.signal.addEventListener('abort', () => {
      clearInterval(timer);
      clearInterval(look);
      if (this.#timer !== null) clearTimeout(this.#timer);
    }, { once: true });
    stage.clock.onChange(() => this.#soon(), stage.signal);
    stage.watch(() => this.#soon());
    this.#openFeed();
    this.#show();
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (!this.#markers || this.#stage.signal.aborted) return;
    if (openKey(document) !== this.#open) this.#openFeed();
    this.#show();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    const found = this.#markers?.pick(ask);
    if (!found) return null;
    const { station: { id, name, kind, lon, lat, height }, hit } = found;
    return { layer: this.#stage.id, id, lon, lat, height, depth: hit.depth, properties: { kind, name } };
  }

  async describe(hit: Hit): Promise<Card | null> {
    const station = this.#stations.find(({ id }) => id === hit.id);
    if (!station) return null;
    const now = this.#stage.clock.now();
    const state = this.#state(station, now);
    const past = await this.#past(state, now);
    const source = this.#about.stations?.[station.id]?.source ?? this.#about.source ?? (this.#document.source ? { zh: this.#document.source, en: this.#document.source } : null);
    return stationCard(state, past, source);
  }

  /** A station's courses and means, asked for and worked out again when it said something new: a card is drawn once a second. */
  async #past(state: StationState, now: number): Promise<Past> {
    const key = `${state.station.id} ${state.asOf} ${this.#open}`;
    if (this.#kept?.key === key) return this.#kept.past;
    const courses = await this.#feed?.series(state.station.id, now - COURSE, now).catch(() => null);
    if (!courses) return { series: [], means: [] };
    const { standard } = this.#document.options ?? {};
    const past: Past = { series: cardSeries(state, courses, standard), means: movingMeans(state, courses, standard) };
    this.#kept = { key, past };
    return past;
  }

  legend(): Legend | null {
    if (this.#stations.length === 0) return null;
    const surface = this.#surface?.legend();
    const kinds = new Map(this.#stations.map(({ kind, own }) => [kind, own]));
    const stations = sensorLegend(kinds, this.#airStandard(), surface?.standard ?? false);
    if (!surface) return stations;
    return { title: { zh: `${surface.title.zh}；站点：${stations.title.zh}`, en: `${surface.title.en}; stations: ${stations.title.en}` }, unit: surface.unit, entries: [...surface.entries, ...stations.entries] };
  }

  extent(): Extent | null {
    if (!this.#city || this.#stations.length === 0) return null;
    const lons = this.#stations.map(({ lon }) => lon);
    const lats = this.#stations.map(({ lat }) => lat);
    const top = Math.max(...this.#stations.map(({ height }) => height)) + (this.#markers?.stem ?? 0);
    return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats), top };
  }

  result(): SensorResult {
    const rows = [...this.#states.values()].toSorted((a, b) => (b.verdict?.severity ?? -1) - (a.verdict?.severity ?? -1)).map(({ station: { id, name, kind, lon, lat }, verdict, values, asOf, stale, quality }) => ({
      id, name, kind, lon, lat, value: verdict?.value ?? null, level: verdict?.level ?? null, primary: verdict?.primary ?? [],
      items: Object.fromEntries(Object.entries(values).filter(([item]) => item !== 'quality')), asOf, stale, simulated: quality === 'simulated',
    }));
    return { standard: this.#airStandard(), rows, surface: this.#surface?.result() ?? null, alarms: this.#alarmsAt(this.#stage.clock.now()) };
  }

  async digest(time: number): Promise<string> {
    return digestOf((await this.#feed?.digest(time)) ?? '');
  }

  async recording(): Promise<Uint8Array> {
    if (!this.#feed) throw new TwinError('unsupported', 'This sensor layer has no feed, so there is nothing to record.', { where: this.#stage.id });
    return this.#feed.recording();
  }

  /** Seconds after which a reading is old. */
  get #staleAfter(): number {
    const own = this.#document.options?.staleAfter;
    return typeof own === 'number' && own > 0 ? own : (this.#document.feed?.staleAfter ?? 3600);
  }

  /** The version that judges what is shown, as the legend names it. */
  #airStandard(): string {
    const { standard } = this.#document.options ?? {};
    const used = new Set([...this.#states.values()].filter(({ station, verdict }) => station.kind === 'air' && verdict).map(({ verdict }) => verdict!.standard));
    return used.size > 0 ? [...used].toSorted().join(' / ') : standardFor(standard, this.#stage.clock.now());
  }

  /** Stations that say no height stand on the ground; at 0 where nobody knows it. */
  async #onGround(stations: readonly Station[], dem: string | null): Promise<readonly Station[]> {
    const lost = stations.filter(({ height }) => Number.isNaN(height));
    if (lost.length === 0) return stations;
    const input: HeightsInput | null = dem === null ? null : { dem, places: lost.flatMap(({ lon, lat }) => [lon, lat]) };
    const found = input && (await this.#stage.analysis.run<HeightsInput, HeightsOutput>('heights', input, { signal: this.#stage.signal, affinity: input.dem }).catch(() => null));
    return stations.map((station) => (Number.isNaN(station.height) ? { ...station, height: found?.heights[lost.indexOf(station)] || 0 } : station));
  }

  async #readAbout(): Promise<void> {
    const { about } = this.#document.options ?? {};
    if (typeof about !== 'string') return;
    try {
      this.#about = (await this.#stage.json<About>(this.#stage.resolve(about))) ?? {};
    } catch {
      this.#notes.push({ zh: '数据来源说明未能读取', en: 'what says where the readings come from could not be read' });
    }
  }

  #openFeed(): void {
    const { feed: spec } = this.#document;
    this.#open = openKey(this.#document);
    this.#feed?.close();
    this.#feed = null;
    this.#status = null;
    this.#values.clear();
    this.#kept = null;
    if (!spec) return;
    this.#heard = this.#stage.clock.now();
    this.#feed = this.#stage.feeds.open(resolvedFeed(spec, (reference) => this.#stage.resolve(reference)), { anchor: this.#stage.anchor, as: 'values', lag: 0, lift: 0, colour: '#ffffff', capacity: Math.max(1024, this.#stations.length * 2) }, {
      reset: () => {},
      motion: () => {},
      values: ({ name, ids, values, times }) => {
        this.#values.set(name, ids, values, times);
        ids.forEach((id, i) => this.#alarms?.watch.read(id, name, { time: times[i], value: values[i] }));
        this.#soon();
      },
      status: (status) => {
        this.#status = status;
        this.#say();
      },
    }, this.#stage.signal);
  }

  #state(station: Station, now: number): StationState {
    return this.#values.state(station, now, this.#staleAfter, this.#document.options?.standard);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#show();
    }, SHOW);
  }

  /** Shows every station as it is at the clock's moment, and offers the values by station id as '<layer id>.aqi', '<layer id>.pm25' … */
  #show(): void {
    if (this.#stage.signal.aborted || !this.#markers) return;
    const now = this.#stage.clock.now();
    this.#states = new Map(this.#stations.map((station) => [station.id, this.#state(station, now)]));
    const { visible, opacity } = this.#document;
    const seen = visible && opacity > 0;
    const { surface: option, standard } = this.#document.options ?? {};
    this.#surface?.show({ states: this.#states.values(), standard: standardFor(standard, now), option, visible: seen, clock: this.#clockKey() });
    const alarms = this.#showAlarms(now, seen);
    this.#clusters?.follow(this.#severity);
    const { selection } = this.#stage.document();
    this.#markers.show(this.#states, {
      now, visible: seen, others: [...alarms, ...(this.#surface?.labels() ?? [])], sizeOf: (id) => this.#clusters?.size(id) ?? 1, selected: selection?.layer === this.#stage.id ? selection.id : null,
    });
    this.#offer();
    this.#say();
    const legend = this.#airStandard();
    const shown = JSON.stringify([...this.#states.values()].map(({ verdict, asOf, stale }) => [verdict?.value ?? null, asOf, stale]));
    if (legend !== this.#legend || shown !== this.#shown) this.#stage.changed();
    this.#legend = legend;
    this.#shown = shown;
  }

  /** What decides which of several symbols in one place is seen. */
  readonly #severity = ({ id }: Station): number => (this.#alarmed.has(id) ? 10 : 0) + (this.#states.get(id)?.verdict?.severity ?? -1);

  /** Brings the alarms to a moment; their labels. */
  #showAlarms(now: number, visible: boolean): LabelEntry[] {
    if (!this.#alarms || !this.#marks) return [];
    this.#alarms.follow(this.#document.options?.alerts, this.#states, now, { key: this.#clockKey(), courseOf: this.#courseOf, known: this.#stage.clock.state.mode === 'live' ? this.#heard : null });
    const shown = this.#alarmsAt(now).filter(insists);
    this.#alarmed = new Set(shown.map(({ feature }) => feature));
    this.#marks.show(visible ? shown : []);
    return visible ? this.#marks.labels(now, this.#stage.light().night > 0.5) : [];
  }

  #alarmsAt(now: number): Alarm[] {
    const down = this.#status !== null && this.#status.state !== 'live' && this.#status.state !== 'replay';
    return this.#alarms?.alarms(this.#document.options?.alerts, this.#states, now, down) ?? [];
  }

  /** What the feed's history has of an item; of a missing or placed reading, any item tells. */
  readonly #courseOf: CourseOf = async (station, item, from, to) => {
    const courses = await this.#feed?.series(station.id, from, to).catch(() => null);
    if (!courses) return null;
    if (item === 'aqi' && station.kind === 'air') return aqiCourse(courses, standardFor(this.#document.options?.standard, to));
    return item === undefined ? (Object.values(courses).toSorted((a, b) => b.times.length - a.times.length)[0] ?? null) : (courses[item] ?? null);
  };

  /** Another word whenever the clock was set anew. */
  #clockKey(): string {
    const { mode, time, at, rate } = this.#stage.clock.state;
    return mode === 'live' ? mode : `${mode} ${time} ${at} ${rate}`;
  }

  #offer(): void {
    const states = [...this.#states.values()];
    const ids = states.map(({ station }) => station.id);
    const offer = (name: string, of: (state: StationState) => number | undefined): void => {
      this.#stage.values.offer(`${this.#stage.id}.${name}`, ids, Float32Array.from(states, (state) => (state.stale ? Number.NaN : (of(state) ?? Number.NaN))));
    };
    offer('aqi', ({ station, verdict }) => (station.kind === 'air' ? verdict?.value : undefined));
    for (const name of new Set(states.flatMap(({ values }) => Object.keys(values)))) if (name !== 'quality' && name !== 'originHour') offer(name, ({ values }) => values[name]);
  }

  #say(): void {
    if (this.#stage.signal.aborted || !this.#markers) return;
    const { clock } = this.#stage;
    const status = sensorStatus({
      feed: this.#status, states: [...this.#states.values()], past: clock.state.mode !== 'live', now: clock.now(), strangers: this.#values.strangers(this.#stations), notes: [...this.#notes, this.#surface?.note, this.#alarms?.note].filter((note) => note !== null && note !== undefined),
    });
    this.#tellFailure();
    const said = JSON.stringify(status);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.status(status);
  }

  /** A feed that fails is one event, not one a second. */
  #tellFailure(): void {
    const message = this.#status?.state === 'failed' ? (this.#status.issues.at(-1)?.message ?? 'The feed cannot be reached; it is tried again.') : '';
    if (message !== '' && message !== this.#failed) this.#stage.report(new TwinError('feed-failed', message, { where: this.#stage.id, retryable: true }));
    this.#failed = message;
  }
}
