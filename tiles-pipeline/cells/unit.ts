import { groundUnder, lowestUnder, type Ground } from '../stages/ground.ts';
import { replacedIn } from '../stages/replaced.ts';
import { FgbRows, type FgbSegment } from '../sinks/flatgeobuf-rows.ts';
import { innerNode, leafNode, type MadeNode, type Node, type TileOptions, type TileRow } from '../tileset/tileset.ts';
import type { Blocks } from '../tileset/blocks.ts';
import type { HeightSource } from '../stages/buildings.ts';
import { USES } from '../stages/words.ts';
import type { AttributeColumn } from './attributes.ts';
import { segmentOf, type FeatureSegment, type UnitRow } from './columns.ts';
import { KEY_LEVEL, runOf } from './grid.ts';
import type { Renaming } from './renaming.ts';
import { Records, type AttributeValue, type BuildingRow } from './record.ts';

/** A leaf holds at most this; some 100 kB on the wire. */
const LEAF = { features: 1200, corners: 14_000 };

/** One unit of work: a cell with everything in it. The same job gives the same bytes, wherever and whenever it is done. */
export interface UnitJob {
  readonly level: number;
  readonly run: number;
  /** Number of its first feature. */
  readonly first: number;
  /** Records of the cell, one stretch a reader. */
  readonly stretches: readonly { bytes: Uint8Array; names: readonly string[] }[];
  readonly renaming: Renaming;
  readonly ground: Ground | undefined;
  /** Outlines of building models: which buildings they stand for is told. */
  readonly models: readonly Float64Array[];
}

export interface UnitResult {
  readonly node: Node;
  readonly blocks: Blocks;
  readonly features: FeatureSegment;
  readonly companion: FgbSegment;
  /** Buildings that were there twice. */
  readonly twice: number;
  readonly twiceFrom: Record<HeightSource, number>;
  /** Ids that got a number because others had them before. */
  readonly repeated: number;
  readonly heights: { min: number; max: number };
  /** By model: numbers of the buildings it stands for. */
  readonly replaced: number[][];
  /** Kinds of bodies met: levels of detail. */
  readonly lods: string[];
}

/** Does a unit of work: tiles are written, the rest is the result. */
export async function buildUnit(job: UnitJob, options: TileOptions, signal?: AbortSignal): Promise<UnitResult> {
  const sorted = sortedRows(job, options.attributes);
  const rows = standing(named(sorted.rows, job), job);
  const made = await new TreeBuilder(rows, options, signal).grow(0, rows.length, job.level);
  const companion = new FgbRows();
  let [min, max] = [Infinity, -Infinity];
  for (const { row } of rows) {
    companion.add(row.rings, [row.number, row.id, row.height, row.base, row.storeys, USES[row.use], row.name || null, row.address || null]);
    min = Math.min(min, row.height);
    max = Math.max(max, row.height);
  }
  return {
    ...made,
    features: segmentOf(rows, options.attributes),
    companion: companion.done(),
    twice: sorted.twice,
    twiceFrom: sorted.twiceFrom,
    repeated: rows.filter(({ renamed }) => renamed).length,
    heights: { min, max },
    replaced: job.models.map((outline) => replacedIn(outline, rows.map(({ row }) => row))),
    lods: [...new Set(rows.map(({ row }) => row.solid?.lod ?? '1'))].toSorted(),
  };
}

interface Sorted {
  readonly key: number;
  readonly hash: bigint;
  readonly cost: number;
  readonly row: BuildingRow;
  readonly attributes: readonly (AttributeValue | undefined)[];
}

/** Along the curve; what lies on one place in the order of its bytes, so that the order of the inputs does not show. */
function sortedRows({ stretches }: UnitJob, columns: readonly AttributeColumn[]): { rows: Sorted[]; twice: number; twiceFrom: Record<HeightSource, number> } {
  const all: { records: Records; at: number; key: number; to: Int32Array; names: readonly string[] }[] = [];
  for (const { bytes, names } of stretches) {
    const records = new Records(bytes);
    const to = Int32Array.from(names, (name) => columns.findIndex((column) => column.name === name || column.name === `${name}_`));
    for (const at of records.at) all.push({ records, at, key: records.key(at), to, names });
  }
  const decoded = all.toSorted((a, b) => a.key - b.key || orderOf(a.records.row(a.at), b.records.row(b.at)));
  const rows: Sorted[] = [];
  const twiceFrom: Record<HeightSource, number> = { given: 0, storeys: 0, default: 0 };
  let twice = 0;
  let from = 0;
  for (const { records, at, key, to, names } of decoded) {
    const row = records.row(at);
    if (rows.length > 0 && rows[rows.length - 1].key !== key) from = rows.length;
    if (rows.slice(from).some((other) => sameOutline(other.row, row))) {
      twice++;
      twiceFrom[row.heightSource]++;
      continue;
    }
    const cost = row.solid ? row.solid.triangles.length / 3 : records.corners(at);
    rows.push({ key, hash: records.idHash(at), cost, row, attributes: placed(row, to, names, columns.length) });
  }
  return { rows, twice, twiceFrom };
}

