import { MeshoptEncoder } from 'meshoptimizer/encoder';

const ARRAY_BUFFER = 34962;
const ELEMENT_ARRAY_BUFFER = 34963;

/** Collects buffer views: compressed ones live in buffer 0 and stand for a range of buffer 1, which is never stored. */
export class Packer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #uncompressed = 0;
  readonly #views: Record<string, unknown>[] = [];

  constructor(private readonly meshopt: boolean) {}

  vertices(bytes: Uint8Array, count: number, stride: number): number {
    return this.meshopt ? this.#compressed(bytes, count, stride, 'ATTRIBUTES', { target: ARRAY_BUFFER, byteStride: stride }) : this.plain(bytes, { target: ARRAY_BUFFER, byteStride: stride });
  }

  triangles(bytes: Uint8Array, count: number, size: number): number {
    return this.meshopt ? this.#compressed(bytes, count, size, 'TRIANGLES', { target: ELEMENT_ARRAY_BUFFER }) : this.plain(bytes, { target: ELEMENT_ARRAY_BUFFER });
  }

  plain(bytes: Uint8Array, view: Record<string, unknown> = {}): number {
    // An empty view is not allowed: a column of empty strings keeps one byte nothing points to.
    const kept = bytes.length > 0 ? bytes : new Uint8Array(1);
    this.#views.push({ buffer: 0, byteOffset: this.#append(kept), byteLength: kept.length, ...view });
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
    const stored = { byteLength: this.#length };
    const fallback = { byteLength: this.#uncompressed, extensions: { EXT_meshopt_compression: { fallback: true } } };
    return { buffers: this.#uncompressed > 0 ? [stored, fallback] : [stored], bufferViews: this.#views };
  }

  /** The GLB container around a JSON and what was collected. @source glTF 2.0, §4.4 */
  frame(json: unknown): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify(json));
    // The binary chunk starts on a multiple of eight of the whole file, so that property tables are aligned wherever they are read.
    const jsonLength = ((text.length + 28 + 7) & ~7) - 28;
    const out = new Uint8Array(28 + jsonLength + this.#length);
    const view = new DataView(out.buffer);
    view.setUint32(0, 0x46546c67, true);
    view.setUint32(4, 2, true);
    view.setUint32(8, out.length, true);
    view.setUint32(12, jsonLength, true);
    view.setUint32(16, 0x4e4f534a, true);
    out.fill(0x20, 20 + text.length, 20 + jsonLength);
    out.set(text, 20);
    view.setUint32(20 + jsonLength, this.#length, true);
    view.setUint32(24 + jsonLength, 0x004e4942, true);
    let at = 28 + jsonLength;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}
