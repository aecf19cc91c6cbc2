import { createServer } from 'node:http';
import { connect, type MqttClient } from 'mqtt';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';
import type { FeedSpec, FeedStatus } from '../../engine/ports.ts';
import { feedClient } from '../../workers/feeds/client.ts';
import { FeedHost } from '../../workers/feeds/host.ts';
import { localFeedWorker } from '../../workers/feeds/local.ts';
import { freePort, startMosquitto, type RealBroker } from '../../workers/feeds/testing/mosquitto.ts';
import { ANCHOR } from '../../workers/feeds/testing/standing-feed.ts';
import { startToxicProxy, type Toxic } from '../../workers/feeds/testing/toxic-proxy.ts';

interface Figure {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const equal = (what: string, value: number, reach: number, unit = ''): Figure => ({ what, value, unit, reach, met: value === reach });
const atMost = (what: string, value: number, reach: number, unit = ''): Figure => ({ what, value: Number(value.toFixed(2)), unit, reach: `≤ ${reach}`, met: value <= reach });
const told = (what: string, value: number | string, unit = ''): Figure => ({ what, value, unit, reach: null, met: true });
const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const SOCKET = WebSocket as unknown as typeof globalThis.WebSocket;
const load = (): Promise<ArrayBuffer> => Promise.reject(new Error('nothing to load'));
const WISH = { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: 1000 } as const;
const car = (id: string, t = Date.now() / 1000): string => JSON.stringify({ id, t, lon: 117.49, lat: 30.66 });

/** Seconds until something holds; Infinity where it does not within the limit. */
async function within(what: () => boolean, limit: number): Promise<number> {
  const begun = performance.now();
  while (!what()) {
    if (performance.now() - begun > limit * 1000) return Infinity;
    await sleep(0.01);
  }
  return (performance.now() - begun) / 1000;
}

interface Listening {
  readonly host: FeedHost;
  readonly status: Map<number, FeedStatus>;
  received(feed?: number): number;
}

function listening(): Listening {
  const status = new Map<number, FeedStatus>();
  const host = new FeedHost({ post: (message) => { if (message.kind === 'status') status.set(message.feed, message.status); }, WebSocket: SOCKET, load });
  return { host, status, received: (feed = 1) => host.feed(feed)?.ledger.counts.received ?? 0 };
}

/** A mosquitto that another client publishes on, ten readings a second, with what is to be done beside it. */
async function withBroker<T>(run: (broker: RealBroker) => Promise<T>): Promise<T> {
  const broker = await startMosquitto();
  const publisher: MqttClient = connect(broker.tcp, { reconnectPeriod: 200 });
  publisher.on('error', () => {});
  let seq = 0;
  const timer = setInterval(() => {
    if (publisher.connected) publisher.publish('city/vehicles/1', JSON.stringify({ id: `v${seq % 20}`, t: Date.now() / 1000, lon: 117.49, lat: 30.66, seq: seq++ }), { qos: 0 });
  }, 100);
  try {
    return await run(broker);
  } finally {
    clearInterval(timer);
    publisher.end(true);
    await broker.end();
  }
}

const portOf = (url: string): number => Number(new URL(url).port);
const spec = (port: number, more: Partial<FeedSpec> = {}): FeedSpec => ({ transport: 'mqtt', url: `ws://127.0.0.1:${port}`, topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 3, retry: { first: 0.1, cap: 0.5 }, ...more });

/** Packets vanish and nobody is told. */
async function halfOpen(): Promise<Figure[]> {
  return withBroker(async (broker) => {
    const proxy = await startToxicProxy(portOf(broker.url));
    const { host, status, received } = listening();
    try {
      host.handle({ kind: 'open', feed: 1, wish: WISH, spec: spec(proxy.port) });
      await within(() => received() > 5, 10);
      proxy.toxic = { kind: 'timeout' };
      const stale = within(() => status.get(1)?.state === 'stale', 30);
      const noticed = await within(() => status.get(1)?.issues.some(({ code }) => code === 'network' || code === 'deadline') ?? false, 40);
      proxy.toxic = { kind: 'none' };
      const before = received();
      const back = await within(() => received() > before + 3, 20);
      return [
        atMost('stale badge after the last reading (staleAfter 3 s)', await stale, 3 + 1 + 0.2, 's'),
        atMost('the silent link noticed (heartbeat 6 s)', noticed, 12, 's'),
        atMost('fresh again after the line was mended', back, 10, 's'),
      ];
    } finally {
      host.dispose();
      proxy.close();
    }
  });
}

/** Everything that a line can do. */
async function toxics(): Promise<Figure[]> {
  const list: readonly Toxic[] = [
    { kind: 'latency', ms: 2000, jitter: 1000 }, { kind: 'bandwidth', bytes: 200 }, { kind: 'slicer', size: 3, ms: 1 }, { kind: 'reset_peer', ms: 300 }, { kind: 'limit_data', bytes: 600 }, { kind: 'slow_close', ms: 2000 }, { kind: 'timeout' },
  ];
  return withBroker(async (broker) => {
    const figures: Figure[] = [];
    const refusedTwice: number[] = [];
    for (const toxic of list) {
      const proxy = await startToxicProxy(portOf(broker.url));
      const { host, status, received } = listening();
      try {
        host.handle({ kind: 'open', feed: 1, wish: WISH, spec: spec(proxy.port) });
        await within(() => received() > 5, 10);
        proxy.toxic = toxic;
        await sleep(toxic.kind === 'timeout' ? 14 : 6);
        const during = status.get(1)?.state ?? 'none';
        proxy.toxic = { kind: 'none' };
        const at = Date.now() / 1000;
        const back = await within(() => (host.feed(1)?.history.span?.to ?? 0) > at, 25);
        figures.push({ what: `${toxic.kind}: ${during} meanwhile; fresh again after`, value: Number(back.toFixed(2)), unit: 's', reach: '≤ 10', met: back <= 10 });
        refusedTwice.push(host.feed(1)?.ledger.counts.rejected ?? 0);
      } finally {
        host.dispose();
        proxy.close();
      }
    }
    return [...figures, equal('messages spoiled on the way', refusedTwice.reduce((a, b) => a + b, 0), 0)];
  });
}

/** Many screens lose their broker in one moment. */
async function herd(): Promise<Figure[]> {
  const clients = 500;
  const broker = await startMosquitto();
  const hosts: FeedHost[] = [];
  const proxy = await startToxicProxy(portOf(broker.url));
  try {
    for (let k = 0; k < clients; k++) {
      const host = new FeedHost({ post: () => {}, WebSocket: SOCKET, load });
      hosts.push(host);
      host.handle({ kind: 'open', feed: 1, wish: { ...WISH, capacity: 10 }, spec: { ...spec(proxy.port), retry: undefined } });
      if (k % 50 === 49) await sleep(0.3);
    }
    await within(() => proxy.open >= clients, 40);
    const before = proxy.open;
    await broker.kill();
    proxy.connects.length = 0;
    const lost = Date.now();
    await sleep(60);
    await broker.start();
    const returned = Date.now();
    await within(() => proxy.open >= clients, 60);
    const all = (Date.now() - returned) / 1000;
    const bySecond = new Map<number, number>();
    for (const at of proxy.connects) bySecond.set(Math.floor((at - lost) / 1000), (bySecond.get(Math.floor((at - lost) / 1000)) ?? 0) + 1);
    const settled = [...bySecond].filter(([second]) => second >= 8).map(([, count]) => count);
    const peak = Math.max(...bySecond.values());
    return [
      equal('clients connected before', before, clients),
      told('connects in the busiest second of all', peak),
      { what: 'connects in the busiest second, once the first tries are over (8 s)', value: Math.max(...settled), unit: `of ${clients} clients`, reach: `≤ ${clients / 10}`, met: Math.max(...settled) <= clients / 10 },
      { what: 'connects in the busiest second after the return', value: Math.max(...[...bySecond].filter(([second]) => second >= Math.floor((returned - lost) / 1000)).map(([, count]) => count)), unit: `of ${clients} clients`, reach: `≤ ${clients / 10}`, met: Math.max(...[...bySecond].filter(([second]) => second >= Math.floor((returned - lost) / 1000)).map(([, count]) => count)) <= clients / 10 },
      atMost('everybody back after the return', all, 35, 's'),
    ];
  } finally {
    for (const host of hosts) host.dispose();
    proxy.close();
    await broker.end();
  }
}

/** Doors that open to a token which expires. */
async function doors(): Promise<Figure[]> {
  const canary = 'canary-7f3a';
  let valid = `${canary}-1`;
  const broker = await Aedes.createBroker({ authenticate: (_client, _user, password, done) => done(String(password) === valid ? null : Object.assign(new Error('not authorized'), { returnCode: 4 as const }), String(password) === valid) });
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => void broker.handle(createWebSocketStream(socket), request));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const gatePort = await freePort();
  const gate = new WebSocketServer({ port: gatePort, host: '127.0.0.1', verifyClient: ({ req }: { req: { url?: string } }, done: (ok: boolean, code?: number) => void) => done(new URL(req.url ?? '/', 'http://x').searchParams.get('token') === valid, 401) });
  const timer = setInterval(() => {
    broker.publish({ cmd: 'publish', topic: 'city/vehicles/1', payload: Buffer.from(car('a')), qos: 0, dup: false, retain: false }, () => {});
    for (const client of gate.clients) client.send(car('a'));
  }, 50);
  const figures: Figure[] = [];
  const everything: string[] = [];
  try {
    for (const [name, own] of [['MQTT', spec(port)], ['WebSocket', { ...spec(gatePort), transport: 'websocket' as const }]] as const) {
      let renewals = 0;
      let known = valid;
      const states: string[] = [];
      const worker = localFeedWorker({ WebSocket: SOCKET, load });
      const client = feedClient({
        create: () => worker,
        credentials: ({ renew }) => {
          if (renew) {
            renewals++;
            known = valid;
          }
          return name === 'MQTT' ? { username: 'wall', password: known } : { query: { token: known } };
        },
      });
      const end = new AbortController();
      client.open(own, WISH, { reset() {}, motion() {}, values() {}, status: (status) => { everything.push(JSON.stringify(status)); if (states.at(-1) !== status.state) states.push(status.state); } }, end.signal);
      const first = await within(() => states.includes('live'), 10);
      valid = `${canary}-${Math.random()}`;
      for (const socket of [...sockets.clients, ...gate.clients]) socket.terminate();
      const before = worker.host.feed(1)?.ledger.counts.received ?? 0;
      const again = await within(() => (worker.host.feed(1)?.ledger.counts.received ?? 0) > before + 3, 20);
      figures.push(
        atMost(`${name}: live with the first token`, first, 10, 's'),
        atMost(`${name}: live again by a renewed token after the old one expired`, again, 10, 's'),
        { what: `${name}: renewals asked for`, value: renewals, unit: '', reach: '1 … 3', met: renewals >= 1 && renewals <= 3 },
      );
      client.dispose();
      // Nobody renews: a clear state, and tries go on.
      const hopeless = listening();
      hopeless.host.handle({ kind: 'open', feed: 1, wish: WISH, spec: own });
      await within(() => hopeless.status.get(1)?.state === 'failed', 10);
      const wrong = hopeless.status.get(1);
      everything.push(JSON.stringify(wrong));
      figures.push({ what: `${name}: without credentials`, value: `${wrong?.state}, ${wrong?.issues.at(-1)?.code}`, unit: '', reach: 'failed, refused', met: wrong?.state === 'failed' && wrong.issues.at(-1)?.code === 'refused' });
      hopeless.host.dispose();
    }
    figures.push(equal('tokens in any status', everything.filter((text) => text.includes(canary)).length, 0));
    const refusing = await freePort();
    const nobody = listening();
    nobody.host.handle({ kind: 'open', feed: 1, wish: WISH, spec: spec(refusing) });
    await within(() => (nobody.status.get(1)?.issues[0]?.count ?? 0) >= 3, 15);
    const attempts = nobody.status.get(1)?.issues[0]?.count ?? 0;
    figures.push({ what: 'connection refused: tries that were said', value: attempts, unit: '', reach: '≥ 3', met: attempts >= 3 });
    nobody.host.dispose();
    return figures;
  } finally {
    clearInterval(timer);
    for (const socket of [...sockets.clients, ...gate.clients]) socket.terminate();
    gate.close();
    broker.close();
    server.close();
  }
}

