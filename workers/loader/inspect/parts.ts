import { isCount, isObject, type JsonObject } from './json.ts';
import type { Notes } from './notes.ts';

/** What is looked through: the JSON of a glTF and, as far as they are at hand, the bytes of its buffers. */
export interface GltfParts {
  readonly json: JsonObject;
  readonly buffers: readonly (Uint8Array | null)[];
  readonly notes: Notes;
  /** Number of the list `name` of the glTF. */
  readonly list: (name: string) => readonly JsonObject[];
}

/** The objects of a list of a glTF. */
export function listOf(json: JsonObject, name: string): readonly JsonObject[] {
  const list = json[name];
  return Array.isArray(list) && list.every(isObject) ? list : [];
}

/** The bytes of a glTF's buffers that are in it: the binary part of a GLB and `data:` addresses. */
export function buffersOf(json: JsonObject, binary: Uint8Array | null): (Uint8Array | null)[] {
  return listOf(json, 'buffers').map((buffer, i) => {
    if (buffer.uri === undefined) return i === 0 ? binary : null;
    return typeof buffer.uri === 'string' ? bytesOfData(buffer.uri) : null;
  });
}

/** The bytes of a `data:` address; null for what is none, or is not base64. */
export function bytesOfData(uri: string): Uint8Array | null {
  const found = /^data:[^,]*;base64,([A-Za-z0-9+/=\s]*)$/u.exec(uri);
  if (!found) return null;
  try {
    return Uint8Array.from(atob(found[1]), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

const NUMBERS: Readonly<Record<number, readonly [bytes: number, read: 'getInt8' | 'getUint8' | 'getInt16' | 'getUint16' | 'getUint32' | 'getFloat32']>> = {
  5120: [1, 'getInt8'], 5121: [1, 'getUint8'], 5122: [2, 'getInt16'], 5123: [2, 'getUint16'], 5125: [4, 'getUint32'], 5126: [4, 'getFloat32'],
};

/** The numbers of a scalar accessor; null where they are not at hand (packed, sparse, or in another file). At most a million are read. */
export function scalarsOf(index: unknown, { list, buffers }: GltfParts): Float64Array | null {
  const accessor = isCount(index) ? list('accessors')[index] : undefined;
  const view = accessor && isCount(accessor.bufferView) ? list('bufferViews')[accessor.bufferView] : undefined;
  const bytes = view && isCount(view.buffer) ? buffers[view.buffer] : null;
  if (!accessor || !view || !bytes || accessor.sparse !== undefined || accessor.type !== 'SCALAR' || isObject(view.extensions)) return null;
  const [size, read] = NUMBERS[accessor.componentType as number] ?? [0, 'getUint8' as const];
  const [count, stride, before, within] = [accessor.count, view.byteStride ?? size, view.byteOffset ?? 0, accessor.byteOffset ?? 0];
  if (!isCount(count) || !isCount(stride) || !isCount(before) || !isCount(within)) return null;
  const start = before + within;
  if (size === 0 || count > 1e6 || start + stride * (count - 1) + size > bytes.length) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: count }, (_, i) => data[read](start + i * stride, true));
}
