import type { LanePath, RoadNetwork } from '../models/road-network.ts';
import type { Surface } from './surface.ts';
import { wayBetween, type WayEnd } from './way.ts';

/** One end of a leg: a reading as shown. Edge −1: not on a road. */
export interface LegEnd extends WayEnd {
  readonly time: number;
  readonly z: number;
  readonly ownHeight: boolean;
  /** Metres a second, NaN where unknown. */
  readonly speed: number;
}

/** The way between two readings. `at` gives the place at a moment between `start` and `end`, exactly the readings' own at both. */
export interface Leg {
  readonly start: number;
  readonly end: number;
  readonly length: number;
  /** True where a straight segment shows it exactly. */
  readonly straight: boolean;
  at(time: number, out: Float64Array): Float64Array;
  /** The same without the leg before it, where there is one. */
  readonly own?: Leg['at'];
}

/** A leg that knows the end of the one before it, so that a piece may reach from the one into the other. */
export function joined(before: Leg, leg: Leg): Leg {
  const earlier = before.own ?? before.at;
  return { ...leg, own: leg.at, at: (time, out) => (time < leg.start ? earlier(time, out) : leg.at(time, out)) };
}

/** A way along roads counts as sensible up to this many times the straight line, or what the speeds said would take, and some metres more. */
const DETOUR = { straight: 1.6, driven: 1.35, metres: 45 };
/** Metres from a node within which a place may lie on a turn. */
const TURN = 14;
/** Metres from either end over which what a reading lies beside its lane fades out. */
const FADE = 12;

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** The roads' way from one reading to the next; null where there is none that a vehicle would have taken. */
function roadPath(network: RoadNetwork, a: LegEnd, b: LegEnd): LanePath | null {
  if (a.edge < 0 || b.edge < 0) return null;
  const straight = Math.hypot(b.x - a.x, b.y - a.y);
  const driven = Math.max(a.speed || 0, b.speed || 0) * (b.time - a.time);
  const way = wayBetween(network, a, b, straight, Math.max(straight * DETOUR.straight, driven * DETOUR.driven) + DETOUR.metres);
  if (!way || way.length < 0.05) return null;
  const [fromLane, toLane] = lanesOf(network, way.edges, a, b);
  return network.path({ edges: way.edges, from: way.start, to: b.offset, fromLane, toLane });
}

/** Lanes at both ends. A place on a turn says little of the lane: on one edge alone, the end that is clear of the nodes decides. */
function lanesOf(network: RoadNetwork, edges: readonly number[], a: LegEnd, b: LegEnd): [number, number] {
  if (edges.length > 1 || a.lane === b.lane) return [a.lane, b.lane];
  if (a.offset < TURN) return [b.lane, b.lane];
  return network.length(b.edge) - b.offset < TURN ? [a.lane, a.lane] : [a.lane, b.lane];
}

/**
 * Share of the way gone at a share of the time: a cubic with the speeds of both readings, never backwards.
 * @param v0 @param v1 speeds over the mean speed, held to 0 … 3 so that the cubic stays monotone
 * @source de Boor and Swartz 1977, J. Approx. Theory 21
 */
function progress(t: number, v0: number, v1: number): number {
  return (t ** 3 - 2 * t * t + t) * v0 + t * t * (3 - 2 * t) + (t ** 3 - t * t) * v1;
}

function straightLeg(a: LegEnd, b: LegEnd, start: number, end: number): Leg {
  return {
    start,
    end,
    length: Math.hypot(b.x - a.x, b.y - a.y, b.z - a.z),
    straight: true,
    at(time, out) {
      const share = end > start ? Math.min(1, Math.max(0, (time - start) / (end - start))) : 1;
      out[0] = a.x + (b.x - a.x) * share;
      out[1] = a.y + (b.y - a.y) * share;
      out[2] = a.z + (b.z - a.z) * share;
      return out;
    },
  };
}

export interface LegTimes {
  /** When it is to begin; the first reading's time unless the picture is behind. */
  readonly start: number;
  /** Earliest end for a length in metres; later than the second reading's time where the picture has to catch up. */
  end(length: number): number;
}

/** The way between two readings: along the roads where there is one, else straight. */
export function legOf(a: LegEnd, b: LegEnd, times: LegTimes, roads: { network: RoadNetwork; surface: Surface } | null): Leg {
  const path = roads ? roadPath(roads.network, a, b) : null;
  if (!path || !roads) return straightLeg(a, b, times.start, times.end(Math.hypot(b.x - a.x, b.y - a.y)));
  const { length } = path;
  const { start } = times;
  const end = times.end(length);
  const first = path.at(0, new Float64Array(3));
  const [beforeX, beforeY] = [a.x - first[0], a.y - first[1]];
  const last = path.at(length, first);
  const [afterX, afterY] = [b.x - last[0], b.y - last[1]];
  const fade = Math.min(FADE, length / 2);
  const mean = length / (end - start);
  const onTime = start === a.time && end === b.time;
  const share = (speed: number): number => (onTime && speed >= 0 ? Math.min(3, speed / mean) : 1);
  const [v0, v1] = [share(a.speed), share(b.speed)];
  const ownHeight = a.ownHeight && b.ownHeight;
  const ground = new Float64Array(3);
  return {
    start,
    end,
    length,
    straight: false,
    at(time, out) {
      const t = end > start ? Math.min(1, Math.max(0, (time - start) / (end - start))) : 1;
      const s = length * progress(t, v0, v1);
      path.at(s, out);
      const atFirst = s < fade ? 1 - smooth(s / fade) : 0;
      const atLast = length - s < fade ? 1 - smooth((length - s) / fade) : 0;
      const x = out[0] + beforeX * atFirst + afterX * atLast;
      const y = out[1] + beforeY * atFirst + afterY * atLast;
      out[0] = x;
      out[1] = y;
      out[2] = ownHeight ? a.z + (b.z - a.z) * (length > 0 ? s / length : 1) : roads.surface.drop(x, y, ground, path.edgeAt(s))[2];
      return out;
    },
  };
}

const PROBES = 6;
/** Metres that a straight piece may leave the way, place and moment together. */
export const CLOSE = 0.12;
const SHORTEST = 0.08;

/** Where {@link cutPiece} writes, and scratch. */
export interface PieceEnds {
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly probe: Float64Array;
}

/**
 * Cuts the next straight piece off a leg: the end of the longest of all halves, quarters … of the rest that keeps within `close` metres of the way at
 * every moment.
 * @returns its end in unix seconds; `from` and `to` get x, y, z
 */
export function cutPiece(leg: Leg, since: number, close: number, { from, to, probe }: PieceEnds): number {
  leg.at(since, from);
  let span = leg.end - since;
  for (;;) {
    const end = since + span;
    leg.at(end, to);
    if (leg.straight || span <= SHORTEST) return end;
    let off = 0;
    for (let k = 1; k < PROBES && off <= close; k++) {
      leg.at(since + (span * k) / PROBES, probe);
      const share = k / PROBES;
      off = Math.hypot(probe[0] - from[0] - (to[0] - from[0]) * share, probe[1] - from[1] - (to[1] - from[1]) * share, (probe[2] - from[2] - (to[2] - from[2]) * share) / 4);
    }
    if (off <= close) return end;
    span /= 2;
  }
}
