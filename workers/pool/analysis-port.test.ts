import fc from 'fast-check';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildWorker, startWorker } from '../../tests/built-worker.ts';
import { TwinError } from '../../engine/errors.ts';
import { analysisPort, type Pool, type PoolOptions } from './analysis-port.ts';
import { fromNodeWorker, type WorkerLike } from './worker-like.ts';

let file = '';
const pools: Pool[] = [];
let made: Worker[] = [];

beforeAll(async () => { file = await buildWorker('workers/pool/testing/faulty.worker.ts'); });
afterEach(() => {
  for (const pool of pools.splice(0)) pool.dispose();
  made = [];
});

function create(): WorkerLike {
  const worker = startWorker(file);
  made.push(worker);
  return fromNodeWorker(worker);
}

/** A worker that says nothing about its own end. */
function deaf(): WorkerLike {
  const worker = create();
  return { ...worker, addEventListener: (type, listener) => { if (type === 'message') worker.addEventListener(type, listener); } };
}

function pool(options: Partial<PoolOptions> = {}): Pool {
  const started = analysisPort({ create, size: 1, ...options });
  pools.push(started);
  return started;
}

async function failure(promise: Promise<unknown>): Promise<TwinError> {
  const outcome = await promise.then(() => null, (error: unknown) => error);
  expect(outcome).toBeInstanceOf(TwinError);
  return outcome as TwinError;
}

describe('a call whose work goes wrong is rejected with the reason, and the next one is answered (W01)', () => {
  test.each([
    ['throw', {}, 'analysis-failed', /on purpose/],
    ['exit', { code: 7 }, 'worker-died', /exit code 7/],
    ['uncaught', {}, 'worker-died', /nobody caught this/],
    // Running out of memory is slow where the machine is busy: then silence is noticed first.
    ['memory', {}, expect.stringMatching(/^worker-(died|hung)$/), /memory|sign of life/],
    ['wasm', {}, 'analysis-failed', /unreachable/],
    ['unclonable', {}, 'analysis-failed', /could not be|Unserializable/],
  ])('%s', async (name, input, code, message) => {
    const { run } = pool();
    const error = await failure(run(name, input));
    expect(error.code).toEqual(code);
    expect(error.message).toMatch(message);
    expect(await run('square', { value: 3 })).toBe(9);
  });

  test('a buffer that was handed over before is a typed error', async () => {
    const { run } = pool();
    const values = new Float32Array(8);
    await run('bytes', { values }, { transfer: [values.buffer] });
    expect((await failure(run('bytes', { values }, { transfer: [values.buffer] }))).code).toBe('analysis-failed');
    expect(await run('square', { value: 2 })).toBe(4);
  });
});

test('a worker killed with no event is found within two seconds (W02)', async () => {
  const { run } = pool({ create: deaf });
  await run('echo', 1);
  const pending = run('square', { value: 5, pause: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const killed = performance.now();
  void made[0].terminate();
  const error = await failure(pending);
  expect(error.code).toBe('worker-hung');
  // Two seconds of looks; the fault row W02 holds the clock to it, this test runs beside others.
  expect(performance.now() - killed).toBeLessThan(4000);
  expect(await run('square', { value: 4 })).toBe(16);
});

test('a worker that died between two calls costs nobody anything', async () => {
  const quiet = pool({ create: deaf });
  await quiet.run('echo', 1);
  await made[0].terminate();
  expect(await quiet.run('square', { value: 6 })).toBe(36);
  expect(quiet.state.replaced).toBe(1);
});

describe('work that never ends is ended (W03)', () => {
  test('without a sign of life after two seconds', async () => {
    const { run } = pool();
    await run('echo', 1);
    const started = performance.now();
    expect((await failure(run('spin', {}))).code).toBe('worker-hung');
    expect(performance.now() - started).toBeLessThan(4500);
    expect(await run('square', { value: 3 })).toBe(9);
  });

  test('with signs of life at its deadline, and others are not held up', async () => {
    const { run } = pool({ size: 2 });
    await Promise.all([run('square', { value: 1, pause: 50 }), run('square', { value: 1, pause: 50 })]);
    const started = performance.now();
    const long = failure(run('long', { seconds: 30 }, { deadline: 1 }));
    expect(await run('square', { value: 3 })).toBe(9);
    expect(performance.now() - started).toBeLessThan(900);
    expect((await long).code).toBe('deadline');
    expect(performance.now() - started).toBeLessThan(2500);
  });

  test('a long task with signs of life and time enough is left alone', async () => {
    const progress: number[] = [];
    expect(await pool().run('long', { seconds: 2.5 }, { onProgress: (fraction) => progress.push(fraction) })).toBe('done');
    expect(progress.length).toBeGreaterThan(10);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  test('a waiting call is rejected at its deadline too', async () => {
    const { run } = pool();
    const long = run('long', { seconds: 1.2 });
    expect((await failure(run('echo', 1, { deadline: 0.2 }))).code).toBe('deadline');
    expect(await long).toBe('done');
  });
});

describe('cancelling (W04)', () => {
  test('random calls, queued and running: each settles once, as its model says, and no late result comes', async () => {
    const { run } = pool({ size: 2, waiting: 5000 });
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ pause: fc.nat(4), abortAfter: fc.option(fc.nat(12), { nil: undefined }) }), { minLength: 20, maxLength: 60 }), async (calls) => {
      const late: number[] = [];
      await Promise.all(calls.map(async ({ pause, abortAfter }, value) => {
        const controller = new AbortController();
        let settled = false;
        if (abortAfter !== undefined) setTimeout(() => controller.abort(), abortAfter);
        await run('square', { value, pause }, { signal: controller.signal }).then(
          (result) => {
            if (controller.signal.aborted) late.push(value);
            expect(result).toBe(value * value);
          },
          (error: TwinError) => {
            expect(error.code).toBe('aborted');
            expect(controller.signal.aborted).toBe(true);
          },
        );
        expect(settled).toBe(false);
        settled = true;
      }));
      expect(late).toEqual([]);
    }), { numRuns: 20, seed: 4 });
  });

  test('work that listens stops by itself, work that does not is ended with its worker', async () => {
    const own = pool({ grace: 0.2 });
    const { run } = own;
    await run('echo', 1);
    const listening = new AbortController();
    const patient = failure(run('patient', { steps: 1e9 }, { signal: listening.signal, onProgress: () => listening.abort() }));
    expect((await patient).code).toBe('aborted');
    expect(await run('square', { value: 2 })).toBe(4);
    expect(own.state.replaced).toBe(0);
    const deaf = new AbortController();
    const long = failure(run('long', { seconds: 20 }, { signal: deaf.signal, onProgress: () => deaf.abort() }));
    expect((await long).code).toBe('aborted');
    expect(await run('square', { value: 3 })).toBe(9);
    expect(own.state.replaced).toBe(1);
  });
});

