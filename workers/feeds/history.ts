import { Checkpoints } from './checkpoints.ts';
import { Tally } from './tally.ts';
import { bandsOf, joinedBands, type Thinned } from './thinning.ts';

export interface HistoryOptions {
  /** Bytes that records may take; two records an id are kept in any case. */
  readonly budget: number;
  readonly places: boolean;
  readonly roads: boolean;
}

type Column = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Set in `lane` where the height was given with the reading. */
export const OWN_HEIGHT = 0x80;

/** Stands in a value's column for “said to be missing”: unlike NaN (nothing said) it ends the search for an older value. */
export const NO_VALUE = Infinity;

/** Records of an id looked through for a value that the newest ones do not speak of. */
const DEEPEST = 64;

const FIRST = 1024;

/** The same array, longer. */
export function longer<T extends Column>(column: T, length: number, fill = 0): T {
  const out = new (column.constructor as new (length: number) => T)(length);
  if (fill !== 0) out.fill(fill);
  out.set(column as never);
  return out;
}

/** Share of the records that one thinning is to make free, and the least that it is worth. */
const FREED = 4;
const WORTH = 16;
/**
 * How far is thinned, gently first: the share of the records, newest first, that stays whole, and the share of an age that its buckets are. What is coarser is taken where the finer
 * does not make enough free: a day of minutes in the room of a hundred keeps its last minutes whole and the rest by buckets of an eighth of its age.
 */
const LEVELS = [[1 / 2, 64], [1 / 2, 32], [1 / 2, 16], [3 / 8, 16], [1 / 4, 16], [1 / 4, 8], [1 / 8, 8], [1 / 8, 4]] as const;

/**
 * Readings in typed columns within a budget. Records of an id hang together from the newest back through `prev`, by time; checkpoints lead to any moment without a
 * walk through all of them. When the budget is full the older part is thinned, coarser with age: of a bucket an id keeps the least and the greatest of each of its
 * values (an alarm is never thinned away) and where it said that it has none, or its first place. What is older than the coarsest can hold goes at last. The two newest of an id stay in any case.
 */
export class History {
  /** Newest record of each slot, −1 where none. */
  head = new Int32Array(FIRST).fill(-1);
  slot = new Int32Array(FIRST);
  prev = new Int32Array(FIRST);
  /** The record after this one of the same id as far as is known, −1 where none; see {@link History.following}. */
  private next = new Int32Array(FIRST);
  /** Unix seconds of the reading, and of its receipt. */
  time = new Float64Array(FIRST);
  received = new Float64Array(FIRST);
  /** Metres of the anchor, as shown. */
  x: Float32Array;
  y: Float32Array;
  z: Float32Array;
  heading: Float32Array;
  /** Metres a second. */
  speed: Float32Array;
  /** Where it lies on the road graph: edge −1 for nowhere; lane with {@link OWN_HEIGHT}; metres along the edge. */
  edge: Int32Array;
  lane: Uint8Array;
  offset: Float32Array;
  readonly values = new Map<string, Float32Array>();
  count = 0;
  /** How many readings came when. */
  readonly tally = new Tally();
  /** A span of moments (unix seconds) that is being looked at: nothing of it is thinned. */
  looked: { readonly from: number; readonly to: number } | null = null;
  /** Unix seconds: first reading ever; the newest one lost or thinned away; the newest beyond which all are gone. */
  private first = Infinity;
  private lost = -Infinity;
  private gone = -Infinity;
  private newestTime = -Infinity;
  private ids = 0;
  /** Times that something was let go of. */
  thinnings = 0;
  private readonly freed: number[] = [];
  private bands: readonly Thinned[] = [];
  private level = 0;
  /** Scratch of a thinning: records of one id and bucket, and what stays. */
  private readonly run: number[] = [];
  private stay = new Uint8Array(0);
  private readonly checkpoints = new Checkpoints(this);
  private readonly budget: number;
  private readonly has: { places: boolean; roads: boolean };

