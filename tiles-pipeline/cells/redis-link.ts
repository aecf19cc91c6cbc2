import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinError } from '../../engine/errors.ts';

/** Milliseconds that a Redis may take to answer at first. */
const FIRST = 5000;
/** Milliseconds of silence before it is said. */
const FLICKER = 1000;

export interface RedisAddress {
  /** Fit to be shown: without user and password. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

/** `redis://[user:password@]host[:port][/db]`, or `rediss://` with TLS. The sentence of an error never repeats what was given. @throws {TwinError} `bad-input` */
export function parseRedis(text: string): RedisAddress {
  const url = /^rediss?:\/\/[^/]/iu.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const path = url?.pathname.replace(/^\//u, '') ?? '';
  if (!url?.hostname || !/^\d{0,4}$/u.test(path) || url.search || url.hash) throw new TwinError('bad-input', '--queue is no address of a Redis: give redis://host:port, or redis://user:password@host:port/db.');
  const host = url.hostname.replace(/^\[(.*)\]$/u, '$1');
  const [port, db, tls] = [Number(url.port || 6379), Number(path), url.protocol === 'rediss:'];
  const shown = `${url.protocol}//${url.hostname}:${port}${db > 0 ? `/${db}` : ''}`;
  return { shown, host, port, db, tls, username: decoded(url.username), password: decoded(url.password) ?? process.env.CITYMIRROR_REDIS_PASSWORD };
}

function decoded(word: string): string | undefined {
  if (word === '') return undefined;
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

export interface LinkOptions {
  /** Tells a person that Redis is away, and that it is back. */
  say?(sentence: string): void;
  /** Milliseconds without Redis after which it counts as lost; Infinity waits for ever. */
  readonly patience: number;
  /** Called once, when it is lost. */
  lost?(cause: TwinError): void;
  readonly signal?: AbortSignal;
}

export type QueueLibrary = typeof import('bullmq');

/** A connection to a Redis, and the library of queues over it. It connects again by itself. */
export class RedisLink {
  #down: NodeJS.Timeout[] = [];
  #said = false;
  #closed = false;

  private constructor(
    readonly shown: string,
    readonly redis: Redis,
    readonly library: QueueLibrary,
    private readonly options: LinkOptions,
  ) {
    redis.on('close', this.#away);
    redis.on('ready', this.#back);
  }

  /** @throws {TwinError} `unsupported` where its packages are not installed, `network` where nobody answers, `refused` for a wrong password */
  static async open(url: string, options: LinkOptions): Promise<RedisLink> {
    const { shown, tls, ...address } = parseRedis(url);
    const missing = (cause: unknown): never => {
      throw new TwinError('unsupported', '--queue needs two packages that are not installed: npm install bullmq ioredis', { cause });
    };
    const library = await import('bullmq').catch(missing);
    const { Redis: Client } = await import('ioredis').catch(missing);
    const redis = new Client({ ...address, ...(tls && { tls: {} }), maxRetriesPerRequest: null, connectTimeout: FIRST, retryStrategy: (times) => Math.min(1000, 50 * 2 ** times) });
    try {
      await firstAnswer(redis, shown, options.signal);
    } catch (cause) {
      redis.disconnect();
      throw cause;
    }
    return new RedisLink(shown, redis, library, options);
  }

  /** Whether it answers now. */
  get ready(): boolean {
    return this.redis.status === 'ready';
  }

  readonly #away = (): void => {
    if (this.#closed || this.#down.length > 0) return;
    const { say, patience, lost } = this.options;
    const for_ = Number.isFinite(patience) ? ` for ${Math.round(patience / 1000)} s` : '';
    this.#down.push(setTimeout(() => {
      this.#said = true;
      say?.(`Redis at ${this.shown} does not answer; trying again${for_}.`);
    }, Math.min(FLICKER, patience / 2)));
    if (Number.isFinite(patience)) this.#down.push(setTimeout(() => lost?.(new TwinError('network', `Redis at ${this.shown} went away and did not come back within ${Math.round(patience / 1000)} s. What was finished is kept: start Redis and run the same command again, and it goes on.`, { where: this.shown, retryable: true })), patience));
  };

  readonly #back = (): void => {
    for (const timer of this.#down.splice(0)) clearTimeout(timer);
    if (this.#said) this.options.say?.(`Redis at ${this.shown} is back.`);
    this.#said = false;
  };

  close(): void {
    this.#closed = true;
    for (const timer of this.#down.splice(0)) clearTimeout(timer);
    this.redis.disconnect();
  }
}

async function firstAnswer(redis: Redis, shown: string, signal?: AbortSignal): Promise<void> {
  let last: Error | undefined;
  redis.on('error', (cause: Error) => void (last = cause));
  const started = Date.now();
  for (;;) {
    signal?.throwIfAborted();
    const why = last?.message ?? '';
    if (/NOAUTH|WRONGPASS|NOPERM|invalid password|invalid username/iu.test(why)) throw new TwinError('refused', `Redis at ${shown} refuses this user or password. Give them as redis://user:password@host:port, or the password in CITYMIRROR_REDIS_PASSWORD.`, { where: shown });
    if (redis.status === 'ready') {
      // A server that wants a password answers all but this.
      const answer = await redis.ping().catch((cause: Error) => void (last = cause));
      if (answer === 'PONG') return;
    }
    if (Date.now() - started > FIRST) throw new TwinError('network', `Nobody answers at ${shown}${why ? ` (${why})` : ''}. Start redis-server there, or mend the address of --queue.`, { where: shown, retryable: true });
    await sleep(20);
  }
}
