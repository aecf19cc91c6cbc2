import { LIGHTS, sunDirection } from '../../engine/drawing/light.ts';
import type { Rgb } from './case.ts';
import type { Rgba } from './shapes.ts';

/** A colour on a face that looks straight up, by the formula of the light: the oracle of what `lit` draws. */
export function litFromAbove([r, g, b]: Rgba): Rgb {
  const sun = sunDirection(LIGHTS.day)[2];
  return [r, g, b].map((value, i) => 255 * Math.sqrt((value / 255) ** 2 * Math.min(LIGHTS.day.fill[i] + LIGHTS.day.key[i] * sun, 1.25))).map((value) => Math.round(Math.min(255, value))) as unknown as Rgb;
}
