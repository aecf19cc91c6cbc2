import { documentIn, TwinError, type SceneDocument } from 'citymirror';
import { readCities, readCity, type CityEntry } from './cities.ts';
import { feedsOf } from './feeds.ts';
import { sceneOfCity } from './scene-of-city.ts';

/** What the page opens with: a scene, and the city it is of when it is one. */
export interface Opening {
  readonly scene: unknown;
  readonly city: string | null;
  readonly cities: readonly CityEntry[];
}

/** Scenes that come with the demo, by name. */
const SCENES: Readonly<Record<string, string>> = import.meta.glob('../scenes/*.json', { query: '?url', import: 'default', eager: true });

async function readScene(name: string): Promise<unknown> {
  const address = SCENES[`../scenes/${name}.json`] ?? name;
  const response = await fetch(address);
  if (!response.ok) throw new TwinError('not-found', `The scene “${name}” could not be read (${response.status}). Check the address.`, { where: name });
  return response.json();
}

/**
 * Finds what to open: the scene in the link's fragment, else `?scene=` (a name or an address), else `?city=`, else the first city of the server.
 * Null when the server has no city.
 * @throws TwinError
 */
export async function findOpening(page: Location): Promise<Opening | null> {
  const query = new URLSearchParams(page.search);
  const cities = await readCities();
  const shared = await documentIn(page.hash);
  if (shared) return { scene: shared, city: null, cities };
  const name = query.get('scene');
  if (name) return { scene: await readScene(name), city: null, cities };
  const city = cities.find((each) => each.id === query.get('city')) ?? cities[0];
  if (!city) return null;
  return { scene: await sceneOf(city), city: city.id, cities };
}

async function sceneOf(city: CityEntry): Promise<SceneDocument> {
  const catalogue = await readCity(city.url);
  const scene = sceneOfCity(catalogue, city.url, { feeds: feedsOf(city), title: city.id });
  return { ...scene, title: { ...city.title } };
}
