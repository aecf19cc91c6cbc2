import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { roadNetwork, type Road, type RoadNetwork } from '../models/road-network.ts';
import { Feed } from './feed.ts';
import { surfaceOf } from './surface.ts';
import { Driver, seeded } from './testing/driver.ts';
import { town } from './testing/town.ts';
import { Screen } from './testing/screen.ts';

const EVERY = 5;
const LAG = 6;
const START = 1_800_000_000;

interface Seen {
  worstOff: number;
  offs: number[];
  worstJump: number;
  instants: number;
  compared: number;
  updatesASecond: number;
  screen: Screen;
  feed: Feed;
  drivers: Driver[];
  clock: number;
}

/** Drives vehicles for `seconds`; each reports every five seconds; looks at the picture ten times a second. */
function drive(network: RoadNetwork, count: number, seconds: number, silence = 0): Seen {
  const random = seeded(11);
  let clock = START;
  const screen = new Screen();
  const feed = new Feed({
    number: 1,
    spec: { transport: 'push', url: '', decode: 'vehicles', staleAfter: 15 },
    wish: { anchor: network.anchor, as: 'points', lag: LAG, colour: '#ff0000', roads: 'given', lift: 0.6, capacity: count },
    context: { now: () => clock, WebSocket: globalThis.WebSocket, brokers: new Map(), load: () => Promise.reject(new Error('nothing to load')) },
    post: screen.take,
  });
  feed.equip(network, surfaceOf(network.anchor, null, 0.6));
  const drivers = Array.from({ length: count }, (_, i) => new Driver(`v${i}`, network, random));
  const phase = drivers.map(() => random() * EVERY);
  const due = phase.map((offset) => START + offset);
  const late: { at: number; json: string }[] = [];
  const last = new Map<number, { x: number; y: number }>();
  const fastest = new Map<number, number>();
  const seen: Seen = { worstOff: 0, offs: [], worstJump: 0, instants: 0, compared: 0, updatesASecond: 0, screen, feed, drivers, clock };
  for (let step = 0; step < (seconds + silence) * 20; step++) {
    clock = START + step / 20;
    drivers.forEach((driver, i) => {
      driver.go(0.05);
      fastest.set(i, Math.max(driver.speed, (fastest.get(i) ?? 0) * 0.998));
      if (clock < due[i] || step >= seconds * 20) return;
      due[i] += EVERY;
      // On its way for up to four tenths of a second.
      late.push({ at: clock + random() * 0.4, json: JSON.stringify(driver.report(clock)) });
    });
    for (let k = late.length - 1; k >= 0; k--) if (late[k].at <= clock) feed.receive({ bytes: new TextEncoder().encode(late.splice(k, 1)[0].json), topic: 'city/vehicles/1', at: clock });
    feed.flush(clock);
    if (step % 2 === 1) continue;
    const instant = step >= 20 * (LAG + EVERY) && (step / 2) % Math.floor(((seconds - LAG - EVERY) * 10) / 61) === 0 && step < seconds * 20;
    if (instant) seen.instants++;
    for (let slot = 0; slot < feed.ids.count; slot++) {
      const place = screen.at(slot, clock);
      if (!place) continue;
      const before = last.get(slot);
      const driver = drivers[Number(feed.ids.name(slot).slice(1))];
      if (before) seen.worstJump = Math.max(seen.worstJump, Math.hypot(place.x - before.x, place.y - before.y) - 0.1 * (fastest.get(Number(driver.id.slice(1))) ?? 0));
      last.set(slot, place);
      if (!instant) continue;
      const off = driver.distance(place.x, place.y);
      seen.offs.push(off);
      seen.worstOff = Math.max(seen.worstOff, off);
      seen.compared++;
    }
  }
  seen.updatesASecond = screen.updates / (seconds + silence);
  seen.clock = clock;
  return seen;
}

/** `share`: of the places, how many must lie within two metres of the lane's line. */
function check(seen: Seen, label: string, share = 1): void {
  const sorted = seen.offs.toSorted((a, b) => a - b);
  console.log(`${label}: ${seen.compared} places at ${seen.instants} instants; off the lane p50 ${sorted[sorted.length >> 1].toFixed(2)} m, p99 ${sorted[Math.floor(sorted.length * 0.99)].toFixed(2)} m, most ${seen.worstOff.toFixed(2)} m; jump beyond speed ${seen.worstJump.toFixed(2)} m; ${seen.updatesASecond.toFixed(0)} updates/s`);
  expect(seen.instants).toBeGreaterThanOrEqual(60);
  expect(seen.compared).toBeGreaterThan(1000);
  expect(sorted[Math.ceil(sorted.length * share) - 1]).toBeLessThanOrEqual(2);
  expect(seen.worstJump).toBeLessThanOrEqual(3);
}

describe('vehicles between their messages', () => {
  it('follow the lane within 2 m, never jump, stop and go stale when silent', () => {
    const seen = drive(town(), 60, 75, 25);
    check(seen, 'town');
    const { screen, feed, drivers, clock } = seen;
    expect(feed.ledger.counts.rejected).toBe(0);
    expect(feed.status(clock).stale).toBe(drivers.length);
    expect(feed.status(clock).state).toBe('stale');
    for (let slot = 0; slot < feed.ids.count; slot++) {
      const [now, before] = [screen.at(slot, clock), screen.at(slot, clock - 3)];
      expect(now?.x).toBe(before?.x);
      const newest = feed.history.time[feed.history.newest(slot)];
      // The shader fades from the second keyframe's time; the picture is LAG behind the clock.
      expect(now?.age).toBeCloseTo(clock - LAG - newest, 2);
      expect(now?.age).toBeGreaterThan(15);
    }
  });
});

/** Roads of a file of the shared data, a line each. */
const read = (path: string): Road[] =>
  (JSON.parse(readFileSync(shared(`data/traffic/roads/${path}`), 'utf8')).features as { properties: Record<string, string>; geometry: { type: string; coordinates: number[][] | number[][][] } }[]).flatMap(({ properties, geometry }, i) => {
    const lines = (geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates) as number[][][];
    const kind = properties.kind_detail ?? properties.kind;
    return lines.map((coordinates, k) => ({
      id: `${path}:${i}.${k}`,
      coordinates,
      class: ['rail', 'path', 'ferry'].includes(properties.kind) ? properties.kind : kind?.replace('_link', ''),
      oneway: properties.oneway === 'yes',
      lanes: kind?.endsWith('_link') ? 1 : undefined,
    }));
  });

describeShared('vehicles on real roads', () => {
  it.each([
    ['Shenzhen', [1, 2, 3].map((k) => `shenzhen-nanshan-road${k}.geojson`), { lon: 113.94, lat: 22.51, height: 0 }],
    ['Shanghai', ['shanghai-roads.geojson'], { lon: 121.49, lat: 31.24, height: 0 }],
  ])('%s', (name, files, anchor) => {
    // These roads have small triangles and loops where two ways between two messages are as long as each other: one place in a thousand may be on the other.
    check(drive(roadNetwork(files.flatMap(read), anchor), 100, 75), name, 0.999);
  });
});
