import { placer, readGtfs, running, tripPlace, type RoadNetwork, type Transit } from 'citymirror/analysis';
import type { NamedPlace } from './named-places.ts';
import { zipOf } from './zip-file.ts';

/** Metres a second between stops, and seconds at one. */
const SPEED = 6;
const DWELL = 25;
/** Seconds from bus to bus, and of the day the first and the last. */
const HEADWAY = 480;
const HOURS = ['05:30:00', '22:30:00'] as const;
/** A way between stops this many times longer than straight is none. */
const DETOUR = 3;
/** Metres from the lane to a stop beside it at most, and from one call to the next at least. */
const KERB = 22;
const NEXT = 120;
/** Lines of a city whose stops name none. */
const LINES = 8;
const COLOURS = ['1F6FB2', 'C0392B', '2F8F5B', '7A4FA3', 'B9770E', '148F8F', 'A93278', '566573', '2E4FA5', '8E5A2B', '4B8B3B', '9B2D5E'];

interface Way {
  readonly line: string;
  readonly back: boolean;
  readonly stops: readonly NamedPlace[];
  /** [lon, lat] along the streets. */
  readonly shape: readonly (readonly [number, number])[];
  /** Metres from the first stop to each. */
  readonly along: readonly number[];
}

const clock = (seconds: number): string => [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60].map((part) => String(part).padStart(2, '0')).join(':');

/** A made-up bus service on a city's real stops and streets, as a GTFS feed: each line there and back, every eight minutes. */
export function busFeed(network: RoadNetwork, places: readonly NamedPlace[]): Readonly<Record<string, string>> | null {
  const byLine = new Map<string, NamedPlace[]>();
  for (const place of places) for (const line of String(place.attributes.lines ?? '').split(/[、,]/u).filter(Boolean)) byLine.set(line, [...(byLine.get(line) ?? []), place]);
  const all = placedStops(network, places);
  if (all.length < 4) return null;
  const named = [...byLine].map(([line, stops]): [string, [Placed, Placed]] => {
    const own = all.filter(({ stop }) => stops.includes(stop));
    const first = own.reduce((a, b) => (apart(b, own[0]) > apart(a, own[0]) ? b : a));
    return [line, [first, own.reduce((a, b) => (apart(b, first) > apart(a, first) ? b : a))]];
  });
  const ends = named.length > 0 ? named : endsAcross(all).map((pair, k): [string, [Placed, Placed]] => [`${k + 1}路`, pair]);
  const ways = ends.flatMap(([line, pair]) => waysOf(network, line, pair, all));
  if (ways.length === 0) return null;
  const lines = [...new Set(ways.map(({ line }) => line))];
  const used = new Map(ways.flatMap(({ stops }) => stops).map((stop) => [stop.id, stop]));
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = (header: string, list: readonly string[]): string => `${header}\n${list.join('\n')}\n`;
  const id = (way: Way): string => `${way.line}-${way.back ? 1 : 0}`;
  return {
    'agency.txt': rows('agency_id,agency_name,agency_url,agency_timezone', ['x,示例公交（合成数据）,http://example.invalid,Asia/Shanghai']),
    'calendar.txt': rows('service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date', ['daily,1,1,1,1,1,1,1,20200101,20991231']),
    'stops.txt': rows('stop_id,stop_name,stop_lat,stop_lon', [...used.values()].map(({ id: stop, name, lat, lon }) => `${stop},${quoted(name)},${lat},${lon}`)),
    'routes.txt': rows('route_id,agency_id,route_short_name,route_long_name,route_type,route_color', lines.map((line, i) => `${line},x,${line},${line},3,${COLOURS[i % COLOURS.length]}`)),
    'trips.txt': rows('route_id,service_id,trip_id,trip_headsign,shape_id', ways.map((way) => `${way.line},daily,${id(way)},${quoted(way.stops.at(-1)!.name)},${id(way)}`)),
    'shapes.txt': rows('shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence', ways.flatMap((way) => way.shape.map(([lon, lat], i) => `${id(way)},${lat.toFixed(7)},${lon.toFixed(7)},${i}`))),
    'stop_times.txt': rows('trip_id,arrival_time,departure_time,stop_id,stop_sequence', ways.flatMap((way) => way.stops.map((stop, i) => {
      const arrival = 19_800 + way.along[i] / SPEED + DWELL * Math.max(0, i - 1) + (i === 0 ? 0 : DWELL);
      return `${id(way)},${clock(arrival)},${clock(arrival + (i === 0 || i === way.stops.length - 1 ? 0 : DWELL))},${stop.id},${i + 1}`;
    }))),
    'frequencies.txt': rows('trip_id,start_time,end_time,headway_secs', ways.map((way, i) => `${id(way)},${clock(19_800 + (i % 4) * 60)},${HOURS[1]},${HEADWAY}`)),
  };
}

interface Placed {
  readonly stop: NamedPlace;
  readonly snap: NonNullable<ReturnType<RoadNetwork['snap']>>;
  readonly x: number;
  readonly y: number;
}

const apart = (a: Placed, b: Placed): number => Math.hypot(a.x - b.x, a.y - b.y);

function placedStops(network: RoadNetwork, stops: readonly NamedPlace[]): Placed[] {
  const ground = placer({ ...network.anchor, height: 0 });
  return stops.flatMap((stop) => {
    const [x, y] = ground.place(stop.lon, stop.lat, 0, new Float64Array(3));
    const snap = network.snap(x, y, Number.NaN, 40);
    return snap ? [{ stop, snap, x, y }] : [];
  });
}

