import type { IClientOptions, MqttClient } from 'mqtt';
import { shownUrl, toTwinError, TwinError } from '../../../engine/errors.ts';
import type { FeedSpec } from '../../../engine/ports.ts';
import { ArrivalQueue, type LinkEvents, type Transport, type TransportContext } from '../arrivals.ts';
import { Backoff, pause } from '../backoff.ts';
import { Door } from '../door.ts';
import { topicOf } from '../interest.ts';
import { topicMatches } from '../topic.ts';

/** Seconds between pings: a link that is only half there is noticed within one and a half of these. */
const KEEPALIVE = 6;
const CONNECT_WITHIN = 8;
/** Seconds that a connection must have lasted for the waits to begin again at the first. */
const HELD = 5;

interface Subscriber {
  /** Topic filters; they change where the feed asks by cells. */
  readonly filters: Set<string>;
  readonly queue: ArrivalQueue;
  readonly link: LinkEvents;
}

/** Filters in one packet, and topics whose takers are remembered. */
const TOGETHER = 200;
const MOST_ROUTES = 20_000;

/** One connection to one broker, shared by every feed that wants it; ends with its last subscriber. */
class Broker {
  private readonly subscribers = new Set<Subscriber>();
  private readonly ended = new AbortController();
  private client: MqttClient | null = null;
  private connected = false;
  /** Who takes a topic, until anybody's topics change. */
  private readonly routes = new Map<string, readonly Subscriber[]>();

  constructor(
    private readonly url: string,
    private readonly retry: FeedSpec['retry'],
    private readonly context: TransportContext,
  ) {
    void this.run();
  }

  add(subscriber: Subscriber): void {
    const fresh = [...subscriber.filters].filter((filter) => !this.isWanted(filter));
    this.subscribers.add(subscriber);
    this.routes.clear();
    if (!this.connected || !this.client) return;
    // A second subscription to a filter would only make the broker repeat what it keeps.
    if (fresh.length < subscriber.filters.size || subscriber.filters.size === 0) subscriber.link.open();
    void this.subscribe(this.client, fresh);
  }

  remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
    this.routes.clear();
    if (this.subscribers.size === 0) {
      this.context.brokers.delete(this.url);
      this.ended.abort();
      this.client?.end(true);
    } else this.unsubscribe([...subscriber.filters]);
  }

  /** Other topics for a subscriber: what nobody wants any more is left, what nobody wanted is asked for; the rest of the connection is not touched. */
  change(subscriber: Subscriber, add: readonly string[], drop: readonly string[]): void {
    if (!this.subscribers.has(subscriber)) return;
    const fresh = add.filter((filter) => !this.isWanted(filter));
    for (const filter of drop) subscriber.filters.delete(filter);
    for (const filter of add) subscriber.filters.add(filter);
    this.routes.clear();
    this.unsubscribe(drop);
    if (this.connected && this.client) void this.subscribe(this.client, fresh);
  }

  private isWanted(filter: string): boolean {
    for (const { filters } of this.subscribers) if (filters.has(filter)) return true;
    return false;
  }

  private unsubscribe(filters: readonly string[]): void {
    const left = filters.filter((filter) => !this.isWanted(filter));
    if (this.connected) for (let i = 0; i < left.length; i += TOGETHER) this.client?.unsubscribe(left.slice(i, i + TOGETHER));
  }

  private tell(what: (link: LinkEvents) => void): void {
    for (const { link } of this.subscribers) what(link);
  }

  private async subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
    for (let i = 0; i < filters.length; i += TOGETHER) {
      const some = filters.slice(i, i + TOGETHER);
      const grants = await client.subscribeAsync(some, { qos: 1 }).catch(() => []);
      // A connection that ended meanwhile is told by its end.
      if (grants.length === 0 && !client.connected) return;
      const granted = new Set(grants.filter(({ qos }) => qos < 128).map(({ topic }) => topic));
      for (const filter of some) this.answered(filter, granted.has(filter));
    }
  }

  private answered(filter: string, granted: boolean): void {
    const where = shownUrl(this.url);
    for (const { filters, link } of this.subscribers) {
      if (!filters.has(filter)) continue;
      if (granted) link.open();
      else link.lost(new TwinError('refused', `The broker refuses the topic ${filter}.`, { where }));
    }
  }

  private async run(): Promise<void> {
    const door = new Door(this.url, this.context);
    const backoff = new Backoff(this.retry);
    const { signal } = this.ended;
    while (!signal.aborted) {
      let since = Infinity;
      const problem = await door.open().then((open) => this.connection(open, () => (since = this.context.now())), (cause: unknown) => toTwinError(cause, 'refused', shownUrl(this.url)));
      door.ended(since < Infinity, problem);
      if (signal.aborted) break;
      if (this.context.now() - since > HELD) backoff.reset();
      this.tell((link) => link.lost(problem));
      await pause(backoff.next(), signal);
    }
  }

  /** One connection from first try to its end; resolves with what ended it. */
  private async connection({ url, own }: Awaited<ReturnType<Door['open']>>, held: () => void): Promise<TwinError> {
    const where = shownUrl(this.url);
    // The browser's build exports nothing by name, Node's both ways.
    const loaded = await import('mqtt').catch(() => null);
    const connect = loaded?.connect ?? loaded?.default.connect;
    if (!connect) return new TwinError('unsupported', 'The MQTT client could not be loaded.', { where });
    const options: IClientOptions & { timerVariant: 'native' } = {
      reconnectPeriod: 0,
      timerVariant: 'native',
      keepalive: KEEPALIVE,
      connectTimeout: CONNECT_WITHIN * 1000,
      clean: true,
      resubscribe: false,
      queueQoSZero: false,
      ...(own.username === undefined ? {} : { username: own.username }),
      ...(own.password === undefined ? {} : { password: own.password }),
    };
    return new Promise((resolve) => {
      let why = new TwinError('network', `The connection to ${where} ended.`, { where, retryable: true });
      const client = connect(url, options);
      this.client = client;
      client.on('message', (topic, payload) => this.deliver(topic, payload));
      client.on('connect', () => {
        this.connected = true;
        held();
        for (const { filters, link } of this.subscribers) if (filters.size === 0) link.open();
        void this.subscribe(client, [...new Set([...this.subscribers].flatMap(({ filters }) => [...filters]))]);
      });
      client.on('error', (cause) => {
        const code = (cause as { code?: number | string }).code;
        // Node tells an upgrade that was refused; a browser keeps it to itself.
        const refused = (typeof code === 'number' && code >= 1 && code <= 5) || /: (?:401|403)\b/u.test(cause.message);
        why = new TwinError(refused ? 'refused' : 'network', `${where}: ${cause.message || 'no connection'}`, { where, cause, retryable: true });
        client.end(true);
      });
      client.once('close', () => {
        this.connected = false;
        this.client = null;
        client.end(true);
        resolve(why);
      });
    });
  }

  private deliver(topic: string, payload: Uint8Array): void {
    const at = this.context.now();
    let takers = this.routes.get(topic);
    if (!takers) {
      takers = [...this.subscribers].filter(({ filters }) => [...filters].some((filter) => topicMatches(filter, topic)));
      if (this.routes.size >= MOST_ROUTES) this.routes.clear();
      this.routes.set(topic, takers);
    }
    for (const { queue } of takers) queue.push({ bytes: payload, topic, at });
  }
}

/** MQTT over WebSocket (or TCP in Node) by URL; `topic` is a filter, '#' by default. With `interest` the topics are those of the cells seen. */
export const mqtt: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const { wanted } = link;
  const subscriber: Subscriber = { filters: new Set(wanted ? wanted.codes().map((code) => topicOf(wanted.interest, code)) : [spec.topic ?? '#']), queue, link };
  let broker = context.brokers.get(spec.url) as Broker | undefined;
  if (!broker) context.brokers.set(spec.url, (broker = new Broker(spec.url, spec.retry, context)));
  const joined = broker;
  joined.add(subscriber);
  wanted?.onChange(({ add, drop }) => joined.change(subscriber, add.map((code) => topicOf(wanted.interest, code)), drop.map((code) => topicOf(wanted.interest, code))), signal);
  signal.addEventListener('abort', () => joined.remove(subscriber), { once: true });
  return queue;
};
