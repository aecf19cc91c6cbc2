import { WebSocket, WebSocketServer } from 'ws';
import { FeedHost } from '../../workers/feeds/host.ts';
import type { FeedStatus } from '../../engine/ports.ts';
import { brokerRun } from '../../workers/feeds/testing/broker-run.ts';
import { freePort } from '../../workers/feeds/testing/mosquitto.ts';
import { ANCHOR } from '../../workers/feeds/testing/standing-feed.ts';

interface Figure {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const START = Math.floor(Date.now() / 1000) - 600;

function good(k: number): string {
  return JSON.stringify({ id: `v${k % 500}`, t: START + Math.floor(k / 500) * 0.25, lon: 117.49 + (k % 500) * 1e-5, lat: 30.66, speed: 5, heading: 10 });
}

interface Through {
  readonly status: FeedStatus;
  readonly quarantined: number;
  /** Longest time that an unrelated healthy feed of the same worker went without a reading, milliseconds. */
  readonly canary: number;
}

/** Sends messages to a feed over a real WebSocket, beside an unrelated healthy feed. */
async function through(messages: Iterable<string | Uint8Array>, expected: number): Promise<Through> {
  const [port, other] = [await freePort(), await freePort()];
  const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false });
  const healthy = new WebSocketServer({ port: other, host: '127.0.0.1' });
  const beat = setInterval(() => {
    for (const client of healthy.clients) client.send(JSON.stringify({ id: 'canary', t: Date.now() / 1000, lon: 117.49, lat: 30.66 }));
  }, 20);
  let [canary, last] = [0, 0];
  const host = new FeedHost({ post: () => {}, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, load: () => Promise.reject(new Error('nothing to load')) });
  const wish = { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: 1000 } as const;
  server.on('connection', async (socket) => {
    let sent = 0;
    for (const message of messages) {
      socket.send(message);
      if (++sent % 200 === 0 || socket.bufferedAmount > 1 << 22) await pause(1);
    }
  });
  try {
    host.handle({ kind: 'open', feed: 2, wish, spec: { transport: 'websocket', url: `ws://127.0.0.1:${other}`, decode: 'vehicles', staleAfter: 5 } });
    while ((host.feed(2)?.ledger.counts.received ?? 0) === 0) await pause(5);
    host.handle({ kind: 'open', feed: 1, wish, spec: { transport: 'websocket', url: `ws://127.0.0.1:${port}`, decode: 'vehicles', staleAfter: 5 } });
    const end = Date.now() + 60_000;
    let seen = 0;
    last = Date.now();
    for (let rest = 0; rest < 20 && Date.now() < end; ) {
      await pause(10);
      const count = host.feed(2)?.ledger.counts.received ?? 0;
      canary = Math.max(canary, Date.now() - last);
      if (count > seen) [seen, last] = [count, Date.now()];
      if ((host.feed(1)?.ledger.counts.received ?? 0) >= expected) rest++;
    }
    const feed = host.feed(1);
    if (!feed) throw new Error('the feed is gone');
    return { status: feed.status(Date.now() / 1000), quarantined: feed.ledger.quarantine.length, canary };
  } finally {
    clearInterval(beat);
    host.dispose();
    for (const one of [server, healthy]) {
      for (const client of one.clients) client.terminate();
      one.close();
    }
  }
}

function accounts({ ledger }: FeedStatus): number {
  const { received, ...parts } = ledger;
  return received - Object.values(parts).reduce((a, b) => a + b, 0);
}

const equal = (what: string, value: number, reach: number, unit = ''): Figure => ({ what, value, unit, reach, met: value === reach });
const atMost = (what: string, value: number, reach: number, unit = ''): Figure => ({ what, value, unit, reach: `≤ ${reach}`, met: value <= reach });

