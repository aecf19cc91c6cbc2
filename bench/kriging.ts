import { kriging } from '../workers/models/interpolation/kriging.ts';
import { inverseDistance } from '../workers/models/interpolation/inverse-distance.ts';
import { distinctReadings, type Readings } from '../workers/models/interpolation/stations.ts';
import { empiricalVariogram, fitVariogram, gamma, type Variogram } from '../workers/models/interpolation/variogram.ts';
import { analyse } from '../workers/analyses/index.ts';

interface Row { what: string; value: number; unit: string; reach: string | null; met: boolean }

const STATIONS = 500;
const VALUES = 500;
const ERRORS = 100;
/** The alternative is timed on so many places and multiplied: it would take minutes. */
const SAMPLE = 40;
const SIDE = 30_000;

/** Stations over 30 km, seeded, with a smooth field and noise. */
function seeded(): Readings {
  let state = 7;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const places = Float64Array.from({ length: 2 * STATIONS }, () => random() * SIDE);
  return distinctReadings(places, Float64Array.from({ length: STATIONS }, (_, i) => 80 + 40 * Math.sin(places[2 * i] / 6000) * Math.cos(places[2 * i + 1] / 4500) + 6 * (random() - 0.5)));
}

const gridOf = (side: number): Float64Array => Float64Array.from({ length: 2 * side * side }, (_, i) => (i % 2 === 0 ? ((i >> 1) % side) : Math.floor((i >> 1) / side)) * (SIDE / (side - 1)));

function seconds(work: () => void): number {
  const begun = performance.now();
  work();
  return (performance.now() - begun) / 1000;
}

/** As textbooks have it: the bordered system solved anew for a place. */
function bordered({ places, values }: Readings, variogram: Variogram, x: number, y: number): number {
  const size = values.length + 1;
  const h = (i: number, u: number, v: number): number => Math.hypot(places[2 * i] - u, places[2 * i + 1] - v);
  const rows = Array.from({ length: size }, (_, i) => Float64Array.from({ length: size + 1 }, (__, j) => {
    if (i === size - 1) return j === size - 1 ? 0 : 1;
    return j === size - 1 ? 1 : gamma(variogram, j === size ? h(i, x, y) : h(i, places[2 * j], places[2 * j + 1]));
  }));
  for (let c = 0; c < size; c++) {
    let pivot = c;
    for (let r = c + 1; r < size; r++) if (Math.abs(rows[r][c]) > Math.abs(rows[pivot][c])) pivot = r;
    [rows[c], rows[pivot]] = [rows[pivot], rows[c]];
    for (let r = c + 1; r < size; r++) {
      const share = rows[r][c] / rows[c][c];
      for (let k = c; k <= size; k++) rows[r][k] -= share * rows[c][k];
    }
  }
  const weights = new Float64Array(size);
  for (let r = size - 1; r >= 0; r--) {
    let sum = rows[r][size];
    for (let k = r + 1; k < size; k++) sum -= rows[r][k] * weights[k];
    weights[r] = sum / rows[r][r];
  }
  return values.reduce((sum, value, i) => sum + weights[i] * value, 0);
}

export async function run(): Promise<Row[]> {
  const readings = seeded();
  const fine = gridOf(VALUES);
  const coarse = gridOf(ERRORS);
  const rows: Row[] = [];
  const row = (what: string, value: number, unit: string, limit: number | null): void => {
    rows.push({ what, value: Number(value.toPrecision(3)), unit, reach: limit === null ? null : `≤ ${limit}`, met: limit === null || value <= limit });
  };
  let variogram: Variogram | null = null;
  row(`variogram of ${STATIONS} stations fitted`, seconds(() => { variogram = fitVariogram(empiricalVariogram(readings.places, readings.values)); }), 's', null);
  const out = new Float32Array(VALUES * VALUES);
  const errors = new Float32Array(ERRORS * ERRORS);
  let model = kriging(readings, variogram!);
  row(`factorised once, and values on ${VALUES} × ${VALUES} (dual weights)`, seconds(() => { model = kriging(readings, variogram!); model.values(fine, out); }), 's', 2);
  row(`standard deviations on ${ERRORS} × ${ERRORS} (a solve each)`, seconds(() => model.deviations(coarse, errors)), 's', 4);
  row('every station foretold from the others (closed form)', seconds(() => { model.crossValidate(); }), 's', null);
  row(`the other way: by distance, values on ${VALUES} × ${VALUES}`, seconds(() => inverseDistance(readings, 2, fine, out)), 's', null);
  const sample = seconds(() => { for (let i = 0; i < SAMPLE; i++) bordered(readings, variogram!, fine[2 * i * 613], fine[2 * i * 613 + 1]); });
  row(`the other way: the system solved for every place, from ${SAMPLE} places`, (sample / SAMPLE) * VALUES * VALUES, 's', null);
  model.values(fine, out);
  let off = 0;
  for (let i = 0; i < 5; i++) off = Math.max(off, Math.abs(bordered(readings, variogram!, fine[2 * i * 613], fine[2 * i * 613 + 1]) - out[i * 613]));
  row('farthest from it', off, 'units of ' + Math.round(Math.max(...readings.values) - Math.min(...readings.values)), 0.001);
  const stations = Float64Array.from(readings.places, (metre, i) => (i % 2 === 0 ? 117.3 + metre / 95_800 : 30.5 + metre / 110_900));
  // The analysis's code is there from the second call on.
  await analyse('surface', { dem: null, stations: stations.slice(0, 40), values: readings.values.slice(0, 20), cells: 16 });
  for (const [what, cells, limit] of [['coarse picture first', 48, 0.2], ['fine picture', 320, null]] as const) {
    const begun = performance.now();
    await analyse('surface', { dem: null, stations, values: readings.values, cells });
    row(`${what}, ${cells} a side: fit, mesh, lines and colours`, (performance.now() - begun) / 1000, 's', limit);
  }
  return rows;
}
