import { multiply, type Matrix } from '#geo';
import type { GltfDocument } from './document.ts';
import { GltfFault, isCount, numbers, type GltfNode } from './json.ts';

/** A node with a mesh, where it stands. */
export interface Standing {
  readonly node: GltfNode;
  readonly index: number;
  /** Names from the root on; a node without one is `#index`. */
  readonly path: string;
  /** Its own axes → the file's. */
  readonly matrix: Matrix;
}

export interface Scene {
  readonly standing: readonly Standing[];
  /** Nodes met a second time, or deeper than is sound. */
  readonly broken: number;
}

const DEEPEST = 256;
const IDENTITY: Matrix = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);

/** Every node of the scene that shows something, in the file's own order. Without a scene: every node that is nobody's child. */
export function sceneOf({ json }: GltfDocument): Scene {
  const nodes = Array.isArray(json.nodes) ? json.nodes : [];
  const standing: Standing[] = [];
  const seen = new Set<number>();
  let broken = 0;
  const open = rootsOf(json, nodes).map((index) => ({ index, path: '', matrix: IDENTITY, depth: 0 })).toReversed();
  for (let next = open.pop(); next; next = open.pop()) {
    const { index } = next;
    const node = nodes[index];
    if (!node || typeof node !== 'object' || seen.has(index) || next.depth > DEEPEST) {
      broken++;
      continue;
    }
    seen.add(index);
    const path = `${next.path}${next.path && '/'}${typeof node.name === 'string' && node.name !== '' ? node.name : `#${index}`}`;
    const own = matrixOf(node);
    if (!own) {
      broken++;
      continue;
    }
    const matrix = own === IDENTITY ? next.matrix : multiply(next.matrix, own);
    if (isCount(node.mesh)) standing.push({ node, index, path, matrix });
    const children = Array.isArray(node.children) ? node.children.filter(isCount) : [];
    for (const child of children.toReversed()) open.push({ index: child, path, matrix, depth: next.depth + 1 });
  }
  return { standing, broken };
}

function rootsOf(json: GltfDocument['json'], nodes: readonly GltfNode[]): number[] {
  const scene = json.scenes?.[json.scene ?? 0];
  if (Array.isArray(scene?.nodes)) return scene.nodes.filter(isCount);
  const children = new Set(nodes.flatMap((node) => (Array.isArray(node?.children) ? node.children : [])));
  return [...nodes.keys()].filter((index) => !children.has(index));
}

/** undefined where it is no transform. */
function matrixOf(node: GltfNode): Matrix | undefined {
  if (node.matrix !== undefined) {
    const matrix = numbers(node.matrix, 16);
    return matrix && Float64Array.from(matrix);
  }
  if (node.translation === undefined && node.rotation === undefined && node.scale === undefined) return IDENTITY;
  const [translation, rotation, scale] = [numbers(node.translation ?? [0, 0, 0], 3), numbers(node.rotation ?? [0, 0, 0, 1], 4), numbers(node.scale ?? [1, 1, 1], 3)];
  return translation && rotation && scale && composed(translation, rotation, scale);
}

/** Translation · rotation (x, y, z, w) · scale, column by column. */
export function composed([tx, ty, tz]: ArrayLike<number> & Iterable<number>, [x, y, z, w]: ArrayLike<number> & Iterable<number>, [sx, sy, sz]: ArrayLike<number> & Iterable<number>): Matrix {
  return Float64Array.of(
    (1 - 2 * (y * y + z * z)) * sx, 2 * (x * y + z * w) * sx, 2 * (x * z - y * w) * sx, 0,
    2 * (x * y - z * w) * sy, (1 - 2 * (x * x + z * z)) * sy, 2 * (y * z + x * w) * sy, 0,
    2 * (x * z + y * w) * sz, 2 * (y * z - x * w) * sz, (1 - 2 * (x * x + y * y)) * sz, 0,
    tx, ty, tz, 1,
  );
}

/** Where the copies of a node stand, its own axes → the file's; one for a node without copies. @source EXT_mesh_gpu_instancing @throws {GltfFault} */
export async function copiesOf(document: GltfDocument, { node, matrix }: Standing, most: number): Promise<Matrix[]> {
  const attributes = node.extensions?.EXT_mesh_gpu_instancing?.attributes;
  if (!attributes) return [matrix];
  const read = async (name: string, type: string): Promise<Float64Array | undefined> => (attributes[name] === undefined ? undefined : (await document.values(attributes[name], type)).array);
  const [moved, turned, scaled] = [await read('TRANSLATION', 'VEC3'), await read('ROTATION', 'VEC4'), await read('SCALE', 'VEC3')];
  const count = moved ? moved.length / 3 : turned ? turned.length / 4 : (scaled?.length ?? 0) / 3;
  if (count > most || (turned && turned.length !== count * 4) || (scaled && scaled.length !== count * 3)) throw new GltfFault(`its ${count} copies are too many, or their lists differ in length`);
  return Array.from({ length: count }, (_, i) => multiply(matrix, composed(moved?.subarray(i * 3, i * 3 + 3) ?? [0, 0, 0], turned?.subarray(i * 4, i * 4 + 4) ?? [0, 0, 0, 1], scaled?.subarray(i * 3, i * 3 + 3) ?? [1, 1, 1])));
}
