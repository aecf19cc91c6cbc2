import { createServer } from 'node:http';
import { Aedes } from 'aedes';
import { afterEach, expect, it } from 'vitest';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import type { FeedStatus } from '../../../engine/ports.ts';
import { FeedHost } from '../host.ts';
import { ANCHOR } from '../testing/standing-feed.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

async function until(what: () => boolean, ms = 8000): Promise<void> {
  const end = Date.now() + ms;
  while (!what()) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A broker over WebSocket on a free port. */
async function startBroker(allow: (topic: string) => boolean = () => true): Promise<{ url: string; broker: Aedes }> {
  const broker = await Aedes.createBroker({ authorizeSubscribe: (_client, subscription, done) => done(null, allow(subscription.topic) ? subscription : null) });
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => void broker.handle(createWebSocketStream(socket), request));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const client of sockets.clients) client.terminate();
    broker.close();
    server.close();
  });
  const address = server.address();
  return { url: `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, broker };
}

function startHost(): { host: FeedHost; status: Map<number, FeedStatus> } {
  const status = new Map<number, FeedStatus>();
  const host = new FeedHost({
    post: (message) => {
      if (message.kind === 'status') status.set(message.feed, message.status);
    },
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    load: () => Promise.reject(new Error('none')),
  });
  ends.push(() => host.dispose());
  return { host, status };
}

const wish = { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: 10 } as const;
const car = (id: string): string => JSON.stringify({ id, t: Date.now() / 1000, lon: 117.49, lat: 30.66 });

it('feeds to one broker share a connection, each gets its own topics, and the last one closes it', async () => {
  const { url, broker } = await startBroker();
  const { host, status } = startHost();
  const spec = { transport: 'mqtt', url, decode: 'vehicles', staleAfter: 5 } as const;
  host.handle({ kind: 'open', feed: 1, wish, spec: { ...spec, topic: 'a/#' } });
  host.handle({ kind: 'open', feed: 2, wish, spec: { ...spec, topic: 'a/#' } });
  await until(() => broker.connectedClients === 1);
  host.handle({ kind: 'open', feed: 3, wish, spec: { ...spec, topic: 'b/+' } });
  const publish = (topic: string, id: string): void => broker.publish({ cmd: 'publish', topic, payload: car(id), qos: 0, dup: false, retain: false }, () => {});
  const received = (feed: number): number => host.feed(feed)?.ledger.counts.received ?? 0;
  await until(() => {
    publish('b/1', 'ready');
    publish('a/1', 'ready');
    return received(1) > 0 && received(2) > 0 && received(3) > 0;
  });
  publish('a/x/y', 'one');
  publish('b/x/y', 'nobody');
  await until(() => host.feed(1)?.ids.find('one') === 1 && host.feed(2)?.ids.find('one') === 1);
  expect(host.feed(3)?.ids.find('one')).toBe(-1);
  expect(host.feed(3)?.ids.find('nobody')).toBe(-1);
  expect(broker.connectedClients).toBe(1);
  await until(() => [1, 2, 3].every((feed) => status.get(feed)?.state === 'live'));
  for (const feed of [1, 2]) host.handle({ kind: 'close', feed });
  const before = received(3);
  await until(() => {
    publish('b/2', 'still');
    return received(3) > before;
  });
  host.handle({ kind: 'close', feed: 3 });
  await until(() => broker.connectedClients === 0);
});

it('a topic that the broker refuses is a state and a sentence', async () => {
  const { url } = await startBroker((topic) => topic !== 'secret/#');
  const { host, status } = startHost();
  host.handle({ kind: 'open', feed: 1, wish, spec: { transport: 'mqtt', url, topic: 'secret/#', decode: 'vehicles', staleAfter: 5 } });
  await until(() => status.get(1)?.state === 'failed');
  expect(status.get(1)?.issues[0]).toMatchObject({ code: 'refused', message: expect.stringContaining('secret/#') });
});

it('an address that carries a password shows it nowhere', async () => {
  const { host, status } = startHost();
  host.handle({ kind: 'open', feed: 1, wish, spec: { transport: 'mqtt', url: 'ws://user:hunter2@127.0.0.1:9/?token=hunter2', decode: 'vehicles', staleAfter: 5, retry: { first: 0.05, cap: 0.1 } } });
  await until(() => (status.get(1)?.issues.length ?? 0) > 0);
  expect(JSON.stringify(status.get(1))).not.toContain('hunter2');
});

it('asks for the cells seen alone, changes the difference on the one connection, and asks again after a broken one', async () => {
  const { url, broker } = await startBroker();
  const asked: string[] = [];
  const left: string[] = [];
  broker.on('subscribe', (list) => asked.push(...list.map(({ topic }) => topic)));
  broker.on('unsubscribe', (list) => left.push(...list));
  const { host } = startHost();
  const interest = { grid: 'beidou', level: 4, topic: 'city/{cell}/#', margin: 0, linger: 0.2 } as const;
  host.handle({ kind: 'open', feed: 1, wish, spec: { transport: 'mqtt', url, decode: 'vehicles', staleAfter: 5, interest, retry: { first: 0.05, cap: 0.1 } } });
  await until(() => broker.connectedClients === 1);
  expect(asked).toEqual([]);
  const look = (lon: number): void => host.handle({ kind: 'look', feed: 1, seen: [Float64Array.of(lon, 30.651, lon + 0.01, 30.651, lon + 0.01, 30.66, lon, 30.66)] });
  look(117.485);
  await until(() => asked.length === 1);
  expect(asked).toEqual(['city/N50H651E9/#']);
  const publish = (cell: string, id: string): void => broker.publish({ cmd: 'publish', topic: `city/${cell}/1`, payload: car(id), qos: 0, dup: false, retain: false }, () => {});
  await until(() => {
    publish('N50H651E9', 'here');
    publish('N50H75009', 'there');
    return (host.feed(1)?.ids.find('here') ?? -1) >= 0;
  });
  expect(host.feed(1)?.ids.find('there')).toBe(-1);
  look(117.502);
  await until(() => asked.length === 2 && left.length === 1);
  expect([asked[1], left]).toEqual(['city/N50H75009/#', ['city/N50H651E9/#']]);
  expect(broker.connectedClients).toBe(1);
  for (const client of Object.values((broker as unknown as { clients: Record<string, { conn: { destroy(): void } }> }).clients)) client.conn.destroy();
  await until(() => asked.length === 3);
  expect(asked[2]).toBe('city/N50H75009/#');
});
