import { TwinError } from '../../../engine/errors.ts';
import { eachRow, type RowTaker } from './csv.ts';
import { alongShape, metresAlong, type Placed } from './shape-place.ts';
import type { Transit, TransitRoute, TransitService } from './transit.ts';

/** Files that are read; the others are let go. The text of one, or null where the feed has none. */
export type GtfsFiles = (name: string) => string | null;

/** Trips that headways may be told out into, calls in all, and vertices of shapes. */
const MOST = { trips: 500_000, calls: 12_000_000, vertices: 12_000_000 } as const;

/** Seconds of 'H:MM:SS', which may pass 24 h; NaN for what is none. */
export function gtfsTime(text: string): number {
  const found = /^(\d{1,3}):([0-5]\d):([0-5]\d)$/u.exec(text);
  return found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]) : Number.NaN;
}

class Reading {
  readonly skipped: Record<string, number> = {};
  constructor(readonly where: string, private readonly files: GtfsFiles) {}

  skip(why: string): void {
    this.skipped[why] = (this.skipped[why] ?? 0) + 1;
  }

  /** @throws TwinError `bad-input` where a needed file or column is not there */
  table(name: string, columns: readonly string[], needed: readonly string[], take: RowTaker): boolean {
    const text = this.files(name);
    if (text === null) {
      if (needed.length === 0) return false;
      throw new TwinError('bad-input', `${this.where} is no GTFS feed that can be shown: it has no ${name}. A feed needs stops.txt, routes.txt, trips.txt, stop_times.txt, and calendar.txt or calendar_dates.txt, at the top of the archive.`, { where: this.where });
    }
    const header = eachRow(text, columns, take);
    const missing = needed.filter((column) => !header.includes(column));
    if (missing.length > 0) throw new TwinError('bad-input', `${this.where}: ${name} has no column ${missing.join(', ')}; it has ${header.slice(0, 12).join(', ') || 'none'}.`, { where: this.where });
    return true;
  }
}

/**
 * Reads a GTFS feed. What cannot be used (a stop that is nowhere on Earth, a call at a stop that is not there, times that go back) is left out and counted; the rest stands.
 * Calls without times are given them by distance between those that have some. @throws TwinError `bad-input`
 */
export function readGtfs(files: GtfsFiles, where: string): Transit {
  const reading = new Reading(where, files);
  const stops = readStops(reading);
  const routes = readRoutes(reading);
  const services = readServices(reading);
  const shapes = readShapes(reading);
  const trips = readTrips(reading, routes.index, services.index, shapes.index);
  const calls = readCalls(reading, trips.index, stops.index);
  const { zone, agency } = readAgency(reading);
  const made = assemble(reading, { stops: stops.places, shapes, trips: trips.rows, calls });
  const all = services.list.flatMap(({ from, to, added, days }) => [...(days.some(Boolean) ? [from, to] : []), ...added]).filter(Boolean).toSorted();
  return { zone, agency, routes: routes.list, stops: { ids: stops.ids, names: stops.names, places: stops.places }, services: services.list, ...made, from: all[0] ?? '', to: all.at(-1) ?? '', skipped: reading.skipped };
}

function readAgency(reading: Reading): { zone: string; agency: string } {
  let [zone, agency] = ['', ''];
  reading.table('agency.txt', ['agency_name', 'agency_timezone'], ['agency_name', 'agency_timezone'], ([name, of]) => {
    zone ||= of;
    agency ||= name;
  });
  try {
    Intl.DateTimeFormat('en', { timeZone: zone || 'nowhere' });
  } catch {
    throw new TwinError('bad-input', `${reading.where}: agency.txt says the time zone “${zone}”, which is none; it must be a name as America/Los_Angeles.`, { where: reading.where });
  }
  return { zone, agency };
}