/** A million last values in one burst when a feed subscribes. */
async function retained(): Promise<Figure[]> {
  const count = 1_000_000;
  // With its default of 1,000 mosquitto throws away what a burst has more, and says so to nobody.
  const broker = await startMosquitto({ queued: 0 });
  const publisher = connect(broker.tcp, {});
  await new Promise<void>((resolve) => publisher.once('connect', () => resolve()));
  const now = Date.now() / 1000;
  for (let k = 0; k < count; k++) {
    const payload = `{"id":"r${k}","t":${now},"lon":${117.4 + (k % 1000) * 1e-4},"lat":${30.6 + Math.floor(k / 1000) * 1e-4}}`;
    if (k % 2000 === 1999) await publisher.publishAsync(`city/vehicles/${k}`, payload, { qos: 1, retain: true });
    else publisher.publish(`city/vehicles/${k}`, payload, { qos: 0, retain: true });
  }
  const { host, status, received } = listening();
  const begun = performance.now();
  let longest = 0;
  let last = performance.now();
  const canary = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 20);
    last = performance.now();
  }, 20);
  try {
    host.handle({ kind: 'open', feed: 1, wish: { ...WISH, capacity: count }, spec: spec(portOf(broker.url), { staleAfter: 3600 }) });
    const took = await within(() => received() >= count, 180);
    const { ledger } = host.feed(1)!.status(Date.now() / 1000);
    const { received: all, ...parts } = ledger;
    return [
      { what: 'retained messages received', value: all, unit: `of ${count}`, reach: count, met: all === count },
      equal('unaccounted', all - Object.values(parts).reduce((a, b) => a + b, 0), 0),
      equal('dropped', ledger.dropped, 0, 'messages'),
      told('seconds for all of them', Number((took === Infinity ? (performance.now() - begun) / 1000 : took).toFixed(1)), 's'),
      told('longest that the worker answered nobody meanwhile', Math.round(longest), 'ms'),
      told('state', status.get(1)?.state ?? 'none'),
    ];
  } finally {
    clearInterval(canary);
    host.dispose();
    publisher.end(true);
    await broker.end();
  }
}

