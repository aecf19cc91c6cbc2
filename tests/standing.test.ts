import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anchorMatrix, fromEcef, placer, transform } from '#geo';
import type { DrapeInput, HeightsInput } from '#models';
import { analyse, analysisCache, type AnalysisName } from '../workers/analyses/index.ts';
import { heightAt, loadHeightGrid, surfaceOf, type HeightGrid } from '../workers/feeds/surface.ts';
import { companionNumbers, readCompanion } from '../workers/models/network/companion.ts';
import { pipes, smallCity, type SmallCity } from './small-city.ts';

let city: SmallCity;
let ground: HeightGrid;
const cache = analysisCache();
const DEM = 'http://city.test/dem.json';
/** Ten centimetres is what is promised; this is what is left of it for the drawing. */
const HAND = 0.02;

async function run<Output>(name: AnalysisName, input: object): Promise<Output> {
  const load = async (url: string): Promise<{ bytes: Uint8Array<ArrayBuffer> }> => ({ bytes: Uint8Array.from(await readFile(join(city.folder, new URL(url).pathname))) });
  return (await analyse(name, input as never, { cache, load: load as never })) as Output;
}

beforeAll(async () => {
  city = await smallCity(40, { 'pipes.geojson': pipes() });
  ground = await loadHeightGrid('dem.json', async (name) => Uint8Array.from(await readFile(join(city.folder, name))).buffer);
});
afterAll(() => city.dispose());

const places = Array.from({ length: 200 }, (_, i) => [117.4812 + 0.0173 * ((i * 0.618) % 1), 30.6523 + 0.0151 * ((i * 0.755) % 1)] as const);

describe('what is put on the ground stands on it', () => {
  test('labels, by the analysis that answers heights', async () => {
    const { heights } = await run<{ heights: Float32Array }>('heights', { dem: DEM, places: Float64Array.from(places.flat()) } satisfies HeightsInput);
    for (const [i, [lon, lat]] of places.entries()) expect(Math.abs(heights[i] - heightAt(ground, lon, lat))).toBeLessThan(HAND);
  });

  test('vehicles, wherever they are between two readings', () => {
    const anchor = { lon: 117.49, lat: 30.66, height: 0 };
    const surface = surfaceOf(anchor, ground, 0);
    const frame = placer(anchor);
    const out = new Float64Array(3);
    for (const [lon, lat] of places) {
      const [x, y] = frame.place(lon, lat, 0, new Float64Array(3));
      surface.drop(x, y, out);
      const [seenLon, seenLat, height] = frame.unplace(out[0], out[1], out[2], new Float64Array(3));
      expect(Math.abs(height - heightAt(ground, seenLon, seenLat))).toBeLessThan(HAND);
    }
  });

  test('a drape, on each of its triangles', async () => {
    const drape = await run<{ anchor: { lon: number; lat: number; height: number }; places: Float32Array; indices: Uint32Array }>('drape', { circle: { lon: 117.491, lat: 30.661, radius: 400 }, dem: DEM, lift: 0 } satisfies DrapeInput);
    const frame = anchorMatrix(drape.anchor);
    let [worst, count] = [0, 0];
    for (let t = 0; t < drape.indices.length; t += 3) {
      const middle = [0, 1, 2].map((axis) => [0, 1, 2].reduce((sum, corner) => sum + drape.places[3 * drape.indices[t + corner] + axis] / 3, 0));
      const [x, y, z] = transform(frame, middle[0], middle[1], middle[2], [0, 0, 0]);
      const [lon, lat, height] = fromEcef(x, y, z, [0, 0, 0]);
      worst = Math.max(worst, Math.abs(height - heightAt(ground, lon, lat)));
      count++;
    }
    expect(count).toBeGreaterThan(100);
    expect(worst).toBeLessThan(HAND);
  });

  test('pipes, at every vertex: as deep below the ground as they are said to lie, and their valves on it', async () => {
    const [network] = readCompanion(JSON.parse(await readFile(join(city.folder, 'networks.json'), 'utf8')), 'networks.json').networks;
    const bytes = Uint8Array.from(await readFile(join(city.folder, 'networks.bin')));
    const depths: number[] = [];
    const tops: number[] = [];
    for (const { anchor: [lon, lat, height], lines, points } of network.cells) {
      const frame = placer({ lon, lat, height });
      const above = (xyz: ArrayLike<number>, i: number): number => {
        const [x, y, z] = frame.unplace(xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2], new Float64Array(3));
        return heightAt(ground, x, y) - z;
      };
      const ways = companionNumbers(lines, 'places', bytes)!;
      for (let i = 0; i < ways.length / 3; i++) depths.push(above(ways, i));
      const marks = companionNumbers(points, 'tops', bytes)!;
      for (let i = 0; i < marks.length / 3; i++) tops.push(above(marks, i));
    }
    expect(depths.length).toBeGreaterThan(100);
    expect(Math.max(...depths) - Math.min(...depths)).toBeLessThan(2 * HAND);
    expect(tops.length).toBeGreaterThan(0);
    for (const top of tops) expect(Math.abs(top)).toBeLessThan(HAND);
  });
});
