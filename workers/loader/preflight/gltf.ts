import { imageSize } from './image-size.ts';
import { isCount, isObject, isSane, type JsonObject } from './parse-json.ts';
import { positionsProblem } from './positions.ts';

const COMPONENT_BYTES: Readonly<Record<number, number>> = { 5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4 };
const TYPE_COMPONENTS: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16 };
const LISTS = ['accessors', 'animations', 'buffers', 'bufferViews', 'cameras', 'images', 'materials', 'meshes', 'nodes', 'samplers', 'scenes', 'skins', 'textures'] as const;

export interface GltfCheck {
  /** The binary chunk of a GLB; null for a .gltf. */
  readonly binary: Uint8Array | null;
  /** Bytes all accessors together may unpack to. */
  readonly unpacked: number;
  /** Pixels of one picture. */
  readonly pixels: number;
  readonly uriProblem: (uri: string) => string | null;
}

type List = readonly JsonObject[];

function lists(json: JsonObject): Record<(typeof LISTS)[number], List> | string {
  const out = {} as Record<(typeof LISTS)[number], List>;
  for (const name of LISTS) {
    const list = json[name] ?? [];
    if (!Array.isArray(list) || !list.every(isObject)) return `/${name} is no list of objects`;
    out[name] = list;
  }
  return out;
}

/** Why a glTF cannot be handed to a decoder; null when it can. Every length and index is held against what is there. */
export function gltfProblem(json: unknown, check: GltfCheck): string | null {
  if (!isObject(json)) return 'its JSON is no object';
  if (!isObject(json.asset) || !/^2\.\d+$/.test(String(json.asset.version))) return '/asset/version is not 2.x';
  const all = lists(json);
  if (typeof all === 'string') return all;
  return buffersProblem(all, check) ?? accessorsProblem(all, check.unpacked) ?? meshesProblem(all) ?? nodesProblem(json, all) ?? imagesProblem(all, check) ?? positionsProblem(all, check.binary);
}

function buffersProblem({ buffers, bufferViews }: Record<'buffers' | 'bufferViews', List>, check: GltfCheck): string | null {
  for (const [i, buffer] of buffers.entries()) {
    if (!isCount(buffer.byteLength, 2 ** 31)) return `/buffers/${i}/byteLength is no count`;
    const fallback = isObject(buffer.extensions) && 'EXT_meshopt_compression' in buffer.extensions;
    if (typeof buffer.uri === 'string') {
      const problem = check.uriProblem(buffer.uri);
      if (problem) return `/buffers/${i}: ${problem}`;
    } else if (!fallback && (check.binary === null || i > 0 || buffer.byteLength > check.binary.length)) return `/buffers/${i} says ${buffer.byteLength} bytes, ${check.binary?.length ?? 0} are there`;
  }
  for (const [i, view] of bufferViews.entries()) {
    const problem = viewProblem(view, buffers);
    if (problem) return `/bufferViews/${i}: ${problem}`;
    const packed = isObject(view.extensions) ? view.extensions.EXT_meshopt_compression : undefined;
    if (packed === undefined) continue;
    if (!isObject(packed)) return `/bufferViews/${i}: its compression is no object`;
    const inner = viewProblem(packed, buffers);
    if (inner) return `/bufferViews/${i}: compressed: ${inner}`;
    if (!isCount(packed.count, 2 ** 28) || !isCount(packed.byteStride, 256) || packed.count * packed.byteStride > (view.byteLength as number)) return `/bufferViews/${i}: it unpacks to more than its ${String(view.byteLength)} bytes`;
  }
  return null;
}

function viewProblem(view: JsonObject, buffers: List): string | null {
  const { buffer, byteOffset = 0, byteLength, byteStride } = view;
  if (!isCount(buffer) || buffer >= buffers.length) return 'it names no buffer';
  if (!isCount(byteOffset) || !isCount(byteLength)) return 'its range is no count';
  if (byteOffset + byteLength > (buffers[buffer].byteLength as number)) return `its bytes ${byteOffset} to ${byteOffset + byteLength} lie outside the buffer of ${String(buffers[buffer].byteLength)}`;
  return byteStride === undefined || isCount(byteStride, 256) ? null : 'its stride is no count up to 256';
}

function accessorsProblem({ accessors, bufferViews }: Record<'accessors' | 'bufferViews', List>, unpacked: number): string | null {
  let bytes = 0;
  for (const [i, accessor] of accessors.entries()) {
    const size = (COMPONENT_BYTES[accessor.componentType as number] ?? 0) * (TYPE_COMPONENTS[accessor.type as string] ?? 0);
    if (size === 0) return `/accessors/${i} has an unknown type`;
    if (!isCount(accessor.count)) return `/accessors/${i}/count is no count`;
    bytes += size * accessor.count;
    if (bytes > unpacked) return `its accessors say ${(bytes / 2 ** 20).toFixed(0)} MB; at most ${(unpacked / 2 ** 20).toFixed(0)} MB are taken`;
    const problem = rangeProblem(accessor.bufferView, accessor.byteOffset, accessor.count, size, bufferViews) ?? sparseProblem(accessor, size, bufferViews) ?? boundsProblem(accessor);
    if (problem) return `/accessors/${i}: ${problem}`;
  }
  return null;
}

