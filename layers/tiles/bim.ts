import type { Condition, LayerInput, LayerType, Rule, Text } from '#engine';
import type { StoreyChoice } from './part.ts';

export type { StoreyChoice } from './part.ts';

export interface BimOptions {
  /** A city folder's city.json that holds models; relative to the page. */
  readonly url: string;
  readonly title?: Text;
  readonly rule?: Rule;
  readonly filter?: readonly Condition[];
  /** Other storeys of the same model are hidden. */
  readonly storey?: StoreyChoice;
  /** Classes not shown: `IfcSpace`, `IfcFurnishingElement`. */
  readonly hiddenClasses?: readonly string[];
  /** Pixels of screen-space error aimed at (16 by default). */
  readonly detail?: number;
}

/** Building models of a city folder: every element to be picked, with its property sets; by storey and class. */
export function bim(options: BimOptions): LayerInput {
  const { storey, hiddenClasses, detail, filter, ...rest } = options;
  const own = { ...(storey ? { storey: { ...storey } } : {}), ...(hiddenClasses ? { hiddenClasses: [...hiddenClasses] } : {}), ...(detail ? { detail } : {}) };
  return { type: 'bim', ...rest, ...(filter ? { filter: [...filter] } : {}), ...(Object.keys(own).length > 0 ? { options: own } : {}) };
}

export const bimLayer: LayerType = {
  type: 'bim',
  title: { zh: '建筑模型', en: 'Building models' },
  create: async () => {
    const [{ TilesLayer }, { models }] = await Promise.all([import('./tiles-layer.ts'), import('./models.ts')]);
    return new TilesLayer(models);
  },
};
