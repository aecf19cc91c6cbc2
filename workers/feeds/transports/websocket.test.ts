import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { FeedStatus } from '../../../engine/ports.ts';
import { Backoff } from '../backoff.ts';
import { FeedHost } from '../host.ts';
import { freePort } from '../testing/mosquitto.ts';
import { ANCHOR } from '../testing/standing-feed.ts';
import { topicMatches } from '../topic.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function host(): { host: FeedHost; states: string[]; status: () => FeedStatus | null } {
  const states: string[] = [];
  let last: FeedStatus | null = null;
  const made = new FeedHost({
    post: (message) => {
      if (message.kind !== 'status') return;
      last = message.status;
      if (states.at(-1) !== message.status.state) states.push(message.status.state);
    },
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    load: () => Promise.reject(new Error('none')),
  });
  ends.push(() => made.dispose());
  return { host: made, states, status: () => last };
}

function serve(port: number): WebSocketServer {
  const server = new WebSocketServer({ port, host: '127.0.0.1' });
  const timer = setInterval(() => {
    for (const client of server.clients) client.send(JSON.stringify({ id: 'a', t: Date.now() / 1000, lon: 117.49, lat: 30.66 }));
  }, 20);
  ends.push(() => {
    clearInterval(timer);
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return server;
}

async function until(what: () => boolean, ms = 6000): Promise<void> {
  const end = Date.now() + ms;
  while (!what()) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const open = { kind: 'open', feed: 1, wish: { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: 10 } } as const;

it('a WebSocket that breaks is taken up again by itself', async () => {
  const port = await freePort();
  const server = serve(port);
  const { host: made, states } = host();
  made.handle({ ...open, spec: { transport: 'websocket', url: `ws://127.0.0.1:${port}`, decode: 'vehicles', staleAfter: 2, retry: { first: 0.05, cap: 0.2 } } });
  await until(() => states.includes('live'));
  for (const client of server.clients) client.terminate();
  const received = made.feed(1)?.ledger.counts.received ?? 0;
  await until(() => made.feed(1)?.status(Date.now() / 1000).reconnects === 1);
  await until(() => (made.feed(1)?.ledger.counts.received ?? 0) > received + 3);
  await until(() => states.at(-1) === 'live');
});

it('closes its socket with its feed', async () => {
  const port = await freePort();
  const server = serve(port);
  const { host: made, states } = host();
  made.handle({ ...open, spec: { transport: 'websocket', url: `ws://127.0.0.1:${port}`, decode: 'vehicles', staleAfter: 2 } });
  await until(() => states.includes('live'));
  made.handle({ kind: 'close', feed: 1 });
  await until(() => server.clients.size === 0);
});

it('a server that accepts and says nothing is no silent stop', async () => {
  const silent: Server = createServer();
  const port = await freePort();
  silent.listen(port, '127.0.0.1');
  ends.push(() => silent.close());
  const { host: made, status } = host();
  made.handle({ ...open, spec: { transport: 'mqtt', url: `ws://127.0.0.1:${port}`, decode: 'vehicles', staleAfter: 2, retry: { first: 0.05, cap: 0.2 } } });
  await until(() => (status()?.issues.length ?? 0) > 0, 12_000);
  expect(status()?.issues[0]).toMatchObject({ code: expect.stringMatching(/network|deadline/) });
  expect(status()?.state).toBe('connecting');
}, 20_000);

it('waits with full jitter up to the cap, and begins again after a connection that held', () => {
  const at = (share: number): number[] => {
    const backoff = new Backoff({ first: 1, cap: 30 }, () => share);
    return Array.from({ length: 8 }, () => backoff.next());
  };
  expect(at(1)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  expect(at(0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  const backoff = new Backoff({ first: 1, cap: 30 }, () => 1);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(1);
  // Where nobody said how quickly: a server that was lost is not run over by all its clients at once.
  const usual = new Backoff(undefined, () => 1);
  expect([usual.next(), usual.next()]).toEqual([1, 2]);
  usual.reset();
  expect([usual.next(), usual.next()]).toEqual([15, 30]);
});

it.each([
  ['#', 'a/b', true],
  ['#', '$SYS/x', false],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['a/+', 'a/b', true],
  ['a/+', 'a/b/c', false],
  ['+/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['city/vehicles/#', 'city/roads/1', false],
])('topic filter %s and %s: %s', (filter, topic, matches) => expect(topicMatches(filter, topic)).toBe(matches));

it('tells the server which cells are seen: all after every connection, the difference afterwards', async () => {
  const port = await freePort();
  const server = serve(port);
  const told: { interest: { grid: string; level: number; add: string[]; drop: string[] } }[] = [];
  server.on('connection', (socket) => socket.on('message', (data) => told.push(JSON.parse(String(data)) as (typeof told)[number])));
  const { host: made } = host();
  const interest = { grid: 'quadkey', level: 14, margin: 0, linger: 0.1 } as const;
  made.handle({ ...open, spec: { transport: 'websocket', url: `ws://127.0.0.1:${port}`, decode: 'vehicles', staleAfter: 2, interest, retry: { first: 0.05, cap: 0.2 } } });
  const look = (lon: number): void => made.handle({ kind: 'look', feed: 1, seen: [Float64Array.of(lon, 30.655, lon + 0.001, 30.655, lon + 0.001, 30.656, lon, 30.656)] });
  look(117.49);
  await until(() => told.length >= 1);
  await until(() => told.flatMap((each) => each.interest.add).length === 1);
  const [first] = told.flatMap(({ interest: { add } }) => add);
  look(117.6);
  await until(() => told.flatMap(({ interest: { drop } }) => drop).length === 1);
  const last = told.flatMap(({ interest: { add } }) => add)[1];
  expect(told.flatMap(({ interest: { drop } }) => drop)).toEqual([first]);
  const before = told.length;
  for (const client of server.clients) client.terminate();
  await until(() => told.length > before);
  expect(told[before]).toEqual({ interest: { grid: 'quadkey', level: 14, add: [last], drop: [] } });
});
