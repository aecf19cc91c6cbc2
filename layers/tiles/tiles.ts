import type { Condition, LayerInput, LayerType, Rule, Text } from '#engine';
import { buildings } from './buildings.ts';
import { TilesLayer } from './tiles-layer.ts';

export type { TilesResult } from './tiles-layer.ts';

export interface TilesOptions {
  /** A city folder's city.json, or any tileset.json; relative to the page. */
  readonly url: string;
  readonly title?: Text;
  readonly rule?: Rule;
  readonly filter?: readonly Condition[];
  /** Pixels of screen-space error aimed at (16 by default). */
  readonly detail?: number;
  /** Feature numbers hidden by hand. */
  readonly hidden?: readonly number[];
  /** False keeps the blocks of buildings that a model of the same city folder stands for; they give way to it otherwise, while it is shown. */
  readonly replace?: boolean;
  readonly date?: string;
  readonly cimLevel?: string;
  readonly source?: string;
}

/** A city as 3D Tiles: a city folder of ours, with rules, filters and marks, or anybody's tileset. */
export function tiles(options: TilesOptions): LayerInput {
  const { detail, hidden, replace, filter, ...rest } = options;
  const own = { ...(detail ? { detail } : {}), ...(hidden ? { hidden: [...hidden] } : {}), ...(replace === false ? { replace } : {}) };
  return { type: 'tiles', ...rest, ...(filter ? { filter: [...filter] } : {}), ...(Object.keys(own).length > 0 ? { options: own } : {}) };
}

export const tilesLayer: LayerType = {
  type: 'tiles',
  title: { zh: '三维建筑', en: '3D buildings' },
  create: () => new TilesLayer(buildings),
};
