import { placer, type CityCatalogue, type FeedSpec, type SceneDocument } from 'citymirror';

/** Where the live data of a city come from; absent without a broker. */
export interface CityFeeds {
  /** WebSocket address of an MQTT broker; a relative one counts from the page. */
  readonly url: string;
  /** Where the broker's messages are to be had by plain HTTP, for pages behind a proxy that lets no WebSocket through. */
  readonly relay?: string;
  readonly vehicles: string;
  readonly roads: string;
  /** Readings of the city's stations, and the JSON that says where they come from; absent where it has none. */
  readonly sensors?: { readonly topic: string; readonly about: string };
}

type LayerDocument = SceneDocument['layers'][string];

/**
 * A first oblique view of a city: the middle of its bounds a little below the middle of the picture, seen from the south-south-west,
 * from 700 m for a village to 6 km for a region; a single model (`near`: metres its ground lies above zero) from as near as shows it whole. Degrees and metres.
 */
export function firstView(center: readonly [number, number], bounds: readonly [number, number, number, number], near: number | null = null): SceneDocument['camera'] {
  const here = placer({ lon: center[0], lat: center[1], height: near ?? 0 });
  const corner = here.place(bounds[2], bounds[3], 0, new Float64Array(3));
  const span = 2 * Math.hypot(corner[0], corner[1]);
  const away = Math.min(6000, near === null ? Math.max(700, span * 0.36) : Math.max(25, span * 1.5));
  const [heading, pitch] = [18, -27];
  const back = away * Math.cos((pitch * Math.PI) / 180);
  const turn = (heading * Math.PI) / 180;
  const eye = here.unplace(-back * Math.sin(turn), -back * Math.cos(turn), -away * Math.sin((pitch * Math.PI) / 180), new Float64Array(3));
  return { lon: eye[0], lat: eye[1], height: eye[2], heading, pitch, roll: 0 };
}

function feed(feeds: CityFeeds, topic: string, decode: 'vehicles' | 'road-speeds' | 'readings', staleAfter: number): FeedSpec {
  const by = (how: string): string => `${feeds.relay}/${how}?topic=${encodeURIComponent(topic)}`;
  const fallback = [{ transport: 'sse', url: by('events') }, { transport: 'poll', url: by('poll'), every: 0 }] as const;
  return { transport: 'mqtt', url: feeds.url, topic, decode, staleAfter, ...(feeds.relay !== undefined && { fallback }) };
}

/** A reference of a catalogue, from where the catalogue's own address counts from. */
function beside(catalogue: string, reference: string): string {
  return /^(?:[a-z][\w+.-]*:|\/)/iu.test(reference) ? reference : catalogue.replace(/[^/]*$/u, '') + reference;
}

type Entries = CityCatalogue['layers'];

interface Filled {
  readonly city: CityCatalogue;
  /** Of the catalogue. */
  readonly url: string;
  readonly feeds: CityFeeds | null;
}

/** A layer that a city's data can fill. */
interface Fill {
  readonly id: string;
  readonly type: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** What of it only this city says; null where the city cannot fill it. A list = several of them, the second called `id-2`. */
  more(filled: Filled): Partial<LayerDocument> | readonly Partial<LayerDocument>[] | null;
  /** A layer made here, not surveyed: it has no date and source of its own. */
  readonly ours?: true;
}

const having = (entry: keyof Entries, more: (filled: Filled) => Partial<LayerDocument> = () => ({})): Fill['more'] => (filled) => (filled.city.layers[entry] ? more(filled) : null);

/** Lowest first. A new entry of the catalogue is one line here; one that is not here is shown as tiles where it names a tileset. */
const FILLS: readonly Fill[] = [
  { id: 'ground', type: 'ground', title: { zh: '地面', en: 'Ground' }, more: () => ({}) },
  { id: 'imagery', type: 'imagery', title: { zh: '影像', en: 'Imagery' }, more: ({ city, url }) => (city.layers.imagery ?? []).map((picture) => pictureLayer(picture, city, url)) },
  { id: 'pipeline', type: 'pipeline', title: { zh: '地下管线', en: 'Utility networks' }, more: having('networks') },
  { id: 'buildings', type: 'tiles', title: { zh: '建筑', en: 'Buildings' }, more: having('buildings', ({ city }) => ({ cimLevel: city.layers.buildings?.cimLevel ?? 'CIM2' })) },
  { id: 'models', type: 'bim', title: { zh: '建筑模型', en: 'Building models' }, more: having('models', ({ city }) => ({ cimLevel: city.layers.models?.cimLevel ?? 'CIM4' })) },
  { id: 'points', type: 'points', title: { zh: '点云', en: 'Point clouds' }, more: having('points') },
  { id: 'traffic', type: 'traffic', title: { zh: '交通', en: 'Traffic' }, ours: true, more: having('roads', ({ feeds }) => ({ ...(feeds && { feed: feed(feeds, feeds.vehicles, 'vehicles', 15), options: { roadsFeed: feed(feeds, feeds.roads, 'road-speeds', 90) } }) })) },
  { id: 'places', type: 'places', title: { zh: '地名', en: 'Places' }, more: having('places') },
  { id: 'sensor', type: 'sensor', title: { zh: '监测站', en: 'Sensors' }, ours: true, more: having('places', ({ feeds }) => ({ ...(feeds?.sensors && { feed: feed(feeds, feeds.sensors.topic, 'readings', 120), options: { about: feeds.sensors.about } }) })) },
  { id: 'emergency', type: 'emergency', title: { zh: '应急', en: 'Emergency' }, ours: true, more: having('buildings', () => ({ options: { incidents: [] } })) },
];
function pictureLayer({ url: template, minzoom, maxzoom, bounds, credit }: NonNullable<Entries['imagery']>[number], { credits }: CityCatalogue, url: string): Partial<LayerDocument> {
  const owes = credit ? { credits: [...(credits ?? []).map((each) => ({ ...each })), { text: credit }] } : {};
  return { ...owes, url: beside(url, template), options: { levels: [minzoom, maxzoom], bounds: [...bounds] } };
}

