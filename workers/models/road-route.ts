import type { RoadGraph } from './road-graph.ts';

/** A place on an edge: metres along it in its direction. */
export interface Place {
  readonly edge: number;
  readonly offset: number;
}

/** Edges from the first to the last place, both named; `length` in metres between the two places. */
export interface Route {
  readonly edges: readonly number[];
  readonly length: number;
}

/** Smallest first, by a parallel array of costs. */
export class Heap {
  private readonly items: number[] = [];
  private readonly costs: number[] = [];

  get size(): number {
    return this.items.length;
  }

  clear(): void {
    this.items.length = 0;
    this.costs.length = 0;
  }

  push(item: number, cost: number): void {
    const { items, costs } = this;
    let at = items.length;
    items.push(item);
    costs.push(cost);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (costs[parent] <= cost) break;
      [items[at], costs[at]] = [items[parent], costs[parent]];
      at = parent;
    }
    items[at] = item;
    costs[at] = cost;
  }

  /** Cost of what comes next. */
  get least(): number {
    return this.costs[0];
  }

  pop(): number {
    const { items, costs } = this;
    const top = items[0];
    const item = items.pop() as number;
    const cost = costs.pop() as number;
    const size = items.length;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && costs[child + 1] < costs[child]) child++;
      if (costs[child] >= cost) break;
      [items[at], costs[at]] = [items[child], costs[child]];
      at = child;
    }
    items[at] = item;
    costs[at] = cost;
    return top;
  }
}

/** A vehicle's place may be read this far behind the last one on the same edge and still count as standing. */
const BACKWARD = 1.5;

/**
 * A* over directed edges with the straight line as the bound. Turning back onto the edge's own reverse is possible only where nothing else leaves the node.
 * Scratch arrays are kept between calls and stamped, so that a call costs what it visits.
 */
export function router(network: RoadGraph): (from: Place, to: Place, limit: number) => Route | null {
  const cost = new Float64Array(network.edges);
  const before = new Int32Array(network.edges);
  const stamp = new Uint32Array(network.edges);
  const done = new Uint32Array(network.edges);
  const heap = new Heap();
  let turn = 0;
  return (from, to, limit) => {
    if (from.edge === to.edge && to.offset >= from.offset - BACKWARD) return { edges: [from.edge], length: Math.max(0, to.offset - from.offset) };
    turn++;
    heap.clear();
    const goal = network.from(to.edge);
    const [goalX, goalY] = [network.nodeX[goal], network.nodeY[goal]];
    const left = (edge: number): number => {
      const node = network.to(edge);
      return Math.hypot(network.nodeX[node] - goalX, network.nodeY[node] - goalY);
    };
    const reach = (edge: number, value: number, previous: number): void => {
      if (stamp[edge] === turn && cost[edge] <= value) return;
      const whole = value + left(edge) + to.offset;
      if (whole > limit) return;
      stamp[edge] = turn;
      cost[edge] = value;
      before[edge] = previous;
      heap.push(edge, whole);
    };
    // `start` stands for the rest of the first edge, so that the way may come back to it in full.
    let start = network.length(from.edge) - from.offset;
    let last = from.edge;
    let previous = -1;
    if (start + left(last) + to.offset > limit) return null;
    for (;;) {
      const node = network.to(last);
      const only = network.outStart[node + 1] - network.outStart[node] === 1;
      for (let k = network.outStart[node]; k < network.outStart[node + 1]; k++) {
        const edge = network.out[k];
        if (edge === (last ^ 1) && !only) continue;
        if (edge === to.edge) return trace(before, { from, to, last: previous, length: start + to.offset });
        reach(edge, start + network.length(edge), previous);
      }
      do {
        if (heap.size === 0) return null;
        last = heap.pop();
      } while (done[last] === turn);
      done[last] = turn;
      previous = last;
      start = cost[last];
    }
  };
}

function trace(before: Int32Array, end: { from: Place; to: Place; last: number; length: number }): Route {
  const edges = [end.to.edge];
  for (let edge = end.last; edge >= 0; edge = before[edge]) edges.push(edge);
  edges.push(end.from.edge);
  return { edges: edges.toReversed(), length: end.length };
}
