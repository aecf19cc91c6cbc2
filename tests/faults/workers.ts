import type { Worker } from 'node:worker_threads';
import type { TwinError } from '../../engine/errors.ts';
import { analysisPort, type Pool, type PoolOptions } from '../../workers/pool/analysis-port.ts';
import { fromNodeWorker, type WorkerLike } from '../../workers/pool/worker-like.ts';
import { startBrowser } from '../browser.ts';
import { buildWorker, startWorker } from '../built-worker.ts';

interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

const figure = (what: string, value: number | string, unit: string, reach: string | null, met: boolean): Figure => ({ what, value, unit, reach, met });
const percentile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** A steady sequence of numbers 0 … 1. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Bench {
  readonly pool: Pool;
  readonly made: Worker[];
  /** Milliseconds from each worker's end until its successor was ready. */
  readonly replaced: number[];
}

/** Runs against workers from the built file; `silent` ones say nothing about their own end. */
async function withPool<Value>(options: Partial<PoolOptions> & { silent?: boolean }, run: (bench: Bench) => Promise<Value>): Promise<Value> {
  const file = await buildWorker('workers/pool/testing/faulty.worker.ts');
  const made: Worker[] = [];
  const replaced: number[] = [];
  const create = (): WorkerLike => {
    const worker = startWorker(file);
    made.push(worker);
    const face = fromNodeWorker(worker);
    return options.silent ? { ...face, addEventListener: (type, listener) => { if (type === 'message') face.addEventListener(type, listener); } } : face;
  };
  const pool = analysisPort({ size: 2, kills: Infinity, ...options, create, onReplaced: (_reason, milliseconds) => replaced.push(milliseconds) });
  try {
    return await run({ pool, made, replaced });
  } finally {
    pool.dispose();
  }
}

type Outcome = { code: string; value?: unknown; ms: number };

async function outcome(promise: Promise<unknown>): Promise<Outcome> {
  const started = performance.now();
  return promise.then((value) => ({ code: 'done', value, ms: performance.now() - started }), (error: TwinError) => ({ code: error.code, ms: performance.now() - started }));
}

/** W01: every way to go wrong, among calls that must be answered. */
async function broken(): Promise<Figure[]> {
  const kinds: [string, object, string][] = [['throw', {}, 'analysis-failed'], ['exit', { code: 3 }, 'worker-died'], ['uncaught', {}, 'worker-died'], ['wasm', {}, 'analysis-failed'], ['unclonable', {}, 'analysis-failed'], ['memory', {}, 'worker-died']];
  return withPool({ waiting: 5000 }, async ({ pool, replaced }) => {
    const bad: Promise<Outcome & { expected: string }>[] = [];
    const good: Promise<boolean>[] = [];
    for (let i = 0; i < 120; i++) {
      const [name, input, expected] = kinds[i % (i % 30 === 5 ? 6 : 5)];
      bad.push(outcome(pool.run(name, { ...input, salt: i }, { deadline: 60 })).then((result) => ({ ...result, expected })));
      good.push(pool.run('square', { value: i }, { deadline: 60 }).then((value) => value === i * i, () => false));
    }
    const outcomes = await Promise.all(bad);
    const right = outcomes.filter((each) => each.code === each.expected || (each.expected === 'worker-died' && each.code === 'worker-hung')).length;
    const answered = (await Promise.all(good)).filter(Boolean).length;
    const late = outcomes.filter((each) => each.ms > 60_500).length;
    return [
      figure('calls that broke their worker, rejected with the reason', right, 'of 120', '120', right === 120),
      figure('calls beside them, answered', answered, 'of 120', '120', answered === 120),
      figure('pending beyond the deadline', late, '', '0', late === 0),
      figure(`a worker replaced (${replaced.length} of them), p99`, Math.round(percentile(replaced, 0.99)), 'ms', '≤ 1000', percentile(replaced, 0.99) <= 1000),
    ];
  });
}

/** W02: killed with no event. */
async function vanished(): Promise<Figure[]> {
  return withPool({ silent: true, size: 1 }, async ({ pool, made }) => {
    const times: number[] = [];
    let resumed = 0;
    for (let i = 0; i < 8; i++) {
      await pool.run('echo', 1);
      const pending = outcome(pool.run('square', { value: i, pause: 60_000 }));
      await wait(50);
      const killed = performance.now();
      void made.at(-1)!.terminate();
      if ((await pending).code === 'worker-hung') times.push(performance.now() - killed);
      if ((await pool.run('square', { value: i })) === i * i) resumed++;
    }
    const slowest = Math.max(...times);
    return [
      figure(`killed behind the pool's back, found (slowest of ${times.length})`, Math.round(slowest), 'ms', '≤ 2000', times.length === 8 && slowest <= 2000),
      figure('the next call answered', resumed, 'of 8', '8', resumed === 8),
    ];
  });
}

