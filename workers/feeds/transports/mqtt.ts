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
      this.context.brokers.delete(this.key);
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
    const reason = await client.subscribeAsync(filter, { qos: 1 }).then((grants) => grants.find(({ qos }) => qos >= 128)?.qos ?? null, (cause: { code?: number }) => cause.code ?? 128);
    const granted = reason === null;
    // A connection that ended meanwhile is told by its end.
    if (!granted && !client.connected) return;
    const where = shownUrl(this.url);
    // 128 is “refused” without more: all that 3.1.1 can say.
    const said = reason === 128 ? '' : `: ${reasonText(reason ?? 0)}`;
    for (const { filter: own, link } of this.subscribers) {
      if (own !== filter) continue;
      if (granted) link.open();
      else link.lost(new TwinError('refused', `The broker refuses the topic ${filter}${said}.`, { where }));
    }
  }

  private async run(): Promise<void> {
    const backoff = new Backoff(this.spec.retry);
    const { signal } = this.ended;
    while (!signal.aborted) {
      let since = Infinity;
      const { problem, version } = await this.connection(() => (since = this.context.now()));
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
  private async connection(held: () => void): Promise<{ problem: TwinError; version: 'agreed' | 'refused' | 'unanswered' | 'unknown' }> {
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
    };
    return new Promise((resolve) => {
      let why = new TwinError('network', `The connection to ${where} ended.`, { where, retryable: true });
      const client = connect(this.url, options);
      this.client = client;
      let version: 'agreed' | 'refused' | 'unanswered' | 'unknown' = 'unanswered';
      client.on('message', (topic, payload) => this.deliver(topic, payload));
      client.on('connect', () => {
        this.connected = true;
        version = 'agreed';
        held();
        for (const filter of new Set([...this.subscribers].map((one) => one.filter))) void this.subscribe(client, filter);
      });
      client.on('error', (cause) => {
        const code = (cause as { code?: number | string }).code;
        const reason = typeof code === 'number' ? code : 0;
        if (version !== 'agreed') version = reason === 1 || reason === UNSUPPORTED_VERSION ? 'refused' : 'unknown';
        const said = reason >= 128 ? `Connection refused: ${reasonText(reason)}` : cause.message || 'no connection';
        why = new TwinError(isRefusal(reason) ? 'refused' : 'network', `${where}: ${said}`, { where, cause, retryable: true });
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
    for (const { filter, queue } of this.subscribers) if (topicMatches(filter, topic)) queue.push({ bytes: payload, topic, at });
  }
}

/** MQTT 5 or 3.1.1 over WebSocket (or TCP in Node) by URL; `topic` is a filter, '#' by default. */
export const mqtt: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const subscriber: Subscriber = { filter: spec.topic ?? '#', queue, link };
  const key = `${spec.protocolVersion ?? ''} ${spec.url}`;
  let broker = context.brokers.get(key) as Broker | undefined;
  if (!broker) context.brokers.set(key, (broker = new Broker(key, spec, context)));
  const joined = broker;
  joined.add(subscriber);
  signal.addEventListener('abort', () => joined.remove(subscriber), { once: true });
  return queue;
};
