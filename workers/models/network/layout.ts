import type { Network } from './network.ts';
import { wordOf } from './network.ts';

/** How a drawing stands to the lengths its pipes are said to have. */
export interface DrawingScale {
  /** Metres of one unit of the drawing: the median over the pipes of stated over drawn length. NaN without pipes that state one. */
  readonly scale: number;
  /** 95th over 5th percentile of the same ratio: 1 in a drawing true to scale. */
  readonly spread: number;
  /** Pipes the figures come from. */
  readonly pipes: number;
}

/** A drawing whose ratios spread further than this is a schematic, no map. */
export const SCHEMATIC_SPREAD = 1.5;

/** Stated over drawn length of every pipe that has both, ascending. @param drawn metres or units along link `row` */
function ratios(network: Network, drawn: (row: number) => number): Float64Array {
  const lengths = network.links.numbers.length as Float32Array | undefined;
  const found: number[] = [];
  if (!lengths) return new Float64Array();
  for (let row = 0; row < network.links.count; row++) {
    if (!(lengths[row] > 0) || !['pipe', 'channel', 'cable'].includes(wordOf(network.links, 'type', row))) continue;
    const length = drawn(row);
    if (length > 0) found.push(lengths[row] / length);
  }
  return Float64Array.from(found).toSorted();
}

/** Value at a share 0 … 1 of an ascending list, linear between neighbours. */
function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(sorted.length - 1, low + 1)] - sorted[low]) * (at - low);
}

/** Length of a link in the drawing's own units. */
export function drawnLength(network: Network, row: number): number {
  const { starts, xy } = network.links;
  let sum = 0;
  for (let i = starts[row]; i + 1 < starts[row + 1]; i++) sum += Math.hypot(xy[2 * i + 2] - xy[2 * i], xy[2 * i + 3] - xy[2 * i + 1]);
  return sum;
}

/** Scale of a drawing and whether it is one. @param drawn how long a link is drawn; by default in the drawing's own units */
export function drawingScale(network: Network, drawn: (row: number) => number = (row) => drawnLength(network, row)): DrawingScale {
  const sorted = ratios(network, drawn);
  return { scale: quantile(sorted, 0.5), spread: quantile(sorted, 0.95) / quantile(sorted, 0.05), pipes: sorted.length };
}

/** West, south, east, north of all places in the drawing's own units. */
export function drawingBounds({ nodes, links }: Network): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const xy of [nodes.xy, links.xy]) {
    for (let i = 0; i < xy.length; i += 2) {
      box[0] = Math.min(box[0], xy[i]);
      box[1] = Math.min(box[1], xy[i + 1]);
      box[2] = Math.max(box[2], xy[i]);
      box[3] = Math.max(box[3], xy[i + 1]);
    }
  }
  return box;
}
