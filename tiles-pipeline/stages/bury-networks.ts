import { geodesicDistance } from '../../workers/analyses/geometry/geodesic.ts';
import { numberOf, wordOf, type Network } from '../../workers/models/network/network.ts';
import { groundHeight, type Dem } from './ground.ts';
import type { LocatedNetwork } from './place-networks.ts';

/** Metres from the ground to the crown where nobody says. */
export const COVER = 1.2;
/** Radius drawn for what has no diameter, metres. */
const UNKNOWN_RADIUS = 0.05;
/** Metres between two looks at the ground along a pipe that follows it, and how far the drawn line may leave the true one. */
const STEP = 7.5;
const TOLERANCE = 0.04;

/** How the model's heights were read: as they are, as depths below its own ground (its datum is not the DEM's), or not at all. */
export type HeightsUsed = 'absolute' | 'below-rim' | 'pipe-elevations' | 'depths' | 'none';

/** A network under the ground: heights in metres above the city's datum. */
export interface BuriedNetwork extends LocatedNetwork {
  readonly used: HeightsUsed;
  /** [n] height of each node's centre line, and of the ground over it. */
  readonly nodeHeights: Float64Array;
  readonly nodeGround: Float64Array;
  /** [n + 1] and [3m]: the drawn line of each link as lon, lat, height of its middle. */
  readonly starts: Uint32Array;
  readonly line: Float64Array;
  readonly radii: Float32Array;
  /** [n] metres from the ground to the crown, mean along the link. */
  readonly covers: Float32Array;
  /** [n] 1 where the depth is assumed. */
  readonly assumed: Uint8Array;
  /** [n] metres along each link on the ellipsoid. */
  readonly lengths: Float32Array;
}

/** Depths of a link's middle below the ground at both ends; straight: a gravity pipe keeps its slope, others follow the ground. */
interface Depths {
  readonly start: number;
  readonly end: number;
  readonly straight: boolean;
  readonly assumed: boolean;
}

/** Puts a network below the ground: by its attributes where they make sense against the DEM, else with the crown at `cover` below it. */
export function bury(located: LocatedNetwork, dem: Dem | undefined, cover = COVER): BuriedNetwork {
  const { network, nodes, vertices } = located;
  const ground = (lon: number, lat: number): number => (dem ? groundHeight(dem, lon, lat) : located.ground);
  const nodeGround = Float64Array.from({ length: network.nodes.count }, (_, i) => ground(nodes[2 * i], nodes[2 * i + 1]));
  const used = heightsUsed(network, nodeGround, dem !== undefined);
  const { count, from, to, starts: own } = network.links;
  const radii = Float32Array.from({ length: count }, (_, row) => {
    const diameter = numberOf(network.links, 'diameter', row);
    return diameter > 0 ? diameter / 2 : UNKNOWN_RADIUS;
  });
  const [covers, assumed, lengths, starts] = [new Float32Array(count), new Uint8Array(count), new Float32Array(count), new Uint32Array(count + 1)];
  const line: number[] = [];
  const nodeHeights = new Float64Array(network.nodes.count).fill(Number.NaN);
  for (let row = 0; row < count; row++) {
    const depths = depthsOf(network, row, used, nodeGround, radii[row], cover);
    const shape = vertices.subarray(2 * own[row], 2 * own[row + 1]);
    const profile = depths.straight ? straight(shape, nodeGround[from[row]] - depths.start, nodeGround[to[row]] - depths.end) : following(shape, ground, depths);
    for (const value of profile.line) line.push(value);
    starts[row + 1] = line.length / 3;
    lengths[row] = profile.length;
    covers[row] = meanCover(profile.line, ground) - radii[row];
    assumed[row] = depths.assumed ? 1 : 0;
    for (const [node, height] of [[from[row], profile.line[2]], [to[row], profile.line.at(-1)!]] as const) nodeHeights[node] = Number.isNaN(nodeHeights[node]) ? height : Math.min(nodeHeights[node], height);
  }
  for (let i = 0; i < nodeHeights.length; i++) if (Number.isNaN(nodeHeights[i])) nodeHeights[i] = nodeGround[i] - cover;
  return { ...located, used, nodeHeights, nodeGround, starts, line: Float64Array.from(line), radii, covers, assumed, lengths };
}

function quantiles(values: readonly number[]): { count: number; low: number; middle: number; high: number } {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { count: sorted.length, low: at(0.1), middle: at(0.5), high: at(0.9) };
}

/**
 * Whether the model's heights can be believed here. Rims within a metre of the DEM: its datum is ours. Rims elsewhere: only depths below them count.
 * Elevations of a pressure network's junctions may be of the ground or of the pipe, in any datum: they are taken as the pipe's where most lie 0.3 to 8 m below the DEM and spread little.
 */
function heightsUsed(network: Network, ground: Float64Array, hasDem: boolean): HeightsUsed {
  if (network.heights === 'depths') return 'depths';
  if (network.heights === null) return 'none';
  const below = (column: string): number[] => Array.from(ground, (height, i) => height - numberOf(network.nodes, column, i));
  const rims = quantiles(below('rim'));
  const elevations = quantiles(below('elevation'));
  if (network.heights === 'elevations') return hasDem && elevations.middle > 0.3 && elevations.middle < 8 && elevations.high - elevations.low < 4 ? 'pipe-elevations' : 'none';
  if (hasDem && rims.count > 0 && Math.abs(rims.middle) <= 1 && rims.high - rims.low < 4) return 'absolute';
  if (rims.count > 0) return 'below-rim';
  return hasDem && elevations.middle > 0.5 && elevations.middle < 15 && elevations.high - elevations.low < 8 ? 'absolute' : 'none';
}

