import { bend } from './layout.ts';
import type { Place } from './place.ts';
import type { Building } from './plots.ts';
import type { RoadGraph } from './roads.ts';
import { area, centre, distance, type Point } from './shape.ts';
import { alongLine, NearestPlace, partOf, streetNet, type NetEdge, type StreetNet } from './street-net.ts';
import { heightAt } from './terrain.ts';
import { reserves } from './zoning.ts';

/** Streets with a main, and the main's inner diameter in millimetres. */
const DIAMETERS: Readonly<Record<string, number>> = { primary: 500, secondary: 300, tertiary: 200, residential: 200 };
/** Metres from the ground to the crown of the widest pipe at a node. */
export const WATER_COVER = 1.3;
/** Step of the mains from the middle of their streets. */
export const WATER_STEP: Point = [2.4, 2.4];
/** Litres a square metre of floor and day. @source after GB 50015-2019, table 3.2.2, spread over usual floor space a head; for a made-up city */
const NEEDS: Readonly<Record<string, number>> = { residential: 4.5, commercial: 6, office: 3.5, industrial: 3, public: 3, school: 3, hospital: 8, 'old-town': 4.5 };
/** Share of the mean demand hour by hour. */
const HOURS = [0.45, 0.4, 0.38, 0.38, 0.5, 0.8, 1.25, 1.5, 1.4, 1.2, 1.1, 1.15, 1.2, 1.1, 1.0, 1.0, 1.1, 1.3, 1.45, 1.5, 1.35, 1.1, 0.8, 0.6];

interface WaterNode {
  id: string;
  at: Point;
  /** Litres a second. */
  demand: number;
  /** Millimetres of the widest pipe here. */
  widest: number;
  hydrant: boolean;
}

interface WaterPipe { id: string; from: WaterNode; to: WaterNode; line: Point[]; diameter: number; material: string }
interface WaterValve { id: string; from: WaterNode; to: WaterNode; diameter: number }

export interface WaterNetwork {
  nodes: WaterNode[];
  pipes: WaterPipe[];
  valves: WaterValve[];
  reservoirs: { id: string; at: Point; head: number; into: WaterNode; pump: string }[];
  tank: { id: string; at: Point; elevation: number; into: WaterNode };
  /** Mean demand, litres a second. */
  demand: number;
}

const materialOf = (diameter: number): string => (diameter >= 300 ? 'DI' : 'PE');

/** A looped water supply along the streets: mains, isolation valves, hydrants, two waterworks on the river, a tank on the hill. Synthetic. */
export function buildWater(graph: RoadGraph, buildings: readonly Building[], hydrants: readonly Place[]): WaterNetwork {
  const net = streetNet(graph, new Set(Object.keys(DIAMETERS)), { bridges: true, step: WATER_STEP });
  const network: WaterNetwork = { nodes: [], pipes: [], valves: [], reservoirs: [], tank: { id: 'TANK-1', at: [0, 0], elevation: 0, into: null as never }, demand: 0 };
  const junctions = net.places.map((at, i) => node(network, `J${i + 1}`, at));
  const stops = hydrantStops(net, hydrants);
  net.edges.forEach((edge, i) => layMain(network, edge, junctions[edge.from], junctions[edge.to], stops[i]));
  supply(network, net, junctions);
  demands(network, buildings);
  return network;
}

function node(network: WaterNetwork, id: string, at: Point, hydrant = false): WaterNode {
  const made = { id, at, demand: 0, widest: 0, hydrant };
  network.nodes.push(made);
  return made;
}

interface Stop { along: number; hydrant: Place | null }

/** Which hydrant hangs on which main, and where along it. */
function hydrantStops(net: StreetNet, hydrants: readonly Place[]): Stop[][] {
  const stops: Stop[][] = net.edges.map(() => []);
  const middles = new NearestPlace(net.edges.flatMap((edge) => pointsOf(edge)), 60);
  const owners = net.edges.flatMap((edge, i) => pointsOf(edge).map(() => i));
  for (const hydrant of hydrants) {
    const found = middles.find(hydrant.at);
    if (found < 0) continue;
    const { along, off } = alongLine(net.edges[owners[found]].line, hydrant.at);
    if (off < 40) stops[owners[found]].push({ along, hydrant });
  }
  return stops;
}

