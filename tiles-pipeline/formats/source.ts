import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Source } from './format.ts';

/**
 * Opens a file for a reader.
 * @throws the file system's own error (ENOENT, EACCES, EISDIR); the converter turns it into a sentence
 */
export async function fileSource(path: string, name = path): Promise<Source> {
  const info = await stat(path);
  if (info.isDirectory()) throw Object.assign(new Error(`${name} is a folder`), { code: 'EISDIR' });
  const handle = await open(path, 'r');
  const head = new Uint8Array(Math.min(4096, info.size));
  try {
    await handle.read(head, 0, head.length, 0);
  } finally {
    await handle.close();
  }
  return {
    name,
    path,
    size: info.size,
    head,
    stream: () => createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>,
    bytes: async () => new Uint8Array(await readFile(path)),
  };
}
