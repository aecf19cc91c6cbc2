import { shownUrl, toTwinError, type TwinError } from '../../engine/errors.ts';
import type { FeedSpec, FeedStatus, FeedWish } from '../../engine/ports.ts';
import { roadNetwork, type RoadNetwork } from '../models/road-network.ts';
import { farFault, isOwn, placeFault, Teleports, timeFault } from './admission.ts';
import type { Arrival, LinkEvents, TransportContext } from './arrivals.ts';
import { colourRule } from './colour.ts';
import { decoderFor } from './decoders/decoders.ts';
import { addValue, emptyDraft, type Decoder, type DraftSink } from './decoders/draft.ts';
import { readings as pushedReadings } from './decoders/readings.ts';
import { Drift } from './drift.ts';
import { FeatureBook } from './features.ts';
import { History, longer, OWN_HEIGHT } from './history.ts';
import { IdTable } from './ids.ts';
import { InterestArea } from './interest.ts';
import { FeedLedger } from './ledger.ts';
import type { Post, PushedReading } from './messages.ts';
import { Near, type NearView } from './near.ts';
import type { PastLoader } from './past/past-loader.ts';
import type { PastRows } from './past/past-rows.ts';
import { Player } from './player.ts';
import { Recorder } from './recording.ts';
import { matchToRoad } from './road-match.ts';
import { readRoads } from './roads.ts';
import { Sequences } from './sequence.ts';
import { Skews } from './skew.ts';
import { loadHeightGrid, surfaceOf, type Surface } from './surface.ts';
import { ValuePlayer } from './value-player.ts';

/** Bytes of history a feed may keep, and of raw messages for recordings. */
const HISTORY = 28 * 1024 * 1024;
const RECORDING = 28 * 1024 * 1024;
/** Seconds that float32 times may be away from their epoch. */
const EPOCH_SPAN = 3000;
/** Messages with items of one id and moment. */
const BESIDE = 16;
/** Seconds between two statuses. */
const STATUS_EVERY = 1;

export const PUSHED = '$push';

export interface FeedParts {
  readonly number: number;
  readonly spec: FeedSpec;
  readonly wish: FeedWish;
  readonly context: TransportContext;
  readonly post: Post;
  /** Bytes for the history and for the recording. */
  readonly budget?: { readonly history?: number; readonly recording?: number };
}

/**
 * One open feed without its connection: takes messages, keeps ledger, history and ids, and tells what a moment shows.
 * Knows no worker and no socket, so it runs anywhere.
 */
export class Feed {
  readonly ledger = new FeedLedger();
  readonly ids: IdTable;
  readonly history: History;
  player: Player | null = null;
  near: Near | null = null;
  private view: NearView | null = null;
  surface: Surface;
  readonly spec: FeedSpec;
  readonly wish: FeedWish;
  private network: RoadNetwork | null = null;
  private readonly values: ValuePlayer | null;
  private readonly features = new FeatureBook();
  private way: FeedStatus['way'];
  private readonly recorder: Recorder;
  /** The cells asked for, where the feed asks only for what is seen. */
  readonly interest: InterestArea | null;
  private readonly teleports = new Teleports();
  private readonly sequences = new Sequences((code, message) => this.ledger.issue({ code, severity: 'warning', message }));
  private readonly skews = new Skews();
  /** Null for what has a fixed form. */
  private readonly drift: Drift | null;
  /** 1 where a slot's readings had times of their own. */
  private timed = new Uint8Array(1024);
  /** Messages received, to tell the readings of one from the next's. */
  private message = 0;
  /** Number of each slot's newest counted reading; null while nothing is counted. */
  private lastSeq: Float64Array | null = null;
  private decode: Decoder;
  private readonly sink: DraftSink;
  private source: Arrival = { bytes: new Uint8Array(0), topic: '', at: 0 };
  /** Whether an id's newest reading waits for a flush to tell it. */
  private untold = new Uint8Array(1024);
  private untoldSlots: number[] = [];
  /** Newest reading of each id, unix seconds. */
  private newest = new Float64Array(1024);
  private epoch = NaN;
  private link: 'connecting' | 'open' | 'lost' | 'refused' | 'closed' = 'connecting';
  private lostAt = NaN;
  private reconnects = 0;
  private toldAt = -Infinity;
  private toldState = '';
  private ready = false;
  private early: (readonly PushedReading[])[] = [];
  private readonly place = new Float64Array(3);
  /** Where older time comes from; set by whoever may load it. */
  past: PastLoader | null = null;
  /** When the first message came, unix seconds. */
  private heardSince = Infinity;

