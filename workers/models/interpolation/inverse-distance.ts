import { crossFigures, type CrossValidation, type Readings } from './stations.ts';

/** A place nearer to a station than this has the station's own value. */
const AT_STATION = 1e-6;

/**
 * Σ v/dᵖ / Σ 1/dᵖ at places; a station's own value at the station.
 * @param at [2m] metres @param out [m] @param without a station left out (−1: none)
 * @source Shepard 1968
 */
export function inverseDistance({ places, values }: Readings, power: number, at: ArrayLike<number>, out: Float64Array | Float32Array, without = -1): void {
  for (let k = 0; k < out.length; k++) {
    const [x, y] = [at[2 * k], at[2 * k + 1]];
    let [sum, weights, own] = [0, 0, Number.NaN];
    for (let i = 0; i < values.length; i++) {
      if (i === without) continue;
      const [dx, dy] = [places[2 * i] - x, places[2 * i + 1] - y];
      const square = dx * dx + dy * dy;
      if (square < AT_STATION ** 2) own = values[i];
      const weight = power === 2 ? 1 / square : square ** (-power / 2);
      sum += weight * values[i];
      weights += weight;
    }
    out[k] = Number.isNaN(own) ? sum / weights : own;
  }
}

/** Every station foretold from the others. */
export function inverseDistanceCheck(readings: Readings, power: number): CrossValidation {
  const { places, values } = readings;
  const one = new Float64Array(1);
  const errors = Float64Array.from(values, (value, i) => {
    inverseDistance(readings, power, places.subarray(2 * i, 2 * i + 2), one, i);
    return one[0] - value;
  });
  return crossFigures(errors, null);
}
