import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { float64, uint32 } from '../stages/grow.ts';
import { runOf } from './grid.ts';
import { roomFor, writeRecord, type BuildingRow } from './record.ts';

/** Level of the cells that records are sorted into: about a kilometre. Units of work are whole cells of this level or coarser. */
export const SPILL_LEVEL = 15;
/** Bytes kept before they are sorted and written out. */
const ARENA = 8 * 2 ** 20;

/** A run of records of one cell: `length` bytes from `offset` of the spill. */
export interface Extents {
  /** [extents] run of the cell at SPILL_LEVEL. */
  readonly cell: Float64Array;
  readonly offset: Float64Array;
  readonly length: Float64Array;
  /** [extents] records, and corners of their outlines. */
  readonly count: Uint32Array;
  readonly corners: Uint32Array;
  /** [extents] what stands there, as a hash: two readers that found the same say so. */
  readonly hash: readonly string[];
}

/**
 * Records sorted by cell, in one file whatever the number of cells: they gather in memory and go out in runs. Without a path everything stays in memory.
 */
export class Spill {
  #buffer = Buffer.allocUnsafe(1 << 16);
  #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.byteLength);
  #used = 0;
  /** Of each record in the arena. Columns: objects would outlive every collection of garbage until the arena is full. */
  readonly #waiting = { cell: float64(), at: uint32(), length: uint32(), corners: uint32() };
  readonly #parts: Uint8Array[] = [];
  readonly #runs: { cell: number; offset: number; length: number; count: number; corners: number; hash: string }[] = [];
  #written = 0;
  readonly #file: number | undefined;
  count = 0;

  constructor(path?: string) {
    this.#file = path === undefined ? undefined : openSync(path, 'w');
  }

  add(row: BuildingRow): void {
    const room = roomFor(row);
    if (this.#used + room > this.#buffer.length) this.#more(room);
    const at = this.#used;
    const length = writeRecord(this.#buffer, this.#view, at, row);
    const corners = this.#view.getUint32(at + 52, true);
    const waiting = this.#waiting;
    waiting.cell.push(runOf(this.#view.getFloat64(at + 8, true), SPILL_LEVEL));
    waiting.at.push(at);
    waiting.length.push(length);
    waiting.corners.push(corners);
    this.#used += length;
    this.count++;
  }

  /** Doubles the arena up to its limit, then empties it. */
  #more(room: number): void {
    if (this.#buffer.length >= ARENA) this.#flush();
    if (this.#used + room <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + room));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength);
  }

  #flush(): void {
    const { cell: cells, at: starts, length: lengths, corners: sizes } = this.#waiting;
    if (cells.length === 0) return;
    const cellOf = cells.done();
    const sorted = Uint32Array.from({ length: cellOf.length }, (_, n) => n).sort((a, b) => cellOf[a] - cellOf[b] || a - b);
    const out = Buffer.allocUnsafe(this.#used);
    let p = 0;
    const first = this.#runs.length;
    for (const n of sorted) {
      const [cell, at, length, corners] = [cellOf[n], starts.at(n), lengths.at(n), sizes.at(n)];
      out.set(this.#buffer.subarray(at, at + length), p);
      const run = this.#runs.at(-1);
      if (run && this.#runs.length > first && run.cell === cell) {
        run.length += length;
        run.count++;
        run.corners += corners;
      } else this.#runs.push({ cell, offset: this.#written + p, length, count: 1, corners, hash: '' });
      p += length;
    }
    for (const run of this.#runs.slice(first)) run.hash = createHash('sha1').update(out.subarray(run.offset - this.#written, run.offset - this.#written + run.length)).digest('base64');
    if (this.#file === undefined) this.#parts.push(out);
    else for (let from = 0; from < out.length; ) from += writeSync(this.#file, out, from);
    this.#written += out.length;
    for (const column of [cells, starts, lengths, sizes]) column.length = 0;
    this.#used = 0;
  }

  /** What is where; the file is closed. */
  finish(): Extents {
    this.#flush();
    if (this.#file !== undefined) closeSync(this.#file);
    const runs = this.#runs;
    return {
      cell: Float64Array.from(runs, (run) => run.cell),
      offset: Float64Array.from(runs, (run) => run.offset),
      length: Float64Array.from(runs, (run) => run.length),
      count: Uint32Array.from(runs, (run) => run.count),
      corners: Uint32Array.from(runs, (run) => run.corners),
      hash: runs.map((run) => run.hash),
    };
  }

  /** All bytes of a spill without a file. */
  bytes(): Uint8Array {
    return this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
  }

  /** Closes the file of a spill that is not finished. */
  abandon(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

/** Reads the records of the runs [from, to) of a level, extent by extent. @param source the file, or the bytes of a spill in memory */
export function recordsOf(source: string | Uint8Array, extents: Extents, [from, to]: readonly [number, number], level: number): Uint8Array {
  const scale = 4 ** (SPILL_LEVEL - level);
  const wanted: number[] = [];
  let size = 0;
  for (let k = 0; k < extents.cell.length; k++) {
    if (extents.cell[k] < from * scale || extents.cell[k] >= to * scale) continue;
    wanted.push(k);
    size += extents.length[k];
  }
  const out = new Uint8Array(size);
  const file = typeof source === 'string' && size > 0 ? openSync(source, 'r') : undefined;
  try {
    let p = 0;
    for (const k of wanted) {
      const length = extents.length[k];
      if (typeof source !== 'string') out.set(source.subarray(extents.offset[k], extents.offset[k] + length), p);
      else for (let done = 0; done < length; ) done += readSync(file!, out, p + done, length - done, extents.offset[k] + done);
      p += length;
    }
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return out;
}

