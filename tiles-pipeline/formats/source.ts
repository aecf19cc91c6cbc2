import { createReadStream } from 'node:fs';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, sep } from 'node:path';
import type { Source, SourceRange } from './format.ts';
import { gzipSource, isGzip } from './gzip-source.ts';

/**
 * Opens a file for a reader.
 * @throws the file system's own error (ENOENT, EACCES, EISDIR); the converter turns it into a sentence
 */
export async function fileSource(path: string, name = path, range?: SourceRange): Promise<Source> {
  const info = await stat(path);
  if (info.isDirectory()) throw Object.assign(new Error(`${name} is a folder`), { code: 'EISDIR' });
  // A pipe or a device would be waited for without an end.
  if (!info.isFile()) throw Object.assign(new Error(`${name} is no file`), { code: 'ENOTFILE' });
  const source: Source = {
    name,
    path,
    size: info.size,
    head: await slice(path, 0, Math.min(4096, info.size)),
    ...(range && { range }),
    stream: () => createReadStream(path, { highWaterMark: 1 << 20, ...(range && { start: range.start, end: range.end - 1 }) }) as AsyncIterable<Uint8Array>,
    bytes: async () => new Uint8Array(await readFile(path)),
    slice: (start, end) => slice(path, start, Math.min(end, info.size)),
    beside: (wanted) => beside(path, wanted),
  };
  return isGzip(source.head) ? gzipSource(source) : source;
}

async function slice(path: string, start: number, end: number): Promise<Uint8Array> {
  const out = new Uint8Array(Math.max(0, end - start));
  const handle = await open(path, 'r');
  try {
    let at = 0;
    while (at < out.length) {
      const { bytesRead } = await handle.read(out, at, out.length - at, start + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return out.subarray(0, at);
  } finally {
    await handle.close();
  }
}

async function beside(path: string, wanted: string): Promise<Source | undefined> {
  const folder = dirname(path);
  if (wanted.includes('\0') || isAbsolute(wanted) || /^[A-Za-z][\w+.-]*:|\\/u.test(wanted)) return undefined;
  const found = wanted.startsWith('.') && !wanted.includes('/') ? await sameStem(path, wanted) : join(folder, wanted);
  if (!found) return undefined;
  const [root, real] = await Promise.all([realpath(folder), realpath(found).catch(() => undefined)]);
  const way = real === undefined ? '..' : relative(root, real);
  if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return undefined;
  return fileSource(found).catch(() => undefined);
}

async function sameStem(path: string, extension: string): Promise<string | undefined> {
  const wanted = `${basename(path, extname(path))}${extension}`.toLowerCase();
  const names = (await readdir(dirname(path))).filter((each) => each.toLowerCase() === wanted).toSorted();
  return names.length > 0 ? join(dirname(path), names[0]) : undefined;
}
