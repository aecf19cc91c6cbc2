import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { TwinError } from '../../engine/errors.ts';
import type { Source } from './format.ts';

/** Bytes a packed file may have unpacked where it is held whole, and how many times its own size. Plain text packs to a thirtieth at most. */
const MOST = { bytes: 1_000_000_000, ratio: 250 };
/** Bytes that are unpacked without a look at how many they become. */
const ALWAYS = 64 * 2 ** 20;

/** Whether a file is packed by gzip. @source RFC 1952, 2.3 */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/**
 * A file packed by gzip, as if it were not. Where it is broken, cut short or unpacks to far more than it should, its stream ends there and
 * `fault` says why; the whole of it cannot be had. @throws {TwinError} `bad-input` from `bytes` and `slice`
 */
export async function gzipSource(packed: Source): Promise<Source> {
  let fault: TwinError | undefined;
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* unpacked(packed);
    } catch (cause) {
      if (!(cause instanceof TwinError)) throw cause;
      fault = cause;
    }
  };
  let whole: Promise<Uint8Array> | undefined;
  const bytes = (): Promise<Uint8Array> => (whole ??= gathered(unpacked(packed), packed.name));
  const tail = await packed.slice(Math.max(0, packed.size - 4), packed.size);
  return {
    ...packed,
    packed: true,
    // What the file says of itself; of more than 4 GB, the rest.
    size: tail.length === 4 ? new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) : 0,
    head: await beginning(stream()),
    stream,
    fault: () => fault,
    bytes,
    slice: async (start, end) => (await bytes()).slice(start, end),
  };
}

async function* unpacked({ path, name, size }: Source): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  file.on('error', (cause) => gunzip.destroy(cause));
  file.pipe(gunzip);
  let out = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      out += chunk.length;
      if (out > ALWAYS && out > size * MOST.ratio) throw refused(name, `unpacks to more than ${MOST.ratio} times its size; it is damaged or made to do harm`);
      yield chunk;
    }
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw refused(name, 'is cut short: it ends within what is packed; copy or fetch it again');
    throw code.startsWith('Z_') ? refused(name, 'is packed by gzip, and broken; copy or fetch it again') : cause;
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

async function gathered(chunks: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MOST.bytes) throw refused(name, `is more than ${MOST.bytes / 1e9} GB unpacked, and of a kind that is read whole; unpack it first`);
    parts.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function beginning(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  for await (const chunk of chunks) return chunk.slice(0, 4096);
  return new Uint8Array();
}

function refused(name: string, why: string): TwinError {
  return new TwinError('bad-input', `${name} ${why}.`, { where: name });
}