/** The same page twice. */
async function twoTabs(): Promise<Figure[]> {
  return withBroker(async (broker) => {
    const tabs = [listening(), listening(), listening()];
    try {
      for (const { host } of tabs) host.handle({ kind: 'open', feed: 1, wish: WISH, spec: spec(portOf(broker.url)) });
      await within(() => tabs.every(({ status }) => status.get(1)?.state === 'live'), 10);
      await sleep(15);
      return [
        equal('reconnects of three tabs in a quarter of a minute', tabs.reduce((sum, { status }) => sum + (status.get(1)?.reconnects ?? 0), 0), 0),
        equal('tabs live', tabs.filter(({ status }) => status.get(1)?.state === 'live').length, 3),
      ];
    } finally {
      for (const { host } of tabs) host.dispose();
    }
  });
}

/** A connection that breaks for ever: nothing grows. */
async function forever(): Promise<Figure[]> {
  const port = await freePort();
  const server = new WebSocketServer({ port, host: '127.0.0.1' });
  let [connections, open, most] = [0, 0, 0];
  server.on('connection', (socket) => {
    connections++;
    most = Math.max(most, ++open);
    socket.on('close', () => open--);
    socket.send(car('a'));
    setTimeout(() => socket.terminate(), 4);
  });
  const { host, status } = listening();
  const signals: AbortSignal[] = [];
  const add = AbortSignal.prototype.addEventListener;
  const remove = AbortSignal.prototype.removeEventListener;
  let listeners = 0;
  AbortSignal.prototype.addEventListener = function (...list: Parameters<typeof add>) {
    listeners++;
    signals.push(this);
    return add.apply(this, list);
  };
  AbortSignal.prototype.removeEventListener = function (...list: Parameters<typeof remove>) {
    listeners--;
    return remove.apply(this, list);
  };
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  try {
    host.handle({ kind: 'open', feed: 1, wish: WISH, spec: spec(port, { transport: 'websocket', retry: { first: 0.01, cap: 0.02 } }) });
    await within(() => connections >= 200, 60);
    const [listenersBefore, timersBefore, heapBefore] = [listeners, timers(), process.memoryUsage().heapUsed];
    await within(() => connections >= 3080, 240);
    const [listenersAfter, timersAfter] = [listeners, timers()];
    return [
      // A day of tries at the cap of thirty seconds, half of it on average, is 5,760; half of them are told here.
      told('connections made and lost', connections),
      atMost('listeners on signals more after 2,880 of them', listenersAfter - listenersBefore, 2),
      atMost('timers more', timersAfter - timersBefore, 3),
      atMost('sockets open at once, most', most, 2),
      told('heap more', Number(((process.memoryUsage().heapUsed - heapBefore) / 2 ** 20).toFixed(1)), 'MB (uncollected)'),
      equal('issues kept for all of them', (status.get(1)?.issues ?? []).length, 2),
    ];
  } finally {
    AbortSignal.prototype.addEventListener = add;
    AbortSignal.prototype.removeEventListener = remove;
    host.dispose();
    server.close();
  }
}

