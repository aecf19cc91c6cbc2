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
import { Records, type AttributeValue } from './record.ts';

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
  const { rows, twice, twiceFrom } = rowsOf(job, options.attributes);
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
    twice,
    twiceFrom,
    repeated: rows.filter(({ renamed }) => renamed).length,
    heights: { min, max },
    replaced: job.models.map((outline) => replacedIn(outline, rows.map(({ row }) => row))),
    lods: [...new Set(rows.map(({ row }) => row.solid?.lod ?? '1'))].toSorted(),
  };
}

interface Stretch {
  readonly records: Records;
  readonly names: readonly string[];
  /** By name: the column it has; −1 for none of its own. */
  readonly to: Int32Array;
}

interface Rows {
  readonly rows: UnitRow[];
  readonly twice: number;
  readonly twiceFrom: Record<HeightSource, number>;
}

/**
 * Along the curve, numbered; what lies on one place in the order of its bytes, so that the order of the inputs does not show. Each row is
 * made once, and once only: they are what a worker's memory and time go to.
 */
function rowsOf({ stretches, first, renaming, ground }: UnitJob, columns: readonly AttributeColumn[]): Rows {
  const read = stretches.map(({ bytes, names }): Stretch => ({ records: new Records(bytes), names, to: Int32Array.from(names, (name) => columns.findIndex((column) => column.name === name || column.name === `${name}_`)) }));
  const { order, key, at, of } = sortedPlaces(read);
  const given = ordinalsOf(renaming);
  const rows: UnitRow[] = [];
  const twiceFrom: Record<HeightSource, number> = { given: 0, storeys: 0, default: 0 };
  let [twice, same] = [0, 0];
  for (const n of order) {
    const { records, names: columnNames, to } = read[of[n]];
    const facts = records.facts(at[n]);
    const { inside, name, address, height, storeys, use, rings, solid } = facts;
    if (rows.length > 0 && rows[rows.length - 1].key !== key[n]) same = rows.length;
    if (isThere(rows, same, facts)) {
      twice++;
      twiceFrom[facts.heightSource]++;
      continue;
    }
    const ordinal = given?.next(records.idHash(at[n]), key[n]) ?? 1;
    const id = ordinal < 2 ? facts.id : `${facts.id}#${ordinal}`;
    const attributes = valuesOf(records, at[n], { names: columnNames, to, width: columns.length });
    const row: TileRow = solid ? { number: first + rows.length, id, name, address, height, base: 0, storeys, use, rings, attributes, solid } : { number: first + rows.length, id, name, address, height, base: 0, storeys, use, rings, attributes };
    rows.push({ key: key[n], cost: solid ? solid.triangles.length / 3 : records.corners(at[n]), inside, renamed: ordinal > 1, row });
  }
  if (ground) stand(rows, ground);
  return { rows, twice, twiceFrom };
}

/** Of all records in their order: key, where each begins, and which stretch it is of. */
function sortedPlaces(stretches: readonly Stretch[]): { order: Uint32Array; key: Float64Array; at: Float64Array; of: Uint32Array } {
  const count = stretches.reduce((sum, { records }) => sum + records.at.length, 0);
  const [order, key, at, of] = [new Uint32Array(count), new Float64Array(count), new Float64Array(count), new Uint32Array(count)];
  let n = 0;
  for (const [stretch, { records }] of stretches.entries())
    for (const place of records.at) {
      order[n] = n;
      key[n] = records.key(place);
      at[n] = place;
      of[n++] = stretch;
    }
  order.sort((a, b) => key[a] - key[b] || orderOf(stretches[of[a]].records.facts(at[a]), stretches[of[b]].records.facts(at[b])));
  return { order, key, at, of };
}

type Facts = ReturnType<Records['facts']>;

/** By id, then by height, then by outline: nothing that depends on where in the inputs a building stood. */
function orderOf(a: Facts, b: Facts): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  if (a.height !== b.height) return a.height - b.height;
  return a.rings[0].join() < b.rings[0].join() ? -1 : 1;
}

/** Whether one of the rows from a place on has the same outline and height. */
function isThere(rows: readonly UnitRow[], from: number, facts: Pick<Facts, 'rings' | 'height' | 'solid'>): boolean {
  for (let n = from; n < rows.length; n++) if (sameOutline(rows[n].row, facts)) return true;
  return false;
}

function sameOutline(a: Pick<Facts, 'rings' | 'height' | 'solid'>, b: Pick<Facts, 'rings' | 'height' | 'solid'>): boolean {
  if (a.solid || b.solid || a.height !== b.height || a.rings[0].length !== b.rings[0].length) return false;
  return a.rings[0].every((value, i) => value === b.rings[0][i]);
}

/** Values by column; what has no column of its own as JSON in one more. */
function valuesOf(records: Records, at: number, { names, to, width }: { names: readonly string[]; to: Int32Array; width: number }): (AttributeValue | undefined)[] {
  const out: (AttributeValue | undefined)[] = Array.from<undefined>({ length: width });
  let more: Record<string, AttributeValue> | undefined;
  records.attributes(at, (name, value) => {
    if (to[name] >= 0) out[to[name]] = value;
    else (more ??= {})[names[name]] = value;
  });
  if (more) out[width] = JSON.stringify(more);
  return out;
}

/** Which of several buildings of one id is the how-manieth; null where every id is there once. */
function ordinalsOf({ ids, keys, ordinals }: Renaming): { next(id: bigint, key: number): number | undefined } | null {
  if (ids.length === 0) return null;
  const left = new Map<string, number[]>();
  for (let k = 0; k < ids.length; k++) {
    const name = `${ids[k]} ${keys[k]}`;
    left.set(name, [...(left.get(name) ?? []), ordinals[k]]);
  }
  return { next: (id, key) => left.get(`${id} ${key}`)?.shift() };
}

function stand(rows: UnitRow[], ground: Ground): void {
  const under = groundUnder(ground, rows.map(({ row }) => row.rings[0]));
  for (const [n, each] of rows.entries()) rows[n] = { ...each, row: { ...each.row, base: Math.fround(lowestUnder(under, each.row.rings)) } };
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
