import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** Counts up whenever what readers and units write changes: older work is then not taken over. */
export const VERSION = 1;

/** What lies in a work folder beside pieces: who is at work there, and which folder it is. */
const KEPT = new Set(['lock', 'identity']);

/** A name for a piece of work from all that decides what comes out. */
export function keyOf(...decides: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify([VERSION, ...decides])).digest('hex').slice(0, 32);
}

/**
 * Finished pieces of work, each a folder under a name that says what it is made from. A piece appears whole or not at all, so that a build
 * that was killed goes on where it was, and one with little changed does little.
 */
export class WorkFolder {
  constructor(readonly path: string) {}

  /** Whether a piece is finished. */
  has(key: string): boolean {
    return existsSync(join(this.path, key));
  }

  file(key: string, name: string): string {
    return join(this.path, key, name);
  }

  read<T>(key: string, name: string): T {
    return deserialize(readFileSync(this.file(key, name))) as T;
  }

  /** Makes a piece, unless it is there. `make` writes into a folder of its own. */
  async make(key: string, make: (folder: string) => Promise<void>): Promise<void> {
    if (this.has(key)) return;
    const folder = join(this.path, `${key}.${process.pid}-${randomBytes(4).toString('hex')}.part`);
    mkdirSync(folder, { recursive: true });
    try {
      await make(folder);
      // Somebody else may have finished the same piece meanwhile: theirs is as good.
      if (!this.has(key)) renameSync(folder, join(this.path, key));
    } catch (cause) {
      if (!this.has(key)) throw cause;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Takes away every piece that is not in use, and what was left half done. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const name of readdirSync(this.path)) if (isWork(name) && !keys.has(name) && !KEPT.has(name)) rmSync(join(this.path, name), { recursive: true, force: true });
  }

  drop(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function store(folder: string, name: string, value: unknown): void {
  writeFileSync(join(folder, name), serialize(value));
}

/** Whether a name is one of those that a work folder holds. */
export function isWork(name: string): boolean {
  return KEPT.has(name) || name.startsWith('lock-') || /^[\da-f]{32}(\..*\.part)?$/u.test(name);
}

/** Gives a work folder a name of its own, which tells it from one of the same path on another machine. */
export function identify(path: string): void {
  try {
    writeFileSync(join(path, 'identity'), randomBytes(16).toString('hex'), { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

/** The name {@link identify} gave; '' where there is none. */
export function identityOf(path: string): string {
  try {
    return readFileSync(join(path, 'identity'), 'utf8');
  } catch {
    return '';
  }
}
