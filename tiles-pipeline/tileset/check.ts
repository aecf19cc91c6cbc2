import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Issue } from '../../engine/errors.ts';
import { multiply, transform, type Matrix } from '#geo';
import type { FeatureIndex } from '../sinks/feature-columns.ts';
import { checkContent, type CheckedContent } from './check-content.ts';
import { ContentFault, readTexts } from './read-content.ts';
import { standardIssues } from './standards.ts';
import type { TileJson } from './tileset.ts';

/** Metres by which a corner may stand outside a volume: the rounding of doubles at the earth's radius and of what readers do with it. */
const TOLERANCE = 1e-3;

/**
 * Looks through a tileset of ours (a city folder's buildings, its `models/`) for what a glTF validator cannot see: ids, tables, min and max, contents inside their
 * volumes, volumes inside their parents, errors that fall towards the leaves, every feature in the leaves exactly once, and the same
 * properties in features.bin; and for what is not as the standards have it.
 * @returns the faults; empty where all is well. `path` is the file
 */
export async function checkTileset(dir: string): Promise<Issue[]> {
  const issues: Issue[] = [];
  const check = new Checker(dir, issues);
  await check.run();
  return issues;
}

class Checker {
  #features: Map<string, (number | string)[]> = new Map();
  #count = 0;
  #leafUses: Uint8Array = new Uint8Array();

  constructor(
    private readonly dir: string,
    private readonly issues: Issue[],
  ) {}

  #report(path: string): (code: string, message: string) => void {
    return (code, message) => this.issues.push({ code, severity: 'error', message, path });
  }

  async run(): Promise<void> {
    await this.#readFeatures();
    const tileset = await this.#json<{ asset?: { version?: string }; geometricError?: number; root?: TileJson }>('tileset.json');
    if (!tileset) return;
    const report = this.#report('tileset.json');
    if (tileset.asset?.version !== '1.1') report('version', `asset.version is ${tileset.asset?.version}, not 1.1`);
    if (!tileset.root) return report('root-missing', 'there is no root');
    if (tileset.root.refine !== 'REPLACE' && tileset.root.refine !== 'ADD') report('refine', 'the root says neither REPLACE nor ADD');
    this.issues.push(...await standardIssues(this.dir, tileset));
    this.#leafUses = new Uint8Array(this.#count);
    await this.#tile(tileset.root, undefined, undefined, tileset.geometricError ?? Number.NaN, 'root');
    let missing = 0;
    let twice = 0;
    const ids = this.#features.get('id');
    for (const [number, uses] of this.#leafUses.entries()) {
      // A number without an id stands for nothing: units keep some free.
      if (uses === 0) missing += ids && ids[number] === '' ? 0 : 1;
      else if (uses > 1) twice++;
    }
    if (missing > 0) report('feature-missing', `${missing} features are in no leaf`);
    if (twice > 0) report('feature-twice', `${twice} features are in more than one leaf`);
  }

  async #json<T>(name: string): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(join(this.dir, name), 'utf8')) as T;
    } catch (cause) {
      this.#report(name)('json-broken', `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`);
      return undefined;
    }
  }

  async #readFeatures(): Promise<void> {
    const index = await this.#json<FeatureIndex>('features.json');
    if (!index) return;
    const report = this.#report('features.bin');
    const bytes = await readFile(join(this.dir, 'features.bin')).catch(() => new Uint8Array());
    this.#count = index.count;
    for (const column of index.columns) {
      if (column.offset % 8 !== 0 || column.offset + column.byteLength > bytes.length) {
        report('features-range', `column ${column.name} does not lie in the file on a multiple of eight`);
        continue;
      }
      const part = Uint8Array.from(bytes.subarray(column.offset, column.offset + column.byteLength));
      try {
        this.#features.set(column.name, featureValues(column, part, index.count));
      } catch (cause) {
        if (!(cause instanceof ContentFault)) throw cause;
        report('features-broken', cause.message);
      }
    }
  }

  async #tile(tile: TileJson, parent: Matrix | undefined, parentBox: { box: number[]; matrix: Matrix } | undefined, allowed: number, where: string): Promise<void> {
    const name = tile.content?.uri ?? where;
    const report = this.#report(name);
    if (tile.transform && (tile.transform.length !== 16 || !tile.transform.every(Number.isFinite))) return report('transform', 'the transform is no 4 × 4 matrix of numbers');
    const own = Float64Array.from(tile.transform ?? identity);
    const matrix = parent ? multiply(parent, own) : own;
    const box = tile.boundingVolume?.box;
    if (!Array.isArray(box) || box.length !== 12 || !box.every(Number.isFinite)) return report('volume', 'the bounding volume is no box of twelve numbers');
    if (parentBox && outside(parentBox.box, relativeTo(parentBox.matrix, matrix), cornersOf(box)) > TOLERANCE) report('child-outside', 'the volume reaches beyond its parent');
    if (!(tile.geometricError >= 0) || !(tile.geometricError <= allowed)) report('geometric-error', `geometric error ${tile.geometricError} under a parent of ${allowed}`);
    if (!tile.children?.length && tile.geometricError !== 0) report('leaf-error', `a leaf has geometric error ${tile.geometricError}`);
    if (tile.content) await this.#content(tile, box, report);
    else if (!tile.children?.length) report('tile-empty', 'a tile without content and children');
    for (const [k, child] of (tile.children ?? []).entries()) await this.#tile(child, matrix, { box, matrix }, tile.geometricError, `${where}/${k}`);
  }

  async #content(tile: TileJson, box: number[], report: (code: string, message: string) => void): Promise<void> {
    const bytes = await readFile(join(this.dir, tile.content?.uri ?? '')).catch(() => undefined);
    if (!bytes) return report('content-missing', 'the file is not there');
    const content = await checkContent(bytes, report);
    if (!content) return;
    const beyond = outside(box, identity, content.positions);
    if (!(beyond <= TOLERANCE)) report('content-outside', `a vertex stands ${beyond.toFixed(3)} m outside the volume`);
    this.#compare(content, !tile.children?.length, report);
  }

  /** Rows against features.bin; leaves are counted. */
  #compare({ numbers, columns }: CheckedContent, leaf: boolean, report: (code: string, message: string) => void): void {
    const foreign = numbers.filter((number) => number >= this.#count).length;
    if (foreign > 0) report('feature-foreign', `${foreign} rows carry a feature number beyond ${this.#count}`);
    if (leaf) for (const number of numbers) if (number < this.#count) this.#leafUses[number] = Math.min(255, this.#leafUses[number] + 1);
    for (const [name, values] of columns) {
      const known = this.#features.get(name);
      if (!known) continue;
      const wrong = values.filter((value, row) => numbers[row] < this.#count && known[numbers[row]] !== value).length;
      if (wrong > 0) report('features-disagree', `${wrong} rows of column ${name} differ from features.bin`);
    }
  }
}

const identity: Matrix = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);

