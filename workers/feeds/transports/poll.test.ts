import { afterEach, expect, it } from 'vitest';
import { retryAfter } from '../ask.ts';
import { openFeed, startHttp, until, type OpenedFeed } from '../testing/opened.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const START = Date.now() / 1000 - 60;
const reading = (value: number): string => JSON.stringify([{ id: 'a', t: START + value, values: { a: value } }, { id: 'b', t: START + value, values: { a: value } }]);

function feedOf(url: string, every = 0.03): OpenedFeed {
  const opened = openFeed({ transport: 'poll', url, decode: 'readings', staleAfter: 500, every, retry: { first: 0.02, cap: 0.05 } });
  ends.push(opened.close);
  return opened;
}

it('an unchanged document costs a 304 and no reading', async () => {
  let version = 1;
  let unchanged = 0;
  const server = await startHttp((request, response) => {
    const etag = `"${version}"`;
    if (request.headers['if-none-match'] === etag) {
      unchanged++;
      return void response.writeHead(304).end();
    }
    response.writeHead(200, { 'Content-Type': 'application/json', ETag: etag }).end(reading(version));
  });
  ends.push(server.close);
  const opened = feedOf(server.url);
  await until(() => unchanged > 2);
  expect(opened.status()).toMatchObject({ state: 'live', ledger: { received: 2, applied: 2 } });
  version = 2;
  await until(() => opened.status().ledger.received === 4);
  expect(opened.status().issues).toEqual([]);
});

it('asks by date where there is no ETag, and passes over the same bytes where there is neither', async () => {
  const server = await startHttp((request, response, count) => {
    if (request.url === '/dated' && request.headers['if-modified-since']) return void response.writeHead(304).end();
    response.writeHead(200, count > 1 ? {} : { 'Last-Modified': 'Mon, 02 Mar 2026 10:00:00 GMT' }).end(reading(1));
  });
  ends.push(server.close);
  const dated = feedOf(`${server.url}/dated`);
  await until(() => server.asked.length > 3);
  expect(server.asked[2].headers['if-modified-since']).toBe('Mon, 02 Mar 2026 10:00:00 GMT');
  expect(dated.status().ledger).toMatchObject({ received: 2, applied: 2 });
  dated.close();
  const bare = feedOf(`${server.url}/bare`);
  const before = server.asked.length;
  await until(() => server.asked.length > before + 3);
  expect(bare.status().ledger).toMatchObject({ received: 2, duplicate: 0 });
});

it('a server that fails, asks for patience, answers a page or goes away is said, and asked again', async () => {
  const answers = [[503, 'text/plain'], [429, 'text/plain'], [200, 'text/html'], [200, 'application/json']] as const;
  const times: number[] = [];
  const server = await startHttp((_request, response, count) => {
    times.push(Date.now());
    const [status, type] = answers[Math.min(count, answers.length) - 1];
    response.writeHead(status, { 'Content-Type': type, ...(status === 429 && { 'Retry-After': '1' }) }).end(reading(1));
  });
  ends.push(server.close);
  const opened = feedOf(server.url);
  await until(() => opened.states.at(-1) === 'live');
  expect(times[2] - times[1]).toBeGreaterThan(950);
  expect(opened.status().issues.map(({ message }) => message).join(' ')).toMatch(/asked too often \(429\).*web page instead of data/u);
  expect(opened.status()).toMatchObject({ reconnects: 1, ledger: { received: 2, applied: 2, rejected: 0 } });
  server.close();
  await until(() => opened.states.at(-1) === 'stale');
});

it('a long poll asks again as soon as it is answered, and names the last id', async () => {
  const server = await startHttp((_request, response, count) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    setTimeout(() => response.end(`id: e-${count}\ndata: ${JSON.stringify({ id: 'a', t: START + count, values: { a: count } })}\n\n`), 20);
  });
  ends.push(server.close);
  const opened = feedOf(server.url, 0);
  await until(() => opened.status().ledger.received >= 4);
  expect(server.asked.slice(0, 3).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'e-1', 'e-2']);
});

it('a long poll that is answered with nothing at once does not become a storm', async () => {
  const server = await startHttp((_request, response) => void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(': nothing\n\n'));
  ends.push(server.close);
  feedOf(server.url, 0);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(server.asked.length).toBe(1);
});

it('stops asking with its feed, in the middle of an answer too', async () => {
  let closed = 0;
  const server = await startHttp((_request, response) => {
    response.writeHead(200).write('[');
    response.on('close', () => closed++);
  });
  ends.push(server.close);
  const opened = feedOf(server.url);
  await until(() => server.asked.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  opened.host.handle({ kind: 'close', feed: 1 });
  await until(() => closed === 1);
  expect(server.asked.length).toBe(1);
});

it.each([['120', 120], ['Thu, 01 Jan 1970 00:01:40 GMT', 90], ['-5', 0], ['soon', 0], [null, 0], ['999999', 600]])('Retry-After %s is %s s', (header, seconds) => expect(retryAfter(header, 10)).toBe(seconds));
