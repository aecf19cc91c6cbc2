import { shownUrl, TwinError } from '../../../engine/errors.ts';
import type { FeedSpec } from '../../../engine/ports.ts';
import { datastreamOf, idInPath, phenomenonEnd, RECEIVE_BY_MQTT, serviceOf } from '../../models/sensorthings.ts';
import { ArrivalQueue, type Arrival, type LinkEvents, type Transport, type TransportContext } from '../arrivals.ts';
import { EVERY, repeat } from '../ask.ts';
import { guardedJson } from '../decoders/json.ts';
import { follow } from '../decoders/mapping.ts';
import { SENSORTHINGS_LIMITS } from '../decoders/sensorthings.ts';
import { RemoteDocument } from '../remote-document.ts';
import { mqtt } from './mqtt.ts';

/** Seconds of history asked for at the start, and that two questions overlap (who is late is known by the ledger). */
const BACKFILL = 3600;
/** Datastreams that are subscribed to one by one; more are polled only. */
const MOST_TOPICS = 500;
/** Pages of one list. */
const MOST_PAGES = 10_000;
/** While MQTT brings what is new, HTTP is asked this many times less often, to see whether it still does. */
const SELDOM = 4;
const EXPAND = 'Thing($expand=Locations),ObservedProperty,Observations($orderby=phenomenonTime desc;$top=1)';

/** A query as services read it: blanks and dollars plain where they may be. */
function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return url.href.replaceAll('%24', '$').replaceAll('+', '%20');
}

interface Parts {
  readonly spec: FeedSpec;
  readonly signal: AbortSignal;
  readonly link: LinkEvents;
  readonly context: TransportContext;
  readonly queue: ArrivalQueue;
}

class Service {
  private readonly where: string;
  private readonly service: ReturnType<typeof serviceOf>;
  private readonly ids: (string | number)[] = [];
  /** Where a list that broke off goes on. */
  private rest: { readonly kind: string; readonly url: string; readonly seen: Set<string>; readonly count: number } | null = null;
  private known = false;
  /** Newest phenomenon seen by HTTP and by MQTT, and from when on HTTP is asked: unix seconds. */
  private newest = { http: -Infinity, mqtt: -Infinity };
  private since = NaN;
  private live = false;
  private silent = false;

  constructor(private readonly parts: Parts) {
    this.where = shownUrl(parts.spec.url);
    this.service = serviceOf(parts.spec.url);
  }

  /** One look at the service. @returns seconds until the next */
  async look(): Promise<number> {
    const { spec, context } = this.parts;
    const every = spec.every ?? EVERY;
    if (!this.known) {
      await this.pages('Datastreams', withQuery(this.service.datastreams.href, { $expand: EXPAND, $count: 'true' }));
      this.known = true;
      await this.subscribe();
      this.since = context.now() - (spec.backfill ?? BACKFILL);
    }
    const asked = context.now();
    await this.pages('Observations', withQuery(`${this.service.root}/Observations`, { $filter: this.filter(), $orderby: 'phenomenonTime asc', $expand: 'Datastream($select=id)', $top: '1000' }));
    // From the newest on, with room for what comes late; an empty service is asked from the last question on.
    this.since = Math.max(this.since, Math.min(asked, Math.max(this.newest.http, this.since)) - 2 * every);
    this.compare(every);
    return this.live && !this.silent ? every * SELDOM : every;
  }

  private filter(): string {
    const time = `phenomenonTime ge ${new Date(this.since * 1000).toISOString()}`;
    // A short list is asked for by itself; of a long one what was not asked for is passed over.
    if (!this.service.filtered || this.ids.length > 20) return time;
    return `${time} and (${this.ids.map((id) => `Datastream/id eq ${idInPath(id)}`).join(' or ')})`;
  }

  /** All pages of a list, each a message. A list that breaks off is taken up where it was. @throws AskError */
  private async pages(kind: string, first: string): Promise<void> {
    const { signal, queue, context, link } = this.parts;
    const rest = this.rest?.kind === kind ? this.rest : null;
    const seen = rest?.seen ?? new Set<string>();
    let url: string | null = rest?.url ?? first;
    let [total, count] = [NaN, rest?.count ?? 0];
    for (let page = 0; url !== null && page < MOST_PAGES; page++) {
      seen.add(url);
      this.rest = { kind, url, seen, count };
      const answer = await new RemoteDocument(url).fetch(signal);
      const json = answer && guardedJson(answer.bytes, SENSORTHINGS_LIMITS);
      if (!answer || !json || 'code' in json) throw new TwinError('refused', `${this.where} did not answer with a page of SensorThings: ${json && 'code' in json ? json.message : 'nothing came'}`, { where: this.where });
      const list = follow(json.value, ['value']);
      if (!Array.isArray(list)) throw new TwinError('refused', `${this.where} did not answer with a page of SensorThings: there is no list at value.`, { where: this.where });
      if (kind === 'Datastreams') for (const entity of list) this.remember(follow(entity, ['@iot.id']));
      else for (const entity of list) this.newest.http = Math.max(this.newest.http, timeOf(entity));
      queue.push({ bytes: answer.bytes, topic: kind, at: context.now() });
      count += list.length;
      total = Number(follow(json.value, ['@iot.count']) ?? total);
      url = this.next(follow(json.value, ['@iot.nextLink']), url, seen);
    }
    this.rest = null;
    if (!Number.isNaN(total) && total !== count) link.note?.('sensorthings-count', `${this.where} says that it has ${total} ${kind} and gave ${count}.`);
  }

