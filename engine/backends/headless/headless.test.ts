import { describe, expect, test } from 'vitest';
import { clipMatrix, placer, project } from '#geo';
import type { CreateBackend, TileLoader } from '../../backend.ts';
import { MOTION_STRIDE, type PointsBatch } from '../../drawing/batch.ts';
import { createBackend } from './index.ts';

const anchor = { lon: 117.49, lat: 30.66, height: 0 };

function points(count: number, staleAfter = 10): PointsBatch {
  const times = new Float32Array(2 * count);
  for (let slot = 0; slot < count; slot++) times[slot * 2 + 1] = 5;
  return {
    kind: 'points', anchor, epoch: 1_000_000, order: 500, ids: null, places: new Float32Array(3 * count), colours: new Uint8Array(4 * count).fill(200),
    size: 6, symbol: 'dot', stem: 0, motion: { to: new Float32Array(3 * count).fill(10), times, staleAfter },
  };
}

function record(view: DataView, index: number, slot: number, from: number[], to: number[], colour: number[]): void {
  const at = index * MOTION_STRIDE;
  view.setFloat32(at, slot, true);
  for (const [i, value] of from.entries()) view.setFloat32(at + 4 + i * 4, value, true);
  for (const [i, value] of to.entries()) view.setFloat32(at + 20 + i * 4, value, true);
  for (const [i, value] of colour.entries()) view.setUint8(at + 36 + i, value);
}

const loader: TileLoader = {
  load: async () => new TextEncoder().encode(JSON.stringify({ root: { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 6378137, 0, 0, 1], boundingVolume: { box: [0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0] } } })).buffer as ArrayBuffer,
};

describe('the headless backend', () => {
  test('is a backend like the others', () => {
    const create: CreateBackend = createBackend;
    expect(create).toBeTypeOf('function');
  });

  test('moves points by their keyframes, holds outside them and fades what is stale', async () => {
    const backend = await createBackend();
    const batch = points(2);
    batch.colours.set([200, 0, 0, 255], 0);
    backend.draw(batch);
    batch.places.fill(99);
    const [drawn] = backend.drawn;
    expect(drawn.at(1_000_000 - 3).places[0]).toBe(0);
    expect(drawn.at(1_000_002.5).places[0]).toBe(5);
    expect(drawn.at(1_000_014.9).places[0]).toBe(10);
    expect([...drawn.at(1_000_014.9).colours.subarray(0, 4)]).toEqual([200, 0, 0, 255]);
    const grey = Math.round(0.58 * 255);
    expect([...drawn.at(1_000_017).colours.subarray(0, 4)]).toEqual([grey, grey, grey, 85]);
  });

  test('moves instances like points, and counts their model', async () => {
    const backend = await createBackend();
    const model = { places: new Float32Array(9), indices: Uint32Array.of(0, 1, 2), colours: new Uint8Array(12) };
    const { places, colours, motion } = points(2);
    backend.draw({ kind: 'instances', anchor, epoch: 1_000_000, order: 300, ids: null, model, places, headings: new Float32Array(2), colours, scale: 1, motion });
    const [drawn] = backend.drawn;
    expect(drawn.at(1_000_002.5).places[0]).toBe(5);
    expect(drawn.bytes).toBe(36 + 12 + 12 + 24 + 8 + 8 + 24 + 16);
    expect(backend.frame(1)).toBe(true);
    expect(backend.frame(2)).toBe(true);
  });

  test('decodes motion records and colours', async () => {
    const backend = await createBackend();
    const drawn = backend.draw(points(3));
    const buffer = new ArrayBuffer(MOTION_STRIDE);
    record(new DataView(buffer), 0, 2, [1, 2, 3, 10], [3, 4, 5, 12], [1, 2, 3, 4]);
    drawn.write({ kind: 'motion', count: 1, buffer });
    expect([...backend.drawn[0].at(1_000_011).places]).toEqual([10, 10, 10, 10, 10, 10, 2, 3, 4]);
    expect([...backend.drawn[0].at(1_000_011).colours.subarray(8)]).toEqual([1, 2, 3, 4]);
    drawn.write({ kind: 'colours', colours: new Uint8Array(12).fill(7) });
    expect(backend.drawn[0].at(1_000_011).colours[8]).toBe(7);
    new DataView(buffer).setFloat32(0, 3, true);
    expect(() => drawn.write({ kind: 'motion', count: 1, buffer })).toThrow('slot 3');
    expect(() => drawn.write({ kind: 'colours', colours: new Uint8Array(4) })).toThrow('does not fit');
  });

  test('draws only when something changed or moves', async () => {
    const backend = await createBackend();
    expect(backend.frame(1)).toBe(true);
    expect(backend.frame(2)).toBe(false);
    const drawn = backend.draw(points(1));
    expect([backend.frame(3), backend.frame(4), backend.frame(4)]).toEqual([true, true, false]);
    drawn.dispose();
    expect([backend.frame(5), backend.frame(6)]).toEqual([true, false]);
  });

  test('reads a tileset, keeps its style, and is empty after disposal', async () => {
    const backend = await createBackend({ loader });
    const tiles = await backend.tiles({ url: 'http://x/tileset.json', features: 3, order: 0, onIssue: () => {} });
    expect(tiles.bounds).toMatchObject({ lon: 0, lat: 0, radius: 5 });
    expect(tiles.bounds.height).toBeCloseTo(0, 6);
    tiles.style({ width: 2, height: 1, data: new Uint8Array(8) });
    expect(backend.tilesets[0].texture?.width).toBe(2);
    backend.imagery({ bounds: null, minLevel: 0, maxLevel: 3, tileSize: 256, request: async () => null, order: 0 });
    backend.draw(points(1));
    expect(backend.bytes).toBeGreaterThan(8);
    backend.dispose();
    expect([backend.drawn.length, backend.tilesets.length, backend.imageries.length, backend.bytes]).toEqual([0, 0, 0, 0]);
    expect(() => backend.draw(points(1))).toThrow('disposed');
  });

  test('says where a pixel meets the ground: what projects there', async () => {
    const pose = { lon: 117.49, lat: 30.66, height: 2000, heading: 33, pitch: -40, roll: 4 };
    const backend = await createBackend({ pose, width: 320, height: 180 });
    backend.view.frustum = { fov: 50, offset: [0.2, -0.1] };
    const hit = await backend.surfaceAt(200, 120);
    const at = placer(anchor).place(hit!.lon, hit!.lat, hit!.height, [0, 0, 0]);
    const out = project(clipMatrix(anchor, pose, backend.view.frustum, 320, 180), 320, 180, at[0], at[1], at[2], new Float64Array(3));
    expect(out[0]).toBeCloseTo(200, 5);
    expect(out[1]).toBeCloseTo(120, 5);
    await backend.look({ ...pose, pitch: 60 });
    expect(await backend.surfaceAt(160, 90)).toBeNull();
  });

  test('can be lost', async () => {
    const backend = await createBackend();
    backend.lose();
    await backend.lost;
  });
});
