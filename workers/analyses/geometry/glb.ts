import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { TwinError } from '../../../engine/errors.ts';

/** What of glTF 2.0 a model is made from. @source ITU-T / ISO/IEC 12113:2022, glTF 2.0 */
export interface Gltf {
  readonly scene?: number;
  readonly scenes?: readonly { readonly nodes?: readonly number[] }[];
  readonly nodes?: readonly GltfNode[];
  readonly meshes?: readonly { readonly primitives: readonly GltfPrimitive[] }[];
  readonly materials?: readonly { readonly pbrMetallicRoughness?: { readonly baseColorFactor?: readonly number[]; readonly baseColorTexture?: { readonly index: number } } }[];
  readonly textures?: readonly { readonly source?: number }[];
  readonly images?: readonly { readonly bufferView?: number; readonly mimeType?: string }[];
  readonly accessors?: readonly GltfAccessor[];
  readonly bufferViews?: readonly GltfView[];
  readonly buffers?: readonly { readonly uri?: string; readonly byteLength: number }[];
  readonly extensionsRequired?: readonly string[];
}

export interface GltfNode {
  readonly children?: readonly number[];
  readonly mesh?: number;
  readonly matrix?: readonly number[];
  readonly translation?: readonly number[];
  readonly rotation?: readonly number[];
  readonly scale?: readonly number[];
}

export interface GltfPrimitive {
  readonly attributes: Readonly<Record<string, number>>;
  readonly indices?: number;
  readonly material?: number;
  readonly mode?: number;
}

interface GltfAccessor { readonly bufferView?: number; readonly byteOffset?: number; readonly componentType: number; readonly normalized?: boolean; readonly count: number; readonly type: string; readonly sparse?: unknown }
interface GltfView { readonly buffer: number; readonly byteOffset?: number; readonly byteLength: number; readonly byteStride?: number; readonly extensions?: Readonly<Record<string, MeshoptView>> }
interface MeshoptView { readonly buffer: number; readonly byteOffset?: number; readonly byteLength: number; readonly byteStride: number; readonly count: number; readonly mode: string; readonly filter?: string }

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;
const MESHOPT = ['EXT_meshopt_compression', 'KHR_meshopt_compression'] as const;
const KNOWN = new Set<string>([...MESHOPT, 'KHR_mesh_quantization', 'KHR_materials_unlit', 'KHR_texture_transform', 'EXT_texture_webp']);
const COMPONENTS: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };
/** Most numbers one accessor may have: beyond that it is no model of a thing but a scene. */
const MOST = 12_000_000;

type Reader = (view: DataView, at: number) => number;

/** Bytes, the number at a place, and what is divided by where the accessor is normalized. */
const TYPES: Readonly<Record<number, readonly [number, Reader, number]>> = {
  5120: [1, (view, at) => view.getInt8(at), 127],
  5121: [1, (view, at) => view.getUint8(at), 255],
  5122: [2, (view, at) => view.getInt16(at, true), 32767],
  5123: [2, (view, at) => view.getUint16(at, true), 65535],
  5125: [4, (view, at) => view.getUint32(at, true), 4294967295],
  5126: [4, (view, at) => view.getFloat32(at, true), 1],
};

/** An opened GLB: its JSON, and its accessors as floats. */
export class Glb {
  readonly json: Gltf;
  readonly #where: string;
  readonly #binary: Uint8Array;
  readonly #views = new Map<number, Uint8Array>();

  private constructor(json: Gltf, binary: Uint8Array, where: string) {
    this.json = json;
    this.#binary = binary;
    this.#where = where;
  }

