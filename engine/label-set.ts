import { placer, type Anchor } from '#geo';
import type { Backend } from './backend.ts';
import { ORDER, type Drawn } from './drawing/batch.ts';
import type { LabelEntry } from './layer.ts';

export type Language = 'zh' | 'en';

const DEFAULT_SIZE = 13;
/** Milliseconds that a label which went out of sight waits before it may come back: none blinks twice in a second. */
const REST = 1000;

interface DrawnSize {
  readonly drawn: Drawn;
  /** Which entries of the set the batch shows. */
  readonly members: readonly number[];
  /** [4m] as written last. */
  readonly colours: Uint8Array;
}

/** One layer's labels: their columns for the verdict, and one batch a type size. */
export class LabelSet {
  /** As given, to be said again in another language. */
  readonly given: readonly LabelEntry[];
  readonly anchor: Anchor;
  readonly count: number;
  /** [3n] metres of the anchor; [2n], [n], [n] as the verdict has them. */
  readonly places: Float32Array;
  readonly halves: Float32Array;
  readonly lifts: Float32Array;
  readonly farthest: Float32Array;
  /** [n] within the layer: alarm, selection, rank. */
  readonly ranks: Float64Array;
  shown: Uint8Array;
  /** [n] when each went out of sight, milliseconds; −∞ for never. */
  readonly #hidden: Float64Array;
  readonly #batches: readonly DrawnSize[];

  /** @param before a label whose place had one that was seen is seen at once: a number that changes does not blink until the next verdict */
  constructor(backend: Backend, given: readonly LabelEntry[], language: Language, before: LabelSet | undefined) {
    const known = new Map(before?.given.map((entry, i) => [placeOf(entry), i]));
    const old = given.map((entry) => known.get(placeOf(entry)) ?? -1);
    const texts = given.map(({ text }) => (typeof text === 'string' ? text : text[language]));
    this.given = given;
    this.count = given.length;
    this.anchor = { lon: given[0].lon, lat: given[0].lat, height: given[0].height };
    this.places = new Float32Array(3 * this.count);
    this.halves = new Float32Array(2 * this.count);
    this.lifts = Float32Array.from(given, ({ size }) => size ?? DEFAULT_SIZE);
    this.farthest = Float32Array.from(given, ({ farthest }) => farthest ?? Infinity);
    this.ranks = Float64Array.from(given, ({ alarm, selected, rank }) => (alarm ? 1e9 : 0) + (selected ? 1e8 : 0) + rank);
    this.shown = Uint8Array.from(old, (index) => (before && index >= 0 ? before.shown[index] : 0));
    this.#hidden = Float64Array.from(old, (index) => (before && index >= 0 ? before.#hidden[index] : -Infinity));
    const local = placer(this.anchor);
    given.forEach(({ lon, lat, height }, i) => {
      local.place(lon, lat, height, this.places, 3 * i);
      this.halves[2 * i] = textWidth(texts[i], this.lifts[i]) / 2;
      this.halves[2 * i + 1] = this.lifts[i] * 0.8;
    });
    this.#batches = Array.from(groupBySize(this.lifts), ([size, members]) => this.#draw(backend, texts, size, members));
  }

  /** Marks the labels that wait before they may come back; an alarm never does. True where there is one. */
  rest(now: number, out: Uint8Array, from: number): boolean {
    let some = false;
    for (let i = 0; i < this.count; i++) {
      const waits = !this.shown[i] && now - this.#hidden[i] < REST && this.ranks[i] < 1e9;
      out[from + i] = Number(waits);
      some ||= waits;
    }
    return some;
  }

  /** Shows what the verdict says. True where anything changed. */
  show(verdict: Uint8Array, now: number): boolean {
    let changed = false;
    for (let i = 0; i < this.count; i++) {
      if (verdict[i] === this.shown[i]) continue;
      changed = true;
      if (!verdict[i]) this.#hidden[i] = now;
    }
    if (!changed) return false;
    this.shown = verdict;
    for (const { drawn, members, colours } of this.#batches) {
      let other = false;
      for (let slot = 0; slot < members.length; slot++) {
        const alpha = verdict[members[slot]] ? 255 : 0;
        other ||= colours[4 * slot + 3] !== alpha;
        colours[4 * slot + 3] = alpha;
      }
      if (other) drawn.write({ kind: 'colours', colours: colours.slice() });
    }
    return true;
  }

  /** A verdict that was asked for by the set before this one: what stands at the same place takes it over. */
  adopt(before: LabelSet, verdict: Uint8Array): Uint8Array {
    const known = new Map(before.given.map((entry, i) => [placeOf(entry), i]));
    return Uint8Array.from(this.given, (entry, i) => verdict[known.get(placeOf(entry)) ?? -1] ?? this.shown[i]);
  }

  dispose(): void {
    for (const { drawn } of this.#batches) drawn.dispose();
  }

  #draw(backend: Backend, texts: readonly string[], size: number, members: readonly number[]): DrawnSize {
    const places = new Float32Array(3 * members.length);
    const colours = new Uint8Array(4 * members.length);
    members.forEach((entry, slot) => {
      for (let axis = 0; axis < 3; axis++) places[3 * slot + axis] = this.places[3 * entry + axis];
      const value = parseInt((this.given[entry].colour ?? '#223038').slice(1, 7), 16);
      colours.set([value >> 16, (value >> 8) & 255, value & 255, this.shown[entry] ? 255 : 0], 4 * slot);
    });
    const drawn = backend.draw({ kind: 'labels', anchor: this.anchor, epoch: 0, order: ORDER.label, ids: null, size, offset: [0, size], places, colours: colours.slice(), texts: members.map((entry) => texts[entry]) });
    return { drawn, members, colours };
  }
}

function placeOf({ lon, lat, height }: LabelEntry): string {
  return `${lon} ${lat} ${height}`;
}

function groupBySize(sizes: Float32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  sizes.forEach((size, i) => {
    const there = groups.get(size);
    if (there) there.push(i);
    else groups.set(size, [i]);
  });
  return groups;
}

/** Near enough for a box: a CJK character is as wide as the type is high, a Latin one a little over half. */
function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += character.codePointAt(0)! > 0x2e80 ? size : size * 0.56;
  return width + 6;
}
