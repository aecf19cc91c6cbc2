import type { CityFeeds } from './scene-of-city.ts';

/** The broker of the page's own server. */
export function ownFeeds(page: Location): CityFeeds {
  const url = new URL('/mqtt', page.href);
  url.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:';
  return { url: url.href, vehicles: 'city/vehicles/#', roads: 'city/roads/#' };
}
