import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../../tests/shared.ts';
import { deviationEvents, plausible, routeDistance, speedingRuns, stays } from './deviation.ts';
import { activeSpans, fenceEvents, insideRings, insideSpans, overlaps, type Rings, type TrackFix } from './fence.ts';
import { watchTrack, type WatchedFix } from './fleet-watch.ts';

interface FleetCase {
  id: string; group: string; polygon: [number, number][]; track_t_x_y: [number, number, number][]; events: { type: string; t: number; x: number; y: number; start: number; confirmed: number }[];
  route: [number, number][]; tolerance_m: number; return_tolerance_m: number; confirm_s: number; return_confirm_s: number; distance_m: number[]; radius_m: number; min_s: number; stays: { from_t: number; to_t: number; x: number; y: number }[];
}
const trackOf = (list: readonly (readonly number[])[]): TrackFix[] => list.map(([time, x, y]) => ({ time, x, y }));

describeShared('the worked cases of fences, deviations and stays', () => {
  const { cases } = JSON.parse(readFileSync(shared('domain/geofence-deviation-cases.json'), 'utf8')) as { cases: FleetCase[] };
  test.each(cases.map((each) => [each.id, each] as const))('%s', (_, each) => {
    const track = trackOf(each.track_t_x_y);
    if (each.group === 'fence') {
      const found = fenceEvents(track, [each.polygon]);
      expect(found.map(({ type }) => type)).toEqual(each.events.map(({ type }) => type));
      found.forEach(({ time, x, y }, i) => {
        expect(time).toBeCloseTo(each.events[i].t, 5);
        if (each.events[i].x === undefined) return;
        expect(x).toBeCloseTo(each.events[i].x, 4);
        expect(y).toBeCloseTo(each.events[i].y, 4);
      });
    } else if (each.group === 'deviation') {
      const distances = track.map(({ x, y }) => routeDistance(each.route, x, y));
      distances.forEach((distance, i) => expect(distance).toBeCloseTo(each.distance_m[i], 6));
      expect(deviationEvents(track.map(({ time }) => time), distances, { tolerance: each.tolerance_m, confirm: each.confirm_s, returnTolerance: each.return_tolerance_m, returnConfirm: each.return_confirm_s })).toEqual(each.events);
    } else {
      const found = stays(track, each.radius_m, each.min_s);
      expect(found.map(({ from, to }) => [from, to])).toEqual(each.stays.map(({ from_t, to_t }) => [from_t, to_t]));
      found.forEach(({ x, y }, i) => { expect(x).toBeCloseTo(each.stays[i].x, 6); expect(y).toBeCloseTo(each.stays[i].y, 6); });
    }
  });
});

const square: Rings = [[[100, 100], [400, 100], [400, 400], [100, 400]], [[200, 200], [300, 200], [300, 300], [200, 300]]];

describe('fences', () => {
  test('by turns in and out, in order of time, and at the end where the last place says; a hole is outside', () => {
    // Whole numbers on the corners' own lines are the hard ones.
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.integer({ min: -1, max: 1 })), { minLength: 1, maxLength: 30 }), (list) => {
      const track = list.map(([x, y, off], i) => ({ time: i * 10, x: x * 100 + off * 0.5, y: y * 100 }));
      const events = fenceEvents(track, square);
      let inside = false;
      let before = -Infinity;
      for (const { type, time } of events) {
        expect(time).toBeGreaterThanOrEqual(before);
        before = time;
        expect(type === 'exit').toBe(inside);
        inside = type !== 'exit';
      }
      expect(inside).toBe(insideRings(square, track.at(-1)!.x, track.at(-1)!.y));
    }), { numRuns: 400 });
  });
  test('time inside is what stepping along in small steps finds', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 500, noNaN: true })), { minLength: 2, maxLength: 8 }), (list) => {
      const track = list.map(([x, y], i) => ({ time: i * 10, x, y }));
      const end = track.at(-1)!.time;
      const ours = insideSpans(track, square).reduce((sum, [from, to]) => sum + Math.min(to, end) - from, 0);
      let slow = 0;
      for (let t = 0.01; t < end; t += 0.02) {
        const [a, b] = [track[Math.floor(t / 10)], track[Math.floor(t / 10) + 1]];
        const share = (t - a.time) / 10;
        if (insideRings(square, a.x + share * (b.x - a.x), a.y + share * (b.y - a.y))) slow += 0.02;
      }
      expect(Math.abs(ours - slow)).toBeLessThan(0.04 * (list.length + 8));
    }), { numRuns: 60 });
  });
  test('hours of the day, on days of the week, past midnight, in the clocks’ own zone', () => {
    const monday = Date.UTC(2026, 0, 5, 0, 0) / 1000 - 8 * 3600;
    const hour = (n: number): number => monday + n * 3600;
    expect(activeSpans([{ from: '07:00', to: '09:00' }, { from: '08:30', to: '10:00' }], hour(0), hour(24))).toEqual([[hour(7), hour(10)]]);
    expect(activeSpans([{ from: '22:00', to: '06:00', days: [7] }], hour(0), hour(48))).toEqual([[hour(0), hour(6)]]);
    expect(activeSpans([{ from: '22:00', to: '06:00', days: [2] }], hour(0), hour(48))).toEqual([[hour(46), hour(48)]]);
    expect(activeSpans(undefined, 5, 9)).toEqual([[5, 9]]);
    expect(activeSpans([{ from: 'noon', to: '13:00' }], 0, 1e5)).toEqual([]);
    expect(overlaps([[0, 10], [20, Infinity]], [[5, 25]])).toEqual([[5, 10], [20, 25]]);
  });
});

