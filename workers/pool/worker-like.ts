/** What every kind of worker can do once adapted: a browser's Worker is one as it stands, Node's goes through {@link fromNodeWorker}. */
export interface WorkerLike {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: string, listener: (event: { data?: unknown; message?: string; error?: unknown; code?: number }) => void): void;
  removeEventListener(type: string, listener: (event: { data?: unknown; message?: string; error?: unknown; code?: number }) => void): void;
  terminate(): unknown;
}

/** The part of Node's `worker_threads.Worker` that is used; named here so that no browser bundle asks for Node's module. */
export interface NodeWorkerLike {
  postMessage(message: unknown, transfer?: readonly never[]): void;
  on(type: string, listener: (value: unknown) => void): unknown;
  off(type: string, listener: (value: unknown) => void): unknown;
  terminate(): unknown;
}

type Listener = (event: { data?: unknown; message?: string; error?: unknown; code?: number }) => void;

/** A Node worker with a browser worker's face; its 'exit' comes through as an event with a code. */
export function fromNodeWorker(worker: NodeWorkerLike): WorkerLike {
  const adapted = new Map<string, Map<Listener, (value: unknown) => void>>();
  // Node throws where an 'error' event has no listener; a worker that was given up may still emit one.
  worker.on('error', () => undefined);
  return {
    postMessage: (message, transfer) => worker.postMessage(message, transfer as readonly never[] | undefined),
    addEventListener(type, listener) {
      const own = (value: unknown): void => {
        if (type === 'message') listener({ data: value });
        else if (type === 'exit') listener({ code: Number(value) });
        else listener({ error: value, message: value instanceof Error ? value.message : String(value) });
      };
      const known = adapted.get(type) ?? new Map();
      adapted.set(type, known.set(listener, own));
      worker.on(type, own);
    },
    removeEventListener(type, listener) {
      const own = adapted.get(type)?.get(listener);
      if (own) worker.off(type, own);
      adapted.get(type)?.delete(listener);
    },
    terminate: () => worker.terminate(),
  };
}
