import { LANE_WIDTH, type RoadGraph } from './road-graph.ts';

/** A way to drive: along `edges` (consecutive), from an offset on the first to an offset on the last. */
export interface PathAsk {
  readonly edges: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Lane at the start. It is kept from edge to edge as far as there are that many lanes. */
  readonly fromLane: number;
  /** Lane at the end; absent: as it comes. On one edge alone the change is made gently over it. */
  readonly toLane?: number;
}

/** A polyline to drive along: [x, y, …] in metres and the distance of each point from the start. */
export interface LanePath {
  readonly points: Float64Array;
  readonly s: Float64Array;
  readonly length: number;
  /** Lane at the end. */
  readonly lane: number;
  /** Place and heading (degrees clockwise from north) at `distance` metres, clamped to the path: `out` gets x, y, heading. */
  at(distance: number, out: Float64Array): Float64Array;
  /** The edge driven on at `distance` metres; half of a turn belongs to either. */
  edgeAt(distance: number): number;
}

/** Joints are mitred up to this many times the offset. */
const MITRE = 2;

/** Metres to the right of the centre line. Traffic keeps to the right; lane 0 is next to the centre line of two-way roads, the leftmost of oneway ones. */
export function laneOffset(graph: RoadGraph, edge: number, lane: number): number {
  const link = edge >> 1;
  return (graph.oneway[link] ? lane + 0.5 - graph.lanes[link] / 2 : lane + 0.5) * LANE_WIDTH;
}

/** The lane line of an edge: one point a vertex of the centre line, in the edge's direction. */
export function laneLineOf(graph: RoadGraph, edge: number, lane: number): Float64Array {
  const link = edge >> 1;
  const first = graph.linkStart[link];
  const count = graph.linkStart[link + 1] - first;
  const offset = laneOffset(graph, edge, lane);
  const vertex = (i: number): number => (edge & 1 ? first + count - 1 - i : first + i);
  const line = new Float64Array(2 * count);
  let rightX = 0;
  let rightY = 0;
  for (let i = 0; i < count; i++) {
    const at = vertex(i);
    const [beforeX, beforeY] = [rightX, rightY];
    if (i + 1 < count) {
      const next = vertex(i + 1);
      const size = Math.hypot(graph.x[next] - graph.x[at], graph.y[next] - graph.y[at]) || 1;
      rightX = (graph.y[next] - graph.y[at]) / size;
      rightY = -(graph.x[next] - graph.x[at]) / size;
    }
    const sumX = i === 0 ? rightX : rightX + beforeX;
    const sumY = i === 0 ? rightY : rightY + beforeY;
    const size = Math.hypot(sumX, sumY);
    // |sum| is 2·cos(half the turn): the mitre is as long as offset / cos.
    const stretch = i === 0 || i + 1 === count ? 1 / (size || 1) : Math.min(2 / (size * size), MITRE / (size || 1));
    const straight = size < 1e-6;
    line[2 * i] = graph.x[at] + offset * (straight ? rightX : sumX * stretch);
    line[2 * i + 1] = graph.y[at] + offset * (straight ? rightY : sumY * stretch);
  }
  return line;
}

/** Collects points and their distances; drops points nearer than a centimetre to the last. */
class Trail {
  readonly points: number[] = [];
  readonly s: number[] = [];

  add(x: number, y: number): void {
    const n = this.s.length;
    const step = n === 0 ? 0 : Math.hypot(x - this.points[2 * n - 2], y - this.points[2 * n - 1]);
    if (n > 0 && step < 0.01) return;
    this.points.push(x, y);
    this.s.push(n === 0 ? 0 : this.s[n - 1] + step);
  }
}

interface LanePlace {
  x: number;
  y: number;
  /** Direction of travel, unit. */
  dx: number;
  dy: number;
}

