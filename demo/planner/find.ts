import type { AnalysisTypes, CityTwin } from 'citymirror';
import type { Catalogues } from './catalogues.ts';

type SearchHit = AnalysisTypes['search']['output']['hits'][number];

/** A place somebody looked for. Degrees and metres. */
export interface Found {
  readonly label: string;
  readonly detail: string;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** The feature that stands there, to be selected; null for bare coordinates. */
  readonly target: { readonly layer: string; readonly id: string } | null;
  /** Coordinates that were typed, not a place that was found. */
  readonly typed?: true;
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

/** Layers whose data can be searched, with where: buildings and models, places, roads, pipes. */
async function sourcesOf(twin: CityTwin, catalogues: Catalogues): Promise<{ layer: string; kind: 'features' | 'network' | 'places' | 'roads'; url: string }[]> {
  const found: { layer: string; kind: 'features' | 'network' | 'places' | 'roads'; url: string }[] = [];
  for (const [layer, { type, url }] of Object.entries(twin.document.layers)) {
    const city = url ? await catalogues.of(url) : null;
    if (!city || !url) continue;
    const add = (kind: (typeof found)[number]['kind'], reference: string | undefined): void => {
      if (reference) found.push({ layer, kind, url: new URL(reference, new URL(url, location.href)).href });
    };
    const { buildings, models, places, roads, networks } = city.layers;
    if (type === 'tiles') add('features', buildings?.features);
    if (type === 'bim') add('features', models?.features);
    if (type === 'places') add('places', places?.companion);
    if (type === 'traffic') add('roads', roads?.companion);
    if (type === 'pipeline') add('network', networks?.companion);
  }
  return found;
}

/** A hit as a place to go to. Roads and what has no layer of its own to select are only gone to. */
export function placeOf(source: { layer: string; kind: string }, hit: Pick<SearchHit, 'id' | 'name' | 'address' | 'place'>): Found {
  const name = hit.name.trim();
  const address = hit.address.trim();
  const shown = source.kind === 'network' ? hit.id.replace(/\/.*\//u, ' · ') : hit.id;
  const [lon, lat, height] = hit.place ?? [0, 0, 0];
  return {
    label: name || address || shown,
    detail: name && address ? address : name || address ? shown : '',
    lon, lat, height,
    target: source.kind === 'roads' ? null : { layer: source.layer, id: hit.id },
  };
}

/** What matches in every layer that can be searched, best first; nothing of it needs to be loaded. */
export async function findPlaces(twin: CityTwin, catalogues: Catalogues, wanted: string, options: { signal: AbortSignal; limit: number }): Promise<{ found: Found[]; more: number }> {
  const sources = await sourcesOf(twin, catalogues);
  if (sources.length === 0) return { found: [], more: 0 };
  const { hits, matched } = await twin.analyse('search', { sources: sources.map(({ kind, url }) => ({ kind, url })), text: wanted, limit: options.limit }, { signal: options.signal });
  const found = hits.filter(({ place }) => place !== null).map((hit) => placeOf(sources[hit.source], hit));
  return { found, more: matched - found.length };
}
