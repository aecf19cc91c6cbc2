import type { Picture, ReadContext } from '../format.ts';
import { offEarth, type Refusal } from '../height-grid.ts';
import type { Affine } from './georeference.ts';

/** Places along a side by which a picture's box is measured. */
const ALONG = 32;
const METRES_A_DEGREE = 111_320;

/** Where a picture lies: the way from degrees to its pixels, its box, and how large a pixel is; or why it lies nowhere. @param system 'EPSG:…', or '' for degrees */
export function placeOf({ width, height }: { width: number; height: number }, affine: Affine, system: string, context: ReadContext): Pick<Picture, 'toPixel' | 'bounds' | 'metres' | 'crs'> | { refusal: Refusal } {
  const [a, b, c, d, e, f] = affine;
  const size = a * e - b * d;
  const forward = system === '' ? undefined : context.toDegrees!(system)!;
  const back = system === '' ? undefined : context.fromDegrees!(system)!;
  const toDegrees = (column: number, row: number): [number, number] => {
    const [x, y] = [a * column + b * row + c, d * column + e * row + f];
    return forward ? forward(x, y) : [x, y];
  };
  const toPixel = (lon: number, lat: number): [number, number] => {
    const [x, y] = back ? back(lon, lat) : [lon, lat];
    const [dx, dy] = [x - c, y - f];
    return [(e * dx - b * dy) / size, (a * dy - d * dx) / size];
  };
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k <= ALONG; k++) {
    const [x, y] = [(width * k) / ALONG, (height * k) / ALONG];
    for (const [lon, lat] of [toDegrees(x, 0), toDegrees(x, height), toDegrees(0, y), toDegrees(width, y)]) {
      box[0] = Math.min(box[0], lon);
      box[1] = Math.min(box[1], lat);
      box[2] = Math.max(box[2], lon);
      box[3] = Math.max(box[3], lat);
    }
  }
  const refusal = offEarth([[box[0], box[1]], [box[2], box[3]]]);
  if (refusal) return { refusal };
  const middle = toDegrees(width / 2, height / 2);
  const metres = ([lon, lat]: readonly [number, number]): number => Math.hypot((lon - middle[0]) * Math.cos((middle[1] * Math.PI) / 180), lat - middle[1]) * METRES_A_DEGREE;
  return { toPixel, bounds: box, metres: Math.min(metres(toDegrees(width / 2 + 1, height / 2)), metres(toDegrees(width / 2, height / 2 + 1))), crs: system === '' ? 'EPSG:4326' : system };
}
