import { TwinError, shownUrl } from '../../engine/errors.ts';
import { FeedHost } from './host.ts';
import type { ToWorker } from './messages.ts';

/** Bytes by URL, for roads, heights and recordings. @throws TwinError `not-found`, `network` */
async function load(url: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const where = shownUrl(url);
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new TwinError('network', `${where} could not be reached.`, { where, cause, retryable: true });
  });
  if (!response.ok) throw new TwinError('not-found', `${where} answered ${response.status}.`, { where });
  return response.arrayBuffer();
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const host = new FeedHost({ post: (message, transfer) => scope.postMessage(message, transfer ?? []), WebSocket: globalThis.WebSocket, load });
scope.addEventListener('message', (event: MessageEvent<ToWorker>) => host.handle(event.data));
