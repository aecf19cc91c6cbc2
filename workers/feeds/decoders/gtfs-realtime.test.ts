import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { FeedFeature } from '../../../engine/ports.ts';
import { hasShared, shared } from '../../../tests/shared.ts';
import type { FromWorker } from '../messages.ts';
import { openFeed, startHttp, until } from '../testing/opened.ts';
import { standingFeed, type StandingFeed } from '../testing/standing-feed.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const NOW = 1_800_000_000;
const vehicle = (id: string, more: object = {}, position: object = {}): object => ({ id: `e-${id}`, vehicle: { vehicle: { id }, position: { latitude: 30.66, longitude: 117.49, ...position }, timestamp: NOW - 5, ...more } });
const message = (entity: object[], header: object = {}): object => ({ header: { gtfsRealtimeVersion: '2.0', incrementality: 'FULL_DATASET', timestamp: NOW - 4, ...header }, entity });

function feed(as: 'points' | 'values' = 'points'): StandingFeed {
  return standingFeed({ transport: 'poll', decode: 'gtfs-realtime' }, { as });
}

describe('what breaks a rule is refused by its number, and what was known stands', () => {
  it.each([
    ['no header', { entity: [vehicle('a')] }, 'gtfs-E039'],
    ['a header without time', message([vehicle('a')], { timestamp: undefined }), 'gtfs-E048'],
    ['a header that does not say whether it is whole', message([vehicle('a')], { incrementality: undefined }), 'gtfs-E049'],
    ['changes only', message([vehicle('a')], { incrementality: 'DIFFERENTIAL' }), 'gtfs-E049'],
    ['a header from the future', message([vehicle('a')], { timestamp: NOW + 100 }), 'gtfs-E050'],
    ['milliseconds', message([vehicle('a')], { timestamp: NOW * 1000 }), 'gtfs-E001'],
    ['a feed older than the last', message([vehicle('a')], { timestamp: NOW - 60 }), 'gtfs-E018'],
    ['a vehicle from the future', message([vehicle('a', { timestamp: NOW + 100 })]), 'gtfs-E050'],
    ['a place off the Earth', message([vehicle('a', {}, { latitude: 117.49, longitude: 30.66 })]), 'gtfs-E026'],
    ['a bearing of 400°', message([vehicle('a', {}, { bearing: 400 })]), 'gtfs-E027'],
    ['an id said twice', message([vehicle('a'), vehicle('a', {}, { latitude: 30.67 })]), 'gtfs-E052'],
  ])('%s', (_name, bad, code) => {
    const { feed: standing, send } = feed();
    send(message([vehicle('a', { timestamp: NOW - 20 }, { speed: 3 })], { timestamp: NOW - 20 }));
    const before = standing.status(NOW);
    send(bad);
    const after = standing.status(NOW);
    expect(after.issues.map((issue) => issue.code)).toEqual([code]);
    expect(after.issues[0].message).toContain(code.slice(5));
    expect([after.ids, after.newest, after.ledger.applied]).toEqual([before.ids, before.newest, 1]);
    send(message([vehicle('a', { timestamp: NOW - 1 })], { timestamp: NOW - 1 }));
    expect(standing.status(NOW).newest).toBe(NOW - 1);
  });

  it.each([['nothing', ''], ['a cut message', '\u000a\u0010\u000a\u0003'], ['a login page', '<html>'], ['JSON that is none', '{"header":']])('%s', (_name, text) => {
    const { feed: standing, sendBytes } = feed();
    sendBytes(new TextEncoder().encode(text));
    expect(standing.status(NOW)).toMatchObject({ ids: 0, ledger: { received: 1, rejected: 1 } });
  });

  it('the old version may leave its time out: vehicles count by their own, or not at all', () => {
    const { feed: standing, send } = feed();
    send(message([vehicle('a'), vehicle('b', { timestamp: undefined })], { gtfsRealtimeVersion: '1.0', timestamp: undefined }));
    expect(standing.status(NOW)).toMatchObject({ ids: 1, ledger: { received: 2, applied: 1, rejected: 1 } });
    expect(standing.status(NOW).issues.map(({ code }) => code)).toEqual(['gtfs-W001']);
  });
});

