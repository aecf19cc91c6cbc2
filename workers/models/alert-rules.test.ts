import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateAlert, readAlertRules, type AlertCondition, type AlertReading, type AlertRule } from './alert-rules.ts';

const rule = (when: AlertCondition): AlertRule => ({ id: 'r', title: { zh: '规则', en: 'rule' }, severity: 'warning', item: 'x', when });
const course = (values: readonly number[], step = 60): AlertReading[] => values.map((value, i) => ({ time: 1000 + i * step, value }));
const said = (when: AlertCondition, readings: readonly AlertReading[], now = 1e9): string => evaluateAlert(rule(when), readings, now).events.map(({ is, time }) => `${is} ${time - 1000}`).join(', ');

describe('a threshold', () => {
  test('raises beyond its limit, and clears beyond the other', () => {
    expect(said({ is: 'above', limit: 10, clear: 8 }, course([9, 10, 11, 9, 10.5, 8.1, 8, 9, 12]))).toBe('raised 120, cleared 360, raised 480');
    expect(said({ is: 'below', limit: 2, clear: 3 }, course([2, 1.9, 2.5, 3, 1]))).toBe('raised 60, cleared 180, raised 240');
  });

  test('in n of m, and for so long without a break', () => {
    expect(said({ is: 'above', limit: 10, of: [2, 3] }, course([11, 9, 9, 11, 9, 11]))).toBe('raised 300');
    expect(said({ is: 'above', limit: 10, for: 120 }, course([11, 11, 9, 11, 11, 11]))).toBe('raised 300');
  });

  test('never flips inside the hysteresis, whatever is read', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 8.001, max: 10, noNaN: true }), { maxLength: 40 }), fc.boolean(), (between, alarmed) => {
      const readings = course([alarmed ? 11 : 7, ...between]);
      const { events } = evaluateAlert(rule({ is: 'above', limit: 10, clear: 8 }), readings, 1e9);
      expect(events.map(({ is }) => is)).toEqual(alarmed ? ['raised'] : []);
    }));
  });

  test('raised and cleared alternate, each beyond its own limit', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 80 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }), (values, n, more) => {
      const { events } = evaluateAlert(rule({ is: 'above', limit: 12, clear: 9, of: [n, n + more] }), course(values), 1e9);
      events.forEach(({ is, value }, i) => {
        expect(is).toBe(i % 2 === 0 ? 'raised' : 'cleared');
        if (is === 'raised') expect(value).toBeGreaterThan(12);
        else expect(value).toBeLessThanOrEqual(9);
      });
    }));
  });
});

describe('missing data', () => {
  test('raises exactly once a gap, at the moment it is due, and clears with the next reading', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 40 }), fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 30 }), (gaps, looks) => {
      const missing = rule({ is: 'missing', for: 300 });
      let time = 1000;
      const readings = [{ time, value: 1 }, ...gaps.map((gap) => ({ time: (time += gap), value: 1 }))];
      const now = time + 10_000;
      const expected = gaps.filter((gap) => gap >= 300).length + 1;
      const { events } = evaluateAlert(missing, readings, now);
      expect(events.filter(({ is }) => is === 'raised')).toHaveLength(expected);
      expect(events.filter(({ is }) => is === 'cleared')).toHaveLength(expected - 1);
      // However often somebody looks, the same is said.
      let state = evaluateAlert(missing, [], 0).state;
      const seen = [];
      let at = 1000;
      for (const look of [...looks, 20_000]) {
        const from = at;
        at += look;
        const step = evaluateAlert(missing, readings.filter(({ time: t }) => t > from - (from === 1000 ? 1 : 0) && t <= at), Math.min(at, now), { from: state });
        ({ state } = step);
        seen.push(...step.events);
        if (at > now) break;
      }
      if (at > now) expect(seen).toEqual(events);
    }));
  });

  test('before somebody listened is no silence', () => {
    const readings = [{ time: 1000, value: 1 }, { time: 5000, value: 1 }, { time: 5900, value: 1 }];
    expect(evaluateAlert(rule({ is: 'missing', for: 300 }), readings, 6000, { known: 4900 }).events).toEqual([{ is: 'raised', time: 5300, value: Number.NaN }, { is: 'cleared', time: 5900, value: 1 }]);
  });

  test('of a station that never said anything is not missed; NaN is no reading', () => {
    expect(evaluateAlert(rule({ is: 'missing', for: 60 }), [], 1e9).events).toEqual([]);
    expect(said({ is: 'missing', for: 60 }, course([1, Number.NaN, Number.NaN], 30), 1065)).toBe('raised 60');
  });
});

test('a change within a time', () => {
  expect(said({ is: 'rising', by: 1, within: 120 }, course([5, 5.4, 5.8, 6.1, 6.2, 6.2, 6.2, 6.2]))).toBe('');
  expect(said({ is: 'rising', by: 1, within: 180 }, course([5, 5.4, 5.8, 6.1, 6.2, 6.2, 6.2, 6.2]))).toBe('raised 180, cleared 300');
  expect(said({ is: 'falling', by: 2, within: 60 }, course([9, 6.5, 6.4]))).toBe('raised 60, cleared 120');
});

test('a place inside or outside a ring', () => {
  const ring = [[0, 0], [2, 0], [2, 2], [0, 2]] as const;
  const way = [[3, 1], [1, 1], [1.5, 1], [1, 3]].map(([lon, lat], i) => ({ time: 1000 + i, value: 0, lon, lat }));
  expect(said({ is: 'inside', ring }, way)).toBe('raised 1, cleared 3');
  expect(said({ is: 'outside', ring }, way)).toBe('raised 0, cleared 1, raised 3');
});

test('readings in pieces, repeated or late, say what they say in one', () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 40 }), fc.constantFrom<AlertCondition>({ is: 'above', limit: 12, clear: 9, of: [2, 3] }, { is: 'above', limit: 12, clear: 9, for: 100 }, { is: 'rising', by: 4, within: 150 }), (values, cut, when) => {
    const readings = course(values);
    const whole = evaluateAlert(rule(when), readings, 1e9);
    const first = evaluateAlert(rule(when), readings.slice(0, cut), 1000 + 60 * cut);
    const second = evaluateAlert(rule(when), readings.slice(Math.max(0, cut - 3)), 1e9, { from: first.state });
    expect([...first.events, ...second.events]).toEqual(whole.events);
  }));
});

test('rules are read, or refused with the rule and what is wrong', () => {
  const good = rule({ is: 'above', limit: 1 });
  expect(readAlertRules([good])).toEqual([good]);
  expect(readAlertRules(null)).toEqual([]);
  const refused = (input: unknown, message: string): void => expect(() => readAlertRules(input)).toThrow(message);
  refused({}, 'a list');
  refused([{ ...good, id: 'a b' }], 'needs an id');
  refused([good, good], 'The alert rule r is there twice');
  refused([{ ...good, title: '标题' }], 'needs a title');
  refused([{ ...good, severity: 'loud' }], 'needs a severity');
  refused([{ ...good, item: undefined }], 'needs the item');
  refused([rule({ is: 'above', limit: 1, clear: 2 })], 'could never be cleared');
  refused([rule({ is: 'above', limit: 1, of: [3, 2] })], '1 ≤ n ≤ m');
  refused([rule({ is: 'missing', for: 0 })], 'greater than 0');
  refused([rule({ is: 'inside', ring: [[0, 0]] })], 'three [lon, lat]');
  refused([{ ...good, when: { is: 'odd' } }], 'not known');
  refused([{ ...good, escalate: { after: 0, to: 'critical' } }], 'escalates to nothing');
});