/** Place and direction on a lane line at an offset along the edge (of the centre line, so that lanes of an edge share it). */
function lanePlace(graph: RoadGraph, edge: number, lane: number, offset: number): LanePlace {
  const line = graph.laneLine(edge, lane);
  const { i, along } = vertexAt(graph, edge, offset);
  let dx = line[2 * i + 2] - line[2 * i];
  let dy = line[2 * i + 3] - line[2 * i + 1];
  const place = { x: line[2 * i] + along * dx, y: line[2 * i + 1] + along * dy };
  const size = Math.hypot(dx, dy) || 1;
  dx /= size;
  dy /= size;
  return { ...place, dx, dy };
}

/** Segment of the edge (in its direction) that an offset lies in, and the share of it. */
function vertexAt(graph: RoadGraph, edge: number, offset: number): { i: number; along: number } {
  const link = edge >> 1;
  const first = graph.linkStart[link];
  const last = graph.linkStart[link + 1] - 1;
  const drawn = edge & 1 ? graph.s[last] - offset : offset;
  let low = first;
  let high = last - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (graph.s[middle] <= drawn) low = middle;
    else high = middle - 1;
  }
  const along = Math.min(1, Math.max(0, (drawn - graph.s[low]) / (graph.s[low + 1] - graph.s[low] || 1)));
  return edge & 1 ? { i: last - 1 - low, along: 1 - along } : { i: low - first, along };
}

