import { qualityOf, type PlacesOutput, type ReadingQuality } from '#models';
import { STATION_KINDS, type StationKind } from './items.ts';
import { judge, standardFor, type Verdict } from './judge.ts';

/** A station and where it stands; degrees and metres. */
export interface Station {
  readonly id: string;
  readonly name: string;
  readonly kind: StationKind;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
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

/** The stations among a city's places. */
export function stationsOf(places: PlacesOutput): Station[] {
  return places.kinds.flatMap((word, i): Station[] => {
    const kind = STATION_KINDS[word];
    if (!kind) return [];
    const [lon, lat, height] = places.places.subarray(3 * i, 3 * i + 3);
    return [{ id: places.ids[i], name: places.names[i], kind, lon, lat, height: Number.isFinite(height) ? height : 0 }];
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
      verdict: quality === 'invalid' ? null : judge(station.kind, values, measured, standardFor(standard, measured)),
      missing: current.filter(([, { value }]) => Number.isNaN(value)).map(([name]) => name),
      stale: asOf !== null && now - asOf > staleAfter,
    };
  }
}
