import type { Matrix } from '#geo';
import type { NearWish } from '../../engine/ports.ts';
import type { History } from './history.ts';
import type { Leg } from './leg.ts';
import type { Player } from './player.ts';

/** Floats of a record of engine/drawing's MotionChange. */
const FLOATS = 10;
/** Seconds between two choices, and of a fade from symbol to model. */
const CHOOSE = 0.25;
const FADE = 0.4;
/** One that is a model stays one a little farther off, and a little beside the picture: shares of its distance, and of the picture. */
const STAY = { distance: 0.85, beside: 1.35 };
const BESIDE = 1.15;
/** Seconds to either side of a moment over which a way's direction is measured, and metres that must be driven in them. */
const ASIDE = 0.15;
const DRIVEN = 0.03;
/** Metres of the tightest turn's radius, and radians that a piece may turn in any case. */
const TIGHTEST = 5.5;
const SLACK = 0.01;
/** Metres before a standing model's place that its first keyframe lies, so that it keeps its slope. */
const NUDGE = 0.05;
/** Metres that wheels stand over the ground, against flicker. */
const CLEAR = 0.03;

/** How the camera looks on the feed's places. */
export interface NearView {
  /** The anchor's metres → clip space. */
  readonly clip: Matrix;
  /** The eye, metres of the anchor. */
  readonly eye: readonly [number, number, number];
}

interface Car {
  readonly kind: number;
  /** Its slot in the kind's batch. */
  readonly index: number;
  /** 0: symbol, 1: model. */
  fade: number;
  wanted: boolean;
  /** Times of the piece that the headings were measured for. */
  from: number;
  to: number;
  /** Radians clockwise from north at both ends, and rise over run. */
  first: number;
  last: number;
  slope: number;
}

/** What of a kind changed, packed as a MotionChange of a batch with paints. */
export interface NearChange {
  readonly kind: number;
  readonly count: number;
  readonly buffer: ArrayBuffer;
}

/**
 * Chooses the vehicles that are drawn as models: the nearest in view, four times a second, with some patience so that nothing flickers between the two,
 * and fades each from its symbol to its model and back. Its models follow the pieces of the player, turned and sloped as the way is.
 */
export class Near {
  private readonly cars = new Map<number, Car>();
  private readonly free: number[][];
  private dirty = new Set<number>();
  private gone: Car[] = [];
  private view: NearView | null = null;
  private chosen = -Infinity;
  private stepped = NaN;
  private readonly at = new Float64Array(3);
  private readonly ahead = new Float64Array(3);

  constructor(
    private readonly wish: NearWish,
    private readonly parts: { readonly player: Player; readonly history: History; readonly lift: number; readonly staleAfter: number },
  ) {
    this.free = wish.kinds.map(() => []);
    this.reset();
  }

  /** Vehicles that are models now, or on the way to it. */
  get count(): number {
    return this.cars.size;
  }

  look(view: NearView): void {
    this.view = view;
  }

  /** Whether a slot is shown near enough that a symbol's ease would be seen. */
  readonly fine = (slot: number): boolean => this.cars.has(slot);

  /** Everything is told anew into empty batches; what was a model is one at once. */
  reset(): void {
    for (const free of this.free) {
      free.length = 0;
      for (let index = this.wish.most - 1; index >= 0; index--) free.push(index);
    }
    const before = [...this.cars];
    this.cars.clear();
    this.dirty.clear();
    this.gone = [];
    for (const [slot, { fade, wanted }] of before) this.take(slot, fade, wanted);
  }

  /** Chooses, and goes on with the fades. `machine`: seconds of a clock that never stands; `moment`: what is shown. */
  step(machine: number, moment: number): void {
    const seconds = Number.isNaN(this.stepped) ? 0 : Math.min(FADE, Math.max(0, machine - this.stepped));
    this.stepped = machine;
    if (this.view && Math.abs(machine - this.chosen) >= CHOOSE) {
      this.chosen = machine;
      this.choose(moment);
    }
    for (const [slot, car] of this.cars) {
      const goal = car.wanted ? 1 : 0;
      if (car.fade === goal) {
        if (goal === 0) this.leave(slot, car);
        continue;
      }
      car.fade = car.wanted ? Math.min(1, car.fade + seconds / FADE) : Math.max(0, car.fade - seconds / FADE);
      this.parts.player.retell(slot);
    }
  }

