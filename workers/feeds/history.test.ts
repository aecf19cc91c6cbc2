import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History, NO_VALUE } from './history.ts';
import { Tally } from './tally.ts';
import { seeded } from './testing/driver.ts';
import { bandsOf, joinedBands, stepAt } from './thinning.ts';

const START = 1_800_000_000;

interface Reading {
  readonly id: number;
  readonly time: number;
  readonly value: number;
  readonly received: number;
}

/** A day of a few ids at a minute, some readings an hour late, with an alarm of one reading now and then, put into a history that holds a tenth of it. */
function day(ids: number, seed: number, budget: number): { history: History; all: Reading[] } {
  const random = seeded(seed);
  const history = new History({ budget, places: false, roads: false });
  const all: Reading[] = [];
  const waiting: Reading[] = [];
  const put = ({ id, time, value, received }: Reading): void => {
    const { record } = history.insert(id, time, received);
    if (record >= 0) history.setValue(record, 'a', value);
  };
  for (let minute = 0; minute < 1440; minute++) {
    for (let id = 0; id < ids; id++) {
      const time = START + minute * 60 + id * 0.01;
      const value = random() < 0.003 ? 400 : random() < 0.01 ? NO_VALUE : 20 + 10 * Math.sin(minute / 90 + id) + random();
      const late = random() < 0.05;
      const reading = { id, time, value: Math.fround(value), received: time + (late ? 3600 * random() : 1) };
      all.push(reading);
      if (late) waiting.push(reading);
      else put(reading);
    }
    for (let k = waiting.length - 1; k >= 0; k--) if (waiting[k].received <= START + minute * 60) put(waiting.splice(k, 1)[0]);
  }
  for (const reading of waiting) put(reading);
  return { history, all };
}

describe('a history that holds a part of what came', () => {
  it('thins with age: what is kept is what came, what is shown keeps to what its bucket held, and every alarm stays', () => {
    fc.assert(fc.property(fc.integer({ min: 4, max: 12 }), fc.integer({ min: 0, max: 1000 }), (ids, seed) => {
      const budget = 40_000;
      const { history, all } = day(ids, seed, budget);
      expect(history.count * history.recordBytes).toBeLessThanOrEqual(budget);
      expect(history.size).toBeLessThan(all.length / 3);
      const { held, span, thinned } = history;
      // A day is still there, thinned; the newest readings are whole.
      expect(held!.from).toBeLessThan(START + 1);
      expect(thinned.length).toBeGreaterThan(0);
      for (let k = 1; k < thinned.length; k++) expect(thinned[k].step).toBeLessThan(thinned[k - 1].step);
      for (let id = 0; id < ids; id++) {
        const own = all.filter((reading) => reading.id === id).toSorted((a, b) => a.time - b.time);
        const kept: number[] = [];
        for (let record = history.newest(id); record >= 0; record = history.before(record)) kept.push(history.time[record]);
        expect(kept).toEqual(kept.toSorted((a, b) => b - a));
        const byTime = new Map(own.map((reading) => [reading.time, reading]));
        for (const time of kept) expect(history.values.get('a')![history.at(id, time)]).toBe(byTime.get(time)!.value);
        // No alarm is lost: every bucket that had one still has one.
        for (const alarm of own.filter(({ value }) => value === 400)) {
          const step = stepAt(thinned, alarm.time);
          expect(kept.some((time) => byTime.get(time)!.value === 400 && (step === 0 ? time === alarm.time : Math.abs(time - alarm.time) < step))).toBe(true);
        }
        // The slow way: what is shown lies between the least and the greatest of its bucket and the one before.
        for (let t = START + 60; t < START + 86_400; t += 1777) {
          const record = history.at(id, t);
          const step = stepAt(thinned, t);
          // A reading given up is missed until the id's next one, two minutes at most.
          if (step === 0 && t > span!.from + 120) expect(history.time[record]).toBe(own.findLast(({ time }) => time <= t)!.time);
          else {
            const near = own.filter(({ time, value }) => value !== NO_VALUE && time <= t && time > t - 3 * Math.max(step, stepAt(thinned, t - step)) - 120).map(({ value }) => value);
            const value = record < 0 ? NaN : history.values.get('a')![record];
            if (record >= 0 && value !== NO_VALUE && near.length > 0) {
              expect(value).toBeGreaterThanOrEqual(Math.min(...near));
              expect(value).toBeLessThanOrEqual(Math.max(...near));
            }
          }
          const next = history.after(id, t);
          const slow = kept.findLast((time) => time > t);
          expect(next < 0 ? undefined : history.time[next]).toBe(slow);
        }
      }
    }), { numRuns: 4, seed: 2 });
  });

  it('thins nothing of what is being looked at', () => {
    const history = new History({ budget: 60_000, places: false, roads: false });
    history.looked = { from: START, to: START + 600 };
    for (let k = 0; k < 20_000; k++) {
      const { record } = history.insert(k % 4, START + k, START + k);
      history.setValue(record, 'a', k);
    }
    for (let k = 0; k <= 600; k += 7) expect(history.time[history.at(k % 4, START + k)]).toBe(START + k);
  });

  it('finds what was put in long ago as fast as what came last, in any order of coming', () => {
    const random = seeded(1);
    const times = Array.from({ length: 5000 }, (_, k) => START + k).toSorted(() => random() - 0.5);
    const history = new History({ budget: 1e7, places: false, roads: false });
    for (const time of times) history.insert(0, time, time);
    for (const time of times.slice(0, 300)) {
      expect(history.time[history.at(0, time + 0.5)]).toBe(time);
      expect(history.time[history.at(0, time - 0.5)] ?? START - 1).toBe(time - 1);
      if (time < START + 4999) expect(history.time[history.after(0, time)]).toBe(time + 1);
      expect(history.insert(0, time, time).order).toBe('duplicate');
    }
    history.index();
    for (const time of times.slice(0, 300)) expect(history.time[history.at(0, time + 0.5)]).toBe(time);
  });
});

it('bands grow coarser with age and join as the coarser', () => {
  const bands = bandsOf(10_000, 9_000, 0, 16);
  expect(bands).toEqual([{ from: 0, to: 1808, step: 512 }, { from: 1808, to: 5904, step: 256 }, { from: 5904, to: 7952, step: 128 }, { from: 7952, to: 8976, step: 64 }, { from: 8976, to: 9000, step: 32 }]);
  expect(joinedBands(bands, [{ from: 5000, to: 9500, step: 256 }])).toEqual([{ from: 0, to: 1808, step: 512 }, { from: 1808, to: 9500, step: 256 }]);
  expect([0, 1807, 1808, 8975, 8976, 8999, 9000].map((time) => stepAt(bands, time))).toEqual([512, 512, 256, 64, 32, 32, 0]);
  expect(bandsOf(1e9, 1e9 - 10, 0, 4).at(-1)).toMatchObject({ to: 1e9 - 10 });
});

it('the tally counts what came, in any parts', () => {
  const tally = new Tally();
  for (let k = 0; k < 1000; k++) if (k < 400 || k >= 600) tally.add(START + k);
  expect([...tally.over(START, START + 1000, 10)]).toEqual([100, 100, 100, 100, 0, 0, 100, 100, 100, 100]);
  expect([...tally.over(START, START + 10, 10)]).toEqual(Array.from({ length: 10 }, () => 1));
});
