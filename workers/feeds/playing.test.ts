import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipMatrix, placer, project } from '#geo';
import type { Reading } from '../../engine/ports.ts';
import { answer, digest } from './answers.ts';
import { packPoints } from './decoders/points.ts';
import { History } from './history.ts';
import { framesOf } from './recording.ts';
import { seeded } from './testing/driver.ts';
import { ANCHOR, standingFeed } from './testing/standing-feed.ts';

const START = 1_800_000_000;
const ground = placer(ANCHOR);

/** A vehicle message from metres of the anchor. */
function vehicle(id: string, t: number, x: number, y: number, more: Record<string, unknown> = {}): unknown {
  const [lon, lat] = ground.unplace(x, y, 0, new Float64Array(3));
  return { id, t, lon, lat, speed: 10, heading: 90, ...more };
}

describe('a straight way', () => {
  it('is shown between its two readings, held at the last and hidden before the first', () => {
    const standing = standingFeed({}, { lag: 6 });
    const { feed, screen, send } = standing;
    feed.flush(START);
    expect(screen.resets).toEqual([START]);
    send(vehicle('a', START, 0, 0));
    standing.now = START + 5;
    send(vehicle('a', START + 5, 50, 0));
    feed.flush(START + 5);
    expect(screen.at(0, START + 5)).toBeNull();
    for (let clock = START + 5.95; clock < START + 14; clock += 0.05) {
      feed.flush(clock);
      const x = screen.at(0, clock)?.x ?? NaN;
      if (clock >= START + 6.05) expect(x).toBeCloseTo(Math.min(50, (clock - START - 6) * 10), 2);
    }
    expect(screen.at(0, START + 14)?.age).toBeCloseTo(3, 3);
  });

  it('is caught up with, not jumped, when a reading comes too late', () => {
    const standing = standingFeed({}, { lag: 2 });
    const { feed, screen, send } = standing;
    send(vehicle('a', START, 0, 0));
    let last = 0;
    let worst = 0;
    for (let clock = START + 2.1; clock < START + 20; clock += 0.05) {
      standing.now = clock;
      if (Math.abs(clock - (START + 9)) < 0.026) send(vehicle('a', START + 5, 60, 0));
      if (Math.abs(clock - (START + 10.5)) < 0.026) send(vehicle('a', START + 10, 120, 0));
      feed.flush(clock);
      const x = screen.at(0, clock)?.x ?? NaN;
      worst = Math.max(worst, Math.abs(x - last));
      last = x;
    }
    expect(last).toBeCloseTo(120, 1);
    expect(worst).toBeLessThan(2);
    // Though it was late on the screen, staleness counts from the reading.
    expect(screen.at(0, START + 20)?.age).toBeCloseTo(8, 2);
  });

  it('is none between places that nothing drives between: out of sight, then there', () => {
    const standing = standingFeed({}, { lag: 1 });
    const { feed, screen, send } = standing;
    send(vehicle('a', START, 0, 0));
    standing.now = START + 5;
    send(vehicle('a', START + 5, 700, 0));
    const seen: (number | null)[] = [];
    for (let clock = START + 1; clock < START + 7; clock += 0.1) {
      feed.flush(clock);
      seen.push(screen.at(0, clock)?.x ?? null);
    }
    expect(seen.every((x) => x === null || Math.abs(x) < 0.1 || Math.abs(x - 700) < 0.1)).toBe(true);
    expect(seen.filter((x) => x === null).length).toBeGreaterThan(0);
    expect(seen.findIndex((x) => x !== null && x > 699)).toBeGreaterThan(seen.lastIndexOf(null));
    expect(seen.some((x, i) => i > 0 && x !== null && seen[i - 1] !== null && Math.abs(x - (seen[i - 1] as number)) > 3)).toBe(false);
  });

  it('is the same after a jump of the clock, in both directions', () => {
    const standing = standingFeed({}, { lag: 1 });
    const { feed, screen, send } = standing;
    for (let t = 0; t <= 60; t += 5) {
      standing.now = START + t;
      send([vehicle('a', START + t, t * 10, 0), vehicle('b', START + t, 0, -t * 4)]);
    }
    for (const clock of [START + 61, START + 13.4, START + 42.7, START + 2.2]) {
      feed.flush(clock);
      expect(screen.at(0, clock)?.x).toBeCloseTo(Math.min(60, clock - START - 1) * 10, 2);
      expect(screen.at(1, clock)?.y).toBeCloseTo(-Math.min(60, clock - START - 1) * 4, 2);
    }
    feed.flush(START - 10);
    expect(screen.at(0, START - 10)).toBeNull();
  });

  it('counts its times from a new epoch within the hour, with nothing moved', () => {
    const standing = standingFeed({}, { lag: 1 });
    const { feed, screen, send } = standing;
    for (let t = 0; t < 7300; t += 2) {
      standing.now = START + t;
      send(vehicle('a', START + t, t, 0));
      feed.flush(START + t);
      const place = screen.at(0, START + t);
      if (place) expect(Math.abs(place.x - (t - 1))).toBeLessThan(1.1);
      expect(Math.abs(START + t - screen.epoch)).toBeLessThan(3600);
    }
    expect(screen.resets.length).toBe(3);
  });
});

