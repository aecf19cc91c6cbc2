import { fromJson, readMessage, type MessageShape } from './protobuf.ts';

/** A feed message of GTFS Realtime 2.0 in the names of its JSON form; times are unix seconds. Absent fields are absent. */
export interface GtfsMessage {
  readonly header?: { readonly gtfsRealtimeVersion?: string; readonly incrementality?: string; readonly timestamp?: number };
  readonly entity?: readonly GtfsEntity[];
}
export interface GtfsEntity {
  readonly id?: string;
  readonly isDeleted?: boolean;
  readonly tripUpdate?: GtfsTripUpdate;
  readonly vehicle?: GtfsVehicle;
  readonly alert?: GtfsAlert;
}
export interface GtfsTrip {
  readonly tripId?: string;
  readonly routeId?: string;
  readonly startTime?: string;
  readonly startDate?: string;
  readonly scheduleRelationship?: string;
}
export interface GtfsStopTime {
  readonly delay?: number;
  readonly time?: number;
}
export interface GtfsTripUpdate {
  readonly trip?: GtfsTrip;
  readonly vehicle?: { readonly id?: string; readonly label?: string };
  readonly timestamp?: number;
  /** Seconds behind the timetable. */
  readonly delay?: number;
  readonly stopTimeUpdate?: readonly { readonly stopSequence?: number; readonly stopId?: string; readonly scheduleRelationship?: string; readonly arrival?: GtfsStopTime; readonly departure?: GtfsStopTime }[];
}
export interface GtfsVehicle {
  readonly trip?: GtfsTrip;
  readonly vehicle?: { readonly id?: string; readonly label?: string; readonly licensePlate?: string };
  /** Degrees, m/s. */
  readonly position?: { readonly latitude?: number; readonly longitude?: number; readonly bearing?: number; readonly speed?: number };
  readonly currentStopSequence?: number;
  readonly currentStatus?: string;
  readonly timestamp?: number;
  readonly occupancyStatus?: string;
  readonly occupancyPercentage?: number;
}
export interface GtfsText {
  readonly translation?: readonly { readonly text?: string; readonly language?: string }[];
}
export interface GtfsAlert {
  readonly activePeriod?: readonly { readonly start?: number; readonly end?: number }[];
  readonly informedEntity?: readonly { readonly agencyId?: string; readonly routeId?: string; readonly stopId?: string; readonly trip?: GtfsTrip }[];
  readonly cause?: string;
  readonly effect?: string;
  readonly severityLevel?: string;
  readonly url?: GtfsText;
  readonly headerText?: GtfsText;
  readonly descriptionText?: GtfsText;
}

const numbered = (first: number, ...names: readonly string[]): Record<number, string> => Object.fromEntries(names.map((name, i) => [first + i, name]));

