import type { FeedSpec, LayerInput, LayerType, Text } from '#engine';
import type { AlertRule } from '#models';
import type { StationDefinitions } from './stations.ts';
import type { SurfaceChoice } from './surface-choice.ts';

export type { SensorResult, SensorRow, SurfaceResult } from './result.ts';
export type { StationDefinitions, StationEntry } from './stations.ts';
export type { SurfaceChoice } from './surface-choice.ts';

export interface SensorOptions {
  /** A city folder's city.json, for the places of its stations (kinds air-station, water-station, noise-station); relative to the page. */
  readonly url: string;
  /** Readings by station id: `{ id, t, values: { pm25: 35, … } }`, decoded by 'readings'. Gases and PM in µg/m³, CO in mg/m³, water in mg/L, noise in dB(A). */
  readonly feed?: FeedSpec;
  /** Which version judges the air: the one in force when a reading was measured ('auto', the default), or one for all. */
  readonly standard?: 'auto' | 'HJ 633-2026' | 'HJ 633-2012';
  /** Seconds after which a station's last reading is shown as old; the feed's own where absent. */
  readonly staleAfter?: number;
  /** A JSON file that says where the readings come from: `{ source?: { zh, en }, stations?: { [id]: { source: { zh, en } } } }`; relative to the page. */
  readonly about?: string;
  /** Kinds, stations and thresholds of your own, as data. */
  readonly defined?: StationDefinitions;
  /** Rules that raise alarms, and what people said of them. */
  readonly alerts?: { readonly rules: readonly AlertRule[] };
  /** One reading as a surface on the ground, with lines of equal value. */
  readonly surface?: SurfaceChoice;
  readonly title?: Text;
}

/** Stations of air, water and noise with what they measure now, judged by their standards. */
export function sensor(options: SensorOptions): LayerInput {
  const { url, feed, title, ...others } = options;
  const own = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return { type: 'sensor', url, ...(feed ? { feed } : {}), ...(title ? { title } : {}), options: own };
}

export const sensorLayer: LayerType = {
  type: 'sensor',
  title: { zh: '监测站', en: 'Sensors' },
  create: async () => new (await import('./sensor-layer.ts')).SensorLayer(),
};
