import type { ReadContext, Source } from '../format.ts';
import { isDegrees, isKnown, systemOfBox, type Refusal } from '../height-grid.ts';
import type { TiffImage } from './directories.ts';

/** Pixels to places: x = a·column + b·row + c, y = d·column + e·row + f, from the corner of the first pixel. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Numbers of the geographic keys. @source OGC GeoTIFF 1.1, 7 and B */
export const KEY = { model: 1024, raster: 1025, geographic: 2048, projected: 3072, linearUnits: 3076, vertical: 4096, verticalUnits: 4099 } as const;

const MOST_WORLD = 2000;

/** The GeoKey directory; texts are left out. */
export function geoKeys({ tags }: TiffImage): ReadonlyMap<number, number> {
  const directory = tags.numbers(34735) ?? [];
  const doubles = tags.numbers(34736) ?? [];
  const keys = new Map<number, number>();
  for (let k = 4; k + 3 < directory.length && k < 4 + 4 * directory[3]; k += 4) {
    const [key, place, , value] = directory.slice(k, k + 4);
    if (place === 0) keys.set(key, value);
    else if (place === 34736 && value < doubles.length) keys.set(key, doubles[value]);
  }
  return keys;
}

/** Where its pixels are, by its own tags or by a world file beside it; undefined where nothing says. The result counts from the pixel's corner, whatever the file counts from. */
export async function affineOf(image: TiffImage, source: Source): Promise<Affine | undefined> {
  const { tags } = image;
  const matrix = tags.numbers(34264);
  const [scale, tie] = [tags.numbers(33550), tags.numbers(33922)];
  const point = geoKeys(image).get(KEY.raster) === 2;
  if (matrix && matrix.length >= 8) return sound(fromCorner([matrix[0], matrix[1], matrix[3], matrix[4], matrix[5], matrix[7]], point));
  if (scale && tie && scale.length >= 2 && tie.length >= 6) return sound(fromCorner([scale[0], 0, tie[3] - tie[0] * scale[0], 0, -scale[1], tie[4] + tie[1] * scale[1]], point));
  return worldFile(source, ['.tfw', '.tifw', '.tiffw', '.wld']);
}

/** Where a sample is a point its place is the pixel's middle. */
function fromCorner([a, b, c, d, e, f]: Affine, point: boolean): Affine {
  return point ? [a, b, c - (a + b) / 2, d, e, f - (d + e) / 2] : [a, b, c, d, e, f];
}

/** A file of six numbers beside the picture: steps, turns, and the middle of the first pixel. @source Esri, "World files for raster datasets" */
export async function worldFile(source: Source, endings: readonly string[]): Promise<Affine | undefined> {
  for (const ending of endings) {
    const beside = await source.beside(ending);
    if (!beside || beside.size > MOST_WORLD) continue;
    const numbers = new TextDecoder('latin1').decode(await beside.bytes()).trim().split(/\s+/u).map((word) => Number(word.replace(',', '.')));
    if (numbers.length < 6) continue;
    const [a, d, b, e, c, f] = numbers;
    const found = sound(fromCorner([a, b, c, d, e, f], true));
    if (found) return found;
  }
  return undefined;
}

function sound(affine: Affine): Affine | undefined {
  const [a, b, , d, e] = affine;
  return affine.every(Number.isFinite) && a * e - b * d !== 0 ? affine : undefined;
}

/** The reference system as 'EPSG:…', '' for degrees; or why it cannot be used. What the file says stands before what is said of it. */
export function systemOfKeys(keys: ReadonlyMap<number, number>, box: { west: number; south: number; east: number; north: number }, context: ReadContext, said = context.crs): string | Refusal {
  const warp = 'Convert it first: gdalwarp -t_srs EPSG:4326 in.tif out.tif';
  const projected = keys.get(KEY.projected) ?? 0;
  if (projected > 0 || keys.get(KEY.model) === 1) {
    const crs = projected > 0 && projected < 32767 ? `EPSG:${projected}` : said;
    if (!crs) return ['foreign-crs', 'it is in a projected system of its own; say which it is with --crs FILE@EPSG:…, or convert it first: gdalwarp -t_srs EPSG:4326 in.tif out.tif'];
    return isKnown(crs, context) ? crs : ['foreign-crs', `it is in the projected system ${crs}, which is not known here. ${warp}`];
  }
  const geographic = keys.get(KEY.geographic) ?? 0;
  if (geographic > 0 && geographic < 32767) return isDegrees(geographic) ? '' : ['foreign-crs', `its datum is EPSG:${geographic}, which is not WGS 84. ${warp}`];
  return systemOfBox(box, said, context);
}
