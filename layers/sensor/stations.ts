import { TwinError } from '#engine';
import { qualityOf, type PlacesOutput, type ReadingQuality, type SensorKind } from '#models';
import { STATION_KINDS, type KindOfStation } from './items.ts';
import { judge, standardFor, type Verdict } from './judge.ts';

/** A station and where it stands; degrees and metres. */
export interface Station extends KindOfStation {
  readonly id: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** Thresholds of its own, by name. */
  readonly thresholds: Readonly<Record<string, number>>;
}

/** A station written into the options of a layer, beside those among the city's places. */
export interface StationEntry {
  readonly id: string;
  readonly name: string;
  /** A word of STATION_KINDS ('air-station' …) or of the layer's kinds. */
  readonly kind: string;
  readonly lon: number;
  readonly lat: number;
  /** Metres; the ground's where absent, 0 without terrain. */
  readonly height?: number;
  /** Numbers that its kind's levels name: `{ warningLevel: 13.2 }`. */
  readonly thresholds?: Readonly<Record<string, number>>;
}

/** A station at a moment. */
export interface StationState {
  readonly station: Station;
  /** Null where it has said nothing, or said that it has nothing: that is not zero. */
  readonly verdict: Verdict | null;
  /** Numbers that count now, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** Names it said it has no value of. */
  readonly missing: readonly string[];
  /** Unix seconds of its newest reading; null before the first. */
  readonly asOf: number | null;
  readonly stale: boolean;
  readonly quality: ReadingQuality | null;
  /** Unix seconds when a replayed reading was measured; null for what is shown when it is measured. */
  readonly origin: number | null;
}

/** Seconds that a value may be ahead of the clock shown. */
const AHEAD = 1;

type Kinds = Readonly<Record<string, SensorKind>>;
type Thresholds = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a document says of stations beside the city's places. Read when the layer is attached. */
export interface StationDefinitions {
  /** Kinds of stations by the word that places or `stations` have for them; beside river-level-station, rain-station and structure-station. */
  readonly kinds?: Kinds;
  readonly stations?: readonly StationEntry[];
  /** Thresholds of single stations, by id and name. */
  readonly thresholds?: Thresholds;
}

/** What a word for a kind of station means; null where it is none. */
function kindOf(word: string, kinds: Kinds): KindOfStation | null {
  if (Object.hasOwn(kinds, word)) return { kind: word, own: kinds[word] };
  return Object.hasOwn(STATION_KINDS, word) ? { kind: STATION_KINDS[word], own: null } : null;
}

/** The stations among a city's places, and those written into the options. @throws TwinError `bad-input` for an entry that is none */
export function stationsOf(places: PlacesOutput, kinds: Kinds, { stations, thresholds = {} }: StationDefinitions): Station[] {
  return [...placed(places, kinds, thresholds), ...written(stations, kinds, thresholds)];
}

function written(entries: unknown, kinds: Kinds, thresholds: Thresholds): Station[] {
  if (entries === undefined) return [];
  if (!Array.isArray(entries)) throw new TwinError('bad-input', 'Stations of a sensor layer are a list of { id, name, kind, lon, lat }.');
  return entries.map((entry: Partial<StationEntry>, i): Station => {
    const { id, name, kind: word, lon, lat, height = Number.NaN } = entry;
    const kind = kindOf(word ?? '', kinds);
    if (typeof id !== 'string' || !kind || !Number.isFinite(lon) || !Number.isFinite(lat)) throw new TwinError('bad-input', `Station ${i + 1} (${id ?? 'without id'}) needs an id, lon, lat and a kind that is known: ${[...Object.keys(STATION_KINDS), ...Object.keys(kinds)].join(', ')}.`);
    return { id, name: name ?? id, ...kind, lon: lon!, lat: lat!, height, thresholds: { ...entry.thresholds, ...thresholds[id] } };
  });
}

function placed(places: PlacesOutput, kinds: Kinds, thresholds: Thresholds): Station[] {
  return places.kinds.flatMap((word, i): Station[] => {
    const kind = kindOf(word, kinds);
    if (!kind) return [];
    const [lon, lat, height] = places.places.subarray(3 * i, 3 * i + 3);
    return [{ id: places.ids[i], name: places.names[i], ...kind, lon, lat, height: Number.isFinite(height) ? height : 0, thresholds: thresholds[places.ids[i]] ?? {} }];
  });
}

/** The newest values of every station, as the feed tells them. */
export class StationValues {
  readonly #values = new Map<string, Map<string, { value: number; time: number }>>();

  set(name: string, ids: readonly string[], values: Float32Array, times: Float64Array): void {
    ids.forEach((id, i) => {
      const own = this.#values.get(id) ?? new Map<string, { value: number; time: number }>();
      // As many digits as a float32 has: 56.7, not 56.70000076.
      this.#values.set(id, own.set(name, { value: Number(values[i].toPrecision(7)), time: times[i] }));
    });
  }

  clear(): void {
    this.#values.clear();
  }

  /** Ids that told something and are no station's. */
  strangers(stations: readonly Station[]): number {
    const known = new Set(stations.map(({ id }) => id));
    return [...this.#values.keys()].filter((id) => !known.has(id)).length;
  }

  /** A station at a moment: what it said by then, judged. An item much older than the station's newest is gone, not current. */
  state(station: Station, now: number, staleAfter: number, standard: unknown): StationState {
    const told = [...(this.#values.get(station.id) ?? [])].filter(([, { time }]) => time <= now + AHEAD);
    const asOf = told.length > 0 ? Math.max(...told.map(([, { time }]) => time)) : null;
    const current = told.filter(([, { time }]) => asOf !== null && time >= asOf - staleAfter);
    const values = Object.fromEntries(current.filter(([, { value }]) => !Number.isNaN(value)).map(([name, { value }]) => [name, value]));
    const quality = qualityOf(values.quality ?? -1);
    const origin = values.originHour === undefined ? null : values.originHour * 3600;
    const measured = origin ?? asOf ?? now;
    return {
      station, values, asOf, quality, origin,
      verdict: quality === 'invalid' ? null : judge(station, { ...station.thresholds, ...values }, measured, standardFor(standard, measured)),
      missing: current.filter(([, { value }]) => Number.isNaN(value)).map(([name]) => name),
      stale: asOf !== null && now - asOf > staleAfter,
    };
  }
}
