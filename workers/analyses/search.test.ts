import { expect, test } from 'vitest';
import fc from 'fast-check';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import { smallCity, type SmallCity } from '../../tests/small-city.ts';
import { analyse } from './run.ts';
import { folded } from './search.ts';

let city: SmallCity;
let base: string;
beforeAll(async () => { city = await smallCity(); base = pathToFileURL(`${city.folder}/`).href; });
afterAll(() => city?.dispose());

const sources = (): { kind: 'features' | 'places' | 'roads'; url: string }[] => [{ kind: 'features', url: `${base}features.json` }, { kind: 'places', url: `${base}places.fgb` }, { kind: 'roads', url: `${base}roads.fgb` }];

describe('search', () => {
  test('finds every building by its id, first', async () => {
    const { rows } = await analyse('features', { features: `${base}features.json`, numbers: [0, 7, 21] });
    for (const row of rows) {
      const { hits } = await analyse('search', { sources: sources(), text: row.id });
      expect(hits[0]).toMatchObject({ source: 0, id: row.id });
      expect(hits[0].place?.[0]).toBe(row.properties.lon);
    }
  });

  test('finds nothing for what is nowhere and for nothing', async () => {
    expect(await analyse('search', { sources: sources(), text: 'zzqqxx' })).toEqual({ hits: [], matched: 0 });
    expect(await analyse('search', { sources: sources(), text: '   ' })).toEqual({ hits: [], matched: 0 });
  });

  test('matches as the slow way does: every typed word somewhere in a row', async () => {
    const { rows } = await analyse('features', { features: `${base}features.json`, numbers: Array.from({ length: 400 }, (_, i) => i) });
    const texts = rows.map(({ id, properties }) => [id, properties.name, properties.address].map((text) => folded(String(text ?? ''))));
    const pieces = fc.integer({ min: 0, max: rows.length - 1 }).chain((row) => fc.constantFrom(...texts[row].filter((text) => text !== ''))).chain((text) => fc.integer({ min: 0, max: text.length - 1 }).map((at) => text.slice(at, at + 3).trim())).filter((piece) => piece !== '');
    await fc.assert(fc.asyncProperty(pieces, fc.option(pieces), async (one, two) => {
      const typed = [one, ...(two ? [two] : [])].join(' ');
      const wanted = folded(typed).split(' ');
      const slow = texts.filter((row) => wanted.every((word) => row.some((text) => text.includes(word)))).length;
      const { matched, hits } = await analyse('search', { sources: sources().slice(0, 1), text: typed, limit: 1000 });
      expect(matched).toBe(slow);
      expect(hits.every(({ score }, i) => i === 0 || score <= hits[i - 1].score)).toBe(true);
    }), { numRuns: 25 });
  });

  test('reads full-width letters and figures as what they mean', () => {
    expect(folded('ＡＢ　１２')).toBe('ab 12');
  });
});
