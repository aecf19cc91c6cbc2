import type { FeedSpec, LayerInput, LayerType, Text } from '#engine';

export interface TransitOptions {
  /** A GTFS zip; relative to the page. */
  readonly url: string;
  /** A city folder's city.json, whose ground lines and stops stand on; without it they lie at height 0. */
  readonly city?: string;
  /**
   * What trips say of themselves now: readings whose id is the trip's, with the values `delay` (s, late positive) and, where the vehicle tells its place, `lon` and `lat`.
   * Decoded by 'readings', or told by transport 'gtfs-realtime'.
   */
  readonly feed?: FeedSpec;
  /** A day of the feed ('YYYYMMDD') that stands for today, where its timetable is not of these days. */
  readonly day?: string;
  /** Only these routes, by id or name; all when absent. */
  readonly routes?: readonly string[];
  readonly title?: Text;
}

/** Lines, stops and vehicles of public transport: where the timetable has them, and where they say they are. */
export function transit(options: TransitOptions): LayerInput {
  const { url, feed, title, city, day, routes } = options;
  const own = Object.fromEntries(Object.entries({ city, day, routes }).filter(([, value]) => value !== undefined));
  return { type: 'transit', url, ...(feed ? { feed } : {}), ...(title ? { title } : {}), options: own };
}

export const transitLayer: LayerType = {
  type: 'transit',
  title: { zh: '公共交通', en: 'Public transport' },
  create: async () => new (await import('./transit-layer.ts')).TransitLayer(),
};
