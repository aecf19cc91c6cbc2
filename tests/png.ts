import { inflateSync } from 'node:zlib';

/** RGBA8 rows from the top. */
export interface Pixels { width: number; height: number; data: Uint8Array; png: Buffer }

/** Undoes a row's filter in place. @source PNG (ISO/IEC 15948), section 9.2 */
function unfilter(kind: number, row: Uint8Array, above: Uint8Array | null, step: number): void {
  for (let i = 0; i < row.length; i++) {
    const left = i >= step ? row[i - step] : 0;
    const up = above ? above[i] : 0;
    const corner = above && i >= step ? above[i - step] : 0;
    if (kind === 1) row[i] += left;
    else if (kind === 2) row[i] += up;
    else if (kind === 3) row[i] += (left + up) >> 1;
    else if (kind === 4) {
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      row[i] += a <= b && a <= c ? left : b <= c ? up : corner;
    }
  }
}

/** Decodes a PNG of 8 bits a channel, RGB or RGBA, not interlaced: what Chromium writes. Throws on any other. */
export function decodePng(png: Buffer): Pixels {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = png[25] === 6 ? 4 : 3;
  if (png[24] !== 8 || (png[25] !== 6 && png[25] !== 2) || png[28] !== 0) throw new Error('Only RGB and RGBA of 8 bits, not interlaced');
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const raw = inflateSync(Buffer.concat(parts));
  const data = new Uint8Array(width * height * 4);
  const length = width * channels;
  let above: Uint8Array | null = null;
  for (let y = 0; y < height; y++) {
    const start = y * (length + 1);
    const row = new Uint8Array(raw.buffer, raw.byteOffset + start + 1, length);
    unfilter(raw[start], row, above, channels);
    above = row;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[(y * width + x) * 4 + c] = row[x * channels + c];
      data[(y * width + x) * 4 + 3] = channels === 4 ? row[x * 4 + 3] : 255;
    }
  }
  return { width, height, data, png };
}
