import type { RoadNetwork } from '../models/road-network.ts';
import { longer, OWN_HEIGHT, type History } from './history.ts';
import { CLOSE, cutPiece, joined, legOf, type Leg, type LegEnd } from './leg.ts';
import type { Surface } from './surface.ts';
import { Wheel } from './wheel.ts';

/** Floats of a record of engine/drawing's MotionChange: 40 bytes. */
const FLOATS = 10;
const HIDDEN = 0;
const MOVING = 1;
const HOLDING = 2;

/** Seconds that the picture may be behind before it is set right at once. */
const BEHIND = 30;
/** Metres over which nothing is shown moving that was silent until it counted as stale, or that would have to go faster than its speeds allow. */
const CUT = 150;
/** Metres a second, where readings have no speeds. */
const FASTEST = 150;
/** Seconds out of sight before it is shown at another place. */
const OUT_OF_SIGHT = 0.3;
/** Seconds of a jump of the moment from which on everything is computed anew. */
const JUMP = 5;
/** Seconds before the end of a piece that the next one is sent, beginning where the thing is then: a worker that is a little late stops nothing. */
const EARLY = 0.25;
/** Metres that such a piece may leave the way, and by how many seconds it must reach further. */
const EARLY_CLOSE = 0.25;
/** Metres that a piece of what is seen from near may leave the way. */
const NEAR_CLOSE = 0.03;
const FURTHER = 0.03;
/** Metres behind a standing thing that its first keyframe lies, so that a symbol keeps its direction. */
const NUDGE = 0.05;

export interface PlayerParts {
  readonly history: History;
  readonly roads: { readonly network: RoadNetwork; readonly surface: Surface } | null;
  readonly staleAfter: number;
  /** Seconds after its last reading that a thing goes out of sight; absent: never. */
  readonly goneAfter?: number;
  /** Packed r, g, b, a (little-endian) of a record. */
  colourOf(record: number): number;
}

/**
 * Shows what the history says for a moment: each slot on its way between two known readings, in straight pieces of two keyframes. Live, paused and
 * replayed moments go the same way. What came too late to be shown in time is caught up with at a bounded speed, so that nothing jumps.
 */
export class Player {
  /** What the graphics card holds, a record a slot. */
  private mirror = new Float32Array(FLOATS * 1024);
  private colours = new Uint32Array(this.mirror.buffer);
  private state = new Uint8Array(1024);
  /** Unix seconds at which a slot's present piece ends. */
  private until = new Float64Array(1024);
  /** Record that the present leg leads to, or that a slot holds at, and its time. */
  private reached = new Int32Array(1024).fill(-1);
  private readonly legs = new Map<number, Leg>();
  private readonly wheel = new Wheel();
  private dirty: number[] = [];
  private changed: number[] = [];
  private stamp = new Uint8Array(1024);
  private asked: { key: string; leg: Leg } | null = null;
  private now = NaN;
  /** Whether the last move led back. */
  private backwards = false;
  private count = 0;
  /** Slots seen so near that the ease of a piece would show. */
  fine: ((slot: number) => boolean) | null = null;
  readonly from = new Float64Array(3);
  readonly to = new Float64Array(3);
  readonly probe = new Float64Array(3);

  constructor(
    private readonly parts: PlayerParts,
    private epoch: number,
  ) {}

  /** Slots that ever had a reading. */
  get slots(): number {
    return this.count;
  }

  /** A slot has a new reading. */
  touch(slot: number): void {
    this.count = Math.max(this.count, slot + 1);
    this.room(slot);
    if (this.state[slot] !== MOVING) this.dirty.push(slot);
  }

  /** A slot shows nothing any more, until it has another reading. */
  hide(slot: number): void {
    if (slot >= this.count) return;
    this.legs.delete(slot);
    this.state[slot] = HIDDEN;
    this.reached[slot] = -1;
    this.mirror[slot * FLOATS] = slot;
    this.colours[slot * FLOATS + 9] = 0;
    this.mark(slot);
  }

  /** A slot's record is told again with the next ones, though it did not change. */
  retell(slot: number): void {
    this.mark(slot);
  }

  /** A slot's record as drawn: slot, x, y, z, time, x, y, z, time. Do not write. */
  record(slot: number): Float32Array {
    return this.mirror.subarray(slot * FLOATS, slot * FLOATS + FLOATS);
  }

  /** The way a slot is on; null where it stands or goes straight. */
  way(slot: number): Leg | null {
    return this.legs.get(slot) ?? null;
  }

  /** Unix seconds of a record's time. */
  moment(seconds: number): number {
    return this.epoch + seconds;
  }

  visible(slot: number): boolean {
    return this.state[slot] !== HIDDEN && this.colours[slot * FLOATS + 9] >>> 24 !== 0;
  }

