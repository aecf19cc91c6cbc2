import { describe, expect, test } from 'vitest';
import { placer } from '#geo';
import { roadNetwork, type Road } from '../models/road-network.ts';
import { Feed } from './feed.ts';
import type { FromWorker } from './messages.ts';
import { surfaceOf, type HeightGrid } from './surface.ts';
import { Driver, seeded } from './testing/driver.ts';
import { Screen } from './testing/screen.ts';

const START = 1_800_000_000;
const anchor = { lon: 117.49, lat: 30.66, height: 20 };
const LIFT = 1.2;
const near = { most: 5, within: 500, key: 'kind', kinds: ['car', 'bus'], paints: 4 } as const;

interface Model { floats: Float32Array; bytes: Uint8Array }

/** What the shader of a batch with paints would show: models by kind and slot. */
class Models {
  readonly kinds = near.kinds.map(() => new Map<number, Model>());
  changes = 0;
  readonly take = (message: FromWorker): void => {
    if (message.kind === 'reset') this.kinds.forEach((kind) => kind.clear());
    if (message.kind !== 'models') return;
    this.changes++;
    for (let i = 0; i < message.count; i++) {
      const floats = new Float32Array(message.buffer, 40 * i, 9).slice();
      this.kinds[message.of].set(floats[0], { floats, bytes: new Uint8Array(message.buffer, 40 * i + 36, 4).slice() });
    }
  };

  /** Those that are seen at a moment: place, heading and slope in degrees, alpha. */
  seen(clock: number, epoch: number): { kind: number; x: number; y: number; z: number; heading: number; slope: number; alpha: number }[] {
    return this.kinds.flatMap((kind, number) => [...kind.values()].filter(({ bytes }) => bytes[3] > 0).map(({ floats: f, bytes }) => {
      const share = Math.min(1, Math.max(0, (clock - epoch - f[4]) / Math.max(1e-6, f[8] - f[4])));
      const by = ((((bytes[2] - bytes[1]) / 256 + 0.5) % 1) + 1) % 1 - 0.5;
      const run = Math.hypot(f[5] - f[1], f[6] - f[2]);
      return { kind: number, x: f[1] + (f[5] - f[1]) * share, y: f[2] + (f[6] - f[2]) * share, z: f[3] + (f[7] - f[3]) * share, heading: 360 * (bytes[1] / 256 + by * share), slope: (Math.atan2(f[7] - f[3], run) * 180) / Math.PI, alpha: bytes[3] };
    }));
  }
}

function opened(more: { roads?: boolean; capacity?: number; goneAfter?: number } = {}): { feed: Feed; screen: Screen; models: Models; at: (clock: number) => void } {
  let clock = START;
  const [screen, models] = [new Screen(), new Models()];
  const feed = new Feed({
    number: 1, spec: { transport: 'push', url: '', decode: 'vehicles', staleAfter: 15 },
    wish: { anchor, as: 'points', lag: 6, colour: '#ff0000', lift: LIFT, capacity: more.capacity ?? 100, near, ...(more.roads ? { roads: 'given' } : {}), ...(more.goneAfter ? { goneAfter: more.goneAfter } : {}) },
    context: { now: () => clock, WebSocket: globalThis.WebSocket, brokers: new Map(), load: () => Promise.reject(new Error('nothing to load')) },
    post: (message) => { screen.take(message); models.take(message); },
  });
  return { feed, screen, models, at: (now) => { clock = now; feed.flush(clock); } };
}

