import { toEcef, transform, type Matrix } from '#geo';
import type { PointCloud } from '../../formats/point-table.ts';

/** Metres between two nodes of the net: between them the earth bends by a fifth of a millimetre. */
const NODE_METRES = 64;
const MOST_NODES = 512;
/** Points may lie so far outside the bounds of their file, in shares of them; what is farther is broken. */
const MARGIN = 0.02;

/** The way from a file's own units into metres of a frame, bilinear between nodes that are exact; plain data for threads. */
export interface Warp {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  readonly rows: number;
  /** [6 × nodes] place at height 0, and what a unit of height adds to it; row after row. */
  readonly nodes: Float64Array;
  /** West, south, lowest, east, north, highest in the file's units: points beyond have no place. */
  readonly box: PointCloud['box'];
}

/** lon, lat in degrees of every node of a net over a cloud: 2 × columns × rows; undefined where one is no place on earth. */
export interface Net extends Omit<Warp, 'nodes'> {
  readonly lonlat: Float64Array;
}

export function netOf({ box, layout, toDegrees }: PointCloud): Net | undefined {
  if (!box.every(Number.isFinite)) return undefined;
  const wide = [0, 1, 2].map((axis) => (box[axis + 3] - box[axis]) * MARGIN + Math.abs(layout.scale[axis]));
  const around = box.map((value, k) => (k < 3 ? value - wide[k] : value + wide[k - 3])) as unknown as PointCloud['box'];
  const middle = toDegrees((box[0] + box[3]) / 2, (box[1] + box[4]) / 2);
  const degrees = Math.abs(middle[0] - (box[0] + box[3]) / 2) + Math.abs(middle[1] - (box[1] + box[4]) / 2) < 1;
  const unit = degrees ? 111_000 : 1;
  const nodesOf = (length: number): number => Math.max(2, Math.min(MOST_NODES, Math.ceil((length * unit) / NODE_METRES) + 1));
  const [columns, rows] = [nodesOf(around[3] - around[0]), nodesOf(around[4] - around[1])];
  const [stepX, stepY] = [(around[3] - around[0]) / (columns - 1), (around[4] - around[1]) / (rows - 1)];
  const lonlat = new Float64Array(2 * columns * rows);
  for (let k = 0; k < columns * rows; k++) {
    const [lon, lat] = toDegrees(around[0] + (k % columns) * stepX, around[1] + Math.floor(k / columns) * stepY);
    if (!(Math.abs(lon) <= 360 && Math.abs(lat) <= 90)) return undefined;
    lonlat[2 * k] = lon;
    lonlat[2 * k + 1] = lat;
  }
  return { x: around[0], y: around[1], stepX, stepY, columns, rows, box: around, lonlat };
}

/** @param fromEcef earth-centred metres → metres of the frame. @param metres of a unit of height */
export function warpOf({ lonlat, ...net }: Net, fromEcef: Matrix, metres: number): Warp {
  const nodes = new Float64Array(3 * lonlat.length);
  const [low, up] = [new Float64Array(3), new Float64Array(3)];
  for (let k = 0; k * 2 < lonlat.length; k++) {
    for (const [height, out] of [[0, low], [1000, up]] as const) {
      toEcef(lonlat[2 * k], lonlat[2 * k + 1], height * metres, out);
      transform(fromEcef, out[0], out[1], out[2], out);
    }
    for (let axis = 0; axis < 3; axis++) {
      nodes[6 * k + axis] = low[axis];
      nodes[6 * k + 3 + axis] = (up[axis] - low[axis]) / 1000;
    }
  }
  return { ...net, nodes };
}

/** Corners, in the frame, of the upright box around all that a warp may yield. */
export function reachOf({ nodes, box }: Warp): { min: number[]; max: number[] } {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let k = 0; k < nodes.length; k += 6) {
    for (let axis = 0; axis < 3; axis++) {
      for (const height of [box[2], box[5]]) {
        const value = nodes[k + axis] + height * nodes[k + 3 + axis];
        if (value < min[axis]) min[axis] = value;
        if (value > max[axis]) max[axis] = value;
      }
    }
  }
  return { min, max };
}
