import { TwinError } from '../../errors.ts';
import type { Recipe, RecipeTexture } from '../recipe.ts';

/** Widest row of a texture that holds one texel a slot. */
const ROW = 1024;

/** Width and height of a texture with a texel for each of `count` slots. */
export function slotShape(count: number): { width: number; height: number } {
  const width = Math.max(1, Math.min(ROW, count));
  return { width, height: Math.max(1, Math.ceil(count / width)) };
}

/** Colours [4n] as a texture of slots; the bytes are shared when they fill it exactly. */
export function colourTexture(colours: Uint8Array, count: number): RecipeTexture {
  const shape = slotShape(count);
  return { ...shape, format: 'rgba8', data: fillTexture(shape, colours) };
}

/** Bytes for a whole colour texture from [4n] colours (a ColoursChange): padded with zeros, which are hidden slots. */
export function fillTexture(shape: { width: number; height: number }, colours: Uint8Array): Uint8Array {
  const bytes = shape.width * shape.height * 4;
  if (colours.length > bytes) throw new TwinError('bad-input', `Colours for ${colours.length / 4} slots do not fit a batch of ${bytes / 4}.`);
  if (colours.length === bytes) return colours;
  const out = new Uint8Array(bytes);
  out.set(colours);
  return out;
}

/** Places [3n] and a time a slot as a texture of four floats. */
export function keyframeTexture(places: Float32Array, times: Float32Array, column: 0 | 1): RecipeTexture {
  const count = places.length / 3;
  const shape = slotShape(count);
  const data = new Float32Array(shape.width * shape.height * 4);
  for (let i = 0; i < count; i++) {
    data[4 * i] = places[3 * i];
    data[4 * i + 1] = places[3 * i + 1];
    data[4 * i + 2] = places[3 * i + 2];
    data[4 * i + 3] = times[2 * i + column];
  }
  return { ...shape, format: 'rgba32f', data };
}

/** 0, 1, 2 … n − 1 as floats (exact to 2^24). */
export function slotNumbers(count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = i;
  return out;
}

/** Sphere around places [3n], grown by `margin` metres. */
export function sphereOf(places: Float32Array, margin = 0): Recipe['sphere'] {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < places.length; i++) {
    const axis = i % 3;
    if (places[i] < low[axis]) low[axis] = places[i];
    if (places[i] > high[axis]) high[axis] = places[i];
  }
  if (places.length === 0) return { centre: [0, 0, 0], radius: margin };
  const centre: [number, number, number] = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2];
  return { centre, radius: Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2 + margin };
}

/** A sphere around all a batch may hold (20 km across): for batches whose places change after they were made. */
export const WHOLE_SPAN: Recipe['sphere'] = { centre: [0, 0, 0], radius: 30_000 };

/** Throws where a column has not one entry for each slot. */
export function checkLength(what: string, got: number, wanted: number): void {
  if (got !== wanted) throw new TwinError('bad-input', `A batch has ${got} numbers in ${what} where ${wanted} belong.`);
}

/** Bytes of attributes, indices and textures on the graphics card. */
export function recipeBytes(recipe: Recipe): number {
  let bytes = recipe.index?.byteLength ?? 0;
  for (const attribute of Object.values(recipe.attributes)) bytes += attribute.data.byteLength;
  for (const { width, height, format } of Object.values(recipe.textures)) bytes += width * height * { rgba8: 4, rgba32f: 16, r8: 1 }[format];
  return bytes;
}
