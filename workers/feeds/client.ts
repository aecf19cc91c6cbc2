import { TwinError } from '../../engine/errors.ts';
import type { AskCredentials, ClockState, FeedPort, FeedSink, FeedSpec, FeedStatus, FeedWay, FeedWish, OpenFeed, Quarantine, Reading } from '../../engine/ports.ts';
import type { WorkerLike } from '../pool/worker-like.ts';
import type { FromWorker, PushedReading, Question, ToWorker } from './messages.ts';

export interface FeedClientOptions {
  /** Makes the worker; by default the one beside this module. */
  readonly create?: () => WorkerLike;
  /** Hears once of every worker that had to be replaced, and why. */
  readonly onIssue?: (error: TwinError) => void;
  /** Seconds of silence until the worker counts as hung (4 by default). */
  readonly silence?: number;
  /** Seconds that a feed outlives its listener (3 by default), so that a view made anew finds history, ledger and connection as they were. */
  readonly linger?: number;
  /** Asked before every connection of a feed. */
  readonly credentials?: AskCredentials;
  /** What relative addresses count from; the page by default. */
  readonly base?: string;
}

/** Milliseconds between two looks at the worker. Looks are counted, not clock time: a page that stood still accuses nobody. */
const LOOK = 500;
/** Looks in which a new worker must answer first. */
const START_LOOKS = 40;
/** Seconds between replacements at most, doubling from a fifth of a second. */
const SLOWEST = 30;

const NOTHING: FeedStatus = {
  state: 'failed', newest: null, ids: 0, stale: 0, reconnects: 0, issues: [], history: null,
  ledger: { received: 0, applied: 0, coalesced: 0, duplicate: 0, late: 0, rejected: 0, dropped: 0 },
};

interface OpenEntry {
  readonly spec: FeedSpec;
  readonly wish: FeedWish;
  sink: FeedSink;
  /** Runs while nobody listens: the feed ends when it fires. */
  linger: ReturnType<typeof setTimeout> | null;
  /** What the worker said last. */
  last: FeedStatus | null;
  /** What the views saw last. */
  seen: readonly Float64Array[] | null;
}

interface Asked {
  resolve(value: unknown): void;
  reject(error: TwinError): void;
}

/**
 * The feed worker seen from the main thread: starts it with the first feed, hands its columns to the sinks, and replaces it when it dies or hangs;
 * feeds are then opened again by their specs, and sinks start over.
 */
export function feedClient(options: FeedClientOptions = {}): FeedPort {
  return new FeedClient(options);
}

const SILENT: FeedSink = { reset() {}, motion() {}, values() {}, status() {} };

class FeedClient implements FeedPort {
  private worker: WorkerLike | null = null;
  private readonly entries = new Map<number, OpenEntry>();
  private readonly asked = new Map<number, Asked>();
  private last = 0;
  private state: ClockState = { mode: 'live', time: 0, at: 0, rate: 1 };
  private look: ReturnType<typeof setInterval> | null = null;
  private again: ReturnType<typeof setTimeout> | null = null;
  private silent = 0;
  private answered = false;
  private failures = 0;
  private disposed = false;

  constructor(private readonly options: FeedClientOptions) {}

  open(spec: FeedSpec, wish: FeedWish, sink: FeedSink, signal: AbortSignal): OpenFeed {
    const entry: OpenEntry = { spec: this.resolved(spec), wish: this.resolvedWish(wish), sink, linger: null, last: null, seen: null };
    const known = this.lingering(entry);
    const feed = known ?? ++this.last;
    let closed = false;
    const close = (): void => {
      // Once only: the feed may be another's by then.
      if (closed) return;
      closed = true;
      signal.removeEventListener('abort', close);
      this.leave(feed);
    };
    const ask = <T>(question: Question): Promise<T> => this.ask<T>(feed, question);
    if (!signal.aborted && !this.disposed) {
      this.entries.set(feed, entry);
      signal.addEventListener('abort', close, { once: true });
      if (known !== null) this.send({ kind: 'retell', feed });
      else if (this.worker) this.send({ kind: 'open', feed, spec: entry.spec, wish: entry.wish, guarded: this.options.credentials !== undefined });
      else if (!this.again) this.start();
    }
    return {
      nearest: (question) => ask<Reading | null>({ what: 'nearest', ...question }),
      reading: (id, time) => ask<Reading | null>({ what: 'reading', id, time }),
      series: (id, from, to) => ask({ what: 'series', id, from, to }),
      track: (id, from, to, every = 1) => ask({ what: 'track', id, from, to, every }),
      watch: (view) => this.send({ kind: 'watch', feed, view }),
      columns: (time) => ask({ what: 'columns', time }),
      density: (from, to, buckets) => ask<Uint32Array>({ what: 'density', from, to, buckets }),
      digest: (time) => ask<string>({ what: 'digest', time }),
      push: (readings: readonly PushedReading[]) => this.send({ kind: 'push', feed, readings }),
      recording: () => ask<Uint8Array>({ what: 'recording' }),
      look: (seen) => {
        entry.seen = seen;
        this.send({ kind: 'look', feed, seen });
      },
      quarantine: () => ask<Quarantine>({ what: 'quarantine' }),
      close,
    };
  }

