import type { ReadContext } from '../format.ts';
import { addressLine, flatAttributes } from './attributes.ts';
import { bodyOf, cityObject, type CityObject, type Face } from './city-object.ts';
import { appearanceOf, facesOf, record, type JsonPart } from './cityjson-geometry.ts';
import type { Frame } from './frame.ts';
import { roleOf } from './kinds.ts';
import { isMatrix, movedBy } from './moved-by.ts';
import type { SurfaceTally } from './surface-tally.ts';

/** What holds for all features of a CityJSON file. */
export interface JsonHead {
  readonly scale: readonly number[];
  readonly translate: readonly number[];
  readonly templates: Record<string, unknown> | undefined;
  /** [3 × vertices] of the templates, in metres. */
  readonly templateVertices: Float64Array;
  readonly frame: Frame;
}

export interface JsonReading {
  readonly head: JsonHead;
  readonly tally: SurfaceTally;
  readonly context: ReadContext;
  /** Counts a problem by its code, and says the first. */
  problem(code: string, what: string, where: string): void;
}

/** Wholes above each other at most. */
const MOST_DEEP = 16;

/**
 * The objects of a document or of one feature of a sequence that are not part of another, one by one with their parts: only one
 * family is in memory beside the document. Triangles of terrain go to `relief`.
 */
export function* objectsOf(document: Readonly<Record<string, unknown>>, reading: JsonReading, relief: (faces: readonly Face[]) => void): Generator<CityObject> {
  const part: JsonPart = { vertices: verticesOf(document.vertices, reading.head), appearance: appearanceOf(document.appearance) };
  const families = new Families(record(document.CityObjects) ?? {}, part, reading);
  for (const id of families.roots) yield* top(families.build(id), reading, relief);
}

/** Who belongs to whom, by the parents each object names. */
class Families {
  readonly roots: string[] = [];
  readonly #children = new Map<string, string[]>();

  constructor(
    private readonly entries: Readonly<Record<string, unknown>>,
    private readonly part: JsonPart,
    private readonly reading: JsonReading,
  ) {
    for (const id of Object.keys(entries)) {
      if (typeof record(entries[id])?.type !== 'string') {
        reading.context.skip('a city object without a type');
        continue;
      }
      const parent = this.#parent(id);
      if (parent === undefined || !this.#ends(id)) this.roots.push(id);
      else if (this.#children.has(parent)) this.#children.get(parent)!.push(id);
      else this.#children.set(parent, [id]);
    }
  }

  #parent(id: string): string | undefined {
    const parents = record(this.entries[id])?.parents;
    const parent: unknown = Array.isArray(parents) ? parents[0] : undefined;
    return typeof parent === 'string' && Object.hasOwn(this.entries, parent) && typeof record(this.entries[parent])?.type === 'string' ? parent : undefined;
  }

  /** Whether the way up from an object comes to an end: parents in a circle stand on their own. */
  #ends(id: string): boolean {
    let at: string | undefined = id;
    for (let step = 0; step < MOST_DEEP && at !== undefined; step++) at = this.#parent(at);
    return at === undefined;
  }

  build(id: string): CityObject {
    const { part, reading } = this;
    const entry = record(this.entries[id])!;
    const object = cityObject(typeName(String(entry.type)), id, propertiesOf(entry));
    for (const geometry of Array.isArray(entry.geometry) ? entry.geometry : []) addGeometry(object, record(geometry) ?? {}, part, reading);
    for (const each of this.#children.get(id) ?? []) {
      const child = this.build(each);
      const role = roleOf(child.type);
      if (role === 'inside') countInside(child, reading.tally);
      else if (role === 'attached') object.attached.push(child);
      else object.parts.push(child);
    }
    return object;
  }
}

/** What lies inside a building is counted, not drawn. */
function countInside(object: CityObject, tally: SurfaceTally): void {
  for (const { faces } of object.bodies) tally.interior += faces.length;
  tally.interior += object.outlines.length;
  for (const each of [...object.parts, ...object.attached]) countInside(each, tally);
}

/** Names of CityJSON 1.0 that later versions changed. */
function typeName(type: string): string {
  return type === 'BridgeConstructionElement' ? 'BridgeConstructiveElement' : type === 'TransportationSquare' ? 'TransportSquare' : type;
}

function top(object: CityObject, { context, tally }: JsonReading, relief: (faces: readonly Face[]) => void): CityObject[] {
  const role = roleOf(object.type);
  if (role === 'inside') {
    countInside(object, tally);
    return [];
  }
  if (role === 'relief') {
    for (const { faces } of object.bodies) {
      tally.flat += faces.length;
      relief(faces);
    }
    if (object.bodies.length === 0) context.skip(`${object.type} without geometry that can be drawn`);
    return [];
  }
  // A group without a body only lists others, which stand on their own.
  return role === 'group' && object.bodies.length === 0 ? [] : [object];
}

