import type { Extents } from './spill.ts';
import { SPILL_LEVEL } from './spill.ts';

/** A unit holds at most this, unless a single cell of the spill has more. */
const UNIT_FEATURES = 8_000;
/** Numbers of a unit come in so many, and this many at least are free: what is added to one unit moves the numbers of no other. */
const [NUMBERS, FREE] = [64, 24];

/** A cell of the tree above the units, or a unit. */
export interface PlanNode {
  readonly level: number;
  readonly run: number;
  readonly count: number;
  /** Number of the first feature in it. */
  first: number;
  readonly children: readonly PlanNode[];
}

export interface Plan {
  readonly root: PlanNode;
  /** In the order of their numbers. */
  readonly units: readonly PlanNode[];
  /** Numbers given out, those that stand for nothing counted. */
  readonly total: number;
}

/** Cuts what was read into units: the coarsest cells that do not hold too much. undefined where there is nothing. */
export function planUnits(extents: readonly Extents[]): Plan | undefined {
  const counts = new Map<number, number>();
  for (const { cell, count } of extents) for (let k = 0; k < cell.length; k++) counts.set(cell[k], (counts.get(cell[k]) ?? 0) + count[k]);
  if (counts.size === 0) return undefined;
  const cells = Float64Array.from(counts.keys()).sort();
  const sums = new Float64Array(cells.length + 1);
  for (let k = 0; k < cells.length; k++) sums[k + 1] = sums[k] + counts.get(cells[k])!;
  const units: PlanNode[] = [];
  const grow = (from: number, to: number, level: number): PlanNode => {
    const run = Math.floor(cells[from] / 4 ** (SPILL_LEVEL - level));
    const count = sums[to] - sums[from];
    if (level === SPILL_LEVEL || count <= UNIT_FEATURES) {
      const unit: PlanNode = { level, run, count, first: 0, children: [] };
      units.push(unit);
      return unit;
    }
    const scale = 4 ** (SPILL_LEVEL - level - 1);
    const quarters: [number, number][] = [];
    for (let k = from, last = -1; k < to; k++) {
      const quarter = Math.floor(cells[k] / scale);
      if (quarter === last) quarters[quarters.length - 1][1] = k + 1;
      else quarters.push([k, k + 1]);
      last = quarter;
    }
    if (quarters.length === 1) return grow(from, to, level + 1);
    return { level, run, count, first: 0, children: quarters.map(([a, b]) => grow(a, b, level + 1)) };
  };
  const root = grow(0, cells.length, 0);
  return { root, units, total: numbered(units) };
}

/** A city of one unit has no gaps. */
function numbered(units: readonly PlanNode[]): number {
  let next = 0;
  for (const unit of units) {
    unit.first = next;
    next += units.length === 1 ? unit.count : Math.ceil((unit.count + FREE) / NUMBERS) * NUMBERS;
  }
  return next;
}
