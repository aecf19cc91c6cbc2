import { analysisPort, type CallOptions, type Pool, type PoolOptions } from '../pool/analysis-port.ts';
import type { WorkerLike } from '../pool/worker-like.ts';
import { loaderPolicy, type LoaderPolicy } from '../loader/policy.ts';
import type { AnalysisMessage } from './analysis.worker.ts';

export interface AnalysisClientOptions extends Omit<PoolOptions, 'create'> {
  /** Headers for one origin each, for companions that want them; sent nowhere else. */
  readonly credentials?: LoaderPolicy['credentials'];
  /** Makes one worker; by default from the file that ships beside this one. */
  readonly worker?: () => Worker;
}

/** The analysis workers of a twin: made when first needed, replaced when they die. */
export function analysisClient(options: AnalysisClientOptions = {}): Pool {
  const make = options.worker ?? ((): Worker => new Worker(new URL('./analysis.worker.ts', import.meta.url), { type: 'module', name: 'citymirror analysis' }));
  const policy = loaderPolicy({ page: globalThis.location?.origin ?? '', credentials: options.credentials });
  // Five seconds, not the pool's two: on two cores beside a software renderer a worker that paints may well be silent for three.
  const pool = analysisPort({ supervision: { silence: 5 }, kills: 4, ...options, create: () => make() as unknown as WorkerLike });
  return {
    run: <Input, Output>(name: string, input: Input, call?: CallOptions): Promise<Output> => pool.run<AnalysisMessage, Output>(name, { input, policy }, call),
    dispose: () => pool.dispose(),
    get state() { return pool.state; },
  };
}
