/** What a field holds: a scalar, names by number (an enumeration), or a message. */
export type FieldKind = 'string' | 'bool' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'float' | 'double' | Readonly<Record<number, string>> | (() => MessageShape);

/** Fields of a message by number: name, kind, and whether it is a list. */
export type MessageShape = Readonly<Record<number, readonly [name: string, kind: FieldKind, list?: 'list']>>;

export type Decoded = Record<string, unknown>;

/** Where and why bytes are no message; `at` is a byte offset. */
export class WireFault extends Error {
  constructor(message: string, readonly at: number) {
    super(message);
    this.name = 'WireFault';
  }
}

export interface WireLimits {
  readonly bytes: number;
  readonly depth: number;
  /** Fields of all messages together. */
  readonly fields: number;
}

const LIMITS: WireLimits = { bytes: 64 * 1024 * 1024, depth: 12, fields: 5_000_000 };
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

/** Names of an enumeration, apart from scalars and messages. */
export function isEnumeration(kind: FieldKind): kind is Readonly<Record<number, string>> {
  return typeof kind === 'object';
}

function wireOf(kind: FieldKind): number {
  if (typeof kind === 'function' || kind === 'string') return BYTES;
  if (kind === 'float') return FIXED32;
  return kind === 'double' ? FIXED64 : VARINT;
}

class Wire {
  private at = 0;
  private fields = 0;
  private low = 0;
  private high = 0;
  private readonly view: DataView;
  private readonly text = new TextDecoder();

  constructor(private readonly bytes: Uint8Array, private readonly limits: WireLimits) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A message that ends at `end`. Unknown fields are passed over; of a field said twice the last one stands. */
  message(shape: MessageShape, end: number, depth: number): Decoded {
    if (depth > this.limits.depth) throw new WireFault(`it is nested deeper than ${this.limits.depth} levels`, this.at);
    const out: Decoded = {};
    while (this.at < end) {
      if (++this.fields > this.limits.fields) throw new WireFault(`it has more than ${this.limits.fields} fields`, this.at);
      const start = this.at;
      this.varint(end);
      const [number, wire] = [this.low >>> 3, this.low & 7];
      if (number === 0 || this.high !== 0) throw new WireFault('it has a field without a number', start);
      const field = Object.hasOwn(shape, number) ? shape[number] : undefined;
      if (!field) {
        this.skip(wire, end);
        continue;
      }
      const [name, kind, list] = field;
      if (wire !== wireOf(kind)) throw new WireFault(`its field ${name} is written in another way than the format says`, start);
      const value = this.value(kind, end, depth);
      if (list) ((out[name] ??= []) as unknown[]).push(value);
      else out[name] = value;
    }
    return out;
  }

  private value(kind: FieldKind, end: number, depth: number): unknown {
    if (kind === 'float' || kind === 'double') {
      const at = this.at;
      this.forward(kind === 'float' ? 4 : 8, end);
      return kind === 'float' ? this.view.getFloat32(at, true) : this.view.getFloat64(at, true);
    }
    this.varint(end);
    if (kind === 'bool') return (this.low | this.high) !== 0;
    if (kind === 'int32') return this.low | 0;
    if (kind === 'uint32') return this.low >>> 0;
    if (kind === 'int64') return (this.high | 0) * 2 ** 32 + (this.low >>> 0);
    if (kind === 'uint64') return (this.high >>> 0) * 2 ** 32 + (this.low >>> 0);
    if (isEnumeration(kind)) return kind[this.low | 0] ?? String(this.low | 0);
    const start = this.at;
    this.forward(this.length(), end);
    const last = this.at;
    if (typeof kind !== 'function') return this.text.decode(this.bytes.subarray(start, last));
    this.at = start;
    return this.message(kind(), last, depth + 1);
  }

  private length(): number {
    return this.high === 0 ? this.low >>> 0 : Infinity;
  }

  private skip(wire: number, end: number): void {
    if (wire === VARINT) return this.varint(end);
    if (wire === FIXED64) return this.forward(8, end);
    if (wire === FIXED32) return this.forward(4, end);
    if (wire !== BYTES) throw new WireFault(`it has a field of the wire type ${wire}, which nobody writes`, this.at);
    this.varint(end);
    this.forward(this.length(), end);
  }

  private forward(bytes: number, end: number): void {
    if (!(bytes <= end - this.at)) throw new WireFault(`it says ${bytes} bytes where ${end - this.at} are left`, this.at);
    this.at += bytes;
  }

  /** Reads a number of up to 64 bits into `low` and `high`. */
  private varint(end: number): void {
    const start = this.at;
    this.low = this.high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) throw new WireFault('it is cut off', this.at);
      const byte = this.bytes[this.at++];
      const part = byte & 0x7f;
      if (shift < 28) this.low |= part << shift;
      else if (shift === 28) {
        this.low |= part << 28;
        this.high |= part >> 4;
      } else if (shift < 63) this.high |= part << (shift - 32);
      else this.high |= (part & 1) << 31;
      if (byte < 0x80) return;
    }
    throw new WireFault('a number in it has more than ten bytes', start);
  }
}

/**
 * Reads a message of Protocol Buffers' wire format by its shape. No length is believed before it is compared with what is there; nothing is evaluated.
 * @returns plain objects: enumerations by name, 64-bit numbers as float64, absent fields absent
 * @throws WireFault
 * @source protobuf.dev, "Encoding"
 */
export function readMessage(bytes: Uint8Array, shape: MessageShape, limits: WireLimits = LIMITS): Decoded {
  if (bytes.length > limits.bytes) throw new WireFault(`it has ${bytes.length} bytes; ${limits.bytes} are the most`, 0);
  return new Wire(bytes, limits).message(shape, bytes.length, 0);
}

/**
 * The same from the JSON form: camelCase or snake_case names, numbers as text, enumerations by name or number.
 * What is of another kind than the shape says is left out. @source protobuf.dev, "ProtoJSON Format"
 */
export function fromJson(value: unknown, shape: MessageShape, depth = 0): Decoded {
  const out: Decoded = {};
  if (typeof value !== 'object' || value === null || depth > LIMITS.depth) return out;
  const given = value as Record<string, unknown>;
  for (const [name, kind, list] of Object.values(shape)) {
    const snake = name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
    const found = Object.hasOwn(given, name) ? given[name] : Object.hasOwn(given, snake) ? given[snake] : undefined;
    const read = (one: unknown): unknown => (typeof kind === 'function' ? (typeof one === 'object' && one !== null ? fromJson(one, kind(), depth + 1) : undefined) : scalar(one, kind));
    const result = list ? (Array.isArray(found) ? found.map(read).filter((one) => one !== undefined) : undefined) : read(found);
    if (result !== undefined) out[name] = result;
  }
  return out;
}

function scalar(value: unknown, kind: Exclude<FieldKind, () => MessageShape>): unknown {
  if (value === undefined || value === null) return undefined;
  if (kind === 'string') return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
  if (kind === 'bool') return typeof value === 'boolean' ? value : undefined;
  if (isEnumeration(kind)) return typeof value === 'number' ? (kind[value] ?? String(value)) : typeof value === 'string' ? value : undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
}
