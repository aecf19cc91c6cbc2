import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildWorker } from '../../tests/built-worker.ts';
import type { TwinError } from '../../engine/errors.ts';
import type { FeedPort, FeedSink, FeedSpec, FeedStatus, FeedWish } from '../../engine/ports.ts';
import { fromNodeWorker, type WorkerLike } from '../pool/worker-like.ts';
import { feedClient } from './client.ts';
import { localFeedWorker } from './local.ts';
import { packPoints } from './decoders/points.ts';
import { ANCHOR } from './testing/standing-feed.ts';

const wish: FeedWish = { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ff8800', lift: 0, capacity: 100 };
const spec: FeedSpec = { transport: 'push', url: '', decode: 'vehicles', staleAfter: 5 };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: () => boolean, ms = 8000): Promise<void> {
  const end = Date.now() + ms;
  while (!what()) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await sleep(10);
  }
}

class Sink implements FeedSink {
  resets = 0;
  updates = 0;
  last: FeedStatus | null = null;
  reset(): void {
    this.resets++;
  }
  motion({ count }: { count: number }): void {
    this.updates += count;
  }
  values(): void {}
  readonly said: string[] = [];
  status(status: FeedStatus): void {
    this.last = status;
    this.said.push(`${status.state} ${status.issues.at(-1)?.code ?? ''}`);
  }
}

const reading = (id: string, x = 0) => ({ id, time: Date.now() / 1000, lon: 117.49 + x, lat: 30.66, height: null, heading: null, values: { speed: 3 } });

let file = '';
const ports: FeedPort[] = [];
let made: Worker[] = [];
let issues: TwinError[] = [];

beforeAll(async () => {
  file = await buildWorker('workers/feeds/testing/node.worker.ts');
});
afterEach(() => {
  for (const port of ports.splice(0)) port.dispose();
  made = [];
  issues = [];
});

function port(wrap: (worker: WorkerLike) => WorkerLike = (worker) => worker): FeedPort {
  const create = (): WorkerLike => {
    const worker = new Worker(file);
    made.push(worker);
    return wrap(fromNodeWorker(worker));
  };
  const client = feedClient({ create, silence: 1.5, linger: 0.05, onIssue: (error) => issues.push(error) });
  ports.push(client);
  return client;
}

