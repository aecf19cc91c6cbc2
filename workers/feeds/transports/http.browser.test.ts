import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { useBrowser } from '../../../tests/browser.ts';
import type { FeedSpec, FeedWish } from '../../../engine/ports.ts';
import { ANCHOR } from '../testing/standing-feed.ts';
import { startHttp } from '../testing/opened.ts';

const browser = useBrowser();

test('in a browser, from another origin: an event stream goes on at its last id, and an unchanged document makes no reading', async () => {
  const streams: ServerResponse[] = [];
  const asked = { lastIds: [] as unknown[], conditions: [] as unknown[], polls: 0, preflights: [] as string[] };
  const car = (id: string, t = Date.now() / 1000): string => JSON.stringify({ id, t, lon: 117.49, lat: 30.66 });
  const began = Date.now() / 1000;
  const server = await startHttp((request, response) => {
    const open = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Last-Event-ID' };
    if (request.method === 'OPTIONS') {
      asked.preflights.push(String(request.headers['access-control-request-headers']));
      return void response.writeHead(204, open).end();
    }
    if (request.url === '/events') {
      asked.lastIds.push(request.headers['last-event-id']);
      response.writeHead(200, { ...open, 'Content-Type': 'text/event-stream' }).write(`retry: 50\nid: ${streams.push(response)}\ndata: ${car(`s${streams.length}`)}\n\n`);
      return;
    }
    asked.polls++;
    asked.conditions.push(request.headers['if-none-match']);
    if (request.headers['if-none-match'] === '"1"') return void response.writeHead(304, { ...open, ETag: '"1"' }).end();
    response.writeHead(200, { ...open, ETag: '"1"', 'Content-Type': 'application/json' }).end(`[${car('p', began)}]`);
  });
  const opened = await browser.open('/workers/feeds/testing/feed.html');
  const open = (spec: Partial<FeedSpec>): Promise<void> => opened.page.evaluate(([spec, wish]) => window.feedPage.open(spec as FeedSpec, wish as FeedWish), [
    { decode: 'vehicles', staleAfter: 30, retry: { first: 0.05, cap: 0.1 }, ...spec }, { anchor: ANCHOR, as: 'points', lag: 0, colour: '#ffffff', lift: 0, capacity: 10 },
  ] as const);
  try {
    await opened.until('window.feedPage');
    await open({ transport: 'sse', url: `${server.url}/events` });
    await opened.until('window.feedPage.status?.ids === 1');
    streams[0].destroy();
    await opened.until('window.feedPage.status?.ids === 2 && window.feedPage.status.reconnects === 1');
    expect(asked.lastIds).toEqual([undefined, '1']);
    expect(asked.preflights).toEqual(['last-event-id']);
    await open({ transport: 'poll', url: `${server.url}/poll`, every: 0.1 });
    await expect.poll(() => asked.polls, { timeout: 8000 }).toBeGreaterThan(3);
    // The browser's own cache asked with the ETag: no header of ours, no question of permission.
    expect(asked.conditions.slice(0, 3)).toEqual([undefined, '"1"', '"1"']);
    expect(asked.preflights).toHaveLength(1);
    expect(await opened.page.evaluate(() => window.feedPage.status)).toMatchObject({ state: 'live', ids: 1, ledger: { received: 1, applied: 1 }, issues: [] });
    await opened.page.evaluate(() => window.feedPage.end());
    await expect.poll(() => opened.page.workers().length, { timeout: 8000 }).toBe(0);
  } finally {
    await opened.close();
    server.close();
  }
});
