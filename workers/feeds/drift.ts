import type { Draft } from './decoders/draft.ts';

/** Readings in which a value must have come before its absence means something, and readings it must be absent from, at least. */
const KNOWN = 20;
const ABSENT = 20;
/** So many times the longest absence before. */
const USUAL = 4;
const MOST_NAMES = 64;
/** Readings over which a value's usual size is learnt, and the step that looks like another unit: powers of ten. */
const LEARN = 50;
const STEP = 1.9;

interface Name {
  first: number;
  last: number;
  seen: number;
  /** Most readings between two that spoke of it. */
  longest: number;
  stopped: boolean;
  /** Means of log10 |value|: over long, and of the last few. */
  usual: number;
  recent: number;
  scaled: boolean;
}

export type Said = (code: 'value-stopped' | 'value-scale', message: string) => void;

/**
 * Watches which values a feed's readings speak of. One that used to come and stopped is named, with the name that began in its place where there is one: a field was
 * renamed or taken away. Values that are suddenly a hundred times what they were are named too: a unit was changed. Nothing is guessed into place; the last good value stands and grows old.
 */
export class Drift {
  private readonly names = new Map<string, Name>();
  private readings = 0;

  constructor(private readonly say: Said) {}

  note(draft: Draft): void {
    this.readings++;
    if (!Number.isNaN(draft.speed)) this.spoken('speed', draft.speed);
    if (!Number.isNaN(draft.heading)) this.spoken('heading', 1);
    if (!Number.isNaN(draft.height)) this.spoken('height', 1);
    for (let i = 0; i < draft.values; i++) this.spoken(draft.names[i], draft.numbers[i]);
  }

  /** Names what stopped; to be asked now and then. */
  settle(): void {
    for (const [name, one] of this.names) {
      if (one.stopped || one.seen < KNOWN) continue;
      const absent = this.readings - one.last;
      if (absent < ABSENT + USUAL * one.longest) continue;
      one.stopped = true;
      const instead = [...this.names].find(([, { first, last }]) => first > one.last && last > one.last)?.[0];
      const renamed = instead === undefined ? '' : ` “${instead}” came instead: was it renamed?`;
      this.say('value-stopped', `The value “${name}” does not come any more (not in the last ${absent} readings); the last ones stand and grow old.${renamed}`);
    }
  }

  private spoken(name: string, value: number): void {
    const size = value === 0 || !Number.isFinite(value) ? NaN : Math.log10(Math.abs(value));
    const one = this.names.get(name);
    if (!one) {
      if (this.names.size < MOST_NAMES) this.names.set(name, { first: this.readings, last: this.readings, seen: 1, longest: 0, stopped: false, usual: size, recent: size, scaled: false });
      return;
    }
    // An absence that is over was a pause, and pauses as long as that are usual from now on.
    if (this.readings - one.last > one.longest) one.longest = this.readings - one.last;
    one.last = this.readings;
    one.seen++;
    one.stopped = false;
    if (!Number.isNaN(size)) this.learn(name, one, size);
  }

  private learn(name: string, one: Name, size: number): void {
    if (Number.isNaN(one.usual)) one.usual = one.recent = size;
    one.usual += (size - one.usual) / Math.min(one.seen, 20 * LEARN);
    one.recent += (size - one.recent) / Math.min(one.seen, LEARN / 5);
    if (one.seen < LEARN || one.scaled || Math.abs(one.recent - one.usual) < STEP) return;
    one.scaled = true;
    const times = Math.round(10 ** Math.abs(one.recent - one.usual));
    this.say('value-scale', `The values of “${name}” are suddenly some ${times} times ${one.recent > one.usual ? 'larger' : 'smaller'} than they were: has their unit changed?`);
  }
}
