import type { AsyncBuffer } from 'hyparquet';
import { shownUrl, TwinError } from '../../../engine/errors.ts';

/** Bytes read with the first question: nearly every footer lies in them. */
export const TAIL = 64 * 1024;

type Fetch = typeof globalThis.fetch;

/**
 * A file by URL of which only the parts asked for are fetched (HTTP ranges). The first question is for its end, which tells its length.
 * @returns null where there is no such file
 * @throws TwinError `network`, `not-found` for any other refusal
 */
export async function rangedFile(url: string, fetch: Fetch, signal: AbortSignal): Promise<AsyncBuffer | null> {
  const where = shownUrl(url);
  const ask = async (range: string): Promise<Response> => {
    const response = await fetch(url, { headers: { Range: `bytes=${range}` }, signal }).catch((cause: unknown) => {
      throw new TwinError('network', `${where} could not be reached.`, { where, cause, retryable: true });
    });
    if (!response.ok && response.status !== 404 && response.status !== 410) throw new TwinError('not-found', `${where} answered ${response.status}.`, { where });
    return response;
  };
  const first = await ask(`-${TAIL}`);
  if (first.status === 404 || first.status === 410) return null;
  const tail = await first.arrayBuffer();
  const total = Number(/\/(\d+)$/u.exec(first.headers.get('Content-Range') ?? '')?.[1] ?? NaN);
  // A server without ranges sends all of it, and so it is there.
  if (first.status !== 206 || Number.isNaN(total)) return { byteLength: tail.byteLength, slice: (start, end) => tail.slice(start, end) };
  const start0 = total - tail.byteLength;
  return {
    byteLength: total,
    async slice(start, end = total) {
      const from = start < 0 ? total + start : start;
      if (from >= start0) return tail.slice(from - start0, end - start0);
      const response = await ask(`${from}-${end - 1}`);
      const bytes = await response.arrayBuffer();
      if (response.status !== 206 && bytes.byteLength === total) return bytes.slice(from, end);
      if (bytes.byteLength !== end - from) throw new TwinError('network', `${where} answered with ${bytes.byteLength} bytes where ${end - from} were asked for.`, { where, retryable: true });
      return bytes;
    },
  };
}
