import { constants, type Stats } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinError } from '../../engine/errors.ts';
import { diskError } from './disk-error.ts';
import { OutputLock, type LockOptions } from './output-lock.ts';
import { requirePath, type Sink } from './sink.ts';

/** How bytes reach the disk; a test gives one that is full. */
export type WriteFile = (path: string, bytes: Uint8Array) => Promise<void>;

const SCRATCH = '.citymirror-scratch-';

export interface FolderSinkOptions {
  readonly put?: WriteFile;
  /** Waits until every file and folder is on the disk itself before the output appears: it then outlives a power cut. */
  readonly sync?: boolean;
  /** Keeps what a run that was killed had written, for {@link FolderSink.has}. */
  readonly resume?: boolean;
  /** Bytes of the whole output, where known: for the sentence that the disk is full. */
  readonly expected?: number;
  readonly lock?: LockOptions;
}

/**
 * A folder that appears under its name only when it is whole: everything is written beside it (`NAME.citymirror-new`) and moved there at
 * the end. An older folder of that name stays untouched until then, and whenever anything fails; only one that is empty or holds a city is
 * replaced. Between the two moves of {@link commit} there is an instant without either; a run killed in it is mended by the next.
 */
export class FolderSink implements Sink {
  readonly where: string;
  readonly scratch: string;
  readonly #path: string;
  readonly #new: string;
  readonly #old: string;
  readonly #made = new Map<string, Promise<unknown>>();
  /** Paths of this run. */
  readonly #paths = new Set<string>();
  #opened: Promise<void> | undefined;
  #lock: OutputLock | undefined;
  /** Outermost folder that had to be made for the output to stand in. */
  #parent: string | undefined;
  #written = 0;

  constructor(
    path: string,
    private readonly options: FolderSinkOptions = {},
  ) {
    this.where = path;
    this.#path = resolve(path);
    this.#new = `${this.#path}.citymirror-new`;
    this.scratch = `${this.#path}${SCRATCH}${process.pid}`;
    this.#old = `${this.#path}.citymirror-old`;
  }

