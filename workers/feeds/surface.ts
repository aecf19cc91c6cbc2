import { TwinError } from '../../engine/errors.ts';
import { placer, type Anchor } from '#geo';

/** Heights of the ground in metres above the ellipsoid, on a regular grid of degrees: rows north to south, first sample on the west and north edge. */
export interface HeightGrid {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly width: number;
  readonly height: number;
  readonly noData?: number | null;
  /** Between samples: bilinear, or flat on either side of each cell's diagonal from south-west to north-east, exactly as the terrain is drawn. */
  readonly surface?: 'bilinear' | 'triangles';
  readonly samples: Float32Array;
}

/** Reads a dem.json and its dem.bin. @throws TwinError `bad-input` where they do not fit together, or what `load` throws */
export async function loadHeightGrid(url: string, load: (url: string) => Promise<ArrayBuffer>): Promise<HeightGrid> {
  const head = JSON.parse(new TextDecoder().decode(await load(url))) as Omit<HeightGrid, 'samples'>;
  const bytes = await load(url.replace(/\.json(?=$|[?#])/u, '.bin'));
  if (!(head.width > 1 && head.height > 1) || bytes.byteLength !== head.width * head.height * 4)
    throw new TwinError('bad-input', `${url} says ${head.width} × ${head.height} heights; its .bin has ${bytes.byteLength / 4}.`);
  return { ...head, samples: new Float32Array(bytes) };
}

/** Height at a place; NaN outside the grid and where a corner has none. */
export function heightAt(grid: HeightGrid, lon: number, lat: number): number {
  const x = ((lon - grid.west) / (grid.east - grid.west)) * (grid.width - 1);
  const y = ((grid.north - lat) / (grid.north - grid.south)) * (grid.height - 1);
  if (!(x >= 0 && y >= 0 && x <= grid.width - 1 && y <= grid.height - 1)) return NaN;
  const column = Math.min(grid.width - 2, Math.floor(x));
  const row = Math.min(grid.height - 2, Math.floor(y));
  const [u, v] = [x - column, y - row];
  const at = row * grid.width + column;
  const { samples, noData } = grid;
  const corners = [samples[at], samples[at + 1], samples[at + grid.width], samples[at + grid.width + 1]];
  if (noData !== undefined && noData !== null && corners.includes(noData)) return NaN;
  const [northWest, northEast, southWest, southEast] = corners;
  if (grid.surface === 'triangles') {
    const up = 1 - v;
    return u >= up ? southWest + u * (southEast - southWest) + up * (northEast - southEast) : southWest + up * (northWest - southWest) + u * (northEast - northWest);
  }
  return (northWest * (1 - u) + northEast * u) * (1 - v) + (southWest * (1 - u) + southEast * u) * v;
}

/** Puts places of a feed on the ground of its anchor's frame. */
export interface Surface {
  /** lon, lat and a height (NaN: the ground's) → metres of the anchor, lifted; into `out`. */
  place(lon: number, lat: number, height: number, out: Float64Array): Float64Array;
  /** The ground, lifted, below metres east and north of the anchor; the deck for what drives on a bridge's `edge`. `out` gets x, y, z. */
  drop(x: number, y: number, out: Float64Array, edge?: number): Float64Array;
  /** Metres of the anchor → lon, lat, height as drawn (lifted). */
  unplace(x: number, y: number, z: number, out: Float64Array): Float64Array;
}

/** Heights of the decks of bridges. */
export interface Decks {
  /** Metres above the ellipsoid at a place on an edge of the road graph, in degrees; NaN where the edge is no bridge. */
  height(edge: number, lon: number, lat: number): number;
}

export function surfaceOf(anchor: Anchor, grid: HeightGrid | null, lift: number, decks: Decks | null = null): Surface {
  const frame = placer(anchor);
  const scratch = new Float64Array(3);
  const ground = (lon: number, lat: number): number => {
    const height = grid ? heightAt(grid, lon, lat) : NaN;
    return Number.isNaN(height) ? anchor.height : height;
  };
  return {
    place(lon, lat, height, out) {
      return frame.place(lon, lat, (Number.isNaN(height) ? ground(lon, lat) : height) + lift, out);
    },
    drop(x, y, out, edge = -1) {
      // The tangent plane leaves the ellipsoid by d² / 2R; one step from there is exact to well below a millimetre.
      frame.unplace(x, y, -(x * x + y * y) / 12_742_000, scratch);
      const [lon, lat] = scratch;
      const deck = decks && edge >= 0 ? decks.height(edge, lon, lat) : NaN;
      return frame.place(lon, lat, (Number.isNaN(deck) ? ground(lon, lat) : deck) + lift, out);
    },
    unplace(x, y, z, out) {
      return frame.unplace(x, y, z, out);
    },
  };
}
