import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { FeedStatus, FeedWish } from '../../../engine/ports.ts';
import { FeedHost } from '../host.ts';
import type { FromWorker } from '../messages.ts';
import { startMosquitto } from './mosquitto.ts';
import { ANCHOR } from './standing-feed.ts';

export interface BrokerRun {
  /** Readings published and acknowledged; of them, those the feed never had; of those, how many outside the gaps it reported. */
  readonly published: number;
  readonly lost: number;
  readonly lostUnnoticed: number;
  /** Readings applied twice: records of the same id and time. */
  readonly twice: number;
  /** Ids whose newest reading is not the publisher's last acknowledged one. */
  readonly wrongState: number;
  readonly ids: number;
  readonly states: readonly string[];
  readonly reconnects: number;
  /** Seconds from the broker's return until a new reading was there, each kill. */
  readonly recovered: readonly number[];
  readonly balanced: boolean;
  readonly last: FeedStatus;
}

interface Message {
  readonly first: number;
  readonly count: number;
  readonly t: number;
  readonly acked: boolean;
}

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function until(what: () => boolean, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!what() && Date.now() < end) await sleep(0.02);
}

/** Vehicles published over a real mosquitto from another process; the broker is killed and started again, `down` seconds later each time. */
export async function brokerRun(options: { vehicles: number; every: number; down: readonly number[]; between: number }): Promise<BrokerRun> {
  const broker = await startMosquitto();
  const states: string[] = [];
  const post = (message: FromWorker): void => {
    if (message.kind !== 'status') return;
    if (states.at(-1) !== message.status.state) states.push(message.status.state);
  };
  const host = new FeedHost({ post, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, load: () => Promise.reject(new Error('nothing to load')) });
  const wish: FeedWish = { anchor: ANCHOR, as: 'points', lag: 1, colour: '#ffffff', lift: 0, capacity: 20_000 };
  host.handle({ kind: 'open', feed: 1, spec: { transport: 'mqtt', url: broker.url, topic: 'city/vehicles/#', decode: 'vehicles', staleAfter: 3, retry: { first: 0.1, cap: 0.5 } }, wish });
  const feed = host.feed(1);
  if (!feed) throw new Error('the feed did not open');
  await until(() => states.length > 0 && feed.status(Date.now() / 1000).state !== 'failed', 5);
  const publisher = spawn(process.execPath, [fileURLToPath(new URL('./publisher.mjs', import.meta.url)), broker.tcp, String(options.vehicles), String(options.every), '50'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  publisher.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => publisher.once('exit', resolve));
  try {
    await until(() => feed.ids.count >= options.vehicles, options.every * 2 + 5);
    const recovered: number[] = [];
    const gaps: { from: number; to: number }[] = [];
    for (const down of options.down) {
      await sleep(options.between);
      const before = feed.ledger.counts.received;
      const from = Date.now() / 1000;
      await broker.kill();
      await sleep(down);
      await broker.start();
      const back = Date.now();
      await until(() => feed.ledger.counts.received > before && (feed.history.span?.to ?? 0) > back / 1000, 30);
      recovered.push((Date.now() - back) / 1000);
      gaps.push({ from: from - 0.5, to: Date.now() / 1000 });
    }
    // Long enough for every vehicle to report once more: the last state must be whole whatever was lost.
    await sleep(options.every + 1);
    publisher.stdin.end();
    await ended;
    await sleep(0.5);
    const messages = JSON.parse(said.slice(said.indexOf('['))) as Message[];
    return { ...compare(feed, messages, gaps, options.vehicles), states, recovered, last: feed.status(Date.now() / 1000) };
  } finally {
    publisher.kill('SIGKILL');
    host.dispose();
    await broker.end();
  }
}

function compare(feed: NonNullable<ReturnType<FeedHost['feed']>>, messages: readonly Message[], gaps: readonly { from: number; to: number }[], vehicles: number) {
  const { history, ids } = feed;
  const newest = new Map<string, number>();
  let [published, lost, lostUnnoticed] = [0, 0, 0];
  for (const { first, count, t, acked } of messages) {
    for (let k = 0; k < count; k++) {
      const id = `car-${(first + k) % vehicles}`;
      const slot = ids.find(id);
      const record = slot < 0 ? -1 : history.at(slot, t);
      const here = record >= 0 && history.time[record] === t;
      if (acked) published++;
      if (acked || here) newest.set(id, Math.max(t, newest.get(id) ?? 0));
      if (here || !acked) continue;
      lost++;
      if (!gaps.some(({ from, to }) => t >= from && t <= to)) lostUnnoticed++;
    }
  }
  let twice = 0;
  for (let slot = 0; slot < ids.count; slot++) {
    for (let record = history.newest(slot); record >= 0; record = history.before(record)) {
      const older = history.before(record);
      if (older >= 0 && history.time[older] === history.time[record]) twice++;
    }
  }
  const wrongState = [...newest].filter(([id, t]) => history.time[history.newest(ids.find(id))] !== t).length;
  const { received, ...parts } = feed.ledger.counts;
  const balanced = Object.values(parts).reduce((a, b) => a + b, 0) === received;
  return { published, lost, lostUnnoticed, twice, wrongState, ids: ids.count, balanced, reconnects: feed.status(Date.now() / 1000).reconnects };
}