  constructor(private readonly parts: FeedParts) {
    const { spec, wish } = parts;
    this.spec = spec;
    this.wish = wish;
    const points = wish.as === 'points';
    this.ids = new IdTable(wish.capacity, spec.decode === 'points');
    this.history = new History({ budget: parts.budget?.history ?? HISTORY, places: points, roads: points && wish.roads !== undefined });
    this.recorder = new Recorder(parts.budget?.recording ?? RECORDING);
    this.values = points ? null : new ValuePlayer(this.history);
    this.surface = surfaceOf(wish.anchor, null, wish.lift);
    this.interest = spec.interest ? new InterestArea(spec.interest, (drop) => this.leave(drop)) : null;
    this.events = this.linkEvents();
    this.decode = decoderFor(spec.decode);
    this.drift = spec.decode === 'points' ? null : new Drift((code, message) => this.ledger.issue({ code, severity: 'warning', message }));
    this.sink = {
      draft: emptyDraft(),
      accept: () => this.accept(),
      feature: (feature) => this.ledger.count(this.features.take(feature)),
      reject: (code, message) => this.ledger.reject(code, message, this.source),
      note: (code, message) => this.ledger.issue({ code, severity: 'warning', message }),
    };
  }

  /** Another decoder than the spec's (from the spec's own module). */
  decodeWith(decode: Decoder): void {
    this.decode = decode;
  }

  /** Loads roads and heights before the first message is read; what cannot be had is said and gone without. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { context } = this.parts;
    const { roads, dem, anchor, lift } = this.wish;
    const load = (url: string): Promise<ArrayBuffer> => context.load(url, signal);
    const without = (code: string, url: string, what: string) => (cause: unknown): null => {
      const error = toTwinError(cause, 'not-found', shownUrl(url));
      this.ledger.issue({ code, severity: 'warning', message: `${what} ${error.message}`, path: shownUrl(url) });
      return null;
    };
    const [network, grid] = await Promise.all([
      roads === undefined ? null : load(roads).then(readRoads).then((list) => roadNetwork(list, anchor)).catch(without('no-roads', roads, 'The roads could not be read; vehicles go straight.')),
      dem === undefined ? null : loadHeightGrid(dem, load).catch(without('no-heights', dem, "The ground's heights could not be read; the anchor's height is taken.")),
    ]);
    if (!grid) return this.equip(network, this.surface);
    const bridged = network?.roads.some(({ bridge }) => bridge) ?? false;
    this.equip(network, surfaceOf(anchor, grid, lift, bridged ? (await import('./decks.ts')).decksOf(network!, grid) : null));
  }

  /** Sets roads and ground. */
  equip(network: RoadNetwork | null, surface: Surface): void {
    this.network = network;
    this.surface = surface;
    const roads = network ? { network, surface } : null;
    const { history } = this;
    if (this.wish.as === 'points') this.player = new Player({ history, roads, staleAfter: this.spec.staleAfter, goneAfter: this.wish.goneAfter, colourOf: colourRule(this.wish.colour, history) }, 0);
    if (this.player && this.wish.near) {
      this.near = new Near(this.wish.near, { player: this.player, history, lift: this.wish.lift, staleAfter: this.spec.staleAfter });
      this.player.fine = this.near.fine;
      if (this.view) this.near.look(this.view);
    }
    this.ready = true;
    for (const list of this.early.splice(0)) this.push(list);
  }

  /** How the camera looks on this feed's places now. */
  watch(view: NearView): void {
    this.view = view;
    this.near?.look(view);
  }

  /** What the transport tells this feed. */
  readonly events: LinkEvents;

