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

const UNSUPPORTED_VERSION = 132;
/** Reason codes of version 5 in words, as far as a client meets them. @source MQTT 5.0 §2.4 */
const REASONS: Readonly<Record<number, string>> = {
  128: 'unspecified error', 129: 'malformed packet', 130: 'protocol error', 131: 'implementation specific error', 132: 'unsupported protocol version', 133: 'client identifier not valid',
  134: 'bad user name or password', 135: 'not authorized', 136: 'server unavailable', 137: 'server busy', 138: 'banned', 139: 'server shutting down', 140: 'bad authentication method',
  141: 'keep alive timeout', 142: 'session taken over', 143: 'topic filter invalid', 147: 'receive maximum exceeded', 149: 'packet too large', 150: 'message rate too high', 151: 'quota exceeded',
  152: 'administrative action', 156: 'use another server', 157: 'server moved', 158: 'shared subscriptions not supported', 159: 'connection rate exceeded', 160: 'maximum connect time',
  161: 'subscription identifiers not supported', 162: 'wildcard subscriptions not supported',
};
/** Reasons that somebody has to do something about; the others pass by themselves. */
const REFUSALS = new Set([1, 2, 3, 4, 5, 129, 130, 131, 132, 133, 134, 135, 138, 140, 143, 149, 156, 157]);

function isRefusal(reason: number): boolean {
  return REFUSALS.has(reason);
}

