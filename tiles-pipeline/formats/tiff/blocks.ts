import type { Source } from '../format.ts';
import type { PictureCodecs } from '../picture-codecs.ts';
import { bytesOf, type TiffImage } from './directories.ts';
import { TiffFault } from './fault.ts';
import { samplesOf, type Samples } from './samples.ts';
import { inflated, unpackBits, unpackLerc, unpackLzw, unpackZstd } from './unpack.ts';

/** A block as it is in the file: rows of `blockWidth` pixels, all bands of a pixel together where `planar` is 1. */
export interface Block {
  readonly samples: Samples;
  /** Rows that are there: fewer in the last strip, or where the file ends. */
  readonly rows: number;
  /** Bands in `samples`; a picture's own packing (JPEG, WebP) may give RGB for YCbCr. */
  readonly bands: number;
}

/** A file, and what unpacks the pictures in it. */
export interface OpenTiff {
  readonly source: Source;
  readonly codecs: PictureCodecs;
}

const OTHERS: Readonly<Record<number, string>> = { 6: 'old JPEG', 34712: 'JPEG 2000', 34925: 'LZMA', 34661: 'JBIG', 50002: 'JPEG XL', 52546: 'JPEG XL' };

/**
 * One block of an image.
 * @param plane band, where bands lie apart
 * @returns undefined where the file has none there (sparse)
 * @throws TiffFault where it lies beyond the file's end or cannot be unpacked
 */
export async function readBlock({ source, codecs }: OpenTiff, image: TiffImage, { column, row, plane = 0 }: { column: number; row: number; plane?: number }): Promise<Block | undefined> {
  const index = plane * image.across * image.down + row * image.across + column;
  const [offset, count] = [image.offsets[index], image.counts[index]];
  if (offset === 0 || count === 0) return undefined;
  const strip = image.blockWidth === image.width;
  const rows = strip ? Math.min(image.blockHeight, image.height - row * image.blockHeight) : image.blockHeight;
  const most = bytesOf(image, rows);
  const whole = bytesOf(image, image.blockHeight);
  if (offset + count > source.size && (image.compression !== 1 || offset >= source.size)) throw new TiffFault('cut-short', `a block is said to be at bytes ${offset} to ${offset + count}, and the file ends at ${source.size}`);
  const packed = await source.slice(offset, offset + count);
  const pictured = image.compression === 7 || image.compression === 50001;
  if (pictured) return unpictured(packed, image, { rows, codecs });
  const bytes = await unpacked(packed, image, whole, rows);
  const there = Math.min(rows, Math.floor(bytes.length / bytesOf(image, 1)));
  if (there < 1) throw new TiffFault('broken-tiff', `a block has ${bytes.length} bytes where ${most} are expected`);
  return { samples: samplesOf(bytes.subarray(0, there * bytesOf(image, 1)), image, there), rows: there, bands: image.planar === 2 ? 1 : image.bands };
}

async function unpacked(packed: Uint8Array, image: TiffImage, most: number, rows: number): Promise<Uint8Array> {
  switch (image.compression) {
    case 1:
      return packed;
    case 5:
      return unpackLzw(packed, most);
    case 8:
    case 32946:
      return inflated(packed, most);
    case 32773:
      return unpackBits(packed, most);
    case 50000:
      return unpackZstd(packed, most);
    case 34887:
      if (image.bands > 1 && image.planar === 1) throw new TiffFault('packing', 'it is packed with LERC and has several bands in one, which is not read here; convert it: gdal_translate -co COMPRESS=DEFLATE in.tif out.tif');
      return unpackLerc(packed, most, { width: image.blockWidth, height: rows, parameters: image.tags.numbers(50674) ?? [] });
    default:
      throw new TiffFault('packing', `it is packed with ${OTHERS[image.compression] ?? `compression ${image.compression}`}, which is not read here; convert it: gdal_translate -co COMPRESS=DEFLATE in.tif out.tif`);
  }
}

/** Blocks that are pictures of their own. */
async function unpictured(packed: Uint8Array, image: TiffImage, { rows, codecs }: { rows: number; codecs: PictureCodecs }): Promise<Block> {
  if (image.bits !== 8 || image.bands > 4 || (image.compression === 7 && image.bands === 4)) throw new TiffFault('packing', `it is packed as JPEG with ${image.bands} bands of ${image.bits} bits, which is not read here; convert it: gdal_translate -co COMPRESS=DEFLATE in.tif out.tif`);
  const bands = image.planar === 2 ? 1 : image.bands;
  const size = { width: image.blockWidth, height: image.blockHeight };
  const picture = image.compression === 7 ? await codecs.jpeg(withTables(packed, image), size) : await codecs.webp(packed, size);
  if (picture.width !== image.blockWidth || picture.height < rows) throw new TiffFault('broken-tiff', `a block is a picture of ${picture.width} × ${picture.height} where ${image.blockWidth} × ${rows} are expected`);
  const samples = new Uint8Array(picture.width * rows * bands);
  for (let k = 0; k < picture.width * rows; k++) for (let band = 0; band < bands; band++) samples[k * bands + band] = picture.data[k * 4 + band];
  return { samples, rows, bands };
}

/** A JPEG block with the tables that all blocks share, and with a mark where its colours are RGB: without one they are taken for YCbCr. @source TIFF Technical Note 2 */
function withTables(packed: Uint8Array, image: TiffImage): Uint8Array {
  if (packed.length < 4 || packed[0] !== 0xff || packed[1] !== 0xd8) throw new TiffFault('broken-tiff', 'a block said to be packed as JPEG is not');
  const tables = image.tags.bytes(347);
  const shared = tables && tables.length > 4 ? tables.subarray(2, tables.length - 2) : new Uint8Array();
  const plain = image.photometric === 2 ? Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0) : new Uint8Array();
  const out = new Uint8Array(2 + plain.length + shared.length + packed.length - 2);
  out.set(packed.subarray(0, 2));
  out.set(plain, 2);
  out.set(shared, 2 + plain.length);
  out.set(packed.subarray(2), 2 + plain.length + shared.length);
  return out;
}
