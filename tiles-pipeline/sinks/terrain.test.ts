import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromEcef, toEcef } from '#geo';
import { describeShared, shared } from '../../tests/shared.ts';
import { convert, type Converted } from '../convert.ts';
import { heightAt, loadHeightGrid } from '../../workers/feeds/surface.ts';
import { fromDegrees, toDegrees } from '../stages/projection.ts';
import { decodeQuantizedMesh, type DecodedMesh } from '../testing/decode-quantized-mesh.ts';
import { demTiff } from '../testing/dem-tiff.ts';
import { workFolder } from '../testing/seeded-city.ts';
import { rectangleOf } from './terrain.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
const grid = { west: 117.45, north: 30.7, step: 0.0001, width: 401, height: 401, noData: -9999, point: true };

/** Hills of some 60 m and a river bed. */
function hills(lon: number, lat: number): number {
  const river = Math.abs(lat - 30.68 - 0.004 * Math.sin((lon - 117.45) * 300)) < 0.0012 ? -6 : 0;
  return 20 + 30 * Math.sin((lon - 117.45) * 350) * Math.cos((lat - 30.66) * 290) + 30 + river;
}

let made: Converted;

beforeAll(async () => {
  folder = await workFolder();
  const tiff = await demTiff(grid, (lon, lat) => (Math.abs(lon - 117.46) < 0.0005 && Math.abs(lat - 30.69) < 0.0005 ? -9999 : hills(lon, lat)));
  made = await convert({ inputs: [await folder.put('terrain.tif', tiff)], out: folder.path('city'), declared: { heightDatum: '1985' } });
});

afterAll(() => folder.drop());

interface Layer {
  available: { startX: number; startY: number; endX: number; endY: number }[][];
  maxzoom: number;
}

async function layer(): Promise<Layer> {
  return JSON.parse(await readFile(folder.path('city/terrain/layer.json'), 'utf8')) as Layer;
}

async function tile(z: number, x: number, y: number): Promise<DecodedMesh> {
  return decodeQuantizedMesh(new Uint8Array(await readFile(folder.path(`city/terrain/${z}/${x}/${y}.terrain`))));
}

describe('the DEM companion', () => {
  test('stands on the grid of the deepest tiles and covers the source, voids filled and counted', async () => {
    const dem = JSON.parse(await readFile(folder.path('city/dem.json'), 'utf8')) as { west: number; south: number; east: number; north: number; width: number; height: number };
    const { maxzoom } = await layer();
    const step = 180 / 2 ** maxzoom / 64;
    expect(dem).toMatchObject({ noData: null, datum: '1985', surface: 'triangles' });
    for (const [edge, source] of [[dem.west, 117.45], [dem.south, 30.66], [dem.east, 117.49], [dem.north, 30.7]]) {
      expect(edge / step - Math.round(edge / step)).toBeCloseTo(0, 6);
      expect(Math.abs(edge - source)).toBeLessThanOrEqual(step);
    }
    const bytes = await readFile(folder.path('city/dem.bin'));
    const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    expect(samples.length).toBe(dem.width * dem.height);
    for (const [column, row] of [[10, 20], [dem.width - 9, 100], [300, dem.height - 30]]) expect(Math.abs(samples[row * dem.width + column] - hills(dem.west + column * step, dem.north - row * step))).toBeLessThan(0.15);
    expect(samples.every(Number.isFinite)).toBe(true);
    expect(made.report.terrainFilled).toBeGreaterThan(50);
    expect(made.report.terrainFilled).toBeLessThan(200);
  });
});

function heightsAlong(mesh: DecodedMesh, edge: number[], along: number[]): string {
  return edge.map((i) => `${along[i]}:${mesh.heights[i]}`).join();
}

