import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedSpec, FeedStatus } from '../../../engine/ports.ts';
import { answer } from '../answers.ts';
import { FeedHost } from '../host.ts';
import type { FromWorker } from '../messages.ts';
import { ANCHOR } from '../testing/standing-feed.ts';
import { filesOf, parquetPast, secondsOf } from './parquet.ts';
import type { PastRows } from './past-rows.ts';

const DAY = Date.UTC(2026, 10, 28) / 1000;
const NOW = DAY + 2 * 86_400 + 7200;
const STATIONS = 200;

/** A day of stations at a minute in rows by time; from 10:00 to 12:00 the archive has nothing. */
function dayFile(): ArrayBuffer {
  const rows = Array.from({ length: 1440 }, (_, minute) => minute).filter((minute) => minute < 600 || minute >= 720).flatMap((minute) => Array.from({ length: STATIONS }, (_, id) => ({ minute, id })));
  return parquetWriteBuffer({
    rowGroupSize: 20_000,
    columnData: [
      { name: 'station', data: rows.map(({ id }) => `s${id}`), type: 'STRING' },
      { name: 'time', data: rows.map(({ minute }) => new Date((DAY + minute * 60) * 1000)), type: 'TIMESTAMP' },
      { name: 'pm25', data: rows.map(({ minute, id }) => (id === 7 && minute % 2 === 1 ? null : minute + id / 1000)), type: 'DOUBLE' },
      { name: 'note', data: rows.map(() => 'words are no values'), type: 'STRING' },
    ],
  });
}

let server: Server;
let origin = '';
let sent = 0;
const asked: string[] = [];
const bytes = Buffer.from(dayFile());

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    asked.push(`${url.pathname} ${request.headers.range ?? ''}`);
    if (url.pathname === '/broken/2026-11-28.parquet') return void response.writeHead(200).end('not parquet at all');
    if (url.pathname === '/v1.1/Observations') return void observations(url, response);
    if (url.pathname === '/plain/2026-11-28.parquet') return void response.writeHead(200).end(bytes);
    if (url.pathname !== '/air/2026-11-28.parquet') return void response.writeHead(404).end();
    const [, first, last] = /bytes=(\d*)-(\d*)/u.exec(request.headers.range ?? '')!;
    const from = first === '' ? Math.max(0, bytes.length - Number(last)) : Number(first);
    const to = first === '' || last === '' ? bytes.length - 1 : Math.min(bytes.length - 1, Number(last));
    sent += to - from + 1;
    response.writeHead(206, { 'Content-Range': `bytes ${from}-${to}/${bytes.length}` }).end(bytes.subarray(from, to + 1));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((done) => server.close(done)));

/** A service that keeps to $filter and $top and hands out two pages. */
function observations(url: URL, response: import('node:http').ServerResponse): void {
  const [, from, to] = /phenomenonTime ge (\S+) and phenomenonTime lt (\S+)/u.exec(url.searchParams.get('$filter') ?? '')!;
  const all = Array.from({ length: 40 }, (_, k) => ({ at: DAY + 3 * 3600 + k * 120, k })).filter(({ at }) => at >= Date.parse(from) / 1000 && at < Date.parse(to) / 1000);
  const skip = Number(url.searchParams.get('$skip') ?? 0);
  const page = all.slice(skip, skip + 15);
  const next = new URL(url);
  next.searchParams.set('$skip', String(skip + 15));
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({
    value: page.map(({ at, k }) => ({ phenomenonTime: `${new Date((at - 60) * 1000).toISOString()}/${new Date(at * 1000).toISOString()}`, result: k === 5 ? 'broken' : k, Datastream: { name: 'd', Thing: { name: 'river' }, ObservedProperty: { name: 'waterLevel' } } })),
    ...(skip + 15 < all.length ? { '@iot.nextLink': `${url.pathname}${next.search}` } : {}),
  }));
}

interface Opened {
  readonly host: FeedHost;
  readonly values: Map<string, number>;
  /** Beginnings of the hours that were said to be loading. */
  readonly loading: readonly number[];
  status(): FeedStatus | null;
  at(time: number): void;
  until(what: () => boolean): Promise<void>;
}

function opened(past: FeedSpec['past']): Opened {
  const values = new Map<string, number>();
  let status: FeedStatus | null = null;
  const loading: number[] = [];
  const host = new FeedHost({
    WebSocket: globalThis.WebSocket, load: () => Promise.reject(new Error('nothing')), now: () => NOW + performance.now() / 1000,
    post: (message: FromWorker) => {
      if (message.kind === 'status') {
        status = message.status;
        if (status.past?.loading) loading.push(status.past.loading.from);
      }
      if (message.kind === 'values') message.ids.forEach((id, i) => values.set(`${id} ${message.name}`, message.values[i]));
    },
  });
  host.handle({ kind: 'open', feed: 1, spec: { transport: 'push', url: '', decode: 'readings', staleAfter: 600, past }, wish: { anchor: ANCHOR, as: 'values', lag: 0, lift: 0, colour: '#fff', capacity: 1000 } });
  return {
    host, values, loading, status: () => status,
    at: (time) => host.handle({ kind: 'clock', state: { mode: 'paused', time, at: NOW, rate: 1 } }),
    async until(what) {
      for (let waited = 0; waited < 300 && !what(); waited++) await new Promise((done) => setTimeout(done, 20));
      expect(what()).toBe(true);
    },
  };
}

