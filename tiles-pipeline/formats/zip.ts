import { inflateRawSync } from 'node:zlib';
import type { ZipEntry } from '../../workers/models/zip.ts';

export { entriesOf, type ZipEntry } from '../../workers/models/zip.ts';

const LOCAL = 0x04034b50;

/** The bytes of one entry, never more than it declares and the limits allow. @returns a reason where it cannot be had */
export function readEntry(bytes: Uint8Array, entry: ZipEntry, limits: { bytes: number; ratio: number }): Uint8Array | string {
  if (entry.size > limits.bytes) return `it would be ${(entry.size / 1e6).toFixed(0)} MB, more than ${limits.bytes / 1e6} MB`;
  if (entry.size > Math.max(1, entry.packed) * limits.ratio) return `it would grow ${Math.round(entry.size / Math.max(1, entry.packed))} times, more than ${limits.ratio}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (entry.at + 30 > bytes.length || view.getUint32(entry.at, true) !== LOCAL) return 'its place in the archive is wrong';
  if (view.getUint16(entry.at + 6, true) & 1) return 'it is locked with a password';
  const start = entry.at + 30 + view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true);
  const packed = bytes.subarray(start, start + entry.packed);
  if (packed.length < entry.packed) return 'the archive is cut short';
  if (entry.method === 0) return packed;
  if (entry.method !== 8) return `its compression (${entry.method}) is not read here`;
  try {
    const out = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    return out.length === entry.size ? out : `it has ${out.length} bytes, not ${entry.size}`;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
