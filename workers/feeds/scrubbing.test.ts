import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockStates, clockTime } from '../../engine/clock-time.ts';
import { digest } from './answers.ts';
import { Feed } from './feed.ts';
import { framesOf } from './recording.ts';
import { surfaceOf } from './surface.ts';
import { Driver, seeded } from './testing/driver.ts';
import { Screen } from './testing/screen.ts';
import { town } from './testing/town.ts';
import { standingFeed } from './testing/standing-feed.ts';

const TOWN = town();
const START = 1_800_000_000;
const SECONDS = 120;
const LAG = 6;
const VEHICLES = 24;
/** Metres that a picture may leave the way (a straight piece of a curve that reaches into the next leg), and what float32 adds. */
const CLOSE = 0.27;

/** How a person may get to a moment: to it at once, or at a rate for a while. */
type Move = { kind: 'jump'; to: number } | { kind: 'play'; rate: number; for: number } | { kind: 'step'; by: number };

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('jump' as const), to: fc.double({ min: 0, max: SECONDS, noNaN: true }) }),
    fc.record({ kind: fc.constant('play' as const), rate: fc.constantFrom(-1000, -100, -8, -1, -0.1, 0.1, 1, 8, 100, 1000), for: fc.double({ min: 0.05, max: 3, noNaN: true }) }),
    fc.record({ kind: fc.constant('step' as const), by: fc.constantFrom(-5, -0.04, 0.04, 5) }),
  ),
  { minLength: 1, maxLength: 8 },
);

/** Takes a clock that way, a flush every 40 ms of the machine's time; hands over every moment shown. */
function follow(list: readonly Move[], shown: (clock: number) => void): void {
  let machine = START + 10_000;
  let state = clockStates.paused(START + SECONDS, machine);
  const within = (time: number): number => Math.min(START + SECONDS, Math.max(START, time));
  for (const move of list) {
    if (move.kind === 'jump') state = clockStates.jumped(state, machine, START + move.to);
    else if (move.kind === 'step') state = clockStates.stepped(state, machine, move.by);
    else {
      state = clockStates.replay(clockTime(state, machine), machine, move.rate);
      for (let spent = 0; spent < move.for; spent += 0.04) {
        machine += 0.04;
        shown(within(clockTime(state, machine)));
      }
    }
    const time = within(clockTime(state, machine));
    state = clockStates.paused(time, machine, state.rate);
    shown(time);
  }
}

