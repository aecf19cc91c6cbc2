/** How well a method foretells each station from the others. */
export interface CrossValidation {
  /** Mean absolute error, root mean square error, and mean of foretold − read, in the value's unit. */
  readonly mae: number;
  readonly rmse: number;
  readonly bias: number;
  /** Share of stations whose reading lies within foretold ± 1.96 standard deviations; about 0.95 where the variogram is right. Null where the method has no deviation. */
  readonly coverage: number | null;
  readonly count: number;
}

/** Readings at places that differ: [2n] metres and [n] values. */
export interface Readings {
  readonly places: Float64Array;
  readonly values: Float64Array;
}

/** Fewest stations that make a surface. */
export const FEWEST_STATIONS = 4;
/** Fewest stations that a variogram is fitted to: fewer pairs say nothing of distance. */
export const FEWEST_FITTED = 10;
/** A field of stations this much narrower than long (standard deviations) is a line. */
const NARROW = 0.02;
/** Stations nearer than this are one place. */
const SAME_METRES = 0.5;

/** Why stations make no surface: too few places, or all of them on one line; null where they do. @param places [2n] metres */
export function stationsFault(places: ArrayLike<number>): 'few' | 'line' | null {
  const count = places.length / 2;
  if (count < FEWEST_STATIONS) return 'few';
  let [x, y] = [0, 0];
  for (let i = 0; i < count; i++) {
    x += places[2 * i] / count;
    y += places[2 * i + 1] / count;
  }
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [dx, dy] = [places[2 * i] - x, places[2 * i + 1] - y];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const middle = (xx + yy) / 2;
  const spread = Math.hypot((xx - yy) / 2, xy);
  return middle - spread <= NARROW ** 2 * (middle + spread) ? 'line' : null;
}

/** Several readings of one place become their mean; what is no number is left out. */
export function distinctReadings(places: ArrayLike<number>, values: ArrayLike<number>): Readings {
  const at = new Map<string, { x: number; y: number; sum: number; count: number }>();
  for (let i = 0; i < values.length; i++) {
    const [x, y, value] = [places[2 * i], places[2 * i + 1], values[i]];
    if (!Number.isFinite(value) || !Number.isFinite(x) || !Number.isFinite(y)) continue;
    const key = `${Math.round(x / SAME_METRES)} ${Math.round(y / SAME_METRES)}`;
    const known = at.get(key);
    if (known) {
      known.sum += value;
      known.count++;
    } else at.set(key, { x, y, sum: value, count: 1 });
  }
  const kept = [...at.values()];
  return { places: Float64Array.from(kept.flatMap(({ x, y }) => [x, y])), values: Float64Array.from(kept, ({ sum, count }) => sum / count) };
}

/** Figures of errors (foretold − read), and of their deviations where there are some. */
export function crossFigures(errors: Float64Array, deviations: Float64Array | null): CrossValidation {
  const count = errors.length;
  let [absolute, square, sum, within] = [0, 0, 0, 0];
  errors.forEach((error, i) => {
    absolute += Math.abs(error);
    square += error * error;
    sum += error;
    if (deviations && Math.abs(error) <= 1.96 * deviations[i]) within++;
  });
  return { mae: absolute / count, rmse: Math.sqrt(square / count), bias: sum / count, coverage: deviations ? within / count : null, count };
}
