import type { Queue, QueueEvents } from 'bullmq';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinError, type ErrorCode } from '../../engine/errors.ts';
import type { Hands } from './cells-in-folder.ts';
import { Crew } from './crew.ts';
import { announce, BEAT, queueOf, withdraw, type OpenBuild } from './open-builds.ts';
import { RedisLink } from './redis-link.ts';
import type { Task } from './task.ts';
import { TaskTaker } from './task-taker.ts';
import { VERSION, WorkFolder } from './work-folder.ts';

/** Times a task is tried, by whomever. */
const TRIES = 3;
/** Milliseconds between two looks at what has become of tasks nobody spoke of. */
const LOOK = 2500;
/** Milliseconds a finished piece may take to be seen here: shared disks remember for a while that a file was not there. */
const LATE = 60_000;

export interface QueueOptions {
  /** `redis://host:port[/db]` */
  readonly url: string;
  /** The work folder; it exists and is held by this build. */
  readonly work: string;
  /** Processes of the builder's own; 0 leaves the work to others. */
  readonly workers: number;
  /** Megabytes of JavaScript's own heap of each. */
  readonly heap?: number;
  readonly signal?: AbortSignal;
  /** Sentences for whoever waits. */
  say?(sentence: string): void;
  /** Milliseconds without Redis after which the build is given up (60,000). */
  readonly patience?: number;
  /** Milliseconds that nobody takes anything before it is said (30,000). */
  readonly alone?: number;
}

interface Waiting {
  readonly task: Task;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Tasks on a queue in Redis, done by whoever takes them: processes of this build and of any `tiles work` that reaches the work folder. The
 * queue carries the tasks and whether they are done; what they make lies in the work folder. Losing anything of the queue costs time only.
 */
export class QueueHands implements Hands {
  readonly #waiting = new Map<string, Waiting>();
  readonly #work: WorkFolder;
  readonly #build: OpenBuild;
  readonly #crew: Crew;
  #link!: RedisLink;
  #queue!: Queue;
  #events!: QueueEvents;
  #taker: TaskTaker | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  /** When a task was last taken or done, ms. */
  #moved = Date.now();
  #saidAlone = false;
  #looking = false;
  #over: unknown;
  #ended: Promise<void> | undefined;

  private constructor(private readonly options: QueueOptions) {
    const work = resolve(options.work);
    this.#work = new WorkFolder(work);
    this.#build = { queue: queueOf(work), work, version: VERSION, host: hostname(), pid: process.pid };
    this.#crew = new Crew(Math.max(1, options.workers), options.signal, { tries: 1, heap: options.heap });
  }

  /** @throws {TwinError} where Redis does not answer or its packages are not installed */
  static async open(options: QueueOptions): Promise<QueueHands> {
    const hands = new QueueHands(options);
    const { url, signal, say, patience = 60_000 } = options;
    hands.#link = await RedisLink.open(url, { signal, say, patience, lost: (cause) => hands.#giveUp(cause) });
    try {
      await hands.#start();
    } catch (cause) {
      hands.#link.close();
      throw cause;
    }
    return hands;
  }

