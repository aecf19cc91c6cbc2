import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEGREE, fromEcef, invertRigid, placer, toEcef, transform, viewMatrix, type Anchor } from '#geo';
import type { ClipRegion } from './clip.ts';
import { Cut } from './cut.ts';

const SHENZHEN: Anchor = { lon: 113.93, lat: 22.53, height: 0 };

function ecefOf(anchor: Anchor, east: number, north: number, up: number): Float64Array {
  const [lon, lat, height] = placer(anchor).unplace(east, north, up, new Float64Array(3));
  return toEcef(lon, lat, height, new Float64Array(3));
}

/** A ring in degrees around metres of an anchor. */
function ring(anchor: Anchor, corners: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  return corners.map(([east, north]) => [...placer(anchor).unplace(east, north, 0, new Float64Array(3))].slice(0, 2) as unknown as [number, number]);
}

/** What the shader does, in floats, for a place in eye space: the second walk through the same rule. */
function shaderCuts(cut: Cut, eye: readonly number[]): boolean {
  const [planes, boxes, rings] = cut.counts;
  const times = (m: Float32Array, row: number): number => Math.fround(m[row] * eye[0] + m[4 + row] * eye[1] + m[8 + row] * eye[2] + m[12 + row]);
  for (let i = 0; i < planes; i++) {
    const plane = cut.matrices[i >> 2].subarray((i % 4) * 4);
    if (plane[0] * eye[0] + plane[1] * eye[1] + plane[2] * eye[2] + plane[3] > 0) return true;
  }
  for (let i = 0; i < boxes; i++) {
    const m = cut.matrices[2 + i];
    if (([0, 1, 2].every((row) => Math.abs(times(m, row)) <= 1)) !== m[3] > 0.5) return true;
  }
  for (let i = 0; i < rings; i++) {
    const m = cut.matrices[6 + i];
    const flat = m[11] / (m[11] + times(m, 2));
    const [x, y] = [times(m, 0) * flat, times(m, 1) * flat];
    const row = cut.edges.data.subarray(4 * cut.edges.width * i);
    let within = x >= row[0] && y >= row[1] && x <= row[2] && y <= row[3];
    if (within) {
      within = false;
      for (let k = 1; k <= m[7]; k++) {
        const [ax, ay, bx, by] = row.subarray(4 * k, 4 * k + 4);
        if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) within = !within;
      }
    }
    if (within !== m[3] > 0.5) return true;
  }
  return false;
}

