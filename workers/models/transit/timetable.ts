import { placeAlong } from './shape-place.ts';
import { runsOn, type Transit } from './transit.ts';

const DAY = 86_400;

/** Local date 'YYYYMMDD' and seconds after local midnight of a moment in a zone. */
function localOf(unix: number, zone: string): { date: string; seconds: number } {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).formatToParts(unix * 1000).map(({ type, value }) => [type, value]));
  return { date: `${parts.year}${parts.month}${parts.day}`, seconds: Number(parts.hour) * 3600 + Number(parts.minute) * 60 + Number(parts.second) };
}

/** The date `days` after another, 'YYYYMMDD'. */
export function dateAfter(date: string, days: number): string {
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)) + days)).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Unix seconds that a service day's times count from: noon of that day minus twelve hours, so that a change of clocks moves no trip of the day. @source GTFS reference, Field types, Time */
export function dayStart(date: string, zone: string): number {
  let noon = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)), 12) / 1000;
  for (let k = 0; k < 2; k++) {
    const { date: there, seconds } = localOf(noon, zone);
    const days = there === date ? 0 : there < date ? -1 : 1;
    noon -= days * DAY + seconds - DAY / 2;
  }
  return noon - DAY / 2;
}

/** A trip under way: which, on which service day, and how far into that day (s). */
export interface Running {
  readonly trip: number;
  readonly date: string;
  readonly seconds: number;
}

/** The service days that may have trips under way at a moment: the day itself and, past midnight, those before it. `as`: a day of the feed that stands for today. */
function daysAt(transit: Transit, unix: number, as: string | null): { date: string; seconds: number }[] {
  const { date: today, seconds } = localOf(unix, transit.zone);
  const latest = transit.trips.ends.reduce((late, end) => Math.max(late, end), 0);
  return Array.from({ length: Math.ceil(Math.max(1, latest / DAY)) }, (_, k) => {
    // A day put in place of today is told by the clock on the wall; there is no change of clocks to count.
    if (as !== null) return { date: dateAfter(as, -k), seconds: seconds + k * DAY };
    const date = dateAfter(today, -k);
    return { date, seconds: unix - dayStart(date, transit.zone) };
  });
}

/** Trips under way by the timetable at a moment (unix seconds), each as late as `delay` says (s; 0 where nobody does). */
export function running(transit: Transit, unix: number, { as = null, delay = () => 0 }: { readonly as?: string | null; readonly delay?: (trip: string) => number } = {}): Running[] {
  const { trips, services } = transit;
  return daysAt(transit, unix, as).flatMap(({ date, seconds }) => {
    const open = services.map((service) => runsOn(service, date));
    const found: Running[] = [];
    for (let trip = 0; trip < trips.ids.length; trip++) {
      if (!open[trips.service[trip]]) continue;
      const late = delay(trips.ids[trip]);
      if (seconds - late >= trips.starts[trip] && seconds - late <= trips.ends[trip]) found.push({ trip, date, seconds: seconds - late });
    }
    return found;
  });
}

export interface TripPlace {
  readonly lon: number;
  readonly lat: number;
  /** Degrees clockwise from north. */
  readonly heading: number;
  /** Metres along the shape. */
  readonly along: number;
  /** The call it stands at or comes to next: index into `calls`. */
  readonly call: number;
  readonly standing: boolean;
}

/** Where a trip is, `seconds` into its service day: between two calls at an even pace along its shape. */
export function tripPlace(transit: Transit, trip: number, seconds: number): TripPlace {
  const { trips, calls, shapes } = transit;
  const own = seconds - trips.shift[trip];
  const first = trips.first[trip];
  const last = first + trips.count[trip] - 1;
  let next = first;
  while (next < last && calls.departure[next] < own) next++;
  const standing = own >= calls.arrival[next] || next === first;
  let along = calls.along[next];
  if (!standing) {
    const span = calls.arrival[next] - calls.departure[next - 1];
    const share = span > 0 ? Math.min(1, Math.max(0, (own - calls.departure[next - 1]) / span)) : 1;
    along = calls.along[next - 1] + share * (calls.along[next] - calls.along[next - 1]);
  }
  const shape = trips.shape[trip];
  return { ...placeAlong(shapes.places, shapes.along, shapes.starts[shape], shapes.starts[shape + 1] - 1, along), along, call: next, standing };
}

export interface Departure {
  readonly trip: number;
  /** Unix seconds by the timetable, and how late it is (s). */
  readonly time: number;
  readonly delay: number;
  readonly last: boolean;
}

/** The next departures at a stop from a moment on, the soonest first. */
export function departuresAt(transit: Transit, stop: number, unix: number, { as = null, most = 8, delay = () => 0, within = 3 * 3600 }: { readonly as?: string | null; readonly most?: number; readonly delay?: (trip: string) => number; readonly within?: number } = {}): Departure[] {
  const { trips, calls, services } = transit;
  const found = daysAt(transit, unix, as).flatMap(({ date, seconds }) => {
    const open = services.map((service) => runsOn(service, date));
    const list: Departure[] = [];
    for (let trip = 0; trip < trips.ids.length; trip++) {
      if (!open[trips.service[trip]] || trips.ends[trip] < seconds - 3600) continue;
      for (let call = trips.first[trip]; call < trips.first[trip] + trips.count[trip]; call++) {
        const late = delay(trips.ids[trip]);
        const away = calls.departure[call] + trips.shift[trip] + late - seconds;
        if (calls.stop[call] === stop && away >= 0 && away <= within) list.push({ trip, time: unix + away - late, delay: late, last: call === trips.first[trip] + trips.count[trip] - 1 });
      }
    }
    return list;
  });
  return found.filter(({ last }) => !last).toSorted((a, b) => a.time + a.delay - b.time - b.delay).slice(0, most);
}
