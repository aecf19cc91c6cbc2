import { emptyDocument } from 'citymirror';
import { describe, expect, test } from 'vitest';
import { boundsOf, classify, isTileService } from './classify.ts';

const line = { type: 'LineString', coordinates: [[117.4, 30.6], [117.5, 30.7]] };

describe('what a file is', () => {
  test.each([
    ['a feature collection', { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: line }] }, 'geojson'],
    ['a feature', { type: 'Feature', properties: {}, geometry: line }, 'geojson'],
    ['a bare geometry', line, 'geojson'],
    ['metres instead of degrees', { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [500_123, 3_392_456] } }, 'projected'],
    ['not a number in the coordinates', { type: 'Point', coordinates: [Number.NaN, 30] }, 'projected'],
    ['a scene document', emptyDocument([117.49, 30.66]), 'scene'],
    ['a tileset', { asset: { version: '1.1' }, geometricError: 1, root: {} }, 'tileset'],
    ['a catalogue', { version: 1, bounds: [0, 0, 1, 1], layers: {} }, 'city'],
    ['a package.json', { name: 'x', version: '1.0.0' }, 'unknown'],
    ['a list', [1, 2], 'unknown'],
    ['null', null, 'unknown'],
  ])('%s', (_name, json, kind) => {
    expect(classify(json).kind).toBe(kind);
  });

  test('features without a geometry are left out, the others stand', () => {
    const content = classify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: null }, { type: 'Feature', properties: {}, geometry: line }] });
    expect(content.kind === 'geojson' && content.features).toHaveLength(1);
  });

  test('bounds go over every part of every geometry', () => {
    const collection = { type: 'GeometryCollection', geometries: [{ type: 'MultiPolygon', coordinates: [[[[1, 2], [3, 2], [3, 4], [1, 2]]]] }, { type: 'Point', coordinates: [-5, 9] }] };
    const content = classify(collection);
    expect(content.kind === 'geojson' && boundsOf(content.features)).toEqual([-5, 2, 3, 9]);
    expect(boundsOf([])).toBeNull();
  });

  test.each([
    ['https://tiles.test/{z}/{x}/{y}.png', true], ['https://t0.tianditu.gov.cn/vec_w/wmts?tk=k', true], ['https://maps.test/geoserver/gwc/service/wmts?REQUEST=GetCapabilities', true],
    ['https://maps.test/1.0.0/WMTSCapabilities.xml', true], ['/tiles/{TileMatrix}/{TileRow}/{TileCol}.jpg', true], ['https://maps.test/city/city.json', false], ['/cities/sample/tileset.json?z=3', false],
  ])('%s is a service of pictures: %s', (address, is) => {
    expect(isTileService(address)).toBe(is);
  });
});
