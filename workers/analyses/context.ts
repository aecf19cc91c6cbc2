import type { Work } from '../pool/host.ts';

/** Bytes of a resource or of a range of it; `total` is its whole size, null when the server does not say. */
export interface LoadedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly total: number | null;
  /** False when a range was asked for and the whole came. */
  readonly partial: boolean;
}

/** What an analysis gets beside its input. Pure otherwise: the same table runs in a worker, in Node and in tests. */
export interface AnalysisContext extends Pick<Work, 'signal' | 'cancelled' | 'progress' | 'turn'> {
  /** @param range first and last byte @throws TwinError `not-found`, `network`, `deadline`, `refused`, `too-large`, `aborted` */
  load(url: string, range?: readonly [number, number]): Promise<LoadedBytes>;
  /** Keeps what was read from a URL for the next call in the same worker. */
  readonly cache: AnalysisCache;
}

export interface AnalysisCache {
  /** The value kept under a key, made when it is not there; a failure is not kept. */
  keep<Value>(key: string, make: () => Promise<Value>): Promise<Value>;
}

export type Analysis<Input, Output> = (input: Input, context: AnalysisContext) => Promise<Output> | Output;

/** Keeps the most recently used values; the oldest go first. */
export function analysisCache(most = 48): AnalysisCache {
  const kept = new Map<string, Promise<unknown>>();
  return {
    keep<Value>(key: string, make: () => Promise<Value>): Promise<Value> {
      const known = kept.get(key) as Promise<Value> | undefined;
      kept.delete(key);
      const value = known ?? make();
      kept.set(key, value);
      value.catch(() => { if (kept.get(key) === value) kept.delete(key); });
      if (kept.size > most) kept.delete(kept.keys().next().value!);
      return value;
    },
  };
}
