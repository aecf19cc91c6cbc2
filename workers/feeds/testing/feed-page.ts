import type { FeedSpec, FeedStatus, FeedWish, OpenFeed } from '../../../engine/ports.ts';
import { feedClient } from '../client.ts';

/** What a page holds of a feed, for tests that drive a real browser. */
interface FeedPage {
  open(spec: FeedSpec, wish: FeedWish): void;
  feed: OpenFeed | null;
  status: FeedStatus | null;
  updates: number;
  resets: number;
  /** Longest time on the main thread that one message of the worker took, milliseconds. */
  longest: number;
  issues: string[];
  end(): void;
}

declare global {
  interface Window {
    feedPage: FeedPage;
  }
}

const port = feedClient({ onIssue: (issue) => page.issues.push(issue.message) });
const stop = new AbortController();

const page: FeedPage = {
  feed: null, status: null, updates: 0, resets: 0, longest: 0, issues: [],
  open(spec, wish) {
    const timed = (act: () => void): void => {
      const begun = performance.now();
      act();
      page.longest = Math.max(page.longest, performance.now() - begun);
    };
    page.feed = port.open(spec, wish, {
      reset: () => timed(() => page.resets++),
      motion: ({ count }) => timed(() => (page.updates += count)),
      values: () => {},
      status: (status) => timed(() => (page.status = status)),
    }, stop.signal);
  },
  end: () => stop.abort(),
};
window.feedPage = page;
