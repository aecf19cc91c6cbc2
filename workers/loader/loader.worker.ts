import { host, type Work } from '../pool/host.ts';
import { ownEndpoint } from '../pool/own-endpoint.ts';
import { createLoad, type Load, type LoadRequest } from './load.ts';
import type { LoaderPolicy } from './policy.ts';

/** A load as the client sends it; the first one brings the policy. */
export interface LoaderMessage extends LoadRequest {
  readonly key: number;
  readonly policy: LoaderPolicy;
}

/** One loader for the worker's life, made with the first load's policy. */
function serve(): (message: LoaderMessage, work: Work) => Promise<unknown> {
  let load: Load | null = null;
  return ({ key, policy, ...request }, work) => {
    load ??= createLoad(policy);
    return load(request, { signal: work.signal, onExamine: (begins) => work.note({ key, begins }) });
  };
}

const perform = serve();
host(ownEndpoint(), (_name, input, work) => perform(input as LoaderMessage, work), 'network');