  async #start(): Promise<void> {
    const { redis, library } = this.#link;
    const { queue } = this.#build;
    this.#queue = new library.Queue(queue, { connection: redis });
    this.#queue.on('error', () => undefined);
    await this.#queue.waitUntilReady();
    // What a build that was killed left; its pieces lie in the work folder.
    await this.#queue.obliterate({ force: true });
    this.#events = new library.QueueEvents(queue, { connection: redis, lastEventId: '0' });
    this.#events.on('error', () => undefined);
    this.#events.on('active', this.#seen);
    this.#events.on('completed', ({ jobId }) => void this.#done(jobId));
    this.#events.on('failed', ({ jobId, failedReason }) => void this.#failed(jobId, failedReason));
    const beat = (): void => void announce(redis, this.#build).catch(() => undefined);
    redis.on('ready', beat);
    await announce(redis, this.#build);
    if (this.options.workers > 0) this.#taker = new TaskTaker({ link: this.#link, build: this.#build, crew: this.#crew, count: this.options.workers, name: `builder-${process.pid}` });
    this.#timers.push(setInterval(beat, BEAT), setInterval(() => void this.#look(), LOOK));
    this.options.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  run(task: Task): Promise<void> {
    const own: Task = { ...task, work: this.#build.work };
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const there = this.#waiting.get(task.key);
    if (there) return there.promise;
    let settle: Pick<Waiting, 'resolve' | 'reject'> | undefined;
    const promise = new Promise<void>((resolved, reject) => {
      settle = { resolve: resolved, reject };
    });
    this.#waiting.set(task.key, { task: own, promise, ...settle! });
    if (this.#waiting.size === 1) this.#seen();
    this.#put(own);
    return promise;
  }

  #put(task: Task): void {
    this.#queue.add(task.kind, task, { jobId: task.key, attempts: TRIES, backoff: { type: 'exponential', delay: 500 }, removeOnComplete: true }).catch((cause: Error) => {
      // A connection that broke is mended, and the next look finds what did not arrive.
      if (this.#over === undefined && this.#link.ready) this.#giveUp(new TwinError('network', `Redis at ${this.#link.shown} takes no work (${cause.message}).`, { where: this.#link.shown, cause }));
    });
  }

  readonly #seen = (): void => {
    this.#moved = Date.now();
    this.#saidAlone = false;
  };

  async #done(key: string): Promise<void> {
    this.#seen();
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    for (const until = Date.now() + LATE; !this.#work.has(key); await sleep(100)) {
      if (this.#over !== undefined) return;
      if (Date.now() > until) return this.#settle(key, new TwinError('not-found', `A worker says that it finished a piece of work, but nothing of it can be seen in ${this.#build.work}. All machines must have the same disk there.`));
    }
    this.#settle(key);
  }

  async #failed(key: string, reason: string): Promise<void> {
    this.#seen();
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    if (this.#work.has(key)) return this.#settle(key);
    const [, code, message] = /^([a-z-]+): ([^]*)$/u.exec(reason) ?? [];
    if (code === 'not-found' && this.options.workers > 0) {
      // No other machine reaches this input: it is here.
      await this.#crew.run(waiting.task).then(() => this.#settle(key), (cause: unknown) => this.#settle(key, cause));
      return;
    }
    const stalled = /stalled/u.test(reason) ? 'Every worker that took this went away before it was done.' : reason;
    this.#settle(key, new TwinError((code ?? 'worker-died') as ErrorCode, message ?? stalled));
  }

  #settle(key: string, cause?: unknown): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (cause === undefined) waiting?.resolve();
    else waiting?.reject(cause);
  }

  /** Events may be lost with a Redis that is killed, and tasks with them: what is not known there any more is put again. */
  async #look(): Promise<void> {
    if (this.#looking || this.#over !== undefined || this.#waiting.size === 0) return;
    this.#looking = true;
    try {
      for (const key of this.#waiting.keys()) if (this.#work.has(key)) this.#settle(key);
      if (!this.#link.ready || this.#waiting.size === 0) return;
      const keys = [...this.#waiting.keys()];
      const pipeline = this.#link.redis.pipeline();
      for (const key of keys) pipeline.exists(this.#queue.toKey(key));
      const known = (await pipeline.exec()) ?? [];
      const lost = keys.filter((key, k) => known[k]?.[1] === 0 && this.#waiting.has(key) && !this.#work.has(key));
      for (const key of lost) this.#put(this.#waiting.get(key)!.task);
      for (const job of await this.#queue.getFailed(0, 99)) if (job?.id && this.#waiting.has(job.id)) await this.#failed(job.id, job.failedReason);
      await this.#sayWhenAlone();
    } catch {
      // Redis went away meanwhile: the link tells it, and the next look goes on.
    } finally {
      this.#looking = false;
    }
  }

  async #sayWhenAlone(): Promise<void> {
    const { alone = 30_000, workers, say } = this.options;
    if (workers > 0 || this.#saidAlone || Date.now() - this.#moved < alone || (await this.#queue.getActiveCount()) > 0) return;
    this.#saidAlone = true;
    say?.(`Nobody has taken work from ${this.#link.shown} for ${Math.round(alone / 1000)} s. Start a worker on a machine that reaches ${this.#build.work}: citymirror tiles work --queue ${this.#link.shown}`);
  }

  readonly #abort = (): void => {
    this.#giveUp(this.options.signal?.reason);
  };

  #giveUp(cause: unknown): void {
    this.#over ??= cause ?? new TwinError('aborted', 'The workers were stopped.');
    for (const key of this.#waiting.keys()) this.#settle(key, this.#over);
    // No process goes on with what nobody waits for.
    this.#crew.end();
  }

  /** Takes the queue away; tasks that still wait are given up. */
  end(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  async #end(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.#abort);
    this.#giveUp(undefined);
    for (const timer of this.#timers) clearInterval(timer);
    this.#link.redis.removeAllListeners('ready');
    this.#taker?.drop();
    if (this.#link.ready) await Promise.race([this.#clear().catch(() => undefined), sleep(2000, undefined, { ref: false })]);
    void this.#events.close().catch(() => undefined);
    void this.#queue.close().catch(() => undefined);
    this.#link.close();
  }

  async #clear(): Promise<void> {
    await withdraw(this.#link.redis, this.#build.queue);
    await this.#queue.obliterate({ force: true });
  }
}