describe('what a moment shows', () => {
  /** Two minutes of readings, some late, some doubled, some rubbish; digests taken live at 20 instants. */
  function twoMinutes(): { live: string[]; instants: number[]; recording: Uint8Array } {
    const standing = standingFeed({}, { lag: 6 });
    const random = seeded(9);
    const instants = Array.from({ length: 20 }, (_, k) => START + 8 + k * 5.6);
    const live: string[] = [];
    const waiting: { at: number; value: unknown }[] = [];
    for (let step = 0; step < 1200; step++) {
      const clock = START + step / 10;
      standing.now = clock;
      for (let v = 0; v < 25; v++) {
        if ((step + v * 2) % 50 !== 0) continue;
        const reading = vehicle(`v${v}`, clock, v * 20, step, { speed: random() * 10 });
        waiting.push({ at: clock + random() * (random() < 0.1 ? 20 : 1), value: reading });
        if (random() < 0.1) waiting.push({ at: clock + random() * 3, value: reading });
      }
      for (let k = waiting.length - 1; k >= 0; k--) if (waiting[k].at <= clock) standing.send(waiting.splice(k, 1)[0].value);
      if (step % 97 === 0) standing.send({ id: 'bad', t: 'never' });
      standing.feed.flush(clock);
      if (instants.some((instant) => Math.abs(instant - clock) < 0.049)) live.push(digest(standing.feed, instants[live.length]));
    }
    expect(standing.feed.ledger.counts.late).toBeGreaterThan(10);
    expect(standing.feed.ledger.counts.duplicate).toBeGreaterThan(10);
    return { live, instants, recording: standing.feed.recording() };
  }

  it('has the same digest from its recording as it had live, at 20 instants, whichever is asked first', () => {
    const { live, instants, recording } = twoMinutes();
    expect(new Set(live).size).toBe(20);
    const replayed = standingFeed({ transport: 'replay' }, { lag: 6 });
    for (const frame of framesOf(recording)) replayed.feed.receive(frame);
    expect(instants.toReversed().map((t) => digest(replayed.feed, t)).toReversed()).toEqual(live);
    expect(replayed.feed.status(START + 60).state).not.toBe('live');
  });

  it('answers what lies nearest to a pixel', () => {
    const standing = standingFeed({}, { lag: 1 });
    const random = seeded(3);
    for (const t of [0, 5]) {
      standing.now = START + t;
      standing.send(Array.from({ length: 400 }, (_, k) => vehicle(`v${k}`, START + t, (k % 20) * 40 - 400 + t * random(), Math.floor(k / 20) * 40 - 400, { values: 1 })));
    }
    const clock = START + 4.5;
    standing.feed.flush(clock);
    const pose = { lon: ANCHOR.lon, lat: ANCHOR.lat, height: 900, heading: 30, pitch: -70, roll: 0 };
    const clip = clipMatrix(ANCHOR, pose, { fov: 50, offset: [0, 0] }, 800, 600);
    const out = new Float64Array(3);
    let hits = 0;
    for (let ask = 0; ask < 600; ask++) {
      const [x, y] = [random() * 800, random() * 600];
      let best: string | null = null;
      let least = 6;
      for (let slot = 0; slot < 400; slot++) {
        const place = standing.screen.at(slot, clock);
        if (!place) continue;
        project(clip, 800, 600, place.x, place.y, place.z, out);
        const distance = Math.hypot(out[0] - x, out[1] - y);
        if (distance < least && out[2] > 0) [best, least] = [standing.feed.ids.name(slot), distance];
      }
      const found = answer(standing.feed, { what: 'nearest', clip, width: 800, height: 600, x, y, time: clock }, clock).value as Reading | null;
      expect(found?.id ?? null).toBe(best);
      if (found) hits++;
    }
    expect(hits).toBeGreaterThan(20);
    const reading = answer(standing.feed, { what: 'reading', id: 'v7', time: clock }, clock).value as Reading;
    expect(reading).toMatchObject({ id: 'v7', time: START, heading: 90, values: { speed: 10 }, stale: false });
    const place = standing.screen.at(7, clock);
    ground.place(reading.lon ?? 0, reading.lat ?? 0, reading.height ?? 0, out);
    expect(Math.hypot(out[0] - (place?.x ?? NaN), out[1] - (place?.y ?? NaN))).toBeLessThan(0.01);
  });

  it('tells values by name, the newest at the moment, once', () => {
    const standing = standingFeed({ decode: 'road-speeds' }, { as: 'values', lag: 0 });
    const { feed, screen, send } = standing;
    send([{ id: 'r1', t: START, speed: 40 }, { id: 'r2', t: START, speed: 30 }]);
    feed.flush(START);
    expect(Object.fromEntries(screen.values)).toEqual({ 'r1 speed': 40, 'r2 speed': 30 });
    screen.values.clear();
    send([{ id: 'r1', t: START + 2, speed: 10 }, { id: 'r1', t: START + 1, speed: 20 }]);
    feed.flush(START + 1.5);
    expect(Object.fromEntries(screen.values)).toEqual({ 'r1 speed': 20 });
    screen.values.clear();
    feed.flush(START + 3);
    expect(Object.fromEntries(screen.values)).toEqual({ 'r1 speed': 10 });
    screen.values.clear();
    feed.flush(START + 4);
    expect(screen.values.size).toBe(0);
    // Back: only what another reading holds of is told again.
    feed.flush(START + 0.5);
    expect(Object.fromEntries(screen.values)).toEqual({ 'r1 speed': 40 });
  });
});