/** One message in a thousand is poison of some kind. */
async function poison(): Promise<Figure[]> {
  const kinds: (string | Uint8Array)[] = [
    '{"id":"v1","t":', '<html>login</html>', '', '[[[[', '{"id":{},"t":1}', '{"id":"v1","t":1,"lon":"NaN","lat":30}', '{"id":"\\ud800","t":1}',
    Uint8Array.from({ length: 4000 }, (_, i) => (i * 37) & 255), `"${'x'.repeat(10_000_000)}"`, 'null', '{"id":"v1","t":NaN}', `{"id":"v1","t":${START},"lon":1e999,"lat":1}`,
  ];
  const total = 100_000;
  const messages = function* (): Generator<string | Uint8Array> {
    for (let k = 0; k < total; k++) {
      if (k % 1000 === 500) yield kinds[Math.floor(k / 1000) % kinds.length];
      yield good(k);
    }
  };
  const { status, quarantined, canary } = await through(messages(), total + total / 1000);
  return [
    equal('good readings applied', status.ledger.applied + status.ledger.coalesced, total, `of ${total}`),
    equal('poison messages rejected', status.ledger.rejected, total / 1000),
    equal('unaccounted', accounts(status), 0),
    equal('connections made again', status.reconnects, 0),
    atMost('messages kept in the quarantine', quarantined, 50),
    atMost('an unrelated feed stood still at most', canary, 1000, 'ms'),
  ];
}

/** Messages made to break the parser, the worker or the page's prototypes. */
async function bombs(): Promise<Figure[]> {
  const bad: string[] = [
    '['.repeat(100_000) + ']'.repeat(100_000), '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), '['.repeat(3_900_000),
    `{${Array.from({ length: 1_000_000 }, (_, i) => `"${i.toString(36)}":1`).join(',')}}`, `[${Array.from({ length: 250_000 }, () => '{"a":1}').join(',')}]`,
    '{"__proto__":{"polluted":true}}', String.raw`{"\u005f\u005fproto__":{"polluted":true}}`, '{"constructor":{"prototype":{"polluted":true}}}', '[{"id":"v1","prototype":{}}]',
    '{"id":"v1","id":"v2","t":1}', `{"id":"v1","t":${'9'.repeat(1_000_000)}}`, `{"id":"v1","t":1e${'9'.repeat(1000)}}`, `{"id":"${'\\u0000'.repeat(100_000)}","t":1}`,
  ];
  const rounds = 5;
  const messages = function* (): Generator<string> {
    for (let k = 0; k < rounds * bad.length; k++) {
      yield bad[k % bad.length];
      for (let more = 0; more < 20; more++) yield good(k * 20 + more);
    }
  };
  const before = Object.getOwnPropertyNames(Object.prototype).length;
  const { status, canary } = await through(messages(), rounds * bad.length * 21);
  const polluted = Object.getOwnPropertyNames(Object.prototype).length - before + ('polluted' in {} ? 1 : 0);
  return [
    equal('bombs rejected', status.ledger.rejected, rounds * bad.length, `of ${rounds * bad.length}`),
    equal('good readings applied', status.ledger.applied + status.ledger.coalesced, rounds * bad.length * 20),
    equal('prototypes polluted', polluted, 0),
    equal('connections made again', status.reconnects, 0),
    atMost('an unrelated feed stood still at most', canary, 1000, 'ms'),
  ];
}

/** A real mosquitto killed again and again under 5,000 vehicles. */
async function killedBroker(): Promise<Figure[]> {
  const down = Array.from({ length: 20 }, (_, k) => [0.1, 0.1, 1, 0.1, 5][k % 5]);
  const run = await brokerRun({ vehicles: 5000, every: 5, down, between: 1 });
  const worst = run.recovered.toSorted((a, b) => a - b);
  return [
    equal('kills survived', run.reconnects, down.length, `of ${down.length}`),
    { what: 'readings acknowledged by the broker', value: run.published, unit: '', reach: null, met: true },
    { what: 'of them lost, inside gaps that were said', value: run.lost - run.lostUnnoticed, unit: '', reach: null, met: true },
    equal('lost without a word', run.lostUnnoticed, 0),
    equal('applied twice', run.twice, 0),
    equal("vehicles whose last state is not the publisher's", run.wrongState, 0),
    { what: 'ledger balanced', value: String(run.balanced), unit: '', reach: 'true', met: run.balanced },
    atMost('fresh again after the return, p50', Number(worst[worst.length >> 1].toFixed(2)), 2, 's'),
    atMost('fresh again after the return, most', Number((worst.at(-1) ?? NaN).toFixed(2)), 5, 's'),
  ];
}

export const rows: Readonly<Record<string, () => Promise<Figure[]>>> = { F01: killedBroker, F13: poison, F14: bombs };
