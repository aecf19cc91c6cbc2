/** How unlike two places are by their distance, in squared units of the value. */
export interface Variogram {
  /** γ(h) for h > 0: nugget + sill · (1 − e^(−h/range)); nugget + sill · (1.5 h/range − 0.5 (h/range)³) up to the range; nugget + sill · (1 − e^(−(h/range)²)). γ(0) = 0. */
  readonly model: VariogramModel;
  /** Jump at the origin: error of the reading and what changes within less than the stations' distance. */
  readonly nugget: number;
  /** Partial sill: what is added to the nugget far away. Greater than 0. */
  readonly sill: number;
  /** Range parameter in metres (the distance itself for the spherical one; 95 % of the sill is reached at 3 × it for the exponential, 1.73 × for the Gaussian). */
  readonly range: number;
}

export type VariogramModel = 'exponential' | 'spherical' | 'gaussian';

/** Half mean squared differences of the readings by distance. */
export interface EmpiricalVariogram {
  /** [b] mean distance of the pairs of a bin, metres. */
  readonly lags: Float64Array;
  /** [b] half the mean squared difference. */
  readonly gammas: Float64Array;
  /** [b] pairs. */
  readonly counts: Uint32Array;
}

/** Correlation at a distance in range parameters: 1 at 0, 0 far away; the nugget is apart. */
export function correlation(model: VariogramModel, share: number): number {
  if (model === 'exponential') return Math.exp(-share);
  if (model === 'gaussian') return Math.exp(-share * share);
  return share >= 1 ? 0 : 1 - share * (1.5 - 0.5 * share * share);
}

/** γ(h), h in metres. */
export function gamma({ model, nugget, sill, range }: Variogram, h: number): number {
  return h > 0 ? nugget + sill * (1 - correlation(model, h / range)) : 0;
}

/**
 * The method-of-moments variogram of stations, over pairs up to half the greatest distance.
 * @param places [2n] metres @source Matheron 1962; Cressie 1993, eq. 2.4.2
 */
export function empiricalVariogram(places: Float64Array, values: Float64Array, bins = 12): EmpiricalVariogram {
  const count = values.length;
  let farthest = 0;
  for (let i = 1; i < count; i++) for (let j = 0; j < i; j++) farthest = Math.max(farthest, Math.hypot(places[2 * i] - places[2 * j], places[2 * i + 1] - places[2 * j + 1]));
  const width = farthest / 2 / bins;
  const lags = new Float64Array(bins);
  const gammas = new Float64Array(bins);
  const counts = new Uint32Array(bins);
  for (let i = 1; i < count; i++)
    for (let j = 0; j < i; j++) {
      const h = Math.hypot(places[2 * i] - places[2 * j], places[2 * i + 1] - places[2 * j + 1]);
      const bin = Math.ceil(h / width) - 1;
      if (!(bin >= 0 && bin < bins)) continue;
      lags[bin] += h;
      gammas[bin] += (values[i] - values[j]) ** 2 / 2;
      counts[bin]++;
    }
  const used = Array.from(counts.keys()).filter((bin) => counts[bin] > 0);
  return { lags: Float64Array.from(used, (bin) => lags[bin] / counts[bin]), gammas: Float64Array.from(used, (bin) => gammas[bin] / counts[bin]), counts: Uint32Array.from(used, (bin) => counts[bin]) };
}

/** Steps of the search for the range, and how often it is narrowed. */
const STEPS = 40;
const ROUNDS = 4;

/**
 * A model fitted to an empirical variogram by weighted least squares, weights N/h² (many pairs and short distances count most): nugget and sill are solved for every range tried
 * and never negative; the range lies between half the shortest lag and three times the longest. Of several models the one with the smallest sum is taken.
 * Null where the readings do not differ.
 * @source Cressie 1985, Math. Geol. 17(5), 563–586; the weights as gstat's fit.method 7
 */
export function fitVariogram(empirical: EmpiricalVariogram, models: readonly VariogramModel[] = ['exponential', 'spherical']): Variogram | null {
  const { lags, gammas } = empirical;
  if (lags.length === 0 || gammas.every((value) => !(value > 0))) return null;
  let best: { fit: Variogram; sum: number } | null = null;
  for (const model of models) {
    let [low, high] = [Math.log(lags[0] / 2), Math.log(lags[lags.length - 1] * 3)];
    for (let round = 0; round < ROUNDS; round++) {
      const step = (high - low) / STEPS;
      let at = low;
      let least = Infinity;
      for (let i = 0; i <= STEPS; i++) {
        const found = fitSills(empirical, model, Math.exp(low + i * step));
        if (found.sum < least) [least, at] = [found.sum, low + i * step];
        if (!best || found.sum < best.sum) best = found;
      }
      [low, high] = [at - step, at + step];
    }
  }
  return best!.fit;
}

/** Nugget and sill for a range: two unknowns, linear; where one would be negative it is 0. */
function fitSills({ lags, gammas, counts }: EmpiricalVariogram, model: VariogramModel, range: number): { fit: Variogram; sum: number } {
  let [w, wf, wff, wg, wfg] = [0, 0, 0, 0, 0];
  for (let b = 0; b < lags.length; b++) {
    const weight = counts[b] / lags[b] ** 2;
    const f = 1 - correlation(model, lags[b] / range);
    w += weight;
    wf += weight * f;
    wff += weight * f * f;
    wg += weight * gammas[b];
    wfg += weight * f * gammas[b];
  }
  const whole = w * wff - wf * wf;
  let sill = whole > 1e-12 * w * wff ? (w * wfg - wf * wg) / whole : wfg / wff;
  let nugget = (wg - sill * wf) / w;
  if (nugget < 0) [nugget, sill] = [0, wfg / wff];
  // A field without any structure is all nugget; a sliver of sill keeps the model what it is.
  if (!(sill > 0)) [nugget, sill] = [wg / w * (1 - 1e-6), wg / w * 1e-6];
  let sum = 0;
  for (let b = 0; b < lags.length; b++) sum += (counts[b] / lags[b] ** 2) * (gammas[b] - nugget - sill * (1 - correlation(model, lags[b] / range))) ** 2;
  return { fit: { model, nugget, sill, range }, sum };
}
