import { placer } from '../../engine/geo/place.ts';
import type { Issue } from '../../engine/errors.ts';
import { geodesicDistance } from '../../workers/analyses/geometry/geodesic.ts';
import { drawingBounds, drawingScale, SCHEMATIC_SPREAD, type DrawingScale } from '../../workers/models/network/layout.ts';
import { wordOf, type Network } from '../../workers/models/network/network.ts';
import { saidOf, type ForFile, type Placement } from '../cli/place.ts';
import { toDegrees } from './projection.ts';

/** What the user said about networks; all of it may be left out. */
export interface NetworkOptions {
  readonly places?: readonly ForFile<Placement>[];
  readonly crs?: readonly ForFile<string>[];
  /** Metres from the ground to the crown of a pipe whose depth nobody states. */
  readonly cover?: number;
}

/** How a network came to its place: by its own system, as the user said, or in the middle of the city for want of better. */
export type PlacedBy = 'crs' | 'place' | 'centre';

/** A network with its places in degrees; heights are not known yet. */
export interface LocatedNetwork {
  readonly network: Network;
  /** [2n] of the nodes and [2m] of the links' vertices: lon, lat. */
  readonly nodes: Float64Array;
  readonly vertices: Float64Array;
  readonly by: PlacedBy;
  readonly crs: string | null;
  /** Metres a unit of the drawing was taken as; null where its system says it. */
  readonly scale: number | null;
  /** Of the drawing against stated lengths; spread NaN where none are stated. */
  readonly fit: DrawingScale;
  /** Height of the ground where there is no DEM, metres. */
  readonly ground: number;
}

export const isSchematic = ({ spread }: DrawingScale): boolean => spread > SCHEMATIC_SPREAD;

/** Gives a network its place. @param centre lon, lat of the city; null where there is none @returns null, with the reason among the issues, where it cannot be placed */
export function locate(network: Network, options: NetworkOptions, centre: readonly [number, number] | null, issues: Issue[]): LocatedNetwork | null {
  const refuse = (code: string, what: string): null => {
    issues.push({ code, severity: 'error', message: `${network.name}: ${what}` });
    return null;
  };
  const places = options.places ?? [];
  const own = saidOf(places.filter(({ file }) => file !== null), network.name);
  // What is said of this file counts before what the file says, and that before what is said of all files.
  const crs = saidOf(options.crs ?? [], network.name) ?? (own ? null : (network.crs ?? degreesByLength(network)));
  const place = own ?? saidOf(places, network.name);
  if (crs) {
    const convert = toDegrees(crs);
    if (!convert) return refuse('unknown-crs', `its coordinates are in ${crs}, which is not known here. Convert it to EPSG:4326 or a CGCS2000 or UTM zone first, or put it by hand: --place ${network.name}@lon,lat,height,heading`);
    return inSystem(network, crs, convert, refuse);
  }
  if (!place && !centre) return refuse('no-place', `its coordinates are in no stated system and there is no city to put it into. Say where: --crs ${network.name}@EPSG:code, or --place ${network.name}@lon,lat,height,heading`);
  return byHand(network, place ?? { lon: centre![0], lat: centre![1], height: 0, heading: 0, scale: null }, place ? 'place' : 'centre', refuse);
}

type Refuse = (code: string, what: string) => null;

function inSystem(network: Network, crs: string, convert: (x: number, y: number) => [number, number], refuse: Refuse): LocatedNetwork | null {
  const all = (xy: Float64Array): Float64Array => {
    const out = new Float64Array(xy.length);
    for (let i = 0; i < xy.length; i += 2) out.set(convert(xy[i], xy[i + 1]), i);
    return out;
  };
  const [nodes, vertices] = [all(network.nodes.xy), all(network.links.xy)];
  const wrong = [...nodes, ...vertices].some((value, i) => !(Math.abs(value) <= (i % 2 === 0 ? 180 : 90)));
  if (wrong) return refuse('wrong-crs', `its coordinates do not lie on the earth when read as ${crs}. Check the code after --crs.`);
  const located = { network, nodes, vertices };
  return { ...located, by: 'crs', crs, scale: null, fit: drawingScale(network, (row) => trueLength(located, row)), ground: 0 };
}

function byHand(network: Network, place: Placement, by: PlacedBy, refuse: Refuse): LocatedNetwork | null {
  const fit = drawingScale(network);
  const scale = place.scale ?? (fit.scale > 0 ? fit.scale : network.unit);
  if (!(scale && scale > 0)) return refuse('no-scale', `nothing in it tells how many metres a unit of its drawing is. Say it: --place ${network.name}@lon,lat,height,heading,scale`);
  const [west, south, east, north] = drawingBounds(network);
  const frame = placer({ lon: place.lon, lat: place.lat, height: 0 });
  const turn = (-place.heading * Math.PI) / 180;
  const out = new Float64Array(3);
  const all = (xy: Float64Array): Float64Array => {
    const degrees = new Float64Array(xy.length);
    for (let i = 0; i < xy.length; i += 2) {
      const [x, y] = [(xy[i] - (west + east) / 2) * scale, (xy[i + 1] - (south + north) / 2) * scale];
      frame.unplace(x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn), 0, out);
      degrees.set([out[0], out[1]], i);
    }
    return degrees;
  };
  return { network, nodes: all(network.nodes.xy), vertices: all(network.links.xy), by, crs: null, scale, fit, ground: place.height };
}

/** Metres along a link on the ellipsoid. */
export function trueLength({ network, vertices }: Pick<LocatedNetwork, 'network' | 'vertices'>, row: number): number {
  const { starts } = network.links;
  let sum = 0;
  for (let i = starts[row]; i + 1 < starts[row + 1]; i++) sum += geodesicDistance(vertices[2 * i], vertices[2 * i + 1], vertices[2 * i + 2], vertices[2 * i + 3]);
  return sum;
}

/** Degrees, where coordinates could be degrees and stated lengths agree with the ellipsoid; numbers that merely are small do not pass. */
function degreesByLength(network: Network): string | null {
  const [west, south, east, north] = drawingBounds(network);
  if (west < -180 || east > 180 || south < -90 || north > 90) return null;
  const { scale, pipes } = drawingScale(network, (row) => trueLength({ network, vertices: network.links.xy }, row));
  return pipes >= 3 && scale > 0.8 && scale < 1.25 ? 'EPSG:4326' : null;
}

/** Whether a link is a pipe, channel or cable and not a device between two nodes. */
export function isPipe(network: Network, row: number): boolean {
  return ['pipe', 'channel', 'cable'].includes(wordOf(network.links, 'type', row));
}
