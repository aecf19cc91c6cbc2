import type { Geometry, MultiPolygon, Polygon } from 'geojson';
import type { SourceFeature } from '../format.ts';
import type { CityObject, Face, Ring } from './city-object.ts';
import { doubleNormal, LEAST_FACE } from './cut-face.ts';
import type { Frame } from './frame.ts';
import { areaKind, roleOf, useOf } from './kinds.ts';
import { groundOutline, mergedOutline } from './outline.ts';
import { solidOf } from './solid-of.ts';
import type { SurfaceTally } from './surface-tally.ts';

/** Names that mean something further on: a source's own attribute of that name is kept under `source:`. */
const RESERVED = new Set(['building', 'building:part', 'kind', 'height', 'foot', 'lod', 'parent', 'cityObject', 'use', 'natural', 'HEIGHT', 'Height', 'building:height', 'highway', 'railway']);
const INSTALLATION = 9;

/** What turns the objects of one file into features. */
export interface Making {
  readonly frame: Frame;
  readonly tally: SurfaceTally;
  /** Paths of the images that are there, by the name the source gives them. */
  readonly images: ReadonlyMap<string, string>;
  skip(reason: string): void;
}

/** Every name of a texture an object and what belongs to it use. */
export function texturesOf(object: CityObject, into = new Set<string>()): Set<string> {
  for (const { faces } of object.bodies) for (const { image } of faces) if (image !== undefined) into.add(image);
  for (const each of [...object.parts, ...object.attached]) texturesOf(each, into);
  return into;
}

/** What one object and its parts become: features in degrees. What becomes none is skipped by reason. */
export function featuresOf(object: CityObject, making: Making): SourceFeature[] {
  const role = roleOf(object.type);
  if (role === 'area') return areaOf(object, making);
  if (role === 'tree') return treeOf(object, making);
  return new Family(object, making).features();
}

/** A body chosen and placed. */
interface Member {
  readonly object: CityObject;
  readonly lod: string;
  readonly faces: readonly Face[];
  readonly outline: readonly Face[];
  readonly parent?: CityObject;
}

/** A building with its parts: they stand on one foot, and attributes of a whole without a body of its own go to its parts. */
class Family {
  readonly #members: Member[] = [];

  constructor(
    private readonly root: CityObject,
    private readonly making: Making,
  ) {
    this.#take(root, undefined, -1, 0);
  }

