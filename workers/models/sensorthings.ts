/** Paths of SensorThings that the standard gives. @source OGC 18-088 (SensorThings API 1.1) */
export const RECEIVE_BY_MQTT = 'http://www.opengis.net/spec/iot_sensing/1.1/req/receive-updates-via-mqtt/receive-updates';

/** An entity's id as it stands in an address: numbers as they are, text in quotes. */
export function idInPath(id: string | number): string {
  return typeof id === 'number' ? String(id) : `'${id.replaceAll("'", "''")}'`;
}

/** The Datastream that a topic's Observations belong to; null where the topic is another. */
export function datastreamOf(topic: string): string | null {
  const match = /(?:^|\/)Datastreams\((?:'((?:[^']|'')*)'|([^)']+))\)\/Observations$/u.exec(topic);
  return match ? (match[1]?.replaceAll("''", "'") ?? match[2]) : null;
}

/** When a phenomenon was: an instant, or the end of an interval; null where it is no text. */
export function phenomenonEnd(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(value.lastIndexOf('/') + 1) : null;
}

/** The service's root (…/v1.1) and its collection of Datastreams with the caller's own query, from an address of either. */
export function serviceOf(address: string): { readonly root: string; readonly datastreams: URL; readonly filtered: boolean } {
  const url = new URL(address);
  const own = /\/Datastreams\/?$/u.test(url.pathname);
  const path = url.pathname.replace(/\/+$/u, '').replace(/\/Datastreams$/u, '');
  const datastreams = new URL(url);
  datastreams.pathname = `${path}/Datastreams`;
  return { root: `${url.origin}${path}`, datastreams, filtered: own && url.searchParams.has('$filter') };
}
