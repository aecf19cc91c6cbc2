import type { Picture, RasterTable } from './format.ts';

/** What `info FILE` tells of a height model. */
export interface HeightFacts {
  readonly kind: 'heights';
  /** West, south, east, north in degrees. */
  readonly bounds: readonly [number, number, number, number];
  readonly width: number;
  readonly height: number;
  /** Metres between samples, north to south. */
  readonly metres: number;
  readonly datum: NonNullable<RasterTable['datum']> | 'unknown';
  /** Lowest and highest height, metres; null where it has none. */
  readonly range: readonly [number, number] | null;
  /** Share of its samples without a height, 0…1; what a turned source does not reach is not counted. */
  readonly voids: number;
}

/** What `info FILE` tells of a picture. */
export interface PictureFacts {
  readonly kind: 'picture';
  readonly bounds: readonly [number, number, number, number];
  readonly width: number;
  readonly height: number;
  /** Metres of a pixel. */
  readonly metres: number;
  readonly bands: number;
  /** Of a sample. */
  readonly bits: number;
  /** 'EPSG:…' */
  readonly crs: string;
  readonly copyright: string | null;
}

const METRES_A_DEGREE = 111_320;

/** @see HeightFacts */
export function heightFacts(raster: RasterTable): HeightFacts {
  const { west, south, east, north, width, height, samples } = raster;
  let [lowest, highest, known] = [Infinity, -Infinity, 0];
  for (const value of samples) {
    if (Number.isNaN(value)) continue;
    known++;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const whole = samples.length - (raster.outside ?? 0);
  return { kind: 'heights', bounds: [west, south, east, north], width, height, metres: ((north - south) / (height - 1)) * METRES_A_DEGREE, datum: raster.datum ?? 'unknown', range: known > 0 ? [lowest, highest] : null, voids: whole > 0 ? Math.max(0, whole - known) / whole : 1 };
}

/** @see PictureFacts */
export function pictureFacts({ bounds, width, height, metres, bands, bits, crs, copyright }: Picture): PictureFacts {
  return { kind: 'picture', bounds, width, height, metres, bands, bits, crs, copyright: copyright ?? null };
}
