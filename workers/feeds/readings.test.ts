import { connect } from 'mqtt';
import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import type { Series } from '../../engine/ports.ts';
import { answer } from './answers.ts';
import { FeedHost } from './host.ts';
import type { FromWorker } from './messages.ts';
import { startMosquitto } from './testing/mosquitto.ts';
import { ANCHOR, standingFeed, type StandingFeed } from './testing/standing-feed.ts';

const START = 1_800_000_000;

function station(): StandingFeed & { told(): Record<string, number>; series(id: string): Record<string, Series> } {
  const standing = standingFeed({ decode: 'readings' }, { as: 'values' });
  const told: Record<string, number> = {};
  Object.assign(standing.feed, { parts: { ...(standing.feed as unknown as { parts: object }).parts, post: (message: FromWorker) => {
    if (message.kind === 'values') message.ids.forEach((id, i) => { told[`${id}.${message.name}`] = message.values[i]; });
  } } });
  return Object.assign(standing, {
    told: () => ({ ...told }),
    series: (id: string) => answer(standing.feed, { what: 'series', id, from: 0, to: Infinity }, standing.now).value as Record<string, Series>,
  });
}

describe('readings of stations', () => {
  it('are told by id and item; what a reading does not speak of stands, what it says is missing goes', () => {
    const s = station();
    s.send([{ id: 'a', t: START, values: { pm25: 35, so2: 8 }, quality: 'simulated' }, { id: 'b', t: START, pm25: 12, note: 'text is no value' }]);
    s.feed.flush(START);
    expect(s.told()).toEqual({ 'a.pm25': 35, 'a.so2': 8, 'a.quality': 1, 'b.pm25': 12 });
    s.send({ id: 'a', t: START + 10, values: { so2: 9 } });
    s.send({ id: 'b', t: START + 10, values: { pm25: null } });
    s.now += 10;
    s.feed.flush(START + 10);
    expect(s.told()).toMatchObject({ 'a.pm25': 35, 'a.so2': 9, 'b.pm25': NaN });
    expect(answer(s.feed, { what: 'reading', id: 'b', time: START + 10 }, START + 10).value).toMatchObject({ values: {} });
    expect(s.feed.ledger.counts).toMatchObject({ received: 4, applied: 4 });
  });

  it('of one moment may come in several messages; the same again is a duplicate, in any order', () => {
    const s = station();
    const parts = [{ pm25: 35 }, { so2: 8 }, { no2: 20, so2: 8 }];
    for (const values of [...parts, ...parts, ...parts.toReversed()]) s.send({ id: 'a', t: START, values });
    s.feed.flush(START + 1);
    expect(s.told()).toEqual({ 'a.pm25': 35, 'a.so2': 8, 'a.no2': 20 });
    const { received, applied, coalesced, duplicate } = s.feed.ledger.counts;
    expect({ received, told: applied + coalesced, duplicate }).toEqual({ received: 9, told: 3, duplicate: 6 });
  });

  it('that come late fill in what the newest does not speak of, and never take its place', () => {
    const s = station();
    s.send({ id: 'a', t: START + 20, values: { pm25: 40 } });
    s.feed.flush(START + 20);
    s.send({ id: 'a', t: START + 10, values: { pm25: 99, so2: 8 } });
    s.feed.flush(START + 20);
    expect(s.told()).toEqual({ 'a.pm25': 40, 'a.so2': 8 });
    expect(s.feed.ledger.counts).toMatchObject({ applied: 1, late: 1 });
  });

  it('answer with their course: gaps are gaps, up to the clock', () => {
    const s = station();
    s.now = START + 100;
    [5, null, 7, 8].forEach((pm25, i) => s.send({ id: 'a', t: START + 10 * i, values: i === 3 ? { pm25, so2: 1 } : { pm25 } }));
    expect(s.series('a')).toEqual({ pm25: { times: new Float64Array([START, START + 10, START + 20, START + 30]), values: new Float32Array([5, NaN, 7, 8]) }, so2: { times: new Float64Array([START + 30]), values: new Float32Array([1]) } });
    s.now = START + 20;
    expect([...s.series('a').pm25.values]).toEqual([5, NaN, 7]);
    expect(s.series('nobody')).toEqual({});
    expect(Object.keys(answer(s.feed, { what: 'series', id: 'a', from: START + 25, to: START + 26 }, START + 100).value as object)).toEqual([]);
  });

  it('show the value of the clock’s moment when it is moved', () => {
    const s = station();
    s.now = START + 100;
    for (let i = 0; i < 10; i++) s.send({ id: 'a', t: START + 10 * i, values: { pm25: i } });
    s.feed.flush(START + 100);
    expect(s.told()['a.pm25']).toBe(9);
    s.feed.flush(START + 42);
    expect(s.told()['a.pm25']).toBe(4);
  });

  it('have a digest over items of several messages, the same live and later', () => {
    const live = station();
    live.send({ id: 'a', t: START, values: { pm25: 35 } });
    live.send({ id: 'a', t: START + 1, values: { so2: 8 } });
    const digestOf = (s: StandingFeed): unknown => answer(s.feed, { what: 'digest', time: START + 5 }, START + 5).value;
    const before = digestOf(live);
    live.now = START + 60;
    live.send({ id: 'a', t: START + 2, values: { pm25: 1 } });
    expect(digestOf(live)).toBe(before);
    const other = station();
    other.send({ id: 'a', t: START + 1, values: { so2: 8 } });
    expect(digestOf(other)).not.toBe(before);
  });
});