  private remember(id: unknown): void {
    if ((typeof id === 'number' || typeof id === 'string') && !this.ids.includes(id)) this.ids.push(id);
  }

  /** Where the next page is; null where there is none, or none that may be asked for. */
  private next(given: unknown, from: string, seen: ReadonlySet<string>): string | null {
    const { link } = this.parts;
    if (typeof given !== 'string' || given === '') return null;
    const url = URL.canParse(given, from) ? new URL(given, from) : null;
    if (!url || url.origin !== new URL(from).origin) {
      link.note?.('forbidden-origin', `${this.where} names ${url ? shownUrl(url.href) : 'no address'} as its next page, which is not the same server; it is not asked, and the rest of the list is missing.`);
      return null;
    }
    if (!seen.has(url.href)) return url.href;
    link.note?.('sensorthings-loop', `${this.where} names a page as the next one that was read already; the list is cut there.`);
    return null;
  }

  /** Where the service says that it tells Observations by MQTT: one address that this place can open; null for none. */
  private async broker(): Promise<string | null> {
    const answer = await new RemoteDocument(this.service.root).fetch(this.parts.signal).catch(() => null);
    const json = answer && guardedJson(answer.bytes, SENSORTHINGS_LIMITS);
    const endpoints = json && 'value' in json ? follow(json.value, ['serverSettings', RECEIVE_BY_MQTT, 'endpoints']) : undefined;
    const addresses = Array.isArray(endpoints) ? endpoints.filter((one): one is string => typeof one === 'string') : [];
    const sockets = addresses.filter((one) => /^wss?:/iu.test(one));
    return (sockets.find((one) => /^wss:/iu.test(one)) ?? sockets[0] ?? (typeof location === 'undefined' ? addresses.find((one) => /^mqtts?:/iu.test(one)) : undefined)) ?? null;
  }

  private async subscribe(): Promise<void> {
    const { spec, signal, link, context } = this.parts;
    const url = await this.broker();
    if (url === null || signal.aborted) return;
    if (this.ids.length > MOST_TOPICS) return link.note?.('sensorthings-mqtt', `${this.where} has ${this.ids.length} Datastreams; more than ${MOST_TOPICS} are not subscribed to but asked for by HTTP.`);
    const version = this.service.root.slice(this.service.root.lastIndexOf('/') + 1);
    const events: LinkEvents = {
      open: () => (this.live = true),
      lost: (problem) => {
        if (this.live || problem.code === 'refused') link.note?.('sensorthings-mqtt', `Live values by MQTT cannot be had (${problem.message.replace(/\.$/u, '')}); they are asked for by HTTP.`);
        this.live = false;
      },
      dropped: link.dropped,
    };
    const ends = this.ids.map((id) => {
      const end = new AbortController();
      void this.hear(mqtt({ ...spec, transport: 'mqtt', url, topic: `${version}/Datastreams(${idInPath(id)})/Observations` }, end.signal, events, context));
      return end;
    });
    signal.addEventListener('abort', () => ends.forEach((end) => end.abort()), { once: true });
  }

  private async hear(arrivals: AsyncIterable<Arrival>): Promise<void> {
    for await (const arrival of arrivals) {
      const json = guardedJson(arrival.bytes, SENSORTHINGS_LIMITS);
      if ('value' in json && datastreamOf(arrival.topic) !== null) this.newest.mqtt = Math.max(this.newest.mqtt, timeOf(json.value));
      this.silent = false;
      this.parts.queue.push(arrival);
    }
  }

  /** Whether HTTP knows what MQTT should have told a while ago. */
  private compare(every: number): void {
    if (!this.live) return;
    if (this.newest.mqtt === -Infinity) this.newest.mqtt = Math.max(this.newest.http, this.parts.context.now() - every);
    const silent = this.newest.http > this.newest.mqtt + every;
    if (silent && !this.silent) this.parts.link.note?.('mqtt-silent', `${this.where} has newer values by HTTP than its MQTT has told; they are asked for by HTTP every ${every} s.`);
    this.silent = silent;
  }
}

/** Unix seconds of an Observation; −∞ where it says none. */
function timeOf(observation: unknown): number {
  const time = Date.parse(phenomenonEnd(follow(observation, ['phenomenonTime'])) ?? '');
  return Number.isNaN(time) ? -Infinity : time / 1000;
}

/**
 * OGC SensorThings 1.1: all Datastreams with their Things and latest values, then Observations since the last question, page by page; by MQTT too where the service says
 * so, with HTTP asked now and then to see that MQTT is not silent. `url`: the service's root (…/v1.1), or its Datastreams with a query of one's own.
 */
export const sensorthings: Transport = (spec, signal, link, context) => {
  const queue = new ArrivalQueue(signal, link.dropped);
  const service = new Service({ spec, signal, link, context, queue });
  void repeat(spec, signal, link, () => service.look());
  return queue;
};