function rangeProblem(index: unknown, offset: unknown, count: number, size: number, views: List): string | null {
  if (index === undefined) return null;
  if (!isCount(index) || index >= views.length) return 'it names no bufferView';
  const view = views[index];
  const start = offset ?? 0;
  if (!isCount(start)) return 'its offset is no count';
  const stride = (view.byteStride as number | undefined) ?? size;
  const end = count === 0 ? 0 : start + stride * (count - 1) + size;
  return end > (view.byteLength as number) ? `its ${count} entries need ${end} bytes, its bufferView has ${String(view.byteLength)}` : null;
}

function sparseProblem(accessor: JsonObject, size: number, views: List): string | null {
  if (accessor.sparse === undefined) return null;
  const { sparse } = accessor;
  if (!isObject(sparse) || !isCount(sparse.count) || sparse.count > (accessor.count as number) || !isObject(sparse.indices) || !isObject(sparse.values)) return 'its sparse part is not sound';
  const width = COMPONENT_BYTES[sparse.indices.componentType as number] ?? 0;
  if (width === 0 || sparse.indices.bufferView === undefined || sparse.values.bufferView === undefined) return 'its sparse part is not sound';
  return rangeProblem(sparse.indices.bufferView, sparse.indices.byteOffset, sparse.count, width, views) ?? rangeProblem(sparse.values.bufferView, sparse.values.byteOffset, sparse.count, size, views);
}

function boundsProblem(accessor: JsonObject): string | null {
  for (const key of ['min', 'max'] as const) {
    const value = accessor[key];
    if (value !== undefined && !(Array.isArray(value) && value.every((each) => isSane(each, 1e38)))) return `its ${key} is no list of numbers`;
  }
  return null;
}

function meshesProblem({ meshes, accessors, materials }: Record<'meshes' | 'accessors' | 'materials', List>): string | null {
  for (const [i, mesh] of meshes.entries()) {
    if (!Array.isArray(mesh.primitives) || !mesh.primitives.every(isObject)) return `/meshes/${i} has no primitives`;
    for (const primitive of mesh.primitives as JsonObject[]) {
      if (!isObject(primitive.attributes)) return `/meshes/${i} has a primitive without attributes`;
      const named = [...Object.values(primitive.attributes), ...(primitive.indices === undefined ? [] : [primitive.indices])];
      if (!named.every((index) => isCount(index) && index < accessors.length)) return `/meshes/${i} names an accessor that is not there`;
      const counts = new Set(Object.values(primitive.attributes).map((index) => accessors[index as number].count));
      if (counts.size > 1) return `/meshes/${i} has attributes of different lengths`;
      if (primitive.material !== undefined && !(isCount(primitive.material) && primitive.material < materials.length)) return `/meshes/${i} names a material that is not there`;
    }
  }
  return null;
}

function nodesProblem(json: JsonObject, { nodes, meshes, scenes }: Record<'nodes' | 'meshes' | 'scenes', List>): string | null {
  const parent = new Int32Array(nodes.length).fill(-1);
  for (const [i, node] of nodes.entries()) {
    if (node.mesh !== undefined && !(isCount(node.mesh) && node.mesh < meshes.length)) return `/nodes/${i} names a mesh that is not there`;
    for (const [key, length] of [['matrix', 16], ['translation', 3], ['rotation', 4], ['scale', 3]] as const) {
      const value = node[key];
      if (value !== undefined && !(Array.isArray(value) && value.length === length && value.every((each) => isSane(each)))) return `/nodes/${i}/${key} is not ${length} numbers`;
    }
    if (node.children === undefined) continue;
    if (!Array.isArray(node.children)) return `/nodes/${i}/children is no list`;
    for (const child of node.children as unknown[]) {
      if (!isCount(child) || child >= nodes.length) return `/nodes/${i} names a child that is not there`;
      if (parent[child] >= 0) return `/nodes/${child} has two parents`;
      parent[child] = i;
    }
  }
  // With one parent each, a circle is a chain of parents longer than there are nodes.
  for (let i = 0; i < nodes.length; i++) {
    let steps = 0;
    for (let at = i; at >= 0; at = parent[at]) if (++steps > Math.min(nodes.length, 4096)) return 'its nodes form a circle or nest too deep';
  }
  if (json.scene !== undefined && !(isCount(json.scene) && json.scene < scenes.length)) return 'it names a scene that is not there';
  for (const scene of scenes) if (scene.nodes !== undefined && !(Array.isArray(scene.nodes) && scene.nodes.every((node) => isCount(node) && node < nodes.length))) return 'a scene names a node that is not there';
  return null;
}

function imagesProblem({ images, bufferViews, textures }: Record<'images' | 'bufferViews' | 'textures', List>, check: GltfCheck): string | null {
  for (const [i, image] of images.entries()) {
    if (typeof image.uri === 'string') {
      const problem = check.uriProblem(image.uri);
      if (problem) return `/images/${i}: ${problem}`;
      continue;
    }
    if (!isCount(image.bufferView) || image.bufferView >= bufferViews.length) return `/images/${i} has neither a uri nor a bufferView`;
    const view = bufferViews[image.bufferView];
    if (!check.binary || view.buffer !== 0) continue;
    const start = (view.byteOffset as number | undefined) ?? 0;
    const size = imageSize(check.binary.subarray(start, start + (view.byteLength as number)));
    if (size && size.width * size.height > check.pixels) return `/images/${i} is ${size.width} × ${size.height} pixels, too many`;
    if (size && (size.width === 0 || size.height === 0)) return `/images/${i} has no pixels`;
  }
  for (const [i, texture] of textures.entries()) if (texture.source !== undefined && !(isCount(texture.source) && texture.source < images.length)) return `/textures/${i} names an image that is not there`;
  return null;
}
