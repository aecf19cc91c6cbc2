import { shownUrl, TwinError } from '../../engine/errors.ts';
import type { Lane, Place } from './lanes.ts';
import type { LoaderLimits } from './policy.ts';

/** Bytes that must come within the idle deadline. */
const TRICKLE = 1024;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Attempt {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly range?: readonly [number, number];
  readonly signal: AbortSignal;
  readonly cap: number;
  readonly again: boolean;
  /** The next hop of a redirect, checked before it is asked; throws when it may not be. */
  readonly hop: (location: string, from: URL) => { url: URL; headers: Readonly<Record<string, string>> };
  readonly page: string;
  /** Whether a redirect may be followed whose goal only shows afterwards: when the host has listed origins it may lead to. */
  readonly blind: boolean;
}

export interface Answer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whole size of the resource when it is known. */
  readonly total: number | null;
  readonly partial: boolean;
  readonly type: string;
  readonly url: string;
}

/** Why an attempt failed, and whether another may help. */
export class Failure extends Error {
  readonly error: TwinError;
  readonly after: number | null;
  readonly steppedAside: boolean;

  constructor(error: TwinError, options: { after?: number | null; steppedAside?: boolean } = {}) {
    super(error.message);
    this.error = error;
    this.after = options.after ?? null;
    this.steppedAside = options.steppedAside ?? false;
  }
}

