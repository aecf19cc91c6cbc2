import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeOf } from './decoders/fields.ts';
import { Sequences, type Mark } from './sequence.ts';
import { standingFeed, type StandingFeed } from './testing/standing-feed.ts';

const START = 1_800_000_000;
const good = { lon: 117.49, lat: 30.66, speed: 3, heading: 10 };
const codes = ({ feed }: StandingFeed): string[] => feed.ledger.issues().map(({ code }) => code);
/** A message received at a moment of the machine's clock, whatever time it says. */
function receive(standing: StandingFeed, at: number, value: unknown, topic = 't'): void {
  standing.now = at;
  standing.feed.receive({ bytes: new TextEncoder().encode(JSON.stringify(value)), topic, at });
}

describe('numbers of messages', () => {
  const watch = () => {
    const said: string[] = [];
    const sequences = new Sequences((code, message) => said.push(`${code}: ${message}`));
    let message = 0;
    const take = (seq: number, more: Partial<Mark> = {}, at = START) => sequences.take({ source: 's', seq, epoch: '', time: NaN, message: ++message, ...more }, at);
    return { said, sequences, take };
  };

  it('announces a gap with its range, once it had time to be filled', () => {
    const { said, sequences, take } = watch();
    for (const seq of [7, 8, 12, 13]) take(seq);
    sequences.settle(START + 0.5);
    expect(said).toEqual([]);
    sequences.settle(START + 2);
    expect(said).toEqual(['sequence-gap: Source “s”: messages 9 to 11 (3) are missing.']);
    sequences.settle(START + 4);
    expect(said).toHaveLength(1);
    expect(take(10)).toBe('filled');
    expect(take(10)).toBe('repeat');
    expect(sequences.status()).toMatchObject({ sources: 1, gaps: 1, missing: 2, filled: 1, restarts: 0, latest: [{ source: 's', from: 9, to: 11 }] });
  });

  it('finds every gap of any stream, and counts what is missing, as a set of numbers does', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 110 }), fc.array(fc.nat(119), { maxLength: 40 }), (sent, repeats) => {
        const { sequences, take } = watch();
        take(0, { time: START });
        const seen = new Set([0]);
        const order = [...sent, ...repeats.map((i) => sent[i % sent.length])];
        for (const seq of order) {
          expect(take(seq, { time: START + seq }) === 'repeat').toBe(seen.has(seq));
          seen.add(seq);
        }
        sequences.settle(START + 5);
        const top = Math.max(...seen);
        const missing = Array.from({ length: top }, (_, seq) => seq).filter((seq) => !seen.has(seq));
        expect(sequences.status()?.missing).toBe(missing.length);
        expect(sequences.status()?.gaps).toBe(missing.filter((seq) => seen.has(seq - 1)).length);
        expect(sequences.status()?.restarts).toBe(0);
      }),
      { numRuns: 300, seed: 12 },
    );
  });

  it('a restart at 0, a new epoch and a counter that runs over are told from repeats', () => {
    const { said, take } = watch();
    for (let seq = 0; seq < 100; seq++) take(seq, { time: START + seq });
    expect(take(98, { time: START + 98 })).toBe('repeat');
    expect(take(0, { time: START + 101 })).toBe('fresh');
    expect(said.at(-1)).toBe('sequence-restart: Source “s” began to count anew at 0; its last number before was 99.');
    expect(take(1, { time: START + 102 })).toBe('fresh');
    expect(take(5000, { epoch: 'boot 2', time: START + 103 })).toBe('fresh');
    expect(said.at(-1)).toContain('epoch "boot 2"');
    const over = watch();
    for (const seq of [65_534, 65_535, 0, 1]) expect(over.take(seq)).toBe('fresh');
    expect(over.said).toEqual([]);
    // Without times: what a broker sends again is a repeat, a run from the first number on is a new count.
    const untimed = watch();
    for (let seq = 0; seq < 200; seq++) untimed.take(seq);
    for (let seq = 180; seq < 200; seq++) expect(untimed.take(seq)).toBe('repeat');
    untimed.take(200);
    for (const seq of [0, 1, 2]) expect(untimed.take(seq)).toBe('repeat');
    expect(untimed.take(3)).toBe('fresh');
    expect(untimed.said).toHaveLength(1);
    expect(untimed.take(4)).toBe('fresh');
  });

  it('sources no longer listened to are no gaps when they come back', () => {
    const { said, sequences, take } = watch();
    take(1);
    sequences.forget((source) => source === 's');
    take(900);
    sequences.settle(START + 9);
    expect(said).toEqual([]);
  });

  it('through a feed: readings of one message share its number, a repeated message without times is applied once', () => {
    const s = standingFeed({ decode: { list: 'items', id: 'id', lon: 'lon', lat: 'lat', seq: 'n' } });
    const message = (n: number) => ({ n, items: ['a', 'b', 'c'].map((id) => ({ id, ...good, lon: 117.49 + n * 1e-4 })) });
    receive(s, START, message(1));
    receive(s, START + 1, message(2));
    receive(s, START + 2, message(2));
    receive(s, START + 3, message(5));
    s.now = START + 5;
    s.feed.flush(START + 5);
    receive(s, START + 6, message(4));
    s.now = START + 9;
    s.feed.flush(START + 9);
    expect(s.feed.ledger.counts).toMatchObject({ received: 15, duplicate: 3, late: 3, rejected: 0 });
    const { history, ids } = s.feed;
    // The overtaken message 4 did not push back what 5 said.
    expect(history.x[history.newest(ids.find('a'))]).toBeCloseTo(5e-4 * 95_800, -1);
    expect(s.feed.status(START + 9).sequence).toMatchObject({ gaps: 1, missing: 1, filled: 1, latest: [{ source: 't', from: 3, to: 4 }] });
    expect(s.feed.ledger.issues().find(({ code }) => code === 'sequence-gap')?.message).toBe('Source “t”: messages 3 to 4 (2) are missing.');
  });

  it('a number that is none costs no reading', () => {
    const s = standingFeed();
    receive(s, START, { id: 'a', t: START, ...good, seq: 'x' });
    expect(s.feed.ledger.counts.applied).toBe(1);
    expect(codes(s)).toEqual(['bad-seq']);
  });
});

