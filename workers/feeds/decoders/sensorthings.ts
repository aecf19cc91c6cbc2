import { datastreamOf, phenomenonEnd } from '../../models/sensorthings.ts';
import { NO_VALUE } from '../history.ts';
import { addValue, clearDraft, type Decoder, type DraftSink } from './draft.ts';
import { isFields, timeOf, type Fields } from './fields.ts';
import { guardedJson, JSON_LIMITS } from './json.ts';
import { follow } from './mapping.ts';

export const SENSORTHINGS_LIMITS = { ...JSON_LIMITS, bytes: 32 * 1024 * 1024, keys: 1_500_000 };

/** What is known of a Datastream: whose it is, and what its results are called. */
interface Stream {
  readonly thing: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
}

const idOf = (entity: unknown): string | null => {
  const id = follow(entity, ['@iot.id']);
  return typeof id === 'number' || typeof id === 'string' ? String(id) : null;
};
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The point of a Thing's first place in GeoJSON, bare or in a Feature. */
function pointOf(thing: unknown): readonly [number, number] | null {
  const location = follow(thing, ['Locations', '0', 'location']);
  const coordinates = follow(location, ['coordinates']) ?? follow(location, ['geometry', 'coordinates']);
  if (!Array.isArray(coordinates)) return null;
  const [lon, lat] = coordinates as unknown[];
  return typeof lon === 'number' && typeof lat === 'number' ? [lon, lat] : null;
}

class Reader {
  private readonly streams = new Map<string, Stream>();
  /** Value names in use, by Thing: which Datastream has them. */
  private readonly taken = new Map<string, string>();

  read(bytes: Uint8Array, at: number, sink: DraftSink, topic: string): void {
    const json = guardedJson(bytes, SENSORTHINGS_LIMITS);
    if ('code' in json) return sink.reject(json.code, json.message);
    const id = datastreamOf(topic);
    if (id !== null) return this.observe(id, json.value, at, sink);
    const list = follow(json.value, ['value']);
    if (!Array.isArray(list)) return sink.reject('missing-field', 'The message has no list at value; it is no page of SensorThings.');
    for (const entity of list) {
      const of = follow(entity, ['Datastream']);
      if (of !== undefined) this.observe(idOf(of), entity, at, sink);
      else if (isFields(entity)) this.learn(entity, at, sink);
    }
  }

  /** A Datastream, with what hangs on it. */
  private learn(entity: Fields, at: number, sink: DraftSink): void {
    const id = idOf(entity);
    if (id === null) return sink.reject('missing-field', 'A Datastream has no @iot.id.');
    const thing = idOf(entity.Thing) ?? id;
    const property = text(follow(entity.ObservedProperty, ['name'])) ?? text(entity.name) ?? id;
    // Two sensors of one thing may observe the same: the second goes by its Datastream's name.
    const key = JSON.stringify([thing, property]);
    const holder = this.taken.get(key) ?? id;
    this.taken.set(key, holder);
    const point = pointOf(entity.Thing);
    const name = holder === id ? property : (text(entity.name) ?? `${property} ${id}`);
    this.streams.set(id, { thing, name, lon: point?.[0] ?? NaN, lat: point?.[1] ?? NaN });
    sink.feature({
      id: thing, from: -Infinity, until: Infinity, rings: [], point,
      properties: { kind: 'thing', name: text(follow(entity.Thing, ['name'])), description: text(follow(entity.Thing, ['description'])) },
    });
    sink.feature({
      id: `Datastreams(${id})`, from: -Infinity, until: Infinity, rings: [], point: null,
      properties: { kind: 'datastream', thing, value: name, name: text(entity.name), unit: text(follow(entity.unitOfMeasurement, ['symbol'])), unitName: text(follow(entity.unitOfMeasurement, ['name'])), property },
    });
    const { Observations } = entity;
    for (const observation of Array.isArray(Observations) ? Observations : []) this.observe(id, observation, at, sink);
  }

  private observe(id: string | null, observation: unknown, at: number, sink: DraftSink): void {
    const stream = id === null ? undefined : this.streams.get(id);
    // A list of all Observations holds those of Datastreams that were not asked for.
    if (!stream) return;
    const said = phenomenonEnd(follow(observation, ['phenomenonTime'])) ?? phenomenonEnd(follow(observation, ['resultTime']));
    const time = timeOf(said, at);
    if (typeof time !== 'number') return sink.reject(time.code, time.message);
    const result = follow(observation, ['result']);
    const number = typeof result === 'boolean' ? Number(result) : result === null ? NO_VALUE : result;
    if (typeof number !== 'number' || Number.isNaN(number)) return sink.reject('wrong-type', `A result of ${stream.name.slice(0, 40)} is ${result === undefined ? 'missing' : `${typeof result}, not a number`}.`);
    const { draft } = sink;
    clearDraft(draft);
    draft.id = stream.thing;
    draft.time = time;
    draft.lon = stream.lon;
    draft.lat = stream.lat;
    addValue(draft, stream.name, number);
    sink.accept();
  }
}

/**
 * SensorThings 1.0 and 1.1, as the transport of that name brings it: readings by Thing, a value for each Datastream under the name of what it observes; Things and Datastreams
 * (unit, names) as features too. Also Observations by MQTT, whose topic names the Datastream.
 */
export function sensorThings(): Decoder {
  const reader = new Reader();
  return (bytes, at, sink, topic) => reader.read(bytes, at, sink, topic);
}