test('buffers travel without copies, both ways', async () => {
  const values = Float32Array.of(1, 2, 3);
  const result = await pool().run<unknown, { doubled: Float32Array }>('bytes', { values }, { transfer: [values.buffer] });
  expect([...result.doubled]).toEqual([2, 4, 6]);
  expect(values.length).toBe(0);
});

test('calls of one word go to one worker, other words to another', async () => {
  const { run } = pool({ size: 2 });
  const seen = { a: new Set<unknown>(), b: new Set<unknown>() };
  await Promise.all(Array.from({ length: 24 }, (_, i) => {
    const word = i % 3 === 0 ? 'a' : 'b';
    return run('who', {}, { affinity: word }).then((who) => seen[word].add(who));
  }));
  expect([seen.a.size, seen.b.size]).toEqual([1, 1]);
  expect([...seen.a]).not.toEqual([...seen.b]);
});

test('a queue that is full refuses, a higher priority goes first', async () => {
  const { run } = pool({ waiting: 3 });
  const order: string[] = [];
  const first = run('square', { value: 1, pause: 100 });
  await new Promise((resolve) => setTimeout(resolve, 400));
  const blocker = run('square', { value: 1, pause: 150 }).then(() => order.push('blocker'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const waiting = [['low', 0], ['high', 5], ['middle', 1]].map(([name, priority]) => run('echo', name, { priority: priority as number }).then(() => order.push(name as string)));
  const refused = await failure(run('echo', 'one too many'));
  expect([refused.code, refused.retryable]).toEqual(['refused', true]);
  await Promise.all([first, blocker, ...waiting]);
  expect(order).toEqual(['blocker', 'high', 'middle', 'low']);
});

test('an input that ended two workers is not tried a third time (W08)', async () => {
  const own = pool();
  const { run } = own;
  for (let i = 0; i < 2; i++) expect((await failure(run('exit', { code: 3 }))).code).toBe('worker-died');
  expect((await failure(run('exit', { code: 3 }))).code).toBe('refused');
  expect(own.state.replaced).toBe(2);
  expect((await failure(run('exit', { code: 4 }))).code).toBe('worker-died');
});

test('a worker that never starts is one sentence, not a hang', async () => {
  const { run } = pool({ create: () => fromNodeWorker(startWorker(`${file}.missing.mjs`)) });
  const error = await failure(run('echo', 1));
  expect(error.code).toBe('worker-died');
  expect(error.message).toMatch(/could not be started/);
});

test('after dispose nothing is pending and nothing runs', async () => {
  const shut = pool({ size: 2 });
  const calls = Array.from({ length: 6 }, () => failure(shut.run('square', { value: 1, pause: 5000 })));
  shut.dispose();
  for (const error of await Promise.all(calls)) expect(error.code).toBe('aborted');
  expect(shut.state.workers).toBe(0);
  expect((await failure(shut.run('echo', 1))).code).toBe('aborted');
});
