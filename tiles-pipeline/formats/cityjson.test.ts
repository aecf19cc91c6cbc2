import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { mutant, openEdges, readCity, textSource, volumeOf, type Outcome } from '../testing/city-file.ts';
import { cityjson } from './cityjson.ts';
import { SURFACES } from './format.ts';
import { sniffFormat } from './index.ts';
import { fileSource } from './source.ts';

interface JsonObject { type: string; parents?: string[]; children?: string[]; attributes?: Record<string, unknown>; geometry?: { type: string; lod: string | number; boundaries: never; semantics?: { surfaces: { type: string }[]; values: never } }[] }
interface JsonDocument { CityObjects: Record<string, JsonObject>; vertices: number[][]; transform?: { scale: number[]; translate: number[] } }

/** Surfaces of a geometry: the lists whose lists hold numbers. */
function surfacesIn(boundaries: unknown): number[][][] {
  if (!Array.isArray(boundaries)) return [];
  if (Array.isArray(boundaries[0]) && typeof boundaries[0][0] === 'number') return [boundaries as number[][]];
  return boundaries.flatMap(surfacesIn);
}

function objectsIn(text: string): Record<string, JsonObject> {
  const documents = (text.includes('"CityJSONFeature"') ? text.trim().split('\n') : [text]).map((each) => JSON.parse(each) as JsonDocument);
  return Object.assign({}, ...documents.map((each) => each.CityObjects)) as Record<string, JsonObject>;
}

const files: [path: string, crs?: string][] = [['3dbag_b2.city.json'], ['3dbag_b2.city.jsonl'], ['DH_01_subs.city.json', 'EPSG:7415'], ['cube.json', 'EPSG:32633'], ['delft.json'], ['delft_1b.json'], ['rotterdam/rotterdam_one.json'], ['rotterdam/rotterdam_subset.json', 'EPSG:7415']];

