import { FeedHost } from '../host.ts';
import type { ToWorker } from '../messages.ts';

/** The feed worker on Node's worker_threads, with two ways to come to harm. */
const port = globalThis.process.getBuiltinModule('node:worker_threads').parentPort;
if (!port) throw new Error('this is a worker');
const host = new FeedHost({
  post: (message, transfer) => port.postMessage(message, transfer as never),
  WebSocket: globalThis.WebSocket,
  load: () => Promise.reject(new Error('nothing to load')),
});
port.on('message', (message: ToWorker | { kind: 'throw' } | { kind: 'spin' }) => {
  if (message.kind === 'throw') throw new Error('on purpose');
  if (message.kind === 'spin') for (;;);
  host.handle(message as ToWorker);
});
