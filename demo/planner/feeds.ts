import type { CityEntry } from './cities.ts';
import type { CityFeeds } from './scene-of-city.ts';

/** The broker of the page's own server, wherever that is: the address is relative, so a scene can be shared. */
export const OWN_FEEDS: CityFeeds = { url: '/mqtt', relay: '/relay', vehicles: 'city/vehicles/#', roads: 'city/roads/#', sensors: { topic: 'city/sensors/#', about: '/feeds/sensors.json' } };

/** What the server has live of a city; null for nothing. */
export function feedsOf({ live, sensors }: Pick<CityEntry, 'live' | 'sensors'>): CityFeeds | null {
  const { sensors: stations, ...vehicles } = OWN_FEEDS;
  if (!live && !sensors) return null;
  return sensors ? { ...vehicles, sensors: stations } : vehicles;
}
