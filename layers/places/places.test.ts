import { describe, expect, test } from 'vitest';
import { placer, project } from '#geo';
import type { InstancesBatch } from '#engine';
import type { PlacesInput, PlacesOutput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { kindOf, lookOf } from './kinds.ts';
import { cellsOf } from './cells.ts';
import { places, placesLayer } from './places.ts';

const columns: PlacesOutput = {
  ids: ['p1', 'p2', 'p3'], names: ['市人民医院', '老城', ''], kinds: ['hospital', 'suburb', 'restaurant'], ranks: new Float32Array([Number.NaN, 3, Number.NaN]),
  places: new Float64Array([117.492, 30.661, 20, 117.485, 30.658, 18, 117.49, 30.66, 19]), total: 3,
};
const analyses = { places: ((input: PlacesInput) => (input.dem ? columns : null)) as unknown as FakeAnalysis };
const files = {
  [CITY_URL]: CITY,
  'http://city.test/poi.geojson': { type: 'FeatureCollection', features: [
    { type: 'Feature', id: 7, geometry: { type: 'Point', coordinates: [117.1, 30.1] }, properties: { name: '南站', railway: 'station' } },
    { type: 'Feature', geometry: { type: 'Point', coordinates: [121.4, 31.2, 5] }, properties: { name: '外滩', tourism: 'attraction' } },
    { type: 'Feature', geometry: { type: 'LineString', coordinates: [[1, 1], [2, 2]] }, properties: {} },
    { type: 'Feature', geometry: null, properties: null },
  ] },
  'http://city.test/lines.geojson': { type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'LineString', coordinates: [] }, properties: {} }] },
  'http://city.test/rubbish.geojson': { hello: 1 },
};
const bench = (url: string) => benchLayer(placesLayer, places({ url }), { files, analyses });

