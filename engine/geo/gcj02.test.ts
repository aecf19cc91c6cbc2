import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { bd09OfGcj02, gcj02Of, wgs84OfBd09, wgs84OfGcj02 } from './index.ts';

interface Case { id: string; wgs84: [number, number]; gcj02: [number, number]; bd09: [number, number]; gcj02_to_wgs84: [number, number] }

const off = ([a, b]: readonly number[], [c, d]: readonly number[]): number => Math.max(Math.abs(a - c), Math.abs(b - d));

it('comes back from both systems to a ten-thousandth of a second, anywhere in China', () => {
  fc.assert(fc.property(fc.double({ min: 73, max: 136, noNaN: true }), fc.double({ min: 3, max: 54, noNaN: true }), (lon, lat) => {
    expect(off(wgs84OfGcj02(...gcj02Of(lon, lat)), [lon, lat])).toBeLessThan(1e-9);
    expect(off(wgs84OfBd09(...bd09OfGcj02(...gcj02Of(lon, lat))), [lon, lat])).toBeLessThan(1e-9);
  }));
});

it('leaves places outside the box alone, and ends for what is no number and at the edge of the box', () => {
  expect(wgs84OfGcj02(-0.1, 51.5)).toEqual([-0.1, 51.5]);
  expect(wgs84OfGcj02(Number.NaN, 1)[0]).toBeNaN();
  expect(wgs84OfGcj02(72.0041, 30).every(Number.isFinite)).toBe(true);
});

describeShared('GCJ-02 and BD-09 against published places', () => {
  const { cases } = JSON.parse(readFileSync(shared('domain/gcj02-points.json'), 'utf8')) as { cases: Case[] };
  it.each(cases.map((each) => [each.id, each] as const))('%s', (_, each) => {
    expect(off(gcj02Of(...each.wgs84), each.gcj02)).toBeLessThan(2e-8);
    expect(off(bd09OfGcj02(...each.gcj02), each.bd09)).toBeLessThan(2e-8);
    expect(off(wgs84OfGcj02(...each.gcj02), each.gcj02_to_wgs84)).toBeLessThan(1e-6);
    expect(off(wgs84OfBd09(...each.bd09), each.gcj02_to_wgs84)).toBeLessThan(1e-6);
  });
});
