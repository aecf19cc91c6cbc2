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

/**
 * Readings of the last minutes in typed columns, used as a ring: when the budget is full a new record takes the place of the oldest one that is
 * not among the two newest of its id. Records of an id hang together from the newest back through `prev`, by time.
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
  /** Unix seconds: first reading ever, and the newest one lost to the ring. */
  private first = Infinity;
  private lost = -Infinity;
  private newestTime = -Infinity;
  private hand = 0;
  private ids = 0;
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
    return this.time.length * this.recordBytes + this.head.byteLength;
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
    let record = this.newest(slot);
    while (record >= 0 && (this.time[record] > moment || this.received[record] > known)) record = this.before(record);
    return record;
  }

  /** Oldest record of a slot after a moment, −1 when none. */
  after(slot: number, moment: number, known = Infinity): number {
    let found = -1;
    for (let record = this.newest(slot); record >= 0 && this.time[record] > moment; record = this.before(record)) {
      if (this.received[record] <= known) found = record;
    }
    return found;
  }

  /**
   * Makes a record in its place by time. The caller fills the columns of `record`.
   * @returns the record, or −1 with `duplicate` where the id has a reading of that time
   */
  insert(slot: number, time: number, received: number): { record: number; order: 'newest' | 'late' | 'duplicate' } {
    if (slot >= this.head.length) this.head = longer(this.head, Math.max(slot + 1, this.head.length * 2), -1);
    let newer = -1;
    let older = this.head[slot];
    while (older >= 0 && this.time[older] > time) {
      newer = older;
      older = this.before(older);
    }
    if (older >= 0 && this.time[older] === time) return { record: -1, order: 'duplicate' };
    const record = this.free(newer, older);
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

  /** A record to write: a new one while there is room, else the next in the ring that may go. */
  private free(newer: number, older: number): number {
    if (this.count < this.time.length) return this.count++;
    if ((this.count + 1) * this.recordBytes <= this.budget) {
      this.lengthen(Math.min(this.count * 2, Math.max(this.count + 1, Math.floor(this.budget / this.recordBytes))));
      return this.count++;
    }
    // Two in three records may be needed; past that more room costs less than the search.
    const tries = this.count < 3 * this.ids ? 32 : this.count;
    for (let tried = 0; tried < tries; tried++) {
      const record = this.hand;
      this.hand = (this.hand + 1) % this.count;
      const newest = this.head[this.slot[record]];
      // `prev` alone: where it names another id's record by now, this one is spared for nothing, and `before` costs three looks more.
      if (record === newest || (newest >= 0 && record === this.prev[newest]) || record === newer || record === older) continue;
      if (this.time[record] > this.lost) this.lost = this.time[record];
      return record;
    }
    this.lengthen(this.count + Math.max(FIRST, this.count >> 2));
    return this.count++;
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
