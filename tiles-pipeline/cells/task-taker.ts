import type { Job, Worker } from 'bullmq';
import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinError } from '../../engine/errors.ts';
import type { Crew } from './crew.ts';
import type { OpenBuild } from './open-builds.ts';
import type { RedisLink } from './redis-link.ts';
import type { Task } from './task.ts';
import { WorkFolder } from './work-folder.ts';

/** Milliseconds a task stays with who took it without a sign of life, and between two looks for such tasks: what a killed worker costs is their sum. */
const LEASE = 6000;
const LOOK = 3000;
/** Times a task is taken over from workers that went away. */
const TAKEOVERS = 5;

export interface TakerOptions {
  readonly link: RedisLink;
  readonly build: OpenBuild;
  readonly crew: Crew;
  /** Tasks at a time. */
  readonly count: number;
  /** What the worker is called. */
  readonly name: string;
  /** Told when the inputs of a build are not there. */
  unreachable?(sentence: string): void;
}

/** Takes the tasks of one build from its queue and has them done by a crew. */
export class TaskTaker {
  readonly done = { tasks: 0, failed: 0 };
  readonly #worker: Worker;
  readonly #active = new Set<string>();
  #givingBack = false;

  constructor(private readonly options: TakerOptions) {
    const { link, build, count, name } = options;
    this.#worker = new link.library.Worker(build.queue, (job: Job, token?: string) => this.#take(job, token), {
      connection: link.redis, concurrency: count, name, lockDuration: LEASE, stalledInterval: LOOK, maxStalledCount: TAKEOVERS, drainDelay: 2,
    });
    // What goes wrong with the connection is the link's to tell; a task that was taken over meanwhile is done all the same.
    this.#worker.on('error', () => undefined);
  }

  set count(count: number) {
    this.#worker.concurrency = Math.max(1, count);
  }

  async #take(job: Job, token?: string): Promise<void> {
    const { UnrecoverableError, WaitingError } = this.options.link.library;
    const id = job.id ?? '';
    this.#active.add(id);
    try {
      await this.#do(job.data);
      this.done.tasks++;
    } catch (cause) {
      if (this.#givingBack && token) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      this.done.failed++;
      const { sentence, again } = failureOf(cause);
      throw again ? new Error(sentence) : new UnrecoverableError(sentence);
    } finally {
      this.#active.delete(id);
    }
  }

  async #do(data: unknown): Promise<void> {
    const { build, crew } = this.options;
    const task = requireTask(data, build.work);
    if (new WorkFolder(task.work).has(task.key)) return;
    if (task.kind === 'read') {
      const wrong = missing(task);
      if (wrong) {
        this.options.unreachable?.(wrong);
        throw new TwinError('not-found', wrong);
      }
    }
    await crew.run(task);
  }

  /** Takes nothing more and finishes what is in hand; what is not finished after so many milliseconds is given back. */
  async stop(patience: number): Promise<void> {
    const closing = this.#worker.close().catch(() => undefined);
    await Promise.race([closing, sleep(patience, undefined, { ref: false })]);
    this.#givingBack = true;
    this.options.crew.end();
    await Promise.race([closing, sleep(1000, undefined, { ref: false })]);
  }

  /** Lets go of everything at once; others take it over when its time has run out. */
  drop(): void {
    this.options.crew.end();
    void this.#worker.close(true).catch(() => undefined);
  }
}

/** Codes of what another machine, or the same one a little later, may well be able to do. */
const PASSING = new Set(['not-found', 'worker-died', 'aborted', 'failed', 'refused']);

/** What a task failed with, as the queue carries it: `code: sentence`. */
function failureOf(cause: unknown): { sentence: string; again: boolean } {
  const code = cause instanceof TwinError ? cause.code : 'failed';
  return { sentence: `${code}: ${cause instanceof Error ? cause.message : String(cause)}`, again: PASSING.has(code) };
}

/** Why an input is not there, or another one than the builder has. */
function missing({ path, size }: Extract<Task, { kind: 'read' }>): string | undefined {
  const there = existsSync(path) ? statSync(path).size : undefined;
  if (there === undefined) return `${path} is not there. Workers need inputs and work folder under the same paths as the builder: a shared disk.`;
  return size !== undefined && there !== size ? `${path} is another file than the builder's (${there} bytes in place of ${size}). Workers need inputs and work folder under the same paths as the builder: a shared disk.` : undefined;
}

const KEY = /^[\da-f]{32}$/u;

/** A queue is open to whoever reaches its Redis: what is taken from it names no file outside the build's work folder but inputs to be read. */
export function requireTask(data: unknown, work: string): Task {
  const task = data as Partial<Record<string, unknown>> | null;
  const keys = task ? [task.key, ...(task.kind === 'read' ? [] : [task.scheme]), ...(task.kind === 'unit' ? [task.renaming, ...listOf(task.reads)] : task.kind === 'join' ? listOf(task.children) : [])] : [];
  const known = task && ['read', 'unit', 'join'].includes(String(task.kind)) && task.work === work && keys.every((key) => typeof key === 'string' && KEY.test(key));
  const fine = known && (task.kind === 'read' ? [task.path, task.name, task.format].every((word) => typeof word === 'string') : Number.isInteger(task.level) && Number.isInteger(task.run));
  if (!fine) throw new TwinError('bad-input', 'The queue holds something that is no task of this build.');
  return data as Task;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [undefined];
}
