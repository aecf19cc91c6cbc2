import { TwinError } from '../../engine/errors.ts';
import type { Arrival } from './arrivals.ts';

/*
 * Raw messages with their times of receipt. Little-endian: 'CMREC1\0\0', then frames of
 * float64 received (unix seconds), uint32 bytes of the payload, uint16 bytes of the topic (utf-8), topic, payload.
 */
const MAGIC = [0x43, 0x4d, 0x52, 0x45, 0x43, 0x31, 0, 0];
const HEAD = 14;
const CHUNK = 1 << 20;

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** Keeps what was received in chunks of a megabyte; the oldest chunk goes when the budget is full. */
export class Recorder {
  private readonly chunks: { bytes: Uint8Array; used: number }[] = [];
  private total = 0;

  constructor(private readonly budget: number) {}

  add({ bytes, topic, at }: Arrival): void {
    const name = encoder.encode(topic).subarray(0, 0xffff);
    const size = HEAD + name.length + bytes.length;
    let chunk = this.chunks.at(-1);
    if (!chunk || chunk.used + size > chunk.bytes.length) {
      chunk = { bytes: new Uint8Array(Math.max(Math.min(CHUNK, this.budget / 4), size)), used: 0 };
      this.chunks.push(chunk);
      this.total += chunk.bytes.length;
      while (this.total > this.budget && this.chunks.length > 1) this.total -= this.chunks.shift()?.bytes.length ?? 0;
    }
    const view = new DataView(chunk.bytes.buffer, chunk.used);
    view.setFloat64(0, at, true);
    view.setUint32(8, bytes.length, true);
    view.setUint16(12, name.length, true);
    chunk.bytes.set(name, chunk.used + HEAD);
    chunk.bytes.set(bytes, chunk.used + HEAD + name.length);
    chunk.used += size;
  }

  /** Everything kept, as one recording. */
  bytes(): Uint8Array {
    const out = new Uint8Array(MAGIC.length + this.chunks.reduce((sum, { used }) => sum + used, 0));
    out.set(MAGIC);
    let at = MAGIC.length;
    for (const { bytes, used } of this.chunks) {
      out.set(bytes.subarray(0, used), at);
      at += used;
    }
    return out;
  }
}

/** The messages of a recording. @throws TwinError `bad-input` where the bytes are none; a frame cut off at the end is left out */
export function* framesOf(recording: Uint8Array): Generator<Arrival> {
  if (MAGIC.some((byte, i) => recording[i] !== byte)) throw new TwinError('bad-input', 'These bytes are not a recording of a feed.');
  const view = new DataView(recording.buffer, recording.byteOffset, recording.byteLength);
  for (let at = MAGIC.length; at + HEAD <= recording.length; ) {
    const size = view.getUint32(at + 8, true);
    const name = view.getUint16(at + 12, true);
    const end = at + HEAD + name + size;
    if (end > recording.length) return;
    const topic = decoder.decode(recording.subarray(at + HEAD, at + HEAD + name));
    yield { at: view.getFloat64(at, true), topic, bytes: recording.subarray(at + HEAD + name, end) };
    at = end;
  }
}
