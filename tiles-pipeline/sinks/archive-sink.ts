import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createDeflateRaw, deflateRaw } from 'node:zlib';
import { TwinError } from '../../engine/errors.ts';
import { encodeIndex, INDEX_NAME } from './archive-index.ts';
import { mayPack } from './content-types.ts';
import { diskError } from './disk-error.ts';
import { OutputLock, type LockOptions } from './output-lock.ts';
import { requirePath, type Sink } from './sink.ts';
import { centralHeader, endRecords, localHeader, type ArchiveEntry } from './zip-records.ts';

export interface ArchiveSinkOptions {
  /** Stores everything as it is: the fastest to read, and the largest. */
  readonly store?: boolean;
  /** Waits until the archive is on the disk itself before it appears. */
  readonly sync?: boolean;
  readonly expected?: number;
  readonly lock?: LockOptions;
}

const DEFLATED = 8;
/** Compressed only where it takes away so much. */
const WORTH = 0.95;
/** @source 3D Tiles Archive Format 1.3: sizes stand in the local headers */
const LARGEST = 0xffff_fffe;
/** Beyond, a file goes through in pieces, and is never held whole. */
const PIECES = 8e6;
/** Bytes that go to the disk at once. */
const GATHERED = 1e6;
const deflate = promisify(deflateRaw);

interface Prepared {
  readonly bytes: number;
  append(): Promise<void>;
}

/**
 * A .3tz: one ZIP with a whole city in it and an index by the paths' hashes, written from front to back. It appears under its name when it
 * is whole; an older archive stays until then. The entries lie in the order of the calls and carry no times.
 * @source 3D Tiles Archive Format 1.3; ISO/IEC 21320-1; PKWARE APPNOTE 6.3.10
 */
