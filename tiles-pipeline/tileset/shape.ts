import type { Packer } from './packer.ts';

/** Bytes and type of one vertex attribute. */
export interface VertexAttribute {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes from vertex to vertex, a multiple of four. */
  readonly stride: number;
  readonly componentType: number;
  readonly type: 'SCALAR' | 'VEC2' | 'VEC3' | 'VEC4';
  readonly normalized?: true;
  readonly min?: readonly number[];
  readonly max?: readonly number[];
}

export const COMPONENT = { BYTE: 5120, UNSIGNED_BYTE: 5121, UNSIGNED_SHORT: 5123, UNSIGNED_INT: 5125, FLOAT: 5126 } as const;
/** Primitives and accessors of a content's shape. */
export interface PackedShape {
  readonly primitives: readonly { readonly attributes: Record<string, number>; readonly indices: number; readonly extensions?: Record<string, unknown> }[];
  readonly accessors: readonly Record<string, unknown>[];
}

export function accessorOf({ componentType, type, normalized, min, max }: VertexAttribute, count: number): Record<string, unknown> {
  return { componentType, count, type, ...(normalized && { normalized }), ...(min && { min, max }) };
}

/** All primitives share their vertices and have indices of their own. */
export function packShared(pack: Packer, attributes: readonly VertexAttribute[], indices: Uint32Array, groups: readonly { readonly indices: number }[]): PackedShape {
  const vertices = attributes[0].bytes.length / attributes[0].stride;
  const wide = vertices > 65535;
  const accessors: Record<string, unknown>[] = attributes.map((attribute) => ({ bufferView: pack.vertices(attribute.bytes, vertices, attribute.stride), ...accessorOf(attribute, vertices) }));
  const names = Object.fromEntries(attributes.map(({ name }, k) => [name, k]));
  let start = 0;
  const primitives = groups.map((group) => {
    const own = indices.subarray(start, start + group.indices);
    start += group.indices;
    const bufferView = pack.triangles(bytesOf(wide ? own : new Uint16Array(own)), own.length, wide ? 4 : 2);
    accessors.push({ bufferView, componentType: wide ? COMPONENT.UNSIGNED_INT : COMPONENT.UNSIGNED_SHORT, count: own.length, type: 'SCALAR' });
    return { attributes: names, indices: accessors.length - 1 };
  });
  return { primitives, accessors };
}

export function bytesOf(array: Int8Array | Uint8Array | Uint16Array | Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
