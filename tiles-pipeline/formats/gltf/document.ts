import { MeshoptDecoder } from 'meshoptimizer/decoder';
import type { Source } from '../format.ts';
import { GltfFault, isCount, type Gltf, type GltfAccessor } from './json.ts';

const WIDTHS: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT4: 16 };
const COMPONENTS: Readonly<Record<number, { size: number; most: number; read(view: DataView, at: number): number }>> = {
  5120: { size: 1, most: 127, read: (view, at) => view.getInt8(at) },
  5121: { size: 1, most: 255, read: (view, at) => view.getUint8(at) },
  5122: { size: 2, most: 32767, read: (view, at) => view.getInt16(at, true) },
  5123: { size: 2, most: 65535, read: (view, at) => view.getUint16(at, true) },
  5125: { size: 4, most: 4294967295, read: (view, at) => view.getUint32(at, true) },
  5126: { size: 4, most: 1, read: (view, at) => view.getFloat32(at, true) },
};
/** Numbers one accessor may have, and bytes one buffer or picture may have. */
const MOST = { values: 100_000_000, bytes: 2_000_000_000 };
const MESHOPT = ['EXT_meshopt_compression', 'KHR_meshopt_compression'];

/** The numbers of an accessor one after another. */
export interface Values {
  readonly array: Float64Array;
  readonly width: number;
  readonly count: number;
}

/** A glTF and the bytes it names: its own binary chunk, `data:` addresses, files beside it. */
export class GltfDocument {
  readonly #buffers = new Map<number, Promise<Uint8Array>>();
  readonly #views = new Map<number, Promise<{ bytes: Uint8Array; stride: number }>>();
  readonly #pictures = new Map<number, Promise<Uint8Array>>();

  constructor(
    readonly json: Gltf,
    private readonly binary: Uint8Array | undefined,
    private readonly source: Source,
  ) {}

