import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Answer, Failure, Job, PointPlan } from './jobs.ts';
import { PointWorker } from './point-worker.ts';

/** Those who do the jobs. */
export interface Crew {
  /** Jobs wait in order; `soon` ones go before the others. @throws what the job throws, or where a thread died */
  run(job: Job, soon?: boolean): Promise<Answer>;
  /** Harmless after it is done. */
  end(): Promise<void>;
}

/** One job after another in the thread that asks: quicker where there is little to do. */
export function alone(plan: PointPlan): Crew {
  const worker = new PointWorker(plan, '0');
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(job) {
      const answer = last.then(() => worker.do(job));
      last = answer.catch(() => undefined);
      return answer;
    },
    async end() {
      await last;
      worker.close();
    },
  };
}

/** The worker's file: built beside or above this one, or the sources' own. */
function workerFile(): URL {
  const source = new URL('./start.mjs', import.meta.url);
  if (existsSync(fileURLToPath(source))) return source;
  const beside = new URL('./points-worker.js', import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../points-worker.js', import.meta.url);
}

interface Waiting {
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: Error) => void;
}

/** Threads that take the next job when they are done with one. */
export function threads(plan: PointPlan, count: number): Crew {
  const queue: Waiting[] = [];
  const free: Worker[] = [];
  const busy = new Map<Worker, Waiting>();
  let broken: Error | null = null;
  const next = (): void => {
    while (free.length > 0 && queue.length > 0) {
      const worker = free.pop()!;
      const waiting = queue.shift()!;
      busy.set(worker, waiting);
      const { job } = waiting;
      worker.postMessage(job, job.kind === 'raise' ? job.children.map(({ words }) => words.buffer as ArrayBuffer) : []);
    }
  };
  const fail = (cause: Error): void => {
    broken ??= cause;
    for (const { reject } of [...busy.values(), ...queue.splice(0)]) reject(broken);
    busy.clear();
  };
  const all = Array.from({ length: count }, (_, k) => {
    const worker = new Worker(workerFile(), { workerData: { plan, name: String(k) } });
    worker.on('message', (answer: Answer | Failure) => {
      const waiting = busy.get(worker);
      busy.delete(worker);
      free.push(worker);
      if ('failed' in answer) waiting?.reject(Object.assign(new Error(answer.failed), { code: answer.code }));
      else waiting?.resolve(answer);
      next();
    });
    worker.on('error', (cause) => fail(cause as Error));
    worker.on('exit', (code) => fail(new Error(`a thread that makes point tiles ended with ${code}`)));
    free.push(worker);
    return worker;
  });
  return {
    run: (job, soon = false) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        const waiting = { job, resolve, reject };
        if (soon) queue.unshift(waiting);
        else queue.push(waiting);
        next();
      }),
    async end() {
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
