import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { anchorMatrix, clipMatrix, fromEcef, invertRigid, multiply, place, placer, project, toEcef, transform, viewMatrix, type Anchor } from './index.ts';

const longitude = fc.double({ min: -180, max: 180, noNaN: true });
const latitude = fc.double({ min: -89.9, max: 89.9, noNaN: true });

describe('ellipsoid', () => {
  it('agrees with hand-made points: equator, pole, and the semi-minor axis', () => {
    expect([...toEcef(0, 0, 0, [0, 0, 0])]).toEqual([6378137, 0, 0]);
    expect(toEcef(0, 90, 0, [0, 0, 0])[2]).toBeCloseTo(6356752.314245179, 6);
  });

  it('goes there and back to a tenth of a millimetre', () => {
    fc.assert(fc.property(longitude, latitude, fc.double({ min: -9000, max: 1e6, noNaN: true }), (lon, lat, height) => {
      const [x, y, z] = toEcef(lon, lat, height, [0, 0, 0]);
      const back = fromEcef(x, y, z, [0, 0, 0]);
      const again = toEcef(back[0], back[1], back[2], [0, 0, 0]);
      expect(Math.hypot(again[0] - x, again[1] - y, again[2] - z)).toBeLessThan(1e-4);
      expect(Math.abs(back[2] - height)).toBeLessThan(1e-4);
    }));
  });
});

describe('place', () => {
  it('puts the anchor at the origin, and a point north of it to the north', () => {
    const anchor: Anchor = { lon: 117.49, lat: 30.66, height: 12 };
    const [east, north, up] = place(anchor, 117.49, 30.67, 12, [0, 0, 0]);
    expect(Math.abs(east)).toBeLessThan(1e-6);
    expect(north).toBeGreaterThan(1108);
    expect(north).toBeLessThan(1110);
    // The earth falls away from the tangent plane by s² / 2R.
    expect(up).toBeCloseTo(-(north * north) / 2 / 6.36e6, 2);
  });

  it('is undone by unplace within a micrometre at 20 km, and float32 steps stay below a millimetre there', () => {
    const local = placer({ lon: 113.94, lat: 22.5, height: 0 });
    fc.assert(fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.double({ min: -1e4, max: 1e4, noNaN: true }), (east, north) => {
      const [lon, lat, height] = local.unplace(east, north, 30, [0, 0, 0]);
      const back = local.place(lon, lat, height, [0, 0, 0]);
      expect(Math.hypot(back[0] - east, back[1] - north, back[2] - 30)).toBeLessThan(1e-6);
      expect(Math.abs(Math.fround(east) - east)).toBeLessThan(1e-3);
    }));
  });

  it('inverts rigid frames', () => {
    const frame = anchorMatrix({ lon: 121.5, lat: 31.2, height: 5 });
    const identity = multiply(frame, invertRigid(frame));
    // Entries in metres of the earth's radius carry its rounding: 1e-9 of 6,378 km.
    identity.forEach((value, i) => expect(Math.abs(value - (i % 5 === 0 ? 1 : 0))).toBeLessThan(2e-9));
  });
});

describe('camera', () => {
  const pose = { lon: 117.49, lat: 30.66, height: 500, heading: 0, pitch: -90, roll: 0 };

  it('sees the point below in the middle, north up, east to the right', () => {
    const anchor = { lon: 117.49, lat: 30.66, height: 0 };
    const clip = clipMatrix(anchor, pose, { fov: 60, offset: [0, 0] }, 400, 300);
    const at = (x: number, y: number): number[] => [...project(clip, 400, 300, x, y, 0, new Float64Array(3))];
    expect(at(0, 0)[0]).toBeCloseTo(200, 6);
    expect(at(0, 0)[1]).toBeCloseTo(150, 6);
    expect(at(0, 0)[2]).toBeCloseTo(500, 6);
    // Half the vertical field of view reaches 500 · tan 30° on the ground.
    expect(at(0, 500 * Math.tan(Math.PI / 6))[1]).toBeCloseTo(0, 4);
    expect(at(50, 0)[0]).toBeGreaterThan(200);
  });

  it('turns with the heading: looking east, north lies to the left', () => {
    const east = { ...pose, pitch: 0, heading: 90 };
    const view = viewMatrix(east);
    const north = toEcef(117.49, 30.67, 500, [0, 0, 0]);
    const [x, , z] = transform(view, north[0], north[1], north[2], [0, 0, 0]);
    expect(x).toBeLessThan(-1000);
    expect(Math.abs(z)).toBeLessThan(1);
  });
});

describeShared('place against PROJ', () => {
  it('equals proj=topocentric within the millimetre its case states', () => {
    const text = readFileSync(shared('data/oracles/proj-gie/builtins.gie'), 'utf8');
    const found = /\+proj=topocentric \+ellps=WGS84 \+lon_0=(\S+) \+lat_0=(\S+) \+h_0=(\S+)\s+tolerance 1 mm\s+accept\s+(\S+)\s+(\S+)\s+(\S+)\s+expect\s+(\S+)\s+(\S+)\s+(\S+)/u.exec(text);
    expect(found).not.toBeNull();
    const [lon0, lat0, h0, lon, lat, h, x, y, z] = found!.slice(1).map(Number);
    const [east, north, up] = place({ lon: lon0, lat: lat0, height: h0 }, lon, lat, h, [0, 0, 0]);
    expect(Math.hypot(east - x, north - y, up - z)).toBeLessThan(1e-3);
  });
});