  /** Seconds at a moment since the last reading that a slot holds at; 0 while it is on its way. */
  silence(slot: number, moment: number): number {
    return this.state[slot] === HOLDING ? moment - this.until[slot] : 0;
  }

  /** Times count from another epoch; everything is to be told again. */
  rebase(epoch: number): void {
    this.epoch = epoch;
    this.now = NaN;
  }

  /** Goes to a moment (unix seconds). */
  moveTo(moment: number): void {
    const back = moment < this.now - 0.001;
    if (back && this.backwards) return this.moveBack(moment);
    const jumped = Number.isNaN(this.now) || back || this.backwards || moment > this.now + JUMP;
    this.now = moment;
    this.backwards = back;
    if (jumped) {
      this.wheel.reset(moment);
      this.legs.clear();
      this.dirty = [];
      for (let slot = 0; slot < this.count; slot++) {
        this.state[slot] = HIDDEN;
        this.advance(slot, moment);
        this.mark(slot);
      }
      return;
    }
    const { dirty } = this;
    this.dirty = [];
    for (const slot of dirty) this.advance(slot, moment);
    this.wheel.turn(moment, (slot) => this.advance(slot, moment));
  }

  /** Further back: only what the present piece does not show any more is looked up again. */
  private moveBack(moment: number): void {
    this.now = moment;
    for (const slot of this.dirty) this.until[slot] = NaN;
    this.dirty = [];
    for (let slot = 0; slot < this.count; slot++) {
      const at = slot * FLOATS;
      if (this.state[slot] === HIDDEN && !Number.isNaN(this.until[slot])) continue;
      const seen = this.colours[at + 9] >>> 24 > 0;
      if (seen && this.state[slot] === HOLDING && this.until[slot] <= moment) continue;
      if (seen && this.state[slot] === MOVING && this.epoch + this.mirror[at + 4] <= moment && this.until[slot] >= moment) continue;
      this.legs.delete(slot);
      this.enter(slot, moment);
      this.mark(slot);
    }
  }

  /** The records changed since the last call, packed as a MotionChange; null when none. */
  take(): { count: number; buffer: ArrayBuffer } | null {
    const { changed } = this;
    if (changed.length === 0) return null;
    const out = new Float32Array(changed.length * FLOATS);
    const bits = new Uint32Array(out.buffer);
    for (let i = 0; i < changed.length; i++) {
      const slot = changed[i];
      // Bit by bit: a colour read as a float may be a NaN, and a NaN's bits need not survive.
      for (let k = 0; k < FLOATS; k++) bits[i * FLOATS + k] = this.colours[slot * FLOATS + k];
      this.stamp[slot] = 0;
    }
    this.changed = [];
    return { count: changed.length, buffer: out.buffer };
  }

  /** Place of a slot as drawn at a moment near the present one; false where it is hidden. */
  drawn(slot: number, moment: number, out: Float64Array): boolean {
    const at = slot * FLOATS;
    if (slot >= this.count || !this.visible(slot) || this.silence(slot, moment) > (this.parts.goneAfter ?? Infinity)) return false;
    const { mirror } = this;
    const t = moment - this.epoch;
    const share = Math.min(1, Math.max(0, (t - mirror[at + 4]) / (mirror[at + 8] - mirror[at + 4] || 1)));
    for (let k = 0; k < 3; k++) out[k] = mirror[at + 1 + k] + (mirror[at + 5 + k] - mirror[at + 1 + k]) * share;
    return true;
  }

  /** Place of a slot at any moment from the readings received until `known` (unix seconds); false where there is none yet. */
  exact(slot: number, moment: number, known: number, out: Float64Array): boolean {
    const { history } = this.parts;
    const a = history.at(slot, moment, known);
    if (a < 0) return false;
    const b = history.after(slot, moment, known);
    if (b < 0 || this.apart(a, b)) {
      out[0] = history.x[a];
      out[1] = history.y[a];
      out[2] = history.z[a];
    } else this.known(a, b).at(moment, out);
    return true;
  }

  /** The way between two records, kept until another is asked for: whoever draws a track asks for many moments of each. */
  private known(a: number, b: number): Leg {
    const { time } = this.parts.history;
    const key = `${a} ${b} ${time[a]} ${time[b]}`;
    if (this.asked?.key !== key) this.asked = { key, leg: this.leg(a, b, time[a]) };
    return this.asked.leg;
  }