  /** Fades the symbols of a change of the player's, and notes whose models move with it. */
  dress(change: { readonly count: number; readonly buffer: ArrayBuffer }): void {
    if (this.cars.size === 0) return;
    const floats = new Float32Array(change.buffer);
    const bytes = new Uint8Array(change.buffer);
    for (let i = 0; i < change.count; i++) {
      const slot = floats[i * FLOATS];
      const car = this.cars.get(slot);
      if (!car) continue;
      const alpha = i * FLOATS * 4 + 39;
      bytes[alpha] = Math.round(bytes[alpha] * (1 - car.fade));
      this.dirty.add(slot);
    }
  }

  /** What changed of the models, a change a kind. */
  changes(): NearChange[] {
    const slots = this.wish.kinds.map((): number[] => []);
    for (const slot of this.dirty) {
      const car = this.cars.get(slot);
      if (car) slots[car.kind].push(slot);
    }
    this.dirty.clear();
    const out: NearChange[] = [];
    slots.forEach((list, kind) => {
      const taken = new Set(list.map((slot) => this.cars.get(slot)?.index));
      const gone = this.gone.filter((car) => car.kind === kind && !taken.has(car.index));
      const count = list.length + gone.length;
      if (count === 0) return;
      const floats = new Float32Array(count * FLOATS);
      const bytes = new Uint8Array(floats.buffer);
      list.forEach((slot, i) => this.write(slot, this.cars.get(slot)!, { floats, bytes, row: i }));
      gone.forEach((car, i) => { floats[(list.length + i) * FLOATS] = car.index; });
      out.push({ kind, count, buffer: floats.buffer });
    });
    this.gone = [];
    return out;
  }

  private take(slot: number, fade: number, wanted: boolean): void {
    const { history } = this.parts;
    const said = Math.round(history.value(history.newest(slot), this.wish.key));
    const kind = said >= 0 && said < this.wish.kinds.length ? said : 0;
    const index = this.free[kind].pop();
    if (index === undefined) return;
    this.cars.set(slot, { kind, index, fade, wanted, from: NaN, to: NaN, first: NaN, last: NaN, slope: 0 });
    this.parts.player.retell(slot);
  }

  private leave(slot: number, car: Car): void {
    this.cars.delete(slot);
    this.free[car.kind].push(car.index);
    this.gone.push(car);
    this.parts.player.retell(slot);
  }

  /** The nearest in view; those that are models count as nearer than they are. */
  private choose(moment: number): void {
    const { view, at, cars } = this;
    if (!view) return;
    const { player, staleAfter } = this.parts;
    const { clip: m, eye } = view;
    const slots: number[] = [];
    const far: number[] = [];
    for (let slot = 0; slot < player.slots; slot++) {
      if (!player.drawn(slot, moment, at)) continue;
      const car = cars.get(slot);
      const distance = Math.hypot(at[0] - eye[0], at[1] - eye[1], at[2] - eye[2]) * (car?.wanted ? STAY.distance : 1);
      if (distance > this.wish.within || player.silence(slot, moment) > staleAfter) continue;
      const w = m[3] * at[0] + m[7] * at[1] + m[11] * at[2] + m[15];
      const edge = (car?.wanted ? STAY.beside : BESIDE) * Math.max(w, 8);
      const x = m[0] * at[0] + m[4] * at[1] + m[8] * at[2] + m[12];
      const y = m[1] * at[0] + m[5] * at[1] + m[9] * at[2] + m[13];
      if (w < -8 || Math.abs(x) > edge || Math.abs(y) > edge) continue;
      slots.push(slot);
      far.push(distance);
    }
    let order = Array.from(slots, (_, i) => i);
    if (slots.length > this.wish.most) order = order.toSorted((a, b) => far[a] - far[b]).slice(0, this.wish.most);
    const wanted = new Set(order.map((i) => slots[i]));
    for (const [slot, car] of cars) car.wanted = wanted.has(slot);
    for (const slot of wanted) if (!cars.has(slot)) this.take(slot, 0, true);
  }

