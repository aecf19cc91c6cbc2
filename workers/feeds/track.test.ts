import { expect, test } from 'vitest';
import { placer } from '#geo';
import type { FromWorker, ToWorker } from './messages.ts';
import { FeedHost } from './host.ts';
import type { Track } from '../../engine/ports.ts';

const NOW = 1_800_000_000;
const anchor = { lon: 117.49, lat: 30.66, height: 20 };
const ground = placer({ ...anchor, height: 0 });

/** A host with one push feed, and what it posts. */
function host(): { send(message: ToWorker): void; posted: FromWorker[]; ask(id: string, from: number, to: number, every?: number): Track; close(): void } {
  const posted: FromWorker[] = [];
  const made = new FeedHost({ post: (message) => posted.push(message), WebSocket: globalThis.WebSocket, load: () => Promise.reject(new Error('nothing')), now: () => NOW });
  made.handle({ kind: 'open', feed: 1, spec: { transport: 'push', url: '', decode: 'vehicles', staleAfter: 15 }, wish: { anchor, as: 'points', lag: 5, colour: '#ff0000', lift: 1.2, capacity: 10, near: { most: 4, within: 500, key: 'kind', kinds: ['car'], paints: 4 } } });
  return {
    posted, send: (message) => made.handle(message), close: () => made.dispose(),
    ask(id, from, to, every = 1) {
      made.handle({ kind: 'ask', feed: 1, ask: 7, question: { what: 'track', id, from, to, every } });
      const answer = posted.findLast((message) => message.kind === 'answer');
      return (answer as { value: Track }).value;
    },
  };
}

test('a track has every reading and the way between, on the ground, up to what is shown and no further; the host passes the camera on and models back', async () => {
  const { send, posted, ask, close } = host();
  const reading = (time: number, x: number) => { const [lon, lat] = ground.unplace(x, 0, 0, new Float64Array(3)); return { id: 'v1', time, lon, lat, height: 20, heading: 90, values: {} }; };
  await new Promise((resolve) => setTimeout(resolve, 5));
  send({ kind: 'push', feed: 1, readings: [reading(NOW - 20, 0), reading(NOW - 12, 80), reading(NOW - 8, 120), reading(NOW - 2, 180)] });
  send({ kind: 'watch', feed: 1, view: { clip: Float64Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)), eye: [100, 0, 30] } });
  // Asked on the clock, which is five seconds ahead of what it shows.
  const track = ask('v1', NOW - 100, NOW, 2);
  expect([...track.times].map((time) => time - NOW)).toEqual([-20, -18, -16, -14, -12, -10, -8, -6.5, -5]);
  expect([...track.read]).toEqual([1, 0, 0, 0, 1, 0, 1, 0, 0]);
  const xs = Array.from(track.times, (_, i) => ground.place(track.places[3 * i], track.places[3 * i + 1], 20, new Float64Array(3))[0]);
  xs.forEach((x, i) => expect(x).toBeCloseTo(10 * (track.times[i] - NOW + 20), 2));
  for (let i = 0; i < xs.length; i++) expect(track.places[3 * i + 2]).toBeCloseTo(20, 3);
  expect([...ask('v1', NOW - 8, NOW, 100).times].map((time) => time - NOW)).toEqual([-12, -8, -5]);
  expect(ask('nobody', 0, NOW).times).toHaveLength(0);
  await new Promise((resolve) => setTimeout(resolve, 120));
  const models = posted.find((message) => message.kind === 'models');
  expect(models).toMatchObject({ feed: 1, of: 0, count: 1 });
  close();
});
