import { createHash } from 'node:crypto';

/** Name of the index inside of a .3tz: its last entry, stored as it is. */
export const INDEX_NAME = '@3dtilesIndex1@';
/** MD5 of the path [16], then the place of the local header [8, little endian]. */
export const INDEX_STRIDE = 24;

function keyOf(path: string): Buffer {
  return createHash('md5').update(path).digest();
}

/** By the hash read as two little-endian 64-bit numbers; among equals by place. */
function before(a: Buffer, b: Buffer): number {
  for (const at of [0, 8, 16]) {
    const [x, y] = [a.readBigUInt64LE(at), b.readBigUInt64LE(at)];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** The index of an archive. @param entries paths and the bytes at which their local headers begin @source 3D Tiles Archive Format 1.3, "Reading and writing the index file" */
export function encodeIndex(entries: readonly { readonly name: string; readonly at: number }[]): Uint8Array {
  const rows = entries.map(({ name, at }) => {
    const place = Buffer.alloc(8);
    place.writeBigUInt64LE(BigInt(at));
    return Buffer.concat([keyOf(name), place]);
  });
  return new Uint8Array(Buffer.concat(rows.toSorted(before)));
}

/** Places at which a path may lie, by bisection; more than one only where two paths have one hash. */
export function findInIndex(index: Uint8Array, path: string): number[] {
  const bytes = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  const key = Buffer.concat([keyOf(path), Buffer.alloc(8)]);
  let [low, high] = [0, Math.floor(bytes.length / INDEX_STRIDE)];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(bytes.subarray(middle * INDEX_STRIDE, (middle + 1) * INDEX_STRIDE), key) < 0) low = middle + 1;
    else high = middle;
  }
  const found: number[] = [];
  for (let row = low; (row + 1) * INDEX_STRIDE <= bytes.length && bytes.compare(key, 0, 16, row * INDEX_STRIDE, row * INDEX_STRIDE + 16) === 0; row++) found.push(Number(bytes.readBigUInt64LE(row * INDEX_STRIDE + 16)));
  return found;
}

/** Whether the rows of an index stand in order, without which nothing is found in it. */
export function isSorted(index: Uint8Array): boolean {
  const bytes = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  for (let at = INDEX_STRIDE; at + INDEX_STRIDE <= bytes.length; at += INDEX_STRIDE) if (before(bytes.subarray(at - INDEX_STRIDE, at), bytes.subarray(at, at + INDEX_STRIDE)) > 0) return false;
  return true;
}
