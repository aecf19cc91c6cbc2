import { fromArrayBuffer, type GeoTIFFImage } from 'geotiff';
import type { Format, RasterTable, ReadContext, Source } from './format.ts';
import { inDegrees, type PlacedGrid } from './regrid-raster.ts';

/** Longest side of a grid taken whole; 16,384² samples are 1 GiB. */
const MAX_SIDE = 16384;
/** CGCS2000 (4490), WGS 84 (4326, with height 4979), ETRS89 (4258) and NAD 83 (4269) agree to a metre. */
const degreeSystems = new Set([4326, 4490, 4979, 4258, 4269]);
/** Vertical systems by EPSG number. @source EPSG dataset */
const verticals: Readonly<Record<number, RasterTable['datum']>> = { 5773: 'egm96', 3855: 'egm2008', 5737: '1985', 4979: 'ellipsoid', 5030: 'ellipsoid' };
/** Metres of a unit of height, by EPSG number. */
const units: Readonly<Record<number, number>> = { 9001: 1, 9002: 0.3048, 9003: 1200 / 3937 };
const FEET = new Set([9002, 9003]);

/** One-band GeoTIFF of heights on a north-up grid in degrees or in a projected system that is known. No-data (tag, NaN, or beyond ± 12,000 m) becomes NaN. */
export const geotiff = {
  id: 'geotiff',
  title: 'GeoTIFF heights (one band, degrees or projected)',
  extensions: ['tif', 'tiff'],
  sniff(head: Uint8Array): boolean {
    const little = head[0] === 0x49 && head[1] === 0x49 && (head[2] === 42 || head[2] === 43) && head[3] === 0;
    return little || (head[0] === 0x4d && head[1] === 0x4d && head[2] === 0 && (head[3] === 42 || head[3] === 43));
  },
  read,
} as const satisfies Format;

type Refusal = readonly [code: string, sentence: string];

async function* read(source: Source, context: ReadContext): AsyncGenerator<RasterTable> {
  const refuse = (code: string, what: string): void => {
    context.issues.push({ code, severity: 'error', message: `${source.name}: ${what}` });
  };
  try {
    const bytes = await source.bytes();
    const tiff = await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer, context.signal);
    const image = await tiff.getImage(0);
    const keys = image.getGeoKeys() ?? {};
    const system = shapeOf(image) ?? systemOf(image, keys, context);
    if (typeof system !== 'string') return refuse(...system);
    if (keys.VerticalUnitsGeoKey === undefined && FEET.has(Number(keys.ProjLinearUnitsGeoKey)))
      context.issues.push({ code: 'unit-assumed', severity: 'warning', message: `${source.name}: its places are in feet and it does not say what its heights are in; they are taken as metres. If they are feet, convert them first: gdal_calc.py -A in.tif --calc="A*0.3048" --outfile=out.tif` });
    const grid = await heightsOf(image, Number(units[Number(keys.VerticalUnitsGeoKey)] ?? 1), context.signal);
    const datum = verticals[Number(keys.VerticalCSTypeGeoKey)];
    const raster = system === '' ? { kind: 'raster' as const, ...grid } : inDegrees(grid, context.toDegrees!(system)!, context.fromDegrees!(system)!);
    yield { ...raster, ...(datum && { datum }) };
  } catch (cause) {
    context.signal?.throwIfAborted();
    refuse('broken-tiff', `this GeoTIFF cannot be read (${cause instanceof Error ? cause.message : String(cause)}); export it again.`);
  }
}

/** Why an image is no height grid that can be read: code and sentence, or undefined. */
function shapeOf(image: GeoTIFFImage): Refusal | undefined {
  const bands = image.getSamplesPerPixel();
  if (bands !== 1) return ['bands', `it has ${bands} bands, so it is a picture and no height model; give a one-band GeoTIFF.`];
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

/** The reference system as 'EPSG:…', '' for degrees; or why it cannot be used. What the file says stands before what is said of it. */
function systemOf(image: GeoTIFFImage, keys: Record<string, unknown>, context: ReadContext): string | Refusal {
  const warp = 'Convert it first: gdalwarp -t_srs EPSG:4326 in.tif out.tif';
  const known = (crs: string): boolean => Boolean(context.toDegrees?.(crs) && context.fromDegrees?.(crs));
  const projected = Number(keys.ProjectedCSTypeGeoKey ?? 0);
  if (projected > 0 || Number(keys.GTModelTypeGeoKey ?? 0) === 1) {
    const named = projected > 0 && projected < 32767;
    const crs = named ? `EPSG:${projected}` : context.crs;
    if (!crs) return ['foreign-crs', 'it is in a projected system of its own; say which it is with --crs FILE@EPSG:…, or convert it first: gdalwarp -t_srs EPSG:4326 in.tif out.tif'];
    return known(crs) ? crs : ['foreign-crs', `it is in the projected system ${crs}, which is not known here. ${warp}`];
  }
  const geographic = Number(keys.GeographicTypeGeoKey ?? 0);
  if (geographic > 0) return degreeSystems.has(geographic) ? '' : ['foreign-crs', `its datum is EPSG:${geographic}, which is not WGS 84. ${warp}`];
  if (context.crs) return degreeSystems.has(Number(context.crs.replace(/\D+/u, ''))) ? '' : known(context.crs) ? context.crs : ['foreign-crs', `${context.crs} is not known here. ${warp}`];
  const [west, south, east, north] = image.getBoundingBox();
  return Math.max(Math.abs(west), Math.abs(east)) <= 360 && Math.max(Math.abs(south), Math.abs(north)) <= 90.5 ? '' : ['foreign-crs', 'it does not say in which system its places are; say it with --crs FILE@EPSG:…'];
}

/** The samples with their places in the file's own system. */
async function heightsOf(image: GeoTIFFImage, metres: number, signal?: AbortSignal): Promise<PlacedGrid> {
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
    samples[i] = value === noData || !(Math.abs(value * metres) < 12000) ? Number.NaN : value * metres;
  }
  const west = originX + shift * stepX;
  const north = originY + shift * stepY;
  return { west, north, east: west + (width - 1) * stepX, south: north + (height - 1) * stepY, width, height, samples };
}
