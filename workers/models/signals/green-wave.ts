/** Signals along a road in one direction of travel. Green of signal i is [offset, offset + green) modulo the cycle, all in s; positions in m, ascending. */
export interface Corridor {
  readonly positions: readonly number[];
  /** Metres a second. */
  readonly speed: number;
  readonly cycle: number;
  readonly offsets: readonly number[];
  readonly greens: readonly number[];
}

/** The times at a band's first signal from which a vehicle meets green all the way: [start, start + width) modulo the cycle. */
export interface Band {
  readonly start: number;
  readonly width: number;
}

export interface Bands {
  readonly forward: Band;
  /** Of the way back: its first signal is the last one. */
  readonly reverse: Band;
  /** (forward + reverse) / 2C */
  readonly efficiency: number;
}

const EPSILON = 1e-9;
const wrap = (value: number, cycle: number): number => ((value % cycle) + cycle) % cycle;

/** An interval of times not wrapped: from `start`, 0 or longer. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The pieces of a span (no longer than a cycle) that lie in the arc [start, start + width) modulo the cycle. */
function cut(span: Span, start: number, width: number, cycle: number): Span[] {
  if (width >= cycle - EPSILON) return [span];
  const first = start + Math.floor((span.start - start) / cycle) * cycle;
  const pieces: Span[] = [];
  for (let at = first; at < span.end; at += cycle) {
    const piece = { start: Math.max(at, span.start), end: Math.min(at + width, span.end) };
    if (piece.end - piece.start > EPSILON) pieces.push(piece);
  }
  return pieces;
}

/** The longest interval of departures that meets green at every signal; `delays` are the travel times to them. */
function bandOf(delays: readonly number[], { cycle, offsets, greens }: Corridor): Band {
  // Spans are cut from the first green, which is no longer than a cycle: none of them wraps. A first signal that is always green gives two cycles to find those that would.
  const begin = offsets[0] - delays[0];
  const always = greens[0] >= cycle - EPSILON;
  let spans: Span[] = [{ start: begin, end: begin + (always ? 2 * cycle : greens[0]) }];
  for (let i = 1; i < delays.length; i++) spans = spans.flatMap((span) => cut(span, offsets[i] - delays[i], greens[i], cycle));
  const best = spans.reduce<Span | null>((longest, span) => (longest && longest.end - longest.start >= span.end - span.start - EPSILON ? longest : span), null);
  return best ? { start: wrap(best.start, cycle), width: Math.min(cycle, best.end - best.start) } : { start: 0, width: 0 };
}

/** Both bands of a corridor and what share of the cycle they use. */
export function greenWave(corridor: Corridor): Bands {
  const { positions, speed, cycle, offsets, greens } = corridor;
  const last = positions[positions.length - 1] ?? 0;
  const forward = bandOf(positions.map((position) => (position - positions[0]) / speed), corridor);
  const reverse = bandOf(positions.toReversed().map((position) => (last - position) / speed), { ...corridor, offsets: offsets.toReversed(), greens: greens.toReversed() });
  return { forward, reverse, efficiency: (forward.width + reverse.width) / (2 * cycle) };
}

/** Offsets of a wave in one direction: each green begins when a vehicle that started with the first one's arrives. */
export function forwardOffsets({ positions, speed, cycle }: Pick<Corridor, 'positions' | 'speed' | 'cycle'>): number[] {
  return positions.map((position) => wrap((position - positions[0]) / speed, cycle));
}

/** Most signals of a search, and the states kept after each of them. */
export const MOST_SIGNALS = 10;
const KEPT = 1500;

interface State {
  readonly forward: Span;
  readonly reverse: Span;
  readonly offsets: readonly number[];
}

const width = ({ start, end }: Span): number => end - start;
const NONE: Span = { start: 0, end: 0 };

export interface OffsetSearch extends Bands {
  readonly offsets: readonly number[];
  /** False where states were let go on the way: then a better choice may exist. */
  readonly exact: boolean;
}

/**
 * Offsets on a grid that make `weight` × forward + (1 − `weight`) × reverse greatest; of equals the evener pair. The first signal keeps its offset.
 * Signals are added one by one; of the pairs of bands reached so far, those that lie within another are let go, so the answer is exact unless more than 1,500 remain.
 * @param step of the grid, s @throws RangeError for more than ten signals
 */
export function searchOffsets(corridor: Omit<Corridor, 'offsets'> & { readonly offsets?: readonly number[] }, { step = 1, weight = 0.5 } = {}): OffsetSearch {
  const { positions, speed, cycle, greens } = corridor;
  const count = positions.length;
  if (count > MOST_SIGNALS) throw new RangeError(`A search takes at most ${MOST_SIGNALS} signals; this corridor has ${count}.`);
  const first = corridor.offsets?.[0] ?? 0;
  // The way back is told by when a vehicle passes the first signal: it passes signal i that much earlier.
  const whole = Math.min(greens[0], cycle);
  let states: State[] = [{ forward: { start: first, end: first + whole }, reverse: { start: first, end: first + whole }, offsets: [first] }];
  let exact = true;
  const value = ({ forward, reverse }: State): number => weight * width(forward) + (1 - weight) * width(reverse) + 1e-6 * Math.min(width(forward), width(reverse));
  for (let i = 1; i < count; i++) {
    const delay = (positions[i] - positions[0]) / speed;
    const next: State[] = [];
    for (const state of states) {
      for (let offset = 0; offset < cycle - EPSILON; offset += step) {
        const forwards = cut(state.forward, offset - delay, greens[i], cycle);
        const reverses = cut(state.reverse, offset + delay, greens[i], cycle);
        if (forwards.length + reverses.length === 0) continue;
        for (const forward of forwards.length > 0 ? forwards : [NONE]) for (const reverse of reverses.length > 0 ? reverses : [NONE]) next.push({ forward, reverse, offsets: [...state.offsets, offset] });
      }
    }
    next.sort((a, b) => value(b) - value(a));
    states = undominated(next);
    if (states.length > KEPT) exact = false;
    states = states.slice(0, KEPT);
    if (states.length === 0) break;
  }
  const best = states[0]?.offsets ?? positions.map(() => first);
  const offsets = positions.map((_, i) => best[i] ?? first);
  return { ...greenWave({ ...corridor, offsets }), offsets, exact };
}

const within = (a: Span, b: Span): boolean => width(a) <= EPSILON || (a.start >= b.start - EPSILON && a.end <= b.end + EPSILON);

/** States whose two bands do not both lie in those of a better one; sorted best first. */
function undominated(states: readonly State[]): State[] {
  const kept: State[] = [];
  for (const state of states) {
    if (!kept.some((other) => within(state.forward, other.forward) && within(state.reverse, other.reverse))) kept.push(state);
    if (kept.length > KEPT) break;
  }
  return kept;
}