export class ArchiveSink implements Sink {
  readonly where: string;
  readonly scratch: string;
  readonly #path: string;
  readonly #new: string;
  readonly #names = new Set<string>();
  readonly #entries: ArchiveEntry[] = [];
  #opened: Promise<void> | undefined;
  #lock: OutputLock | undefined;
  #file: FileHandle | undefined;
  #at = 0;
  /** Small pieces are gathered before they go to the disk. */
  #pending: Uint8Array[] = [];
  #waiting = 0;
  /** The calls before; one that failed fails those after it. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    path: string,
    private readonly options: ArchiveSinkOptions = {},
  ) {
    this.where = path;
    this.#path = resolve(path);
    this.#new = `${this.#path}.citymirror-new`;
    this.scratch = `${this.#path}.citymirror-scratch-${process.pid}`;
  }

  /** @throws {TwinError} `refused` where something else stands there, another run is at work on it, or the disk will not take it */
  open(): Promise<void> {
    return (this.#opened ??= this.#open());
  }

  async #open(): Promise<void> {
    await refuseForeign(this.#path, this.where);
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      this.#lock = await OutputLock.take(`${this.#path}.citymirror-lock`, this.where, this.options.lock);
      await rm(this.#new, { recursive: true, force: true });
      this.#file = await open(this.#new, 'wx');
      await mkdir(this.scratch, { recursive: true });
    } catch (cause) {
      await this.discard();
      throw await this.#fault(cause);
    }
  }

  write(path: string, bytes: Uint8Array): Promise<void> {
    return this.#take(path, () => this.#whole(path, bytes));
  }

  copyFrom(path: string, file: string): Promise<void> {
    return this.#take(path, async () => {
      const { size } = await stat(file);
      return size <= PIECES ? this.#whole(path, await readFile(file)) : { bytes: size, append: () => this.#stream(path, file, size) };
    });
  }

  async #whole(name: string, bytes: Uint8Array): Promise<Prepared> {
    const packed = this.#packs(name) ? await deflate(bytes) : bytes;
    const better = packed.length < bytes.length * WORTH;
    const body = better ? packed : bytes;
    const entry = { name, method: better ? DEFLATED : 0, crc: crc32(bytes), packed: body.length, size: bytes.length };
    const append = async (): Promise<void> => {
      const at = this.#at;
      await this.#append(localHeader(entry));
      await this.#append(body);
      this.#entries.push({ ...entry, at });
    };
    return { bytes: bytes.length, append };
  }

  /** Sizes and sum are known only at the end, and are put into the header then. */
  async #stream(name: string, file: string, size: number): Promise<void> {
    const packs = this.#packs(name);
    const at = this.#at;
    const blank = localHeader({ name, method: 0, crc: 0, packed: 0, size: 0 });
    await this.#append(blank);
    let [crc, read, packed] = [0, 0, 0];
    const summed = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const piece of source) {
        crc = crc32(piece, crc);
        read += piece.length;
        yield piece;
      }
    };
    const appended = async (source: AsyncIterable<Buffer>): Promise<void> => {
      for await (const piece of source) {
        await this.#append(piece);
        packed += piece.length;
      }
    };
    const source = createReadStream(file, { highWaterMark: 1 << 18 });
    if (packs) await pipeline(source, summed, createDeflateRaw(), appended);
    else await pipeline(source, summed, appended);
    if (read !== size) throw new TwinError('refused', `${this.where} could not be written: ${name} changed its size meanwhile. Build again.`, { where: this.where });
    const entry = { name, method: packs ? DEFLATED : 0, crc, packed, size: read };
    const header = localHeader(entry);
    await this.#flush();
    await this.#file!.write(header, 0, header.length, at);
    this.#entries.push({ ...entry, at });
  }

  #packs(path: string): boolean {
    return !this.options.store && path !== INDEX_NAME && mayPack(path);
  }

  /** Runs `prepare` beside others, and what it gives in the order of the calls. */
  async #take(path: string, prepare: () => Promise<Prepared>): Promise<void> {
    requirePath(path);
    if (/\.3tz|\.3dtiles\.zip/u.test(path) || path === INDEX_NAME) throw this.#refusal(path, 'an archive may not have that name inside.');
    if (this.#names.has(path)) throw this.#refusal(path, 'it is there already.');
    this.#names.add(path);
    const before = this.#turn;
    const own = Promise.all([this.open().then(prepare), before]).then(async ([{ bytes, append }]) => {
      if (bytes > LARGEST) throw this.#refusal(path, 'it is larger than 4 GB. Write to a folder with -o DIR.');
      await append().catch(async (cause: unknown) => {
        throw await this.#fault(cause, bytes);
      });
    });
    this.#turn = own;
    own.catch(() => undefined);
    await own.catch(async (cause: unknown) => {
      throw await this.#fault(cause);
    });
  }

  #refusal(path: string, why: string): TwinError {
    return new TwinError('refused', `${this.where} cannot hold ${path}: ${why}`, { where: this.where });
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#pending.push(bytes);
    this.#waiting += bytes.length;
    this.#at += bytes.length;
    if (this.#waiting >= GATHERED) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    const from = this.#at - this.#waiting;
    this.#pending = [];
    this.#waiting = 0;
    let done = 0;
    while (done < bytes.length) done += (await this.#file!.write(bytes, done, bytes.length - done, from + done)).bytesWritten;
  }

  has(path: string): Promise<boolean> {
    return Promise.resolve(this.#names.has(path));
  }

  /** @throws {TwinError} `refused` also where there is no `tileset.json`, which a .3tz must have */
  async commit(): Promise<void> {
    await this.open();
    await this.#turn;
    if (!this.#names.has('tileset.json')) throw new TwinError('refused', `${this.where} was not made: a .3tz needs a tileset.json, and there is nothing to draw as tiles in this city. Write to a folder with -o DIR.`, { where: this.where });
    try {
      await this.#finish();
      if (this.options.sync) await this.#file!.sync();
      await this.#file!.close();
      this.#file = undefined;
      await rename(this.#new, this.#path);
    } catch (cause) {
      throw await this.#fault(cause);
    }
    await this.discard();
  }

  async #finish(): Promise<void> {
    const index = encodeIndex(this.#entries);
    const last = { name: INDEX_NAME, method: 0, crc: crc32(index), packed: index.length, size: index.length, at: this.#at };
    await this.#append(localHeader(last));
    await this.#append(index);
    const all = [...this.#entries, last];
    const at = this.#at;
    for (let k = 0; k < all.length; k += 4096) await this.#append(Buffer.concat(all.slice(k, k + 4096).map(centralHeader)));
    await this.#append(endRecords({ count: all.length, at, length: this.#at - at }));
    await this.#flush();
  }

  /** Takes away what was written so far; the older archive stays. Harmless after {@link commit}. */
  async discard(): Promise<void> {
    await this.#turn.catch(() => undefined);
    await this.#file?.close();
    this.#file = undefined;
    if (!this.#lock) return;
    await rm(this.scratch, { recursive: true, force: true });
    await rm(this.#new, { force: true });
    await this.#lock.release();
    this.#lock = undefined;
  }

  /** Half of an archive is of no use to anybody. */
  leave(): Promise<void> {
    return this.discard();
  }

  #fault(cause: unknown, bytes?: number): Promise<TwinError> {
    const { expected } = this.options;
    return diskError(cause, { where: this.where, folder: dirname(this.#path), bytes, ahead: expected === undefined ? undefined : expected - this.#at });
  }
}

/** Only an archive, or an empty file, is ever replaced. */
async function refuseForeign(path: string, where: string): Promise<void> {
  const refuse = (why: string): TwinError => new TwinError('refused', `${where} ${why}`, { where });
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (found.isSymbolicLink()) throw refuse('is a link; name the file it leads to with -o.');
  if (!found.isFile()) throw refuse('is no file; choose another name with -o.');
  if (found.size === 0) return;
  const file = await open(path, 'r').catch((cause: Error) => {
    throw refuse(`cannot be looked into (${cause.message}).`);
  });
  const head = Buffer.alloc(4);
  await file.read(head, 0, 4, 0).finally(() => file.close());
  if (head.readUInt32LE(0) !== 0x04034b50) throw refuse('is a file of another kind and would be replaced; choose another name with -o.');
}
