import { fromArrayBuffer, type GeoTIFFImage } from 'geotiff';
import type { Format, RasterTable, ReadContext, Source } from './format.ts';

/** Longest side of a grid taken whole; 16,384² samples are 1 GiB. */
const MAX_SIDE = 16384;
/** CGCS2000 (4490) and WGS 84 (4326) agree to centimetres; 4979 is WGS 84 with height. */
const degreeSystems = new Set([4326, 4490, 4979, 4258]);

/** One-band GeoTIFF of heights on a north-up grid in degrees. No-data (tag, NaN, or beyond ± 12,000 m) becomes NaN. */
export const geotiff = {
  id: 'geotiff',
  title: 'GeoTIFF heights (one band, EPSG:4326)',
  extensions: ['tif', 'tiff'],
  sniff(head: Uint8Array): boolean {
    const little = head[0] === 0x49 && head[1] === 0x49 && (head[2] === 42 || head[2] === 43) && head[3] === 0;
    return little || (head[0] === 0x4d && head[1] === 0x4d && head[2] === 0 && (head[3] === 42 || head[3] === 43));
  },
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<RasterTable> {
  const refuse = (code: string, what: string): void => {
    context.issues.push({ code, severity: 'error', message: `${source.name}: ${what}` });
  };
  try {
    const bytes = await source.bytes();
    const tiff = await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer, context.signal);
    const image = await tiff.getImage(0);
    const reason = refusal(image);
    if (reason) return refuse(...reason);
    yield await grid(image, context.signal);
  } catch (cause) {
    context.signal?.throwIfAborted();
    refuse('broken-tiff', `this GeoTIFF cannot be read (${cause instanceof Error ? cause.message : String(cause)}); export it again.`);
  }
}

/** Why an image is no height grid in degrees: code and sentence, or undefined. */
function refusal(image: GeoTIFFImage): [string, string] | undefined {
  const keys = image.getGeoKeys() ?? {};
  const bands = image.getSamplesPerPixel();
  if (bands !== 1) return ['bands', `it has ${bands} bands, so it is a picture and no height model; give a one-band GeoTIFF.`];
  const projected = Number(keys.ProjectedCSTypeGeoKey ?? 0);
  if (projected > 0 || Number(keys.GTModelTypeGeoKey ?? 0) === 1)
    return ['foreign-crs', `it is in the projected system ${projected > 0 && projected < 32767 ? `EPSG:${projected}` : 'of its own'}; only degrees are read here. Convert it first: gdalwarp -t_srs EPSG:4326 in.tif out.tif`];
  const geographic = Number(keys.GeographicTypeGeoKey ?? 4326);
  if (!degreeSystems.has(geographic)) return ['foreign-crs', `its datum is EPSG:${geographic}, which is not WGS 84. Convert it first: gdalwarp -t_srs EPSG:4326 in.tif out.tif`];
  if (image.getWidth() > MAX_SIDE || image.getHeight() > MAX_SIDE) return ['too-large', `it is ${image.getWidth()} × ${image.getHeight()} samples, more than ${MAX_SIDE} on a side; cut it or resample it first.`];
  if (image.getWidth() < 2 || image.getHeight() < 2) return ['too-small', 'a height model needs two samples each way.'];
  let resolution: number[];
  try {
    resolution = image.getResolution();
    image.getOrigin();
  } catch {
    return ['no-place', 'it has no georeference (no tie point and scale); give a GeoTIFF that knows its place.'];
  }
  if (!(resolution[0] > 0 && resolution[1] < 0)) return ['not-north-up', 'its rows do not run from north to south; warp it north-up first: gdalwarp in.tif out.tif'];
  return undefined;
}

async function grid(image: GeoTIFFImage, signal?: AbortSignal): Promise<RasterTable> {
  const width = image.getWidth();
  const height = image.getHeight();
  const [stepX, stepY] = image.getResolution();
  const [originX, originY] = image.getOrigin();
  // Where a pixel is an area (1, and where the file does not say) its sample stands in the middle; where it is a point (2), on the origin itself.
  const shift = Number(image.getGeoKeys()?.GTRasterTypeGeoKey ?? 1) === 2 ? 0 : 0.5;
  const raw = (await image.readRasters({ samples: [0], interleave: true, signal })) as unknown as ArrayLike<number>;
  const noData = image.getGDALNoData();
  const samples = new Float32Array(width * height);
  for (let i = 0; i < samples.length; i++) {
    const value = raw[i];
    samples[i] = value === noData || !(Math.abs(value) < 12000) ? Number.NaN : value;
  }
  const west = originX + shift * stepX;
  const north = originY + shift * stepY;
  return { kind: 'raster', west, north, east: west + (width - 1) * stepX, south: north + (height - 1) * stepY, width, height, samples };
}
