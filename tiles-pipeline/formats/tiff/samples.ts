import type { TiffImage } from './directories.ts';
import { TiffFault } from './fault.ts';

export type Samples = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** Undoes the predictor and gives the bytes their type. @param bytes one block, whole rows @param rows of it @source TIFF 6.0, section 14; Adobe Photoshop TIFF Technical Note 3 (floating point predictor) */
export function samplesOf(bytes: Uint8Array, image: TiffImage, rows: number): Samples {
  const bands = image.planar === 2 ? 1 : image.bands;
  const perRow = image.blockWidth * bands;
  if (image.predictor === 3) return unfloated(bytes, image, perRow, rows, bands);
  const samples = typed(bytes, image, perRow, rows);
  if (image.predictor !== 2) return samples;
  // Floats are differences of their bits.
  const whole = samples instanceof Float32Array ? new Uint32Array(samples.buffer, samples.byteOffset, samples.length) : samples;
  if (samples instanceof Float64Array || (samples instanceof Float32Array && image.bits === 16)) throw new TiffFault('packing', `its ${image.bits}-bit floats are packed as differences, which is not read here; convert it: gdal_translate -co COMPRESS=DEFLATE in.tif out.tif`);
  for (let row = 0; row < rows; row++) for (let k = row * perRow + bands, end = Math.min(whole.length, (row + 1) * perRow); k < end; k++) whole[k] += whole[k - bands];
  return samples;
}

function typed(bytes: Uint8Array, { bits, sampleFormat, little }: TiffImage, perRow: number, rows: number): Samples {
  if (bits < 8) return unpacked(bytes, bits, perRow, rows);
  const size = bits / 8;
  const count = Math.min(perRow * rows, Math.floor(bytes.length / size));
  const own = bytes.byteOffset % size === 0 && little ? bytes : bytes.slice();
  if (!little && size > 1) swap(own, size);
  const make = kindOf(bits, sampleFormat);
  if (make) return new make(own.buffer as ArrayBuffer, own.byteOffset, count);
  // Half floats: JavaScript has no array of them.
  const view = new DataView(own.buffer, own.byteOffset, own.byteLength);
  return Float32Array.from({ length: count }, (_, k) => half(view.getUint16(k * 2, true)));
}

type Kind = new (buffer: ArrayBuffer, offset: number, length: number) => Samples;

function kindOf(bits: number, format: number): Kind | undefined {
  const kinds: Readonly<Record<string, Kind | undefined>> = { '8/1': Uint8Array, '8/2': Int8Array, '16/1': Uint16Array, '16/2': Int16Array, '32/1': Uint32Array, '32/2': Int32Array, '32/3': Float32Array, '64/3': Float64Array };
  const kind = kinds[`${bits}/${format}`];
  if (!kind && !(bits === 16 && format === 3)) throw new TiffFault('sample-type', `its samples have ${bits} bits of kind ${format}, which are not read here; convert it: gdal_translate -ot Float32 in.tif out.tif`);
  return kind;
}

function unpacked(bytes: Uint8Array, bits: number, perRow: number, rows: number): Uint8Array {
  if (bits !== 1 && bits !== 2 && bits !== 4) throw new TiffFault('sample-type', `its samples have ${bits} bits, which are not read here`);
  const stride = Math.ceil((perRow * bits) / 8);
  const out = new Uint8Array(perRow * rows);
  const mask = (1 << bits) - 1;
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < perRow; k++) {
      const bit = k * bits;
      out[row * perRow + k] = (bytes[row * stride + (bit >> 3)] >> (8 - bits - (bit & 7))) & mask;
    }
  return out;
}

function swap(bytes: Uint8Array, size: number): void {
  for (let k = 0; k + size <= bytes.length; k += size) bytes.subarray(k, k + size).reverse();
}

/** Bytes of a row lie by significance, the highest first, each the difference to the one before. */
function unfloated(bytes: Uint8Array, image: TiffImage, perRow: number, rows: number, bands: number): Samples {
  const size = image.bits / 8;
  const out = new Uint8Array(perRow * rows * size);
  const row = new Uint8Array(perRow * size);
  for (let y = 0; y < rows; y++) {
    row.set(bytes.subarray(y * row.length, (y + 1) * row.length));
    for (let k = bands; k < row.length; k++) row[k] += row[k - bands];
    const start = y * row.length;
    for (let k = 0; k < perRow; k++) for (let byte = 0; byte < size; byte++) out[start + k * size + (size - 1 - byte)] = row[byte * perRow + k];
  }
  return typed(out, { ...image, little: true }, perRow, rows);
}

/** @source IEEE 754-2008, binary16 */
function half(value: number): number {
  const [sign, exponent, fraction] = [value & 0x8000 ? -1 : 1, (value >> 10) & 31, value & 1023];
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}
