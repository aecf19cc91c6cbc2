import { readFileSync } from 'node:fs';
import { deserialize } from 'flatgeobuf/lib/mjs/geojson.js';
import type { Feature, LineString } from 'geojson';
import { connect } from 'mqtt';
import { roadNetwork, type JunctionFile, type Road, type StandFile } from 'citymirror/analysis';
import { Fleet } from './fleet.ts';
import { BusVoice, busFeed, busZip } from './bus-lines.ts';
import { namedPlaces, type NamedPlace } from './named-places.ts';
import { signalNodes, SignalPlans } from './signal-plans.ts';
import { SignalVoice } from './signals.ts';
import { StandVoice, standsOf } from './stands.ts';
import { Tippers, type TipperRules } from './tippers.ts';

/** What the parent process says to start with. */
export interface SimulatorOrders {
  /** A roads companion on disk. */
  roads: string;
  /** A places companion on disk, for the places of its signals; null: none. */
  places?: string | null;
  broker: string;
  /** Topics stand below this word: `city/vehicles/7`, `city/roads/3`. */
  prefix: string;
  vehicles: number;
  seed: number;
}

/** What this process tells its parent: what it plays besides vehicles. */
export interface SimulatorSays {
  /** Rules of the watched tippers; null where there are none. */
  readonly fleet: TipperRules | null;
  readonly junctions: JunctionFile;
  readonly stands: StandFile;
  /** A GTFS zip in base 64; null where the city has no bus stops. */
  readonly buses: string | null;
}

/** Seconds between two reports of one vehicle, and messages a second. */
const INTERVAL = 5;
const BEAT = 0.25;
/** Vehicles in one message. */
const BATCH = 50;
/** Tippers of the watched fleet, and seconds between two reports of each. */
const TIPPERS = 18;
const TIPPER_INTERVAL = 2;
/** Signal groups in one message. */
const GROUPS = 100;
/** Seconds between two words of stands, and of buses. */
const STAND_BEAT = 5;
const TRIP_BEAT = 5;
/** Kinds of places that signals, car parks, bike stations and buses are made of. */
const SIGNALS: ReadonlySet<string> = new Set(['signal', 'traffic_signals', 'traffic-signals']);
const PLACES: ReadonlySet<string> = new Set([...SIGNALS, 'bus-stop', 'landmark', 'hospital', 'school', 'clinic']);

/** A road with its name, by which junctions along it are found. */
type NamedRoad = Road & { readonly name?: string };

async function readRoads(file: string): Promise<NamedRoad[]> {
  const roads: NamedRoad[] = [];
  for await (const feature of deserialize(new Uint8Array(readFileSync(file)))) {
    const { geometry, properties } = feature as unknown as Feature<LineString>;
    roads.push({
      id: String(properties?.id), name: String(properties?.name ?? ''), coordinates: geometry.coordinates as [number, number][], class: properties?.class as string,
      lanes: (properties?.lanes as number | null) ?? undefined, oneway: Boolean(properties?.oneway), speed: (properties?.speed as number | null) ?? undefined,
    });
  }
  return roads;
}

function middle(roads: readonly Road[]): { lon: number; lat: number; height: number } {
  const points = roads.flatMap((road) => road.coordinates);
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / Math.max(1, points.length);
  return { lon: mean(0), lat: mean(1), height: 0 };
}

/** Degrees within which roads belong to one place: metres of one tangent plane hold no farther. */
const PLACE = 0.5;

function placesOf(roads: readonly Road[]): Road[][] {
  const groups: { lon: number; lat: number; roads: Road[] }[] = [];
  for (const road of roads) {
    const [lon, lat] = road.coordinates[0];
    const group = groups.find((each) => Math.abs(each.lon - lon) < PLACE && Math.abs(each.lat - lat) < PLACE);
    if (group) group.roads.push(road);
    else groups.push({ lon, lat, roads: [road] });
  }
  return groups.map((group) => group.roads);
}

