import { describe, expect, test } from 'vitest';
import { creditsOf, parseCredit } from './credits.ts';

describe('credits of a city folder', () => {
  test.each([['OpenStreetMap vector tiles', 1], ['osm extract 2026', 1], ['Open Street Map', 1], ['cosmos survey', 0], ['Shenzhen survey', 0]])('a source “%s” owes OpenStreetMap %i line', (source, lines) => {
    expect(creditsOf([], [source])).toHaveLength(lines);
    if (lines > 0) expect(creditsOf([], [source])[0]).toMatchObject({ text: '© OpenStreetMap contributors', url: 'https://www.openstreetmap.org/copyright', always: true });
  });

  test('a declared line of OpenStreetMap is not written twice', () => {
    expect(creditsOf([parseCredit('© OpenStreetMap contributors|https://www.openstreetmap.org/copyright|ODbL')], ['OSM'])).toHaveLength(1);
  });

  test('text, address and licence are read, and what is no address is refused', () => {
    expect(parseCredit('3D BAG|https://3dbag.nl|CC BY 4.0')).toEqual({ text: '3D BAG', url: 'https://3dbag.nl', licence: 'CC BY 4.0', always: true });
    expect(parseCredit('City survey')).toEqual({ text: 'City survey', always: true });
    expect(() => parseCredit('|https://a.example')).toThrow(/no text/u);
    expect(() => parseCredit('x|javascript:alert(1)')).toThrow(/no web address/u);
  });
});
