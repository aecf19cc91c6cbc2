import type { IClientOptions, MqttClient } from 'mqtt';
import { shownUrl, TwinError } from '../../../engine/errors.ts';
import type { FeedSpec } from '../../../engine/ports.ts';
import { ArrivalQueue, type LinkEvents, type Transport, type TransportContext } from '../arrivals.ts';
import { Backoff, pause } from '../backoff.ts';

/** Seconds between pings: a link that is only half there is noticed within one and a half of these. */
const KEEPALIVE = 6;
const CONNECT_WITHIN = 8;
/** Seconds that a connection must have lasted for the waits to begin again at the first. */
const HELD = 5;

interface Subscriber {
  readonly filter: string;
  readonly queue: ArrivalQueue;
  readonly link: LinkEvents;
}

/** True where an MQTT topic filter (with + and #) takes a topic. @source MQTT 3.1.1 §4.7; topics that begin with $ match no leading wildcard */
export function topicMatches(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith('$') && /^[+#]/u.test(filter)) return false;
  const wanted = filter.split('/');
  const given = topic.split('/');
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '#') return true;
    if (i >= given.length || (wanted[i] !== '+' && wanted[i] !== given[i])) return false;
  }
  return wanted.length === given.length;
}

/** One connection to one broker, shared by every feed that wants it; ends with its last subscriber. */
class Broker {
  private readonly subscribers = new Set<Subscriber>();
  private readonly ended = new AbortController();
  private client: MqttClient | null = null;
  private connected = false;

  constructor(
    private readonly url: string,
    private readonly retry: FeedSpec['retry'],
    private readonly context: TransportContext,
  ) {
    void this.run();
  }

  add(subscriber: Subscriber): void {
    const known = [...this.subscribers].some(({ filter }) => filter === subscriber.filter);
    this.subscribers.add(subscriber);
    if (!this.connected || !this.client) return;
    // A second subscription to a filter would only make the broker repeat what it keeps.
    if (known) subscriber.link.open();
    else void this.subscribe(this.client, subscriber.filter);
  }

  remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
    if (this.subscribers.size === 0) {
      this.context.brokers.delete(this.url);
      this.ended.abort();
      this.client?.end(true);
    } else if (this.connected && ![...this.subscribers].some(({ filter }) => filter === subscriber.filter)) {
      this.client?.unsubscribe(subscriber.filter);
    }
  }

  private tell(what: (link: LinkEvents) => void): void {
    for (const { link } of this.subscribers) what(link);
  }

  private async subscribe(client: MqttClient, filter: string): Promise<void> {
    const granted = await client.subscribeAsync(filter, { qos: 1 }).then((grants) => grants.every(({ qos }) => qos < 128), () => false);
    // A connection that ended meanwhile is told by its end.
    if (!granted && !client.connected) return;
    const where = shownUrl(this.url);
    for (const { filter: own, link } of this.subscribers) {
      if (own !== filter) continue;
      if (granted) link.open();
      else link.lost(new TwinError('refused', `The broker refuses the topic ${filter}.`, { where }));
    }
  }

  private async run(): Promise<void> {
    const backoff = new Backoff(this.retry);
    const { signal } = this.ended;
    while (!signal.aborted) {
      let since = Infinity;
      const problem = await this.connection(() => (since = this.context.now()));
      if (signal.aborted) break;
      if (this.context.now() - since > HELD) backoff.reset();
      this.tell((link) => link.lost(problem));
      await pause(backoff.next(), signal);
    }
  }

  /** One connection from first try to its end; resolves with what ended it. */
  private async connection(held: () => void): Promise<TwinError> {
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
    };
    return new Promise((resolve) => {
      let why = new TwinError('network', `The connection to ${where} ended.`, { where, retryable: true });
      const client = connect(this.url, options);
      this.client = client;
      client.on('message', (topic, payload) => this.deliver(topic, payload));
      client.on('connect', () => {
        this.connected = true;
        held();
        for (const filter of new Set([...this.subscribers].map((one) => one.filter))) void this.subscribe(client, filter);
      });
      client.on('error', (cause) => {
        const code = (cause as { code?: number | string }).code;
        const refused = typeof code === 'number' && code >= 1 && code <= 5;
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
    for (const { filter, queue } of this.subscribers) if (topicMatches(filter, topic)) queue.push({ bytes: payload, topic, at });
  }
}

/** MQTT over WebSocket (or TCP in Node) by URL; `topic` is a filter, '#' by default. */
export const mqtt: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const subscriber: Subscriber = { filter: spec.topic ?? '#', queue, link };
  let broker = context.brokers.get(spec.url) as Broker | undefined;
  if (!broker) context.brokers.set(spec.url, (broker = new Broker(spec.url, spec.retry, context)));
  const joined = broker;
  joined.add(subscriber);
  signal.addEventListener('abort', () => joined.remove(subscriber), { once: true });
  return queue;
};
