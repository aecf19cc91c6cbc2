import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openEdges } from '../../testing/city-file.ts';
import type { Face } from './city-object.ts';
import { cimLevelOf } from './cim-level.ts';
import { northFirst, systemName } from './crs-names.ts';
import { cutFace, doubleNormal } from './cut-face.ts';
import { groundOutline, mergedOutline } from './outline.ts';

/** A star-shaped ring of `radii` round a middle, turned into space. */
function star(radii: readonly number[], tilt: number, turn: number): number[] {
  return radii.flatMap((radius, k) => {
    const angle = (k / radii.length) * 2 * Math.PI;
    const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    const [u, v, w] = [x, y * Math.cos(tilt), y * Math.sin(tilt)];
    return [u * Math.cos(turn) - w * Math.sin(turn), v, u * Math.sin(turn) + w * Math.cos(turn)];
  });
}

function areaOf(points: readonly number[], triangles: readonly number[]): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (let t = 0; t < triangles.length; t += 3) {
    const own = doubleNormal([0, 1, 2].flatMap((k) => points.slice(triangles[t + k] * 3, triangles[t + k] * 3 + 3)));
    for (let axis = 0; axis < 3; axis++) sum[axis] += own[axis];
  }
  return sum;
}

describe('cutting faces', () => {
  test('any star in any plane: the triangles have its area and its sense, and use each edge once', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 30, noNaN: true }), { minLength: 3, maxLength: 24 }), fc.double({ min: 0, max: 6.28, noNaN: true }), fc.double({ min: 0, max: 6.28, noNaN: true }), fc.boolean(), (radii, tilt, turn, back) => {
        const forward = star(radii, tilt, turn);
        const ring = back ? Array.from({ length: radii.length }, (_, k) => forward.slice((radii.length - 1 - k) * 3, (radii.length - k) * 3)).flat() : forward;
        const triangles = cutFace([ring])!;
        const [whole, cut] = [doubleNormal(ring), areaOf(ring, triangles)];
        for (let axis = 0; axis < 3; axis++) expect(cut[axis]).toBeCloseTo(whole[axis], 5);
        expect(new Set(triangles).size).toBe(radii.length);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  test('corners on straight edges are kept, on outer rings and on holes', () => {
    const square = (size: number, from: number): number[] => [[0, 0], [0.5, 0], [1, 0], [1, 0.3], [1, 1], [0, 1], [0, 0.9], [0, 0.1]].flatMap(([x, y]) => [from + x * size, from + y * size, 3]);
    const inner = square(2, 4);
    const hole = Array.from({ length: 8 }, (_, k) => inner.slice((7 - k) * 3, (8 - k) * 3)).flat();
    for (const rings of [[square(10, 0)], [square(10, 0), hole]]) {
      const triangles = cutFace(rings)!;
      const points = rings.flat();
      expect(new Set(triangles).size).toBe(points.length / 3);
      expect(areaOf(points, triangles)[2] / 2).toBeCloseTo(rings.length === 1 ? 100 : 96, 9);
      // The border of the triangles is the rings' edges and nothing else.
      expect(openEdges(points, triangles)).toBe(points.length / 3);
    }
  });

  test('a line and a point are no face', () => {
    expect(cutFace([[0, 0, 0, 5, 0, 0, 9, 0, 0]])).toBeUndefined();
    expect(cutFace([[1, 1, 1, 1, 1, 1, 1, 1, 1]])).toBeUndefined();
    expect(cutFace([[]])).toBeUndefined();
  });
});

/** Rings in metres as degrees near the equator. */
const face = (corners: number[][], surface = 0): Face => ({ surface, rings: [corners.flatMap(([x, y, z = 0]) => [10 + x / 111_319.49, y / 110_574.27, z])] });
const box = (x: number, y: number, w: number, h: number, z = 0): number[][] => [[x, y, z], [x, y + h, z], [x + w, y + h, z], [x + w, y, z]];
const metres2 = (geometry: ReturnType<typeof mergedOutline>): number => {
  const polygons = geometry?.type === 'Polygon' ? [geometry.coordinates] : (geometry?.coordinates ?? []);
  let sum = 0;
  for (const rings of polygons) for (const ring of rings) for (let i = 0; i + 1 < ring.length; i++) sum += ((ring[i][0] - 10) * ring[i + 1][1] - (ring[i + 1][0] - 10) * ring[i][1]) / 2;
  return sum * 111_319.49 * 110_574.27;
};