function readStops(reading: Reading): { ids: string[]; names: string[]; places: Float64Array; index: Map<string, number> } {
  const [ids, names, places]: [string[], string[], number[]] = [[], [], []];
  const index = new Map<string, number>();
  reading.table('stops.txt', ['stop_id', 'stop_name', 'stop_lat', 'stop_lon', 'location_type'], ['stop_id', 'stop_lat', 'stop_lon'], ([id, name, lat, lon, type]) => {
    // Entrances, nodes and areas are no places where vehicles stop; stations stand for the platforms they have.
    if (type !== '' && type !== '0') return;
    const [x, y] = [lon === '' ? Number.NaN : Number(lon), lat === '' ? Number.NaN : Number(lat)];
    if (!(Math.abs(x) <= 180) || !(Math.abs(y) <= 90) || (x === 0 && y === 0)) return reading.skip('stop without a place on Earth');
    if (index.has(id)) return reading.skip('stop said twice');
    index.set(id, ids.length);
    ids.push(id);
    names.push(name || id);
    places.push(x, y);
  });
  return { ids, names, places: Float64Array.from(places), index };
}

function readRoutes(reading: Reading): { list: TransitRoute[]; index: Map<string, number> } {
  const list: TransitRoute[] = [];
  const index = new Map<string, number>();
  reading.table('routes.txt', ['route_id', 'route_short_name', 'route_long_name', 'route_type', 'route_color'], ['route_id', 'route_type'], ([id, short, long, type, colour]) => {
    if (index.has(id)) return reading.skip('route said twice');
    index.set(id, list.length);
    list.push({ id, name: short || long || id, long: long || short || id, type: Number(type) || 0, colour: /^[0-9a-f]{6}$/iu.test(colour) ? `#${colour.toLowerCase()}` : null });
  });
  return { list, index };
}

function readServices(reading: Reading): { list: TransitService[]; index: Map<string, number> } {
  type Draft = { -readonly [Key in keyof TransitService]: TransitService[Key] } & { added: Set<string>; removed: Set<string> };
  const list: Draft[] = [];
  const index = new Map<string, number>();
  const of = (id: string): Draft => {
    const known = index.get(id);
    if (known !== undefined) return list[known];
    index.set(id, list.length);
    const made: Draft = { id, days: [false, false, false, false, false, false, false], from: '', to: '', added: new Set(), removed: new Set() };
    list.push(made);
    return made;
  };
  const isDate = (text: string): boolean => /^\d{8}$/u.test(text);
  const weeks = reading.table('calendar.txt', ['service_id', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday', 'start_date', 'end_date'], [], ([id, ...rest]) => {
    const [from, to] = rest.slice(7);
    if (!isDate(from) || !isDate(to)) return reading.skip('calendar without its days');
    Object.assign(of(id), { days: rest.slice(0, 7).map((day) => day === '1'), from, to });
  });
  const dates = reading.table('calendar_dates.txt', ['service_id', 'date', 'exception_type'], [], ([id, date, type]) => {
    if (!isDate(date) || (type !== '1' && type !== '2')) return reading.skip('calendar exception without day or kind');
    of(id)[type === '1' ? 'added' : 'removed'].add(date);
  });
  if (!weeks && !dates) throw new TwinError('bad-input', `${reading.where} has neither calendar.txt nor calendar_dates.txt, so nobody knows on which days its trips run.`, { where: reading.where });
  return { list, index };
}

interface ShapeTable {
  readonly index: Map<string, number>;
  readonly places: Float64Array[];
  /** The feed's own distances of the vertices; null where it gives none. */
  readonly told: (Float64Array | null)[];
}

