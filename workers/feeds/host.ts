import { clockTime } from '../../engine/clock-time.ts';
import { shownUrl, toTwinError, TwinError } from '../../engine/errors.ts';
import type { ClockState, FeedCredentials, PastSpec } from '../../engine/ports.ts';
import { answer } from './answers.ts';
import type { Transport, TransportContext } from './arrivals.ts';
import type { Decoder } from './decoders/draft.ts';
import { Feed } from './feed.ts';
import type { Post, ToWorker } from './messages.ts';
import type { PastLoader } from './past/past-loader.ts';
import { transportFor } from './transports/transports.ts';

/** Milliseconds between two flushes. */
const FLUSH = 40;
/** Seconds within which credentials must be given: a person may have to log in. */
const ANSWER_WITHIN = 120;
/** Milliseconds that reading may take before timers and messages get their turn. */
const SLICE = 8;

export interface HostParts {
  readonly post: Post;
  readonly WebSocket: typeof WebSocket;
  readonly load: TransportContext['load'];
  /** What older time is fetched with; the platform's own where absent. */
  readonly fetch?: typeof globalThis.fetch;
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
  private readonly context: TransportContext & { credentials?: TransportContext['credentials'] };
  private readonly post: Post;
  private readonly fetch: typeof globalThis.fetch;
  private clock: ClockState = { mode: 'live', time: 0, at: 0, rate: 1 };
  private readonly timer: ReturnType<typeof setInterval>;
  /** Questions for credentials under way. */
  private readonly needs = new Map<number, { resolve(value: FeedCredentials | null): void; reject(error: TwinError): void }>();
  private lastNeed = 0;

  constructor(parts: HostParts) {
    const now = parts.now ?? (() => Date.now() / 1000);
    this.post = parts.post;
    this.fetch = parts.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.context = { WebSocket: parts.WebSocket, brokers: new Map(), now, load: parts.load };
    this.timer = setInterval(() => this.flush(), FLUSH);
  }

  handle(message: ToWorker): void {
    if (message.kind === 'ping') this.post({ kind: 'pong' });
    else if (message.kind === 'clock') this.clock = message.state;
    else if (message.kind === 'open') this.open(message);
    else if (message.kind === 'close') this.close(message.feed);
    else if (message.kind === 'retell') this.feeds.get(message.feed)?.feed.retell();
    else if (message.kind === 'credentials') this.given(message);
    else if (message.kind === 'look') this.feeds.get(message.feed)?.feed.interest?.see(message.seen, this.context.now());
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
    for (const { reject } of this.needs.values()) reject(new TwinError('aborted', 'The feed is closed.'));
    this.needs.clear();
    for (const number of this.feeds.keys()) this.close(number);
  }

  private now(): number {
    return clockTime(this.clock, this.context.now());
  }

  private flush(): void {
    const clock = this.now();
    for (const { feed } of this.feeds.values()) feed.flush(clock);
  }

  private given({ need, value, message }: Extract<ToWorker, { kind: 'credentials' }>): void {
    const asked = this.needs.get(need);
    this.needs.delete(need);
    if (message === undefined) asked?.resolve(value);
    else asked?.reject(new TwinError('refused', message));
  }

  /** Asks the main thread, which has time to find a person or a server that knows. */
  private need(url: string, renew: boolean): Promise<FeedCredentials | null> {
    const need = ++this.lastNeed;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.given({ kind: 'credentials', need, value: null, message: `Nobody answered within ${ANSWER_WITHIN} s.` }), ANSWER_WITHIN * 1000);
      const once = <T>(act: (value: T) => void) => (value: T): void => {
        clearTimeout(timer);
        act(value);
      };
      this.needs.set(need, { resolve: once(resolve), reject: once(reject) });
      this.post({ kind: 'need', need, url, renew });
    });
  }

  private open({ feed: number, spec, wish, guarded }: Extract<ToWorker, { kind: 'open' }>): void {
    if (guarded) this.context.credentials = (url, renew) => this.need(url, renew);
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
      const transport = own?.transport ?? transportFor(spec);
      if (!transport) throw new TwinError('unsupported', `There is no transport “${spec.transport}”.`);
      if (own?.decode) feed.decodeWith(own.decode);
      const arrivals = transport(spec, signal, feed.events, this.context);
      await feed.prepare(signal);
      if (spec.past) feed.past = await this.pastOf(feed, spec.past, signal);
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

  /** Older time, with its reader loaded when a feed first has some. */
  private async pastOf(feed: Feed, spec: PastSpec, signal: AbortSignal): Promise<PastLoader> {
    const [{ PastLoader }, source] = await Promise.all([
      import('./past/past-loader.ts'),
      spec.format === 'parquet' ? import('./past/parquet.ts').then(({ parquetPast }) => parquetPast(spec, this.fetch)) : import('./past/sensor-things.ts').then(({ sensorThingsPast }) => sensorThingsPast(spec, this.fetch)),
    ]);
    return new PastLoader({
      source, signal, history: feed.history, now: this.context.now,
      heldSince: () => feed.heldSince,
      put: (rows, from, to) => feed.recall(rows, from, to),
      came: () => feed.recalled(),
      changed: () => feed.restate(),
      failed: ({ code, message, where }) => feed.ledger.issue({ code, severity: 'warning', message: `Older data could not be loaded: ${message}`, path: where }),
    });
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
