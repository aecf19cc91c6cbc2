import { createReadStream, mkdirSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { mainFilesOf } from '../formats/belongs.ts';
import type { SourceRange } from '../formats/format.ts';
import { TwinError } from '../../engine/errors.ts';
import { diskError } from '../sinks/disk-error.ts';
import { OutputLock } from '../sinks/output-lock.ts';
import { newAccount } from '../stages/account.ts';
import { renamingOfCell, type BuiltCells, type CellBuild, type CellInput, type Cells, type CompanionSegment, type NameOf } from './cells.ts';
import type { FeatureSegment } from './columns.ts';
import type { Node } from '../tileset/tileset.ts';
import type { PlanNode } from './plan.ts';
import { readCompanion, writeGround, type CellSummary, type ReadSummary, type Scheme, type Task } from './task.ts';
import { SPILL_LEVEL } from './spill.ts';
import type { FoundIds, Renaming } from './renaming.ts';
import { identify, isWork, keyOf, store, WorkFolder } from './work-folder.ts';

/** Bytes of a file of lines that one reader takes. */
const STRETCH = 24 * 2 ** 20;

/** Whoever does tasks: child processes here, or a queue. */
export interface Hands {
  run(task: Task): Promise<void>;
  end(): void | Promise<void>;
}

export interface FolderOptions {
  readonly hands: Hands;
  /** Held by this build; given back at the end. */
  readonly lock?: OutputLock;
  readonly signal?: AbortSignal;
  /** Takes a finished file of the work folder into the output under a name, without reading it. */
  take(path: string, file: string): Promise<void>;
}

/**
 * Makes a work folder ready for one build and holds it: a second build on it is refused.
 * @param fresh whether finished pieces are taken away first
 * @throws {TwinError} `refused`, naming who holds it or what the disk says
 */
export async function holdWork(folder: string, fresh = false): Promise<OutputLock> {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
    // What is in no use any more is taken away at the end: a folder with anything else in it is none of ours.
    const foreign = readdirSync(path).find((name) => !isWork(name));
    if (foreign !== undefined) throw new TwinError('refused', `${folder} holds other files (${foreign}); choose an empty or a new folder with --work.`, { where: folder });
    const lock = await OutputLock.take(join(path, 'lock'), folder);
    identify(path);
    if (fresh) new WorkFolder(path).keepOnly(new Set());
    return lock;
  } catch (cause) {
    throw await diskError(cause, { where: folder, folder: dirname(path) });
  }
}

/** For what is too much for memory, or is to be done by several: every piece of work lies in a folder, and what is there is not done again. */
export class CellsInFolder implements Cells {
  readonly work: WorkFolder;
  readonly #used = new Set<string>();
  #reads: string[] = [];
  #summaries: ReadSummary[] = [];
  #units: string[] = [];
  /** Pieces with contents, in the order in which memory would have made them: an archive holds them in it. */
  #order: string[] = [];
  readonly #room = { bytes: new Uint8Array() };

  constructor(
    folder: string,
    private readonly options: FolderOptions,
  ) {
    this.work = new WorkFolder(resolve(folder));
    mkdirSync(this.work.path, { recursive: true });
  }

