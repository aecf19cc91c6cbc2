import type { PropertyInfo, Rule } from 'citymirror';
import { PAGE_EN, type PageKey } from './dictionary-en.ts';
import { PAGE_ZH } from './dictionary-zh.ts';

/** A column of a city's features.json, as far as panels need it. */
export interface FeatureColumn {
  readonly name: string;
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly dictionary?: readonly string[];
}

/** A text of the dictionaries in both languages, for rules and legends, which carry both. */
export function both(key: PageKey): { zh: string; en: string } {
  return { zh: PAGE_ZH[key], en: PAGE_EN[key] };
}

/** Heights in metres as the fire code divides them. @source GB 50016, 5.1.1: 27, 54 and 100 m; below 27 m in thirds of its own */
const HEIGHTS = [9, 18, 27, 54, 100];
/** Storeys. @source GB 50352-2005, 3.1.2: low to 3, multi-storey to 6, medium to 9, high above; 18 and 33 as storeys of 54 and 100 m */
const STOREYS = [3, 6, 9, 18, 33];
/** Six even steps of viridis. */
const STEPS = ['#46327e', '#365c8d', '#277f8e', '#1fa187', '#5cc863', '#e2e418'];

/** Uses by the hue that plans of land use give them, toned to lie beside each other: homes yellow, trade red, public pink, industry brown. */
export const USE_COLOURS: Readonly<Record<string, string>> = {
  residential: '#e6c34a', 'old-town': '#cf9440', commercial: '#cf4a50', office: '#8d6bb5', public: '#cc6fa6', school: '#e79bc0', hospital: '#5aa9a3', industrial: '#97705a', unknown: '#b3b9bc',
};

function stepRule(key: string, limits: readonly number[], title: PageKey, unit?: string): Rule {
  return { by: 'property', key, title: both(title), unit, classes: { limits, colours: STEPS, inclusive: true }, strength: 0.85 };
}

/** A word of the data in both languages, or as it stands. */
export function useText(use: string): { zh: string; en: string } {
  const key = `use.${use}`;
  return key in PAGE_EN ? both(key as PageKey) : { zh: use, en: use };
}

/** What a building dataset's columns offer for colours and conditions. */
export function buildingProperties(columns: readonly FeatureColumn[]): PropertyInfo[] {
  const infos: PropertyInfo[] = [];
  const column = (name: string): FeatureColumn | undefined => columns.find((each) => each.name === name);
  const number = (name: string, title: PageKey, rule: Rule, unit?: string): void => {
    const found = column(name);
    if (found && found.max !== undefined && found.max > (found.min ?? 0)) infos.push({ key: name, title: both(title), unit, kind: 'number', from: found.min, to: found.max, rule });
  };
  number('height', 'property.height', stepRule('height', HEIGHTS, 'property.height', 'm'), 'm');
  number('storeys', 'property.storeys', stepRule('storeys', STOREYS, 'property.storeys'));
  const words = column('use')?.dictionary?.filter((word) => word !== '') ?? [];
  if (words.length > 0) infos.push({ key: 'use', title: both('property.use'), kind: 'word', words: words.map((value) => ({ value, title: useText(value) })), rule: useRule(words) });
  const base = column('base');
  const from = Math.floor(base?.min ?? 0);
  const to = Math.ceil(base?.max ?? 0);
  number('base', 'property.base', { by: 'property', key: 'base', title: both('property.base'), unit: 'm', ramp: { from, to, scheme: 'cividis' }, strength: 0.85 }, 'm');
  return [...infos, ...columns.filter(({ name }) => !OWN.has(name)).flatMap(ownProperty)];
}

/** Columns that every city has, and those that say which feature it is or where. */
const OWN: ReadonlySet<string> = new Set(['id', 'name', 'address', 'height', 'storeys', 'use', 'base', 'lon', 'lat']);