  private advance(slot: number, moment: number): void {
    const { history } = this.parts;
    for (let step = 0; step < 64; step++) {
      const leg = this.legs.size === 0 ? undefined : this.legs.get(slot);
      const early = leg ? EARLY : 0;
      if (this.state[slot] === MOVING && this.until[slot] > moment + early) return this.wheel.add(slot, this.until[slot] - early);
      if (this.state[slot] === MOVING && this.until[slot] > moment) {
        if (leg && this.goOn(slot, leg, moment)) continue;
        break;
      }
      if (this.state[slot] === MOVING && leg && this.until[slot] < leg.end - 1e-6) {
        this.piece(slot, leg, this.until[slot]);
        continue;
      }
      if (leg) this.legs.delete(slot);
      const record = this.reached[slot];
      const known = this.state[slot] !== HIDDEN && history.slot[record] === slot;
      if (!known) {
        if (!this.enter(slot, moment)) return;
        continue;
      }
      const next = history.following(record);
      if (next < 0) return this.hold(slot, record);
      if (!this.begin(slot, record, next, moment)) return;
    }
    this.wheel.add(slot, this.until[slot]);
  }

  /** Sends the next piece before the present one ends, from where the slot is now; false where that reaches no further. */
  private goOn(slot: number, leg: Leg, moment: number): boolean {
    const { history } = this.parts;
    const [goal, until] = [this.reached[slot], this.until[slot]];
    let [way, next] = [leg, goal];
    if (until >= leg.end - 1e-6) {
      next = history.slot[goal] === slot ? history.following(goal) : -1;
      if (next < 0 || this.apart(goal, next)) return false;
      const following = this.leg(goal, next, until);
      if (following.straight) return false;
      way = joined(leg, following);
    }
    const end = cutPiece(way, moment, this.fine?.(slot) ? NEAR_CLOSE : EARLY_CLOSE, this);
    if (end < until + FURTHER) return false;
    this.reached[slot] = next;
    this.legs.set(slot, way);
    this.show(slot, moment, end);
    return true;
  }

  /** Puts a slot where it is at a moment, whatever was drawn before; false when it then waits. */
  private enter(slot: number, moment: number): boolean {
    const { history } = this.parts;
    const a = history.at(slot, moment);
    const b = history.after(slot, moment);
    if (a < 0) {
      if (this.state[slot] !== HIDDEN) this.mark(slot);
      this.state[slot] = HIDDEN;
      this.colours[slot * FLOATS + 9] = 0;
      this.mirror[slot * FLOATS] = slot;
      if (b >= 0) this.wheel.add(slot, history.time[b]);
      return false;
    }
    this.reached[slot] = a;
    if (b < 0 || this.apart(a, b)) {
      this.until[slot] = NaN;
      this.hold(slot, a);
      if (b >= 0) this.leap(slot, b, moment);
      return false;
    }
    this.set(slot, a, b, history.time[a], moment);
    return true;
  }

  /** Stays at a record until there is another. The second keyframe keeps the reading's own time: that is what staleness counts from. */
  private hold(slot: number, record: number): void {
    const { history } = this.parts;
    this.state[slot] = HOLDING;
    const time = history.time[record];
    if (this.until[slot] === time) return;
    this.until[slot] = time;
    this.put(this.from, record);
    this.put(this.to, record);
    this.write(slot, record, time - 1, time);
  }

  /** Waits for a record that no way leads to: goes out of sight shortly before, so that nothing is seen to jump. */
  private leap(slot: number, to: number, moment: number): void {
    const { history } = this.parts;
    const vanish = history.time[to] - OUT_OF_SIGHT;
    if (moment < vanish) return this.wheel.add(slot, vanish);
    this.colours[slot * FLOATS + 9] = 0;
    this.mark(slot);
    this.wheel.add(slot, history.time[to]);
  }

  /** From a record to the next one, from where the slot is now; false when it waits instead. */
  private begin(slot: number, a: number, b: number, moment: number): boolean {
    const { history } = this.parts;
    if (moment - history.time[b] > BEHIND) return this.enter(slot, moment);
    if (this.apart(a, b)) {
      if (moment >= history.time[b]) return this.enter(slot, moment);
      this.hold(slot, a);
      this.leap(slot, b, moment);
      return false;
    }
    const start = this.state[slot] === HOLDING ? Math.max(history.time[a], moment) : this.until[slot];
    this.set(slot, a, b, start, start);
    return true;
  }

  /** Sets a slot on its way from one record to the next, beginning at `start`, drawn from `since` on. */
  private set(slot: number, a: number, b: number, start: number, since: number): void {
    const { history, roads } = this.parts;
    this.state[slot] = MOVING;
    this.reached[slot] = b;
    const leg = roads && history.edge[a] >= 0 && history.edge[b] >= 0 ? this.leg(a, b, start) : null;
    if (leg && !leg.straight) {
      this.legs.set(slot, leg);
      if (this.backwards) this.pieceAround(slot, leg, since);
      else this.piece(slot, leg, Math.max(leg.start, since));
      return;
    }
    // No object a reading where there is no road: a million slots go this way.
    const end = this.due(a, b, start, Math.hypot(history.x[b] - history.x[a], history.y[b] - history.y[a]));
    this.until[slot] = end;
    this.put(this.from, a);
    this.put(this.to, b);
    this.write(slot, a, start, end);
  }