/** Ends of lines across a city whose stops do not say which lines call: the outermost stops in some directions. */
function endsAcross(placed: readonly Placed[]): [Placed, Placed][] {
  return Array.from({ length: LINES }, (_, k): [Placed, Placed] => {
    const angle = (k / LINES) * Math.PI;
    const sorted = placed.toSorted((a, b) => a.x * Math.cos(angle) + a.y * Math.sin(angle) - b.x * Math.cos(angle) - b.y * Math.sin(angle));
    const skip = Math.floor((sorted.length / 12) * (k % 3));
    return [sorted[skip], sorted[sorted.length - 1 - skip]];
  });
}

/** The shortest way from stop to stop, whichever side of its street each is taken to be on: a bus does not turn round where it sets out. */
function shortest(network: RoadNetwork, a: Placed, b: Placed): { edges: readonly number[]; from: number; to: number } | null {
  const sides = ({ snap: { edge, offset } }: Placed): { edge: number; offset: number }[] => [{ edge, offset }, { edge: edge ^ 1, offset: network.length(edge) - offset }].filter((side) => network.open(side.edge));
  const routes = sides(a).flatMap((from) => sides(b).flatMap((to) => {
    const route = network.route(from, to, DETOUR * apart(a, b) + 300);
    return route ? [{ edges: route.edges, length: route.length, from: from.offset, to: to.offset }] : [];
  }));
  return routes.toSorted((one, other) => one.length - other.length)[0] ?? null;
}

/** A line there and back: along the shortest streets between its ends, calling at the stops on the right-hand side. */
function waysOf(network: RoadNetwork, line: string, [from, to]: readonly [Placed, Placed], placed: readonly Placed[]): Way[] {
  return [[from, to, false] as const, [to, from, true] as const].flatMap(([a, b, back]): Way[] => {
    const found = shortest(network, a, b);
    if (!found) return [];
    const path = network.path({ edges: found.edges, from: found.from, to: found.to, fromLane: network.lanes[found.edges[0] >> 1] - 1 });
    const at = new Float64Array(3);
    const calls = placed.flatMap((each) => {
      let [best, along] = [Infinity, 0];
      for (let s = 0; s <= path.length; s += 6) {
        const [x, y, heading] = path.at(s, at);
        const radians = (heading * Math.PI) / 180;
        const [dx, dy] = [each.x - x, each.y - y];
        // To the right of the way, and as near as a kerb is.
        if (dx * Math.cos(radians) - dy * Math.sin(radians) > 0 && Math.hypot(dx, dy) < Math.min(best, KERB)) [best, along] = [Math.hypot(dx, dy), s];
      }
      return best < KERB ? [{ stop: each.stop, along }] : [];
    }).toSorted((one, other) => one.along - other.along);
    const kept = calls.filter(({ along }, i) => i === 0 || along - calls[i - 1].along > NEXT);
    if (kept.length < 3) return [];
    const ground = placer({ ...network.anchor, height: 0 });
    const shape = Array.from({ length: path.s.length }, (_, i): [number, number] => {
      const [lon, lat] = ground.unplace(path.points[2 * i], path.points[2 * i + 1], 0, new Float64Array(3));
      return [lon, lat];
    });
    return [{ line, back, stops: kept.map(({ stop }) => stop), shape, along: kept.map(({ along }) => along - kept[0].along) }];
  });
}

/** What a trip says of itself, as it goes over the wire: how late it is (s) and, where its vehicle tells that, where it is. */
export interface TripReading {
  readonly id: string;
  readonly t: number;
  readonly lon?: number;
  readonly lat?: number;
  readonly values: { readonly delay: number; readonly stopSequence: number };
  readonly quality: 'simulated';
}

const hashOf = (text: string): number => [...text].reduce((sum, letter) => (Math.imul(sum ^ letter.charCodeAt(0), 16777619) >>> 0), 2166136261);

/** The buses of a feed on their way, each as late as chance has it: most tell where they are, some only how late, some nothing, as in life. */
export class BusVoice {
  readonly #transit: Transit;

  constructor(files: Readonly<Record<string, string>>) {
    this.#transit = readGtfs((name) => files[name] ?? null, 'simulated buses');
  }

  static delay(trip: string, time: number): number {
    const key = hashOf(trip);
    return Math.round(150 + 240 * Math.sin(key / 1e6 + time / 1500) + ((key >>> 8) % 9 === 0 ? 480 : 0) - ((key >>> 4) % 7 === 0 ? 260 : 0));
  }

  speak(time: number): TripReading[] {
    const { trips, calls } = this.#transit;
    return running(this.#transit, time, { delay: (trip) => BusVoice.delay(trip, time) }).flatMap(({ trip, seconds }): TripReading[] => {
      const id = trips.ids[trip];
      const kind = hashOf(id) % 10;
      if (kind === 9) return [];
      const { lon, lat, call } = tripPlace(this.#transit, trip, seconds);
      const place = kind < 7 ? { lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)) } : {};
      return [{ id, t: Number(time.toFixed(3)), ...place, values: { delay: BusVoice.delay(id, time), stopSequence: calls.sequence[call] }, quality: 'simulated' }];
    });
  }
}

/** The feed as the file that pages read. */
export function busZip(files: Readonly<Record<string, string>>): Buffer {
  return zipOf(files);
}
