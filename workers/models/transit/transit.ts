/** A public transport timetable as columns. Indices count from 0; times are seconds after the service day's start (noon minus twelve hours), and may pass 24 h. */
export interface Transit {
  /** IANA name; the feed's days and times are those of this zone. */
  readonly zone: string;
  readonly agency: string;
  readonly routes: readonly TransitRoute[];
  readonly stops: { readonly ids: readonly string[]; readonly names: readonly string[]; /** [2n] lon, lat in degrees. */ readonly places: Float64Array };
  readonly shapes: { /** [2m] lon, lat. */ readonly places: Float64Array; /** [s + 1] first vertex of each. */ readonly starts: Uint32Array; /** [m] metres from the shape's start. */ readonly along: Float64Array };
  readonly services: readonly TransitService[];
  readonly trips: TransitTrips;
  /** Calls in the order of their trips. */
  readonly calls: { readonly stop: Uint32Array; readonly arrival: Float64Array; readonly departure: Float64Array; /** Metres along the trip's shape. */ readonly along: Float64Array; readonly sequence: Uint32Array };
  /** First and last day of service, 'YYYYMMDD'; '' where no service runs. */
  readonly from: string;
  readonly to: string;
  /** What was left out or put right, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface TransitRoute {
  readonly id: string;
  /** Short name where there is one, else the long one. */
  readonly name: string;
  readonly long: string;
  /** GTFS route_type: 0 tram, 1 metro, 2 rail, 3 bus … @source GTFS reference, routes.txt */
  readonly type: number;
  /** '#rrggbb'; null where the feed says none. */
  readonly colour: string | null;
}

export interface TransitService {
  readonly id: string;
  /** Monday first. */
  readonly days: readonly boolean[];
  readonly from: string;
  readonly to: string;
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

export interface TransitTrips {
  readonly ids: readonly string[];
  readonly headsigns: readonly string[];
  readonly route: Uint32Array;
  readonly service: Uint32Array;
  readonly shape: Uint32Array;
  /** First call of each trip and how many it has. Trips by headway share theirs. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  /** Seconds to add to the calls' times: 0 but for trips by headway. */
  readonly shift: Float64Array;
  /** Seconds of the first departure and the last arrival, with the shift. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** Day of the week of a 'YYYYMMDD', Monday 0. */
export function weekday(date: string): number {
  return (new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)))).getUTCDay() + 6) % 7;
}

/** Whether a service runs on a day: exceptions before the calendar. @source GTFS reference, calendar.txt and calendar_dates.txt */
export function runsOn(service: TransitService, date: string): boolean {
  if (service.added.has(date)) return true;
  if (service.removed.has(date)) return false;
  return service.from !== '' && date >= service.from && date <= service.to && service.days[weekday(date)];
}
