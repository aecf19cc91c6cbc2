import { bodyOf, cityObject, type CityObject, type Face } from './city-object.ts';
import type { Frame } from './frame.ts';
import { attributesOf } from './gml-attributes.ts';
import { Drawn, facesOf, type GmlLookup } from './gml-faces.ts';
import { below, child, parseNumbers, type GmlNode } from './gml-node.ts';
import { roleOf, surfaceOf } from './kinds.ts';
import { isMatrix, movedBy } from './moved-by.ts';

const GROUND = 3;
const ROOF = 1;
const MOST_DEEP = 40;

/** Reads the features of one member into city objects. */
export class GmlObjects {
  constructor(
    private readonly lookup: GmlLookup,
    private readonly frame: Frame,
  ) {}

  /** An object with its parts; whatever has geometry in it is in it, or counted. */
  read(node: GmlNode, depth = 0): CityObject {
    const object = cityObject(typeOf(node.name), node.attributes?.id, attributesOf(node));
    const pieces = new Pieces(object, this.lookup, this.frame);
    this.#walk(node, pieces, { surface: undefined, depth });
    pieces.finish();
    return object;
  }

  #walk(node: GmlNode, pieces: Pieces, at: { surface: number | undefined; depth: number }): void {
    if (at.depth > MOST_DEEP) return;
    for (const property of node.children) {
      if (property.name === 'address' || property.name === 'appearance' || property.name === 'groupMember') continue;
      const lod = /^lod([0-4])/u.exec(property.name)?.[1];
      if (lod !== undefined) pieces.geometry(property, lod, at.surface);
      else if (property.geometry) for (const inner of property.children) this.#inner(inner, pieces, at);
    }
  }

  #inner(inner: GmlNode, pieces: Pieces, { surface, depth }: { surface: number | undefined; depth: number }): void {
    if (!inner.geometry) return;
    const type = typeOf(inner.name);
    const role = roleOf(type);
    if (role === 'part') pieces.object.parts.push(this.read(inner, depth + 1));
    else if (role === 'attached') pieces.object.attached.push(this.read(inner, depth + 1));
    else if (role === 'inside') this.lookup.tally.interior += facesBelow(inner);
    else if (/^Water(Ground|Closure)Surface$/u.test(inner.name)) this.lookup.tally.flat += facesBelow(inner);
    else if (inner.rings || inner.coordinates || inner.broken) pieces.geometry(inner, '1', surface);
    else this.#walk(inner, pieces, { surface: surfaceOf(inner.name) ?? surface, depth: depth + 1 });
  }
}

/** Names of CityGML 2 and of extensions that mean a class of 3.0. */
function typeOf(name: string): string {
  return name === 'BridgeConstructionElement' ? 'BridgeConstructiveElement' : name;
}

function facesBelow(node: GmlNode): number {
  return below(node, (each) => each.rings !== undefined).length;
}

/** Geometry of one object as it is met: boundary surfaces before the solids that refer to them. */
class Pieces {
  readonly #drawn = new Map<string, Drawn>();
  /** Geometry without a meaning of its own, kept until every boundary surface is known. */
  readonly #later: { node: GmlNode; lod: string }[] = [];
  readonly #edges: Face[] = [];

  constructor(
    readonly object: CityObject,
    private readonly lookup: GmlLookup,
    private readonly frame: Frame,
  ) {}

  geometry(property: GmlNode, lod: string, surface: number | undefined): void {
    if (/TerrainIntersection|MultiCurve$/u.test(property.name)) return;
    const implicit = below(property, ({ name }) => name === 'ImplicitGeometry')[0] ?? (property.name === 'ImplicitGeometry' ? property : undefined);
    if (implicit) this.#implicit(implicit, lod, surface);
    else if (surface === undefined) this.#later.push({ node: property, lod });
    else this.#add(property, lod, surface);
  }

  finish(): void {
    for (const { node, lod } of this.#later) this.#add(node, lod, 0);
    const { outlines } = this.object;
    if (outlines.length === 0) outlines.push(...this.#edges);
    else this.lookup.tally.flat += this.#edges.length;
  }

  #add(node: GmlNode, lod: string, surface: number): void {
    const drawn = this.#drawn.get(lod) ?? new Drawn();
    this.#drawn.set(lod, drawn);
    const faces = facesOf(node, surface, drawn, this.lookup);
    if (faces.length > 0) this.#put(faces, lod, surface, node.name);
    else this.#lines(node);
  }

  /** Outlines of LoD 0 are no body; an outline of the roof serves where there is none of the foot. */
  #put(faces: readonly Face[], lod: string, surface: number, name: string): void {
    if (lod !== '0') bodyOf(this.object, lod).push(...faces);
    else if (/RoofEdge/u.test(name) || surface === ROOF) this.#edges.push(...faces);
    else if (surface === 0 || surface === GROUND) this.object.outlines.push(...faces);
    else this.lookup.tally.flat += faces.length;
  }

  #lines(node: GmlNode): void {
    for (const each of below(node, ({ coordinates }) => coordinates !== undefined)) {
      if (each.name === 'Point') this.object.points.push(each.coordinates!);
      else this.object.lines.push(each.coordinates!);
    }
  }

  /** A template drawn where it is used. @source OGC 12-019 (CityGML 2.0), 8.3; OGC 20-010 (CityGML 3.0), 7.2.7 */
  #implicit(implicit: GmlNode, lod: string, surface: number | undefined): void {
    const { lookup, object } = this;
    const where = `line ${implicit.line}`;
    const place = below(child(implicit, 'referencePoint') ?? implicit, ({ name }) => name === 'Point')[0]?.coordinates;
    const matrix = parseNumbers(child(implicit, 'transformationMatrix')?.text ?? '') ?? [Number.NaN];
    if (place) object.points.push(place);
    const file = child(implicit, 'libraryObject')?.text.trim();
    const relative = implicit.children.find(({ name }) => name === 'relativeGMLGeometry' || name === 'relativeGeometry');
    if (!relative && file) return lookup.problem('external-reference', `geometry is said to be in ${file.slice(0, 120)}; nothing is read from other files or the network`, where);
    if (!relative || !place || place.length < 3 || (matrix.length > 0 && !isMatrix(matrix))) return lookup.problem('broken-template', 'a geometry has no template, no place or no matrix of 16 numbers', where);
    const turn = matrix.length === 16 ? matrix : [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const faces = facesOf(relative, surface ?? 0, new Drawn(), lookup).map((face) => ({ ...face, rings: face.rings.map((ring) => movedBy(ring, turn, place, this.frame)) }));
    if (faces.length > 0) this.#put(faces, lod, surface ?? 0, '');
  }
}
