import type { PointLayout } from '../point-table.ts';

/** Points as a file has them, side by side. Columns are used again: what is not yet filled is left from before. */
export interface PointColumns {
  /** Points in it. */
  count: number;
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly z: Int32Array;
  /** sRGB, red lowest, and the class highest: 0xCCBBGGRR. */
  readonly look: Uint32Array;
  readonly intensity: Uint16Array;
  /** Points left out because the file marks them as withheld, which means deleted. */
  withheld: number;
}

export function pointColumns(most: number): PointColumns {
  return { count: 0, x: new Int32Array(most), y: new Int32Array(most), z: new Int32Array(most), look: new Uint32Array(most), intensity: new Uint16Array(most), withheld: 0 };
}

/** Byte of the red value in a record, by format; 0 where it has no colour. @source LAS 1.4 R15, tables 7–17 */
const RED: readonly number[] = [0, 0, 20, 28, 0, 28, 0, 30, 30, 0, 30];
/** What points without a colour get where others of the same tileset have one. */
const NO_COLOUR = 0xb4b4b4;

export function hasColour(format: number): boolean {
  return RED[format] > 0;
}

/** Adds the points of some records to the columns, which have room for them. */
export function decodeRecords(bytes: Uint8Array, count: number, { format, recordLength, colour }: Pick<PointLayout, 'format' | 'recordLength' | 'colour'>, out: PointColumns): void {
  const { x, y, z, look, intensity } = out;
  const modern = format >= 6;
  const red = colour === 'none' ? 0 : RED[format];
  // Values to 65,535 are known by their upper byte.
  const byte = colour === 'sixteen' ? 1 : 0;
  let n = out.count;
  for (let k = 0, at = 0; k < count; k++, at += recordLength) {
    if (modern ? bytes[at + 15] & 4 : bytes[at + 15] & 0x80) {
      out.withheld++;
      continue;
    }
    x[n] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    y[n] = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
    z[n] = bytes[at + 8] | (bytes[at + 9] << 8) | (bytes[at + 10] << 16) | (bytes[at + 11] << 24);
    intensity[n] = bytes[at + 12] | (bytes[at + 13] << 8);
    const rgb = red === 0 ? NO_COLOUR : bytes[at + red + byte] | (bytes[at + red + 2 + byte] << 8) | (bytes[at + red + 4 + byte] << 16);
    look[n] = (rgb | ((modern ? bytes[at + 16] : bytes[at + 15] & 31) << 24)) >>> 0;
    n++;
  }
  out.count = n;
}

/** Largest colour value among some records: tells colours to 255 from those to 65,535. */
export function brightest(bytes: Uint8Array, count: number, { format, recordLength }: Pick<PointLayout, 'format' | 'recordLength'>): number {
  const red = RED[format];
  let most = 0;
  for (let k = 0, at = red; k < count; k++, at += recordLength) for (let channel = 0; channel < 6; channel += 2) most = Math.max(most, bytes[at + channel] | (bytes[at + channel + 1] << 8));
  return most;
}
