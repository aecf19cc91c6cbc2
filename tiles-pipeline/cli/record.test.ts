import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { digest } from '../../workers/feeds/answers.ts';
import { FeedHost } from '../../workers/feeds/host.ts';
import { parquetPast } from '../../workers/feeds/past/parquet.ts';
import { framesOf } from '../../workers/feeds/recording.ts';
import { standingFeed } from '../../workers/feeds/testing/standing-feed.ts';
import { run } from './citymirror.ts';

const folder = mkdtempSync(join(tmpdir(), 'record-'));
afterAll(() => rmSync(folder, { recursive: true }));
const WISH = { anchor: { lon: 117.49, lat: 30.66, height: 0 }, as: 'points', lag: 0, lift: 0, colour: '#fff', capacity: 1000 } as const;

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, { out: (text) => void (out += text), err: (text) => void (err += text), redraw: false, columns: 80, signal: new AbortController().signal });
  return { code, out, err };
}

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Says something every 80 ms to whoever is there; rubbish in between. */
async function chatter(): Promise<{ url: string; sent: number[]; end(): void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((done) => server.once('listening', done));
  const sent: number[] = [];
  const timer = setInterval(() => {
    const now = Date.now() / 1000;
    if (server.clients.size < 2) return;
    sent.push(now);
    const k = sent.length;
    const vehicles = Array.from({ length: 5 }, (_, v) => ({ id: `v${v}`, t: now - (k % 7 === 0 ? 0.5 : 0.01), lon: 117.49 + (k + v) * 1e-5, lat: 30.66 + v * 1e-4, speed: 5, heading: 90 }));
    for (const client of server.clients) client.send(k % 5 === 0 ? 'rubbish' : JSON.stringify(vehicles));
  }, 80);
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, sent,
    end() {
      clearInterval(timer);
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

describe('citymirror record', () => {
  test('a recording replays to what a twin saw live: the same digest at 20 moments; and as a table it is a past', async () => {
    const source = await chatter();
    const host = new FeedHost({ post: () => {}, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, load: () => Promise.reject(new Error('nothing')) });
    const feed = { transport: 'websocket', url: source.url, decode: 'vehicles', staleAfter: 15 } as const;
    host.handle({ kind: 'open', feed: 1, spec: feed, wish: WISH });
    try {
      while ((host.feed(1)?.player ?? null) === null) await pause(10);
      const path = join(folder, 'a.cmrec');
      const done = call('record', '--feed', JSON.stringify(feed), '-o', path, '--for', '2.2');
      const table = call('record', '--feed', JSON.stringify(feed), '-o', join(folder, 'a.parquet'), '--for', '2.2');
      const { code, out } = await done;
      expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+ messages, 0\.\d\d MiB in /u) as string });
      expect((await table).out).toMatch(/messages, \d+ readings in .*could not be read\n$/u);
      const replayed = standingFeed({ transport: 'replay' }, WISH);
      const frames = [...framesOf(readFileSync(path))];
      expect(frames.length).toBeGreaterThan(15);
      for (const frame of frames) replayed.feed.receive(frame);
      // Between two messages: the two machines' times of receipt differ by a hair.
      const moments = source.sent.filter((at) => at > frames[0].at && at < frames.at(-1)!.at - 0.05).map((at) => at + 0.04).slice(0, 20);
      expect(moments.length).toBeGreaterThan(12);
      const live = moments.map((at) => digest(host.feed(1)!, at));
      expect(moments.map((at) => digest(replayed.feed, at))).toEqual(live);
      expect(new Set(live).size).toBeGreaterThan(moments.length / 2);
      // The power failed in the middle of a message: what is whole plays.
      truncateSync(path, readFileSync(path).length - 7);
      expect([...framesOf(readFileSync(path))]).toHaveLength(frames.length - 1);

      const parquet = readFileSync(join(folder, 'a.parquet'));
      const rows = [];
      const served = (() => Promise.resolve(new Response(parquet))) as unknown as typeof fetch;
      for await (const each of parquetPast({ format: 'parquet', url: 'http://x/a.parquet' }, served)({ from: 0, to: 4e9 }, new AbortController().signal)) rows.push(each);
      const readings = rows.reduce((sum, { count }) => sum + count, 0);
      expect(readings).toBeGreaterThan(50);
      const past = standingFeed({}, WISH);
      for (const each of rows) past.feed.recall(each, 0, each.count);
      expect(past.feed.history.count).toBe(readings);
      expect(past.feed.ids.count).toBe(5);
    } finally {
      host.dispose();
      source.end();
    }
  });

  test('a scene names the feed; what cannot be recorded is one sentence', async () => {
    const scene = join(folder, 'scene.json');
    writeFileSync(scene, JSON.stringify({ layers: { ground: {}, traffic: { feed: { transport: 'mqtt', url: '/mqtt', decode: 'vehicles', staleAfter: 15 } } } }));
    const out = ['-o', join(folder, 'x.cmrec')];
    expect(await call('record', '--feed', scene, ...out)).toMatchObject({ code: 2, err: expect.stringContaining('must be whole') as string });
    expect(await call('record', '--feed', scene, '--layer', 'ground', ...out)).toMatchObject({ code: 2, err: 'The scene has no layer “ground” with a feed; with one are: traffic.\n' });
    expect(await call('record', '--feed', join(folder, 'none.json'), ...out)).toMatchObject({ code: 2, err: expect.stringContaining('There is no file') as string });
    expect(await call('record', '--feed', '{"transport"', ...out)).toMatchObject({ code: 2, err: expect.stringContaining('is no JSON') as string });
    expect(await call('record', '--feed', '{"transport":"push","url":"ws://a","decode":"vehicles"}', ...out)).toMatchObject({ code: 2, err: expect.stringContaining('nothing to record') as string });
    expect(await call('record', '--feed', '{"transport":"websocket","url":"ws://a","decode":"vehicles"}', '-o', join(folder, 'no/such/x.cmrec'))).toMatchObject({ code: 2, err: expect.stringContaining('cannot be written') as string });
    expect(await call('record')).toMatchObject({ code: 2, err: expect.stringContaining('Name the feed') as string });
    expect((await call('record', '--help')).out).toContain('--for SECONDS');
  });
});
