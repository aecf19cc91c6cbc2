import { DEGREE, placer } from '#geo';
import type { AnalysisContext } from '../context.ts';
import { openFlatGeobuf, type Box } from '../geometry/flatgeobuf.ts';
import { mercator, WORLD, type CityMap } from './city-map.ts';
import type { TileFrame } from './painter.ts';

/** Level of the cells in which footprints are read and kept: about a kilometre and a half. */
const CELL_LEVEL = 14;
/** Metres a shadow has at most: farther, it is too soft to be seen. */
const LONGEST = 260;
/** Metres a pixel above which buildings are too small to shade the map. */
export const SHADED_BELOW = 10;
/** Metres over which the edge of a shadow, and the dark around a foot, go from nothing to all. */
const PENUMBRA = 0.7;
const CONTACT = 5;

/** Footprints near a tile, in the map's units. */
interface Footprints {
  /** [2m] x, y; outer rings, open, clockwise on the map (y down). */
  readonly xy: Float32Array;
  /** [n + 1] first vertex of each. */
  readonly starts: Uint32Array;
  /** [n] metres above their foot. */
  readonly heights: Float32Array;
}

export interface Sunlight {
  /** Degrees, from north clockwise. */
  readonly azimuth: number;
  readonly altitude: number;
  /** 0 … 1: how much darker the map is in the shade. */
  readonly shade: number;
}

/** The footprints whose shade can meet a tile, read by range and kept in the worker. */
export function footprintsNear(url: string, map: CityMap, tile: { level: number; x: number; y: number }, context: AnalysisContext): Promise<Footprints> {
  const level = Math.min(tile.level, CELL_LEVEL);
  const up = 2 ** (tile.level - level);
  const cell = [level, Math.floor(tile.x / up), Math.floor(tile.y / up)] as const;
  return context.cache.keep(`feet ${url} ${cell}`, async () => {
    const file = await context.cache.keep(`feet ${url}`, () => openFlatGeobuf(url, (each, range) => context.load(each, range)));
    const found = await file.search(around(cell));
    const heights = found.numbers('height');
    const xy: number[] = [];
    const starts = [0];
    const tall: number[] = [];
    for (let row = 0; row < found.count; row++) {
      for (let part = found.starts[row]; part < found.starts[row + 1]; part++) {
        const ring = found.parts[part];
        const [first, last] = [found.rings[ring], found.rings[ring + 1] - 1];
        const corners: [number, number][] = [];
        for (let i = first; i < last; i++) {
          const [mx, my] = mercator(found.xy[2 * i], found.xy[2 * i + 1]);
          corners.push([(mx - map.origin[0]) * WORLD, (my - map.origin[1]) * WORLD]);
        }
        if (area(corners) < 0) corners.reverse();
        for (const corner of corners) xy.push(...corner);
        starts.push(xy.length / 2);
        tall.push(heights[row] > 0 ? heights[row] : 0);
      }
    }
    return { xy: Float32Array.from(xy), starts: Uint32Array.from(starts), heights: Float32Array.from(tall) };
  });
}

/** A cell and as far around it as shadows reach, in degrees. */
function around([level, x, y]: readonly [number, number, number]): Box {
  const lon = (column: number): number => (column / 2 ** level) * 360 - 180;
  const lat = (row: number): number => Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / 2 ** level))) / DEGREE;
  const reach = LONGEST + 20;
  const northWest = placer({ lon: lon(x), lat: lat(y), height: 0 }).unplace(-reach, reach, 0, [0, 0, 0]);
  const southEast = placer({ lon: lon(x + 1), lat: lat(y + 1), height: 0 }).unplace(reach, -reach, 0, [0, 0, 0]);
  return [northWest[0], southEast[1], southEast[0], northWest[1]];
}

function area(corners: readonly [number, number][]): number {
  return corners.reduce((sum, [x, y], i) => {
    const [nx, ny] = corners[(i + 1) % corners.length];
    return sum + x * ny - nx * y;
  }, 0);
}

/**
 * Darkens a tile where buildings keep the light away: around their feet, and along their shadows. Each is one mask of the union, painted coarse and laid
 * over smoothly: its pixels are as wide as the edge is soft, so no blur is asked of the browser.
 */
