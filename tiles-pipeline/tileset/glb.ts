import { MeshoptEncoder } from 'meshoptimizer/encoder';
import type { ContentMesh } from './mesh.ts';
import type { PackedColumn } from './property-table.ts';
import { BLOCKS, quantize, type Box, type Steps } from './quantize.ts';

/** How a content differs from that of the city's blocks. */
export interface ContentOptions {
  readonly step?: Steps;
  /** Class of its property table. */
  readonly className?: string;
  /** Faces are seen from both sides. */
  readonly doubleSided?: boolean;
}

const ARRAY_BUFFER = 34962;
const ELEMENT_ARRAY_BUFFER = 34963;
const UNSIGNED_BYTE = 5121;
const UNSIGNED_SHORT = 5123;
const UNSIGNED_INT = 5125;
const FLOAT = 5126;
/** Turns z-up metres into glTF's y-up. */
const Z_UP_TO_Y_UP = [-Math.SQRT1_2, 0, 0, Math.SQRT1_2];

export interface Content {
  readonly glb: Uint8Array;
  readonly box: Box;
}

/**
 * Packs a mesh and its property table: EXT_meshopt_compression, KHR_mesh_quantization, EXT_mesh_features,
 * EXT_structural_metadata. Positions are uint16 steps in the tile's z-up frame, placed by the node.
 * @param featureCount features in the whole dataset: decides the type of _FEATURE_ID_1
 */
export async function encodeContent(mesh: ContentMesh, columns: readonly PackedColumn[], rows: number, featureCount: number, options: ContentOptions = {}): Promise<Content> {
  await MeshoptEncoder.ready;
  const { step = BLOCKS, className = 'building', doubleSided = false } = options;
  const quantized = quantize(mesh.positions, step);
  const pack = new Packer();
  const vertices = mesh.rows.length;
  const wide = vertices > 65535;
  const positions = pack.vertices(bytesOf(quantized.steps), vertices, quantized.steps.BYTES_PER_ELEMENT === 4 ? 12 : 8);
  const colours = pack.vertices(mesh.colours, vertices, 4);
  const rowIds = pack.vertices(bytesOf(padded(mesh.rows)), vertices, 4);
  const numbers = pack.vertices(bytesOf(featureCount <= 65535 ? padded(mesh.numbers) : Float32Array.from(mesh.numbers)), vertices, 4);
  const indices = pack.triangles(wide ? bytesOf(mesh.indices) : bytesOf(Uint16Array.from(mesh.indices)), mesh.indices.length, wide ? 4 : 2);
  const properties: Record<string, unknown> = {};
  for (const column of columns)
    properties[column.name] = {
      values: pack.plain(column.values),
      ...(column.offsets && { stringOffsets: pack.plain(column.offsets), stringOffsetType: 'UINT32' }),
      ...(column.min !== undefined && { min: column.min, max: column.max }),
    };
  const json = {
    asset: { version: '2.0', generator: 'CityMirror' },
    extensionsUsed: ['EXT_mesh_features', 'EXT_meshopt_compression', 'EXT_structural_metadata', 'KHR_mesh_quantization'],
    extensionsRequired: ['EXT_meshopt_compression', 'KHR_mesh_quantization'],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, rotation: Z_UP_TO_Y_UP, translation: yUp(quantized.origin), scale: [quantized.step, quantized.step, quantized.step] }],
    materials: [{ pbrMetallicRoughness: { metallicFactor: 0, roughnessFactor: 0.9 }, ...(doubleSided && { doubleSided }) }],
    meshes: [
      {
        primitives: [
          {
            attributes: { POSITION: 0, COLOR_0: 1, _FEATURE_ID_0: 2, _FEATURE_ID_1: 3 },
            indices: 4,
            material: 0,
            mode: 4,
            extensions: {
              // _FEATURE_ID_1 is an attribute only: a set without a property table stops Cesium 1.140 where a custom shader is used.
              EXT_mesh_features: { featureIds: [{ attribute: 0, featureCount: rows, propertyTable: 0, label: 'row' }] },
            },
          },
        ],
      },
    ],
    accessors: [
      { bufferView: positions, componentType: quantized.steps.BYTES_PER_ELEMENT === 4 ? FLOAT : UNSIGNED_SHORT, count: vertices, type: 'VEC3', min: quantized.min, max: quantized.max },
      { bufferView: colours, componentType: UNSIGNED_BYTE, normalized: true, count: vertices, type: 'VEC4' },
      { bufferView: rowIds, componentType: UNSIGNED_SHORT, count: vertices, type: 'SCALAR' },
      { bufferView: numbers, componentType: featureCount <= 65535 ? UNSIGNED_SHORT : FLOAT, count: vertices, type: 'SCALAR' },
      { bufferView: indices, componentType: wide ? UNSIGNED_INT : UNSIGNED_SHORT, count: mesh.indices.length, type: 'SCALAR' },
    ],
    extensions: {
      EXT_structural_metadata: {
        schema: { id: 'citymirror', classes: { [className]: { properties: classOf(columns) } } },
        propertyTables: [{ class: className, count: rows, properties }],
      },
    },
    ...pack.document(),
  };
  return { glb: frame(json, pack.binary()), box: quantized.box };
}

