import type { Solid } from '../formats/format.ts';

/**
 * Metres above the ground of the prism that stands for a body from afar: twice the height at which the middle of its volume lies, so that
 * a prism has its top there, a gabled house has it halfway up its roof, and a tower outweighs the hall at its foot. Never above the
 * body's own top; a body that floats, or is not closed, has its own top.
 */
export function prismHeightOf({ positions, triangles }: Solid): number {
  let [low, top] = [Infinity, 0];
  for (let i = 2; i < positions.length; i += 3) {
    low = Math.min(low, positions[i]);
    top = Math.max(top, positions[i]);
  }
  // Under every triangle a column down to height 0; those that look down are taken off.
  let [volume, moment] = [0, 0];
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t] * 3, triangles[t + 1] * 3, triangles[t + 2] * 3];
    // Degrees of both axes: their scale falls out of the ratio.
    const area = (positions[b] - positions[a]) * (positions[c + 1] - positions[a + 1]) - (positions[b + 1] - positions[a + 1]) * (positions[c] - positions[a]);
    const [p, q, r] = [positions[a + 2], positions[b + 2], positions[c + 2]];
    volume += area * ((p + q + r) / 3);
    // Half of ∫ z² over the triangle: the moment of its column.
    moment += area * ((p * p + q * q + r * r + p * q + q * r + r * p) / 12);
  }
  const height = (2 * moment) / volume;
  return volume > 0 && low < 1 && height > 0 && height < top ? height : top;
}
