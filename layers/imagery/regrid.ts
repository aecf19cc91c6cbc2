import { DEGREE, gcj02Of } from '#geo';
import type { TileService } from './tile-service.ts';

/** Pixels on a side of what is painted. */
export const REGRID_SIZE = 256;
/** Rows painted by one stretch where a picture is cut in degrees: within it both tilings run straight to a twentieth of a pixel. */
const BAND = 16;

/** Part of a painted tile and where it lies in its service: an affine map from painted pixels to the service's own, counted from its north-west at that level. */
export interface Band {
  readonly top: number;
  readonly rows: number;
  /** x = a · u + c · v + e, y = b · u + d · v + f for u, v painted pixels. */
  readonly matrix: readonly [a: number, b: number, c: number, d: number, e: number, f: number];
}

export interface RegridPlan {
  readonly bands: readonly Band[];
  /** Tiles of the service that are needed: from … to, both included. */
  readonly columns: readonly [number, number];
  readonly rows: readonly [number, number];
}

function latitudeOf(mercatorY: number): number {
  return Math.atan(Math.sinh(Math.PI * (1 - 2 * mercatorY))) / DEGREE;
}

/** Where a place of WGS 84 lies in a service at a level, in its pixels. */
function pixelOf(service: Pick<TileService, 'grid' | 'datum' | 'tileSize'>, level: number, lon: number, lat: number): [number, number] {
  const [x, y] = service.datum === 'gcj02' ? gcj02Of(lon, lat) : [lon, lat];
  const whole = 2 ** level * service.tileSize;
  const down = service.grid === 'degrees' ? (90 - y) / 360 : 0.5 - Math.asinh(Math.tan(y * DEGREE)) / (2 * Math.PI);
  return [((x + 180) / 360) * whole, down * whole];
}

/** Whether a service's tiles can be laid down as they are. */
export function fitsAsIs(service: Pick<TileService, 'grid' | 'datum'>): boolean {
  return service.grid === 'mercator' && service.datum === 'wgs84';
}

/** How a Web Mercator tile of WGS 84 is painted from a service's tiles of the same level. */
export function planRegrid(service: Pick<TileService, 'grid' | 'datum' | 'tileSize'>, level: number, x: number, y: number): RegridPlan {
  const tiles = 2 ** level;
  const at = (u: number, v: number): [number, number] => pixelOf(service, level, ((x + u / REGRID_SIZE) / tiles) * 360 - 180, latitudeOf((y + v / REGRID_SIZE) / tiles));
  const rows = service.grid === 'degrees' ? BAND : REGRID_SIZE;
  const bands: Band[] = [];
  const reach = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let top = 0; top < REGRID_SIZE; top += rows) {
    const [p, q, r] = [at(0, top), at(REGRID_SIZE, top), at(0, top + rows)];
    const across = [(q[0] - p[0]) / REGRID_SIZE, (q[1] - p[1]) / REGRID_SIZE];
    const down = [(r[0] - p[0]) / rows, (r[1] - p[1]) / rows];
    bands.push({ top, rows, matrix: [across[0], across[1], down[0], down[1], p[0] - down[0] * top, p[1] - down[1] * top] });
    for (const [px, py] of [p, q, r, [q[0] + r[0] - p[0], q[1] + r[1] - p[1]]]) {
      reach.left = Math.min(reach.left, px);
      reach.right = Math.max(reach.right, px);
      reach.top = Math.min(reach.top, py);
      reach.bottom = Math.max(reach.bottom, py);
    }
  }
  const size = service.tileSize;
  // A pixel more on each side, which smoothing asks for.
  return { bands, columns: [Math.floor((reach.left - 1) / size), Math.floor((reach.right + 1) / size)], rows: [Math.floor((reach.top - 1) / size), Math.floor((reach.bottom + 1) / size)] };
}

/** Paints a tile by its plan. A tile the service does not have stays see-through. */
export async function paintRegrid(plan: RegridPlan, tileSize: number, tile: (column: number, row: number) => Promise<ImageBitmap | null>): Promise<ImageBitmap | null> {
  const [left, right] = plan.columns;
  const [top, bottom] = plan.rows;
  const places = Array.from({ length: (right - left + 1) * (bottom - top + 1) }, (_, i) => [left + (i % (right - left + 1)), top + Math.floor(i / (right - left + 1))] as const);
  const pictures = await Promise.all(places.map(([column, row]) => tile(column, row)));
  if (pictures.every((picture) => picture === null)) return null;
  // First side by side, pixel on pixel, so that no seam is smoothed into the picture; then moved as one.
  const whole = new OffscreenCanvas((right - left + 1) * tileSize, (bottom - top + 1) * tileSize);
  const pen = whole.getContext('2d')!;
  pictures.forEach((picture, i) => {
    if (picture) pen.drawImage(picture, (places[i][0] - left) * tileSize, (places[i][1] - top) * tileSize, tileSize, tileSize);
  });
  const painted = new OffscreenCanvas(REGRID_SIZE, REGRID_SIZE);
  const brush = painted.getContext('2d')!;
  for (const band of plan.bands) {
    const [a, b, c, d, fromLeft, fromTop] = band.matrix;
    // From the corner of what was gathered: a canvas counts in single precision, and the world has a hundred million pixels.
    const [e, f] = [fromLeft - left * tileSize, fromTop - top * tileSize];
    const turn = a * d - b * c;
    brush.save();
    brush.beginPath();
    brush.rect(0, band.top, REGRID_SIZE, band.rows);
    brush.clip();
    brush.setTransform(d / turn, -b / turn, -c / turn, a / turn, (c * f - d * e) / turn, (b * e - a * f) / turn);
    brush.drawImage(whole, 0, 0);
    brush.restore();
  }
  return painted.transferToImageBitmap();
}
