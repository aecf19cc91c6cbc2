import type { Format, ImageryTable, RasterTable, ReadContext, Source } from './format.ts';
import { asTable, baseName, saidSystem, type Refusal } from './height-grid.ts';
import { pictureCodecs } from './picture-codecs.ts';
import type { OpenTiff } from './tiff/blocks.ts';
import { readDirectories, type TiffImage } from './tiff/directories.ts';
import { TiffFault } from './tiff/fault.ts';
import { affineOf, geoKeys, KEY, systemOfKeys, type Affine } from './tiff/georeference.ts';
import { gdalItem, noDataOf, readableImage, readHeights } from './tiff/heights.ts';
import { openPicture } from './tiff/picture.ts';

/** Vertical systems by EPSG number. @source EPSG dataset */
const verticals: Readonly<Record<number, RasterTable['datum']>> = { 5773: 'egm96', 5171: 'egm96', 3855: 'egm2008', 5737: '1985', 4979: 'ellipsoid', 5030: 'ellipsoid' };
/** Metres of a unit of height, by EPSG number and by name. */
const units: Readonly<Record<number, number>> = { 9001: 1, 9002: 0.3048, 9003: 1200 / 3937 };
const FEET = new Set([9002, 9003]);

/**
 * GeoTIFF, COG and BigTIFF: one band of heights on a north-up grid in degrees or in a projected system that is known, or a picture of the ground (colours, grey of
 * 8 bits, palette). No-data (tag, NaN, or beyond ± 12,000 m) becomes NaN in heights and clear in pictures.
 */
export const geotiff = {
  id: 'geotiff',
  title: 'GeoTIFF (heights or a picture of the ground)',
  extensions: ['tif', 'tiff'],
  sniff(head: Uint8Array): boolean {
    const little = head[0] === 0x49 && head[1] === 0x49 && (head[2] === 42 || head[2] === 43) && head[3] === 0;
    return little || (head[0] === 0x4d && head[1] === 0x4d && head[2] === 0 && (head[3] === 42 || head[3] === 43));
  },
  read,
} as const satisfies Format;

async function* read(source: Source, context: ReadContext): AsyncGenerator<RasterTable | ImageryTable> {
  const refuse = ([code, what]: Refusal): void => {
    context.issues.push({ code, severity: 'error', message: `${source.name}: ${what}`, path: source.name });
  };
  try {
    const images = await readDirectories(source);
    const first = images.find(({ subfile }) => (subfile & 5) === 0) ?? images[0];
    const tiff = { source, codecs: pictureCodecs() };
    const table = isPicture(first) ? await pictureFrom(tiff, images, first, context) : await heightsFrom(tiff, images, first, context);
    const others = images.filter(({ subfile }) => (subfile & 5) === 0).length - 1;
    if (others > 0 && 'kind' in table) context.issues.push({ code: 'more-images', severity: 'warning', message: `${source.name}: it holds ${others + 1} images; the first is used. Write each into a file of its own: gdal_translate GTIFF_DIR:2:in.tif second.tif`, path: source.name });
    if ('kind' in table) yield table;
    else refuse(table);
  } catch (cause) {
    context.signal?.throwIfAborted();
    const [code, what] = cause instanceof TiffFault ? [cause.code, cause.message] : ['broken-tiff', cause instanceof Error ? cause.message : String(cause)];
    refuse([code, `this GeoTIFF cannot be read (${what}).${/convert it|write it/u.test(what) ? '' : ' Export it again.'}`]);
  }
}

/** Colours, a palette, or grey of 8 bits: heights need more. */
function isPicture({ bands, bits, photometric, sampleFormat, compression, tags }: TiffImage): boolean {
  const says = geoKeys({ tags } as TiffImage).has(KEY.vertical) || gdalItem({ tags } as TiffImage, 'unittype') !== undefined;
  return sampleFormat === 1 && (bands > 1 || photometric === 3 || compression === 7 || (bits <= 8 && !says));
}

function boxOf({ width, height }: TiffImage, [a, b, c, d, e, f]: Affine): { west: number; south: number; east: number; north: number } {
  const [xs, ys] = [[c, c + a * width, c + b * height, c + a * width + b * height], [f, f + d * width, f + e * height, f + d * width + e * height]];
  return { west: Math.min(...xs), south: Math.min(...ys), east: Math.max(...xs), north: Math.max(...ys) };
}

