import { copyFile, link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TwinError } from '../../engine/errors.ts';

/** How bytes reach the disk; a test gives one that is full. */
export type WriteFile = (path: string, bytes: Uint8Array) => Promise<void>;

/**
 * A folder that appears under its name only when it is whole: everything is written beside it and moved there at the end.
 * An older folder of that name stays untouched until then, and whenever anything fails.
 */
export class OutputFolder {
  readonly #temporary: string;
  readonly #made = new Set<string>();

  constructor(
    readonly path: string,
    private readonly put: WriteFile = writeFile,
  ) {
    this.#temporary = `${path.replace(/[/\\]+$/, '')}.tmp-${process.pid}`;
  }

  /** The folder everything gathers in: files may be put together there before they are taken. */
  get scratch(): string {
    return this.#temporary;
  }

  /** @throws {TwinError} `refused` where the disk is full or may not be written */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#temporary, name);
    try {
      await this.#folder(dirname(path));
      await this.put(path, bytes);
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }

  /** Takes a finished file over under a name, by a link where the disk has them: the file stays what it is. @throws {TwinError} `refused` as {@link write} */
  async take(name: string, file: string): Promise<void> {
    const path = join(this.#temporary, name);
    if (path === file) return;
    try {
      await this.#folder(dirname(path));
      await link(file, path).catch(() => copyFile(file, path));
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }

  async #folder(path: string): Promise<void> {
    if (this.#made.has(path)) return;
    await mkdir(path, { recursive: true });
    this.#made.add(path);
  }

  /** Puts the finished folder in its place; the older one goes only after the new one stands there. */
  async commit(): Promise<void> {
    const older = `${this.#temporary}-older`;
    try {
      const replaced = await exists(this.path);
      if (replaced) await rename(this.path, older);
      try {
        await rename(this.#temporary, this.path);
      } catch (cause) {
        if (replaced) await rename(older, this.path);
        throw cause;
      }
      await rm(older, { recursive: true, force: true });
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }

  /** Takes away what was written so far; the older folder stays. Harmless after {@link commit}. */
  async discard(): Promise<void> {
    await rm(this.#temporary, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function diskError(cause: unknown, path: string): TwinError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const sentences: Record<string, string> = {
    ENOSPC: `The disk is full: ${path} could not be written. Free some space and build again; what was there before is untouched.`,
    EDQUOT: `The disk quota is used up: ${path} could not be written. Free some space and build again; what was there before is untouched.`,
    EACCES: `${path} may not be written: no permission. Choose another folder with -o.`,
    EPERM: `${path} may not be written: no permission. Choose another folder with -o.`,
    EROFS: `${path} is on a read-only disk. Choose another folder with -o.`,
    ENOTDIR: `${path} cannot be a folder: a file of that name is in the way. Choose another folder with -o.`,
  };
  const message = sentences[code] ?? `${path} could not be written (${cause instanceof Error ? cause.message : String(cause)}).`;
  return new TwinError('refused', message, { where: path, cause });
}
