import type { RasterTable } from '../format.ts';
import { metresInDegree } from './frame.ts';

/** Most samples of a grid; finer terrain is thinned to it. */
const MOST_SAMPLES = 16_000_000;
/** Most triangles kept of one file: 72 bytes each. */
const MOST_TRIANGLES = 8_000_000;

/** The triangles of terrain (TIN) of one file, put onto one grid when all are there. */
export class Terrain {
  #corners = new Float64Array(9 * 1024);
  #count = 0;
  /** Triangles beyond the most that is kept. */
  left = 0;

  get empty(): boolean {
    return this.#count === 0;
  }

  /** @param corners [9] lon, lat, height of three corners */
  add(corners: readonly number[]): void {
    if (this.#count >= MOST_TRIANGLES) {
      this.left++;
      return;
    }
    if ((this.#count + 1) * 9 > this.#corners.length) {
      const grown = new Float64Array(this.#corners.length * 2);
      grown.set(this.#corners);
      this.#corners = grown;
    }
    this.#corners.set(corners, this.#count++ * 9);
  }

  /**
   * The grid: regular in degrees, its step about the triangles' mean spacing, each sample on the triangle over it (the higher one
   * where two lie above each other), NaN where there is none.
   */
  raster(): RasterTable | undefined {
    const c = this.#corners.subarray(0, this.#count * 9);
    let [west, east, south, north, area] = [180, -180, 90, -90, 0];
    for (let i = 0; i < c.length; i += 9) {
      for (let k = i; k < i + 9; k += 3) {
        west = Math.min(west, c[k]);
        east = Math.max(east, c[k]);
        south = Math.min(south, c[k + 1]);
        north = Math.max(north, c[k + 1]);
      }
      area += Math.abs((c[i + 3] - c[i]) * (c[i + 7] - c[i + 1]) - (c[i + 6] - c[i]) * (c[i + 4] - c[i + 1])) / 2;
    }
    if (!(east > west && north > south && area > 0)) return undefined;
    const [perLon, perLat] = metresInDegree((south + north) / 2);
    // A net of triangles has half as many corners as triangles.
    const step = Math.sqrt((area * perLon * perLat) / (this.#count / 2));
    const shrink = Math.max(1, Math.sqrt(((((east - west) * perLon) / step) * (((north - south) * perLat) / step)) / MOST_SAMPLES));
    const width = Math.max(2, Math.min(MOST_SAMPLES / 2, Math.round(((east - west) * perLon) / step / shrink) + 1));
    const height = Math.max(2, Math.min(Math.floor(MOST_SAMPLES / width), Math.round(((north - south) * perLat) / step / shrink) + 1));
    const samples = new Float32Array(width * height).fill(Number.NaN);
    const grid = { west, north, dx: (east - west) / (width - 1), dy: (north - south) / (height - 1), width, height, samples };
    for (let i = 0; i < c.length; i += 9) fill(grid, c.subarray(i, i + 9));
    return { kind: 'raster', west, south, east, north, width, height, samples };
  }
}

interface Grid {
  readonly west: number;
  readonly north: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
  readonly samples: Float32Array;
}

/** Writes the heights of one triangle into the samples it covers; a sample on its edge counts. */
function fill({ west, north, dx, dy, width, height, samples }: Grid, t: Float64Array): void {
  const xs = [0, 3, 6].map((k) => (t[k] - west) / dx);
  const ys = [1, 4, 7].map((k) => (north - t[k]) / dy);
  const twice = (xs[1] - xs[0]) * (ys[2] - ys[0]) - (xs[2] - xs[0]) * (ys[1] - ys[0]);
  if (twice === 0) return;
  const EDGE = 1e-6;
  for (let row = Math.max(0, Math.ceil(Math.min(...ys) - EDGE)); row <= Math.min(height - 1, Math.floor(Math.max(...ys) + EDGE)); row++) {
    for (let column = Math.max(0, Math.ceil(Math.min(...xs) - EDGE)); column <= Math.min(width - 1, Math.floor(Math.max(...xs) + EDGE)); column++) {
      const a = ((xs[1] - column) * (ys[2] - row) - (xs[2] - column) * (ys[1] - row)) / twice;
      const b = ((xs[2] - column) * (ys[0] - row) - (xs[0] - column) * (ys[2] - row)) / twice;
      if (a < -EDGE || b < -EDGE || a + b > 1 + EDGE) continue;
      const at = row * width + column;
      const value = a * t[2] + b * t[5] + (1 - a - b) * t[8];
      if (!(samples[at] >= value)) samples[at] = value;
    }
  }
}