it('over a real mosquitto at QoS 1: retained last values, redelivery and a killed broker; nothing is counted twice', async () => {
  const broker = await startMosquitto();
  const states: string[] = [];
  const newest = new Map<string, number>();
  const post = (message: FromWorker): void => {
    if (message.kind === 'status' && states.at(-1) !== message.status.state) states.push(message.status.state);
    if (message.kind === 'values') message.ids.forEach((id, i) => newest.set(`${id}.${message.name}`, message.values[i]));
  };
  const until = async (what: () => boolean): Promise<void> => {
    for (let waited = 0; waited < 400 && !what(); waited++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(what()).toBe(true);
  };
  const host = new FeedHost({ post, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, load: () => Promise.reject(new Error('nothing to load')) });
  const publisher = connect(broker.tcp, { reconnectPeriod: 100, clean: false, clientId: 'stations' });
  publisher.on('error', () => {});
  const say = (t: number, pm25: number): Promise<unknown> => publisher.publishAsync('city/sensors/0', JSON.stringify([{ id: 'a', t, values: { pm25 } }]), { qos: 1, retain: true });
  try {
    const now = Math.floor(Date.now() / 1000);
    await say(now - 30, 1);
    host.handle({ kind: 'open', feed: 1, spec: { transport: 'mqtt', url: broker.url, topic: 'city/sensors/#', decode: 'readings', staleAfter: 60, retry: { first: 0.1, cap: 0.5 } }, wish: { anchor: ANCHOR, as: 'values', lag: 0, colour: '#fff', lift: 0, capacity: 100 } });
    const { ledger } = host.feed(1)!;
    await until(() => newest.get('a.pm25') === 1);
    await Promise.all([say(now - 20, 2), say(now - 20, 2), say(now - 25, 9)]);
    await until(() => ledger.counts.received === 4);
    expect(ledger.counts).toMatchObject({ duplicate: 1, late: 1, rejected: 0 });
    await until(() => newest.get('a.pm25') === 2);
    await broker.kill();
    await until(() => states.at(-1) === 'stale');
    const sent = say(now - 10, 3);
    await broker.start();
    await sent;
    await until(() => newest.get('a.pm25') === 3 && states.at(-1) === 'live');
    const { received, ...parts } = ledger.counts;
    expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBe(received);
    expect(host.feed(1)!.history.count).toBe(4);
    expect(host.feed(1)!.status(now).issues.map(({ code }) => code)).toContain('gap');
  } finally {
    host.dispose();
    await publisher.endAsync(true);
    await broker.end();
  }
}, 30_000);
