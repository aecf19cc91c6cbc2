import type { Issue } from '../../engine/errors.ts';
import type { RasterTable, TerrainSource } from '../formats/format.ts';

/** Samples of a ground made of several height models at most: 8,192², 256 MiB. */
export const MOST_SAMPLES = 2 ** 26;
/** Samples of all height models of one run that are held at once: 1 GiB. */
export const MOST_HELD = 2 ** 28;
/** Samples of the coarser model over which a step between two models is carried off. */
const FADE = 10;
const [LEAST_FADE, MOST_FADE] = [16, 256];
const METRES_A_DEGREE = 111_320;
/** What has become of a sample of the model that is laid: put there, and moved to meet its neighbours. */
const [LAID, SHIFTED] = [1, 2];

/** Keeps one more height model beside those that are held; where there is no room for it, it is left out and that is said. */
export function hold(held: RasterTable[], one: RasterTable, issues: Issue[]): void {
  const samples = held.reduce((sum, raster) => sum + raster.samples.length, 0) + one.samples.length;
  if (samples <= MOST_HELD) held.push(one);
  else issues.push({ code: 'too-much-terrain', severity: 'error', message: `${one.name ?? 'A height model'} was left out: the height models have ${samples.toLocaleString('en')} samples together, more than ${MOST_HELD.toLocaleString('en')}. Name fewer of them, or resample them first: gdalwarp -tr …`, path: one.name });
}

/**
 * Several height models as one ground, on the grid of the finest. Each place has the height of the finest model that has one there, unchanged; of two as fine, of the
 * one named first. What a coarser model fills (its own ground and the voids of the finer) is shifted at the seam to meet it, and the shift fades over ten of its own
 * samples, so that there is no step where both know the ground. Where none has a height it stays NaN. Models whose declared vertical datum is not that of the
 * finest that declares one are left out: heights above two surfaces are never mixed.
 * @param most samples of the result, as far as the finest alone has not more already
 * @source Grohman, Kroenung and Strebeck 2006, "Filling SRTM voids: the delta surface fill method"
 */
export function mosaic(rasters: readonly RasterTable[], issues: Issue[], most = MOST_SAMPLES): RasterTable | undefined {
  const known = sameDatum(rasters.toSorted((a, b) => stepOf(a) - stepOf(b)), issues);
  if (known.length <= 1) return known[0];
  const grid = gridOf(known, issues, most);
  const used = known.filter((raster) => meets(raster, grid));
  for (const raster of known) if (!used.includes(raster)) issues.push({ code: 'terrain-apart', severity: 'warning', message: `${nameOf(raster)} lies outside the ground that can be built at once and was left out; build it as a city of its own.`, path: raster.name });
  const samples = new Float32Array(grid.width * grid.height).fill(Number.NaN);
  const shares = used.map((raster) => lay(raster, grid, samples));
  const given = shares.reduce((sum, share) => sum + share, 0);
  const [finest] = used;
  const sources = used.map((raster, k): TerrainSource => ({ name: nameOf(raster), datum: raster.datum ?? 'unknown', step: Math.round(stepOf(raster) * METRES_A_DEGREE * 100) / 100, share: Math.round((shares[k] / Math.max(1, given)) * 1e4) / 1e4 }));
  return { kind: 'raster', ...grid, samples, sources, ...(finest.datum && { datum: finest.datum }), ...outsideOf(used, grid, samples, issues) };
}

function stepOf(raster: RasterTable): number {
  return (raster.north - raster.south) / (raster.height - 1);
}

function nameOf(raster: RasterTable): string {
  return raster.name ?? 'a height model';
}

/** Those that may stand in one ground. */
function sameDatum(rasters: readonly RasterTable[], issues: Issue[]): RasterTable[] {
  const leading = rasters.find(({ datum }) => datum !== undefined);
  if (!leading || rasters.length === 1) return [...rasters];
  const out = rasters.filter(({ datum }) => datum !== undefined && datum !== leading.datum);
  for (const raster of out)
    issues.push({ code: 'mixed-datums', severity: 'warning', message: `${nameOf(raster)} was left out: its heights are above ${raster.datum}, those of ${nameOf(leading)}, which is finer, above ${leading.datum}, and the two are never mixed. Convert one first.`, path: raster.name });
  const left = rasters.filter((raster) => !out.includes(raster));
  const silent = left.filter(({ datum }) => datum === undefined);
  if (silent.length > 0)
    issues.push({ code: 'datum-assumed', severity: 'warning', message: `${silent.map(nameOf).join(', ')} ${silent.length === 1 ? 'does' : 'do'} not say what the heights are above; they were taken to be above ${leading.datum}, as those of ${nameOf(leading)} are. If they are not, leave one out.` });
  return left;
}

type Grid = Pick<RasterTable, 'west' | 'south' | 'east' | 'north' | 'width' | 'height'>;

