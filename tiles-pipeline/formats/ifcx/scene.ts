import { multiply, transform, type Matrix } from '#geo';
import type { Issue } from '../../../engine/errors.ts';
import { ModelBuilder, type ModelPart } from '../model-builder.ts';
import type { ModelStorey, ModelTable } from '../model-table.ts';
import { isObject, type Composed } from './compose.ts';

const IDENTITY: Matrix = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
const FARTHEST = 1e8;
const MOST_TRIANGLES = 60_000_000;
const GREY = [204, 204, 204, 255] as const;
/** Shapes that say how a body came about, and are none. */
const ASIDE = /^(?:axis|basis|directrix|footprint|profile|box|boundary)/iu;
const NOT_BUILT: Readonly<Record<string, string>> = {
  IfcOpeningElement: 'opening (cut out of what it lies in)', IfcVoidingFeature: 'opening (cut out of what it lies in)', IfcSpace: 'space (a room, no body)', IfcSpatialZone: 'space (a room, no body)', IfcExternalSpatialElement: 'space (a room, no body)',
};
const SHELL = /^Ifc(?:Wall|Slab|Roof|CurtainWall|Window|Door|Plate|Column|Beam|Member|Stair|Ramp|Site|Building$|Pile|Footing|Bridge|Road|Pavement|Kerb|Course|Geographic|Earthworks|Chimney|Shading)/u;

/** The node whose shapes are gathered now: the nearest above that has a class. */
interface Element {
  readonly node: Composed;
  readonly class: string;
  readonly storey: number;
  readonly parts: ModelPart[];
  /** Shapes that were left out, for the account of what has no other. */
  left: string | undefined;
}

interface Place {
  readonly matrix: Matrix;
  readonly storey: number;
  readonly colour: readonly number[];
  readonly element: Element | undefined;
}

/** Walks a composed tree: every node with a class and a mesh of its own or below becomes a feature. */
export class IfcxScene {
  readonly #built = new ModelBuilder();
  readonly #storeys: (ModelStorey & { readonly node: Composed })[] = [];
  readonly #rows: { storey: number; shell: boolean }[] = [];
  readonly #faults = new Map<string, number>();
  #triangles = 0;

  constructor(
    private readonly name: string,
    private readonly skip: (reason: string, count?: number) => void,
  ) {}

  walk(roots: readonly Composed[]): void {
    for (const root of roots) this.#node(root, { matrix: IDENTITY, storey: -1, colour: GREY, element: undefined });
  }

