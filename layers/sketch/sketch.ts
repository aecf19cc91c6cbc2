import type { LayerInput, LayerType, Text } from '#engine';
import type { ShapeMeasure } from './shape.ts';

export interface SketchOptions {
  /** GeoJSON features (RFC 7946). `properties.measure: true` writes length or area on a feature, `name` and `colour` are used. */
  readonly features?: readonly object[];
  readonly title?: Text;
  /** A city.json whose terrain the features lie on; the scene's ground layer where absent. */
  readonly url?: string;
}

/** Lines, areas and points drawn or dropped by hand, with their measures. */
export function sketch(options: SketchOptions = {}): LayerInput {
  const { features = [], ...rest } = options;
  return { type: 'sketch', ...rest, options: { features: [...features] } };
}

/** What `result()` of a sketch layer answers: the measures by feature id. */
export type SketchResult = Readonly<Record<string, ShapeMeasure>>;

export const sketchLayer: LayerType = {
  type: 'sketch',
  title: { zh: '标绘与量测', en: 'Sketch' },
  create: async () => new (await import('./sketch-layer.ts')).SketchLayer(),
};