  private write(slot: number, car: Car, { floats, bytes, row }: { floats: Float32Array; bytes: Uint8Array; row: number }): void {
    const { player, lift } = this.parts;
    const at = row * FLOATS;
    const mirror = player.record(slot);
    for (let k = 1; k < 9; k++) floats[at + k] = mirror[k];
    floats[at] = car.index;
    floats[at + 3] -= lift - CLEAR;
    floats[at + 7] -= lift - CLEAR;
    this.aim(slot, car, mirror);
    const run = Math.hypot(mirror[5] - mirror[1], mirror[6] - mirror[2]);
    if (run < 2 * NUDGE) {
      floats[at + 1] = mirror[5] - NUDGE * Math.sin(car.last);
      floats[at + 2] = mirror[6] - NUDGE * Math.cos(car.last);
      floats[at + 3] = floats[at + 7] - NUDGE * car.slope;
    } else car.slope = (mirror[7] - mirror[3]) / run;
    bytes[4 * at + 36] = (Math.imul(slot + 1, 2654435761) >>> 8) % this.wish.paints;
    bytes[4 * at + 37] = turn256(car.first);
    bytes[4 * at + 38] = turn256(car.last);
    bytes[4 * at + 39] = player.visible(slot) ? Math.round(255 * car.fade) : 0;
  }

  /** Headings at both ends of a piece: the way's own, so that one piece ends as the next begins. A thing that stands keeps its heading. */
  private aim(slot: number, car: Car, mirror: Float32Array): void {
    const { player, history } = this.parts;
    if (car.from === mirror[4] && car.to === mirror[8]) return;
    const shown = this.shown(car, mirror[4]);
    [car.from, car.to] = [mirror[4], mirror[8]];
    const known = Number.isNaN(car.last) ? (history.heading[history.newest(slot)] * Math.PI) / 180 || 0 : car.last;
    const [east, north] = [mirror[5] - mirror[1], mirror[6] - mirror[2]];
    const straight = Math.hypot(east, north) < 2 * NUDGE ? known : Math.atan2(east, north);
    const leg = player.way(slot);
    // A piece that begins before the last one ends goes on from where that one has turned to.
    car.first = shown ?? (leg ? this.along(leg, player.moment(car.from), straight) : straight);
    const wanted = leg ? this.along(leg, player.moment(car.to), straight) : straight;
    // No tighter than a vehicle turns: where two ways meet at a corner it comes round over the next metres.
    const most = Math.hypot(east, north) / TIGHTEST + SLACK;
    car.last = car.first + (Number.isNaN(car.last) ? between(car.first, wanted) : Math.min(most, Math.max(-most, between(car.first, wanted))));
  }

  /** Where a model looks at a time in or after its present piece; null before it. */
  private shown(car: Car, time: number): number | null {
    if (!(time >= car.from - 1e-3)) return null;
    return car.first + between(car.first, car.last) * Math.min(1, (time - car.from) / Math.max(1e-6, car.to - car.from));
  }

  private along(leg: Leg, time: number, otherwise: number): number {
    leg.at(time - ASIDE, this.at);
    leg.at(time + ASIDE, this.ahead);
    const [east, north] = [this.ahead[0] - this.at[0], this.ahead[1] - this.at[1]];
    return Math.hypot(east, north) < DRIVEN ? otherwise : Math.atan2(east, north);
  }
}

/** Radians from one heading to another, the shorter way round. */
function between(from: number, to: number): number {
  const turn = ((to - from) / (2 * Math.PI) + 0.5) % 1;
  return 2 * Math.PI * ((turn < 0 ? turn + 1 : turn) - 0.5);
}

/** Radians as a byte: 256ths of a turn. */
function turn256(radians: number): number {
  return Math.round((radians / (2 * Math.PI)) * 256) & 255;
}