const ground = placer({ ...anchor, height: 0 });
const report = (id: string, t: number, x: number, y: number, more: object = {}): object => { const [lon, lat] = ground.unplace(x, y, 0, new Float64Array(3)); return { id, t, lon, lat, ...more }; };
const send = (feed: Feed, list: readonly object[], at: number): void => feed.receive({ bytes: new TextEncoder().encode(JSON.stringify(list)), topic: 'x', at });
/** Everything lies in the picture: w is 1, x and y are 0. */
const all = Float64Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));
/** What lies east of the anchor is in the picture, what lies west is not. */
const east = Float64Array.from([0, 0, 0, 0.001, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** Vehicles that stand 20 m apart to the east, known twice; every third is a bus. */
function standing(count: number): ReturnType<typeof opened> {
  const open = opened();
  open.feed.equip(null, surfaceOf(anchor, null, LIFT));
  for (const t of [START - 8, START - 2]) send(open.feed, Array.from({ length: count }, (_, i) => report(`v${i}`, t, 20 * i, 0, { heading: 90, kind: i % 3 === 0 ? 1 : 0 })), t);
  return open;
}

describe('the nearest as models', () => {
  test('no more than are asked for, those nearest to the eye, each of its kind; faded in over four tenths of a second while its symbol fades out', () => {
    const { feed, screen, models, at } = standing(30);
    feed.watch({ clip: all, eye: [200, 0, 30] });
    let steps = 0;
    for (let clock = START; clock < START + 2; clock += 0.04) {
      at(clock);
      for (const model of models.seen(clock, screen.epoch)) {
        const slot = [...screen.records.keys()].find((each) => Math.abs((screen.records.get(each)?.floats[5] ?? NaN) - model.x) < 1)!;
        expect(screen.records.get(slot)!.alpha + model.alpha).toBeCloseTo(255, -0.5);
        if (model.alpha > 10 && model.alpha < 245) steps++;
      }
    }
    expect(steps).toBeGreaterThan(20);
    const seen = models.seen(START + 2, screen.epoch);
    expect(seen.map(({ x }) => Math.round(x)).toSorted((a, b) => a - b)).toEqual([160, 180, 200, 220, 240]);
    expect(seen.filter(({ kind }) => kind === 1).map(({ x }) => Math.round(x)).toSorted((a, b) => a - b)).toEqual([180, 240]);
    for (const { heading, slope, z, alpha } of seen) {
      expect([Math.round(heading), slope, alpha]).toEqual([90, 0, 255]);
      expect(Math.abs(z - 0.03)).toBeLessThan(0.02);
    }
    expect(feed.near!.count).toBe(5);
    const quiet = models.changes;
    for (let clock = START + 2; clock < START + 4; clock += 0.04) at(clock);
    expect(models.changes).toBe(quiet);
  });

  test('patience: an eye that goes to and fro a little changes nothing; one that goes away does', () => {
    const { feed, screen, models, at } = standing(30);
    feed.watch({ clip: all, eye: [200, 0, 30] });
    for (let clock = START; clock < START + 2; clock += 0.04) at(clock);
    const before = models.changes;
    for (let k = 0; k < 20; k++) {
      feed.watch({ clip: all, eye: [200 + (k % 2 ? 4 : -4), 0, 30] });
      for (let i = 0; i < 8; i++) at(START + 2 + k * 0.32 + i * 0.04);
    }
    expect(models.changes).toBe(before);
    feed.watch({ clip: all, eye: [500, 0, 30] });
    for (let clock = START + 9; clock < START + 11; clock += 0.04) at(clock);
    expect(models.seen(START + 11, screen.epoch).map(({ x }) => Math.round(x)).toSorted((a, b) => a - b)).toEqual([460, 480, 500, 520, 540]);
    expect([...screen.records.values()].filter(({ alpha }) => alpha > 0 && alpha < 255)).toEqual([]);
  });

  test('only what is in the picture, and nothing that is stale or farther than asked for', () => {
    const { feed, screen, models, at } = opened();
    feed.equip(null, surfaceOf(anchor, null, LIFT));
    const list = [[-100, 0], [100, 0], [100, 700]];
    send(feed, list.map(([x, y], i) => report(`v${i}`, START - 6, x, y)), START);
    feed.watch({ clip: east, eye: [0, 0, 10] });
    for (let clock = START; clock < START + 1; clock += 0.04) at(clock);
    // Behind the eye (w is negative) by more than a vehicle's length would be seen of nothing.
    const seen = models.seen(START + 1, screen.epoch).map(({ x, y }) => [Math.round(x), Math.round(y)]);
    expect(seen).not.toContainEqual([100, 700]);
    for (let clock = START + 12; clock < START + 20; clock += 0.04) at(clock);
    expect(models.seen(START + 20, screen.epoch)).toEqual([]);
    expect(screen.at(0, START + 20)).not.toBeNull();
  });

  test('a thing that was silent for long is not found any more', () => {
    const { feed, at } = opened({ goneAfter: 30 });
    feed.equip(null, surfaceOf(anchor, null, LIFT));
    send(feed, [report('v0', START - 6, 0, 0)], START);
    at(START + 1);
    const out = new Float64Array(3);
    expect(feed.player!.drawn(0, START - 5, out)).toBe(true);
    at(START + 40);
    expect(feed.player!.drawn(0, START + 34, out)).toBe(false);
  });
});

/** A town on a slope that rises a metre in ten to the north. */
function hill(): { roads: Road[]; grid: HeightGrid } {
  const roads: Road[] = [];
  const degrees = (x: number, y: number): number[] => [...ground.unplace(x, y, 0, new Float64Array(3)).subarray(0, 2)];
  for (let i = -3; i <= 3; i++) for (const across of [true, false]) roads.push({ id: `${across}${i}`, class: 'tertiary', lanes: 2, coordinates: Array.from({ length: 7 }, (_, k) => (across ? degrees(k * 120 - 360, i * 120) : degrees(i * 120, k * 120 - 360))) });
  const [west, south] = degrees(-500, -500);
  const [rightmost, north] = degrees(500, 500);
  const samples = new Float32Array(101 * 101);
  for (let row = 0; row < 101; row++) samples.fill(20 + (50 - row), row * 101, (row + 1) * 101);
  return { roads, grid: { west, south, east: rightmost, north, width: 101, height: 101, samples } };
}

test('driving: models stay with their symbols, turn without a jerk, lean as the hill does, and have their wheels on it', () => {
  const { roads, grid } = hill();
  const network = roadNetwork(roads, anchor);
  const { feed, screen, models, at } = opened({ roads: true });
  const surface = surfaceOf(anchor, grid, LIFT);
  feed.equip(network, surface);
  feed.watch({ clip: all, eye: [0, 0, 60] });
  const random = seeded(3);
  const drivers = Array.from({ length: 5 }, (_, i) => new Driver(`v${i}`, network, random));
  const before = new Map<string, { heading: number; x: number; y: number }>();
  const [turns, leans, off, jumps]: number[][] = [[], [], [], []];
  const drop = new Float64Array(3);
  for (let step = 0; step < 60 * 25; step++) {
    const clock = START + step / 25;
    for (const driver of drivers) driver.go(0.04);
    if (step % 75 === 0) send(feed, drivers.map((driver) => ({ ...driver.report(clock), kind: 0 })), clock);
    at(clock);
    if (step < 250) continue;
    models.kinds[0].forEach((model, index) => {
      const [seen] = models.seen(clock, screen.epoch).filter(({ x }) => Math.abs(x - (model.floats[1] + model.floats[5]) / 2) < 60 && model.bytes[3] > 0);
      if (!seen) return;
      const f = model.floats;
      const share = Math.min(1, Math.max(0, (clock - screen.epoch - f[4]) / Math.max(1e-6, f[8] - f[4])));
      const place = { x: f[1] + (f[5] - f[1]) * share, y: f[2] + (f[6] - f[2]) * share, z: f[3] + (f[7] - f[3]) * share };
      const by = ((((model.bytes[2] - model.bytes[1]) / 256 + 0.5) % 1) + 1) % 1 - 0.5;
      const heading = 360 * (model.bytes[1] / 256 + by * share);
      const last = before.get(String(index));
      if (last) {
        turns.push(Math.abs(((heading - last.heading + 540) % 360) - 180));
        jumps.push(Math.hypot(place.x - last.x, place.y - last.y));
      }
      before.set(String(index), { heading, x: place.x, y: place.y });
      off.push(Math.abs(place.z - (surface.drop(place.x, place.y, drop)[2] - LIFT)));
      const north = Math.cos((heading * Math.PI) / 180);
      if (share > 0 && share < 1 && Math.hypot(f[5] - f[1], f[6] - f[2]) > 1 && Math.abs(by) < 0.02) leans.push(Math.abs((f[7] - f[3]) / Math.hypot(f[5] - f[1], f[6] - f[2]) - 0.1 * north));
    });
  }
  console.log(`models: ${turns.length} frames, turned at most ${Math.max(...turns).toFixed(1)}° from one to the next; wheels at most ${Math.max(...off).toFixed(2)} m off the ground; slope at most ${Math.max(...leans).toFixed(3)} off; moved at most ${Math.max(...jumps).toFixed(2)} m`);
  expect(turns.length).toBeGreaterThan(3000);
  expect(Math.max(...turns)).toBeLessThan(10);
  expect(Math.max(...off)).toBeLessThan(0.25);
  expect(leans.toSorted((a, b) => a - b)[Math.floor(leans.length * 0.95)]).toBeLessThan(0.03);
  expect(Math.max(...jumps)).toBeLessThan(1.5);
});
