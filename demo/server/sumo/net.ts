import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import proj4 from 'proj4';
import { SaxesParser } from 'saxes';
import type { Junction, LonLat, Movement, SignalGroup } from 'citymirror/analysis';

type Point = readonly [x: number, y: number];

interface Lane {
  readonly id: string;
  readonly index: number;
  readonly speed: number;
  readonly width: number;
  readonly shape: readonly Point[];
}

interface Edge {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly lanes: Lane[];
}

interface Connection {
  readonly from: string;
  readonly fromLane: number;
  readonly via: string;
  readonly light: string;
  readonly index: number;
  readonly dir: string;
}

/** Durations and letters of a program's phases: one letter a link. */
export interface Phase {
  readonly duration: number;
  readonly state: string;
}

/** A SUMO network as it is needed here. Edges without a function of their own; lanes of all. */
export interface SumoNet {
  /** Degrees of a place in the net's metres. */
  degrees(x: number, y: number): LonLat;
  readonly edges: readonly Edge[];
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly connections: readonly Connection[];
  /** Phases by `light program`. */
  readonly programs: ReadonlyMap<string, readonly Phase[]>;
}

const LANE_WIDTH = 3.2;
const points = (text: string): Point[] => text.split(' ').filter(Boolean).map((pair) => pair.split(',').map(Number) as unknown as Point);

