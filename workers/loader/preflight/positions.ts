import { isObject, isSane, type JsonObject } from './parse-json.ts';

/** Larger than any coordinate, metres: squares and products of it stay finite in doubles. */
const FARTHEST = 1e12;

/** Index of the first of `count` float32 vectors (of `size` numbers, `stride` bytes apart) that has a number nothing can stand at; -1 when all are sound. */
export function badVector(bytes: Uint8Array, start: number, count: number, size = 3, stride = size * 4): number {
  if (count === 0) return -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, stride * (count - 1) + size * 4);
  for (let i = 0; i < count; i++) {
    // NaN fails the comparison too.
    for (let axis = 0; axis < size; axis++) if (!(Math.abs(view.getFloat32(i * stride + axis * 4, true)) <= FARTHEST)) return i;
  }
  return -1;
}

type Lists = Record<'meshes' | 'accessors' | 'bufferViews', readonly JsonObject[]>;

/** Why a model's vertices cannot stand anywhere; null where they can, or are packed. Ranges are already known to lie within the binary part. */
export function positionsProblem({ meshes, accessors, bufferViews }: Lists, binary: Uint8Array | null): string | null {
  if (!binary || binary.length === 0) return null;
  const seen = new Set<unknown>();
  for (const mesh of meshes) {
    for (const primitive of mesh.primitives as JsonObject[]) {
      const index = (primitive.attributes as JsonObject).POSITION as number | undefined;
      if (index === undefined || seen.has(index) || isObject(primitive.extensions) && 'KHR_draco_mesh_compression' in primitive.extensions) continue;
      seen.add(index);
      const accessor = accessors[index];
      const view = bufferViews[accessor.bufferView as number];
      if (accessor.componentType !== 5126 || accessor.type !== 'VEC3' || !view || view.buffer !== 0 || isObject(view.extensions)) continue;
      const start = ((view.byteOffset as number | undefined) ?? 0) + ((accessor.byteOffset as number | undefined) ?? 0);
      const bad = badVector(binary, start, accessor.count as number, 3, (view.byteStride as number | undefined) ?? 12);
      if (bad >= 0) return `/accessors/${index}: its vertex ${bad} is at no usable place`;
    }
  }
  return null;
}

/** Float vectors of the feature table of a pnts or an i3dm. */
const VECTORS: Readonly<Record<string, number>> = { POSITION: 3, NORMAL_UP: 3, NORMAL_RIGHT: 3, SCALE: 1, SCALE_NON_UNIFORM: 3, NORMAL: 3 };
const CONSTANTS = ['RTC_CENTER', 'QUANTIZED_VOLUME_OFFSET', 'QUANTIZED_VOLUME_SCALE'];

/** Why the places of points or instances, or the centre they count from, cannot be used. `binary` is the feature table's. */
export function featurePlacesProblem(feature: JsonObject, binary: Uint8Array, count: number): string | null {
  for (const name of CONSTANTS) {
    const value = feature[name];
    if (Array.isArray(value) && !(value.length === 3 && value.every((each) => isSane(each)))) return `/${name} is not three usable numbers`;
  }
  for (const [name, size] of Object.entries(VECTORS)) {
    const value = feature[name];
    if (!isObject(value) || isObject(feature.extensions)) continue;
    const bad = badVector(binary, value.byteOffset as number, count, size);
    if (bad >= 0) return `/${name}: entry ${bad} is no usable number`;
  }
  return null;
}
