import { readdir, readFile, rm } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser } from '../../tests/browser.ts';
import { convert } from '../convert.ts';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';

const COUNT = 12_000;
const [WIDTH, HEIGHT] = [320, 180];
const city = mkdtempSync(join(tmpdir(), 'citymirror-flight-'));
const browser = useBrowser({ mounts: { '/flight-city/': city } });

interface Pose { lon: number; lat: number; height: number; heading: number; pitch: number; roll: number }

beforeAll(async () => {
  const folder = await workFolder();
  const input = await folder.put('buildings.geojson', collection(seededBuildings(COUNT)));
  await convert({ inputs: [input], out: city });
  await folder.drop();
});
afterAll(() => rm(city, { recursive: true, force: true }));

/** From nine kilometres out and high above down to the roofs in the middle. */
function approach(steps: number): Pose[] {
  return Array.from({ length: steps }, (_, i) => {
    const t = i / (steps - 1);
    const far = 0.085 * (1 - t) ** 2 + 0.004;
    return { lon: 117.49, lat: 30.66 - far, height: 60 + 4500 * (1 - t) ** 2, heading: 0, pitch: -26 + 12 * t, roll: 0 };
  });
}

/**
 * Pixels of `full` well inside a silhouette (two pixels) near which (one pixel) `flown` has nothing at all: where a pixel is forty metres,
 * one alone may fall into a gap between two houses in one picture and beside it in the other.
 */
function lost(full: string, flown: string): { inside: number; lost: number } {
  let [inside, missing] = [0, 0];
  for (let y = 2; y < HEIGHT - 2; y++)
    for (let x = 2; x < WIDTH - 2; x++) {
      let core = true;
      for (let dy = -2; dy <= 2 && core; dy++) for (let dx = -2; dx <= 2 && core; dx++) core = full[(y + dy) * WIDTH + x + dx] === '1';
      if (!core) continue;
      inside++;
      let near = false;
      for (let dy = -1; dy <= 1 && !near; dy++) for (let dx = -1; dx <= 1 && !near; dx++) near = flown[(y + dy) * WIDTH + x + dx] === '1';
      if (!near) missing++;
    }
  return { inside, lost: missing };
}

describe.each(['three', 'cesium'])('flying in on %s', (backend) => {
  test('no building vanishes before its finer self is there', async () => {
    const { page, until, errors, close } = await browser.open(`/tests/pages/flight.html?backend=${backend}&tileset=/flight-city/tileset.json`, { width: WIDTH, height: HEIGHT });
    await until('window.ready');
    const poses = approach(backend === 'three' ? 24 : 12);
    const { flown, full } = await page.evaluate(([poses, count]) => (window as unknown as { fly(poses: unknown, count: unknown): Promise<{ flown: string[]; full: string[] }> }).fly(poses, count), [poses, COUNT] as const);
    let built = 0;
    for (const [step, silhouette] of full.entries()) {
      const { inside, lost: missing } = lost(silhouette, flown[step]);
      built += inside;
      // Among the roofs one wall is a hundred pixels wide: while its finer self is on the way, the block it stood in may be some pixels narrower.
      const allowed = poses[step].height < 200 ? 0.02 : 0.005;
      expect(missing / Math.max(200, inside), `step ${step}: ${missing} of ${inside} pixels`).toBeLessThanOrEqual(allowed);
    }
    expect(built).toBeGreaterThan(20_000);
    expect(errors).toEqual([]);
    await close();
  });

  test('the first oblique view of 12,000 buildings costs at most 40 contents and 3 MB on the wire', async () => {
    const { page, until, close } = await browser.open(`/tests/pages/flight.html?backend=${backend}&tileset=/flight-city/tileset.json`, { width: WIDTH, height: HEIGHT });
    await until('window.ready');
    const { contents } = await page.evaluate(([pose, count]) => (window as unknown as { firstView(pose: unknown, count: unknown): Promise<{ contents: number }> }).firstView(pose, count), [{ lon: 117.49, lat: 30.63, height: 1200, heading: 0, pitch: -24, roll: 0 }, COUNT] as const);
    expect(contents).toBeGreaterThan(3);
    expect(contents).toBeLessThanOrEqual(40);
    let zipped = 0;
    for (const name of (await readdir(join(city, 'tiles'), { recursive: true })).filter((each) => each.endsWith('.glb'))) zipped += gzipSync(await readFile(join(city, 'tiles', name))).length;
    expect(zipped).toBeLessThanOrEqual(3e6);
    await close();
  });
});
