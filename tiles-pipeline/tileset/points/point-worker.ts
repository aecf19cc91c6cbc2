import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { decodeRecords, pointColumns, type PointColumns } from '../../formats/las/decode.ts';
import { BLOCK, PointReader } from '../../formats/las/read-points.ts';
import { encodePoints } from '../points-glb.ts';
import { HEIGHT_BINS, type Answer, type BuiltCell, type Job, type PointCounts, type PointPlan, type Risen, type Segment, type Spilled, type WrittenContent } from './jobs.ts';
import { BITS, divide, MOST_POINTS, raise, Sampler, WORDS, type Built, type Cube, type Kept } from './octree.ts';

/** What one thread does of a point cloud; it keeps its tables, files and decompressor from one job to the next. */
export class PointWorker {
  readonly #reader = new PointReader();
  readonly #sampler = new Sampler();
  readonly #files = new Map<string, number>();
  readonly #columns: PointColumns = pointColumns(BLOCK);
  /** Points as they were placed, and sorted by cell. */
  readonly #placed = new Uint32Array(BLOCK * WORDS);
  readonly #sorted = new Uint32Array(BLOCK * WORDS);
  readonly #cells = new Uint32Array(BLOCK);
  #written = 0;

  /** @param name of the thread: its spill file is called by it */
  constructor(
    private readonly plan: PointPlan,
    private readonly name: string,
  ) {}

