import type { AnalysisContext } from '../context.ts';

/** Bytes of one file by range, with an account of what travelled. */
export interface RangeSource {
  /** Bytes `start` … `end` (exclusive); fewer at the file's end. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Size of the file; null until something was read. */
  readonly size: number | null;
  readonly bytesRead: number;
}

/** A file over HTTP ranges. A server that answers with the whole file is asked once only. */
export function rangeSource(url: string, load: AnalysisContext['load']): RangeSource {
  let whole: Uint8Array<ArrayBuffer> | null = null;
  let size: number | null = null;
  let bytesRead = 0;
  return {
    get size() { return size; },
    get bytesRead() { return bytesRead; },
    async read(start, end) {
      if (whole) return whole.slice(start, end);
      const last = size === null ? end : Math.min(end, size);
      if (last <= start) return new Uint8Array(0);
      const { bytes, total, partial } = await load(url, [start, last - 1]);
      bytesRead += bytes.length;
      size = total ?? size;
      if (partial) return bytes;
      whole = bytes;
      size = bytes.length;
      return whole.slice(start, end);
    },
  };
}

/** Joins ranges that lie closer than `gap` bytes: one request instead of several. Ranges come sorted by their start. */
export function joinRanges(ranges: readonly (readonly [number, number])[], gap: number): [number, number][] {
  const joined: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = joined.at(-1);
    if (last && start - last[1] <= gap) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}