/** W03: work without end, and thirty honest seconds. */
async function endless(): Promise<Figure[]> {
  return withPool({ waiting: 5000 }, async ({ pool, made }) => {
    const bothReady = (): Promise<unknown> => Promise.all([pool.run('square', { value: 1, pause: 800 }), pool.run('square', { value: 1, pause: 800 })]);
    const delays: number[] = [];
    const spins: Outcome[] = [];
    for (let i = 0; i < 4; i++) {
      await bothReady();
      const spin = outcome(pool.run('spin', { salt: i }));
      const beside = await outcome(pool.run('square', { value: i }));
      delays.push(beside.ms);
      spins.push(await spin);
    }
    const deadline = await outcome(pool.run('long', { seconds: 30 }, { deadline: 3 }));
    const workers = made.length;
    const honest = await outcome(pool.run('long', { seconds: 30 }));
    return [
      figure('endless loops ended', spins.filter((each) => each.code === 'worker-hung').length, 'of 4', '4', spins.every((each) => each.code === 'worker-hung')),
      figure('the slowest of them, from its call', Math.round(Math.max(...spins.map((each) => each.ms))), 'ms', '≤ 2500', Math.max(...spins.map((each) => each.ms)) <= 2500),
      figure('past a deadline of 3 s by', Math.round(deadline.ms - 3000), 'ms', '≤ 250', deadline.code === 'deadline' && deadline.ms - 3000 <= 250),
      figure('delay of calls beside them, worst', Math.round(Math.max(...delays)), 'ms', '≤ 250', Math.max(...delays) <= 250),
      figure('30 s of work that shows signs of life', honest.code, '', 'done, its worker kept', honest.code === 'done' && made.length === workers),
    ];
  });
}

/** W04: 10,000 calls, cancelled at random while waiting or running. */
async function cancelled(): Promise<Figure[]> {
  return withPool({ waiting: 20_000 }, async ({ pool }) => {
    const next = sequence(4);
    let late = 0;
    let wrong = 0;
    let aborted = 0;
    let pending = 0;
    const calls: Promise<void>[] = [];
    for (let i = 0; i < 10_000; i++) {
      const controller = new AbortController();
      pending++;
      calls.push(pool.run('square', { value: i, pause: next() < 0.3 ? Math.floor(next() * 7) : 0 }, { signal: controller.signal, deadline: 120 }).then(
        (value) => { pending--; if (controller.signal.aborted) late++; if (value !== i * i) wrong++; },
        (error: TwinError) => { pending--; if (error.code === 'aborted' && controller.signal.aborted) aborted++; else wrong++; },
      ));
      if (next() < 0.5) setTimeout(() => controller.abort(), next() * 3000);
      if (i % 500 === 499) await wait(1);
    }
    await Promise.all(calls);
    return [
      figure('cancelled at random, late results applied', late, `of 10000 (${aborted} cancelled)`, '0', late === 0 && aborted > 500),
      figure('settled otherwise than their model says', wrong, '', '0', wrong === 0),
      figure('never settled', pending, '', '0', pending === 0),
    ];
  });
}

/** The same four with a browser's own workers. */
async function inBrowser(cases: readonly (readonly [string, object, { deadline?: number; abortAfter?: number }, string, number])[]): Promise<Figure[]> {
  const harness = await startBrowser();
  try {
    const opened = await harness.open('/workers/pool/testing/pool.html');
    await opened.until('window.ask');
    const ask = (name: string, input: object, options: object = {}): Promise<{ value?: unknown; code?: string; ms: number }> =>
      opened.page.evaluate(([name, input, options]) => window.ask(name as string, input, options as object), [name, input, options] as const);
    await ask('square', { value: 1 });
    const figures: Figure[] = [];
    for (const [name, input, options, code, within] of cases) {
      const result = await ask(name, input, options);
      const next = await ask('square', { value: 7 });
      figures.push(figure(`browser: ${name}: ${result.code ?? 'done'}, the next call ${next.value === 49 ? 'answered' : 'lost'}`, Math.round(result.ms), 'ms', `${code}, ≤ ${within}`, result.code === code && result.ms <= within && next.value === 49));
    }
    await opened.close();
    return figures;
  } finally {
    await harness.close();
  }
}

export const rows: Record<string, () => Promise<Figure[]>> = {
  W01: async () => [...await broken(), ...await inBrowser([['throw', {}, {}, 'analysis-failed', 500], ['uncaught', {}, {}, 'worker-died', 1000], ['wasm', {}, {}, 'analysis-failed', 1000], ['unclonable', {}, {}, 'analysis-failed', 500]])],
  W02: async () => [...await vanished(), ...await inBrowser([['close', {}, {}, 'worker-hung', 2500]])],
  W03: async () => [...await endless(), ...await inBrowser([['spin', {}, {}, 'worker-hung', 2500], ['long', { seconds: 30 }, { deadline: 2 }, 'deadline', 2250]])],
  W04: async () => [...await cancelled(), ...await inBrowser([['square', { value: 2, pause: 30_000 }, { abortAfter: 50 }, 'aborted', 300]])],
};
