import type { FeedSpec, LayerInput, LayerType, Text } from '#engine';
import type { FleetRulesDocument } from '#models';

export interface FleetOptions {
  /** A city folder's city.json, for roads and ground; relative to the page. */
  readonly url: string;
  /** Vehicles of the fleet, as a traffic layer's: id, time, place, speed, heading, kind. */
  readonly feed: FeedSpec;
  /** What the fleet must keep to; plain data. */
  readonly rules: FleetRulesDocument;
  /** Seconds behind the clock (6), most vehicles (500), and minutes of track that are judged (30). */
  readonly lag?: number;
  readonly capacity?: number;
  readonly minutes?: number;
  readonly title?: Text;
}

/** A fleet under watch: its vehicles, its fences and routes, and everything that broke a rule, with the stretch of track that shows it. */
export function fleet(options: FleetOptions): LayerInput {
  const { url, feed, title, ...own } = options;
  return { type: 'fleet', url, feed, ...(title ? { title } : {}), options: Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) };
}

export const fleetLayer: LayerType = {
  type: 'fleet',
  title: { zh: '车队监管', en: 'Fleet watch' },
  create: async () => new (await import('./fleet-layer.ts')).FleetLayer(),
};