function meets(raster: RasterTable, grid: Grid): boolean {
  return raster.west <= grid.east && raster.east >= grid.west && raster.south <= grid.north && raster.north >= grid.south;
}

/** The finest model's own lattice, continued over all; where that is too much, as far around the finest as there is room. */
function gridOf(rasters: readonly RasterTable[], issues: Issue[], room: number): Grid {
  const [finest] = rasters;
  const stepX = (finest.east - finest.west) / (finest.width - 1);
  const stepY = stepOf(finest);
  const most = (pick: (raster: RasterTable) => number): number => Math.max(0, ...rasters.map((raster) => Math.round(pick(raster))));
  const reach = { west: most(({ west }) => (finest.west - west) / stepX), east: most(({ east }) => (east - finest.east) / stepX), north: most(({ north }) => (north - finest.north) / stepY), south: most(({ south }) => (finest.south - south) / stepY) };
  const size = (margin: number): number => sideOf(finest.width, reach.west, reach.east, margin) * sideOf(finest.height, reach.north, reach.south, margin);
  let margin = Math.max(...Object.values(reach));
  if (size(margin) > room) {
    margin = largest(margin, (value) => size(value) <= Math.max(room, finest.samples.length));
    issues.push({ code: 'terrain-cut', severity: 'warning', message: `The height models together would have more than ${room.toLocaleString('en')} samples at the step of ${nameOf(finest)}, the finest; the ground reaches ${((margin * stepY * METRES_A_DEGREE) / 1000).toFixed(1)} km beyond it. Resample the finest to have more.` });
  }
  const [west, east, north, south] = [reach.west, reach.east, reach.north, reach.south].map((value) => Math.min(value, margin));
  return { west: finest.west - west * stepX, east: finest.east + east * stepX, north: finest.north + north * stepY, south: finest.south - south * stepY, width: finest.width + west + east, height: finest.height + north + south };
}

function sideOf(own: number, before: number, after: number, margin: number): number {
  return own + Math.min(before, margin) + Math.min(after, margin);
}