describe('a cut', () => {
  it('by a plane takes what lies on the side it points to', () => {
    const cut = new Cut([{ kind: 'plane', lon: SHENZHEN.lon, lat: SHENZHEN.lat, height: 10, heading: 90, pitch: 0 }], 'tiles');
    expect(cut.cuts(...triple(ecefOf(SHENZHEN, 0.01, 40, 500)))).toBe(true);
    expect(cut.cuts(...triple(ecefOf(SHENZHEN, -0.01, 40, 500)))).toBe(false);
    const down = new Cut([{ kind: 'plane', lon: SHENZHEN.lon, lat: SHENZHEN.lat, height: 10, heading: 0, pitch: -90 }], 'tiles');
    expect(down.cuts(...triple(ecefOf(SHENZHEN, 30, 40, 9.99)))).toBe(true);
    expect(down.cuts(...triple(ecefOf(SHENZHEN, 30, 40, 10.01)))).toBe(false);
  });

  it('by a box turned clockwise keeps inside or outside', () => {
    const box = { kind: 'box', lon: SHENZHEN.lon, lat: SHENZHEN.lat, height: 5, size: [4, 20, 10], heading: 30 } as const;
    const along = [9.9 * Math.sin(30 * DEGREE), 9.9 * Math.cos(30 * DEGREE)] as const;
    const past = [10.1 * Math.sin(30 * DEGREE), 10.1 * Math.cos(30 * DEGREE)] as const;
    for (const [keep, cutsInside] of [['inside', false], ['outside', true]] as const) {
      const cut = new Cut([{ ...box, keep }], 'ground');
      expect(cut.cuts(...triple(ecefOf(SHENZHEN, along[0], along[1], 5)))).toBe(cutsInside);
      expect(cut.cuts(...triple(ecefOf(SHENZHEN, past[0], past[1], 5)))).toBe(!cutsInside);
      expect(cut.cuts(...triple(ecefOf(SHENZHEN, 0, 0, 10.1)))).toBe(!cutsInside);
    }
  });

  it('by a ring stands upright: 9 km from its middle and 500 m up the wall is where it is on the ground, to 10 mm', () => {
    const anchor = { lon: 117.49, lat: 30.66, height: 0 };
    const cut = new Cut([{ kind: 'polygon', ring: ring(anchor, [[-9000, -9000], [9000, -9000], [9000, 9000], [-9000, 9000]]), keep: 'outside' }], 'tiles');
    const [lon, lat] = fromEcef(...triple(ecefOf(anchor, 9000, 10, 0)), new Float64Array(3));
    for (const height of [0, 500]) {
      const metre = 1 / (DEGREE * 6_378_137 * Math.cos(lat * DEGREE));
      const edge = (east: number): boolean => cut.cuts(...triple(toEcef(lon + east * metre, lat, height, new Float64Array(3))));
      // The ring's own side is straight in space: at its middle it bulges by a few centimetres against the parallel through its ends.
      expect(edge(-0.01)).toBe(true);
      expect(edge(0.01)).toBe(false);
    }
  });

  it('leaves out what is of the other subject', () => {
    const region: ClipRegion = { kind: 'plane', lon: 0, lat: 0, height: 0, heading: 0, pitch: 0, of: 'ground' };
    expect(new Cut([region], 'tiles').empty).toBe(true);
    expect(new Cut([region], 'ground').empty).toBe(false);
  });

  it('is the same for the graphics card as for a pick, to 5 mm, 1,200 km from anywhere', () => {
    const regions: ClipRegion[] = [
      { kind: 'plane', lon: SHENZHEN.lon, lat: SHENZHEN.lat, height: 60, heading: 200, pitch: 35 },
      { kind: 'box', lon: SHENZHEN.lon, lat: SHENZHEN.lat, height: 20, size: [150, 90, 60], heading: 77, keep: 'inside' },
      { kind: 'polygon', ring: ring(SHENZHEN, [[-80, -60], [90, -70], [40, 0], [70, 80], [-60, 50]]), keep: 'inside' },
    ];
    const cut = new Cut(regions, 'tiles');
    const pose = { lon: SHENZHEN.lon + 0.008, lat: SHENZHEN.lat - 0.004, height: 400, heading: -60, pitch: -22, roll: 3 };
    const view = viewMatrix(pose);
    cut.see(invertRigid(view));
    const metres = (span: number) => fc.double({ min: -span, max: span, noNaN: true });
    let both = 0;
    fc.assert(fc.property(metres(110), metres(110), fc.double({ min: -20, max: 70, noNaN: true }), (east, north, up) => {
      const at = ecefOf(SHENZHEN, east, north, up);
      const truth = cut.cuts(...triple(at));
      // Within 5 mm of an edge nobody can say.
      for (const [dx, dy, dz] of [[0.005, 0, 0], [-0.005, 0, 0], [0, 0.005, 0], [0, -0.005, 0], [0, 0, 0.005], [0, 0, -0.005]]) if (cut.cuts(...triple(ecefOf(SHENZHEN, east + dx, north + dy, up + dz))) !== truth) return;
      both += truth ? 0 : 1;
      const eye = transform(view, at[0], at[1], at[2], new Float64Array(3));
      expect(shaderCuts(cut, [...eye].map(Math.fround))).toBe(truth);
    }), { numRuns: 600, seed: 5 });
    expect(both).toBeGreaterThan(60);
  });
});

function triple(values: Float64Array): [number, number, number] {
  return [values[0], values[1], values[2]];
}
