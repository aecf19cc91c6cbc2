import type { DecoderModule } from 'draco3dgltf';
import { ContentFault, readView, type Glb, type GlbPrimitive } from './read-content.ts';

const WIDTHS: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };

/** Attributes and indices of a primitive under KHR_draco_mesh_compression. @throws {ContentFault} `draco-broken`, `draco-missing` where the optional package is not installed */
export async function readDraco(glb: Glb, primitive: GlbPrimitive): Promise<{ of: Record<string, Float64Array>; indices: Float64Array }> {
  const packed = primitive.extensions!.KHR_draco_mesh_compression!;
  const { default: draco } = await import('draco3dgltf').catch(() => {
    throw new ContentFault('draco-missing', 'Draco cannot be looked into without the package draco3dgltf: npm install draco3dgltf');
  });
  const codec = await draco.createDecoderModule({});
  const { bytes } = await readView(glb, packed.bufferView);
  const decoder = new codec.Decoder();
  const buffer = new codec.DecoderBuffer();
  const mesh = new codec.Mesh();
  try {
    buffer.Init(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length);
    const status = decoder.DecodeBufferToMesh(buffer, mesh);
    if (!status.ok()) throw new ContentFault('draco-broken', `it does not decompress (${status.error_msg()})`);
    const indices = lent(codec, mesh.num_faces() * 3, 'DT_UINT32', (size, pointer) => decoder.GetTrianglesUInt32Array(mesh, size, pointer));
    const of: Record<string, Float64Array> = {};
    for (const [name, accessor] of Object.entries(primitive.attributes)) {
      const { componentType, type, count } = glb.json.accessors![accessor];
      if (count !== mesh.num_points()) throw new ContentFault('draco-broken', `${name} says ${count} vertices, ${mesh.num_points()} are there`);
      const attribute = decoder.GetAttributeByUniqueId(mesh, packed.attributes[name]);
      of[name] = lent(codec, count * (WIDTHS[type] ?? 1), typeName(componentType), (size, pointer) => decoder.GetAttributeDataArrayForAllPoints(mesh, attribute, codec[typeName(componentType)], size, pointer));
    }
    return { of, indices };
  } finally {
    for (const each of [mesh, buffer, decoder]) codec.destroy(each);
  }
}

type TypeName = 'DT_INT8' | 'DT_UINT8' | 'DT_UINT16' | 'DT_UINT32' | 'DT_FLOAT32';

function typeName(componentType: number): TypeName {
  const names: Readonly<Record<number, TypeName>> = { 5120: 'DT_INT8', 5121: 'DT_UINT8', 5123: 'DT_UINT16', 5125: 'DT_UINT32', 5126: 'DT_FLOAT32' };
  return names[componentType] ?? 'DT_FLOAT32';
}

const ARRAYS = { DT_INT8: Int8Array, DT_UINT8: Uint8Array, DT_UINT16: Uint16Array, DT_UINT32: Uint32Array, DT_FLOAT32: Float32Array } as const;

/** Numbers that the codec writes into memory of its own. */
function lent(codec: DecoderModule, count: number, type: TypeName, fill: (bytes: number, pointer: number) => boolean): Float64Array {
  const Type = ARRAYS[type];
  const pointer = codec._malloc(count * Type.BYTES_PER_ELEMENT);
  try {
    if (!fill(count * Type.BYTES_PER_ELEMENT, pointer)) throw new ContentFault('draco-broken', 'an attribute does not decompress');
    return Float64Array.from(new Type(codec.HEAPU8.slice(pointer, pointer + count * Type.BYTES_PER_ELEMENT).buffer));
  } finally {
    codec._free(pointer);
  }
}
