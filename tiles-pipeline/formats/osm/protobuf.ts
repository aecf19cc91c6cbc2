/** A message that is not what it says: cut off, a number without an end, a length beyond its end. */
export class BadMessage extends Error {}

/** Walks the fields of one protobuf message. @source Protocol Buffers, Encoding */
export class Message {
  #at: number;
  /** The field met last and its wire type. */
  field = 0;
  wire = 0;

  constructor(
    private readonly bytes: Uint8Array,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.#at = start;
  }

  /** Steps to the next field; false at the end. Every field met is to be read or skipped. */
  next(): boolean {
    if (this.#at >= this.end) return false;
    const key = this.varint();
    this.field = Math.floor(key / 8);
    this.wire = key % 8;
    if (this.field === 0) throw new BadMessage('a field of number 0');
    return true;
  }

  /** An unsigned number; above 2⁵³ it loses its last digits. */
  varint(): number {
    const { bytes } = this;
    let value = 0;
    let weight = 1;
    for (let n = 0; n < 10; n++) {
      if (this.#at >= this.end) throw new BadMessage('a number is cut off');
      const byte = bytes[this.#at++];
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 128;
    }
    throw new BadMessage('a number without an end');
  }

  /** A number written with its sign in the last bit. Eight bytes of it are exact, which is 2⁵⁵. */
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A number written in two's complement of 64 bits. */
  int64(): number {
    const start = this.#at;
    const value = this.varint();
    if (value < 2 ** 63) return value;
    // Negative numbers take ten bytes: once more, exactly.
    this.#at = start;
    let exact = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.#at++];
      exact |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, exact));
    }
  }

  /** The bytes of a field, not copied. */
  view(): Uint8Array {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return this.bytes.subarray(start, this.#at);
  }

  message(): Message {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return new Message(this.bytes, start, this.#at);
  }

  /** Whether there is more of a packed list. */
  get more(): boolean {
    return this.#at < this.end;
  }

  skip(): void {
    if (this.wire === 0) this.varint();
    else if (this.wire === 2) this.view();
    else if (this.wire === 1 || this.wire === 5) {
      this.#at += this.wire === 1 ? 8 : 4;
      if (this.#at > this.end) throw new BadMessage('a field is cut off');
    } else throw new BadMessage(`a field of the unknown kind ${this.wire}`);
  }

  #length(): number {
    if (this.wire !== 2) throw new BadMessage('a number where bytes are due');
    const length = this.varint();
    if (length > this.end - this.#at) throw new BadMessage('a field reaches beyond its message');
    return length;
  }
}

/** Far beyond any list of a sane block, which holds 8,000 elements. */
const LONGEST_LIST = 2_000_000;

/** A list of numbers in full; packed or one by one. */
export function numbers(message: Message, into: number[], read: (from: Message) => number): void {
  if (message.wire !== 2) {
    into.push(read(message));
    return;
  }
  const list = message.message();
  while (list.more) {
    if (into.length >= LONGEST_LIST) throw new BadMessage('a list of more than 2,000,000 numbers');
    into.push(read(list));
  }
}

export const unsigned = (from: Message): number => from.varint();
export const zigzag = (from: Message): number => from.signed();
