import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import proj4 from 'proj4';
import { expect, it } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { transverseMercator } from './index.ts';

const GRS80 = { axis: 6378137, flattening: 1 / 298.257222101 };
const zone = (meridian: number, falseEasting = 500_000) => ({ ...GRS80, meridian, latitude: 0, scale: 1, falseEasting, falseNorthing: 0 });

/** Metres between two places in degrees. */
const apart = (lon: number, lat: number, lon2: number, lat2: number): number => Math.hypot((lon - lon2) * Math.cos((lat * Math.PI) / 180), lat - lat2) * 111_320;

it('equals proj4 to a thousandth of a millimetre within 3.5° of any meridian, both ways', () => {
  const place = fc.record({ meridian: fc.integer({ min: -180, max: 180 }), off: fc.double({ min: -3.5, max: 3.5, noNaN: true }), lat: fc.double({ min: -84, max: 84, noNaN: true }), utm: fc.boolean() });
  fc.assert(fc.property(place, ({ meridian, off, lat, utm }) => {
    const scale = utm ? 0.9996 : 1;
    const ways = transverseMercator({ ...zone(meridian), scale });
    const slow = proj4('+proj=longlat +ellps=GRS80', `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=${scale} +x_0=500000 +y_0=0 +ellps=GRS80 +units=m`);
    const pair = new Float64Array([meridian + off, lat]);
    const [x, y] = slow.forward([...pair]);
    ways.toMetres(pair, 1);
    expect(Math.hypot(pair[0] - x, pair[1] - y)).toBeLessThan(1e-6);
    pair.set([x, y]);
    ways.toDegrees(pair, 1);
    const [lon, wanted] = slow.inverse([x, y]);
    expect(apart(pair[0], pair[1], lon, wanted)).toBeLessThan(1e-6);
  }));
});

it('takes an origin away from the equator', () => {
  const pair = new Float64Array([139 + 5 / 6, 36]);
  transverseMercator({ ...zone(139 + 5 / 6, 0), latitude: 36, scale: 0.9999 }).toMetres(pair, 1);
  expect([...pair]).toEqual([0, 0]);
});

it('changes pairs at a stride and leaves the rest alone', () => {
  const points = new Float64Array([500_000, 0, 7, 500_000, 0, 8]);
  transverseMercator(zone(114)).toDegrees(points, 2, 3);
  expect([...points]).toEqual([114, 0, 7, 114, 0, 8]);
});

it('makes NaN of what lies nowhere', () => {
  const nowhere = new Float64Array([Number.NaN, 0, Number.POSITIVE_INFINITY, 0, 1e9, 0, 0, 1e9]);
  transverseMercator(zone(114)).toDegrees(nowhere, 4);
  expect(nowhere.every(Number.isNaN)).toBe(true);
  const beyond = new Float64Array([114, 91, Number.NaN, 0]);
  transverseMercator(zone(114)).toMetres(beyond, 2);
  expect(beyond.every(Number.isNaN)).toBe(true);
});

describeShared('transverse Mercator against PROJ', () => {
  it('agrees with its own test vectors', () => {
    const text = readFileSync(shared('data/oracles/proj-gie/builtins.gie'), 'utf8');
    const block = /operation \+proj=etmerc {3}\+ellps=GRS80[^\n]*\n([\s\S]*?)\n-{5,}/u.exec(text)![1];
    const cases = [...block.matchAll(/accept\s+(\S+) (\S+)\s+expect\s+(\S+) (\S+)/gu)].map((found) => found.slice(1).map(Number));
    const ways = transverseMercator({ ...zone(0, 0), meridian: 0 });
    expect(cases.length).toBeGreaterThan(2);
    for (const [a, b, c, d] of cases) {
      const metres = Math.abs(c) > 180 || Math.abs(d) > 90;
      const pair = new Float64Array([a, b]);
      (metres ? ways.toMetres : ways.toDegrees)(pair, 1);
      expect(Math.hypot(pair[0] - c, pair[1] - d)).toBeLessThan(metres ? 1e-5 : 1e-8);
    }
  });

  it('agrees with the CGCS2000 vectors to a millimetre, both ways', () => {
    const { cases } = JSON.parse(readFileSync(shared('domain/cgcs2000-gk-cases.json'), 'utf8')) as { cases: { lonlat: [number, number]; cm3: number; cm6: number; projected: Record<string, { name: string; easting: number; northing: number }> }[] };
    for (const { lonlat, cm3, cm6, projected } of cases) {
      for (const { name, easting, northing } of Object.values(projected)) {
        const ways = transverseMercator(zone(name.includes('3-degree') ? cm3 : cm6, Math.floor(easting / 1e6) * 1e6 + 500_000));
        const pair = new Float64Array(lonlat);
        ways.toMetres(pair, 1);
        expect(Math.hypot(pair[0] - easting, pair[1] - northing)).toBeLessThan(1e-3);
        pair.set([easting, northing]);
        ways.toDegrees(pair, 1);
        expect(apart(pair[0], pair[1], ...lonlat)).toBeLessThan(1e-3);
      }
    }
  });
});
