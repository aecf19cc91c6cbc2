import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { TwinError } from '../../engine/errors.ts';
import { mayPack } from './content-types.ts';
import type { Sink } from './sink.ts';

export interface SideFileOptions {
  /** zlib's level, 6 to 9; none are written where absent. */
  readonly gzip?: number;
  /** Brotli's quality, 5 to 11; none are written where absent. */
  readonly brotli?: number;
}

/** A side file is written only where it is at most so much of the original. */
const WORTH = 0.95;
const PIECES = 8e6;
/** A file shorter than this is one packet either way. */
const SHORTEST = 150;
const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);

/** `gzip`, `gzip:9`, `br`, `gzip,br:9` as {@link SideFileOptions}. @throws {TwinError} `bad-input` */
export function parseCompress(text: string): SideFileOptions {
  const options: { gzip?: number; brotli?: number } = {};
  for (const part of text.split(',')) {
    const match = /^(gzip|br)(?::(\d{1,2}))?$/u.exec(part.trim());
    const [least, most, usual] = match?.[1] === 'br' ? [5, 11, 5] : [6, 9, 6];
    const level = Number(match?.[2] ?? usual);
    if (!match || level < least || level > most) throw new TwinError('bad-input', `--compress ${text} is not understood; write gzip, br or gzip,br, each with a level if you like: gzip:9 (6 to 9), br:11 (5 to 11).`);
    options[match[1] === 'br' ? 'brotli' : 'gzip'] = level;
  }
  return options;
}

/**
 * Puts `NAME.gz` and `NAME.br` beside each file of another sink where that takes away a twentieth, for servers that send such files
 * as they are. The bytes carry neither times nor the machine.
 */
export class SideFiles implements Sink {
  readonly #kinds: readonly ('gz' | 'br')[];

  constructor(
    private readonly inner: Sink,
    private readonly options: SideFileOptions,
  ) {
    this.#kinds = [...(options.gzip === undefined ? [] : ['gz' as const]), ...(options.brotli === undefined ? [] : ['br' as const])];
  }

  get where(): string {
    return this.inner.where;
  }

  get scratch(): string {
    return this.inner.scratch;
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    // The side files come last: servers pass over one that is older than its original.
    const sides = this.#packs(path, bytes.length) ? this.#kinds.map((kind) => ({ kind, packed: this.#pack(kind, bytes) })) : [];
    await this.inner.write(path, bytes);
    for (const { kind, packed } of sides) {
      const side = await packed;
      if (side.length <= bytes.length * WORTH) await this.inner.write(`${path}.${kind}`, side);
    }
  }

  async copyFrom(path: string, file: string): Promise<void> {
    const { size } = await stat(file);
    if (!this.#packs(path, size)) return this.inner.copyFrom(path, file);
    if (size > PIECES) return this.#copyLarge(path, file, size);
    const bytes = await readFile(file);
    const sides = this.#kinds.map((kind) => ({ kind, packed: this.#pack(kind, bytes) }));
    await this.inner.copyFrom(path, file);
    for (const { kind, packed } of sides) {
      const side = await packed;
      if (side.length <= size * WORTH) await this.inner.write(`${path}.${kind}`, side);
    }
  }

  async #copyLarge(path: string, file: string, size: number): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'citymirror-side-'));
    try {
      for (const kind of this.#kinds) {
        const packer = kind === 'gz' ? createGzip({ level: this.options.gzip }) : createBrotliCompress({ params: this.#brotli(size) });
        await pipeline(createReadStream(file), packer, createWriteStream(join(folder, kind)));
      }
      if (this.#kinds.includes('gz')) await forgetMachine(join(folder, 'gz'));
      await this.inner.copyFrom(path, file);
      for (const kind of this.#kinds) {
        const side = join(folder, kind);
        if ((await stat(side)).size <= size * WORTH) await this.inner.copyFrom(`${path}.${kind}`, side);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #packs(path: string, size: number): boolean {
    return mayPack(path) && size >= SHORTEST && this.#kinds.length > 0;
  }

  /** In zlib's own threads. */
  async #pack(kind: 'gz' | 'br', bytes: Uint8Array): Promise<Uint8Array> {
    if (kind === 'br') return brotlied(bytes, { params: this.#brotli(bytes.length) });
    const out = await gzipped(bytes, { level: this.options.gzip });
    out[9] = UNKNOWN_SYSTEM;
    return out;
  }

  #brotli(size: number): Record<number, number> {
    return { [constants.BROTLI_PARAM_QUALITY]: this.options.brotli ?? 5, [constants.BROTLI_PARAM_SIZE_HINT]: size };
  }

  /** A file counts as there only with what belongs beside it: a run may have been killed between the two. */
  async has(path: string): Promise<boolean> {
    if (!(await this.inner.has(path))) return false;
    if (!mayPack(path)) return true;
    const sides = await Promise.all(this.#kinds.map((kind) => this.inner.has(`${path}.${kind}`)));
    return sides.every(Boolean);
  }

  open(): Promise<void> {
    return this.inner.open();
  }

  commit(): Promise<void> {
    return this.inner.commit();
  }

  discard(): Promise<void> {
    return this.inner.discard();
  }

  leave(): Promise<void> {
    return this.inner.leave();
  }
}

/** Byte 9 of a gzip file says on what system it was made. @source RFC 1952, 2.3.1 */
const UNKNOWN_SYSTEM = 255;

async function forgetMachine(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Uint8Array.of(UNKNOWN_SYSTEM), 0, 1, 9).finally(() => file.close());
}
