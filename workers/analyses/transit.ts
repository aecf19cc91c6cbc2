import { placer, type Anchor } from '#geo';
import { TwinError } from '../../engine/errors.ts';
import { readGtfs } from '../models/transit/gtfs.ts';
import { departuresAt, running, tripPlace, type TripPlace } from '../models/transit/timetable.ts';
import type { Transit } from '../models/transit/transit.ts';
import type { TransitAtInput, TransitAtOutput, TransitCardInput, TransitCardOutput, TransitInput, TransitOutput, TripDelays } from '../models/transit/transit-analyses.ts';
import type { AnalysisContext } from './context.ts';
import { demAt, type Dem } from './geometry/dem.ts';
import { profile } from './geometry/road-lines.ts';
import { unzipTexts } from './geometry/unzip.ts';

/** Cells a tenth of a degree wide. */
const CELLS_A_DEGREE = 10;
/** Metres between two heights along a line. */
const STEP = 25;
const FILES = new Set(['agency.txt', 'stops.txt', 'routes.txt', 'trips.txt', 'stop_times.txt', 'shapes.txt', 'calendar.txt', 'calendar_dates.txt', 'frequencies.txt']);

/** The feed at a URL, read once a worker. */
function feedAt(url: string, context: AnalysisContext): Promise<Transit> {
  return context.cache.keep(`transit ${url}`, async () => {
    const { bytes } = await context.load(url);
    const texts = await unzipTexts(bytes, (name) => FILES.has(name), url);
    return readGtfs((name) => texts.get(name) ?? null, url);
  });
}

const cellOf = (lon: number, lat: number): string => `${Math.floor(lon * CELLS_A_DEGREE)} ${Math.floor(lat * CELLS_A_DEGREE)}`;

function anchorOf(key: string, ground: Dem | null): Anchor {
  const [lon, lat] = key.split(' ').map((index) => (Number(index) + 0.5) / CELLS_A_DEGREE);
  const height = ground?.height(lon, lat) ?? 0;
  return { lon, lat, height: Number.isNaN(height) ? 0 : height };
}

