import { expose, transfer, type Endpoint } from 'comlink';
import type { ErrorCode } from '../../engine/errors.ts';
import { plainError, signOf, transferablesOf, type Outcome, type Sign } from './protocol.ts';

/** The worker's end of the line: `self` in a browser, `parentPort` in Node. */
export interface HostEndpoint {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: 'message' | 'messageerror', listener: (event: { data?: unknown }) => void): void;
  start?(): void;
}

/** What work in a worker gets: how to hear that it is no longer wanted, and how to show that it lives. */
export interface Work {
  readonly signal: AbortSignal;
  /** True when the caller gave up. Also a sign of life: call it (or `progress`) at least once a second. */
  cancelled(): boolean;
  /** 0 … 1; sent at most twenty times a second. */
  progress(fraction: number): void;
  /** Lets messages in (a cancellation among them) between two parts of long work. */
  turn(): Promise<void>;
  /** Something for the supervisor that belongs to no call's result. */
  note(note: unknown): void;
}

export interface HostService {
  run(call: number, name: string, input: unknown): Promise<Outcome<unknown>>;
}

/** Milliseconds between two signs of the same kind from within work. */
const PAUSE = 50;

function workOf(call: number, signal: AbortSignal, send: (sign: Sign) => void): Work {
  let beat = performance.now();
  let told = -Infinity;
  const live = (): void => {
    const now = performance.now();
    if (now - beat < 4 * PAUSE) return;
    beat = now;
    send({ sign: 'beat' });
  };
  return {
    signal,
    cancelled() {
      live();
      return signal.aborted;
    },
    progress(fraction) {
      const now = performance.now();
      if (now - told < PAUSE && fraction < 1) return live();
      told = now;
      send({ sign: 'progress', call, fraction });
    },
    turn: () => new Promise((resolve) => setTimeout(resolve)),
    note: (note) => send({ sign: 'note', note }),
  };
}

/**
 * Runs a table of functions behind an endpoint: the worker's half of a supervised worker.
 * @param perform runs one call by name; what it throws crosses with code, message and place
 */
export function host(endpoint: HostEndpoint, perform: (name: string, input: unknown, work: Work) => Promise<unknown>, code: ErrorCode = 'analysis-failed'): void {
  const running = new Map<number, AbortController>();
  const send = (sign: Sign): void => endpoint.postMessage(sign);
  const service: HostService = {
    async run(call, name, input) {
      const controller = new AbortController();
      running.set(call, controller);
      send({ sign: 'started', call });
      try {
        const value = await perform(name, input, workOf(call, controller.signal, send));
        return transfer({ ok: true, value }, [...transferablesOf(value)]);
      } catch (cause) {
        return { ok: false, error: plainError(cause, code, name) };
      } finally {
        running.delete(call);
      }
    },
  };
  endpoint.addEventListener('message', (event) => {
    const sign = signOf(event.data);
    if (sign?.sign === 'ping') send({ sign: 'beat' });
    else if (sign?.sign === 'cancel' && sign.call !== undefined) running.get(sign.call)?.abort();
  });
  endpoint.addEventListener('messageerror', () => send({ sign: 'unreadable' }));
  expose(service, endpoint as unknown as Endpoint);
  send({ sign: 'ready' });
}