describe('clocks of sources', () => {
  it.each([
    ['seconds', START, START],
    ['milliseconds', START * 1e3, START],
    ['microseconds', START * 1e6, START],
    ['nanoseconds', START * 1e9, START],
    ['ISO with an offset', '2027-01-15T16:00:00+08:00', START],
    ['a leap second', '2016-12-31T23:59:60Z', 1_483_228_800],
    ['a leap second with a fraction', '2016-12-31T23:59:60.25Z', 1_483_228_800.25],
  ])('%s are understood', (_name, value, seconds) => expect(timeOf(value, 0)).toBe(seconds));

  it('estimates an hour ahead and behind, whatever the messages take on their way', () => {
    for (const skew of [3600, -3600, 45, 0]) {
      const s = standingFeed({}, { capacity: 100 });
      let state = 7;
      const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
      for (let k = 0; k < 3000; k++) {
        const measured = START + k * 0.03;
        const latency = 0.04 - 0.7 * Math.log(1 - random());
        receive(s, measured + latency, { id: `v${k % 60}`, t: measured + skew, ...good });
      }
      expect(Math.abs((s.feed.status(s.now).skew?.seconds ?? NaN) - skew)).toBeLessThan(0.3);
    }
  });

  it('one odd clock among many moves no estimate and sets back its own readings alone', () => {
    const s = standingFeed({}, { capacity: 100 });
    for (let k = 0; k < 400; k++) receive(s, START + k, [{ id: 'odd', t: START + k + 3600, ...good }, ...['a', 'b', 'c'].map((id) => ({ id, t: START + k - 0.2, ...good }))]);
    const { history, ids } = s.feed;
    expect(history.time[history.newest(ids.find('odd'))]).toBeCloseTo(START + 399, 6);
    expect(history.time[history.newest(ids.find('a'))]).toBeCloseTo(START + 398.8, 6);
    expect(s.feed.status(s.now).skew).toEqual({ seconds: expect.closeTo(-0.2, 3), corrected: 1 });
    expect(s.feed.ledger.counts).toMatchObject({ received: 1600, rejected: 0, duplicate: 0 });
  });

  it('readings of a fast clock keep their distances, repeats stay repeats, and a clock that is set right is believed again', () => {
    const s = standingFeed();
    receive(s, START, [0, 1, 2, 3].map((k) => ({ id: 'a', t: START + 100 + k, ...good })));
    receive(s, START + 1, { id: 'a', t: START + 103, ...good });
    expect(s.feed.ledger.counts).toMatchObject({ received: 5, duplicate: 1, rejected: 0 });
    for (let k = 0; k < 5; k++) receive(s, START + 200 + k, { id: 'a', t: START + 200 + k, ...good });
    const { history, ids } = s.feed;
    expect(history.time[history.newest(ids.find('a'))]).toBe(START + 204);
    expect(s.feed.status(s.now).skew?.corrected).toBe(0);
  });

  it('never shows live what stopped: a fast clock gives no minute of grace', () => {
    for (const skew of [0, 50, 119, 3600, 80_000]) {
      const s = standingFeed({ staleAfter: 15 });
      s.feed.events.open();
      for (let k = 0; k < 30; k++) receive(s, START + k, { id: 'a', t: START + k + skew, ...good });
      s.feed.flush(s.now);
      expect(s.feed.status(s.now).state).toBe('live');
      const later = START + 29 + 15 + 1.1;
      s.now = later;
      s.feed.flush(later);
      expect(s.feed.status(later)).toMatchObject({ state: 'stale', stale: 1 });
      const shown = s.screen.at(0, later);
      expect(shown?.age).toBeGreaterThan(15);
    }
  });
});