describe.each([['straight ways', false], ['roads', true]] as const)('scrubbing over %s', (_, withRoads) => {
  const network = withRoads ? TOWN : null;
  const fill = (): { feed: Feed; screen: Screen } => {
    const screen = new Screen();
    const feed = new Feed({
      number: 1, post: screen.take, spec: { transport: 'push', url: '', decode: 'vehicles', staleAfter: 15 },
      wish: { anchor: TOWN.anchor, as: 'points', lag: LAG, colour: '#ff0000', lift: 0.6, capacity: VEHICLES, ...(withRoads ? { roads: 'given' } : {}) },
      context: { now: () => START + 10_000, WebSocket: globalThis.WebSocket, brokers: new Map(), load: () => Promise.reject(new Error('nothing to load')) },
    });
    feed.equip(network, surfaceOf(TOWN.anchor, null, 0.6));
    const random = seeded(5);
    for (let v = 0; v < VEHICLES; v++) {
      const driver = new Driver(`v${v}`, TOWN, random);
      const phase = random() * 5;
      for (let t = 0; t < SECONDS; t += 0.25) {
        driver.go(0.25);
        // One in eight falls silent for half a minute: it stands there, old, and is elsewhere after.
        if ((t + phase) % 5 < 0.25 && !(v % 8 === 0 && t > 40 && t < 75)) feed.receive({ bytes: new TextEncoder().encode(JSON.stringify(driver.report(START + t))), topic: 't', at: START + t + 0.1 });
      }
    }
    return { feed, screen };
  };
  const scrubbed = fill();
  let seen = 0;
  const away = (screen: Screen, clock: number): number => {
    const out = new Float64Array(3);
    let worst = 0;
    for (let slot = 0; slot < VEHICLES; slot++) {
      const place = screen.at(slot, clock);
      const known = scrubbed.feed.player!.exact(slot, clock - LAG, Infinity, out);
      // Out of sight for a moment before it is somewhere else.
      if (place) seen++;
      if (place) worst = Math.max(worst, known ? Math.hypot(place.x - out[0], place.y - out[1]) : Infinity);
    }
    return worst;
  };

  it('shows at every moment what the history says, however the moment was come by', () => {
    fc.assert(fc.property(moves, (list) => {
      follow(list, (clock) => {
        scrubbed.feed.flush(clock);
        expect(away(scrubbed.screen, clock)).toBeLessThan(CLOSE);
      });
    }), { numRuns: 12, seed: 3 });
    expect(seen).toBeGreaterThan(1000);
  });

  it('shows the same things at a moment as playing straight to it, with the same digest', () => {
    const straight = fill();
    const stops = [17.3, 40, 58.8, 77.7, 101, 119];
    const played = new Map<number, (ReturnType<Screen['at']>)[]>();
    for (let t = 0; t <= SECONDS; t += 0.04) {
      straight.feed.flush(START + t);
      const stop = stops.find((each) => Math.abs(each - t) < 0.0201 && !played.has(each));
      if (stop === undefined) continue;
      straight.feed.flush(START + stop);
      played.set(stop, Array.from({ length: VEHICLES }, (__, slot) => straight.screen.at(slot, START + stop)));
    }
    const random = seeded(8);
    for (const stop of [...stops, ...stops.toReversed()]) {
      follow([{ kind: 'jump', to: random() * SECONDS }, { kind: 'play', rate: random() < 0.5 ? -8 : 8, for: 1 }, { kind: 'jump', to: stop }], (clock) => scrubbed.feed.flush(clock));
      played.get(stop)!.forEach((place, slot) => {
        const now = scrubbed.screen.at(slot, START + stop);
        expect(now === null).toBe(place === null);
        if (now && place) expect(Math.hypot(now.x - place.x, now.y - place.y)).toBeLessThan(2 * CLOSE);
      });
      expect(digest(scrubbed.feed, START + stop)).toBe(digest(straight.feed, START + stop));
    }
    expect(new Set(stops.map((stop) => digest(straight.feed, START + stop))).size).toBe(stops.length);
  });

  it('sends back through a second only what a piece no longer shows', () => {
    const { feed, screen } = scrubbed;
    feed.flush(START + 90);
    feed.flush(START + 89.96);
    const before = screen.updates;
    let moved = 0;
    for (let clock = START + 89.92; clock > START + 88.9; clock -= 0.04, moved++) feed.flush(clock);
    expect(screen.updates - before).toBeLessThan((VEHICLES * moved) / 2);
  });
});

it('values: the newest by each moment, whichever way it was come by, and none before the first', () => {
  const filled = (): ReturnType<typeof standingFeed> => {
    const standing = standingFeed({ decode: 'readings', transport: 'replay' }, { as: 'values' });
    const random = seeded(4);
    for (let t = 10; t < SECONDS; t += 1) {
      standing.now = START + t + 0.2;
      const id = `s${Math.floor(random() * 8)}`;
      standing.send({ id, t: START + t, values: random() < 0.1 ? { a: null } : random() < 0.5 ? { a: t } : { a: t, b: -t } });
    }
    return standing;
  };
  const source = filled();
  const truth = (clock: number): Record<string, number> => {
    const out: Record<string, number> = {};
    for (const { bytes } of framesOf(source.feed.recording())) {
      const { id, t, values } = JSON.parse(new TextDecoder().decode(bytes)) as { id: string; t: number; values: Record<string, number | null> };
      if (t <= clock) for (const [name, value] of Object.entries(values)) out[`${id} ${name}`] = value ?? NaN;
    }
    return Object.fromEntries(Object.entries(out).filter(([, value]) => !Number.isNaN(value)));
  };
  fc.assert(fc.property(moves, (list) => {
    const standing = filled();
    let last = START;
    follow(list, (clock) => {
      standing.feed.flush(clock);
      last = clock;
    });
    const shown = Object.fromEntries([...standing.screen.values].filter(([, value]) => !Number.isNaN(value)).filter(([key]) => key in truth(last) || standing.screen.times.get(key)! <= last));
    expect(shown).toEqual(truth(last));
  }), { numRuns: 30, seed: 6 });
});