  constructor(options: HistoryOptions) {
    this.budget = options.budget;
    this.has = { places: options.places, roads: options.roads };
    const [places, roads] = [options.places ? FIRST : 0, options.roads ? FIRST : 0];
    this.x = new Float32Array(places);
    this.y = new Float32Array(places);
    this.z = new Float32Array(places);
    this.heading = new Float32Array(places);
    this.speed = new Float32Array(places);
    this.edge = new Int32Array(roads);
    this.lane = new Uint8Array(roads);
    this.offset = new Float32Array(roads);
  }

  get recordBytes(): number {
    return 28 + (this.has.places ? 20 : 0) + (this.has.roads ? 9 : 0) + 4 * this.values.size;
  }

  get bytes(): number {
    return this.time.length * this.recordBytes + this.head.byteLength + this.checkpoints.bytes;
  }

  /** Readings kept now. */
  get size(): number {
    return this.count - this.freed.length;
  }

  /** Unix seconds between which there are readings, thinned or not; null before the first. */
  get held(): { from: number; to: number } | null {
    return this.first === Infinity ? null : { from: Math.max(this.first, this.gone), to: this.newestTime };
  }

  /** Unix seconds of the newest reading that was let go of, −Infinity where none was. */
  get lostUntil(): number {
    return this.lost;
  }

  /** What of it is thinned, oldest first. */
  get thinned(): readonly Thinned[] {
    return this.bands;
  }

  /** Unix seconds between which nothing received has been given up; null before the first reading. */
  get span(): { from: number; to: number } | null {
    return this.first === Infinity ? null : { from: Math.max(this.first, this.lost), to: this.newestTime };
  }

  /** A slot is another id's from now on; its records go with the ring. */
  forget(slot: number): void {
    if (this.newest(slot) < 0) return;
    this.head[slot] = -1;
    this.ids--;
  }

  /** The record before this one of the same id, −1 when it is none or gone. */
  before(record: number): number {
    const older = this.prev[record];
    return older >= 0 && this.slot[older] === this.slot[record] && this.time[older] < this.time[record] ? older : -1;
  }

  newest(slot: number): number {
    return slot < this.head.length ? this.head[slot] : -1;
  }

  /** The record after this one of the same id, −1 where it is the newest: what {@link History.after} finds, without the way from the newest back. */
  following(record: number): number {
    const newer = this.next[record];
    if (newer >= 0 && this.prev[newer] === record && this.slot[newer] === this.slot[record]) return newer;
    return this.head[this.slot[record]] === record ? -1 : this.after(this.slot[record], this.time[record]);
  }

  /** Newest record of a slot at or before a moment, −1 when none. `known`: only readings received by then. */
  at(slot: number, moment: number, known = Infinity): number {
    let record = this.checkpoints.from(slot, moment);
    while (record >= 0 && (this.time[record] > moment || this.received[record] > known)) record = this.before(record);
    return record;
  }

  /** Oldest record of a slot after a moment, −1 when none. */
  after(slot: number, moment: number, known = Infinity): number {
    // From the checkpoint past the moment on: nearly always there is one between the two.
    for (let k = this.checkpoints.past(moment); ; k++) {
      const start = this.checkpoints.head(k, slot);
      let found = -1;
      for (let record = start; record >= 0 && this.time[record] > moment; record = this.before(record)) if (this.received[record] <= known) found = record;
      if (found >= 0 || k >= this.checkpoints.count) return found;
    }
  }

