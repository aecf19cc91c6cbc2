import { Vector4 } from 'three';
import { expect, test } from 'vitest';
import type { ImagerySource, View } from '../../backend.ts';
import { mercatorX, mercatorY, TileWindows } from './tile-windows.ts';

const source: ImagerySource = { bounds: null, minLevel: 4, maxLevel: 18, tileSize: 256, order: 0, request: async () => null };
const at = { lon: 117.49, lat: 30.66, height: 600, heading: 0, pitch: -60, roll: 0 };
const view: View = { pose: at, frustum: { fov: 45, offset: [0, 0] }, width: 1280, height: 720 };
const make = (more: Partial<ImagerySource> = {}): TileWindows => new TileWindows({ source: { ...source, ...more }, across: 6, levels: 7 });

test('Web Mercator as in OGC 17-083r2: the tile of a known place', () => {
  expect(Math.floor(mercatorX(117.49) * 2 ** 12)).toBe(3384);
  expect(mercatorY(0)).toBeCloseTo(0.5, 12);
  expect(mercatorY(85.0511287798)).toBeCloseTo(0, 9);
});

test('the finest level gives about a texel a pixel where the ground is nearest', () => {
  const windows = make();
  windows.follow(at, view);
  const metresATexel = (40_075_016 * Math.cos((30.66 * Math.PI) / 180)) / 256 / 2 ** windows.finest;
  const metresAPixel = (2 * 600 * Math.tan(Math.PI / 8)) / 720;
  expect(metresATexel / metresAPixel).toBeGreaterThan(0.4);
  expect(metresATexel / metresAPixel).toBeLessThan(2);
});

test('the coarsest middle first, the finest soon after; what came is not asked for again; a step to the side asks for one column', () => {
  const windows = make();
  const { wanted } = windows.follow(at, view);
  expect(wanted).toHaveLength(36 * windows.count);
  expect(wanted[0].level).toBe(windows.finest - windows.count + 1);
  expect(wanted.findIndex(({ level }) => level === windows.finest)).toBeLessThan(wanted.length / 4);
  for (const { key } of wanted) expect(windows.arrived(key, true)).not.toBeNull();
  expect(windows.follow(at, view).wanted).toEqual([]);
  const tile = 360 / 2 ** windows.finest;
  const moved = windows.follow({ ...at, lon: at.lon + tile }, view).wanted.filter(({ level }) => level === windows.finest);
  expect(moved).toHaveLength(6);
  expect(new Set(moved.map(({ x }) => x)).size).toBe(1);
});

test('a tile that comes after its window moved on finds no place', () => {
  const windows = make();
  const [{ key }] = windows.follow(at, view).wanted.toReversed();
  windows.follow({ ...at, lon: at.lon + 3 }, view);
  expect(windows.holds(key)).toBe(false);
  expect(windows.arrived(key, true)).toBeNull();
});

test('nothing is asked for outside the bounds', () => {
  const windows = make({ bounds: [117.4, 30.6, 117.6, 30.7] });
  for (const { level, x, y } of windows.follow(at, view).wanted) {
    expect((x + 1) / 2 ** level).toBeGreaterThan(mercatorX(117.4));
    expect(x / 2 ** level).toBeLessThan(mercatorX(117.6));
    expect((y + 1) / 2 ** level).toBeGreaterThan(mercatorY(30.7));
    expect(y / 2 ** level).toBeLessThan(mercatorY(30.6));
  }
});

test('the shader gets the anchor counted from each window', () => {
  const windows = make();
  windows.follow(at, view);
  const out = Array.from({ length: 7 }, () => new Vector4());
  windows.place({ lon: at.lon, lat: at.lat, height: 0 }, out);
  for (let k = 0; k < windows.count; k++) {
    expect(out[k].x).toBeGreaterThanOrEqual(0);
    expect(out[k].x).toBeLessThan(6);
    expect(out[k].y).toBeGreaterThanOrEqual(0);
    expect(out[k].y).toBeLessThan(6.6);
    expect(out[k].z).toBeLessThan(6);
  }
});
