import { expect, test } from 'vitest';
import { placer } from '#geo';
import { SURFACES, type Solid } from '../formats/format.ts';
import { bodyLook } from './body.ts';
import { bakedLook, linearRgb } from './look.ts';
import { BARE, FACADE, meshPrisms } from './mesh.ts';

const [ROOF, WALL, GROUND, WINDOW] = (['roof', 'wall', 'ground', 'window'] as const).map((word) => SURFACES.indexOf(word));
const STEP = 10 / 111_320;

/** A cube of 10 m on the equator: two triangles each of floor, roof and four walls. */
function cube(change: Partial<Solid> = {}): Solid {
  const positions = Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) => [(i & 1) * STEP, ((i >> 1) & 1) * STEP, (i >> 2) * 10]));
  const triangles = Uint32Array.of(0, 2, 3, 0, 3, 1, 4, 5, 7, 4, 7, 6, 0, 1, 5, 0, 5, 4, 1, 3, 7, 1, 7, 5, 3, 2, 6, 3, 6, 7, 2, 0, 4, 2, 4, 6);
  const surfaces = Uint8Array.from([GROUND, ROOF, WALL, WALL, WALL, WALL].flatMap((surface) => [surface, surface]));
  return { lod: '2', positions, triangles, surfaces, ...change };
}

/** One colour for both triangles of each face. */
const painted = (colours: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(colours.flatMap((colour) => [...colour, ...colour]));
const look = bakedLook('unknown', 'a', 10);

test('from afar a body has the mean of its own colours, roofs and walls apart; a face without one counts as the tone of its use', () => {
  const [red, blue, none] = [[200, 30, 30, 255], [20, 40, 220, 255], [0, 0, 0, 0]];
  const own = bodyLook(cube({ colours: painted([none, red, blue, blue, blue, blue]) }), look);
  expect(own.roof).toEqual(linearRgb(Uint8Array.from(red), 0));
  expect(own.wall).toEqual(linearRgb(Uint8Array.from(blue), 0));
  expect(own.foot[2]).toBeLessThan(own.wall[2]);
  const half = bodyLook(cube({ colours: painted([none, none, blue, blue, none, none]) }), look);
  expect(half.roof).toEqual(look.roof);
  for (let k = 0; k < 3; k++) expect(Math.abs(half.wall[k] - (linearRgb(Uint8Array.from(blue), 0)[k] + look.wall[k]) / 2)).toBeLessThanOrEqual(1);
  expect(bodyLook(cube(), look)).toBe(look);
});

test('windows may be drawn on plain walls alone: not on roofs, and on nothing of a body that has its own', () => {
  const alphas = (solid: Solid): number[] => {
    const { mesh } = meshPrisms([{ rings: [Float64Array.of(0, 0, STEP, 0, STEP, STEP)], base: 0, top: 10, look, number: 0, solid }], placer({ lon: 0, lat: 0, height: 0 }));
    return Array.from({ length: 12 }, (_, t) => mesh.colours[t * 12 + 3]);
  };
  expect(alphas(cube())).toEqual([BARE, BARE, BARE, BARE, ...Array.from({ length: 8 }, () => FACADE)]);
  const glazed = cube().surfaces;
  glazed[4] = WINDOW;
  expect(new Set(alphas(cube({ surfaces: glazed })))).toEqual(new Set([BARE]));
});
