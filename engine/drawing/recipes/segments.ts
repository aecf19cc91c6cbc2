import type { LinesBatch } from '../batch.ts';
import type { RecipeAttribute } from '../recipe.ts';

/** Lines cut into segments, each with its neighbours so that joins can be mitred; the same place twice where there is no neighbour. */
export interface Segments {
  readonly count: number;
  readonly attributes: Record<string, RecipeAttribute>;
}

/** Instanced attributes of the segments: `a_before a_start a_end a_after` (metres), `a_line`, `a_along` (metres from the line's start), `a_width` where widths differ. */
export function segmentsOf(batch: LinesBatch): Segments {
  const { places, starts } = batch;
  const lines = Math.max(0, starts.length - 1);
  let count = 0;
  for (let line = 0; line < lines; line++) count += Math.max(0, starts[line + 1] - starts[line] - 1);
  const columns = [0, 1, 2, 3].map(() => new Float32Array(3 * count));
  const ofLine = new Float32Array(count);
  const along = new Float32Array(count);
  const width = typeof batch.width === 'number' ? null : new Float32Array(count);
  let segment = 0;
  for (let line = 0; line < lines; line++) {
    const first = starts[line];
    const last = starts[line + 1] - 1;
    let travelled = 0;
    for (let i = first; i < last; i++, segment++) {
      const four = [Math.max(first, i - 1), i, i + 1, Math.min(last, i + 2)];
      for (let k = 0; k < 4; k++) for (let axis = 0; axis < 3; axis++) columns[k][3 * segment + axis] = places[3 * four[k] + axis];
      ofLine[segment] = line;
      along[segment] = travelled;
      if (width) width[segment] = (batch.width as Float32Array)[line];
      travelled += Math.hypot(places[3 * i + 3] - places[3 * i], places[3 * i + 4] - places[3 * i + 1], places[3 * i + 5] - places[3 * i + 2]);
    }
  }
  const attributes: Record<string, RecipeAttribute> = {};
  for (const [k, name] of ['a_before', 'a_start', 'a_end', 'a_after'].entries()) attributes[name] = { data: columns[k], size: 3, instanced: true };
  attributes.a_line = { data: ofLine, size: 1, instanced: true };
  attributes.a_along = { data: along, size: 1, instanced: true };
  if (width) attributes.a_width = { data: width, size: 1, instanced: true };
  return { count, attributes };
}
