import type { Pose } from '../geo/index.ts';

/** What stands on the scale bar: a round length (1, 2 or 5 times a power of ten) and how many pixels it takes. */
export interface ScaleMark {
  readonly metres: number;
  readonly pixels: number;
}

/**
 * Metres a CSS pixel spans at the middle of the picture, across the line of sight, were the ground level at `ground` metres.
 * Null when the camera looks at the sky.
 */
export function metresPerPixel(pose: Pose, fov: number, height: number, ground: number): number | null {
  const down = Math.sin((-pose.pitch * Math.PI) / 180);
  if (down < 0.03 || height <= 0) return null;
  const distance = Math.max(1, pose.height - ground) / down;
  return (2 * distance * Math.tan((fov * Math.PI) / 360)) / height;
}

/** The longest round length that fits into `most` pixels. */
export function scaleMark(perPixel: number, most: number): ScaleMark {
  const limit = perPixel * most;
  const power = 10 ** Math.floor(Math.log10(limit));
  const step = [5, 2, 1].find((each) => each * power <= limit) ?? 1;
  const metres = step * power;
  return { metres, pixels: metres / perPixel };
}