/** Lines and stops of a feed. A shape is drawn once a route, whichever way its trips go on it. */
export async function transit({ url, dem, lift }: TransitInput, context: AnalysisContext): Promise<TransitOutput> {
  const [feed, ground] = await Promise.all([feedAt(url, context), dem ? demAt(dem, context) : null]);
  const { trips, shapes } = feed;
  const drawn = new Set<string>();
  const cells = new Map<string, { places: [number, number, number][]; starts: number[]; route: number[] }>();
  for (let trip = 0; trip < trips.ids.length; trip++) {
    const [shape, route] = [trips.shape[trip], trips.route[trip]];
    const [first, last] = [shapes.starts[shape], shapes.starts[shape + 1]];
    const ends = [shapes.places.subarray(2 * first, 2 * first + 2).join(), shapes.places.subarray(2 * last - 2, 2 * last).join()].toSorted().join();
    const key = `${route} ${last - first} ${ends}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    for (const { cell, points } of pieces(profile(shapes.places, first, last, STEP, ground, false))) {
      const known = cells.get(cell) ?? { places: [], starts: [0], route: [] };
      cells.set(cell, known);
      known.places.push(...points);
      known.starts.push(known.places.length);
      known.route.push(route);
    }
  }
  return {
    agency: feed.agency, zone: feed.zone, routes: feed.routes, from: feed.from, to: feed.to, trips: trips.ids.length, skipped: feed.skipped, stops: stopsOf(feed, ground),
    lines: [...cells].map(([key, { places, starts, route }]) => {
      const anchor = anchorOf(key, ground);
      const local = placer(anchor);
      const out = new Float32Array(3 * places.length);
      places.forEach(([lon, lat, height], i) => local.place(lon, lat, height + lift, out, 3 * i));
      return { anchor, places: out, starts: Uint32Array.from(starts), route: Uint32Array.from(route) };
    }),
  };
}

/** A line cut where it leaves a cell; the vertex at a cut belongs to both. */
function* pieces(line: readonly [number, number, number][]): Generator<{ cell: string; points: [number, number, number][] }> {
  let cell = cellOf(line[0][0], line[0][1]);
  let points: [number, number, number][] = [line[0]];
  for (const point of line.slice(1)) {
    points.push(point);
    const next = cellOf(point[0], point[1]);
    if (next === cell) continue;
    yield { cell, points };
    [cell, points] = [next, [point]];
  }
  if (points.length > 1) yield { cell, points };
}

function stopsOf(feed: Transit, ground: Dem | null): TransitOutput['stops'] {
  const { ids, names, places } = feed.stops;
  const calling = ids.map(() => new Set<number>());
  for (let trip = 0; trip < feed.trips.ids.length; trip++) for (let call = feed.trips.first[trip]; call < feed.trips.first[trip] + feed.trips.count[trip]; call++) calling[feed.calls.stop[call]].add(feed.trips.route[trip]);
  const out = new Float64Array(3 * ids.length);
  ids.forEach((_, i) => {
    const height = ground?.height(places[2 * i], places[2 * i + 1]) ?? 0;
    out.set([places[2 * i], places[2 * i + 1], Number.isNaN(height) ? 0 : height], 3 * i);
  });
  return { ids, names, places: out, routes: calling.map((set) => [...set]) };
}

function delaysOf(delays: TripDelays | null): (trip: string) => number {
  const known = new Map(delays?.trips.map((trip, i) => [trip, delays.seconds[i]] as const) ?? []);
  return (trip) => known.get(trip) ?? 0;
}

/** Where vehicles are by the timetable at two moments, later by what is known of delays. A trip that begins or ends between them is there at both, at its end. */
export async function transitAt({ url, dem, lift, from, to, as, delays }: TransitAtInput, context: AnalysisContext): Promise<TransitAtOutput> {
  const [feed, ground] = await Promise.all([feedAt(url, context), dem ? demAt(dem, context) : null]);
  const found = running(feed, from, { as, delay: delaysOf(delays) });
  const cells = new Map<string, { trip: number; at: TripPlace; later: TripPlace }[]>();
  for (const { trip, seconds } of found) {
    const [at, later] = [tripPlace(feed, trip, seconds), tripPlace(feed, trip, Math.min(seconds + to - from, feed.trips.ends[trip]))];
    const key = cellOf(at.lon, at.lat);
    cells.set(key, [...(cells.get(key) ?? []), { trip, at, later }]);
  }
  const height = (lon: number, lat: number): number => {
    const metres = ground?.height(lon, lat) ?? 0;
    return (Number.isNaN(metres) ? 0 : metres) + lift;
  };
  return {
    total: found.length,
    cells: [...cells].map(([key, members]) => {
      const anchor = anchorOf(key, ground);
      const local = placer(anchor);
      const [places, next] = [new Float32Array(3 * members.length), new Float32Array(3 * members.length)];
      members.forEach(({ at, later }, i) => {
        local.place(at.lon, at.lat, height(at.lon, at.lat), places, 3 * i);
        local.place(later.lon, later.lat, height(later.lon, later.lat), next, 3 * i);
      });
      return { anchor, trips: members.map(({ trip }) => feed.trips.ids[trip]), route: Uint32Array.from(members, ({ trip }) => feed.trips.route[trip]), places, next };
    }),
  };
}

/** What a card says of a trip, or of a stop's next departures. @throws TwinError `not-found` */
export async function transitCard({ url, trip: tripId, stop: stopId, time, as, delays }: TransitCardInput, context: AnalysisContext): Promise<TransitCardOutput> {
  const feed = await feedAt(url, context);
  const { trips, calls, stops } = feed;
  const delay = delaysOf(delays);
  const stop = stopId === undefined ? -1 : stops.ids.indexOf(stopId);
  const departures = stop < 0 ? [] : departuresAt(feed, stop, time, { as, delay }).map((each) => ({ trip: trips.ids[each.trip], route: trips.route[each.trip], headsign: trips.headsigns[each.trip], time: each.time, delay: each.delay }));
  if (tripId === undefined) return { trip: null, departures };
  const trip = trips.ids.indexOf(tripId);
  if (trip < 0) throw new TwinError('not-found', `The timetable has no trip ${tripId}.`, { where: url });
  const run = running(feed, time, { as, delay }).find((each) => each.trip === trip);
  const place = run ? tripPlace(feed, trip, run.seconds) : null;
  const from = place?.call ?? trips.first[trip];
  const rest = Array.from({ length: trips.first[trip] + trips.count[trip] - from }, (_, k) => ({ stop: stops.names[calls.stop[from + k]], time: run ? time - delay(tripId) + calls.arrival[from + k] + trips.shift[trip] - run.seconds : Number.NaN }));
  return { departures, trip: { id: tripId, route: trips.route[trip], headsign: trips.headsigns[trip] || stops.names[calls.stop[trips.first[trip] + trips.count[trip] - 1]], calls: rest, standing: place?.standing ?? false, running: run !== undefined } };
}
