import type { FeedSpec, LayerInput, LayerType, Text } from '#engine';

export interface JunctionsOptions {
  /** A file of junctions and corridors; its form is told in docs/junctions-and-transit.md. Relative to the page. */
  readonly url: string;
  /** A city folder's city.json, whose ground the signals stand on; without it they lie at height 0. */
  readonly city?: string;
  /** Readings by signal group, decoded by 'readings': `{ id: 'J7/2', t, values: { state: 6, left: 12.4, queue: 3 } }`. */
  readonly feed?: FeedSpec;
  /** Which corridor a junction's card shows first, where it lies on several. */
  readonly corridor?: string;
  readonly title?: Text;
}

/** Junctions with their signals as they stand now, queues, delays and green waves. */
export function junctions(options: JunctionsOptions): LayerInput {
  const { url, feed, title, city, corridor } = options;
  const own = Object.fromEntries(Object.entries({ city, corridor }).filter(([, value]) => value !== undefined));
  return { type: 'junctions', url, ...(feed ? { feed } : {}), ...(title ? { title } : {}), options: own };
}

export const junctionsLayer: LayerType = {
  type: 'junctions',
  title: { zh: '信号路口', en: 'Junctions' },
  create: async () => new (await import('./junctions-layer.ts')).JunctionsLayer(),
};
