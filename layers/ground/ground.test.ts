import { describe, expect, test } from 'vitest';
import type { GroundTileInput } from '#models';
import { LIGHTS, ORDER } from '#engine';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, type FakeAnalysis } from '../../tests/stage.ts';
import { datumNotes, otherGrounds } from './datums.ts';
import { ground, groundLayer } from './ground.ts';

const DEM = { west: 117.44, south: 30.64, east: 117.54, north: 30.7, width: 3, height: 3 };
/** The catalogue's bounds and the DEM's together. */
const WHOLE = [117.44, 30.63, 117.54, 30.7];
const painted: GroundTileInput[] = [];
const picture = { width: 512, height: 512, close: () => {} } as ImageBitmap;
const tile = ((input: GroundTileInput) => { painted.push(input); return { bitmap: input.x === 0 ? null : picture }; }) as unknown as FakeAnalysis;
const noBridges = (() => ({ cells: [], total: 0 })) as FakeAnalysis;
const bench = (city: unknown = CITY, more: Parameters<typeof benchLayer>[2] = {}) =>
  benchLayer(groundLayer, ground({ url: 'city/city.json' }), { files: { [CITY_URL]: city, 'http://city.test/city/dem.json': DEM }, analyses: { 'ground-tile': tile, bridges: noBridges }, ...more });

