import { expect, test } from 'vitest';
import { creditsOf } from './credits.ts';
import { emptyDocument, parseDocument, type LayerDocument } from './document.ts';
import type { Credit, Layer } from './layer.ts';

const scene = emptyDocument([117.49, 30.66]);
const layer = (part: Partial<LayerDocument>): LayerDocument => ({ type: 'tiles', title: { zh: '建筑', en: 'Buildings' }, visible: true, opacity: 1, order: 0, ...part });
const OSM: Credit = { text: '© OpenStreetMap contributors', url: 'https://www.openstreetmap.org/copyright', licence: 'ODbL 1.0', always: true };

test('each source is named once, what must be seen first, and hidden layers owe nothing', () => {
  const own = { credits: () => [{ text: 'Survey office' }, OSM] } as unknown as Layer;
  const found = creditsOf(scene, [
    { document: layer({ credits: [{ text: 'Terrain' }, OSM] }) },
    { document: layer({}), layer: own },
    { document: layer({ visible: false, credits: [{ text: 'Hidden' }] }) },
  ]);
  expect(found.map((credit) => credit.text)).toEqual(['© OpenStreetMap contributors', 'Terrain', 'Survey office']);
});

test('a map review number stands before everything, from the scene and from a layer', () => {
  const found = creditsOf({ ...scene, reviewNumber: 'GS(2026)1' }, [{ document: layer({ credits: [OSM], reviewNumber: '浙S(2026)2号' }) }]);
  expect(found.map((credit) => (typeof credit.text === 'string' ? credit.text : credit.text.zh))).toEqual(['审图号：GS(2026)1', '审图号：浙S(2026)2号', '© OpenStreetMap contributors']);
});

test('a document takes credits and a review number, and refuses a credit without text', () => {
  const document = { ...scene, reviewNumber: 'GS(2026)1', layers: { a: layer({ credits: [OSM], reviewNumber: 'x' }) } };
  expect(parseDocument(document)).toMatchObject({ reviewNumber: 'GS(2026)1', layers: { a: { credits: [OSM] } } });
  expect(() => parseDocument({ ...document, layers: { a: layer({ credits: [{ url: 'https://a.example' } as unknown as Credit] }) } })).toThrow(/layers\/a\/credits/u);
});
