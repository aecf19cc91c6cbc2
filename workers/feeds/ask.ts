import { shownUrl, toTwinError, TwinError } from '../../engine/errors.ts';
import type { FeedSpec } from '../../engine/ports.ts';
import type { LinkEvents } from './arrivals.ts';
import { Backoff, pause } from './backoff.ts';

/** Seconds that a server may ask to be left alone. */
const LONGEST_WAIT = 600;
/** Bytes of one answer. */
export const LARGEST = 64 * 1024 * 1024;
/** Seconds between two questions, by default. */
export const EVERY = 15;

/** What a server answered that is of no use; `after`: seconds that it asks to be left alone, 0 where it does not say. */
export class AskError extends TwinError {
  readonly after: number;
  constructor(problem: TwinError, after = 0) {
    super(problem.code, problem.message, problem);
    this.after = after;
  }
}

/** A signal that fires with another one, or when nobody has said `beat` for the seconds that the last one gave. */
export class Watch {
  private readonly end = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  expired = false;

  constructor(private readonly outer: AbortSignal) {
    if (outer.aborted) this.end.abort();
    outer.addEventListener('abort', this.stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.end.signal;
  }

  beat(seconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.expired = true;
      this.stop();
    }, seconds * 1000);
  }

  readonly stop = (): void => {
    clearTimeout(this.timer);
    this.outer.removeEventListener('abort', this.stop);
    this.end.abort();
  };
}

/** Seconds of a Retry-After header. @source RFC 9110 §10.2.3: seconds or a date */
export function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  const seconds = /^-?\d+$/u.test(header.trim()) ? Number(header) : Date.parse(header) / 1000 - now;
  return seconds > 0 ? Math.min(LONGEST_WAIT, seconds) : 0;
}

/** What is wrong with an answer as such; null where its body may be read. 304 is no fault. */
function fault(response: Response, where: string): AskError | null {
  const after = retryAfter(response.headers.get('retry-after'), Date.now() / 1000);
  const { status } = response;
  const say = (code: 'refused' | 'not-found' | 'network', message: string): AskError => new AskError(new TwinError(code, message, { where, retryable: code === 'network' }), after);
  if (status === 401 || status === 403) return say('refused', `${where} refuses the request (${status}): it wants an account or a key.`);
  if (status === 404 || status === 410) return say('not-found', `${where} is not there (${status}). Check the address.`);
  if (status === 429) return say('network', `${where} is asked too often (429)${after > 0 ? `; it is asked again in ${Math.round(after)} s` : ''}.`);
  if (!response.ok && status !== 304) return say(status >= 500 ? 'network' : 'refused', `${where} answered ${status}.`);
  if (/\btext\/html\b/iu.test(response.headers.get('content-type') ?? '')) return say('refused', `${where} answered a web page instead of data; it may want a login.`);
  return null;
}

/** Sends one question. @throws AskError `network`, `deadline`, `refused`, `not-found` */
export async function ask(url: string, headers: Readonly<Record<string, string>>, watch: Watch): Promise<Response> {
  const where = shownUrl(url);
  const response = await fetch(url, { headers, cache: Object.keys(headers).some((name) => name.startsWith('If-')) ? 'default' : 'no-cache', signal: watch.signal }).catch((cause: unknown) => {
    throw broken(where, watch, cause);
  });
  const problem = fault(response, where);
  if (!problem) return response;
  await response.body?.cancel().catch(() => {});
  throw problem;
}

/** Why an exchange broke off. */
export function broken(where: string, watch: Watch, cause: unknown): AskError {
  if (cause instanceof AskError) return cause;
  if (watch.expired) return new AskError(new TwinError('deadline', `${where} did not answer in time.`, { where, cause, retryable: true }));
  if (watch.signal.aborted) return new AskError(toTwinError(cause, 'aborted', where));
  return new AskError(new TwinError('network', `${where} could not be reached.`, { where, cause, retryable: true }));
}

/** All bytes of an answer. `idle`: seconds that may pass between two pieces. @throws AskError `too-large`, `network`, `deadline` */
export async function bodyOf(response: Response, watch: Watch, idle: number): Promise<Uint8Array> {
  const where = shownUrl(response.url);
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      watch.beat(idle);
      size += part.value.byteLength;
      if (size > LARGEST) throw new AskError(new TwinError('too-large', `${where} sends more than ${LARGEST >> 20} MB at once.`, { where }));
      pieces.push(part.value);
    }
  } catch (cause) {
    throw broken(where, watch, cause);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.byteLength;
  }
  return out;
}

/** Takes a step again and again: after the seconds that it returns, or with backoff after one that threw. */
export async function repeat(spec: FeedSpec, signal: AbortSignal, link: LinkEvents, step: () => Promise<number>): Promise<void> {
  const backoff = new Backoff(spec.retry);
  while (!signal.aborted) {
    let wait: number;
    try {
      // A tenth of jitter keeps many screens from asking in one moment.
      wait = (await step()) * (0.95 + 0.1 * Math.random());
      if (signal.aborted) return;
      backoff.reset();
      link.open();
    } catch (cause) {
      if (signal.aborted) return;
      const problem = toTwinError(cause, 'network', shownUrl(spec.url));
      link.lost(problem);
      wait = Math.max(problem instanceof AskError ? problem.after : 0, backoff.next());
    }
    await pause(wait, signal);
  }
}
