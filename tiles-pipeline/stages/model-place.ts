import { placer, type Anchor } from '#geo';
import type { Issue } from '../../engine/errors.ts';
import type { ModelTable } from '../formats/model-table.ts';
import type { Placement } from '../cli/place.ts';
import { groundHeight, type Dem } from './ground.ts';
import { toDegrees, type ToDegrees } from './projection.ts';
import { systemOf } from './system-name.ts';

/** A model and where it stands: its positions (from `mesh.origin`) go to metres east, north, up of the anchor by `linear` and `offset`. */
export interface PlacedModel {
  readonly table: ModelTable;
  readonly anchor: Anchor;
  /** [9] row by row. */
  readonly linear: readonly number[];
  /** [3] metres. */
  readonly offset: readonly [number, number, number];
  /** Degrees clockwise from true north to the model's y axis. */
  readonly heading: number;
  /** True where the file itself says where it stands. */
  readonly georeferenced: boolean;
}

/** Metres from its own zero beyond which a model is put by its middle: such zeros are a map's, not the model's. */
const FAR = 1000;
/** Metres a model stands above the ground it is put on, so that a model's own lawn is not one plane with the ground. */
const ABOVE = 0.05;
/** How much a map's metres may differ from the ground's; further, the coordinates are not of that zone. */
const MAP_STRETCH = 0.03;

/**
 * Puts a model on the earth: by what was said of its file, else by what it says itself, else by what was said of all.
 * @param file the input's name in messages @returns undefined, with an issue, where nobody says
 */
export function placeModel(table: ModelTable, file: string, said: { own?: Placement; all?: Placement }, dem: Dem | undefined, issues: Issue[]): PlacedModel | undefined {
  if (said.own) return put(table, said.own, dem);
  const found = table.georeference ? byItself(table) : 'it has no georeference';
  if (typeof found !== 'string') return found;
  if (said.all) return put(table, said.all, dem);
  issues.push({ code: 'no-place', severity: 'error', path: file, message: `${file}: ${found}. Say where it stands with --place ${file.replace(/^.*[/\\]/u, '')}@LON,LAT,ground,HEADING; it was left out.` });
  return undefined;
}

function byItself(table: ModelTable): PlacedModel | string {
  const { georeference: given } = table;
  if (!given) return 'it has no georeference';
  if (given.kind === 'map') return onMap(table, given);
  const turn = rotation(given.heading, 1);
  const from = sum(table.mesh.origin, given.at, -1);
  return { table, anchor: { lon: given.lon, lat: given.lat, height: given.height }, linear: turn, offset: times(turn, from), heading: given.heading, georeferenced: true };
}

function put(table: ModelTable, place: Placement, dem: Dem | undefined): PlacedModel {
  const { lon, lat, heading } = place;
  const height = place.onGround ? (dem ? groundHeight(dem, lon, lat) : 0) + ABOVE : place.height;
  const turn = rotation(heading, place.scale ?? 1);
  const { min, max } = boxOf(table);
  const middle = [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, min[2]] as const;
  const from = Math.hypot(middle[0], middle[1]) > FAR ? sum(table.mesh.origin, middle, -1) : [...table.mesh.origin];
  return { table, anchor: { lon, lat, height }, linear: turn, offset: times(turn, from), heading, georeferenced: false };
}

type Map = Extract<NonNullable<ModelTable['georeference']>, { kind: 'map' }>;

/** By a map conversion: exact at the model's middle, where the map's own turn and stretch are taken off. */
function onMap(table: ModelTable, given: Map): PlacedModel | string {
  const code = systemOf(given.crs);
  const convert = code === undefined ? undefined : toDegrees(`EPSG:${code}`);
  if (!convert) return given.crs === '' ? 'it names no reference system for its map coordinates' : `its reference system "${given.crs}" is not known here`;
  const { min, max } = boxOf(table);
  const middle = [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2] as const;
  const length = Math.hypot(...given.axis);
  const [cos, sin] = [(given.axis[0] / length) * given.scale, (given.axis[1] / length) * given.scale];
  const east = given.east + cos * middle[0] - sin * middle[1];
  const north = given.north + sin * middle[0] + cos * middle[1];
  const [lon, lat] = convert(east, north);
  const zero = Math.min(Math.max(0, min[2]), max[2]);
  const anchor = { lon, lat, height: given.height + zero * given.scale };
  const jacobian = Number.isFinite(lon + lat) && Math.abs(lat) < 90 && Math.abs(lon) <= 180 ? jacobianAt(anchor, convert, east, north) : undefined;
  if (!jacobian) return `its map coordinates ${east.toFixed(0)}, ${north.toFixed(0)} do not lie in EPSG:${code}`;
  const [ee, en, ne, nn] = jacobian;
  const linear = [ee * cos + en * sin, en * cos - ee * sin, 0, ne * cos + nn * sin, nn * cos - ne * sin, 0, 0, 0, given.scale];
  const { origin } = table.mesh;
  const offset = times(linear, [origin[0] - middle[0], origin[1] - middle[1], origin[2] - zero]);
  return { table, anchor, linear, offset, heading: (Math.atan2(linear[1], linear[4]) * 180) / Math.PI, georeferenced: true };
}

/** d(east, north of the anchor) / d(map east, map north), by central differences; undefined where the map stretches like no map does. */
function jacobianAt(anchor: Anchor, convert: ToDegrees, east: number, north: number): [number, number, number, number] | undefined {
  const here = placer(anchor);
  const at = (x: number, y: number): [number, number, number] => here.place(...convert(x, y), anchor.height, [0, 0, 0]);
  const [e1, e0, n1, n0] = [at(east + 1, north), at(east - 1, north), at(east, north + 1), at(east, north - 1)];
  const values: [number, number, number, number] = [(e1[0] - e0[0]) / 2, (n1[0] - n0[0]) / 2, (e1[1] - e0[1]) / 2, (n1[1] - n0[1]) / 2];
  const stretch = Math.sqrt(Math.abs(values[0] * values[3] - values[1] * values[2]));
  return Math.abs(stretch - 1) <= MAP_STRETCH ? values : undefined;
}

/** Model axes → east, north, up, where the y axis points `heading` degrees clockwise from north. */
function rotation(heading: number, scale: number): number[] {
  const turn = (heading * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
  return [cos, sin, 0, -sin, cos, 0, 0, 0, scale];
}

function times(m: readonly number[], [x, y, z]: readonly number[]): [number, number, number] {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

function sum(a: readonly number[], b: readonly number[], sign: number): [number, number, number] {
  return [a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]];
}

/** The model's box in its own axes. */
function boxOf({ mesh: { positions, origin } }: ModelTable): { min: number[]; max: number[] } {
  const [min, max] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
  for (let i = 0; i < positions.length; i++) {
    const axis = i % 3;
    if (positions[i] < min[axis]) min[axis] = positions[i];
    if (positions[i] > max[axis]) max[axis] = positions[i];
  }
  return { min: sum(min, origin, 1), max: sum(max, origin, 1) };
}
