import { TwinError } from '../../../engine/errors.ts';
import { crossFigures, type CrossValidation, type Readings } from './stations.ts';
import { correlation, type Variogram } from './variogram.ts';

/** Ordinary kriging of one set of readings, factorised once. */
export interface Kriging {
  readonly variogram: Variogram;
  /** Estimates at places: [2m] metres → [m]. By dual weights: one sum over the stations a place. */
  values(at: ArrayLike<number>, out: Float64Array | Float32Array): void;
  /** Standard deviations of the estimates: one triangular solve a place. */
  deviations(at: ArrayLike<number>, out: Float64Array | Float32Array): void;
  /** Weights of the stations in the estimate of one place; they sum to 1. For checks and explanations: slower than {@link values}. */
  weights(x: number, y: number): Float64Array;
  /**
   * Every station foretold from the others with the variogram as it is, without solving anew.
   * @source Dubrule 1983, Math. Geol. 15(6), 687–699
   */
  crossValidate(): CrossValidation;
}

/** Entries of the correlation's table; linear between them: off by less than 2e-8 of the sill. */
const TABLE = 1 << 16;
/** Range parameters after which the exponential and the Gaussian count as nothing. */
const FAR = { exponential: 24, gaussian: 5, spherical: 1 } as const;
/** Places estimated together. */
const BLOCK = 2048;
/** Places whose solves go together: the factor travels through the cache once for all of them. */
const TOGETHER = 8;

/**
 * Prepares ordinary kriging: the covariances' Cholesky factor and the dual weights. Estimates are exact at stations; there the nugget does not act.
 * A model that is as good as singular (a Gaussian one without nugget) gets a billionth of its sill on the diagonal.
 * @throws TwinError `bad-input` for a variogram that is none
 * @source Matheron 1963; dual form: Goovaerts 1997, 5.5
 */
export function kriging({ places, values }: Readings, variogram: Variogram): Kriging {
  const { model, nugget, sill, range } = variogram;
  if (!(nugget >= 0 && sill > 0 && range > 0 && Number.isFinite(nugget + sill + range))) throw new TwinError('bad-input', 'A variogram needs a nugget of 0 or more, and a sill and a range greater than 0; correct it, or leave it out to have one fitted.');
  const count = values.length;
  const whole = nugget + sill;
  const covariance = (i: number, x: number, y: number): number => {
    const h = Math.hypot(places[2 * i] - x, places[2 * i + 1] - y);
    return h === 0 ? whole : sill * correlation(model, h / range);
  };
  const factor = factorise(count, (i, j) => covariance(i, places[2 * j], places[2 * j + 1]), whole);
  const ones = solve(factor, count, new Float64Array(count).fill(1));
  const ofValues = solve(factor, count, Float64Array.from(values));
  const sumOnes = ones.reduce((a, b) => a + b, 0);
  const mean = ofValues.reduce((a, b) => a + b, 0) / sumOnes;
  const dual = ofValues.map((value, i) => value - mean * ones[i]);
  const table = correlationTable(model);
  const scale = TABLE / (FAR[model] * range);
  return {
    variogram,
    values(at, out) {
      const sums = new Float64Array(Math.min(BLOCK, out.length));
      for (let from = 0; from < out.length; from += BLOCK) {
        const many = Math.min(BLOCK, out.length - from);
        sums.fill(0);
        // Station by station over places that lie side by side: the table is walked, not jumped about in.
        for (let i = 0; i < count; i++) addCorrelations({ x: places[2 * i], y: places[2 * i + 1], weight: dual[i], scale, table }, at, 2 * from, sums.subarray(0, many));
        for (let k = 0; k < many; k++) out[from + k] = mean + sill * sums[k];
      }
      exactAtStations({ places, values }, at, out);
    },
    deviations(at, out) {
      const block = new Float64Array(count * TOGETHER);
      for (let from = 0; from < out.length; from += TOGETHER) {
        const many = Math.min(TOGETHER, out.length - from);
        const trends = new Float64Array(TOGETHER).fill(1);
        block.fill(0);
        for (let i = 0; i < count; i++)
          for (let k = 0; k < many; k++) {
            const c = covariance(i, at[2 * (from + k)], at[2 * (from + k) + 1]);
            block[i * TOGETHER + k] = c;
            trends[k] -= c * ones[i];
          }
        const squares = forwardMany(factor, count, block);
        for (let k = 0; k < many; k++) out[from + k] = Math.sqrt(Math.max(0, whole - squares[k] + trends[k] ** 2 / sumOnes));
      }
    },
    weights(x, y) {
      const right = Float64Array.from({ length: count }, (_, i) => covariance(i, x, y));
      const simple = solve(factor, count, right);
      const lacking = (1 - simple.reduce((a, b) => a + b, 0)) / sumOnes;
      return simple.map((weight, i) => weight + lacking * ones[i]);
    },
    crossValidate() {
      const diagonal = inverseDiagonal(factor, count).map((value, i) => value - ones[i] ** 2 / sumOnes);
      return crossFigures(Float64Array.from(values, (_, i) => -dual[i] / diagonal[i]), diagonal.map((value) => Math.sqrt(1 / value)));
    },
  };
}

interface WeighedStation {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
  /** Entries of the table a metre. */
  readonly scale: number;
  readonly table: Float64Array;
}

