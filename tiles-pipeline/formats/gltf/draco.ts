import type { DecoderModule } from 'draco3dgltf';
import type { GltfDocument } from './document.ts';
import { GltfFault, isCount, type GltfPrimitive } from './json.ts';

/** A packed primitive may grow this many times; Draco itself packs some thirty to one. */
const MOST_GROWTH = 400;

/**
 * Attributes and indices of a primitive under KHR_draco_mesh_compression.
 * @param wanted key → name of the attribute @throws {GltfFault} also where `draco3dgltf`, an optional package, is not installed
 */
export async function readDracoPrimitive(document: GltfDocument, primitive: GltfPrimitive, wanted: Readonly<Record<string, string>>): Promise<{ attributes: Record<string, { array: Float64Array; width: number }>; indices: Float64Array }> {
  const { default: draco } = await import('draco3dgltf').catch(() => {
    throw new GltfFault('it is packed with Draco, which needs a package that is not installed: npm install draco3dgltf');
  });
  const { bufferView, attributes: ids = {} } = primitive.extensions!.KHR_draco_mesh_compression!;
  const { bytes } = await document.view(bufferView);
  const codec = await draco.createDecoderModule({});
  const decoder = new codec.Decoder();
  const buffer = new codec.DecoderBuffer();
  const mesh = new codec.Mesh();
  try {
    buffer.Init(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length);
    const status = decoder.DecodeBufferToMesh(buffer, mesh);
    if (!status.ok()) throw new GltfFault(`a Draco part does not decompress (${status.error_msg()})`);
    const [points, faces] = [mesh.num_points(), mesh.num_faces()];
    if (points + faces > bytes.length * MOST_GROWTH) throw new GltfFault(`a Draco part of ${bytes.length} bytes would grow to ${points} vertices and ${faces} triangles`);
    const indices = lent(codec, faces * 3, Uint32Array, (size, pointer) => decoder.GetTrianglesUInt32Array(mesh, size, pointer));
    const attributes: Record<string, { array: Float64Array; width: number }> = {};
    for (const [key, name] of Object.entries(wanted)) {
      const accessor = document.json.accessors?.[primitive.attributes![name]];
      const width = { VEC2: 2, VEC3: 3, VEC4: 4 }[accessor?.type ?? ''];
      if (!accessor || !width || !isCount(ids[name])) throw new GltfFault(`the attribute ${name} is not in its Draco part`);
      const attribute = decoder.GetAttributeByUniqueId(mesh, ids[name]);
      // Whatever it is kept as, it comes as floats; whole numbers stand for parts of their range.
      const array = lent(codec, points * width, Float32Array, (size, pointer) => decoder.GetAttributeDataArrayForAllPoints(mesh, attribute, codec.DT_FLOAT32, size, pointer));
      attributes[key] = { array: accessor.normalized ? array.map((value) => value / ({ 5120: 127, 5121: 255, 5122: 32767, 5123: 65535 }[accessor.componentType ?? 0] ?? 1)) : array, width };
    }
    return { attributes, indices };
  } catch (cause) {
    throw cause instanceof GltfFault ? cause : new GltfFault('a Draco part does not decompress');
  } finally {
    for (const each of [mesh, buffer, decoder]) codec.destroy(each);
  }
}

/** Numbers that the codec writes into memory of its own. */
function lent(codec: DecoderModule, count: number, Type: typeof Uint32Array | typeof Float32Array, fill: (bytes: number, pointer: number) => boolean): Float64Array {
  const pointer = codec._malloc(count * 4);
  try {
    if (!fill(count * 4, pointer)) throw new GltfFault('a Draco part does not decompress');
    return Float64Array.from(new Type(codec.HEAPU8.slice(pointer, pointer + count * 4).buffer));
  } finally {
    codec._free(pointer);
  }
}