function classOf(columns: readonly PackedColumn[]): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name, type, componentType }) => [name, componentType ? { type, componentType } : { type }]));
}

function yUp([x, y, z]: readonly number[]): number[] {
  return [x, z, y === 0 ? 0 : -y];
}

/** One uint16 in every four bytes: vertex attributes are aligned to four. */
function padded(values: Uint16Array | Uint32Array): Uint16Array {
  const out = new Uint16Array(values.length * 2);
  for (let i = 0; i < values.length; i++) out[i * 2] = values[i];
  return out;
}

function bytesOf(array: Uint8Array | Uint16Array | Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Collects buffer views: compressed ones live in buffer 0 and stand for a range of buffer 1, which is never stored. */
class Packer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #uncompressed = 0;
  readonly #views: Record<string, unknown>[] = [];

  vertices(bytes: Uint8Array, count: number, stride: number): number {
    return this.#compressed(bytes, count, stride, 'ATTRIBUTES', { target: ARRAY_BUFFER, byteStride: stride });
  }

  triangles(bytes: Uint8Array, count: number, size: number): number {
    return this.#compressed(bytes, count, size, 'TRIANGLES', { target: ELEMENT_ARRAY_BUFFER });
  }

  plain(bytes: Uint8Array): number {
    // An empty view is not allowed: a column of empty strings keeps one byte nothing points to.
    const kept = bytes.length > 0 ? bytes : new Uint8Array(1);
    this.#views.push({ buffer: 0, byteOffset: this.#append(kept), byteLength: kept.length });
    return this.#views.length - 1;
  }

  #compressed(bytes: Uint8Array, count: number, byteStride: number, mode: string, view: Record<string, unknown>): number {
    const packed = MeshoptEncoder.encodeGltfBuffer(bytes, count, byteStride, mode);
    const byteOffset = this.#append(packed);
    this.#views.push({ buffer: 1, byteOffset: this.#uncompressed, byteLength: bytes.length, ...view, extensions: { EXT_meshopt_compression: { buffer: 0, byteOffset, byteLength: packed.length, byteStride, count, mode } } });
    this.#uncompressed += (bytes.length + 7) & ~7;
    return this.#views.length - 1;
  }

  #append(bytes: Uint8Array): number {
    const at = this.#length;
    this.#parts.push(bytes);
    const rest = (8 - (bytes.length % 8)) % 8;
    if (rest > 0) this.#parts.push(new Uint8Array(rest));
    this.#length += bytes.length + rest;
    return at;
  }

  document(): Record<string, unknown> {
    return {
      buffers: [{ byteLength: this.#length }, { byteLength: this.#uncompressed, extensions: { EXT_meshopt_compression: { fallback: true } } }],
      bufferViews: this.#views,
    };
  }

  binary(): Uint8Array {
    return concatenate(this.#parts, this.#length);
  }
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The GLB container. @source glTF 2.0, §4.4 */
function frame(json: unknown, binary: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json));
  // The binary chunk starts on a multiple of eight of the whole file, so that property tables are aligned wherever they are read.
  const jsonLength = ((text.length + 28 + 7) & ~7) - 28;
  const out = new Uint8Array(12 + 8 + jsonLength + 8 + binary.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x46546c67, true);
  view.setUint32(4, 2, true);
  view.setUint32(8, out.length, true);
  view.setUint32(12, jsonLength, true);
  view.setUint32(16, 0x4e4f534a, true);
  out.fill(0x20, 20, 20 + jsonLength);
  out.set(text, 20);
  view.setUint32(20 + jsonLength, binary.length, true);
  view.setUint32(24 + jsonLength, 0x004e4942, true);
  out.set(binary, 28 + jsonLength);
  return out;
}