function readShapes(reading: Reading): ShapeTable {
  const rows = new Map<string, number[]>();
  let vertices = 0;
  reading.table('shapes.txt', ['shape_id', 'shape_pt_lat', 'shape_pt_lon', 'shape_pt_sequence', 'shape_dist_traveled'], [], ([id, lat, lon, sequence, told]) => {
    const [x, y, order] = [Number(lon), Number(lat), Number(sequence)];
    if (lat === '' || lon === '' || !(Math.abs(x) <= 180) || !(Math.abs(y) <= 90) || !Number.isFinite(order)) return reading.skip('shape vertex without place or order');
    if (++vertices > MOST.vertices) return reading.skip(`shape vertex after the ${MOST.vertices}th`);
    const list = rows.get(id);
    const entry = [order, x, y, told === '' ? Number.NaN : Number(told)];
    if (list) list.push(...entry);
    else rows.set(id, entry);
  });
  const index = new Map<string, number>();
  const [places, told]: [Float64Array[], (Float64Array | null)[]] = [[], []];
  for (const [id, flat] of rows) {
    const order = Array.from({ length: flat.length / 4 }, (_, i) => i).toSorted((a, b) => flat[4 * a] - flat[4 * b]);
    if (order.length < 2) { reading.skip('shape of one vertex'); continue; }
    index.set(id, places.length);
    places.push(Float64Array.from(order.flatMap((i) => [flat[4 * i + 1], flat[4 * i + 2]])));
    const distances = Float64Array.from(order, (i) => flat[4 * i + 3]);
    told.push(distances.every((value, i) => value >= (i === 0 ? 0 : distances[i - 1])) ? distances : null);
  }
  return { index, places, told };
}

interface TripRow {
  readonly id: string;
  readonly route: number;
  readonly service: number;
  /** −1: none, or none that is there. */
  readonly shape: number;
  readonly headsign: string;
}

function readTrips(reading: Reading, routes: ReadonlyMap<string, number>, services: ReadonlyMap<string, number>, shapes: ReadonlyMap<string, number>): { rows: TripRow[]; index: Map<string, number> } {
  const rows: TripRow[] = [];
  const index = new Map<string, number>();
  reading.table('trips.txt', ['trip_id', 'route_id', 'service_id', 'shape_id', 'trip_headsign'], ['trip_id', 'route_id', 'service_id'], ([id, routeId, serviceId, shapeId, headsign]) => {
    const [route, service, shape] = [routes.get(routeId), services.get(serviceId), shapes.get(shapeId)];
    if (route === undefined) return reading.skip('trip of a route that is not there');
    if (service === undefined) return reading.skip('trip of a service that is not there');
    if (index.has(id)) return reading.skip('trip said twice');
    if (shapeId !== '' && shape === undefined) reading.skip('trip whose shape is not there (drawn straight from stop to stop)');
    index.set(id, rows.length);
    rows.push({ id, route, service, shape: shape ?? -1, headsign });
  });
  return { rows, index };
}

interface Call {
  readonly sequence: number;
  readonly stop: number;
  arrival: number;
  departure: number;
  readonly told: number;
}

function readCalls(reading: Reading, trips: ReadonlyMap<string, number>, stops: ReadonlyMap<string, number>): Call[][] {
  const byTrip: Call[][] = Array.from({ length: trips.size }, () => []);
  let count = 0;
  reading.table('stop_times.txt', ['trip_id', 'arrival_time', 'departure_time', 'stop_id', 'stop_sequence', 'shape_dist_traveled'], ['trip_id', 'stop_id', 'stop_sequence'], ([tripId, arrival, departure, stopId, sequence, told]) => {
    const [trip, stop] = [trips.get(tripId), stops.get(stopId)];
    if (trip === undefined) return reading.skip('call of a trip that is not there');
    if (stop === undefined) return reading.skip('call at a stop that is not there');
    if (++count > MOST.calls) return reading.skip(`call after the ${MOST.calls}th`);
    const [at, off] = [gtfsTime(arrival || departure), gtfsTime(departure || arrival)];
    if ((arrival !== '' && Number.isNaN(at)) || (departure !== '' && Number.isNaN(off))) reading.skip('call whose time cannot be read (put between its neighbours)');
    byTrip[trip].push({ sequence: Number(sequence), stop, arrival: at, departure: Number.isNaN(off) ? at : off, told: told === '' ? Number.NaN : Number(told) });
  });
  for (const calls of byTrip) calls.sort((a, b) => a.sequence - b.sequence);
  return byTrip;
}