/** By id, then by height, then by outline: nothing that depends on where in the inputs a building stood. */
function orderOf(a: BuildingRow, b: BuildingRow): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  if (a.height !== b.height) return a.height - b.height;
  return a.rings[0].join() < b.rings[0].join() ? -1 : 1;
}

function sameOutline(a: BuildingRow, b: BuildingRow): boolean {
  if (a.solid || b.solid || a.height !== b.height || a.rings[0].length !== b.rings[0].length) return false;
  return a.rings[0].every((value, i) => value === b.rings[0][i]);
}

/** Values by column; what has no column of its own as JSON in one more. */
function placed({ attributes }: BuildingRow, to: Int32Array, names: readonly string[], count: number): (AttributeValue | undefined)[] {
  const out: (AttributeValue | undefined)[] = Array.from({ length: count });
  let more: Record<string, AttributeValue> | undefined;
  for (const [name, value] of attributes) {
    if (to[name] >= 0) out[to[name]] = value;
    else (more ??= {})[names[name]] = value;
  }
  if (more) out[count] = JSON.stringify(more);
  return out;
}

/** Numbers, and ids that are nobody else's. */
function named(sorted: readonly Sorted[], { first, renaming }: UnitJob): (Sorted & { number: number; id: string })[] {
  const left = new Map<string, number[]>();
  for (let k = 0; k < renaming.ids.length; k++) {
    const name = `${renaming.ids[k]} ${renaming.keys[k]}`;
    left.set(name, [...(left.get(name) ?? []), renaming.ordinals[k]]);
  }
  return sorted.map((each, n) => {
    const ordinal = left.size === 0 ? undefined : left.get(`${each.hash} ${each.key}`)?.shift();
    return { ...each, number: first + n, id: ordinal === undefined || ordinal < 2 ? each.row.id : `${each.row.id}#${ordinal}` };
  });
}

function standing(rows: readonly (Sorted & { number: number; id: string })[], job: UnitJob): UnitRow[] {
  const ground = job.ground && groundUnder(job.ground, rows.map(({ row }) => row.rings[0]));
  return rows.map(({ key, cost, row, attributes, number, id }) => ({
    key, cost, inside: row.inside, renamed: id !== row.id,
    row: { number, id, name: row.name, address: row.address, height: row.height, base: ground ? Math.fround(lowestUnder(ground, row.rings)) : 0, storeys: row.storeys, use: row.use, rings: row.rings, ...(row.solid && { solid: row.solid }), attributes },
  }));
}

/** The quadtree over rows sorted along the curve. A cell with one occupied quarter is that quarter; where no finer cell divides what is too much, it is cut evenly. */
class TreeBuilder {
  constructor(
    private readonly rows: readonly UnitRow[],
    private readonly options: TileOptions,
    private readonly signal?: AbortSignal,
  ) {}

  async grow(start: number, end: number, level: number): Promise<MadeNode> {
    this.signal?.throwIfAborted();
    const run = runOf(this.rows[start].key, level);
    if (this.#fits(start, end)) return leafNode({ run, level }, this.#slice(start, end), this.options);
    if (level === KEY_LEVEL) return this.#even({ run, level }, start, end);
    const quarters = this.#quarters(start, end, level + 1);
    if (quarters.length === 1) return this.grow(start, end, level + 1);
    const children: MadeNode[] = [];
    for (const [from, to] of quarters) children.push(await this.grow(from, to, level + 1));
    return innerNode({ run, level }, children, this.options);
  }

  async #even(cell: { run: number; level: number }, start: number, end: number): Promise<MadeNode> {
    const children: MadeNode[] = [];
    for (let from = start, k = 0; from < end; k++) {
      let to = from + 1;
      while (to < end && this.#fits(from, to + 1)) to++;
      children.push(await leafNode({ ...cell, part: `-${k}` }, this.#slice(from, to), this.options));
      from = to;
    }
    return innerNode(cell, children, this.options);
  }

  #slice(start: number, end: number): TileRow[] {
    return this.rows.slice(start, end).map(({ row }) => row);
  }

  #fits(start: number, end: number): boolean {
    if (end - start <= 1) return true;
    if (end - start > LEAF.features) return false;
    let cost = 0;
    for (let n = start; n < end; n++) cost += this.rows[n].cost;
    return cost <= LEAF.corners;
  }

  #quarters(start: number, end: number, level: number): [number, number][] {
    const runs: [number, number][] = [];
    let last = -1;
    for (let n = start; n < end; n++) {
      const run = runOf(this.rows[n].key, level);
      if (run === last) runs[runs.length - 1][1] = n + 1;
      else runs.push([n, n + 1]);
      last = run;
    }
    return runs;
  }
}