  #fault(reason: string): void {
    this.#faults.set(reason, (this.#faults.get(reason) ?? 0) + 1);
  }

  #node(node: Composed, above: Place): void {
    const { attributes } = node;
    const visibility = attributes.get('usd::usdgeom::visibility');
    if (isObject(visibility) && visibility.visibility === 'invisible') return this.skip('said to be invisible');
    const given = codeOf(attributes.get('bsi::ifc::class'));
    const matrix = this.#matrix(attributes.get('usd::xformop'), above.matrix);
    const storey = given === 'IfcBuildingStorey' ? this.#storey(node, matrix) : above.storey;
    const element: Element | undefined = given === '' ? above.element : { node, class: given, storey, parts: [], left: undefined };
    const place: Place = { matrix, storey, colour: colourOf(attributes) ?? above.colour, element };
    const mesh = attributes.get('usd::usdgeom::mesh');
    if (mesh !== undefined && !(ASIDE.test(node.name) && given === '')) this.#mesh(mesh, place, node);
    for (const child of node.children) this.#node(child, place);
    if (element && element !== above.element) this.#done(element);
  }

  #storey(node: Composed, matrix: Matrix): number {
    const known = this.#storeys.findIndex((storey) => storey.node === node);
    return known >= 0 ? known : this.#storeys.push({ id: node.id, name: nameOf(node), elevation: matrix[14], node }) - 1;
  }

  /** Rows of a matrix that is multiplied from the right of a place: its last row is where to. */
  #matrix(value: unknown, above: Matrix): Matrix {
    if (value === undefined) return above;
    const rows = isObject(value) ? value.transform : undefined;
    const numbers = Array.isArray(rows) ? (rows as unknown[]).flat() : [];
    if (numbers.length === 16 && numbers.every((each) => typeof each === 'number' && Number.isFinite(each))) return multiply(above, Float64Array.from(numbers as number[]));
    this.#fault('transform that is not four by four numbers; what hangs on it stands where the node above does');
    return above;
  }

  #mesh(value: unknown, { matrix, colour, element, storey }: Place, node: Composed): void {
    const points = numbersOf(isObject(value) ? value.points : undefined, 3);
    const corners = points && triangles(value as Record<string, unknown>, points.length / 3);
    if (!points || !corners || corners.length === 0) {
      if (element) element.left = 'body without triangles';
      return this.#fault('mesh without points or with faces that name others');
    }
    this.#triangles += corners.length / 3;
    if (this.#triangles > MOST_TRIANGLES) return this.skip('beyond what one model may have');
    const positions = new Float64Array(points.length);
    for (let i = 0; i < points.length; i += 3) transform(matrix, points[i], points[i + 1], points[i + 2], positions, i);
    if (!positions.every((at) => Math.abs(at) < FARTHEST)) {
      if (element) element.left = 'standing where there is no place';
      return this.#fault('mesh that stands where there is no place');
    }
    const part: ModelPart = { positions, indices: corners, colours: Uint8Array.from(colour) };
    if (element) element.parts.push(part);
    else this.#add({ node, class: '', storey, parts: [part], left: undefined });
  }

  #done(element: Element): void {
    const reason = NOT_BUILT[element.class];
    if (reason && element.parts.length > 0) this.skip(reason);
    else if (!reason && element.parts.length > 0) this.#add(element);
    else if (element.left) this.skip(element.left);
  }

  #add({ node, class: given, storey, parts }: Element): void {
    const { attributes } = node;
    const text = (key: string): string => (typeof attributes.get(key) === 'string' ? (attributes.get(key) as string) : '');
    this.#built.add({ id: node.id, name: nameOf(node), class: given || 'node', type: text('bsi::ifc::prop::TypeName') || text('bsi::ifc::prop::ObjectType'), material: codeOf(attributes.get('bsi::ifc::material')), properties: setsOf(attributes) }, parts);
    this.#rows.push({ storey, shell: SHELL.test(given) });
  }

  /** @returns undefined, with an issue, where nothing is drawn */
  done(stem: string, schema: string, issues: Issue[]): ModelTable | undefined {
    const { name } = this;
    for (const [reason, count] of this.#faults) issues.push({ code: 'ifcx-node', severity: 'warning', message: `${name}: ${count} × ${reason}.`, path: name, count });
    if (this.#built.repeated > 0) issues.push({ code: 'repeated-ids', severity: 'info', message: `${name}: ${this.#built.repeated} things stand in more than one place; they got #2, #3… behind their path.`, path: name });
    if (this.#built.count === 0) {
      issues.push({ code: 'nothing-to-draw', severity: 'error', message: `${name} holds nothing that can be drawn. What it imports by network is not fetched; put the layers it builds on beside it.`, path: name });
      return undefined;
    }
    const table = this.#built.done({ name: stem, schema, cimLevel: 'CIM4', storeys: this.#storeys.map(({ id, name: called, elevation }) => ({ id, name: called, elevation })), storey: Int32Array.from(this.#rows, ({ storey }) => storey) });
    table.features.shell.set(this.#rows.map(({ shell }) => (shell ? 1 : 0)));
    return table;
  }
}

function codeOf(value: unknown): string {
  return isObject(value) && typeof value.code === 'string' ? value.code : '';
}

/** What it says its name is; else what the node above calls it, without a path behind it. */
function nameOf({ attributes, name, id }: Composed): string {
  const said = attributes.get('bsi::ifc::prop::Name');
  if (typeof said === 'string') return said;
  return name === id ? '' : name.replace(/\s*-\s*[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu, '');
}

function colourOf(attributes: ReadonlyMap<string, unknown>): readonly number[] | undefined {
  const colour = numbersOf(attributes.get('bsi::ifc::presentation::diffuseColor'), 1);
  if (!colour || colour.length !== 3) return undefined;
  const opacity = attributes.get('bsi::ifc::presentation::opacity');
  const byte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
  return [...Array.from(colour, byte), typeof opacity === 'number' ? byte(opacity) : 255];
}

/** A flat list of numbers, or one of lists of `width`; undefined where it is neither. */
function numbersOf(value: unknown, width: number): Float64Array | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const flat = Array.isArray(value[0]) ? (value as unknown[]).flat() : (value as unknown[]);
  if (flat.length % width !== 0 || !flat.every((each) => typeof each === 'number' && Number.isFinite(each))) return undefined;
  return Float64Array.from(flat as number[]);
}

/** Faces as triangles: three corners each, or as many as `faceVertexCounts` says, fanned. */
function triangles({ faceVertexIndices, faceVertexCounts }: Record<string, unknown>, points: number): Uint32Array | undefined {
  const corners = numbersOf(faceVertexIndices, 1);
  if (!corners || !corners.every((corner) => Number.isInteger(corner) && corner >= 0 && corner < points)) return undefined;
  const counts = numbersOf(faceVertexCounts, 1);
  if (!counts) return corners.length % 3 === 0 ? Uint32Array.from(corners) : undefined;
  const out: number[] = [];
  let at = 0;
  for (const count of counts) {
    if (!Number.isInteger(count) || count < 3 || at + count > corners.length) return undefined;
    for (let k = 1; k + 1 < count; k++) out.push(corners[at], corners[at + k], corners[at + k + 1]);
    at += count;
  }
  return Uint32Array.from(out);
}

/** Attributes that are words and numbers, by what stands before their last `::`. */
function setsOf(attributes: ReadonlyMap<string, unknown>): unknown[] {
  const sets = new Map<string, [string, string | number | boolean][]>();
  for (const [key, value] of attributes) {
    const cut = key.lastIndexOf('::');
    const [set, name] = cut < 0 ? ['', key] : [key.slice(0, cut), key.slice(cut + 2)];
    if (/^(?:usd|bsi::ifc::presentation)/u.test(key)) continue;
    const plain = isObject(value) ? Object.entries(value).slice(0, 100).map(([part, each]) => [`${name} ${part}`, each] as const) : [[name, value] as const];
    for (const [called, each] of plain) if (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean') sets.set(set, [...(sets.get(set) ?? []), [called, each]]);
  }
  return [...sets];
}