describe('the quantized-mesh pyramid', () => {
  test('has both tiles of level 0 and every tile it calls available, down to cells as fine as the DEM', async () => {
    const { available, maxzoom } = await layer();
    expect(available[0]).toEqual([{ startX: 0, startY: 0, endX: 1, endY: 0 }]);
    expect(180 / 2 ** maxzoom / 64).toBeLessThanOrEqual(grid.step * 1.4);
    expect(maxzoom).toBeLessThanOrEqual(15);
    let tiles = 0;
    for (const [z, [range]] of available.entries()) {
      for (let x = range.startX; x <= range.endX; x++) expect(await readdir(folder.path(`city/terrain/${z}/${x}`))).toHaveLength(range.endY - range.startY + 1);
      tiles += (range.endX - range.startX + 1) * (range.endY - range.startY + 1);
    }
    expect(made.report.terrain?.tiles).toBe(tiles);
  });

  test('every tile is well formed: indices in range, triangles up, edges on the edges, sphere around all, normals', async () => {
    const { available, maxzoom } = await layer();
    for (const z of [0, 1, 7, 12, maxzoom]) {
      const { startX, startY } = available[z][0];
      const mesh = await tile(z, startX, startY);
      expect(mesh.rest).toBe(0);
      expect(mesh.extensions.get(1)?.length).toBe(mesh.u.length * 2);
      expect(Math.max(...mesh.triangles)).toBe(mesh.u.length - 1);
      for (let t = 0; t < mesh.triangles.length; t += 3) {
        const [a, b, c] = mesh.triangles.slice(t, t + 3);
        expect((mesh.u[b] - mesh.u[a]) * (mesh.v[c] - mesh.v[a]) - (mesh.v[b] - mesh.v[a]) * (mesh.u[c] - mesh.u[a])).toBeGreaterThan(0);
      }
      expect(mesh.edges.west.every((i) => mesh.u[i] === 0)).toBe(true);
      expect(mesh.edges.east.every((i) => mesh.u[i] === 32767)).toBe(true);
      expect(mesh.edges.south.every((i) => mesh.v[i] === 0)).toBe(true);
      expect(mesh.edges.north.every((i) => mesh.v[i] === 32767)).toBe(true);
      const { west, south, east, north } = rectangleOf(z, startX, startY);
      for (let i = 0; i < mesh.u.length; i++) {
        const p = toEcef(west + ((east - west) * mesh.u[i]) / 32767, south + ((north - south) * mesh.v[i]) / 32767, mesh.heights[i], [0, 0, 0]);
        expect(Math.hypot(p[0] - mesh.sphere.middle[0], p[1] - mesh.sphere.middle[1], p[2] - mesh.sphere.middle[2])).toBeLessThanOrEqual(mesh.sphere.radius + 1);
      }
      expect(mesh.occlusion.every(Number.isFinite)).toBe(true);
    }
    const [lon, lat] = fromEcef(...((await tile(12, available[12][0].startX, available[12][0].startY)).centre as [number, number, number]), [0, 0, 0]);
    const near = rectangleOf(12, available[12][0].startX, available[12][0].startY);
    expect(lon).toBeCloseTo((near.west + near.east) / 2, 6);
    expect(lat).toBeCloseTo((near.south + near.north) / 2, 2);
  });

  test('neighbours at one level agree on their common edge to the bit', async () => {
    const { available, maxzoom } = await layer();
    let edges = 0;
    for (let z = 10; z <= maxzoom; z++) {
      const { startX, startY, endX, endY } = available[z][0];
      for (let x = startX; x <= endX; x++)
        for (let y = startY; y <= endY; y++) {
          const own = await tile(z, x, y);
          if (x < endX) {
            const east = await tile(z, x + 1, y);
            expect(heightsAlong(own, own.edges.east, own.v)).toBe(heightsAlong(east, east.edges.west, east.v));
            edges++;
          }
          if (y < endY) {
            const north = await tile(z, x, y + 1);
            expect(heightsAlong(own, own.edges.north, own.u)).toBe(heightsAlong(north, north.edges.south, north.u));
            edges++;
          }
        }
    }
    expect(edges).toBeGreaterThan(20);
  });

  test('heights of the deepest level agree with the DEM: 5 cm at its vertices, half a metre on its triangles', async () => {
    const { available, maxzoom } = await layer();
    const { startX, startY, endX, endY } = available[maxzoom][0];
    let [atVertices, onTriangles, count] = [0, 0, 0];
    for (let x = startX + 1; x < endX; x++)
      for (let y = startY + 1; y < endY; y++) {
        const mesh = await tile(maxzoom, x, y);
        const { west, south, east, north } = rectangleOf(maxzoom, x, y);
        const place = (u: number, v: number): [number, number] => [west + ((east - west) * u) / 32767, south + ((north - south) * v) / 32767];
        for (let t = 0; t < mesh.triangles.length; t += 9) {
          const [a, b, c] = mesh.triangles.slice(t, t + 3);
          const middle = place((mesh.u[a] + mesh.u[b] + mesh.u[c]) / 3, (mesh.v[a] + mesh.v[b] + mesh.v[c]) / 3);
          if (nearVoidOrBank(middle)) continue;
          onTriangles = Math.max(onTriangles, Math.abs((mesh.heights[a] + mesh.heights[b] + mesh.heights[c]) / 3 - hills(...middle)));
          atVertices = Math.max(atVertices, Math.abs(mesh.heights[a] - hills(...place(mesh.u[a], mesh.v[a]))));
          count++;
        }
      }
    expect(count).toBeGreaterThan(10_000);
    expect(atVertices).toBeLessThan(0.05);
    expect(onTriangles).toBeLessThan(0.5);
  });
});