function reasonText(reason: number): string {
  return `${REASONS[reason] ?? 'no reason said'} (MQTT reason ${reason})`;
}

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
  /** The version that is spoken; while none was agreed on, the one that is tried. */
  private version: 4 | 5;

  constructor(
    private readonly key: string,
    private readonly spec: FeedSpec,
    private readonly context: TransportContext,
  ) {
    this.version = spec.protocolVersion ?? 5;
    void this.run();
  }

  private get url(): string {
    return this.spec.url;
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
      this.context.brokers.delete(this.key);
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
      const grants = await client.subscribeAsync(some, { qos: 1 }).catch(({ code = 128 }: { code?: number }) => some.map((topic) => ({ topic, qos: code })));
      // A connection that ended meanwhile is told by its end.
      if (!client.connected) return;
      const answers = new Map(grants.map(({ topic, qos }) => [topic, qos as number]));
      for (const filter of some) this.answered(filter, answers.get(filter) ?? 128);
    }
  }

  /** @param reason of the broker: below 128 the topic is granted */
  private answered(filter: string, reason: number): void {
    const where = shownUrl(this.url);
    // 128 is “refused” without more: all that 3.1.1 can say.
    const said = reason === 128 ? '' : `: ${reasonText(reason)}`;
    const granted = reason < 128;
    for (const { filters, link } of this.subscribers) {
      if (!filters.has(filter)) continue;
      if (granted) link.open();
      else link.lost(new TwinError('refused', `The broker refuses the topic ${filter}${said}.`, { where }));
    }
  }

  private async run(): Promise<void> {
    const door = new Door(this.url, this.context);
    const backoff = new Backoff(this.spec.retry);
    const { signal } = this.ended;
    while (!signal.aborted) {
      let since = Infinity;
      const { problem, version } = await door.open().then((open) => this.connection(open, () => (since = this.context.now())), (cause: unknown) => ({ problem: toTwinError(cause, 'refused', shownUrl(this.url)), version: 'unknown' as const }));
      door.ended(since < Infinity, problem);
      if (signal.aborted) break;
      // Only the version was wrong: nothing was lost that could be told, and nobody has to wait.
      if (version === 'refused' && this.version === 5 && this.spec.protocolVersion === undefined) {
        this.version = 4;
        continue;
      }
      // Some servers of 3.1.1 answer a CONNECT of 5 by hanging up.
      if (version === 'unanswered' && this.spec.protocolVersion === undefined) this.version = this.version === 5 ? 4 : 5;
      if (this.context.now() - since > HELD) backoff.reset();
      this.tell((link) => link.lost(problem));
      await pause(backoff.next(), signal);
    }
  }

  /** One connection from first try to its end; resolves with what ended it, and what became of the protocol's version. */
  private async connection({ url, own }: Awaited<ReturnType<Door['open']>>, held: () => void): Promise<{ problem: TwinError; version: 'agreed' | 'refused' | 'unanswered' | 'unknown' }> {
    const where = shownUrl(this.url);
    // The browser's build exports nothing by name, Node's both ways.
    const loaded = await import('mqtt').catch(() => null);
    const connect = loaded?.connect ?? loaded?.default.connect;
    if (!connect) return { problem: new TwinError('unsupported', 'The MQTT client could not be loaded.', { where }), version: 'unknown' };
    const options: IClientOptions & { timerVariant: 'native' } = {
      reconnectPeriod: 0,
      timerVariant: 'native',
      keepalive: KEEPALIVE,
      connectTimeout: CONNECT_WITHIN * 1000,
      clean: true,
      protocolVersion: this.version,
      resubscribe: false,
      queueQoSZero: false,
      ...(own.username === undefined ? {} : { username: own.username }),
      ...(own.password === undefined ? {} : { password: own.password }),
    };
    return new Promise((resolve) => {
      let why = new TwinError('network', `The connection to ${where} ended.`, { where, retryable: true });
      const client = connect(url, options);
      this.client = client;
      let version: 'agreed' | 'refused' | 'unanswered' | 'unknown' = 'unanswered';
      client.on('message', (topic, payload) => this.deliver(topic, payload));
      client.on('connect', () => {
        this.connected = true;
        version = 'agreed';
        held();
        for (const { filters, link } of this.subscribers) if (filters.size === 0) link.open();
        void this.subscribe(client, [...new Set([...this.subscribers].flatMap(({ filters }) => [...filters]))]);
      });
      client.on('error', (cause) => {
        const code = (cause as { code?: number | string }).code;
        const reason = typeof code === 'number' ? code : 0;
        if (version !== 'agreed') version = reason === 1 || reason === UNSUPPORTED_VERSION ? 'refused' : 'unknown';
        const said = reason >= 128 ? `Connection refused: ${reasonText(reason)}` : cause.message || 'no connection';
        // Node tells an upgrade that was refused; a browser keeps it to itself.
        const refused = isRefusal(reason) || /: (?:401|403)\b/u.test(cause.message);
        why = new TwinError(refused ? 'refused' : 'network', `${where}: ${said}`, { where, cause, retryable: true });
        client.end(true);
      });
      client.on('disconnect', ({ reasonCode = 0 }) => {
        why = new TwinError(isRefusal(reasonCode) ? 'refused' : 'network', `The broker at ${where} ended the connection: ${reasonText(reasonCode)}.`, { where, retryable: true });
      });
      client.once('close', () => {
        this.connected = false;
        this.client = null;
        client.end(true);
        resolve({ problem: why, version });
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

/** MQTT 5 or 3.1.1 over WebSocket (or TCP in Node) by URL; `topic` is a filter, '#' by default. With `interest` the topics are those of the cells seen. */
export const mqtt: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const { wanted } = link;
  const subscriber: Subscriber = { filters: new Set(wanted ? wanted.codes().map((code) => topicOf(wanted.interest, code)) : [spec.topic ?? '#']), queue, link };
  const key = `${spec.protocolVersion ?? ''} ${spec.url}`;
  let broker = context.brokers.get(key) as Broker | undefined;
  if (!broker) context.brokers.set(key, (broker = new Broker(key, spec, context)));
  const joined = broker;
  joined.add(subscriber);
  wanted?.onChange(({ add, drop }) => joined.change(subscriber, add.map((code) => topicOf(wanted.interest, code)), drop.map((code) => topicOf(wanted.interest, code))), signal);
  signal.addEventListener('abort', () => joined.remove(subscriber), { once: true });
  return queue;
};