describe('the ground layer', () => {
  test('raises the terrain and paints the map from the companions', async () => {
    const { backend, staged } = await bench();
    expect(backend.ground).toEqual({ url: 'http://city.test/city/terrain/layer.json', bounds: WHOLE });
    const { source } = backend.imageries[0];
    expect(source).toMatchObject({ bounds: WHOLE, tileSize: 512, order: 3 });
    expect(await source.request(15, 27_077, 13_500, new AbortController().signal)).toBe(picture);
    expect(await source.request(15, 0, 0, new AbortController().signal)).toBeNull();
    expect(painted[0]).toMatchObject({ areas: 'http://city.test/city/areas.fgb', roads: 'http://city.test/city/roads.fgb', bounds: WHOLE, level: 15, x: 27_077, y: 13_500, palette: 'day', size: 512 });
    expect(staged.status).toMatchObject({ state: 'ready', message: { en: 'synthetic city, not real data' } });
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
    expect(await source.request(15, 1, 1, new AbortController().signal)).toBeNull();
  });

  test('is painted again when its shadows move and when day becomes night, and only then', async () => {
    const { backend, staged, update } = await bench();
    const drawn = backend.imageries[0];
    update({}, { title: { zh: '别名', en: 'another name' } });
    expect(drawn.refreshes).toBe(0);
    update({}, { light: 'dusk' });
    expect(drawn.refreshes).toBe(1);
    await drawn.source.request(15, 5, 5, new AbortController().signal);
    expect(painted.at(-1)).toMatchObject({ palette: 'day', sun: LIGHTS.dusk.sun });
    update({}, { light: 'night' });
    expect(drawn.refreshes).toBe(2);
    await drawn.source.request(15, 5, 5, new AbortController().signal);
    expect(painted.at(-1)).toMatchObject({ palette: 'night', sun: null });
    staged.detach();
  });

  test('is see-through by the layer\'s opacity, gone when hidden, solid again without the layer', async () => {
    const { backend, staged, update } = await bench();
    const drawn = backend.imageries[0];
    update({ opacity: 0.4 });
    expect([backend.groundOpacity, drawn.visible, drawn.opacity]).toEqual([0.4, true, 1]);
    update({ visible: false });
    expect([backend.groundOpacity, drawn.visible]).toEqual([0, false]);
    staged.detach();
    expect(backend.groundOpacity).toBe(1);
    const can = { ...backend.can, underground: false };
    const blind = await bench(CITY, { backend: { can } });
    blind.update({ opacity: 0.4 });
    expect([blind.backend.groundOpacity, blind.backend.imageries[0].opacity]).toEqual([1, 0.4]);
    blind.staged.detach();
  });

  test('says what is missing and still shows land', async () => {
    const { terrain: _terrain, areas: _areas, ...others } = CITY.layers;
    const { backend, staged } = await bench({ ...CITY, synthetic: false, layers: others });
    expect(backend.ground).toBeNull();
    expect(backend.imageries[0].source.bounds?.map((value) => Math.round(value * 1000) / 1000)).toEqual([117.442, 30.624, 117.538, 30.696]);
    expect(staged.status.message).toEqual({ zh: '数据中没有地形，地面为平面；数据中没有水系与用地', en: 'no terrain in the data: the ground is flat; no water and land use in the data' });
    staged.detach();
  });

  test('asks for few pictures at first, however far apart the places of a city lie', async () => {
    const near = await bench();
    expect(near.backend.imageries[0].source.minLevel).toBe(8);
    near.staged.detach();
    const { terrain: _terrain, ...others } = CITY.layers;
    const wide = await bench({ ...CITY, bounds: [113.9, 22.4, 121.6, 31.3], layers: others });
    expect(wide.backend.imageries[0].source.minLevel).toBe(5);
    wide.staged.detach();
  });

  test('goes on without terrain where the engine has none or it cannot be loaded', async () => {
    const can = { tiles: true, terrain: false, imagery: true, globe: false, screenshot: false, clip: false, shadows: false, underground: true };
    const without = await bench(CITY, { backend: { can } });
    expect(without.backend.ground).toBeNull();
    expect(without.staged.status.message?.en).toContain('this view shows no terrain');
    without.staged.detach();
    const broken = await bench(CITY, { backend: { terrain: async () => { throw new Error('layer.json is HTML'); } } });
    expect(broken.reports.map((error) => [error.code, error.message])).toEqual([['layer-failed', 'layer.json is HTML']]);
    expect(broken.staged.status).toMatchObject({ state: 'ready', message: { en: expect.stringContaining('could not be loaded') } });
    expect(broken.backend.imageries).toHaveLength(1);
    broken.staged.detach();
    expect(leftOn(broken.backend)).toEqual(NOTHING_LEFT);
  });

  test('reports a tile that could not be painted and lets the loader know', async () => {
    const { backend, staged, reports } = await bench(CITY, { analyses: { bridges: noBridges, 'ground-tile': (() => { throw new Error('areas.fgb is cut short'); }) as FakeAnalysis } });
    await expect(backend.imageries[0].source.request(15, 1, 1, new AbortController().signal)).rejects.toMatchObject({ code: 'analysis-failed' });
    expect(reports).toHaveLength(1);
    staged.detach();
  });

  test('draws bridges over the terrain as solids, and has the map paint their shadows alone', async () => {
    const cell = { anchor: { lon: 117.49, lat: 30.66, height: 13 }, places: new Float32Array(9), indices: Uint32Array.of(0, 1, 2), colours: new Uint8Array(12) };
    const { backend, staged, calls, until } = await bench(CITY, { analyses: { 'ground-tile': tile, bridges: (() => ({ cells: [cell, cell], total: 3 })) as FakeAnalysis } });
    await until(() => backend.drawn.length > 0);
    expect(calls.find(({ name }) => name === 'bridges')?.input).toEqual({ roads: 'http://city.test/city/roads.fgb', dem: 'http://city.test/city/dem.json' });
    expect(backend.drawn.map(({ batch }) => batch)).toMatchObject([0, 1].map(() => ({ kind: 'mesh', ...cell, order: ORDER.solid + 3, lit: true })));
    await backend.imageries[0].source.request(15, 27_077, 13_500, new AbortController().signal);
    expect(painted.at(-1)).toMatchObject({ decks: true });
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('has bridges painted where there is no terrain or their decks cannot be had', async () => {
    const { terrain: _terrain, ...others } = CITY.layers;
    const flat = await bench({ ...CITY, layers: others });
    await flat.backend.imageries[0].source.request(15, 27_077, 13_500, new AbortController().signal);
    expect([painted.at(-1)?.decks, flat.calls.some(({ name }) => name === 'bridges'), flat.backend.drawn.length]).toEqual([false, false, 0]);
    flat.staged.detach();
    const broken = await bench(CITY, { analyses: { 'ground-tile': tile, bridges: (() => { throw new Error('roads.fgb is cut short'); }) as FakeAnalysis } });
    await broken.until(() => broken.reports.length > 0);
    expect(broken.backend.imageries[0].refreshes).toBe(1);
    await broken.backend.imageries[0].source.request(15, 27_077, 13_500, new AbortController().signal);
    expect(painted.at(-1)?.decks).toBe(false);
    broken.staged.detach();
  });

  test('says that nobody knows what heights are above, and that another ground counts from elsewhere', async () => {
    const other = { type: 'ground', url: 'east/city.json', title: { zh: '东城', en: 'East' }, visible: true, opacity: 1, order: 0 };
    const files = { 'http://city.test/east/city.json': { ...CITY, heightDatum: '1985' } };
    const { staged, update } = await benchLayer(groundLayer, ground({ url: 'city/city.json' }), { files: { ...files, [CITY_URL]: { ...CITY, synthetic: false, heightDatum: 'unknown' }, 'http://city.test/city/dem.json': DEM }, analyses: { 'ground-tile': tile, bridges: noBridges } });
    expect(staged.status.message).toEqual({ zh: '高程基准未知', en: 'unknown height datum' });
    // A ground of the same city is no other ground.
    update({}, { tools: {} });
    expect(staged.status.message?.en).toBe('unknown height datum');
    expect(datumNotes({ ...CITY, heightDatum: '1985' } as never, [{ title: other.title, city: { ...CITY, heightDatum: '1985' } as never }])).toEqual([]);
    expect(datumNotes({ ...CITY, heightDatum: 'ellipsoid' } as never, [{ title: other.title, city: { ...CITY, heightDatum: '1985' } as never }]).map(({ en }) => en)).toEqual(['two height datums in one scene: here “WGS 84 ellipsoid”, in “East” “1985 national height datum”; nothing is converted, so heights of the two cannot be compared']);
    const scene = { layers: { a: { ...other, url: 'city/city.json' }, b: other, c: { ...other, type: 'tiles' } } } as never;
    expect([...otherGrounds(scene, CITY_URL, (url) => `http://city.test/${url}`).keys()]).toEqual(['http://city.test/east/city.json']);
    staged.detach();
  });
});