function depthsOf(network: Network, row: number, used: HeightsUsed, ground: Float64Array, radius: number, cover: number): Depths {
  const { links, nodes } = network;
  const [from, to] = [links.from[row], links.to[row]];
  const assumed: Depths = { start: cover + radius, end: cover + radius, straight: false, assumed: true };
  if (used === 'none') return assumed;
  if (used === 'depths') {
    const whole = numberOf(links, 'depth', row);
    const [start, end] = ['startDepth', 'endDepth'].map((column) => numberOf(links, column, row)).map((value) => (Number.isNaN(value) ? whole : value));
    if (!Number.isFinite(start + end)) return assumed;
    const toMiddle = network.reference === 'crown' ? radius : network.reference === 'invert' ? -radius : 0;
    return { start: start + toMiddle, end: end + toMiddle, straight: network.kind === 'drainage', assumed: false };
  }
  if (used === 'pipe-elevations') {
    // A reservoir or a tank has no elevation of a pipe: the other end's depth goes for both.
    const [start, end] = [from, to].map((node) => (/^(junction|hydrant)$/u.test(wordOf(nodes, 'type', node)) ? ground[node] - numberOf(nodes, 'elevation', node) : Number.NaN));
    if (Number.isNaN(start) && Number.isNaN(end)) return assumed;
    return { start: Number.isNaN(start) ? end : start, end: Number.isNaN(end) ? start : end, straight: false, assumed: false };
  }
  const depth = (node: number, column: string): number => {
    const invert = numberOf(links, column, row);
    const height = Number.isNaN(invert) ? numberOf(nodes, 'elevation', node) : invert;
    const rim = numberOf(nodes, 'rim', node);
    const surface = used === 'absolute' ? ground[node] : rim;
    return surface - height - radius;
  };
  const [start, end] = [depth(from, 'startInvert'), depth(to, 'endInvert')];
  if (Number.isNaN(start) && Number.isNaN(end)) return assumed;
  return { start: Number.isNaN(start) ? end : start, end: Number.isNaN(end) ? start : end, straight: true, assumed: false };
}

interface Profile { readonly line: number[]; readonly length: number }

/** Metres from the first vertex to each. */
function along(shape: Float64Array): number[] {
  const out = [0];
  for (let i = 2; i < shape.length; i += 2) out.push(out.at(-1)! + geodesicDistance(shape[i - 2], shape[i - 1], shape[i], shape[i + 1]));
  return out;
}

function straight(shape: Float64Array, start: number, end: number): Profile {
  const distance = along(shape);
  const length = distance.at(-1)!;
  const line: number[] = [];
  for (let i = 0; i < distance.length; i++) line.push(shape[2 * i], shape[2 * i + 1], start + (end - start) * (length > 0 ? distance[i] / length : i / Math.max(1, distance.length - 1)));
  return { line, length };
}

/** A line that keeps its depth below the ground, with as few vertices as it takes to stay within the tolerance of it. */
function following(shape: Float64Array, ground: (lon: number, lat: number) => number, { start, end }: Depths): Profile {
  const distance = along(shape);
  const length = distance.at(-1)!;
  const at = (lon: number, lat: number, metres: number): [number, number, number] => [lon, lat, ground(lon, lat) - (start + (end - start) * (length > 0 ? metres / length : 0))];
  const line: number[] = [...at(shape[0], shape[1], 0)];
  for (let i = 1; i < distance.length; i++) {
    const [lonA, latA, lonB, latB] = shape.subarray(2 * i - 2, 2 * i + 2);
    const pieces = Math.max(1, Math.ceil((distance[i] - distance[i - 1]) / STEP));
    const dense = Array.from({ length: pieces + 1 }, (_, k) => at(lonA + ((lonB - lonA) * k) / pieces, latA + ((latB - latA) * k) / pieces, distance[i - 1] + ((distance[i] - distance[i - 1]) * k) / pieces));
    for (const k of kept(dense.map((point) => point[2]))) line.push(...dense[k]);
  }
  return { line, length };
}

/** Of heights at even steps, the indices after the first that a line must pass to stay within the tolerance. @source Douglas and Peucker 1973, in one dimension */
function kept(heights: readonly number[]): number[] {
  const keep: number[] = [];
  const walk = (first: number, last: number): void => {
    let [worst, most] = [-1, TOLERANCE];
    for (let i = first + 1; i < last; i++) {
      const off = Math.abs(heights[i] - (heights[first] + ((heights[last] - heights[first]) * (i - first)) / (last - first)));
      if (off > most) [worst, most] = [i, off];
    }
    if (worst < 0) return void keep.push(last);
    walk(first, worst);
    walk(worst, last);
  };
  walk(0, heights.length - 1);
  return keep;
}

function meanCover(line: readonly number[], ground: (lon: number, lat: number) => number): number {
  let sum = 0;
  for (let i = 0; i < line.length; i += 3) sum += ground(line[i], line[i + 1]) - line[i + 2];
  return sum / (line.length / 3);
}
