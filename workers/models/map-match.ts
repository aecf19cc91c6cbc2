import type { RoadNetwork } from './road-network.ts';
import { reacher } from './road-reach.ts';
import type { Place, Route } from './road-route.ts';

/** A fix in metres of the network's anchor, with its time in seconds. */
export interface Fix {
  readonly x: number;
  readonly y: number;
  readonly time: number;
}

export interface MatchOptions {
  /** Standard deviation of the receiver, metres: 4.07 for GNSS, 10 … 20 for phones. */
  readonly sigma: number;
  /** Metres that driven way and straight line usually differ by. */
  readonly beta: number;
  /** Metres around a fix in which roads are looked for, and most candidates a fix. */
  readonly radius: number;
  readonly most: number;
  /** A way longer than the straight line by more metres than this breaks the track. */
  readonly detour: number;
  /** Fixes nearer than this to the last one used are passed over; 2 σ by default. */
  readonly spacing: number;
  /** Seconds of silence that break the track. */
  readonly silence: number;
}

/** @source Newson and Krumm 2009, sections 4 and 5 */
export const MATCH_OPTIONS: MatchOptions = { sigma: 4.07, beta: 3, radius: 200, most: 8, detour: 2000, spacing: NaN, silence: 600 };

/** log of the density that a fix lies `distance` metres from where the vehicle is. @source Newson and Krumm 2009, eq. 1 */
export function emissionLog(distance: number, sigma: number): number {
  return -0.5 * (distance / sigma) ** 2 - Math.log(Math.sqrt(2 * Math.PI) * sigma);
}

/** log of the density that a way and the straight line differ by as much. @source Newson and Krumm 2009, eq. 2 and 3 */
export function transitionLog(straight: number, route: number, beta: number): number {
  return -Math.abs(route - straight) / beta - Math.log(beta);
}

/** A place on an edge's centre line that a fix may belong to. */
export interface Candidate extends Place {
  readonly x: number;
  readonly y: number;
  readonly distance: number;
}

/** What a matcher asks of a road network. */
export interface MatchGraph {
  candidates(x: number, y: number, radius: number, most: number): Candidate[];
  routes(from: Place, to: readonly Place[], limit: number): (Route | null)[];
}

/** The matcher's view of a network: nearest places on the centre lines of every open edge, nearest first. */
export function matchGraph(network: RoadNetwork): MatchGraph {
  const routes = reacher(network);
  const seen = new Uint32Array(network.x.length);
  let turn = 0;
  return {
    routes,
    candidates(x, y, radius, most) {
      turn++;
      const { grid } = network;
      const best = new Map<number, Candidate>();
      const column = (at: number): number => Math.min(grid.columns - 1, Math.max(0, Math.floor((at - grid.west) / grid.cell)));
      const row = (at: number): number => Math.min(grid.rows - 1, Math.max(0, Math.floor((at - grid.south) / grid.cell)));
      for (let r = row(y - radius); r <= row(y + radius); r++)
        for (let c = column(x - radius); c <= column(x + radius); c++)
          for (let k = grid.starts[r * grid.columns + c]; k < grid.starts[r * grid.columns + c + 1]; k++) {
            const segment = grid.items[k];
            if (seen[segment] === turn) continue;
            seen[segment] = turn;
            onSegment(network, segment, { x, y, radius }, best);
          }
      return [...best.values()].toSorted((a, b) => a.distance - b.distance || a.edge - b.edge).slice(0, most);
    },
  };
}

function onSegment(network: RoadNetwork, segment: number, ask: { x: number; y: number; radius: number }, best: Map<number, Candidate>): void {
  const link = network.grid.linkOf[segment];
  const [ax, ay] = [network.x[segment], network.y[segment]];
  const [dx, dy] = [network.x[segment + 1] - ax, network.y[segment + 1] - ay];
  const t = Math.min(1, Math.max(0, ((ask.x - ax) * dx + (ask.y - ay) * dy) / (dx * dx + dy * dy || 1)));
  const [x, y] = [ax + t * dx, ay + t * dy];
  const distance = Math.hypot(ask.x - x, ask.y - y);
  if (distance > ask.radius || distance >= (best.get(2 * link)?.distance ?? Infinity)) return;
  const along = network.s[segment] + t * (network.s[segment + 1] - network.s[segment]);
  best.set(2 * link, { edge: 2 * link, offset: along, x, y, distance });
  if (network.open(2 * link + 1)) best.set(2 * link + 1, { edge: 2 * link + 1, offset: network.length(2 * link) - along, x, y, distance });
}

/** Where a fix is said to have been; null where no road is near, or the fix was passed over. */
export interface MatchedFix {
  readonly place: Candidate | null;
  /** The way from the fix matched before it; null at the start of a piece. */
  readonly route: Route | null;
  /** Passed over because it says nothing new: too near the last one. */
  readonly skipped: boolean;
}

