import type { LayerStatus } from '../layer.ts';
import type { UiKey } from './dictionary-en.ts';
import { formatNumber, formatSpan } from './format.ts';
import type { TwinPort } from './port.ts';
import type { Words } from './words.ts';

/**
 * A layer's state in one line: what it is, how much, how old, what is wrong.
 * @param now unix seconds on the machine's clock, for ages
 */
export function statusLine(status: LayerStatus, words: Words<UiKey>, now: number, visible: boolean): string {
  const parts: string[] = [];
  // What an error said in English alone is put into Chinese where it is known.
  const message = status.message ? words.explain(words.text(status.message)) : null;
  if (status.state === 'failed') return message ?? words.say('layer.failed');
  // A layer with a feed and words of its own has said it all: state, age and count stand in them.
  const way = wayWords(status, words);
  if (visible && message && status.feed && status.state !== 'loading') return way === null ? message : message + words.say('list') + way;
  if (!visible) parts.push(words.say('layer.hidden'));
  else if (status.state === 'loading') parts.push(status.progress === null ? words.say('layer.loading') : words.say('layer.loadingShare', { percent: Math.floor(status.progress * 100) }));
  else if (status.state === 'live' || status.state === 'stale') parts.push(words.say(`layer.${status.state}`));
  else if (status.count === null && !message) parts.push(words.say('layer.ready'));
  const count = status.count === null ? null : formatNumber(status.count, words.language);
  // “85 objects” beside a sentence that says it in better words would only be noise.
  if (count !== null && !(message && (status.count === 0 || message.includes(count)))) parts.push(words.say('layer.objects', { n: count }));
  const { feed } = status;
  if (feed?.newest) parts.push(words.say('layer.age', { age: formatSpan(now - feed.newest, words) }));
  if (feed && feed.reconnects > 0) parts.push(words.say('layer.reconnects', { n: formatNumber(feed.reconnects, words.language) }));
  if (feed && feed.ledger.rejected > 0) parts.push(words.say('layer.rejected', { n: formatNumber(feed.ledger.rejected, words.language) }));
  if (visible && way !== null) parts.push(way);
  if (message) parts.push(message);
  return parts.join(words.say('list'));
}

/** That another way than the first brings a feed's messages; null where the first does. */
function wayWords({ feed }: LayerStatus, words: Words<UiKey>): string | null {
  const way = feed?.way;
  if (!way || way.why === null) return null;
  return words.say('layer.way', { way: way.transport === 'sse' || way.transport === 'poll' ? words.say(`way.${way.transport}`) : way.transport.toUpperCase() });
}

const NOWHERE: LayerStatus = {
  state: 'failed', message: { zh: '未知的图层类型，已保留但未显示', en: 'Unknown type of layer: kept, not shown' }, progress: null, count: null, feed: null,
};

/** Whether the twin really shows a layer of its document: one of an unknown type stands in the document only. */
export function isShown(twin: Pick<TwinPort, 'status'>, id: string): boolean {
  return statusOf(twin, id) !== NOWHERE;
}

/** A layer's status; for one that stands in the document only, that. */
export function statusOf(twin: Pick<TwinPort, 'status'>, id: string): LayerStatus {
  try {
    return twin.status(id);
  } catch {
    return NOWHERE;
  }
}
