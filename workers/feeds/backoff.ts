import type { FeedSpec } from '../../engine/ports.ts';

const USUAL = { first: 1, cap: 30 };
/** Seconds over which clients come back to a server that was lost: of 500 some 33 a second. */
const SPREAD = 15;
/** What an "online" event is heard on, where there is one. */
const machine = globalThis as { addEventListener?(type: 'online', listener: () => void): void; removeEventListener?(type: 'online', listener: () => void): void };

/**
 * Waits between tries to connect, with full jitter: anything from 0 to a ceiling that doubles from `first` to `cap` seconds. A connection that held and was lost was lost by all
 * clients of its server in one moment, so the ceiling is 15 s at once: of 500 clients no more than a tenth come back in the same second. With `retry` it is as that says.
 * @source Brooker 2015, "Exponential Backoff and Jitter"
 */
export class Backoff {
  private tries = 0;
  private held = false;

  constructor(
    private readonly retry: FeedSpec['retry'] = undefined,
    private readonly random: () => number = Math.random,
  ) {}

  /** Seconds to wait before the next try. */
  next(): number {
    const { first, cap } = this.retry ?? USUAL;
    if (this.held && !this.retry) return this.random() * (this.tries++ === 0 ? SPREAD : cap);
    return this.random() * Math.min(cap, first * 2 ** Math.min(this.tries++, 30));
  }

  /** A connection held: begin again at `first`, or spread out where nobody said how. */
  reset(): void {
    this.tries = 0;
    this.held = true;
  }
}

/** Resolves after `seconds`, or at once when the signal aborts or this machine's own network is back. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      machine.removeEventListener?.('online', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener('abort', done, { once: true });
    machine.addEventListener?.('online', done);
  });
}
