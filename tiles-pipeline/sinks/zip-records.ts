/** One file of an archive, as its headers tell it. */
export interface ArchiveEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Byte of its local header. */
  readonly at: number;
}

export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
export const END_64 = 0x06064b50;
export const LOCATOR_64 = 0x07064b50;
const ZIP_64 = 0x0001;
const MOST_16 = 0xffff;
const MOST_32 = 0xffff_ffff;
/** Names are UTF-8. */
const FLAGS = 0x0800;
/** 1980-01-01 00:00, the first time a ZIP can tell: the same input, the same bytes. */
const DATE = 0x0021;
const UNIX = 3 << 8;
const REGULAR_FILE = 0o100644;

/** @source PKWARE APPNOTE 6.3.10, 4.3.7 */
export function localHeader({ name, method, crc, packed, size }: Omit<ArchiveEntry, 'at'>): Buffer {
  const text = Buffer.from(name, 'utf8');
  const out = Buffer.alloc(30 + text.length);
  out.writeUInt32LE(LOCAL, 0);
  out.writeUInt16LE(20, 4);
  out.writeUInt16LE(FLAGS, 6);
  out.writeUInt16LE(method, 8);
  out.writeUInt16LE(DATE, 12);
  out.writeUInt32LE(crc, 14);
  out.writeUInt32LE(packed, 18);
  out.writeUInt32LE(size, 22);
  out.writeUInt16LE(text.length, 26);
  text.copy(out, 30);
  return out;
}

/** An entry of the central directory; a place beyond 4 GiB goes into a ZIP64 field. @source APPNOTE 4.3.12, 4.5.3 */
export function centralHeader({ name, method, crc, packed, size, at }: ArchiveEntry): Buffer {
  const text = Buffer.from(name, 'utf8');
  const far = at >= MOST_32;
  const out = Buffer.alloc(46 + text.length + (far ? 12 : 0));
  out.writeUInt32LE(CENTRAL, 0);
  out.writeUInt16LE(UNIX | (far ? 45 : 20), 4);
  out.writeUInt16LE(far ? 45 : 20, 6);
  out.writeUInt16LE(FLAGS, 8);
  out.writeUInt16LE(method, 10);
  out.writeUInt16LE(DATE, 14);
  out.writeUInt32LE(crc, 16);
  out.writeUInt32LE(packed, 20);
  out.writeUInt32LE(size, 24);
  out.writeUInt16LE(text.length, 28);
  out.writeUInt16LE(far ? 12 : 0, 30);
  out.writeUInt32LE((REGULAR_FILE << 16) >>> 0, 38);
  out.writeUInt32LE(far ? MOST_32 : at, 42);
  text.copy(out, 46);
  if (far) {
    out.writeUInt16LE(ZIP_64, 46 + text.length);
    out.writeUInt16LE(8, 48 + text.length);
    out.writeBigUInt64LE(BigInt(at), 50 + text.length);
  }
  return out;
}

export interface Directory {
  readonly count: number;
  readonly at: number;
  readonly length: number;
}

/** What ends an archive; with the ZIP64 records where the old one cannot say it. @source APPNOTE 4.3.14 to 4.3.16 */
export function endRecords({ count, at, length }: Directory): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(Math.min(count, MOST_16), 8);
  end.writeUInt16LE(Math.min(count, MOST_16), 10);
  end.writeUInt32LE(Math.min(length, MOST_32), 12);
  end.writeUInt32LE(Math.min(at, MOST_32), 16);
  if (count < MOST_16 && at < MOST_32 && length < MOST_32) return end;
  const wide = Buffer.alloc(56 + 20);
  wide.writeUInt32LE(END_64, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE(UNIX | 45, 12);
  wide.writeUInt16LE(45, 14);
  wide.writeBigUInt64LE(BigInt(count), 24);
  wide.writeBigUInt64LE(BigInt(count), 32);
  wide.writeBigUInt64LE(BigInt(length), 40);
  wide.writeBigUInt64LE(BigInt(at), 48);
  wide.writeUInt32LE(LOCATOR_64, 56);
  wide.writeBigUInt64LE(BigInt(at + length), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([wide, end]);
}

/** The entries of a central directory. @returns a reason where it is broken */
export function readDirectory(bytes: Buffer, count: number): ArchiveEntry[] | string {
  const entries: ArchiveEntry[] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) return `its directory is broken at entry ${k} of ${count}`;
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const next = extraEnd + bytes.readUInt16LE(at + 32);
    if (next > bytes.length) return `its directory is broken at entry ${k} of ${count}`;
    const [packed, size, place] = wideValues(bytes.subarray(nameEnd, extraEnd), [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 42)], [1, 0, 2]);
    entries.push({ name: bytes.toString('utf8', at + 46, nameEnd), method: bytes.readUInt16LE(at + 10), crc: bytes.readUInt32LE(at + 16), packed, size, at: place });
    at = next;
  }
  return entries;
}

/** Values that are all ones stand in the ZIP64 field, in its own order. */
function wideValues(extra: Buffer, values: readonly number[], order: readonly number[]): number[] {
  const out = [...values];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP_64) continue;
    let from = at + 4;
    const end = Math.min(extra.length, from + extra.readUInt16LE(at + 2));
    for (const k of order) {
      if (out[k] !== MOST_32 || from + 8 > end) continue;
      out[k] = Number(extra.readBigUInt64LE(from));
      from += 8;
    }
  }
  return out;
}
