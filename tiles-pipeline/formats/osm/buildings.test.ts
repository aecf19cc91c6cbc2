import { describe, expect, test } from 'vitest';
import { isClosed } from '../../roofs/roofed-body.ts';
import { encodeXml, type SmallMap } from '../../testing/osm-encoder.ts';
import { loneSource, readAll } from '../../testing/lone-source.ts';
import { SURFACES, type SourceFeature } from '../format.ts';
import { osmXml } from '../osm.ts';
import { colourOf, heading, materialColour, metres } from './measures.ts';

type Tags = Record<string, string>;

/** A box of metres at 113.94, 22.53. */
function box(id: number, [x, y, w, h]: readonly [number, number, number, number], tags: Tags): SmallMap {
  const corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
  return {
    nodes: corners.map(([east, north], i) => ({ id: id * 10 + i, lon: 113.94 + east / 102_900, lat: 22.53 + north / 110_750 })),
    ways: [{ id, refs: [0, 1, 2, 3, 0].map((i) => id * 10 + i), tags }],
  };
}

async function read(...maps: SmallMap[]): Promise<{ features: SourceFeature[]; codes: string[]; skipped: Record<string, number> }> {
  const all = { nodes: maps.flatMap((map) => map.nodes ?? []), ways: maps.flatMap((map) => map.ways ?? []), relations: maps.flatMap((map) => map.relations ?? []) };
  const { features, issues, skipped } = await readAll(osmXml, loneSource(encodeXml(all)));
  return { features, codes: issues.map(({ code }) => code), skipped };
}

/** Lowest and highest place of a body, and the highest of its walls on the long side (the eaves). */
function reach({ solid }: SourceFeature): { low: number; eaves: number; top: number } | undefined {
  if (!solid) return undefined;
  const heights = Array.from(solid.positions.filter((_, i) => i % 3 === 2));
  const roof = new Set<number>();
  solid.surfaces.forEach((surface, t) => surface === SURFACES.indexOf('roof') && solid.triangles.subarray(t * 3, t * 3 + 3).forEach((corner) => roof.add(solid.positions[corner * 3 + 2])));
  return { low: Math.min(...heights), eaves: Math.min(...roof), top: Math.max(...heights) };
}

const house = [0, 0, 20, 10] as const;

