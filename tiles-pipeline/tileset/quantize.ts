/** Metres between two neighbouring steps of a position: the finest that fits into uint16 within these, else float32. Powers of two, so that every place is exact in float32. */
export interface Steps {
  readonly finest: number;
  readonly coarsest: number;
}

/** A city's blocks: 3 cm, and coarser for wide contents. */
export const BLOCKS: Steps = { finest: 1 / 32, coarsest: Infinity };

/** The box of a content in metres of the tile's frame. */
export interface Box {
  readonly min: [number, number, number];
  readonly max: [number, number, number];
}

export interface Quantized {
  readonly steps: Uint16Array | Float32Array;
  readonly step: number;
  readonly origin: number[];
  readonly min: number[];
  readonly max: number[];
  readonly box: Box;
}

/** uint16 × 4 a vertex (the fourth is padding), counted in steps from the origin; both are whole multiples of the step. Where the coarsest step does not reach: float32 × 3 metres. */
export function quantize(positions: Float64Array, { finest, coarsest }: Steps): Quantized {
  const { low, high } = boundsOf(positions);
  const widest = Math.max(...high.map((value, axis) => value - low[axis]));
  let step = finest;
  while (widest / step > 65533 && step < coarsest) step *= 2;
  if (widest / step > 65533) return unquantized(positions, low);
  const origin = low.map((value) => Math.floor(value / step) * step);
  const steps = new Uint16Array((positions.length / 3) * 4);
  const [x0, y0, z0] = origin;
  const perMetre = 1 / step;
  for (let i = 0, out = 0; i < positions.length; i += 3, out += 4) {
    steps[out] = Math.round((positions[i] - x0) * perMetre);
    steps[out + 1] = Math.round((positions[i + 1] - y0) * perMetre);
    steps[out + 2] = Math.round((positions[i + 2] - z0) * perMetre);
  }
  // Rounding keeps the order: the lowest place has the lowest count.
  const counts = (at: readonly number[]): number[] => at.map((value, axis) => Math.round((value - origin[axis]) * perMetre));
  const [min, max] = positions.length > 0 ? [counts(low), counts(high)] : [[65535, 65535, 65535], [0, 0, 0]];
  const place = (at: readonly number[]): [number, number, number] => [origin[0] + at[0] * step, origin[1] + at[1] * step, origin[2] + at[2] * step];
  return { steps, step, origin, min, max, box: { min: place(min), max: place(max) } };
}

function boundsOf(positions: Float64Array): { low: number[]; high: number[] } {
  let [x0, y0, z0, x1, y1, z1] = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 3) {
    const [x, y, z] = [positions[i], positions[i + 1], positions[i + 2]];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
    if (z < z0) z0 = z;
    if (z > z1) z1 = z;
  }
  return { low: [x0, y0, z0], high: [x1, y1, z1] };
}

/** Metres from whole metres near the lowest corner. */
function unquantized(positions: Float64Array, low: readonly number[]): Quantized {
  const origin = low.map((value) => Math.floor(value));
  const steps = Float32Array.from(positions, (value, i) => value - origin[i % 3]);
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < steps.length; i++) {
    min[i % 3] = Math.min(min[i % 3], steps[i]);
    max[i % 3] = Math.max(max[i % 3], steps[i]);
  }
  const place = (at: number[]): [number, number, number] => [origin[0] + at[0], origin[1] + at[1], origin[2] + at[2]];
  return { steps, step: 1, origin, min, max, box: { min: place(min), max: place(max) } };
}
