import { writeArrayBuffer } from 'geotiff';

export interface TiffOptions {
  west: number;
  north: number;
  /** Degrees between samples. */
  step: number;
  width: number;
  height: number;
  noData?: number;
  /** The sample stands on the corner of its pixel (PixelIsPoint), not in its middle. */
  point?: boolean;
  keys?: Record<string, number>;
}

/** A one-band float32 GeoTIFF of a height function. */
export async function demTiff(options: TiffOptions, height: (lon: number, lat: number) => number): Promise<Uint8Array> {
  const { west, north, step, width } = options;
  const values = new Float32Array(width * options.height);
  const shift = options.point ? 0 : 0.5;
  for (let i = 0; i < values.length; i++) values[i] = height(west + ((i % width) + shift) * step, north - (Math.floor(i / width) + shift) * step);
  const metadata = {
    width,
    height: options.height,
    ModelPixelScale: [step, step, 0],
    ModelTiepoint: [0, 0, 0, west, north, 0],
    GTModelTypeGeoKey: 2,
    GTRasterTypeGeoKey: options.point ? 2 : 1,
    GeographicTypeGeoKey: 4326,
    ...(options.noData !== undefined && { GDAL_NODATA: String(options.noData) }),
    ...options.keys,
  };
  return new Uint8Array((await writeArrayBuffer(values, metadata as never)) as ArrayBuffer);
}