/** Text of a file, unpacked where it is gzip. */
function textOf(file: string): string {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

/**
 * Reads a net (.net.xml, .net.xml.gz) and the programs of further files. Places go to WGS 84 by the net's own `<location>`: metres less `netOffset`, through `projParameter`.
 * @throws Error where the file is no net, or says no projection: then nobody knows where on Earth it lies
 */
export function readNet(file: string, additional: readonly string[] = []): SumoNet {
  const edges: Edge[] = [];
  const lanes = new Map<string, Lane>();
  const connections: Connection[] = [];
  const programs = new Map<string, Phase[]>();
  let location: { readonly offset: Point; readonly projection: string } | null = null;
  let edge: Edge | null = null;
  let phases: Phase[] | null = null;
  const parse = (path: string): void => {
    const parser = new SaxesParser();
    parser.on('opentag', ({ name, attributes }) => {
      const of = attributes as Record<string, string>;
      if (name === 'location') location = { offset: points(of.netOffset ?? '0,0')[0], projection: of.projParameter ?? '!' };
      else if (name === 'edge') {
        edge = { id: of.id, name: of.name ?? '', type: of.type ?? '', lanes: [] };
        if (of.function === undefined) edges.push(edge);
      } else if (name === 'lane' && edge) {
        const lane = { id: of.id, index: Number(of.index), speed: Number(of.speed), width: Number(of.width ?? LANE_WIDTH), shape: points(of.shape ?? '') };
        edge.lanes.push(lane);
        lanes.set(lane.id, lane);
      } else if (name === 'connection' && of.tl !== undefined) connections.push({ from: of.from, fromLane: Number(of.fromLane), via: of.via ?? '', light: of.tl, index: Number(of.linkIndex), dir: of.dir ?? 's' });
      else if (name === 'tlLogic') programs.set(`${of.id} ${of.programID}`, (phases = []));
      else if (name === 'phase') phases?.push({ duration: Number(of.duration), state: of.state });
    });
    parser.write(textOf(path)).close();
  };
  parse(file);
  if (!location || edges.length === 0) throw new Error(`${file} is no SUMO network: it has no <location> or no edges.`);
  for (const path of additional) parse(path);
  const { offset, projection } = location as { offset: Point; projection: string };
  if (projection === '!' || projection === '-') throw new Error(`${file} says no projection (projParameter is “${projection}”), so nobody knows where on Earth it lies. Build the net with netconvert --proj.`);
  const project = proj4(projection, 'WGS84');
  return {
    edges, lanes, connections, programs,
    degrees(x, y) {
      const [lon, lat] = project.forward([x - offset[0], y - offset[1]]);
      return [Number(lon.toFixed(7)), Number(lat.toFixed(7))];
    },
  };
}

/** Class of a road by its free-flow speed in m/s, for width and rank on the map. */
function classOf(speed: number, lanes: number): string {
  if (speed > 25) return 'motorway';
  if (speed > 18) return 'trunk';
  if (lanes >= 3) return 'primary';
  return lanes === 2 ? 'secondary' : speed > 9 ? 'tertiary' : 'residential';
}

/** The middle of an edge's lanes: of lanes with as many vertices their mean, else the middle lane's own line. */
function middleOf({ lanes }: Edge): readonly Point[] {
  const [first, last] = [lanes[0].shape, lanes[lanes.length - 1].shape];
  if (first.length !== last.length) return lanes[lanes.length >> 1].shape;
  return first.map(([x, y], i): Point => [(x + last[i][0]) / 2, (y + last[i][1]) / 2]);
}

/** The net's edges as roads for the pipeline: GeoJSON lines whose ids are the edges'. */
export function roadsOf(net: SumoNet): { readonly type: 'FeatureCollection'; readonly features: readonly object[] } {
  return {
    type: 'FeatureCollection',
    features: net.edges.filter(({ lanes }) => lanes.length > 0 && lanes[0].shape.length > 1).map((edge) => ({
      type: 'Feature', properties: { id: edge.id, name: edge.name, class: classOf(edge.lanes[0].speed, edge.lanes.length), lanes: edge.lanes.length, oneway: true, speed: Math.round(edge.lanes[0].speed * 3.6), bridge: false },
      geometry: { type: 'LineString', coordinates: middleOf(edge).map(([x, y]) => net.degrees(x, y)) },
    })),
  };
}

const MOVEMENTS: Readonly<Record<string, Movement>> = { s: 'through', l: 'left', L: 'left', r: 'right', R: 'right', t: 'u-turn' };

/** A signal group of the net: which letters of its light's state are its, and which lanes lead to it. */
export interface NetGroup {
  readonly light: string;
  readonly index: number;
  readonly lanes: readonly string[];
}

/** The net's signals as junctions: links from one edge that turn alike are one group. */
export function junctionsOf(net: SumoNet): { readonly junctions: readonly Junction[]; readonly groups: ReadonlyMap<string, NetGroup> } {
  const byLight = new Map<string, Map<string, Connection[]>>();
  for (const connection of net.connections) {
    const groups = byLight.get(connection.light) ?? new Map<string, Connection[]>();
    byLight.set(connection.light, groups);
    const key = `${connection.from} ${MOVEMENTS[connection.dir] ?? 'through'}`;
    groups.set(key, [...(groups.get(key) ?? []), connection]);
  }
  const found = new Map<string, NetGroup>();
  const junctions = [...byLight].map(([light, groups]): Junction => {
    const made = [...groups.values()].flatMap((links): SignalGroup[] => {
      const group = groupOf(net, links);
      if (group) found.set(`${light}/${group.id}`, { light, index: links[0].index, lanes: [...new Set(links.map(({ from, fromLane }) => `${from}_${fromLane}`))] });
      return group ? [group] : [];
    });
    const stops = made.flatMap(({ stop }) => stop);
    const mean = (axis: 0 | 1): number => stops.reduce((sum, each) => sum + each[axis], 0) / Math.max(1, stops.length);
    return { id: light, name: `TLS ${light}`, lon: mean(0), lat: mean(1), plan: null, groups: made };
  });
  return { junctions: junctions.filter(({ groups }) => groups.length > 0), groups: found };
}

function groupOf(net: SumoNet, links: readonly Connection[]): SignalGroup | null {
  const lanes = links.map(({ from, fromLane }) => net.lanes.get(`${from}_${fromLane}`)).filter((lane) => lane !== undefined).toSorted((a, b) => b.index - a.index);
  const [left, right] = [lanes[0], lanes[lanes.length - 1]];
  if (!left || left.shape.length < 2) return null;
  const side = (lane: Lane, sign: 1 | -1): LonLat => {
    const [[ax, ay], [bx, by]] = lane.shape.slice(-2);
    const length = Math.hypot(bx - ax, by - ay) || 1;
    const reach = sign * (lane.width / 2 - 0.2);
    return net.degrees(bx + ((by - ay) / length) * reach, by - ((bx - ax) / length) * reach);
  };
  const [[ax, ay], [bx, by]] = left.shape.slice(-2);
  const [{ index, dir }] = links;
  return {
    id: String(index), movement: MOVEMENTS[dir] ?? 'through', heading: Math.round(((Math.atan2(bx - ax, by - ay) * 180) / Math.PI + 360) % 360), stop: [side(left, -1), side(right, 1)],
    paths: links.map(({ via }) => (net.lanes.get(via)?.shape ?? []).map(([x, y]) => net.degrees(x, y))).filter((path) => path.length > 1), flow: null, saturation: 1800 * new Set(lanes).size, green: null,
  };
}

/** Numbers of MovementPhaseState for SUMO's letters. @source SUMO user documentation, Simulation/Traffic_Lights, signal state definitions; SAE J2735 */
export const STATES: Readonly<Record<string, number>> = { r: 3, u: 4, g: 5, G: 6, s: 2, y: 8, Y: 8, o: 9, O: 1 };

/** Seconds until a link's letter changes: what is left of the phase, and the phases after it that keep the letter. Null where the program is not known. */
export function leftOf(phases: readonly Phase[] | undefined, phase: number, link: number, untilSwitch: number): number | null {
  if (!phases || phases.length === 0) return null;
  const letter = phases[phase]?.state[link];
  let left = untilSwitch;
  for (let k = 1; k < phases.length; k++) {
    const next = phases[(phase + k) % phases.length];
    if (STATES[next.state[link]] !== STATES[letter]) return left;
    left += next.duration;
  }
  return null;
}
