import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS, EXTMeshoptCompression } from '@gltf-transform/extensions';
import { validateBytes } from 'gltf-validator';
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyse, analysisCache } from '#analysis';
import { multiply, transform, fromEcef } from '#geo';
import { describeShared, shared } from '../tests/shared.ts';
import { folderLoader } from '../tests/small-city.ts';
import { parsePlace } from './cli/place.ts';
import { convert, type Converted } from './convert.ts';
import { workFolder } from './testing/seeded-city.ts';
import { checkTileset } from './tileset/check.ts';
import { checkContent } from './tileset/check-content.ts';
import type { TileJson } from './tileset/tileset.ts';

const AT = [113.93496, 22.51936] as const;
const BASE = 'http://files.test/';
let folder: Awaited<ReturnType<typeof workFolder>>;
let dir: string;
let made: Converted;

describeShared('models beside a city', () => {
  beforeAll(async () => {
    folder = await workFolder();
    dir = folder.path('city');
    const box = (x: number, y: number, metres: number): object => ({ type: 'Feature', properties: { id: `b${x}`, building: 'yes', height: 12 }, geometry: { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]].map(([a, b]) => [AT[0] + (x + a * metres) / 102_800, AT[1] + (y + b * metres) / 110_800])] } });
    const city = await folder.put('city.geojson', JSON.stringify({ type: 'FeatureCollection', features: [box(10, -30, 20), box(300, 0, 20), box(52, -20, 20)] }));
    made = await convert({ inputs: [city, shared('data/bim/ifc2x3/Office_A_20110811.ifc'), shared('data/bim/ifc4/IfcOpenHouse_IFC4.ifc'), shared('data/bim/ifc4x3_add2/wall-extruded-solid.ifc')], out: dir, places: [parsePlace(`Office_A_20110811.ifc@${AT.join(',')},5,0`), parsePlace(`IfcOpenHouse_IFC4.ifc@${AT[0] + 0.001},${AT[1]},5,90`)] });
  }, 60_000);
  afterAll(() => folder?.drop());

  test('what has no place is one sentence; the rest stands, and the account closes', () => {
    expect(made.report.issues.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(['no-place']);
    expect(made.report.in).toBe(made.report.out + Object.values(made.report.skipped).reduce((sum, n) => sum + n, 0));
    expect(made.report.layers).toMatchObject({ buildings: 3, elements: 838 });
    const { models } = made.catalogue.layers;
    expect(models).toMatchObject({ count: 838, cimLevel: 'CIM4', models: [{ name: 'Office_A_20110811', georeferenced: false, heading: 0, products: 803 }, { name: 'IfcOpenHouse_IFC4', heading: 90, products: 35 }] });
    expect(models!.storeys.map(({ name, model, count }) => [name, model, count])).toEqual([['Level 1', 0, 445], ['Level 2', 0, 348], ['Roof', 0, 10], ['#38', 1, 34], ['', 1, 1]]);
    expect(models!.storeys.reduce((sum, { count }) => sum + count, 0)).toBe(838);
  });

  test('the building under a model gives way to it, its neighbours do not', async () => {
    const ids = JSON.parse(await readFile(join(dir, 'features.json'), 'utf8')) as { count: number };
    expect(ids.count).toBe(3);
    const replaced = made.catalogue.layers.models!.models.map(({ replaces }) => replaces);
    const files = folderLoader(dir, BASE);
    const rows = await analyse('features', { features: `${BASE}features.json`, numbers: replaced[0] }, { cache: analysisCache(), load: (url, range) => files.range(url, range) });
    expect(rows.rows.map(({ id }) => id)).toEqual(['b10']);
    expect(replaced[1]).toEqual([]);
  });

  test('our checker finds no fault, the glTF validator none in what is decompressed', async () => {
    expect(await checkTileset(join(dir, 'models'))).toEqual([]);
    const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
    for (const name of await readdir(join(dir, 'models/tiles'))) {
      const bytes = new Uint8Array(await readFile(join(dir, 'models/tiles', name)));
      expect((await validateBytes(bytes)).issues.numErrors, name).toBe(0);
      const document = await io.readBinary(bytes);
      document.getRoot().listExtensionsUsed().find((extension) => extension instanceof EXTMeshoptCompression)?.dispose();
      expect((await validateBytes(await io.writeBinary(document), { maxIssues: 20 })).issues.messages.filter(({ severity }) => severity === 0), name).toEqual([]);
    }
  });

  test('what is drawn reaches as far as the model does, to a millimetre and a half', async () => {
    const { root } = JSON.parse(await readFile(join(dir, 'models/tileset.json'), 'utf8')) as { root: TileJson };
    // The catalogue's bounds come from the positions before they are packed.
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    const office = root.children![0];
    const matrix = multiply(Float64Array.from(root.transform!), Float64Array.from(office.transform!));
    const walk = async (tile: TileJson): Promise<void> => {
      if (tile.content) {
        const content = await checkContent(new Uint8Array(await readFile(join(dir, 'models', tile.content.uri))), (code, message) => { throw new Error(`${code} ${message}`); });
        for (let i = 0; i < content!.positions.length; i += 3) {
          const ecef = transform(matrix, content!.positions[i], content!.positions[i + 1], content!.positions[i + 2], [0, 0, 0]);
          const [lon, lat] = fromEcef(ecef[0], ecef[1], ecef[2], [0, 0, 0]);
          [west, south, east, north] = [Math.min(west, lon), Math.min(south, lat), Math.max(east, lon), Math.max(north, lat)];
        }
      }
      for (const child of tile.children ?? []) await walk(child);
    };
    await walk(office);
    const own = made.catalogue.layers.models!.models[0].bounds;
    for (const [k, value] of [west, south, east, north].entries()) expect(Math.abs(value - own[k]) * 111_000).toBeLessThan(0.0015);
  });

  test('from afar the shell is there and small things are not; each comes once', async () => {
    const { root, geometricError } = JSON.parse(await readFile(join(dir, 'models/tileset.json'), 'utf8')) as { root: TileJson; geometricError: number };
    expect(geometricError).toBeGreaterThanOrEqual(root.geometricError);
    const [office] = root.children!;
    const classes = async (tile: TileJson): Promise<Map<string, number>> => {
      const { columns } = (await checkContent(new Uint8Array(await readFile(join(dir, 'models', tile.content!.uri))), () => {}))!;
      const counts = new Map<string, number>();
      for (const name of columns.get('class')!) counts.set(String(name), (counts.get(String(name)) ?? 0) + 1);
      return counts;
    };
    const [far, near] = [office.children!.filter(({ content }) => content), office.children!.filter(({ content }) => !content)];
    expect([far.length, near.length]).toEqual([1, 2]);
    const shown = await classes(far[0]);
    expect([shown.get('IfcWallStandardCase'), shown.get('IfcWindow'), shown.get('IfcDoor'), shown.get('IfcSlab')]).toEqual([487, 69, 102, 2]);
    expect(shown.get('IfcFlowTerminal') ?? 0).toBeLessThan(31);
    // Eight metres off for what is up to four metres large, two for what is up to one.
    expect(near.map((tile) => tile.geometricError)).toEqual([8, 2]);
    expect(near.every(({ children }) => children?.length === 1 && children[0].geometricError === 0)).toBe(true);
    // A model is asked for while it is two pixels large: the block under it is gone from however far.
    const box = office.boundingVolume.box;
    const across = 2 * Math.hypot(box[3], box[7], box[11]);
    expect(office.geometricError / across).toBeCloseTo(8, 1);
  });

  test('property sets come by two ranges of bytes', async () => {
    const files = folderLoader(dir, BASE);
    let read = 0;
    const load = async (url: string, range?: readonly [number, number]) => {
      const answer = await files.range(url, range);
      if (url.endsWith('.bin')) read += answer.bytes.length;
      return answer;
    };
    const cache = analysisCache();
    const text = await readFile(shared('data/bim/ifc2x3/Office_A_20110811.ifc'), 'latin1');
    const known = /IFCDOOR\('([^']{22})'/u.exec(text)![1];
    const [door] = (await analyse('features', { features: `${BASE}models/features.json`, ids: [known] }, { cache, load })).rows;
    expect(door.properties).toMatchObject({ id: known, class: 'IfcDoor', model: 'Office_A_20110811' });
    read = 0;
    const { sets } = await analyse('properties', { properties: `${BASE}models/properties.json`, number: door.number }, { cache, load });
    expect(sets.map(({ name }) => name)).toContain('PSet_Revit_Phasing');
    expect(sets.flatMap((set) => set.rows).every(({ name, value }) => name !== '' && value !== null)).toBe(true);
    expect(read).toBeLessThan(20_000);
    await expect(analyse('properties', { properties: `${BASE}models/properties.json`, number: 838 }, { cache, load })).rejects.toThrow(/no element 838/);
  });
});