  #buffer(index: number): Promise<Uint8Array> {
    const known = this.#buffers.get(index) ?? this.#loadBuffer(index);
    this.#buffers.set(index, known);
    return known;
  }

  async #loadBuffer(index: number): Promise<Uint8Array> {
    const buffer = this.json.buffers?.[index];
    if (!buffer) throw new GltfFault(`there is no buffer ${index}`);
    if (typeof buffer.uri === 'string') return this.#file(buffer.uri, `buffer ${index}`);
    if (index > 0 || !this.binary) throw new GltfFault(`buffer ${index} has no bytes`);
    return this.binary;
  }

  /** The bytes of an address inside the file, or of a file in its folder. */
  async #file(uri: string, what: string): Promise<Uint8Array> {
    const data = /^data:[^,]{0,200},/u.exec(uri);
    if (data) return new Uint8Array(data[0].includes(';base64') ? Buffer.from(uri.slice(data[0].length), 'base64') : Buffer.from(decoded(uri.slice(data[0].length))));
    const file = await this.source.beside(decoded(uri));
    if (!file) throw new GltfFault(`${what} names ${shown(uri)}, which is no file in the model's folder`);
    if (file.size > MOST.bytes) throw new GltfFault(`${what}: ${shown(uri)} has ${(file.size / 1e9).toFixed(1)} GB, more than ${MOST.bytes / 1e9} GB`);
    return file.bytes();
  }

  /** @throws {GltfFault} */
  view(index: number): Promise<{ bytes: Uint8Array; stride: number }> {
    const known = this.#views.get(index) ?? this.#loadView(index);
    this.#views.set(index, known);
    return known;
  }

  async #loadView(index: number): Promise<{ bytes: Uint8Array; stride: number }> {
    const view = this.json.bufferViews?.[index];
    if (!view) throw new GltfFault(`there is no bufferView ${index}`);
    const packed = MESHOPT.map((name) => view.extensions?.[name]).find((each) => each);
    const { buffer, byteOffset = 0, byteLength } = packed ?? view;
    if (!isCount(buffer) || !isCount(byteOffset) || !isCount(byteLength)) throw new GltfFault(`bufferView ${index} has no range`);
    const whole = await this.#buffer(buffer);
    if (byteOffset + byteLength > whole.length) throw new GltfFault(`bufferView ${index} reaches to byte ${byteOffset + byteLength} of buffer ${buffer}, which has ${whole.length}`);
    const bytes = whole.subarray(byteOffset, byteOffset + byteLength);
    if (!packed) return { bytes, stride: view.byteStride ?? 0 };
    const { count, byteStride, mode, filter } = packed;
    if (!isCount(count) || !isCount(byteStride) || byteStride === 0 || byteStride > 256 || count * byteStride > MOST.bytes) throw new GltfFault(`bufferView ${index} would unpack to ${String(count)} × ${String(byteStride)} bytes`);
    await MeshoptDecoder.ready;
    const out = new Uint8Array(count * byteStride);
    try {
      MeshoptDecoder.decodeGltfBuffer(out, count, byteStride, bytes, mode ?? '', filter);
    } catch {
      throw new GltfFault(`bufferView ${index} does not decompress`);
    }
    return { bytes: out, stride: mode === 'ATTRIBUTES' ? byteStride : 0 };
  }

  /** @throws {GltfFault} */
  async values(index: number, type?: string): Promise<Values> {
    const accessor = this.json.accessors?.[index];
    if (!accessor) throw new GltfFault(`there is no accessor ${index}`);
    const { count, width } = shapeOf(accessor, index, type);
    if (accessor.bufferView === undefined && count > 1_000_000) throw new GltfFault(`accessor ${index} is ${count} zeroes`);
    const { bytes, stride } = accessor.bufferView === undefined ? { bytes: undefined, stride: 0 } : await this.view(accessor.bufferView);
    if (bytes && count > bytes.length) throw new GltfFault(`accessor ${index} says ${count} elements, its bufferView has ${bytes.length} bytes`);
    const array = new Float64Array(count * width);
    if (bytes) readInto(array, width, { bytes, start: accessor.byteOffset ?? 0, step: stride || width * COMPONENTS[accessor.componentType!].size, count }, accessor, index);
    if (accessor.sparse) await this.#sparse(array, width, accessor, index);
    return { array, width, count };
  }

  async #sparse(array: Float64Array, width: number, accessor: GltfAccessor, index: number): Promise<void> {
    const { count, indices, values } = accessor.sparse!;
    const component = COMPONENTS[indices?.componentType ?? 0];
    if (!isCount(count) || count > array.length / width || !component || !isCount(indices?.bufferView) || !isCount(values?.bufferView)) throw new GltfFault(`accessor ${index} has a sparse part that is not sound`);
    const [at, put] = await Promise.all([this.view(indices.bufferView), this.view(values.bufferView)]);
    const places = new Float64Array(count);
    readInto(places, 1, { bytes: at.bytes, start: indices.byteOffset ?? 0, step: component.size, count }, { componentType: indices.componentType }, index);
    const replaced = new Float64Array(count * width);
    readInto(replaced, width, { bytes: put.bytes, start: values.byteOffset ?? 0, step: width * COMPONENTS[accessor.componentType!].size, count }, accessor, index);
    for (let i = 0; i < count; i++) {
      if ((places[i] + 1) * width > array.length) throw new GltfFault(`accessor ${index}: its sparse part points beyond it`);
      array.set(replaced.subarray(i * width, (i + 1) * width), places[i] * width);
    }
  }

  /** The file of a picture. @throws {GltfFault} */
  picture(index: number): Promise<Uint8Array> {
    const known = this.#pictures.get(index) ?? this.#loadPicture(index);
    this.#pictures.set(index, known);
    return known;
  }

  async #loadPicture(index: number): Promise<Uint8Array> {
    const image = this.json.images?.[index];
    if (typeof image?.uri === 'string') return this.#file(image.uri, `image ${index}`);
    if (!isCount(image?.bufferView)) throw new GltfFault(`image ${index} has neither a file nor a bufferView`);
    return (await this.view(image.bufferView)).bytes;
  }
}

function shapeOf({ count, type = '', componentType = 0 }: GltfAccessor, index: number, wanted?: string): { count: number; width: number } {
  const width = WIDTHS[type];
  if (!width || !COMPONENTS[componentType] || !isCount(count) || count * width > MOST.values) throw new GltfFault(`accessor ${index} says ${String(count)} × ${String(type)} of type ${String(componentType)}`);
  if (wanted !== undefined && type !== wanted) throw new GltfFault(`accessor ${index} is ${type}, not ${wanted}`);
  return { count, width };
}

function readInto(out: Float64Array, width: number, from: { bytes: Uint8Array; start: number; step: number; count: number }, { componentType, normalized }: GltfAccessor, index: number): void {
  const { bytes, start, step, count } = from;
  const component = COMPONENTS[componentType!];
  if (!isCount(start) || !isCount(step) || (count > 0 && start + step * (count - 1) + width * component.size > bytes.length)) throw new GltfFault(`accessor ${index} reaches beyond its bufferView of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < width; k++) {
      const value = component.read(view, start + i * step + k * component.size);
      out[i * width + k] = normalized ? Math.max(-1, value / component.most) : value;
    }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function shown(uri: string): string {
  return uri.length > 80 ? `${uri.slice(0, 80)}…` : uri;
}
