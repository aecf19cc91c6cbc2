import { createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connectAsync } from 'mqtt';
import { startMosquitto } from '../testing/mosquitto.ts';
import { openFeed, until, type OpenedFeed } from '../testing/opened.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function open(url: string, more: object = {}): OpenedFeed {
  const opened = openFeed({ transport: 'mqtt', url, topic: 'a/#', decode: 'readings', staleAfter: 5, retry: { first: 0.02, cap: 0.05 }, ...more });
  ends.push(opened.close);
  return opened;
}

/** The protocol level that a CONNECT names. @source MQTT 3.1.1 §3.1.2 */
const levelOf = (packet: Buffer): number => packet[packet.indexOf('MQTT') + 4];

/** A server of TCP that hears what version is asked for, and answers as it is told. */
async function startLevels(answer: (level: number, socket: Socket) => void): Promise<{ url: string; levels: number[] }> {
  const levels: number[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (packet) => {
      levels.push(levelOf(packet));
      answer(levels.at(-1) ?? 0, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  const address = server.address();
  return { url: `mqtt://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, levels };
}

it.each([undefined, 4, 5] as const)('speaks with a real broker, version %s', async (protocolVersion) => {
  const broker = await startMosquitto();
  ends.push(() => broker.end());
  const opened = open(broker.url, { protocolVersion });
  const publisher = await connectAsync(broker.tcp);
  ends.push(() => publisher.endAsync(true));
  await until(() => {
    void publisher.publish('a/b', JSON.stringify({ id: 'x', t: Date.now() / 1000, values: { a: 1 } }));
    return opened.status().state === 'live';
  });
  expect(opened.status()).toMatchObject({ reconnects: 0, issues: [] });
});

it.each([[5, /not authorized \(MQTT reason 135\)/u], [4, /Not authorized/u]] as const)('a broker that wants an account says so in version %i, and the sentence why', async (protocolVersion, words) => {
  const broker = await startMosquitto({ anonymous: false });
  ends.push(() => broker.end());
  const opened = open(broker.tcp, { protocolVersion });
  await until(() => opened.status().state === 'failed');
  expect(opened.status().issues[0]).toMatchObject({ code: 'refused', message: expect.stringMatching(words) });
});

// CONNACK of 3.1.1 with return code 1, and of 5 with reason 0x84: what servers of 3.1.1 and of 5 answer to a version that they do not speak.
it.each([['as 3.1.1 does', [0x20, 2, 0, 1]], ['as 5 does', [0x20, 3, 0, 0x84, 0]]])('a broker that refuses version 5, %s, is asked in 3.1.1 at once, and nothing is said', async (_name, refusal) => {
  const { url, levels } = await startLevels((level, socket) => {
    if (level === 5) socket.end(Uint8Array.from(refusal));
    else socket.write(Uint8Array.of(0x20, 2, 0, 0));
  });
  const opened = open(url, { retry: { first: 30, cap: 30 } });
  await until(() => levels.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(levels).toEqual([5, 4]);
  expect(opened.status()).toMatchObject({ state: 'connecting', issues: [] });
});

it('a broker that hangs up on version 5 is asked in 3.1.1 next', async () => {
  const { url, levels } = await startLevels((level, socket) => {
    if (level === 5) socket.destroy();
    else socket.write(Uint8Array.of(0x20, 2, 0, 0));
  });
  open(url);
  await until(() => levels.includes(4));
  expect(levels[0]).toBe(5);
});

it('a version that was asked for is kept to', async () => {
  const { url, levels } = await startLevels((_level, socket) => socket.end(Uint8Array.of(0x20, 2, 0, 1)));
  const opened = open(url, { protocolVersion: 5 });
  await until(() => levels.length > 2);
  expect(new Set(levels)).toEqual(new Set([5]));
  expect(opened.status()).toMatchObject({ state: 'failed' });
});

it('why a broker of version 5 ends a connection is in the sentence', async () => {
  const { url } = await startLevels((_level, socket) => {
    socket.write(Uint8Array.of(0x20, 3, 0, 0, 0));
    setTimeout(() => socket.end(Uint8Array.of(0xe0, 2, 0x8b, 0)), 50);
  });
  const opened = open(url);
  await until(() => opened.status().issues.length > 0);
  expect(opened.status().issues[0]).toMatchObject({ code: 'network', message: expect.stringContaining('server shutting down (MQTT reason 139)') });
});
