import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { anchorMatrix, invertRigid, type Anchor } from '#geo';
import { TwinError } from '../../engine/errors.ts';
import type { PointRange } from '../formats/las/read-points.ts';
import { BLOCK } from '../formats/las/read-points.ts';
import type { PointCloud, PointLayout } from '../formats/point-table.ts';
import type { TilesetFigures } from './tileset.ts';
import { alone, threads, type Crew } from './points/crew.ts';
import { HEIGHT_BINS, type BuiltCell, type Job, type PointCounts, type PointPlan, type Risen, type Segment, type Spilled, type WrittenContent } from './points/jobs.ts';
import { BITS, childOf, DEEPEST, type Cube } from './points/octree.ts';
import { PointTree } from './points/point-tree.ts';
import { netOf, reachOf, warpOf, type Net } from './points/warp.ts';

export interface PointTilesOptions {
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Called with the share done, 0…1. */
  progress?(share: number): void;
  readonly signal?: AbortSignal;
  /** Threads; as many as there are cores, up to four, when not given. 0 does everything in this one. */
  readonly threads?: number;
}

/** What was made of the clouds. */
export interface PointTiles {
  readonly figures: TilesetFigures;
  /** Of every cloud in the order given what became of its points; null where none of it has a place on earth. */
  readonly counts: readonly (PointCounts | null)[];
  /** Points that lie where millions of others do and were left out. */
  readonly heaped: number;
  /** Metres between which the heights were counted. */
  readonly heights: readonly [number, number];
  /** Metres from a point to the next, about, where all are shown. */
  readonly spacing: number;
}

/** Points a cell should have and may have: what a thread holds in memory of a cell is some 60 bytes a point. */
const CELL_POINTS = 400_000;
const MOST_CELL_POINTS = 1_000_000;
const SPLIT_LEVELS = 3;
const MOST_SPILL_LEVEL = 6;
/** Fewer points are not worth a thread. */
const FEW = 150_000;
const MOST_THREADS = 4;

interface Cell extends Cube {
  readonly segments: Segment[];
  count: number;
}

/**
 * Writes clouds as one octree of 3D Tiles 1.1 with additive refinement: `points/tileset.json` and `points/tiles/*.glb`. Every point is in exactly one content.
 * Points go through a temporary folder of the system (20 bytes each), so that memory does not grow with their number. The same clouds give the same bytes,
 * whatever their order and the number of threads.
 * @throws {TwinError} `refused` where the temporary folder will not take them; `aborted` reasons of the signal
 */
