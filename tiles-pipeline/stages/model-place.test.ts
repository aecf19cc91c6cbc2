import { readFile } from 'node:fs/promises';
import proj4 from 'proj4';
import { describe, expect, test } from 'vitest';
import { fromEcef, transform } from '#geo';
import type { Issue } from '../../engine/errors.ts';
import { describeShared, shared } from '../../tests/shared.ts';
import { parsePlace } from '../cli/place.ts';
import { readIfc } from '../formats/ifc/read-ifc.ts';
import type { ModelTable } from '../formats/model-table.ts';
import { placesOf } from '../tileset/models.ts';
import { asDem } from './ground.ts';
import { placeModel, type PlacedModel } from './model-place.ts';
import { systemOf } from './system-name.ts';

async function model(path: string): Promise<ModelTable> {
  const result = await readIfc(new Uint8Array(await readFile(shared(`data/bim/${path}`))), path, 'model');
  return result.table!;
}

/** A point at (x, y, z) of the model's own axes as lon, lat, height, through what is written: frame and float32 positions. */
function onEarth(placed: PlacedModel, x: number, y: number, z: number): number[] {
  const { origin } = placed.table.mesh;
  const probe = { ...placed, table: { ...placed.table, features: { ...placed.table.features, count: 1 }, mesh: { ...placed.table.mesh, positions: Float32Array.of(x - origin[0], y - origin[1], z - origin[2]), firstVertex: Uint32Array.of(0, 1), firstIndex: Uint32Array.of(0, 0) } } };
  const { frame, positions } = placesOf(probe);
  const ecef = transform(frame.matrix, positions[0], positions[1], positions[2], [0, 0, 0]);
  return Array.from(fromEcef(ecef[0], ecef[1], ecef[2], [0, 0, 0]));
}

/** Millimetres between two places near each other. */
function apart(a: readonly number[], b: readonly number[]): number {
  return Math.hypot((a[0] - b[0]) * 111_320 * Math.cos((a[1] * Math.PI) / 180), (a[1] - b[1]) * 111_000) * 1000;
}

