import { resolvedFeed, canonical, digestOf, toTwinError, TwinError, type Card, type Extent, type FeedSpec, type Hit, type Layer, type LayerDocument, type LayerStatus, type Legend, type PickAsk, type Stage, type Text, type Track } from '#engine';
import { readCityCatalogue, type CityCatalogue, type FleetEventRow, type FleetInput, type FleetOutput, type FleetRulesDocument } from '#models';
import { vehicleCard } from './card.ts';
import { FleetGround } from './fleet-ground.ts';
import { EVENT_WORDS, eventDetail, listedEvents, mergedEvents } from './fleet-words.ts';
import type { FleetResult } from './result.ts';
import { trafficStatus } from './status.ts';
import { Trails } from './trails.ts';
import { VEHICLE_KINDS } from './vehicle-models.ts';
import { Vehicles } from './vehicles.ts';

/** Milliseconds between two judgements, and between two words on how it is. */
const JUDGE = 5000;
const SAY = 1000;
/** Seconds of way shown behind the selected vehicle. */
const TRAIL = 120;
const NEAR = { most: 200, within: 900 } as const;
/** Events kept at most; the oldest that ended go first. */
const MOST = 1000;

export class FleetLayer implements Layer {
  #stage!: Stage;
  #document!: LayerDocument;
  #city: CityCatalogue | null = null;
  #url = '';
  #vehicles: Vehicles | null = null;
  #trails!: Trails;
  #ground: FleetGround | null = null;
  #rules = '';
  #events: readonly FleetEventRow[] = [];
  #judging = false;
  #failed = '';
  #said = '';

