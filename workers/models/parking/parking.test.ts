import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../../tests/shared.ts';
import { heldMean, parkingFigures, readStands, sharedDemand, standLevel, staysOf, type Stay } from './index.ts';

interface Case { readonly id: string; readonly capacity: number; readonly window_min: Stay; readonly stays_min: Stay[]; readonly [name: string]: unknown }

describeShared('parking: the worked cases', () => {
  const { cases } = JSON.parse(readFileSync(shared('domain/parking-cases.json'), 'utf8')) as { cases: Case[] };
  test.each(cases.map((each) => [each.id, each] as const))('%s', (_, each) => {
    const found = parkingFigures(each.stays_min, each.capacity, each.window_min);
    for (const [name, wanted] of [['entries', each.entries], ['turnover', each.turnover], ['meanUtilisation', each.mean_utilisation], ['peakOccupancy', each.peak_occupancy], ['peakUtilisation', each.peak_utilisation], ['meanStay', each.mean_stay_min], ['freeAtEnd', each.free_just_before_window_end]] as const) {
      expect(found[name], name).toBeCloseTo(wanted as number, 4);
    }
  });

  test('a real GBFS file: every station, with its capacity', () => {
    const value = JSON.parse(readFileSync(shared('data/traffic/gbfs/station_information.json'), 'utf8')) as { data: { stations: unknown[] } };
    const { stands, skipped } = readStands(value, 'station_information.json');
    expect(stands.length).toBe(value.data.stations.length);
    expect(skipped).toEqual({});
    expect(stands[0]).toMatchObject({ id: '68c89d1f-407a-4550-a2b7-ecf0ad7ee422', name: 'San Carlos St at Meridian Ave', kind: 'bikes', capacity: 19 });
    expect(() => readStands(JSON.parse(readFileSync(shared('data/traffic/gbfs/system_information.json'), 'utf8')), 'system_information.json')).toThrow(/system_information\.json is neither a file of stands/u);
  });
});

describe('parking', () => {
  test('the peak is what counting at every minute gives', () => {
    const stay = fc.tuple(fc.integer({ min: -50, max: 200 }), fc.integer({ min: 1, max: 120 })).map(([from, length]): Stay => [from, from + length]);
    fc.assert(fc.property(fc.array(stay, { maxLength: 12 }), (stays) => {
      const found = parkingFigures(stays, 5, [0, 180]);
      const counts = Array.from({ length: 180 }, (_, minute) => stays.filter(([from, to]) => from <= minute && minute < to).length);
      expect(found.peakOccupancy).toBe(Math.max(0, ...counts));
      expect(found.meanUtilisation).toBeCloseTo(counts.reduce((a, b) => a + b, 0) / (5 * 180), 9);
    }));
  });

  test('stays come from what a bay says; a gap ends one, the last goes on', () => {
    const series = { times: Float64Array.from([0, 10, 30, 40, 50, 60]), values: Float32Array.from([0, 1, 0, 1, Number.NaN, 1]) };
    expect(staysOf(series, 75)).toEqual([[10, 30], [40, 50], [60, 75]]);
    expect(heldMean({ times: Float64Array.from([0, 10, 20]), values: Float32Array.from([4, Number.NaN, 10]) }, 25)).toEqual({ mean: 6, peak: 10 });
  });

  test('residents by night and offices by day share a car park', () => {
    const residents = Array.from({ length: 24 }, (_, hour) => (hour < 7 || hour >= 19 ? 80 : 25));
    const offices = Array.from({ length: 24 }, (_, hour) => (hour >= 9 && hour < 18 ? 70 : 5));
    expect(sharedDemand([residents, offices], 100)).toMatchObject({ peak: 95, free: 5, saved: 55 });
    expect(sharedDemand([residents, offices], 90).free).toBe(-5);
  });

  test('levels, and files that are partly wrong', () => {
    expect([0, 0.6, 0.85, 0.98, 1.2].map((share) => standLevel('parking', share * 100, 100).en)).toEqual(['plenty', 'filling', 'scarce', 'full', 'full']);
    expect([1, 10, 19].map((bikes) => standLevel('bikes', bikes, 20).en)).toEqual(['few bikes', 'balanced', 'few docks']);
    const { stands, skipped } = readStands({ stands: [{ id: 'a', lon: 1, lat: 2, bays: [{ id: 'b1', lon: 1, lat: 2 }, {}] }, { id: 'a', lon: 1, lat: 2 }, { id: 'c', lon: 0, lat: 0 }] }, 'x');
    expect([stands.length, stands[0].capacity, skipped]).toEqual([1, 1, { 'bay without id or place': 1, 'stand said twice': 1, 'stand without id or place': 1 }]);
  });
});
