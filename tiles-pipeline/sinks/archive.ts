import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { TwinError, type Issue } from '../../engine/errors.ts';
import { findInIndex, INDEX_NAME, INDEX_STRIDE, isSorted } from './archive-index.ts';
import { CENTRAL, END, END_64, LOCAL, LOCATOR_64, readDirectory, type ArchiveEntry, type Directory } from './zip-records.ts';

const inflate = promisify(inflateRaw);
const MOST_ENTRIES = 5_000_000;
const MOST_DIRECTORY = 1e9;
const MOST_BYTES = 1e9;
const MOST_GROWTH = 1100;
const UNSAFE = /(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Za-z]:|\0/u;

/** An open .3tz. */
export class Archive {
  readonly #entries: ReadonlyMap<string, ArchiveEntry>;

  private constructor(
    readonly where: string,
    private readonly file: FileHandle,
    private readonly all: readonly ArchiveEntry[],
  ) {
    this.#entries = new Map(all.map((entry) => [entry.name.replaceAll('\\', '/'), entry]));
  }

  /** @throws {TwinError} `not-found`, or `bad-input` for what is no ZIP, is cut short, or has paths that lead out of it */
  static async open(path: string): Promise<Archive> {
    const file = await open(path, 'r').catch((cause: Error) => {
      throw new TwinError('not-found', `${path} cannot be opened (${cause.message}).`, { where: path, cause });
    });
    try {
      const { size } = await file.stat();
      const entries = await entriesOf(file, size);
      if (typeof entries === 'string') throw new TwinError('bad-input', `${path} is no archive that can be read: ${entries}.`, { where: path });
      return new Archive(path, file, entries);
    } catch (cause) {
      await file.close();
      throw cause;
    }
  }

  /** Paths of all files, the index left out. */
  names(): string[] {
    return [...this.#entries.keys()].filter((name) => name !== INDEX_NAME && !name.endsWith('/'));
  }

  size(path: string): number | undefined {
    return this.#entries.get(path)?.size;
  }

  /** The bytes of one file; undefined where there is no such file. @throws {TwinError} `bad-input` for bytes that are not what the archive says */
  async read(path: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(path);
    if (!entry) return undefined;
    const bytes = await this.#bytes(entry);
    if (typeof bytes === 'string') throw new TwinError('bad-input', `${path} in ${this.where} cannot be read: ${bytes}.`, { where: this.where });
    return bytes;
  }

  async #bytes(entry: ArchiveEntry): Promise<Uint8Array | string> {
    if (entry.size > MOST_BYTES) return `it would be ${(entry.size / 1e6).toFixed(0)} MB`;
    if (entry.size > Math.max(1, entry.packed) * MOST_GROWTH) return `it would grow more than ${MOST_GROWTH} times`;
    const start = await this.#start(entry);
    if (typeof start === 'string') return start;
    const packed = await readAt(this.file, start, entry.packed);
    if (packed.length < entry.packed) return 'the archive is cut short';
    if (entry.method !== 0 && entry.method !== 8) return `its compression (${entry.method}) is not read here`;
    try {
      const bytes = entry.method === 0 ? packed : await inflate(packed, { maxOutputLength: Math.max(1, entry.size) });
      if (bytes.length !== entry.size) return `it has ${bytes.length} bytes, not ${entry.size}`;
      return crc32(bytes) === entry.crc ? bytes : 'its check sum is wrong';
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    }
  }

