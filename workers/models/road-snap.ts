import type { RoadGraph } from './road-graph.ts';

/** A place on a lane line. */
export interface Snap {
  readonly edge: number;
  readonly lane: number;
  /** Metres along the edge. */
  readonly offset: number;
  readonly x: number;
  readonly y: number;
  /** Metres from the place asked for. */
  readonly distance: number;
  /** Distance with what the heading disagrees, in metres; what the best is chosen by. */
  readonly cost: number;
}

/** Metres that a heading straight against the lane counts: 1 m at 20°, 15 m at 90°. */
const AGAINST = 30;
/** Lanes lie at most this far from the centre line where the search starts. */
const WIDEST = 17;

/** Makes the search over a network: all lane lines whose centre segments lie in the cells around the place. */
export function snapper(network: RoadGraph): (x: number, y: number, heading: number, within: number, most: number) => Snap[] {
  const seen = new Uint32Array(network.x.length);
  let turn = 0;
  return (x, y, heading, within, most) => {
    turn++;
    const { grid } = network;
    const reach = within + WIDEST;
    const best = new Map<number, Snap>();
    const sin = Math.sin((heading * Math.PI) / 180);
    const cos = Math.cos((heading * Math.PI) / 180);
    const west = Math.max(0, Math.floor((x - reach - grid.west) / grid.cell));
    const east = Math.min(grid.columns - 1, Math.floor((x + reach - grid.west) / grid.cell));
    const south = Math.max(0, Math.floor((y - reach - grid.south) / grid.cell));
    const north = Math.min(grid.rows - 1, Math.floor((y + reach - grid.south) / grid.cell));
    for (let row = south; row <= north; row++)
      for (let column = west; column <= east; column++) {
        const cell = row * grid.columns + column;
        for (let k = grid.starts[cell]; k < grid.starts[cell + 1]; k++) {
          const segment = grid.items[k];
          if (seen[segment] === turn) continue;
          seen[segment] = turn;
          onSegment(network, segment, { x, y, sin, cos, within }, best);
        }
      }
    return [...best.values()].toSorted((a, b) => a.cost - b.cost || a.edge - b.edge).slice(0, most);
  };
}

interface Ask {
  readonly x: number;
  readonly y: number;
  readonly sin: number;
  readonly cos: number;
  readonly within: number;
}

/** Tries every lane of both directions of one centre segment; keeps the best of each edge. */
function onSegment(network: RoadGraph, segment: number, ask: Ask, best: Map<number, Snap>): void {
  const link = network.grid.linkOf[segment];
  const first = network.linkStart[link];
  const count = network.linkStart[link + 1] - first;
  for (let edge = 2 * link; edge <= 2 * link + 1; edge++) {
    if (!network.open(edge)) break;
    const i = edge & 1 ? count - 2 - (segment - first) : segment - first;
    const before = edge & 1 ? network.length(edge) - network.s[segment + 1] : network.s[segment];
    const span = network.s[segment + 1] - network.s[segment];
    for (let lane = 0; lane < network.lanes[link]; lane++) {
      const line = network.laneLine(edge, lane);
      const [ax, ay] = [line[2 * i], line[2 * i + 1]];
      const dx = line[2 * i + 2] - ax;
      const dy = line[2 * i + 3] - ay;
      const size = Math.hypot(dx, dy);
      const along = Math.min(1, Math.max(0, ((ask.x - ax) * dx + (ask.y - ay) * dy) / (size * size || 1)));
      const x = ax + along * dx;
      const y = ay + along * dy;
      const distance = Math.hypot(ask.x - x, ask.y - y);
      if (distance > ask.within) continue;
      const turned = Number.isNaN(ask.sin) || size === 0 ? 0 : ((1 - (ask.sin * dx + ask.cos * dy) / size) / 2) * AGAINST;
      const cost = distance + turned;
      const known = best.get(edge);
      if (!known || cost < known.cost) best.set(edge, { edge, lane, offset: before + along * span, x, y, distance, cost });
    }
  }
}
