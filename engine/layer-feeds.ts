import type { FeedPort, OpenFeed, Quarantine } from './ports.ts';

/** The feeds that a layer has open now. */
export type OpenFeeds = Set<OpenFeed>;

/** The twin's feeds as one layer sees them: what it opens is remembered in `open` until it closes it or is taken away. */
export function openFeeds(port: FeedPort, open: OpenFeeds): FeedPort {
  return {
    clock: (state) => port.clock(state),
    dispose: () => port.dispose(),
    open(spec, wish, sink, signal) {
      const feed = port.open(spec, wish, sink, signal);
      const gone = (): void => {
        signal.removeEventListener('abort', gone);
        open.delete(kept);
      };
      const kept: OpenFeed = {
        ...feed,
        close() {
          gone();
          feed.close();
        },
      };
      if (!signal.aborted) open.add(kept);
      signal.addEventListener('abort', gone, { once: true });
      return kept;
    },
  };
}

/** Quarantines of several feeds as one: counts added, the last by their time; null where there is no feed. */
export async function quarantineOf(feeds: Iterable<Pick<OpenFeed, 'quarantine'>>): Promise<Quarantine | null> {
  const all = await Promise.all([...feeds].map((feed) => feed.quarantine()));
  if (all.length === 0) return null;
  const counts: Record<string, number> = {};
  for (const one of all) for (const [code, count] of Object.entries(one.counts)) counts[code] = (counts[code] ?? 0) + count;
  return { counts, last: all.flatMap(({ last }) => last).toSorted((a, b) => a.at - b.at).slice(-50) };
}