  /**
   * Makes a record in its place by time. The caller fills the columns of `record`.
   * @returns the record, or −1 with `duplicate` where the id has a reading of that time
   */
  insert(slot: number, time: number, received: number): { record: number; order: 'newest' | 'late' | 'duplicate' } {
    if (slot >= this.head.length) this.head = longer(this.head, Math.max(slot + 1, this.head.length * 2), -1);
    const newest = this.head[slot];
    let newer = -1;
    let older = newest;
    if (newest >= 0 && this.time[newest] >= time) {
      older = this.at(slot, time);
      newer = this.after(slot, time);
    }
    if (older >= 0 && this.time[older] === time) return { record: -1, order: 'duplicate' };
    const record = this.free([newer, older]);
    this.slot[record] = slot;
    this.time[record] = time;
    this.received[record] = received;
    this.prev[record] = older;
    this.next[record] = newer;
    if (older >= 0) this.next[older] = record;
    for (const column of this.values.values()) column[record] = NaN;
    if (older < 0 && newer < 0) this.ids++;
    if (newer < 0) this.head[slot] = record;
    else this.prev[newer] = record;
    if (time < this.first) this.first = time;
    if (time > this.newestTime) this.newestTime = time;
    this.tally.add(time);
    this.checkpoints.added(slot, record, newer >= 0, this.ids);
    return { record, order: newer < 0 ? 'newest' : 'late' };
  }

  value(record: number, name: string): number {
    const column = this.values.get(name);
    if (column && !Number.isNaN(column[record])) return column[record];
    return name === 'speed' && this.has.places ? this.speed[record] : NaN;
  }

  /** The newest record from a record back that speaks of a value (a number or {@link NO_VALUE}), −1 where none of the last 64 does. `known`: only readings received by then. */
  speaking(record: number, name: string, known = Infinity): number {
    const column = this.values.get(name);
    if (!column) return -1;
    for (let tried = 0, at = record; at >= 0 && tried < DEEPEST; tried++, at = this.before(at)) if (!Number.isNaN(column[at]) && this.received[at] <= known) return at;
    return -1;
  }

  /** @returns false when there are too many names already */
  setValue(record: number, name: string, value: number): boolean {
    let column = this.values.get(name);
    if (!column) {
      if (this.values.size >= 32) return false;
      column = new Float32Array(this.time.length).fill(NaN);
      this.values.set(name, column);
    }
    column[record] = value;
    return true;
  }

  /** After many older readings came at once (a window of the past): leads to them as fast as to the newest. */
  index(): void {
    this.checkpoints.build(this.count, this.ids);
  }

  /** A record to write: a new one while there is room, else one made free by thinning. `needed`: neighbours that must stay. */
  private free(needed: readonly number[]): number {
    const known = this.freed.pop();
    if (known !== undefined) return known;
    if (this.count < this.time.length) return this.count++;
    if ((this.count + 1) * this.recordBytes <= this.budget) {
      this.lengthen(Math.min(this.count * 2, Math.max(this.count + 1, Math.floor(this.budget / this.recordBytes))));
      return this.count++;
    }
    // Two in three records may be needed; past that more room costs less than the search.
    if (this.count >= 3 * this.ids) this.thin(new Set(needed));
    const freed = this.freed.pop();
    if (freed !== undefined) return freed;
    this.lengthen(this.count + Math.max(FIRST, this.count >> 2));
    return this.count++;
  }

  /** Thins until a quarter is free, as gently as does it; where nothing does, the oldest go. */
  private thin(needed: ReadonlySet<number>): void {
    const times = this.quantiles(64);
    // From one finer than sufficed last: what was needed then is nearly always needed again.
    for (this.level = Math.max(0, this.level - 1); ; this.level++) {
      const [whole, share] = LEVELS[this.level];
      this.sift(bandsOf(this.newestTime, times[64 - 64 * whole], this.first, share), -Infinity, needed);
      if (this.freed.length >= this.count / FREED || this.level === LEVELS.length - 1) break;
    }
    if (this.freed.length < this.count / WORTH) for (let k = 8; k < 48 && this.freed.length < this.count / FREED; k += 8) this.sift([], times[k], needed);
    this.stay = new Uint8Array(0);
    this.thinnings++;
    this.index();
  }

