import type { SequenceGap, SequenceStatus } from '../../engine/ports.ts';

/** Seconds that a missing number may still come before it is announced: messages overtake each other on the way. */
const SETTLE = 1;
/** Sources looked after, gaps of one source kept to be filled, and gaps kept to be shown. */
const MOST_SOURCES = 50_000;
const MOST_OPEN = 4096;
const MOST_SHOWN = 20;
/**
 * Numbers seen before that must follow each other, without a new one between, to be a count begun anew where readings have no times to tell by; fewer where they begin with
 * the first. Brokers send up to twenty messages again in a row.
 */
const RUN = { any: 32, first: 4 };
/** So far on a count must be for its first number to count as one of a new run. */
const BEGUN = 64;
/** Numbers that a new run may have lost at its beginning. */
const LOST_FIRST = 4096;
/** Largest values of counters that begin again at 0 by themselves. */
const WRAPS: ReadonlySet<number> = new Set([0xff, 0xffff, 0xffff_ffff]);

/** What a number says of its message. `fresh`: none of its numbers was there before. */
export type Verdict = 'fresh' | 'filled' | 'repeat';

/** A message's number as its decoder gave it. */
export interface Mark {
  readonly source: string;
  readonly seq: number;
  /** The source's own word for one run of its counter (a boot, a session); '' where it has none. */
  readonly epoch: string;
  /** Unix seconds of the reading, NaN where it has no time of its own. */
  readonly time: number;
  /** Number of the message it came in: readings of one message may share a number. */
  readonly message: number;
}

interface OpenGap {
  readonly source: string;
  from: number;
  to: number;
  /** Unix seconds when it was met. */
  readonly at: number;
  announced: boolean;
}

interface Source {
  /** Highest number, and the one looked at last. */
  top: number;
  last: number;
  epoch: string;
  newest: number;
  message: number;
  verdict: Verdict;
  /** Gaps that may still be filled, ascending. */
  open: OpenGap[];
  /** A run of numbers seen before: its first and how many. */
  again: { first: number; count: number };
}

/** Told of everything worth an issue. */
export type Announce = (code: 'sequence-gap' | 'sequence-restart', message: string) => void;

/**
 * Watches the numbers that sources count their messages with. A number left out is a gap, announced with its range unless it comes within a second; one that comes
 * later fills its gap. A count that begins anew (a new epoch, or a number already seen with a time later than all before) is announced and followed.
 */
export class Sequences {
  private readonly sources = new Map<string, Source>();
  private unsettled: OpenGap[] = [];
  private readonly shown: SequenceGap[] = [];
  private readonly counts = { gaps: 0, missing: 0, filled: 0, restarts: 0 };

  constructor(private readonly announce: Announce) {}

  /** @param at time of receipt, unix seconds */
  take(mark: Mark, at: number): Verdict {
    const known = this.sources.get(mark.source);
    if (!known) return this.begin(mark);
    if (known.message === mark.message && mark.seq === known.last) return known.verdict;
    const verdict = this.judge(known, mark, at);
    if (mark.time > known.newest || Number.isNaN(known.newest)) known.newest = mark.time;
    known.message = mark.message;
    known.last = mark.seq;
    known.verdict = verdict;
    return verdict;
  }

  /** Announces gaps that nothing filled in time. */
  settle(now: number): void {
    const waiting: OpenGap[] = [];
    for (const gap of this.unsettled) {
      if (gap.to < gap.from) continue;
      if (now - gap.at < SETTLE && now >= gap.at) waiting.push(gap);
      else this.say(gap);
    }
    this.unsettled = waiting;
  }

  /** No longer listens to some sources: what they count meanwhile is not missed. */
  forget(which: (source: string) => boolean): void {
    for (const source of this.sources.keys()) if (which(source)) this.sources.delete(source);
    this.unsettled = this.unsettled.filter(({ source }) => !which(source));
  }

  /** Null where no message carried a number. */
  status(): SequenceStatus | null {
    return this.sources.size === 0 && this.counts.gaps === 0 ? null : { sources: this.sources.size, ...this.counts, latest: [...this.shown] };
  }