/** Adds a station's weight times its correlation with each place to the sums. */
function addCorrelations({ x, y, weight, scale, table }: WeighedStation, at: ArrayLike<number>, from: number, sums: Float64Array): void {
  for (let k = 0, read = from; k < sums.length; k++, read += 2) {
    const dx = x - at[read];
    const dy = y - at[read + 1];
    const step = Math.sqrt(dx * dx + dy * dy) * scale;
    if (step >= TABLE) continue;
    const cell = step | 0;
    sums[k] += weight * (table[cell] + (step - cell) * (table[cell + 1] - table[cell]));
  }
}

/** The estimate is the reading at the station itself: with a nugget it jumps there, and the table is a hair off. */
function exactAtStations({ places, values }: Readings, at: ArrayLike<number>, out: Float64Array | Float32Array): void {
  const known = new Map<number, number[]>();
  values.forEach((_, i) => known.set(places[2 * i], [...(known.get(places[2 * i]) ?? []), i]));
  for (let k = 0; k < out.length; k++) for (const i of known.get(at[2 * k]) ?? []) if (places[2 * i + 1] === at[2 * k + 1]) out[k] = values[i];
}

function correlationTable(model: Variogram['model']): Float64Array {
  const table = new Float64Array(TABLE + 2);
  for (let i = 0; i <= TABLE; i++) table[i] = correlation(model, (i / TABLE) * FAR[model]);
  return table;
}

/** Lower factor L of a covariance matrix, [i · n + j] for j ≤ i; tried again with a little more on the diagonal where rounding makes it singular. */
function factorise(count: number, of: (i: number, j: number) => number, whole: number): Float64Array {
  const matrix = new Float64Array(count * count);
  for (let i = 0; i < count; i++) for (let j = 0; j <= i; j++) matrix[i * count + j] = of(i, j);
  for (let extra = 0; extra <= 1e-4; extra = extra === 0 ? 1e-9 : extra * 10) {
    const factor = cholesky(matrix, count, extra * whole);
    if (factor) return factor;
  }
  throw new TwinError('bad-input', 'The variogram makes the stations all alike (its range is far greater than their distances); give a shorter range or some nugget.');
}

function cholesky(matrix: Float64Array, count: number, extra: number): Float64Array | null {
  const factor = matrix.slice();
  for (let i = 0; i < count; i++) {
    const row = i * count;
    for (let j = 0; j <= i; j++) {
      const other = j * count;
      let sum = factor[row + j] + (i === j ? extra : 0);
      for (let k = 0; k < j; k++) sum -= factor[row + k] * factor[other + k];
      if (j < i) factor[row + j] = sum / factor[other + j];
      else if (sum > 1e-13 * matrix[row + i]) factor[row + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return factor;
}

/** C x = right by the factor; `right` is used up and is the answer. */
function solve(factor: Float64Array, count: number, right: Float64Array): Float64Array {
  for (let i = 0; i < count; i++) {
    let sum = right[i];
    for (let k = 0; k < i; k++) sum -= factor[i * count + k] * right[k];
    right[i] = sum / factor[i * count + i];
  }
  for (let i = count - 1; i >= 0; i--) {
    const value = right[i] / factor[i * count + i];
    right[i] = value;
    for (let k = 0; k < i; k++) right[k] -= factor[i * count + k] * value;
  }
  return right;
}

/** |L⁻¹ c|² of {@link TOGETHER} right sides that lie beside one another, [n · TOGETHER], used up. */
function forwardMany(factor: Float64Array, count: number, block: Float64Array): Float64Array {
  const squares = new Float64Array(TOGETHER);
  for (let i = 0; i < count; i++) {
    const at = i * TOGETHER;
    let [a, b, c, d] = [block[at], block[at + 1], block[at + 2], block[at + 3]];
    let [e, f, g, h] = [block[at + 4], block[at + 5], block[at + 6], block[at + 7]];
    const row = i * count;
    for (let k = 0; k < i; k++) {
      const l = factor[row + k];
      const from = k * TOGETHER;
      a -= l * block[from];
      b -= l * block[from + 1];
      c -= l * block[from + 2];
      d -= l * block[from + 3];
      e -= l * block[from + 4];
      f -= l * block[from + 5];
      g -= l * block[from + 6];
      h -= l * block[from + 7];
    }
    const pivot = 1 / factor[row + i];
    block.set([a * pivot, b * pivot, c * pivot, d * pivot, e * pivot, f * pivot, g * pivot, h * pivot], at);
    for (let k = 0; k < TOGETHER; k++) squares[k] += block[at + k] ** 2;
  }
  return squares;
}

/** Diagonal of C⁻¹ = L⁻ᵀ L⁻¹: the squares of the columns of L⁻¹. */
function inverseDiagonal(factor: Float64Array, count: number): Float64Array {
  const diagonal = new Float64Array(count);
  const column = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    column.fill(0);
    column[j] = 1 / factor[j * count + j];
    diagonal[j] = column[j] ** 2;
    for (let i = j + 1; i < count; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= factor[i * count + k] * column[k];
      column[i] = sum / factor[i * count + i];
      diagonal[j] += column[i] ** 2;
    }
  }
  return diagonal;
}
