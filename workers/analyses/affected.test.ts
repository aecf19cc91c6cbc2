import { booleanIntersects, polygon as turfPolygon } from '@turf/turf';
import type { Feature, MultiPolygon, Polygon, Position } from 'geojson';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { encodeFlatGeobuf } from '../../tiles-pipeline/sinks/flatgeobuf.ts';
import { analysisCache, type AnalysisContext } from './context.ts';
import { geodesicCircle } from './geometry/geodesic.ts';
import { analyse } from './run.ts';

interface Building { readonly id: string; readonly rings: Float64Array[]; readonly height: number }

/** A companion in memory, read by range as a server would give it. */
function companion(buildings: readonly Building[]): { load: AnalysisContext['load']; bytes: number } {
  const file = encodeFlatGeobuf({
    name: 'buildings', geometry: 'Polygon', count: buildings.length,
    columns: [{ name: 'feature', type: 'uint' }, { name: 'id', type: 'string' }, { name: 'height', type: 'float' }, { name: 'storeys', type: 'ushort' }, { name: 'use', type: 'string' }, { name: 'name', type: 'string' }, { name: 'address', type: 'string' }],
    row: (i) => ({ rings: buildings[i].rings, values: { feature: i, id: buildings[i].id, height: buildings[i].height, storeys: 3, use: 'residential', name: '', address: '' } }),
  });
  return {
    bytes: file.length,
    load: async (_url, range) => ({ bytes: file.slice(range![0], range![1] + 1) as Uint8Array<ArrayBuffer>, total: file.length, partial: true }),
  };
}

const ring = (coordinates: readonly Position[]): Float64Array => Float64Array.from(coordinates.slice(0, -1).flatMap(([lon, lat]) => [lon, lat]));
const square = (west: number, south: number, size: number): Float64Array => Float64Array.of(west, south, west + size, south, west + size, south + size, west, south + size);

describe('the affected buildings', () => {
  const at = 0.001;
  const court: Building = { id: 'court', height: 20, rings: [square(113, 22, 10 * at), square(113 + 2 * at, 22 + 2 * at, 6 * at)] };
  const far: Building = { id: 'far', height: 9, rings: [square(113.05, 22, at)] };
  const small = companion([far, court]);
  const ask = (lon: number, lat: number, radius: number) => analyse('affected', { companion: 'http://x/b.fgb', lon, lat, radius }, { load: small.load });

  test('a point inside is at distance 0; inside a hole it is as far as the wall', async () => {
    expect(await ask(113 + at, 22 + at, 1)).toMatchObject({ ids: ['court'], total: 1 });
    expect((await ask(113 + at, 22 + at, 1)).distances[0]).toBe(0);
    expect((await ask(113 + 5 * at, 22 + 5 * at, 100)).total).toBe(0);
    const out = await ask(113 + 5 * at, 22 + 5 * at, 400);
    expect(out.ids).toEqual(['court']);
    // Three thousandths of a degree of longitude at 22.005° are 309.8 m (GeographicLib), of latitude 332.2 m.
    expect(out.distances[0]).toBeCloseTo(309.8, 0);
  });

  test('the nearest comes first, with its columns', async () => {
    const out = await ask(113.025, 22, 10_000);
    expect([...out.ids]).toEqual(['court', 'far']);
    expect([...out.numbers]).toEqual([1, 0]);
    expect([...out.heights]).toEqual([20, 9]);
    expect(out.distances[0]).toBeLessThan(out.distances[1]);
  });

  test.each([[200, 22, 10], [113, 22, -1], [113, 22, Number.NaN], [113, 22, 1e7]])('lon %d, lat %d, radius %d is refused with a sentence', async (lon, lat, radius) => {
    await expect(ask(lon, lat, radius)).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('a companion cut short or scrambled is a sentence, not a crash', async () => {
    const whole = small.load;
    const cut: AnalysisContext['load'] = async (url, range) => {
      const part = await whole(url, range);
      return { ...part, bytes: part.bytes.map((byte, i) => (i > 300 ? byte ^ 0x5a : byte)) as Uint8Array<ArrayBuffer> };
    };
    await expect(analyse('affected', { companion: 'http://x/b.fgb', lon: 113, lat: 22, radius: 5000 }, { load: cut })).rejects.toThrow(/damaged|no feature numbers|analysis/);
    await expect(analyse('affected', { companion: 'http://x/b.fgb', lon: 113, lat: 22, radius: 5000 }, { load: async () => ({ bytes: new TextEncoder().encode('<!doctype html>'), total: 15, partial: true }) })).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describeShared('on the buildings of Shenzhen', () => {
  let buildings: Building[] = [];
  let outlines: { feature: Feature<Polygon>; box: [number, number, number, number] }[] = [];

  beforeAll(() => {
    const { features } = JSON.parse(readFileSync(shared('data/city/footprints-cn/shenzhen-nanshan-building.geojson'), 'utf8')) as { features: Feature<MultiPolygon>[] };
    const polygons = features.flatMap((feature) => feature.geometry.coordinates.map((rings) => ({ rings, height: Number(feature.properties?.height ?? 0) })));
    buildings = polygons.map(({ rings, height }, i) => ({ id: `b${i}`, height, rings: rings.map(ring) }));
    outlines = polygons.map(({ rings }) => {
      const lons = rings[0].map((each) => each[0]);
      const lats = rings[0].map((each) => each[1]);
      return { feature: turfPolygon(rings.map((each) => each.map(([lon, lat]) => [lon, lat]))), box: [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)] };
    });
  });

  test('equal to turf on all buildings for 100 seeded circles, with at most a tenth of the bytes', async () => {
    expect(buildings).toHaveLength(5438);
    const { load, bytes } = companion(buildings);
    let seed = 42;
    const random = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const box = outlines.reduce((all, { box: [w, s, e, n] }) => [Math.min(all[0], w), Math.min(all[1], s), Math.max(all[2], e), Math.max(all[3], n)], [180, 90, -180, -90]);
    let most = 0;
    let found = 0;
    for (let i = 0; i < 100; i++) {
      const [lon, lat, radius] = [box[0] + random() * (box[2] - box[0]), box[1] + random() * (box[3] - box[1]), 20 + 380 * random()];
      const out = await analyse('affected', { companion: 'http://x/b.fgb', lon, lat, radius }, { load, cache: analysisCache() });
      most = Math.max(most, out.bytesRead / bytes);
      expect(out.bytesTotal).toBe(bytes);
      found += out.total;
      const circle = turfPolygon([geodesicCircle(lon, lat, radius, 720)]);
      const [lons, lats] = [0, 1].map((axis) => circle.geometry.coordinates[0].map((each) => each[axis]));
      const [west, south, east, north] = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
      // turf is asked where boxes meet; where they do not, nothing can intersect.
      const expected = outlines.flatMap(({ feature, box: [w, s, e, n] }, number) => (w <= east && e >= west && s <= north && n >= south && booleanIntersects(feature, circle) ? [number] : []));
      expect([...out.numbers].toSorted((a, b) => a - b)).toEqual(expected);
      expect([...out.distances]).toEqual([...out.distances].toSorted((a, b) => a - b));
    }
    expect(found).toBeGreaterThan(1000);
    expect(most).toBeLessThanOrEqual(0.1);
    console.log(`100 circles, ${found} buildings, at most ${(most * 100).toFixed(2)} % of ${bytes} bytes`);
  }, 120_000);
});
