import { anchorMatrix, invertRigid, multiply, placer, transform, type Anchor, type Matrix, type Placer } from '#geo';
import type { Box } from './quantize.ts';

/** Slack around every volume in metres: more than float32 loses in a tile, less than anybody sees. */
const SLACK = 0.05;

/** A tile's own frame: metres east, north, up of the middle of what it covers. */
export interface Frame {
  readonly anchor: Anchor;
  readonly placer: Placer;
  /** Frame → earth-centred metres. */
  readonly matrix: Matrix;
}

export function frameAt(anchor: Anchor): Frame {
  return { anchor, placer: placer(anchor), matrix: anchorMatrix(anchor) };
}

/** `inner`'s frame as seen from `outer`'s: the transform of a child tile. */
export function relative(outer: Frame, inner: Frame): Matrix {
  return multiply(invertRigid(outer.matrix), inner.matrix);
}

/** A box of a child's frame as an upright box of the parent's that contains it. */
export function boxIn(matrix: Matrix, box: Box): Box {
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  const corner = new Float64Array(3);
  for (let k = 0; k < 8; k++) {
    transform(matrix, (k & 1 ? box.max : box.min)[0], (k & 2 ? box.max : box.min)[1], (k & 4 ? box.max : box.min)[2], corner);
    for (let axis = 0; axis < 3; axis++) {
      min[axis] = Math.min(min[axis], corner[axis]);
      max[axis] = Math.max(max[axis], corner[axis]);
    }
  }
  return { min, max };
}

export function union(boxes: readonly Box[]): Box {
  const axis = (pick: (...values: number[]) => number, side: 'min' | 'max', k: number): number => pick(...boxes.map((box) => box[side][k]));
  return {
    min: [axis(Math.min, 'min', 0), axis(Math.min, 'min', 1), axis(Math.min, 'min', 2)],
    max: [axis(Math.max, 'max', 0), axis(Math.max, 'max', 1), axis(Math.max, 'max', 2)],
  };
}

/** The slack of a tile is added once at every level, so that parents still contain their children. */
export function loosened(box: Box): Box {
  return { min: [box.min[0] - SLACK, box.min[1] - SLACK, box.min[2] - SLACK], max: [box.max[0] + SLACK, box.max[1] + SLACK, box.max[2] + SLACK] };
}

/** The twelve numbers of a 3D Tiles `box`: centre, then the half axes. */
export function boxVolume({ min, max }: Box): number[] {
  const half = [0, 1, 2].map((axis) => (max[axis] - min[axis]) / 2);
  return [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, (min[2] + max[2]) / 2, half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]];
}