/** Where the function jumps between two samples no grid can follow it. */
function nearVoidOrBank([lon, lat]: [number, number]): boolean {
  const bank = Math.abs(Math.abs(lat - 30.68 - 0.004 * Math.sin((lon - 117.45) * 300)) - 0.0012) < 0.0006;
  return bank || (Math.abs(lon - 117.46) < 0.001 && Math.abs(lat - 30.69) < 0.001) || lon > 117.4898 || lat < 30.6602;
}

describe('height models that are none', () => {
  const refused: [string, Parameters<typeof demTiff>[0], RegExp][] = [
    ['a projected grid of an unknown system', { ...grid, width: 4, height: 4, keys: { GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 3978 } }, /EPSG:3978, which is not known here.*gdalwarp/],
    ['another datum', { ...grid, width: 4, height: 4, keys: { GeographicTypeGeoKey: 4610 } }, /EPSG:4610/],
  ];

  test.each(refused)('%s is refused in one sentence', async (name, options, sentence) => {
    const path = await folder.put(`${name}.tif`, await demTiff(options, () => 1));
    await expect(convert({ inputs: [path], out: folder.path('none') })).rejects.toThrow(sentence);
  });

  test('a cut-off file is refused in one sentence', async () => {
    const path = await folder.put('cut.tif', (await demTiff({ ...grid, width: 64, height: 64 }, hills)).subarray(0, 3000));
    await expect(convert({ inputs: [path], out: folder.path('none') })).rejects.toThrow(/cut\.tif: this GeoTIFF cannot be read/);
  });

  test('all void is no terrain, and says so', async () => {
    const path = await folder.put('void.tif', await demTiff({ ...grid, width: 8, height: 8 }, () => -9999));
    const place = await folder.put('place.geojson', '{"type":"Feature","properties":{"name":"x"},"geometry":{"type":"Point","coordinates":[117.4,30.6]}}');
    const { catalogue, report } = await convert({ inputs: [path, place], out: folder.path('void') });
    expect(catalogue.missing).toContain('terrain');
    expect(report.issues.map((issue) => issue.code)).toEqual(['empty-terrain']);
  });
});

test('a pixel that is an area has its sample in the middle', async () => {
  const path = await folder.put('area.tif', await demTiff({ ...grid, width: 5, height: 5, point: false }, (lon) => lon));
  await convert({ inputs: [path], out: folder.path('area') });
  const bytes = await readFile(folder.path('area/dem.bin'));
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  expect(Math.min(...samples)).toBeCloseTo(117.45005, 5);
  expect(Math.max(...samples)).toBeCloseTo(117.45045, 5);
});

describeShared('real terrain', () => {
  test('the decoder reads a tile of another maker', async () => {
    const mesh = decodeQuantizedMesh(new Uint8Array(await readFile(shared('data/tiles3d/quantized-mesh/maptiler_10_1070_778.terrain'))));
    expect(mesh.u.length).toBeGreaterThan(100);
    expect(Math.max(...mesh.triangles)).toBe(mesh.u.length - 1);
    expect(mesh.edges.west.every((i) => mesh.u[i] === 0)).toBe(true);
    expect(Math.min(...mesh.heights)).toBeCloseTo(mesh.minimum, 3);
  });

  test('SRTM around Monaco: heights from sea to alps, no more than the file has', async () => {
    const { catalogue, report } = await convert({ inputs: [shared('data/terrain/dem/monaco-wgs84.tif')], out: folder.path('monaco') });
    expect(catalogue.missing).toEqual(['buildings', 'roads', 'areas', 'places']);
    expect(report.terrain?.levels).toBeGreaterThan(10);
    const bytes = await readFile(join(folder.path('monaco'), 'dem.bin'));
    const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    expect(samples.reduce((most, value) => Math.max(most, value), 0)).toBeGreaterThan(900);
    expect(samples.reduce((most, value) => Math.max(most, value), 0)).toBeLessThan(1600);
  });

  test('autzen-height.tif is a picture, and is called one', async () => {
    await expect(convert({ inputs: [shared('data/terrain/dem/autzen-height.tif')], out: folder.path('none') })).rejects.toThrow('autzen-height.tif: it is a picture (3 bands of 8 bits) without a place: it has no georeference, and no world file (.tfw) lies beside it.');
  });

  test('ky4_elevation.tif, in feet of a state plane, lies where it belongs', async () => {
    const { catalogue, report } = await convert({ inputs: [shared('data/terrain/dem/ky4_elevation.tif')], out: folder.path('ky4') });
    expect(catalogue.bounds.map((value) => Math.round(value * 100) / 100)).toEqual([-85.68, 38, -85.5, 38.1]);
    expect(report.issues.map(({ code }) => code)).toEqual(['unit-assumed']);
    const bytes = await readFile(folder.path('ky4/dem.bin'));
    const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    expect([Math.round(samples.reduce((least, value) => Math.min(least, value), Infinity)), Math.round(samples.reduce((most, value) => Math.max(most, value), 0))]).toEqual([118, 226]);
  });

  test('gfw-azores.tif is mostly sea without a height: left out, with figures', async () => {
    await expect(convert({ inputs: [shared('data/terrain/dem/gfw-azores.tif')], out: folder.path('none') })).rejects.toThrow(/mostly holes and was left out: 4,599 of 5,000 samples \(92 %\)/);
  });

  test('Net1_elevation_data.tif, a pixel a degree, is read', async () => {
    const { report, catalogue } = await convert({ inputs: [shared('data/terrain/dem/Net1_elevation_data.tif')], out: folder.path('net1') });
    expect(report.terrain?.levels).toBeGreaterThan(1);
    expect(catalogue.heightDatum).toBe('unknown');
  });
});

