import { wrap, type Endpoint, type Remote } from 'comlink';
import { TwinError, type ErrorCode } from '../../engine/errors.ts';
import { signOf, valueOf, type Outcome } from './protocol.ts';
import type { WorkerLike } from './worker-like.ts';

/** Milliseconds between two looks at a worker that has something to do. */
const LOOK = 200;

export interface Supervision {
  /** Seconds without a sign of life until a busy worker counts as gone (2 by default). Looks, not clock time, are counted: a page that stood still accuses nobody. */
  readonly silence?: number;
  /** Seconds in which a new worker must say that it is ready (20 by default). */
  readonly startWithin?: number;
  readonly onReady?: () => void;
  /** Called once, after every pending call was rejected with `reason`. `wasReady` tells a failed start from a death. */
  readonly onGone?: (reason: TwinError, wasReady: boolean) => void;
  readonly onNote?: (note: unknown) => void;
}

export interface SupervisedCall {
  readonly id: number;
  readonly onProgress?: (fraction: number) => void;
  readonly onStarted?: () => void;
  readonly onEnded?: () => void;
}

interface Pending extends SupervisedCall {
  started: boolean;
  reject(reason: unknown): void;
}

/**
 * One worker under watch. Comlink carries the calls; what Comlink never tells (that the other side is dead) is found here:
 * error, messageerror and exit events, and silence.
 */
export class SupervisedWorker<Service> {
  readonly #worker: WorkerLike;
  readonly #supervision: Supervision;
  readonly #pending = new Map<number, Pending>();
  #remote: Remote<Service>;
  #timer: ReturnType<typeof setInterval> | null = null;
  #silentLooks = 0;
  #ready = false;
  #gone = false;

  /** @throws TwinError `worker-died` when the worker cannot even be made */
  constructor(create: () => WorkerLike, supervision: Supervision = {}) {
    this.#supervision = supervision;
    try {
      this.#worker = create();
    } catch (cause) {
      throw new TwinError('worker-died', `The worker could not be made: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    this.#worker.addEventListener('message', this.#onMessage);
    this.#worker.addEventListener('error', this.#onError);
    this.#worker.addEventListener('messageerror', this.#onMessageError);
    this.#worker.addEventListener('exit', this.#onExit);
    this.#remote = wrap<Service>(this.#worker as unknown as Endpoint);
    this.#watch();
  }

  get ready(): boolean {
    return this.#ready && !this.#gone;
  }

  get gone(): boolean {
    return this.#gone;
  }

  get calls(): number {
    return this.#pending.size;
  }

  /**
   * Calls the worker. The promise always settles: with the outcome, or with the reason for the worker's end.
   * @throws TwinError `worker-died`, `worker-hung`, `analysis-failed` (the message could not be sent) or what the service threw
   */
  call<Value>(options: SupervisedCall, invoke: (service: Remote<Service>) => Promise<Outcome<Value>>): Promise<Value> {
    if (this.#gone) return Promise.reject(new TwinError('worker-died', 'The worker is gone', { retryable: true }));
    return new Promise<Value>((resolve, reject) => {
      this.#pending.set(options.id, { ...options, started: false, reject });
      this.#watch();
      const settle = (act: () => void): void => {
        if (!this.#pending.delete(options.id)) return;
        if (this.#pending.size === 0) this.#rest();
        act();
      };
      let answer: Promise<Outcome<Value>>;
      try {
        answer = invoke(this.#remote);
      } catch (cause) {
        answer = Promise.reject(cause);
      }
      answer.then(
        (outcome) => settle(() => {
          try {
            resolve(valueOf(outcome));
          } catch (error) {
            reject(error);
          }
        }),
        (cause: unknown) => settle(() => reject(new TwinError('analysis-failed', `The message to or from the worker could not be sent: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }))),
      );
    });
  }

  cancel(call: number): void {
    if (!this.#gone) this.#worker.postMessage({ sign: 'cancel', call });
  }

  /** Ends the worker and rejects every pending call with the reason. */
  end(reason: TwinError): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#rest();
    this.#worker.removeEventListener('message', this.#onMessage);
    this.#worker.removeEventListener('error', this.#onError);
    this.#worker.removeEventListener('messageerror', this.#onMessageError);
    this.#worker.removeEventListener('exit', this.#onExit);
    void this.#worker.terminate();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const each of pending) each.reject(reason);
    this.#supervision.onGone?.(reason, this.#ready);
  }

  #fail(code: ErrorCode, message: string, cause?: unknown): void {
    this.end(new TwinError(code, message, { cause, retryable: true }));
  }

  readonly #onMessage = (event: { data?: unknown }): void => {
    this.#silentLooks = 0;
    const sign = signOf(event.data);
    if (!sign) return;
    const call = sign.call === undefined ? undefined : this.#pending.get(sign.call);
    if (sign.sign === 'ready' && !this.#ready) {
      this.#ready = true;
      if (this.#pending.size === 0) this.#rest();
      this.#supervision.onReady?.();
    } else if (sign.sign === 'started') this.#onStarted(call);
    else if (sign.sign === 'unreadable') this.#onUnreadable();
    else if (sign.sign === 'ended') call?.onEnded?.();
    else if (sign.sign === 'progress') call?.onProgress?.(sign.fraction ?? 0);
    else if (sign.sign === 'note') this.#supervision.onNote?.(sign.note);
  };

  #onStarted(call: Pending | undefined): void {
    if (!call) return;
    call.started = true;
    call.onStarted?.();
  }

  /** The worker could not read a message and cannot say which: calls it never began are the ones that can be meant. */
  #onUnreadable(): void {
    for (const [id, call] of this.#pending) {
      if (call.started) continue;
      this.#pending.delete(id);
      call.reject(new TwinError('analysis-failed', 'The worker could not read the message: was a buffer handed over before?'));
    }
    if (this.#pending.size === 0) this.#rest();
  }

  readonly #onError = (event: { message?: string; error?: unknown }): void => {
    if (this.#ready) this.#fail('worker-died', `The worker broke: ${event.message || 'no reason given'}`, event.error);
    else this.#fail('worker-died', `The worker's script could not be started${event.message ? ` (${event.message})` : ''}: it is missing, is no JavaScript module, or the page's policy forbids it (directive worker-src)`, event.error);
  };

  readonly #onMessageError = (): void => this.#fail('analysis-failed', 'A message from the worker could not be read');

  readonly #onExit = (event: { code?: number }): void => this.#fail('worker-died', `The worker ended by itself (exit code ${event.code ?? 'unknown'})`);

  #watch(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK);
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#silentLooks = 0;
  }

  #look(): void {
    const limit = this.#ready ? (this.#supervision.silence ?? 2) : (this.#supervision.startWithin ?? 20);
    // Three looks are kept in hand, this one and two for timers that come late, so that the limit itself is held.
    if (this.#silentLooks >= (limit * 1000) / LOOK - 3) {
      if (this.#ready) this.#fail('worker-hung', `The worker gave no sign of life for ${limit} s and was ended`);
      else this.#fail('worker-died', `The worker did not start within ${limit} s`);
      return;
    }
    this.#silentLooks++;
    this.#worker.postMessage({ sign: 'ping' });
  }
}
