import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { TwinError } from '../../engine/errors.ts';
import { ArchiveSink } from './archive-sink.ts';
import { FolderSink } from './folder-sink.ts';
import { S3Sink } from './s3-sink.ts';
import { parseCompress, SideFiles } from './side-files.ts';
import type { Sink } from './sink.ts';

export interface SinkOptions {
  /** `--compress`: side files of a folder; gzip-stored objects of a store. */
  readonly compress?: string;
  /** `--s3-endpoint` */
  readonly endpoint?: string;
  /** Waits for the disk itself. */
  readonly sync?: boolean;
  /** Goes on with what a killed run had written. */
  readonly resume?: boolean;
  /** Bytes of the whole output, where known. */
  readonly expected?: number;
  readonly signal?: AbortSignal;
}

/** Files under way at a time. */
const AT_ONCE = 8;

/** The sink that `-o` means: s3://BUCKET/PREFIX, a file NAME.3tz, else a folder. @throws {TwinError} `bad-input` */
export function sinkFor(out: string, { compress, endpoint, ...options }: SinkOptions = {}): Sink {
  const sides = compress === undefined ? {} : parseCompress(compress);
  if (/^s3:/iu.test(out)) {
    if (sides.brotli !== undefined) throw new TwinError('bad-input', 'An object store sends one form to everybody: give --compress gzip, or none.');
    return new S3Sink(out, { endpoint, gzip: sides.gzip !== undefined, signal: options.signal });
  }
  if (/^[a-z][a-z\d+.-]+:\/\//iu.test(out)) throw new TwinError('bad-input', `${out} cannot be written to; give a folder, a file NAME.3tz, or s3://BUCKET/PREFIX with -o.`);
  if (/\.(3tz|3dtiles\.zip)$/iu.test(out)) {
    if (compress !== undefined) throw new TwinError('bad-input', 'A .3tz is compressed by itself: leave --compress out.');
    return new ArchiveSink(out, options);
  }
  const folder = new FolderSink(out, options);
  return compress === undefined ? folder : new SideFiles(folder, sides);
}

/** Hands every file of a folder over to a sink, in the order of their paths; links and what is no file are passed over. @returns how many */
export async function handOver(folder: string, sink: Sink, { signal, onFile }: { signal?: AbortSignal; onFile?: (done: number, of: number) => void } = {}): Promise<number> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')).toSorted();
  const running = new Set<Promise<void>>();
  let failed: unknown;
  let done = 0;
  for (const path of paths) {
    if (signal?.aborted) failed ??= new TwinError('aborted', 'The build was stopped; nothing was changed.', { where: sink.where });
    if (failed) break;
    const there = await sink.has(path);
    while (running.size >= AT_ONCE) await Promise.race(running);
    const own: Promise<void> = (there ? Promise.resolve() : sink.copyFrom(path, join(folder, ...path.split('/'))))
      .then(() => onFile?.(++done, paths.length), (cause: unknown) => void (failed ??= cause))
      .finally(() => running.delete(own));
    running.add(own);
  }
  await Promise.all(running);
  if (failed) throw failed;
  return paths.length;
}
