import { shownUrl } from '../../../engine/errors.ts';
import { readCap } from '../../models/cap.ts';
import { xmlText } from '../../models/xml-elements.ts';
import { ArrivalQueue, type Transport } from '../arrivals.ts';
import { AskError, EVERY, repeat } from '../ask.ts';
import { RemoteDocument } from '../remote-document.ts';

/** Alerts fetched between two looks at the index, and links remembered. */
const AT_ONCE = 100;
const REMEMBERED = 10_000;

/** Links of an index to alerts that stand elsewhere; nothing where it holds the alerts itself or cannot be read (the decoder says why). */
function linksOf(bytes: Uint8Array, base: string): string[] {
  try {
    return readCap(xmlText(bytes)).links.flatMap((link) => {
      const url = URL.canParse(link, base) ? new URL(link, base) : null;
      return url && /^https?:$/u.test(url.protocol) ? [url.href] : [];
    });
  } catch {
    return [];
  }
}

/** CAP alerts polled from one document: an alert, a feed that holds alerts, or an Atom or RSS index of alerts, each of which is fetched once. */
export const cap: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const index = new RemoteDocument(spec.url);
  const seen = new Set<string>();
  let waiting: string[] = [];
  const fetchLinked = async (): Promise<void> => {
    for (let count = 0; waiting.length > 0 && count < AT_ONCE; count++) {
      const url = waiting[0];
      try {
        const alert = await new RemoteDocument(url).fetch(signal);
        if (alert) queue.push({ bytes: alert.bytes, topic: shownUrl(url), at: context.now() });
      } catch (cause) {
        // One that is gone or forbidden is said and left; one that failed is asked for again.
        if (!(cause instanceof AskError) || cause.retryable || signal.aborted) throw cause;
        link.note?.('cap-missing', cause.message);
      }
      seen.add(url);
      waiting.shift();
    }
    while (seen.size > REMEMBERED) seen.delete(seen.values().next().value ?? '');
  };
  void repeat(spec, signal, link, async () => {
    const answer = await index.fetch(signal);
    if (answer) {
      queue.push({ bytes: answer.bytes, topic: '', at: context.now() });
      waiting = linksOf(answer.bytes, spec.url).filter((url) => !seen.has(url));
    }
    await fetchLinked();
    return waiting.length > 0 ? 1 : (spec.every ?? EVERY);
  });
  return queue;
};
