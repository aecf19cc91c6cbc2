import table from './punctuality.json' with { type: 'json' };

/** What a real-time message says of one trip. Times in unix seconds, delay in seconds (late is positive), degrees. */
export interface TripNow {
  readonly trip: string;
  readonly route: string | null;
  readonly time: number;
  /** Of the next call; null where none was said. */
  readonly delay: number | null;
  readonly stopSequence: number | null;
  readonly vehicle: string | null;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly heading: number | null;
  /** m/s */
  readonly speed: number | null;
  readonly cancelled: boolean;
}

export interface RealtimeTrips {
  readonly time: number | null;
  readonly trips: readonly TripNow[];
  /** Entities left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** A number, or the digits of one: 64-bit numbers stand as text in protobuf's JSON. */
const number = (value: unknown): number | null => (typeof value === 'number' ? value : typeof value === 'string' && /^-?\d+(\.\d+)?$/u.test(value) ? Number(value) : null);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/**
 * The trips of a GTFS-Realtime message in protobuf's JSON form: how late each is at its next call, or where its vehicle is.
 * @source GTFS Realtime reference 2.0, TripUpdate and VehiclePosition
 */
export function realtimeTrips(message: unknown): RealtimeTrips {
  const { header, entity } = fields(message);
  const time = number(fields(header).timestamp);
  const skipped: Record<string, number> = {};
  const skip = (why: string): null => {
    skipped[why] = (skipped[why] ?? 0) + 1;
    return null;
  };
  const trips = list(entity).map((each): TripNow | null => {
    const { tripUpdate, vehicle, isDeleted } = fields(each);
    if (isDeleted === true) return null;
    const update = fields(tripUpdate ?? vehicle);
    const descriptor = fields(update.trip);
    const trip = text(descriptor.tripId);
    if (!tripUpdate && !vehicle) return null;
    if (trip === null) return skip('entity without a trip id');
    const base = { trip, route: text(descriptor.routeId), vehicle: text(fields(update.vehicle).id), cancelled: descriptor.scheduleRelationship === 'CANCELED' || descriptor.scheduleRelationship === 'DELETED' };
    const own = number(update.timestamp) ?? time;
    if (own === null || own < 946_684_800 || own > 4_102_444_800) return skip('entity without a time in seconds');
    if (tripUpdate) return { ...base, time: own, lon: null, lat: null, heading: null, speed: null, ...nextCall(list(update.stopTimeUpdate), own, number(update.delay)) };
    const { latitude, longitude, bearing, speed } = fields(update.position);
    const [lon, lat] = [number(longitude), number(latitude)];
    if (lon === null || lat === null || Math.abs(lon) > 180 || Math.abs(lat) > 90) return skip('vehicle without a place on Earth');
    return { ...base, time: own, delay: null, stopSequence: number(update.currentStopSequence), lon, lat, heading: number(bearing), speed: number(speed) };
  }).filter((each) => each !== null);
  return { time, trips, skipped };
}

/** How late a trip is at the first call still to come, or was at the last. */
function nextCall(updates: readonly unknown[], now: number, whole: number | null): { delay: number | null; stopSequence: number | null } {
  const calls = updates.map((each) => {
    const { arrival, departure, stopSequence } = fields(each);
    const [at, off] = [fields(arrival), fields(departure)];
    return { sequence: number(stopSequence), time: number(off.time) ?? number(at.time), delay: number(at.delay) ?? number(off.delay) };
  });
  const next = calls.find(({ time }) => time !== null && time >= now) ?? calls.at(-1);
  return { delay: next?.delay ?? whole, stopSequence: next?.sequence ?? null };
}

export type Punctuality = 'early' | 'on-time' | 'late' | 'very-late';

/** Limits in s and their four classes, earliest first; a delay on a limit belongs to the more punctual side. */
export const punctualityClasses: { readonly limits: readonly number[]; readonly classes: readonly { readonly id: Punctuality; readonly zh: string; readonly en: string; readonly colour: string }[] } = {
  limits: table.limits, classes: table.classes as { id: Punctuality; zh: string; en: string; colour: string }[],
};

/** How a delay (s, late positive) is judged. */
export function punctuality(delay: number): (typeof punctualityClasses.classes)[number] {
  const [early, late, very] = table.limits;
  return punctualityClasses.classes[delay < early ? 0 : delay <= late ? 1 : delay <= very ? 2 : 3];
}
