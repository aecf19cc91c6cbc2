import { inflateSync } from 'node:zlib';
import { TiffFault } from './fault.ts';

/** The most a frame without a stated size may hold beyond what is expected of it, bytes. */
const SLACK = 2 ** 20;
const ZSTD_BLOCK = 2 ** 17;

/** Deflate, old and new. */
export function inflated(bytes: Uint8Array, most: number): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: Math.max(1, most) });
}

/** @source TIFF 6.0, section 9 */
export function unpackBits(bytes: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most);
  let [from, to] = [0, 0];
  while (from < bytes.length && to < most) {
    const n = bytes[from++];
    if (n === 128) continue;
    if (n < 128) {
      const run = bytes.subarray(from, Math.min(from + n + 1, from + most - to));
      out.set(run, to);
      to += run.length;
      from += n + 1;
    } else {
      const end = Math.min(most, to + 257 - n);
      out.fill(bytes[from++], to, end);
      to = end;
    }
  }
  return out.subarray(0, to);
}

const CLEAR = 256;
const END = 257;

/** Words are kept as where they stand in what has been unpacked, and how long they are. @source TIFF 6.0, section 13 */
export function unpackLzw(bytes: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most);
  const starts = new Uint32Array(4097);
  const lengths = new Uint32Array(4097);
  let [to, next, width, held, have, before] = [0, 258, 9, 0, 0, -1];
  for (let from = 0; to < most; ) {
    while (have < width && from < bytes.length) {
      held = ((held << 8) | bytes[from++]) & 0xffffff;
      have += 8;
    }
    if (have < width) break;
    const code = (held >>> (have - width)) & ((1 << width) - 1);
    have -= width;
    if (code === END) break;
    if (code === CLEAR) {
      [next, width, before] = [258, 9, -1];
      continue;
    }
    if (code > next || (code === next && before < 0) || (code >= 258 && before < 0)) throw new TiffFault('broken-tiff', 'a block packed with LZW is broken');
    const start = to;
    if (code < 256) out[to++] = code;
    else {
      // The word that is being made begins as the one before it and ends with its own first byte.
      const [source, length] = [starts[code], lengths[code]];
      const known = code < next ? [source, length] : [to - wordLength(lengths, before), wordLength(lengths, before) + 1];
      for (let k = 0; k < known[1] && to < most; k++) out[to++] = out[known[0] + k];
    }
    if (before >= 0 && next < 4096) {
      const length = wordLength(lengths, before);
      starts[next] = start - length;
      lengths[next] = length + 1;
      next++;
    }
    before = code;
    // Codes grow one too early. @source TIFF 6.0, section 13
    width = next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9;
  }
  return out.subarray(0, to);
}

function wordLength(lengths: Uint32Array, code: number): number {
  return code < 256 ? 1 : lengths[code];
}

/** Zstandard; frames that would grow beyond what is expected are refused before they are unpacked. @source RFC 8878, 3.1.1 */
export async function unpackZstd(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const bound = zstdBound(bytes);
  if (bound > 4 * most + SLACK) throw new TiffFault('broken-tiff', `a block packed with Zstandard would grow to ${Math.round(bound / 1e6)} MB where ${Math.round(most / 1e6)} MB are expected`);
  const { getDecoder } = await import('geotiff');
  const decoder = (await getDecoder(50000, {} as never)) as unknown as { decodeBlock(buffer: ArrayBuffer): ArrayBuffer };
  return new Uint8Array(decoder.decodeBlock(bytes.slice().buffer));
}

/** The most bytes that frames can hold. */
function zstdBound(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== 0xfd2fb528) throw new TiffFault('broken-tiff', 'a block said to be packed with Zstandard is not');
  const descriptor = bytes[4];
  const single = (descriptor >> 5) & 1;
  const sizeBytes = [single, 2, 4, 8][descriptor >> 6];
  let at = 5 + (1 - single) + [0, 1, 2, 4][descriptor & 3];
  if (at + sizeBytes > bytes.length) throw new TiffFault('broken-tiff', 'a block packed with Zstandard is cut short');
  const stated = sizeBytes === 8 ? Number(view.getBigUint64(at, true)) : sizeBytes === 4 ? view.getUint32(at, true) : sizeBytes === 2 ? view.getUint16(at, true) + 256 : sizeBytes === 1 ? bytes[at] : 0;
  at += sizeBytes;
  let bound = 0;
  for (let last = false; !last && at + 3 <= bytes.length; ) {
    const head = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    last = (head & 1) === 1;
    const [type, size] = [(head >> 1) & 3, head >> 3];
    bound += type === 2 ? ZSTD_BLOCK : size;
    at += 3 + (type === 1 ? 1 : size);
  }
  return Math.max(bound, stated);
}

/** Esri's LERC, itself deflated, packed with Zstandard or neither. @param parameters the file's own: version, packing @source https://github.com/Esri/lerc/blob/master/doc/lerc2-file-format */
export async function unpackLerc(bytes: Uint8Array, most: number, sizes: { width: number; height: number; parameters: readonly number[] }): Promise<Uint8Array> {
  const packing = sizes.parameters[1] ?? 0;
  const blob = packing === 1 ? inflated(bytes, most + SLACK) : packing === 2 ? await unpackZstd(bytes, most) : bytes;
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length < 30 || new TextDecoder('latin1').decode(blob.subarray(0, 6)) !== 'Lerc2 ') throw new TiffFault('broken-tiff', 'a block said to be packed with LERC is not');
  const at = view.getInt32(6, true) >= 3 ? 14 : 10;
  if (view.getInt32(at, true) !== sizes.height || view.getInt32(at + 4, true) !== sizes.width) throw new TiffFault('broken-tiff', 'a block packed with LERC has another size than the file says');
  const { getDecoder } = await import('geotiff');
  const decoder = (await getDecoder(34887, { planarConfiguration: 1, LercParameters: [4, 0] } as never)) as unknown as { decodeBlock(buffer: ArrayBuffer): ArrayBuffer };
  return new Uint8Array(decoder.decodeBlock(blob.slice().buffer));
}
