import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Relay } from '../../demo/server/relay.ts';
import { startServer } from '../../demo/server/server.ts';
import { openFeed, until } from '../../workers/feeds/testing/opened.ts';
import { startProxy, type ProxyRules } from '../../workers/feeds/testing/proxy.ts';

interface Figure {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const seconds = (since: number): number => Number(((Date.now() - since) / 1000).toFixed(2));
const atMost = (what: string, value: number, reach: number, unit: string): Figure => ({ what, value, unit, reach: `≤ ${reach}`, met: value <= reach });
const equal = (what: string, value: number | string, reach: number | string, unit = ''): Figure => ({ what, value, unit, reach, met: value === reach });

/** One kind of proxy between a page and the demo's server: how long until data, and by which way. */
async function behind(name: string, rules: ProxyRules, way: string, within: number): Promise<Figure[]> {
  const { connectAsync } = await import('mqtt');
  const server = await startServer({ port: 0, pages: [], cities: [] });
  const publisher = await connectAsync(`ws://127.0.0.1:${server.port}/mqtt`);
  const proxy = await startProxy(server.port, rules);
  let sent = 0;
  const timer = setInterval(() => void publisher.publish('city/sensors/a', JSON.stringify({ id: 'a', t: Date.now() / 1000, values: { n: ++sent } })), 100);
  const at = `http://${proxy.url}/relay`;
  const began = Date.now();
  const opened = openFeed({
    transport: 'mqtt', url: `ws://${proxy.url}/mqtt`, topic: 'city/sensors/#', decode: 'readings', staleAfter: 5, retry: { first: 1, cap: 30, again: 2 },
    fallback: [{ transport: 'sse', url: `${at}/events?topic=city/sensors/%23` }, { transport: 'poll', url: `${at}/poll?topic=city/sensors/%23`, every: 0 }],
  });
  try {
    await until(() => opened.status().state === 'live', 180_000).catch(() => {});
    const first = seconds(began);
    const status = opened.status();
    await pause(1000);
    const more = opened.status().ledger.received - status.ledger.received;
    proxy.rules = { upgrade: 'pass', buffer: false };
    const free = Date.now();
    await until(() => opened.status().way?.transport === 'mqtt' && opened.status().state === 'live', 120_000).catch(() => {});
    return [
      equal(`${name}: the way in use, as the status says`, status.way?.transport ?? 'none', way),
      equal(`${name}: and why`, status.way?.why ? 'said' : 'not said', way === 'mqtt' ? 'not said' : 'said'),
      atMost(`${name}: time to first data`, first, within, 's'),
      { what: `${name}: readings in the next second`, value: more, unit: '', reach: '≥ 5', met: more >= 5 },
      ...(way === 'mqtt' ? [] : [atMost(`${name}: back on the first way after the proxy let go`, seconds(free), 30, 's')]),
    ];
  } finally {
    clearInterval(timer);
    opened.close();
    proxy.close();
    await publisher.endAsync(true);
    await server.close();
  }
}

/** A proxy blocks WebSockets, or streams too. */
async function blocked(): Promise<Figure[]> {
  return [
    ...(await behind('no proxy', { upgrade: 'pass', buffer: false }, 'mqtt', 2)),
    ...(await behind('upgrade refused', { upgrade: 'refuse', buffer: false }, 'sse', 5)),
    ...(await behind('upgrade swallowed', { upgrade: 'swallow', buffer: false }, 'sse', 25)),
    ...(await behind('upgrade refused, streams held back', { upgrade: 'refuse', buffer: true }, 'poll', 60)),
  ];
}

/** One client of the relay does not read. */
async function slow(): Promise<Figure[]> {
  const relay = new Relay('/relay');
  const server = createServer((request, response) => void relay.handle(request, response, {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const ages: number[] = [];
  const healthy = await Promise.all(Array.from({ length: 10 }, () => fetch(`http://127.0.0.1:${port}/relay/events?topic=a`)));
  const reading = healthy.map(async (answer) => {
    const reader = answer.body!.getReader();
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += new TextDecoder().decode(part.value);
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const sent = /"t":([\d.]+)/u.exec(event)?.[1];
        if (sent) ages.push(performance.now() - Number(sent));
      }
    }
  });
  const filler = 'x'.repeat(9000);
  const publish = async (for_: number): Promise<void> => {
    for (const end = Date.now() + for_; Date.now() < end; await pause(5)) relay.publish('a', Buffer.from(JSON.stringify({ t: performance.now(), filler })));
  };
  const p99 = (): number => {
    const sorted = ages.splice(0).toSorted((a, b) => a - b);
    return Number((sorted[Math.floor(sorted.length * 0.99)] ?? NaN).toFixed(1));
  };
  await publish(3000);
  await pause(200);
  const alone = p99();
  const paused = connect(port, '127.0.0.1', () => paused.write('GET /relay/events?topic=a HTTP/1.1\r\nHost: x\r\n\r\n'));
  paused.on('error', () => {});
  paused.pause();
  await until(() => relay.figures().clients === 11);
  await publish(35_000);
  await pause(200);
  const received = ages.length;
  const beside = p99();
  const { cut, dropped, clients, waiting, ringBytes } = relay.figures();
  relay.close();
  server.closeAllConnections();
  server.close();
  paused.destroy();
  await Promise.allSettled(reading);
  return [
    { what: 'events left out for the slow one before it was cut', value: dropped, unit: '', reach: '> 0', met: dropped > 0 },
    equal('slow clients cut', cut, 1),
    equal('clients left', clients, 10),
    { what: 'events that the others received', value: received, unit: '', reach: null, met: received > 0 },
    { what: "the others' age, p99, before", value: alone, unit: 'ms', reach: null, met: true },
    atMost("the others' age, p99, beside it", beside, 100, 'ms'),
    atMost('most that waited for one client', Number((waiting / 1e6).toFixed(2)), 1.1, 'MB'),
    atMost('kept for those who come back', Number((ringBytes / 1e6).toFixed(2)), 8.4, 'MB'),
  ];
}

export const rows: Readonly<Record<string, () => Promise<Figure[]>>> = { F06: blocked, F23: slow };
