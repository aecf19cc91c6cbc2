import type { HostEndpoint } from './host.ts';

/** The line to whoever made this worker, in a browser's worker and in Node's alike. Only to be called inside a worker. */
export function ownEndpoint(): HostEndpoint {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  return (threads?.parentPort ?? globalThis) as unknown as HostEndpoint;
}
