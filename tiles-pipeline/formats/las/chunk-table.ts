import type { Source } from '../format.ts';
import type { LasHeader, Refusal } from './header.ts';

/** Chunks of a LAZ file, one after another. */
export interface Chunks {
  /** Byte of the first. */
  readonly start: number;
  readonly bytes: Float64Array;
  readonly points: Uint32Array;
}

/** Points a byte of a chunk can stand for; more is a lie that would keep a decoder busy for ever. */
const MOST_POINTS_A_BYTE = 1000;
const MOST_CHUNK_BYTES = 256 << 20;
const VARIABLE = 0xffffffff;
const again = 'Compress the file again.';

/** How the points of a LAZ file are cut into chunks. @source LASzip, laszip.hpp and laswritepoint.cpp (chunk table) */
export async function readChunks(source: Source, header: LasHeader): Promise<Chunks | Refusal> {
  const record = header.records.find(({ user, id }) => user.startsWith('laszip') && id === 22204)?.bytes;
  if (!record || record.length < 34) return ['bad-laz', `it is compressed and lacks the record that says how (laszip 22204). ${again}`];
  const data = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const compressor = data.getUint16(0, true);
  if (compressor !== 2 && compressor !== 3) return ['bad-laz', `it is compressed in a way that is not read (compressor ${compressor}: before LASzip 2.0). ${again}`];
  const size = data.getUint32(12, true);
  const cut = (): Refusal => ['cut-short', `it is cut short: the list of its chunks, which is its last part, is not there. Copy the file again, or repair it with laszip.`];
  const first = await source.slice(header.start, header.start + 8);
  if (first.length < 8) return cut();
  let at = Number(new DataView(first.buffer, first.byteOffset).getBigInt64(0, true));
  if (at === -1) {
    const last = await source.slice(source.size - 8, source.size);
    at = Number(new DataView(last.buffer, last.byteOffset).getBigInt64(0, true));
  }
  const start = header.start + 8;
  if (!(at >= start && at + 8 <= source.size)) return cut();
  const table = await source.slice(at, Math.min(source.size, at + (64 << 20)));
  const count = new DataView(table.buffer, table.byteOffset).getUint32(4, true);
  // Every chunk begins with a whole point.
  if (count > (at - start) / header.recordLength) return ['bad-laz', `its list of chunks says ${count}, which do not fit into ${at - start} bytes. ${again}`];
  const chunks = decodeTable(table.subarray(8), count, size, header.promised);
  return fault(chunks, at - start, header) ?? { start, ...chunks };
}

function fault({ bytes, points }: Omit<Chunks, 'start'>, room: number, { promised }: LasHeader): Refusal | undefined {
  const all = bytes.reduce((sum, each) => sum + each, 0);
  const wrong = bytes.findIndex((each, k) => each > MOST_CHUNK_BYTES || points[k] > each * MOST_POINTS_A_BYTE);
  if (wrong >= 0) return ['bad-laz', `its chunk ${wrong + 1} should hold ${points[wrong]} points in ${bytes[wrong]} bytes, which cannot be. ${again}`];
  if (all > room) return ['bad-laz', `its chunks should take ${all} bytes and ${room} are there. ${again}`];
  const held = points.reduce((sum, each) => sum + each, 0);
  return held === promised ? undefined : ['bad-laz', `its header promises ${promised} points, and its chunks hold ${held}. ${again}`];
}

function decodeTable(coded: Uint8Array, count: number, size: number, promised: number): Omit<Chunks, 'start'> {
  const bytes = new Float64Array(count);
  const points = new Uint32Array(count);
  const decoder = new ArithmeticDecoder(coded);
  const integers = new IntegerDecoder(decoder, 2);
  let [lastPoints, lastBytes, left] = [0, 0, promised];
  for (let k = 0; k < count; k++) {
    lastPoints = size === VARIABLE ? integers.next(lastPoints, 0) : Math.min(size, left);
    lastBytes = integers.next(lastBytes, 1);
    points[k] = Math.max(0, lastPoints);
    bytes[k] = Math.max(0, lastBytes);
    left = Math.max(0, left - points[k]);
  }
  return { bytes, points };
}

/** @source LASzip, arithmeticdecoder.cpp and arithmeticmodel.cpp (after A. Said, FastAC) */
class ArithmeticDecoder {
  #value = 0;
  #length = 0xffffffff;
  #at = 4;

  constructor(private readonly bytes: Uint8Array) {
    for (let k = 0; k < 4; k++) this.#value = ((this.#value << 8) | (bytes[k] ?? 0)) >>> 0;
  }

