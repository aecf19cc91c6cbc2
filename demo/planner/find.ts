import type { CityTwin } from 'citymirror';
import type { Catalogues } from './catalogues.ts';
import { layersOf } from './page-ui.ts';

/** A place somebody looked for. Degrees and metres. */
export interface Found {
  readonly label: string;
  readonly detail: string;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** The feature that stands there, to be selected; null for bare coordinates. */
  readonly target: { readonly layer: string; readonly id: string } | null;
}

const NUMBER = String.raw`([+\-−]?\d{1,3}(?:\.\d+)?)\s*°?\s*([NSEW])?`;
const PLACE = new RegExp(String.raw`^\s*${NUMBER}\s*[,\uff0c;\s]\s*${NUMBER}\s*$`, 'iu');

function degrees(digits: string, letter: string | undefined): number {
  return Number(digits.replace('−', '-')) * (/[SW]/iu.test(letter ?? '') ? -1 : 1);
}

/**
 * Two typed numbers as a place: longitude first, unless letters (N, S, E, W) or the numbers' sizes say otherwise.
 * Null for anything else, and for what lies outside ±180° and ±90°.
 */
export function parsePlace(text: string): { lon: number; lat: number } | null {
  const match = PLACE.exec(text);
  if (!match) return null;
  const first = degrees(match[1], match[2]);
  const second = degrees(match[3], match[4]);
  const northFirst = /[NS]/iu.test(match[2] ?? '') || /[EW]/iu.test(match[4] ?? '') || (!match[2] && !match[4] && Math.abs(first) <= 90 && Math.abs(second) > 90);
  const [lon, lat] = northFirst ? [second, first] : [first, second];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** A row of a feature table as a place. */
export function foundOf(layer: string, row: { id: string; properties: Readonly<Record<string, string | number | null>> }): Found {
  const { properties } = row;
  const name = text(properties.name);
  const address = text(properties.address);
  return {
    label: name || address || row.id,
    detail: name && address ? address : name || address ? row.id : '',
    lon: number(properties.lon), lat: number(properties.lat), height: number(properties.base) + number(properties.height),
    target: { layer, id: row.id },
  };
}

/** Buildings, and elements of models, whose name, id or address holds the text, from the feature tables of every layer of tiles; none needs to be loaded. */
export async function findPlaces(twin: CityTwin, catalogues: Catalogues, wanted: string, options: { signal: AbortSignal; limit: number }): Promise<{ found: Found[]; more: number }> {
  const found: Found[] = [];
  let matched = 0;
  for (const layer of [...layersOf(twin, 'tiles'), ...layersOf(twin, 'bim')]) {
    const document = twin.document.layers[layer];
    const features = await catalogues.features(document?.url, document?.type === 'bim' ? 'models' : 'buildings');
    if (!features) continue;
    const answer = await twin.analyse('features', { features, text: wanted, limit: options.limit - found.length }, { signal: options.signal });
    matched += answer.matched;
    found.push(...answer.rows.map((row) => foundOf(layer, row)));
    if (found.length >= options.limit) break;
  }
  return { found, more: matched - found.length };
}
