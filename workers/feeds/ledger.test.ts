import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../engine/ports.ts';
import { isOwn } from './admission.ts';
import { emptyDraft } from './decoders/draft.ts';
import { History } from './history.ts';
import { ANCHOR, standingFeed } from './testing/standing-feed.ts';

const START = 1_800_000_000;

/** What may come: a reading, a duplicate of time, rubbish of many kinds, or a flush. */
type Event = { kind: 'reading'; id: number; step: number } | { kind: 'poison'; which: number } | { kind: 'flush' };

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('reading' as const), id: fc.integer({ min: 0, max: 6 }), step: fc.integer({ min: 0, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('poison' as const), which: fc.integer({ min: 0, max: 99 }) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
  ),
  { maxLength: 200 },
);

const good = { lon: 117.49, lat: 30.66, speed: 3, heading: 10 };
/** Objects of which each is one refused reading. */
const POISON: readonly unknown[] = [
  { ...good, id: 'p' , t: 'yesterday' },
  { ...good, id: 'p', t: 12 },
  { ...good, id: 'p', t: START + 99_999 },
  { ...good, id: '', t: START },
  { ...good, id: { toString: 'x' }, t: START },
  { ...good, t: START },
  { ...good, id: 'p', t: START, lon: 'NaN' },
  { ...good, id: 'p', t: START, lat: 91 },
  { ...good, id: 'p', t: START, lon: 0, lat: 0 },
  { ...good, id: 'p', t: START, lon: 113.9, lat: 22.5 },
  { id: 'p', t: START },
  { ...good, id: '\ud800', t: START },
  { ...good, id: 'p', t: '2027-01-15T08:00:00' },
  'text',
  42,
  null,
];

/** The slow way: every reading kept in lists, everything counted by looking through them. */
function slow(list: readonly Event[]): { counts: Ledger; newest: Map<number, number> } {
  const counts: Ledger = { received: 0, applied: 0, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 };
  const all: { id: number; step: number }[] = [];
  let sinceFlush: number[] = [];
  for (const event of list) {
    if (event.kind === 'flush') {
      sinceFlush = [];
      continue;
    }
    counts.received++;
    if (event.kind === 'poison') {
      counts.rejected++;
      continue;
    }
    const own = all.filter(({ id }) => id === event.id);
    if (own.some(({ step }) => step === event.step)) counts.duplicate++;
    else {
      if (own.some(({ step }) => step > event.step)) counts.late++;
      else if (sinceFlush.includes(event.id)) counts.coalesced++;
      else {
        counts.applied++;
        sinceFlush.push(event.id);
      }
      all.push(event);
    }
  }
  const newest = new Map<number, number>();
  for (const { id, step } of all) newest.set(id, Math.max(step, newest.get(id) ?? -1));
  return { counts, newest };
}

const at = (id: number, step: number): unknown => ({ ...good, id: `v${id}`, t: START + step, lon: ANCHOR.lon + 0.001 * id + 0.00001 * step });