async function heightsFrom(tiff: OpenTiff, images: readonly TiffImage[], first: TiffImage, context: ReadContext): Promise<RasterTable | Refusal> {
  const { source } = tiff;
  if (first.bands !== 1) return ['bands', `it has ${first.bands} bands of ${first.bits} bits that are no colours; give one band of heights: gdal_translate -b 1 in.tif out.tif`];
  if (first.width < 2 || first.height < 2) return ['too-small', 'a height model needs two samples each way.'];
  const image = readableImage(images, first);
  if (!('width' in image)) return image;
  const own = await affineOf(first, source);
  if (!own) return ['no-place', 'it has no georeference (no tie point and scale, no world file); give a GeoTIFF that knows its place.'];
  if (!(own[0] > 0 && own[4] < 0 && own[1] === 0 && own[3] === 0)) return ['not-north-up', 'its rows do not run from north to south; warp it north-up first: gdalwarp in.tif out.tif'];
  if (image !== first) context.issues.push({ code: 'coarser', severity: 'warning', message: `${source.name}: it is ${first.width} × ${first.height} samples; its smaller version of ${image.width} × ${image.height} is used. Cut out what you need to have it finer: gdalwarp -te …`, path: source.name });
  const affine: Affine = [(own[0] * first.width) / image.width, 0, own[2], 0, (own[4] * first.height) / image.height, own[5]];
  const keys = geoKeys(first);
  const system = systemOfKeys(keys, boxOf(image, affine), context, await saidSystem(source, context));
  if (typeof system !== 'string') return system;
  const unit = unitOf(first, keys);
  if (unit === undefined && FEET.has(keys.get(KEY.linearUnits) ?? 0))
    context.issues.push({ code: 'unit-assumed', severity: 'warning', message: `${source.name}: its places are in feet and it does not say what its heights are in; they are taken as metres. If they are feet, convert them first: gdal_calc.py -A in.tif --calc="A*0.3048" --outfile=out.tif` });
  const factor = unit ?? 1;
  const scale = { factor: factor * Number(gdalItem(first, 'scale') ?? 1), shift: factor * Number(gdalItem(first, 'offset') ?? 0), noData: noDataOf(first) };
  const grid = await readHeights(tiff, image, { affine, scale, context });
  return asTable(grid, system, context, { name: baseName(source.name), datum: verticals[keys.get(KEY.vertical) ?? 0] });
}

/** Metres of its unit of height; undefined where it does not say. */
function unitOf(image: TiffImage, keys: ReadonlyMap<number, number>): number | undefined {
  const key = keys.get(KEY.verticalUnits);
  if (key !== undefined) return units[key] ?? 1;
  const name = gdalItem(image, 'unittype');
  if (name === undefined) return undefined;
  return /^(?:us[- ]?(?:survey )?f(?:oo|ee)?t|ftus|ft-us)/iu.test(name) ? units[9003] : /^f(?:oo|ee)?t/iu.test(name) ? units[9002] : 1;
}

async function pictureFrom(tiff: OpenTiff, images: readonly TiffImage[], first: TiffImage, context: ReadContext): Promise<ImageryTable | Refusal> {
  const { source } = tiff;
  if (first.bits > 16) return ['bands', `it has ${first.bands} bands of ${first.bits} bits, which is no picture; give 8 or 16 bits a colour.`];
  if (first.photometric === 5) return ['bands', 'its colours are CMYK, for printing; convert it to RGB first.'];
  const affine = await affineOf(first, source);
  if (!affine) return ['no-place', `it is a picture (${first.bands} ${first.bands === 1 ? 'band' : 'bands'} of ${first.bits} bits) without a place: it has no georeference, and no world file (.tfw) lies beside it. Give a height model of one band, or a picture that knows its place.`];
  const system = systemOfKeys(geoKeys(first), boxOf(first, affine), context, await saidSystem(source, context));
  if (typeof system !== 'string') return system;
  if (first.bands === 1 && first.photometric !== 3) context.issues.push({ code: 'grey-picture', severity: 'info', message: `${source.name}: one band of ${first.bits} bits is taken as a grey picture. If these are heights, widen them: gdal_translate -ot Int16 in.tif out.tif`, path: source.name });
  const mask = images.find((image) => (image.subfile & 5) === 4 && image.width === first.width && image.height === first.height && image.blockWidth === first.blockWidth && image.blockHeight === first.blockHeight);
  return openPicture(tiff, first, { affine, system, mask, context });
}