const TRIP: MessageShape = {
  1: ['tripId', 'string'], 2: ['startTime', 'string'], 3: ['startDate', 'string'], 5: ['routeId', 'string'], 6: ['directionId', 'uint32'],
  4: ['scheduleRelationship', { ...numbered(0, 'SCHEDULED', 'ADDED', 'UNSCHEDULED', 'CANCELED'), ...numbered(5, 'REPLACEMENT', 'DUPLICATED', 'DELETED', 'NEW') }],
};
const VEHICLE_NAME: MessageShape = { 1: ['id', 'string'], 2: ['label', 'string'], 3: ['licensePlate', 'string'], 4: ['wheelchairAccessible', numbered(0, 'NO_VALUE', 'UNKNOWN', 'WHEELCHAIR_ACCESSIBLE', 'WHEELCHAIR_INACCESSIBLE')] };
const OCCUPANCY = numbered(0, 'EMPTY', 'MANY_SEATS_AVAILABLE', 'FEW_SEATS_AVAILABLE', 'STANDING_ROOM_ONLY', 'CRUSHED_STANDING_ROOM_ONLY', 'FULL', 'NOT_ACCEPTING_PASSENGERS', 'NO_DATA_AVAILABLE', 'NOT_BOARDABLE');
const STOP_EVENT: MessageShape = { 1: ['delay', 'int32'], 2: ['time', 'int64'], 3: ['uncertainty', 'int32'], 4: ['scheduledTime', 'int64'] };
const STOP_TIME: MessageShape = {
  1: ['stopSequence', 'uint32'], 2: ['arrival', () => STOP_EVENT], 3: ['departure', () => STOP_EVENT], 4: ['stopId', 'string'],
  5: ['scheduleRelationship', numbered(0, 'SCHEDULED', 'SKIPPED', 'NO_DATA', 'UNSCHEDULED')], 7: ['departureOccupancyStatus', OCCUPANCY],
};
const TRIP_UPDATE: MessageShape = { 1: ['trip', () => TRIP], 2: ['stopTimeUpdate', () => STOP_TIME, 'list'], 3: ['vehicle', () => VEHICLE_NAME], 4: ['timestamp', 'uint64'], 5: ['delay', 'int32'] };
const POSITION: MessageShape = { 1: ['latitude', 'float'], 2: ['longitude', 'float'], 3: ['bearing', 'float'], 4: ['odometer', 'double'], 5: ['speed', 'float'] };
const VEHICLE: MessageShape = {
  1: ['trip', () => TRIP], 2: ['position', () => POSITION], 3: ['currentStopSequence', 'uint32'], 4: ['currentStatus', numbered(0, 'INCOMING_AT', 'STOPPED_AT', 'IN_TRANSIT_TO')],
  5: ['timestamp', 'uint64'], 6: ['congestionLevel', numbered(0, 'UNKNOWN_CONGESTION_LEVEL', 'RUNNING_SMOOTHLY', 'STOP_AND_GO', 'CONGESTION', 'SEVERE_CONGESTION')],
  7: ['stopId', 'string'], 8: ['vehicle', () => VEHICLE_NAME], 9: ['occupancyStatus', OCCUPANCY], 10: ['occupancyPercentage', 'uint32'],
};
const TEXT: MessageShape = { 1: ['translation', () => ({ 1: ['text', 'string'], 2: ['language', 'string'] }), 'list'] };
const SELECTOR: MessageShape = { 1: ['agencyId', 'string'], 2: ['routeId', 'string'], 3: ['routeType', 'int32'], 4: ['trip', () => TRIP], 5: ['stopId', 'string'], 6: ['directionId', 'uint32'] };
const ALERT: MessageShape = {
  1: ['activePeriod', () => ({ 1: ['start', 'uint64'], 2: ['end', 'uint64'] }), 'list'], 5: ['informedEntity', () => SELECTOR, 'list'],
  6: ['cause', numbered(1, 'UNKNOWN_CAUSE', 'OTHER_CAUSE', 'TECHNICAL_PROBLEM', 'STRIKE', 'DEMONSTRATION', 'ACCIDENT', 'HOLIDAY', 'WEATHER', 'MAINTENANCE', 'CONSTRUCTION', 'POLICE_ACTIVITY', 'MEDICAL_EMERGENCY')],
  7: ['effect', numbered(1, 'NO_SERVICE', 'REDUCED_SERVICE', 'SIGNIFICANT_DELAYS', 'DETOUR', 'ADDITIONAL_SERVICE', 'MODIFIED_SERVICE', 'OTHER_EFFECT', 'UNKNOWN_EFFECT', 'STOP_MOVED', 'NO_EFFECT', 'ACCESSIBILITY_ISSUE')],
  8: ['url', () => TEXT], 10: ['headerText', () => TEXT], 11: ['descriptionText', () => TEXT], 12: ['ttsHeaderText', () => TEXT], 13: ['ttsDescriptionText', () => TEXT],
  14: ['severityLevel', numbered(1, 'UNKNOWN_SEVERITY', 'INFO', 'WARNING', 'SEVERE')],
};
const ENTITY: MessageShape = { 1: ['id', 'string'], 2: ['isDeleted', 'bool'], 3: ['tripUpdate', () => TRIP_UPDATE], 4: ['vehicle', () => VEHICLE], 5: ['alert', () => ALERT] };
const HEADER: MessageShape = { 1: ['gtfsRealtimeVersion', 'string'], 2: ['incrementality', numbered(0, 'FULL_DATASET', 'DIFFERENTIAL')], 3: ['timestamp', 'uint64'], 4: ['feedVersion', 'string'] };
const MESSAGE: MessageShape = { 1: ['header', () => HEADER], 2: ['entity', () => ENTITY, 'list'] };

/** A feed message from its bytes. @throws WireFault @source gtfs-realtime.proto 2.0 (gtfs.org) */
export function readGtfsRealtime(bytes: Uint8Array): GtfsMessage {
  return readMessage(bytes, MESSAGE) as GtfsMessage;
}

/** The same from its JSON form, as some agencies publish it. */
export function gtfsRealtimeFromJson(value: unknown): GtfsMessage {
  return fromJson(value, MESSAGE) as GtfsMessage;
}
