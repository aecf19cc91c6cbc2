/** An element of GML, geometry already as numbers. */
export interface GmlNode {
  /** Name without its prefix. */
  readonly name: string;
  readonly prefix: string;
  /** The namespace. */
  readonly space: string;
  /** By local name: `id`, `href`, `srsName`, `uom`, `codeSpace`, `name`, `ring`, `uri`. */
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly line: number;
  text: string;
  children: GmlNode[];
  /** x, y, z in turn of a ring, a line or a point, as written (a ring with its closing corner). */
  coordinates?: readonly number[];
  /** Set where the coordinates cannot be read. */
  broken?: true;
  /** Rings of a polygon, the outer one first: nodes with coordinates and the ids that textures refer to. */
  rings?: readonly GmlNode[];
  /** Whether there is geometry here or below. */
  geometry: boolean;
}

const polygons = new Set(['Polygon', 'Triangle', 'Rectangle', 'PolygonPatch']);
const curves = new Set(['LinearRing', 'LineString', 'LineStringSegment', 'Point']);
const listed = new Set(['posList', 'pos', 'coordinates']);

/** Properties that may refer to geometry elsewhere in place of holding it. */
export const REFERRING = /^(lod\d|surfaceMember|solidMember|baseSurface|geometryMember|exterior|interior$|relativeG)/u;

/** Turns a finished element into numbers where it is a geometry; what it was made of is let go. @param dimension numbers a place, as declared here or above */
export function settle(node: GmlNode, dimension: number): void {
  if (curves.has(node.name)) {
    const flat = numbersOf(node);
    const read = flat ? spread(flat, dimension) : undefined;
    if (read) node.coordinates = read;
    else node.broken = true;
    node.children = [];
    node.geometry = true;
  } else if (node.name === 'Ring') {
    const lines = below(node, (each) => each.coordinates !== undefined || each.broken === true);
    if (lines.some((each) => each.broken)) node.broken = true;
    else node.coordinates = lines.flatMap((each) => each.coordinates!);
    node.children = [];
    node.geometry = true;
  } else if (polygons.has(node.name)) {
    node.rings = node.children.flatMap((side) => side.children).filter((each) => each.coordinates !== undefined || each.broken);
    if (node.rings.length === 0 || node.rings.some((ring) => ring.broken)) node.broken = true;
    node.children = [];
    node.geometry = true;
  } else if (node.name === 'ImplicitGeometry' || (node.attributes?.href !== undefined && REFERRING.test(node.name))) node.geometry = true;
}

/** Nodes below one that answer to a test; their own insides are not looked at. */
export function below(node: GmlNode, test: (node: GmlNode) => boolean): GmlNode[] {
  return node.children.flatMap((each) => (test(each) ? [each] : below(each, test)));
}

export function child(node: GmlNode, name: string): GmlNode | undefined {
  return node.children.find((each) => each.name === name);
}

/** All numbers of the lists in an element, in order; undefined where something else stands among them. */
function numbersOf(node: GmlNode): number[] | undefined {
  const lists = below(node, (each) => listed.has(each.name));
  const text = lists.length === 1 ? lists[0].text : lists.map((each) => each.text).join(' ');
  return parseNumbers(lists.some((each) => each.name === 'coordinates') ? text.replaceAll(',', ' ') : text);
}

/** Numbers parted by white space; undefined where one is none or not finite. */
export function parseNumbers(text: string): number[] | undefined {
  const words = text.trim().split(/\s+/u);
  if (words.length === 1 && words[0] === '') return [];
  const out: number[] = [];
  for (let i = 0; i < words.length; i++) {
    const code = words[i].charCodeAt(words[i].length - 1);
    const value = code >= 46 && code <= 57 ? Number(words[i]) : Number.NaN;
    if (!Number.isFinite(value)) return undefined;
    out.push(value);
  }
  return out;
}

/** Places of two or three numbers as x, y, z; undefined where the numbers do not come out even. */
function spread(flat: readonly number[], dimension: number): readonly number[] | undefined {
  if (flat.length === 0 || flat.length % dimension !== 0) return undefined;
  if (dimension === 3) return flat;
  const out: number[] = [];
  for (let i = 0; i < flat.length; i += dimension) out.push(flat[i], flat[i + 1], 0);
  return out;
}