/** An attribute that the data bring with them, under its own name. */
function ownProperty({ name, min, max, dictionary }: FeatureColumn): PropertyInfo[] {
  const title = { zh: name, en: name };
  const words = dictionary?.filter((word) => word !== '') ?? [];
  if (words.length > 0 && words.length <= MOST_WORDS) return [{ key: name, title, kind: 'word', words: words.map((value) => ({ value, title: { zh: value, en: value } })), rule: wordRule(name, title, words) }];
  if (dictionary !== undefined || min === undefined || max === undefined || !(max > min)) return [];
  return [{ key: name, title, kind: 'number', from: min, to: max, rule: { by: 'property', key: name, title, ramp: { from: min, to: max, scheme: 'viridis' }, strength: 0.85 } }];
}

function wordRule(key: string, title: { zh: string; en: string }, words: readonly string[]): Rule {
  return { by: 'property', key, title, strength: 0.85, match: { colours: Object.fromEntries(words.slice(0, WORD_COLOURS.length).map((word, k) => [word, WORD_COLOURS[k]])), other: '#b3b9bc' } };
}

/** Colour by use: a colour and a name for each word that the data hold. */
export function useRule(words: readonly string[]): Rule {
  const known = words.filter((word) => word in USE_COLOURS);
  return {
    by: 'property', key: 'use', title: both('property.use'), strength: 0.85,
    match: { colours: Object.fromEntries(known.map((word) => [word, USE_COLOURS[word]])), other: USE_COLOURS.unknown, labels: Object.fromEntries(known.map((word) => [word, useText(word)])) },
  };
}

/** Hues for words without a meaning of their own, told apart also by people who see few colours. @source Paul Tol 2021, SRON/EPS/TN/09-002, fig. 5 and 9 */
const WORD_COLOURS = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#77aadd', '#ee8866', '#eedd88', '#ffaabb', '#99ddff', '#44bb99', '#bbcc33', '#aaaa00'];
/** Words from which on a choice is no help. */
const MOST_WORDS = 60;

/** What the elements of building models offer for colours and conditions. */
export function modelProperties(columns: readonly FeatureColumn[]): PropertyInfo[] {
  const infos: PropertyInfo[] = [];
  const keys = [['class', 'property.class'], ['storey', 'property.storey'], ['type', 'property.type'], ['material', 'property.material'], ['model', 'property.model']] as const satisfies readonly (readonly [string, PageKey])[];
  for (const [key, title] of keys) {
    const words = columns.find((each) => each.name === key)?.dictionary?.filter((word) => word !== '') ?? [];
    if (words.length === 0 || words.length > MOST_WORDS) continue;
    infos.push({ key, title: both(title), kind: 'word', words: words.map((value) => ({ value, title: { zh: value, en: value } })), rule: wordRule(key, both(title), words) });
  }
  const height = columns.find((each) => each.name === 'height');
  if (height?.max !== undefined && height.max > (height.min ?? 0)) infos.push({ key: 'height', title: both('property.height'), unit: 'm', kind: 'number', from: height.min, to: height.max, rule: { by: 'property', key: 'height', title: both('property.height'), unit: 'm', ramp: { from: 0, to: Math.ceil(height.max), scheme: 'viridis' }, strength: 0.85 } });
  return infos;
}

/** A live value that a layer offers for other layers' features: named in its document under `options.offers`. */
export interface LiveOffer {
  /** Name under which the layer offers it. */
  readonly name: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly unit?: string;
  readonly from: number;
  readonly to: number;
}

/** The live values that the layers of a scene offer, as properties to colour by. */
export function liveProperties(layers: Readonly<Record<string, { readonly options?: Readonly<Record<string, unknown>> }>>): PropertyInfo[] {
  return Object.values(layers).flatMap((layer) => (Array.isArray(layer.options?.offers) ? (layer.options.offers as LiveOffer[]) : [])).map(({ name, title, unit, from, to }) => ({
    key: name, title, unit, kind: 'number', from, to, live: true,
    rule: { by: 'join', key: name, title, unit, ramp: { from, to, scheme: 'viridis' }, strength: 0.85 },
  }));
}
