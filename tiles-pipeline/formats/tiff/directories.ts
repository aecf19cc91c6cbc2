import type { Source } from '../format.ts';
import { TiffFault } from './fault.ts';
import { readTags, type TagTable } from './tags.ts';

/** One picture or grid of a TIFF file, with its sizes checked against the file's. */
export interface TiffImage {
  readonly width: number;
  readonly height: number;
  /** Samples of a block of pixels; a strip is as wide as the image. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly across: number;
  readonly down: number;
  /** Bits of a sample, and what it is: 1 unsigned, 2 signed, 3 floating. */
  readonly bits: number;
  readonly sampleFormat: number;
  readonly bands: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 4 mask, 5 CMYK, 6 YCbCr. */
  readonly photometric: number;
  /** 1 all bands of a pixel together, 2 band after band. */
  readonly planar: number;
  readonly compression: number;
  readonly predictor: number;
  /** What the bands beyond the colours are: 1 and 2 opacity. */
  readonly extra: readonly number[];
  /** Bits: 1 a smaller version, 4 a mask. */
  readonly subfile: number;
  readonly offsets: Float64Array;
  readonly counts: Float64Array;
  readonly little: boolean;
  readonly tags: TagTable;
}

/** Bytes of a decoded block that are held at once at most. */
const LARGEST_BLOCK = 128 * 2 ** 20;
const MOST_IMAGES = 64;
const MOST_SIDE = 2 ** 24;
/** No packing makes a picture of more than {@link SMALL} bytes so many times smaller. */
const MOST_GROWTH = 4096;
const SMALL = 2 ** 26;
/** Rows are read in pieces of about this many bytes where nothing is compressed. */
const PIECE = 2 ** 20;

/**
 * Every image of a TIFF or BigTIFF file, in order. Nothing is allocated by what the file claims: a count must fit the file first.
 * @throws TiffFault
 * @source TIFF 6.0 (Adobe, 1992); BigTIFF (Aware Systems)
 */
export async function readDirectories(source: Source): Promise<TiffImage[]> {
  const little = source.head[0] === 0x49;
  const start = new DataView(source.head.buffer, source.head.byteOffset, source.head.byteLength);
  if (source.head.length < 16) throw new TiffFault('broken-tiff', 'it ends within its header');
  const big = start.getUint16(2, little) === 43;
  if (big && start.getUint16(4, little) !== 8) throw new TiffFault('broken-tiff', 'its header is none of a BigTIFF');
  let at = big ? Number(start.getBigUint64(8, little)) : start.getUint32(4, little);
  const images: TiffImage[] = [];
  const seen = new Set<number>();
  while (at !== 0) {
    if (seen.has(at)) throw new TiffFault('directory-loop', `its directories lead in a circle (byte ${at} comes twice)`);
    if (seen.size >= MOST_IMAGES) throw new TiffFault('too-many-images', `it has more than ${MOST_IMAGES} directories`);
    seen.add(at);
    const { tags, next } = await readTags(source, at, { little, big });
    images.push(imageOf(tags, source.size, little));
    at = next;
  }
  if (images.length === 0) throw new TiffFault('broken-tiff', 'it has no directory');
  return images;
}