describeShared('CityJSON of the shared data', () => {
  const results = new Map<string, { text: string; outcome: Outcome }>();
  const load = async (path: string, crs?: string): Promise<{ text: string; outcome: Outcome }> => {
    const found = results.get(path);
    if (found) return found;
    const full = shared(`data/city/cityjson/${path}`);
    const made = { text: await readFile(full, 'utf8'), outcome: await readCity(cityjson, await fileSource(full), crs) };
    results.set(path, made);
    return made;
  };

  test.each(files)('%s: every object and every surface is accounted for', async (path, crs) => {
    const { text, outcome } = await load(path, crs);
    const objects = Object.entries(objectsIn(text));
    const withGeometry = objects.filter(([, { geometry }]) => (geometry?.length ?? 0) > 0);
    const surfaces = objects.flatMap(([, { geometry }]) => (geometry ?? []).flatMap(({ boundaries }) => surfacesIn(boundaries)));
    expect(outcome.features.map(({ id }) => id).toSorted()).toEqual(withGeometry.map(([id]) => id).toSorted());
    expect(outcome.skipped).toEqual({});
    expect(outcome.issues.find(({ code }) => code === 'surfaces')?.count).toBe(surfaces.length);
    expect(outcome.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test.each(files)('%s: lies where it should, heights finite, bodies on their foot', async (path, crs) => {
    const { text, outcome } = await load(path, crs);
    const place = path === 'cube.json' ? [10.51, 0] : path.startsWith('rotterdam') ? [4.45, 51.906] : path.startsWith('DH') ? [4.273, 52.105] : [4.366, 52.01];
    for (const { solid, properties, geometry } of outcome.features) {
      expect(Number.isFinite(properties.foot)).toBe(true);
      expect(geometry?.type).toMatch(/Polygon$/u);
      if (!solid) continue;
      expect(solid.positions.every(Number.isFinite)).toBe(true);
      expect(solid.surfaces).toHaveLength(solid.triangles.length / 3);
      for (let i = 0; i < solid.positions.length; i += 3) {
        expect(Math.hypot(solid.positions[i] - place[0], solid.positions[i + 1] - place[1])).toBeLessThan(0.02);
        expect(solid.positions[i + 2]).toBeGreaterThan(-1e-6);
      }
      expect(properties.height).toBeGreaterThan(0);
    }
    // The foot is the lowest vertex of the object's own file, in its own heights.
    const documents = text.trim().split('\n').length > 1 && path.endsWith('l') ? [] : [JSON.parse(text) as JsonDocument];
    for (const { CityObjects, vertices, transform } of documents)
      for (const { id, properties, solid } of outcome.features) {
        if (!solid) continue;
        const own = CityObjects[String(id)].geometry!.flatMap(({ boundaries }) => surfacesIn(boundaries).flat(2));
        const low = Math.min(...own.map((index) => vertices[index][2])) * transform!.scale[2] + transform!.translate[2];
        expect(properties.foot).toBeCloseTo(low, 2);
      }
  });

  test.each(files)('%s: a Solid that is closed in the source is closed here and looks outward', async (path, crs) => {
    const { text, outcome } = await load(path, crs);
    const objects = objectsIn(text);
    let closed = 0;
    for (const { id, solid } of outcome.features) {
      const geometry = objects[String(id)].geometry![0];
      if (!solid || geometry.type !== 'Solid') continue;
      const balance = new Map<string, number>();
      for (const ring of surfacesIn(geometry.boundaries).flat()) for (const [k, a] of ring.entries()) {
        const b = ring[(k + 1) % ring.length];
        const key = a < b ? `${a} ${b}` : `${b} ${a}`;
        balance.set(key, (balance.get(key) ?? 0) + (a < b ? 1 : -1));
      }
      if ([...balance.values()].some((sum) => sum !== 0)) continue;
      closed++;
      expect(openEdges(solid.positions, solid.triangles)).toBe(0);
      expect(volumeOf(solid.positions, solid.triangles)).toBeGreaterThan(0);
    }
    if (/3dbag|DH|cube/u.test(path)) expect(closed).toBeGreaterThan(0);
  });

  test('Delft: roads, water, green and land use are areas of their kind; bridges and the rest have bodies', async () => {
    const { outcome } = await load('delft.json');
    const kinds = outcome.features.map(({ properties, solid }) => `${String(properties.cityObject)} ${String(properties.kind ?? properties.building)}${solid ? ' solid' : ''}`);
    const count = (kind: string): number => kinds.filter((each) => each === kind).length;
    expect([count('Building yes solid'), count('Bridge bridge solid'), count('GenericCityObject generic_city_object solid')]).toEqual([160, 3, 54]);
    expect([count('Road square'), count('WaterBody water'), kinds.filter((each) => each.startsWith('PlantCover')).length, kinds.filter((each) => each.startsWith('LandUse')).length]).toEqual([143, 3, 126, 81]);
  });

  test('3DBAG: parts carry the attributes of a whole without a body, and the meaning of each surface', async () => {
    const { text, outcome } = await load('3dbag_b2.city.json');
    const objects = objectsIn(text);
    for (const { id, properties, solid } of outcome.features) {
      const part = objects[String(id)];
      expect(properties.parent).toBe(part.parents![0]);
      expect(properties).toMatchObject({ lod: '2.2', cityObject: 'BuildingPart', building: 'yes', b3_dak_type: objects[part.parents![0]].attributes!.b3_dak_type });
      const { semantics } = part.geometry![0];
      const wanted = new Set((semantics!.values as number[][]).flat().map((value) => ({ RoofSurface: 'roof', WallSurface: 'wall', GroundSurface: 'ground' })[semantics!.surfaces[value].type]));
      expect(new Set(Array.from(solid!.surfaces, (index) => SURFACES[index]))).toEqual(wanted);
    }
  });

  test('one document and its text sequence are the same features', async () => {
    const [document, sequence] = [await load('3dbag_b2.city.json'), await load('3dbag_b2.city.jsonl')];
    const byId = ({ outcome }: { outcome: Outcome }): unknown[] => outcome.features.toSorted((a, b) => String(a.id).localeCompare(String(b.id)));
    expect(byId(sequence)).toEqual(byId(document));
  });

  test('Den Haag: colours of the materials, one for each triangle', async () => {
    const { outcome } = await load('DH_01_subs.city.json');
    for (const { solid } of outcome.features) {
      expect(solid!.colours).toHaveLength((solid!.triangles.length / 3) * 4);
      expect(solid!.colours!.filter((_, index) => index % 4 === 3).every((opacity) => opacity > 0)).toBe(true);
    }
  });

  test('Rotterdam: the one image that is there is found, the rest is one issue', async () => {
    const { outcome } = await load('rotterdam/rotterdam_subset.json', 'EPSG:7415');
    const textured = outcome.features.filter(({ solid }) => solid?.texture);
    expect(textured.flatMap(({ solid }) => solid!.texture!.images).every((path) => path.endsWith('appearances/0320_4_15.jpg'))).toBe(true);
    expect(textured.length).toBeGreaterThan(0);
    const { texture, positions, triangles } = textured[0].solid!;
    expect(texture!.uv).toHaveLength((positions.length / 3) * 2);
    expect(texture!.image).toHaveLength(triangles.length / 3);
    for (const [index, image] of texture!.image.entries()) if (image > 0) for (let k = 0; k < 3; k++) for (const axis of [0, 1]) expect(Math.abs(texture!.uv[triangles[index * 3 + k] * 2 + axis] - 0.5)).toBeLessThanOrEqual(0.5001);
    expect(outcome.issues.filter(({ code }) => code === 'texture-missing').map(({ count }) => count)).toEqual([73]);
  });

  test('a document without an object is said to be empty', async () => {
    const { outcome } = await load('minimal.json');
    expect(outcome.features).toEqual([]);
    expect(outcome.issues.map(({ code }) => code)).toEqual(['no-features']);
  });
});

const cubeFaces = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]];
const cubeVertices = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0], [0, 0, 10], [10, 0, 10], [10, 10, 10], [0, 10, 10]];