  /** Lets go of what the bands do not keep, and of everything before a moment. */
  private sift(bands: readonly Thinned[], before: number, needed: ReadonlySet<number>): void {
    const kept = joinedBands(this.bands, bands);
    const had = this.freed.length;
    const looked = this.looked ?? { from: Infinity, to: -Infinity };
    this.stay = new Uint8Array(this.count);
    for (const record of needed) if (record >= 0) this.stay[record] = 1;
    for (let slot = 0; slot < this.head.length; slot++) {
      const second = this.head[slot] < 0 ? -1 : this.before(this.head[slot]);
      if (second < 0) continue;
      let [last, band, bucket] = [second, kept.length - 1, NaN];
      this.run.length = 0;
      for (let record = this.before(second); record >= 0; ) {
        const next = this.before(record);
        const time = this.time[record];
        while (band >= 0 && time < kept[band].from) band--;
        const seen = time >= looked.from && time <= looked.to;
        const step = seen || band < 0 || time >= kept[band].to ? 0 : kept[band].step;
        const now = step === 0 ? NaN : Math.floor(time / step) + step * 1e-9;
        if (now !== bucket && this.run.length > 0) last = this.closeRun(last);
        bucket = now;
        if (time < before && !seen && this.stay[record] === 0) {
          this.gone = Math.max(this.gone, time);
          this.release(record);
        } else if (step === 0) {
          this.prev[last] = record;
          last = record;
        } else this.run.push(record);
        record = next;
      }
      if (this.run.length > 0) last = this.closeRun(last);
      this.prev[last] = -1;
    }
    if (this.freed.length > had) this.bands = kept.filter(({ to }) => to > this.gone).map((band) => ({ ...band, from: Math.max(band.from, this.gone) }));
  }

  /** Keeps of a run of one id and bucket what stays, hung on behind `last`. @returns the last kept */
  private closeRun(last: number): number {
    const { run, stay } = this;
    if (run.length === 1) stay[run[0]] = 1;
    else this.markStayers();
    for (const record of run) {
      if (stay[record] === 0) this.release(record);
      else {
        this.prev[last] = record;
        last = record;
      }
    }
    run.length = 0;
    return last;
  }

  /** Of a run of one id and bucket, newest first, what stays: its first place; the least, the greatest and the first missing of each value. */
  private markStayers(): void {
    const { run, stay } = this;
    if (this.has.places) stay[run[run.length - 1]] = 1;
    for (const column of this.values.values()) {
      let [least, greatest, missing] = [-1, -1, -1];
      for (const record of run) {
        const value = column[record];
        if (Number.isNaN(value)) continue;
        if (value === NO_VALUE) missing = record;
        else {
          if (least < 0 || value < column[least]) least = record;
          if (greatest < 0 || value >= column[greatest]) greatest = record;
        }
      }
      if (least >= 0) stay[least] = stay[greatest] = 1;
      if (missing >= 0) stay[missing] = 1;
    }
  }

  private release(record: number): void {
    if (this.time[record] > this.lost) this.lost = this.time[record];
    this.slot[record] = -1;
    this.freed.push(record);
  }

  /** Moments that part the records into equal shares, from a sample. */
  private quantiles(parts: number): number[] {
    const stride = Math.max(1, Math.floor(this.count / 4096));
    const sample: number[] = [];
    for (let record = 0; record < this.count; record += stride) if (this.slot[record] >= 0) sample.push(this.time[record]);
    sample.sort((a, b) => a - b);
    return Array.from({ length: parts + 1 }, (_, k) => sample[Math.min(sample.length - 1, Math.floor((k * sample.length) / parts))]);
  }

  private lengthen(length: number): void {
    this.slot = longer(this.slot, length);
    this.prev = longer(this.prev, length);
    this.next = longer(this.next, length);
    this.time = longer(this.time, length);
    this.received = longer(this.received, length);
    if (this.has.places) {
      this.x = longer(this.x, length);
      this.y = longer(this.y, length);
      this.z = longer(this.z, length);
      this.heading = longer(this.heading, length);
      this.speed = longer(this.speed, length);
    }
    if (this.has.roads) {
      this.edge = longer(this.edge, length);
      this.lane = longer(this.lane, length);
      this.offset = longer(this.offset, length);
    }
    for (const [name, column] of this.values) this.values.set(name, longer(column, length, NaN));
  }
}