describe('reference systems', () => {
  /** A slope in Gauß–Krüger metres of CGCS2000, meridian 117° (EPSG:4548), written in that system. */
  const origin = fromDegrees('EPSG:4548')!(117.45, 30.7);
  const keys = { GTModelTypeGeoKey: 1, ProjectedCSTypeGeoKey: 4548 };
  const projected = { west: Math.round(origin[0]), north: Math.round(origin[1]), step: 10, width: 90, height: 70, point: true };

  test('a projected height model: every height where its place is, to a hand', async () => {
    const path = await folder.put('gauss.tif', await demTiff({ ...projected, keys }, (x, y) => (x - projected.west) / 20 + (projected.north - y) / 50));
    const { report } = await convert({ inputs: [path], out: folder.path('gauss') });
    expect(report.issues).toEqual([]);
    const dem = await loadHeightGrid('dem.json', async (name) => Uint8Array.from(await readFile(folder.path(`gauss/${name}`))).buffer);
    for (const [right, down] of [[100, 100], [450, 333], [801, 620]]) {
      const [lon, lat] = toDegrees('EPSG:4548')!(projected.west + right, projected.north - down);
      expect(heightAt(dem, lon, lat)).toBeCloseTo(right / 20 + down / 50, 1);
    }
  });

  test('what its heights are above: the file says it, a declaration that differs is told, and neither is unknown', async () => {
    const of = async (name: string, more: object, declared = {}): Promise<[string, string[]]> => {
      const path = await folder.put(`${name}.tif`, await demTiff({ ...grid, width: 20, height: 20, keys: more as Record<string, number> }, () => 5));
      const { catalogue, report } = await convert({ inputs: [path], out: folder.path(name), declared });
      const dem = JSON.parse(await readFile(folder.path(`${name}/dem.json`), 'utf8')) as { datum: string };
      expect(dem.datum).toBe(catalogue.heightDatum);
      return [catalogue.heightDatum, report.issues.map(({ code }) => code)];
    };
    expect(await of('own', { VerticalCSTypeGeoKey: 5737 })).toEqual(['1985', []]);
    expect(await of('said', { VerticalCSTypeGeoKey: 5773 }, { heightDatum: 'egm2008' })).toEqual(['egm2008', ['two-datums']]);
    expect(await of('silent', {})).toEqual(['unknown', []]);
  });
});

test('what analyses compute is what is drawn: to 2 cm on every triangle of the deepest tiles', async () => {
  const grid = await loadHeightGrid('dem.json', async (name) => Uint8Array.from(await readFile(folder.path(`city/${name}`))).buffer);
  const { available, maxzoom } = await layer();
  const { startX, startY, endX, endY } = available[maxzoom][0];
  let [worst, count] = [0, 0];
  for (let x = startX + 1; x < endX; x++)
    for (let y = startY + 1; y < endY; y++) {
      const mesh = await tile(maxzoom, x, y);
      const { west, south, east, north } = rectangleOf(maxzoom, x, y);
      for (let t = 0; t < mesh.triangles.length; t += 3) {
        const corners = mesh.triangles.slice(t, t + 3);
        const weights = [0.2 + 0.1 * (t % 3), 0.3, 0];
        weights[2] = 1 - weights[0] - weights[1];
        const mixed = (column: ArrayLike<number>): number => corners.reduce((sum, i, k) => sum + weights[k] * column[i], 0);
        const height = heightAt(grid, west + ((east - west) * mixed(mesh.u)) / 32767, south + ((north - south) * mixed(mesh.v)) / 32767);
        worst = Math.max(worst, Math.abs(height - mixed(mesh.heights)));
        count++;
      }
    }
  expect(count).toBeGreaterThan(30_000);
  expect(worst).toBeLessThan(0.02);
});
