import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A decoded picture: [4 × width × height] sRGB and opacity, rows from the top. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Decoders of pictures. Each is made at its first use and again after one that broke down: its memory cannot be trusted then. */
export interface PictureCodecs {
  /** @param most a picture that says it is larger is refused before it is decoded */
  jpeg(bytes: Uint8Array, most: PictureSize): Promise<Pixels>;
  webp(bytes: Uint8Array, most: PictureSize): Promise<Pixels>;
  png(bytes: Uint8Array, most: PictureSize): Promise<Pixels>;
  /** WebP with losses, opacity without. */
  encodeWebp(pixels: Pixels): Promise<Uint8Array>;
}

const require = createRequire(import.meta.url);
const WEBP_QUALITY = 80;

/** A module of Emscripten's with its code from the package's folder: it would fetch it from a page. */
async function started<T>(factory: unknown, wasm: string): Promise<T> {
  const code = await WebAssembly.compile(await readFile(require.resolve(wasm)));
  const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): WebAssembly.Exports => {
    const instance = new WebAssembly.Instance(code, imports);
    done(instance);
    return instance.exports;
  };
  return (factory as (options: object) => Promise<T>)({ noInitialRun: true, instantiateWasm, print: () => undefined, printErr: () => undefined });
}

interface Decoder {
  decode(bytes: Uint8Array, preserveOrientation?: boolean): Pixels | null;
}

interface Encoder {
  encode(data: Uint8Array | Uint8ClampedArray, width: number, height: number, options: object): Uint8Array | null;
}

/** @see PictureCodecs */
export function pictureCodecs(): PictureCodecs {
  const made = new Map<string, Promise<unknown>>();
  const use = async <T, R>(name: string, make: () => Promise<T>, work: (codec: T) => R | Promise<R>): Promise<R> => {
    if (!made.has(name)) made.set(name, make());
    try {
      return await work((await made.get(name)) as T);
    } catch (cause) {
      made.delete(name);
      throw cause instanceof Error ? cause : new Error(`the ${name} picture is broken`, { cause });
    }
  };
  const decode = async (name: string, factory: () => Promise<Decoder>, bytes: Uint8Array, found: PictureSize | undefined, most: PictureSize): Promise<Pixels> => {
    if (!found) throw new Error(`the ${name} picture is broken: it has no size`);
    if (found.width > most.width || found.height > most.height) throw new Error(`the ${name} picture is ${found.width} × ${found.height}, more than ${most.width} × ${most.height}`);
    const pixels = await use(name, factory, (codec) => (name === 'JPEG' ? codec.decode(bytes, false) : codec.decode(bytes)));
    if (!pixels || pixels.data.length < pixels.width * pixels.height * 4) throw new Error(`the ${name} picture is broken`);
    return pixels;
  };
  return {
    jpeg: (bytes, most) => decode('JPEG', async () => started<Decoder>((await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js')).default, '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'), bytes, jpegSize(bytes), most),
    webp: (bytes, most) => decode('WebP', async () => started<Decoder>((await import('@jsquash/webp/codec/dec/webp_dec.js')).default, '@jsquash/webp/codec/dec/webp_dec.wasm'), bytes, webpSize(bytes), most),
    png: (bytes, most) => decode('PNG', pngDecoder, bytes, pngSize(bytes), most),
    encodeWebp: (pixels) =>
      use('WebP encoder', async () => ({ encoder: await started<Encoder>((await import('@jsquash/webp/codec/enc/webp_enc_simd.js')).default, '@jsquash/webp/codec/enc/webp_enc_simd.wasm'), options: (await import('@jsquash/webp/meta.js')).defaultOptions }), ({ encoder, options }) => {
        const bytes = encoder.encode(pixels.data, pixels.width, pixels.height, { ...options, quality: WEBP_QUALITY, method: 2 });
        if (!bytes) throw new Error('a picture could not be packed as WebP');
        return bytes.slice();
      }),
  };
}

async function pngDecoder(): Promise<Decoder> {
  // Its glue hands out an ImageData, which only browsers have.
  const scope = globalThis as unknown as { ImageData?: unknown };
  scope.ImageData ??= class {
    constructor(readonly data: Uint8ClampedArray, readonly width: number, readonly height: number) {}
  };
  const png = await import('@jsquash/png/codec/pkg/squoosh_png.js');
  await png.default(await WebAssembly.compile(await readFile(require.resolve('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'))));
  return { decode: (bytes) => png.decode(bytes) as unknown as Pixels };
}

/** @source ISO/IEC 15948 (PNG), 11.2.2 */
export function pngSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(0) !== 0x89504e47 || view.getUint32(12) !== 0x49484452) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** By its frame header. @source ITU-T T.81, B.2.2 */
export function jpegSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1];
    if (marker === 0xff || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** @source RFC 9649, 2.5 to 2.7 */
export function webpSize(bytes: Uint8Array): PictureSize | undefined {
  if (bytes.length < 30 || new TextDecoder('latin1').decode(bytes.subarray(8, 12)) !== 'WEBP') return undefined;
  const kind = new TextDecoder('latin1').decode(bytes.subarray(12, 16));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (kind === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (kind !== 'VP8X') return undefined;
  return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
}