function imageOf(tags: TagTable, size: number, little: boolean): TiffImage {
  const one = (tag: number, otherwise: number): number => tags.numbers(tag)?.[0] ?? otherwise;
  const [width, height, bands] = [one(256, 0), one(257, 0), one(277, 1)];
  if (!(width >= 1 && height >= 1)) throw new TiffFault('broken-tiff', `its size is ${width} × ${height}`);
  if (width > MOST_SIDE || height > MOST_SIDE) throw new TiffFault('too-large', `it claims ${width} × ${height} samples`);
  if (!(bands >= 1 && bands <= 1024)) throw new TiffFault('bands', `it has ${bands} bands`);
  const bits = tags.numbers(258) ?? [1];
  if (bits.some((each) => each !== bits[0])) throw new TiffFault('mixed-bits', `its bands have different depths (${bits.join(', ')} bits)`);
  const formats = tags.numbers(339) ?? [1];
  const tiled = tags.has(322) || tags.has(324);
  const blockWidth = tiled ? one(322, 0) : width;
  const blockHeight = tiled ? one(323, 0) : Math.min(height, one(278, height));
  if (!(blockWidth >= 1 && blockHeight >= 1)) throw new TiffFault('broken-tiff', `its blocks are ${blockWidth} × ${blockHeight}`);
  if (tiled && (blockWidth > 2 ** 16 || blockHeight > 2 ** 16)) throw new TiffFault('block-too-large', `its tiles are ${blockWidth} × ${blockHeight}`);
  const planar = one(284, 1);
  const image = {
    width, height, blockWidth, blockHeight, across: Math.ceil(width / blockWidth), down: Math.ceil(height / blockHeight), bits: bits[0], sampleFormat: formats[0] === 4 ? 1 : formats[0], bands,
    photometric: one(262, bands >= 3 ? 2 : 1), planar, compression: one(259, 1), predictor: one(317, 1), extra: tags.numbers(338) ?? [], subfile: one(254, 0), little, tags,
  };
  const blocks = image.across * image.down * (planar === 2 ? bands : 1);
  const offsets = tags.numbers(tiled ? 324 : 273);
  if (!offsets) throw new TiffFault('broken-tiff', `it does not say where its ${tiled ? 'tiles' : 'strips'} are`);
  if (offsets.length < blocks) throw new TiffFault('broken-tiff', `it has ${offsets.length} ${tiled ? 'tiles' : 'strips'} where ${width} × ${height} samples need ${blocks}`);
  const counts = tags.numbers(tiled ? 325 : 279);
  if (!counts && image.compression !== 1) throw new TiffFault('broken-tiff', 'it does not say how long its blocks are');
  const whole = bytesOf(image, blockHeight);
  const claimed = whole * blocks;
  if (claimed > SMALL && claimed > size * (image.compression === 1 ? 1.5 : MOST_GROWTH)) throw new TiffFault('broken-tiff', `it claims ${width} × ${height} samples of ${bands} ${bands === 1 ? 'band' : 'bands'} and has ${size.toLocaleString('en')} bytes; copy it again`);
  const placed = { ...image, offsets: Float64Array.from(offsets), counts: counts && counts.length >= blocks ? Float64Array.from(counts) : new Float64Array(blocks).fill(whole) };
  const pieces = placed.compression === 1 && !tiled && whole > PIECE ? inPieces(placed, size) : placed;
  if (bytesOf(pieces, pieces.blockHeight) > LARGEST_BLOCK)
    throw new TiffFault('block-too-large', `it is packed in pieces of ${Math.round(bytesOf(pieces, pieces.blockHeight) / 1e6)} MB, more than ${Math.round(LARGEST_BLOCK / 1e6)} MB can be unpacked at once; write it in tiles: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE in.tif out.tif`);
  return pieces;
}

/** Bytes of a decoded block of so many rows. */
export function bytesOf(image: Pick<TiffImage, 'blockWidth' | 'bits' | 'bands' | 'planar'>, rows: number): number {
  return Math.ceil((image.blockWidth * (image.planar === 2 ? 1 : image.bands) * image.bits) / 8) * rows;
}

/** Long strips that are not compressed, cut into shorter ones: any of their rows can be read alone. */
function inPieces(image: TiffImage, size: number): TiffImage {
  const row = bytesOf(image, 1);
  let rows = Math.max(1, Math.floor(PIECE / row));
  if (image.down > 1) while (image.blockHeight % rows !== 0) rows--;
  const down = Math.ceil(image.height / rows);
  const planes = image.planar === 2 ? image.bands : 1;
  if (down * planes > size) throw new TiffFault('broken-tiff', `it claims ${image.width} × ${image.height} samples in ${size.toLocaleString('en')} bytes`);
  const offsets = new Float64Array(down * planes);
  const counts = new Float64Array(down * planes);
  for (let k = 0; k < offsets.length; k++) {
    const [plane, piece] = [Math.floor(k / down), k % down];
    const strip = Math.floor((piece * rows) / image.blockHeight);
    offsets[k] = image.offsets[plane * image.down + strip] + (piece * rows - strip * image.blockHeight) * row;
    counts[k] = Math.min(rows, image.height - piece * rows) * row;
  }
  return { ...image, blockHeight: rows, down, offsets, counts };
}
