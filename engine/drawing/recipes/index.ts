import type { Batch, Change } from '../batch.ts';
import { TwinError } from '../../errors.ts';
import type { GlyphPainter } from '../glyphs.ts';
import type { Recipe } from '../recipe.ts';
import { fillTexture } from './columns.ts';
import { instancesRecipe } from './instances.ts';
import { labelsRecipe } from './labels.ts';
import { linesRecipe } from './lines.ts';
import { meshRecipe } from './mesh.ts';
import { pointsRecipe } from './points.ts';
import { polygonsRecipe } from './polygons.ts';

export { recipeBytes } from './columns.ts';
export { labelExtent } from './labels.ts';

/** What a batch looks like, said for any engine. @throws TwinError `bad-input` where columns do not fit one another. */
export function recipeOf(batch: Batch, glyphs?: GlyphPainter): Recipe {
  switch (batch.kind) {
    case 'points': return pointsRecipe(batch);
    case 'lines': return linesRecipe(batch);
    case 'polygons': return polygonsRecipe(batch);
    case 'labels': return labelsRecipe(batch, glyphs);
    case 'mesh': return meshRecipe(batch);
    case 'instances': return instancesRecipe(batch);
  }
}

/** What a painter does with a change: fill a texture whole, or scatter records into three. */
export type Writing =
  | { readonly kind: 'texture'; readonly texture: string; readonly data: Uint8Array }
  | { readonly kind: 'scatter'; readonly count: number; readonly buffer: ArrayBuffer };

/** @throws TwinError `bad-input` for a change this recipe cannot take. */
export function writingOf(recipe: Recipe, change: Change): Writing {
  if (change.kind === 'motion') {
    if (!recipe.scatter) throw new TwinError('bad-input', 'New keyframes were written to a batch without motion.');
    return { kind: 'scatter', count: change.count, buffer: change.buffer };
  }
  const texture = recipe.textures.u_colours;
  if (!texture) throw new TwinError('bad-input', 'A mesh keeps its colours in its vertices: draw it again to change them.');
  return { kind: 'texture', texture: 'u_colours', data: fillTexture(texture, change.colours) };
}

/** The number `u_time` at a moment (unix seconds). Without keyframes only phases matter, so it starts over each hour and stays exact. */
export function recipeTime(recipe: Recipe, epoch: number, time: number): number {
  return recipe.scatter ? time - epoch : (time - epoch) % 3600;
}