  async read(inputs: readonly CellInput[], progress: (bytes: number) => void): Promise<{ input: number; summary: ReadSummary }[]> {
    const folders = new SideFilesOfFolders();
    let done = 0;
    const pieces: Promise<{ input: number; key: string; failed?: unknown }>[] = [];
    for (const [input, each] of inputs.entries()) {
      const { source, format } = each;
      const path = resolve(source.path);
      const { mtimeMs, size } = statSync(path);
      const beside = folders.beside(path);
      const ranges: readonly (SourceRange | undefined)[] = !source.packed && format.byLines?.(source.head) && size > STRETCH * 1.5 ? await stretchesOf(path, size) : [undefined];
      for (const range of ranges) {
        const key = keyOf('read', path, source.name, size, mtimeMs, range ?? null, each.crs ?? null, each.crsNamed ?? false, format.id, beside);
        this.#used.add(key);
        const task: Task = { kind: 'read', key, work: this.work.path, path, name: source.name, format: format.id, size, range, crs: each.crs, crsNamed: each.crsNamed };
        pieces.push(
          this.#do(task).then(
            () => {
              progress((done += range ? range.end - range.start : size));
              return { input, key };
            },
            (failed: unknown) => ({ input, key, failed }),
          ),
        );
      }
    }
    const results = await Promise.all(pieces);
    this.options.signal?.throwIfAborted();
    const read = results.map(({ input, key, failed }) => ({ input, key, summary: failed === undefined ? this.work.read<ReadSummary>(key, 'result') : diedReading(inputs[input].source.name, failed) }));
    this.#reads = read.map(({ key }) => key);
    this.#summaries = read.map(({ summary }) => summary);
    return read;
  }

  async #do(task: Task): Promise<void> {
    this.options.signal?.throwIfAborted();
    if (!this.work.has(task.key)) await this.options.hands.run(task);
  }

  ids(summary: number): FoundIds {
    return this.#summaries[summary].count === 0 ? { ids: new BigUint64Array(), keys: new Float64Array() } : this.work.read<FoundIds>(this.#reads[summary], 'ids');
  }

  async build({ plan, scheme, renaming, dem, progress }: CellBuild): Promise<BuiltCells> {
    const schemeKey = await this.#keepScheme(scheme, dem?.samples);
    const placed = await this.#placeRenaming(plan.units, renaming);
    const contents = this.#contentsOf(plan.units);
    let done = 0;
    const keys = new Map<PlanNode, string>();
    const make = async (node: PlanNode): Promise<string> => {
      if (node.children.length > 0) {
        const children = await Promise.all(node.children.map(make));
        const key = keyOf('join', schemeKey, node.level, node.run, children);
        this.#used.add(key);
        await this.#do({ kind: 'join', key, work: this.work.path, scheme: schemeKey, level: node.level, run: node.run, children });
        keys.set(node, key);
        return key;
      }
      const { hashes, reads } = contents.get(node)!;
      const own = placed.get(node)!;
      const key = keyOf('unit', schemeKey, node.level, node.run, node.first, hashes, own);
      this.#used.add(key);
      await this.#do({ kind: 'unit', key, work: this.work.path, scheme: schemeKey, level: node.level, run: node.run, first: node.first, reads, renaming: own });
      progress((done += node.count) / plan.root.count);
      keys.set(node, key);
      return key;
    };
    const root = await make(plan.root);
    this.#units = plan.units.map((unit) => keys.get(unit)!);
    this.#order = inOrder(plan.root, keys);
    // There is nothing more to do for them, and putting together needs their memory.
    await this.options.hands.end();
    return { root: this.work.read<{ node: Node }>(root, 'result').node, units: this.#units.map((key) => this.work.read<CellSummary>(key, 'result')) };
  }

  async deliver(_write: unknown, nameOf: NameOf): Promise<void> {
    for (const key of this.#order) for (const path of this.work.read<CellSummary>(key, 'result').tiles) await this.options.take(nameOf(path), this.work.file(key, path));
  }

  async #keepScheme(scheme: Scheme, samples: Float32Array | undefined): Promise<string> {
    const key = keyOf('scheme', scheme, samples ? hashOf(samples) : null);
    this.#used.add(key);
    await this.work.make(key, async (folder) => {
      store(folder, 'scheme', scheme);
      if (samples) writeGround(folder, samples);
    });
    return key;
  }

  /** Every unit's share of the renaming as a piece: most units have the empty one. */
  async #placeRenaming(units: readonly PlanNode[], renaming: Renaming): Promise<Map<PlanNode, string>> {
    const out = new Map<PlanNode, string>();
    for (const unit of units) {
      const own = renamingOfCell(renaming, unit);
      const key = keyOf('renaming', [...own.ids].map(String), [...own.keys], [...own.ordinals]);
      this.#used.add(key);
      await this.work.make(key, async (folder) => store(folder, 'renaming', own));
      out.set(unit, key);
    }
    return out;
  }

  /** Of every unit: which readings have something in it, and what as hashes, in an order that does not depend on the inputs'. */
  #contentsOf(units: readonly PlanNode[]): Map<PlanNode, { hashes: string[]; reads: string[] }> {
    const starts = Float64Array.from(units, ({ run, level }) => run * 4 ** (SPILL_LEVEL - level));
    const out = units.map(() => ({ hashes: [] as string[], reads: new Set<string>() }));
    for (const [k, { extents, attributes }] of this.#summaries.entries()) {
      const names = keyOf(attributes.map(({ name }) => name));
      for (let e = 0; e < extents.cell.length; e++) {
        const unit = out[lastAtMost(starts, extents.cell[e])];
        unit.hashes.push(`${extents.hash[e]}${names}`);
        unit.reads.add(this.#reads[k]);
      }
    }
    return new Map(units.map((unit, k) => [unit, { hashes: out[k].hashes.toSorted(), reads: [...out[k].reads] }]));
  }

  features(unit: number): FeatureSegment {
    return this.work.read<FeatureSegment>(this.#units[unit], 'features');
  }

  companion(unit: number): CompanionSegment {
    return readCompanion(this.work, this.#units[unit], this.#room);
  }

  /** Takes away the pieces this build had no use for. */
  tidy(): void {
    this.work.keepOnly(this.#used);
  }

  async dispose(): Promise<void> {
    await this.options.hands.end();
    await this.options.lock?.release();
  }

  async drop(): Promise<void> {
    await rm(this.work.path, { recursive: true, force: true });
  }
}

function inOrder(node: PlanNode, keys: ReadonlyMap<PlanNode, string>): string[] {
  return [...node.children.flatMap((child) => inOrder(child, keys)), keys.get(node)!];
}

/** Name, size and time of what is read with a file: when one of these changes, the file is read again. A folder is looked through once. */
class SideFilesOfFolders {
  readonly #known = new Map<string, Map<string, string[]>>();

  beside(path: string): (string | number)[][] {
    const folder = dirname(path);
    return (this.#sidesIn(folder).get(basename(path)) ?? []).map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return [name, size, mtimeMs];
    });
  }

  #sidesIn(folder: string): Map<string, string[]> {
    const known = this.#known.get(folder);
    if (known) return known;
    const sides = new Map<string, string[]>();
    for (const [name, main] of mainFilesOf(readdirSync(folder))) sides.set(main, [...(sides.get(main) ?? []), name]);
    this.#known.set(folder, sides);
    return sides;
  }
}

