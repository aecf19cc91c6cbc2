import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { PictureKind } from './image-size.ts';

/** sRGB and opacity, rows from the top: [4 × width × height]. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export type TextureFormat = 'jpeg' | 'webp' | 'ktx2';

/** What one codec does; `null` where it makes nothing of the bytes. */
interface Decoder {
  decode(bytes: Uint8Array): Pixels | null;
}
interface Encoder {
  encode(pixels: Pixels): Uint8Array | Promise<Uint8Array>;
}

/** Seen from a street no one tells these from finer ones; a step more costs a third more bytes. */
const QUALITY = 80;
const JPEG_OPTIONS = {
  quality: QUALITY, baseline: false, arithmetic: false, progressive: false, optimize_coding: true, smoothing: 0, color_space: 3, quant_table: 3, trellis_multipass: false,
  trellis_opt_zero: false, trellis_opt_table: false, trellis_loops: 1, auto_subsample: true, chroma_subsample: 2, separate_chroma_quality: false, chroma_quality: QUALITY,
};
const WEBP_OPTIONS = {
  quality: QUALITY, target_size: 0, target_PSNR: 0, method: 2, sns_strength: 50, filter_strength: 60, filter_sharpness: 0, filter_type: 1, partitions: 0, segments: 4, pass: 1,
  show_compressed: 0, preprocessing: 0, autofilter: 0, partition_limit: 0, alpha_compression: 1, alpha_filtering: 1, alpha_quality: 100, lossless: 0, exact: 0, image_hint: 0,
  emulate_jpeg_size: 0, thread_level: 0, low_memory: 0, near_lossless: 100, use_delta_palette: 0, use_sharp_yuv: 0,
};

/**
 * Codecs compiled to wasm, each loaded when it is first asked for, from the package beside this file's own node_modules (sources and built
 * command alike). One that broke down is thrown away: the next picture gets a new one.
 */
export class Codecs {
  readonly #decoders = new Map<PictureKind, Promise<Decoder>>();
  readonly #encoders = new Map<TextureFormat, Promise<Encoder>>();

  /** @throws whatever the codec throws on broken bytes */
  async decode(kind: PictureKind, bytes: Uint8Array): Promise<Pixels | null> {
    const made = this.#decoders.get(kind) ?? decoders[kind]();
    this.#decoders.set(kind, made);
    try {
      return (await made).decode(bytes);
    } catch (cause) {
      this.#decoders.delete(kind);
      throw cause;
    }
  }

  /** @throws where the optional package for KTX2 is not installed */
  async encode(format: TextureFormat, pixels: Pixels): Promise<Uint8Array> {
    const made = this.#encoders.get(format) ?? encoders[format]();
    this.#encoders.set(format, made);
    try {
      return await (await made).encode(pixels);
    } catch (cause) {
      this.#encoders.delete(format);
      throw cause;
    }
  }
}

const { resolve } = createRequire(import.meta.url);

/** How an Emscripten module is started with a wasm of ours, and kept quiet. */
async function startOptions(wasm: string): Promise<Record<string, unknown>> {
  const module = new WebAssembly.Module(await readFile(resolve(wasm)));
  const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): WebAssembly.Exports => {
    const instance = new WebAssembly.Instance(module, imports);
    done(instance);
    return instance.exports;
  };
  return { noInitialRun: true, instantiateWasm, print: () => {}, printErr: () => {} };
}

const decoders: Readonly<Record<PictureKind, () => Promise<Decoder>>> = {
  jpeg: async () => {
    const { default: make } = await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
    const codec = await make(await startOptions('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'));
    return { decode: (bytes) => codec.decode(bytes as Uint8Array<ArrayBuffer>, false) };
  },
  webp: async () => {
    const { default: make } = await import('@jsquash/webp/codec/dec/webp_dec.js');
    const codec = await make(await startOptions('@jsquash/webp/codec/dec/webp_dec.wasm'));
    return { decode: (bytes) => codec.decode(bytes as Uint8Array<ArrayBuffer>) };
  },
  png: async () => {
    const codec = await import('@jsquash/png/codec/pkg/squoosh_png.js');
    codec.initSync(await readFile(resolve('@jsquash/png/codec/pkg/squoosh_png_bg.wasm')));
    return { decode: (bytes) => codec.decode(bytes) };
  },
};

const encoders: Readonly<Record<TextureFormat, () => Promise<Encoder>>> = {
  ktx2,
  jpeg: async () => {
    const { default: make } = await import('@jsquash/jpeg/codec/enc/mozjpeg_enc.js');
    const codec = await make(await startOptions('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'));
    // What comes back is a view of the codec's own memory.
    return { encode: ({ data, width, height }) => codec.encode(data as Uint8ClampedArray<ArrayBuffer>, width, height, JPEG_OPTIONS).slice() };
  },
  webp: async () => {
    const { default: make } = await import('@jsquash/webp/codec/enc/webp_enc_simd.js');
    const codec = await make(await startOptions('@jsquash/webp/codec/enc/webp_enc_simd.wasm'));
    return {
      encode: ({ data, width, height }) => {
        const bytes = codec.encode(data as Uint8ClampedArray<ArrayBuffer>, width, height, WEBP_OPTIONS as unknown as Parameters<typeof codec.encode>[3]);
        if (!bytes) throw new Error(`a picture of ${width} × ${height} could not be made into WebP`);
        return bytes.slice();
      },
    };
  },
};

/** The package's own entry for Node; its types are those of the browser's. */
interface NodeKtx2 {
  NodeBasisEncoder: new () => { init(): Promise<unknown>; encode(bytes: Uint8Array, options: Record<string, unknown>): Promise<Uint8Array> };
}

/** ETC1S with mipmaps: some seconds for 2048². @throws where `ktx2-encoder`, an optional package, is not installed */
async function ktx2(): Promise<Encoder> {
  const { NodeBasisEncoder } = (await import('ktx2-encoder').catch((cause: unknown) => {
    throw new Error('KTX2 textures need a package that is not installed: npm install ktx2-encoder', { cause });
  })) as unknown as NodeKtx2;
  const codec = new NodeBasisEncoder();
  const { log } = console;
  // It would write a line a mipmap to what the console is while it starts.
  console.log = () => {};
  await codec.init().finally(() => (console.log = log));
  return {
    encode: ({ data, width, height }) => codec.encode(new Uint8Array(), { isUASTC: false, generateMipmap: true, isPerceptual: true, isSetKTX2SRGBTransferFunc: true, imageDecoder: async () => ({ width, height, data: new Uint8Array(data) }) }),
  };
}