/** Entries that fill layers of other names, or none by themselves. */
const TOLD: ReadonlySet<string> = new Set(['buildings', 'roads', 'areas', 'places', 'terrain', 'models', 'networks', 'imagery', 'points']);
const LIVE: ReadonlySet<string> = new Set(['traffic', 'sensor']);

/** Entries of the catalogue that this program knows nothing of, as tiles, where they name a tileset in the city's own folder. */
function unknownFills(layers: Entries, url: string): (Fill & { url: string })[] {
  return Object.entries(layers as Readonly<Record<string, unknown>>).flatMap(([id, entry]) => {
    if (TOLD.has(id) || !/^[a-z][\w-]{0,30}$/iu.test(id) || typeof entry !== 'object' || entry === null) return [];
    const { tileset, title, cimLevel } = entry as { tileset?: unknown; title?: unknown; cimLevel?: unknown };
    if (typeof tileset !== 'string' || !/^[\w-]+(?:[/.][\w-]+)*\.json$/u.test(tileset)) return [];
    const name = typeof title === 'string' ? title : id;
    return [{ id, type: 'tiles', title: { zh: name, en: name }, url: url.replace(/[^/]*$/u, tileset), more: () => (typeof cimLevel === 'string' ? { cimLevel } : {}) }];
  });
}

/** The layers that a city's data can fill, lowest first. Ids get the suffix, so that several cities stand in one scene. */
export function layersOfCity(city: CityCatalogue, url: string, feeds: CityFeeds | null, suffix = ''): Record<string, LayerDocument> {
  const about = { date: city.surveyDate, source: city.source.join(', ') };
  const owed = { ...(city.credits && { credits: city.credits.map((credit) => ({ ...credit })) }), ...(city.reviewNumber && { reviewNumber: city.reviewNumber }) };
  const [upper, others] = [FILLS.findIndex(({ id }) => id === 'traffic'), unknownFills(city.layers, url)];
  const layers = [...FILLS.slice(0, upper), ...others, ...FILLS.slice(upper)].flatMap((fill): [string, Omit<LayerDocument, 'order'>][] => {
    const found = fill.more({ city, feeds, url });
    const several: readonly Partial<LayerDocument>[] = found === null ? [] : Array.isArray(found) ? (found as Partial<LayerDocument>[]) : [found as Partial<LayerDocument>];
    const own = 'url' in fill ? String(fill.url) : url;
    return several.filter((more) => !LIVE.has(fill.id) || more.feed).map((more, k) => [k === 0 ? fill.id : `${fill.id}-${k + 1}`, { url: own, visible: true, opacity: 1, ...owed, ...(!fill.ours && about), type: fill.type, title: { ...fill.title }, ...more }]);
  });
  return Object.fromEntries(layers.map(([id, layer], order) => [`${id}${suffix}`, { ...layer, order }]));
}

/** A city's title in both languages. */
export function cityTitle(city: Pick<CityCatalogue, 'title'>, fallback: string): { zh: string; en: string } {
  if (city.title === undefined) return { zh: fallback, en: fallback };
  return typeof city.title === 'string' ? { zh: city.title, en: city.title } : { ...city.title };
}

/** Degrees of longitude or latitude from which on a folder is no city but places far apart, with nothing in their middle. */
const APART = 1;

/** Whether a city's bounds hold places far apart. */
export function isScattered({ bounds: [west, south, east, north] }: Pick<CityCatalogue, 'bounds'>): boolean {
  return east - west > APART || north - south > APART;
}

/** Metres above zero of the ground of a folder that holds models or points and nothing else; null for a city. */
function aloneAt({ layers: { models, points, buildings, roads, areas, networks } }: CityCatalogue): number | null {
  return buildings || roads || areas || networks ? null : (models?.models[0]?.anchor[2] ?? points?.heights.low ?? null);
}

/** The scene that a city's page opens with, made of its catalogue alone. @param url of the catalogue, from the page's origin */
export function sceneOfCity(city: CityCatalogue, url: string, options: { feeds: CityFeeds | null; title: string }): SceneDocument {
  return {
    version: 1,
    title: cityTitle(city, options.title),
    at: [city.center[0], city.center[1]],
    camera: firstView(city.center, city.bounds, aloneAt(city)),
    clock: { mode: 'live', time: 0, at: 0, rate: 1 },
    light: 'day',
    layers: layersOfCity(city, url, options.feeds),
    selection: null,
    tools: {},
  };
}
