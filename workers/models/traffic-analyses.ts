import type { CongestionMethod } from './congestion.ts';
import type { FleetEventKind } from './fleet/fleet-watch.ts';
import type { FleetRulesDocument } from './fleet/rules.ts';

/** Congestion of a city's roads over some time: an area's state at every moment, and its congested stretches. */
export interface CongestionInput {
  /** Absolute URL of a roads companion: lengths, classes, free-flow speeds and how roads hang together. */
  readonly roads: string;
  /** Roads that speeds are given for. */
  readonly ids: readonly string[];
  /** [t] unix seconds, ascending. */
  readonly times: Float64Array;
  /** [t · n] km/h, NaN where unknown. */
  readonly speeds: Float32Array;
  /** [n] vehicles an hour; absent or NaN: as many as a road of its class and lanes usually carries when it is busy (0.6 of its capacity), and said to be assumed. */
  readonly flows?: Float32Array;
  /** Only roads whose middle lies in these rings ([lon, lat] in degrees); all when absent. */
  readonly area?: readonly (readonly (readonly [number, number])[])[] | null;
  readonly method?: Partial<CongestionMethod>;
  /** Level from which a stretch is congested (4), and metres that it must be long (100). */
  readonly level?: number;
  readonly shortest?: number;
}

export interface CongestedStretch {
  readonly roads: readonly string[];
  /** Name of its longest road; empty where none has one. */
  readonly name: string;
  /** Degrees: where the queue begins, or the middle where nobody can say. */
  readonly lon: number;
  readonly lat: number;
  /** Metres: now, and at its longest. */
  readonly length: number;
  readonly longest: number;
  /** Unix seconds; `going`: it is there at the last moment. */
  readonly start: number;
  readonly end: number;
  readonly going: boolean;
  readonly lost: number;
  /** Degrees clockwise from north in which the queue grows; NaN where traffic runs both ways. */
  readonly queue: number;
}

export interface CongestionOutput {
  readonly times: Float64Array;
  /** [t] index 0 … 10, mean speed km/h, travel time over free flow, percent of severe mileage, percent of the mileage that spoke; NaN where nothing did. */
  readonly index: Float32Array;
  readonly speed: Float32Array;
  readonly ratio: Float32Array;
  readonly severe: Float32Array;
  readonly known: Float32Array;
  /** Kilometres judged. */
  readonly total: number;
  /** Worst first, by vehicle-hours lost. */
  readonly points: readonly CongestedStretch[];
  readonly assumedFlow: boolean;
}

/** A vehicle's track, as a feed tells it. */
export interface FleetTrack {
  readonly id: string;
  readonly times: Float64Array;
  /** [3n] lon, lat, height. */
  readonly places: Float64Array;
  /** [n] m/s, NaN where nobody said. */
  readonly speeds: Float32Array;
}

export interface FleetInput {
  /** Absolute URL of a roads companion, to match tracks to; null: places count as they are. */
  readonly roads: string | null;
  readonly tracks: readonly FleetTrack[];
  readonly rules: FleetRulesDocument;
}

export interface FleetEventRow {
  readonly id: string;
  readonly kind: FleetEventKind;
  readonly vehicle: string;
  readonly start: number;
  /** Null while it goes on. */
  readonly end: number | null;
  readonly lon: number;
  readonly lat: number;
  readonly fence: string;
  readonly name: string;
  /** Metres off the route, km/h, or seconds stood; and what was allowed. */
  readonly most: number;
  readonly allowed: number;
  /** Unix seconds. */
  readonly evidence: readonly [number, number];
}

export interface FleetOutput {
  /** By time, newest last. */
  readonly events: readonly FleetEventRow[];
}
