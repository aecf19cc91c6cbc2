import { readdirSync, readFileSync } from 'node:fs';
import { parseDocument, placer, type CityCatalogue } from 'citymirror';
import { describe, expect, test } from 'vitest';
import { FakeTwin } from '../../engine/ui/testing/fake-twin.ts';
import { feedsOf } from './feeds.ts';
import { cityTitle, firstView, layersOfCity, sceneOfCity } from './scene-of-city.ts';

const city: CityCatalogue = {
  version: 1, title: { zh: '池州', en: 'Chizhou' }, bounds: [117.46, 30.63, 117.52, 30.69], center: [117.49, 30.66], heightDatum: 'ellipsoid', surveyDate: '2026-11-01', synthetic: true, source: ['a.geojson'], missing: [],
  layers: {
    buildings: { tileset: 'tileset.json', features: 'features.json', companion: 'buildings.fgb', count: 3, cimLevel: 'CIM2' },
    roads: { companion: 'roads.fgb', count: 1 }, places: { companion: 'places.fgb', count: 1 }, terrain: { quantizedMesh: 'terrain/layer.json', dem: 'dem.json' },
  },
};
const feeds = { url: 'ws://localhost:5173/mqtt', vehicles: 'city/vehicles/#', roads: 'city/roads/#' };

