import { addValue, clearDraft, type Decoder, type DraftSink } from './draft.ts';
import { idOf, isFields, timeOf, type Fields } from './fields.ts';
import { guardedJson, JSON_LIMITS } from './json.ts';
import { follow } from './mapping.ts';

/** A large city has some thousand stations of thirty keys. */
export const GBFS_LIMITS = { ...JSON_LIMITS, bytes: 32 * 1024 * 1024, keys: 1_500_000 };

interface Place {
  readonly lon: number;
  readonly lat: number;
  readonly capacity: number;
}

const NUMBERS = [
  ['bikes', 'num_bikes_available', 'num_vehicles_available'], ['ebikes', 'num_ebikes_available'], ['docks', 'num_docks_available'],
  ['brokenBikes', 'num_bikes_disabled', 'num_vehicles_disabled'], ['brokenDocks', 'num_docks_disabled'],
] as const;
const FLAGS = [['installed', 'is_installed'], ['renting', 'is_renting'], ['returning', 'is_returning']] as const;

const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : NaN);

/** A name: text, or since 3.0 a list of texts by language; Chinese before others. */
function nameOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const texts = value.filter(isFields);
  const chosen = texts.find(({ language }) => typeof language === 'string' && language.startsWith('zh')) ?? texts[0];
  return typeof chosen?.text === 'string' ? chosen.text : null;
}

class Reader {
  private readonly places = new Map<string, Place>();

  read(bytes: Uint8Array, at: number, sink: DraftSink): void {
    const json = guardedJson(bytes, GBFS_LIMITS);
    if ('code' in json) return sink.reject(json.code, json.message);
    const stations = follow(json.value, ['data', 'stations']);
    if (!Array.isArray(stations)) return sink.reject('missing-field', 'The message has no list at data.stations.');
    const updated = timeOf(follow(json.value, ['last_updated']), at);
    if (typeof updated !== 'number') return sink.reject(updated.code, updated.message);
    for (const station of stations) {
      const id = idOf(follow(station, ['station_id']));
      if (typeof id !== 'string') sink.reject(id.code, id.message);
      else if ('lat' in station) this.place(id, station, sink);
      else this.state(id, station, updated, sink);
    }
  }

  private place(id: string, station: Fields, sink: DraftSink): void {
    const [lon, lat] = [numberOf(station.lon), numberOf(station.lat)];
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) return sink.reject('out-of-range', `The station ${JSON.stringify(id.slice(0, 40))} has no place on Earth.`);
    const capacity = numberOf(station.capacity);
    this.places.set(id, { lon, lat, capacity });
    const address = typeof station.address === 'string' ? station.address : null;
    sink.feature({ id, from: -Infinity, until: Infinity, properties: { kind: 'bike-station', name: nameOf(station.name), address, capacity: Number.isNaN(capacity) ? null : capacity }, rings: [], point: [lon, lat] });
  }

  private state(id: string, station: Fields, updated: number, sink: DraftSink): void {
    const { draft } = sink;
    clearDraft(draft);
    draft.id = id;
    const reported = timeOf(station.last_reported ?? updated, updated);
    if (typeof reported !== 'number') return sink.reject(reported.code, reported.message);
    // 0, 1 and the like stand for “never”: the file's own time is what is known.
    draft.time = reported < 86_400 ? updated : reported;
    const place = this.places.get(id);
    if (place) [draft.lon, draft.lat] = [place.lon, place.lat];
    else sink.note('gbfs-unknown-station', `The state of a station ${JSON.stringify(id.slice(0, 40))} that station_information does not know.`);
    for (const [name, ...keys] of NUMBERS) {
      const value = numberOf(keys.map((key) => station[key]).find((one) => one !== undefined));
      if (!Number.isNaN(value)) addValue(draft, name, value);
    }
    for (const [name, key] of FLAGS) if (station[key] !== undefined) addValue(draft, name, Number(station[key] === true || station[key] === 1));
    if (place && !Number.isNaN(place.capacity)) addValue(draft, 'capacity', place.capacity);
    sink.accept();
  }
}

/**
 * Stations of GBFS 1.1 to 3.0, as the transport of that name brings their files: values bikes, ebikes, docks, brokenBikes, brokenDocks, capacity and, as 0 or 1, installed,
 * renting, returning; names and places as features too. A station's time is when it last reported.
 */
export function gbfsStations(): Decoder {
  const reader = new Reader();
  return (bytes, at, sink) => reader.read(bytes, at, sink);
}
