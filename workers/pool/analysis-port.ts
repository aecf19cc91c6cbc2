import { transfer } from 'comlink';
import { TwinError } from '../../engine/errors.ts';
import { fingerprint } from './fingerprint.ts';
import type { HostService } from './host.ts';
import { SupervisedWorker, type Supervision } from './supervised-worker.ts';
import { WaitingLine } from './waiting-line.ts';
import type { WorkerLike } from './worker-like.ts';

/** The same as engine's RunOptions; the pool knows nothing of the engine. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  readonly transfer?: readonly Transferable[];
  readonly affinity?: string;
  readonly deadline?: number;
  readonly priority?: number;
}

export interface PoolOptions {
  /** Makes one worker: `() => new Worker(new URL('./analysis.worker.ts', import.meta.url), { type: 'module' })`, or a Node worker through `fromNodeWorker`. */
  readonly create: () => WorkerLike;
  /** Workers at most: cores − 1, at least 1, at most 4, when not given. They are made when first needed. */
  readonly size?: number;
  /** Calls that may wait; more are refused (1,000 by default). */
  readonly waiting?: number;
  /** Seconds a cancelled call may take to end by itself before its worker is replaced (1 by default). */
  readonly grace?: number;
  /** Times an input may end a worker before it is refused (2 by default). */
  readonly kills?: number;
  readonly supervision?: Pick<Supervision, 'silence' | 'startWithin'>;
  /** Hears of every worker that had to be replaced, with the milliseconds its successor took to be ready (null while unknown). */
  readonly onReplaced?: (reason: TwinError, milliseconds: number) => void;
}

export interface Pool {
  run<Input, Output>(name: string, input: Input, options?: CallOptions): Promise<Output>;
  dispose(): void;
  readonly state: { readonly workers: number; readonly running: number; readonly waiting: number; readonly replaced: number };
}

interface Entry {
  readonly call: number;
  readonly name: string;
  readonly input: unknown;
  readonly options: CallOptions;
  readonly mark: number;
  started: boolean;
  sent: number;
  settle(outcome: { value: unknown } | { error: unknown }): void;
  settled: boolean;
}

interface Slot {
  worker: SupervisedWorker<HostService> | null;
  entry: Entry | null;
  /** Still busy with a call whose caller has gone. */
  grace: ReturnType<typeof setTimeout> | null;
  diedAt: number | null;
  reason: TwinError | null;
}

function coresLeft(): number {
  const cores = globalThis.navigator?.hardwareConcurrency ?? 2;
  return Math.max(1, Math.min(4, cores - 1));
}

/**
 * A pool of supervised analysis workers. Whatever happens to a worker, every call settles: with its result, with what the analysis threw,
 * or with the reason for the worker's end; the worker is replaced and the queue goes on.
 */
export function analysisPort(options: PoolOptions): Pool {
  const pool = new AnalysisPool(options);
  return {
    run: (name, input, callOptions) => pool.run(name, input, callOptions),
    dispose: () => pool.dispose(),
    get state() { return pool.state; },
  };
}

