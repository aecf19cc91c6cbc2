import { placer, type Anchor } from '#geo';
import { TwinError } from '../../engine/errors.ts';
import { FEWEST_FITTED, FEWEST_STATIONS, parseColour, rampColour, type CrossValidation, type SurfaceInput, type SurfaceOutput } from '#models';
import { inverseDistance, inverseDistanceCheck } from '../models/interpolation/inverse-distance.ts';
import { kriging } from '../models/interpolation/kriging.ts';
import { crossFigures, distinctReadings, stationsFault, type Readings } from '../models/interpolation/stations.ts';
import { empiricalVariogram, fitVariogram, type Variogram } from '../models/interpolation/variogram.ts';
import type { AnalysisContext } from './context.ts';
import { demAt, type Dem } from './geometry/dem.ts';
import { isolines, type Isoline } from './geometry/isolines.ts';
import { coarser, latticeHeights, latticeIndices, latticePlan, refined, surfaceLattice, type SurfaceLattice } from './geometry/surface-lattice.ts';

/** Deviations are computed on at most this many places a side and read between them: they change slowly, and each costs a solve. */
const ERROR_CELLS = 100;
/** The same for where the surface ends. */
const REACH_CELLS = 64;
/** Metres that the surface and its lines lie above the ground. */
const LIFT = 0.8;
const LINE_LIFT = 1.2;
const POWER = 2;
/** Rows computed between two looks at whether the call was cancelled. */
const ROWS = 16;

/** A way to estimate, and what it says of itself. */
interface Estimator {
  readonly method: SurfaceOutput['method'];
  readonly because: SurfaceOutput['because'];
  readonly variogram: Variogram | null;
  readonly check: CrossValidation;
  values(at: Float64Array, out: Float32Array): void;
  /** Null where the method has no deviation. */
  readonly deviations: ((at: Float64Array, out: Float32Array) => void) | null;
}

/**
 * A surface through the readings of stations as a mesh on the ground, with lines of equal value and the figures of its cross-validation.
 * @throws TwinError `bad-input` for stations that are too few or on one line, for a variogram that is none, and for an error that the method does not have
 */
export async function surface(input: SurfaceInput, context: AnalysisContext): Promise<SurfaceOutput> {
  const { stations } = input;
  const ground = input.dem ? await demAt(input.dem, context) : null;
  const anchor = anchorOf(stations, ground);
  const readings = readingsOf(input, anchor);
  const estimator = estimatorFor(readings, input);
  context.progress(0.1);
  const reach = reachOf(readings);
  const lattice = surfaceLattice(boxAround(readings, anchor, reach), Math.max(8, Math.min(1000, input.cells ?? 320)), ground);
  const values = await estimate(estimator, lattice, anchor, input.show ?? 'value', context);
  const support = supportOf(readings, lattice, anchor, reach);
  const heights = latticeHeights(lattice, ground, LIFT);
  const seen = (vertex: number): boolean => support[vertex] > 0 && Number.isFinite(heights[vertex]);
  const steps = stepsOf(input, readings, values.filter((_, i) => seen(i)));
  const lines = isolines({ ...lattice, values: values.map((value, i) => (support[i] > 0.5 && seen(i) ? value : Number.NaN)) }, levelsOf(input, steps, readings));
  context.progress(0.9);
  const smooth = !(input.show !== 'error' && input.paint?.classes);
  return {
    anchor, ...meshOf(lattice, heights, anchor, seen), colours: painted(values, steps, smooth, { support, seen, opacity: input.paint?.opacity ?? 0.5 }),
    grid: { ...lattice, values }, ...linesOf(lines, lattice, heights, anchor), steps,
    method: estimator.method, because: estimator.because, variogram: estimator.variogram, check: estimator.check, reach,
  };
}

function anchorOf(stations: SurfaceInput['stations'], ground: Dem | null): Anchor {
  let [lon, lat] = [0, 0];
  for (let i = 0; i < stations.length; i += 2) {
    lon += (2 * stations[i]) / stations.length;
    lat += (2 * stations[i + 1]) / stations.length;
  }
  return { lon, lat, height: ground?.height(lon, lat) || 0 };
}

/** @throws TwinError `bad-input` */
function readingsOf({ stations, values }: SurfaceInput, anchor: Anchor): Readings {
  if (stations.length !== 2 * values.length) throw new TwinError('bad-input', `A surface needs one reading a station: ${stations.length / 2} places and ${values.length} readings were given.`);
  const frame = placer(anchor);
  const metres = new Float64Array(stations.length);
  const scratch = new Float64Array(3);
  for (let i = 0; i < values.length; i++) metres.set(frame.place(stations[2 * i], stations[2 * i + 1], anchor.height, scratch).subarray(0, 2), 2 * i);
  const readings = distinctReadings(metres, values);
  const fault = stationsFault(readings.places);
  if (fault === 'few') throw new TwinError('bad-input', `A surface needs readings of at least ${FEWEST_STATIONS} stations; ${readings.values.length} have one now.`);
  if (fault === 'line') throw new TwinError('bad-input', 'All stations with a reading stand on one line, so nothing can be said beside it; add a station off the line.');
  return readings;
}

