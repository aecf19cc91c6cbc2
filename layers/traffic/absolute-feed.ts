import type { FeedSpec, Stage } from '#engine';

/** A feed whose references count from the page; a page's own socket has the page's host. */
export function absoluteFeed(stage: Pick<Stage, 'resolve'>, spec: FeedSpec): FeedSpec {
  const socket = spec.transport === 'mqtt' || spec.transport === 'websocket';
  const url = spec.transport === 'push' ? spec.url : stage.resolve(spec.url);
  return { ...spec, url: socket ? url.replace(/^http/u, 'ws') : url, ...(spec.module ? { module: stage.resolve(spec.module) } : {}) };
}
