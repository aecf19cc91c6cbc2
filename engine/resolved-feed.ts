import type { FeedSpec, FeedWay } from './ports.ts';

/** The spec with every address made whole; a page's own socket has the page's host, with its scheme. @param resolve makes one reference whole */
export function resolvedFeed(spec: FeedSpec, resolve: (reference: string) => string): FeedSpec {
  const way = <T extends FeedWay>(one: T): T => {
    if (one.transport === 'push') return one;
    const url = resolve(one.url);
    return { ...one, url: one.transport === 'mqtt' || one.transport === 'websocket' ? url.replace(/^http/u, 'ws') : url };
  };
  return { ...way(spec), ...(spec.fallback && { fallback: spec.fallback.map(way) }), ...(spec.module === undefined ? {} : { module: resolve(spec.module) }) };
}