it('gives a vehicle its values, and the delay of its trip', () => {
  const { feed: standing, send } = feed('values');
  const trip = { tripId: 't1' };
  const stop = (time: number, delay: number): object => ({ arrival: { time, delay } });
  send(message([
    vehicle('a', { trip, occupancyStatus: 'FEW_SEATS_AVAILABLE', currentStatus: 'STOPPED_AT', currentStopSequence: 7 }),
    { id: 't1', tripUpdate: { trip, stopTimeUpdate: [stop(NOW - 100, 10), stop(NOW + 100, 90), stop(NOW + 200, 30)] } },
    { id: 't2', tripUpdate: { trip: { tripId: 't2', scheduleRelationship: 'CANCELED' }, stopTimeUpdate: [] } },
  ]));
  const value = (id: string, name: string): number => standing.history.value(standing.history.newest(standing.ids.find(id)), name);
  expect(['occupancy', 'stopped', 'stop', 'delay'].map((name) => value('a', name))).toEqual([60, 1, 7, 90]);
  expect(standing.ids.find('t1')).toBe(-1);
  expect(value('t2', 'cancelled')).toBe(1);
});

it('an alert is a feature, and ends when a whole message no longer speaks of it', () => {
  const { feed: standing, send } = feed('values');
  const told: FeedFeature[] = [];
  Object.assign(standing, { parts: { ...(standing as unknown as { parts: object }).parts, post: (given: FromWorker) => given.kind === 'features' && told.push(...given.features) } });
  const alert = { id: 'x', alert: { activePeriod: [{ start: NOW - 10, end: NOW + 500 }], effect: 'DETOUR', informedEntity: [{ routeId: '7' }, { stopId: 's' }], headerText: { translation: [{ text: 'Detour', language: 'en' }, { text: '绕行', language: 'zh-CN' }] } } };
  send(message([alert]));
  send(message([alert], { timestamp: NOW - 3 }));
  expect(standing.status(NOW).ledger).toMatchObject({ received: 2, applied: 1, duplicate: 1 });
  send(message([], { timestamp: NOW - 2 }));
  standing.flush(NOW);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ id: 'x', until: NOW - 2, properties: { headline: '绕行', effect: 'DETOUR', routes: '7', stops: 's' } });
});

describe.skipIf(!hasShared)('a real feed from a server', () => {
  it('is polled by ETag: trains at their places, and a broken answer leaves them', async () => {
    const sample = readFileSync(shared('data/traffic/gtfs-rt/BA-vehicle-positions.json'));
    let [broken, not] = [false, 0];
    const server = await startHttp((request, response) => {
      if (broken) return void response.writeHead(200).end(readFileSync(shared('data/traffic/gtfs-rt/invalid.pb')));
      if (request.headers['if-none-match'] === '"1"') {
        not++;
        return void response.writeHead(304).end();
      }
      response.writeHead(200, { ETag: '"1"' }).end(sample);
    });
    ends.push(server.close);
    const opened = openFeed({ transport: 'poll', url: server.url, decode: 'gtfs-realtime', staleAfter: 120, every: 0.03 }, { as: 'points', anchor: { lon: -122.27, lat: 37.8, height: 0 } }, () => 1_661_990_420);
    ends.push(opened.close);
    await until(() => not > 1);
    const { ids, ledger, state } = opened.status();
    expect([ids > 0, ledger.received, state]).toEqual([true, ids, 'live']);
    broken = true;
    await until(() => opened.status().ledger.rejected === 1);
    expect(opened.status()).toMatchObject({ ids, state: 'live', issues: [{ code: 'not-protobuf' }] });
  });

  it('trips and alerts come with their protobuf', async () => {
    const server = await startHttp((request, response) => void response.end(readFileSync(shared(`data/traffic/gtfs-rt${request.url}`))));
    ends.push(server.close);
    const open = (name: string, as: 'values' | 'features'): ReturnType<typeof openFeed> => openFeed({ transport: 'poll', url: `${server.url}/${name}`, decode: 'gtfs-realtime', staleAfter: 120, every: 10 }, { as }, () => 1_565_199_945);
    const trips = open('bart-trip-updates.pb', 'values');
    const alerts = open('bart-alerts.pb', 'features');
    ends.push(trips.close, alerts.close);
    await until(() => trips.status().ids > 20 && alerts.features.length === 1);
    // BART's own feed numbers the stops of some trips twice, and of one backwards.
    expect(trips.status().issues.map(({ code, count }) => [code, count])).toEqual([['gtfs-E036', 1], ['gtfs-E002', 1]]);
    expect(trips.value('1011112WKDY', 'delay')).toBe(29);
    expect(alerts.features[0]).toMatchObject({ id: 'BSA_187874', properties: { effect: 'SIGNIFICANT_DELAYS', agencies: 'BART', headline: expect.stringContaining('Montgomery') } });
    expect(alerts.status().state).toBe('live');
  });
});