  private begin({ source, seq, epoch, time, message }: Mark): Verdict {
    // Past that, numbers of further sources are not looked at; their readings are.
    if (this.sources.size < MOST_SOURCES) this.sources.set(source, { top: seq, last: seq, epoch, newest: time, message, verdict: 'fresh', open: [], again: NO_RUN });
    return 'fresh';
  }

  private judge(known: Source, mark: Mark, at: number): Verdict {
    const { seq, epoch } = mark;
    if (epoch !== known.epoch) return this.restart(known, mark, at);
    if (seq === known.top + 1 || (seq === 0 && WRAPS.has(known.top))) {
      known.top = seq;
      known.again = NO_RUN;
      return 'fresh';
    }
    if (seq > known.top) {
      known.again = NO_RUN;
      this.open(known, { source: mark.source, from: known.top + 1, to: seq - 1, at, announced: false });
      known.top = seq;
      return 'fresh';
    }
    const index = lastFrom(known.open, seq);
    if (index >= 0 && seq <= known.open[index].to) return this.fill(known, index, seq);
    return isRestart(known, mark) ? this.restart(known, mark, at) : 'repeat';
  }

  private restart(known: Source, mark: Mark, at: number): Verdict {
    const { source, seq, epoch } = mark;
    this.counts.restarts++;
    this.announce('sequence-restart', `${named(source)} began to count anew at ${seq}${epoch === known.epoch ? '' : ` (epoch ${JSON.stringify(epoch.slice(0, 40))})`}; its last number before was ${known.top}.`);
    this.unsettled.filter((gap) => gap.source === source).forEach((gap) => this.say(gap));
    this.unsettled = this.unsettled.filter((gap) => gap.source !== source);
    known.open = [];
    known.epoch = epoch;
    known.top = seq;
    known.newest = NaN;
    // Counts begin at 0 or 1: a new run met later than that lost its beginning.
    const begun = known.again === NO_RUN ? seq : known.again.first;
    known.again = NO_RUN;
    if (begun > 1 && begun <= LOST_FIRST) this.open(known, { source, from: 1, to: begun - 1, at, announced: false });
    return 'fresh';
  }

  private open(known: Source, gap: OpenGap): void {
    known.open.push(gap);
    if (known.open.length > MOST_OPEN) known.open.shift();
    this.unsettled.push(gap);
  }

  /** Takes a number out of its gap; one in the middle makes two of it. */
  private fill(known: Source, index: number, seq: number): Verdict {
    const gap = known.open[index];
    if (gap.announced) {
      this.counts.missing--;
      this.counts.filled++;
    }
    if (seq > gap.from && seq < gap.to) {
      const rest = { ...gap, from: seq + 1 };
      known.open.splice(index + 1, 0, rest);
      if (!gap.announced) this.unsettled.push(rest);
    }
    if (seq === gap.from) gap.from++;
    else gap.to = seq - 1;
    if (gap.from > gap.to) known.open.splice(index, 1);
    return 'filled';
  }

  private say(gap: OpenGap): void {
    const { source, from, to, at } = gap;
    if (gap.announced || to < from) return;
    gap.announced = true;
    this.counts.gaps++;
    this.counts.missing += to - from + 1;
    this.shown.push({ source, from, to, at });
    if (this.shown.length > MOST_SHOWN) this.shown.shift();
    const range = from === to ? `message ${from} is` : `messages ${from} to ${to} (${to - from + 1}) are`;
    this.announce('sequence-gap', `${named(source)}: ${range} missing.`);
  }
}

const NO_RUN: Source['again'] = { first: NaN, count: 0 };

/** Index of the last gap that begins at or before a number, −1 where there is none. */
function lastFrom(open: readonly OpenGap[], seq: number): number {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (open[middle].from <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Whether a number seen before begins a new count rather than comes twice. A repeated message repeats its time, so a later one settles it; without times a run of them does. */
function isRestart(known: Source, { seq, time }: Mark): boolean {
  if (!Number.isNaN(time) && !Number.isNaN(known.newest)) return time > known.newest;
  const { first, count } = known.again;
  known.again = seq === first + count ? { first, count: count + 1 } : { first: seq, count: 1 };
  return known.again.count >= (known.again.first <= 1 && known.top > BEGUN ? RUN.first : RUN.any);
}

function named(source: string): string {
  return source === '' ? 'The feed' : `Source “${source.slice(0, 80)}”`;
}
