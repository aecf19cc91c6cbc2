import type { GtfsEntity, GtfsMessage, GtfsStopTime, GtfsTripUpdate, GtfsVehicle } from './gtfs-realtime.ts';

/** A rule that is broken: its number as the public validator has it, and a sentence. */
export interface BrokenRule {
  readonly rule: string;
  readonly message: string;
}

export interface GtfsVerdict {
  /** The message as a whole is not to be used; null where it may be. */
  readonly refused: BrokenRule | null;
  /** Entities not to be used, by their place in the message. */
  readonly entities: ReadonlyMap<number, BrokenRule>;
  /** What is odd and does no harm. */
  readonly notes: readonly BrokenRule[];
}

/** Seconds that a time may be ahead of the clock, and a header behind it. @source gtfs-realtime-validator RULES.md, E050 and W008 */
const AHEAD = 60;
const BEHIND = 65;
/** 2000-01-01; and from where on a number must be milliseconds. */
const [OLDEST, MILLISECONDS] = [946_684_800, 1e11];

const broken = (rule: string, message: string): BrokenRule => ({ rule, message: `${message} (GTFS Realtime rule ${rule})` });

function timeFault(time: number | undefined, what: string, now: number): BrokenRule | null {
  if (time === undefined || time === 0) return null;
  if (time < OLDEST || time >= MILLISECONDS) return broken('E001', `${what} is ${time}, which is no time in seconds since 1970.`);
  return time > now + AHEAD ? broken('E050', `${what} is ${Math.round(time - now)} s ahead of this machine's clock.`) : null;
}

/** Judges the head. `newest`: header time of the last message that was used, NaN before the first. */
function headFault({ header }: GtfsMessage, now: number, newest: number): BrokenRule | null {
  const second = Number.parseFloat(header?.gtfsRealtimeVersion ?? '') >= 2;
  if (!header) return broken('E039', 'The message has no header.');
  if (header.incrementality === 'DIFFERENTIAL') return broken('E049', 'The feed sends changes only (DIFFERENTIAL), of which nobody says what they mean; ask its maker for FULL_DATASET.');
  if (second && header.incrementality === undefined) return broken('E049', 'The header does not say whether the message is whole.');
  if (second && !header.timestamp) return broken('E048', 'The header says no time.');
  const fault = timeFault(header.timestamp, "The header's time", now);
  if (fault) return fault;
  return header.timestamp && header.timestamp < newest ? broken('E018', `The message is ${Math.round(newest - header.timestamp)} s older than the one before it.`) : null;
}

function tripFault(trip: { readonly startTime?: string; readonly startDate?: string } | undefined): BrokenRule | null {
  const { startTime, startDate } = trip ?? {};
  if (startTime !== undefined && startTime !== '' && !/^\d{1,3}:[0-5]\d:[0-5]\d$/u.test(startTime)) return broken('E020', `The start time ${JSON.stringify(startTime.slice(0, 20))} is not HH:MM:SS.`);
  if (startDate !== undefined && startDate !== '' && !/^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/u.test(startDate)) return broken('E021', `The start date ${JSON.stringify(startDate.slice(0, 20))} is not YYYYMMDD.`);
  return null;
}

function stopsFault({ stopTimeUpdate = [] }: GtfsTripUpdate): BrokenRule | null {
  let [sequence, time] = [-1, -Infinity];
  for (const { stopSequence, arrival, departure } of stopTimeUpdate) {
    if (stopSequence !== undefined && stopSequence < sequence) return broken('E002', `The stop number ${stopSequence} follows ${sequence}.`);
    sequence = stopSequence ?? sequence;
    for (const [event, what] of [[arrival, 'arrival'], [departure, 'departure']] as const satisfies [GtfsStopTime | undefined, string][]) {
      if (!event?.time) continue;
      if (event.time < OLDEST || event.time >= MILLISECONDS) return broken('E001', `A time of ${what} is ${event.time}, which is no time in seconds since 1970.`);
      if (event.time < time) return what === 'departure' && arrival?.time === time ? broken('E025', 'A departure is before its arrival.') : broken('E022', 'The times at the stops run backwards.');
      time = event.time;
    }
  }
  return null;
}

/** Real feeds do this, and no time is wrong for it. */
function saysStopTwice({ tripUpdate }: GtfsEntity): boolean {
  const stops = tripUpdate?.stopTimeUpdate ?? [];
  return stops.some(({ stopSequence }, i) => i > 0 && stopSequence !== undefined && stopSequence === stops[i - 1].stopSequence);
}

function vehicleFault({ trip, position, timestamp }: GtfsVehicle, now: number): BrokenRule | null {
  const fault = timeFault(timestamp, "A vehicle's time", now) ?? tripFault(trip);
  if (fault || !position) return fault;
  // A coordinate of exactly 0 is a field that was never filled.
  const { latitude = NaN, longitude = NaN, bearing } = position;
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180) || latitude === 0 || longitude === 0) return broken('E026', `A vehicle's place is latitude ${latitude}, longitude ${longitude}.`);
  return bearing !== undefined && !(bearing >= 0 && bearing <= 360) ? broken('E027', `A vehicle's bearing is ${bearing}°.`) : null;
}

function entityFault({ vehicle, tripUpdate }: GtfsEntity, now: number): BrokenRule | null {
  if (vehicle) return vehicleFault(vehicle, now);
  if (tripUpdate) return timeFault(tripUpdate.timestamp, "A trip's time", now) ?? tripFault(tripUpdate.trip) ?? stopsFault(tripUpdate);
  return null;
}

/**
 * Judges a message by the rules of the public validator that need no timetable (E004, E051 and the like do): what is refused leaves what was known before.
 * @param now unix seconds of receipt @param newest header time of the last message that was used, NaN before the first
 * @source MobilityData/gtfs-realtime-validator, RULES.md
 */
export function judgeGtfs(message: GtfsMessage, now: number, newest: number): GtfsVerdict {
  const refused = headFault(message, now, newest);
  const entities = new Map<number, BrokenRule>();
  const notes: BrokenRule[] = [];
  if (refused) return { refused, entities, notes };
  const stamp = message.header?.timestamp;
  if (!stamp) notes.push(broken('W001', 'The header says no time; entities without one of their own are refused.'));
  else if (now - stamp > BEHIND) notes.push(broken('W008', `The message was ${Math.round(now - stamp)} s old when it came.`));
  const twice = (message.entity ?? []).filter(saysStopTwice).length;
  if (twice > 0) notes.push(broken('E036', `${twice} trips say the number of a stop twice in a row.`));
  const byVehicle = new Map<string, number[]>();
  for (const [i, entity] of (message.entity ?? []).entries()) {
    const fault = entityFault(entity, now);
    if (fault) entities.set(i, fault);
    const id = entity.vehicle?.vehicle?.id;
    if (id) byVehicle.set(id, [...(byVehicle.get(id) ?? []), i]);
  }
  // Which of them is the vehicle nobody can tell: none is used.
  for (const [id, places] of byVehicle) if (places.length > 1) for (const i of places) entities.set(i, broken('E052', `The vehicle id ${JSON.stringify(id.slice(0, 40))} is said ${places.length} times.`));
  return { refused, entities, notes };
}
