import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { sunPosition } from './sun.ts';

interface Case { id: string; lat: number; lon: number; utc: string; altitude_deg: number; azimuth_deg: number }

it('stands where the published reference has it', () => {
  const { azimuth, altitude } = sunPosition(Date.UTC(2003, 9, 17, 19, 30, 30) / 1000, -105.1786, 39.742476);
  expect(azimuth).toBeCloseTo(194.34, 1);
  // The reference's zenith angle includes some 0.017° of refraction.
  expect(90 - altitude).toBeCloseTo(50.11162 + 0.017, 1);
});

describeShared('domain/sun-position-cases.json', () => {
  it('agrees with every case within its tolerance', () => {
    const { cases, tolerance_deg: tolerance } = JSON.parse(readFileSync(shared('domain/sun-position-cases.json'), 'utf8')) as { cases: Case[]; tolerance_deg: number };
    expect(cases.length).toBeGreaterThan(10);
    for (const { id, utc, lon, lat, altitude_deg: altitude, azimuth_deg: azimuth } of cases) {
      const sun = sunPosition(Date.parse(utc) / 1000, lon, lat);
      expect(Math.abs(sun.altitude - altitude), id).toBeLessThan(tolerance);
      expect(Math.abs(((sun.azimuth - azimuth + 540) % 360) - 180) * Math.cos((altitude * Math.PI) / 180), id).toBeLessThan(tolerance);
    }
  });
});