/** The last start that is not behind a cell: units are whole cells, so it is the unit the cell is in. */
function lastAtMost(starts: Float64Array, cell: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= cell) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** FNV-1a over the bits. */
function hashOf(samples: Float32Array): string {
  const words = new Uint32Array(samples.buffer, samples.byteOffset, samples.length);
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let n = 0; n < words.length; n++) {
    a = Math.imul(a ^ words[n], 0x01000193);
    b = Math.imul(b ^ (words[n] + n), 0x01000193);
  }
  return `${samples.length} ${a >>> 0} ${b >>> 0}`;
}

/** Cuts a file of lines into stretches, each with the number of its first line. */
async function stretchesOf(path: string, size: number): Promise<SourceRange[]> {
  const ranges: SourceRange[] = [];
  let [start, line, at, lines] = [0, 1, 0, 1];
  for await (const chunk of createReadStream(path, { highWaterMark: 4 << 20 }) as AsyncIterable<Buffer>) {
    for (let from = chunk.indexOf(10); from >= 0; from = chunk.indexOf(10, from + 1)) {
      lines++;
      if (at + from + 1 - start < STRETCH) continue;
      ranges.push({ start, end: at + from + 1, line });
      [start, line] = [at + from + 1, lines];
    }
    at += chunk.length;
  }
  if (start < size) ranges.push({ start, end: size, line });
  return ranges;
}

/** Codes of what is no fault of an input: stopped, a disk that is full, a Redis or a shared disk that is away. */
const NOT_ITS_FAULT = new Set(['aborted', 'refused', 'network', 'not-found']);

/** The reader of this input took its process with it, several times: the input is left out and said. */
function diedReading(name: string, cause: unknown): ReadSummary {
  if (cause instanceof TwinError && NOT_ITS_FAULT.has(cause.code)) throw cause;
  const account = newAccount();
  const why = cause instanceof Error ? cause.message : String(cause);
  account.issues.push({ code: 'unreadable', severity: 'error', message: `${name} could not be read: ${why} It was left out; the other inputs were used.`, path: name });
  return { account, extents: { cell: new Float64Array(), offset: new Float64Array(), length: new Float64Array(), count: new Uint32Array(), corners: new Uint32Array(), hash: [] }, attributes: [], bounds: [Infinity, Infinity, -Infinity, -Infinity], others: [], tables: [], count: 0 };
}