describe('packed points', () => {
  it('come out as they went in, and rubbish is one refused message', () => {
    const standing = standingFeed({ decode: 'points' }, { lag: 0 });
    const list = Array.from({ length: 500 }, (_, id) => ({ id: id * 7, time: START + (id % 3) * 0.25, lon: 117.49 + id * 1e-5, lat: 30.66, height: 5, heading: 12.34, speed: 3.21 }));
    standing.now = START + 1;
    const bytes = packPoints(START, list);
    standing.sendBytes(bytes);
    standing.sendBytes(bytes.subarray(0, 100));
    standing.sendBytes(new TextEncoder().encode('{"id":"a"}'));
    expect(standing.feed.ledger.counts).toMatchObject({ applied: 500, rejected: 2, received: 502 });
    const reading = answer(standing.feed, { what: 'reading', id: '49', time: START + 1 }, NaN).value as Reading;
    expect(reading).toMatchObject({ id: '49', lon: expect.closeTo(117.49 + 7e-5, 6), height: expect.closeTo(5, 3), heading: expect.closeTo(12.34, 3), values: { speed: expect.closeTo(3.21, 3) } });
  });
});

describe('the history', () => {
  it('keeps within its budget, keeps the two newest of every id, and says how far back it reaches', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 1000 }), (ids, seed) => {
        const history = new History({ budget: 44 * 1024, places: true, roads: false });
        const random = seeded(seed);
        const all: { id: number; time: number }[] = [];
        for (let k = 0; k < 4000; k++) {
          const id = random() < 0.5 ? 0 : Math.floor(random() * ids);
          const time = START + k + (random() < 0.05 ? -20 : 0);
          if (all.some((one) => one.id === id && one.time === time)) continue;
          history.insert(id, time, START + k);
          all.push({ id, time });
        }
        expect(history.count).toBeLessThanOrEqual(1100);
        for (let id = 0; id < ids; id++) {
          const times = all.filter((one) => one.id === id).map(({ time }) => time).toSorted((a, b) => b - a);
          const newest = history.newest(id);
          expect(newest < 0 ? undefined : history.time[newest]).toBe(times[0]);
          if (times.length > 1) expect(history.time[history.before(newest)]).toBe(times[1]);
          const span = history.span;
          for (const time of times.slice(0, 5)) if (span && time > span.from) expect(history.time[history.at(id, time)]).toBe(time);
        }
      }),
      { numRuns: 12, seed: 1 },
    );
  });
});
