import type { FeedCredentials, FeedSpec, FeedStatus } from '../../engine/ports.ts';
import type { TwinError } from '../../engine/errors.ts';
import type { Wanted } from './interest.ts';

/** One message as it came: bytes, where from, and when (unix seconds, this machine's clock; the recorded one in a replay). */
export interface Arrival {
  readonly bytes: Uint8Array;
  readonly topic: string;
  readonly at: number;
}

/** What a transport tells besides its messages. */
export interface LinkEvents {
  open(): void;
  /** The connection is gone or could not be had; the transport goes on trying. */
  lost(problem: TwinError): void;
  /** Messages thrown away because the reader was too slow. */
  dropped(count: number): void;
  /** The cells whose messages the feed asks for; absent where it asks for everything. */
  readonly wanted?: Wanted;
  /** Which of several ways is in use now. */
  way?(way: NonNullable<FeedStatus['way']>): void;
  /** Something worth saying that breaks nothing. */
  note?(code: string, message: string): void;
}

/** What transports need of the place they run in. */
export interface TransportContext {
  readonly WebSocket: typeof WebSocket;
  readonly brokers: Map<string, unknown>;
  now(): number;
  load(url: string, signal: AbortSignal): Promise<ArrayBuffer>;
  /** Absent where nobody gives any. @throws TwinError `refused` where there are none to be had */
  credentials?(url: string, renew: boolean): Promise<FeedCredentials | null>;
}

/** Opens a feed and yields its messages until the signal aborts; reconnects by itself. */
export type Transport = (spec: FeedSpec, signal: AbortSignal, link: LinkEvents, context: TransportContext) => AsyncIterable<Arrival>;

/** Bytes that may wait for the reader; past it the oldest messages go and are counted. */
const WAITING = 64 * 1024 * 1024;

/** A queue that a socket fills and one reader empties. Ends when closed or when its signal aborts. */
export class ArrivalQueue implements AsyncIterable<Arrival> {
  private items: Arrival[] = [];
  private head = 0;
  private bytes = 0;
  private closed = false;
  private waiting: ((result: IteratorResult<Arrival>) => void) | null = null;

  constructor(
    signal: AbortSignal,
    private readonly dropped: (count: number) => void,
    private readonly limit = WAITING,
  ) {
    if (signal.aborted) this.closed = true;
    else signal.addEventListener('abort', () => this.close(), { once: true });
  }

  push(arrival: Arrival): void {
    if (this.closed) return;
    if (this.waiting) {
      const resolve = this.waiting;
      this.waiting = null;
      resolve({ value: arrival, done: false });
      return;
    }
    this.items.push(arrival);
    this.bytes += arrival.bytes.byteLength;
    let over = 0;
    while (this.bytes > this.limit && this.head < this.items.length - 1) {
      this.bytes -= this.items[this.head].bytes.byteLength;
      this.head++;
      over++;
    }
    if (over > 0) this.dropped(over);
    this.compact();
  }

  /** Nothing more will come; what waits is still handed out. */
  end(): void {
    this.closed = true;
    if (this.waiting) this.waiting({ value: undefined, done: true });
    this.waiting = null;
  }

  close(): void {
    this.items = [];
    this.head = 0;
    this.bytes = 0;
    this.end();
  }

  private compact(): void {
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Arrival> {
    return {
      next: () => {
        if (this.head < this.items.length) {
          const value = this.items[this.head++];
          this.bytes -= value.bytes.byteLength;
          this.compact();
          return Promise.resolve({ value, done: false });
        }
        if (this.closed) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve) => (this.waiting = resolve));
      },
      return: () => {
        this.close();
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }
}