  /** When a way begun at `start` ends: with the second reading, or later where a vehicle that catches up would have to go too fast. */
  private due(a: number, b: number, start: number, length: number): number {
    const { history } = this.parts;
    const due = history.time[b];
    if (start <= history.time[a]) return due;
    const usual = Math.max(length / (due - history.time[a]), history.speed[a] || 0, history.speed[b] || 0);
    return Math.max(due, start + length / Math.max(8, 1.5 * usual + 4));
  }

  private piece(slot: number, leg: Leg, since: number): void {
    this.show(slot, since, cutPiece(leg, since, this.fine?.(slot) ? NEAR_CLOSE : CLOSE, this));
  }

  /** The whole piece that a moment lies in, so that time may run back through it. */
  private pieceAround(slot: number, leg: Leg, moment: number): void {
    let since = leg.start;
    let end = cutPiece(leg, since, CLOSE, this);
    while (end < moment && end < leg.end - 1e-6) {
      since = end;
      end = cutPiece(leg, since, CLOSE, this);
    }
    this.show(slot, since, end);
  }

  /** Writes the piece just cut. */
  private show(slot: number, since: number, end: number): void {
    this.until[slot] = end;
    const goal = this.reached[slot];
    const left = this.parts.history.before(goal);
    this.write(slot, left >= 0 ? left : goal, since, end);
  }

  private leg(a: number, b: number, start: number): Leg {
    return legOf(this.end(a), this.end(b), { start, end: (length) => this.due(a, b, start, length) }, this.parts.roads);
  }

  private end(record: number): LegEnd {
    const { history, roads } = this.parts;
    const lane = roads ? history.lane[record] : 0;
    return {
      time: history.time[record],
      x: history.x[record],
      y: history.y[record],
      z: history.z[record],
      speed: history.speed[record],
      heading: history.heading[record],
      ownHeight: (lane & OWN_HEIGHT) !== 0,
      edge: roads ? history.edge[record] : -1,
      lane: lane & ~OWN_HEIGHT,
      offset: roads ? history.offset[record] : 0,
    };
  }

  /** True where two readings in a row are too far apart, in time and place, to show a way between them. */
  private apart(a: number, b: number): boolean {
    const { history, staleAfter } = this.parts;
    const seconds = history.time[b] - history.time[a];
    const metres = Math.hypot(history.x[b] - history.x[a], history.y[b] - history.y[a]);
    const driven = Math.max(history.speed[a], history.speed[b]);
    return metres > CUT && (seconds > staleAfter || metres / seconds > (driven >= 0 ? 3 * driven + 15 : FASTEST));
  }

  private put(out: Float64Array, record: number): void {
    const { history } = this.parts;
    out[0] = history.x[record];
    out[1] = history.y[record];
    out[2] = history.z[record];
  }

  private write(slot: number, record: number, start: number, end: number): void {
    const { history } = this.parts;
    const { mirror, from, to } = this;
    const at = slot * FLOATS;
    if (Math.abs(to[0] - from[0]) < 0.01 && Math.abs(to[1] - from[1]) < 0.01) {
      const heading = (history.heading[record] * Math.PI) / 180;
      if (!Number.isNaN(heading)) {
        from[0] = to[0] - NUDGE * Math.sin(heading);
        from[1] = to[1] - NUDGE * Math.cos(heading);
      }
    }
    mirror[at] = slot;
    mirror[at + 1] = from[0];
    mirror[at + 2] = from[1];
    mirror[at + 3] = from[2];
    mirror[at + 4] = start - this.epoch;
    mirror[at + 5] = to[0];
    mirror[at + 6] = to[1];
    mirror[at + 7] = to[2];
    mirror[at + 8] = end - this.epoch;
    this.colours[at + 9] = this.parts.colourOf(record);
    this.mark(slot);
  }

  private mark(slot: number): void {
    if (this.stamp[slot]) return;
    this.stamp[slot] = 1;
    this.changed.push(slot);
  }

  private room(slot: number): void {
    if (slot < this.state.length) return;
    const length = Math.max(slot + 1, this.state.length * 2);
    const mirror = new Float32Array(length * FLOATS);
    new Uint8Array(mirror.buffer, 0, this.mirror.byteLength).set(new Uint8Array(this.mirror.buffer));
    this.mirror = mirror;
    this.colours = new Uint32Array(mirror.buffer);
    this.state = longer(this.state, length);
    this.until = longer(this.until, length);
    this.reached = longer(this.reached, length, -1);
    this.stamp = longer(this.stamp, length);
  }
}