describe('tracks', () => {
  test('a deviation needs an unbroken run, whatever the order of distances', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 60 }), (distances) => {
      const times = distances.map((_, i) => i * 15);
      const events = deviationEvents(times, distances);
      events.forEach(({ type, start, confirmed }, i) => {
        expect(type).toBe(i % 2 === 0 ? 'deviation' : 'return');
        expect(confirmed - start).toBeGreaterThanOrEqual(type === 'deviation' ? 60 : 30);
        for (let k = start / 15; k <= confirmed / 15; k++) expect(type === 'deviation' ? distances[k] > 50 : distances[k] < 30).toBe(true);
      });
    }), { numRuns: 200 });
  });
  test('fixes that could only be reached too fast are dropped; speeding must last', () => {
    expect(plausible(trackOf([[0, 0, 0], [1, 1000, 0], [10, 100, 0], [10, 101, 0]]))).toEqual(trackOf([[0, 0, 0], [10, 100, 0]]));
    expect(speedingRuns([0, 10, 20, 30, 40, 50], [50, 70, NaN, 80, 50, 99], [60, 60, 60, 60, 60, 60], 10)).toEqual([{ start: 10, end: 30, fastest: 80, limit: 60 }]);
  });
});

describe('a fleet’s rules on one track', () => {
  const at = (time: number, x: number, y: number, speed = 10, matched: WatchedFix['matched'] = null): WatchedFix => ({ time, x, y, speed, matched });
  const rules = { forbidden: [{ id: 'old-town', name: '老城', rings: [square[0]] }], sites: [{ id: 'tip', name: '消纳场', rings: [[[900, -50], [1100, -50], [1100, 50], [900, 50]]] as Rings }], routes: [[[0, 0], [1000, 0]]] as const };
  test('each kind with its time, place and evidence; what the rules allow is no event', () => {
    const stand = Array.from({ length: 13 }, (_, i) => at(300 + i * 30, 1000, 2, 0));
    const dump = Array.from({ length: 13 }, (_, i) => at(900 + i * 30, 600, 300, 0));
    const track = [at(0, 0, 0), at(60, 500, 0, 25), at(75, 700, 0, 25), ...stand, at(760, 700, 120), at(790, 600, 200), at(820, 600, 240), ...dump, at(1350, 250, 250), at(1450, 250, 50)];
    const events = watchTrack('z1', track, { ...rules, speed: { limit: 60 } });
    expect(events.map(({ kind, start, end }) => [kind, Math.round(start), end && Math.round(end)])).toEqual([['speeding', 60, 75], ['off-route', 760, null], ['stop', 900, 1260], ['forbidden', 1311, 1425]]);
    expect(events[2]).toMatchObject({ x: 600, y: 300, most: 360, allowed: 300, evidence: [840, 1320] });
    expect(events[3]).toMatchObject({ fence: 'old-town', name: '老城', x: expect.closeTo(400, 0) as number });
    expect(events[1].most).toBe(300);
  });
  test('on the approved road by the match, a poor fix is no deviation; a fence that is closed at other hours is none', () => {
    const track = Array.from({ length: 12 }, (_, i) => at(i * 15, i * 80, 70, 10, { x: i * 80, y: 0, limit: 60 }));
    expect(watchTrack('z2', track, { ...rules, forbidden: [] })).toEqual([]);
    expect(watchTrack('z2', track.map((fix) => ({ ...fix, matched: null })), { ...rules, forbidden: [] })).toMatchObject([{ kind: 'off-route', start: 0, end: null }]);
    const through = [at(0, 0, 250), at(60, 500, 250)];
    const noon = { ...rules, routes: [], forbidden: [{ ...rules.forbidden[0], windows: [{ from: '12:00', to: '13:00' }] }] };
    expect(watchTrack('z3', through, noon)).toEqual([]);
    expect(watchTrack('z3', through.map((fix) => ({ ...fix, time: fix.time + 4.25 * 3600 })), noon)).toMatchObject([{ kind: 'forbidden', start: 4.25 * 3600 + 12 }]);
  });
});
