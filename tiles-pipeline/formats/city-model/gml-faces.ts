import type { Face, Rgba } from './city-object.ts';
import type { GmlAppearance } from './gml-appearance.ts';
import type { GmlNode } from './gml-node.ts';
import type { SurfaceTally } from './surface-tally.ts';

const DEEPEST = 60;

/** What geometry is looked up in and counted with. */
export interface GmlLookup {
  /** An element by its id, in this member or, where the file refers across members, in another. */
  find(id: string): GmlNode | undefined;
  readonly looks: GmlAppearance;
  readonly tally: SurfaceTally;
  problem(code: string, what: string, where: string): void;
}

/** What has been drawn of one object at one level: a surface that is referred to again is not drawn again. */
export class Drawn {
  readonly nodes = new Set<GmlNode>();
  readonly #corners = new Set<string>();

  /** Whether a face of just these corners is there already, as where a solid repeats its boundary surfaces. */
  repeats(face: Face): boolean {
    const { rings } = face;
    const corners = Array.from({ length: rings[0].length / 3 }, (_, i) => `${rings[0][i * 3]} ${rings[0][i * 3 + 1]} ${rings[0][i * 3 + 2]}`);
    const key = corners.toSorted().join(' ');
    if (this.#corners.has(key)) return true;
    this.#corners.add(key);
    return false;
  }
}

interface Walk {
  readonly lookup: GmlLookup;
  readonly drawn: Drawn;
  readonly surface: number;
  readonly faces: Face[];
  readonly path: Set<GmlNode>;
}

/** The faces of a geometry or of a property that holds or refers to one. */
export function facesOf(node: GmlNode, surface: number, drawn: Drawn, lookup: GmlLookup): Face[] {
  const walk: Walk = { lookup, drawn, surface, faces: [], path: new Set() };
  step(walk, node, { turned: false, colour: undefined });
  return walk.faces;
}

interface Inherited {
  readonly turned: boolean;
  readonly colour: Rgba | undefined;
}

function step(walk: Walk, node: GmlNode, inherited: Inherited): void {
  const { lookup, drawn, path } = walk;
  if (path.has(node) || path.size > DEEPEST) return lookup.problem('xlink-loop', `the reference ${node.attributes?.id ? `to #${node.attributes.id}` : ''} leads back to itself`, `line ${node.line}`);
  if (drawn.nodes.has(node)) return;
  const colour = lookup.looks.colour(node.attributes?.id) ?? inherited.colour;
  if (node.rings || (node.broken && node.name !== 'Point')) {
    drawn.nodes.add(node);
    polygon(walk, node, { ...inherited, colour });
    return;
  }
  const turned = node.name === 'OrientableSurface' && node.attributes?.orientation === '-' ? !inherited.turned : inherited.turned;
  const href = node.attributes?.href;
  path.add(node);
  if (href !== undefined && node.children.length === 0) {
    const target = targetOf(href, node, lookup);
    if (target) step(walk, target, { turned, colour });
  }
  for (const each of node.children) if (each.geometry || each.attributes?.href !== undefined) step(walk, each, { turned, colour });
  path.delete(node);
  // What refers onwards is walked again for another object, but not twice for this one.
  if (node.attributes?.id !== undefined) drawn.nodes.add(node);
}

function targetOf(href: string, { line }: GmlNode, { find, problem }: GmlLookup): GmlNode | undefined {
  if (!href.startsWith('#')) {
    problem('external-reference', `geometry is said to be in ${href.slice(0, 120)}; nothing is read from other files or the network`, `line ${line}`);
    return undefined;
  }
  const target = find(href.slice(1));
  if (!target) problem('xlink-missing', `geometry refers to ${href.slice(0, 120)}, which is not in the file`, `line ${line}`);
  return target;
}

function polygon(walk: Walk, node: GmlNode, { turned, colour }: Inherited): void {
  const { lookup, drawn, surface, faces } = walk;
  if (node.broken || !node.rings) {
    lookup.tally.fault('surface with broken coordinates', `line ${node.line}`);
    return;
  }
  const rings: number[][] = [];
  const uv: number[][] = [];
  let image: string | undefined;
  for (const [index, ring] of node.rings.entries()) {
    const look = lookup.looks.ring(ring.attributes?.id);
    if (index === 0) image = look?.image;
    const open = opened(ring.coordinates!, look?.uv, turned);
    rings.push(open.ring);
    uv.push(open.uv);
  }
  const face: Face = { rings, surface, ...(colour ? { colour } : {}), ...(image === undefined ? {} : { image, uv }) };
  if (drawn.repeats(face)) lookup.tally.repeated++;
  else faces.push(face);
}

/** A ring without its closing and repeated corners, and its places in an image beside it. */
function opened(coordinates: readonly number[], places: Float32Array | undefined, turned: boolean): { ring: number[]; uv: number[] } {
  const ring: number[] = [];
  const uv: number[] = [];
  const count = coordinates.length / 3;
  for (let k = 0; k < count; k++) {
    const i = (turned ? count - 1 - k : k) * 3;
    const n = ring.length;
    if (n > 0 && ring[n - 3] === coordinates[i] && ring[n - 2] === coordinates[i + 1] && ring[n - 1] === coordinates[i + 2]) continue;
    ring.push(coordinates[i], coordinates[i + 1], coordinates[i + 2]);
    const known = places !== undefined && (i / 3) * 2 + 1 < places.length;
    uv.push(known ? places[(i / 3) * 2] : 0, known ? places[(i / 3) * 2 + 1] : 0);
  }
  while (ring.length > 3 && ring[0] === ring[ring.length - 3] && ring[1] === ring[ring.length - 2] && ring[2] === ring[ring.length - 1]) {
    ring.length -= 3;
    uv.length -= 2;
  }
  return { ring, uv };
}
