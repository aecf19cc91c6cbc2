import { toTwinError, TwinError } from '../../engine/errors.ts';
import type { AnalysisName, AnalysisTypes } from '#models';
import { fetchLayer, type FetchLayer } from '../loader/fetch-bytes.ts';
import { loaderPolicy, type LoaderPolicy } from '../loader/policy.ts';
import type { Work } from '../pool/host.ts';
import { analysisCache, type AnalysisCache, type AnalysisContext } from './context.ts';
import { analyses } from './table.ts';

export type AnalysisInput<Name extends AnalysisName> = AnalysisTypes[Name]['input'];
export type AnalysisOutput<Name extends AnalysisName> = AnalysisTypes[Name]['output'];

/** Bytes of one companion at most when it is read whole. */
const CAP = 512 * 2 ** 20;

/**
 * What analyses read with: the fetch layer (deadlines, retries), and files where there is a file system. A reading is not ended with the call that
 * began it: what it brings is kept for the next one, and a camera that moves on does not start a city's companion over and over.
 */
export function reader(policy: LoaderPolicy = loaderPolicy({ page: globalThis.location?.origin ?? '' }), layer: FetchLayer = fetchLayer(policy)): AnalysisContext['load'] {
  return async (url, range) => {
    if (url.startsWith('file:')) return readFile(url, range);
    const { bytes, total, partial } = await layer.fetch(url, { root: url, range, cap: CAP });
    return { bytes, total, partial };
  };
}

async function readFile(url: string, range: readonly [number, number] | undefined): ReturnType<AnalysisContext['load']> {
  const files = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (!files) throw new TwinError('forbidden-origin', 'Files are read in Node only; give an http or https address', { where: url });
  try {
    const handle = await files.open(new URL(url));
    try {
      const { size } = await handle.stat();
      const start = range?.[0] ?? 0;
      const bytes = new Uint8Array(Math.max(0, Math.min(size, (range?.[1] ?? size - 1) + 1) - start));
      await handle.read(bytes, 0, bytes.length, start);
      return { bytes, total: size, partial: range !== undefined };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new TwinError('not-found', `${url} could not be read`, { where: url, cause });
  }
}

/** Runs one analysis of the table; a cancelled call settles at once, whatever it waits for. @throws TwinError `bad-input` for a name that is not in it, or what the analysis throws */
export async function perform(name: string, input: unknown, work: Pick<Work, 'signal' | 'cancelled' | 'progress' | 'turn'>, cache: AnalysisCache, load: AnalysisContext['load']): Promise<unknown> {
  if (!Object.hasOwn(analyses, name)) throw new TwinError('bad-input', `There is no analysis “${name}”; known are ${Object.keys(analyses).join(', ')}`, { where: name });
  const analysis = analyses[name as AnalysisName] as (input: unknown, context: AnalysisContext) => unknown;
  const { signal } = work;
  const context: AnalysisContext = { signal, cancelled: () => work.cancelled(), progress: (fraction) => work.progress(fraction), turn: () => work.turn(), load, cache };
  const cancelled = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new TwinError('aborted', `The analysis “${name}” was cancelled`, { where: name, cause: signal.reason })), { once: true });
  });
  return Promise.race([analysis(input, context), cancelled]);
}

export interface AnalyseOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Keeps what was read between calls; made anew for each call when not given. */
  readonly cache?: AnalysisCache;
  /** How bytes are had; by default http, https and, in Node, file URLs. */
  readonly load?: AnalysisContext['load'];
}

/**
 * Runs an analysis in the calling thread: for Node, scripts and tests. In a page, `twin.analyse` runs the same in a worker.
 * @throws TwinError `bad-input`, `analysis-failed`, `aborted`, or what reading throws
 */
export async function analyse<Name extends AnalysisName>(name: Name, input: AnalysisInput<Name>, options: AnalyseOptions = {}): Promise<AnalysisOutput<Name>> {
  const signal = options.signal ?? new AbortController().signal;
  const work = {
    signal,
    cancelled: () => signal.aborted,
    progress: (fraction: number) => options.onProgress?.(fraction),
    turn: () => new Promise<void>((resolve) => { setTimeout(resolve); }),
  };
  try {
    return (await perform(name, input, work, options.cache ?? analysisCache(), options.load ?? reader())) as AnalysisOutput<Name>;
  } catch (cause) {
    throw toTwinError(cause, 'analysis-failed', name);
  }
}