  async do(job: Job): Promise<Answer> {
    await MeshoptEncoder.ready;
    switch (job.kind) {
      case 'spill':
        return this.#spill(job);
      case 'split':
        return this.#split(job.cube, job.levels, job.segments);
      case 'build':
        return this.#build(this.#wordsOf(job.segments), job.cube);
      case 'raise':
        return this.#raise(job.cube, job.children);
      case 'finish':
        return { kind: 'built', contents: this.#encode(job.top.words, [{ ...job.top, points: everyPoint(job.top.words) }]), top: null };
    }
  }

  close(): void {
    this.#reader.close();
    for (const file of this.#files.values()) closeSync(file);
  }

  async #spill({ cloud, range }: Extract<Job, { kind: 'spill' }>): Promise<Spilled> {
    const { layout, warp, metres } = this.plan.clouds[cloud];
    const counts = { taken: 0, withheld: 0, outside: 0, broken: 0, classes: new Float64Array(256), intensities: new Uint32Array(65536), heights: new Uint32Array(HEIGHT_BINS) };
    const out = new SegmentList();
    const columns = this.#columns;
    for await (const { bytes, count } of this.#reader.read(layout, range, (points) => (counts.broken += points))) {
      columns.count = columns.withheld = 0;
      decodeRecords(bytes, count, layout, columns);
      const placed = this.#place(layout, warp, metres, counts);
      counts.withheld += columns.withheld;
      counts.outside += columns.count - placed;
      counts.taken += placed;
      this.#append(placed, { level: 0, x: 0, y: 0, z: 0 }, this.plan.level, out);
    }
    return { kind: 'spilled', file: this.#spillFile, ...out.done(), counts };
  }

  /** Carries the columns into the root's cube. @returns points that have a place in it */
  #place({ scale, offset }: PointPlan['clouds'][number]['layout'], warp: PointPlan['clouds'][number]['warp'], metres: number, counts: PointCounts): number {
    const { x: xs, y: ys, z: zs, look, intensity, count } = this.#columns;
    const { nodes, columns, rows, box } = warp;
    const { corner, step } = this.plan.frame;
    const [low, high] = this.plan.heights;
    const perBin = HEIGHT_BINS / Math.max(high - low, 1e-9);
    const most = 2 ** BITS - 1;
    const out = this.#placed;
    let n = 0;
    for (let k = 0; k < count; k++) {
      const x = xs[k] * scale[0] + offset[0];
      const y = ys[k] * scale[1] + offset[1];
      const z = zs[k] * scale[2] + offset[2];
      if (!(x >= box[0] && x <= box[3] && y >= box[1] && y <= box[4] && z >= box[2] && z <= box[5])) continue;
      const u = (x - warp.x) / warp.stepX;
      const v = (y - warp.y) / warp.stepY;
      const i = Math.min(columns - 2, u | 0);
      const j = Math.min(rows - 2, v | 0);
      const [du, dv] = [u - i, v - j];
      const [a, b, c, d] = [(1 - du) * (1 - dv), du * (1 - dv), (1 - du) * dv, du * dv];
      const p = (j * columns + i) * 6;
      const q = p + columns * 6;
      const east = a * (nodes[p] + z * nodes[p + 3]) + b * (nodes[p + 6] + z * nodes[p + 9]) + c * (nodes[q] + z * nodes[q + 3]) + d * (nodes[q + 6] + z * nodes[q + 9]);
      const north = a * (nodes[p + 1] + z * nodes[p + 4]) + b * (nodes[p + 7] + z * nodes[p + 10]) + c * (nodes[q + 1] + z * nodes[q + 4]) + d * (nodes[q + 7] + z * nodes[q + 10]);
      const up = a * (nodes[p + 2] + z * nodes[p + 5]) + b * (nodes[p + 8] + z * nodes[p + 11]) + c * (nodes[q + 2] + z * nodes[q + 5]) + d * (nodes[q + 8] + z * nodes[q + 11]);
      const to = n * WORDS;
      out[to] = Math.max(0, Math.min(most, Math.round((east - corner[0]) / step)));
      out[to + 1] = Math.max(0, Math.min(most, Math.round((north - corner[1]) / step)));
      out[to + 2] = Math.max(0, Math.min(most, Math.round((up - corner[2]) / step)));
      out[to + 3] = look[k];
      out[to + 4] = intensity[k];
      counts.classes[look[k] >>> 24]++;
      counts.intensities[intensity[k]]++;
      counts.heights[Math.max(0, Math.min(HEIGHT_BINS - 1, ((z * metres - low) * perBin) | 0))]++;
      n++;
    }
    return n;
  }

  /** Sorts placed points by the cells `levels` below a cube and puts them at the end of the thread's file. */
  #append(count: number, { level }: Cube, levels: number, out: SegmentList): void {
    if (count === 0) return;
    const shift = BITS - level - levels;
    const mask = 2 ** levels - 1;
    const starts = new Uint32Array(8 ** levels + 1);
    const [placed, sorted, cells] = [this.#placed, this.#sorted, this.#cells];
    for (let k = 0, at = 0; k < count; k++, at += WORDS) {
      const cell = (((placed[at] >>> shift) & mask) << (2 * levels)) | (((placed[at + 1] >>> shift) & mask) << levels) | ((placed[at + 2] >>> shift) & mask);
      cells[k] = cell;
      starts[cell + 1]++;
    }
    for (let cell = 0, before = 0; cell + 1 < starts.length; cell++) {
      const here = starts[cell + 1];
      if (here > 0) out.add(cell, this.#written + before, here);
      before += here;
      starts[cell + 1] = before;
    }
    for (let k = 0, at = 0; k < count; k++, at += WORDS) {
      const to = starts[cells[k]]++ * WORDS;
      sorted[to] = placed[at];
      sorted[to + 1] = placed[at + 1];
      sorted[to + 2] = placed[at + 2];
      sorted[to + 3] = placed[at + 3];
      sorted[to + 4] = placed[at + 4];
    }
    this.#write(new Uint8Array(sorted.buffer, 0, count * WORDS * 4));
    this.#written += count;
  }

  #split(cube: Cube, levels: number, segments: readonly Segment[]): Spilled {
    const out = new SegmentList();
    for (const { file, at, count } of segments) {
      for (let from = 0; from < count; from += BLOCK) {
        const block = Math.min(BLOCK, count - from);
        this.#read(file, at + from, this.#placed.subarray(0, block * WORDS));
        this.#append(block, cube, levels, out);
      }
    }
    return { kind: 'spilled', file: this.#spillFile, ...out.done(), counts: null };
  }

  #build(words: Uint32Array, cube: Cube): BuiltCell {
    const { nodes, top } = divide(words, cube, this.#sampler);
    return { kind: 'built', contents: this.#encode(words, nodes), top: risen(words, top) };
  }

  #raise(cube: Cube, children: readonly Risen[]): BuiltCell {
    const words = new Uint32Array(children.reduce((sum, child) => sum + child.words.length, 0));
    const kept: Kept[] = [];
    let at = 0;
    for (const { words: own, ...child } of children) {
      words.set(own, at);
      kept.push({ ...child, held: Uint32Array.from({ length: own.length / WORDS }, (_, k) => at / WORDS + k) });
      at += own.length;
    }
    const nodes: Built[] = [];
    const top = raise(words, cube, kept, nodes, this.#sampler);
    return { kind: 'built', contents: this.#encode(words, nodes), top: risen(words, top) };
  }

  #encode(words: Uint32Array, nodes: readonly Built[]): WrittenContent[] {
    return nodes.flatMap(({ points, level, x, y, z, leaf }) => {
      const parts = Math.ceil(points.length / MOST_POINTS);
      return Array.from({ length: parts }, (_, part) => {
        const own = points.subarray(Math.floor((points.length * part) / parts), Math.floor((points.length * (part + 1)) / parts));
        return { level, x, y, z, leaf, part, ...encodePoints(words, own, this.plan.frame) };
      });
    });
  }

  #wordsOf(segments: readonly Segment[]): Uint32Array {
    const words = new Uint32Array(segments.reduce((sum, { count }) => sum + count, 0) * WORDS);
    let to = 0;
    for (const { file, at, count } of segments) {
      this.#read(file, at, words.subarray(to, to + count * WORDS));
      to += count * WORDS;
    }
    return words;
  }

  get #spillFile(): string {
    return `spill-${this.name}`;
  }

  #file(name: string): number {
    let file = this.#files.get(name);
    if (file === undefined) this.#files.set(name, (file = openSync(join(this.plan.folder, name), name === this.#spillFile ? 'w+' : 'r')));
    return file;
  }

  #write(bytes: Uint8Array): void {
    const file = this.#file(this.#spillFile);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, this.#written * WORDS * 4 + at);
  }

  #read(name: string, at: number, into: Uint32Array): void {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#file(name), bytes, done, bytes.length - done, at * WORDS * 4 + done);
      if (read === 0) throw Object.assign(new Error('a temporary file became shorter'), { code: 'EIO' });
      done += read;
    }
  }
}

function everyPoint(words: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: words.length / WORDS }, (_, k) => k);
}

function risen(words: Uint32Array, { held, ...top }: Kept): Risen {
  const own = new Uint32Array(held.length * WORDS);
  for (let k = 0; k < held.length; k++) for (let w = 0; w < WORDS; w++) own[k * WORDS + w] = words[held[k] * WORDS + w];
  return { ...top, words: own };
}

class SegmentList {
  readonly #cells: number[] = [];
  readonly #at: number[] = [];
  readonly #count: number[] = [];

  add(cell: number, at: number, count: number): void {
    this.#cells.push(cell);
    this.#at.push(at);
    this.#count.push(count);
  }

  done(): Pick<Spilled, 'cells' | 'at' | 'count'> {
    return { cells: Uint32Array.from(this.#cells), at: Float64Array.from(this.#at), count: Uint32Array.from(this.#count) };
  }
}
