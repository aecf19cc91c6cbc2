import { bend, crossStreets, longStreets, riverHalf } from './layout.ts';
import type { RoadGraph } from './roads.ts';
import { distance, type Point } from './shape.ts';
import { lengthOfLine, NearestPlace, partOf, streetNet, type NetEdge, type StreetNet } from './street-net.ts';
import { heightAt } from './terrain.ts';

const CLASSES: ReadonlySet<string> = new Set(['primary', 'secondary', 'tertiary', 'residential']);
/** Least slope of a sewer. @source GB 50014-2021, 5.2.10 (DN 300) */
export const LEAST_SLOPE = 0.003;
/** Metres from the ground to the crown where a sewer begins: below gas and water, so that crossings are clear. */
export const DRAINAGE_COVER = 2.4;
/** Deeper than this, a station lifts the water back up. */
const DEEPEST = 6;
/** Height over which outfalls open where they can: the river's level and a little. */
const MOUTH = 9.6;
/** Made diameters in metres, and the most metres between two manholes. @source GB 50014-2021, table 5.4.2 */
const SIZES: readonly (readonly [diameter: number, spacing: number])[] = [[0.3, 75], [0.4, 75], [0.5, 75], [0.6, 75], [0.8, 100], [1, 100], [1.2, 150], [1.5, 150], [1.8, 200]];
/** Litres a second of storm water that a metre of street gathers: 36 m of strip, ψ 0.6, 110 L/s·ha. */
const GATHERED = 36e-4 * 0.6 * 110;
const ROUGHNESS = 0.013;

export interface DrainNode {
  readonly id: string;
  readonly type: 'manhole' | 'station' | 'outfall';
  readonly at: Point;
  readonly rim: number;
  invert: number;
}

export interface DrainPipe {
  readonly id: string;
  readonly from: DrainNode;
  readonly to: DrainNode;
  readonly line: readonly Point[];
  readonly diameter: number;
  readonly startInvert: number;
  readonly endInvert: number;
}

export interface DrainNetwork {
  readonly nodes: DrainNode[];
  readonly pipes: DrainPipe[];
  readonly pumps: { readonly id: string; readonly from: DrainNode; readonly to: DrainNode }[];
}

/** What runs full at the least slope, m³/s. @source Manning */
export function fullFlow(diameter: number, slope = LEAST_SLOPE): number {
  return ((Math.PI * diameter ** 2) / 4) * (diameter / 4) ** (2 / 3) * (Math.sqrt(slope) / ROUGHNESS);
}

/** The smallest made size that carries litres a second at the least slope. */
function sizeFor(litres: number): (typeof SIZES)[number] {
  return SIZES.find(([diameter]) => fullFlow(diameter) * 1000 >= litres) ?? SIZES[SIZES.length - 1];
}

/** Storm drainage under the streets: trees of gravity sewers to outfalls on both banks, crowns in line, stations where it gets too deep. Synthetic. */
export function buildDrainage(graph: RoadGraph): DrainNetwork {
  const network: DrainNetwork = { nodes: [], pipes: [], pumps: [] };
  const axis = Array.from({ length: 61 }, (_, i) => bend(-3000 + i * 100, 0));
  // The two banks are networks of their own: no sewer crosses the river.
  for (const side of [-1, 1]) {
    const roads = graph.roads.filter(({ line: [[x, y]] }) => Math.sign(y - axis.reduce((best, point) => (Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best))[1]) === side);
    layTree(network, streetNet({ ...graph, roads }, CLASSES, { bridges: false, step: [0, 0] }), side);
  }
  return network;
}

interface Tree {
  /** [n] edge towards the outfall; −1 at an outfall. */
  readonly down: Int32Array;
  /** [n] metres to the outfall. */
  readonly reach: Float64Array;
}