  bit(model: BitModel): number {
    const x = Math.imul(model.zero, this.#length >>> 13) >>> 0;
    const one = this.#value >= x;
    if (one) {
      this.#value = (this.#value - x) >>> 0;
      this.#length = (this.#length - x) >>> 0;
    } else this.#length = x;
    if (this.#length < 0x1000000) this.#renew();
    model.saw(one);
    return one ? 1 : 0;
  }

  symbol(model: SymbolModel): number {
    const whole = this.#length;
    this.#length >>>= 15;
    const { starts } = model;
    let [symbol, above] = [0, starts.length];
    let [low, high] = [0, whole];
    while (symbol + 1 < above) {
      const middle = (symbol + above) >>> 1;
      const z = Math.imul(this.#length, starts[middle]) >>> 0;
      if (z > this.#value) [above, high] = [middle, z];
      else [symbol, low] = [middle, z];
    }
    this.#value = (this.#value - low) >>> 0;
    this.#length = (high - low) >>> 0;
    if (this.#length < 0x1000000) this.#renew();
    model.saw(symbol);
    return symbol;
  }

  bits(count: number): number {
    if (count > 19) {
      const low = this.bits(16);
      return ((this.bits(count - 16) << 16) | low) >>> 0;
    }
    this.#length >>>= count;
    const symbol = Math.floor(this.#value / this.#length);
    this.#value = (this.#value - Math.imul(this.#length, symbol)) >>> 0;
    if (this.#length < 0x1000000) this.#renew();
    return symbol;
  }

  #renew(): void {
    // A length of nothing comes from broken data only; it would never grow again.
    if (this.#length === 0) this.#length = 1;
    do {
      this.#value = ((this.#value << 8) | (this.bytes[this.#at++] ?? 0)) >>> 0;
      this.#length = (this.#length << 8) >>> 0;
    } while (this.#length < 0x1000000 && this.#length !== 0);
  }
}

class BitModel {
  zero = 4096;
  #zeros = 1;
  #all = 2;
  #cycle = 4;
  #until = 4;

  saw(one: boolean): void {
    if (!one) this.#zeros++;
    if (--this.#until > 0) return;
    this.#all += this.#cycle;
    if (this.#all > 8192) {
      this.#all = (this.#all + 1) >>> 1;
      this.#zeros = (this.#zeros + 1) >>> 1;
      if (this.#zeros === this.#all) this.#all++;
    }
    this.zero = Math.floor((Math.floor(0x80000000 / this.#all) * this.#zeros) / 2 ** 18);
    this.#cycle = Math.min(64, (5 * this.#cycle) >>> 2);
    this.#until = this.#cycle;
  }
}

class SymbolModel {
  readonly starts: Uint32Array;
  readonly #seen: Uint32Array;
  #all = 0;
  #cycle: number;
  #until = 0;

  constructor(symbols: number) {
    this.starts = new Uint32Array(symbols);
    this.#seen = new Uint32Array(symbols).fill(1);
    this.#cycle = symbols;
    this.#update();
    this.#until = this.#cycle = (symbols + 6) >>> 1;
  }

  saw(symbol: number): void {
    this.#seen[symbol]++;
    if (--this.#until === 0) this.#update();
  }

  #update(): void {
    this.#all += this.#cycle;
    if (this.#all > 32768) {
      this.#all = 0;
      for (let k = 0; k < this.#seen.length; k++) this.#all += this.#seen[k] = (this.#seen[k] + 1) >>> 1;
    }
    const scale = Math.floor(0x80000000 / this.#all);
    let sum = 0;
    for (let k = 0; k < this.#seen.length; k++) {
      this.starts[k] = Math.floor((scale * sum) / 65536);
      sum += this.#seen[k];
    }
    this.#cycle = Math.min((5 * this.#cycle) >>> 2, (this.#seen.length + 6) << 3);
    this.#until = this.#cycle;
  }
}

/** Integers of 32 bits as corrections of what came before. @source LASzip, integercompressor.cpp */
class IntegerDecoder {
  readonly #bits: readonly SymbolModel[];
  readonly #zero = new BitModel();
  readonly #correctors: (SymbolModel | null)[] = [null];

  constructor(private readonly decoder: ArithmeticDecoder, contexts: number) {
    this.#bits = Array.from({ length: contexts }, () => new SymbolModel(33));
    for (let k = 1; k <= 32; k++) this.#correctors.push(new SymbolModel(1 << Math.min(k, 8)));
  }

  next(before: number, context: number): number {
    return (before + this.#corrector(context)) | 0;
  }

  #corrector(context: number): number {
    const k = this.decoder.symbol(this.#bits[context]);
    if (k === 0) return this.decoder.bit(this.#zero);
    if (k === 32) return -0x80000000;
    let c = this.decoder.symbol(this.#correctors[k]!);
    if (k > 8) c = ((c << (k - 8)) | this.decoder.bits(k - 8)) >>> 0;
    return c >= 2 ** (k - 1) ? c + 1 : c - (2 ** k - 1);
  }
}
