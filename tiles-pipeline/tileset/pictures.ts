import { createHash } from 'node:crypto';
import { Codecs, type Pixels, type TextureFormat } from './codecs.ts';
import { pictureSize } from './image-size.ts';

export type { Pixels, TextureFormat } from './codecs.ts';

/** A picture that cannot be used; `code` names the fault. */
export class PictureFault extends Error {
  constructor(
    readonly code: 'picture-unknown' | 'picture-too-large' | 'picture-broken',
    message: string,
  ) {
    super(message);
    this.name = 'PictureFault';
  }
}

/** A picture as a content carries it. */
export interface EncodedPicture {
  readonly bytes: Uint8Array;
  readonly mimeType: 'image/jpeg' | 'image/webp' | 'image/png' | 'image/ktx2';
  readonly width: number;
  readonly height: number;
  /** False where some of it is less than whole. */
  readonly opaque: boolean;
}

const MOST_PIXELS = 100_000_000;
const MOST_SIDE = 32_768;
/** Bytes kept of what was decoded, and of what was encoded. */
const KEPT = { pixels: 256e6, encoded: 64e6 };
const MIME = { jpeg: 'image/jpeg', webp: 'image/webp', ktx2: 'image/ktx2' } as const;

/** The pictures of one run: decoded once, encoded once, told apart by their bytes. */
export class Pictures {
  readonly #codecs = new Codecs();
  readonly #pixels = new Kept<Pixels & { readonly opaque: boolean }>(KEPT.pixels, ({ data }) => data.length);
  readonly #encoded = new Kept<EncodedPicture>(KEPT.encoded, ({ bytes }) => bytes.length);
  readonly #names = new WeakMap<Uint8Array, string>();

  /** @param format what opaque pictures become; what is not opaque becomes WebP where this says JPEG */
  constructor(readonly format: TextureFormat = 'jpeg') {}

  /** What tells a file's bytes from others. */
  nameOf(file: Uint8Array): string {
    const known = this.#names.get(file) ?? createHash('sha256').update(file).digest('base64url');
    this.#names.set(file, known);
    return known;
  }

  /** Pixels of a PNG, JPEG or WebP file; its header is held against the caps before anything is decoded. @throws {PictureFault} */
  async decode(file: Uint8Array): Promise<Pixels & { readonly opaque: boolean }> {
    return this.#pixels.get(this.nameOf(file), async () => {
      const size = checkedSize(file);
      const pixels = await this.#codecs.decode(size.kind, file).catch((cause: unknown) => {
        throw new PictureFault('picture-broken', `the ${size.kind.toUpperCase()} of ${size.width} × ${size.height} cannot be decoded (${messageOf(cause)})`);
      });
      if (!pixels || pixels.data.length !== pixels.width * pixels.height * 4) throw new PictureFault('picture-broken', `the ${size.kind.toUpperCase()} of ${size.width} × ${size.height} cannot be decoded`);
      return { width: pixels.width, height: pixels.height, data: pixels.data, opaque: isOpaque(pixels.data) };
    });
  }

  /** A whole file as it is where both engines read it and it is no larger than `most`; undefined otherwise. @throws {PictureFault} */
  async asIs(file: Uint8Array, most: number): Promise<EncodedPicture | undefined> {
    const { kind, width, height } = checkedSize(file);
    if (kind === 'png' || this.format !== 'jpeg' || kind !== 'jpeg' || width > most || height > most) return undefined;
    await this.decode(file);
    return { bytes: file, mimeType: 'image/jpeg', width, height, opaque: true };
  }

  /** @param name tells these pixels from others; they are asked for only where they are not known yet */
  async encode(name: string, make: () => Promise<Pixels>): Promise<EncodedPicture> {
    return this.#encoded.get(name, async () => {
      const pixels = await make();
      const opaque = isOpaque(pixels.data);
      const format = this.format === 'jpeg' && !opaque ? 'webp' : this.format;
      return { bytes: await this.#codecs.encode(format, pixels), mimeType: MIME[format], width: pixels.width, height: pixels.height, opaque };
    });
  }
}

function checkedSize(file: Uint8Array): NonNullable<ReturnType<typeof pictureSize>> {
  const size = pictureSize(file);
  if (!size) throw new PictureFault('picture-unknown', 'it is no PNG, JPEG or WebP file');
  const { width, height } = size;
  if (width === 0 || height === 0) throw new PictureFault('picture-broken', 'it has no pixels');
  if (width > MOST_SIDE || height > MOST_SIDE || width * height > MOST_PIXELS) throw new PictureFault('picture-too-large', `it says ${width} × ${height} pixels; at most ${MOST_PIXELS / 1e6} million are taken`);
  return size;
}

function isOpaque(data: Uint8ClampedArray): boolean {
  // The edges of JPEG-like alpha wobble by a step or two.
  for (let i = 3; i < data.length; i += 4) if (data[i] < 250) return false;
  return true;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String((cause as { message?: unknown })?.message ?? cause);
}

/** What was made last, up to so many bytes. A second call for what is still being made waits for it. */
class Kept<T> {
  readonly #made = new Map<string, { value: Promise<T>; bytes: number }>();
  #bytes = 0;

  constructor(
    private readonly most: number,
    private readonly bytesOf: (value: T) => number,
  ) {}

  async get(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#made.get(name);
    if (known) {
      this.#made.delete(name);
      this.#made.set(name, known);
      return known.value;
    }
    const entry = { value: make(), bytes: 0 };
    this.#made.set(name, entry);
    try {
      const value = await entry.value;
      if (this.#made.get(name) === entry) this.#grow(entry, this.bytesOf(value));
      return value;
    } catch (cause) {
      if (this.#made.get(name) === entry) this.#made.delete(name);
      throw cause;
    }
  }

  #grow(entry: { bytes: number }, bytes: number): void {
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [name, oldest] of this.#made) {
      if (this.#bytes <= this.most || oldest === entry) return;
      this.#bytes -= oldest.bytes;
      this.#made.delete(name);
    }
  }
}
