import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { FeedSpec } from '../engine/ports.ts';
import { FeedHost } from '../workers/feeds/host.ts';
import { startMosquitto } from '../workers/feeds/testing/mosquitto.ts';
import { ANCHOR } from '../workers/feeds/testing/standing-feed.ts';

interface Row {
  readonly what: string;
  readonly value: number | string;
  readonly unit: string;
  readonly reach: number | string | null;
  readonly met: boolean;
}

const PUBLISHER = fileURLToPath(new URL('../workers/feeds/testing/cells-publisher.mjs', import.meta.url));
/** A city of 40 × 25 cells of one minute with 1,000 ids each, and the share that a view sees. */
const [COLUMNS, CELL_ROWS, EACH] = [40, 25, 1000];
const WEST = 117.2;
const SOUTH = 30.4;
const MINUTE = 1 / 60;
const SECONDS = 12;
/** Seconds in which every cell has its say once. */
const ROUND = 4;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function until(what: () => boolean, seconds: number): Promise<number> {
  const begun = performance.now();
  while (!what() && performance.now() - begun < seconds * 1000) await pause(2);
  return (performance.now() - begun) / 1000;
}

/** The outline of a view as large as 5 × 2 cells, a hundredth of the city, that stands across their edges. */
function view(column: number, row: number): Float64Array {
  const [west, south, east, north] = [WEST + (column + 0.5) * MINUTE, SOUTH + (row + 0.5) * MINUTE, WEST + (column + 5.5) * MINUTE, SOUTH + (row + 2.5) * MINUTE];
  return Float64Array.of(west, south, east, south, east, north, west, north);
}

/** Publishes all cells through a broker, or through a WebSocket server of its own where there is none. */
async function through(name: string, broker: { url: string; tcp: string } | null): Promise<Row[]> {
  const publisher = spawn(process.execPath, [PUBLISHER, broker?.tcp ?? 'ws', ...[COLUMNS, CELL_ROWS, EACH, WEST, SOUTH, ROUND].map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: publisher.stdout })[Symbol.asyncIterator]();
  const url = broker?.url ?? `ws://127.0.0.1:${(await lines.next()).value}`;
  if (broker) await lines.next();
  const host = new FeedHost({ post: () => {}, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, load: () => Promise.reject(new Error('nothing to load')) });
  const spec: FeedSpec = {
    transport: broker ? 'mqtt' : 'websocket', url, decode: 'points', staleAfter: 30, topic: 'city/#', interest: { grid: 'beidou', level: 4, topic: 'city/{cell}/#' },
  };
  try {
    host.handle({ kind: 'open', feed: 1, spec, wish: { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: 100_000 } });
    const feed = host.feed(1);
    if (!feed) return [];
    let bytes = 0;
    let cells = 0;
    const receive = feed.receive.bind(feed);
    feed.receive = (arrival) => {
      bytes += arrival.bytes.length;
      receive(arrival);
    };
    host.handle({ kind: 'look', feed: 1, seen: [view(5, 5)] });
    await until(() => feed.ids.count >= (feed.interest?.size ?? 0) * EACH, ROUND * 2);
    publisher.stdin.write('count\n');
    const before = JSON.parse(String((await lines.next()).value)) as { bytes: number };
    bytes = 0;
    cells = feed.interest?.size ?? 0;
    await pause(SECONDS * 1000);
    publisher.stdin.write('count\n');
    const { bytes: after, ids } = JSON.parse(String((await lines.next()).value)) as { bytes: number; ids: number };
    const share = (bytes / (after - before.bytes)) * 100;
    const jumps: number[] = [];
    for (const [column, row] of [[25, 12], [10, 20], [32, 3], [18, 15], [3, 21]] as const) {
      const seen = [view(column, row)];
      // An id of a cell in the middle of the view: shown is what counts.
      const wanted = ((row + 1) * COLUMNS + column + 2) * EACH;
      const begun = performance.now();
      host.handle({ kind: 'look', feed: 1, seen });
      await until(() => {
        const slot = feed.ids.find(wanted);
        return slot >= 0 && feed.history.newest(slot) >= 0;
      }, 10);
      jumps.push((performance.now() - begun) / 1000);
    }
    const { rejected, dropped } = feed.ledger.counts;
    return [
      { what: `${name}: ids in the city, cells, cells asked for`, value: `${ids}, ${COLUMNS * CELL_ROWS}, ${cells}`, unit: '', reach: null, met: true },
      { what: `${name}: bytes received by a view of 1 % of the city, of all published`, value: Number(share.toFixed(2)), unit: '%', reach: '≤ 3', met: share <= 3 && share > 0.5 },
      { what: `${name}: after a jump, first reading of a new cell, most of ${jumps.length}`, value: Number(Math.max(...jumps).toFixed(3)), unit: 's', reach: '≤ 1', met: Math.max(...jumps) <= 1 },
      { what: `${name}: published meanwhile`, value: Number(((after - before.bytes) / SECONDS / 1e6).toFixed(2)), unit: 'MB/s', reach: null, met: true },
      { what: `${name}: refused or dropped`, value: rejected + dropped, unit: '', reach: 0, met: rejected + dropped === 0 },
    ];
  } finally {
    host.dispose();
    publisher.kill('SIGKILL');
  }
}

/** A million ids over a thousand cells: what a view of one hundredth of them receives. */
export async function run(): Promise<Row[]> {
  const broker = await startMosquitto();
  try {
    return [...(await through('mosquitto, retained', broker)), ...(await through('WebSocket', null))];
  } finally {
    await broker.end();
  }
}
