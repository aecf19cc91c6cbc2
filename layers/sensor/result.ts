import type { Alarm, Text } from '#engine';
import type { CrossValidation, Variogram } from '#models';

/** One row of what `result()` of a sensor layer answers: a station at the clock's time. */
export interface SensorRow {
  readonly id: string;
  readonly name: string;
  /** 'air', 'water', 'noise', or the word of a kind that is data. */
  readonly kind: string;
  readonly lon: number;
  readonly lat: number;
  /** AQI, class of water 1 … 6, dB(A), or the deciding value of a kind that is data; null where nothing is known. */
  readonly value: number | null;
  readonly level: Text | null;
  /** Items that decide. */
  readonly primary: readonly string[];
  /** Numbers by item, CO in mg/m³, other air in µg/m³, water in mg/L, noise in dB(A). */
  readonly items: Readonly<Record<string, number>>;
  /** Unix seconds of the newest reading; null before the first. */
  readonly asOf: number | null;
  readonly stale: boolean;
  readonly simulated: boolean;
}

/** What `result()` of a sensor layer answers: every station, the worst first. */
export interface SensorResult {
  readonly standard: string;
  readonly rows: readonly SensorRow[];
  /** The surface shown; null for none. */
  readonly surface: SurfaceResult | null;
  /** Every alarm of the history held, those that nobody saw first. */
  readonly alarms: readonly Alarm[];
}

/** The surface that a sensor layer shows: what of, how it was made, and how far to trust it. */
export interface SurfaceResult {
  readonly item: string;
  readonly method: 'kriging' | 'distance';
  readonly check: CrossValidation;
  readonly variogram: Variogram | null;
  /** Unix seconds of its newest reading. */
  readonly asOf: number;
  /** Stations it goes through. */
  readonly stations: number;
}
