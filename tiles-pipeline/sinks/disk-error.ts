import { statfs } from 'node:fs/promises';
import { TwinError } from '../../engine/errors.ts';

/** What was about to be written when the disk refused. */
export interface Attempt {
  /** The output, as its user named it. */
  readonly where: string;
  /** A folder on the same disk, for its free space. */
  readonly folder: string;
  /** Bytes of the file in hand. */
  readonly bytes?: number;
  /** Bytes still to come, the file in hand included, where that is known. */
  readonly ahead?: number;
}

const again = 'what was there before is untouched.';

const sentences: Readonly<Record<string, (where: string) => string>> = {
  EACCES: (where) => `${where} may not be written: no permission. Choose another place with -o.`,
  EPERM: (where) => `${where} may not be written: no permission. Choose another place with -o.`,
  EROFS: (where) => `${where} is on a read-only disk. Choose another place with -o.`,
  ENOTDIR: (where) => `${where} cannot be a folder: a file of that name is in the way. Choose another place with -o.`,
  EEXIST: (where) => `${where} cannot be a folder: a file of that name is in the way. Choose another place with -o.`,
  ENAMETOOLONG: (where) => `${where} makes paths longer than this disk takes. Choose a shorter one with -o.`,
  EFBIG: (where) => `${where} holds a file larger than this disk or this account may have (ulimit -f); ${again}`,
  EMFILE: (where) => `${where} could not be written: this process has too many files open. Allow more (ulimit -n 4096) and build again; ${again}`,
  ENFILE: (where) => `${where} could not be written: this machine has too many files open. Try again later; ${again}`,
  EIO: (where) => `${where} could not be written: the disk reports a fault (EIO); ${again}`,
};

/** The sentence for what a disk said. A TwinError passes unchanged. */
export async function diskError(cause: unknown, attempt: Attempt): Promise<TwinError> {
  if (cause instanceof TwinError) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const { where } = attempt;
  const message = code === 'ENOSPC' || code === 'EDQUOT' ? await fullSentence(code, attempt) : (sentences[code]?.(where) ?? `${where} could not be written (${cause instanceof Error ? cause.message : String(cause)}).`);
  return new TwinError('refused', message, { where, cause });
}

async function fullSentence(code: 'ENOSPC' | 'EDQUOT', { where, folder, bytes, ahead }: Attempt): Promise<string> {
  const what = code === 'ENOSPC' ? 'The disk is full' : 'The disk quota is used up';
  const disk = await statfs(folder).catch(() => undefined);
  if (code === 'ENOSPC' && disk && disk.files > 0 && disk.ffree === 0) return `The disk has no room for more files (inodes): ${where} could not be written. Remove some files and build again; ${again}`;
  const free = disk ? `, ${inWords(disk.bavail * disk.bsize)} ${code === 'ENOSPC' ? 'are free' : 'are free on the disk itself'}` : '';
  const needed = ahead !== undefined && ahead > 0 ? ` (${inWords(ahead)} more are needed${free})` : bytes !== undefined ? ` (at least ${inWords(bytes)} more are needed${free})` : '';
  return `${what}: ${where} could not be written${needed}. Free some space and build again; ${again}`;
}

function inWords(bytes: number): string {
  return bytes < 1e6 ? `${bytes.toLocaleString('en')} bytes` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
