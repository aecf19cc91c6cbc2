import type { RasterTable } from '../formats/format.ts';
import { n } from './figures.ts';
import type { Bounds } from './info-place.ts';

export interface RasterInfo {
  bounds: Bounds;
  width: number;
  height: number;
  /** Metres between samples, east and north. */
  step: [number, number];
  /** Metres. */
  least: number | null;
  most: number | null;
  /** Samples without a height. */
  empty: number;
  datum: string | null;
}

export function rasterInfo({ west, south, east, north, width, height, samples, datum }: RasterTable): RasterInfo {
  const metres = 111_320;
  let [least, most, empty] = [Infinity, -Infinity, 0];
  for (const value of samples) {
    if (Number.isNaN(value)) empty++;
    else {
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  const wide = ((east - west) / Math.max(1, width - 1)) * metres * Math.cos(((north + south) * Math.PI) / 360);
  return { bounds: [west, south, east, north], width, height, step: [wide, ((north - south) / Math.max(1, height - 1)) * metres], least: least <= most ? least : null, most: least <= most ? most : null, empty, datum: datum ?? null };
}

export function rasterLines({ width, height, step, least, most, empty, datum }: RasterInfo): string[] {
  const none = empty > 0 ? `, ${n(empty)} without one (${((empty / (width * height)) * 100).toFixed(1)} %)` : '';
  return [
    `heights: ${n(width)} × ${n(height)} samples, about ${step[0].toPrecision(3)} × ${step[1].toPrecision(3)} m apart`,
    `${least === null || most === null ? 'no sample has a height' : `from ${least.toFixed(1)} to ${most.toFixed(1)} m`}${none}, above ${datum ?? 'a datum the file does not name (say it with --datum)'}`,
  ];
}