/** Seconds a Retry-After header asks for: a number or a date; null when absent or unreadable. */
export function retryAfter(header: string | null, now: number): number | null {
  if (!header) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

/** One request, from a place in the lane to the last byte. @throws Failure */
export async function attempt(fetch: Fetch, lane: Lane, limits: LoaderLimits, ask: Attempt): Promise<Answer> {
  const place = await lane.enter(ask.again, ask.signal);
  const clock = new Clock(ask.signal);
  try {
    const response = await clock.within(limits.firstByte, () => follow(fetch, ask, clock), ask.again ? null : lane);
    if (response.status >= 200 && response.status < 300) {
      const bytes = await body(response, ask, clock, limits, place);
      checkPart(response, bytes.length, ask);
      return { bytes, total: totalOf(response, bytes.length), partial: response.status === 206, type: response.headers.get('Content-Type') ?? '', url: response.url || ask.url.href };
    }
    void response.body?.cancel().catch(() => undefined);
    throw refusal(response, ask.url);
  } catch (cause) {
    if (ask.signal.aborted) throw new Failure(new TwinError('aborted', `${shownUrl(ask.url.href)} is no longer wanted`, { where: shownUrl(ask.url.href), cause }));
    if (cause instanceof Failure) throw cause;
    if (cause instanceof TwinError) throw new Failure(cause);
    throw new Failure(new TwinError('network', `${shownUrl(ask.url.href)} could not be reached`, { where: shownUrl(ask.url.href), cause, retryable: true }));
  } finally {
    clock.stop();
    place.release();
  }
}

/** Ends a request whose time is up. */
class Clock {
  readonly controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #started = performance.now();

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    outer.addEventListener('abort', this.#abort, { once: true });
  }

  readonly #abort = (): void => this.controller.abort(this.#outer.reason);

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  stop(): void {
    this.#outer.removeEventListener('abort', this.#abort);
  }

  /** Runs a part of the request; past `limit`, or past the lane's patience while others wait, the request is ended. */
  async within<Value>(limit: number, act: () => Promise<Value>, lane: Lane | null = null): Promise<Value> {
    const started = performance.now();
    let timer: ReturnType<typeof setInterval> | undefined;
    const over = new Promise<never>((_resolve, reject) => {
      timer = setInterval(() => {
        const waited = (performance.now() - started) / 1000;
        const aside = lane !== null && lane.crowded && waited >= lane.patience;
        if (!aside && waited < limit) return;
        const error = new TwinError('deadline', `No answer within ${aside ? waited.toFixed(1) : limit} s`, { retryable: true });
        reject(new Failure(error, { steppedAside: aside }));
        this.controller.abort();
      }, 50);
    });
    try {
      return await Promise.race([act(), over]);
    } finally {
      clearInterval(timer);
    }
  }
}

async function follow(fetch: Fetch, ask: Attempt, clock: Clock): Promise<Response> {
  let { url, headers } = ask;
  for (let hops = 0; hops <= 5; hops++) {
    const init: RequestInit = {
      headers: ask.range ? { ...headers, Range: `bytes=${ask.range[0]}-${ask.range[1]}` } : { ...headers },
      // A browser's cache pieces overlapping ranges together, and was seen to hand out less than was asked for.
      ...(ask.range ? { cache: 'no-store' as const } : {}),
      redirect: 'manual', credentials: 'same-origin', referrerPolicy: 'same-origin', signal: clock.controller.signal,
    };
    const response = await fetch(url.href, init);
    if (response.type === 'opaqueredirect') return followBlind(fetch, url, init, ask);
    const location = response.headers.get('Location');
    if (response.status < 300 || response.status >= 400 || !location) return response;
    void response.body?.cancel().catch(() => undefined);
    ({ url, headers } = ask.hop(location, url));
  }
  throw new TwinError('refused', `${shownUrl(ask.url.href)} redirects more than five times`, { where: shownUrl(ask.url.href) });
}

/**
 * A browser does not show where a redirect leads. Inside the page's own origin it may be followed (mode same-origin ends where the origin ends,
 * before anything is asked). Elsewhere it is followed only where the host has listed further origins, without any credentials, and the place it
 * led to is checked.
 */
async function followBlind(fetch: Fetch, url: URL, init: RequestInit, ask: Attempt): Promise<Response> {
  const bare: RequestInit = { ...init, headers: ask.range ? { Range: `bytes=${ask.range[0]}-${ask.range[1]}` } : {}, redirect: 'follow', credentials: 'omit' };
  if (url.origin === ask.page) {
    try {
      return await fetch(url.href, { ...init, redirect: 'follow', mode: 'same-origin' });
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new TwinError('forbidden-origin', `${shownUrl(url.href)} redirects to another origin, where it was not followed`, { where: shownUrl(url.href), cause });
    }
  }
  if (!ask.blind) throw new TwinError('forbidden-origin', `${shownUrl(url.href)} redirects, and a browser does not show where to; give the final address, or list the origins it may lead to`, { where: shownUrl(url.href) });
  const response = await fetch(url.href, bare);
  ask.hop(response.url, url);
  return response;
}

async function body(response: Response, ask: Attempt, clock: Clock, limits: LoaderLimits, place: Place): Promise<Uint8Array<ArrayBuffer>> {
  place.firstByte(clock.seconds);
  const declared = Number(response.headers.get('Content-Length') ?? 0);
  const where = shownUrl(ask.url.href);
  const tooLarge = (size: number): TwinError => new TwinError('too-large', `${where} has ${(size / 2 ** 20).toFixed(1)} MB; at most ${(ask.cap / 2 ** 20).toFixed(0)} MB are taken`, { where });
  if (declared > ask.cap) {
    void response.body?.cancel().catch(() => undefined);
    throw tooLarge(declared);
  }
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let done = false; !done;) {
    // At least a kilobyte, or the end, each time the clock is wound.
    done = await clock.within(limits.idle, async () => {
      for (let got = 0; got < TRICKLE;) {
        const part = await reader.read();
        if (part.done) return true;
        parts.push(part.value);
        got += part.value.length;
        size += part.value.length;
        if (size > ask.cap) throw tooLarge(size);
      }
      return false;
    }).catch((cause: unknown) => {
      void reader.cancel().catch(() => undefined);
      throw cause;
    });
  }
  return joined(parts, size);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** A part must be the part that was asked for, whole. @throws Failure that another try may mend */
function checkPart(response: Response, length: number, { url, range }: Attempt): void {
  const said = /^bytes (\d+)-(\d+)\//.exec(response.headers.get('Content-Range') ?? '');
  if (!range || response.status !== 206 || !said) return;
  const [first, last] = [Number(said[1]), Number(said[2])];
  if (first === range[0] && last <= range[1] && length === last - first + 1) return;
  const where = shownUrl(url.href);
  throw new Failure(new TwinError('network', `Of ${where} bytes ${range[0]} to ${range[1]} were asked for, and ${length} from ${first} on came`, { where, retryable: true }));
}

function totalOf(response: Response, length: number): number | null {
  const range = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
  if (range) return Number(range[1]);
  return response.status === 206 ? null : length;
}

function refusal(response: Response, url: URL): Failure {
  const where = shownUrl(url.href);
  const { status } = response;
  if (status === 404 || status === 410) return new Failure(new TwinError('not-found', `${where} is not there (${status})`, { where }));
  if (status === 429 || status >= 500) {
    const after = retryAfter(response.headers.get('Retry-After'), Date.now());
    return new Failure(new TwinError('network', `The server answered ${status} for ${where}`, { where, retryable: true }), { after });
  }
  const why = status === 401 || status === 403 ? ': it wants credentials it was not given, or does not accept them' : '';
  return new Failure(new TwinError('refused', `The server refused ${where} (${status})${why}`, { where }));
}