export interface MatchedTrack {
  /** One for each fix. */
  readonly fixes: readonly MatchedFix[];
  /** Edges driven without a break, one list a piece of the track. */
  readonly pieces: readonly (readonly number[])[];
  /** Fixes before which the track is broken. */
  readonly breaks: readonly number[];
}

interface Column {
  readonly fix: number;
  readonly candidates: readonly Candidate[];
  readonly score: Float64Array;
  readonly back: Int32Array;
  readonly route: (Route | null)[];
}

/** The hidden Markov chain, a fix at a time; a piece ends where no way leads on. */
export class MatchChain {
  readonly columns: Column[] = [];
  private readonly options: MatchOptions;

  constructor(private readonly graph: MatchGraph, options: Partial<MatchOptions> = {}) {
    const all = { ...MATCH_OPTIONS, ...options };
    this.options = { ...all, spacing: all.spacing >= 0 ? all.spacing : 2 * all.sigma };
  }

  private last: Fix | null = null;

  /** @returns 'skipped' too near the last, 'lost' no road near, 'broken' no way leads here (it begins a new piece: call {@link restart} with it), 'added' */
  add(fix: Fix, index: number): 'added' | 'skipped' | 'lost' | 'broken' {
    const { sigma, beta, radius, most, detour, spacing, silence } = this.options;
    const before = this.columns.at(-1);
    const straight = this.last ? Math.hypot(fix.x - this.last.x, fix.y - this.last.y) : 0;
    if (this.last && before && straight < spacing) return 'skipped';
    const candidates = this.graph.candidates(fix.x, fix.y, radius, most);
    if (candidates.length === 0) return 'lost';
    const emission = Float64Array.from(candidates, ({ distance }) => emissionLog(distance, sigma));
    if (!before || !this.last) {
      this.columns.push({ fix: index, candidates, score: emission, back: new Int32Array(candidates.length).fill(-1), route: candidates.map(() => null) });
      this.last = fix;
      return 'added';
    }
    if (fix.time - this.last.time > silence) return 'broken';
    const score = new Float64Array(candidates.length).fill(-Infinity);
    const back = new Int32Array(candidates.length).fill(-1);
    const route: (Route | null)[] = candidates.map(() => null);
    before.candidates.forEach((from, i) => {
      if (before.score[i] === -Infinity) return;
      this.graph.routes(from, candidates, straight + detour).forEach((way, j) => {
        if (!way) return;
        const own = before.score[i] + transitionLog(straight, way.length, beta);
        if (own > score[j]) [score[j], back[j], route[j]] = [own, i, way];
      });
    });
    if (score.every((value) => value === -Infinity)) return 'broken';
    for (let j = 0; j < score.length; j++) score[j] += emission[j];
    // Kept near zero, so that a day's track loses no digits.
    const top = score.reduce((most_, value) => Math.max(most_, value), -Infinity);
    this.columns.push({ fix: index, candidates, score: score.map((value) => value - top), back, route });
    this.last = fix;
    return 'added';
  }

  restart(): void {
    this.columns.length = 0;
    this.last = null;
  }

  /** The likeliest way to the newest fix: a candidate of each column. */
  best(): number[] {
    const chosen: number[] = [];
    const newest = this.columns.at(-1);
    if (!newest) return chosen;
    let at = newest.score.reduce((most, value, i, all) => (value > all[most] ? i : most), 0);
    for (let k = this.columns.length - 1; k >= 0; k--) {
      chosen.push(at);
      at = this.columns[k].back[at];
    }
    return chosen.toReversed();
  }
}

/** Matches a whole track to the roads. @source Newson and Krumm 2009; the likeliest way by Viterbi */
export function matchTrack(graph: MatchGraph, fixes: readonly Fix[], options: Partial<MatchOptions> = {}): MatchedTrack {
  const out: MatchedFix[] = fixes.map(() => ({ place: null, route: null, skipped: false }));
  const pieces: number[][] = [];
  const breaks: number[] = [];
  const chain = new MatchChain(graph, options);
  const close = (): void => {
    const chosen = chain.best();
    if (chosen.length === 0) return;
    const edges: number[] = [];
    chain.columns.forEach(({ fix, candidates, route }, k) => {
      const way = route[chosen[k]];
      out[fix] = { place: candidates[chosen[k]], route: way, skipped: false };
      for (const edge of way?.edges ?? [candidates[chosen[k]].edge]) if (edges.at(-1) !== edge) edges.push(edge);
    });
    pieces.push(edges);
    chain.restart();
  };
  fixes.forEach((fix, i) => {
    const said = chain.add(fix, i);
    if (said === 'skipped') out[i] = { ...out[i], skipped: true };
    if (said !== 'broken' && said !== 'lost') return;
    if (chain.columns.length > 0) {
      breaks.push(i);
      close();
    }
    if (said === 'broken') chain.add(fix, i);
  });
  close();
  return { fixes: out, pieces, breaks };
}
