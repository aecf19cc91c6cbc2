import type { LayerInput, LayerType, Text } from '#engine';

export interface GroundOptions {
  /** A city folder's city.json; relative to the page. */
  readonly url: string;
  readonly title?: Text;
}

/** The ground of a city: its terrain, and its map painted from areas and roads in the light of the scene. */
export function ground(options: GroundOptions): LayerInput {
  return { type: 'ground', ...options };
}

export const groundLayer: LayerType = {
  type: 'ground',
  title: { zh: '地面', en: 'Ground' },
  create: async () => new (await import('./ground-layer.ts')).GroundLayer(),
};