const pointsOf = ({ line, length }: NetEdge): Point[] => Array.from({ length: Math.max(1, Math.ceil(length / 20)) }, (_, k, n = Math.max(1, Math.ceil(length / 20))) => partOf(line, 0, (length * (k + 0.5)) / n).at(-1)!);

/** A main from junction to junction: a valve behind its first junction on the wider ones, a tee for every hydrant. */
function layMain(network: WaterNetwork, edge: NetEdge, from: WaterNode, to: WaterNode, hydrants: readonly Stop[]): void {
  const diameter = DIAMETERS[edge.road.class];
  const list: Stop[] = [...(edge.length > 60 && diameter >= 300 ? [{ along: 9, hydrant: null }] : []), ...hydrants];
  const stops = list.map((stop) => ({ ...stop, along: Math.min(edge.length - 3, Math.max(3, stop.along)) })).toSorted((a, b) => a.along - b.along);
  let [last, at, part] = [from, 0, 1];
  const pipeTo = (next: WaterNode, along: number): void => {
    const line = partOf(edge.line, at, along);
    network.pipes.push({ id: `P${edge.road.id.slice(1)}-${part++}`, from: last, to: next, line: [last.at, ...line.slice(1, -1), next.at], diameter, material: materialOf(diameter) });
    for (const end of [last, next]) end.widest = Math.max(end.widest, diameter);
    [last, at] = [next, along];
  };
  for (const { along: wanted, hydrant } of stops) {
    const along = Math.max(wanted, at + 1.5);
    if (along > edge.length - 2.5) break;
    const here = partOf(edge.line, 0, along).at(-1)!;
    if (hydrant) {
      const tee = node(network, `T-${hydrant.id}`, here);
      pipeTo(tee, along);
      const stand = node(network, `H-${hydrant.id}`, hydrant.at, true);
      network.pipes.push({ id: `L-${hydrant.id}`, from: tee, to: stand, line: [here, hydrant.at], diameter: 150, material: 'DI' });
      [tee.widest, stand.widest] = [Math.max(tee.widest, diameter), diameter];
      continue;
    }
    const [before, after] = [node(network, `V${edge.road.id.slice(1)}a`, here), node(network, `V${edge.road.id.slice(1)}b`, partOf(edge.line, 0, along + 1).at(-1)!)];
    pipeTo(before, along);
    network.valves.push({ id: `V${edge.road.id.slice(1)}`, from: before, to: after, diameter });
    after.widest = diameter;
    [last, at] = [after, along + 1];
  }
  pipeTo(to, edge.length);
}

/** Two waterworks on the embankments, a tank half way up the hill in the park. */
function supply(network: WaterNetwork, net: StreetNet, junctions: readonly WaterNode[]): void {
  const nearest = new NearestPlace(net.places);
  // Works stand at a junction of primary mains near the river: the widest pipes begin there.
  const works: [string, Point][] = [['1', bend(-1500, -245)], ['2', bend(1700, 245)], ['3', bend(950, -245)]];
  for (const [name, at] of works) {
    const into = junctions[nearest.find(at)];
    const stands: Point = [into.at[0] + 6, into.at[1] + (at[1] > into.at[1] ? 9 : -9)];
    network.reservoirs.push({ id: `WORKS-${name}`, at: stands, head: Math.round((heightAt(...into.at) - 1) * 100) / 100, into, pump: `PU${name}` });
  }
  const park = reserves.find(({ use }) => use === 'hill-park')!;
  const [u, v] = [(park.west + park.east) / 2, (park.south + park.north) / 2];
  const spots = Array.from({ length: 40 }, (_, k) => bend(u, v + k * 5));
  const spot = spots.find((place) => heightAt(...place) < 53) ?? spots[0];
  const into = junctions[nearest.find(spot)];
  network.tank = { id: 'TANK-1', at: spot, elevation: Math.round(heightAt(...spot) * 100) / 100, into };
  const line = Array.from({ length: 13 }, (_, k): Point => [into.at[0] + ((spot[0] - into.at[0]) * k) / 12, into.at[1] + ((spot[1] - into.at[1]) * k) / 12]);
  let last = into;
  line.slice(1, -1).forEach((at, k) => {
    const next = node(network, `TM${k + 1}`, at);
    network.pipes.push({ id: `PTM${k + 1}`, from: last, to: next, line: [last.at, at], diameter: 600, material: 'DI' });
    [last.widest, next.widest] = [600, 600];
    last = next;
  });
  network.tank.into = last;
}