  /** Where the bytes of an entry begin, after its local header. */
  async #start(entry: ArchiveEntry): Promise<number | string> {
    const header = await readAt(this.file, entry.at, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL) return 'its place in the archive is wrong';
    return entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  }

  /** What is not as a .3tz has it. @source 3D Tiles Archive Format 1.3 */
  async issues(): Promise<Issue[]> {
    const found: Issue[] = [];
    const report = (code: string, message: string, path?: string): void => void found.push({ code, severity: 'error', message, path });
    const last = this.all.at(-1);
    if (!this.#entries.has('tileset.json')) report('archive-tileset', 'there is no tileset.json at the root');
    for (const { name } of this.all) if (/\.3tz|\.3dtiles\.zip/u.test(name)) report('archive-nested', 'a name may not hold .3tz or .3dtiles.zip', name);
    const twice = this.all.length - this.#entries.size;
    if (twice > 0) report('archive-twice', `${twice} names are there more than once`);
    if (last?.name !== INDEX_NAME) report('archive-index', this.#entries.has(INDEX_NAME) ? `${INDEX_NAME} is not the last entry` : `there is no ${INDEX_NAME}; readers have to look through the whole directory`, INDEX_NAME);
    if (this.#entries.get(INDEX_NAME)) await this.#indexIssues(report);
    return found;
  }

  async #indexIssues(report: (code: string, message: string, path?: string) => void): Promise<void> {
    const entry = this.#entries.get(INDEX_NAME)!;
    if (entry.method !== 0) report('archive-index', 'the index is compressed', INDEX_NAME);
    const bytes = await this.#bytes(entry);
    if (typeof bytes === 'string') return report('archive-index', bytes, INDEX_NAME);
    const files = this.all.filter(({ name }) => name !== INDEX_NAME && !name.endsWith('/'));
    if (bytes.length % INDEX_STRIDE !== 0 || bytes.length < files.length * INDEX_STRIDE) report('archive-index', `the index has ${bytes.length} bytes for ${files.length} files, not ${files.length * INDEX_STRIDE}`, INDEX_NAME);
    if (!isSorted(bytes)) report('archive-index', 'the rows of the index do not ascend, so nothing is found in it', INDEX_NAME);
    let lost = 0;
    for (const { name, at } of files) if (!findInIndex(bytes, name.replaceAll('\\', '/')).includes(at)) lost++;
    if (lost > 0) report('archive-index', `${lost} files are not found by the index`, INDEX_NAME);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const out = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(out, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return out.subarray(0, done);
}

async function entriesOf(file: FileHandle, size: number): Promise<ArchiveEntry[] | string> {
  const directory = await findDirectory(file, size);
  if (typeof directory === 'string') return directory;
  const { count, at, length } = directory;
  if (count > MOST_ENTRIES || length > MOST_DIRECTORY || at + length > size || length < count * 46) return `its directory of ${count} entries cannot be right`;
  const bytes = await readAt(file, at, length);
  if (bytes.length < length || (count > 0 && bytes.readUInt32LE(0) !== CENTRAL)) return 'its directory is broken';
  const entries = readDirectory(bytes, count);
  if (typeof entries === 'string') return entries;
  const unsafe = entries.find(({ name }) => UNSAFE.test(name));
  return unsafe ? `it names a path outside itself (${unsafe.name.slice(0, 80)})` : entries;
}

/** @source PKWARE APPNOTE 6.3.10, 4.3.14 to 4.3.16 */
async function findDirectory(file: FileHandle, size: number): Promise<Directory | string> {
  const from = Math.max(0, size - 22 - 65_535 - 20);
  const tail = await readAt(file, from, size - from);
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) return 'it has no directory; it is no ZIP, or was cut short';
  const plain = { count: tail.readUInt16LE(end + 10), length: tail.readUInt32LE(end + 12), at: tail.readUInt32LE(end + 16) };
  if (end < 20 || tail.readUInt32LE(end - 20) !== LOCATOR_64) return plain;
  const wide = await readAt(file, Number(tail.readBigUInt64LE(end - 12)), 56);
  if (wide.length < 56 || wide.readUInt32LE(0) !== END_64) return 'its ZIP64 directory is broken';
  return { count: Number(wide.readBigUInt64LE(32)), length: Number(wide.readBigUInt64LE(40)), at: Number(wide.readBigUInt64LE(48)) };
}