/** @throws TwinError `bad-input` */
function estimatorFor(readings: Readings, { method, variogram: given, show }: SurfaceInput): Estimator {
  const count = readings.values.length;
  const same = readings.values.every((value) => value === readings.values[0]);
  const few = !given && count < FEWEST_FITTED;
  if (method !== 'distance' && same) {
    const nothing = new Float64Array(count);
    return { method: 'kriging', because: 'same', variogram: given ?? null, check: crossFigures(nothing, nothing), values: (_at, out) => out.fill(readings.values[0]), deviations: (_at, out) => out.fill(0) };
  }
  if (method === 'distance' || few) {
    if (show === 'error') throw new TwinError('bad-input', few ? `An error surface needs kriging, and a variogram is fitted to ${FEWEST_FITTED} stations or more; ${count} have a reading now. Give a variogram, or show the values.` : 'Interpolation by distance has no error surface; choose kriging.');
    return { method: 'distance', because: method === 'distance' ? null : 'few', variogram: null, check: inverseDistanceCheck(readings, POWER), values: (at, out) => inverseDistance(readings, POWER, at, out), deviations: null };
  }
  const variogram = given ?? fitVariogram(empiricalVariogram(readings.places, readings.values))!;
  const model = kriging(readings, variogram);
  return { method: 'kriging', because: null, variogram, check: model.crossValidate(), values: model.values, deviations: model.deviations };
}

/** Twice the usual gap between a station and its next, and half the widest: farther away nothing is claimed. */
function reachOf({ places, values }: Readings): number {
  const gaps = Float64Array.from(values, (_, i) => {
    let nearest = Infinity;
    for (let j = 0; j < values.length; j++) if (j !== i) nearest = Math.min(nearest, Math.hypot(places[2 * i] - places[2 * j], places[2 * i + 1] - places[2 * j + 1]));
    return nearest;
  }).toSorted();
  return Math.min(50_000, Math.max(2 * gaps[gaps.length >> 1], 0.6 * gaps[gaps.length - 1]));
}

function boxAround({ places }: Readings, anchor: Anchor, reach: number): [number, number, number, number] {
  const frame = placer(anchor);
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const scratch = new Float64Array(3);
  for (let i = 0; i < places.length; i += 2)
    for (const [u, v] of [[-reach, -reach], [reach, reach]]) {
      const [lon, lat] = frame.unplace(places[i] + u, places[i + 1] + v, 0, scratch);
      west = Math.min(west, lon);
      east = Math.max(east, lon);
      south = Math.min(south, lat);
      north = Math.max(north, lat);
    }
  return [west, south, east, north];
}

async function estimate(estimator: Estimator, lattice: SurfaceLattice, anchor: Anchor, show: 'value' | 'error', context: AnalysisContext): Promise<Float32Array> {
  const own = show === 'error' ? coarser(lattice, ERROR_CELLS) : lattice;
  const work = show === 'error' ? estimator.deviations! : estimator.values;
  const at = latticePlan(own, anchor);
  const out = new Float32Array(own.width * own.height);
  for (let row = 0; row < own.height; row += ROWS) {
    const [from, to] = [row * own.width, Math.min(own.height, row + ROWS) * own.width];
    work(at.subarray(2 * from, 2 * to), out.subarray(from, to));
    context.progress(0.1 + (0.7 * to) / out.length);
    await context.turn();
    context.signal.throwIfAborted();
  }
  return own === lattice ? out : refined(own, out, lattice);
}

/** 1 near stations, 0 beyond the reach, between them falling over its last quarter. */
function supportOf({ places, values }: Readings, lattice: SurfaceLattice, anchor: Anchor, reach: number): Float32Array {
  const own = coarser(lattice, REACH_CELLS);
  const at = latticePlan(own, anchor);
  const out = new Float32Array(own.width * own.height);
  for (let k = 0; k < out.length; k++) {
    let nearest = Infinity;
    for (let i = 0; i < values.length; i++) nearest = Math.min(nearest, (places[2 * i] - at[2 * k]) ** 2 + (places[2 * i + 1] - at[2 * k + 1]) ** 2);
    out[k] = (reach - Math.sqrt(nearest)) / (reach / 4);
  }
  return refined(own, out, lattice).map((share) => Math.min(1, Math.max(0, share)));
}