/** A cube of ten metres as a document; `change` makes it another. */
function cube(change: (document: Record<string, never>) => void = () => undefined): string {
  const document = {
    type: 'CityJSON', version: '2.0', metadata: { referenceSystem: 'https://www.opengis.net/def/crs/EPSG/0/25832' },
    transform: { scale: [1, 1, 1], translate: [500000, 5500000, 100] }, vertices: structuredClone(cubeVertices),
    CityObjects: { a: { type: 'Building', attributes: { name: '市政厅' }, geometry: [{ type: 'Solid', lod: '1', boundaries: [structuredClone(cubeFaces)] }] } },
  };
  change(document as never);
  return JSON.stringify(document);
}

interface Cube { version?: unknown; transform?: unknown; metadata?: unknown; vertices: unknown[][]; appearance?: unknown; 'geometry-templates'?: unknown; CityObjects: Record<string, { type: string; parents?: string[]; attributes: Record<string, unknown>; geometry: Record<string, unknown>[] }> }
const changed = (change: (document: Cube) => void): string => cube((document) => change(document as unknown as Cube));

describe('CityJSON, case by case', () => {
  test('a cube: height, foot, outline, closed', async () => {
    const { features } = await readCity(cityjson, textSource(cube()));
    expect(features[0]).toMatchObject({ id: 'a', properties: { name: '市政厅', height: 10, foot: 100, lod: '1', building: 'yes' } });
    expect(features[0].geometry).toMatchObject({ type: 'Polygon', coordinates: [{ length: 5 }] });
    expect(openEdges(features[0].solid!.positions, features[0].solid!.triangles)).toBe(0);
    expect(volumeOf(features[0].solid!.positions, features[0].solid!.triangles)).toBeCloseTo(1000, -1);
  });

  test('a hole goes through', async () => {
    const text = changed((document) => {
      document.vertices.push([3, 3, 0], [7, 3, 0], [7, 7, 0], [3, 7, 0]);
      document.CityObjects.a.geometry = [{ type: 'MultiSurface', lod: '1', boundaries: [[[0, 3, 2, 1], [8, 9, 10, 11]], [[4, 5, 6, 7]]] }];
    });
    const { solid, geometry } = (await readCity(cityjson, textSource(text))).features[0];
    expect(solid!.triangles).toHaveLength((8 + 2) * 3);
    expect(geometry).toMatchObject({ type: 'Polygon', coordinates: [{ length: 5 }, { length: 5 }] });
  });

  test('a template is drawn where it is used, turned by its matrix', async () => {
    const text = changed((document) => {
      document['geometry-templates'] = { templates: [{ type: 'Solid', lod: '2', boundaries: [cubeFaces] }], 'vertices-templates': cubeVertices };
      document.CityObjects.a.type = 'CityFurniture';
      document.CityObjects.a.geometry = [{ type: 'GeometryInstance', template: 0, boundaries: [6], transformationMatrix: [0.1, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0.2, 0, 0, 0, 0, 1] }];
    });
    const { features } = await readCity(cityjson, textSource(text));
    expect(features[0].properties).toMatchObject({ cityObject: 'CityFurniture', building: 'city_furniture', height: 2, foot: 110, lod: '2' });
    expect(volumeOf(features[0].solid!.positions, features[0].solid!.triangles)).toBeCloseTo(2, 1);
  });

  test('parts stand on their whole; what is fixed to it is in it; rooms are counted', async () => {
    const text = changed((document) => {
      const solid = (lift: number): Record<string, unknown>[] => {
        const first = document.vertices.length;
        document.vertices.push(...cubeVertices.map(([x, y, z]) => [x + 20, y, z + lift]));
        return [{ type: 'Solid', lod: '1', boundaries: [cubeFaces.map((face) => face.map((ring) => ring.map((index) => index + first)))] }];
      };
      document.CityObjects.b = { type: 'BuildingPart', parents: ['a'], attributes: {}, geometry: solid(7) };
      document.CityObjects.c = { type: 'BuildingInstallation', parents: ['b'], attributes: {}, geometry: solid(30) };
      document.CityObjects.d = { type: 'BuildingRoom', parents: ['a'], attributes: {}, geometry: solid(0) };
    });
    const { features, issues } = await readCity(cityjson, textSource(text));
    const part = features.find(({ id }) => id === 'b')!;
    expect(features.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(part.properties).toMatchObject({ parent: 'a', foot: 107, height: 33 });
    expect(Math.min(...part.solid!.positions.filter((_, index) => index % 3 === 2))).toBe(7);
    expect(part.solid!.surfaces.filter((index) => SURFACES[index] === 'installation')).toHaveLength(12);
    expect(issues.at(-1)?.message).toContain('6 inside buildings');
  });

  test('a tree is a place, terrain a grid, and a coarser whole gives way to its parts', async () => {
    const text = changed((document) => {
      document.CityObjects.tree = { type: 'SolitaryVegetationObject', attributes: { species: '1060' }, geometry: [{ type: 'MultiSurface', lod: '1', boundaries: cubeFaces }] };
      document.CityObjects.ground = { type: 'TINRelief', attributes: {}, geometry: [{ type: 'CompositeSurface', lod: '1', boundaries: [[[0, 1, 2]], [[0, 2, 3]]] }] };
      document.CityObjects.part = { type: 'BuildingPart', parents: ['a'], attributes: {}, geometry: [{ type: 'Solid', lod: '2', boundaries: [cubeFaces] }] };
    });
    const { features, rasters, issues } = await readCity(cityjson, textSource(text));
    expect(features.map(({ id }) => id)).toEqual(['part', 'tree']);
    expect(features[0].properties).toMatchObject({ name: '市政厅', parent: 'a', lod: '2' });
    expect(features[1]).toMatchObject({ geometry: { type: 'Point' }, properties: { natural: 'tree', kind: 'tree', height: 10 } });
    expect(rasters).toHaveLength(1);
    expect([...rasters[0].samples].filter((sample) => !Number.isNaN(sample)).every((sample) => sample === 100)).toBe(true);
    expect(issues.find(({ code }) => code === 'surfaces')?.count).toBe(20);
  });

  test('version 1.0 without a transform and with numbers for levels', async () => {
    const text = changed((document) => {
      document.version = '1.0';
      delete document.transform;
      document.vertices = document.vertices.map(([x, y, z]) => [(x as number) + 500000, (y as number) + 5500000, z]);
      document.CityObjects.a.geometry[0].lod = 2;
    });
    expect((await readCity(cityjson, textSource(text))).features[0].properties).toMatchObject({ lod: '2', height: 10, foot: 0 });
  });

  test('feet where the system says so, north before east told by the numbers', async () => {
    const feet = changed((document) => {
      document.metadata = { referenceSystem: 'urn:ogc:def:crs,crs:EPSG::2263,crs:EPSG::6360' };
      document.transform = { scale: [1, 1, 1], translate: [980000, 200000, 10] };
    });
    expect((await readCity(cityjson, textSource(feet))).features[0].properties.height).toBeCloseTo(3.048, 3);
    const turned = changed((document) => {
      document.transform = { scale: [1, 1, 1], translate: [0, 0, 0] };
      document.vertices = cubeVertices.map(([x, y, z]) => [5500000 + y, 500000 + x, z]);
    });
    const { features, issues } = await readCity(cityjson, textSource(turned));
    expect(features[0].solid!.positions[1]).toBeCloseTo(49.65, 1);
    expect(volumeOf(features[0].solid!.positions, features[0].solid!.triangles)).toBeGreaterThan(0);
    expect(issues.map(({ code }) => code)).toContain('north-first');
  });
});

describe('broken CityJSON: one sentence that names the place, the rest goes on', () => {
  const sequence = (line: string): string => `${changed((document) => void (document.CityObjects = {}))}\n${line}\n${JSON.stringify({ type: 'CityJSONFeature', id: 'z', vertices: cubeVertices, CityObjects: { z: { type: 'Building', geometry: [{ type: 'Solid', lod: '1', boundaries: [cubeFaces] }] } } })}\n`;
  const faults: [name: string, content: string | Uint8Array, code: string, features: number][] = [
    ['file cut short', cube().slice(0, -30), 'broken-json', 0],
    ['unknown version', changed((document) => void (document.version = '9.0')), 'unknown-version', 0],
    ['no version', changed((document) => void delete document.version), 'unknown-version', 0],
    ['transform missing', changed((document) => void delete document.transform), 'no-transform', 0],
    ['transform of words', changed((document) => void (document.transform = { scale: ['1', 1, 1], translate: [0, 0, 0] })), 'no-transform', 0],
    ['reference system missing', changed((document) => void delete document.metadata), 'no-crs', 0],
    ['reference system unknown', changed((document) => void (document.metadata = { referenceSystem: 'https://www.opengis.net/def/crs/EPSG/0/99999' })), 'foreign-crs', 0],
    ['vertex index out of range', changed((document) => void ((document.CityObjects.a.geometry[0].boundaries as number[][][][])[0][1][0][2] = 99)), 'broken-surface', 1],
    ['vertex index negative', changed((document) => void ((document.CityObjects.a.geometry[0].boundaries as number[][][][])[0][1][0][2] = -1)), 'broken-surface', 1],
    ['vertex that is no number', changed((document) => void (document.vertices[6] = ['x', null, 1])), 'broken-surface', 1],
    ['vertex beyond the earth', changed((document) => void (document.vertices[6] = [1e300, 1, 1])), 'broken-surface', 1],
    ['surface without area', changed((document) => void ((document.CityObjects.a.geometry[0].boundaries as number[][][][])[0].push([[0, 1, 1]]))), 'surface-without-area', 1],
    ['template that is not there', changed((document) => void document.CityObjects.a.geometry.push({ type: 'GeometryInstance', template: 7, boundaries: [0], transformationMatrix: [] })), 'broken-template', 1],
    ['geometry of an unknown type', changed((document) => void document.CityObjects.a.geometry.push({ type: 'Sphere', lod: '2', boundaries: [[1]] })), 'unknown-geometry', 1],
    ['line of a sequence broken', sequence('{"type":"CityJSONFeature",,}'), 'broken-feature', 1],
    ['sequence without its first line', sequence('').split('\n').slice(2).join('\n'), 'no-transform', 0],
    ['bytes that are no UTF-8', Uint8Array.from([...new TextEncoder().encode('{"type":"CityJSON","title":"'), 0xc2, 0xa5, 0xb7, 0xbf, ...new TextEncoder().encode('"}')]), 'bad-encoding', 0],
    ['JSON of another kind', '{"CityObjects":{},"type":"Else"}', 'no-cityjson', 0],
  ];

  test.each(faults)('%s', async (_, content, code, count) => {
    const { features, issues, skipped } = await readCity(cityjson, textSource(content));
    expect(features).toHaveLength(count);
    const found = issues.filter((issue) => issue.code === code);
    expect(found).toHaveLength(1);
    expect(found[0].message).toContain('data/楼.gml');
    expect(found[0].message.split('\n')).toHaveLength(1);
    expect(found[0].path).not.toBe('');
    if (count === 0) expect(Object.keys(skipped).length + issues.filter(({ severity }) => severity === 'error').length).toBeGreaterThan(0);
  });

  test('images that lead out of the folder are refused, others not there are missing', async () => {
    const text = changed((document) => {
      document.appearance = { textures: [{ image: '../../etc/passwd' }, { image: 'https://example.org/a.jpg' }, { image: '/etc/passwd' }, { image: 'none.jpg' }, { image: 'wand%201.jpg' }], 'vertices-texture': [[0, 0], [1, 0], [1, 1], [0, 1]] };
      document.CityObjects.a.geometry[0].texture = { t: { values: [[[[0, 0, 1, 2, 3]], [[1, 0, 1, 2, 3]], [[2, 0, 1, 2, 3]], [[3, 0, 1, 2, 3]], [[4, 0, 1, 2, 3]], [[null]]]] } };
    });
    const { features, issues } = await readCity(cityjson, textSource(text, { files: { '../../etc/passwd': Uint8Array.of(0xff, 0xd8, 0xff), 'wand 1.jpg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) } }));
    expect(features[0].solid!.texture!.images).toEqual(['wand 1.jpg']);
    expect(issues.filter(({ code }) => code.startsWith('texture')).map(({ code, count }) => [code, count])).toEqual([['texture-refused', 3], ['texture-missing', 1]]);
  });

  test('parents in a circle end', async () => {
    const text = changed((document) => {
      document.CityObjects.a.parents = ['b'];
      document.CityObjects.b = { ...structuredClone(document.CityObjects.a), type: 'BuildingPart', parents: ['a'] };
    });
    expect((await readCity(cityjson, textSource(text))).features).toHaveLength(2);
  });

  test('300 mutants of a document and 100 of a sequence: no throw, no hang', async () => {
    const bytes = new TextEncoder().encode(cube());
    const lines = new TextEncoder().encode(sequence(''));
    for (let seed = 0; seed < 400; seed++) {
      const { features, issues, skipped } = await readCity(cityjson, textSource(mutant(seed < 300 ? bytes : lines, seed)));
      expect(features.length + issues.length + Object.keys(skipped).length).toBeGreaterThan(0);
      for (const { solid } of features) if (solid) expect(solid.positions.every(Number.isFinite)).toBe(true);
    }
  });
});

test('CityJSON is told by content, whatever member comes first', () => {
  const head = (text: string): string | undefined => sniffFormat(new TextEncoder().encode(text))?.id;
  expect(head(cube())).toBe('cityjson');
  expect(head('{"CityObjects": {"a": {"type": "Building"')).toBe('cityjson');
  expect(head('{"vertices":[[1,2,3],[4')).toBe('cityjson');
  expect(head('{"type":"FeatureCollection","features":[')).toBe('geojson');
});
