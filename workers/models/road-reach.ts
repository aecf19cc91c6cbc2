import type { RoadGraph } from './road-graph.ts';
import { Heap, type Place, type Route } from './road-route.ts';

/** A vehicle's place may be read this far behind the last one on the same edge and still count as standing. */
const BACKWARD = 1.5;

/**
 * Shortest ways from one place to many, by one search that ends when all are found or nothing within `limit` metres is left. Turns back only at dead ends, as the router does.
 * Scratch arrays are kept between calls and stamped, so that a call costs what it visits.
 */
export function reacher(network: RoadGraph): (from: Place, to: readonly Place[], limit: number) => (Route | null)[] {
  const cost = new Float64Array(network.edges);
  const before = new Int32Array(network.edges);
  const stamp = new Uint32Array(network.edges);
  const done = new Uint32Array(network.edges);
  const heap = new Heap();
  let turn = 0;
  return (from, to, limit) => {
    turn++;
    heap.clear();
    const out: (Route | null)[] = to.map((place) => (place.edge === from.edge && place.offset >= from.offset - BACKWARD ? { edges: [from.edge], length: Math.max(0, place.offset - from.offset) } : null));
    const wanted = new Map<number, number[]>();
    to.forEach(({ edge }, i) => { if (!out[i]) wanted.set(edge, [...(wanted.get(edge) ?? []), i]); });
    let left = wanted.size;
    // `cost` is what it takes to reach an edge's start.
    const leave = (edge: number, length: number): void => {
      const node = network.to(edge);
      const only = network.outStart[node + 1] - network.outStart[node] === 1;
      for (let k = network.outStart[node]; k < network.outStart[node + 1]; k++) {
        const next = network.out[k];
        if ((next === (edge ^ 1) && !only) || length > limit || (stamp[next] === turn && cost[next] <= length)) continue;
        stamp[next] = turn;
        cost[next] = length;
        before[next] = edge === from.edge && length === network.length(edge) - from.offset ? -1 : edge;
        heap.push(next, length);
      }
    };
    leave(from.edge, network.length(from.edge) - from.offset);
    while (heap.size > 0 && left > 0) {
      const edge = heap.pop();
      if (done[edge] === turn) continue;
      done[edge] = turn;
      const found = wanted.get(edge);
      if (found) {
        left--;
        for (const i of found) if (cost[edge] + to[i].offset <= limit) out[i] = { edges: trace(before, edge, from.edge), length: cost[edge] + to[i].offset };
      }
      leave(edge, cost[edge] + network.length(edge));
    }
    return out;
  };
}

function trace(before: Int32Array, last: number, first: number): number[] {
  const edges = [last];
  for (let edge = before[last]; edge >= 0; edge = before[edge]) edges.push(edge);
  edges.push(first);
  return edges.toReversed();
}
