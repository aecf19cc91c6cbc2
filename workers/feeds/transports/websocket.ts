import { shownUrl, toTwinError, TwinError } from '../../../engine/errors.ts';
import { ArrivalQueue, type Transport, type TransportContext } from '../arrivals.ts';
import { Backoff, pause } from '../backoff.ts';
import { Door } from '../door.ts';
import type { InterestChange, Wanted } from '../interest.ts';

/** Seconds without a message until the link counts as dead, at least; a browser cannot ping. */
const SILENT = 30;
const CONNECT_WITHIN = 10;
/** Seconds that a connection must have lasted for the waits to begin again at the first. */
const HELD = 5;

const encoder = /* @__PURE__ */ new TextEncoder();

interface Socket {
  readonly url: string;
  readonly protocols: readonly string[] | undefined;
  readonly silent: number;
  readonly queue: ArrivalQueue;
  readonly context: TransportContext;
  readonly opened: () => void;
  readonly wanted: Wanted | undefined;
}

/** Tells the server which cells are wanted from now on, and which no more: `{ "interest": { "grid": "beidou", "level": 4, "add": ["N50H651E9"], "drop": [] } }`. */
function ask(socket: WebSocket, { interest: { grid, level } }: Wanted, { add, drop }: InterestChange): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ interest: { grid, level, add, drop } }));
}

/** One connection from first try to its end; resolves with what ended it. */
function connection({ url, protocols, silent, queue, context, opened, wanted }: Socket, signal: AbortSignal): Promise<TwinError> {
  const where = shownUrl(url);
  return new Promise((resolve) => {
    let why = new TwinError('network', `The connection to ${where} ended.`, { where, retryable: true });
    let socket: WebSocket;
    try {
      socket = protocols ? new context.WebSocket(url, [...protocols]) : new context.WebSocket(url);
    } catch (cause) {
      return resolve(new TwinError('bad-input', `${where} is not the address of a WebSocket.`, { where, cause }));
    }
    socket.binaryType = 'arraybuffer';
    let watch: ReturnType<typeof setTimeout>;
    const expect = (seconds: number, message: string): void => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        why = new TwinError('deadline', message, { where, retryable: true });
        finish();
      }, seconds * 1000);
    };
    const ended = new AbortController();
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      ended.abort();
      clearTimeout(watch);
      signal.removeEventListener('abort', finish);
      socket.onopen = socket.onmessage = null;
      socket.close();
      resolve(why);
    };
    signal.addEventListener('abort', finish, { once: true });
    expect(CONNECT_WITHIN, `${where} did not answer within ${CONNECT_WITHIN} s.`);
    socket.onopen = () => {
      expect(silent, `${where} has been silent for ${silent} s.`);
      opened();
      if (!wanted) return;
      ask(socket, wanted, { add: wanted.codes(), drop: [] });
      wanted.onChange((change) => ask(socket, wanted, change), ended.signal);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      expect(silent, `${where} has been silent for ${silent} s.`);
      queue.push({ bytes: typeof data === 'string' ? encoder.encode(data) : new Uint8Array(data), topic: '', at: context.now() });
    };
    socket.onerror = (event) => {
      // Node says why; a browser keeps a refusal to itself.
      const status = /: (401|403)\b/u.exec((event as { message?: string }).message ?? '')?.[1];
      if (status) why = new TwinError('refused', `${where} refused the connection (${status}); its credentials are missing or no longer valid.`, { where, retryable: true });
      finish();
    };
    socket.onclose = () => finish();
  });
}

/**
 * A WebSocket whose every message is one message of the feed. With `interest` the feed sends a text message after every connection, with all cells seen, and with every change;
 * a server that knows it sends those cells' messages alone.
 */
export const websocket: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const run = async (): Promise<void> => {
    const door = new Door(spec.url, context);
    const backoff = new Backoff(spec.retry);
    let since = Infinity;
    const opened = (): void => {
      since = context.now();
      link.open();
    };
    while (!signal.aborted) {
      since = Infinity;
      const silent = Math.max(SILENT, 2 * spec.staleAfter);
      const problem = await door.open().then(
        ({ url, own }) => connection({ url, protocols: own.protocols, silent, queue, context, opened, wanted: link.wanted }, signal),
        (cause: unknown) => toTwinError(cause, 'refused', shownUrl(spec.url)),
      );
      door.ended(since < Infinity, problem);
      if (signal.aborted) break;
      if (context.now() - since > HELD) backoff.reset();
      link.lost(problem);
      await pause(backoff.next(), signal);
    }
  };
  void run();
  return queue;
};
