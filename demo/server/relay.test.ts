import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { openFeed, until } from '../../workers/feeds/testing/opened.ts';
import { Relay } from './relay.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

async function startRelay(now?: () => number): Promise<{ relay: Relay; url: string; port: number }> {
  const relay = new Relay('/relay', now);
  const server = createServer((request, response) => {
    if (!relay.handle(request, response, {})) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    relay.close();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { relay, url: `http://127.0.0.1:${port}/relay`, port };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const reading = (id: string): Uint8Array => bytes(JSON.stringify({ id, t: Date.now() / 1000, values: { a: 1 } }));
const spec = { decode: 'readings', staleAfter: 30, retry: { first: 0.02, cap: 0.05 } } as const;
const ask = (url: string, lastId?: string): Promise<string> => fetch(url, lastId === undefined ? {} : { headers: { 'Last-Event-ID': lastId } }).then((answer) => answer.text());
const idOf = (text: string): string => /id: (.*)\n\n$/u.exec(text)?.[1] ?? '';

it.each(['sse', 'poll'] as const)('hands messages of a topic to %s, whatever their bytes', async (transport) => {
  const { relay, url } = await startRelay();
  const opened = openFeed({ ...spec, transport, url: `${url}/${transport === 'sse' ? 'events' : 'poll'}?topic=city/%2B/a`, every: 0 });
  ends.push(opened.close);
  await until(() => opened.states.length > 0 && opened.status().state === 'connecting' && relay.figures().clients + (transport === 'poll' ? 1 : 0) > 0);
  await until(() => {
    relay.publish('city/x/a', reading('first'));
    return opened.status().ids > 0;
  });
  relay.publish('city/x/b', reading('another topic'));
  relay.publish('$SYS/x/a', reading('the broker'));
  relay.publish('city/y/a', Uint8Array.of(0xff, 0xfe, 0));
  relay.publish('city/y/a', bytes(`{"id":"lines",\r\n"t":${Date.now() / 1000},\n"values":{"城":2}}`));
  await until(() => opened.status().ids === 2);
  expect(opened.feed.ids.find('lines')).toBe(1);
  expect(opened.value('lines', '城')).toBe(2);
  expect(opened.status()).toMatchObject({ state: 'live', reconnects: 0, ledger: { rejected: 1 } });
  expect(opened.feed.ledger.quarantine[0]).toMatchObject({ code: 'not-utf8', topic: 'city/y/a' });
});

it('who comes back gets what was sent meanwhile; who was away too long, or another relay’s client, is told', async () => {
  const { relay, url } = await startRelay();
  const id = idOf(await ask(`${url}/poll?topic=a`));
  for (const text of ['1', '2']) relay.publish('a', bytes(text));
  relay.publish('b', bytes('not this'));
  const text = await ask(`${url}/poll?topic=a`, id);
  expect([...text.matchAll(/^data: (.*)$/gmu)].map((match) => match[1])).toEqual(['1', '2']);
  for (let i = 0; i < 5000; i++) relay.publish('a', bytes(String(i)));
  const late = await ask(`${url}/poll?topic=a`, id);
  expect(late).toContain('event: relay-gap');
  expect(await ask(`${url}/poll?topic=a`, idOf(late).replace(/^.*-/u, 'older-'))).toContain('event: relay-gap');
  expect(relay.figures().ringBytes).toBeLessThan(8 << 20);
});

it('a client that does not read is thinned, told, and cut in the end; the others lose nothing', async () => {
  let time = 0;
  const { relay, url, port } = await startRelay(() => time);
  const opened = openFeed({ ...spec, transport: 'sse', url: `${url}/events?topic=%23` });
  ends.push(opened.close);
  const slow = connect(port, '127.0.0.1', () => slow.write('GET /relay/events?topic=%23 HTTP/1.1\r\nHost: x\r\n\r\n'));
  ends.push(() => slow.destroy());
  slow.on('error', () => {});
  slow.pause();
  await until(() => relay.figures().clients === 2);
  const payload = bytes(`"${'x'.repeat(60_000)}"`);
  let sent = 0;
  for (; relay.figures().dropped < 50 && sent < 2000; sent++) {
    relay.publish('big', payload);
    // The other one reads as fast as this machine lets it.
    await until(() => opened.feed.ledger.counts.received >= sent - 4);
  }
  await until(() => opened.status().ledger.received === sent);
  expect(opened.status().ledger).toMatchObject({ rejected: sent, dropped: 0 });
  time = 25_000;
  await until(() => relay.figures().cut === 1, 4000);
  await until(() => relay.figures().clients === 1);
});

it('a client that was slow for a while is told how many it missed', async () => {
  const { relay, url } = await startRelay();
  const answer = await fetch(`${url}/events?topic=%23`);
  const reader = answer.body!.getReader();
  const payload = bytes(JSON.stringify({ id: 'a', t: Date.now() / 1000, filler: 'x'.repeat(60_000) }));
  let sent = 0;
  for (; relay.figures().dropped < 7; sent++) {
    relay.publish('big', payload);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { dropped } = relay.figures();
  let text = '';
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += new TextDecoder().decode(part.value);
  })().catch(() => {});
  await until(() => [...text.matchAll(/^topic: big$/gmu)].length === sent - dropped);
  relay.publish('small', bytes('1'));
  await until(() => text.includes('topic: small'));
  await reader.cancel();
  await reading;
  expect(text.includes(`event: relay-dropped\ndata: ${dropped}\n`)).toBe(true);
});
