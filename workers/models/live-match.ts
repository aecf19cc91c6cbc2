import type { RoadGraph } from './road-graph.ts';
import { MatchChain, type Candidate, type Fix, type MatchGraph, type MatchOptions } from './map-match.ts';
import type { Route } from './road-route.ts';

/** What was decided of a fix some fixes ago. */
export interface Decided {
  readonly fix: Fix;
  readonly place: Candidate;
  /** The way from the decided fix before it; null at a start, or where the choice changed on the way. */
  readonly route: Route | null;
}

/** Matches a track as it comes: a fix is decided when `lag` more are known, by the likeliest way at that moment. */
export class LiveMatcher {
  private readonly chain: MatchChain;
  private fixes: Fix[] = [];
  private decided = 0;
  private before: { column: number; candidate: number } | null = null;

  constructor(graph: MatchGraph, private readonly lag = 3, options: Partial<MatchOptions> = {}) {
    this.chain = new MatchChain(graph, options);
  }

  /** @returns what is decided with this fix, oldest first */
  add(fix: Fix): Decided[] {
    const said = this.chain.add(fix, this.fixes.length);
    if (said === 'skipped') return [];
    if (said === 'added') {
      this.fixes.push(fix);
      return this.decide(this.chain.columns.length - this.lag);
    }
    const rest = this.end();
    if (said === 'broken') {
      this.chain.add(fix, 0);
      this.fixes.push(fix);
    }
    return rest;
  }

  /** Decides all that is left: the track ends here. */
  end(): Decided[] {
    const rest = this.decide(this.chain.columns.length);
    this.chain.restart();
    this.fixes = [];
    this.decided = 0;
    this.before = null;
    return rest;
  }

  private decide(until: number): Decided[] {
    const out: Decided[] = [];
    if (until <= this.decided) return out;
    const chosen = this.chain.best();
    for (; this.decided < until; this.decided++) {
      const column = this.chain.columns[this.decided];
      const candidate = chosen[this.decided];
      const kept = this.before !== null && column.back[candidate] === this.before.candidate;
      out.push({ fix: this.fixes[column.fix], place: column.candidates[candidate], route: kept ? column.route[candidate] : null });
      this.before = { column: this.decided, candidate };
    }
    this.forget();
    return out;
  }

  /** What was decided long ago is not needed to decide the rest. */
  private forget(): void {
    const gone = this.decided - 1;
    if (gone < 64) return;
    this.chain.columns.splice(0, gone);
    this.chain.columns[0].back.fill(-1);
    this.decided -= gone;
    if (this.before) this.before = { ...this.before, column: this.before.column - gone };
  }
}

/** Speeds of roads from probes that drive on them: way over time on each, both summed, so that a slow passage counts as long as it took. */
export class ProbeSpeeds {
  private metres: Float64Array;
  private seconds: Float64Array;
  private passes: Uint32Array;

  constructor(private readonly network: RoadGraph) {
    this.metres = new Float64Array(network.edges);
    this.seconds = new Float64Array(network.edges);
    this.passes = new Uint32Array(network.edges);
  }

  /** A way between two fixes: each edge of it was driven at the mean speed of the whole. */
  add(from: Candidate, route: Route, to: Candidate, seconds: number): void {
    if (!(seconds > 0) || route.length <= 0) return;
    route.edges.forEach((edge, k) => {
      const start = k === 0 ? from.offset : 0;
      const end = k === route.edges.length - 1 ? to.offset : this.network.length(edge);
      const share = Math.max(0, end - start) / route.length;
      this.metres[edge] += share * route.length;
      this.seconds[edge] += share * seconds;
      this.passes[edge]++;
    });
  }

  /** km/h of an edge, NaN where no probe drove; and how many did. */
  of(edge: number): { readonly speed: number; readonly passes: number } {
    return { speed: this.seconds[edge] > 0 ? (3.6 * this.metres[edge]) / this.seconds[edge] : NaN, passes: this.passes[edge] };
  }

  /** By road id, both directions and all pieces together. */
  byRoad(): Map<string, { speed: number; passes: number }> {
    const sums = new Map<string, { metres: number; seconds: number; passes: number }>();
    for (let edge = 0; edge < this.network.edges; edge++) {
      if (this.seconds[edge] === 0) continue;
      const { id } = this.network.road(edge);
      const sum = sums.get(id) ?? { metres: 0, seconds: 0, passes: 0 };
      sums.set(id, { metres: sum.metres + this.metres[edge], seconds: sum.seconds + this.seconds[edge], passes: sum.passes + this.passes[edge] });
    }
    return new Map([...sums].map(([id, { metres, seconds, passes }]) => [id, { speed: (3.6 * metres) / seconds, passes }]));
  }

  clear(): void {
    this.metres.fill(0);
    this.seconds.fill(0);
    this.passes.fill(0);
  }
}
