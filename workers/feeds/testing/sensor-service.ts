import { RECEIVE_BY_MQTT } from '../../models/sensorthings.ts';
import { startHttp, type HttpServer } from './opened.ts';

export interface SensorStream { id: number | string; thing: number; property: string; observations: { phenomenonTime: string; result: unknown }[] }

/** A small SensorThings service: pages of two, `$filter` by time, and whatever fault a test wants. */
export class SensorService {
  streams: SensorStream[] = [];
  mqtt: string | null = null;
  /** Replaces the next link of a list's page (by its `$skip`), or the whole answer. */
  nextLink: ((list: string, skip: number, link: string) => string | null) | null = null;
  fail: ((list: string, skip: number) => number | null) | null = null;
  server!: HttpServer;

  async start(): Promise<this> {
    this.server = await startHttp((request, response) => {
      const url = new URL(request.url ?? '/', this.server.url);
      const list = url.pathname.replace('/v1.1', '').slice(1);
      const skip = Number(url.searchParams.get('$skip') ?? 0);
      const status = this.fail?.(list, skip);
      if (status) return void response.writeHead(status).end();
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(list === '' ? this.root() : this.page(list, skip, url)));
    });
    return this;
  }

  private root(): object {
    return { value: [], serverSettings: { conformance: [], ...(this.mqtt && { [RECEIVE_BY_MQTT]: { endpoints: ['mqtt://127.0.0.1:9', this.mqtt] } }) } };
  }

  private page(list: string, skip: number, url: URL): object {
    const since = /ge (\S+)/u.exec(url.searchParams.get('$filter') ?? '')?.[1] ?? '';
    const all: object[] = list === 'Datastreams'
      ? this.streams.map(({ id, thing, property, observations }) => ({
        '@iot.id': id, name: `stream ${id}`, unitOfMeasurement: { symbol: 'µg/m³', name: 'microgram' }, ObservedProperty: { name: property }, Observations: observations.slice(-1),
        Thing: { '@iot.id': thing, name: `站 ${thing}`, Locations: [{ encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [117 + thing, 30.66] } }] },
      }))
      : this.streams.flatMap(({ id, observations }) => observations.map((one) => ({ ...one, Datastream: { '@iot.id': id } }))).filter(({ phenomenonTime }) => phenomenonTime.slice(phenomenonTime.lastIndexOf('/') + 1) >= since);
    const value = all.slice(skip, skip + 2);
    url.searchParams.set('$skip', String(skip + 2));
    const link = skip + 2 < all.length ? url.href : null;
    const next = link === null ? null : this.nextLink ? this.nextLink(list, skip, link) : link;
    return { '@iot.count': all.length, value, ...(next !== null && { '@iot.nextLink': next }) };
  }

  count(list: string, skip: number): number {
    return this.server.asked.filter(({ url }) => url?.includes(`/${list}?`) && Number(new URL(url, 'http://h').searchParams.get('$skip') ?? 0) === skip).length;
  }
}
