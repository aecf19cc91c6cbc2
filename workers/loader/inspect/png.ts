export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Channels the picture has; the rest of the four are filled up. */
  readonly channels: number;
  /** [width × height × 4] 0 … 255 */
  readonly data: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };
/** Pixels of a picture that is looked into. */
const MOST_PIXELS = 2 ** 22;

/**
 * The numbers in a PNG as they were stored, without colour management. @source PNG (Third Edition), sections 5, 7, 9
 * @returns null for what is no PNG or broken, 'other' for kinds and sizes that are not looked into
 */
export async function decodePng(bytes: Uint8Array): Promise<Pixels | 'other' | null> {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let head: { width: number; height: number; depth: number; colour: number; interlaced: number } | null = null;
  for (let at = 8; at + 12 <= bytes.length;) {
    const size = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (at + 12 + size > bytes.length) return null;
    if (type === 0x49484452 && size >= 13) head = { width: view.getUint32(at + 8), height: view.getUint32(at + 12), depth: bytes[at + 16], colour: bytes[at + 17], interlaced: bytes[at + 20] };
    else if (type === 0x49444154) parts.push(new Uint8Array(bytes.subarray(at + 8, at + 8 + size)));
    at += 12 + size;
  }
  if (!head || parts.length === 0) return null;
  const channels = CHANNELS[head.colour];
  if (head.depth !== 8 || !channels || head.interlaced !== 0 || head.width * head.height > MOST_PIXELS) return 'other';
  const lines = await inflated(parts, (head.width * channels + 1) * head.height);
  return lines && unfiltered(lines, head.width, head.height, channels);
}

async function inflated(parts: Uint8Array<ArrayBuffer>[], wanted: number): Promise<Uint8Array | null> {
  const out = new Uint8Array(wanted);
  let at = 0;
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    for (let part = await reader.read(); !part.done && at < wanted; part = await reader.read()) {
      out.set(part.value.subarray(0, wanted - at), at);
      at += part.value.length;
    }
  } catch {
    return null;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  return at >= wanted ? out : null;
}

function unfiltered(lines: Uint8Array, width: number, height: number, channels: number): Pixels | null {
  const stride = width * channels;
  const data = new Uint8Array(width * height * 4);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)];
    if (filter > 4) return null;
    const line = lines.slice(y * (stride + 1) + 1, (y + 1) * (stride + 1));
    for (let x = 0; x < stride; x++) {
      const [left, up, corner] = [x >= channels ? line[x - channels] : 0, above[x], x >= channels ? above[x - channels] : 0];
      line[x] += filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : filter === 4 ? paeth(left, up, corner) : 0;
    }
    for (let x = 0; x < width; x++) {
      const grey = channels < 3;
      for (let c = 0; c < 4; c++) data[(y * width + x) * 4 + c] = c === 3 ? (channels === 4 ? line[x * 4 + 3] : channels === 2 ? line[x * 2 + 1] : 255) : line[x * channels + (grey ? 0 : c)];
    }
    above = line;
  }
  return { width, height, channels: channels < 3 ? channels + 2 : channels, data };
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}
