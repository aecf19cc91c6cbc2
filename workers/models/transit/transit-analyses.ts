import type { Anchor } from '#geo';
import type { TransitRoute } from './transit.ts';

/** A GTFS feed's lines and stops on the ground. */
export interface TransitInput {
  /** Absolute URL of a GTFS zip. */
  readonly url: string;
  /** Absolute URL of a dem.json; null: height 0. */
  readonly dem: string | null;
  /** Metres above the ground at which lines lie. */
  readonly lift: number;
}

export interface TransitOutput {
  readonly agency: string;
  readonly zone: string;
  readonly routes: readonly TransitRoute[];
  readonly from: string;
  readonly to: string;
  readonly trips: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** Lines cut into cells of at most 20 km. */
  readonly lines: readonly { readonly anchor: Anchor; /** [3m] metres of the anchor. */ readonly places: Float32Array; /** [n + 1] */ readonly starts: Uint32Array; /** [n] index of the route of each. */ readonly route: Uint32Array }[];
  readonly stops: { readonly ids: readonly string[]; readonly names: readonly string[]; /** [3n] lon, lat, metres of the ground. */ readonly places: Float64Array; /** Routes that call, by index. */ readonly routes: readonly (readonly number[])[] };
}

/** Delays by trip id, s. */
export interface TripDelays {
  readonly trips: readonly string[];
  readonly seconds: Float32Array;
}

/** Where vehicles should be at two moments. */
export interface TransitAtInput {
  readonly url: string;
  readonly dem: string | null;
  readonly lift: number;
  /** Unix seconds of the two keyframes. */
  readonly from: number;
  readonly to: number;
  /** A day of the feed, 'YYYYMMDD', that stands for today; null: today itself. */
  readonly as: string | null;
  readonly delays: TripDelays | null;
}

export interface TransitAtOutput {
  /** Vehicles in cells of at most 20 km. */
  readonly cells: readonly { readonly anchor: Anchor; readonly trips: readonly string[]; readonly route: Uint32Array; /** [3n] metres at `from` and at `to`. */ readonly places: Float32Array; readonly next: Float32Array }[];
  readonly total: number;
}

/** Cards: a trip under way, or the next departures of a stop. */
export interface TransitCardInput {
  readonly url: string;
  readonly trip?: string;
  readonly stop?: string;
  readonly time: number;
  readonly as: string | null;
  readonly delays: TripDelays | null;
}

export interface TransitCardOutput {
  readonly trip: { readonly id: string; readonly route: number; readonly headsign: string; /** Calls from the next on: name, unix seconds by the timetable. */ readonly calls: readonly { readonly stop: string; readonly time: number }[]; readonly standing: boolean; readonly running: boolean } | null;
  readonly departures: readonly { readonly trip: string; readonly route: number; readonly headsign: string; readonly time: number; readonly delay: number }[];
}
