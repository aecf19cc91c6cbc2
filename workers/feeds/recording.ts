import { TwinError } from '../../engine/errors.ts';
import type { Arrival } from './arrivals.ts';

/*
 * Raw messages with their times of receipt. Little-endian: 'CMREC1\0\0', then frames of
 * float64 received (unix seconds), uint32 bytes of the payload, uint16 bytes of the topic (utf-8), topic, payload.
 */
/** What a recording begins with. */
export const RECORDING_HEAD: Uint8Array = /* @__PURE__ */ Uint8Array.of(0x43, 0x4d, 0x52, 0x45, 0x43, 0x31, 0, 0);
const HEAD = 14;
const CHUNK = 1 << 20;

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** One message as it stands in a recording: a file that begins with {@link RECORDING_HEAD} and goes on with these is whole at any length. */
export function frameOf({ bytes, topic, at }: Arrival): Uint8Array {
  const name = encoder.encode(topic).subarray(0, 0xffff);
  const frame = new Uint8Array(HEAD + name.length + bytes.length);
  const view = new DataView(frame.buffer);
  view.setFloat64(0, at, true);
  view.setUint32(8, bytes.length, true);
  view.setUint16(12, name.length, true);
  frame.set(name, HEAD);
  frame.set(bytes, HEAD + name.length);
  return frame;
}

/** Keeps what was received in chunks of a megabyte; the oldest chunk goes when the budget is full. */
export class Recorder {
  private readonly chunks: { bytes: Uint8Array; used: number }[] = [];
  private total = 0;

  constructor(private readonly budget: number) {}

  add(arrival: Arrival): void {
    const frame = frameOf(arrival);
    let chunk = this.chunks.at(-1);
    if (!chunk || chunk.used + frame.length > chunk.bytes.length) {
      chunk = { bytes: new Uint8Array(Math.max(Math.min(CHUNK, this.budget / 4), frame.length)), used: 0 };
      this.chunks.push(chunk);
      this.total += chunk.bytes.length;
      while (this.total > this.budget && this.chunks.length > 1) this.total -= this.chunks.shift()?.bytes.length ?? 0;
    }
    chunk.bytes.set(frame, chunk.used);
    chunk.used += frame.length;
  }

  /** Everything kept, as one recording. */
  bytes(): Uint8Array {
    const out = new Uint8Array(RECORDING_HEAD.length + this.chunks.reduce((sum, { used }) => sum + used, 0));
    out.set(RECORDING_HEAD);
    let at = RECORDING_HEAD.length;
    for (const { bytes, used } of this.chunks) {
      out.set(bytes.subarray(0, used), at);
      at += used;
    }
    return out;
  }
}

/** The messages of a recording. @throws TwinError `bad-input` where the bytes are none; a frame cut off at the end is left out */
export function* framesOf(recording: Uint8Array): Generator<Arrival> {
  if (RECORDING_HEAD.some((byte, i) => recording[i] !== byte)) throw new TwinError('bad-input', 'These bytes are not a recording of a feed.');
  const view = new DataView(recording.buffer, recording.byteOffset, recording.byteLength);
  for (let at = RECORDING_HEAD.length; at + HEAD <= recording.length; ) {
    const size = view.getUint32(at + 8, true);
    const name = view.getUint16(at + 12, true);
    const end = at + HEAD + name + size;
    if (end > recording.length) return;
    const topic = decoder.decode(recording.subarray(at + HEAD, at + HEAD + name));
    yield { at: view.getFloat64(at, true), topic, bytes: recording.subarray(at + HEAD + name, end) };
    at = end;
  }
}
