import { canonical, digestOf, toTwinError, TwinError, type Card, type Extent, type FeedSpec, type FeedStatus, type Hit, type LabelEntry, type Layer, type LayerDocument, type Legend, type OpenFeed, type PickAsk, type Stage, type Text } from '#engine';
import { punctualityClasses, readCityCatalogue, type TransitCardInput, type TransitCardOutput, type TransitInput, type TransitOutput, type TripDelays } from '#models';
import { routeCard, stopCard, tripCard } from './card.ts';
import { DrawnLines } from './drawn-lines.ts';
import { onRails, routeColour } from './route-look.ts';
import { SeenVehicles } from './seen-vehicles.ts';
import { transitStatus } from './status.ts';
import { TimetableVehicles } from './timetable-vehicles.ts';

/** Seconds between two keyframes of the timetable's vehicles. */
const STEP = 4;
const LIFT = { line: 1, vehicle: 2.5 } as const;
/** Metres from the eye within which stops are named. */
const NEAR = 2600;

export interface TransitResult {
  readonly lines: readonly { readonly id: string; readonly name: string; readonly colour: string }[];
  readonly stops: readonly { readonly id: string; readonly name: string; readonly lon: number; readonly lat: number; readonly height: number }[];
  readonly underWay: number;
  /** Trips that tell a delay, by how they are judged. */
  readonly punctuality: Readonly<Record<string, number>>;
}

