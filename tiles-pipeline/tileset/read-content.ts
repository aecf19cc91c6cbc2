import { MeshoptDecoder } from 'meshoptimizer/decoder';

/** What of a GLB's JSON is read here; anything may be missing in a faulty file. */
export interface GlbJson {
  nodes?: { mesh?: number; matrix?: number[]; translation?: number[]; rotation?: number[]; scale?: number[] }[];
  meshes?: { primitives: { attributes: Record<string, number>; indices?: number; extensions?: { EXT_mesh_features?: { featureIds: { attribute?: number; featureCount: number; propertyTable?: number }[] } } }[] }[];
  accessors?: { bufferView: number; byteOffset?: number; componentType: number; count: number; type: string; min?: number[]; max?: number[] }[];
  bufferViews?: { buffer: number; byteOffset?: number; byteLength: number; byteStride?: number; extensions?: { EXT_meshopt_compression?: { buffer: number; byteOffset?: number; byteLength: number; byteStride: number; count: number; mode: string; filter?: string } } }[];
  buffers?: { byteLength: number }[];
  extensions?: { EXT_structural_metadata?: { schema?: { classes: Record<string, { properties: Record<string, { type: string; componentType?: string }> }> }; propertyTables?: { class: string; count: number; properties: Record<string, TableProperty> }[] } };
}

export interface TableProperty {
  values: number;
  stringOffsets?: number;
  min?: number;
  max?: number;
}

export interface Glb {
  readonly json: GlbJson;
  readonly binary: Uint8Array;
  /** Byte of the file at which the binary chunk begins. */
  readonly binaryStart: number;
}

/** A file or a table is not what it says; `code` names the fault. */
export class ContentFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ContentFault';
  }
}

function broken(what: string): ContentFault {
  return new ContentFault('glb-broken', what);
}

/** @throws {ContentFault} `glb-broken` */
export function readGlb(bytes: Uint8Array): Glb {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(0, true) !== 0x46546c67) throw broken('no GLB magic');
  if (view.getUint32(4, true) !== 2) throw broken('no GLB version 2');
  if (view.getUint32(8, true) !== bytes.length) throw broken(`length says ${view.getUint32(8, true)}, file has ${bytes.length}`);
  const jsonLength = view.getUint32(12, true);
  if (view.getUint32(16, true) !== 0x4e4f534a || 20 + jsonLength + 8 > bytes.length) throw broken('no JSON chunk');
  const at = 20 + jsonLength;
  const binaryLength = view.getUint32(at, true);
  if (view.getUint32(at + 4, true) !== 0x004e4942 || at + 8 + binaryLength > bytes.length) throw broken('no binary chunk');
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(20, at))) as GlbJson, binary: bytes.subarray(at + 8, at + 8 + binaryLength), binaryStart: at + 8 };
  } catch {
    throw broken('the JSON chunk cannot be parsed');
  }
}