/** An alarm stands when its line goes down. */
async function alarmKept(): Promise<Figure[]> {
  const broker = await startMosquitto();
  const publisher = connect(broker.tcp, { reconnectPeriod: 200 });
  publisher.on('error', () => {});
  await new Promise<void>((resolve) => publisher.once('connect', () => resolve()));
  const values = new Map<string, number>();
  let status: FeedStatus | null = null;
  const host = new FeedHost({
    post: (message) => {
      if (message.kind === 'values') message.ids.forEach((id, i) => values.set(`${id} ${message.name}`, message.values[i]));
      if (message.kind === 'status') status = message.status;
    },
    WebSocket: SOCKET, load,
  });
  const now = (): FeedStatus | null => status;
  try {
    host.handle({ kind: 'open', feed: 1, wish: { ...WISH, as: 'values' }, spec: spec(portOf(broker.url), { topic: 'alerts/#', decode: 'readings', staleAfter: 60 }) });
    await within(() => now()?.issues !== undefined, 5);
    await sleep(0.5);
    const raised = Date.now() / 1000;
    await publisher.publishAsync('alerts/1', JSON.stringify({ id: 'gas-7', t: raised, values: { level: 3 } }), { qos: 1 });
    await within(() => values.get('gas-7 level') === 3, 5);
    await broker.kill();
    const down = await within(() => now()?.state === 'stale', 5);
    await sleep(3);
    const kept = values.get('gas-7 level');
    const newest = now()?.newest ?? 0;
    const link = now()?.issues.some(({ code }) => code === 'network') ?? false;
    await broker.start();
    const gap = await within(() => now()?.issues.some(({ code }) => code === 'gap') ?? false, 20);
    return [
      atMost('stale after the line went down, though the alarm is young', down, 2, 's'),
      equal('the alarm as last known', kept ?? -1, 3),
      { what: 'its time kept', value: Number((newest - raised).toFixed(3)), unit: 's off', reach: '0', met: Math.abs(newest - raised) < 0.01 },
      { what: '“link down” said', value: String(link), unit: '', reach: 'true', met: link },
      atMost('the gap said with its two times after the return', gap, 20, 's'),
    ];
  } finally {
    host.dispose();
    publisher.end(true);
    await broker.end();
  }
}

export const rows: Readonly<Record<string, () => Promise<Figure[]>>> = { F02: halfOpen, F03: toxics, F04: herd, F05: doors, F08: retained, F20: alarmKept, F22: twoTabs, F24: forever };
