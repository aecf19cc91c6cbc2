import { placer } from '#geo';
import type { LanePath, RoadNetwork } from '../../models/road-network.ts';

/** Random numbers 0 … 1, the same every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface Report {
  readonly id: string;
  readonly t: number;
  readonly lon: number;
  readonly lat: number;
  readonly speed: number;
  readonly heading: number;
}

/** One vehicle that truly drives: along lane lines, turning at junctions as chance has it, speeding up, braking and standing at times. */
export class Driver {
  /** Every path driven so far, oldest first: the truth that pictures are measured against. */
  readonly driven: LanePath[] = [];
  private path: LanePath;
  private edges: number[] = [];
  private s = 0;
  /** Came to the end of a oneway road: stands there. */
  private ended = false;
  speed: number;
  private wanted: number;
  private readonly out = new Float64Array(3);

  constructor(
    readonly id: string,
    private readonly network: RoadNetwork,
    private readonly random: () => number,
  ) {
    let edge = 0;
    do edge = Math.floor(random() * network.edges);
    while (!network.open(edge) || network.length(edge) < 25);
    this.path = this.drive(edge, network.length(edge) * (0.3 + 0.2 * random()), Math.floor(random() * network.lanes[edge >> 1]));
    this.speed = this.wanted = 6 + random() * 10;
  }

  /** Drives for some seconds; small steps. */
  go(seconds: number): void {
    const { random } = this;
    if (random() < 0.04 * seconds) this.wanted = random() < 0.3 ? 0 : 5 + random() * 12;
    const change = Math.max(-3 * seconds, Math.min(2 * seconds, this.wanted - this.speed));
    this.speed = Math.max(0, this.speed + change);
    this.s += this.speed * seconds;
    if (this.s > this.path.length) {
      const last = this.edges[this.edges.length - 1];
      if (this.ended) {
        this.s = this.path.length;
        this.speed = this.wanted = 0;
        return;
      }
      const over = this.s - this.path.length;
      this.path = this.drive(last, this.network.length(last) / 2, this.path.lane);
      this.s = over;
    }
  }

  place(): Float64Array {
    return this.path.at(this.s, this.out);
  }

  report(t: number): Report {
    const [x, y, heading] = this.place();
    const degrees = placer({ ...this.network.anchor, height: 0 }).unplace(x, y, 0, new Float64Array(3));
    return { id: this.id, t, lon: degrees[0], lat: degrees[1], speed: this.speed, heading };
  }

  /** Metres to the nearest point of the paths driven last. */
  distance(x: number, y: number): number {
    return Math.min(...this.driven.slice(-12).map(({ points }) => toLine(points, x, y)));
  }

  /** A path over some edges, from the middle of the first to the middle of the last. */
  private drive(edge: number, from: number, lane: number): LanePath {
    const { network, random } = this;
    this.edges = [edge];
    for (let k = 0; k < 8; k++) {
      const last = this.edges[this.edges.length - 1];
      const node = network.to(last);
      const next = Array.from(network.out.subarray(network.outStart[node], network.outStart[node + 1]));
      const onward = next.filter((one) => one !== (last ^ 1));
      const choice = onward.length > 0 ? onward : next;
      if (choice.length === 0) {
        this.ended = true;
        break;
      }
      this.edges.push(choice[Math.floor(random() * choice.length)]);
    }
    const last = this.edges[this.edges.length - 1];
    const path = network.path({ edges: this.edges, from, to: this.ended ? network.length(last) - 1 : network.length(last) / 2, fromLane: lane });
    this.driven.push(path);
    return path;
  }
}

export function toLine(points: Float64Array, x: number, y: number): number {
  let best = points.length === 2 ? Math.hypot(points[0] - x, points[1] - y) : Infinity;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const dx = points[i + 2] - points[i];
    const dy = points[i + 3] - points[i + 1];
    const t = Math.min(1, Math.max(0, ((x - points[i]) * dx + (y - points[i + 1]) * dy) / (dx * dx + dy * dy || 1)));
    best = Math.min(best, Math.hypot(points[i] + t * dx - x, points[i + 1] + t * dy - y));
  }
  return best;
}