describe('fields that change their name', () => {
  const station = { id: 'st', values: {} };

  it('a value that stops is named with the one that came instead, the last good one stands with its own time', () => {
    const s = standingFeed({ decode: 'readings', staleAfter: 60 }, { as: 'values' });
    for (let k = 0; k < 60; k++) receive(s, START + k, { ...station, t: START + k, values: { pm25: 35, so2: 7 } });
    s.feed.flush(s.now);
    for (let k = 60; k < 130; k++) {
      receive(s, START + k, { ...station, t: START + k, values: { pm2_5: 36, so2: 7 } });
      s.feed.flush(s.now);
    }
    expect(s.feed.ledger.issues().find(({ code }) => code === 'value-stopped')?.message).toMatch(/^The value “pm25” does not come any more .*“pm2_5” came instead/u);
    expect(s.screen.values.get('st pm25')).toBe(35);
  });

  it('a value that rests as long as it did before is no drift', () => {
    const s = standingFeed({ decode: 'readings' }, { as: 'values' });
    for (let k = 0; k < 3000; k++) receive(s, START + k, { ...station, t: START + k, values: k % 50 === 0 ? { noise: 60, so2: 1 } : { so2: 1 } });
    s.feed.flush(s.now);
    expect(codes(s)).toEqual([]);
  });

  it('a feed whose only value is called otherwise goes stale instead of live', () => {
    const s = standingFeed({ decode: 'road-speeds', staleAfter: 10 }, { as: 'values' });
    s.feed.events.open();
    receive(s, START, { id: 'r', t: START, speed: 40 });
    for (let k = 1; k < 30; k++) receive(s, START + k, { id: 'r', t: START + k, velocity: 40 });
    s.feed.flush(s.now);
    expect(s.feed.status(s.now)).toMatchObject({ state: 'stale', ledger: { applied: 1, rejected: 29 } });
    expect(codes(s)).toContain('no-value');
    expect(s.screen.values.get('r speed')).toBe(40);
  });

  it('a time that is called otherwise does not make old data new', () => {
    const s = standingFeed({ staleAfter: 10 });
    s.feed.events.open();
    receive(s, START, { id: 'a', t: START, ...good });
    for (let k = 1; k < 30; k++) receive(s, START + k, { id: 'a', ts: START, ...good });
    s.feed.flush(s.now);
    expect(s.feed.status(s.now)).toMatchObject({ state: 'stale', ledger: { applied: 1, rejected: 29 } });
    expect(codes(s)).toContain('no-time');
  });

  it('values a thousand times what they were are named', () => {
    const s = standingFeed({ decode: 'readings' }, { as: 'values' });
    for (let k = 0; k < 400; k++) receive(s, START + k, { ...station, t: START + k, values: { co: (0.5 + (k % 7) / 10) * (k < 300 ? 1 : 1000) } });
    expect(s.feed.ledger.issues().find(({ code }) => code === 'value-scale')?.message).toContain('“co”');
    const calm = standingFeed({ decode: 'readings' }, { as: 'values' });
    for (let k = 0; k < 400; k++) receive(calm, START + k, { ...station, t: START + k, values: { rain: k % 100 < 90 ? 0 : 20, pm10: 20 + 300 * Math.abs(Math.sin(k / 40)) } });
    expect(codes(calm)).toEqual([]);
  });
});

