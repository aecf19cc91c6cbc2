import { shownUrl, toTwinError, TwinError } from '../../engine/errors.ts';
import type { ClockState, FeedSpec } from '../../engine/ports.ts';
import { answer } from './answers.ts';
import type { Transport, TransportContext } from './arrivals.ts';
import type { Decoder } from './decoders/draft.ts';
import { Feed } from './feed.ts';
import { clockTime, type Post, type ToWorker } from './messages.ts';
import { mqtt } from './transports/mqtt.ts';
import { push } from './transports/push.ts';
import { replay } from './transports/replay.ts';
import { websocket } from './transports/websocket.ts';

const TRANSPORTS: Readonly<Record<FeedSpec['transport'], Transport>> = { mqtt, websocket, replay, push };

/** Milliseconds between two flushes. */
const FLUSH = 40;
/** Milliseconds that reading may take before timers and messages get their turn. */
const SLICE = 8;

export interface HostParts {
  readonly post: Post;
  readonly WebSocket: typeof WebSocket;
  readonly load: TransportContext['load'];
  /** The machine's clock in unix seconds; replaced in tests. */
  readonly now?: () => number;
}

interface Open {
  readonly feed: Feed;
  readonly end: AbortController;
}

/** Everything the feed worker does, without the worker: takes messages, answers through `post`. */
export class FeedHost {
  private readonly feeds = new Map<number, Open>();
  private readonly context: TransportContext;
  private readonly post: Post;
  private clock: ClockState = { mode: 'live', time: 0, at: 0, rate: 1 };
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(parts: HostParts) {
    const now = parts.now ?? (() => Date.now() / 1000);
    this.post = parts.post;
    this.context = { WebSocket: parts.WebSocket, brokers: new Map(), now, load: parts.load };
    this.timer = setInterval(() => this.flush(), FLUSH);
  }

  handle(message: ToWorker): void {
    if (message.kind === 'ping') this.post({ kind: 'pong' });
    else if (message.kind === 'clock') this.clock = message.state;
    else if (message.kind === 'open') this.open(message);
    else if (message.kind === 'close') this.close(message.feed);
    else if (message.kind === 'retell') this.feeds.get(message.feed)?.feed.retell();
    else if (message.kind === 'watch') this.feeds.get(message.feed)?.feed.watch(message.view);
    else if (message.kind === 'push') this.feeds.get(message.feed)?.feed.push(message.readings);
    else this.ask(message);
  }

  /** The feed behind a number, for what runs beside it in one thread (tests, headless exports). */
  feed(number: number): Feed | null {
    return this.feeds.get(number)?.feed ?? null;
  }

  dispose(): void {
    clearInterval(this.timer);
    for (const number of this.feeds.keys()) this.close(number);
  }

  private now(): number {
    return clockTime(this.clock, this.context.now());
  }

  private flush(): void {
    const clock = this.now();
    for (const { feed } of this.feeds.values()) feed.flush(clock);
  }

  private open({ feed: number, spec, wish }: Extract<ToWorker, { kind: 'open' }>): void {
    const end = new AbortController();
    try {
      const feed = new Feed({ number, spec, wish, context: this.context, post: this.post });
      this.feeds.set(number, { feed, end });
      void this.run(feed, end.signal);
    } catch (cause) {
      this.refuse(number, toTwinError(cause, 'feed-failed', shownUrl(spec.url)));
    }
  }

  private refuse(feed: number, error: TwinError): void {
    const ledger = { received: 0, applied: 0, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 };
    const issues = [{ code: error.code, severity: 'error', message: error.message, path: error.where }] as const;
    this.post({ kind: 'status', feed, status: { state: 'failed', newest: null, ids: 0, stale: 0, ledger, reconnects: 0, issues, history: null } });
  }

  private async run(feed: Feed, signal: AbortSignal): Promise<void> {
    const { spec } = feed;
    try {
      const own = spec.module === undefined ? null : await this.ownModule(spec.module);
      const transport = own?.transport ?? TRANSPORTS[spec.transport];
      if (!transport) throw new TwinError('unsupported', `There is no transport “${spec.transport}”.`);
      if (own?.decode) feed.decodeWith(own.decode);
      const arrivals = transport(spec, signal, feed.events, this.context);
      await feed.prepare(signal);
      let turn = performance.now();
      for await (const arrival of arrivals) {
        if (signal.aborted) break;
        feed.receive(arrival);
        if (performance.now() - turn < SLICE) continue;
        await new Promise((resolve) => setTimeout(resolve));
        turn = performance.now();
      }
    } catch (cause) {
      if (!signal.aborted) feed.events.lost(toTwinError(cause, 'feed-failed', shownUrl(spec.url)));
    }
  }

  /** An own transport or decoder: a module that exports `transport`, `decode` or both. */
  private async ownModule(url: string): Promise<{ transport?: Transport; decode?: Decoder }> {
    try {
      return (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as { transport?: Transport; decode?: Decoder };
    } catch (cause) {
      throw new TwinError('feed-failed', `The feed's own module ${shownUrl(url)} could not be loaded.`, { where: shownUrl(url), cause });
    }
  }

  private close(number: number): void {
    this.feeds.get(number)?.end.abort();
    this.feeds.delete(number);
  }

  private ask({ feed: number, ask, question }: Extract<ToWorker, { kind: 'ask' }>): void {
    const open = this.feeds.get(number);
    if (!open) return this.post({ kind: 'failed', ask, code: 'aborted', message: 'The feed is closed.' });
    try {
      const { value, transfer } = answer(open.feed, question, this.now());
      this.post({ kind: 'answer', ask, value }, transfer);
    } catch (cause) {
      const error = toTwinError(cause, 'feed-failed', shownUrl(open.feed.spec.url));
      this.post({ kind: 'failed', ask, code: error.code, message: error.message });
    }
  }
}
