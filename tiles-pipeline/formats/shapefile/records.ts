/** A record of a .shp file: where its content lies and of which kind it is. */
export interface ShapeRecord {
  /** Number by the file's own count, from 0; the row of the attribute table. */
  readonly index: number;
  /** Shape type of this record. */
  readonly type: number;
  readonly content: DataView;
  /** Byte in the file. */
  readonly at: number;
}

/** What is wrong at a place of the file; `passed` bytes were passed over. */
export interface RecordFault {
  readonly at: number;
  readonly what: string;
  readonly passed: number;
}

/** Known shape types. @source ESRI Shapefile Technical Description, 1998, table 1 */
export const SHAPE_TYPES: ReadonlySet<number> = new Set([0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31]);

/** A record may be this long; a larger one would have to be held in memory as a whole. */
const LONGEST = 256 << 20;
/** Bytes after a record's start that tell whether it is one: header, type, box, two counts. */
const ENOUGH = 52;

/** The least bytes a record's content can have by its own counts, and the most; undefined where they contradict each other. @param left bytes of the content that are there to look at */
function spanOf(view: DataView, at: number, left: number): readonly [least: number, most: number] | undefined {
  const type = view.getInt32(at, true);
  if (!SHAPE_TYPES.has(type)) return undefined;
  if (type === 0) return [4, 4];
  if (type % 10 === 1 && type !== 31) return type === 1 ? [20, 20] : type === 21 ? [28, 28] : [28, 36];
  const points = type % 10 === 8;
  if (left < (points ? 40 : 44)) return undefined;
  const parts = points ? 0 : view.getInt32(at + 36, true);
  const count = view.getInt32(at + (points ? 36 : 40), true);
  if (parts < 0 || count < 0 || parts > count) return undefined;
  const flat = (points ? 40 : 44) + (type === 31 ? 8 : 4) * parts + 16 * count;
  const measures = 16 + 8 * count;
  if (type < 10) return [flat, flat];
  return type > 20 && type !== 31 ? [flat, flat + measures] : [flat + measures, flat + 2 * measures];
}

/**
 * Cuts the records out of the chunks of a .shp file. Every length is checked against the file's size and the record's own counts before anything is kept; where a
 * header is none, the next one that agrees with itself is looked for byte by byte, and its number tells which row it belongs to. A record is good until the next push.
 */
export class RecordScanner {
  /** What was found wrong so far. */
  readonly faults: RecordFault[] = [];
  #buffer = new Uint8Array(0);
  readonly #waiting: Uint8Array[] = [];
  /** Bytes that must be there before it makes sense to look again. */
  #wanted = 0;
  /** Byte of the file at which the buffer starts, and of the buffer at which the next record is looked for. */
  #base = 100;
  #at = 0;
  #next = 0;
  /** The number of the first record: 1, and 0 from some writers. */
  #first: number | undefined;
  /** Where a search began. */
  #lost: { at: number; what: string } | undefined;

  constructor(
    private readonly type: number,
    private readonly size: number,
  ) {}

  /** @param chunk the next bytes of the file, from byte 100 on @param last no more will come */
  *push(chunk: Uint8Array, last = false): Generator<ShapeRecord> {
    if (!this.#keep(chunk, last)) return;
    const view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.length);
    for (;;) {
      const left = this.#buffer.length - this.#at;
      this.#wanted = ENOUGH;
      if (left < 12 || (left < ENOUGH && !last)) break;
      if (this.#lost && !this.#trusted(view)) {
        this.#at++;
        continue;
      }
      const length = 2 * view.getInt32(this.#at + 4);
      const wrong = this.#wrong(view, length);
      if (wrong !== undefined) {
        this.#lost ??= { at: this.#base + this.#at, what: wrong };
        this.#at++;
        continue;
      }
      this.#wanted = 8 + length;
      if (left < this.#wanted) break;
      yield this.#take(length, view);
    }
    if (last) this.#end();
  }

  /** Whether there is now enough to look at; chunks are joined only then, so that a long record is copied once. */
  #keep(chunk: Uint8Array, last: boolean): boolean {
    this.#waiting.push(chunk);
    const rest = this.#buffer.subarray(this.#at);
    const total = this.#waiting.reduce((sum, each) => sum + each.length, rest.length);
    if (total < this.#wanted && !last) return false;
    this.#base += this.#at;
    this.#at = 0;
    if (rest.length === 0 && this.#waiting.length === 1) this.#buffer = chunk as Uint8Array<ArrayBuffer>;
    else {
      this.#buffer = new Uint8Array(total);
      let to = 0;
      for (const each of [rest, ...this.#waiting]) {
        this.#buffer.set(each, to);
        to += each.length;
      }
    }
    this.#waiting.length = 0;
    return true;
  }

  /** Why there is no record here; undefined where there is one. */
  #wrong(view: DataView, length: number): string | undefined {
    if (length < 4) return `a record of ${length} bytes`;
    if (length > LONGEST) return `a record of ${length} bytes, more than is read at once`;
    const span = spanOf(view, this.#at + 8, Math.min(length, this.#buffer.length - this.#at - 8));
    if (!span) return 'no record of a known shape';
    if (this.#base + this.#at + 8 + length > this.size) return 'a record that reaches beyond the end of the file';
    if (length < span[0]) return `a record of ${length} bytes whose counts need ${span[0]}`;
    // Some writers leave room after the last point: that is no fault, but in a search it is no proof either.
    return this.#lost && length > span[1] ? 'a record longer than its counts' : undefined;
  }

  /** In a search only a record of the file's type, or of none, is believed, and only with a number that can follow: not more can be lost than there was room for. */
  #trusted(view: DataView): boolean {
    const type = view.getInt32(this.#at + 8, true);
    if (type !== this.type && type !== 0) return false;
    const number = view.getInt32(this.#at);
    const expected = this.#next + (this.#first ?? 1);
    return number >= expected && number <= expected + 1 + (this.#base + this.#at - this.#lost!.at) / 12;
  }

  #take(length: number, view: DataView): ShapeRecord {
    const at = this.#base + this.#at;
    const number = view.getInt32(this.#at);
    this.#first ??= number === 0 ? 0 : 1;
    if (this.#lost) {
      this.faults.push({ at: this.#lost.at, what: this.#lost.what, passed: at - this.#lost.at });
      this.#next = Math.max(this.#next, number - this.#first);
      this.#lost = undefined;
    }
    const content = new DataView(this.#buffer.buffer, this.#buffer.byteOffset + this.#at + 8, length);
    this.#at += 8 + length;
    return { index: this.#next++, type: content.getInt32(0, true), content, at };
  }

  #end(): void {
    const left = this.#buffer.subarray(this.#at);
    const end = this.#base + this.#buffer.length;
    if (this.#lost) this.faults.push({ at: this.#lost.at, what: this.#lost.what, passed: end - this.#lost.at });
    else if (left.some((byte) => byte !== 0)) this.faults.push({ at: end - left.length, what: 'a record that is cut off', passed: left.length });
  }
}
