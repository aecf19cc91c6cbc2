import { inflateSync } from 'node:zlib';
import type { ReadContext, Source } from '../format.ts';
import type { ElementStore } from './element-store.ts';
import { historyFile } from './xml.ts';
import { readBlock } from './primitive-block.ts';
import { BadMessage, Message } from './protobuf.ts';

/** @source OSM PBF format: “the length of the BlobHeader should be less than 32 KiB and must be less than 64 KiB; the uncompressed length of a Blob must be less than 32 MiB” */
const MOST_HEADER = 64 << 10;
const MOST_BLOB = 32 << 20;
/** A real node needs some four bytes; what brings more pieces a byte than this, and many, is a bomb. */
const PIECES_A_BYTE = 4;
const BOMB_PIECES = 3_000_000;
const KNOWN_FEATURES = new Set(['OsmSchema-V0.6', 'DenseNodes']);
const COMPRESSIONS: Readonly<Record<number, string>> = { 4: 'LZMA', 5: 'bzip2', 6: 'LZ4', 7: 'Zstandard' };

/** Says why a file cannot be read further, and from which byte on. */
class Broken extends Error {}

export function isPbf(head: Uint8Array): boolean {
  const length = head.length > 4 ? new DataView(head.buffer, head.byteOffset).getUint32(0) : 0;
  return length >= 11 && length <= MOST_HEADER && head[4] === 0x0a && head[5] === 9 && new TextDecoder('latin1').decode(head.subarray(6, 15)) === 'OSMHeader';
}

/** Reads an .osm.pbf into the store, blob by blob; yields the bytes read. A blob that cannot be read costs itself; a broken frame ends the file. */
export async function* readPbf(source: Source, context: ReadContext, store: ElementStore): AsyncGenerator<number> {
  const queue = new ByteQueue(source.stream());
  try {
    for (let first = true; ; first = false) {
      context.signal?.throwIfAborted();
      const at = queue.read;
      const frame = await nextBlob(queue, at);
      if (first && frame?.type !== 'OSMHeader') throw new Broken(frame ? 'it does not begin with a header' : 'there is nothing in it');
      if (!frame || !readOne(frame, at, source, context, store)) return;
      if (store.pieces > BOMB_PIECES && store.pieces > queue.read * PIECES_A_BYTE) throw new Broken('its blocks unpack to far more than any map does, so it was left there');
      yield queue.read;
    }
  } catch (cause) {
    if (!(cause instanceof Broken || cause instanceof BadMessage)) throw cause;
    context.issues.push({ code: 'broken-pbf', severity: 'error', message: `${source.name}, byte ${queue.read}: ${cause.message}. Fetch the file again; what stood before it was used.`, path: `byte ${queue.read}` });
  } finally {
    await queue.close();
  }
}

interface Frame {
  readonly type: string;
  readonly blob: Uint8Array;
}

async function nextBlob(queue: ByteQueue, at: number): Promise<Frame | undefined> {
  const size = await queue.take(4);
  if (size.length === 0) return undefined;
  if (size.length < 4) throw new Broken('the file is cut off');
  const length = new DataView(size.buffer, size.byteOffset).getUint32(0);
  if (length === 0 || length > MOST_HEADER) throw new Broken(`the header of the block at byte ${at} is said to be ${length} bytes long, of 64 KiB at most`);
  const header = new Message(await whole(queue, length));
  let type = '';
  let bytes = -1;
  while (header.next()) {
    if (header.field === 1) type = new TextDecoder().decode(header.view().subarray(0, 64));
    else if (header.field === 3) bytes = header.varint();
    else header.skip();
  }
  if (bytes < 0 || bytes > MOST_BLOB) throw new Broken(`the block at byte ${at} is said to be ${bytes} bytes long, of 32 MiB at most`);
  return { type, blob: await whole(queue, bytes) };
}

async function whole(queue: ByteQueue, length: number): Promise<Uint8Array> {
  const bytes = await queue.take(length);
  if (bytes.length < length) throw new Broken('the file is cut off');
  return bytes;
}

/** @returns whether to go on: not where the file is of a kind that is not read here */
function readOne({ type, blob }: Frame, at: number, source: Source, context: ReadContext, store: ElementStore): boolean {
  // Blocks of other kinds may stand in a file and are passed over: so the format says.
  if (type !== 'OSMHeader' && type !== 'OSMData') return true;
  try {
    const bytes = unpacked(blob);
    if (typeof bytes === 'string') throw new BadMessage(bytes);
    if (type === 'OSMHeader') return readHeader(bytes, source, context, store);
    readBlock(bytes, store, context.skip);
  } catch (cause) {
    if (!(cause instanceof BadMessage)) throw cause;
    context.skip('a block that cannot be read');
    const same = context.issues.find((issue) => issue.code === 'broken-block' && issue.message.startsWith(`${source.name},`));
    if (same) same.count = (same.count ?? 1) + 1;
    else context.issues.push({ code: 'broken-block', severity: 'error', message: `${source.name}, the block at byte ${at}: ${cause.message}. Its elements are left out, and what is drawn with them; fetch the file again.`, path: `byte ${at}` });
  }
  return true;
}

/** What is in a blob, or why it cannot be had. */
function unpacked(blob: Uint8Array): Uint8Array | string {
  const message = new Message(blob);
  let size = -1;
  let [raw, zlib]: (Uint8Array | undefined)[] = [];
  let other = 0;
  while (message.next()) {
    if (message.field === 1) raw = message.view();
    else if (message.field === 2) size = message.varint();
    else if (message.field === 3) zlib = message.view();
    else {
      if (message.field in COMPRESSIONS) other = message.field;
      message.skip();
    }
  }
  if (raw) return raw;
  if (!zlib) return other ? `it is packed with ${COMPRESSIONS[other]}, and only zlib is read; write it anew with: osmium cat IN -o OUT.osm.pbf -f pbf,pbf_compression=zlib` : 'it is empty';
  if (size < 0 || size > MOST_BLOB) return `it is said to unpack to ${size} bytes, of 32 MiB at most`;
  try {
    const bytes = inflateSync(zlib, { maxOutputLength: Math.max(1, size) });
    return bytes.length === size ? bytes : `it is said to unpack to ${size} bytes and has ${bytes.length}`;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? `it unpacks to more than the ${size} bytes it says` : 'its packed bytes are damaged';
  }
}

function readHeader(bytes: Uint8Array, source: Source, { issues }: ReadContext, store: ElementStore): boolean {
  const message = new Message(bytes);
  const required: string[] = [];
  while (message.next()) {
    if (message.field === 4) required.push(new TextDecoder().decode(message.view()));
    else if (message.field === 32 && message.wire === 0) store.stated = message.int64();
    else message.skip();
  }
  const unknown = required.filter((feature) => !KNOWN_FEATURES.has(feature));
  if (unknown.length === 0) return true;
  const history = unknown.includes('HistoricalInformation');
  if (history) issues.push(historyFile(source));
  else issues.push({ code: 'unknown-feature', severity: 'error', message: `${source.name} is not read: it needs ${unknown.join(', ').slice(0, 200)}, which is not known here. Write it anew with: osmium cat IN -o OUT.osm.pbf` });
  return false;
}

/** Bytes of a stream in the pieces they are asked for. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes handed out. */
  read = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** `length` bytes, fewer where the stream ends. Only what has come is ever allocated. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) break;
        this.#rest = value;
        continue;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    this.read += length - missing;
    return parts.length === 1 ? parts[0] : Uint8Array.from(Buffer.concat(parts));
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