describe('the feed worker from the main thread', () => {
  it('starts with the first feed, answers, and ends with the last', async () => {
    const client = port();
    expect(made).toHaveLength(0);
    const sink = new Sink();
    const end = new AbortController();
    const feed = client.open(spec, wish, sink, end.signal);
    await until(() => sink.last !== null);
    feed.push([reading('a'), reading('b', 0.001)]);
    await until(() => sink.updates >= 2);
    expect(sink.resets).toBe(1);
    const { ids, places } = await feed.columns(Date.now() / 1000);
    expect(ids).toEqual(['a', 'b']);
    expect(places[3] - places[0]).toBeCloseTo(95.8, 0);
    expect(await feed.digest(Date.now() / 1000)).toMatch(/^[0-9a-f]{64}$/);
    expect(await feed.reading('b', Date.now() / 1000)).toMatchObject({ id: 'b', values: { speed: 3 }, stale: false });
    expect((await feed.recording()).length).toBeGreaterThan(100);
    const exited = new Promise((resolve) => made[0].once('exit', resolve));
    end.abort();
    await exited;
    await expect(feed.digest(0)).rejects.toMatchObject({ code: 'aborted' });
    expect(issues).toEqual([]);
  });

  it('keeps a feed whose listener is made anew: one worker, its history, everything told again', async () => {
    const client = port();
    const first = new Sink();
    const end = new AbortController();
    const feed = client.open(spec, wish, first, end.signal);
    await until(() => first.last !== null);
    feed.push([reading('a')]);
    await until(() => first.updates >= 1);
    end.abort();
    const second = new Sink();
    const again = client.open(spec, wish, second, new AbortController().signal);
    await until(() => second.updates >= 1);
    expect(second.resets).toBe(1);
    expect((await again.columns(Date.now() / 1000)).ids).toEqual(['a']);
    expect(made).toHaveLength(1);
    expect(first.updates).toBe(1);
  });

  it.each([
    ['dies', () => made[0].terminate(), 'worker-died'],
    ['throws', () => made[0].postMessage({ kind: 'throw' }), 'worker-died'],
    ['hangs', () => made[0].postMessage({ kind: 'spin' }), 'worker-hung'],
  ])('is replaced when it %s: feeds open again, sinks start over, open questions are answered', async (_what, harm, code) => {
    const client = port();
    const [one, two] = [new Sink(), new Sink()];
    const { signal } = new AbortController();
    const feed = client.open(spec, wish, one, signal);
    client.open({ ...spec, decode: 'readings' }, wish, two, signal);
    await until(() => one.resets === 1 && two.resets === 1);
    await harm();
    const asked = feed.digest(1).then(
      () => 'answered',
      (error: TwinError) => error.code,
    );
    await until(() => one.resets === 2 && two.resets === 2);
    expect(['worker-died', 'worker-hung', 'answered']).toContain(await asked);
    expect(issues.map((issue) => issue.code)).toEqual([code]);
    expect(one.said).toContain(`failed ${code}`);
    feed.push([reading('c')]);
    await until(() => one.updates > 0);
  });

  it('says that its script could not be started, and tries again more and more slowly', async () => {
    let tries = 0;
    const client = feedClient({
      create: () => {
        tries++;
        throw new Error('blocked');
      },
      onIssue: (error) => issues.push(error),
    });
    ports.push(client);
    client.open(spec, wish, new Sink(), new AbortController().signal);
    await sleep(900);
    expect(tries).toBeGreaterThanOrEqual(2);
    expect(tries).toBeLessThanOrEqual(4);
    expect(issues[0]).toMatchObject({ code: 'worker-died', message: expect.stringContaining('blocked') });
  });

  it('reads a recording by address and plays it against the clock', async () => {
    const record = localFeedWorker({ WebSocket: globalThis.WebSocket, load: () => Promise.reject(new Error('none')) });
    const recorder = feedClient({ create: () => record });
    ports.push(recorder);
    const sink = new Sink();
    const live = recorder.open({ ...spec, decode: 'points', transport: 'push' }, wish, sink, new AbortController().signal);
    await until(() => sink.resets === 1);
    const start = Math.floor(Date.now() / 1000) - 100;
    for (let t = 0; t < 60; t++) record.host.feed(1)?.receive({ bytes: packPoints(start + t, [{ id: 7, time: start + t, lon: 117.49 + t * 1e-5, lat: 30.66 }]), topic: 'p', at: start + t });
    const recording = await live.recording();
    const expected = await live.digest(start + 30);
    const replaying = localFeedWorker({ WebSocket: globalThis.WebSocket, load: async () => recording.slice().buffer });
    const client = feedClient({ create: () => replaying, base: 'http://localhost/page/' });
    ports.push(client);
    client.clock({ mode: 'replay', time: start + 10, at: Date.now() / 1000, rate: 10 });
    const again = new Sink();
    const feed = client.open({ ...spec, transport: 'replay', url: '../tape.cmrec', decode: 'points' }, wish, again, new AbortController().signal);
    await until(() => again.last?.ledger.received === 60);
    expect(again.last).toMatchObject({ state: 'replay', history: { from: start, to: start + 59 } });
    expect(await feed.digest(start + 30)).toBe(expected);
    // Counted in fives of seconds, so a little over both ends.
    const total = async (of: Pick<typeof feed, 'density'>): Promise<number> => (await of.density(start - 10, start + 70, 8)).reduce((sum, count) => sum + count, 0);
    expect(await total(feed)).toBe(60);
    client.open({ ...spec, transport: 'replay', url: '../tape.cmrec', decode: 'points' }, { ...wish, lift: 1 }, new Sink(), new AbortController().signal);
    for (let tries = 0; tries < 100 && (await total(client)) < 120; tries++) await sleep(20);
    expect(await total(client)).toBe(120);
    client.clock({ mode: 'paused', time: start + 20.5, at: 0, rate: 1 });
    await sleep(100);
    const shown = await feed.reading('7', start + 20.5);
    expect(shown).toMatchObject({ time: start + 20, lon: expect.closeTo(117.490205, 6) });
  });
});
