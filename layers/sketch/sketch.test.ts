import { describe, expect, test } from 'vitest';
import { placer, project } from '#geo';
import type { DrapeInput, DrapeOutput, HeightsInput, MeasureInput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { areaText, lengthText } from './features.ts';
import { densified, piecesOf } from './pieces.ts';
import { sketch, sketchLayer, type SketchResult } from './sketch.ts';

const area = { type: 'Feature', id: 'a', properties: { name: '封控区', measure: true, note: '东门' }, geometry: { type: 'Polygon', coordinates: [[[117.49, 30.66], [117.491, 30.66], [117.491, 30.661], [117.49, 30.66]]] } };
const route = { type: 'Feature', id: 'l', properties: { measure: true, colour: '#aa3300' }, geometry: { type: 'LineString', coordinates: [[117.492, 30.66], [117.494, 30.66]] } };
const pin = { type: 'Feature', properties: { name: '集合点' }, geometry: { type: 'Point', coordinates: [117.488, 30.66, 33] } };

function drape(input: DrapeInput): DrapeOutput {
  const [ring] = input.rings!;
  const anchor = { lon: ring[0][0], lat: ring[0][1], height: input.dem ? 20 : 0 };
  const local = placer(anchor);
  const places = Float32Array.from(ring.flatMap(([lon, lat]) => local.place(lon, lat, anchor.height + 0.6, [0, 0, 0])));
  return { anchor, places, indices: new Uint32Array([0, 1, 2]), outline: { places, starts: new Uint32Array([0, places.length / 3]) }, area: 5000 };
}
const analyses = {
  drape: ((input: DrapeInput) => drape(input)) as unknown as FakeAnalysis,
  heights: ((input: HeightsInput) => ({ heights: new Float32Array(input.places.length / 2).fill(20), datum: 'ellipsoid' })) as unknown as FakeAnalysis,
  measure: ((input: MeasureInput) => ({ length: 191.6, legs: new Float64Array(1), bearings: new Float64Array(1), area: input.closed ? 5316.4 : null, crossings: [], error: { length: 0, area: 0 } })) as unknown as FakeAnalysis,
};
const bench = (features: readonly object[], more: Parameters<typeof benchLayer>[2] = {}) =>
  benchLayer(sketchLayer, sketch({ url: 'city/city.json', features }), { files: { [CITY_URL]: CITY }, analyses, ...more });
const settled = (of: { staged: { layer: { result?(): unknown } } }, ids: readonly string[]) => (): boolean => ids.every((id) => id in (of.staged.layer.result!() as SketchResult));

describe('the sketch layer', () => {
  test('lays areas, lines and pins on the ground and writes their measures', async () => {
    const of = await bench([area, route, pin]);
    await of.until(settled(of, ['a', 'l']));
    await of.until(() => of.labels.length === 3);
    expect(of.backend.drawn.map((drawn) => drawn.kind).toSorted()).toEqual(['lines', 'lines', 'mesh', 'points']);
    expect(of.labels.map((label) => label.text)).toEqual(['封控区 5,316.4 m²', '191.6 m', '集合点']);
    const line = of.backend.drawn.find((drawn) => drawn.kind === 'lines' && (drawn.batch as { colours: Uint8Array }).colours[0] === 0xaa)!;
    expect(line.batch.anchor.height).toBe(20);
    const places = (line.batch as { places: Float32Array }).places;
    expect(places.length / 3).toBe(9);
    expect(places[2]).toBeCloseTo(0.6, 3);
    expect(of.backend.drawn.find((drawn) => drawn.kind === 'points')!.batch.anchor.height).toBe(33);
    expect(of.staged.layer.result!()).toMatchObject({ a: { length: 191.6, area: 5316.4 }, l: { area: null } });
    expect(of.staged.layer.extent()).toMatchObject({ west: 117.488, east: 117.494 });
    of.staged.detach();
    expect(leftOn(of.backend)).toEqual(NOTHING_LEFT);
  });

  test('computes again only what changed', async () => {
    const of = await bench([area, route]);
    await of.until(() => of.labels.length === 2);
    const before = [...of.backend.drawn];
    const asked = of.calls.length;
    of.update({ options: { features: [area, { ...route, properties: { name: '绕行' } }] } });
    await of.until(() => of.labels.some((label) => label.text === '绕行'));
    expect(of.backend.drawn.filter((drawn) => before.includes(drawn))).toHaveLength(2);
    expect(of.calls.slice(asked).map((call) => call.name)).not.toContain('drape');
    of.update({ options: { features: [] } });
    expect(leftOn(of.backend)).toEqual(NOTHING_LEFT);
    expect(of.labels).toHaveLength(0);
    of.staged.detach();
  });

  test('a wrong feature is told and left out, too many are said', async () => {
    const of = await bench([{ type: 'Feature', geometry: { type: 'LineString', coordinates: [[500, 3], [1, 2]] } }, pin]);
    expect(of.reports.map((error) => [error.code, error.where])).toEqual([['bad-input', 'subject/options/features/0']]);
    expect(of.staged.status.count).toBe(1);
    of.staged.detach();
    const many = await bench(Array.from({ length: 502 }, (_, i) => ({ ...pin, id: i })));
    expect(many.staged.status.message?.en).toContain('the first 500 are drawn');
    many.staged.detach();
  });

  test('works without a city: flat, from the fixed height 0', async () => {
    const of = await benchLayer(sketchLayer, sketch({ features: [route] }), { analyses });
    await of.until(settled(of, ['l']));
    expect(of.calls.map((call) => call.name)).toEqual(['measure']);
    expect(of.backend.drawn[0].batch.anchor.height).toBe(0);
    of.staged.detach();
  });

  test('is picked by line and pin before the area, and the area not through a building', async () => {
    const of = await bench([area, route, pin]);
    await of.until(() => of.labels.length === 3);
    const at = (lon: number, lat: number, height: number, surface: unknown = null) => {
      const ask = of.pick(0, 0);
      const point = project(ask.clip({ lon, lat, height }), ask.width, ask.height, 0, 0, 0, new Float64Array(3));
      return of.staged.layer.pick!({ ...ask, x: point[0], y: point[1], surface: async () => surface as never });
    };
    expect(await at(117.493, 30.66, 20)).toMatchObject({ id: 'l' });
    expect(await at(117.488, 30.66, 53)).toMatchObject({ id: '3' });
    const hit = await at(117.4907, 30.6603, 20);
    expect(hit).toMatchObject({ id: 'a', lon: expect.closeTo(117.4907, 5) });
    expect(await at(117.4907, 30.6603, 20, { lon: 117.4907, lat: 30.6603, height: 40, feature: { number: 1 } })).toBeNull();
    expect((await of.card(hit!))?.rows.map((row) => row.value)).toEqual([{ zh: '面', en: 'Area' }, '191.6 m', '5,316.4 m²', '东门']);
    of.staged.detach();
  });
});

test('a line longer than a batch is cut where it leaves an anchor\'s reach, without a gap', () => {
  const dense = densified([[117, 30], [118, 31]]);
  const pieces = piecesOf(dense);
  expect(pieces.length).toBeGreaterThan(10);
  expect(pieces.flatMap((piece, i) => (i === 0 ? piece.places : piece.places.slice(2)))).toEqual(dense);
  for (const { anchor, places } of pieces) {
    const local = placer(anchor);
    for (let i = 0; i < places.length; i += 2) {
      const [east, north] = local.place(places[i], places[i + 1], 0, [0, 0, 0]);
      expect(Math.hypot(east, north)).toBeLessThan(10_000);
    }
  }
});

test('lengths and areas are written as a person writes them', () => {
  expect([lengthText(12.34), lengthText(1234.5), areaText(88), areaText(53_164), areaText(2_500_000)]).toEqual(['12.3 m', '1.235 km', '88.0 m²', '5.32 ha', '2.500 km²']);
});
