import type { Source } from '../format.ts';
import { TiffFault } from './fault.ts';

/** The entries of one directory. */
export interface TagTable {
  has(tag: number): boolean;
  numbers(tag: number): readonly number[] | undefined;
  text(tag: number): string | undefined;
  bytes(tag: number): Uint8Array | undefined;
}

interface Value {
  readonly type: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Bytes of each kind of value. @source TIFF 6.0, section 2; BigTIFF: 16–18 */
const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8 };
const MOST_ENTRIES = 4096;
/** Bytes of one entry's values: four million strips. */
const MOST_BYTES = 32 * 2 ** 20;
/** The entries that are read; the rest is somebody else's. */
const WANTED = new Set([254, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 347, 33432, 33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113, 50674]);

/** One directory at a byte of the file. @throws TiffFault */
export async function readTags(source: Source, at: number, { little, big }: { little: boolean; big: boolean }): Promise<{ tags: TagTable; next: number }> {
  const [countBytes, entryBytes, linkBytes] = big ? [8, 20, 8] : [2, 12, 4];
  if (!(at >= 8 && at + countBytes <= source.size)) throw new TiffFault('directory-beyond-end', `its directory is said to be at byte ${at}, and the file ends at ${source.size}`);
  const top = viewOf(await source.slice(at, at + countBytes));
  const entries = big ? Number(top.getBigUint64(0, little)) : top.getUint16(0, little);
  if (entries < 1 || entries > MOST_ENTRIES) throw new TiffFault('broken-tiff', `its directory at byte ${at} has ${entries} entries`);
  const bytes = await source.slice(at + countBytes, at + countBytes + entries * entryBytes + linkBytes);
  if (bytes.length < entries * entryBytes) throw new TiffFault('cut-short', `it ends within its directory at byte ${at}`);
  const view = viewOf(bytes);
  const values = new Map<number, Value>();
  for (let k = 0; k < entries; k++) {
    const entry = k * entryBytes;
    const [tag, type] = [view.getUint16(entry, little), view.getUint16(entry + 2, little)];
    if (!WANTED.has(tag) || SIZES[type] === undefined) continue;
    const count = big ? Number(view.getBigUint64(entry + 4, little)) : view.getUint32(entry + 4, little);
    const length = count * SIZES[type];
    if (length > MOST_BYTES || length > source.size) throw new TiffFault('broken-tiff', `entry ${tag} of its directory claims ${count} values`);
    const inline = entry + (big ? 12 : 8);
    const away = big ? Number(view.getBigUint64(inline, little)) : view.getUint32(inline, little);
    const own = length <= (big ? 8 : 4) ? bytes.slice(inline, inline + length) : await source.slice(away, away + length);
    if (own.length < length) throw new TiffFault('cut-short', `entry ${tag} of its directory lies beyond the file's end`);
    values.set(tag, { type, count, bytes: own });
  }
  const link = entries * entryBytes;
  const next = bytes.length < link + linkBytes ? 0 : big ? Number(view.getBigUint64(link, little)) : view.getUint32(link, little);
  return { tags: tableOf(values, little), next };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function tableOf(values: ReadonlyMap<number, Value>, little: boolean): TagTable {
  return {
    has: (tag) => values.has(tag),
    bytes: (tag) => values.get(tag)?.bytes,
    text: (tag) => {
      const value = values.get(tag);
      return value && new TextDecoder().decode(value.bytes).replace(/\0.*$/su, '');
    },
    numbers: (tag) => {
      const value = values.get(tag);
      return value && value.type !== 2 ? numbersOf(value, little) : undefined;
    },
  };
}

function numbersOf({ type, count, bytes }: Value, little: boolean): number[] {
  const view = viewOf(bytes);
  const read: Readonly<Record<number, (at: number) => number>> = {
    3: (at) => view.getUint16(at, little), 4: (at) => view.getUint32(at, little), 13: (at) => view.getUint32(at, little), 6: (at) => view.getInt8(at), 8: (at) => view.getInt16(at, little), 9: (at) => view.getInt32(at, little),
    5: (at) => view.getUint32(at, little) / view.getUint32(at + 4, little), 10: (at) => view.getInt32(at, little) / view.getInt32(at + 4, little), 11: (at) => view.getFloat32(at, little), 12: (at) => view.getFloat64(at, little),
    16: (at) => Number(view.getBigUint64(at, little)), 17: (at) => Number(view.getBigInt64(at, little)), 18: (at) => Number(view.getBigUint64(at, little)),
  };
  const one = read[type] ?? ((at: number) => view.getUint8(at));
  return Array.from({ length: count }, (_, k) => one(k * SIZES[type]));
}
