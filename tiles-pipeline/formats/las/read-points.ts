import { closeSync, openSync, readSync } from 'node:fs';
import type { LazPerf } from 'laz-perf';
import type { PointLayout } from '../point-table.ts';

/** Points handed over at once. */
export const BLOCK = 1 << 17;
const CHUNK_BLOCK = 1 << 16;
/** Bytes behind a chunk that are nothing. */
const BEYOND = 1024;

/** Records of some points, one after another; valid until the next are asked for. */
export interface RecordBlock {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Which points of a file: of bare records `from` up to and without `to`, of a compressed file chunks so numbered. */
export interface PointRange {
  readonly from: number;
  readonly to: number;
}

/** Opened files and the decompressor of one thread. */
export class PointReader {
  readonly #files = new Map<string, number>();
  #buffer = new Uint8Array();
  #laz: LazPerf | null = null;

  /**
   * The records of a range in blocks of at most {@link BLOCK}. A chunk that breaks the decompressor ends with `broken` called with the points that are lost.
   * @param most points of a chunk; the others are not decompressed
   * @throws what the disk throws
   */
  async *read(layout: PointLayout, range: PointRange, broken: (points: number) => void, most = Infinity): AsyncGenerator<RecordBlock> {
    if (layout.chunks) yield* this.#chunks(layout, layout.chunks, range, { broken, most });
    else {
      for (let from = range.from; from < range.to; from += BLOCK) {
        const count = Math.min(BLOCK, range.to - from);
        yield { bytes: this.#bytes(layout.path, layout.start + from * layout.recordLength, count * layout.recordLength), count };
      }
    }
  }

  async *#chunks(layout: PointLayout, { bytes, points }: NonNullable<PointLayout['chunks']>, { from, to }: PointRange, { broken, most }: { broken: (points: number) => void; most: number }): AsyncGenerator<RecordBlock> {
    let at = layout.start;
    for (let k = 0; k < from; k++) at += bytes[k];
    for (let k = from; k < to; k++) {
      yield* this.#chunk(layout, this.#bytes(layout.path, at, bytes[k]), Math.min(points[k], most), broken);
      at += bytes[k];
    }
  }

  async *#chunk({ format, recordLength }: PointLayout, packed: Uint8Array, count: number, broken: (points: number) => void): AsyncGenerator<RecordBlock> {
    const laz = (this.#laz ??= await decompressor());
    const most = Math.min(count, CHUNK_BLOCK);
    let done = 0;
    try {
      // What reads beyond a broken chunk finds nothing there instead of what an earlier one left.
      const source = laz._malloc(packed.length + BEYOND);
      const records = laz._malloc(most * recordLength);
      laz.HEAPU8.set(packed, source);
      laz.HEAPU8.fill(0, source + packed.length, source + packed.length + BEYOND);
      const decoder = new laz.ChunkDecoder();
      decoder.open(format, recordLength, source);
      while (done < count) {
        const block = Math.min(most, count - done);
        for (let k = 0; k < block; k++) decoder.getPoint(records + k * recordLength);
        done += block;
        yield { bytes: laz.HEAPU8.subarray(records, records + block * recordLength), count: block };
      }
      decoder.delete();
      laz._free(source);
      laz._free(records);
    } catch (cause) {
      // A decompressor that broke down answers no more.
      this.#laz = null;
      if (!(cause instanceof WebAssembly.RuntimeError) && typeof cause !== 'number') throw cause;
      broken(count - done);
    }
  }

  #bytes(path: string, from: number, length: number): Uint8Array {
    let file = this.#files.get(path);
    if (file === undefined) this.#files.set(path, (file = openSync(path, 'r')));
    // One buffer for all: those let go of wait for a collector that does not see their size.
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    const out = this.#buffer.subarray(0, length);
    let at = 0;
    while (at < length) {
      const read = readSync(file, out, at, length - at, from + at);
      if (read === 0) throw Object.assign(new Error(`${path} became shorter while it was read`), { code: 'EIO' });
      at += read;
    }
    return out;
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }
}

/** A decompressor that leaves the process as it was: its loader listens for every error there is. */
async function decompressor(): Promise<LazPerf> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.listeners(event as 'uncaughtException')));
  const { createLazPerf } = await import('laz-perf');
  const laz = await createLazPerf({ print: () => undefined, printErr: () => undefined });
  for (const [k, event] of events.entries()) for (const listener of process.listeners(event as 'uncaughtException')) if (!before[k].has(listener)) process.off(event, listener);
  return laz;
}