/** The bytes of a buffer view, decompressed. @throws {ContentFault} `view-range` or `meshopt-broken` */
export async function readView(glb: Glb, index: number): Promise<{ bytes: Uint8Array; stride: number }> {
  await MeshoptDecoder.ready;
  const view = glb.json.bufferViews?.[index];
  if (!view) throw new ContentFault('view-range', `there is no buffer view ${index}`);
  const packed = view.extensions?.EXT_meshopt_compression;
  const { byteOffset = 0, byteLength } = packed ?? view;
  if (byteOffset < 0 || byteOffset + byteLength > glb.binary.length) throw new ContentFault('view-range', `buffer view ${index} reaches beyond the binary chunk`);
  const bytes = glb.binary.subarray(byteOffset, byteOffset + byteLength);
  if (!packed) return { bytes, stride: view.byteStride ?? 0 };
  const out = new Uint8Array(packed.count * packed.byteStride);
  try {
    MeshoptDecoder.decodeGltfBuffer(out, packed.count, packed.byteStride, bytes, packed.mode, packed.filter);
  } catch (cause) {
    throw new ContentFault('meshopt-broken', `buffer view ${index} does not decompress (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (out.length !== view.byteLength) throw new ContentFault('view-range', `buffer view ${index} decompresses to ${out.length} bytes, not ${view.byteLength}`);
  return { bytes: out, stride: packed.mode === 'ATTRIBUTES' ? packed.byteStride : 0 };
}

const widths: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };
const sizes: Readonly<Record<number, number>> = { 5121: 1, 5123: 2, 5125: 4, 5126: 4 };

/** An accessor's numbers one after another. @throws {ContentFault} */
export async function readAccessor(glb: Glb, index: number): Promise<{ values: Float64Array; width: number }> {
  const accessor = glb.json.accessors?.[index];
  if (!accessor) throw new ContentFault('accessor-missing', `there is no accessor ${index}`);
  const { bytes, stride } = await readView(glb, accessor.bufferView);
  const width = widths[accessor.type] ?? 0;
  const size = sizes[accessor.componentType] ?? 0;
  const step = stride || width * size;
  const start = accessor.byteOffset ?? 0;
  if (width === 0 || size === 0) throw new ContentFault('accessor-type', `accessor ${index} has an unknown type`);
  if (start + step * (accessor.count - 1) + width * size > bytes.length) throw new ContentFault('accessor-range', `accessor ${index} reaches beyond its buffer view`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(accessor.count * width);
  for (let i = 0; i < accessor.count; i++)
    for (let k = 0; k < width; k++) {
      const at = start + i * step + k * size;
      values[i * width + k] = accessor.componentType === 5121 ? view.getUint8(at) : accessor.componentType === 5123 ? view.getUint16(at, true) : accessor.componentType === 5125 ? view.getUint32(at, true) : view.getFloat32(at, true);
    }
  return { values, width };
}

/** A column of a property table. @throws {ContentFault} `table-length`, `table-offsets`, `table-utf8`, `table-alignment` */
export async function readColumn(glb: Glb, name: string, property: TableProperty, type: { type: string; componentType?: string }, count: number): Promise<number[] | string[]> {
  const { bytes } = await readView(glb, property.values);
  for (const index of [property.values, property.stringOffsets]) {
    const offset = index === undefined ? 0 : (glb.json.bufferViews?.[index]?.byteOffset ?? 0);
    if ((offset + glb.binaryStart) % 8 !== 0) throw new ContentFault('table-alignment', `column ${name} begins at byte ${offset}, no multiple of eight`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type.type === 'STRING') {
    if (property.stringOffsets === undefined) throw new ContentFault('table-offsets', `column ${name} has no string offsets`);
    return readTexts(bytes, (await readView(glb, property.stringOffsets)).bytes, name, count);
  }
  const size = type.componentType === 'UINT16' ? 2 : 4;
  if (bytes.length !== count * size) throw new ContentFault('table-length', `column ${name} has ${bytes.length} bytes, not ${count * size}`);
  return Array.from({ length: count }, (_, i) => (type.componentType === 'UINT16' ? view.getUint16(i * 2, true) : type.componentType === 'UINT32' ? view.getUint32(i * 4, true) : view.getFloat32(i * 4, true)));
}

/** @throws {ContentFault} `table-offsets`, `table-utf8` */
export function readTexts(bytes: Uint8Array, offsets: Uint8Array, name: string, count: number): string[] {
  if (offsets.length !== (count + 1) * 4) throw new ContentFault('table-offsets', `column ${name} has ${offsets.length} bytes of offsets, not ${(count + 1) * 4}`);
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return Array.from({ length: count }, (_, i) => {
    const from = view.getUint32(i * 4, true);
    const to = view.getUint32(i * 4 + 4, true);
    if (from > to || to > bytes.length || (i === 0 && from !== 0)) throw new ContentFault('table-offsets', `column ${name}: text ${i} runs from ${from} to ${to}`);
    try {
      return decoder.decode(bytes.subarray(from, to));
    } catch {
      throw new ContentFault('table-utf8', `column ${name}: text ${i} is no UTF-8`);
    }
  });
}