  /** @throws TwinError `bad-input` for what is no GLB, `unsupported` for a compression or file layout this reader does not know */
  static async open(bytes: Uint8Array, where: string): Promise<Glb> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 20 || view.getUint32(0, true) !== MAGIC) throw new TwinError('bad-input', `${where} is no GLB: it does not begin as one. Give a binary glTF 2.0 file (.glb).`, { where });
    if (view.getUint32(4, true) !== 2) throw new TwinError('unsupported', `${where} is glTF ${view.getUint32(4, true)}; only glTF 2.0 is read.`, { where });
    let json: Gltf | null = null;
    let binary = new Uint8Array(0);
    for (let at = 12; at + 8 <= bytes.length; ) {
      const length = view.getUint32(at, true);
      if (at + 8 + length > bytes.length) throw new TwinError('bad-input', `${where} ends in the middle of a chunk: ${bytes.length} bytes came where ${at + 8 + length} belong. Fetch or write it again.`, { where });
      const chunk = bytes.subarray(at + 8, at + 8 + length);
      if (view.getUint32(at + 4, true) === JSON_CHUNK) json = parse(chunk, where);
      else if (view.getUint32(at + 4, true) === BIN_CHUNK) binary = chunk as Uint8Array<ArrayBuffer>;
      at += 8 + length;
    }
    if (!json) throw new TwinError('bad-input', `${where} has no JSON chunk.`, { where });
    const unknown = json.extensionsRequired?.find((name) => !KNOWN.has(name));
    if (unknown) throw new TwinError('unsupported', `${where} needs ${unknown}, which is not read here. Save it without, or with EXT_meshopt_compression.`, { where });
    if (json.buffers?.some(({ uri }, i) => uri !== undefined && i === 0)) throw new TwinError('unsupported', `${where} keeps its buffers in other files. Save it as one GLB.`, { where });
    const glb = new Glb(json, binary, where);
    await glb.#decompress();
    return glb;
  }

  wrong(what: string): TwinError {
    return new TwinError('bad-input', `${this.#where} cannot be read: ${what}.`, { where: this.#where });
  }

  async #decompress(): Promise<void> {
    for (const [i, view] of (this.json.bufferViews ?? []).entries()) {
      const packed = MESHOPT.map((name) => view.extensions?.[name]).find((each) => each !== undefined);
      if (!packed) continue;
      await MeshoptDecoder.ready;
      if (!(packed.count * packed.byteStride <= MOST * 4)) throw this.wrong(`bufferViews[${i}] is larger than a model may be`);
      const out = new Uint8Array(packed.count * packed.byteStride);
      try {
        MeshoptDecoder.decodeGltfBuffer(out, packed.count, packed.byteStride, this.#slice(packed.byteOffset ?? 0, packed.byteLength, `bufferViews[${i}]`), packed.mode, packed.filter);
      } catch (cause) {
        throw new TwinError('bad-input', `${this.#where} cannot be read: bufferViews[${i}] is not what meshopt wrote.`, { where: this.#where, cause });
      }
      this.#views.set(i, out);
    }
  }

  #slice(offset: number, length: number, what: string): Uint8Array {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > this.#binary.length) throw this.wrong(`${what} reaches beyond its buffer`);
    return this.#binary.subarray(offset, offset + length);
  }

  /** Bytes of a buffer view, decompressed. */
  view(index: number): Uint8Array {
    const view = this.json.bufferViews?.[index];
    if (!view) throw this.wrong(`there is no bufferViews[${index}]`);
    const known = this.#views.get(index);
    if (known) return known;
    if (view.buffer !== 0) throw this.wrong(`bufferViews[${index}] lies in another file`);
    return this.#slice(view.byteOffset ?? 0, view.byteLength, `bufferViews[${index}]`);
  }

  /** An accessor's numbers, normalized ones as −1 … 1. @param size how many belong to one element; null for any */
  numbers(index: number, size: number | null): { readonly data: Float64Array; readonly size: number } {
    const accessor = this.json.accessors?.[index];
    if (!accessor) throw this.wrong(`there is no accessors[${index}]`);
    const components = COMPONENTS[accessor.type];
    const type = TYPES[accessor.componentType];
    if (!components || !type || (size !== null && components !== size)) throw this.wrong(`accessors[${index}] is ${accessor.type} of ${accessor.componentType}, which does not belong there`);
    if (accessor.sparse) throw new TwinError('unsupported', `${this.#where} has a sparse accessor (accessors[${index}]). Save it without.`, { where: this.#where });
    if (!Number.isSafeInteger(accessor.count) || accessor.count < 0 || accessor.count * components > MOST) throw this.wrong(`accessors[${index}] counts ${accessor.count} elements`);
    const data = new Float64Array(accessor.count * components);
    if (accessor.bufferView === undefined) return { data, size: components };
    const bytes = this.view(accessor.bufferView);
    const [width, read, whole] = type;
    const stride = this.json.bufferViews![accessor.bufferView].byteStride ?? width * components;
    const start = accessor.byteOffset ?? 0;
    if (accessor.count > 0 && (start < 0 || start + (accessor.count - 1) * stride + width * components > bytes.length)) throw this.wrong(`accessors[${index}] reaches beyond its buffer view`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const divisor = accessor.normalized ? whole : 1;
    for (let i = 0; i < accessor.count; i++) for (let k = 0; k < components; k++) data[i * components + k] = read(view, start + i * stride + k * width) / divisor;
    return { data, size: components };
  }
}

function parse(chunk: Uint8Array, where: string): Gltf {
  try {
    const json = JSON.parse(new TextDecoder().decode(chunk)) as unknown;
    if (typeof json === 'object' && json !== null) return json;
  } catch (cause) {
    throw new TwinError('bad-input', `${where} cannot be read: its JSON chunk is not JSON.`, { where, cause });
  }
  throw new TwinError('bad-input', `${where} cannot be read: its JSON chunk is no object.`, { where });
}
