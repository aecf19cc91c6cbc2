import type { LoaderPolicy } from '../loader/policy.ts';
import { host, type Work } from '../pool/host.ts';
import { ownEndpoint } from '../pool/own-endpoint.ts';
import { analysisCache, type AnalysisContext } from './context.ts';
import { perform, reader } from './run.ts';

/** A call as the client sends it; the first one's policy holds for the worker's life. */
export interface AnalysisMessage {
  readonly input: unknown;
  readonly policy: LoaderPolicy;
}

function serve(): (name: string, message: AnalysisMessage, work: Work) => Promise<unknown> {
  const cache = analysisCache();
  let read: AnalysisContext['load'] | null = null;
  return (name, { input, policy }, work) => {
    read ??= reader(policy);
    return perform(name, input, work, cache, read);
  };
}

const answer = serve();
host(ownEndpoint(), (name, message, work) => answer(name, message as AnalysisMessage, work));