describe('the scene of a city', () => {
  test('is a valid document with every layer its data can fill', () => {
    const scene = parseDocument(sceneOfCity(city, '/cities/sample/city.json', { feeds, title: 'sample' }));
    expect(Object.values(scene.layers).toSorted((a, b) => a.order - b.order).map((layer) => layer.type)).toEqual(['ground', 'tiles', 'traffic', 'places', 'emergency']);
    expect(scene.title).toEqual({ zh: '池州', en: 'Chizhou' });
    expect(scene.layers.traffic.feed).toMatchObject({ transport: 'mqtt', topic: 'city/vehicles/#' });
  });

  test('what the data lack is left out, and without a broker nothing is live', () => {
    const bare = { ...city, layers: { buildings: city.layers.buildings } };
    expect(Object.keys(layersOfCity(bare, '/c/city.json', feeds))).toEqual(['ground', 'buildings', 'emergency']);
    expect(Object.keys(layersOfCity(city, '/c/city.json', null))).not.toContain('traffic');
    expect(Object.keys(layersOfCity(city, '/c/city.json', feeds))).not.toContain('sensor');
    const { sensor } = parseDocument(sceneOfCity(city, '/c/city.json', { feeds: feedsOf({ live: true, sensors: true }), title: 'x' })).layers;
    expect(sensor).toMatchObject({ type: 'sensor', feed: { topic: 'city/sensors/#', decode: 'readings' }, options: { about: '/feeds/sensors.json' } });
    expect([feedsOf({ live: false, sensors: false }), feedsOf({ live: true, sensors: false })?.sensors]).toEqual([null, undefined]);
    expect(Object.keys(layersOfCity({ ...city, layers: {} }, '/c/city.json', null, '-2'))).toEqual(['ground-2']);
    parseDocument(sceneOfCity(bare, '/c/city.json', { feeds: null, title: 'x' }));
  });

  test('pictures of the ground lie over its map and below all else, the lowest first, at addresses beside the catalogue', () => {
    const picture = { url: 'imagery/{z}/{x}/{y}.webp', minzoom: 14, maxzoom: 18, bounds: [117.46, 30.63, 117.52, 30.69] as const, tileSize: 256 };
    const scene = parseDocument(sceneOfCity({ ...city, layers: { ...city.layers, imagery: [picture, { ...picture, url: 'imagery-2/{z}/{x}/{y}.webp', credit: '© 测绘院' }] } }, '/cities/own/city.json', { feeds: null, title: 'x' }));
    expect(Object.values(scene.layers).toSorted((a, b) => a.order - b.order).map(({ type }) => type).slice(0, 4)).toEqual(['ground', 'imagery', 'imagery', 'tiles']);
    expect(scene.layers.imagery).toMatchObject({ url: '/cities/own/imagery/{z}/{x}/{y}.webp', options: { levels: [14, 18], bounds: [117.46, 30.63, 117.52, 30.69] } });
    expect(scene.layers['imagery-2'].credits).toEqual([{ text: '© 测绘院' }]);
  });

  test('an entry it does not know is shown as tiles where it names a tileset of its own folder, and else left alone', () => {
    const tileset = { tileset: 'points/tileset.json', count: 7, title: '点云', cimLevel: 'CIM3' };
    const odd = { trees: tileset, away: { tileset: 'https://elsewhere.example/tileset.json' }, up: { tileset: '../../tileset.json' }, '../x': tileset, broken: null, heat: { companion: 'heat.bin' }, ground: undefined };
    const scene = parseDocument(sceneOfCity({ ...city, layers: { ...city.layers, ...odd } as CityCatalogue['layers'] }, '/cities/own/city.json', { feeds: null, title: 'x' }));
    expect(Object.keys(scene.layers)).toEqual(['ground', 'buildings', 'trees', 'places', 'emergency']);
    expect(scene.layers.trees).toMatchObject({ type: 'tiles', url: '/cities/own/points/tileset.json', title: { zh: '点云' }, cimLevel: 'CIM3' });
  });

  test.each([[0.005, 700], [0.06, 3200], [2, 6000]])('a city of %s degrees is looked at from a distance that fits, its middle in the picture’s middle', (size, most) => {
    const pose = firstView([117.49, 30.66], [117.49 - size / 2, 30.66 - size / 2, 117.49 + size / 2, 30.66 + size / 2]);
    const [east, north, up] = placer({ lon: pose.lon, lat: pose.lat, height: pose.height }).place(117.49, 30.66, 0, [0, 0, 0]);
    const distance = Math.hypot(east, north, up);
    expect(distance).toBeGreaterThanOrEqual(699);
    expect(distance).toBeLessThanOrEqual(most + 1);
    expect((Math.atan2(east, north) * 180) / Math.PI).toBeCloseTo(pose.heading, 1);
    expect((Math.asin(up / distance) * 180) / Math.PI).toBeCloseTo(pose.pitch, 0);
  });

  test('a folder with a model alone opens near it, and shows it; a city with models shows both', () => {
    const bounds = [8.4364, 49.1003, 8.4367, 49.1005] as const;
    const models = { tileset: 'm', features: 'f', properties: 'p', count: 1, storeys: [], models: [{ name: 'house', georeferenced: true, anchor: [8.4365, 49.1004, 110] as const, heading: 0, products: 1, replaces: [], bounds }], cimLevel: 'CIM4' };
    const alone: CityCatalogue = { ...city, bounds, center: [8.43655, 49.1004], layers: { models } };
    const scene = parseDocument(sceneOfCity(alone, '/c/city.json', { feeds: null, title: 'x' }));
    expect(Object.values(scene.layers).map(({ type }) => type)).toEqual(['ground', 'bim']);
    const { lon, lat, height } = scene.camera;
    const [east, north, up] = placer({ lon: 8.43655, lat: 49.1004, height: 110 }).place(lon, lat, height, [0, 0, 0]);
    expect(Math.hypot(east, north, up)).toBeLessThan(80);
    expect(up).toBeGreaterThan(10);
    expect(Object.values(layersOfCity({ ...city, layers: { ...city.layers, models } }, '/c/city.json', null)).map(({ type }) => type)).toContain('bim');
  });

  test('the scenes that come with the demo are valid, in both languages, and can be shared', () => {
    const folder = new URL('../scenes/', import.meta.url);
    const names = readdirSync(folder);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const scene = parseDocument(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
      expect([name, scene.title.zh !== scene.title.en]).toEqual([name, true]);
      for (const layer of Object.values(scene.layers)) expect([name, layer.url?.startsWith('/cities/'), layer.feed?.url ?? '/mqtt']).toEqual([name, true, '/mqtt']);
    }
  });

  test('another scene takes the place of the one that is open, and undo brings it back', () => {
    const twin = new FakeTwin();
    const before = twin.document;
    const scene = parseDocument(sceneOfCity(city, '/cities/sample/city.json', { feeds, title: 'sample' }));
    twin.apply([{ op: 'replace', path: '', value: structuredClone(scene) }], { by: 'open' });
    expect(twin.document).toEqual(scene);
    expect(() => twin.apply([{ op: 'replace', path: '', value: { ...scene, camera: null } }], { by: 'open' })).toThrow(/wrong at/u);
    expect(twin.document).toEqual(scene);
    twin.undo();
    expect(twin.document).toEqual(before);
  });

  test('a title in one language serves both', () => {
    expect(cityTitle({ title: '深圳' }, 'x')).toEqual({ zh: '深圳', en: '深圳' });
    expect(cityTitle({}, 'x')).toEqual({ zh: 'x', en: 'x' });
  });
});
