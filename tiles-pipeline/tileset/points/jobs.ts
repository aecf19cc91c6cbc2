import type { PointLayout } from '../../formats/point-table.ts';
import type { PointRange } from '../../formats/las/read-points.ts';
import type { CubeFrame } from '../points-glb.ts';
import type { Box } from '../quantize.ts';
import type { Cube } from './octree.ts';
import type { Warp } from './warp.ts';

/** What every thread knows: plain data. */
export interface PointPlan {
  readonly clouds: readonly { readonly layout: PointLayout; readonly warp: Warp; readonly metres: number }[];
  readonly frame: CubeFrame;
  /** Level of the cells that points are spilled to. */
  readonly level: number;
  /** Metres between which heights are counted. */
  readonly heights: readonly [low: number, high: number];
  /** Where to put what does not fit into memory. */
  readonly folder: string;
}

/** Points of one cell that lie together in a spill file. */
export interface Segment {
  readonly file: string;
  /** Points before it in the file. */
  readonly at: number;
  readonly count: number;
}

/** A node whose points may still go up, with its points. */
export interface Risen extends Cube {
  readonly leaf: boolean;
  readonly words: Uint32Array;
}

export interface WrittenContent extends Cube {
  readonly leaf: boolean;
  /** 0, and more where the points of a node take several contents. */
  readonly part: number;
  readonly count: number;
  readonly box: Box;
  readonly glb: Uint8Array;
}

export type Job =
  | { readonly kind: 'spill'; readonly cloud: number; readonly range: PointRange }
  | { readonly kind: 'split'; readonly cube: Cube; readonly levels: number; readonly segments: readonly Segment[] }
  | { readonly kind: 'build'; readonly cube: Cube; readonly segments: readonly Segment[] }
  | { readonly kind: 'raise'; readonly cube: Cube; readonly children: readonly Risen[] }
  | { readonly kind: 'finish'; readonly top: Risen };

/** What points were counted to be. */
export interface PointCounts {
  readonly taken: number;
  readonly withheld: number;
  readonly outside: number;
  readonly broken: number;
  /** [256] points by class. */
  readonly classes: Float64Array;
  /** [65,536] points by intensity. */
  readonly intensities: Uint32Array;
  /** [HEIGHT_BINS] points by height. */
  readonly heights: Uint32Array;
}

export const HEIGHT_BINS = 2048;

/** Segments by cell, counted within the cube at the level asked for: x, y, z in one number each. */
export interface Spilled {
  readonly kind: 'spilled';
  readonly file: string;
  readonly cells: Uint32Array;
  readonly at: Float64Array;
  readonly count: Uint32Array;
  readonly counts: PointCounts | null;
}

export interface BuiltCell {
  readonly kind: 'built';
  readonly contents: readonly WrittenContent[];
  readonly top: Risen | null;
}

export type Answer = Spilled | BuiltCell;
export type Failure = { readonly failed: string; readonly code?: string };

/** Buffers of an answer that go over to the thread that asked. */
export function transfersOf(answer: Answer): ArrayBuffer[] {
  const arrays = answer.kind === 'spilled' ? [answer.cells, answer.at, answer.count, ...(answer.counts ? [answer.counts.intensities, answer.counts.heights, answer.counts.classes] : [])] : [...answer.contents.map(({ glb }) => glb), ...(answer.top ? [answer.top.words] : [])];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