  private linkEvents(): LinkEvents {
    return {
      ...(this.interest ? { wanted: this.interest } : {}),
      open: () => {
        if (this.link === 'lost' || this.link === 'refused') {
          const now = this.parts.context.now();
          this.reconnects++;
          if (!Number.isNaN(this.lostAt)) this.ledger.issue({ code: 'gap', severity: 'warning', message: `No connection from ${iso(this.lostAt)} to ${iso(now)}; what was sent meanwhile may be missing.` });
        }
        this.link = 'open';
        this.lostAt = NaN;
      },
      lost: (problem: TwinError) => {
        if (Number.isNaN(this.lostAt)) this.lostAt = this.parts.context.now();
        this.link = problem.code === 'network' || problem.code === 'deadline' ? 'lost' : 'refused';
        this.ledger.issue({ code: problem.code, severity: 'error', message: problem.message, path: problem.where });
      },
      dropped: (count) => {
        this.ledger.count('dropped', count);
        this.ledger.issue({ code: 'dropped', severity: 'warning', message: 'Messages came faster than they could be read; the oldest were thrown away.', count });
      },
      way: (way) => (this.way = way),
      note: (code, message) => this.sink.note(code, message),
    };
  }

  /** One message. Whatever it holds, the next one is read as if this had never been. */
  receive(arrival: Arrival): void {
    this.source = arrival;
    this.message++;
    this.recorder.add(arrival);
    if (arrival.at < this.heardSince) this.heardSince = arrival.at;
    try {
      (arrival.topic === PUSHED ? pushedReadings : this.decode)(arrival.bytes, arrival.at, this.sink, arrival.topic);
    } catch (cause) {
      this.sink.reject('decoder-failed', `The decoder failed: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  /** Readings by hand: as a message like any other, so that ledger and recordings know them. */
  push(list: readonly PushedReading[]): void {
    if (!this.ready) {
      this.early.push(list);
      return;
    }
    const items = list.map(({ id, time, lon, lat, height, heading, values }) => ({ id, t: time, lon, lat, height, heading, values }));
    this.receive({ bytes: new TextEncoder().encode(JSON.stringify(items)), topic: PUSHED, at: this.parts.context.now() });
  }

  private accept(): void {
    const { draft } = this.sink;
    const { at } = this.source;
    if (this.wish.siblings && !Number.isNaN(draft.lon) && !isOwn(draft, this.wish.anchor, this.wish.siblings)) return;
    const repeated = !Number.isNaN(draft.seq) && this.isRepeated();
    const fault = timeFault(draft.time, at) ?? (this.wish.as === 'points' ? this.findPlace() : null);
    if (fault) return this.sink.reject(fault.code, fault.message);
    const slot = this.slotOf(draft.id);
    if (slot < 0) return this.sink.reject('capacity', `More than ${this.wish.capacity} ids.`);
    if (repeated) return this.ledger.count('duplicate');
    if (this.values && draft.values === 0) return this.sink.reject('no-value', 'A reading speaks of none of the values looked for.');
    // Packed points always have their times.
    if (this.drift && !this.isTimed(slot)) return this.sink.reject('no-time', 'A reading without a time, of an id whose readings had one: is the field called otherwise now?');
    this.drift?.note(draft);
    if (draft.timed) draft.time = this.skews.take(slot, draft.time, at);
    else if (!Number.isNaN(draft.seq)) this.putInOrder(slot);
    const [x, y, z] = this.place;
    if (this.wish.as === 'points') {
      const verdict = this.teleports.check(this.history, slot, draft.time, x, y);
      if (verdict === 'refuse') return this.sink.reject('teleport', 'A reading too far from the last one of its id to be of the same thing.');
      if (verdict === 'strange') this.ledger.issue({ code: 'leap', severity: 'info', message: 'An id moved faster than 150 m/s.' });
    }
    const { record, order } = this.insert(slot, at);
    if (order === 'duplicate') return this.ledger.count('duplicate');
    if (this.wish.as === 'points') this.fillPlace(record, x, y, z);
    for (let i = 0; i < draft.values; i++) {
      if (!this.history.setValue(record, draft.names[i], draft.numbers[i])) this.ledger.issue({ code: 'too-many-values', severity: 'warning', message: 'More than 32 names of values; further ones are left out.' });
    }
    this.account(slot, order);
    this.player?.touch(slot);
    this.values?.touch(slot);
    if (order === 'late') this.values?.amend(slot);
  }

  /** False where a slot's readings had times of their own and this one has none: the time of receipt would make old data new. */
  private isTimed(slot: number): boolean {
    if (slot >= this.timed.length) this.timed = longer(this.timed, Math.max(slot + 1, this.timed.length * 2));
    if (this.sink.draft.timed) this.timed[slot] = 1;
    return this.timed[slot] === 0 || this.sink.draft.timed;
  }

  /** Slot of an id; where none is free, cells out of sight give theirs up. −1 where there is still none. */
  private slotOf(id: string | number): number {
    const slot = this.ids.add(id);
    if (slot >= 0 || !this.interest) return slot;
    this.interest.release();
    return this.ids.add(id);
  }

  /** Cells that nobody sees any more: what moves there is forgotten, so that it neither grows stale in sight nor takes up room. */
  private leave(codes: readonly string[]): void {
    const { interest, player, history, surface } = this;
    // A place of its own: this may happen in the middle of a reading.
    const place = new Float64Array(3);
    this.sequences.forget((source) => interest?.matches(source, codes) ?? false);
    if (!player || !interest) return;
    for (let slot = 0; slot < this.ids.slots; slot++) {
      const record = history.newest(slot);
      if (record < 0) continue;
      surface.unplace(history.x[record], history.y[record], history.z[record], place);
      if (!interest.holds(place[0], place[1])) this.forget(slot);
    }
  }

  private forget(slot: number): void {
    this.ids.remove(slot);
    this.history.forget(slot);
    this.player?.hide(slot);
    this.teleports.forget(slot);
    this.skews.clear(slot);
    this.newest[slot] = Infinity;
    this.timed[slot] = 0;
    if (this.lastSeq && slot < this.lastSeq.length) this.lastSeq[slot] = NaN;
  }

  /** Looks at the draft's number; true where it came before and nothing else than the number can tell (a reading with a time of its own is told by that). */
  private isRepeated(): boolean {
    const { draft } = this.sink;
    const { topic, at } = this.source;
    if (draft.seq < 0) {
      draft.seq = NaN;
      this.ledger.issue({ code: 'bad-seq', severity: 'warning', message: "A message's number is not a whole number from 0 on; gaps cannot be found by it.", path: topic });
      return false;
    }
    const verdict = this.sequences.take({ source: draft.source || topic, seq: draft.seq, epoch: draft.epoch, time: draft.timed ? draft.time : NaN, message: this.message }, at);
    return verdict === 'repeat' && !draft.timed;
  }

  /** A reading without a time of its own that was overtaken on the way: its number puts it before the newest of its id. */
  private putInOrder(slot: number): void {
    const { draft } = this.sink;
    this.lastSeq ??= new Float64Array(1024).fill(NaN);
    if (slot >= this.lastSeq.length) this.lastSeq = longer(this.lastSeq, Math.max(slot + 1, this.lastSeq.length * 2), NaN);
    const newest = this.history.newest(slot);
    // 1023: a counter that fell far began anew.
    if (newest >= 0 && draft.seq < this.lastSeq[slot] && this.lastSeq[slot] - draft.seq < 1024) draft.time = Math.min(draft.time, this.history.time[newest] - 0.001 * (this.lastSeq[slot] - draft.seq));
    else this.lastSeq[slot] = draft.seq;
  }

  /**
   * The draft's record. Stations tell one moment's items in several messages: a reading of a known time that speaks of something new is kept beside the others,
   * a millisecond later; one that says nothing new is a duplicate.
   */
  private insert(slot: number, at: number): ReturnType<History['insert']> {
    const { history, sink: { draft } } = this;
    let time = draft.time;
    let inserted = history.insert(slot, time, at);
    for (let beside = 0; inserted.order === 'duplicate' && this.values && beside < BESIDE && !this.isTold(history.at(slot, time)); beside++) {
      time += 0.001;
      inserted = history.insert(slot, time, at);
    }
    return inserted;
  }

  /** Whether a record speaks of everything the draft does. */
  private isTold(record: number): boolean {
    const { draft } = this.sink;
    for (let i = 0; i < draft.values; i++) if (Number.isNaN(this.history.values.get(draft.names[i])?.[record] ?? NaN)) return false;
    return true;
  }

  /** The draft's place in metres, into `place`; a reading without one keeps the last of its id. */
  private findPlace(): { code: string; message: string } | null {
    const { draft } = this.sink;
    if (Number.isNaN(draft.lon) && Number.isNaN(draft.lat)) {
      const known = this.ids.find(draft.id);
      const last = known < 0 ? -1 : this.history.newest(known);
      if (last < 0) return { code: 'no-place', message: 'A reading without a place, of an id that never had one.' };
      this.place[0] = this.history.x[last];
      this.place[1] = this.history.y[last];
      this.place[2] = this.history.z[last];
      return null;
    }
    const fault = placeFault(draft);
    if (fault) return fault;
    this.surface.place(draft.lon, draft.lat, draft.height, this.place);
    return farFault(this.place[0], this.place[1]);
  }

  private fillPlace(record: number, x: number, y: number, z: number): void {
    const { history, network } = this;
    const { draft } = this.sink;
    history.x[record] = x;
    history.y[record] = y;
    history.z[record] = z;
    history.heading[record] = draft.heading;
    history.speed[record] = draft.speed;
    if (history.edge.length === 0) return;
    const own = !Number.isNaN(draft.height);
    history.lane[record] = own ? OWN_HEIGHT : 0;
    history.edge[record] = -1;
    if (!network) return;
    matchToRoad(network, history, record);
    if (!own) history.z[record] = this.surface.drop(history.x[record], history.y[record], this.place, history.edge[record])[2];
  }

  private account(slot: number, order: 'newest' | 'late'): void {
    if (order === 'late') return this.ledger.count('late');
    if (slot >= this.untold.length) {
      this.untold = longer(this.untold, Math.max(slot + 1, this.untold.length * 2));
      this.newest = longer(this.newest, this.untold.length);
    }
    this.newest[slot] = this.sink.draft.time;
    if (this.untold[slot]) return this.ledger.overtake();
    this.untold[slot] = 1;
    this.untoldSlots.push(slot);
    this.ledger.count('applied');
  }

  /** Tells what changed. `clock`: unix seconds on the twin's clock. At most once a frame. */
  flush(clock: number): void {
    const { number, post } = this.parts;
    const arrived = this.untoldSlots.length > 0;
    for (const slot of this.untoldSlots) this.untold[slot] = 0;
    this.untoldSlots = [];
    const moment = clock - this.wish.lag;
    this.past?.look(clock > this.parts.context.now() - 1 ? null : moment);
    if (this.player) {
      if (Number.isNaN(this.epoch) || Math.abs(moment - this.epoch) > EPOCH_SPAN) {
        this.epoch = Math.floor(moment);
        this.player.rebase(this.epoch);
        // A picture drawn for the clock's time shows `lag` seconds before it: the shift is in the epoch.
        post({ kind: 'reset', feed: number, epoch: this.epoch + this.wish.lag, capacity: this.wish.capacity });
        this.near?.reset();
      } else if (arrived && this.spec.transport === 'replay') {
        // A recording fills the history while the clock may stand still: nothing is late, everything is where the moment says.
        this.player.rebase(this.epoch);
      }
      this.player.moveTo(moment);
      this.near?.step(this.parts.context.now(), moment);
      const change = this.player.take();
      if (change) this.near?.dress(change);
      if (change) post({ kind: 'motion', feed: number, ...change }, [change.buffer]);
      for (const models of this.near?.changes() ?? []) post({ kind: 'models', feed: number, of: models.kind, count: models.count, buffer: models.buffer }, [models.buffer]);
    }
    if (this.values) {
      this.values.moveTo(moment);
      for (const { name, slots, values, times } of this.values.take()) {
        const columns = { values: Float32Array.from(values), times: Float64Array.from(times) };
        post({ kind: 'values', feed: number, name, ids: slots.map((slot) => this.ids.name(slot)), ...columns }, [columns.values.buffer, columns.times.buffer]);
      }
    }
    const features = this.features.changed();
    if (features.length > 0) post({ kind: 'features', feed: number, features });
    this.tell(clock);
  }

  private tell(clock: number): void {
    const now = this.parts.context.now();
    const state = this.stateAt(clock);
    if (state === this.toldState && now - this.toldAt < STATUS_EVERY && now >= this.toldAt) return;
    this.sequences.settle(now);
    this.interest?.tick(now);
    this.drift?.settle();
    this.toldAt = now;
    this.toldState = state;
    this.parts.post({ kind: 'status', feed: this.parts.number, status: this.status(clock) });
  }

  private stateAt(clock: number): FeedStatus['state'] {
    if (this.link === 'closed') return 'closed';
    if (this.link === 'refused') return 'failed';
    if (this.spec.transport === 'replay') return 'replay';
    const { span } = this.history;
    const told = span !== null || this.features.size > 0;
    if (this.link === 'lost') return told ? 'stale' : 'connecting';
    if (this.wish.as === 'features') return this.link === 'open' ? 'live' : 'connecting';
    if (!span) return this.link === 'open' && this.spec.transport === 'push' ? 'live' : 'connecting';
    return Math.min(clock, this.parts.context.now()) - span.to > this.spec.staleAfter ? 'stale' : 'live';
  }

  status(clock: number): FeedStatus {
    let stale = 0;
    for (let slot = 0; slot < this.ids.slots; slot++) if (this.newest[slot] < clock - this.spec.staleAfter) stale++;
    const { held, thinned } = this.history;
    // With an archive behind it, what was received ends where receiving began.
    const from = Math.max(held?.from ?? Infinity, this.past ? this.heardSince : -Infinity);
    return {
      state: this.stateAt(clock),
      ...(this.interest ? { interest: { cells: this.interest.size, over: this.interest.over } } : {}),
      newest: held?.to ?? null,
      ids: this.ids.count,
      stale,
      ledger: { ...this.ledger.counts },
      reconnects: this.reconnects,
      sequence: this.sequences.status(),
      skew: this.skews.status(),
      issues: this.ledger.issues(),
      ...(this.past ? { past: this.past.status } : {}),
      history: held && from < Infinity ? { ...held, from, ...(thinned.length > 0 ? { thinned } : {}) } : null,
      ...(this.way && { way: this.way }),
    };
  }

  /** Readings of the past, from … up to, without, to: they are history and nothing else; neither ledger nor recording knows of them. @returns how many were new */
  recall(rows: PastRows, from: number, to: number): number {
    const { history, wish } = this;
    const points = wish.as === 'points';
    let fresh = 0;
    for (let row = from; row < to; row++) {
      const time = rows.times[row];
      const [lon, lat] = [rows.lon?.[row] ?? NaN, rows.lat?.[row] ?? NaN];
      if (!Number.isFinite(time) || (points && !(Math.abs(lon) <= 180 && Math.abs(lat) <= 90))) continue;
      const { draft } = this.sink;
      Object.assign(draft, { id: rows.ids[row], time, lon, lat, height: rows.height?.[row] ?? NaN, heading: rows.heading?.[row] ?? NaN, speed: rows.speed?.[row] ?? NaN });
      draft.values = 0;
      for (const [name, column] of rows.values) if (!Number.isNaN(column[row])) addValue(draft, name, column[row]);
      if (wish.siblings && !isOwn(draft, wish.anchor, wish.siblings)) continue;
      if (points) {
        this.surface.place(lon, lat, draft.height, this.place);
        if (farFault(this.place[0], this.place[1])) continue;
      }
      const slot = this.ids.add(draft.id);
      const { record } = slot < 0 ? { record: -1 } : this.insert(slot, Number.isFinite(rows.received?.[row]) ? rows.received![row] : time);
      if (record < 0) continue;
      fresh++;
      if (points) this.fillPlace(record, this.place[0], this.place[1], this.place[2]);
      for (let i = 0; i < draft.values; i++) history.setValue(record, draft.names[i], draft.numbers[i]);
      this.player?.touch(slot);
      this.values?.touch(slot);
    }
    return fresh;
  }

  /** Unix seconds since when everything that came is held as it came. */
  get heldSince(): number {
    return Math.max(this.heardSince, this.history.lostUntil);
  }

  /** What was recalled is to be seen. */
  recalled(): void {
    this.player?.rebase(this.epoch);
  }

  /** The status is another: it is told with the next flush. */
  restate(): void {
    this.toldAt = -Infinity;
  }

  /** Somebody new listens: from the next flush on everything is told as if for the first time. */
  retell(): void {
    this.epoch = NaN;
    this.values?.retell();
    this.features.retell();
    this.toldAt = -Infinity;
  }

  recording(): Uint8Array {
    return this.recorder.bytes();
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
