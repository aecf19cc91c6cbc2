import { shownUrl, toTwinError, TwinError, type Issue } from '../../engine/errors.ts';
import type { HostService } from '../pool/host.ts';
import { SupervisedWorker } from '../pool/supervised-worker.ts';
import type { WorkerLike } from '../pool/worker-like.ts';
import type { LoadKind } from './examine.ts';
import type { Load, Loaded } from './load.ts';
import type { LoaderMessage } from './loader.worker.ts';
import { loaderPolicy, type LoaderLimits, type LoaderPolicy } from './policy.ts';

/** Workers that may die under one load, and in a row, until it is given up. */
const KILLS = 2;
const SENDS = 4;

export interface LoaderOptions {
  /** Makes the worker; absent, everything runs in the calling thread (Node, tests). */
  readonly create?: () => WorkerLike;
  /** Further origins that may be asked, beside the page's own and each root's. */
  readonly allow?: readonly string[];
  readonly credentials?: LoaderPolicy['credentials'];
  readonly limits?: Partial<LoaderLimits>;
  /** Origin of the page; the global location's when not given. */
  readonly page?: string;
  /** What the pre-flight took out of a tileset so that the rest could be shown. */
  readonly onIssues?: (url: string, issues: readonly Issue[]) => void;
}

export interface LoadOptions {
  readonly kind: LoadKind;
  readonly root: string;
  readonly signal?: AbortSignal;
  readonly headers?: Record<string, string>;
}

/** The engine's TileLoader, with its end. */
export interface WorkerTileLoader {
  /** @throws TwinError `not-found`, `network`, `deadline`, `refused`, `too-large`, `forbidden-origin`, `aborted` */
  load(url: string, options: LoadOptions): Promise<ArrayBuffer>;
  /** Makes the worker before the first load wants it. */
  warm(): void;
  dispose(): void;
}

interface Job {
  readonly key: number;
  readonly message: LoaderMessage;
  sends: number;
  resolve(loaded: Loaded): void;
  reject(error: unknown): void;
  settled: boolean;
}

/** The one fetch layer of a twin: fetched and examined in a worker that is replaced when it dies, its loads sent again. */
export function tileLoader(options: LoaderOptions = {}): WorkerTileLoader {
  const policy = loaderPolicy({ ...options, page: options.page ?? (globalThis.location?.origin ?? '') });
  const run = options.create ? new LoaderClient(options.create, policy) : inline(policy);
  return {
    async load(url, { kind, root, signal, headers }) {
      if (signal?.aborted) throw new TwinError('aborted', `${shownUrl(url)} is no longer wanted`, { where: shownUrl(url) });
      const loaded = await run.load({ url, kind, root, headers }, signal);
      if (loaded.issues.length > 0) options.onIssues?.(shownUrl(url), loaded.issues);
      return loaded.bytes;
    },
    warm: () => run.warm(),
    dispose: () => run.dispose(),
  };
}

/** Everything in the calling thread. The pre-flight is loaded only here: a page, whose worker has it, does not ship it twice. */
function inline(policy: LoaderPolicy): Pick<LoaderClient, 'load' | 'warm' | 'dispose'> {
  let made: Promise<Load> | null = null;
  const load: Load = async (request, loading) => (await (made ??= import('./load.ts').then(({ createLoad }) => createLoad(policy))))(request, loading);
  const ended = new AbortController();
  return {
    load: (request, signal) => load(request, { signal: AbortSignal.any(signal ? [signal, ended.signal] : [ended.signal]) }).catch((cause: unknown) => { throw toTwinError(cause, 'network', shownUrl(request.url)); }),
    warm: () => undefined,
    dispose: () => ended.abort(),
  };
}

class LoaderClient {
  readonly #create: () => WorkerLike;
  readonly #policy: LoaderPolicy;
  #worker: SupervisedWorker<HostService> | null = null;
  readonly #jobs = new Map<number, Job>();
  readonly #examining = new Set<number>();
  readonly #kills = new Map<string, number>();
  #failedStarts = 0;
  #keys = 0;
  #disposed = false;

  constructor(create: () => WorkerLike, policy: LoaderPolicy) {
    this.#create = create;
    this.#policy = policy;
  }

  load(request: Omit<LoaderMessage, 'key' | 'policy'>, signal?: AbortSignal): Promise<Loaded> {
    const where = shownUrl(request.url);
    if (this.#disposed) return Promise.reject(new TwinError('aborted', 'The loader was shut down', { where }));
    if ((this.#kills.get(request.url) ?? 0) >= KILLS) return Promise.reject(poison(where));
    return new Promise<Loaded>((resolve, reject) => {
      const key = ++this.#keys;
      const settle = (act: () => void): void => {
        if (job.settled) return;
        job.settled = true;
        this.#jobs.delete(key);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const job: Job = {
        key, message: { ...request, key, policy: this.#policy }, sends: 0, settled: false,
        resolve: (loaded) => settle(() => resolve(loaded)),
        reject: (error) => settle(() => reject(error)),
      };
      const onAbort = (): void => {
        this.#worker?.cancel(key);
        job.reject(new TwinError('aborted', `${where} is no longer wanted`, { where, cause: signal?.reason }));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#jobs.set(key, job);
      this.#send(job);
    });
  }

  warm(): void {
    try {
      this.#worker ??= this.#hire();
    } catch {
      // The first load meets the same and says so.
    }
  }

  dispose(): void {
    this.#disposed = true;
    const reason = new TwinError('aborted', 'The loader was shut down');
    for (const job of this.#jobs.values()) job.reject(reason);
    this.#worker?.end(reason);
    this.#worker = null;
  }

  #send(job: Job): void {
    job.sends++;
    let worker: SupervisedWorker<HostService>;
    try {
      worker = this.#worker ??= this.#hire();
    } catch (error) {
      job.reject(error);
      return;
    }
    worker.call<Loaded>({ id: job.key }, (service) => service.run(job.key, 'load', job.message) as Promise<never>).then(
      (loaded) => job.resolve(loaded),
      (error: unknown) => {
        if (!job.settled && !(worker.gone && !this.#disposed && this.#jobs.has(job.key) && this.#again(job))) job.reject(error);
      },
    );
  }

  /** Whether a load whose worker died is sent to the next one. */
  #again(job: Job): boolean {
    if ((this.#kills.get(job.message.url) ?? 0) >= KILLS) {
      job.reject(poison(shownUrl(job.message.url)));
      return true;
    }
    if (job.sends >= SENDS || this.#failedStarts >= 2) return false;
    this.#send(job);
    return true;
  }

  #hire(): SupervisedWorker<HostService> {
    return new SupervisedWorker<HostService>(this.#create, {
      onReady: () => { this.#failedStarts = 0; },
      onNote: (note) => {
        const { key, begins } = note as { key: number; begins: boolean };
        if (begins) this.#examining.add(key);
        else this.#examining.delete(key);
      },
      onGone: (_reason, wasReady) => {
        this.#worker = null;
        if (!wasReady) this.#failedStarts++;
        for (const key of this.#examining) {
          const url = this.#jobs.get(key)?.message.url;
          if (url) this.#kills.set(url, (this.#kills.get(url) ?? 0) + 1);
        }
        this.#examining.clear();
      },
    });
  }
}

function poison(where: string): TwinError {
  return new TwinError('refused', `${where} cannot be used: looking at it ended ${KILLS} workers`, { where });
}
