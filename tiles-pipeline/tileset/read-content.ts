import { MeshoptDecoder } from 'meshoptimizer/decoder';

/** What of a GLB's JSON is read here; anything may be missing in a faulty file. */
export interface GlbJson {
  nodes?: { mesh?: number; matrix?: number[]; translation?: number[]; rotation?: number[]; scale?: number[] }[];
  meshes?: { primitives: GlbPrimitive[] }[];
  materials?: { alphaMode?: string; pbrMetallicRoughness?: { baseColorTexture?: { index: number } } }[];
  textures?: { source?: number; sampler?: number; extensions?: Record<string, { source: number }> }[];
  images?: { bufferView?: number; mimeType?: string }[];
  accessors?: { bufferView?: number; byteOffset?: number; componentType: number; count: number; type: string; min?: number[]; max?: number[] }[];
  bufferViews?: { buffer: number; byteOffset?: number; byteLength: number; byteStride?: number; extensions?: { EXT_meshopt_compression?: { buffer: number; byteOffset?: number; byteLength: number; byteStride: number; count: number; mode: string; filter?: string } } }[];
  buffers?: { byteLength: number }[];
  extensions?: { EXT_structural_metadata?: { schema?: { classes: Record<string, { properties: Record<string, ColumnType> }>; enums?: Record<string, { valueType?: string; values: { name: string; value: number }[] }> }; propertyTables?: { class: string; count: number; properties: Record<string, TableProperty> }[] } };
}

export interface GlbPrimitive {
  attributes: Record<string, number>;
  indices?: number;
  material?: number;
  extensions?: {
    EXT_mesh_features?: { featureIds: { attribute?: number; featureCount: number; propertyTable?: number }[] };
    KHR_draco_mesh_compression?: { bufferView: number; attributes: Record<string, number> };
  };
}

export interface ColumnType {
  type: string;
  componentType?: string;
  enumType?: string;
}