export function paintShade(context: OffscreenCanvasRenderingContext2D, feet: Footprints, frame: TileFrame, unitsPerMetre: number, sun: Sunlight | null, contact: number): void {
  const fade = Math.min(1, (SHADED_BELOW - frame.metresPerPixel) / 4);
  const lay = (soft: number, alpha: number, colour: string, draw: (mask: OffscreenCanvasRenderingContext2D) => void): void => {
    const pixel = Math.max(1, soft / frame.metresPerPixel);
    const margin = 2;
    const across = Math.ceil(frame.size / pixel) + 2 * margin;
    const canvas = new OffscreenCanvas(across, across);
    const mask = canvas.getContext('2d')!;
    const scale = frame.scale / pixel;
    mask.setTransform(scale, 0, 0, scale, margin - frame.x * scale, margin - frame.y * scale);
    mask.fillStyle = colour;
    mask.beginPath();
    draw(mask);
    mask.fill('nonzero');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = alpha * fade;
    context.imageSmoothingQuality = 'high';
    context.drawImage(canvas, -margin * pixel, -margin * pixel, across * pixel, across * pixel);
    context.globalAlpha = 1;
  };
  lay(CONTACT, contact, '#3a3f4a', (mask) => outline(mask, feet, frame));
  if (sun && sun.shade > 0) lay(PENUMBRA, sun.shade, '#39424f', (mask) => cast(mask, feet, frame, unitsPerMetre, sun));
}

function outline(mask: OffscreenCanvasRenderingContext2D, { xy, starts }: Footprints, frame: TileFrame): void {
  const seen = inView(frame, 24 / frame.metresPerPixel / frame.scale);
  for (let b = 0; b + 1 < starts.length; b++) {
    if (!seen(xy, starts[b], starts[b + 1], 0, 0)) continue;
    for (let i = starts[b]; i < starts[b + 1]; i++) {
      if (i === starts[b]) mask.moveTo(xy[2 * i], xy[2 * i + 1]);
      else mask.lineTo(xy[2 * i], xy[2 * i + 1]);
    }
    mask.closePath();
  }
}

/** A prism's shadow: its outline, and what each edge sweeps, all wound the same way so that a filled union comes of it. */
function cast(mask: OffscreenCanvasRenderingContext2D, { xy, starts, heights }: Footprints, frame: TileFrame, unitsPerMetre: number, sun: Sunlight): void {
  const seen = inView(frame, 0);
  const longer = 1 / Math.tan(Math.max(3, sun.altitude) * DEGREE);
  const [east, south] = [-Math.sin(sun.azimuth * DEGREE), Math.cos(sun.azimuth * DEGREE)];
  for (let b = 0; b + 1 < starts.length; b++) {
    const length = Math.min(LONGEST, heights[b] * longer) * unitsPerMetre;
    const [dx, dy] = [east * length, south * length];
    if (!seen(xy, starts[b], starts[b + 1], dx, dy)) continue;
    const first = starts[b];
    const count = starts[b + 1] - first;
    for (let k = 0; k < count; k++) {
      const [ax, ay] = [xy[2 * (first + k)], xy[2 * (first + k) + 1]];
      const next = first + ((k + 1) % count);
      const [bx, by] = [xy[2 * next], xy[2 * next + 1]];
      const turns = (bx - ax) * dy - (by - ay) * dx;
      const [px, py, qx, qy] = turns > 0 ? [ax, ay, bx, by] : [bx, by, ax, ay];
      mask.moveTo(px, py);
      mask.lineTo(qx, qy);
      mask.lineTo(qx + dx, qy + dy);
      mask.lineTo(px + dx, py + dy);
      mask.closePath();
    }
    for (let k = 0; k < count; k++) {
      const i = first + k;
      if (k === 0) mask.moveTo(xy[2 * i] + dx, xy[2 * i + 1] + dy);
      else mask.lineTo(xy[2 * i] + dx, xy[2 * i + 1] + dy);
    }
    mask.closePath();
  }
}

function inView({ x, y, scale, size }: TileFrame, margin: number): (xy: Float32Array, first: number, last: number, dx: number, dy: number) => boolean {
  const far = size / scale;
  return (xy, first, last, dx, dy) => {
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = first; i < last; i++) {
      west = Math.min(west, xy[2 * i]);
      east = Math.max(east, xy[2 * i]);
      north = Math.min(north, xy[2 * i + 1]);
      south = Math.max(south, xy[2 * i + 1]);
    }
    return west + Math.min(0, dx) < x + far + margin && east + Math.max(0, dx) > x - margin && north + Math.min(0, dy) < y + far + margin && south + Math.max(0, dy) > y - margin;
  };
}
