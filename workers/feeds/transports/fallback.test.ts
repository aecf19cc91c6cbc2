import { createServer } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { FeedSpec } from '../../../engine/ports.ts';
import { openFeed, until, type OpenedFeed } from '../testing/opened.ts';
import { startProxy, type Proxy, type ProxyRules } from '../testing/proxy.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const reading = (): string => JSON.stringify({ id: 'a', t: Date.now() / 1000, values: { a: 1 } });

/** One server that speaks all three, and a proxy before it. */
async function behind(rules: ProxyRules): Promise<Proxy> {
  let asked = 0;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    if (request.url === '/poll') return void setTimeout(() => response.end(`id: ${++asked}\ndata: ${reading()}\n\n`), 20);
    const timer = setInterval(() => response.write(`data: ${reading()}\n\n`), 20);
    response.on('close', () => clearInterval(timer));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    const timer = setInterval(() => socket.send(reading()), 20);
    socket.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxy = await startProxy(typeof address === 'object' && address ? address.port : 0, rules);
  ends.push(() => {
    proxy.close();
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return proxy;
}

function openBehind(proxy: Proxy, again = 60): OpenedFeed {
  const spec: FeedSpec = {
    transport: 'websocket', url: `ws://${proxy.url}/`, decode: 'readings', staleAfter: 5, retry: { first: 0.02, cap: 0.05, again },
    fallback: [{ transport: 'sse', url: `http://${proxy.url}/events` }, { transport: 'poll', url: `http://${proxy.url}/poll`, every: 0 }],
  };
  const opened = openFeed(spec);
  ends.push(opened.close);
  return opened;
}

it('stays on the first way where it can be had', async () => {
  const opened = openBehind(await behind({ upgrade: 'pass', buffer: false }));
  await until(() => opened.status().ledger.received > 3);
  expect(opened.status().way).toEqual({ transport: 'websocket', why: null });
});

it('a proxy that refuses WebSockets: an event stream, said with its reason; and the WebSocket again when it can be had', async () => {
  const proxy = await behind({ upgrade: 'refuse', buffer: false });
  const opened = openBehind(proxy, 0.2);
  await until(() => opened.status().state === 'live');
  expect(opened.status().way).toEqual({ transport: 'sse', why: expect.stringMatching(/^A WebSocket could not be had .*; an event stream is used instead\.$/u) });
  expect(opened.status().issues.map(({ code }) => code)).toContain('other-way');
  const { received } = opened.status().ledger;
  await until(() => opened.status().ledger.received > received + 3);
  proxy.rules = { upgrade: 'pass', buffer: false };
  await until(() => opened.status().way?.transport === 'websocket');
  const now = opened.status().ledger.received;
  await until(() => opened.status().ledger.received > now + 3);
  expect(opened.status()).toMatchObject({ state: 'live', way: { why: null } });
});

it('when every way is shut they are tried in turn, and the first that opens is taken', async () => {
  const proxy = await behind({ upgrade: 'refuse', buffer: false });
  const spec = { decode: 'readings', staleAfter: 5, retry: { first: 0.01, cap: 0.02 } } as const;
  const opened = openFeed({ ...spec, transport: 'websocket', url: `ws://${proxy.url}/`, fallback: [{ transport: 'sse', url: 'http://127.0.0.1:9/' }] });
  ends.push(opened.close);
  await until(() => opened.status().way?.transport === 'sse');
  expect(opened.status().state).toBe('connecting');
  proxy.rules = { upgrade: 'pass', buffer: false };
  await until(() => opened.status().state === 'live');
  expect(opened.status().way?.transport).toBe('websocket');
});

it('ends all its tries with its feed', async () => {
  const proxy = await behind({ upgrade: 'refuse', buffer: false });
  const opened = openBehind(proxy, 0.02);
  await until(() => opened.status().state === 'live');
  opened.host.handle({ kind: 'close', feed: 1 });
  const { received } = opened.feed.ledger.counts;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(opened.feed.ledger.counts.received).toBe(received);
});
