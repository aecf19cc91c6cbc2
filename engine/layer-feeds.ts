import type { FeedPort, OpenFeed, Quarantine } from './ports.ts';

/** What the twin's views see, for feeds that ask for no more. */
export interface Sight {
  /** Outlines of the ground seen now; none where the layer is hidden. */
  seen(): readonly Float64Array[];
  onChange(listener: () => void, signal: AbortSignal): void;
}

/** Milliseconds between two tellings while the camera moves. */
const TELL = 150;

/** The feeds that a layer has open now. */
export type OpenFeeds = Set<OpenFeed>;

/** The twin's feeds as one layer sees them: what it opens is remembered in `open` until it closes it or is taken away, and told what is seen where its spec asks by it. */
export function openFeeds(port: FeedPort, open: OpenFeeds, sight: Sight): FeedPort {
  return {
    clock: (state) => port.clock(state),
    density: (from, to, buckets) => port.density(from, to, buckets),
    dispose: () => port.dispose(),
    open(spec, wish, sink, signal) {
      const feed = port.open(spec, wish, sink, signal);
      const ended = new AbortController();
      const gone = (): void => {
        ended.abort();
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
      if (!signal.aborted && spec.interest) follow(feed, sight, ended.signal);
      signal.addEventListener('abort', gone, { once: true });
      return kept;
    },
  };
}

/** Tells a feed what is seen, now and at every change, at most some times a second. */
function follow(feed: OpenFeed, sight: Sight, signal: AbortSignal): void {
  let waiting: ReturnType<typeof setTimeout> | null = null;
  const tell = (): void => {
    waiting = null;
    feed.look(sight.seen());
  };
  tell();
  sight.onChange(() => {
    waiting ??= setTimeout(tell, TELL);
  }, signal);
  signal.addEventListener('abort', () => {
    if (waiting !== null) clearTimeout(waiting);
  }, { once: true });
}

/** Quarantines of several feeds as one: counts added, the last by their time; null where there is no feed. */
export async function quarantineOf(feeds: Iterable<Pick<OpenFeed, 'quarantine'>>): Promise<Quarantine | null> {
  const all = await Promise.all([...feeds].map((feed) => feed.quarantine()));
  if (all.length === 0) return null;
  const counts: Record<string, number> = {};
  for (const one of all) for (const [code, count] of Object.entries(one.counts)) counts[code] = (counts[code] ?? 0) + count;
  return { counts, last: all.flatMap(({ last }) => last).toSorted((a, b) => a.at - b.at).slice(-50) };
}