function layTree(network: DrainNetwork, net: StreetNet, side: number): void {
  const bank = side < 0 ? longStreets.bankSouth : longStreets.bankNorth;
  const nearest = new NearestPlace(net.places);
  const mouths = [crossStreets.ringWest + 85, -1500, -1075, -650, -250, 150, 550, 950, 1370, 1700, 2265].map((u) => ({ u, root: nearest.find(bend(u, bank)) }));
  const roots = new Map(mouths.filter(({ root, u }) => root >= 0 && distance(net.places[root], bend(u, bank)) < 60).map(({ u, root }) => [root, u]));
  const tree = shortest(net, [...roots.keys()]);
  const order = Array.from(net.places, (_, i) => i).filter((i) => Number.isFinite(tree.reach[i])).toSorted((a, b) => tree.reach[b] - tree.reach[a]);
  const gathered = new Float64Array(net.places.length);
  const crown = net.places.map((at) => heightAt(...at) - DRAINAGE_COVER);
  const widest = new Float64Array(net.places.length);
  const manholes = new Map<number, DrainNode>();
  const name = side < 0 ? 'S' : 'N';
  const at = (place: number): DrainNode => {
    const there = manholes.get(place);
    if (there) return there;
    const made = manhole(network, `${name}${place + 1}`, net.places[place]);
    manholes.set(place, made);
    return made;
  };
  for (const place of order) {
    let here = at(place);
    here.invert = Math.min(here.invert, crown[place] - Math.max(widest[place], SIZES[0][0]));
    // Too deep to go on: a station lifts it to a manhole beside.
    if (heightAt(...net.places[place]) - crown[place] > DEEPEST || (roots.has(place) && crown[place] < MOUTH + 1.2 + widest[place])) {
      const top = lift(network, here, `${name}${place + 1}`, widest[place]);
      crown[place] = top.crown;
      here = top.node;
    }
    const edge = tree.down[place] < 0 ? null : net.edges[tree.down[place]];
    const litres = gathered[place] + (edge ? edge.length * GATHERED : 0);
    if (!edge) {
      outfall(network, { from: here, crown: crown[place], litres, u: roots.get(place)!, side, name: `${name}${place + 1}` });
      continue;
    }
    const below = edge.from === place ? edge.to : edge.from;
    const [diameter, spacing] = sizeFor(litres);
    const end = run(network, edge, { here, below: at(below), reversed: edge.from !== place, crown: crown[place], diameter, spacing, limit: crown[below] });
    crown[below] = Math.min(crown[below], end);
    widest[below] = Math.max(widest[below], diameter);
    gathered[below] += litres;
  }
}

/** Shortest way from every junction to an outfall. @source Dijkstra 1959 */
function shortest(net: StreetNet, roots: readonly number[]): Tree {
  const reach = new Float64Array(net.places.length).fill(Infinity);
  const down = new Int32Array(net.places.length).fill(-1);
  const open = new Set<number>(roots);
  for (const root of roots) reach[root] = 0;
  while (open.size > 0) {
    let next = -1;
    for (const place of open) if (next < 0 || reach[place] < reach[next]) next = place;
    open.delete(next);
    for (const i of net.at[next]) {
      const edge = net.edges[i];
      const other = edge.from === next ? edge.to : edge.from;
      const metres = reach[next] + edge.length;
      if (metres >= reach[other]) continue;
      reach[other] = metres;
      down[other] = i;
      open.add(other);
    }
  }
  return { down, reach };
}

function manhole(network: DrainNetwork, id: string, at: Point, type: DrainNode['type'] = 'manhole'): DrainNode {
  const made: DrainNode = { id, type, at, rim: heightAt(...at), invert: Infinity };
  network.nodes.push(made);
  return made;
}

interface Run {
  readonly here: DrainNode;
  readonly below: DrainNode;
  readonly reversed: boolean;
  readonly crown: number;
  readonly diameter: number;
  readonly spacing: number;
  /** Crown that the lower end may have at most. */
  readonly limit: number;
}

/** Pipes and manholes along one street, from its upper to its lower junction. @returns height of the crown at the lower end */
function run(network: DrainNetwork, edge: NetEdge, { here, below, reversed, crown, diameter, spacing, limit }: Run): number {
  const line = reversed ? edge.line.toReversed() : edge.line;
  const pieces = Math.max(1, Math.ceil(edge.length / (spacing - 7)));
  let [last, top] = [here, crown];
  for (let piece = 1; piece <= pieces; piece++) {
    const [from, to] = [(edge.length * (piece - 1)) / pieces, (edge.length * piece) / pieces];
    const own = partOf(line, from, to);
    // Behind a station the sewer begins at the manhole beside the street's end.
    if (piece === 1) own[0] = here.at;
    const length = lengthOfLine(own);
    const next = piece === pieces ? below : manhole(network, `${here.id}-${edge.road.id.slice(1)}-${piece}`, own.at(-1)!);
    const end = Math.min(top - length * LEAST_SLOPE * 1.02, next.rim - DRAINAGE_COVER, piece === pieces ? limit : Infinity);
    network.pipes.push({ id: `${here.id}-${edge.road.id.slice(1)}.${piece}`, from: last, to: next, line: own, diameter, startInvert: top - diameter, endInvert: end - diameter });
    last.invert = Math.min(last.invert, top - diameter);
    next.invert = Math.min(next.invert, end - diameter);
    [last, top] = [next, end];
  }
  return top;
}

