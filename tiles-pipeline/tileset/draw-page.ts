import type { Pixels } from './codecs.ts';

/** A part of a picture, in its own pixels. */
export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a picture and where on a page it goes, in pixels; `bleed` pixels around it go on as the picture does, and beyond its edge as its edge. */
export interface Print {
  readonly from: Pixels;
  readonly cut: Cut;
  readonly to: Cut;
  readonly bleed: number;
}

/** Draws a page; what nothing covers has the mean colour of what is on it, so that the smallest mipmaps do not darken. */
export function drawPage(width: number, height: number, prints: readonly Print[]): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  const covered = new Uint8Array(width * height);
  const sums = [0, 0, 0, 0];
  for (const print of prints) drawPrint(data, covered, width, height, print, sums);
  const mean = sums[3] === 0 ? [0, 0, 0] : sums.slice(0, 3).map((sum) => Math.round(sum / sums[3]));
  for (let i = 0; i < covered.length; i++) if (!covered[i]) data.set([...mean, 255], i * 4);
  return { width, height, data };
}

/** A whole picture at another size. */
export function resized(from: Pixels, width: number, height: number): Pixels {
  if (from.width === width && from.height === height) return from;
  return drawPage(width, height, [{ from, cut: { x: 0, y: 0, width: from.width, height: from.height }, to: { x: 0, y: 0, width, height }, bleed: 0 }]);
}

/** Each pixel is the mean of the source pixels it stands for, weighed by how opaque they are. */
function drawPrint(data: Uint8ClampedArray, covered: Uint8Array, width: number, height: number, { from, cut, to, bleed }: Print, sums: number[]): void {
  const columns = spans(cut.x, cut.width, to.width, bleed, from.width);
  const rows = spans(cut.y, cut.height, to.height, bleed, from.height);
  const pixel = [0, 0, 0, 0];
  for (let r = 0; r < rows.length; r += 2) {
    const y = to.y - bleed + r / 2;
    if (y < 0 || y >= height) continue;
    for (let c = 0; c < columns.length; c += 2) {
      const x = to.x - bleed + c / 2;
      if (x < 0 || x >= width) continue;
      mean(from, columns[c], columns[c + 1], rows[r], rows[r + 1], pixel);
      const at = y * width + x;
      for (let k = 0; k < 4; k++) data[at * 4 + k] = pixel[k];
      covered[at] = 1;
      for (let k = 0; k < 3; k++) sums[k] += pixel[k];
      sums[3]++;
    }
  }
}

/** First and last source pixel (without) of each target pixel along one axis, kept inside the picture. */
function spans(start: number, length: number, target: number, bleed: number, size: number): Int32Array {
  const out = new Int32Array((target + 2 * bleed) * 2);
  const step = length / target;
  for (let k = -bleed; k < target + bleed; k++) {
    const low = Math.min(size - 1, Math.max(0, Math.floor(start + k * step + 1e-9)));
    const high = Math.min(size, Math.max(low + 1, Math.floor(start + (k + 1) * step + 1e-9)));
    out[(k + bleed) * 2] = low;
    out[(k + bleed) * 2 + 1] = high;
  }
  return out;
}

function mean({ data, width }: Pixels, x0: number, x1: number, y0: number, y1: number, out: number[]): void {
  if (x1 - x0 === 1 && y1 - y0 === 1) {
    const at = (y0 * width + x0) * 4;
    for (let k = 0; k < 4; k++) out[k] = data[at + k];
    return;
  }
  let [r, g, b, a] = [0, 0, 0, 0];
  for (let y = y0; y < y1; y++)
    for (let at = (y * width + x0) * 4, end = (y * width + x1) * 4; at < end; at += 4) {
      const opacity = data[at + 3];
      r += data[at] * opacity;
      g += data[at + 1] * opacity;
      b += data[at + 2] * opacity;
      a += opacity;
    }
  const divisor = a || 1;
  out[0] = Math.round(r / divisor);
  out[1] = Math.round(g / divisor);
  out[2] = Math.round(b / divisor);
  out[3] = Math.round(a / ((x1 - x0) * (y1 - y0)));
}
