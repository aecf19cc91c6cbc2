import type { Condition, LayerInput, LayerType, Rule, Text } from '#engine';
import type { NetworkKind } from '#models';

export interface PipelineOptions {
  /** A city folder's city.json, or a networks.json; relative to the page. */
  readonly url: string;
  readonly title?: Text;
  /** Only these kinds; all when absent. */
  readonly kinds?: readonly NetworkKind[];
  /** Colour by a column of the pipes (diameter, material, roughness …) or by `cover`, metres from the ground to the crown. */
  readonly rule?: Rule;
  readonly filter?: readonly Condition[];
}

/** Utility networks: pipes of true radius at their depth below a see-through ground. */
export function pipeline(options: PipelineOptions): LayerInput {
  const { kinds, filter, ...rest } = options;
  return { type: 'pipeline', ...rest, ...(filter ? { filter: [...filter] } : {}), ...(kinds ? { options: { kinds: [...kinds] } } : {}) };
}

export const pipelineLayer: LayerType = {
  type: 'pipeline',
  title: { zh: '地下管线', en: 'Utility networks' },
  create: async () => new (await import('./pipeline-layer.ts')).PipelineLayer(),
};