function featureValues(column: FeatureIndex['columns'][number], bytes: Uint8Array, count: number): (number | string)[] {
  if (column.type === 'string') return readTexts(bytes.subarray((count + 1) * 4), bytes.subarray(0, (count + 1) * 4), column.name, count);
  const size = { float32: 4, float64: 8, uint16: 2, uint32: 4, category: 2 }[column.type];
  if (bytes.length !== count * size) throw new ContentFault('features-broken', `column ${column.name} has ${bytes.length} bytes, not ${count * size}`);
  const make = { float32: Float32Array, float64: Float64Array, uint16: Uint16Array, uint32: Uint32Array, category: Uint16Array }[column.type];
  const values = Array.from(new make(bytes.buffer as ArrayBuffer));
  if (column.type === 'category') return values.map((value) => column.dictionary?.[value] ?? '');
  if (values.some((value) => value !== column.noData && (value < (column.min ?? -Infinity) || value > (column.max ?? Infinity)))) throw new ContentFault('features-broken', `column ${column.name} leaves its ${column.min}…${column.max}`);
  return values;
}

/** `inner`'s frame in `outer`'s, both rigid. */
function relativeTo(outer: Matrix, inner: Matrix): Matrix {
  const inverse = new Float64Array(16);
  for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) inverse[column * 4 + row] = outer[row * 4 + column];
  for (let row = 0; row < 3; row++) inverse[12 + row] = -(inverse[row] * outer[12] + inverse[4 + row] * outer[13] + inverse[8 + row] * outer[14]);
  inverse[15] = 1;
  return multiply(inverse, inner);
}

function cornersOf(box: readonly number[]): Float64Array {
  const corners = new Float64Array(24);
  for (let k = 0; k < 8; k++) for (let axis = 0; axis < 3; axis++) corners[k * 3 + axis] = box[axis] + (k & 1 ? 1 : -1) * box[3 + axis] + (k & 2 ? 1 : -1) * box[6 + axis] + (k & 4 ? 1 : -1) * box[9 + axis];
  return corners;
}

/** How far, in metres, the furthest point stands outside an upright box; NaN where a point is none. */
function outside(box: readonly number[], matrix: Matrix, points: Float64Array): number {
  const half = [box[3], box[7], box[11]];
  const at = [0, 0, 0];
  let most = 0;
  for (let i = 0; i < points.length; i += 3) {
    transform(matrix, points[i], points[i + 1], points[i + 2], at);
    for (let axis = 0; axis < 3; axis++) {
      const beyond = Math.abs(at[axis] - box[axis]) - half[axis];
      if (Number.isNaN(beyond)) return Number.NaN;
      most = Math.max(most, beyond);
    }
  }
  return most;
}
