import type { FeedSpec } from '../../engine/ports.ts';

const USUAL = { first: 1, cap: 30 };

/**
 * Waits between tries to connect, with full jitter: anything from 0 to a ceiling that doubles from `first` to `cap` seconds.
 * @source Brooker 2015, "Exponential Backoff and Jitter"
 */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly retry: FeedSpec['retry'] = USUAL,
    private readonly random: () => number = Math.random,
  ) {}

  /** Seconds to wait before the next try. */
  next(): number {
    const { first, cap } = this.retry ?? USUAL;
    return this.random() * Math.min(cap, first * 2 ** Math.min(this.tries++, 30));
  }

  /** A connection held: begin again at `first`. */
  reset(): void {
    this.tries = 0;
  }
}

/** Resolves after `seconds`, or at once when the signal aborts. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener('abort', done, { once: true });
  });
}
