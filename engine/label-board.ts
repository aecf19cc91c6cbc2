import { clipMatrix, placer, project, type Anchor } from '#geo';
import type { Backend } from './backend.ts';
import { ORDER, type Drawn } from './drawing/batch.ts';
import { declutter } from './drawing/declutter.ts';
import type { LabelEntry } from './layer.ts';

interface LabelSet {
  entries: readonly (LabelEntry & { readonly text: string })[];
  /** As given, to be said again in another language. */
  given: readonly LabelEntry[];
  anchor: Anchor;
  places: Float32Array;
  colours: Uint8Array;
  drawn: Drawn[];
  /** Which entries each drawn batch shows: batches are by type size. */
  members: number[][];
  shown: Uint8Array;
}

export type Language = 'zh' | 'en';

const DEFAULT_SIZE = 13;
/** Seconds between two verdicts. */
const EVERY = 0.2;
/** As many as a person reads. */
const MOST = 120;

/** All layers' labels on one screen: decluttered together five times a second, drawn as one batch a layer and type size. */
export class LabelBoard {
  readonly #backend: Backend;
  readonly #sets = new Map<string, LabelSet>();
  #due = 0;
  #dirty = false;
  #seen = '';
  #said: Language;
  readonly #language: () => Language;

  constructor(backend: Backend, language: () => Language) {
    this.#backend = backend;
    this.#language = language;
    this.#said = language();
  }

  set(layer: string, entries: readonly LabelEntry[]): void {
    const before = this.#sets.get(layer);
    for (const drawn of before?.drawn ?? []) drawn.dispose();
    this.#dirty = true;
    if (entries.length > 0) this.#sets.set(layer, this.#drawSet(entries, before));
    else this.#sets.delete(layer);
  }

  /** Called every frame; does nothing unless labels or the camera changed and a fifth of a second has passed. */
  tick(backend: Backend): void {
    const now = performance.now() / 1000;
    if (now < this.#due || this.#sets.size === 0) return;
    this.#speak();
    const { pose, width, height } = backend.view;
    const seen = `${pose.lon},${pose.lat},${pose.height},${pose.heading},${pose.pitch},${pose.roll},${width},${height}`;
    if (!this.#dirty && seen === this.#seen) return;
    this.#due = now + EVERY;
    this.#dirty = false;
    this.#seen = seen;
    this.#judge();
  }

  /** The page changed its language: texts in both are drawn again. */
  #speak(): void {
    if (this.#language() === this.#said) return;
    this.#said = this.#language();
    for (const [layer, { given }] of Array.from(this.#sets)) if (given.some(({ text }) => typeof text !== 'string')) this.set(layer, given);
  }

  dispose(): void {
    for (const set of this.#sets.values()) for (const drawn of set.drawn) drawn.dispose();
    this.#sets.clear();
  }

  #judge(): void {
    const { pose, frustum, width, height } = this.#backend.view;
    const count = [...this.#sets.values()].reduce((sum, set) => sum + set.entries.length, 0);
    const boxes = { middles: new Float32Array(2 * count), halves: new Float32Array(2 * count).fill(-1), priorities: new Float32Array(count) };
    const previous = new Uint8Array(count);
    const point = new Float64Array(3);
    let row = 0;
    for (const set of this.#sets.values()) {
      const clip = clipMatrix(set.anchor, pose, frustum, width, height);
      previous.set(set.shown, row);
      for (const [index, entry] of set.entries.entries()) {
        project(clip, width, height, set.places[3 * index], set.places[3 * index + 1], set.places[3 * index + 2], point);
        const size = entry.size ?? DEFAULT_SIZE;
        const seen = point[2] > 0 && point[2] <= (entry.farthest ?? Infinity) && point[0] >= 0 && point[1] >= 0 && point[0] <= width && point[1] <= height;
        if (seen) boxes.halves.set([textWidth(entry.text, size) / 2, size * 0.8], 2 * row);
        boxes.middles.set([point[0], point[1] - size], 2 * row);
        boxes.priorities[row++] = (entry.alarm ? 1e4 : 0) + entry.rank;
      }
    }
    const verdict = declutter(boxes, previous, MOST);
    row = 0;
    for (const set of this.#sets.values()) {
      set.shown = verdict.slice(row, (row += set.entries.length));
      this.#show(set);
    }
  }

  #show(set: LabelSet): void {
    set.members.forEach((members, batch) => {
      const colours = new Uint8Array(4 * members.length);
      members.forEach((entry, slot) => {
        colours.set(set.colours.subarray(4 * entry, 4 * entry + 3), 4 * slot);
        colours[4 * slot + 3] = set.shown[entry] ? 255 : 0;
      });
      set.drawn[batch].write({ kind: 'colours', colours });
    });
    this.#backend.requestFrame();
  }

  /** A label whose place had one that was seen is seen at once: a number that changes does not blink until the next verdict. */
  #drawSet(given: readonly LabelEntry[], before: LabelSet | undefined): LabelSet {
    const seen = new Set(before?.entries.flatMap((entry, i) => (before.shown[i] ? [placeOf(entry)] : [])));
    const shown = Uint8Array.from(given, (entry) => (seen.has(placeOf(entry)) ? 1 : 0));
    const entries = given.map((entry) => ({ ...entry, text: typeof entry.text === 'string' ? entry.text : entry.text[this.#said] }));
    const anchor = { lon: entries[0].lon, lat: entries[0].lat, height: entries[0].height };
    const local = placer(anchor);
    const places = new Float32Array(3 * entries.length);
    const colours = new Uint8Array(4 * entries.length);
    entries.forEach((entry, i) => {
      local.place(entry.lon, entry.lat, entry.height, places, 3 * i);
      const value = parseInt((entry.colour ?? '#223038').slice(1, 7), 16);
      colours.set([value >> 16, (value >> 8) & 255, value & 255, shown[i] ? 255 : 0], 4 * i);
    });
    const bySize = groupBySize(entries);
    const members = [...bySize.values()];
    const drawn = [...bySize].map(([size, slots]) => this.#backend.draw({
      kind: 'labels', anchor, epoch: 0, order: ORDER.label, ids: null, size, offset: [0, size],
      places: pickRows(places, slots, 3, Float32Array), colours: pickRows(colours, slots, 4, Uint8Array), texts: slots.map((slot) => entries[slot].text),
    }));
    return { entries, given, anchor, places, colours, drawn, members, shown };
  }
}

function placeOf({ lon, lat, height }: LabelEntry): string {
  return `${lon} ${lat} ${height}`;
}

function groupBySize(entries: readonly LabelEntry[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  entries.forEach((entry, i) => {
    const size = entry.size ?? DEFAULT_SIZE;
    groups.set(size, [...(groups.get(size) ?? []), i]);
  });
  return groups;
}

function pickRows<T extends Float32Array | Uint8Array>(source: T, rows: readonly number[], size: number, type: new (length: number) => T): T {
  const out = new type(rows.length * size);
  rows.forEach((row, i) => out.set(source.subarray(row * size, row * size + size), i * size));
  return out;
}

/** Near enough for a box: a CJK character is as wide as the type is high, a Latin one a little over half. */
function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += character.codePointAt(0)! > 0x2e80 ? size : size * 0.56;
  return width + 6;
}
