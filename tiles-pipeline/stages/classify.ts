import { areaWords, fileWords, roadWords, useWords, type AreaKind, type RoadClass } from './words.ts';

export type Properties = Readonly<Record<string, unknown>>;
export type Shape = 'polygon' | 'line' | 'point';

/** What a part of a feature becomes, or why it becomes nothing. */
export type Verdict =
  | { readonly layer: 'building' }
  | { readonly layer: 'road'; readonly class: RoadClass }
  | { readonly layer: 'area'; readonly kind: AreaKind }
  | { readonly layer: 'place'; readonly kind: string }
  | { readonly layer: 'none'; readonly reason: string };

/** A property as a trimmed word, '' where it is absent; OSM's `no` is absence. */
export function word(properties: Properties, key: string): string {
  const value = properties[key];
  if (typeof value === 'string') return value.trim() === 'no' ? '' : value.trim();
  return typeof value === 'number' || value === true ? String(value) : '';
}

/** The first number of a property, NaN where there is none: "12.5", "12.5 m", 12.5. */
export function number(properties: Properties, key: string): number {
  const value = properties[key];
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? Number.parseFloat(value) : Number.NaN;
}

const heightKeys = ['height', 'HEIGHT', 'Height', 'building:height', 'storeys', 'levels', 'building:levels', 'floors', 'Floor', 'floor'];

/** Says what a feature is, from its properties and, failing that, from its file's name. Lines never become areas, points never outlines. */
export function classify(properties: Properties, shape: Shape, file: string): Verdict {
  if (shape === 'polygon') return classifyPolygon(properties, file);
  if (shape === 'line') return classifyLine(properties, file);
  return classifyPoint(properties, file);
}

function classifyPolygon(properties: Properties, file: string): Verdict {
  const kind = word(properties, 'kind');
  if (word(properties, 'building') || word(properties, 'building:part') || kind === 'building' || kind === 'building_part') return { layer: 'building' };
  if (word(properties, 'use') && useWords[word(properties, 'use')]) return { layer: 'building' };
  for (const key of ['kind', 'natural', 'waterway', 'landuse', 'leisure', 'amenity', 'man_made', 'place', 'highway', 'water']) {
    const area = areaWords[word(properties, key)];
    if (area) return { layer: 'area', kind: area };
  }
  if (heightKeys.some((key) => number(properties, key) > 0)) return { layer: 'building' };
  const hint = hinted(file);
  if (hint?.[0] === 'area') return { layer: 'area', kind: hint[2] ?? 'land' };
  if (hint?.[0] === 'building') return { layer: 'building' };
  if (kind || ['natural', 'landuse', 'leisure', 'boundary'].some((key) => word(properties, key))) return { layer: 'area', kind: 'land' };
  return { layer: 'building' };
}

function classifyLine(properties: Properties, file: string): Verdict {
  for (const key of ['class', 'highway', 'railway', 'kind_detail', 'kind']) {
    const road = roadWords[word(properties, key)];
    if (road && !(key === 'kind' && word(properties, 'kind_detail') === 'pier')) return { layer: 'road', class: road };
  }
  const kind = word(properties, 'kind') || word(properties, 'waterway') || word(properties, 'natural') || word(properties, 'route');
  if (kind === 'ferry') return { layer: 'none', reason: 'a ferry route is no road' };
  if (areaWords[kind] === 'water') return { layer: 'none', reason: 'a line of water without area' };
  if (kind) return { layer: 'none', reason: `a line that is no road` };
  return hinted(file)?.[0] === 'road' ? { layer: 'road', class: 'residential' } : { layer: 'none', reason: 'a line that is no road' };
}

function classifyPoint(properties: Properties, file: string): Verdict {
  if (word(properties, 'natural') === 'tree') return { layer: 'place', kind: 'tree' };
  const kind = ['kind', 'amenity', 'shop', 'tourism', 'place', 'railway', 'highway', 'public_transport', 'leisure', 'office', 'building'].map((key) => word(properties, key)).find(Boolean) ?? '';
  if ((kind === 'building' || kind === 'building_part') && !nameOf(properties)) return { layer: 'none', reason: 'a label point of a building, no outline' };
  if (kind === 'address' || kind === 'entrance') return { layer: 'none', reason: `a point of an ${kind}, no outline` };
  if (properties.label_placement === true && !nameOf(properties)) return { layer: 'none', reason: 'a label point without a name' };
  if (kind) return { layer: 'place', kind };
  if (nameOf(properties)) return { layer: 'place', kind: 'place' };
  return hinted(file)?.[0] === 'place' ? { layer: 'place', kind: 'place' } : { layer: 'none', reason: 'a point that says nothing' };
}

function hinted(file: string): (typeof fileWords)[number] | undefined {
  const name = file.replace(/^.*[/\\]/, '');
  return fileWords.find(([, pattern]) => pattern.test(name));
}

/** The name people read: local name first, then Chinese, then English. */
export function nameOf(properties: Properties): string {
  return ['name', 'NAME', 'Name', 'name:zh', '名称', 'name:en'].map((key) => word(properties, key)).find(Boolean) ?? '';
}

/** `address`, or street and number: 中山东一路20号, "20 Main Street". */
export function addressOf(properties: Properties): string {
  const whole = word(properties, 'address') || word(properties, 'addr:full');
  if (whole && whole !== 'true') return whole;
  const street = word(properties, 'addr_street') || word(properties, 'addr:street');
  const house = word(properties, 'addr_housenumber') || word(properties, 'addr:housenumber');
  if (!street) return '';
  if (!house) return street;
  if (/[\u4E00-\u9FFF]/.test(street)) return `${street}${house}${/[号弄]$/.test(house) ? '' : '号'}`;
  return `${house} ${street}`;
}
