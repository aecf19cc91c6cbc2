import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TwinError, type ErrorCode } from '../../engine/errors.ts';
import type { Answer } from './cell.worker.ts';
import type { Task } from './task.ts';

/** Times a task is tried, each in a new process after the last one died of it. */
const TRIES = 3;
/** Megabytes of JavaScript's own heap a worker may have. */
const HEAP = 320;
/** MiB that the leading process takes, and a worker beside its heap; measured at a million buildings. */
const [LEADER, BESIDE] = [144, 48];
/** The least heap that a full unit is built in. */
const LEAST_HEAP = 64;

/**
 * How many workers, with how much heap each, keep within so much memory.
 * @param most MiB of all processes together; undefined for as much as they like
 * @throws {TwinError} `bad-input` where it is too little
 */
export function withinMemory(count: number, most: number | undefined, asked = false): { count: number; heap: number } {
  if (most === undefined) return { count, heap: HEAP };
  const least = LEADER + BESIDE + LEAST_HEAP;
  const room = Math.floor((most - LEADER) / (BESIDE + LEAST_HEAP));
  if (room < 1) throw new TwinError('bad-input', `--max-memory ${most} is too little: a build needs ${least} MiB.`);
  if (asked && room < count) throw new TwinError('bad-input', `--max-memory ${most} is too little for ${count} workers: it is enough for ${room}; ${count} need ${LEADER + count * (BESIDE + LEAST_HEAP)} MiB.`);
  const workers = Math.min(count, room);
  return { count: workers, heap: Math.min(HEAP, Math.floor((most - LEADER) / workers) - BESIDE) };
}

/** Workers are as many as cores: threads of their own for collecting garbage take the time of others. With room, a heap begins large, for it is filled at once. */
function heapFlags(heap: number): string[] {
  const room = heap < HEAP / 2 ? ['--max-semi-space-size=2'] : ['--min-semi-space-size=8', '--max-semi-space-size=8', '--initial-old-space-size=64'];
  return [`--max-old-space-size=${heap}`, '--single-threaded-gc', ...room];
}

interface Waiting {
  readonly task: Task;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
  tries: number;
}

/** The worker's file: built beside or above this one, or the sources' own. */
function workerFile(): string {
  const candidates = ['./start.mjs', './cell-worker.js', '../cell-worker.js'].map((file) => fileURLToPath(new URL(file, import.meta.url)));
  return candidates.find((file) => existsSync(file)) ?? candidates[0];
}

export interface CrewOptions {
  /** Times a task is tried before it is given up (3). */
  readonly tries?: number;
  /** Megabytes of JavaScript's own heap of each. */
  readonly heap?: number;
  /** The file that each process runs; a test gives one that dies. */
  readonly file?: string;
}

/**
 * Child processes that do tasks one after another. What kills one, kills nothing else: the task is tried in a new one, and given up with
 * its reason after some tries.
 */
export class Crew {
  readonly #waiting: Waiting[] = [];
  readonly #children = new Set<ChildProcess>();
  readonly #idle: ChildProcess[] = [];
  #ended = false;

  constructor(
    private readonly size: number,
    private readonly signal?: AbortSignal,
    private readonly options: CrewOptions = {},
  ) {
    signal?.addEventListener('abort', this.#stop, { once: true });
  }

  run(task: Task): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#stopped());
      if (this.signal?.aborted) return reject(this.signal.reason as Error);
      this.#waiting.push({ task, resolve, reject, tries: 0 });
      this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.length > 0 && !this.#ended) {
      const child = this.#idle.pop() ?? (this.#children.size < this.size ? this.#start() : undefined);
      if (!child) return;
      this.#give(child, this.#waiting.shift()!);
    }
  }

  #start(): ChildProcess {
    const { heap = HEAP } = this.options;
    const child = fork(this.options.file ?? workerFile(), [], { execArgv: heapFlags(heap), serialization: 'json', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#children.add(child);
    // One that ends while it is written to says so twice.
    child.on('error', () => undefined);
    child.on('exit', () => {
      this.#children.delete(child);
      const at = this.#idle.indexOf(child);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return child;
  }

  #give(child: ChildProcess, waiting: Waiting): void {
    const finish = (): void => {
      child.off('message', answered);
      child.off('exit', died);
      child.off('error', died);
    };
    const answered = (answer: Answer | 'ready'): void => {
      if (answer === 'ready') return;
      finish();
      this.#idle.push(child);
      if ('done' in answer) waiting.resolve();
      else waiting.reject(new TwinError(answer.failed.code as ErrorCode, answer.failed.message));
      this.#next();
    };
    const died = (code: number | null | Error, by?: NodeJS.Signals | null): void => {
      finish();
      this.#children.delete(child);
      if (this.#ended) return waiting.reject(this.#stopped());
      waiting.tries++;
      if (waiting.tries < (this.options.tries ?? TRIES)) this.#waiting.unshift(waiting);
      else waiting.reject(new TwinError('worker-died', `The process that did this ended without an answer each time it was tried (${by ?? String(code)}).`));
      this.#next();
    };
    child.on('message', answered);
    child.on('exit', died);
    child.on('error', died);
    child.send(waiting.task);
  }

  readonly #stop = (): void => {
    this.#ended = true;
    for (const child of this.#children) child.kill('SIGKILL');
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#stopped());
  };

  #stopped(): unknown {
    return this.signal?.reason ?? new TwinError('aborted', 'The workers were stopped.');
  }

  /** Ends the processes; tasks that still wait are given up. */
  end(): void {
    this.signal?.removeEventListener('abort', this.#stop);
    this.#stop();
  }
}