  clock(state: ClockState): void {
    this.state = state;
    this.send({ kind: 'clock', state });
  }

  async density(from: number, to: number, buckets: number): Promise<Uint32Array> {
    const out = new Uint32Array(buckets);
    // A feed that ends meanwhile counts nothing.
    const lists = await Promise.all([...this.entries.keys()].map((feed) => this.ask<Uint32Array>(feed, { what: 'density', from, to, buckets }).catch(() => null)));
    for (const list of lists) list?.forEach((count, k) => { out[k] += count; });
    return out;
  }

  dispose(): void {
    this.disposed = true;
    for (const { linger } of this.entries.values()) if (linger) clearTimeout(linger);
    this.entries.clear();
    this.rest();
  }

  /** The number of a feed that nobody listens to and that is just what is asked for; its timer is stopped. */
  private lingering(entry: OpenEntry): number | null {
    const wanted = JSON.stringify([entry.spec, entry.wish]);
    for (const [feed, { spec, wish, linger }] of this.entries) {
      if (linger === null || JSON.stringify([spec, wish]) !== wanted) continue;
      clearTimeout(linger);
      return feed;
    }
    return null;
  }

  private leave(feed: number): void {
    const entry = this.entries.get(feed);
    if (!entry || entry.linger !== null) return;
    entry.sink = SILENT;
    entry.linger = setTimeout(() => {
      this.entries.delete(feed);
      this.send({ kind: 'close', feed });
      if (this.entries.size === 0) this.rest();
    }, (this.options.linger ?? 3) * 1000);
  }

  /** No feed is open: the worker goes, nothing runs on. */
  private rest(): void {
    if (this.again) clearTimeout(this.again);
    this.again = null;
    this.end(new TwinError('aborted', 'The feed is closed.'));
  }

