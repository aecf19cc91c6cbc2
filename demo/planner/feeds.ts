import type { CityFeeds } from './scene-of-city.ts';

/** The broker of the page's own server, wherever that is: the address is relative, so a scene can be shared. */
export const OWN_FEEDS: CityFeeds = { url: '/mqtt', vehicles: 'city/vehicles/#', roads: 'city/roads/#' };
