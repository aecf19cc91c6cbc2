import type { Card, CardRow, Hit, LayerDocument, Text } from '#engine';
import { heightDatumText, type CityCatalogue } from '#models';
import { useText } from './words.ts';

const labels = {
  use: { zh: '用途', en: 'Use' },
  height: { zh: '高度', en: 'Height' },
  storeys: { zh: '层数', en: 'Storeys' },
  base: { zh: '地面高程', en: 'Ground height' },
  address: { zh: '地址', en: 'Address' },
  id: { zh: '编号', en: 'Id' },
  level: { zh: '模型级别', en: 'CIM level' },
  date: { zh: '数据日期', en: 'Data date' },
  datum: { zh: '高程基准', en: 'Height datum' },
} as const satisfies Record<string, Text>;

/** Where a layer's data come from, for the foot of a card: the catalogue's word, else the document's. */
function provenance(city: CityCatalogue | null, document: LayerDocument): Text | null {
  const source = document.source ?? city?.source.join(', ') ?? '';
  if (city?.synthetic) return { zh: source ? `合成数据：${source}` : '合成数据', en: source ? `synthetic: ${source}` : 'synthetic data' };
  return source ? { zh: source, en: source } : null;
}

/** The card of a building: what the data say of it, nothing made up where they are silent. */
export function buildingCard(hit: Hit, city: CityCatalogue | null, document: LayerDocument): Card {
  const rows: CardRow[] = [];
  const text = (key: string): string => (typeof hit.properties[key] === 'string' ? (hit.properties[key] as string).trim() : '');
  const number = (key: string): number | null => (typeof hit.properties[key] === 'number' && Number.isFinite(hit.properties[key]) ? (hit.properties[key] as number) : null);
  const metres = (key: 'height' | 'base'): void => {
    const value = number(key);
    if (value !== null) rows.push({ label: labels[key], value: Math.round(value * 10) / 10, unit: 'm' });
  };
  if (text('use')) rows.push({ label: labels.use, value: useText(text('use')) });
  metres('height');
  const storeys = number('storeys');
  if (storeys) rows.push({ label: labels.storeys, value: storeys });
  metres('base');
  if (text('address')) rows.push({ label: labels.address, value: text('address') });
  if (!city) rows.push(...foreignRows(hit));
  rows.push({ label: labels.id, value: hit.id });
  const level = document.cimLevel ?? city?.layers.buildings?.cimLevel;
  if (level) rows.push({ label: labels.level, value: level });
  const date = document.date ?? city?.surveyDate;
  if (date) rows.push({ label: labels.date, value: date });
  if (city) rows.push({ label: labels.datum, value: heightDatumText(city.heightDatum) });
  const name = text('name') || text('address') || hit.id;
  const seconds = date ? Date.parse(date) / 1000 : Number.NaN;
  return { title: { zh: name, en: name }, rows, asOf: Number.isFinite(seconds) ? seconds : null, stale: false, source: provenance(city, document) };
}

/** A tileset that is not ours has columns of its own: shown under their own names. */
function foreignRows(hit: Hit): CardRow[] {
  const shown = new Set(['id', 'name', 'use', 'height', 'storeys', 'base', 'address']);
  return Object.entries(hit.properties)
    .filter(([key, value]) => !shown.has(key) && (typeof value === 'string' ? value !== '' : typeof value === 'number'))
    .slice(0, 24)
    .map(([key, value]) => ({ label: { zh: key, en: key }, value: value as string | number }));
}