describe('heights', () => {
  const cases: [string, Tags, number | undefined, { low: number; eaves: number; top: number } | undefined][] = [
    ['nothing said: a prism of the usual height', {}, undefined, undefined],
    ['a height alone: a prism', { height: '12' }, 12, undefined],
    ['a height in feet', { height: '100 ft' }, 30.48, undefined],
    ["a height in feet and inches", { height: `32'10"` }, 10.008, undefined],
    ['a comma', { height: '12,5' }, 12.5, undefined],
    ['levels', { 'building:levels': '4' }, 12, undefined],
    ['a flat roof by name', { height: '12', 'roof:shape': 'flat' }, 12, undefined],
    ['height with the roof in it', { height: '12', 'roof:shape': 'gabled', 'roof:height': '4' }, 12, { low: 0, eaves: 8, top: 12 }],
    ['levels without the roof', { 'building:levels': '2', 'roof:shape': 'hipped', 'roof:height': '3' }, 9, { low: 0, eaves: 6, top: 9 }],
    ['levels of the roof', { 'building:levels': '2', 'roof:levels': '1', 'roof:shape': 'gabled' }, 9, { low: 0, eaves: 6, top: 9 }],
    ['an angle', { height: '12', 'roof:shape': 'gabled', 'roof:angle': '45' }, 12, { low: 0, eaves: 7, top: 12 }],
    ['no roof height: 35° over half the width', { height: '12', 'roof:shape': 'gabled' }, 12, { low: 0, eaves: 8.5, top: 12 }],
    ['a roof higher than all', { height: '3', 'roof:shape': 'pyramidal', 'roof:height': '30' }, 3, { low: 0, eaves: 0.05, top: 3 }],
    ['on stilts', { height: '12', min_height: '4' }, 12, { low: 4, eaves: 12, top: 12 }],
    ['from a level on', { height: '12', 'building:min_level': '2' }, 12, { low: 6, eaves: 12, top: 12 }],
    ['a canopy', { building: 'roof', height: '5' }, 5, { low: 4.5, eaves: 5, top: 5 }],
    ['a colour', { height: '12', 'building:colour': '#ddb692' }, 12, { low: 0, eaves: 12, top: 12 }],
    ['nonsense', { height: 'tall', 'building:levels': '-3', min_height: 'NaN', 'roof:height': '1e9' }, undefined, undefined],
    ['a millimetre map', { height: '12000' }, undefined, undefined],
  ];

  test.each(cases)('%s', async (_, tags, height, body) => {
    const { features: [feature], codes } = await read(box(1, house, { building: 'yes', ...tags }));
    expect(codes).toEqual([]);
    if (height === undefined) expect(feature.properties.height).toBe(tags.height);
    else expect(feature.properties.height).toBeCloseTo(height, 2);
    const found = reach(feature);
    expect(found === undefined).toBe(body === undefined);
    if (found && body) for (const key of ['low', 'eaves', 'top'] as const) expect(found[key]).toBeCloseTo(body[key], 1);
  });

  test('the tags stay as they are', async () => {
    const tags = { building: 'church', height: '12', 'roof:shape': 'gabled', 'roof:colour': 'red', name: '圣堂', 'addr:street': '中山路', wikidata: 'Q1' };
    const { features: [feature] } = await read(box(1, house, tags));
    expect(feature.properties).toEqual({ ...tags, height: 12 });
    expect(feature.geometry?.type).toBe('Polygon');
  });

  test('what cannot be taken as it stands is counted', async () => {
    expect((await read(box(1, house, { building: 'yes', 'roof:shape': 'crosspitched' }), box(2, [50, 0, 20, 10], { building: 'yes', 'roof:shape': 'sawtooth' }))).codes).toEqual(['unknown-roof']);
    const under = await read(box(1, house, { building: 'yes', height: '5', min_height: '9' }));
    expect([under.codes, reach(under.features[0])]).toEqual([['floor-above-roof'], undefined]);
    const yard: SmallMap = { ...box(1, house, {}), relations: [{ id: 3, members: [{ type: 'way', ref: 1, role: 'outer' }, { type: 'way', ref: 2, role: 'inner' }], tags: { type: 'multipolygon', building: 'yes', 'roof:shape': 'dome', height: '12' } }] };
    const { features, codes } = await read(yard, box(2, [5, 3, 10, 4], {}));
    expect([features.length, features[0].solid, codes]).toEqual([1, undefined, ['roof-not-fitting']]);
  });
});

describe('colours and materials', () => {
  test('walls and roof have their own', async () => {
    const { features: [feature] } = await read(box(1, house, { building: 'yes', height: '9', 'roof:shape': 'gabled', 'building:colour': 'white', 'roof:material': 'slate' }));
    const { colours, surfaces } = feature.solid!;
    surfaces.forEach((surface, t) => expect([...colours!.subarray(t * 4, t * 4 + 4)]).toEqual([...(surface === SURFACES.indexOf('roof') ? materialColour('slate')! : [255, 255, 255]), 255]));
  });

  test('measures', () => {
    expect([metres('12 m'), metres('12'), metres('3.5 metres'), metres('150 cm'), metres("6'"), metres('-3')]).toEqual([12, 12, 3.5, 1.5, 6 * 0.3048, -3]);
    for (const odd of [undefined, '', 'x', '1;2', '12 km', '1e5', '٣']) expect(metres(odd)).toBeNaN();
    expect([heading('N'), heading('wsw'), heading('370'), heading('-90°')]).toEqual([0, 247.5, 10, 270]);
    for (const odd of [undefined, 'up', 'forward']) expect(heading(odd)).toBeNaN();
    expect([colourOf('#fff'), colourOf('#DDB692'), colourOf(' Red ')]).toEqual([[255, 255, 255], [221, 182, 146], [255, 0, 0]]);
    for (const odd of [undefined, '', '#ff', 'toString', '__proto__', 'rgb(1,2,3)']) expect([colourOf(odd), materialColour(odd)]).toEqual([undefined, undefined]);
  });
});

