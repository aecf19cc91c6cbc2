import type { FeedFeature } from '../../../engine/ports.ts';
import { gtfsRealtimeFromJson, readGtfsRealtime, type GtfsAlert, type GtfsEntity, type GtfsMessage, type GtfsText, type GtfsTripUpdate, type GtfsVehicle } from '../../models/gtfs-realtime.ts';
import { judgeGtfs } from '../../models/gtfs-rules.ts';
import { addValue, clearDraft, type Decoder, type DraftSink } from './draft.ts';
import { guardedJson, JSON_LIMITS } from './json.ts';

const OPEN_BRACE = 0x7b;
/** JSON of a whole city's trips is long. */
const LIMITS = { ...JSON_LIMITS, bytes: 32 * 1024 * 1024, keys: 3_000_000 };
/** How full a vehicle is where only words are said, in percent: the middles of what the words mean. */
const FULLNESS: Readonly<Record<string, number>> = { EMPTY: 0, MANY_SEATS_AVAILABLE: 25, FEW_SEATS_AVAILABLE: 60, STANDING_ROOM_ONLY: 85, CRUSHED_STANDING_ROOM_ONLY: 100, FULL: 100 };

/** The message; or a code and a sentence. A first byte of `{` is JSON: as a wire tag it would be a group, which the format has not. */
function parse(bytes: Uint8Array): GtfsMessage | { code: string; message: string } {
  if (bytes[0] === OPEN_BRACE) {
    const json = guardedJson(bytes, LIMITS);
    return 'code' in json ? json : gtfsRealtimeFromJson(json.value);
  }
  try {
    return readGtfsRealtime(bytes);
  } catch (cause) {
    return { code: 'not-protobuf', message: `The message is no GTFS Realtime: ${cause instanceof Error ? cause.message : String(cause)}${cause instanceof Error && 'at' in cause ? ` (byte ${String(cause.at)})` : ''}.` };
  }
}

/** Seconds behind the timetable at the next stop; NaN where nothing is said. */
function delayOf({ stopTimeUpdate = [], delay }: GtfsTripUpdate, now: number): number {
  const said = stopTimeUpdate.filter(({ arrival, departure, scheduleRelationship }) => scheduleRelationship !== 'NO_DATA' && scheduleRelationship !== 'SKIPPED' && (arrival?.delay ?? departure?.delay) !== undefined);
  const next = said.find(({ arrival, departure }) => (departure?.time ?? arrival?.time ?? Infinity) >= now) ?? said.at(-1);
  return next?.arrival?.delay ?? next?.departure?.delay ?? delay ?? NaN;
}

function textOf(text: GtfsText | undefined): string | null {
  const translations = text?.translation ?? [];
  return (translations.find(({ language }) => language?.startsWith('zh')) ?? translations[0])?.text ?? null;
}

const listOf = (words: readonly (string | undefined)[]): string | null => [...new Set(words.filter((word) => word))].join(', ') || null;

function alertFeature(id: string, alert: GtfsAlert): FeedFeature {
  const { activePeriod = [], informedEntity = [] } = alert;
  return {
    id,
    from: activePeriod.length > 0 ? Math.min(...activePeriod.map(({ start }) => start || -Infinity)) : -Infinity,
    until: activePeriod.length > 0 ? Math.max(...activePeriod.map(({ end }) => end || Infinity)) : Infinity,
    properties: {
      kind: 'transit-alert', headline: textOf(alert.headerText), description: textOf(alert.descriptionText), url: textOf(alert.url),
      cause: alert.cause ?? null, effect: alert.effect ?? null, severity: alert.severityLevel ?? null,
      agencies: listOf(informedEntity.map(({ agencyId }) => agencyId)), routes: listOf(informedEntity.map(({ routeId, trip }) => routeId ?? trip?.routeId)),
      stops: listOf(informedEntity.map(({ stopId }) => stopId)), trips: listOf(informedEntity.map(({ trip }) => trip?.tripId)),
    },
    rings: [], point: null,
  };
}

class Reader {
  private newest = NaN;
  private alerts = new Map<string, FeedFeature>();