  private send(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private ask<T>(feed: number, question: Question): Promise<T> {
    if (!this.entries.has(feed)) return Promise.reject(new TwinError('aborted', 'The feed is closed.'));
    if (!this.worker) return Promise.reject(new TwinError('worker-died', 'The feed worker is being replaced.', { retryable: true }));
    const ask = ++this.last;
    return new Promise<T>((resolve, reject) => {
      this.asked.set(ask, { resolve: (value) => resolve(value as T), reject });
      this.send({ kind: 'ask', feed, ask, question });
    });
  }

  private start(): void {
    this.silent = 0;
    this.answered = false;
    try {
      this.worker = this.options.create?.() ?? (new Worker(new URL('./feed.worker.ts', import.meta.url), { type: 'module' }) as unknown as WorkerLike);
    } catch (cause) {
      return this.replace(new TwinError('worker-died', `The feed worker could not be made: ${cause instanceof Error ? cause.message : String(cause)}`, { cause }));
    }
    this.worker.addEventListener('message', this.onMessage);
    this.worker.addEventListener('error', this.onError);
    this.worker.addEventListener('exit', this.onExit);
    this.look = setInterval(() => this.onLook(), LOOK);
    this.send({ kind: 'clock', state: this.state });
    for (const [feed, { spec, wish, seen }] of this.entries) {
      this.send({ kind: 'open', feed, spec, wish, guarded: this.options.credentials !== undefined });
      if (seen) this.send({ kind: 'look', feed, seen });
    }
    this.send({ kind: 'ping' });
  }

  /** Ends the worker; every open question is answered with the reason. */
  private end(reason: TwinError): void {
    if (this.look !== null) clearInterval(this.look);
    this.look = null;
    const { worker } = this;
    this.worker = null;
    worker?.removeEventListener('message', this.onMessage);
    worker?.removeEventListener('error', this.onError);
    worker?.removeEventListener('exit', this.onExit);
    void worker?.terminate();
    const waiting = [...this.asked.values()];
    this.asked.clear();
    for (const { reject } of waiting) reject(reason);
  }

  private replace(reason: TwinError): void {
    this.end(reason);
    this.options.onIssue?.(reason);
    // What the worker knew went with it; the picture stays and is said to be old until the next one has news.
    const issue = { code: reason.code, severity: 'error', message: reason.message } as const;
    for (const { last, sink } of this.entries.values()) sink.status({ ...(last ?? NOTHING), state: last?.newest ? 'stale' : 'failed', issues: [...(last?.issues ?? []), issue] });
    if (this.disposed || this.entries.size === 0) return;
    const wait = Math.min(SLOWEST, 0.2 * 2 ** this.failures++);
    this.again = setTimeout(() => {
      this.again = null;
      this.start();
    }, wait * 1000);
  }

  private onLook(): void {
    const limit = this.answered ? ((this.options.silence ?? 4) * 1000) / LOOK : START_LOOKS;
    if (this.silent >= limit) {
      const message = this.answered ? 'The feed worker gave no sign of life and was replaced.' : 'The feed worker did not start.';
      return this.replace(new TwinError(this.answered ? 'worker-hung' : 'worker-died', message, { retryable: true }));
    }
    this.silent++;
    this.send({ kind: 'ping' });
  }

  private readonly onError = (event: { message?: string; error?: unknown }): void => {
    const said = event.message ? ` (${event.message})` : '';
    const message = this.answered ? `The feed worker broke${said} and was replaced.` : `The feed worker's script could not be started${said}: it is missing, or the page's policy forbids it (directive worker-src).`;
    this.replace(new TwinError('worker-died', message, { cause: event.error, retryable: true }));
  };

  private readonly onExit = (): void => this.replace(new TwinError('worker-died', 'The feed worker ended by itself and was replaced.', { retryable: true }));

  private readonly onMessage = (event: { data?: unknown }): void => {
    const message = event.data as FromWorker;
    this.silent = 0;
    if (!this.answered) this.answered = true;
    if (message.kind === 'pong') return;
    if (message.kind === 'need') return void this.give(message);
    if (message.kind === 'answer' || message.kind === 'failed') {
      const asked = this.asked.get(message.ask);
      this.asked.delete(message.ask);
      if (message.kind === 'answer') asked?.resolve(message.value);
      else asked?.reject(new TwinError(message.code, message.message));
      return;
    }
    const entry = this.entries.get(message.feed);
    if (!entry) return;
    const { sink } = entry;
    if (message.kind === 'reset') sink.reset({ epoch: message.epoch, capacity: message.capacity });
    else if (message.kind === 'motion') sink.motion({ kind: 'motion', count: message.count, buffer: message.buffer });
    else if (message.kind === 'models') sink.models?.(message.of, { kind: 'motion', count: message.count, buffer: message.buffer });
    else if (message.kind === 'values') sink.values({ name: message.name, ids: message.ids, values: message.values, times: message.times });
    else if (message.kind === 'features') sink.features?.(message.features);
    else {
      if (message.status.state === 'live') this.failures = 0;
      entry.last = message.status;
      sink.status(message.status);
    }
  };

  private async give({ need, url, renew }: Extract<FromWorker, { kind: 'need' }>): Promise<void> {
    const { worker } = this;
    let given: ToWorker;
    try {
      given = { kind: 'credentials', need, value: (await this.options.credentials?.({ url, renew })) ?? null };
    } catch (cause) {
      given = { kind: 'credentials', need, value: null, message: cause instanceof Error ? cause.message : String(cause) };
    }
    // A worker that took its place asks for itself.
    if (this.worker === worker) this.send(given);
  }

  /** Relative addresses count from the page; a WebSocket's from its origin, with its scheme. */
  private resolved(spec: FeedSpec): FeedSpec {
    if (spec.transport === 'push') return this.pastResolved(spec);
    const way = <T extends FeedWay>(one: T): T => {
      const url = this.absolute(one.url);
      return { ...one, url: one.transport === 'mqtt' || one.transport === 'websocket' ? url.replace(/^http/u, 'ws') : url };
    };
    return { ...way(this.pastResolved(spec)), ...(spec.fallback && { fallback: spec.fallback.map(way) }), ...(spec.module === undefined ? {} : { module: this.absolute(spec.module) }) };
  }

  private pastResolved(spec: FeedSpec): FeedSpec {
    // Braces of a template are kept as they stand.
    return spec.past ? { ...spec, past: { ...spec.past, url: this.absolute(spec.past.url).replaceAll('%7B', '{').replaceAll('%7D', '}') } } : spec;
  }

  private resolvedWish(wish: FeedWish): FeedWish {
    const roads = wish.roads === undefined ? {} : { roads: this.absolute(wish.roads) };
    return { ...wish, ...roads, ...(wish.dem === undefined ? {} : { dem: this.absolute(wish.dem) }) };
  }

  private absolute(url: string): string {
    const base = this.options.base ?? (typeof document === 'undefined' ? undefined : document.baseURI);
    return URL.canParse(url, base) ? new URL(url, base).href : url;
  }
}
