/** One file of an archive, as its central directory has it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  /** Byte of its local header. */
  readonly at: number;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
/** Entries an archive may have, and bytes all of them together may declare. */
const MOST = { entries: 65_000, bytes: 4_000_000_000 };
/** What tells a link from a file in Unix's mode. */
const LINK = 0o120000;

/**
 * The files of a ZIP archive, folders left out.
 * @returns a reason where it is none, is cut short, holds a path that leads out of it, a link, a name twice (by case or Unicode form), files that lie in
 * one another, or says more than can be
 * @source PKWARE APPNOTE 6.3.10, 4.3.12 and 4.3.16
 */
export function entriesOf(bytes: Uint8Array): ZipEntry[] | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 66_000 && view.getUint32(end, true) !== END) end--;
  if (end < 0 || view.getUint32(end, true) !== END) return 'it has no directory; it was cut short';
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) return 'it is a ZIP64, which is not read here; pack fewer or smaller files';
  if (count > MOST.entries) return `it says ${count} files; at most ${MOST.entries} are taken`;
  const entries: ZipEntry[] = [];
  for (let k = 0; k < count; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY) return 'its directory is broken';
    const nameLength = view.getUint16(at + 28, true);
    const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) return 'its directory is broken';
    const name = decodeName(bytes.subarray(at + 46, at + 46 + nameLength));
    if (name.includes('\0') || /(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Za-z]:/u.test(name)) return `it names a path outside itself (${name.replaceAll('\0', '␀')})`;
    if (view.getUint8(at + 5) === 3 && ((view.getUint32(at + 38, true) >>> 16) & 0o170000) === LINK) return `it holds a link (${name})`;
    if (!name.endsWith('/')) entries.push({ name, method: view.getUint16(at + 10, true), packed: view.getUint32(at + 20, true), size: view.getUint32(at + 24, true), at: view.getUint32(at + 42, true) });
    at = next;
  }
  return together(entries) ?? entries;
}

/** Why files cannot all be in one archive. */
function together(entries: readonly ZipEntry[]): string | undefined {
  const names = new Set<string>();
  let bytes = 0;
  for (const { name, size } of entries) {
    const plain = name.replaceAll('\\', '/').normalize('NFC').toLowerCase();
    if (names.has(plain)) return `it names the same file twice (${name})`;
    names.add(plain);
    bytes += size;
  }
  if (bytes > MOST.bytes) return `its files would be ${(bytes / 1e9).toFixed(1)} GB, more than ${MOST.bytes / 1e9} GB`;
  // Every file has a header of thirty bytes before its own: two that begin nearer than that lie in one another.
  const sorted = entries.toSorted((a, b) => a.at - b.at);
  for (let k = 1; k < sorted.length; k++) if (sorted[k - 1].at + 30 + sorted[k - 1].packed > sorted[k].at) return `its files lie in one another (${sorted[k - 1].name}, ${sorted[k].name})`;
  return undefined;
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}
