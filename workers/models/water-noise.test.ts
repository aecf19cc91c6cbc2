import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeShared, hasShared, shared } from '../../tests/shared.ts';
import { noiseCheck, type NoiseZone } from './noise.ts';
import { waterClass, waterLimits, type WaterBody } from './water-class.ts';

const read = <T>(name: string): T[] => (hasShared ? (JSON.parse(readFileSync(shared(`domain/${name}`), 'utf8')) as { cases: T[] }).cases : []);
const classes = ['I', 'II', 'III', 'IV', 'V'];

describeShared('published cases of surface water and noise', () => {
  interface Sample { id: string; water_body: WaterBody; sample: Record<string, number>; item_class: Record<string, string>; overall: string; deciding: string[]; exceed_factor_vs_III: [string, number][] }
  test.each(read<Sample>('water-class-cases.json').map((one) => [one.id, one] as const))('water %s', (_, one) => {
    const found = waterClass(one.sample, one.water_body)!;
    expect(Object.fromEntries(Object.entries(found.items).map(([item, level]) => [item, classes[level - 1]]))).toEqual(one.item_class);
    expect([classes[found.level - 1], found.deciding.toSorted(), found.exceeding]).toEqual([one.overall, one.deciding.toSorted(), one.exceed_factor_vs_III]);
  });

  interface Zone { id: string; group: string; zone: NoiseZone; hour: number; LAeq: number; Lmax: number | null; limit: number; compliant: boolean; peak_ok: boolean | null; exceed_dB: number }
  test.each(read<Zone>('noise-cases.json').filter(({ group }) => group === 'zone').map((one) => [one.id, one] as const))('noise %s', (_, one) => {
    expect(noiseCheck(one.zone, one.hour, one.LAeq, one.Lmax)).toMatchObject({ limit: one.limit, compliant: one.compliant, peakOk: one.peak_ok, over: one.exceed_dB });
  });
});

describe('surface water', () => {
  test('beyond class V there is one more', () => {
    expect(waterClass({ NH3N: 2.4, DO: 8 })).toMatchObject({ level: 6, name: { zh: '劣Ⅴ类' }, deciding: ['NH3N'], exceeding: [['NH3N', 1.4]] });
    expect(waterClass({ pH: 9.3 })?.level).toBe(6);
    expect(waterClass({ temperature: 21, TN: 3 })).toBeNull();
    expect([waterLimits('TP', 'lake')?.[2], waterLimits('TN', 'river'), waterLimits('DO', 'river')?.[0]]).toEqual([0.05, null, 7.5]);
  });
});
