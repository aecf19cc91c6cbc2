import { describe, expect, test } from 'vitest';
import type { StyleTexture } from '#engine';
import type { FeaturesInput, PropertiesInput, StyleInput } from '#models';
import { benchLayer, CITY, CITY_URL, leftOn, NOTHING_LEFT, TILESET, type FakeAnalysis } from '../../tests/stage.ts';
import { bim, bimLayer } from './bim.ts';
import { tiles, tilesLayer } from './tiles.ts';

const storey = (id: string, elevation: number | null, model: number, count: number): object => ({ id, name: elevation === null ? '' : id.toUpperCase(), elevation, model, count, classes: { IfcWall: count } });
const MODELS = {
  tileset: 'models/tileset.json', features: 'models/features.json', properties: 'models/properties.json', count: 9, cimLevel: 'CIM4',
  storeys: [storey('f1', 0, 0, 4), storey('f2', 3, 0, 2), storey('f3', 6, 0, 1), storey('-', null, 0, 1), storey('2/f1', 0, 1, 1)],
  models: [0, 1].map((k) => ({ name: `model ${k}`, georeferenced: k === 1, anchor: [117.49, 30.66, 12], heading: 0, products: 8, replaces: k === 0 ? [1] : [], bounds: [117.48 + k, 30.65, 117.485 + k, 30.655] })),
};
const files = { [CITY_URL]: { ...CITY, layers: { ...CITY.layers, models: MODELS } }, 'http://city.test/city/models/tileset.json': TILESET, 'http://city.test/city/tileset.json': TILESET };
const asked: StyleInput[] = [];
const style = ((input: StyleInput) => {
  asked.push(input);
  return { texture: { width: 9, height: 1, data: new Uint8Array(36) } satisfies StyleTexture, legend: null, counts: { total: 9, shown: 9 - input.filter.length, coloured: 0, unknown: 0 } };
}) as FakeAnalysis;
const element = { number: 4, id: '3xYz', properties: { id: '3xYz', name: '东墙', class: 'IfcWall', type: '240 砖墙', material: '砖', storey: 'F1', storeyId: 'f1', model: 'model 0', height: 3.1004, base: 12 } };
const features = ((input: FeaturesInput) => ({ rows: input.numbers?.[0] === 4 || input.ids?.includes('3xYz') ? [element] : [], matched: 1, total: 9 })) as FakeAnalysis;
const properties = ((input: PropertiesInput) => ({ sets: input.number === 4 ? [{ name: 'Pset_WallCommon', rows: [{ name: 'LoadBearing', value: true }, { name: 'Mark', value: 'W-12' }] }, { name: 'BaseQuantities', rows: [{ name: 'NetVolume', value: 4.2, unit: 'm³' }] }] : [] })) as FakeAnalysis;
const bench = (options: Partial<Parameters<typeof bim>[0]> = {}) => benchLayer(bimLayer, bim({ url: 'city/city.json', ...options }), { files, analyses: { style, features, properties } });
const hiddenStoreys = (): unknown[] => asked.at(-1)!.filter.filter(({ key }) => key === 'storeyId').map(({ is, value }) => `${is} ${String(value)}`);

