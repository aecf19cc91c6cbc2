import type { ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { openFeed, startHttp, until, type OpenedFeed } from '../testing/opened.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const reading = (id: string, value: number): string => JSON.stringify({ id, t: Date.now() / 1000, values: { a: value } });

function feedOf(url: string): OpenedFeed {
  const opened = openFeed({ transport: 'sse', url, decode: 'readings', staleAfter: 5, retry: { first: 0.02, cap: 0.05 } });
  ends.push(opened.close);
  return opened;
}

it('reads events as messages, and takes a broken stream up at the last id', async () => {
  const streams: ServerResponse[] = [];
  const server = await startHttp((_request, response, count) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: 150\n: hello\n\nid: ${count}0\ndata: ${reading(`s${count}`, count)}\n\ndata: {"id":`);
    streams.push(response);
  });
  ends.push(server.close);
  const opened = feedOf(`${server.url}/events?key=hunter2`);
  await until(() => opened.status().ids === 1 && opened.states.includes('live'));
  const cut = Date.now();
  streams[0].destroy();
  await until(() => opened.status().ids === 2);
  // The server's retry is waited out, and half an event is none.
  expect(Date.now() - cut).toBeGreaterThan(140);
  expect(server.asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '10']);
  const status = opened.status();
  expect(status).toMatchObject({ state: 'live', reconnects: 1, ledger: { received: 2, applied: 2, rejected: 0 } });
  expect(status.issues.map(({ code }) => code)).toEqual(['network', 'gap']);
  expect(JSON.stringify(status)).not.toContain('hunter2');
});

it('what the relay left out is counted as dropped, and a gap of the relay is said', async () => {
  const server = await startHttp((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(`event: relay-dropped\ndata: 12\n\nevent: relay-gap\ndata: 1\n\ndata: ${reading('a', 1)}\n\n`);
  });
  ends.push(server.close);
  const opened = feedOf(server.url);
  await until(() => opened.status().ids === 1);
  expect(opened.status()).toMatchObject({ ledger: { received: 13, applied: 1, dropped: 12 }, issues: [{ code: 'dropped', count: 12 }, { code: 'gap' }] });
});

it('ends its connection with its feed', async () => {
  let closed = false;
  const server = await startHttp((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(`data: ${reading('a', 1)}\n\n`);
    response.on('close', () => (closed = true));
  });
  ends.push(server.close);
  const opened = feedOf(server.url);
  await until(() => opened.status().ids === 1);
  opened.host.handle({ kind: 'close', feed: 1 });
  await until(() => closed);
});

it.each([
  ['a login page', 200, 'text/html', 'refused', 'web page instead of data'],
  ['another type', 200, 'application/json', 'refused', 'application/json instead of an event stream'],
  ['no account', 401, 'text/plain', 'refused', 'wants an account'],
  ['nothing there', 404, 'text/plain', 'not-found', 'is not there'],
  ['a stream that has ended', 204, 'text/event-stream', 'refused', 'has ended this stream'],
  ['a broken server', 502, 'text/plain', 'network', 'answered 502'],
])('%s is said, and tried again', async (_name, status, type, code, words) => {
  const server = await startHttp((_request, response) => void response.writeHead(status, { 'Content-Type': type }).end());
  ends.push(server.close);
  const opened = feedOf(server.url);
  await until(() => opened.status().issues.length > 0);
  expect(opened.status().issues[0]).toMatchObject({ code, message: expect.stringContaining(words) });
  if (status !== 204) await until(() => server.asked.length > 2);
});