describeShared('models that say where they stand', () => {
  // Values of the files themselves: eastings, northings and the x axis' direction of IfcMapConversion.
  test.each([
    ['ifc4x3_add2/geographic-referencing-utm.ifc', '+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0 +units=m +no_defs', 458657.3, 5438232.25],
    ['ifc4x3_add2/geographic-referencing-gk.ifc', '+proj=tmerc +lat_0=0 +lon_0=9 +k=1 +x_0=3500000 +y_0=0 +ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7 +units=m +no_defs', 3458715.92, 5439966.65],
  ])('%s stands where proj4 says, to a millimetre', async (path, definition, east, north) => {
    const issues: Issue[] = [];
    const placed = placeModel(await model(path), path, {}, undefined, issues)!;
    expect(issues).toEqual([]);
    expect(placed.georeferenced).toBe(true);
    const length = Math.hypot(0.270600445976, 0.962691746426);
    const [cos, sin] = [0.270600445976 / length, 0.962691746426 / length];
    for (const [x, y, z] of [[0, 0, 0], [0.5, -0.5, 4], [30, 40, 2]] as const) {
      const meant = proj4(definition, 'WGS84', [east + cos * x - sin * y, north + sin * x + cos * y]);
      const found = onEarth(placed, x, y, z);
      expect(apart(found, meant)).toBeLessThan(1);
      expect(Math.abs(found[2] - (113.7 + z))).toBeLessThan(1e-3);
    }
    // Both samples are the same tower, in two systems: 49°05'44" N, 8°26'01" E by its site.
    expect(placed.anchor.lon).toBeCloseTo(8.4337, 2);
    expect(placed.anchor.lat).toBeCloseTo(49.0956, 2);
  });

  test('a site’s latitude, longitude and true north are used where there is no map conversion', async () => {
    const placed = placeModel(await model('ifc4/AC20-FZK-Haus.ifc'), 'house.ifc', {}, undefined, [])!;
    expect([placed.anchor.lon, placed.anchor.lat, placed.anchor.height]).toEqual([8 + 26 / 60 + 11.5404 / 3600, 49 + 6 / 60 + 1.566 / 3600, 110].map((value) => expect.closeTo(value, 9)));
    expect(placed.heading).toBeCloseTo(-50, 6);
    const [lon, lat] = onEarth(placed, 0, 100, 0);
    const turned = (Math.atan2((lon - placed.anchor.lon) * Math.cos((lat * Math.PI) / 180), lat - placed.anchor.lat) * 180) / Math.PI;
    expect(turned).toBeCloseTo(-50, 0);
  });

  test('map coordinates outside their zone, and none at all, are refused in a sentence that names the option', async () => {
    const issues: Issue[] = [];
    expect(placeModel(await model('ifc4x3/terrain-surface.ifc'), 'a/terrain-surface.ifc', {}, undefined, issues)).toBeUndefined();
    expect(placeModel(await model('ifc4x3_add2/wall-extruded-solid.ifc'), 'wall.ifc', {}, undefined, issues)).toBeUndefined();
    expect(issues.map(({ code, severity }) => [code, severity])).toEqual([['no-place', 'error'], ['no-place', 'error']]);
    expect(issues[0].message).toMatch(/do not lie in EPSG:31467\. Say where it stands with --place terrain-surface\.ifc@/);
    expect(issues[1].message).toMatch(/no georeference\. Say where it stands with --place wall\.ifc@LON,LAT,ground,HEADING/);
  });

  test('what is said of the file goes before what it says, what is said of all only where it says nothing', async () => {
    const [house, wall] = [await model('ifc4/AC20-FZK-Haus.ifc'), await model('ifc4x3_add2/wall-extruded-solid.ifc')];
    const place = parsePlace('113.94,22.53,ground,30').value;
    const dem = asDem({ kind: 'raster', west: 113, south: 22, east: 115, north: 23, width: 2, height: 2, samples: Float32Array.of(7, 7, 7, 7) });
    expect(placeModel(house, 'house.ifc', { all: place }, dem, [])!.georeferenced).toBe(true);
    for (const placed of [placeModel(house, 'house.ifc', { own: place }, dem, [])!, placeModel(wall, 'wall.ifc', { all: place }, dem, [])!]) {
      expect(placed).toMatchObject({ georeferenced: false, heading: 30, anchor: { lon: 113.94, lat: 22.53, height: 7.05 } });
      expect(apart(onEarth(placed, 0, 0, 0), [113.94, 22.53])).toBeLessThan(1e-3);
      const [lon, lat] = onEarth(placed, 0, 10, 0);
      expect((Math.atan2((lon - 113.94) * Math.cos((lat * Math.PI) / 180), lat - 22.53) * 180) / Math.PI).toBeCloseTo(30, 0);
    }
    expect(placeModel(wall, 'wall.ifc', { own: parsePlace('113.94,22.53,5,0,2').value }, undefined, [])!.linear[8]).toBe(2);
  });
});

describe('a reference system by its name', () => {
  test.each([
    ['EPSG:31467; DHDN / 3-Degree', 31467], ['CGCS2000 / 3-degree Gauss-Kruger CM 114E', 4547], ['CGCS2000_3_Degree_GK_Zone_38', 4526], ['CGCS2000 / Gauss-Kruger CM 117E', 4509],
    ['CGCS2000 / Gauss-Kruger zone 20', 4498], ['UTM in band 32; ETRS89; UTM; UTM32', 25832], ['WGS 84 / UTM zone 50N', 32650], ['WGS84; UTM; 50S', 32750], ['Local grid of the port', undefined],
  ])('%s', (name, code) => expect(systemOf(name)).toBe(code));
});
