import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { describeShared, shared } from '../../tests/shared.ts';
import { mutant, openEdges, readCity, textSource, volumeOf, type Outcome } from '../testing/city-file.ts';
import { citygml } from './citygml.ts';
import { SURFACES } from './format.ts';
import { sniffFormat } from './index.ts';
import { fileSource } from './source.ts';

const plateau = 'plateau-yokosuka/udx/bldg/52397519_bldg_6697_op.gml';
const relief = 'plateau-yokosuka/udx/dem/523965_dem_6697_05_op.gml';
/** Path, middle of what it shows, and the buildings and parts with a body of their own. */
const files: [path: string, place: [number, number], buildings: number][] = [
  ['plateau-52382287_bldg.gml', [138.348, 34.902], 4],
  [plateau, [139.739, 35.26], 14],
  ['ingolstadt_lod3_4018206.xml', [11.424, 48.7606], 1],
  ['lod2_buildings_v3.gml', [13.0394, 52.3264], 100],
  ['lod3_building_v2.gml', [13.0418, 52.3282], 1],
];

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describeShared('CityGML of the shared data', () => {
  const results = new Map<string, { text: string; outcome: Outcome }>();
  const load = async (path: string): Promise<{ text: string; outcome: Outcome }> => {
    const found = results.get(path);
    if (found) return found;
    const full = shared(`data/city/citygml/${path}`);
    const made = { text: await readFile(full, 'utf8'), outcome: await readCity(citygml, await fileSource(full)) };
    results.set(path, made);
    return made;
  };

  test.each(files)('%s: every building and every polygon is accounted for', async (path, _, buildings) => {
    const { text, outcome } = await load(path);
    const ids = [...text.matchAll(/<bldg:Building(?:Part)? gml:id="([^"]*)"/gu)].map((found) => found[1]);
    expect(outcome.features).toHaveLength(buildings);
    expect(ids).toEqual(expect.arrayContaining(outcome.features.map(({ id }) => id)));
    expect(outcome.skipped).toEqual({});
    expect(outcome.issues.find(({ code }) => code === 'surfaces')?.count).toBe(count(text, /<(?:gml:)?(?:Polygon|Triangle)[\s>]/gu));
    expect(outcome.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test.each(files)('%s: lies where it should, heights finite, as high as it is measured', async (path, place) => {
    const { outcome } = await load(path);
    for (const { solid, properties } of outcome.features) {
      expect(solid!.positions.every(Number.isFinite)).toBe(true);
      for (let i = 0; i < solid!.positions.length; i += 3) {
        expect(Math.hypot(solid!.positions[i] - place[0], solid!.positions[i + 1] - place[1])).toBeLessThan(0.005);
        expect(solid!.positions[i + 2]).toBeGreaterThan(-1e-6);
      }
      if (path.startsWith('ingolstadt') || path.includes('v3')) expect(Math.abs(Number(properties.height) - Number(properties.measuredHeight))).toBeLessThan(1.1);
    }
  });

  test('Yokosuka: surfaces that solids refer to are drawn once, closed and outward, with their meaning', async () => {
    const { text, outcome } = await load(plateau);
    const level2 = outcome.features.filter(({ properties }) => properties.lod === '2');
    const meant = (type: string): number => [...text.matchAll(new RegExp(`<bldg:${type}[\\s>][\\s\\S]*?</bldg:${type}>`, 'gu'))].reduce((sum, [inside]) => sum + count(inside, /<gml:Polygon/gu), 0);
    expect(level2).toHaveLength(3);
    expect(meant('RoofSurface') + meant('WallSurface') + meant('GroundSurface')).toBe(582);
    for (const { solid } of outcome.features) {
      expect(openEdges(solid!.positions, solid!.triangles)).toBe(0);
      expect(volumeOf(solid!.positions, solid!.triangles)).toBeGreaterThan(0);
    }
    for (const { solid } of level2) expect(new Set(Array.from(solid!.surfaces, (index) => SURFACES[index]))).toEqual(new Set(['roof', 'wall', 'ground']));
  });

  test('Yokosuka: attributes of PLATEAU, generic ones and codes keep their values; parts name their whole', async () => {
    const { outcome } = await load(plateau);
    expect(outcome.features[0]).toMatchObject({
      id: 'bldg_787d830e-2534-410a-8a2a-a531efeb2533',
      properties: { name: '横須賀美術館', 図形ID: 16943, usage: '422', use: 'public', storeys: 1, measuredHeight: 6, 'uro:buildingID.buildingID': '14201-bldg-110968', 'uro:buildingID.prefecture': '14', 'uro:buildingDetail.surveyYear': 2016, 'uro:keyValuePair.104': '1' },
    });
    expect(outcome.features.filter(({ properties }) => properties.parent).map(({ properties }) => properties.parent)).toEqual(['bldg_16418b2d-dc75-4731-ae04-90bbef1d66fe', 'bldg_16418b2d-dc75-4731-ae04-90bbef1d66fe']);
    expect(outcome.issues.filter(({ code }) => code === 'texture-missing').map(({ count: missing }) => missing)).toEqual([3]);
  });

  test('Yokosuka: terrain becomes one grid over the triangles', async () => {
    const { text, outcome } = await load(relief);
    const [grid] = outcome.rasters;
    const corner = (name: string): number[] => new RegExp(`<gml:${name}Corner>([^<]*)`, 'u').exec(text)![1].split(' ').map(Number);
    const [[south, west, low], [north, east, high]] = [corner('lower'), corner('upper')];
    expect([grid.south, grid.west, grid.north, grid.east].every((side, index) => Math.abs(side - [south, west, north, east][index]) < 1e-6)).toBe(true);
    const known = grid.samples.filter((sample) => !Number.isNaN(sample));
    expect(known.length).toBeGreaterThan(400);
    expect(known.every((sample) => sample >= low - 1e-3 && sample <= high + 1e-3)).toBe(true);
    expect(outcome.issues.find(({ code }) => code === 'surfaces')?.count).toBe(count(text, /<gml:Triangle>/gu));
  });

  test('CityGML 3: each house is a closed body of seven surfaces, 16 triangles', async () => {
    const { outcome } = await load('lod2_buildings_v3.gml');
    for (const { solid, properties } of outcome.features) {
      expect(solid!.triangles).toHaveLength(16 * 3);
      expect(openEdges(solid!.positions, solid!.triangles)).toBe(0);
      expect(volumeOf(solid!.positions, solid!.triangles)).toBeGreaterThan(100);
      expect(properties.roofType).toBe('1030');
      expect([properties.storeys, properties.yearOfConstruction].every((value) => Number(value) > 0)).toBe(true);
    }
  });

  test('LoD 3: windows, doors and installations keep their meaning; colours and textures; the address', async () => {
    const [german, test3] = [await load('ingolstadt_lod3_4018206.xml'), await load('lod3_building_v2.gml')];
    const kinds = (outcome: Outcome): Set<string> => new Set(Array.from(outcome.features[0].solid!.surfaces, (index) => SURFACES[index]));
    for (const kind of ['roof', 'wall', 'ground', 'window', 'door', 'installation']) expect([kinds(german.outcome).has(kind), kinds(test3.outcome).has(kind)]).toEqual([true, true]);
    expect(german.outcome.features[0].solid!.colours).toBeDefined();
    expect(test3.outcome.features[0].properties.address).toBe('Teststreet 3, 12345 Testtown, Testland');
    const { colours } = test3.outcome.features[0].solid!;
    expect(new Set(colours!.filter((_, index) => index % 4 === 3))).toEqual(new Set([255]));
  });
});

const posList = (...corners: number[][]): string => corners.flat().join(' ');
const cubeRings = [[[0, 0, 0], [0, 10, 0], [10, 10, 0], [10, 0, 0]], [[0, 0, 10], [10, 0, 10], [10, 10, 10], [0, 10, 10]], [[0, 0, 0], [10, 0, 0], [10, 0, 10], [0, 0, 10]], [[10, 0, 0], [10, 10, 0], [10, 10, 10], [10, 0, 10]], [[10, 10, 0], [0, 10, 0], [0, 10, 10], [10, 10, 10]], [[0, 10, 0], [0, 0, 0], [0, 0, 10], [0, 10, 10]]];
const moved = (ring: number[][], [x, y, z]: number[]): number[][] => [...ring, ring[0]].map((corner) => [corner[0] + x, corner[1] + y, corner[2] + z]);
const polygon = (ring: number[][], id = '', at = [500000, 5500000, 100]): string => `<gml:Polygon${id && ` gml:id="${id}"`}><gml:exterior><gml:LinearRing${id && ` gml:id="${id}_r"`}><gml:posList>${posList(...moved(ring, at))}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>`;
const members = (inner: readonly string[]): string => inner.map((each) => `<gml:surfaceMember>${each}</gml:surfaceMember>`).join('');
const solidOf = (inner: string): string => `<gml:Solid><gml:exterior><gml:CompositeSurface>${inner}</gml:CompositeSurface></gml:exterior></gml:Solid>`;
const cubeSolid = solidOf(members(cubeRings.map((ring) => polygon(ring))));
const building = (inner: string, id = 'a'): string => `<core:cityObjectMember>\n<bldg:Building gml:id="${id}">${inner}</bldg:Building></core:cityObjectMember>`;
const envelope = (name: string): string => `<gml:boundedBy><gml:Envelope srsName="${name}" srsDimension="3"><gml:lowerCorner>0 0 0</gml:lowerCorner><gml:upperCorner>1 1 1</gml:upperCorner></gml:Envelope></gml:boundedBy>`;
const spaces = 'xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:app="http://www.opengis.net/citygml/appearance/2.0" xmlns:gen="http://www.opengis.net/citygml/generics/2.0" xmlns:tran="http://www.opengis.net/citygml/transportation/2.0" xmlns:veg="http://www.opengis.net/citygml/vegetation/2.0" xmlns:frn="http://www.opengis.net/citygml/cityfurniture/2.0"';
const model = (inner: string, system = 'urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783', before = '<?xml version="1.0" encoding="UTF-8"?>\n'): string => `${before}<core:CityModel ${spaces}>${system && envelope(system)}${inner}</core:CityModel>`;
const cube = building(`<bldg:lod1Solid>${cubeSolid}</bldg:lod1Solid>`);

describe('CityGML, case by case', () => {
  test('a cube: height, foot, outline, closed, in any size of chunks', async () => {
    for (const chunk of [1, 37, 1 << 20]) {
      const { features } = await readCity(citygml, textSource(model(cube), { chunk }));
      expect(features[0]).toMatchObject({ id: 'a', properties: { height: 10, foot: 100, lod: '1', building: 'yes' }, geometry: { type: 'Polygon', coordinates: [{ length: 5 }] } });
      expect(openEdges(features[0].solid!.positions, features[0].solid!.triangles)).toBe(0);
      expect(volumeOf(features[0].solid!.positions, features[0].solid!.triangles)).toBeGreaterThan(990);
    }
  });

  const names: [name: string, first: [number, number], east: boolean][] = [
    ['urn:ogc:def:crs:EPSG::25832', [500000, 5500000], true],
    ['http://www.opengis.net/def/crs/EPSG/0/25832', [500000, 5500000], true],
    ['http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832&amp;2=http://www.opengis.net/def/crs/EPSG/0/5783', [500000, 5500000], true],
    ['EPSG:5555', [500000, 5500000], true],
    ['urn:adv:crs:ETRS89_UTM32*DE_DHHN92_NH', [500000, 5500000], true],
    ['http://www.opengis.net/gml/srs/epsg.xml#25832', [500000, 5500000], true],
    ['urn:ogc:def:crs:EPSG::4326', [49.6, 9], false],
    ['http://www.opengis.net/def/crs/EPSG/0/6697', [49.6, 9], false],
    ['EPSG:6697', [49.6, 9], false],
    ['EPSG:4326', [9, 49.6], true],
    ['urn:ogc:def:crs:OGC:1.3:CRS84', [9, 49.6], true],
  ];

  test.each(names)('the system %s', async (name, [x, y], east) => {
    const small = x < 100;
    const ring = cubeRings[1].map(([a, b, c]) => (small ? [(east ? a : b) * 1e-5, (east ? b : a) * 1e-5, c] : [a, b, c]));
    const text = model(building(`<bldg:lod2MultiSurface><gml:MultiSurface>${members([polygon(ring, '', [x, y, 5])])}</gml:MultiSurface></bldg:lod2MultiSurface>`), name);
    const { features, issues } = await readCity(citygml, textSource(text));
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    const { positions, triangles } = features[0].solid!;
    expect([positions[0], positions[1]].map((each) => Math.round(each * 20) / 20)).toEqual([9, small ? 49.6 : 49.65]);
    // The roof looks up: the ring is counter-clockwise on the ground whatever the order of the axes.
    const [a, b, c] = [0, 1, 2].map((k) => positions.subarray(triangles[k] * 3, triangles[k] * 3 + 2));
    expect((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).toBeGreaterThan(0);
  });

  test('a reference into another member, a surface turned round, and a solid that repeats its boundary surfaces', async () => {
    const text = model(
      building(`<bldg:boundedBy><bldg:RoofSurface><bldg:lod2MultiSurface><gml:MultiSurface>${members([polygon(cubeRings[1], 'top')])}</gml:MultiSurface></bldg:lod2MultiSurface></bldg:RoofSurface></bldg:boundedBy><bldg:lod2Solid>${cubeSolid}</bldg:lod2Solid>`) +
        building(`<bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember xlink:href="#top"/><gml:surfaceMember><gml:OrientableSurface orientation="-"><gml:baseSurface xlink:href="#top2"/></gml:OrientableSurface></gml:surfaceMember>${members([polygon(cubeRings[1], 'top2', [500000, 5500000, 130])])}</gml:MultiSurface></bldg:lod2MultiSurface>`, 'b'),
    );
    const { features, issues } = await readCity(citygml, textSource(text));
    expect(features.map(({ solid }) => solid!.triangles.length / 3)).toEqual([12, 4]);
    expect(features[0].solid!.surfaces.filter((index) => SURFACES[index] === 'roof')).toHaveLength(2);
    expect(openEdges(features[0].solid!.positions, features[0].solid!.triangles)).toBe(0);
    expect(issues.find(({ code }) => code === 'surfaces')?.message).toContain('1 repeated');
  });

  test('colours of a whole solid, a texture with its places, both kinds of appearance', async () => {
    const looks = (target: string): string => `<app:Appearance><app:surfaceDataMember><app:X3DMaterial><app:diffuseColor>1 0.5 0</app:diffuseColor><app:transparency>0.2</app:transparency><app:target>#${target}</app:target></app:X3DMaterial></app:surfaceDataMember><app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>wall.jpg</app:imageURI><app:target uri="#p"><app:TexCoordList><app:textureCoordinates ring="#p_r">0 0 1 0 1 1 0 1 0 0</app:textureCoordinates></app:TexCoordList></app:target></app:ParameterizedTexture></app:surfaceDataMember></app:Appearance>`;
    const body = `<bldg:lod2MultiSurface><gml:MultiSurface gml:id="all">${members([polygon(cubeRings[2], 'p'), polygon(cubeRings[3])])}</gml:MultiSurface></bldg:lod2MultiSurface>`;
    const image = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
    for (const text of [model(building(body) + `<app:appearanceMember>${looks('all')}</app:appearanceMember>`), model(building(`<app:appearance>${looks('all')}</app:appearance>${body}`))]) {
      const { solid } = (await readCity(citygml, textSource(text, { files: { 'wall.jpg': image } }))).features[0];
      expect([...solid!.colours!.subarray(0, 4)]).toEqual([255, 128, 0, 204]);
      expect(solid!.texture!.images).toEqual(['wall.jpg']);
      expect([...solid!.texture!.image]).toEqual([1, 1, 0, 0]);
      expect([...solid!.texture!.uv.subarray(0, 8)]).toEqual([0, 1, 1, 1, 1, 0, 0, 0]);
    }
  });

  test('a template, a tree, a road and generic attributes', async () => {
    const implicit = `<frn:lod2ImplicitRepresentation><core:ImplicitGeometry><core:transformationMatrix>0.1 0 0 0 0 0.1 0 0 0 0 0.5 0 0 0 0 1</core:transformationMatrix><core:relativeGMLGeometry>${solidOf(members(cubeRings.map((ring) => polygon(ring, '', [0, 0, 0]))))}</core:relativeGMLGeometry><core:referencePoint><gml:Point><gml:pos>500000 5500000 90</gml:pos></gml:Point></core:referencePoint></core:ImplicitGeometry></frn:lod2ImplicitRepresentation>`;
    const text = model(
      `<core:cityObjectMember><frn:CityFurniture gml:id="lamp">${implicit}<gen:stringAttribute name="状态"><gen:value>好</gen:value></gen:stringAttribute></frn:CityFurniture></core:cityObjectMember>` +
        `<core:cityObjectMember><veg:SolitaryVegetationObject gml:id="tree"><veg:height uom="m">12.5</veg:height>${implicit.replaceAll('frn:', 'veg:')}</veg:SolitaryVegetationObject></core:cityObjectMember>` +
        `<core:cityObjectMember><tran:Road gml:id="road"><tran:trafficArea><tran:TrafficArea><tran:lod2MultiSurface><gml:MultiSurface>${members([polygon(cubeRings[1])])}</gml:MultiSurface></tran:lod2MultiSurface></tran:TrafficArea></tran:trafficArea></tran:Road></core:cityObjectMember>`,
    );
    const [lamp, tree, road] = (await readCity(citygml, textSource(text))).features;
    expect(lamp.properties).toMatchObject({ 状态: '好', building: 'city_furniture', height: 5, foot: 90 });
    expect(volumeOf(lamp.solid!.positions, lamp.solid!.triangles)).toBeCloseTo(5, 0);
    expect(tree).toMatchObject({ geometry: { type: 'Point' }, properties: { natural: 'tree', height: 12.5 } });
    expect(road).toMatchObject({ geometry: { type: 'Polygon' }, properties: { kind: 'square', cityObject: 'Road' } });
    expect(road.solid).toBeUndefined();
  });
});

describe('broken CityGML: one sentence that names the place, the rest goes on', () => {
  const good = building(`<bldg:lod1Solid>${cubeSolid}</bldg:lod1Solid>`, 'good');
  const bomb = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>';
  const surface = (ring: string): string => building(`<bldg:lod1MultiSurface><gml:MultiSurface>${members([ring, polygon(cubeRings[1])])}</gml:MultiSurface></bldg:lod1MultiSurface>`);
  const bad = (text: string): string => surface(`<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>${text}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>`);
  const faults: [name: string, content: string | Uint8Array, code: string, features: number][] = [
    ['a DOCTYPE with a bomb', model(good, undefined, `<?xml version="1.0"?>\n${bomb}\n`), 'doctype', 0],
    ['a DOCTYPE that names a file', model(good, undefined, '<!DOCTYPE a SYSTEM "file:///etc/passwd">'), 'doctype', 0],
    ['an entity nobody declared', model(good + building('<gml:name>&secret;</gml:name>')), 'broken-xml', 1],
    ['nesting without an end', model(good + building('<a>'.repeat(100_000))), 'too-deep', 1],
    ['a file cut short', model(good + cube).slice(0, -200), 'cut-short', 1],
    ['elements that cross', model(good + building('<gml:name><b></gml:name></b>')), 'broken-xml', 1],
    ['a posList with letters', model(bad('500000 5500000 a 500010 5500000 1 500010 5500010 1') + good), 'broken-surface', 2],
    ['an odd number of coordinates', model(bad('500000 5500000 1 500010 5500000 1 500010 5500010') + good), 'broken-surface', 2],
    ['NaN and Infinity among coordinates', model(bad('NaN 5500000 1 500010 5500000 1 500010 Infinity 1') + good), 'broken-surface', 2],
    ['coordinates beyond the earth', model(bad('1e300 5500000 1 500010 5500000 1 500010 5500010 1') + good), 'broken-surface', 2],
    ['a polygon without a ring', model(surface('<gml:Polygon/>') + good), 'broken-surface', 2],
    ['a surface without area', model(surface(polygon([[0, 0, 0], [5, 0, 0], [9, 0, 0]])) + good), 'surface-without-area', 2],
    ['a missing srsName', model(good, ''), 'no-crs', 0],
    ['a system that is not known', model(good, 'urn:ogc:def:crs:EPSG::99999'), 'foreign-crs', 0],
    ['references in a loop', model(building('<bldg:lod2Solid><gml:Solid gml:id="s"><gml:exterior><gml:CompositeSurface gml:id="c"><gml:surfaceMember xlink:href="#c"/></gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>', 'loop') + good), 'xlink-loop', 1],
    ['a reference to nothing', model(building('<bldg:lod2Solid><gml:Solid><gml:exterior xlink:href="#none"/></gml:Solid></bldg:lod2Solid>', 'lost') + good), 'xlink-missing', 1],
    ['a reference to another file', model(building('<bldg:lod2Solid xlink:href="../../../etc/passwd#a"/>', 'out') + good), 'external-reference', 1],
    ['a reference to the network', model(building('<bldg:lod2Solid xlink:href="http://169.254.169.254/a"/>', 'net') + good), 'external-reference', 1],
    ['a member that is elsewhere', model(`<core:cityObjectMember xlink:href="other.gml#a"/>${good}`), 'external-reference', 1],
    ['bytes of another encoding', Uint8Array.from([...new TextEncoder().encode(model(good).slice(0, -20)), 0xff, 0xfe, 0xff]), 'bad-encoding', 1],
    ['an encoding nobody knows', model(good, undefined, '<?xml version="1.0" encoding="x-klingon"?>'), 'bad-encoding', 0],
    ['nothing in it', model(''), 'no-features', 0],
  ];

  test.each(faults)('%s', async (_, content, code, features) => {
    const outcome = await readCity(citygml, textSource(content));
    expect(outcome.features).toHaveLength(features);
    const found = outcome.issues.filter((issue) => issue.code === code);
    expect(found).toHaveLength(1);
    expect(found[0].message).toContain('data/楼.gml');
    expect(found[0].message.split('\n')).toHaveLength(1);
    if (features === 0) expect(Object.keys(outcome.skipped).length + outcome.issues.length).toBeGreaterThan(0);
  });

  test('images that lead out are refused', async () => {
    const looks = ['../../etc/passwd', 'https://example.org/a.jpg', 'file:///etc/passwd'].map((path, index) => `<app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>${path}</app:imageURI><app:target uri="#p${index}"><app:TexCoordList><app:textureCoordinates ring="#p${index}_r">0 0 1 0 1 1 0 1 0 0</app:textureCoordinates></app:TexCoordList></app:target></app:ParameterizedTexture></app:surfaceDataMember>`).join('');
    const body = `<bldg:lod2MultiSurface><gml:MultiSurface>${members([0, 1, 2].map((index) => polygon(cubeRings[index], `p${index}`)))}</gml:MultiSurface></bldg:lod2MultiSurface>`;
    const { features, issues } = await readCity(citygml, textSource(model(building(body) + `<app:appearanceMember><app:Appearance>${looks}</app:Appearance></app:appearanceMember>`), { files: { '../../etc/passwd': Uint8Array.of(0xff, 0xd8, 0xff) } }));
    expect(features[0].solid!.texture).toBeUndefined();
    expect(issues.filter(({ code }) => code.startsWith('texture')).map(({ code, count: number }) => [code, number])).toEqual([['texture-refused', 3]]);
  });

  test('a doubling chain of references ends', async () => {
    const chain = Array.from({ length: 40 }, (_, k) => `<gml:surfaceMember><gml:CompositeSurface gml:id="c${k}"><gml:surfaceMember xlink:href="#c${k + 1}"/><gml:surfaceMember xlink:href="#c${k + 1}"/></gml:CompositeSurface></gml:surfaceMember>`).join('');
    const text = model(building(`<bldg:lod2MultiSurface><gml:MultiSurface>${chain}${members([`<gml:CompositeSurface gml:id="c40">${members([polygon(cubeRings[1])])}</gml:CompositeSurface>`])}</gml:MultiSurface></bldg:lod2MultiSurface>`));
    expect((await readCity(citygml, textSource(text))).features[0].solid!.triangles).toHaveLength(6);
  });

  test('300 mutants: no throw, no hang, always a word', async () => {
    const bytes = new TextEncoder().encode(model(cube + building(`<bldg:boundedBy><bldg:RoofSurface><bldg:lod2MultiSurface><gml:MultiSurface>${members([polygon(cubeRings[1], 'top')])}</gml:MultiSurface></bldg:lod2MultiSurface></bldg:RoofSurface></bldg:boundedBy><bldg:lod2Solid>${solidOf('<gml:surfaceMember xlink:href="#top"/>')}</bldg:lod2Solid>`, 'b')));
    for (let seed = 0; seed < 300; seed++) {
      const { features, issues, skipped } = await readCity(citygml, textSource(mutant(bytes, seed)));
      expect(features.length + issues.length + Object.keys(skipped).length).toBeGreaterThan(0);
      for (const { solid } of features) if (solid) expect(solid.positions.every(Number.isFinite)).toBe(true);
    }
  });
});

test('CityGML is told from other XML by content', () => {
  const head = (text: string): string | undefined => sniffFormat(new TextEncoder().encode(text))?.id;
  expect(head(model(cube))).toBe('citygml');
  expect(head(`<?xml version="1.0"?><!-- <LandXML> ${'-x'.repeat(500)} --><CityModel xmlns="http://www.opengis.net/citygml/3.0">`)).toBe('citygml');
  expect(head('<?xml version="1.0"?><LandXML xmlns="http://www.landxml.org/schema/LandXML-1.2">')).toBe('landxml');
  for (const other of ['<osm version="0.6">', '<kml xmlns="http://www.opengis.net/kml/2.2">', '<svg/>']) expect(head(other)).not.toBe('citygml');
});
