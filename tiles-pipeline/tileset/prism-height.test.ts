import { expect, test } from 'vitest';
import type { Solid } from '../formats/format.ts';
import { joined } from '../formats/osm/building-body.ts';
import { planOf } from '../roofs/plan.ts';
import { ROOF_SHAPES, type RoofShape } from '../roofs/roof-shapes.ts';
import { roofOver } from '../roofs/roof.ts';
import { roofedBody } from '../roofs/roofed-body.ts';
import { prismHeightOf } from './prism-height.ts';

const LON = 113.94;
const LAT = 22.53;

function body([x, y, w, h]: readonly [number, number, number, number], shape: RoofShape, heights: { base: number; eaves: number; top: number }): Solid {
  const { perLon, perLat } = planOf([Float64Array.of(LON, LAT, LON + 1e-3, LAT, LON, LAT + 1e-3)]);
  const plan = planOf([Float64Array.from([[x, y], [x + w, y], [x + w, y + h], [x, y + h]].flatMap(([east, north]) => [LON + east / perLon, LAT + north / perLat]))]);
  return roofedBody(plan, roofOver(plan, { shape })!, heights)!;
}

/** Σ h² / Σ h over columns of half a metre: the slow way, on heights of its own. */
function slowly(height: (x: number, y: number) => number, width: number, depth: number): number {
  let [squares, sum] = [0, 0];
  for (let x = 0.05; x < width; x += 0.1)
    for (let y = 0.05; y < depth; y += 0.1) {
      squares += height(x, y) ** 2;
      sum += height(x, y);
    }
  return squares / sum;
}

test('a prism keeps its top', () => {
  expect(prismHeightOf(body([0, 0, 20, 10], 'flat', { base: 0, eaves: 12, top: 12 }))).toBeCloseTo(12, 6);
});

test('a gabled house is a prism to halfway up its roof, as columns say too', () => {
  const height = prismHeightOf(body([0, 0, 20, 10], 'gabled', { base: 0, eaves: 6, top: 10 }));
  expect(height).toBeCloseTo(slowly((_, y) => 6 + 4 * (1 - Math.abs(y - 5) / 5), 20, 10), 2);
  expect(Math.abs(height - 8)).toBeLessThan(0.3);
});

test('a tower outweighs the hall at its foot', () => {
  const hall = body([0, 0, 40, 40], 'flat', { base: 0, eaves: 10, top: 10 });
  const tower = body([10, 10, 10, 10], 'flat', { base: 10, eaves: 60, top: 60 });
  const height = prismHeightOf(joined([hall, tower]));
  expect(height).toBeCloseTo(slowly((x, y) => (x > 10 && x < 20 && y > 10 && y < 20 ? 60 : 10), 40, 40), 1);
  // The mean over the ground would be 13.1 m.
  expect(height).toBeGreaterThan(20);
});

test('every roof lies between its eaves and its top', () => {
  for (const shape of ROOF_SHAPES.filter((each) => each !== 'flat')) {
    const height = prismHeightOf(body([0, 0, 14, 10], shape, { base: 0, eaves: 6, top: 11 }));
    expect(height).toBeGreaterThan(5.9);
    expect(height).toBeLessThan(10.5);
  }
});

test('what floats, is open or is turned inside out has its own top', () => {
  expect(prismHeightOf(body([0, 0, 20, 10], 'flat', { base: 30, eaves: 40, top: 40 }))).toBe(40);
  const open: Solid = { ...body([0, 0, 20, 10], 'flat', { base: 0, eaves: 12, top: 12 }), triangles: new Uint32Array() };
  expect(prismHeightOf(open)).toBe(12);
  const sound = body([0, 0, 20, 10], 'gabled', { base: 0, eaves: 6, top: 10 });
  expect(prismHeightOf({ ...sound, triangles: sound.triangles.toReversed() })).toBe(10);
});
