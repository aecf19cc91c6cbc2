import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { WebSocket } from 'ws';
import type { FeedFeature, FeedSpec, FeedStatus, FeedWish } from '../../../engine/ports.ts';
import type { Feed } from '../feed.ts';
import { FeedHost } from '../host.ts';
import { ANCHOR } from './standing-feed.ts';

/** Waits for something that a server or a timer brings about. */
export async function until(what: () => boolean, ms = 8000): Promise<void> {
  const end = Date.now() + ms;
  while (!what()) {
    if (Date.now() > end) throw new Error(`it did not happen in time: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface HttpServer {
  readonly url: string;
  readonly server: Server;
  /** What was asked, in order. */
  readonly asked: IncomingMessage[];
  close(): void;
}

/** A server on the loopback that answers as it is told. */
export async function startHttp(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void, port = 0): Promise<HttpServer> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => answer(request, response, asked.push(request)));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    server,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface OpenedFeed {
  readonly host: FeedHost;
  readonly feed: Feed;
  readonly states: string[];
  /** Every feature told, in order. */
  readonly features: FeedFeature[];
  status(): FeedStatus;
  /** The newest value of an id that a reading speaks of. */
  value(id: string, name: string): number | undefined;
  close(): void;
}

/** A feed with its real transport, in this thread. */
export function openFeed(spec: FeedSpec, wish: Partial<FeedWish> = {}, now?: () => number): OpenedFeed {
  const states: string[] = [];
  const features: FeedFeature[] = [];
  const host = new FeedHost({
    post: (message) => {
      if (message.kind === 'status' && states.at(-1) !== message.status.state) states.push(message.status.state);
      if (message.kind === 'features') features.push(...message.features);
    },
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    load: () => Promise.reject(new Error('nothing to load')),
    ...(now && { now }),
  });
  host.handle({ kind: 'open', feed: 1, spec, wish: { anchor: ANCHOR, as: 'values', lag: 0, colour: '#ffffff', lift: 0, capacity: 5000, ...wish } });
  const feed = host.feed(1);
  if (!feed) throw new Error('the feed did not open');
  const moment = now ?? (() => Date.now() / 1000);
  return {
    host, feed, states, features,
    status: () => feed.status(moment()),
    value(id, name) {
      const record = feed.history.speaking(feed.history.newest(feed.ids.find(id)), name);
      return record < 0 ? undefined : feed.history.value(record, name);
    },
    close: () => host.dispose(),
  };
}
