import { shownUrl, TwinError } from '../../engine/errors.ts';
import { allowed, headersFor } from './addresses.ts';
import { attempt, Failure, type Answer, type Fetch } from './attempt.ts';
import { Lanes } from './lanes.ts';
import type { LoaderPolicy } from './policy.ts';

export interface FetchOptions {
  /** Absolute URL of what this belongs to (a root tileset); its origin may be asked, and gets `headers`. */
  readonly root: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** First and last byte. */
  readonly range?: readonly [number, number];
  readonly cap?: number;
  readonly signal?: AbortSignal;
}

export interface FetchLayer {
  /** @throws TwinError `not-found`, `network`, `deadline`, `refused`, `too-large`, `forbidden-origin`, `aborted` */
  fetch(address: string, options: FetchOptions): Promise<Answer>;
}

/** Seconds to wait before try number `tries`: what the server asked for (30 at most), else drawn evenly below a doubling ceiling. */
export function pauseBefore(tries: number, first: number, after: number | null, random: () => number): number {
  if (after !== null) return Math.min(30, after) + random() * 0.25;
  return random() * Math.min(8, first * 2 ** (tries - 1));
}

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, seconds * 1000);
    const leave = (): void => {
      clearTimeout(timer);
      reject(new TwinError('aborted', 'No longer wanted', { cause: signal.reason }));
    };
    signal.addEventListener('abort', leave, { once: true });
  });
}

/** The one way out to the network for tiles, terrain, companions and documents. */
export function fetchLayer(policy: LoaderPolicy, fetch: Fetch = (url, init) => globalThis.fetch(url, init), random: () => number = Math.random): FetchLayer {
  const lanes = new Lanes(policy.limits.perOrigin);
  return {
    async fetch(address, options) {
      const url = allowed(address, options.root, policy);
      const signal = options.signal ?? new AbortController().signal;
      let deadlines = 0;
      let aside = false;
      let stepped = false;
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(fetch, lanes.of(url.origin), policy.limits, {
            url, headers: headersFor(url, options.root, options.headers, policy), range: options.range, signal,
            cap: options.cap ?? policy.limits.contentBytes, again: aside, page: policy.page, blind: policy.allow.length > 0,
            hop: (location, from) => {
              const next = allowed(new URL(location, from).href, options.root, policy);
              return { url: next, headers: headersFor(next, options.root, options.headers, policy) };
            },
          });
        } catch (cause) {
          if (!(cause instanceof Failure)) throw cause instanceof TwinError ? cause : new TwinError('aborted', 'No longer wanted', { cause });
          const { error } = cause;
          if (error.code === 'deadline' && !cause.steppedAside) deadlines++;
          aside ||= error.code === 'deadline';
          stepped ||= cause.steppedAside;
          if (!error.retryable || tries >= policy.limits.tries || deadlines >= (stepped ? 1 : 2)) throw finalError(error, address, tries);
          if (!cause.steppedAside) await wait(pauseBefore(tries, policy.limits.pause, cause.after, random), signal);
        }
      }
    },
  };
}

function finalError(error: TwinError, address: string, tries: number): TwinError {
  if (!error.retryable) return error;
  const where = shownUrl(address);
  const message = error.code === 'deadline' ? `${where} did not answer in time` : error.message;
  return new TwinError(error.code, `${message}${tries > 1 ? ` (${tries} tries)` : ''}`, { where, cause: error, retryable: true });
}