/** Adds the lane line between two offsets, both ends included. `blend` moves over from another lane along the way. */
function addPiece(graph: RoadGraph, trail: Trail, piece: { edge: number; lane: number; from: number; to: number; leaves?: number }): void {
  const { edge, lane, from, to, leaves } = piece;
  if (leaves !== undefined && leaves !== lane) {
    const steps = Math.max(2, Math.ceil((to - from) / 4));
    for (let k = 0; k <= steps; k++) {
      const offset = from + ((to - from) * k) / steps;
      const share = smooth(k / steps);
      const a = lanePlace(graph, edge, leaves, offset);
      const b = lanePlace(graph, edge, lane, offset);
      trail.add(a.x + share * (b.x - a.x), a.y + share * (b.y - a.y));
    }
    return;
  }
  const line = graph.laneLine(edge, lane);
  const start = lanePlace(graph, edge, lane, from);
  trail.add(start.x, start.y);
  const a = vertexAt(graph, edge, from).i;
  const b = vertexAt(graph, edge, to).i;
  for (let i = a + 1; i <= b; i++) trail.add(line[2 * i], line[2 * i + 1]);
  const end = lanePlace(graph, edge, lane, to);
  trail.add(end.x, end.y);
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** Least and most metres before and after a node that a connector takes. */
const EASE = 3;
const MOST = 18;

/** How far before the end of one lane and after the start of the next the connector begins and ends, in metres. */
function trims(graph: RoadGraph, a: { edge: number; lane: number }, b: { edge: number; lane: number }): [number, number] {
  const end = lanePlace(graph, a.edge, a.lane, graph.length(a.edge));
  const start = lanePlace(graph, b.edge, b.lane, 0);
  const gapX = start.x - end.x;
  const gapY = start.y - end.y;
  const sin = end.dx * start.dy - end.dy * start.dx;
  let [before, after] = [EASE, EASE];
  if (Math.abs(sin) > 0.26) {
    // Lane lines meet `u` metres after the end of the one and `v` metres after the start of the other; a negative u lies before the end.
    const u = (gapX * start.dy - gapY * start.dx) / sin;
    const v = (gapX * end.dy - gapY * end.dx) / sin;
    before = Math.max(EASE, EASE + 1 - u);
    after = Math.max(EASE, EASE + 1 + v);
  } else if (end.dx * start.dx + end.dy * start.dy > 0) {
    const aside = Math.abs(gapX * end.dy - gapY * end.dx);
    before = after = Math.max(EASE, 2 * aside);
  }
  return [Math.min(before, MOST, 0.45 * graph.length(a.edge)), Math.min(after, MOST, 0.45 * graph.length(b.edge))];
}

/** A cubic that leaves and arrives along the lanes; handles after the length of a circular arc. */
function addConnector(trail: Trail, a: LanePlace, b: LanePlace): void {
  const chord = Math.hypot(b.x - a.x, b.y - a.y);
  const turn = Math.acos(Math.min(1, Math.max(-1, a.dx * b.dx + a.dy * b.dy)));
  const handle = turn < 1e-3 ? chord / 3 : Math.min(chord, ((4 / 3) * Math.tan(turn / 4) * chord) / (2 * Math.sin(turn / 2)));
  const steps = Math.min(16, Math.max(4, Math.ceil(chord / 1.5)));
  for (let k = 1; k < steps; k++) {
    const t = k / steps;
    const [p, q, r, w] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
    trail.add(
      p * a.x + q * (a.x + handle * a.dx) + r * (b.x - handle * b.dx) + w * b.x,
      p * a.y + q * (a.y + handle * a.dy) + r * (b.y - handle * b.dy) + w * b.y,
    );
  }
}

/** The lane of each edge of a way. */
function lanesOf(graph: RoadGraph, ask: PathAsk): number[] {
  const lanes: number[] = [];
  let lane = ask.fromLane;
  for (const edge of ask.edges) {
    lane = Math.min(lane, graph.lanes[edge >> 1] - 1);
    lanes.push(lane);
  }
  if (ask.toLane !== undefined) lanes[lanes.length - 1] = Math.min(ask.toLane, graph.lanes[ask.edges[ask.edges.length - 1] >> 1] - 1);
  return lanes;
}

export function lanePath(graph: RoadGraph, ask: PathAsk): LanePath {
  const trail = new Trail();
  const { edges } = ask;
  const lanes = lanesOf(graph, ask);
  const last = edges.length - 1;
  const starts = [0];
  let from = ask.from;
  for (let k = 0; k <= last; k++) {
    const edge = edges[k];
    const lane = lanes[k];
    if (k === last) {
      addPiece(graph, trail, { edge, lane, from, to: Math.max(from, ask.to), leaves: last === 0 ? Math.min(ask.fromLane, graph.lanes[edge >> 1] - 1) : undefined });
      break;
    }
    const [before, after] = trims(graph, { edge, lane }, { edge: edges[k + 1], lane: lanes[k + 1] });
    const leave = Math.max(from, graph.length(edge) - before);
    const arrive = k + 1 === last ? Math.min(after, ask.to) : after;
    addPiece(graph, trail, { edge, lane, from, to: leave });
    const left = trail.s.at(-1)!;
    addConnector(trail, lanePlace(graph, edge, lane, leave), lanePlace(graph, edges[k + 1], lanes[k + 1], arrive));
    starts.push((left + trail.s.at(-1)!) / 2);
    from = arrive;
  }
  const edgeAt = (distance: number): number => edges[Math.max(0, starts.findLastIndex((start) => start <= distance))];
  return { ...walker(Float64Array.from(trail.points), Float64Array.from(trail.s), lanes[last]), edgeAt };
}

function walker(points: Float64Array, s: Float64Array, lane: number): Omit<LanePath, 'edgeAt'> {
  const count = s.length;
  const length = s[count - 1];
  return {
    points,
    s,
    length,
    lane,
    at(distance, out) {
      let low = 0;
      let high = Math.max(0, count - 2);
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (s[middle] <= distance) low = middle;
        else high = middle - 1;
      }
      const next = Math.min(count - 1, low + 1);
      const dx = points[2 * next] - points[2 * low];
      const dy = points[2 * next + 1] - points[2 * low + 1];
      const along = Math.min(1, Math.max(0, (distance - s[low]) / (s[next] - s[low] || 1)));
      out[0] = points[2 * low] + along * dx;
      out[1] = points[2 * low + 1] + along * dy;
      out[2] = (Math.atan2(dx, dy) * (180 / Math.PI) + 360) % 360;
      return out;
    },
  };
}