describe('a past in Parquet files', () => {
  it('is read an hour at a time by ranges, shows what was at each moment, and its holes', async () => {
    const open = opened({ format: 'parquet', url: `${origin}/air/{yyyy}-{MM}-{dd}.parquet`, columns: { id: 'station' } });
    try {
      await new Promise((done) => setTimeout(done, 50));
      expect(asked).toEqual([]);
      open.at(DAY + 3 * 3600 + 1830);
      await open.until(() => open.values.get('s42 pm25') === Math.fround(210 + 0.042));
      // Every other minute this one says nothing: what it said before holds.
      await open.until(() => open.values.get('s7 pm25') === Math.fround(210 + 0.007));
      await open.until(() => (open.status()?.past?.loaded.length ?? 0) === 1);
      expect(open.status()!.past!.loaded).toEqual([{ from: DAY + 3 * 3600, to: DAY + 4 * 3600 }]);
      // An hour and a little of a day: two or three groups of rows in fourteen.
      expect(sent).toBeLessThan(bytes.length / 3);
      const feed = open.host.feed(1)!;
      expect(feed.ledger.counts.received).toBe(0);
      expect(feed.history.size).toBe(70 * STATIONS);
      // Within the hour: no question, at once.
      const before = asked.length;
      open.at(DAY + 3 * 3600 + 60);
      await open.until(() => open.values.get('s42 pm25') === Math.fround(181 + 0.042));
      expect(asked.length).toBe(before);
      const series = answer(feed, { what: 'series', id: 's7', from: DAY + 3 * 3600, to: DAY + 3 * 3600 + 600 }, DAY + 3 * 3600 + 600).value as Record<string, { values: Float32Array }>;
      expect([...series.pm25.values].map(Math.floor)).toEqual([180, 182, 184, 186, 188, 190]);
      // A hole is a hole, and so is a day without a file.
      open.at(DAY + 11 * 3600 + 5);
      await open.until(() => open.status()?.past?.holes.some(({ from }) => from === DAY + 11 * 3600) ?? false);
      open.at(DAY + 86_400 + 60);
      await open.until(() => open.status()?.past?.holes.length === 2);
      open.at(DAY + 23 * 3600);
      await open.until(() => open.values.get('s1 pm25') === Math.fround(1380.001));
      expect(open.loading).toContain(DAY + 23 * 3600);
    } finally {
      open.host.dispose();
    }
  });

  it('comes from a server without ranges too, and a file that is none is one sentence', async () => {
    const rows: PastRows[] = [];
    for await (const each of parquetPast({ format: 'parquet', url: `${origin}/plain/{yyyy}-{MM}-{dd}.parquet`, columns: { id: 'station' } }, fetch)({ from: DAY, to: DAY + 120 }, new AbortController().signal)) rows.push(each);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(2 * STATIONS);
    const open = opened({ format: 'parquet', url: `${origin}/broken/{yyyy}-{MM}-{dd}.parquet` });
    try {
      await new Promise((done) => setTimeout(done, 50));
      open.at(DAY + 60);
      await open.until(() => open.status()?.issues.some(({ message }) => /Older data could not be loaded: The file .* cannot be read as Parquet/u.test(message)) ?? false);
      expect(asked.filter((each) => each.startsWith('/broken'))).toEqual(['/broken/2026-11-27.parquet bytes=-65536', '/broken/2026-11-28.parquet bytes=-65536']);
    } finally {
      open.host.dispose();
    }
    const unnamed = parquetPast({ format: 'parquet', url: `${origin}/plain/{yyyy}-{MM}-{dd}.parquet` }, fetch)({ from: DAY, to: DAY + 60 }, new AbortController().signal);
    await expect(unnamed[Symbol.asyncIterator]().next()).rejects.toThrow('no column “id”');
  });

  it('names its files by the day or the hour, and reads times in any unit', () => {
    expect(filesOf('http://x/{yyyy}/{MM}/{dd}/{HH}.parquet', { from: DAY + 3500, to: DAY + 3700 })).toEqual(['http://x/2026/11/28/00.parquet', 'http://x/2026/11/28/01.parquet']);
    expect(filesOf('http://x/all.parquet', { from: DAY - 10, to: DAY + 10 })).toEqual(['http://x/all.parquet']);
    expect([DAY, DAY * 1e3, BigInt(DAY) * 1_000_000n, BigInt(DAY) * 1_000_000_000n, new Date(DAY * 1000), '2026-11-28T00:00:00Z'].map(secondsOf)).toEqual([DAY, DAY, DAY, DAY, DAY, DAY]);
  });
});

it('a past in a SensorThings service is read page by page; what is no number is left out', async () => {
  const open = opened({ format: 'sensorthings', url: `${origin}/v1.1` });
  try {
    await new Promise((done) => setTimeout(done, 50));
    open.at(DAY + 3 * 3600 + 3599);
    await open.until(() => open.values.get('river waterLevel') === 29);
    expect(open.host.feed(1)!.history.size).toBe(29);
    open.at(DAY + 3 * 3600 + 601);
    await open.until(() => open.values.get('river waterLevel') === 4);
  } finally {
    open.host.dispose();
  }
});
