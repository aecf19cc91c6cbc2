import { imagery, readCityCatalogue, sketch, tiles, type Patch, type PropertyInfo, type Twin } from 'citymirror';
import type { Feature } from 'geojson';
import type { Catalogues } from './catalogues.ts';
import { boundsOf, classify, isTileService } from './classify.ts';
import type { PageWords } from './page-ui.ts';
import { pipeProperties, type NetworkTables } from './pipe-properties.ts';
import { buildingProperties, liveProperties, modelProperties, type FeatureColumn } from './properties.ts';
import { cityTitle, layersOfCity } from './scene-of-city.ts';

/** Largest file or answer that is read as a layer, bytes. */
export const MOST_BYTES = 20_000_000;

function nameOf(url: URL): string {
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const last = parts.at(-1) ?? url.host;
  return decodeURIComponent(/^(city|tileset)\.json$/u.test(last) ? (parts.at(-2) ?? url.host) : last);
}

/** Adds GeoJSON as a layer of sketches and flies there. */
export function addFeatures(twin: Twin, name: string, features: readonly Feature[]): void {
  twin.add(sketch({ title: { zh: name, en: name }, features: [...features] }));
  const bounds = boundsOf(features);
  if (bounds) void twin.look({ west: bounds[0], south: bounds[1], east: bounds[2], north: bounds[3], top: 50 }, 1.2);
}

/** Adds every layer that a city folder fills, in one step that can be undone. */
function addCity(twin: Twin, catalogue: unknown, url: URL): void {
  const city = readCityCatalogue(catalogue, url.href);
  const free = (suffix: string): boolean => Object.keys(layersOfCity(city, url.href, null, suffix)).every((id) => !(id in twin.document.layers));
  let n = 2;
  while (!free(`-${n}`)) n++;
  const title = cityTitle(city, nameOf(url));
  const top = Math.max(-1, ...Object.values(twin.document.layers).map((layer) => layer.order));
  const patch: Patch = Object.entries(layersOfCity(city, url.href, null, `-${n}`)).map(([id, layer]) => ({
    op: 'add' as const, path: `/layers/${id}`,
    value: { ...layer, order: layer.type === 'ground' ? 0 : Math.min(99, top + 1 + layer.order), title: { zh: `${title.zh} · ${layer.title.zh}`, en: `${title.en} · ${layer.title.en}` } },
  }));
  twin.apply(patch, { by: 'add' });
  const [west, south, east, north] = city.bounds;
  void twin.look({ west, south, east, north, top: 100 }, 1.2);
}

/** Adds pictures of the ground over the city's own map and under all else. A template keeps its braces, which a parsed URL would not. */
function addPictures(twin: Twin, url: URL, typed: string): void {
  twin.add(imagery({ url: typed, title: { zh: `影像 · ${url.host}`, en: `Imagery · ${url.host}` } }));
}

/** Adds what stands at an address, whatever it is. @throws Error with a sentence for the person, TwinError */
export async function addByUrl(twin: Twin, words: PageWords, typed: string): Promise<void> {
  const url = URL.canParse(typed, location.href) ? new URL(typed, location.href) : null;
  if (!url || !/^https?:$/u.test(url.protocol)) throw new Error(words.say('add.unknown'));
  if (isTileService(typed)) return addPictures(twin, url, typed);
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new Error(words.say('add.unreachable', { status: response?.status ?? '–' }));
  if (Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) throw new Error(words.say('add.unknown'));
  const json: unknown = await response.json().catch(() => null);
  const content = classify(json);
  const name = nameOf(url);
  const local = url.origin === location.origin ? url.pathname + url.search : url.href;
  if (content.kind === 'city') addCity(twin, content.catalogue, url);
  else if (content.kind === 'tileset') twin.add(tiles({ url: local, title: { zh: name, en: name } }));
  else if (content.kind === 'geojson') addFeatures(twin, name, content.features);
  else if (content.kind === 'scene') twin.open(content.document);
  else throw new Error(words.say(content.kind === 'projected' ? 'drop.degrees' : 'add.unknown', { name }));
}

/** Properties of a layer's features; none for layers without a table of ours. */
export async function layerProperties(twin: Twin, catalogues: Catalogues, layer: string): Promise<readonly PropertyInfo[]> {
  const document = twin.document.layers[layer];
  if (document?.type === 'pipeline') return networkProperties(catalogues, document.url);
  if (document?.type !== 'tiles' && document?.type !== 'bim') return [];
  const models = document.type === 'bim';
  const features = await catalogues.features(document.url, models ? 'models' : 'buildings');
  if (!features) return [];
  const response = await fetch(features);
  if (!response.ok) return [];
  const table = (await response.json()) as { columns: readonly FeatureColumn[] };
  return [...(models ? modelProperties(table.columns) : buildingProperties(table.columns)), ...liveProperties(twin.document.layers)];
}

async function networkProperties(catalogues: Catalogues, url: string | undefined): Promise<readonly PropertyInfo[]> {
  const companion = (await catalogues.of(url))?.layers.networks?.companion;
  if (!companion || !url) return [];
  const response = await fetch(new URL(companion, new URL(url, location.href)));
  return response.ok ? pipeProperties((await response.json()) as NetworkTables) : [];
}