export class TransitLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #url = '';
  #dem: string | null = null;
  #output: TransitOutput | null = null;
  #lines: DrawnLines | null = null;
  #vehicles: TimetableVehicles | null = null;
  #seen: SeenVehicles | null = null;
  #feed: OpenFeed | null = null;
  #status: FeedStatus | null = null;
  readonly #delays = new Map<string, { seconds: number; time: number }>();
  #open = '';
  #said = '';
  #failed = '';
  #told = '';
  #busy = false;
  #until = Number.NaN;
  #labels = '';

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (!document.url) throw new TwinError('bad-input', 'A transit layer needs the URL of a GTFS feed (a zip).', { where: stage.id });
    this.#url = stage.resolve(document.url);
    this.#dem = await this.#ground();
    const input: TransitInput = { url: this.#url, dem: this.#dem, lift: LIFT.line };
    const output = await stage.analysis.run<TransitInput, TransitOutput>('transit', input, { signal: stage.signal, affinity: this.#url });
    if (stage.signal.aborted) return;
    this.#output = output;
    const shown = this.#routesShown(output);
    this.#lines = new DrawnLines(stage, output, shown);
    this.#vehicles = new TimetableVehicles(stage, output.routes, shown);
    const timer = setInterval(() => void this.#step(), 500);
    stage.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    stage.clock.onChange(() => {
      this.#until = Number.NaN;
      void this.#step();
    }, stage.signal);
    stage.watch(() => this.#nameStops());
    this.#openFeed();
    await this.#step();
    this.#nameStops();
    stage.changed();
  }

  update(document: LayerDocument): void {
    this.#document = document;
    if (!this.#lines || this.#stage.signal.aborted) return;
    if (canonical({ feed: document.feed ?? null, options: document.options ?? {} }) !== this.#open) this.#openFeed();
    this.#until = Number.NaN;
    this.#nameStops();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    return (await this.#seen?.pick(ask)) ?? this.#vehicles?.pick(ask) ?? this.#lines?.pick(ask) ?? null;
  }

  async describe(hit: Hit): Promise<Card | null> {
    const output = this.#output;
    if (!output) return null;
    const [kind] = hit.id.split(' ', 1);
    const id = hit.id.slice(kind.length + 1);
    const source = this.#source(output);
    if (kind === 'route') {
      const route = output.routes.find((each) => each.id === id);
      return route ? routeCard(route, this.#vehicles?.count ?? 0, source) : null;
    }
    const now = this.#stage.clock.now();
    const input: TransitCardInput = { url: this.#url, time: now, as: this.#day, delays: this.#fresh(now), ...(kind === 'stop' ? { stop: id } : { trip: id }) };
    const card = await this.#stage.analysis.run<TransitCardInput, TransitCardOutput>('transit-card', input, { signal: this.#stage.signal, affinity: this.#url });
    if (kind === 'stop') return stopCard(output.stops.names[output.stops.ids.indexOf(id)] ?? id, card.departures, { routes: output.routes, zone: output.zone, told: (trip) => this.#isFresh(trip, now), source });
    if (!card.trip) return null;
    const seen = await this.#seen?.reading(id);
    const placed = Boolean(seen && seen.lon !== null && !seen.stale);
    const known = this.#delays.get(id);
    const fresh = this.#isFresh(id, now);
    return tripCard(card.trip, { route: output.routes[card.trip.route], zone: output.zone, delay: fresh ? known!.seconds : null, told: known?.time ?? null, stale: known !== undefined && !fresh, from: placed ? 'seen' : fresh ? 'predicted' : 'timetable', source });
  }

  legend(): Legend | null {
    const output = this.#output;
    if (!output) return null;
    const shown = this.#routesShown(output);
    return {
      title: { zh: '线路、时刻表车辆（环）与实时车辆（按准点）', en: 'Lines, vehicles by the timetable (rings) and by real time (by punctuality)' }, unit: '',
      entries: [
        ...output.routes.flatMap((route, i) => (shown.has(i) ? [{ colour: routeColour(route, i), label: { zh: route.name, en: route.name } }] : [])).slice(0, 16),
        ...(this.#document.feed ? punctualityClasses.classes.map(({ colour, zh, en }, i) => {
          const minutes = punctualityClasses.limits.map((limit) => limit / 60);
          const span = i === 0 ? `< ${minutes[0]}` : i === minutes.length ? `> ${minutes[i - 1]}` : `${minutes[i - 1]}…${minutes[i]}`;
          return { colour, label: { zh: `${zh}　${span} 分钟`, en: `${en}: ${span} min` } };
        }) : []),
      ],
    };
  }

  extent(): Extent | null {
    const places = this.#output?.stops.places;
    if (!places || places.length === 0) return null;
    const axis = (k: number): number[] => Array.from({ length: places.length / 3 }, (_, i) => places[3 * i + k]);
    const [lons, lats, heights] = [axis(0), axis(1), axis(2)];
    return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats), top: Math.max(...heights) + 20 };
  }

  result(): TransitResult | null {
    const output = this.#output;
    if (!output) return null;
    const now = this.#stage.clock.now();
    const counts = Object.fromEntries(punctualityClasses.classes.map(({ id }) => [id, 0]));
    const limits = punctualityClasses.limits;
    for (const [trip, { seconds }] of this.#delays) if (this.#isFresh(trip, now)) counts[punctualityClasses.classes[seconds < limits[0] ? 0 : seconds <= limits[1] ? 1 : seconds <= limits[2] ? 2 : 3].id]++;
    const { ids, names, places } = output.stops;
    return {
      underWay: this.#vehicles?.count ?? 0, punctuality: counts, lines: output.routes.map((route, i) => ({ id: route.id, name: route.name, colour: routeColour(route, i) })),
      stops: ids.map((id, i) => ({ id, name: names[i], lon: places[3 * i], lat: places[3 * i + 1], height: places[3 * i + 2] })),
    };
  }

  async digest(time: number): Promise<string> {
    return digestOf(`${this.#url} ${this.#day} ${(await this.#feed?.digest(time)) ?? ''}`);
  }

  async recording(): Promise<Uint8Array> {
    if (!this.#feed) throw new TwinError('unsupported', 'This transit layer has no feed, so there is nothing to record.', { where: this.#stage.id });
    return this.#feed.recording();
  }

  get #day(): string | null {
    const day = this.#document.options?.day;
    return typeof day === 'string' && /^\d{8}$/u.test(day) ? day : null;
  }

  #source(output: TransitOutput): Text {
    const { source } = this.#document;
    const name = source ?? output.agency;
    return { zh: name, en: name };
  }

  #routesShown(output: TransitOutput): ReadonlySet<number> {
    const wanted = this.#document.options?.routes;
    const all = output.routes.map((_, i) => i);
    return new Set(Array.isArray(wanted) ? all.filter((i) => wanted.includes(output.routes[i].id) || wanted.includes(output.routes[i].name)) : all);
  }

  async #ground(): Promise<string | null> {
    const city = this.#document.options?.city;
    if (typeof city !== 'string') return null;
    const url = this.#stage.resolve(city);
    const { terrain } = readCityCatalogue(await this.#stage.json<unknown>(url), url).layers;
    return terrain ? this.#stage.resolve(terrain.dem, url) : null;
  }

  get #staleAfter(): number {
    return this.#document.feed?.staleAfter ?? 120;
  }

  #isFresh(trip: string, now: number): boolean {
    const known = this.#delays.get(trip);
    return known !== undefined && Math.abs(now - known.time) <= this.#staleAfter;
  }

  /** Delays that count now. */
  #fresh(now: number): TripDelays | null {
    const trips = [...this.#delays.keys()].filter((trip) => this.#isFresh(trip, now));
    return trips.length === 0 ? null : { trips, seconds: Float32Array.from(trips, (trip) => this.#delays.get(trip)!.seconds) };
  }

  #openFeed(): void {
    const { feed: spec, options } = this.#document;
    this.#open = canonical({ feed: spec ?? null, options: options ?? {} });
    this.#feed?.close();
    this.#seen?.close();
    this.#feed = this.#seen = this.#status = null;
    this.#delays.clear();
    const output = this.#output;
    if (!spec || !output) return;
    const absolute = this.#absolute(spec);
    this.#feed = this.#stage.feeds.open(absolute, { anchor: this.#stage.anchor, as: 'values', lag: 0, lift: 0, colour: '#ffffff', capacity: 16_384 }, {
      reset: () => {},
      motion: () => {},
      values: ({ name, ids, values, times }) => {
        if (name === 'delay') ids.forEach((trip, i) => (Number.isNaN(values[i]) ? this.#delays.delete(trip) : this.#delays.set(trip, { seconds: values[i], time: times[i] })));
      },
      status: (status) => {
        this.#status = status;
        this.#say();
      },
    }, this.#stage.signal);
    this.#seen = new SeenVehicles(this.#stage, absolute, { dem: this.#dem, symbol: output.routes.every(onRails) ? 'train' : 'bus' });
  }

  /** The next span of the timetable, asked for shortly before the last one ends. */
  async #step(): Promise<void> {
    const { clock, signal } = this.#stage;
    if (this.#busy || signal.aborted || !this.#vehicles) return;
    const now = clock.now();
    this.#say();
    const { visible, opacity } = this.#document;
    if (!visible || opacity === 0 || (now < this.#until - 0.6 && now > this.#until - 2 * STEP)) return;
    this.#busy = true;
    try {
      const seen = (await this.#seen?.trips(now)) ?? new Set<string>();
      // A replay's clock runs faster: its spans are as much longer.
      const span = STEP * Math.max(1, clock.state.mode === 'replay' ? Math.abs(clock.state.rate) : 1);
      await this.#vehicles.show({ url: this.#url, dem: this.#dem, lift: LIFT.vehicle, as: this.#day, delays: this.#fresh(now) }, now, now + span, seen);
      this.#until = now + span;
    } catch (cause) {
      if (!signal.aborted) this.#stage.report(toTwinError(cause, 'analysis-failed', this.#stage.id));
    } finally {
      this.#busy = false;
    }
    this.#say();
    const told = JSON.stringify([this.#vehicles.count, this.result()?.punctuality]);
    if (told !== this.#told) this.#stage.changed();
    this.#told = told;
  }

  /** Names of stops, those of most lines first. */
  #nameStops(): void {
    const output = this.#output;
    if (!output || this.#stage.signal.aborted) return;
    const { visible, opacity } = this.#document;
    const shown = this.#routesShown(output);
    const { ids, names, places, routes } = output.stops;
    const entries: LabelEntry[] = !visible || opacity === 0 ? [] : ids.flatMap((_, i) => {
      const lines = routes[i].filter((route) => shown.has(route)).length;
      return lines === 0 ? [] : [{ text: names[i], lon: places[3 * i], lat: places[3 * i + 1], height: places[3 * i + 2] + 4, rank: 5 + Math.min(4, lines), size: 12, farthest: NEAR * (output.routes.every(onRails) ? 8 : 1) }];
    });
    const said = `${entries.length} ${visible} ${opacity > 0}`;
    if (said === this.#labels) return;
    this.#labels = said;
    this.#stage.labels(entries);
  }

  #say(): void {
    const output = this.#output;
    if (this.#stage.signal.aborted || !output) return;
    const { clock } = this.#stage;
    const now = clock.now();
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: output.zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now * 1000).replaceAll('-', '');
    const status = transitStatus({ output, feed: this.#status, underWay: this.#vehicles?.count ?? 0, told: [...this.#delays.keys()].filter((trip) => this.#isFresh(trip, now)).length, day: this.#day, today, paused: clock.state.mode === 'paused' });
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
