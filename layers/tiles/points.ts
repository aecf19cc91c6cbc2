import type { LayerInput, LayerType, PointColour, Text } from '#engine';

export interface PointsOptions {
  /** A city folder's city.json that holds points, or any tileset.json of points; relative to the page. */
  readonly url: string;
  readonly title?: Text;
  /** What points are coloured by; their own colours where they have some, else their classes, else their heights, when not given. */
  readonly colour?: PointColour;
  /** Classes not shown, by their numbers: 7 and 18 are noise. */
  readonly hiddenClasses?: readonly number[];
  /** How large points are, as a share of what fills the gaps between them (1 by default). */
  readonly size?: number;
  /** Pixels of screen-space error aimed at (16 by default). */
  readonly detail?: number;
}

/** Point clouds of a city folder: in their own colours, by class, height or intensity. */
export function points(options: PointsOptions): LayerInput {
  const { colour, hiddenClasses, size, detail, ...rest } = options;
  const own = { ...(colour ? { colour } : {}), ...(hiddenClasses ? { hiddenClasses: [...hiddenClasses] } : {}), ...(size ? { size } : {}), ...(detail ? { detail } : {}) };
  return { type: 'points', ...rest, ...(Object.keys(own).length > 0 ? { options: own } : {}) };
}

export const pointsLayer: LayerType = {
  type: 'points',
  title: { zh: '点云', en: 'Point clouds' },
  create: async () => {
    const [{ TilesLayer }, { cloud }] = await Promise.all([import('./tiles-layer.ts'), import('./cloud.ts')]);
    return new TilesLayer(cloud);
  },
};
