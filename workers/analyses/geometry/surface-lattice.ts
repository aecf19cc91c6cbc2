import { placer, type Anchor } from '#geo';
import type { Dem } from './dem.ts';

/** Vertices in rows from the south-west, in degrees. */
export interface SurfaceLattice {
  readonly west: number;
  readonly south: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A lattice over a box with at most `most` vertices a side. With a DEM its vertices are the DEM's own samples, several samples apart or several to a sample,
 * so that its triangles lie on the ground as it is drawn.
 * @param box west, south, east, north in degrees
 */
export function surfaceLattice(box: readonly [number, number, number, number], most: number, ground: Dem | null): SurfaceLattice {
  const grid = ground?.grid;
  if (!grid) {
    const step = Math.max(box[2] - box[0], box[3] - box[1]) / (most - 1);
    return { west: box[0], south: box[1], dx: step, dy: step, width: Math.max(2, Math.floor((box[2] - box[0]) / step) + 1), height: Math.max(2, Math.floor((box[3] - box[1]) / step) + 1) };
  }
  const own = { x: (grid.east - grid.west) / (grid.width - 1), y: (grid.north - grid.south) / (grid.height - 1) };
  const [west, east] = [Math.max(box[0], grid.west), Math.min(box[2], grid.east)];
  const [south, north] = [Math.max(box[1], grid.south), Math.min(box[3], grid.north)];
  const samples = Math.max((east - west) / own.x, (north - south) / own.y);
  const factor = samples + 1 > most ? Math.ceil(samples / (most - 1)) : 1 / Math.max(1, Math.floor((most - 1) / samples));
  const [dx, dy] = [own.x * factor, own.y * factor];
  const first = { x: Math.ceil((west - grid.west) / dx - 1e-9), y: Math.ceil((south - grid.south) / dy - 1e-9) };
  const last = { x: Math.floor((east - grid.west) / dx + 1e-9), y: Math.floor((north - grid.south) / dy + 1e-9) };
  return { west: grid.west + first.x * dx, south: grid.south + first.y * dy, dx, dy, width: Math.max(2, last.x - first.x + 1), height: Math.max(2, last.y - first.y + 1) };
}

/** Metres above the ground that a vertex stands at: where samples are passed over, the highest around counts, so that no crest comes through. */
export function latticeHeights({ west, south, dx, dy, width, height }: SurfaceLattice, ground: Dem | null, lift: number): Float32Array {
  const out = new Float32Array(width * height).fill(lift);
  if (!ground) return out;
  const { grid } = ground;
  const around = Math.round(dx / ((grid.east - grid.west) / (grid.width - 1)));
  const reach = around > 1 ? [-0.5, 0, 0.5] : [0];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      // A hair inside, so that the outermost samples have a height.
      const lon = Math.min(grid.east - 1e-12, Math.max(grid.west, west + column * dx));
      const lat = Math.min(grid.north - 1e-12, Math.max(grid.south, south + row * dy));
      let top = ground.height(lon, lat);
      for (const v of reach) for (const u of reach) if (u !== 0 || v !== 0) top = Math.max(top, ground.height(lon + u * dx, lat + v * dy) || -Infinity);
      out[row * width + column] = top + lift;
    }
  return out;
}

/** [2m] metres east and north of an anchor of the vertices, without heights. */
export function latticePlan({ west, south, dx, dy, width, height }: SurfaceLattice, anchor: Anchor): Float64Array {
  const frame = placer(anchor);
  const out = new Float64Array(2 * width * height);
  const scratch = new Float64Array(3);
  for (let i = 0; i < width * height; i++) {
    frame.place(west + (i % width) * dx, south + Math.floor(i / width) * dy, anchor.height, scratch);
    out[2 * i] = scratch[0];
    out[2 * i + 1] = scratch[1];
  }
  return out;
}

/** Two triangles a cell, parted from south-west to north-east as the terrain is; cells with a corner that is not seen are left out. */
export function latticeIndices({ width, height }: SurfaceLattice, seen: (vertex: number) => boolean): Uint32Array {
  const out = new Uint32Array(6 * (width - 1) * (height - 1));
  let count = 0;
  for (let row = 0; row + 1 < height; row++)
    for (let column = 0; column + 1 < width; column++) {
      const sw = row * width + column;
      const [se, nw, ne] = [sw + 1, sw + width, sw + width + 1];
      if (!seen(sw) && !seen(se) && !seen(nw) && !seen(ne)) continue;
      out.set([sw, se, ne, sw, ne, nw], count);
      count += 6;
    }
  return out.slice(0, count);
}

/** A coarser lattice over the same ground, at most `most` a side. */
export function coarser(lattice: SurfaceLattice, most: number): SurfaceLattice {
  const factor = Math.max(1, Math.ceil((Math.max(lattice.width, lattice.height) - 1) / (most - 1)));
  const along = (count: number): number => Math.max(2, Math.ceil((count - 1) / factor) + 1);
  return { ...lattice, dx: lattice.dx * factor, dy: lattice.dy * factor, width: along(lattice.width), height: along(lattice.height) };
}

/** Values of a coarser lattice at the vertices of a finer one, bilinear. */
export function refined(coarse: SurfaceLattice, values: Float32Array, fine: SurfaceLattice): Float32Array {
  const out = new Float32Array(fine.width * fine.height);
  for (let row = 0; row < fine.height; row++) {
    const y = Math.min(coarse.height - 1, (row * fine.dy) / coarse.dy);
    const low = Math.min(coarse.height - 2, Math.floor(y));
    for (let column = 0; column < fine.width; column++) {
      const x = Math.min(coarse.width - 1, (column * fine.dx) / coarse.dx);
      const left = Math.min(coarse.width - 2, Math.floor(x));
      const at = low * coarse.width + left;
      const [u, v] = [x - left, y - low];
      out[row * fine.width + column] = (values[at] * (1 - u) + values[at + 1] * u) * (1 - v) + (values[at + coarse.width] * (1 - u) + values[at + coarse.width + 1] * u) * v;
    }
  }
  return out;
}