describe('outlines', () => {
  test('neighbours become one, also where one ends in the middle of the other’s edge', () => {
    const merged = mergedOutline([face(box(0, 0, 10, 10)), face(box(10, 2, 5, 3)), face(box(10, 5, 5, 5))]);
    expect(merged?.type).toBe('Polygon');
    expect(merged?.coordinates).toHaveLength(1);
    expect(metres2(merged)).toBeCloseTo(140, 1);
  });

  test('a ring of faces round a court has a hole; two that touch in a corner are two', () => {
    const court = mergedOutline([face(box(0, 0, 10, 2)), face(box(0, 8, 10, 2)), face(box(0, 2, 2, 6)), face(box(8, 2, 2, 6))]);
    expect([court?.type, court?.coordinates.length]).toEqual(['Polygon', 2]);
    expect(metres2(court)).toBeCloseTo(64, 1);
    expect(metres2(mergedOutline([face(box(0, 0, 5, 5)), face(box(5, 5, 5, 5))]))).toBeCloseTo(50, 1);
  });

  test('a grid of squares, cut at random and shuffled, is one square', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 6 }), fc.uniqueArray(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 6 }), (xs, ys) => {
        const cuts = (list: number[]): number[] => [0, ...list.toSorted((a, b) => a - b), 20];
        const [columns, rows] = [cuts(xs), cuts(ys)];
        const faces = columns.slice(1).flatMap((east, i) => rows.slice(1).map((north, j) => face(box(columns[i], rows[j], east - columns[i], north - rows[j]))));
        const merged = mergedOutline(faces.toReversed());
        expect(merged?.type).toBe('Polygon');
        expect(merged?.coordinates).toHaveLength(1);
        expect(metres2(merged)).toBeCloseTo(400, 0);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test('faces above each other are no outline: what looks down is taken, and without that the hull', () => {
    expect(mergedOutline([face(box(0, 0, 10, 10)), face(box(1, 1, 10, 10, 5))])).toBeUndefined();
    const roofOnly = [face(box(0, 0, 10, 10, 4).toReversed(), 1), face(box(3, 3, 10, 10, 9).toReversed(), 1)];
    // The convex hull of the squares 0…10 and 3…13: 169 less two corners of 3 × 3 / 2.
    expect(metres2(groundOutline(roofOnly) as never)).toBeCloseTo(169 - 9, 1);
    expect(metres2(groundOutline([face(box(0, 0, 10, 10), 3), face(box(0, 0, 30, 30, 9), 1)]) as never)).toBeCloseTo(100, 1);
  });
});

test('names of systems', () => {
  const of = (text: string): unknown[] => {
    const { crs, vertical, degrees, latitudeFirst } = systemName(text);
    return [crs, vertical, degrees, latitudeFirst];
  };
  expect(of('http://www.opengis.net/def/crs/EPSG/0/6697')).toEqual(['EPSG:6668', 6695, true, true]);
  expect(of('urn:ogc:def:crs,crs:EPSG:6.12:3068,crs:EPSG:6.12:5783')).toEqual(['EPSG:3068', 5783, false, false]);
  expect(of('https://www.opengis.net/def/crs/EPSG/0/7415')).toEqual(['EPSG:28992', 5709, false, false]);
  expect(of('urn:adv:crs:DE_DHDN_3GK3')).toEqual(['EPSG:31467', undefined, false, false]);
  expect(of('EPSG:10170')).toEqual(['EPSG:6677', 6695, false, false]);
  expect(of('EPSG:4490')).toEqual(['EPSG:4490', undefined, true, false]);
  expect(of('urn:ogc:def:crs:EPSG::4547')).toEqual(['EPSG:4547', undefined, false, false]);
  expect(of('Amersfoort / RD New')).toEqual(['Amersfoort / RD New', undefined, false, false]);
});

test('north first is told only where the numbers leave no doubt', () => {
  expect([northFirst(4547, 2495000, 505000), northFirst(4547, 505000, 2495000), northFirst(4526, 2495000, 38505000), northFirst(4526, 38505000, 2495000), northFirst(31467, 5400000, 3500000), northFirst(28992, 446000, 85000)]).toEqual([true, false, true, false, true, false]);
});

test('the CIM level is that of the coarsest body, never above four', () => {
  expect([cimLevelOf(['2.2', '2']), cimLevelOf(['3', '1.2']), cimLevelOf(['3', '4']), cimLevelOf(['0']), cimLevelOf([])]).toEqual(['CIM3', 'CIM2', 'CIM4', 'CIM2', undefined]);
});