  async attach(stage: Stage, document: LayerDocument): Promise<void> {
    this.#stage = stage;
    this.#document = document;
    if (!document.url || !document.feed) throw new TwinError('bad-input', 'A fleet layer needs the URL of a city.json, for roads and ground, and a feed of its vehicles.', { where: stage.id });
    this.#url = stage.resolve(document.url);
    this.#city = readCityCatalogue(await stage.json<unknown>(this.#url), this.#url);
    if (stage.signal.aborted) return;
    this.#trails = new Trails(stage, (id, from, to) => this.#track(id, from, to));
    stage.watch(() => this.#trail());
    const timers = [setInterval(() => this.#say(), SAY), setInterval(() => void this.#judge(), JUDGE)];
    stage.signal.addEventListener('abort', () => timers.forEach(clearInterval), { once: true });
    this.#ground = new FleetGround(stage, this.#absolute(this.#city.layers.terrain?.dem));
    this.#open(document.feed);
    this.#showRules();
    this.#trail();
    this.#say();
  }

  update(document: LayerDocument): void {
    const feed = canonical([this.#document.feed, this.#document.options?.lag, this.#document.options?.capacity]);
    this.#document = document;
    if (!this.#city || this.#stage.signal.aborted) return;
    if (document.feed && canonical([document.feed, document.options?.lag, document.options?.capacity]) !== feed) this.#open(document.feed);
    this.#showRules();
    this.#trail();
  }

  async pick(ask: PickAsk): Promise<Hit | null> {
    return (await this.#vehicles?.pick(ask)) ?? null;
  }

  async describe(hit: Hit): Promise<Card | null> {
    const reading = await this.#vehicles?.reading(hit.id);
    if (!reading) return null;
    const card = vehicleCard(reading, this.#stage.clock.now(), this.#document.source ? { zh: this.#document.source, en: this.#document.source } : null);
    const rows = this.#events.filter(({ vehicle }) => vehicle === hit.id).slice(-5).map((event) => ({ label: EVENT_WORDS[event.kind], value: eventDetail(event), group: { zh: '违规', en: 'Events' } }));
    return { ...card, rows: [...card.rows, ...rows] };
  }

  legend(): Legend {
    const truck = VEHICLE_KINDS[2];
    return {
      title: { zh: '车队监管', en: 'Fleet watch' }, unit: '',
      entries: [{ colour: truck.paints[0], label: truck.label }, { colour: '#14587f', label: { zh: '核准路线', en: 'Approved route' } }, { colour: '#2e7d32', label: { zh: '允许停留的场地', en: 'Permitted site' } }, { colour: '#c62828', label: { zh: '禁行区', en: 'Forbidden area' } }],
    };
  }

  extent(): Extent | null {
    if (!this.#city) return null;
    const [west, south, east, north] = this.#city.bounds;
    return { west, south, east, north, top: 30 };
  }

  result(): FleetResult {
    return { vehicle: async (id) => (await this.#vehicles?.reading(id)) ?? null, track: (id, from, to) => this.#track(id, from, to), events: this.#events, listed: listedEvents(this.#events, this.#lag) };
  }

  async digest(time: number): Promise<string> {
    return digestOf((await this.#vehicles?.feed.digest(time)) ?? '');
  }

  recording(): Promise<Uint8Array> {
    if (!this.#vehicles) throw new TwinError('unsupported', 'This fleet layer has no feed yet, so there is nothing to record.', { where: this.#stage.id });
    return this.#vehicles.feed.recording();
  }

  get #lag(): number {
    return this.#number('lag', 6, 0, 600);
  }

  #number(name: string, otherwise: number, least: number, most: number): number {
    const value = this.#document.options?.[name];
    return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;
  }

  #absolute(reference: string | undefined): string | null {
    return reference === undefined ? null : this.#stage.resolve(reference, this.#url);
  }

  #open(spec: FeedSpec): void {
    const city = this.#city!;
    this.#vehicles?.close();
    this.#events = [];
    const [lon, lat] = city.center;
    this.#vehicles = new Vehicles(this.#stage, {
      spec: resolvedFeed(spec, (reference) => this.#stage.resolve(reference)), anchor: { lon, lat, height: 0 }, siblings: [], roads: this.#absolute(city.layers.roads?.companion), dem: this.#absolute(city.layers.terrain?.dem),
      lag: this.#lag, capacity: Math.round(this.#number('capacity', 500, 1, 20_000)), near: NEAR, colour: VEHICLE_KINDS[2].paints[0],
    }, () => this.#say());
  }

  #ruling(): FleetRulesDocument {
    return (this.#document.options?.rules ?? {}) as FleetRulesDocument;
  }

  /** Other rules: their fences are drawn, and what was found by the old ones is forgotten. */
  #showRules(): void {
    const rules = canonical(this.#ruling());
    if (rules === this.#rules) return;
    this.#rules = rules;
    this.#events = [];
    void this.#ground?.show(this.#ruling());
    void this.#judge();
  }

  #trail(): void {
    const { selection } = this.#stage.document();
    this.#trails.show(this.#document.visible && selection?.layer === this.#stage.id ? [selection.id] : [], TRAIL);
  }

  async #track(id: string, from: number, to: number): Promise<Track | null> {
    const track = await this.#vehicles?.track(id, from, to);
    return track && track.times.length > 0 ? track : null;
  }

  /** Judges the last minutes of every track, while the clock is live: what is replayed was judged when it came. */
  async #judge(): Promise<void> {
    const { clock, signal, analysis } = this.#stage;
    const vehicles = this.#vehicles;
    if (this.#judging || !vehicles || clock.state.mode !== 'live' || signal.aborted) return;
    this.#judging = true;
    try {
      const now = clock.now();
      const from = now - 60 * this.#number('minutes', 30, 1, 1440);
      const { ids } = await vehicles.feed.columns(now);
      const tracks = await Promise.all(ids.map(async (id) => ({ id, ...readingsOf(await vehicles.track(id, from, now)) })));
      const roads = this.#absolute(this.#city?.layers.roads?.companion);
      const rules = this.#ruling();
      const { events } = await analysis.run<FleetInput, FleetOutput>('fleet', { roads, tracks: tracks.filter(({ times }) => times.length > 1), rules }, { signal, affinity: roads ?? 'fleet' });
      if (signal.aborted || canonical(rules) !== this.#rules) return;
      this.#take(mergedEvents(this.#events, events, from - this.#lag));
      this.#failed = '';
    } catch (cause) {
      const error = toTwinError(cause, 'analysis-failed', this.#stage.id);
      if (!signal.aborted && error.message !== this.#failed) this.#stage.report(error);
      this.#failed = error.message;
    } finally {
      this.#judging = false;
    }
  }

  #take(events: readonly FleetEventRow[]): void {
    this.#events = events.slice(-MOST);
    this.#stage.labels(this.#events.filter(({ end }) => end === null).map((event, i) => {
      const [what, detail] = [EVENT_WORDS[event.kind], eventDetail(event)];
      return { text: { zh: `${event.vehicle} ${what.zh} ${detail.zh}`, en: `${event.vehicle} ${what.en}, ${detail.en}` }, lon: event.lon, lat: event.lat, height: 14, rank: i, alarm: true, colour: '#a50f15', size: 13 };
    }));
    this.#stage.changed();
    this.#say();
  }

  #say(): void {
    if (this.#stage.signal.aborted) return;
    const { clock } = this.#stage;
    const going = this.#events.filter(({ end }) => end === null).length;
    const notes: Text[] = [{ zh: `违规 ${this.#events.length} 起，进行中 ${going} 起`, en: `${this.#events.length} events, ${going} going on` }];
    if (this.#failed) notes.push({ zh: '规则未能判定', en: 'the rules could not be judged' });
    const status: LayerStatus = trafficStatus({
      vehicles: this.#vehicles?.status ?? null, roads: null, roadsTotal: 0, roadsFresh: 0, hasRoadsFeed: false, past: this.#stage.clock.state.mode !== 'live',
      now: clock.state.mode === 'live' ? clock.machine() : clock.now(), notes,
    });
    const said = JSON.stringify(status);
    if (said === this.#said) return;
    this.#said = said;
    this.#stage.status(status);
  }
}

/** A track's readings alone: what lies between two of them is how it is shown, not what was measured. */
function readingsOf({ times, places, read, speeds }: Track): Omit<Track, 'read'> {
  const kept = Array.from(times.keys()).filter((i) => read[i] === 1);
  return { times: Float64Array.from(kept, (i) => times[i]), places: Float64Array.from(kept.flatMap((i) => [places[3 * i], places[3 * i + 1], places[3 * i + 2]])), speeds: Float32Array.from(kept, (i) => speeds[i]) };
}
