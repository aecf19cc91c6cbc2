import { parseDocument, placer, type CityCatalogue } from 'citymirror';
import { describe, expect, test } from 'vitest';
import { FakeTwin } from '../../engine/ui/testing/fake-twin.ts';
import { sceneOfCity } from './scene-of-city.ts';
import { isUnderground, lookedAt, undergroundPatch, viewBelow } from './underground.ts';

const city: CityCatalogue = {
  version: 1, bounds: [117.46, 30.63, 117.52, 30.69], center: [117.49, 30.66], heightDatum: 'ellipsoid', surveyDate: null, synthetic: true, source: [], missing: [],
  layers: { buildings: { tileset: 'tileset.json', features: 'features.json', companion: 'buildings.fgb', count: 3 }, networks: { companion: 'networks.json', kinds: ['water'], count: 1, networks: [] } },
};

function open(): FakeTwin {
  const twin = new FakeTwin();
  twin.apply([{ op: 'replace', path: '', value: structuredClone(parseDocument(sceneOfCity(city, '/cities/sample/city.json', { feeds: null, title: 'sample' }))) }], { by: 'open' });
  return twin;
}

describe('looking below the ground', () => {
  test('a city with networks has a layer of them, above the ground and below the buildings', () => {
    const layers = Object.entries(open().document.layers).toSorted(([, a], [, b]) => a.order - b.order).map(([id]) => id);
    expect(layers).toEqual(['ground', 'pipeline', 'buildings', 'emergency']);
  });

  test('is one change: ground and buildings see-through, the view near and tilted; undo takes it back, and so does the button', () => {
    const twin = open();
    twin.apply([{ op: 'replace', path: '/layers/buildings/opacity', value: 0.8 }], { by: 'list' });
    const before = twin.document;
    expect(isUnderground(before)).toBe(false);
    twin.apply(undergroundPatch(before, lookedAt(before.camera, 14)), { by: 'underground' });
    const { layers, camera } = twin.document;
    expect([layers.ground.opacity < 0.5, layers.buildings.opacity < 0.5, layers.pipeline.visible]).toEqual([true, true, true]);
    expect(camera.pitch).toBeLessThan(-30);
    expect(isUnderground(twin.document)).toBe(true);
    twin.undo();
    expect(twin.document).toEqual(before);
    twin.redo();
    twin.apply(undergroundPatch(twin.document, lookedAt(twin.document.camera, 14)), { by: 'underground' });
    expect([twin.document.layers.ground.opacity, twin.document.layers.buildings.opacity, twin.document.tools]).toEqual([1, 0.8, {}]);
  });

  test('shows a hidden layer of pipes, and the ground again that somebody hid', () => {
    const twin = open();
    twin.apply([{ op: 'replace', path: '/layers/pipeline/visible', value: false }], { by: 'list' });
    twin.apply(undergroundPatch(twin.document, lookedAt(twin.document.camera, 14)), { by: 'underground' });
    expect(twin.document.layers.pipeline.visible).toBe(true);
    const other = open();
    other.apply([{ op: 'replace', path: '/layers/ground/visible', value: false }], { by: 'list' });
    expect(isUnderground(other.document)).toBe(true);
    other.apply(undergroundPatch(other.document, lookedAt(other.document.camera, 14)), { by: 'underground' });
    expect([other.document.layers.ground.visible, other.document.layers.ground.opacity]).toEqual([true, 1]);
  });

  test('the view keeps looking at the same place, from 260 m; one that is near already stays', () => {
    const far = { lon: 117.49, lat: 30.64, height: 1500, heading: 30, pitch: -35, roll: 0 };
    const spot = lookedAt(far, 14);
    const near = viewBelow(far, spot);
    const [east, north, up] = placer({ lon: near.lon, lat: near.lat, height: near.height }).place(spot.lon, spot.lat, spot.height, [0, 0, 0]);
    expect(Math.hypot(east, north, up)).toBeCloseTo(260, 0);
    expect((Math.atan2(east, north) * 180) / Math.PI).toBeCloseTo(30, 1);
    expect((Math.asin(up / Math.hypot(east, north, up)) * 180) / Math.PI).toBeCloseTo(near.pitch, 1);
    expect(viewBelow(near, spot)).toEqual(near);
  });
});