type Assembled = Pick<Transit, 'shapes' | 'trips' | 'calls'>;

/** Trips with their calls placed along their shapes; trips that share their way are placed once. */
function assemble(reading: Reading, { stops, shapes, trips, calls: byTrip }: { stops: Float64Array; shapes: ShapeTable; trips: readonly TripRow[]; calls: Call[][] }): Assembled {
  const lines = [...shapes.places];
  const metres = lines.map((line) => metresAlong(line));
  const ways = new Map<string, { shape: number; along: Float64Array }>();
  const turned = new Map<number, number>();
  const headways = readHeadways(reading);
  const out = { ids: [] as string[], headsigns: [] as string[], route: [] as number[], service: [] as number[], shape: [] as number[], first: [] as number[], count: [] as number[], shift: [] as number[], starts: [] as number[], ends: [] as number[] };
  const flat = { stop: [] as number[], arrival: [] as number[], departure: [] as number[], along: [] as number[], sequence: [] as number[] };
  trips.forEach((trip, t) => {
    const calls = byTrip[t];
    if (calls.length < 2) return reading.skip('trip with fewer than two calls');
    const key = `${trip.shape} ${calls.map(({ stop }) => stop).join(' ')}`;
    let way = ways.get(key);
    if (!way) {
      way = place(calls, trip.shape, stops, { lines, metres, told: shapes.told, turned, reading });
      ways.set(key, way);
    }
    if (!timed(calls, way.along)) return reading.skip('trip whose times go back or are missing at its ends');
    const first = flat.stop.length;
    calls.forEach((call, i) => {
      flat.stop.push(call.stop);
      flat.arrival.push(call.arrival);
      flat.departure.push(call.departure);
      flat.along.push(way.along[i]);
      flat.sequence.push(call.sequence);
    });
    const add = (id: string, shift: number): void => {
      if (out.ids.length >= MOST.trips) return reading.skip(`trip after the ${MOST.trips}th`);
      out.ids.push(id);
      out.headsigns.push(trip.headsign);
      out.route.push(trip.route);
      out.service.push(trip.service);
      out.shape.push(way.shape);
      out.first.push(first);
      out.count.push(calls.length);
      out.shift.push(shift);
      out.starts.push(calls[0].departure + shift);
      out.ends.push(calls[calls.length - 1].arrival + shift);
    };
    const runs = headways.get(trip.id);
    if (!runs) return add(trip.id, 0);
    for (const { from, to, every } of runs) for (let at = from; at < to; at += every) add(`${trip.id}@${clockOf(at)}`, at - calls[0].departure);
  });
  const starts = new Uint32Array(lines.length + 1);
  lines.forEach((line, i) => { starts[i + 1] = starts[i] + line.length / 2; });
  const [places, along] = [new Float64Array(2 * starts[lines.length]), new Float64Array(starts[lines.length])];
  lines.forEach((line, i) => {
    places.set(line, 2 * starts[i]);
    along.set(metres[i], starts[i]);
  });
  return {
    shapes: { places, starts, along },
    calls: { stop: Uint32Array.from(flat.stop), arrival: Float64Array.from(flat.arrival), departure: Float64Array.from(flat.departure), along: Float64Array.from(flat.along), sequence: Uint32Array.from(flat.sequence) },
    trips: {
      ids: out.ids, headsigns: out.headsigns, route: Uint32Array.from(out.route), service: Uint32Array.from(out.service), shape: Uint32Array.from(out.shape), first: Uint32Array.from(out.first), count: Uint32Array.from(out.count),
      shift: Float64Array.from(out.shift), starts: Float64Array.from(out.starts), ends: Float64Array.from(out.ends),
    },
  };
}

/** Metres from a stop to its shape over which the shape cannot be what the vehicle follows there. */
const FAR_OFF = 500;