describe('the ledger', () => {
  it('equals the slow reference for any order of readings, duplicates, late ones and poison; the newest wins', () => {
    fc.assert(
      fc.property(events, fc.boolean(), (list, together) => {
        const { feed, send } = standingFeed();
        const batch: unknown[] = [];
        const say = (value: unknown): void => void (together ? batch.push(value) : send(value));
        for (const event of list) {
          if (event.kind === 'reading') say(at(event.id, event.step));
          else if (event.kind === 'poison') say(POISON[event.which % POISON.length]);
          else {
            if (batch.length > 0) send(batch.splice(0));
            feed.flush(START + 50);
          }
        }
        if (batch.length > 0) send(batch);
        const { counts, newest } = slow(list);
        expect(feed.ledger.counts).toEqual(counts);
        const { received, ...parts } = feed.ledger.counts;
        expect(Object.values(parts).reduce((a, b) => a + b, 0)).toBe(received);
        expect(feed.ids.count).toBe(newest.size);
        for (const [id, step] of newest) {
          const slot = feed.ids.find(`v${id}`);
          expect(feed.history.time[feed.history.newest(slot)]).toBe(START + step);
        }
        // Late ones stand in their place: every moment asked gives the reading the slow way gives.
        for (const { id, moment } of [{ id: 0, moment: 13 }, { id: 3, moment: 27 }]) {
          const slot = feed.ids.find(`v${id}`);
          const steps = list.filter((event) => event.kind === 'reading' && event.id === id).map((event) => (event as { step: number }).step).filter((step) => step <= moment);
          const record = slot < 0 ? -1 : feed.history.at(slot, START + moment);
          expect(record < 0 ? -1 : feed.history.time[record] - START).toBe(steps.length > 0 ? Math.max(...steps) : -1);
        }
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  it('names every refusal in the issues, keeps a few to look at, and goes on', () => {
    const { feed, send } = standingFeed();
    for (let k = 0; k < 40; k++) for (const value of POISON) send(value);
    send({ ...good, id: 'fine', t: START });
    expect(feed.ledger.counts).toMatchObject({ rejected: 40 * POISON.length, applied: 1 });
    const codes = feed.ledger.issues().map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['bad-time', 'clock-ahead', 'bad-id', 'wrong-type', 'missing-field', 'out-of-range', 'null-island', 'outside', 'time-without-zone']));
    expect(feed.ledger.issues().reduce((sum, { count }) => sum + (count ?? 1), 0)).toBe(40 * POISON.length);
    expect(feed.ledger.quarantine).toHaveLength(50);
    expect(feed.ledger.quarantine[0]).toMatchObject({ topic: 'city/vehicles/1', excerpt: expect.any(String) });
  });

  it('refuses one reading that leaps across the country, and believes two', () => {
    const { feed, send } = standingFeed();
    send({ ...good, id: 'a', t: START });
    send({ ...good, id: 'a', t: START + 1, lon: 118.3 });
    send({ ...good, id: 'a', t: START + 2, lon: 117.4901 });
    expect(feed.ledger.counts).toMatchObject({ applied: 1, coalesced: 1, rejected: 1 });
    send({ ...good, id: 'a', t: START + 3, lon: 118.3 });
    send({ ...good, id: 'a', t: START + 4, lon: 118.3001 });
    expect(feed.ledger.counts.rejected).toBe(2);
    expect(feed.history.time[feed.history.newest(0)]).toBe(START + 4);
  });

  it('counts ids over the capacity as rejected', () => {
    const { feed, send } = standingFeed({}, { capacity: 3 });
    send([0, 1, 2, 3, 4].map((id) => at(id, 1)));
    expect(feed.ledger.counts).toMatchObject({ received: 5, applied: 3, rejected: 2 });
    expect(feed.ledger.issues()[0]).toMatchObject({ code: 'capacity', count: 2 });
  });
});

describe('sibling wishes', () => {
  it('share a feed: every reading is taken by exactly one of them', () => {
    const anchors = [{ lon: 113.93, lat: 22.52, height: 0 }, { lon: 121.49, lat: 31.24, height: 0 }, { lon: 117.49, lat: 30.66, height: 0 }];
    fc.assert(fc.property(fc.double({ min: 100, max: 130, noNaN: true }), fc.double({ min: 15, max: 45, noNaN: true }), (lon, lat) => {
      const draft = { ...emptyDraft(), lon, lat };
      expect(anchors.filter((anchor) => isOwn(draft, anchor, anchors.filter((other) => other !== anchor)))).toHaveLength(1);
    }));
  });
});

describe('the history', () => {
  it('finds the record after another as the walk from the newest does, whatever the order and however small the ring', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(60)), { minLength: 1, maxLength: 400 }), (list) => {
        const history = new History({ budget: 0, places: false, roads: false });
        for (const [slot, step] of list) history.insert(slot, step, step);
        for (let slot = 0; slot < 5; slot++) {
          for (let record = history.newest(slot); record >= 0; record = history.before(record)) expect(history.following(record)).toBe(history.after(slot, history.time[record]));
        }
      }),
      { numRuns: 200, seed: 6 },
    );
  });
});
