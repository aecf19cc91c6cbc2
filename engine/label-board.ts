import { clipMatrix } from '#geo';
import type { Backend } from './backend.ts';
import type { LabelAsk } from './drawing/declutter.ts';
import { LabelSet, type Language } from './label-set.ts';
import type { LabelEntry } from './layer.ts';

export type { Language } from './label-set.ts';

/** Gives a verdict over all labels: [n] 1 where shown. The ask's buffers may be taken. */
export type LabelJudge = (ask: LabelAsk) => Promise<Uint8Array>;

export interface LabelBoardOptions {
  readonly language: () => Language;
  readonly judge: LabelJudge;
  /** A layer's place in the order, higher on top; 0 by default. */
  readonly orderOf?: (layer: string) => number;
}

/** Milliseconds between two verdicts. */
const EVERY = 200;
/** As many as a person reads. */
const MOST = 120;
/** What a layer's place in the order weighs: more than any rank, less than a selection. */
const LAYER = 1e4;

/** All layers' labels on one screen: decluttered together in a worker, five times a second at most; drawn as one batch a layer and type size. */
export class LabelBoard {
  readonly #backend: Backend;
  readonly #options: LabelBoardOptions;
  readonly #sets = new Map<string, LabelSet>();
  #due = 0;
  #dirty = false;
  #asked = false;
  #ended = false;
  #seen = '';
  #said: Language;

  constructor(backend: Backend, options: LabelBoardOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#said = options.language();
  }

  set(layer: string, entries: readonly LabelEntry[]): void {
    const before = this.#sets.get(layer);
    before?.dispose();
    this.#dirty = true;
    if (entries.length > 0) this.#sets.set(layer, new LabelSet(this.#backend, entries, this.#said, before));
    else this.#sets.delete(layer);
  }

  /** Called every frame; does nothing unless labels or the camera changed, a fifth of a second has passed and the last verdict is there. */
  tick(): void {
    const now = performance.now();
    if (now < this.#due || this.#asked || this.#sets.size === 0) return;
    this.#speak();
    const { pose, width, height } = this.#backend.view;
    const seen = `${pose.lon},${pose.lat},${pose.height},${pose.heading},${pose.pitch},${pose.roll},${width},${height}`;
    if (!this.#dirty && seen === this.#seen) return;
    this.#due = now + EVERY;
    this.#dirty = false;
    this.#seen = seen;
    void this.#judge(now);
  }

  /** The page changed its language: texts in both are drawn again. */
  #speak(): void {
    const language = this.#options.language();
    if (language === this.#said) return;
    this.#said = language;
    for (const [layer, { given }] of Array.from(this.#sets)) if (given.some(({ text }) => typeof text !== 'string')) this.set(layer, given);
  }

  dispose(): void {
    this.#ended = true;
    for (const set of this.#sets.values()) set.dispose();
    this.#sets.clear();
  }

  async #judge(asking: number): Promise<void> {
    const asked = [...this.#sets];
    this.#asked = true;
    try {
      const verdict = await this.#options.judge(this.#ask(asked, asking));
      if (this.#ended) return;
      let row = 0;
      let changed = false;
      for (const [layer, set] of asked) {
        const own = verdict.slice(row, (row += set.count));
        const now = this.#sets.get(layer);
        if (now) changed = now.show(now === set ? own : now.adopt(set, own), performance.now()) || changed;
      }
      if (changed) this.#backend.requestFrame();
    } finally {
      this.#asked = false;
    }
  }

  /** Copies of every set's columns with the camera: some 0.6 MB for 20,000 labels. */
  #ask(sets: readonly (readonly [string, LabelSet])[], now: number): LabelAsk {
    const { pose, frustum, width, height } = this.#backend.view;
    const count = sets.reduce((sum, [, set]) => sum + set.count, 0);
    const ask: LabelAsk = {
      clips: new Float64Array(16 * sets.length), starts: new Uint32Array(sets.length + 1), places: new Float32Array(3 * count), halves: new Float32Array(2 * count), lifts: new Float32Array(count),
      farthest: new Float32Array(count), priorities: new Float64Array(count), previous: new Uint8Array(count), resting: new Uint8Array(count), width, height, limit: MOST,
    };
    let row = 0;
    for (const [index, [layer, set]] of sets.entries()) {
      ask.clips.set(clipMatrix(set.anchor, pose, frustum, width, height), 16 * index);
      ask.places.set(set.places, 3 * row);
      ask.halves.set(set.halves, 2 * row);
      ask.lifts.set(set.lifts, row);
      ask.farthest.set(set.farthest, row);
      ask.previous.set(set.shown, row);
      const order = LAYER * (this.#options.orderOf?.(layer) ?? 0);
      for (let i = 0; i < set.count; i++) ask.priorities[row + i] = set.ranks[i] + order;
      // What waits may come back without the camera moving: it is asked for again.
      if (set.rest(now, ask.resting, row)) this.#dirty = true;
      row += set.count;
      ask.starts[index + 1] = row;
    }
    return ask;
  }
}
