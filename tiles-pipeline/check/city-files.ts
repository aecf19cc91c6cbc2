import { open, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { TwinError, type Issue } from '../../engine/errors.ts';
import { Archive } from '../sinks/archive.ts';

/** The files of a city, wherever they lie. Paths are relative, with forward slashes; what leads out of the city is not there. */
export interface CityFiles {
  readonly where: string;
  /** undefined where there is none. @throws {TwinError} `bad-input` for what cannot be read */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Bytes of a file; undefined where there is none. */
  size(path: string): Promise<number | undefined>;
  /** What is wrong with what holds the files. */
  issues?(): Promise<Issue[]>;
  close(): Promise<void>;
}

/** A file larger than this is no tile and no document. */
const MOST_BYTES = 1e9;

/** A city folder or a .3tz. @throws {TwinError} `not-found`, `bad-input` */
export async function openCity(path: string): Promise<CityFiles> {
  const info = await stat(path).catch((cause: Error) => {
    throw new TwinError('not-found', `${path} is not there.`, { where: path, cause });
  });
  return info.isDirectory() ? folderFiles(path) : archiveFiles(await Archive.open(path));
}

/** Links are followed as long as they stay in the folder. */
export function folderFiles(dir: string): CityFiles {
  const root = realpath(resolve(dir));
  const fileOf = async (path: string): Promise<{ file: string; size: number } | undefined> => {
    if (path.includes('\0')) return undefined;
    const file = await realpath(join(await root, path)).catch(() => undefined);
    if (!file?.startsWith((await root) + sep)) return undefined;
    const info = await stat(file);
    return info.isFile() ? { file, size: info.size } : undefined;
  };
  return {
    where: dir,
    size: async (path) => (await fileOf(path))?.size,
    read: async (path) => {
      const found = await fileOf(path);
      if (!found) return undefined;
      if (found.size > MOST_BYTES) throw new TwinError('bad-input', `${path} has ${(found.size / 1e6).toFixed(0)} MB, too many to look into.`, { where: dir });
      const out = new Uint8Array(found.size);
      const file = await open(found.file, 'r');
      try {
        let done = 0;
        for (let part = -1; done < out.length && part !== 0; done += part) part = (await file.read(out, done, out.length - done, done)).bytesRead;
        return out.subarray(0, done);
      } finally {
        await file.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

export function archiveFiles(archive: Archive): CityFiles {
  return {
    where: archive.where,
    size: (path) => Promise.resolve(archive.size(path)),
    read: async (path) => {
      const bytes = await archive.read(path);
      return bytes && new Uint8Array(bytes);
    },
    issues: () => archive.issues(),
    close: () => archive.close(),
  };
}

/** The path that a URI in a document means; 'outside' for one that leads out of the city, or to a server. */
export function pathOf(document: string, uri: string): string | 'outside' {
  const base = 'http://city.invalid/';
  try {
    const url = new URL(uri, new URL(document.split('/').map(encodeURIComponent).join('/'), base));
    const ups = uri.split(/[?#]/u)[0].split('/').filter((part) => part === '..').length;
    if (url.origin !== 'http://city.invalid' || url.protocol !== 'http:' || ups > document.split('/').length - 1) return 'outside';
    return decodeURIComponent(url.pathname.slice(1));
  } catch {
    return 'outside';
  }
}