/** The largest whole number up to `most` that fits, by halving. */
function largest(most: number, fits: (value: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Lays a model under what is there already. @returns the samples that come from it */
function lay(raster: RasterTable, grid: Grid, samples: Float32Array): number {
  const place = placer(raster, grid);
  const { top, bottom, left, right } = place;
  const fresh = new Uint8Array((bottom - top + 1) * (right - left + 1));
  const across = right - left + 1;
  let [count, border] = [0, false];
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) {
      const at = row * grid.width + column;
      if (!Number.isNaN(samples[at])) {
        border = true;
        continue;
      }
      const value = place.at(column, row);
      if (Number.isNaN(value)) continue;
      samples[at] = value;
      fresh[(row - top) * across + column - left] = LAID;
      count++;
    }
  if (border && count > 0) meet(raster, grid, samples, { place, fresh, across });
  return count;
}

interface Placer {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  /** The model's height at a sample of the grid, bilinear; NaN beyond it and in its voids. */
  at(column: number, row: number): number;
}

function placer(raster: RasterTable, grid: Grid): Placer {
  const stepX = (grid.east - grid.west) / (grid.width - 1);
  const stepY = (grid.north - grid.south) / (grid.height - 1);
  const scaleX = (stepX * (raster.width - 1)) / (raster.east - raster.west);
  const scaleY = (stepY * (raster.height - 1)) / (raster.north - raster.south);
  const shiftX = ((grid.west - raster.west) / stepX) * scaleX;
  const shiftY = ((raster.north - grid.north) / stepY) * scaleY;
  const inside = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  return {
    left: inside(Math.ceil(-shiftX / scaleX - 1e-3), grid.width - 1), right: inside(Math.floor((raster.width - 1 - shiftX) / scaleX + 1e-3), grid.width - 1),
    top: inside(Math.ceil(-shiftY / scaleY - 1e-3), grid.height - 1), bottom: inside(Math.floor((raster.height - 1 - shiftY) / scaleY + 1e-3), grid.height - 1),
    at: (column, row) => bilinear(raster, column * scaleX + shiftX, row * scaleY + shiftY),
  };
}

/** A thousandth of a sample is rounding: a grid's own samples come out as they are. */
function bilinear({ samples, width, height }: RasterTable, x: number, y: number): number {
  if (!(x > -2e-3 && y > -2e-3 && x < width - 1 + 2e-3 && y < height - 1 + 2e-3)) return Number.NaN;
  const [nearX, nearY] = [Math.round(x), Math.round(y)];
  const [px, py] = [Math.abs(x - nearX) < 2e-3 ? nearX : x, Math.abs(y - nearY) < 2e-3 ? nearY : y];
  const [x0, y0] = [Math.min(Math.floor(px), width - 2), Math.min(Math.floor(py), height - 2)];
  const [fx, fy] = [px - x0, py - y0];
  let [sum, weights] = [0, 0];
  for (let k = 0; k < 4; k++) {
    const weight = (k & 1 ? fx : 1 - fx) * (k & 2 ? fy : 1 - fy);
    const value = samples[(y0 + (k >> 1)) * width + x0 + (k & 1)];
    if (weight === 0) continue;
    // A sample beside a void is known as far as half way to it.
    if (Number.isNaN(value)) {
      if (weight >= 0.5) return Number.NaN;
      continue;
    }
    sum += value * weight;
    weights += weight;
  }
  return weights > 0 ? sum / weights : Number.NaN;
}

/**
 * Carries the step between the heights that were there and those that were laid under them off into the latter, ring by ring from the seam. A sample's shift is the
 * mean of its neighbours' of the ring before, where the model knows the ground below them too.
 */
function meet(raster: RasterTable, grid: Grid, samples: Float32Array, { place, fresh, across }: { place: Placer; fresh: Uint8Array; across: number }): void {
  const rings = Math.min(MOST_FADE, Math.max(LEAST_FADE, Math.round((FADE * stepOf(raster)) / ((grid.north - grid.south) / (grid.height - 1)))));
  const height = (i: number): number => samples[(place.top + Math.floor(i / across)) * grid.width + place.left + (i % across)];
  let ring = seam(fresh, across, height);
  for (let k = 0; k < rings && ring.length > 0; k++) {
    const [fade, before] = [1 - (k + 1) / (rings + 1), 1 - k / (rings + 1)];
    const shifts = new Float32Array(ring.length);
    for (const [n, i] of ring.entries()) {
      let [sum, count] = [0, 0];
      for (const neighbour of around(i, across, fresh.length)) {
        if (fresh[neighbour] === LAID) continue;
        const shift = height(neighbour) - place.at(place.left + (neighbour % across), place.top + Math.floor(neighbour / across));
        if (Number.isNaN(shift)) continue;
        sum += shift / before;
        count++;
      }
      shifts[n] = count === 0 ? 0 : (sum / count) * fade;
    }
    for (const [n, i] of ring.entries()) {
      samples[(place.top + Math.floor(i / across)) * grid.width + place.left + (i % across)] += shifts[n];
      fresh[i] = SHIFTED;
    }
    const next = new Set<number>();
    for (const i of ring) for (const neighbour of around(i, across, fresh.length)) if (fresh[neighbour] === LAID) next.add(neighbour);
    ring = [...next];
  }
}

/** Laid samples that have a neighbour with a height that was there before. */
function seam(fresh: Uint8Array, across: number, height: (i: number) => number): number[] {
  const ring: number[] = [];
  for (let i = 0; i < fresh.length; i++) {
    if (fresh[i] !== LAID) continue;
    // Most samples lie among their own: the four nearest tell it without a look at the corners.
    const [x, last] = [i % across, fresh.length - across];
    if (x > 0 && x < across - 1 && i >= across && i < last && fresh[i - 1] && fresh[i + 1] && fresh[i - across] && fresh[i + across]) continue;
    if (around(i, across, fresh.length).some((neighbour) => fresh[neighbour] === 0 && !Number.isNaN(height(neighbour)))) ring.push(i);
  }
  return ring;
}

/** The up to eight samples beside one. */
function around(i: number, across: number, length: number): number[] {
  const x = i % across;
  const out: number[] = [];
  for (let dy = -across; dy <= across; dy += across)
    for (let dx = -1; dx <= 1; dx++) if ((dx !== 0 || dy !== 0) && x + dx >= 0 && x + dx < across && i + dy >= 0 && i + dy < length) out.push(i + dy + dx);
  return out;
}

/** Samples that no model was to have: between them, and corners that turned ones do not reach. They are no holes. */
function outsideOf(rasters: readonly RasterTable[], grid: Grid, samples: Float32Array, issues: Issue[]): { outside?: number } {
  const covered = new Uint8Array(samples.length);
  let turned = 0;
  for (const raster of rasters) {
    const { left, right, top, bottom } = placer(raster, grid);
    for (let row = top; row <= bottom; row++) covered.fill(1, row * grid.width + left, row * grid.width + right + 1);
    const cells = ((right - left + 1) * (bottom - top + 1)) / raster.samples.length;
    turned += (raster.outside ?? 0) * cells;
  }
  let [between, voids] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isNaN(samples[i])) continue;
    if (covered[i]) voids++;
    else between++;
  }
  if (between > samples.length / 20)
    issues.push({ code: 'terrain-gap', severity: 'warning', message: `${((100 * between) / samples.length).toFixed(0)} % of the box around the height models belongs to none of them; the ground there continues their borders and is a guess. Add a coarser model below them.` });
  const outside = between + Math.min(voids, Math.round(turned));
  return outside > 0 ? { outside } : {};
}