/** A wet well and pumps, and a manhole beside it at the usual depth. */
function lift(network: DrainNetwork, from: DrainNode, id: string, diameter: number): { node: DrainNode; crown: number } {
  const well = manhole(network, `PS${id}`, [from.at[0] + 3, from.at[1]], 'station');
  const top = manhole(network, `PM${id}`, [from.at[0] + 6, from.at[1]]);
  const crown = top.rim - DRAINAGE_COVER;
  const invert = from.invert - 3 * LEAST_SLOPE * 1.05;
  const size = Math.max(diameter, SIZES[0][0]);
  well.invert = invert - 1.5;
  top.invert = crown - size;
  network.pipes.push({ id: `${id}.well`, from, to: well, line: [from.at, well.at], diameter: size, startInvert: from.invert, endInvert: invert });
  network.pumps.push({ id: `PU${id}`, from: well, to: top });
  return { node: top, crown };
}

function outfall(network: DrainNetwork, { from, crown, litres, u, side, name }: { from: DrainNode; crown: number; litres: number; u: number; side: number; name: string }): void {
  const mouth = manhole(network, `OUT-${name}`, bend(u, side * (riverHalf(u) + 3)), 'outfall');
  const [diameter] = sizeFor(litres);
  const line = [from.at, mouth.at];
  const end = crown - diameter - lengthOfLine(line) * LEAST_SLOPE * 1.02;
  network.pipes.push({ id: `OUT-${name}.1`, from, to: mouth, line, diameter, startInvert: crown - diameter, endInvert: end });
  from.invert = Math.min(from.invert, crown - diameter);
  mouth.invert = end;
}

/** The network as a SWMM 5 input file, coordinates in degrees, heights in metres. @param degrees plan metres → [lon, lat] */
export function drainageInp({ nodes, pipes, pumps }: DrainNetwork, degrees: (at: Point) => number[], title: string): string {
  const lines: string[] = ['[TITLE]', title, '', '[OPTIONS]', 'FLOW_UNITS LPS', 'LINK_OFFSETS ELEVATION', 'FLOW_ROUTING KINWAVE', ''];
  const section = (name: string, head: string, rows: readonly string[]): void => void lines.push(`[${name}]`, `;;${head}`, ...rows, '');
  const m = (value: number): string => value.toFixed(4);
  const of = (type: DrainNode['type']): DrainNode[] => nodes.filter((node) => node.type === type);
  section('JUNCTIONS', 'Name Elevation MaxDepth', of('manhole').map(({ id, invert, rim }) => `${id} ${m(invert)} ${m(rim - invert)} 0 0 0`));
  section('OUTFALLS', 'Name Elevation Type', of('outfall').map(({ id, invert }) => `${id} ${m(invert)} FREE NO`));
  section('STORAGE', 'Name Elevation MaxDepth InitDepth Shape Coefficients', of('station').map(({ id, invert, rim }) => `${id} ${m(invert)} ${m(rim - invert)} 0.5 FUNCTIONAL 0 0 12`));
  section('CONDUITS', 'Name From To Length Roughness InOffset OutOffset', pipes.map(({ id, from, to, line, startInvert, endInvert }) => `${id} ${from.id} ${to.id} ${m(lengthOfLine(line))} ${ROUGHNESS} ${m(startInvert)} ${m(endInvert)}`));
  section('PUMPS', 'Name From To Curve Status', pumps.map(({ id, from, to }) => `${id} ${from.id} ${to.id} * ON`));
  section('XSECTIONS', 'Link Shape Geom1', pipes.map(({ id, diameter }) => `${id} CIRCULAR ${diameter} 0 0 0 1`));
  section('TAGS', 'Object Name Tag', pipes.map(({ id, diameter }) => `Link ${id} ${diameter >= 0.8 ? 'concrete' : 'HDPE'}`));
  section('MAP', '', ['UNITS Degrees']);
  const place = (id: string, at: Point): string => `${id} ${degrees(at).map((value) => value.toFixed(8)).join(' ')}`;
  section('COORDINATES', 'Node X-Coord Y-Coord', nodes.map(({ id, at }) => place(id, at)));
  section('VERTICES', 'Link X-Coord Y-Coord', pipes.flatMap(({ id, line }) => line.slice(1, -1).map((at) => place(id, at))));
  return lines.join('\n');
}
