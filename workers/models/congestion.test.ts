import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { capacityOf, congestionMethod, indexLevel, meanSpeeds, methodText, networkState, roadRank, saturation, sectionLevel, severeMileageIndex, STANDARD_METHOD, travelTimeIndex, type RoadRank } from './congestion.ts';

interface IndexCase {
  id: string; group: string; road_class: RoadRank; speed_kmh: number; level: number; severe_mileage_percent: number; tpi: number;
  links: { km: number; v: number; vf: number; class: RoadRank }[]; total_km: number; severe_percent: number; space_mean_speed_kmh: number; travel_time_ratio: number;
  speeds: number[]; time_mean: number; space_mean: number;
}

describeShared('the worked cases of the congestion index', () => {
  const { cases } = JSON.parse(readFileSync(shared('domain/traffic-index-cases.json'), 'utf8')) as { cases: IndexCase[] };
  test.each(cases.map((each) => [each.id, each] as const))('%s', (_, each) => {
    if (each.group === 'section') expect(sectionLevel(each.road_class, each.speed_kmh)).toBe(each.level);
    else if (each.group === 'tpi') expect(severeMileageIndex(each.severe_mileage_percent)).toBeCloseTo(each.tpi, 9);
    else if (each.group === 'band') expect(indexLevel(each.tpi)).toBe(each.level);
    else if (each.group === 'mean-speed') expect(meanSpeeds(each.speeds)).toEqual({ time: each.time_mean, space: expect.closeTo(each.space_mean, 9) as number });
    else {
      const sections = { lengths: each.links.map(({ km }) => 1000 * km), ranks: each.links.map((link) => link.class), free: each.links.map(({ vf }) => vf) };
      const state = networkState(sections, each.links.map(({ v }) => v));
      expect(state.total).toBeCloseTo(each.total_km, 9);
      expect(state.severe).toBeCloseTo(each.severe_percent, 9);
      expect(state.index).toBeCloseTo(each.tpi, 9);
      expect(state.speed).toBeCloseTo(each.space_mean_speed_kmh, 5);
      expect(state.ratio).toBeCloseTo(each.travel_time_ratio, 6);
    }
  });
  test('the tables are the domain file’s', () => {
    const tables = JSON.parse(readFileSync(shared('domain/traffic-tables.json'), 'utf8')) as { section_level_speed_kmh: Record<string, number[]>; severe_mileage_to_tpi: { points: number[][] }; travel_time_ratio: { values: number[] }; tpi: { bands: { max: number }[] } };
    expect(STANDARD_METHOD.sectionSpeed).toEqual({ expressway: tables.section_level_speed_kmh.expressway, arterial: tables.section_level_speed_kmh.arterial, secondary: tables.section_level_speed_kmh.secondary_branch });
    expect(STANDARD_METHOD.severeMileage).toEqual(tables.severe_mileage_to_tpi.points);
    expect(STANDARD_METHOD.travelTimeRatio).toEqual(tables.travel_time_ratio.values);
    expect([...STANDARD_METHOD.bands, 10]).toEqual(tables.tpi.bands.map(({ max }) => max));
  });
});

test('sections without a speed are left out of the state, and how much spoke is said', () => {
  const sections = { lengths: [1000, 3000], ranks: ['arterial', 'arterial'] as const, free: [60, 60] };
  expect(networkState(sections, [10, NaN])).toMatchObject({ severe: 100, index: 10, level: 5, speed: 10, known: 1, total: 4 });
  expect(networkState(sections, [NaN, NaN])).toMatchObject({ index: NaN, level: null, speed: NaN, known: 0 });
  expect(networkState(sections, [60, 15], [0])).toMatchObject({ severe: 0, index: 0, ratio: 1, total: 1 });
});

test('a method of one’s own is checked, used and printed', () => {
  const method = congestionMethod({ method: 'travel-time-ratio', travelTimeRatio: [1.5, 2, 2.5, 3] });
  expect([1, 1.25, 1.5, 2, 3, 9].map((ratio) => travelTimeIndex(ratio, method))).toEqual([0, 1, 2, 4, 8, 10]);
  expect(methodText(method).zh).toContain('1.5 / 2 / 2.5 / 3');
  expect(methodText().en).toContain('8%→4');
  for (const wrong of [{ bands: [2, 1, 3, 4] }, { travelTimeRatio: [0.9, 1, 2, 3] }, { severeMileage: [[0, 0]] }, { method: 'guess' }, { sectionSpeed: { ...STANDARD_METHOD.sectionSpeed, arterial: [10, 20, 30, 40] } }]) {
    expect(() => congestionMethod(wrong as never)).toThrow(/docs\/traffic\.md/u);
  }
});

test('classes of the data belong to the standard’s three, capacity follows class and speed, saturation has six steps', () => {
  expect(['motorway', 'trunk', 'primary', 'tertiary', 'odd'].map(roadRank)).toEqual(['expressway', 'expressway', 'arterial', 'secondary', 'secondary']);
  expect(capacityOf('expressway', 80, 3)).toBe(5250);
  expect(capacityOf('arterial', 60, 2)).toBe(2800);
  expect([0.25, 0.26, 0.7, 0.9, 0.95, 1.2].map((ratio) => saturation(ratio * 1000, 1000)?.level)).toEqual([1, 2, 3, 5, 5, 6]);
  expect(saturation(NaN, 1000)).toBeNull();
});
