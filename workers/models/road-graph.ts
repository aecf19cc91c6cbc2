import type { Anchor } from '#geo';
import type { SegmentGrid } from './road-grid.ts';
import type { Links } from './road-links.ts';

/** Metres from lane to lane. @source CJJ 37-2012 table 5.3.1: 3.25 m on urban roads up to 60 km/h */
export const LANE_WIDTH = 3.25;

/** A road as data give it: one centre line. Fields that are absent, 0 or empty take the class's usual value. */
export interface Road {
  readonly id: string;
  /** [lon, lat] in degrees, in the direction of traffic where `oneway`. */
  readonly coordinates: readonly (readonly number[])[];
  readonly class?: string;
  /** Both directions together. */
  readonly lanes?: number;
  readonly oneway?: boolean;
  /** Free flow, km/h. */
  readonly speed?: number;
  /** Goes straight over what lies below. */
  readonly bridge?: boolean;
}

/**
 * Roads as a directed graph in metres east and north of an anchor. A link is a piece of road between two nodes; a link's edges are
 * `2·link` (as drawn) and `2·link + 1` (against it; absent from `out` on oneway roads). Offsets are metres along the centre line in the edge's direction.
 */
export interface RoadGraph extends Links {
  readonly anchor: Anchor;
  readonly roads: readonly Road[];
  readonly grid: SegmentGrid;
  /** [link] lanes of one direction. */
  readonly lanes: Uint8Array;
  readonly oneway: Uint8Array;
  /** [link] metres a second in free flow. */
  readonly speed: Float32Array;
  /** [node + 1] into `out`: directed edges that leave each node. */
  readonly outStart: Uint32Array;
  readonly out: Uint32Array;
  /** Directed edges, oneway roads' absent ones counted. */
  readonly edges: number;
  /** Open edges that end at a node. */
  into(node: number): Uint32Array;
  from(edge: number): number;
  to(edge: number): number;
  length(edge: number): number;
  /** Id of the road an edge belongs to. */
  road(edge: number): Road;
  /** False for the counter-direction of a oneway road. */
  open(edge: number): boolean;
  /** The lane line of an edge, [x, y, …] in its direction, one point a vertex of the centre line, joints mitred. Shared: do not write. */
  laneLine(edge: number, lane: number): Float64Array;
}
