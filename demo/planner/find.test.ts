import { describe, expect, test } from 'vitest';
import { foundOf, parsePlace } from './find.ts';
import { loadingShare } from './loading.ts';

describe('typed places', () => {
  test.each<[string, { lon: number; lat: number } | null]>([
    ['117.49, 30.66', { lon: 117.49, lat: 30.66 }],
    ['117.49 30.66', { lon: 117.49, lat: 30.66 }],
    ['117.49\uff0c30.66', { lon: 117.49, lat: 30.66 }],
    ['30.66, 117.49', { lon: 117.49, lat: 30.66 }],
    ['30.66N 117.49E', { lon: 117.49, lat: 30.66 }],
    ['0.5° W, 51.48° N', { lon: -0.5, lat: 51.48 }],
    ['51.48 S, 0.5 W', { lon: -0.5, lat: -51.48 }],
    ['−70.6, −33.4', { lon: -70.6, lat: -33.4 }],
    ['200, 30', null],
    ['120, 95', null],
    ['12 Changjiang Road', null],
    ['117.49', null],
    ['', null],
  ])('%s', (text, place) => {
    expect(parsePlace(text)).toEqual(place);
  });

  test('a row of a feature table is called by name, else address, else id', () => {
    const properties = { name: ' ', address: '长江路 1 号', lon: 117.49, lat: 30.66, base: 12, height: 30 };
    expect(foundOf('b', { id: 'x1', properties })).toEqual({ label: '长江路 1 号', detail: 'x1', lon: 117.49, lat: 30.66, height: 42, target: { layer: 'b', id: 'x1' } });
    expect(foundOf('b', { id: 'x1', properties: { ...properties, name: '医院' } })).toMatchObject({ label: '医院', detail: '长江路 1 号' });
    expect(foundOf('b', { id: 'x1', properties: { lon: 1, lat: 2, name: null, address: null, base: null, height: null } })).toMatchObject({ label: 'x1', detail: '', height: 0 });
  });
});

describe('loading', () => {
  const layer = (state: string, progress: number | null = null, feed: object | null = null) => ({ state, progress, feed });

  test('counts every layer once and ends when the last has its picture', () => {
    expect(loadingShare([layer('ready'), layer('loading', 0.5), layer('failed'), layer('loading')])).toBe((1 + 0.5 + 1 + 0) / 4);
    expect(loadingShare([layer('ready'), layer('live'), layer('failed')])).toBeNull();
    expect(loadingShare([])).toBeNull();
  });

  test('a feed without a first message holds nobody up', () => {
    expect(loadingShare([layer('ready'), layer('loading', null, {})])).toBeNull();
  });
});