describe('buildings and their parts', () => {
  const whole = { building: 'office', name: '双塔', height: '60' };
  const low = box(2, [0, 0, 20, 10], { 'building:part': 'yes', height: '10' });
  const high = box(3, [2, 2, 6, 6], { 'building:part': 'yes', height: '60', min_height: '10', 'building:colour': '#8899aa' });

  test('parts that cover an outline are its body: one feature, with its name, closed, every part in it', async () => {
    const { features, codes, skipped } = await read(box(1, house, whole), low, high);
    expect(features.map(({ id, properties }) => [id, properties.name, properties.height])).toEqual([['way/1', '双塔', 60]]);
    expect([codes, skipped]).toEqual([['parts-drawn'], {}]);
    expect(isClosed(features[0].solid!.triangles)).toBe(true);
    // Two prisms of 12 triangles each.
    expect(features[0].solid!.surfaces).toHaveLength(24);
    expect(features[0].solid!.colours!.slice(-8, -4)).toEqual(Uint8Array.of(0x88, 0x99, 0xaa, 255));
  });

  test('parts that leave most of an outline stand beside it, and it is drawn as well', async () => {
    const { features } = await read(box(1, house, whole), high);
    expect(features.map(({ id, solid }) => [id, Boolean(solid)])).toEqual([['way/1', false], ['way/3', true]]);
  });

  test('a part without a building stands for itself; one of a neighbour is not taken', async () => {
    const { features } = await read(box(1, house, whole), low, box(4, [20, 0, 10, 10], { 'building:part': 'yes', height: '5' }));
    expect(features.map(({ id }) => id)).toEqual(['way/1', 'way/4']);
    expect(features[1].properties.height).toBe(5);
  });

  test('a part says only what differs: height, colour and material come from its building', async () => {
    const { features: [feature] } = await read(box(1, house, { ...whole, 'building:material': 'brick' }), box(2, house, { 'building:part': 'yes', 'roof:shape': 'gabled' }));
    expect(reach(feature)!.top).toBe(60);
    expect(Array.from(feature.solid!.colours!.subarray(-4, -1))).toEqual(materialColour('brick'));
  });

  test('a relation of a building names parts that need not cover it, and lends its tags', async () => {
    const members = [{ type: 'way' as const, ref: 1, role: 'outline' }, { type: 'way' as const, ref: 3, role: 'part' }];
    const relation: SmallMap = { relations: [{ id: 9, members, tags: { type: 'building', name: '碑' } }] };
    const tagged = await read(box(1, house, whole), high, relation);
    expect(tagged.features.map(({ id, solid }) => [id, Boolean(solid)])).toEqual([['way/1', true]]);
    const bare = await read(box(1, house, {}), high, relation);
    expect(bare.features.map(({ id, properties }) => [id, properties.name, properties.building])).toEqual([['relation/9', '碑', 'yes']]);
    const lost = await read(high, relation);
    expect([lost.features.map(({ id }) => id), lost.skipped]).toEqual([['way/3'], { 'a relation of a building without an outline of its own: its parts stand for themselves': 1 }]);
  });

  test('a part belongs to one building, and many buildings stay quick', async () => {
    const many = Array.from({ length: 600 }, (_, i) => [box(1000 + i, [i * 30, 0, 20, 10], { building: 'yes', height: '9' }), box(5000 + i, [i * 30, 0, 20, 10], { 'building:part': 'yes', height: String(5 + (i % 9)) })]).flat();
    const { features, codes } = await read(...many, box(1, [0, 0, 18_000, 10], { building: 'yes' }));
    expect(codes).toEqual(['parts-drawn']);
    expect(features.filter(({ solid }) => solid)).toHaveLength(600);
    expect(features.every(({ id, properties }) => id === 'way/1' || properties.height === 5 + ((Number(String(id).slice(4)) - 1000) % 9))).toBe(true);
  });
});