/** Steps of 1, 2 or 5 times a power of ten, some eight of them. */
function evenSteps(low: number, high: number): number[] {
  const raw = (high - low) / 8;
  if (!(raw > 0)) return [low - 0.5, low + 0.5];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The legend's steps: a standard's classes, or an even ramp over the readings (from 0 over the errors). */
function stepsOf({ paint, show }: SurfaceInput, readings: Readings, shown: Float32Array): SurfaceOutput['steps'] {
  if (show !== 'error' && paint?.classes) {
    const { limits, colours } = paint.classes;
    return colours.map((colour, i) => ({ from: i === 0 ? -Infinity : limits[i - 1], to: limits[i] ?? Infinity, colour }));
  }
  const ends = show === 'error' ? [0, shown.reduce((a, b) => Math.max(a, b), 0)] : [Math.min(...readings.values), Math.max(...readings.values)];
  const ticks = evenSteps(ends[0], ends[1]);
  const scheme = show === 'error' ? 'magma' : 'viridis';
  return ticks.slice(1).map((to, i) => ({ from: ticks[i], to, colour: rampColour(scheme, ticks.length === 2 ? 0.5 : i / (ticks.length - 2)) }));
}

/** Where lines of equal value run: at the edges of the steps; with a standard's few ones also evenly over the readings. */
function levelsOf(input: SurfaceInput, steps: SurfaceOutput['steps'], { values }: Readings): number[] {
  const edges = steps.slice(1).map(({ from }) => from);
  if (input.show === 'error' || !input.paint?.classes) return edges;
  return [...new Set([...edges, ...evenSteps(Math.min(...values), Math.max(...values))])];
}

/** Colours of the vertices. A standard's classes have edges; a ramp runs through the middles of its steps. */
function painted(values: Float32Array, steps: SurfaceOutput['steps'], smooth: boolean, { support, seen, opacity }: { support: Float32Array; seen: (vertex: number) => boolean; opacity: number }): Uint8Array {
  const colours = steps.map(({ colour }) => parseColour(colour) ?? [128, 128, 128, 255]);
  const out = new Uint8Array(4 * values.length);
  const [low, width] = [steps[0].from, steps[0].to - steps[0].from];
  for (let i = 0; i < values.length; i++) {
    const at = smooth ? Math.min(steps.length - 1, Math.max(0, (values[i] - low) / width - 0.5)) : Math.max(0, steps.findIndex(({ to }) => values[i] <= to));
    const below = Math.floor(at);
    const above = Math.min(steps.length - 1, below + 1);
    for (let channel = 0; channel < 3; channel++) out[4 * i + channel] = colours[below][channel] + (at - below) * (colours[above][channel] - colours[below][channel]);
    out[4 * i + 3] = seen(i) ? Math.round(255 * opacity * support[i]) : 0;
  }
  return out;
}

function meshOf(lattice: SurfaceLattice, heights: Float32Array, anchor: Anchor, seen: (vertex: number) => boolean): { places: Float32Array; indices: Uint32Array } {
  const frame = placer(anchor);
  const places = new Float32Array(3 * heights.length);
  heights.forEach((height, i) => {
    const z = Number.isFinite(height) ? height : anchor.height;
    frame.place(lattice.west + (i % lattice.width) * lattice.dx, lattice.south + Math.floor(i / lattice.width) * lattice.dy, z, places, 3 * i);
  });
  return { places, indices: latticeIndices(lattice, seen) };
}

/** The lines on the ground, and places for numbers along each that is long enough to bear one: which of them are seen is the declutter's to say. */
function linesOf(lines: readonly Isoline[], lattice: SurfaceLattice, heights: Float32Array, anchor: Anchor): Pick<SurfaceOutput, 'isolines' | 'marks'> {
  const frame = placer(anchor);
  const { width, height, west, south, dx, dy } = lattice;
  const kept = lines.filter(({ points }) => points.length >= 8);
  const places = new Float32Array(3 * kept.reduce((sum, { points }) => sum + points.length / 2, 0));
  const starts = new Uint32Array(kept.length + 1);
  const marks: number[] = [];
  const heightAt = (x: number, y: number): number => heights[Math.min(height - 1, Math.round(y)) * width + Math.min(width - 1, Math.round(x))];
  const apart = Math.ceil(Math.max(width, height) / 6);
  kept.forEach(({ points, level }, line) => {
    const count = points.length / 2;
    for (let k = 0; k < count; k++) {
      const [x, y] = [points[2 * k], points[2 * k + 1]];
      // Between two vertices of the lattice, one coordinate is whole.
      const share = x % 1 || y % 1;
      const ground = heightAt(Math.floor(x), Math.floor(y)) * (1 - share) + heightAt(Math.ceil(x), Math.ceil(y)) * share + LINE_LIFT;
      frame.place(west + x * dx, south + y * dy, ground, places, 3 * (starts[line] + k));
      if (count > apart && k % apart === (count % apart) >> 1) marks.push(west + x * dx, south + y * dy, ground, level);
    }
    starts[line + 1] = starts[line] + count;
  });
  return { isolines: { places, starts, levels: Float64Array.from(kept, ({ level }) => level) }, marks: Float64Array.from(marks) };
}

