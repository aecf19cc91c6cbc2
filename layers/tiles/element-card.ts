import { TwinError, type Card, type CardRow, type Hit, type Text } from '#engine';
import { heightDatumText, type PropertiesInput, type PropertiesOutput } from '#models';
import type { CardAsk } from './part.ts';
import { classText, propertyText, setText } from './ifc-words.ts';

const labels = {
  class: { zh: '类别', en: 'Class' },
  type: { zh: '类型', en: 'Type' },
  storey: { zh: '楼层', en: 'Storey' },
  material: { zh: '材料', en: 'Material' },
  model: { zh: '模型', en: 'Model' },
  height: { zh: '高度', en: 'Height' },
  base: { zh: '底部高程', en: 'Base level' },
  id: { zh: 'GlobalId', en: 'GlobalId' },
  level: { zh: '模型级别', en: 'CIM level' },
  datum: { zh: '高程基准', en: 'Height datum' },
} as const satisfies Record<string, Text>;

const yes: Text = { zh: '是', en: 'yes' };
const no: Text = { zh: '否', en: 'no' };

/** The card of a model's element: what it is first, then its property sets and quantities under their names. */
export async function elementCard(hit: Hit, { city, document, stage, url }: CardAsk): Promise<Card> {
  const text = (key: string): string => (typeof hit.properties[key] === 'string' ? (hit.properties[key] as string).trim() : '');
  const rows: CardRow[] = [{ label: labels.class, value: classText(text('class')) }];
  const add = (key: 'type' | 'storey' | 'material' | 'model'): void => {
    if (text(key)) rows.push({ label: labels[key], value: text(key) });
  };
  add('type');
  add('storey');
  add('material');
  for (const key of ['height', 'base'] as const) {
    const value = hit.properties[key];
    if (typeof value === 'number' && Number.isFinite(value)) rows.push({ label: labels[key], value: Math.round(value * 1000) / 1000, unit: 'm' });
  }
  add('model');
  rows.push({ label: labels.id, value: hit.id });
  const level = document.cimLevel ?? city?.layers.models?.cimLevel;
  if (level) rows.push({ label: labels.level, value: level });
  if (city) rows.push({ label: labels.datum, value: heightDatumText(city.heightDatum) });
  const index = city?.layers.models?.properties;
  const { feature } = hit.properties;
  if (index && typeof feature === 'number') {
    try {
      const { sets } = await stage.analysis.run<PropertiesInput, PropertiesOutput>('properties', { properties: stage.resolve(index, url), number: feature }, { signal: stage.signal, priority: 2 });
      for (const { name, rows: own } of sets) for (const { name: key, value, unit } of own) rows.push({ group: setText(name), label: propertyText(key), value: typeof value === 'boolean' ? (value ? yes : no) : value, ...(unit && { unit }) });
    } catch (cause) {
      // The element is known without its sets: the card says what there is, the report why there is no more.
      stage.report(cause instanceof TwinError ? cause : new TwinError('bad-input', 'The properties of this element cannot be read.', { where: stage.id, cause }));
    }
  }
  const source = document.source ?? city?.source.join(', ');
  const title = text('name') || hit.id;
  return { title: { zh: title, en: title }, rows, asOf: null, stale: false, source: source ? { zh: source, en: source } : null };
}