export async function writePointTileset(clouds: readonly PointCloud[], options: PointTilesOptions): Promise<PointTiles | null> {
  const nets = clouds.map(netOf);
  const placed = clouds.flatMap((cloud, k) => (nets[k] ? [{ cloud, net: nets[k], index: k }] : []));
  if (placed.length === 0) return null;
  // Whatever order they were named in.
  placed.sort((a, b) => compare(baseName(a.cloud.name), baseName(b.cloud.name)) || a.cloud.layout.count - b.cloud.layout.count || a.cloud.box[0] - b.cloud.box[0]);
  const folder = await mkdtemp(join(tmpdir(), 'citymirror-points-'));
  const { plan, anchor } = planOf(placed, folder);
  const total = placed.reduce((sum, { cloud }) => sum + cloud.layout.count, 0);
  const wanted = options.threads ?? (total <= FEW ? 0 : Math.min(MOST_THREADS, availableParallelism()));
  const crew = wanted === 0 ? alone(plan) : threads(plan, wanted);
  const made = new Maker(plan, crew, options, Math.max(1, wanted));
  try {
    const counts = await made.spill();
    const { heaped } = await made.build(total);
    const { tileset, spacing, depth } = made.tree.tileset(anchor);
    await options.write('points/tileset.json', new TextEncoder().encode(JSON.stringify(tileset)));
    const byCloud = clouds.map((_, k) => counts[placed.findIndex(({ index }) => index === k)] ?? null);
    return { figures: { ...made.figures, depth }, counts: byCloud, heaped, heights: plan.heights, spacing };
  } catch (cause) {
    throw tidied(cause, folder);
  } finally {
    await crew.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function baseName(path: string): string {
  return path.replace(/^.*[/\\]/u, '');
}

function tidied(cause: unknown, folder: string): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return cause;
  return new TwinError('refused', `The temporary folder ${join(folder, '..')} is full: points need 20 bytes each there while their tiles are made. Free some space, or name another folder in TMPDIR, and build again.`, { cause });
}

/** The frame of all clouds and the cube around them. */
function planOf(placed: readonly { cloud: PointCloud; net: Net }[], folder: string): { plan: PointPlan; anchor: Anchor } {
  const lonlat = placed.map(({ net }) => net.lonlat);
  const range = (k: number): [number, number] => lonlat.reduce<[number, number]>(([low, high], values) => values.reduce<[number, number]>(([a, b], value, i) => (i % 2 === k ? [Math.min(a, value), Math.max(b, value)] : [a, b]), [low, high]), [Infinity, -Infinity]);
  const [[west, east], [south, north]] = [range(0), range(1)];
  const heights = placed.map(({ cloud: { box, metres } }) => [box[2] * metres, box[5] * metres]);
  const low = Math.min(...heights.map(([bottom]) => bottom));
  const high = Math.max(...heights.map(([, top]) => top));
  const anchor = { lon: (west + east) / 2, lat: (south + north) / 2, height: Math.floor(low) };
  const fromEcef = invertRigid(anchorMatrix(anchor));
  const warps = placed.map(({ cloud, net }) => warpOf(net, fromEcef, cloud.metres));
  const reaches = warps.map(reachOf);
  const corner = [0, 1, 2].map((axis) => Math.min(...reaches.map(({ min }) => min[axis]))) as [number, number, number];
  const side = Math.max(1, ...[0, 1, 2].map((axis) => Math.max(...reaches.map(({ max }) => max[axis])) - corner[axis]));
  const total = placed.reduce((sum, { cloud }) => sum + cloud.layout.count, 0);
  const level = Math.max(0, Math.min(MOST_SPILL_LEVEL, Math.ceil(Math.log(total / CELL_POINTS) / Math.log(4))));
  return {
    anchor,
    plan: {
      clouds: placed.map(({ cloud: { layout, metres }, }, k) => ({ layout, metres, warp: warps[k] })),
      frame: { corner, step: side / (2 ** BITS - 1), colour: placed.some(({ cloud }) => cloud.layout.colour !== 'none') },
      level, heights: [low, high], folder,
    },
  };
}

/** Ranges of a cloud, each a job. */
export function rangesOf({ count, chunks }: PointLayout): PointRange[] {
  const ranges: PointRange[] = [];
  if (!chunks) {
    for (let from = 0; from < count; from += BLOCK) ranges.push({ from, to: Math.min(count, from + BLOCK) });
    return ranges;
  }
  let [from, points] = [0, 0];
  for (let k = 0; k < chunks.points.length; k++) {
    points += chunks.points[k];
    if (points < BLOCK && k + 1 < chunks.points.length) continue;
    ranges.push({ from, to: k + 1 });
    [from, points] = [k + 1, 0];
  }
  return ranges;
}

class Maker {
  readonly tree: PointTree;
  readonly figures = { contents: 0, bytes: 0, largest: 0 };
  readonly #cells = new Map<number, Cell>();
  readonly #permits: (() => void)[] = [];
  #free: number;
  #heaped = 0;
  #settled = 0;
  #total = 0;

  constructor(
    private readonly plan: PointPlan,
    private readonly crew: Crew,
    private readonly options: PointTilesOptions,
    threadCount: number,
  ) {
    this.tree = new PointTree(plan.frame);
    this.#free = 2 * threadCount;
  }

  /** Reads every cloud and puts its points into cells on the disk. */
  async spill(): Promise<PointCounts[]> {
    const jobs = this.plan.clouds.flatMap(({ layout }, cloud) => rangesOf(layout).map((range) => ({ kind: 'spill' as const, cloud, range })));
    let done = 0;
    const answers = await Promise.all(jobs.map((job) => this.#limited(async () => {
      const answer = (await this.#run(job)) as Spilled;
      this.options.progress?.((0.5 * ++done) / jobs.length);
      return answer;
    })));
    const counts = this.plan.clouds.map(() => newCounts());
    for (const [k, answer] of answers.entries()) {
      add(counts[jobs[k].cloud], answer.counts!);
      this.#sort(answer, { level: 0, x: 0, y: 0, z: 0 }, this.plan.level, this.#cells);
    }
    return counts;
  }

  async build(total: number): Promise<{ heaped: number }> {
    this.#total = total;
    const cells = [...this.#cells.entries()].toSorted(([a], [b]) => a - b).map(([, cell]) => cell);
    this.#cells.clear();
    if (cells.length > 0) {
      const top = await this.#rise({ level: 0, x: 0, y: 0, z: 0 }, cells);
      await this.#settle((await this.#run({ kind: 'finish', top })) as BuiltCell);
    }
    return { heaped: this.#heaped };
  }

  async #run(job: Job): Promise<Spilled | BuiltCell> {
    this.options.signal?.throwIfAborted();
    return this.crew.run(job, job.kind === 'raise');
  }

  /** Does a piece of work when few others are under way: what they hold in memory does not grow with the number of cells. */
  async #limited<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#permits.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#permits.shift();
      if (next) next();
      else this.#free++;
    }
  }

  /** Segments to the cells they belong to, in the order of the files. */
  #sort({ file, cells, at, count }: Spilled, { level, x, y, z }: Cube, levels: number, into: Map<number, Cell>): void {
    const mask = 2 ** levels - 1;
    const size = 2 ** levels;
    for (let k = 0; k < cells.length; k++) {
      const code = cells[k];
      let cell = into.get(code);
      if (!cell) into.set(code, (cell = { level: level + levels, x: x * size + (code >>> (2 * levels)), y: y * size + ((code >>> levels) & mask), z: z * size + (code & mask), segments: [], count: 0 }));
      cell.segments.push({ file, at: at[k], count: count[k] });
      cell.count += count[k];
    }
  }

  /** Builds everything below a cube, deepest first. */
  async #rise(cube: Cube, cells: readonly Cell[]): Promise<Risen> {
    if (cells.length === 1) return this.#cell(cells[0]);
    const below = Array.from({ length: 8 }, (_, octant) => ({ child: childOf(cube, octant), own: [] as Cell[] }));
    for (const cell of cells) {
      const up = cell.level - cube.level - 1;
      below[(((cell.x >>> up) & 1) << 2) | (((cell.y >>> up) & 1) << 1) | ((cell.z >>> up) & 1)].own.push(cell);
    }
    const children = await Promise.all(below.filter(({ own }) => own.length > 0).map(({ child, own }) => this.#rise(child, own)));
    if (children.length === 1) return children[0];
    const answer = (await this.#run({ kind: 'raise', cube, children })) as BuiltCell;
    await this.#settle(answer);
    return answer.top!;
  }

  async #cell(cell: Cell): Promise<Risen> {
    if (cell.count > MOST_CELL_POINTS && cell.level + SPLIT_LEVELS < DEEPEST) {
      const { level, x, y, z, segments } = cell;
      const parts = new Map<number, Cell>();
      await this.#limited(async () => this.#sort((await this.#run({ kind: 'split', cube: { level, x, y, z }, levels: SPLIT_LEVELS, segments })) as Spilled, cell, SPLIT_LEVELS, parts));
      return this.#rise(cell, [...parts.entries()].toSorted(([a], [b]) => a - b).map(([, part]) => part));
    }
    return this.#limited(async () => {
      const { level, x, y, z } = cell;
      const answer = (await this.#run({ kind: 'build', cube: { level, x, y, z }, segments: this.#bounded(cell) })) as BuiltCell;
      await this.#settle(answer);
      return answer.top!;
    });
  }

  /** In a cell that cannot be divided any more the first points stand for all. */
  #bounded({ segments, count }: Cell): Segment[] {
    if (count <= MOST_CELL_POINTS) return segments;
    this.#heaped += count - MOST_CELL_POINTS;
    let left = MOST_CELL_POINTS;
    return segments.flatMap((segment) => {
      const own = Math.min(left, segment.count);
      left -= own;
      return own > 0 ? [{ ...segment, count: own }] : [];
    });
  }

  async #settle({ contents }: BuiltCell): Promise<void> {
    for (const content of contents) {
      await this.options.write(`points/${uriOf(content)}`, content.glb);
      this.figures.contents++;
      this.figures.bytes += content.glb.length;
      this.figures.largest = Math.max(this.figures.largest, content.glb.length);
      this.tree.add(content, uriOf(content));
      this.#settled += content.count;
    }
    this.options.progress?.(0.5 + (0.5 * this.#settled) / this.#total);
  }
}

function uriOf({ level, x, y, z, part }: WrittenContent): string {
  return `tiles/${level}-${x}-${y}-${z}${part > 0 ? `-${part}` : ''}.glb`;
}

function newCounts(): PointCounts {
  return { taken: 0, withheld: 0, outside: 0, broken: 0, classes: new Float64Array(256), intensities: new Uint32Array(65536), heights: new Uint32Array(HEIGHT_BINS) };
}

function add(sum: PointCounts, more: PointCounts): void {
  const numbers = sum as { -readonly [Key in keyof PointCounts]: PointCounts[Key] };
  for (const key of ['taken', 'withheld', 'outside', 'broken'] as const) numbers[key] += more[key];
  for (const key of ['classes', 'intensities', 'heights'] as const) for (let k = 0; k < sum[key].length; k++) sum[key][k] += more[key][k];
}