  features(): SourceFeature[] {
    const { making, root } = this;
    if (this.#members.length === 0) {
      making.skip(`${root.type} without geometry that can be drawn`);
      return [];
    }
    let foot = Number.POSITIVE_INFINITY;
    for (const { faces } of this.#members) foot = Math.min(foot, heightsOf(faces)[0]);
    return this.#members.flatMap((member) => this.#feature(member, foot));
  }

  /** Of a whole and its parts the coarser one gives way: both would stand in the same place. @param least the level a part must have at least */
  #take(object: CityObject, parent: CityObject | undefined, least: number, depth: number): void {
    const { tally } = this.making;
    const body = chosen(object);
    const level = body ? levelOf(body.lod) : object.outlines.length > 0 ? 0 : -1;
    const finest = depth > 8 ? -1 : Math.max(-1, ...object.parts.map(finestOf));
    const shown = level >= 0 && level >= finest && level >= least;
    for (const each of object.bodies) if (each !== body || !shown) tally.coarser += each.faces.length;
    tally.flat += object.outlines.length;
    const attached = object.attached.flatMap((each) => this.#attached(each));
    if (shown || (attached.length > 0 && object.parts.length === 0)) {
      const faces = [...placed(body?.faces ?? [], this.making, nameOf(object)), ...attached];
      const outline = placed(object.outlines, this.making, nameOf(object), 'flat');
      if (faces.length + outline.length > 0) this.#members.push({ object, lod: faces.length > 0 ? (body?.lod ?? chosen(object.attached[0])?.lod ?? '0') : '0', faces: faces.length > 0 ? faces : outline, outline, parent });
    }
    if (depth <= 8) for (const part of object.parts) this.#take(part, object, shown ? level : least, depth + 1);
  }

  #attached(object: CityObject): Face[] {
    const body = chosen(object);
    for (const each of object.bodies) if (each !== body) this.making.tally.coarser += each.faces.length;
    this.making.tally.flat += object.outlines.length;
    const own = placed(body?.faces ?? [], this.making, nameOf(object)).map((face) => ({ ...face, surface: INSTALLATION }));
    return [...own, ...object.attached.flatMap((each) => this.#attached(each))];
  }

  #feature(member: Member, foot: number): SourceFeature[] {
    const { object, faces, outline, lod, parent } = member;
    const { making } = this;
    const [low, high] = heightsOf(faces);
    const flat = lod === '0';
    const solid = flat ? undefined : solidOf({ lod, faces, foot, images: making.images, where: nameOf(object) }, making.tally);
    const ground = outline.length > 0 ? mergedOutline(outline) : undefined;
    const geometry = ground ?? groundOutline(faces);
    if (!geometry || (!flat && !solid)) {
      making.skip(`${object.type} without a surface that has an area`);
      return [];
    }
    if (solid) making.tally.lods.add(lod);
    return [{ geometry, id: object.id, properties: propertiesOf(member, { low, high, whole: this.#whole(object, parent) }), ...(solid ? { solid } : {}) }];
  }

  /** The attributes of the wholes above a part that are no feature themselves. */
  #whole(object: CityObject, parent: CityObject | undefined): Record<string, unknown> {
    if (!parent || this.#members.some((member) => member.object === parent)) return {};
    const above = this.#members.find((member) => member.object === object)?.parent;
    return above ? { ...(above === this.root ? {} : this.root.properties), ...above.properties } : {};
  }
}

function propertiesOf({ object, lod, parent }: Member, { low, high, whole }: { low: number; high: number; whole: Record<string, unknown> }): Record<string, unknown> {
  const properties = kept({ ...whole, ...object.properties });
  const role = roleOf(object.type);
  const house = role === 'building' || object.type === 'BuildingPart';
  properties.building = house ? 'yes' : object.type.replace(/^\+/u, '').replaceAll(/(?<=[a-z])[A-Z]/gu, '_$&').toLowerCase();
  const use = house ? useOf(properties) : undefined;
  if (use) properties.use = use;
  const storeys = properties.storeysAboveGround;
  if (typeof storeys === 'number' && storeys > 0 && storeys <= 300 && properties.storeys === undefined) properties.storeys = storeys;
  properties.cityObject = object.type;
  properties.lod = lod;
  if (parent?.id !== undefined) properties.parent = parent.id;
  const measured = Number(properties.measuredHeight);
  properties.height = lod === '0' ? (measured > 0 && measured < 1500 ? measured : undefined) : Math.max(0.01, millimetres(high - low));
  properties.foot = millimetres(low);
  if (properties.height === undefined) delete properties.height;
  return properties;
}

/** A source's attributes, those whose names are taken put aside. */
function kept(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(attributes)) out[RESERVED.has(key) ? `source:${key}` : key] = value;
  return out;
}

/** Roads, water, green and land use: flat polygons, and lines where there is no polygon. */
function areaOf(object: CityObject, making: Making): SourceFeature[] {
  const all = [object, ...object.parts, ...object.attached];
  const faces = all.flatMap((each) => {
    const body = chosen(each);
    for (const other of each.bodies) if (other !== body) making.tally.coarser += other.faces.length;
    if (body && each.outlines.length > 0) making.tally.coarser += each.outlines.length;
    return body?.faces ?? each.outlines;
  });
  making.tally.flat += faces.length;
  const sound = placed(faces, making, nameOf(object), 'flat');
  const geometry: Geometry | undefined = (sound.length > 0 ? flatOutline(sound) : undefined) ?? linesOf(object, making);
  if (!geometry) {
    making.skip(`${object.type} without geometry that can be drawn`);
    return [];
  }
  const properties = kept(object.properties);
  const line = geometry.type === 'LineString' || geometry.type === 'MultiLineString';
  if (!line) properties.kind = areaKind(object.type, object.properties);
  else if (object.type === 'Railway') properties.railway = 'rail';
  else properties.highway = object.type === 'Track' ? 'track' : 'road';
  properties.cityObject = object.type;
  if (sound.length > 0) properties.foot = millimetres(heightsOf(sound)[0]);
  return [{ geometry, id: object.id, properties }];
}

function flatOutline(faces: readonly Face[]): Polygon | MultiPolygon | undefined {
  const merged = mergedOutline(faces);
  if (merged) return merged;
  const coordinates = faces.flatMap((face) => {
    const own = mergedOutline([face]);
    return own ? (own.type === 'Polygon' ? [own.coordinates] : own.coordinates) : [];
  });
  return coordinates.length > 0 ? { type: 'MultiPolygon', coordinates } : undefined;
}

function linesOf(object: CityObject, { frame }: Making): Geometry | undefined {
  const lines = [object, ...object.parts].flatMap((each) => each.lines).map((line) => pairs(frame.degrees(line))).filter((line) => line.length >= 2);
  if (lines.length === 0) return undefined;
  return lines.length === 1 ? { type: 'LineString', coordinates: lines[0] } : { type: 'MultiLineString', coordinates: lines };
}

function pairs(ring: Ring): [number, number][] {
  return Array.from({ length: Math.floor(ring.length / 3) }, (_, i): [number, number] => [ring[i * 3], ring[i * 3 + 1]]).filter(([lon, lat]) => Number.isFinite(lon + lat));
}

/** A tree is a place with a height. */
function treeOf(object: CityObject, making: Making): SourceFeature[] {
  const body = chosen(object);
  for (const each of object.bodies) making.tally[each === body ? 'flat' : 'coarser'] += each.faces.length;
  making.tally.flat += object.outlines.length;
  const faces = placed(body?.faces ?? object.outlines, making, nameOf(object), 'flat');
  const point = object.points.length > 0 ? making.frame.degrees(object.points[0]) : undefined;
  const [low, high] = faces.length > 0 ? heightsOf(faces) : [point?.[2] ?? 0, point?.[2] ?? 0];
  const [lon, lat] = point ? [point[0], point[1]] : middleOf(faces);
  if (!Number.isFinite(lon + lat)) {
    making.skip(`${object.type} without geometry that can be drawn`);
    return [];
  }
  const properties = kept(object.properties);
  const said = Number(object.properties.height);
  const height = said > 0 ? said : millimetres(high - low);
  return [{ geometry: { type: 'Point', coordinates: [lon, lat] }, id: object.id, properties: { ...properties, kind: 'tree', natural: 'tree', cityObject: object.type, foot: millimetres(low), ...(height > 0 ? { height } : {}) } }];
}

function middleOf(faces: readonly Face[]): [number, number] {
  let [west, east, south, north] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { rings } of faces)
    for (let i = 0; i < rings[0].length; i += 3) {
      west = Math.min(west, rings[0][i]);
      east = Math.max(east, rings[0][i]);
      south = Math.min(south, rings[0][i + 1]);
      north = Math.max(north, rings[0][i + 1]);
    }
  return [(west + east) / 2, (south + north) / 2];
}

/** The body of the highest level of detail that has faces. */
function chosen(object: CityObject | undefined): CityObject['bodies'][number] | undefined {
  let best: CityObject['bodies'][number] | undefined;
  for (const body of object?.bodies ?? []) if (body.faces.length > 0 && (!best || Number.parseFloat(body.lod) > Number.parseFloat(best.lod))) best = body;
  return best;
}

function levelOf(lod: string): number {
  return Math.floor(Number.parseFloat(lod));
}

function finestOf(part: CityObject): number {
  const body = chosen(part);
  return Math.max(body ? levelOf(body.lod) : part.outlines.length > 0 ? 0 : -1, ...part.parts.map((each) => levelOf(chosen(each)?.lod ?? '-1')));
}

/** Faces in degrees; those with a coordinate that is none are counted. @param use 'flat' where the caller counts its faces itself */
function placed(faces: readonly Face[], { frame, tally }: Making, where: string, use?: 'flat'): Face[] {
  const out: Face[] = [];
  for (const face of faces) {
    const sound = face.rings[0].length >= 9 && (use === 'flat' || !frame.planar || hasArea(face.rings[0]));
    // A hole of less than three corners is none.
    const kept = face.rings.filter((ring) => ring.length >= 9);
    const rings = kept.map((ring) => frame.degrees(ring));
    if (sound && rings.every((ring) => ring.every(Number.isFinite))) out.push({ ...face, rings, uv: face.uv?.filter((_, index) => face.rings[index].length >= 9) });
    else {
      if (use === 'flat') tally.flat--;
      tally.fault(sound ? 'surface with broken coordinates' : 'surface without area', where);
    }
  }
  return out;
}

/** Asked in the source's own lengths: corners in a line there are no longer quite in a line in degrees. */
function hasArea(ring: Ring): boolean {
  const [x, y, z] = ring;
  return !(Math.hypot(...doubleNormal(ring.map((value, index) => value - [x, y, z][index % 3]))) < 2 * LEAST_FACE);
}

function heightsOf(faces: readonly Face[]): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { rings } of faces)
    for (let i = 2; i < rings[0].length; i += 3) {
      low = Math.min(low, rings[0][i]);
      high = Math.max(high, rings[0][i]);
    }
  return [low, high];
}

function nameOf(object: CityObject): string {
  return `${object.type} ${object.id ?? 'without an id'}`.slice(0, 200);
}

function millimetres(value: number): number {
  return Math.round(value * 1000) / 1000;
}

