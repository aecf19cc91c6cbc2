import type { LayerInput, LayerType, Text } from '#engine';

export interface PlacesOptions {
  /** A city folder's city.json, or a GeoJSON file of points; relative to the page. */
  readonly url: string;
  readonly title?: Text;
}

/** Named places: symbols by kind, names by rank. */
export function places(options: PlacesOptions): LayerInput {
  return { type: 'places', ...options };
}

export const placesLayer: LayerType = {
  type: 'places',
  title: { zh: '地名与设施', en: 'Places' },
  create: async () => new (await import('./places-layer.ts')).PlacesLayer(),
};