export interface TableProperty {
  values: number;
  stringOffsets?: number;
  stringOffsetType?: string;
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

/** How the numbers of a component type lie in the bytes: glTF's own types by number, those of tables by name. */
const readers: Readonly<Record<string | number, { size: number; read(view: DataView, at: number): number }>> = {
  INT8: { size: 1, read: (view, at) => view.getInt8(at) },
  UINT8: { size: 1, read: (view, at) => view.getUint8(at) },
  INT16: { size: 2, read: (view, at) => view.getInt16(at, true) },
  UINT16: { size: 2, read: (view, at) => view.getUint16(at, true) },
  INT32: { size: 4, read: (view, at) => view.getInt32(at, true) },
  UINT32: { size: 4, read: (view, at) => view.getUint32(at, true) },
  FLOAT32: { size: 4, read: (view, at) => view.getFloat32(at, true) },
  FLOAT64: { size: 8, read: (view, at) => view.getFloat64(at, true) },
};
const COMPONENT_NAMES: Readonly<Record<number, string>> = { 5120: 'INT8', 5121: 'UINT8', 5122: 'INT16', 5123: 'UINT16', 5125: 'UINT32', 5126: 'FLOAT32' };

/** An accessor's numbers one after another. @throws {ContentFault} */
export async function readAccessor(glb: Glb, index: number): Promise<{ values: Float64Array; width: number }> {
  const accessor = glb.json.accessors?.[index];
  if (accessor?.bufferView === undefined) throw new ContentFault('accessor-missing', `there is no accessor ${index}, or it has no bytes`);
  const { bytes, stride } = await readView(glb, accessor.bufferView);
  const width = widths[accessor.type] ?? 0;
  const reader = readers[COMPONENT_NAMES[accessor.componentType]];
  if (width === 0 || !reader) throw new ContentFault('accessor-type', `accessor ${index} has an unknown type`);
  const step = stride || width * reader.size;
  const start = accessor.byteOffset ?? 0;
  if (start + step * (accessor.count - 1) + width * reader.size > bytes.length) throw new ContentFault('accessor-range', `accessor ${index} reaches beyond its buffer view`);
  const lane = lanesOf(accessor.componentType, bytes, start, step);
  const values = new Float64Array(accessor.count * width);
  if (lane) {
    const stride = step / lane.BYTES_PER_ELEMENT;
    if (stride === width) values.set(lane.subarray(0, values.length));
    else for (let i = 0, from = 0, to = 0; i < accessor.count; i++, from += stride) for (let k = 0; k < width; k++) values[to++] = lane[from + k];
    return { values, width };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < accessor.count; i++) for (let k = 0; k < width; k++) values[i * width + k] = reader.read(view, start + i * step + k * reader.size);
  return { values, width };
}

const LANES = { 5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array } as const;

/** The bytes from an accessor's start on as numbers of its type; undefined where they do not stand on multiples of its size, or the machine reads them the other way round. */
function lanesOf(componentType: number, bytes: Uint8Array, start: number, step: number): Int8Array | Uint8Array | Int16Array | Uint16Array | Uint32Array | Float32Array | undefined {
  const Lane = LANES[componentType as keyof typeof LANES];
  const at = bytes.byteOffset + start;
  if (at % Lane.BYTES_PER_ELEMENT !== 0 || step % Lane.BYTES_PER_ELEMENT !== 0 || !LITTLE_ENDIAN) return undefined;
  return new Lane(bytes.buffer as ArrayBuffer, at, Math.floor((bytes.length - start) / Lane.BYTES_PER_ELEMENT));
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A column of a property table; words of an enum as words. @throws {ContentFault} `table-length`, `table-offsets`, `table-utf8`, `table-alignment`, `table-type`, `table-enum` */
export async function readColumn(glb: Glb, name: string, property: TableProperty, type: ColumnType, count: number): Promise<(number | string | boolean)[]> {
  const { bytes } = await readView(glb, property.values);
  for (const index of [property.values, property.stringOffsets]) {
    const offset = index === undefined ? 0 : (glb.json.bufferViews?.[index]?.byteOffset ?? 0);
    if ((offset + glb.binaryStart) % 8 !== 0) throw new ContentFault('table-alignment', `column ${name} begins at byte ${offset}, no multiple of eight`);
  }
  if (type.type === 'STRING') {
    if (property.stringOffsets === undefined) throw new ContentFault('table-offsets', `column ${name} has no string offsets`);
    return readTexts(bytes, (await readView(glb, property.stringOffsets)).bytes, name, count, property.stringOffsetType);
  }
  if (type.type === 'BOOLEAN') {
    checkLength(bytes, Math.ceil(count / 8), name);
    return Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (i & 7) & 1) === 1);
  }
  const words = type.type === 'ENUM' ? glb.json.extensions?.EXT_structural_metadata?.schema?.enums?.[type.enumType ?? ''] : undefined;
  const reader = readers[(words ? words.valueType : type.componentType) ?? 'UINT16'];
  if (!reader || (type.type === 'ENUM' && !words)) throw new ContentFault('table-type', `column ${name} is of a type that is not known`);
  checkLength(bytes, count * reader.size, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Array.from({ length: count }, (_, i) => reader.read(view, i * reader.size));
  if (!words) return values;
  const named = new Map(words.values.map((word) => [word.value, word.name]));
  return values.map((value, i) => {
    const word = named.get(value);
    if (word === undefined) throw new ContentFault('table-enum', `column ${name}: row ${i} has ${value}, which is no word of its enum`);
    return word;
  });
}

function checkLength(bytes: Uint8Array, wanted: number, name: string): void {
  if (bytes.length !== wanted) throw new ContentFault('table-length', `column ${name} has ${bytes.length} bytes, not ${wanted}`);
}

/** @throws {ContentFault} `table-offsets`, `table-utf8` */
export function readTexts(bytes: Uint8Array, offsets: Uint8Array, name: string, count: number, offsetType = 'UINT32'): string[] {
  const reader = readers[offsetType];
  const wanted = (count + 1) * (reader?.size ?? 0);
  if (!reader || offsets.length !== wanted) throw new ContentFault('table-offsets', `column ${name} has ${offsets.length} bytes of offsets, not ${wanted}`);
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return Array.from({ length: count }, (_, i) => {
    const from = reader.read(view, i * reader.size);
    const to = reader.read(view, (i + 1) * reader.size);
    if (from > to || to > bytes.length || (i === 0 && from !== 0)) throw new ContentFault('table-offsets', `column ${name}: text ${i} runs from ${from} to ${to}`);
    try {
      return decoder.decode(bytes.subarray(from, to));
    } catch {
      throw new ContentFault('table-utf8', `column ${name}: text ${i} is no UTF-8`);
    }
  });
}
