import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connectAsync } from 'mqtt';
import { WebSocket } from 'ws';
import type { FeedSpec } from '../engine/ports.ts';
import { FeedHost } from '../workers/feeds/host.ts';
import type { FromWorker } from '../workers/feeds/messages.ts';
import { packPoints } from '../workers/feeds/decoders/points.ts';
import { startMosquitto } from '../workers/feeds/testing/mosquitto.ts';
import { ANCHOR, standingFeed } from '../workers/feeds/testing/standing-feed.ts';

interface Row {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const PUBLISHER = fileURLToPath(new URL('../workers/feeds/testing/flood-publisher.mjs', import.meta.url));
const GENERATOR = fileURLToPath(new URL('../workers/feeds/testing/points-generator.mjs', import.meta.url));

/** Readings a second of processor time through decoder, checks, ledger, history and player, garbage collection included. */
function decoding(name: string, decode: FeedSpec['decode'], perMessage: number, message: (first: number, t: number) => Uint8Array): Row {
  const { feed } = standingFeed({ decode }, { lag: 1, capacity: 20_000 });
  const start = 1_800_000_000;
  let readings = 0;
  let spent = 0;
  for (let round = 0; spent < 1500; round++) {
    const made = Array.from({ length: 400 }, (_, k) => message((k * perMessage) % 20_000, start + (round * 400 + k) * 0.05));
    const begun = process.cpuUsage();
    for (const bytes of made) feed.receive({ bytes, topic: 't', at: start + 1e6 });
    feed.flush(start + round * 20);
    const used = process.cpuUsage(begun);
    spent += (used.user + used.system) / 1000;
    readings += made.length * perMessage;
  }
  const rate = readings / (spent / 1000);
  return { what: `${name}: readings a second of processor time through decoder, ledger and history`, value: Math.round(rate), unit: '1/s', reach: 100_000, met: rate >= 100_000 };
}

/** Bytes in use after a full collection: heap and array buffers. */
function inUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface Flood {
  readonly ids: number;
  readonly seconds: number;
  /** A text message a reading instead of packed points. */
  readonly json?: boolean;
}

/** Readings at random ids from another process over a WebSocket; age is from the reading's time to the columns that leave for the main thread. */
async function flood({ ids, seconds, json = false }: Flood): Promise<Row[]> {
  const generator = spawn(process.execPath, [GENERATOR, String(ids), '100000', String(seconds), json ? 'json' : 'points'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: generator.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const ages: number[] = [];
  let before = 0;
  let bytes = 0;
  let flushes = 0;
  const host = new FeedHost({
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    load: () => Promise.reject(new Error('nothing to load')),
    post: (message: FromWorker) => {
      if (message.kind !== 'motion') return;
      const feed = host.feed(1);
      const now = Date.now() / 1000;
      const floats = new Float32Array(message.buffer);
      bytes += message.buffer.byteLength;
      flushes++;
      if (feed) {
        for (let i = 0; i < message.count; i++) {
          const record = feed.history.newest(floats[10 * i]);
          if (feed.history.received[record] > before) ages.push(now - feed.history.time[record]);
        }
      }
      before = now;
    },
  });
  const memoryBefore = inUse();
  host.handle({ kind: 'open', feed: 1, spec: { transport: 'websocket', url: `ws://127.0.0.1:${port}`, decode: json ? 'vehicles' : 'points', staleAfter: 15 }, wish: { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: ids } });
  const cpu = process.cpuUsage();
  const { sent, stopped } = JSON.parse(String((await lines.next()).value)) as { sent: number; stopped: number };
  const used = process.cpuUsage(cpu);
  while ((host.feed(1)?.ledger.counts.received ?? 0) < sent && Date.now() / 1000 - stopped < 20) await new Promise((resolve) => setTimeout(resolve, 5));
  const drained = Date.now() / 1000 - stopped;
  const counts = host.feed(1)?.ledger.counts;
  const countedAges = ages.length * 16;
  const memory = Math.round((inUse() - memoryBefore - countedAges) / 2 ** 20);
  host.dispose();
  generator.kill('SIGKILL');
  if (!counts) return [];
  ages.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((ages[Math.floor(ages.length * share)] ?? NaN) * 1000);
  const { received, ...parts } = counts;
  const name = `100,000 ${json ? 'JSON messages' : 'readings'} a second, ${ids.toLocaleString('en')} ids, ${seconds} s`;
  const unaccounted = sent - Object.values(parts).reduce((a, b) => a + b, 0);
  return [
    { what: `${name}: sent`, value: sent, unit: 'readings', reach: null, met: true },
    { what: `${name}: unaccounted`, value: unaccounted, unit: 'readings', reach: 0, met: unaccounted === 0 && received === sent },
    { what: `${name}: dropped`, value: counts.dropped, unit: 'messages', reach: 0, met: counts.dropped === 0 },
    { what: `${name}: age at the columns, p50`, value: at(0.5), unit: 'ms', reach: null, met: true },
    { what: `${name}: age at the columns, p99`, value: at(0.99), unit: 'ms', reach: 500, met: at(0.99) <= 500 },
    { what: `${name}: drained after the end`, value: Math.round(drained * 1000), unit: 'ms', reach: 1000, met: drained <= 1 },
    { what: `${name}: memory more at the end (heap and buffers)`, value: memory, unit: 'MB', reach: ids <= 20_000 ? 64 : null, met: ids > 20_000 || memory <= 64 },
    { what: `${name}: worker's thread in use`, value: Math.round((used.user + used.system) / 1e4 / seconds), unit: '%', reach: null, met: true },
    { what: `${name}: columns to the main thread`, value: Math.round(bytes / seconds / 1e5) / 10, unit: 'MB/s', reach: null, met: true },
    { what: `${name}: changes a second`, value: Math.round(flushes / seconds), unit: '1/s', reach: '≤ 30', met: flushes / seconds <= 30 },
  ];
}

/** JSON messages through a real mosquitto from another process as fast as it takes them: what reaches a bare client, and what reaches the feed. */
async function throughBroker({ ids, seconds }: Flood): Promise<Row[]> {
  const rates: number[] = [];
  const rows: Row[] = [];
  for (const who of ['bare', 'feed'] as const) {
    const broker = await startMosquitto();
    const publisher = spawn(process.execPath, [PUBLISHER, broker.tcp, String(ids), String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: publisher.stdout })[Symbol.asyncIterator]();
    let bare = 0;
    const client = who === 'bare' ? await connectAsync(broker.url, { timerVariant: 'native' }) : null;
    const host = new FeedHost({ post: () => {}, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, load: () => Promise.reject(new Error('nothing to load')) });
    client?.on('message', () => bare++);
    await client?.subscribeAsync('city/#', { qos: 0 });
    if (!client) host.handle({ kind: 'open', feed: 1, spec: { transport: 'mqtt', url: broker.url, topic: 'city/#', decode: 'vehicles', staleAfter: 15 }, wish: { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: ids } });
    const count = (): number => (client ? bare : (host.feed(1)?.ledger.counts.received ?? 0));
    while (count() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const [from, begun] = [count(), performance.now()];
    const { sent } = JSON.parse(String((await lines.next()).value)) as { sent: number };
    rates.push((count() - from) / ((performance.now() - begun) / 1000));
    let still = -1;
    while (still !== count()) {
      still = count();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const counts = host.feed(1)?.ledger.counts;
    if (counts) {
      const { received, ...parts } = counts;
      const gap = host.feed(1)?.status(Date.now() / 1000).sequence;
      rows.push(
        { what: 'JSON through mosquitto: sent, received, said to be missing by their numbers', value: `${sent}, ${received}, ${gap?.missing ?? 0}`, unit: 'messages', reach: null, met: true },
        { what: 'JSON through mosquitto: unaccounted', value: received - Object.values(parts).reduce((a, b) => a + b, 0), unit: 'messages', reach: 0, met: received === Object.values(parts).reduce((a, b) => a + b, 0) },
      );
    }
    host.dispose();
    client?.end(true);
    publisher.kill('SIGKILL');
    await broker.end();
  }
  return [
    { what: "JSON through mosquitto: the broker's own ceiling, a client that only counts", value: Math.round(rates[0]), unit: '1/s', reach: null, met: true },
    { what: 'JSON through mosquitto: through transport, decoder, ledger, history and player', value: Math.round(rates[1]), unit: '1/s', reach: null, met: true },
    ...rows,
  ];
}

/** What the feed worker takes. */
export async function run(): Promise<Row[]> {
  const vehicle = (id: number, t: number): unknown => ({ id: `v${id}`, t, lon: 117.49 + id * 1e-6, lat: 30.66 + Math.sin(t / 30 + id) * 1e-4, speed: 8.25, heading: 90.5 });
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  return [
    decoding('JSON, a reading a message', 'vehicles', 1, (first, t) => json(vehicle(first, t))),
    decoding('JSON, 50 readings a message', 'vehicles', 50, (first, t) => json(Array.from({ length: 50 }, (_, k) => vehicle((first + k) % 20_000, t)))),
    decoding('packed points, 1,000 a message', 'points', 1000, (first, t) => packPoints(t, Array.from({ length: 1000 }, (_, k) => ({ id: (first + k) % 20_000, time: t, lon: 117.49 + k * 1e-6, lat: 30.66 })))),
    ...(await flood({ ids: 20_000, seconds: 15 })),
    ...(await flood({ ids: 1_000_000, seconds: 15 })),
    ...(await flood({ ids: 20_000, seconds: 60, json: true })),
    ...(await throughBroker({ ids: 20_000, seconds: 15 })),
  ];
}
