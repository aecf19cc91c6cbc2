import { describe, expect, test } from 'vitest';
import { choiceOf, classesOf, isShown, optionsWith, storeysOf, type Storey } from './model.ts';
import { modelProperties } from './properties.ts';

const storey = (id: string, elevation: number | null, classes: Record<string, number>, model = 0): Storey => ({ id, name: id, elevation, model, count: Object.values(classes).reduce((a, b) => a + b, 0), classes });
const all = [storey('low', 0, { IfcWall: 3, IfcDoor: 1 }), storey('high', 3, { IfcWall: 2 }), storey('-', null, { IfcSite: 1 }), storey('other', 1, { IfcSlab: 9 }, 1)];
const models = { storeys: all } as never;
const layer = (options?: Record<string, unknown>): never => ({ type: 'bim', options }) as never;

describe('a model in the planner', () => {
  test('storeys come highest first, one model’s alone, what lies on none last', () => {
    expect(storeysOf(models, 0).map(({ id }) => id)).toEqual(['high', 'low', '-']);
    expect(storeysOf(models, 1).map(({ id }) => id)).toEqual(['other']);
  });

  test('alone hides the rest; with all below keeps what lies lower or on no storey', () => {
    const [high, low, none] = storeysOf(models, 0);
    expect([high, low, none].map((each) => isShown(each, { id: 'low', show: 'only' }, all))).toEqual([false, true, false]);
    expect([high, low, none].map((each) => isShown(each, { id: 'low', show: 'below' }, all))).toEqual([false, true, true]);
    expect([high, low, none].map((each) => isShown(each, { id: 'gone', show: 'only' }, all))).toEqual([true, true, true]);
    expect([high, low, none].map((each) => isShown(each, null, all))).toEqual([true, true, true]);
  });

  test('classes are counted over storeys, most first', () => {
    expect(classesOf(storeysOf(models, 0))).toEqual([{ name: 'IfcWall', count: 5 }, { name: 'IfcDoor', count: 1 }, { name: 'IfcSite', count: 1 }]);
  });

  test('a change of one keeps the other, and other options', () => {
    const first = optionsWith(layer({ detail: 8, hiddenClasses: ['IfcDoor'] }), { storey: { id: 'low', show: 'only' } });
    expect(first).toEqual({ detail: 8, hiddenClasses: ['IfcDoor'], storey: { id: 'low', show: 'only' } });
    expect(choiceOf(layer(first))).toEqual({ id: 'low', show: 'only' });
    expect(optionsWith(layer(first), { storey: null, hiddenClasses: [] })).toEqual({ detail: 8 });
  });
});

describe('what elements offer for colours', () => {
  test('classes and storeys by word, not what has too many words or none', () => {
    const many = Array.from({ length: 80 }, (_, k) => `type ${k}`);
    const infos = modelProperties([{ name: 'class', type: 'category', dictionary: ['IfcWall', 'IfcDoor'] }, { name: 'storey', type: 'category', dictionary: [''] }, { name: 'type', type: 'category', dictionary: many }, { name: 'height', type: 'float32', min: 0.1, max: 12.4 }]);
    expect(infos.map(({ key }) => key)).toEqual(['class', 'height']);
    expect(Object.keys(infos[0].rule!.match!.colours)).toEqual(['IfcWall', 'IfcDoor']);
    expect(infos[1].rule!.ramp).toMatchObject({ from: 0, to: 13 });
  });
});
