import { analysisPort, type Pool, type PoolOptions } from '../pool/analysis-port.ts';
import type { WorkerLike } from '../pool/worker-like.ts';

export interface AnalysisClientOptions extends Omit<PoolOptions, 'create'> {
  /** Makes one worker; by default from the file that ships beside this one. */
  readonly worker?: () => Worker;
}

/** The analysis workers of a twin: made when first needed, replaced when they die. */
export function analysisClient(options: AnalysisClientOptions = {}): Pool {
  const make = options.worker ?? ((): Worker => new Worker(new URL('./analysis.worker.ts', import.meta.url), { type: 'module', name: 'citymirror analysis' }));
  return analysisPort({ ...options, create: () => make() as unknown as WorkerLike });
}
