import type { WorkerLike } from '../pool/worker-like.ts';
import { FeedHost, type HostParts } from './host.ts';
import type { FromWorker, ToWorker } from './messages.ts';

type Listener = (event: { data?: unknown }) => void;

/** A feed worker that is none: the host runs in the calling thread, messages take a turn of the event loop. For Node without a screen, and for tests. */
export function localFeedWorker(parts: Omit<HostParts, 'post'>): WorkerLike & { readonly host: FeedHost } {
  const listeners = new Set<Listener>();
  const post = (message: FromWorker): void => {
    queueMicrotask(() => {
      for (const listener of listeners) listener({ data: message });
    });
  };
  const host = new FeedHost({ ...parts, post });
  return {
    host,
    postMessage: (message) => queueMicrotask(() => host.handle(message as ToWorker)),
    addEventListener: (type, listener) => {
      if (type === 'message') listeners.add(listener);
    },
    removeEventListener: (_type, listener) => listeners.delete(listener),
    terminate: () => host.dispose(),
  };
}
