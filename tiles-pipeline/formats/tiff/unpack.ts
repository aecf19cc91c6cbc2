import { inflateSync } from 'node:zlib';
import { TiffFault } from './fault.ts';

/** Bytes that a LERC block may be larger than its samples. */
const SLACK = 2 ** 20;

/** Deflate, old and new. */
export function inflated(bytes: Uint8Array, most: number): Uint8Array {
  const out = inflateSync(bytes, { maxOutputLength: Math.max(1, most) });
  // A Buffer's slice shares its memory; everybody here takes it for a copy.
  return new Uint8Array(out.buffer, out.byteOffset, out.length);
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

/** Zstandard, into room for what is expected and no more: what would grow beyond it is broken. @source RFC 8878 */
export async function unpackZstd(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const out = decoder.decode(bytes, most);
  if (out.length === 0) throw new TiffFault('broken-tiff', 'a block packed with Zstandard is broken');
  return out;
}

/** Esri's LERC, itself deflated, packed with Zstandard or neither. @param parameters the file's own: version, packing @source https://github.com/Esri/lerc/blob/master/doc/lerc2-file-format */
export async function unpackLerc(bytes: Uint8Array, most: number, sizes: { width: number; height: number; parameters: readonly number[] }): Promise<Uint8Array> {
  const packing = sizes.parameters[1] ?? 0;
  const blob = packing === 1 ? inflated(bytes, most + SLACK) : packing === 2 ? await unpackZstd(bytes, most + SLACK) : bytes;
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length < 30 || new TextDecoder('latin1').decode(blob.subarray(0, 6)) !== 'Lerc2 ') throw new TiffFault('broken-tiff', 'a block said to be packed with LERC is not');
  const version = view.getInt32(6, true);
  const at = version >= 3 ? 14 : 10;
  if (view.getInt32(at, true) !== sizes.height || view.getInt32(at + 4, true) !== sizes.width) throw new TiffFault('broken-tiff', 'a block packed with LERC has another size than the file says');
  if (version > 6 || (version >= 4 && view.getInt32(at + 8, true) !== 1)) throw new TiffFault('broken-tiff', 'a block packed with LERC holds more than one band');
  const { getDecoder } = await import('geotiff');
  const decoder = (await getDecoder(34887, { planarConfiguration: 1, LercParameters: [4, 0] } as never)) as unknown as { decodeBlock(buffer: ArrayBuffer): ArrayBuffer };
  return new Uint8Array(decoder.decodeBlock(blob.slice().buffer));
}
