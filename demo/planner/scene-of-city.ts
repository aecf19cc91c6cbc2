import { placer, type CityCatalogue, type FeedSpec, type SceneDocument } from 'citymirror';

/** Where the live data of a city come from; absent without a broker. */
export interface CityFeeds {
  /** WebSocket address of an MQTT broker; a relative one counts from the page. */
  readonly url: string;
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
  return { transport: 'mqtt', url: feeds.url, topic, decode, staleAfter };
}

/** A reference of a catalogue, from where the catalogue's own address counts from. */
function beside(catalogue: string, reference: string): string {
  return /^(?:[a-z][\w+.-]*:|\/)/iu.test(reference) ? reference : catalogue.replace(/[^/]*$/u, '') + reference;
}

/** The layers that a city's data can fill, lowest first. Ids get the suffix, so that several cities stand in one scene. */
export function layersOfCity(city: CityCatalogue, url: string, feeds: CityFeeds | null, suffix = ''): Record<string, LayerDocument> {
  const about = { date: city.surveyDate, source: city.source.join(', ') };
  const owed = { ...(city.credits && { credits: city.credits.map((credit) => ({ ...credit })) }), ...(city.reviewNumber && { reviewNumber: city.reviewNumber }) };
  const common = { url, visible: true, opacity: 1, ...owed };
  const { buildings, roads, places, networks, models, imagery, points } = city.layers;
  const layers: [string, Omit<LayerDocument, 'order'>][] = [
    ['ground', { ...common, ...about, type: 'ground', title: { zh: '地面', en: 'Ground' } }],
  ];
  for (const [k, picture] of (imagery ?? []).entries()) {
    const { minzoom, maxzoom, bounds, credit } = picture;
    const owes = credit ? { credits: [...(owed.credits ?? []), { text: credit }] } : {};
    layers.push([k === 0 ? 'imagery' : `imagery-${k + 1}`, {
      ...common, ...about, ...owes, url: beside(url, picture.url), type: 'imagery', title: { zh: '影像', en: 'Imagery' }, options: { levels: [minzoom, maxzoom], bounds: [...bounds] },
    }]);
  }
  if (networks) layers.push(['pipeline', { ...common, ...about, type: 'pipeline', title: { zh: '地下管线', en: 'Utility networks' } }]);
  if (buildings) layers.push(['buildings', { ...common, ...about, type: 'tiles', title: { zh: '建筑', en: 'Buildings' }, cimLevel: buildings.cimLevel ?? 'CIM2' }]);
  if (models) layers.push(['models', { ...common, ...about, type: 'bim', title: { zh: '建筑模型', en: 'Building models' }, cimLevel: models.cimLevel ?? 'CIM4' }]);
  if (points) layers.push(['points', { ...common, ...about, type: 'points', title: { zh: '点云', en: 'Point clouds' } }]);
  if (roads && feeds) {
    layers.push(['traffic', {
      ...common, type: 'traffic', title: { zh: '交通', en: 'Traffic' }, feed: feed(feeds, feeds.vehicles, 'vehicles', 15),
      options: { roadsFeed: feed(feeds, feeds.roads, 'road-speeds', 90) },
    }]);
  }
  if (places) layers.push(['places', { ...common, ...about, type: 'places', title: { zh: '地名', en: 'Places' } }]);
  if (places && feeds?.sensors) {
    const { topic, about: source } = feeds.sensors;
    layers.push(['sensor', { ...common, type: 'sensor', title: { zh: '监测站', en: 'Sensors' }, feed: feed(feeds, topic, 'readings', 120), options: { about: source } }]);
  }
  if (buildings) layers.push(['emergency', { ...common, type: 'emergency', title: { zh: '应急', en: 'Emergency' }, options: { incidents: [] } }]);
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
