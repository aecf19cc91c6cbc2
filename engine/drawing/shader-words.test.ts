import { expect, test } from 'vitest';
import { UNCUT } from './clip.ts';
import { CUT_SHADER } from './cut.ts';
import { TILE_LOOK } from './tile-look.ts';
import { EARTH_LOOK } from './underground.ts';

test('what goes into the ground’s shader holds none of the words by which Cesium takes it to need normals, and leaves it out on bare ground', () => {
  for (const text of [TILE_LOOK, EARTH_LOOK, UNCUT, CUT_SHADER]) expect(text).not.toMatch(/slope|normalEC/u);
});
