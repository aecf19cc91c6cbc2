import type { EncoderModule } from 'draco3dgltf';
import { accessorOf, COMPONENT, type PackedShape, type VertexAttribute } from './shape.ts';
import type { Packer } from './packer.ts';

const WIDTHS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 } as const;

/**
 * Packs each primitive with KHR_draco_mesh_compression. Nothing is quantized any further: positions, colours and feature ids come back as they were,
 * in another order. @throws where `draco3dgltf`, an optional package, is not installed
 */
export async function packDraco(pack: Packer, attributes: readonly VertexAttribute[], indices: Uint32Array, groups: readonly { readonly indices: number }[]): Promise<PackedShape> {
  const { default: draco } = await import('draco3dgltf').catch((cause: unknown) => {
    throw new Error('Draco compression needs a package that is not installed: npm install draco3dgltf', { cause });
  });
  const codec = await draco.createEncoderModule({});
  const accessors: Record<string, unknown>[] = [];
  let start = 0;
  const primitives = groups.map((group) => {
    const own = compacted(attributes, indices.subarray(start, start + group.indices));
    start += group.indices;
    const { bytes, points, faces, ids } = encodePrimitive(codec, own);
    const bufferView = pack.plain(bytes);
    const names = Object.fromEntries(own.attributes.map((attribute) => [attribute.name, accessors.push(accessorOf(attribute, points)) - 1]));
    accessors.push({ componentType: COMPONENT.UNSIGNED_INT, count: faces * 3, type: 'SCALAR' });
    return { attributes: names, indices: accessors.length - 1, extensions: { KHR_draco_mesh_compression: { bufferView, attributes: ids } } };
  });
  return { primitives, accessors };
}

interface Primitive {
  readonly attributes: readonly VertexAttribute[];
  readonly indices: Uint32Array;
  readonly vertices: number;
}

/** The vertices that a primitive uses, each attribute without gaps. */
function compacted(attributes: readonly VertexAttribute[], indices: Uint32Array): Primitive {
  const places = new Map<number, number>();
  const own = new Uint32Array(indices.length);
  for (const [k, index] of indices.entries()) {
    const place = places.get(index) ?? places.size;
    places.set(index, place);
    own[k] = place;
  }
  const order = [...places.keys()];
  const tight = attributes.map((attribute): VertexAttribute => {
    const size = WIDTHS[attribute.type] * sizeOf(attribute.componentType);
    const bytes = new Uint8Array(order.length * size);
    for (const [place, vertex] of order.entries()) bytes.set(attribute.bytes.subarray(vertex * attribute.stride, vertex * attribute.stride + size), place * size);
    return { ...attribute, bytes, stride: size, ...(attribute.min && boundsOf(bytes, attribute.componentType)) };
  });
  return { attributes: tight, indices: own, vertices: order.length };
}

function sizeOf(componentType: number): number {
  return componentType === COMPONENT.FLOAT ? 4 : componentType === COMPONENT.UNSIGNED_SHORT ? 2 : 1;
}

function numbersOf(bytes: Uint8Array, componentType: number): Int8Array | Uint8Array | Uint16Array | Float32Array {
  const { buffer, byteOffset, length } = bytes;
  if (componentType === COMPONENT.FLOAT) return new Float32Array(buffer, byteOffset, length / 4);
  if (componentType === COMPONENT.UNSIGNED_SHORT) return new Uint16Array(buffer, byteOffset, length / 2);
  return componentType === COMPONENT.BYTE ? new Int8Array(buffer, byteOffset, length) : bytes;
}

function boundsOf(bytes: Uint8Array, componentType: number): { min: number[]; max: number[] } {
  const values = numbersOf(bytes, componentType);
  const [min, max] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
  for (let i = 0; i < values.length; i++) {
    min[i % 3] = Math.min(min[i % 3], values[i]);
    max[i % 3] = Math.max(max[i % 3], values[i]);
  }
  return { min, max };
}

function encodePrimitive(codec: EncoderModule, { attributes, indices, vertices }: Primitive): { bytes: Uint8Array; points: number; faces: number; ids: Record<string, number> } {
  const builder = new codec.MeshBuilder();
  const mesh = new codec.Mesh();
  const encoder = new codec.ExpertEncoder(mesh);
  const out = new codec.DracoInt8Array();
  try {
    builder.AddFacesToMesh(mesh, indices.length / 3, indices);
    const ids = Object.fromEntries(attributes.map((attribute) => [attribute.name, addAttribute(codec, builder, mesh, attribute, vertices)]));
    encoder.SetSpeedOptions(5, 5);
    encoder.SetTrackEncodedProperties(true);
    encoder.SetEncodingMethod(codec.MESH_EDGEBREAKER_ENCODING);
    const length = encoder.EncodeToDracoBuffer(true, out);
    if (length <= 0) throw new Error(`Draco made nothing of ${vertices} vertices and ${indices.length / 3} triangles`);
    const bytes = Uint8Array.from({ length }, (_, i) => out.GetValue(i));
    return { bytes, points: encoder.GetNumberOfEncodedPoints(), faces: encoder.GetNumberOfEncodedFaces(), ids };
  } finally {
    for (const each of [out, mesh, builder, encoder]) codec.destroy(each);
  }
}

function addAttribute(codec: EncoderModule, builder: InstanceType<EncoderModule['MeshBuilder']>, mesh: InstanceType<EncoderModule['Mesh']>, { name, bytes, type, componentType }: VertexAttribute, vertices: number): number {
  const kind = name === 'POSITION' ? codec.POSITION : name === 'NORMAL' ? codec.NORMAL : name.startsWith('COLOR') ? codec.COLOR : name.startsWith('TEXCOORD') ? codec.TEX_COORD : codec.GENERIC;
  const values = numbersOf(bytes, componentType);
  if (values instanceof Float32Array) return builder.AddFloatAttribute(mesh, kind, vertices, WIDTHS[type], values);
  if (values instanceof Uint16Array) return builder.AddUInt16Attribute(mesh, kind, vertices, WIDTHS[type], values);
  return values instanceof Int8Array ? builder.AddInt8Attribute(mesh, kind, vertices, WIDTHS[type], values) : builder.AddUInt8Attribute(mesh, kind, vertices, WIDTHS[type], values);
}
