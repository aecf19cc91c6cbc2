import type { ImageryTable, Picture, PixelWindow, ReadContext } from '../format.ts';
import { baseName, type Refusal } from '../height-grid.ts';
import { readBlock, type Block, type OpenTiff } from './blocks.ts';
import type { TiffImage } from './directories.ts';
import { TiffFault } from './fault.ts';
import type { Affine } from './georeference.ts';
import { noDataOf } from './heights.ts';
import { placeOf } from './place-picture.ts';
import { stretchOf, type Stretch } from './stretch.ts';

/** Bytes of unpacked blocks that are kept. */
const KEPT = 96 * 2 ** 20;

type Colour = (block: Block, at: number, out: Uint8Array, to: number) => void;

/** A TIFF's picture, opened. */
export async function openPicture(tiff: OpenTiff, image: TiffImage, { affine, system, mask, context }: { affine: Affine; system: string; mask: TiffImage | undefined; context: ReadContext }): Promise<ImageryTable | Refusal> {
  const name = baseName(tiff.source.name);
  const place = placeOf(image, affine, system, context);
  if ('refusal' in place) return place.refusal;
  const stretch = image.bits > 8 ? await stretchOf(tiff, image, context) : undefined;
  const blocks = new PictureBlocks(tiff, image, { mask, context, colour: colourOf(image, stretch) });
  const copyright = image.tags.text(33432)?.trim();
  const picture: Picture = {
    name, width: image.width, height: image.height, bands: image.bands, bits: image.bits, ...place, ...(copyright && { copyright }),
    read: (window) => blocks.read(window),
  };
  return { kind: 'imagery', picture };
}

/** How the samples of a pixel become a colour. */
function colourOf(image: TiffImage, stretch: Stretch | undefined): Colour {
  const { photometric, bands, extra, bits } = image;
  const noData = noDataOf(image);
  const palette = photometric === 3 ? image.tags.numbers(320) : undefined;
  const at = extra.findIndex((kind) => kind === 1 || kind === 2);
  const opacity = at < 0 ? -1 : bands - extra.length + at;
  // Many writers call three bands grey and two more.
  const colours = !palette && bands - (opacity < 0 ? 0 : 1) >= 3 ? 3 : 1;
  const top = 2 ** Math.min(bits, 16) - 1;
  const eight = (value: number, band: number): number => (stretch ? stretch(value, band) : bits < 8 ? (value * 255) / top : value);
  return ({ samples, bands: own }, pixel, out, to) => {
    const from = pixel * own;
    let clear = noData !== undefined;
    for (let band = 0; band < colours && clear; band++) clear = samples[from + band] === noData;
    if (clear) return void out.fill(0, to, to + 4);
    if (palette) {
      const [index, count] = [samples[from], palette.length / 3];
      for (let band = 0; band < 3; band++) out[to + band] = (palette[band * count + index] ?? 0) >> 8;
    } else
      for (let band = 0; band < 3; band++) {
        const value = eight(samples[from + (colours === 3 ? band : 0)], colours === 3 ? band : 0);
        out[to + band] = photometric === 0 ? 255 - value : value;
      }
    const seen = opacity < 0 ? 255 : (samples[from + opacity] * 255) / top;
    out[to + 3] = seen;
    // Colours that were multiplied by their opacity are divided again.
    if (extra[at] === 1 && seen > 0 && seen < 255) for (let band = 0; band < 3; band++) out[to + band] = Math.min(255, (out[to + band] * 255) / seen);
  };
}

/** Windows of a picture from its blocks, of which the last used are kept as RGBA. */
class PictureBlocks {
  readonly #kept = new Map<number, Uint8Array | null>();
  #bytes = 0;
  #said = false;

  constructor(private readonly tiff: OpenTiff, private readonly image: TiffImage, private readonly how: { mask: TiffImage | undefined; context: ReadContext; colour: Colour }) {}

