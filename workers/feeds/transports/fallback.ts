import { shownUrl, toTwinError, type TwinError } from '../../../engine/errors.ts';
import type { FeedSpec, FeedWay, TransportName } from '../../../engine/ports.ts';
import { ArrivalQueue, type LinkEvents, type Transport, type TransportContext } from '../arrivals.ts';
import { pause } from '../backoff.ts';

/** Failures in a row after which the next way is taken. */
const TRIES = 2;
/** Seconds until the first way is tried again, doubling to the most while that fails. */
const AGAIN = { first: 60, most: 600 };
/** Seconds that such a trial may take. */
const TRIAL = 20;
/** Seconds that a way must carry to count as one that works. */
const HELD = 5;

export type TransportTable = Readonly<Record<TransportName, Transport>>;

/** Several ways to one feed's messages: uses one at a time, and goes on to the next where it cannot be had. */
class Ways {
  private readonly ways: readonly FeedWay[];
  private at = 0;
  private failures = 0;
  private openedAt = Infinity;
  private current: AbortController | null = null;
  private wait: number;

  constructor(
    private readonly spec: FeedSpec,
    private readonly table: TransportTable,
    private readonly parts: { readonly queue: ArrivalQueue; readonly signal: AbortSignal; readonly link: LinkEvents; readonly context: TransportContext },
  ) {
    this.ways = [spec, ...(spec.fallback ?? [])];
    this.wait = spec.retry?.again ?? AGAIN.first;
  }

  start(): void {
    this.take(0, null);
    void this.tryFirst();
  }

  /** Goes over to a way, and says so. */
  private take(index: number, why: string | null): void {
    this.current?.abort();
    this.at = index;
    this.failures = 0;
    this.openedAt = Infinity;
    const { link } = this.parts;
    link.way?.({ transport: this.ways[index].transport, why });
    if (why !== null) link.note?.('other-way', why);
    const end = new AbortController();
    this.current = end;
    this.run(index, end, {
      ...link,
      open: () => {
        this.openedAt = this.parts.context.now();
        link.open();
      },
      lost: (problem) => {
        if (end.signal.aborted) return;
        link.lost(problem);
        this.failed(problem);
      },
    });
  }

  /** Starts the transport of a way; its messages go to the one queue. */
  private run(index: number, end: AbortController, link: LinkEvents): void {
    const { signal, queue, context } = this.parts;
    signal.addEventListener('abort', () => end.abort(), { once: true, signal: end.signal });
    if (signal.aborted) end.abort();
    const way = this.ways[index];
    const spec: FeedSpec = index === 0 ? this.spec : { ...this.spec, topic: way.topic, every: way.every, transport: way.transport, url: way.url };
    void (async () => {
      for await (const arrival of this.table[way.transport](spec, end.signal, link, context)) {
        if (end.signal.aborted) break;
        queue.push(arrival);
      }
    })().catch((cause: unknown) => link.lost(toTwinError(cause, 'feed-failed', shownUrl(way.url))));
  }

  private failed(problem: TwinError): void {
    const { context } = this.parts;
    // A polling way says `open` with every answer, a socket once: either way it worked if that was a while ago, or often.
    if (context.now() - this.openedAt > HELD) this.failures = 0;
    this.openedAt = Infinity;
    if (++this.failures < TRIES || this.ways.length < 2) return;
    const next = (this.at + 1) % this.ways.length;
    this.take(next, next === 0 ? null : sentence(`${NAMES[this.ways[0].transport]} could not be had (${problem.message.replace(/\.$/u, '')}); ${NAMES[this.ways[next].transport]} is used instead.`));
  }

  /** While another way is in use, looks from time to time whether the first one can be had again. */
  private async tryFirst(): Promise<void> {
    const { signal } = this.parts;
    const first = this.wait;
    while (!signal.aborted) {
      await pause(this.wait, signal);
      if (signal.aborted) return;
      if (this.at === 0) {
        this.wait = first;
        continue;
      }
      // Doubled either way: one that opens and breaks at once is not taken every minute.
      this.wait = Math.min(Math.max(first, AGAIN.most), this.wait * 2);
      if (await this.canBeHad()) this.take(0, null);
    }
  }

  private async canBeHad(): Promise<boolean> {
    const end = new AbortController();
    const opened = new Promise<boolean>((resolve) => {
      this.run(0, end, { open: () => resolve(true), lost: () => resolve(false), dropped: this.parts.link.dropped });
    });
    const late = pause(TRIAL, end.signal).then(() => false);
    const had = await Promise.race([opened, late]);
    end.abort();
    return had && !this.parts.signal.aborted;
  }
}

/** How a way is called in a sentence. */
const NAMES: Readonly<Record<TransportName, string>> = {
  mqtt: 'MQTT', websocket: 'a WebSocket', sse: 'an event stream', poll: 'polling', gbfs: 'GBFS', sensorthings: 'SensorThings', cap: 'CAP', replay: 'a recording', push: 'push',
};

function sentence(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

/** A transport that has several ways to go, as the spec's `fallback` lists them. */
export function withFallback(table: TransportTable): Transport {
  return (spec, signal, link, context) => {
    const queue = new ArrivalQueue(signal, link.dropped);
    new Ways(spec, table, { queue, signal, link, context }).start();
    return queue;
  };
}
