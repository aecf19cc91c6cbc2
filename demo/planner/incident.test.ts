import { FakeTwin } from '../../engine/ui/testing/fake-twin.ts';
import { csv, UI_EN, UI_ZH, Words, type CityCatalogue, type Twin } from 'citymirror';
import { describe, expect, test } from 'vitest';
import { affectedCsv } from './affected-csv.ts';
import type { Catalogues } from './catalogues.ts';
import { PAGE_EN } from './dictionary-en.ts';
import { PAGE_ZH } from './dictionary-zh.ts';
import { addIncident, incidentsOf, radiusAt, shareOf, showIncident, shownIncident } from './incident.ts';
import { buildingProperties, liveProperties } from './properties.ts';

const place = { lon: 117.4900000001, lat: 30.66 };
const bounds: Record<string, readonly number[]> = { '/near/city.json': [117.4, 30.6, 117.6, 30.7], '/far/city.json': [113, 22, 114, 23] };
const catalogues = { of: (url: string | undefined) => Promise.resolve(url && bounds[url] ? ({ bounds: bounds[url] } as unknown as CityCatalogue) : null) } as Catalogues;

function twinWith(layers: Record<string, { type: string; url: string }>): Twin & FakeTwin {
  const twin = new FakeTwin();
  Object.entries(layers).forEach(([id, layer], order) => twin.add({ ...layer, order }, id));
  return twin as unknown as Twin & FakeTwin;
}

describe('incident', () => {
  test('goes to the layer whose city holds the place, is shown, and is one step of undo', async () => {
    const twin = twinWith({ far: { type: 'emergency', url: '/far/city.json' }, near: { type: 'emergency', url: '/near/city.json' }, top: { type: 'emergency', url: '/far/city.json' } });
    expect(await addIncident(twin, catalogues, place, 'gas')).toBe(true);
    expect(incidentsOf(twin.document, 'near')).toMatchObject([{ id: 'incident-1', kind: 'gas', lon: 117.49, lat: 30.66, radius: 300 }]);
    expect(shownIncident(twin.document)).toMatchObject({ layer: 'near', at: 0 });
    await addIncident(twin, catalogues, place, 'fire');
    expect(shownIncident(twin.document)?.incident.id).toBe('incident-2');
    twin.undo();
    expect(incidentsOf(twin.document, 'near')).toHaveLength(1);
    expect(shownIncident(twin.document)?.incident.id).toBe('incident-1');
    showIncident(twin, null);
    expect(shownIncident(twin.document)).toBeNull();
  });

  test('a scene without an emergency layer gets one over its buildings; without buildings it is told', async () => {
    const twin = twinWith({ buildings: { type: 'tiles', url: '/near/city.json' } });
    expect(await addIncident(twin, catalogues, place, 'fire')).toBe(true);
    expect(twin.document.layers.emergency).toMatchObject({ type: 'emergency', url: '/near/city.json', order: 1 });
    expect(await addIncident(twinWith({ foreign: { type: 'tiles', url: '/x/tileset.json' } }), catalogues, place, 'fire')).toBe(false);
  });

  test('the radius slider is even in ratio, round, and comes back to where it was', () => {
    expect([0, 50, 100].map(radiusAt)).toEqual([50, 500, 5000]);
    for (const radius of [50, 120, 300, 1000, 4200]) expect(radiusAt(shareOf(radius))).toBe(radius);
  });

  test('the export has every building and runs no formula', () => {
    const words = new Words({ zh: { ...UI_ZH, ...PAGE_ZH }, en: { ...UI_EN, ...PAGE_EN } }, 'zh');
    const text = affectedCsv({ total: 2, ids: ['a', '=b'], numbers: new Uint32Array(2), distances: new Float64Array([0, 12.34]), heights: new Float32Array([30, Number.NaN]), uses: ['office', ''], names: ['@SUM(A1)', ''], addresses: ['长江路 1 号', ''], bytesRead: 1, bytesTotal: 2 }, words);
    expect(text).toBe(csv(['编号', '名称', '地址', '用途', '高度_m', '距离_m'], [['a', '@SUM(A1)', '长江路 1 号', 'office', 30, 0], ['=b', '', '', '', null, 12.3]]));
    expect(text).toContain("'=b");
    expect(text).toContain("'@SUM(A1)");
  });
});

describe('properties', () => {
  test('live values that layers offer can be coloured by', () => {
    const offers = [{ name: 'load', title: { zh: '负荷', en: 'Load' }, unit: 'kW', from: 0, to: 100 }];
    expect(liveProperties({ a: {}, b: { options: { offers } }, c: { options: { offers: 'none' } } })).toMatchObject([{ key: 'load', live: true, rule: { by: 'join', key: 'load' } }]);
  });

  test('only columns with something to tell are offered; words come with their names', () => {
    const infos = buildingProperties([{ name: 'height', type: 'float32', min: 3, max: 90 }, { name: 'storeys', type: 'uint16', min: 0, max: 0 }, { name: 'use', type: 'category', dictionary: ['', 'office', 'warehouse'] }]);
    expect(infos.map((info) => info.key)).toEqual(['height', 'use']);
    expect(infos[1].words).toEqual([{ value: 'office', title: { zh: '办公', en: 'Office' } }, { value: 'warehouse', title: { zh: 'warehouse', en: 'warehouse' } }]);
    const own = buildingProperties([{ name: 'lon', type: 'float64', min: 1, max: 2 }, { name: '年代', type: 'uint16', min: 1950, max: 2020 }, { name: 'structure', type: 'category', dictionary: ['', '砖混', '框架'] }, { name: 'note', type: 'string' }]);
    expect(own.map(({ key, kind }) => [key, kind])).toEqual([['年代', 'number'], ['structure', 'word']]);
    expect(Object.keys(own[1].rule?.match?.colours ?? {})).toEqual(['砖混', '框架']);
    const classes = infos[0].rule?.classes;
    expect(classes?.colours).toHaveLength((classes?.limits.length ?? 0) + 1);
  });
});