async function run(orders: SimulatorOrders): Promise<void> {
  const roads = await readRoads(orders.roads);
  const places = placesOf(roads);
  const fleets = places.map((group, i) => new Fleet(roadNetwork(group, middle(group)), Math.round((orders.vehicles * group.length) / roads.length), orders.seed + i, places.length > 1 ? `${String.fromCharCode(97 + (i % 26))}` : 'v'));
  const named = orders.places ? await namedPlaces(orders.places, PLACES) : [];
  const junctions = junctionsOf(fleets, named, orders.seed);
  const [largest] = fleets.toSorted((a, b) => b.size - a.size);
  const stands = largest ? standsOf(largest.network, named.filter(({ kind }) => !SIGNALS.has(kind)), orders.seed) : [];
  const buses = largest ? busFeed(largest.network, named.filter(({ kind }) => kind === 'bus-stop')) : null;
  const tippers = fleets.length > 0 ? Tippers.on(fleets[0].network, TIPPERS, orders.seed) : null;
  const says: SimulatorSays = { fleet: tippers?.rules ?? null, junctions, stands: { stands, synthetic: true, skipped: {} }, buses: buses && busZip(buses).toString('base64') };
  process.send?.(says);
  const voices = { signals: new SignalVoice(junctions.junctions), stands: new StandVoice(stands, orders.seed), trips: buses && new BusVoice(buses) };
  const client = connect(orders.broker, { reconnectPeriod: 1000, clientId: `simulator-${process.pid}`, clean: true });
  if (tippers) {
    setInterval(() => {
      const now = Date.now() / 1000;
      const reports = Array.from({ length: tippers.size }, (_, i) => tippers.report(i, TIPPER_INTERVAL, now));
      if (client.connected) client.publish(`${orders.prefix}/fleet/0`, JSON.stringify(reports));
    }, TIPPER_INTERVAL * 1000);
  }
  const groups = Math.ceil(INTERVAL / BEAT);
  let turn = 0;
  let second = 0;
  const publish = (kind: string, said: readonly unknown[]): void => {
    for (let first = 0; first < said.length; first += GROUPS) client.publish(`${orders.prefix}/${kind}/${first / GROUPS}`, JSON.stringify(said.slice(first, first + GROUPS)));
  };
  setInterval(() => {
    if (!client.connected) return;
    const now = Date.now() / 1000;
    publish('signals', voices.signals.speak(now));
    if (second % STAND_BEAT === 0) publish('stands', voices.stands.speak(now, second % (STAND_BEAT * 6) === 0));
    if (second % TRIP_BEAT === 0 && voices.trips) publish('trips', voices.trips.speak(now));
    second++;
  }, 1000);
  setInterval(() => {
    const now = Date.now() / 1000;
    if (client.connected) {
      for (const fleet of fleets) {
        const due = Array.from({ length: fleet.size }, (_, i) => i).filter((i) => i % groups === turn);
        for (let first = 0; first < due.length; first += BATCH) {
          const reports = due.slice(first, first + BATCH).map((index) => fleet.report(index, INTERVAL, now));
          client.publish(`${orders.prefix}/vehicles/${turn}`, JSON.stringify(reports));
        }
      }
    }
    if (turn === 0 && client.connected) publishRoads(now);
    turn = (turn + 1) % groups;
  }, BEAT * 1000);

  function publishRoads(now: number): void {
    const byRoad = new Map<string, { speeds: number[]; flows: number[] }>();
    for (const fleet of fleets) {
      const { network } = fleet;
      for (let link = 0; link < network.edges / 2; link++) {
        const { id } = network.road(2 * link);
        const mood = fleet.mood(link, now);
        const known = byRoad.get(id) ?? { speeds: [], flows: [] };
        known.speeds.push(network.speed[link] * 3.6 * mood);
        // Greenshields: most pass at half the free speed, few where it is empty or stands.
        known.flows.push(network.lanes[link] * (network.oneway[link] ? 1 : 2) * 1350 * Math.max(0.05, 4 * mood * (1 - mood)));
        byRoad.set(id, known);
      }
    }
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const speeds = [...byRoad].map(([id, road]) => ({ id, t: Number(now.toFixed(3)), speed: Number(mean(road.speeds).toFixed(1)), flow: Math.round(mean(road.flows)) }));
    for (let first = 0; first < speeds.length; first += 200) client.publish(`${orders.prefix}/roads/${first / 200}`, JSON.stringify(speeds.slice(first, first + 200)));
  }
}

/** Signals on the junctions of every place of the city. */
function junctionsOf(fleets: readonly Fleet[], named: readonly NamedPlace[], seed: number): JunctionFile {
  const signals = named.filter(({ kind }) => SIGNALS.has(kind));
  const files = fleets.map(({ network }, i) => new SignalPlans(network, seed + i).file(signalNodes(network, signals), fleets.length > 1 ? `J${String.fromCharCode(97 + (i % 26))}` : 'J'));
  return { junctions: files.flatMap((file) => file.junctions), corridors: files.flatMap((file) => file.corridors), synthetic: true, skipped: {} };
}

process.once('message', (orders) => void run(orders as SimulatorOrders));
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