function propertiesOf(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const properties = flatAttributes(record(entry.attributes) ?? {});
  const addresses = (Array.isArray(entry.address) ? entry.address : []).map((each) => addressOf(record(each) ?? {})).filter(Boolean);
  if (addresses.length > 0 && properties.address === undefined) properties.address = addresses.join('; ');
  return properties;
}

function addressOf(address: Readonly<Record<string, unknown>>): string {
  const text = (...keys: string[]): string => String(keys.map((key) => address[key]).find((each) => typeof each === 'string' || typeof each === 'number') ?? '');
  return addressLine({ country: text('CountryName', 'Country'), locality: text('LocalityName', 'Locality', 'City'), street: text('ThoroughfareName', 'Street'), number: text('ThoroughfareNumber', 'HouseNumber'), postcode: text('PostalCode', 'Postcode') });
}

function addGeometry(object: CityObject, geometry: Readonly<Record<string, unknown>>, part: JsonPart, reading: JsonReading): void {
  const where = `${object.type} ${object.id}`;
  const instance = geometry.type === 'GeometryInstance';
  const solid = instance ? templateOf(geometry, part, reading, where) : { geometry, part };
  if (!solid) return;
  const lod = String(solid.geometry.lod ?? '1');
  const { faces, broken } = facesOf(solid.geometry, solid.part);
  for (let k = 0; k < broken; k++) reading.tally.fault('surface with broken coordinates', where);
  if (faces.length > 0) {
    const ground = /^0(\.|$)/u.test(lod);
    (ground ? object.outlines : bodyOf(object, /^\d(\.\d)?$/u.test(lod) ? lod : '1')).push(...faces);
  } else if (solid.geometry.type === 'MultiPoint' || solid.geometry.type === 'MultiLineString') addLines(object, solid.geometry, solid.part);
  else if (broken === 0 && Array.isArray(geometry.boundaries) && geometry.boundaries.length > 0 && !instance) reading.problem('unknown-geometry', `geometry of the type ${String(geometry.type).slice(0, 60)} is not known`, where);
}

function addLines(object: CityObject, geometry: Readonly<Record<string, unknown>>, { vertices }: JsonPart): void {
  const corners = (indices: unknown): number[] => {
    const known = (Array.isArray(indices) ? indices : []).filter((each) => Number.isInteger(each) && each >= 0 && each * 3 < vertices.length) as number[];
    return known.flatMap((each) => [...vertices.subarray(each * 3, each * 3 + 3)]);
  };
  if (geometry.type === 'MultiPoint') {
    const points = corners(geometry.boundaries);
    if (points.length >= 3) object.points.push(points.slice(0, 3));
  } else for (const line of Array.isArray(geometry.boundaries) ? geometry.boundaries : []) object.lines.push(corners(line));
}

/** A template's geometry with its vertices turned, scaled and moved to where it is used. @source CityJSON 2.0, 3.4 */
function templateOf(instance: Readonly<Record<string, unknown>>, part: JsonPart, { head, problem }: JsonReading, where: string): { geometry: Record<string, unknown>; part: JsonPart } | undefined {
  const all = head.templates?.templates;
  const geometry = Array.isArray(all) && Number.isInteger(instance.template) ? record(all[instance.template as number]) : undefined;
  const matrix = instance.transformationMatrix;
  const at = Array.isArray(instance.boundaries) ? (instance.boundaries[0] as unknown) : undefined;
  if (!geometry || geometry.type === 'GeometryInstance' || !isMatrix(matrix) || typeof at !== 'number' || !Number.isInteger(at) || at < 0 || at * 3 >= part.vertices.length) {
    problem('broken-template', 'a geometry refers to a template, a place or a matrix that is not there', where);
    return undefined;
  }
  return { geometry, part: { vertices: Float64Array.from(movedBy(head.templateVertices, matrix, part.vertices.subarray(at * 3, at * 3 + 3), head.frame)), appearance: part.appearance } };
}

/** Vertices as x, y, z in turn, NaN where one is none. */
export function verticesOf(value: unknown, { scale, translate }: Pick<JsonHead, 'scale' | 'translate'>): Float64Array {
  const vertices = Array.isArray(value) ? value : [];
  const out = new Float64Array(vertices.length * 3).fill(Number.NaN);
  for (let i = 0; i < vertices.length; i++) {
    const vertex: unknown = vertices[i];
    if (!Array.isArray(vertex)) continue;
    for (let axis = 0; axis < 3; axis++) {
      const number: unknown = vertex[axis];
      if (typeof number === 'number') out[i * 3 + axis] = number * scale[axis] + translate[axis];
    }
  }
  return out;
}