  read(bytes: Uint8Array, at: number, sink: DraftSink): void {
    const message = parse(bytes);
    if ('code' in message) return sink.reject(message.code, message.message);
    const verdict = judgeGtfs(message, at, this.newest);
    if (verdict.refused) return sink.reject(`gtfs-${verdict.refused.rule}`, verdict.refused.message);
    for (const { rule, message: words } of verdict.notes) sink.note(`gtfs-${rule}`, words);
    const stamp = message.header?.timestamp || NaN;
    this.newest = Number.isNaN(stamp) ? this.newest : stamp;
    const entities = (message.entity ?? []).filter(({ isDeleted }, i) => {
      const fault = verdict.entities.get(i);
      if (fault) sink.reject(`gtfs-${fault.rule}`, fault.message);
      return !fault && !isDeleted;
    });
    this.tell(entities, stamp, at, sink);
  }

  private tell(entities: readonly GtfsEntity[], stamp: number, at: number, sink: DraftSink): void {
    const now = Number.isNaN(stamp) ? at : stamp;
    const delays = new Map<string, number>();
    for (const { tripUpdate } of entities) if (tripUpdate?.trip?.tripId) delays.set(tripUpdate.trip.tripId, delayOf(tripUpdate, now));
    const told = new Set<string>();
    const alerts = new Map<string, FeedFeature>();
    for (const { id = '', vehicle } of entities) {
      if (!vehicle) continue;
      if (vehicle.trip?.tripId) told.add(vehicle.trip.tripId);
      vehicleReading(id, vehicle, stamp, delays, sink);
    }
    for (const { id = '', tripUpdate, alert } of entities) {
      if (tripUpdate && !told.has(tripUpdate.trip?.tripId ?? '')) tripReading(id, tripUpdate, stamp, now, sink);
      if (alert) alerts.set(id, alertFeature(id, alert));
    }
    for (const feature of alerts.values()) sink.feature(feature);
    // A whole message that no longer speaks of an alert ends it.
    for (const [id, feature] of this.alerts) if (!alerts.has(id)) sink.feature({ ...feature, until: Math.min(feature.until, now) });
    this.alerts = alerts;
  }
}

function vehicleReading(entity: string, { vehicle, trip, position, ...more }: GtfsVehicle, stamp: number, delays: ReadonlyMap<string, number>, sink: DraftSink): void {
  const { draft } = sink;
  clearDraft(draft);
  draft.id = vehicle?.id || vehicle?.label || entity;
  draft.time = more.timestamp || stamp;
  if (Number.isNaN(draft.time)) return sink.reject('gtfs-W001', 'A vehicle says no time, and neither does the header.');
  if (draft.id === '') return sink.reject('missing-field', 'A vehicle has no id.');
  draft.lon = position?.longitude ?? NaN;
  draft.lat = position?.latitude ?? NaN;
  draft.heading = position?.bearing ?? NaN;
  draft.speed = position?.speed ?? NaN;
  const values: Readonly<Record<string, number | undefined>> = {
    occupancy: more.occupancyPercentage ?? FULLNESS[more.occupancyStatus ?? ''], stop: more.currentStopSequence,
    stopped: more.currentStatus === undefined ? undefined : Number(more.currentStatus === 'STOPPED_AT'), delay: delays.get(trip?.tripId ?? ''),
  };
  for (const [name, value] of Object.entries(values)) if (value !== undefined && !Number.isNaN(value)) addValue(draft, name, value);
  sink.accept();
}

function tripReading(entity: string, update: GtfsTripUpdate, stamp: number, now: number, sink: DraftSink): void {
  const { draft } = sink;
  clearDraft(draft);
  draft.id = update.trip?.tripId || entity;
  draft.time = update.timestamp || stamp;
  if (Number.isNaN(draft.time)) return sink.reject('gtfs-W001', 'A trip says no time, and neither does the header.');
  if (draft.id === '') return sink.reject('missing-field', 'A trip has no id.');
  const delay = delayOf(update, now);
  if (!Number.isNaN(delay)) addValue(draft, 'delay', delay);
  addValue(draft, 'cancelled', Number(update.trip?.scheduleRelationship === 'CANCELED' || update.trip?.scheduleRelationship === 'DELETED'));
  sink.accept();
}

/**
 * GTFS Realtime, as protobuf or in its JSON form: vehicles by id (place, heading, speed; values occupancy %, stop, stopped, delay s), trips without a vehicle by trip id
 * (values delay s, cancelled), alerts as features. What breaks a rule of the public validator is refused by its number; what was known before stands.
 */
export function gtfsRealtime(): Decoder {
  const reader = new Reader();
  return (bytes, at, sink) => reader.read(bytes, at, sink);
}