class AnalysisPool {
  readonly #options: PoolOptions;
  readonly #slots: Slot[] = [];
  readonly #queue: WaitingLine<Entry>;
  readonly #kills = new Map<number, number>();
  #calls = 0;
  #replaced = 0;
  #failedStarts = 0;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #disposed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    const size = Math.max(1, options.size ?? coresLeft());
    for (let i = 0; i < size; i++) this.#slots.push({ worker: null, entry: null, grace: null, diedAt: null, reason: null });
    this.#queue = new WaitingLine(size);
  }

  get state(): Pool['state'] {
    return {
      workers: this.#slots.filter((slot) => slot.worker).length,
      running: this.#slots.filter((slot) => slot.entry).length,
      waiting: this.#queue.length,
      replaced: this.#replaced,
    };
  }

  run<Input, Output>(name: string, input: Input, options: CallOptions = {}): Promise<Output> {
    const refusal = this.#refusal(name, input, options);
    if (refusal) return Promise.reject(refusal);
    return new Promise<Output>((resolve, reject) => {
      const seconds = options.deadline ?? 60;
      const entry: Entry = {
        call: ++this.#calls, name, input, options, mark: fingerprint(name, input), started: false, sent: 0, settled: false,
        settle: (outcome) => {
          if (entry.settled) return;
          entry.settled = true;
          clearTimeout(timer);
          options.signal?.removeEventListener('abort', onAbort);
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.value as Output);
        },
      };
      const onAbort = (): void => this.#abandon(entry, new TwinError('aborted', `The analysis '${name}' was cancelled`, { where: name, cause: options.signal?.reason }), false);
      const timer = setTimeout(() => this.#abandon(entry, new TwinError('deadline', `The analysis '${name}' did not finish within ${seconds} s and was given up`, { where: name, retryable: true }), true), seconds * 1000);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(entry);
      this.#pump();
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    const reason = new TwinError('aborted', 'The analysis workers were shut down');
    for (const entry of this.#queue.clear()) entry.settle({ error: reason });
    for (const slot of this.#slots) {
      if (slot.grace !== null) clearTimeout(slot.grace);
      slot.entry?.settle({ error: reason });
      slot.worker?.end(reason);
    }
  }

  #refusal(name: string, input: unknown, options: CallOptions): TwinError | null {
    if (this.#disposed) return new TwinError('aborted', 'The analysis workers were shut down', { where: name });
    if (options.signal?.aborted) return new TwinError('aborted', `The analysis '${name}' was cancelled`, { where: name, cause: options.signal.reason });
    if (this.#queue.length >= (this.#options.waiting ?? 1000)) return new TwinError('refused', `${this.#queue.length} analyses are waiting already; try again when some are done`, { where: name, retryable: true });
    if (this.#kills.size > 0 && (this.#kills.get(fingerprint(name, input)) ?? 0) >= (this.#options.kills ?? 2)) {
      return new TwinError('refused', `This input of the analysis '${name}' ended ${this.#options.kills ?? 2} workers and is not tried again`, { where: name });
    }
    return null;
  }

  /** The caller gave up, or time is up: rejected now; a running call gets a word and a moment (none past its deadline), then its worker goes. */
  #abandon(entry: Entry, reason: TwinError, atOnce: boolean): void {
    const slot = this.#slots.find((each) => each.entry === entry);
    entry.settle({ error: reason });
    if (!slot) {
      this.#queue.remove(entry);
      return;
    }
    if (atOnce) {
      this.#blame(entry);
      slot.worker?.end(reason);
      return;
    }
    slot.worker?.cancel(entry.call);
    slot.grace = setTimeout(() => slot.worker?.end(new TwinError('worker-hung', `The analysis '${entry.name}' did not stop when told to`)), (this.#options.grace ?? 1) * 1000);
  }

  #blame(entry: Entry): void {
    const kills = (this.#kills.get(entry.mark) ?? 0) + 1;
    this.#kills.set(entry.mark, kills);
    if (this.#kills.size > 1000) this.#kills.delete(this.#kills.keys().next().value!);
  }

  #pump(): void {
    if (this.#disposed || this.#retry !== null) return;
    for (const [index, slot] of this.#slots.entries()) {
      if (slot.entry || !this.#queue.hasFor(index)) continue;
      if (!slot.worker) this.#hire(slot);
      else if (slot.worker.ready) this.#send(slot, this.#queue.takeFor(index)!);
    }
  }

  #hire(slot: Slot): void {
    try {
      slot.worker = new SupervisedWorker<HostService>(this.#options.create, {
        ...this.#options.supervision,
        onReady: () => {
          this.#failedStarts = 0;
          if (slot.diedAt !== null && slot.reason) this.#options.onReplaced?.(slot.reason, performance.now() - slot.diedAt);
          slot.diedAt = null;
          this.#pump();
        },
        onGone: (reason, wasReady) => this.#onGone(slot, reason, wasReady),
      });
    } catch (error) {
      slot.worker = null;
      this.#onFailedStart(error as TwinError);
    }
  }

  #onGone(slot: Slot, reason: TwinError, wasReady: boolean): void {
    slot.worker = null;
    slot.entry = null;
    if (slot.grace !== null) clearTimeout(slot.grace);
    slot.grace = null;
    if (this.#disposed) return;
    if (!wasReady) return this.#onFailedStart(reason);
    slot.diedAt = performance.now();
    slot.reason = reason;
    this.#replaced++;
    this.#hire(slot);
    this.#pump();
  }

  /** A worker that never comes up is no reason to try for ever: the second failure in a row rejects everything that waits. */
  #onFailedStart(reason: TwinError): void {
    this.#failedStarts++;
    if (this.#failedStarts >= 2) {
      for (const entry of this.#queue.clear()) entry.settle({ error: reason });
    }
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#pump();
    }, Math.min(5000, 100 * 2 ** this.#failedStarts));
  }

  #send(slot: Slot, entry: Entry): void {
    slot.entry = entry;
    entry.sent++;
    const { worker } = slot;
    const { onProgress, transfer: buffers } = entry.options;
    const done = (): void => {
      if (slot.worker !== worker || slot.entry !== entry) return;
      if (slot.grace !== null) clearTimeout(slot.grace);
      slot.grace = null;
      slot.entry = null;
      this.#pump();
    };
    worker!.call<unknown>(
      { id: entry.call, onProgress: (fraction) => { if (!entry.settled) onProgress?.(fraction); }, onStarted: () => { entry.started = true; } },
      (service) => service.run(entry.call, entry.name, buffers?.length ? transfer(entry.input as object, [...buffers]) : entry.input),
    ).then(
      (value) => { entry.settle({ value }); done(); },
      (error: unknown) => { this.#onFailure(entry, error, worker!.gone); done(); },
    );
  }

  #onFailure(entry: Entry, error: unknown, workerGone: boolean): void {
    if (entry.settled) return;
    if (workerGone) {
      // A worker that was dead before it began the call: nothing was computed, nothing was handed over, so the next one may try.
      if (!entry.started && entry.sent < 2 && !entry.options.transfer?.length && !this.#disposed) {
        this.#queue.again(entry);
        this.#pump();
        return;
      }
      this.#blame(entry);
    }
    entry.settle({ error });
  }
}
