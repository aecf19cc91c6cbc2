import { describe, expect, it } from 'vitest';
import { createBackend } from './backends/headless/index.ts';
import { batchHit } from './batch-hit.ts';
import { Clipping } from './clipping.ts';
import { emptyDocument, parseDocument, patched } from './document.ts';
import { ORDER, type PolygonsBatch } from './drawing/batch.ts';
import type { ClipRegion } from './drawing/clip.ts';
import { pickAsk } from './stage.ts';

const start = emptyDocument([117.49, 30.66]);
const box: ClipRegion = { kind: 'box', lon: 117.49, lat: 30.66, height: 0, size: [100, 100, 100], heading: 0, keep: 'outside', of: 'ground' };

describe('the clip of a document', () => {
  it('takes planes, boxes and rings, and is led back', () => {
    const regions = [box, { kind: 'plane', lon: 117, lat: 30, height: 3, heading: 400, pitch: -90 }, { kind: 'polygon', ring: [[117, 30], [117.1, 30], [117, 30.1]], keep: 'inside' }];
    const { document, inverse } = patched(start, [{ op: 'add', path: '/clip', value: regions }]);
    expect(document.clip).toEqual(regions);
    expect(patched(document, inverse).document).toEqual(start);
  });

  it.each([
    ['a latitude beyond the pole', [{ ...box, lat: 91 }], /\/clip\/0\/lat/u],
    ['a side without length', [box, { ...box, size: [1, 0, 1] }], /\/clip\/1\/size\/1/u],
    ['a ring of two corners', [{ kind: 'polygon', ring: [[117, 30], [118, 30]], keep: 'inside' }], /\/clip\/0\/ring.*three corners/u],
    ['a ring over half a country', [{ kind: 'polygon', ring: [[117, 30], [121, 30], [117, 31]], keep: 'inside' }], /\/clip\/0\/ring.*one degree/u],
    ['a kind nobody knows', [{ ...box, kind: 'sphere' }], /\/clip\/0\/kind/u],
    ['five boxes', [box, box, box, box, box], /\/clip.*4 boxes/u],
    ['a word too many', [{ ...box, colour: 'red' }], /\/clip\/0\/colour/u],
  ])('names the place of %s', (_, clip, said) => {
    expect(() => parseDocument({ ...start, clip })).toThrow(said);
  });
});

describe('a clip that is shown', () => {
  it('reaches the backend, hides what lies on the ground from picks, and goes again', async () => {
    const backend = await createBackend({ at: [117.49, 30.66], width: 200, height: 200 });
    const clipping = new Clipping((error) => { throw error; });
    const drape: PolygonsBatch = {
      kind: 'polygons', anchor: { lon: 117.49, lat: 30.66, height: 0 }, epoch: 0, order: ORDER.groundDrape, ids: null, heights: null,
      places: Float32Array.of(-90, -90, 0, 90, -90, 0, 90, 90, 0, -90, 90, 0), rings: Uint32Array.of(0, 4), starts: Uint32Array.of(0, 1), colours: new Uint8Array(4).fill(255),
    };
    const hit = (batch: PolygonsBatch, x: number): number | null => batchHit(batch, pickAsk(backend, x, 100, 0, clipping.cuts))?.slot ?? null;
    expect(hit(drape, 100)).toBe(0);
    await clipping.show(backend, [box]);
    expect(backend.clipped).toEqual([box]);
    expect(hit(drape, 100)).toBeNull();
    expect(hit(drape, 100 + (70 / 1000) * 241)).toBe(0);
    expect(hit({ ...drape, order: ORDER.solid }, 100)).toBe(0);
    await clipping.show(backend, []);
    expect(backend.clipped).toEqual([]);
    expect(hit(drape, 100)).toBe(0);
  });
});