  async read({ left, top, width, height }: PixelWindow): Promise<Uint8Array> {
    const { blockWidth, blockHeight } = this.image;
    const out = new Uint8Array(width * height * 4);
    for (let row = Math.floor(top / blockHeight); row * blockHeight < top + height; row++)
      for (let column = Math.floor(left / blockWidth); column * blockWidth < left + width; column++) {
        const block = await this.#block(column, row);
        if (!block) continue;
        const [x0, y0] = [column * blockWidth, row * blockHeight];
        const [from, to] = [Math.max(left, x0), Math.min(left + width, x0 + blockWidth)];
        for (let y = Math.max(top, y0), end = Math.min(top + height, y0 + block.length / (blockWidth * 4)); y < end; y++) {
          const start = ((y - y0) * blockWidth + (from - x0)) * 4;
          out.set(block.subarray(start, start + (to - from) * 4), ((y - top) * width + (from - left)) * 4);
        }
      }
    return out;
  }

  async #block(column: number, row: number): Promise<Uint8Array | null> {
    const key = row * this.image.across + column;
    const known = this.#kept.get(key);
    const block = known === undefined ? await this.#unpack(column, row) : known;
    this.#kept.delete(key);
    this.#kept.set(key, block);
    if (known === undefined) this.#bytes += block?.length ?? 0;
    for (const [oldest, bytes] of this.#kept) {
      if (this.#bytes <= KEPT || this.#kept.size <= 1) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes?.length ?? 0;
    }
    return block;
  }

  /** A block as RGBA, whole width; null where there is none. */
  async #unpack(column: number, row: number): Promise<Uint8Array | null> {
    const { image, tiff, how } = this;
    how.context.signal?.throwIfAborted();
    try {
      const block = await wholeBlock(tiff, image, column, row);
      if (!block) return null;
      const out = new Uint8Array(image.blockWidth * block.rows * 4);
      for (let k = 0; k < image.blockWidth * block.rows; k++) how.colour(block, k, out, k * 4);
      if (block.rows < Math.min(image.blockHeight, image.height - row * image.blockHeight)) this.#say(new TiffFault('cut-short', 'the file ends before its pixels do'));
      if (how.mask) await this.#masked(out, column, row, how.mask);
      return out;
    } catch (cause) {
      how.context.signal?.throwIfAborted();
      this.#say(cause);
      return null;
    }
  }

  #say(cause: unknown): void {
    const { name } = this.tiff.source;
    if (!this.#said) this.how.context.issues.push({ code: cause instanceof TiffFault ? cause.code : 'broken-blocks', severity: 'error', message: `${name}: a part of the picture cannot be read (${cause instanceof Error ? cause.message : String(cause)}); it is left clear. Copy the file again.`, path: name });
    this.#said = true;
  }

  /** A mask of the same blocks: 0 is clear. @source TIFF 6.0, NewSubfileType 4 */
  async #masked(out: Uint8Array, column: number, row: number, mask: TiffImage): Promise<void> {
    const block = await readBlock(this.tiff, mask, { column, row });
    if (!block) return;
    for (let k = 0; k < Math.min(out.length / 4, block.samples.length); k++) if (block.samples[k] === 0) out.fill(0, k * 4, k * 4 + 4);
  }
}

/** All bands of a block together, though they may lie apart in the file. */
async function wholeBlock(tiff: OpenTiff, image: TiffImage, column: number, row: number): Promise<Block | undefined> {
  if (image.planar !== 2 || image.bands === 1) return readBlock(tiff, image, { column, row });
  const bands = Math.min(4, image.bands);
  let whole: Block | undefined;
  for (let plane = 0; plane < bands; plane++) {
    const block = await readBlock(tiff, image, { column, row, plane });
    if (!block) continue;
    const kind = block.samples.constructor as new (length: number) => Block['samples'];
    whole ??= { rows: block.rows, bands, samples: new kind(image.blockWidth * block.rows * bands) };
    for (let k = 0; k < Math.min(block.samples.length, whole.samples.length / bands); k++) whole.samples[k * bands + plane] = block.samples[k];
  }
  return whole;
}