  /** @throws {TwinError} `refused` where the folder is foreign, is a link, is being written by another run, or may not be written */
  open(): Promise<void> {
    return (this.#opened ??= this.#open());
  }

  async #open(): Promise<void> {
    await refuseForeign(this.#path, this.where);
    try {
      this.#parent = await mkdir(dirname(this.#path), { recursive: true });
      this.#lock = await OutputLock.take(`${this.#path}.citymirror-lock`, this.where, this.options.lock);
      await this.#mend();
      await this.#clearScratch();
      const left = await look(this.#new);
      if (left && !(this.options.resume && left.isDirectory())) await rm(this.#new, { recursive: true });
      await mkdir(this.#new, { recursive: true });
      await mkdir(this.scratch, { recursive: true });
    } catch (cause) {
      await this.discard();
      throw await this.#fault(cause);
    }
  }

  /** What runs before this one put together; its own may be begun already. */
  async #clearScratch(): Promise<void> {
    const folder = dirname(this.#path);
    const own = basename(this.#path) + SCRATCH;
    for (const name of await readdir(folder)) if (name.startsWith(own) && join(folder, name) !== this.scratch) await rm(join(folder, name), { recursive: true, force: true });
  }

  /** After a run that was killed in the middle of {@link commit}. */
  async #mend(): Promise<void> {
    if (!(await look(this.#old))) return;
    if (await look(this.#path)) await rm(this.#old, { recursive: true, force: true });
    else await rename(this.#old, this.#path);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.#add(path, bytes.length, async (file) => {
      await (this.options.put ?? writeFile)(file, bytes);
      if (this.options.sync) await syncPath(file);
    });
  }

  async copyFrom(path: string, file: string): Promise<void> {
    const { size } = await stat(file);
    await this.#add(path, size, async (target) => {
      await link(file, target).catch(async (cause: NodeJS.ErrnoException) => {
        if (cause.code === 'EEXIST') await rm(target);
        // Another disk, or one without hard links.
        await copyFile(file, target, constants.COPYFILE_FICLONE);
      });
      if (this.options.sync) await syncPath(target);
    });
  }

  async #add(path: string, bytes: number, make: (file: string) => Promise<void>): Promise<void> {
    const file = join(this.#new, requirePath(path));
    await this.open();
    // What has its own name is whole, also after a kill.
    const part = this.options.resume ? `${file}~part` : file;
    try {
      await this.#folder(dirname(file));
      await patiently(() => make(part));
      if (part !== file) await rename(part, file);
      this.#paths.add(path);
      this.#written += bytes;
    } catch (cause) {
      throw await this.#fault(cause, bytes);
    }
  }

  async #folder(path: string): Promise<void> {
    let made = this.#made.get(path);
    if (!made) this.#made.set(path, (made = mkdir(path, { recursive: true })));
    await made;
  }

  async has(path: string): Promise<boolean> {
    await this.open();
    const found = (await look(join(this.#new, requirePath(path))))?.isFile() ?? false;
    if (found) this.#paths.add(path);
    return found;
  }

  /** Puts the finished folder in its place; the older one goes only after the new one stands there. */
  async commit(): Promise<void> {
    await this.open();
    try {
      if (this.options.resume) await this.#sweep();
      if (this.options.sync) for (const folder of [...this.#made.keys(), this.#new]) await syncPath(folder);
      const replaced = await look(this.#path);
      if (replaced) await rename(this.#path, this.#old);
      try {
        await rename(this.#new, this.#path);
      } catch (cause) {
        if (replaced) await rename(this.#old, this.#path);
        throw cause;
      }
      if (this.options.sync) await syncPath(dirname(this.#path));
      this.#parent = undefined;
      await rm(this.#old, { recursive: true, force: true });
    } catch (cause) {
      throw await this.#fault(cause);
    }
    await this.discard();
  }

  /** What a killed run had written and this one did not ask for is no part of the output. */
  async #sweep(): Promise<void> {
    for (const entry of await readdir(this.#new, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (!entry.isDirectory() && !this.#paths.has(relative(this.#new, file).replaceAll('\\', '/'))) await rm(file);
    }
  }

  /** Takes away what was written so far; the older folder stays. Harmless after {@link commit}. */
  async discard(): Promise<void> {
    // Without the lock what stands there belongs to somebody else.
    if (!this.#lock) return;
    await rm(this.#new, { recursive: true, force: true });
    await this.#release();
    if (this.#parent) await removeEmpty(dirname(this.#path), this.#parent);
  }

  async leave(): Promise<void> {
    if (this.#lock) await this.#release();
  }

  async #release(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true });
    await this.#lock?.release();
    this.#lock = undefined;
  }

  #fault(cause: unknown, bytes?: number): Promise<TwinError> {
    const { expected } = this.options;
    return diskError(cause, { where: this.where, folder: dirname(this.#path), bytes, ahead: expected === undefined ? undefined : expected - this.#written });
  }
}

/** A folder is only ever replaced when it is empty or holds a city of ours; a link would be replaced and not followed. */
async function refuseForeign(path: string, where: string): Promise<void> {
  const refuse = (why: string): TwinError => new TwinError('refused', why, { where });
  const found = await look(path);
  if (found?.isSymbolicLink()) throw refuse(`${where} is a link; name the folder it leads to with -o.`);
  if (found && !found.isDirectory()) throw refuse(`${where} is a file; choose a folder with -o.`);
  const names = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [] as string[];
    throw refuse(cause.code === 'ENOTDIR' ? `${where} is below a file; choose another place with -o.` : `${where} cannot be looked into (${cause.message}).`);
  });
  if (names.length > 0 && !names.includes('city.json')) throw refuse(`${where} holds other files and would be replaced as a whole; choose an empty or a new folder with -o.`);
}

/** What stands at a path, links not followed; undefined where there is nothing. */
function look(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined);
}

/** Files that others have open get closed in a moment. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await act();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if ((code !== 'EMFILE' && code !== 'ENFILE') || wait > 2000) throw cause;
      await sleep(wait);
    }
  }
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } catch (cause) {
    // Some systems sync no folders.
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EINVAL' && code !== 'EISDIR') throw cause;
  } finally {
    await file.close();
  }
}

async function removeEmpty(from: string, to: string): Promise<void> {
  for (let path = from; path.length >= to.length; path = dirname(path)) {
    const removed = await rmdir(path).then(() => true, () => false);
    if (!removed) return;
  }
}