function demands(network: WaterNetwork, buildings: readonly Building[]): void {
  const takers = network.nodes.filter(({ hydrant, id }) => !hydrant && !/^(V|TM)/u.test(id));
  const nearest = new NearestPlace(takers.map(({ at }) => at));
  for (const { outline, storeys, use } of buildings) {
    const found = nearest.find(centre(outline));
    if (found < 0) continue;
    const litres = (Math.abs(area(outline)) * storeys * (NEEDS[use] ?? 3)) / 86_400;
    takers[found].demand += litres;
    network.demand += litres;
  }
}

/** Metres above the ellipsoid of the pipes' middle at a node. */
export function waterElevation({ at, widest }: { at: Point; widest: number }): number {
  return heightAt(...at) - WATER_COVER - widest / 2000;
}

/** The network as an EPANET 2 input file, coordinates in degrees. @param degrees plan metres → [lon, lat] */
export function waterInp(network: WaterNetwork, degrees: (at: Point) => number[], title: string): string {
  const lines: string[] = ['[TITLE]', title, ''];
  const section = (name: string, head: string, rows: readonly string[]): void => void lines.push(`[${name}]`, `;${head}`, ...rows, '');
  const { nodes, pipes, valves, reservoirs, tank } = network;
  const n = (value: number, places: number): string => value.toFixed(places);
  const length = (line: readonly Point[]): number => line.slice(1).reduce((sum, point, i) => sum + distance(line[i], point), 0);
  section('JUNCTIONS', 'ID Elev Demand', nodes.map((each) => `${each.id} ${n(waterElevation(each), 3)} ${n(each.demand, 5)}`));
  section('RESERVOIRS', 'ID Head', reservoirs.map(({ id, head }) => `${id} ${n(head, 2)}`));
  section('TANKS', 'ID Elevation InitLevel MinLevel MaxLevel Diameter MinVol', [`${tank.id} ${n(tank.elevation, 2)} 4.5 0.5 6 45 0`]);
  section('PIPES', 'ID Node1 Node2 Length Diameter Roughness MinorLoss Status', [
    ...pipes.map(({ id, from, to, line, diameter, material }) => `${id} ${from.id} ${to.id} ${n(Math.max(0.5, length(line)), 2)} ${diameter} ${material === 'PE' ? 140 : 120} 0 Open`),
    `PTANK ${tank.into.id} ${tank.id} ${n(Math.max(1, distance(tank.into.at, tank.at)), 2)} 600 120 0 Open`,
  ]);
  section('PUMPS', 'ID Node1 Node2 Parameters', reservoirs.map(({ id, into, pump }) => `${pump} ${id} ${into.id} HEAD CP`));
  section('VALVES', 'ID Node1 Node2 Diameter Type Setting MinorLoss', valves.map(({ id, from, to, diameter }) => `${id} ${from.id} ${to.id} ${diameter} TCV 0 0`));
  section('TAGS', 'Object ID Tag', [...nodes.filter(({ hydrant }) => hydrant).map(({ id }) => `NODE ${id} HYDRANT`), ...pipes.map(({ id, material }) => `LINK ${id} ${material}`)]);
  section('CURVES', 'ID Flow Head', [`CP ${n((network.demand * 1.15) / reservoirs.length, 1)} 52`]);
  section('PATTERNS', 'ID Multipliers', [0, 6, 12, 18].map((first) => `DAY ${HOURS.slice(first, first + 6).join(' ')}`));
  section('TIMES', '', ['Duration 24:00', 'Hydraulic Timestep 1:00', 'Pattern Timestep 1:00', 'Report Timestep 1:00']);
  section('OPTIONS', '', ['Units LPS', 'Headloss H-W', 'Pattern DAY', 'Trials 100', 'Accuracy 0.001', 'Unbalanced Continue 10']);
  const place = (id: string, at: Point): string => `${id} ${degrees(at).map((value) => value.toFixed(8)).join(' ')}`;
  section('COORDINATES', 'Node X-Coord Y-Coord', [...nodes.map(({ id, at }) => place(id, at)), ...reservoirs.map(({ id, at }) => place(id, at)), place(tank.id, tank.at)]);
  section('VERTICES', 'Link X-Coord Y-Coord', pipes.flatMap(({ id, line }) => line.slice(1, -1).map((at) => place(id, at))));
  lines.push('[END]', '');
  return lines.join('\n');
}