/** The lines so far: those of the feed, those made of stops, and those of the feed turned round. */
interface Lines {
  readonly lines: Float64Array[];
  readonly metres: Float64Array[];
  readonly told: readonly (Float64Array | null)[];
  readonly turned: Map<number, number>;
  readonly reading: Reading;
}

/** A trip's calls on its shape; straight from stop to stop where it has none, and on the shape turned round where that is the way it goes. */
function place(calls: readonly Call[], shape: number, stops: Float64Array, { lines, metres, told, turned, reading }: Lines): { shape: number; along: Float64Array } {
  const places = Float64Array.from(calls.flatMap(({ stop }) => [stops[2 * stop], stops[2 * stop + 1]]));
  const add = (line: Float64Array): number => {
    metres.push(metresAlong(line));
    return lines.push(line) - 1;
  };
  if (shape < 0) {
    const own = add(places);
    return { shape: own, along: metres[own] };
  }
  const far = ({ off }: Placed): number => off.reduce((count, metres) => count + (metres > FAR_OFF ? 1 : 0), 0);
  const ahead = alongShape(lines[shape], metres[shape], places, { vertices: told[shape] ?? null, calls: Float64Array.from(calls, (call) => call.told) });
  if (far(ahead) === 0) return { shape, along: ahead.along };
  const free = { vertices: null, calls: new Float64Array(0) };
  const line = lines[shape];
  const back = turned.get(shape) ?? add(Float64Array.from({ length: line.length }, (_, i) => line[line.length - 2 - 2 * (i >> 1) + (i & 1)]));
  turned.set(shape, back);
  const behind = alongShape(lines[back], metres[back], places, free);
  const [best, placed] = far(behind) < far(ahead) ? [back, behind] : [shape, ahead];
  if (best === back) reading.skip('way of stops against its shape (the shape was turned round)');
  // Stops beyond an end of the shape: a line that grew, and its drawing did not.
  const first = placed.off.findIndex((metres) => metres <= FAR_OFF);
  const last = placed.off.findLastIndex((metres) => metres <= FAR_OFF);
  if (first < 0 || (first === 0 && last === calls.length - 1)) return { shape: best, along: placed.along };
  reading.skip('way of stops beyond the ends of its shape (drawn straight to them)');
  const longer = add(Float64Array.from([...places.subarray(0, 2 * first), ...lines[best], ...places.subarray(2 * last + 2)]));
  return { shape: longer, along: alongShape(lines[longer], metres[longer], places, free).along };
}

/** Seconds of the day as 'HH:MM:SS'. */
export function clockOf(seconds: number): string {
  const whole = Math.round(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

function readHeadways(reading: Reading): Map<string, { from: number; to: number; every: number }[]> {
  const headways = new Map<string, { from: number; to: number; every: number }[]>();
  reading.table('frequencies.txt', ['trip_id', 'start_time', 'end_time', 'headway_secs'], [], ([trip, start, end, headway]) => {
    const entry = { from: gtfsTime(start), to: gtfsTime(end), every: Number(headway) };
    if (!(entry.to > entry.from) || !(entry.every >= 10)) return reading.skip('headway without its times');
    headways.set(trip, [...(headways.get(trip) ?? []), entry]);
  });
  return headways;
}

/** Fills in missing times by distance. @returns false where the ends have none or times go back */
function timed(calls: Call[], along: Float64Array): boolean {
  const last = calls.length - 1;
  if (Number.isNaN(calls[0].departure) || Number.isNaN(calls[last].arrival)) return false;
  let known = 0;
  for (let i = 1; i <= last; i++) {
    if (Number.isNaN(calls[i].arrival)) continue;
    for (let k = known + 1; k < i; k++) {
      const span = along[i] - along[known];
      const share = span > 0 ? (along[k] - along[known]) / span : (k - known) / (i - known);
      calls[k].arrival = calls[k].departure = calls[known].departure + share * (calls[i].arrival - calls[known].departure);
    }
    known = i;
  }
  return calls.every((call, i) => call.departure >= call.arrival && (i === 0 || call.arrival >= calls[i - 1].departure));
}