describe('the places layer', () => {
  test('stands symbols on the ground and names by rank', async () => {
    const { backend, staged, labels, calls } = await bench('city/city.json');
    expect(calls[0].input).toEqual({ places: 'http://city.test/city/places.fgb', dem: 'http://city.test/city/dem.json' });
    expect(backend.drawn.map((drawn) => drawn.batch.kind === 'points' && [drawn.batch.symbol, drawn.batch.ids, drawn.batch.stem])).toEqual([['hospital', ['p1'], 14], ['dot', ['p3'], 14]]);
    const { batch } = backend.drawn[0];
    const [lon, lat, height] = placer(batch.anchor).unplace(...(backend.drawn[0].at(0).places as unknown as [number, number, number]), [0, 0, 0]);
    expect([lon, lat]).toEqual([expect.closeTo(117.492, 8), expect.closeTo(30.661, 8)]);
    expect(height).toBeCloseTo(20, 2);
    expect(labels.map((label) => label.text)).toEqual(['老城', '市人民医院']);
    expect(staged.status).toMatchObject({ state: 'ready', count: 3, message: { en: 'synthetic city, not real data' } });
    expect(staged.layer.extent()).toMatchObject({ west: 117.485, north: 30.661, top: 34 });
    expect(staged.layer.legend()?.entries.map((entry) => entry.label.en)).toEqual(['Hospital', 'Food']);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('hides the names with the layer, and lights them by night', async () => {
    const { staged, labels, update } = await bench('city/city.json');
    update({ visible: false });
    expect(labels).toHaveLength(0);
    update({ visible: true });
    expect(labels.map((label) => label.colour)).toEqual([undefined, undefined]);
    update({}, { light: 'night' });
    expect(labels.map((label) => label.colour)).toEqual(['#dce5ea', '#dce5ea']);
    staged.detach();
  });

  test('is picked by its symbol', async () => {
    const { staged, pick, card } = await bench('city/city.json');
    const ask = pick(0, 0);
    const point = project(ask.clip({ lon: 117.492, lat: 30.661, height: 34 }), ask.width, ask.height, 0, 0, 0, new Float64Array(3));
    const hit = await staged.layer.pick!({ ...ask, x: point[0] + 4, y: point[1] + 4 });
    expect(hit).toMatchObject({ id: 'p1', height: 20 });
    expect(hit!.depth).toBeCloseTo(1966, -2);
    expect(await card(hit!)).toMatchObject({ title: { zh: '市人民医院' }, rows: [{ value: { en: 'Hospital' } }, { value: 'p1' }] });
    expect(await staged.layer.pick!({ ...ask, x: point[0] + 16, y: point[1] })).toBeNull();
    staged.detach();
  });

  test('shows what is one of very many from nearby only', async () => {
    const { backend, staged, pick, wake } = await benchLayer(placesLayer, places({ url: 'city/city.json' }), { files, analyses: { places: (() => ({ ...columns, kinds: ['hospital', 'hydrant', 'bus-stop'] })) as FakeAnalysis } });
    const shown = (): (string | boolean)[][] => backend.drawn.map(({ batch, visible }) => [batch.ids![0], visible]);
    expect(shown()).toEqual([['p1', true], ['p2', false], ['p3', false]]);
    const ask = pick(0, 0);
    const point = project(ask.clip({ lon: 117.485, lat: 30.658, height: 23 }), ask.width, ask.height, 0, 0, 0, new Float64Array(3));
    expect(await staged.layer.pick!({ ...ask, x: point[0], y: point[1] })).toBeNull();
    await backend.look({ ...backend.view.pose, height: 220 });
    wake();
    expect(shown()).toEqual([['p1', true], ['p2', true], ['p3', true]]);
    staged.detach();
  });

  test('trees stand as tall as they are, are never named, and are left out from afar', async () => {
    const trees = { ids: ['t1', 't2', 't3'], places: new Float64Array([117.4915, 30.661, 20, 117.4921, 30.661, 21, 117.6, 30.8, 5]), heights: new Float32Array([14.5, Number.NaN, 9]), total: 4 };
    const { backend, staged, labels, pick, card, wake } = await benchLayer(placesLayer, places({ url: 'city/city.json' }), { files, analyses: { places: (() => ({ ...columns, trees })) as unknown as FakeAnalysis } });
    const drawn = backend.drawn.filter(({ batch }) => batch.kind === 'instances');
    expect(drawn.map(({ batch }) => batch.ids)).toEqual([['t1', 't2'], ['t3']]);
    const [near] = drawn.map(({ batch }) => batch as InstancesBatch);
    const scale = near.scale as Float32Array;
    expect(scale[0]).toBe(14.5);
    expect(scale[1]).toBeGreaterThanOrEqual(6);
    expect(scale[1]).toBeLessThanOrEqual(12);
    expect(Math.max(...near.model.places.filter((_, i) => i % 3 === 2))).toBe(1);
    expect(placer(near.anchor).unplace(near.places[0], near.places[1], near.places[2], [0, 0, 0])).toEqual([expect.closeTo(117.4915, 7), expect.closeTo(30.661, 7), expect.closeTo(20, 2)]);
    expect(labels.map((label) => label.text)).toEqual(['老城', '市人民医院']);
    expect(staged.status.message?.en).toContain('4 trees, 3 of them shown');
    expect(drawn.map(({ visible }) => visible)).toEqual([true, false]);
    const ask = pick(0, 0);
    const middle = project(ask.clip({ lon: 117.4915, lat: 30.661, height: 28 }), ask.width, ask.height, 0, 0, 0, new Float64Array(3));
    const hit = await staged.layer.pick!({ ...ask, x: middle[0], y: middle[1] });
    expect(hit).toMatchObject({ id: 't1', height: 20 });
    expect(await card(hit!)).toMatchObject({ title: { en: 'Tree' }, rows: [{ value: { en: '14.5 m' } }, { value: 't1' }] });
    await backend.look({ ...backend.view.pose, height: 9000 });
    wake();
    expect(drawn.map(({ visible }) => visible)).toEqual([false, false]);
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('the same tree looks the same wherever it comes in its file', async () => {
    const look = async (ids: readonly string[]): Promise<Record<string, unknown>> => {
      const trees = { ids, places: new Float64Array(ids.flatMap((id) => [117.492 + Number(id) * 1e-5, 30.661, 20])), heights: new Float32Array(ids.length).fill(Number.NaN), total: ids.length };
      const { backend, staged } = await benchLayer(placesLayer, places({ url: 'city/city.json' }), { files, analyses: { places: (() => ({ ...columns, trees })) as unknown as FakeAnalysis } });
      const { batch } = backend.drawn.find((each) => each.batch.kind === 'instances')!;
      const { headings, scale, colours } = batch as InstancesBatch;
      const looks = Object.fromEntries(ids.map((id, i) => [id, [headings[i], (scale as Float32Array)[i], ...colours.subarray(4 * i, 4 * i + 4)]]));
      staged.detach();
      return looks;
    };
    const one = await look(['1', '2', '3']);
    expect(await look(['3', '1', '2'])).toEqual(one);
    expect(new Set(Object.values(one).map((each) => JSON.stringify(each))).size).toBe(3);
  });

  test('takes a GeoJSON file of points, two cities in batches of their own', async () => {
    const { backend, staged } = await bench('poi.geojson');
    expect(backend.drawn.map((drawn) => drawn.batch.ids)).toEqual([['7'], ['1']]);
    expect(staged.status.message?.en).toBe('2 features that are no points are left out');
    staged.detach();
  });

  test('says in one sentence what is wrong with a file', async () => {
    for (const [url, sentence] of [['lines.geojson', 'has no points; 1 other features'], ['rubbish.geojson', 'is no GeoJSON'], ['gone.geojson', 'is not there']]) {
      const { staged, reports } = await bench(url);
      expect(staged.status.state).toBe('failed');
      expect(reports[0].message).toContain(sentence);
    }
  });

  test('knows the words of OpenStreetMap and of the sample city', () => {
    expect(['fire-station', 'fire_hydrant', 'bus-stop', 'signal', 'district', 'anything'].map(kindOf)).toEqual(['fire', 'hydrant', 'stop', 'signal', 'district', 'place']);
    expect(lookOf('signal').minor).toBe(true);
  });

  test('a cell never spans more than 20 km', () => {
    const spread = Float64Array.from({ length: 3000 }, (_, i) => (i % 3 === 2 ? 0 : ((i * 7919) % 997) / 500));
    for (const { anchor, members } of cellsOf(spread)) {
      const local = placer(anchor);
      for (const i of members) {
        const [east, north] = local.place(spread[3 * i], spread[3 * i + 1], 0, [0, 0, 0]);
        expect(Math.hypot(east, north)).toBeLessThan(10_000);
      }
    }
  });
});
