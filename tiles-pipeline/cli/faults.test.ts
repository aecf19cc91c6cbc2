import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mutate, seedsOf } from '../../tests/faults/mutants.ts';
import { links } from '../../tests/faults/pipeline.ts';
import { inFolder, type Figure } from '../../tests/faults/pipeline-run.ts';
import { killed } from '../../tests/faults/pipeline-stops.ts';
import { describeShared } from '../../tests/shared.ts';

/** A little of `npm run faults`: the rows stand in tests/faults, with all their cases. */
beforeAll(() => {
  process.env.CITYMIRROR_CLI = fileURLToPath(new URL('run.mjs', import.meta.url));
});
afterAll(() => {
  delete process.env.CITYMIRROR_CLI;
});

const missed = (figures: readonly Figure[]): string[] => figures.filter(({ met }) => !met).map(({ what, value, reach }) => `${what}: ${value} (${reach})`);

describe('faults', () => {
  test('P01: killed, then the same command: the same bytes, never half a city', async () => {
    const figures = await killed(1, 4000);
    expect(missed(figures.filter(({ what }) => /same bytes|half a city|refused|running/u.test(what)))).toEqual([]);
  }, 120_000);

  test('P11: links, loops, pipes and devices in folders', async () => {
    expect(missed(await links(true))).toEqual([]);
  }, 120_000);
});

describeShared('faults of real files', () => {
  test('P05: mutants of GeoJSON never end or hold up the process', async () => {
    const [files] = seedsOf('geojson', 1);
    const fate = await inFolder((folder) => mutate(files, 40, folder, 20));
    expect([fate.deaths, fate.hangs, fate.fat, [...fate.threw.keys()], fate.silent]).toEqual([[], [], [], [], 0]);
    expect(fate.tried).toBeGreaterThan(10);
  }, 120_000);
});