describe('the layer of building models', () => {
  test('streams the models of a city folder with the look of models, and says which were placed by hand', async () => {
    const { backend, staged } = await bench();
    expect(backend.tilesets[0].source).toMatchObject({ url: 'http://city.test/city/models/tileset.json', features: 9, look: 'model' });
    expect(staged.status).toMatchObject({ state: 'ready', count: 9, message: { en: expect.stringContaining('model 0 placed by hand') } });
    expect(staged.status.message?.zh).not.toContain('没有');
    expect(staged.layer.extent()).toMatchObject({ west: 117.48, south: 30.65, east: 118.485, north: 30.655 });
    staged.detach();
    expect(leftOn(backend)).toEqual(NOTHING_LEFT);
  });

  test('a storey alone hides all others of its model and none of another; with all below keeps the ground', async () => {
    const { staged, update, until } = await bench({ storey: { id: 'f2', show: 'only' } });
    await until(() => asked.length > 0 && hiddenStoreys().length === 3);
    expect(hiddenStoreys()).toEqual(['!= f1', '!= f3', '!= -']);
    await until(() => staged.status.message?.zh.includes('只显示 F2') === true);
    update({ options: { storey: { id: 'f2', show: 'below' } } });
    await until(() => hiddenStoreys().length === 1);
    expect(hiddenStoreys()).toEqual(['!= f3']);
    update({ options: { hiddenClasses: ['IfcDoor'] }, filter: [{ key: 'height', is: '>', value: 1 }] });
    await until(() => asked.at(-1)!.filter.length === 2);
    expect(asked.at(-1)!.filter).toEqual([{ key: 'height', is: '>', value: 1 }, { key: 'class', is: '!=', value: 'IfcDoor' }]);
    update({ options: { storey: { id: 'gone', show: 'only' } }, filter: [] });
    await until(() => staged.status.count === 9);
    staged.detach();
  });

  test('the card says what an element is, then its property sets under their names', async () => {
    const { backend, staged, pick, card } = await bench();
    const surface = { lon: 117.49, lat: 30.66, height: 12, feature: { tiles: backend.tilesets[0], number: 4, properties: {} } };
    const hit = await staged.layer.pick!({ ...pick(640, 360), surface: async () => surface });
    expect(hit).toMatchObject({ id: '3xYz' });
    const shown = (await card(hit!))!;
    expect(shown.title.zh).toBe('东墙');
    expect(shown.rows).toContainEqual({ label: { zh: '类别', en: 'Class' }, value: { zh: '墙 IfcWall', en: 'wall (IfcWall)' } });
    expect(shown.rows).toContainEqual({ label: { zh: '高度', en: 'Height' }, value: 3.1, unit: 'm' });
    expect(shown.rows.filter(({ group }) => group)).toEqual([
      { group: { zh: 'Pset_WallCommon', en: 'Pset_WallCommon' }, label: { zh: '是否承重', en: 'LoadBearing' }, value: { zh: '是', en: 'yes' } },
      { group: { zh: 'Pset_WallCommon', en: 'Pset_WallCommon' }, label: { zh: 'Mark', en: 'Mark' }, value: 'W-12' },
      { group: { zh: '工程量 BaseQuantities', en: 'BaseQuantities' }, label: { zh: '净体积', en: 'NetVolume' }, value: 4.2, unit: 'm³' },
    ]);
    // A selection opened from a link has no properties of its own.
    expect((await card({ ...hit!, properties: {} }))?.rows.length).toBe(shown.rows.length);
    staged.detach();
  });

  test('a folder without models is one sentence', async () => {
    const { staged, reports } = await benchLayer(bimLayer, bim({ url: 'city/city.json' }), { files: { [CITY_URL]: CITY }, analyses: { style, features } });
    expect(staged.status).toMatchObject({ state: 'failed', message: { en: expect.stringContaining('no building model in the data') } });
    expect(reports.map(({ code }) => code)).toEqual(['not-found']);
  });
});

describe('buildings under a model', () => {
  test('give way while the model is shown', async () => {
    const { staged, update, until, document } = await benchLayer(tilesLayer, tiles({ url: 'city/city.json' }), { files, analyses: { style, features } });
    const layers = document().layers;
    const model = (visible: boolean): typeof layers => ({ ...layers, bim: { type: 'bim', title: { zh: '', en: '' }, visible, opacity: 1, order: 4, url: document().layers.subject.url } });
    asked.length = 0;
    update({}, { layers: model(true) });
    await until(() => asked.at(-1)?.hidden?.length === 1);
    expect([...asked.at(-1)!.hidden!]).toEqual([1]);
    await until(() => staged.status.message?.en.includes('1 buildings give way to models') === true);
    update({ options: { replace: false } }, { layers: model(true) });
    await until(() => staged.status.message?.en.includes('give way') === false);
    staged.detach();
  });
});
