import { pictureSize } from '../tileset/image-size.ts';
import { pathOf, type CityFiles } from './city-files.ts';
import type { IssueLog } from './issue-log.ts';
import type { PyramidFigures } from './terrain.ts';

export interface ImageryEntry {
  readonly url: string;
  readonly minzoom: number;
  readonly maxzoom: number;
  /** West, south, east, north in degrees. */
  readonly bounds: readonly [number, number, number, number];
  readonly tileSize: number;
}

const NORTHERNMOST = 85.0511287798066;
const MOST_ROOTS = 1_000_000;

/**
 * Looks through a pyramid of pictures (XYZ, Web Mercator) from its top: each picture is what it says, and each level down to the last has some.
 * Where there is no picture there is none below it either, so that what is not there is not asked for level by level.
 * @param sample pictures of each level that are looked into; of the others, that they are there
 */
export async function checkImagery(files: CityFiles, entry: ImageryEntry, { log, sample = Infinity, signal }: { log: IssueLog; sample?: number; signal?: AbortSignal }): Promise<PyramidFigures> {
  const figures = { tiles: 0, checked: 0 };
  const { url, minzoom, maxzoom, bounds, tileSize } = entry;
  const report = log.at(url);
  if (![minzoom, maxzoom].every((level) => Number.isInteger(level) && level >= 0 && level <= 30) || minzoom > maxzoom || !bounds.every(Number.isFinite)) {
    report('imagery-entry', `its levels ${minzoom} to ${maxzoom} or its bounds are none`);
    return figures;
  }
  const { left, right, top, bottom } = rangeOf(bounds, minzoom);
  if ((right - left + 1) * (bottom - top + 1) > MOST_ROOTS) {
    report('imagery-entry', `its first level alone would have ${(right - left + 1) * (bottom - top + 1)} pictures`);
    return figures;
  }
  const found = new Uint32Array(maxzoom + 1);
  const look = async (path: string): Promise<void> => {
    figures.checked++;
    const size = pictureSize((await files.read(path)) ?? new Uint8Array());
    if (!size) log.add('picture-type', 'it is no PNG, JPEG or WebP', path);
    else if (size.width !== tileSize || size.height !== tileSize) log.add('picture-size', `it is ${size.width} × ${size.height} pixels, not ${tileSize} × ${tileSize}`, path);
  };
  const walk = async (z: number, x: number, y: number): Promise<void> => {
    signal?.throwIfAborted();
    const path = pathOf('', url.replaceAll('{z}', `${z}`).replaceAll('{x}', `${x}`).replaceAll('{y}', `${y}`));
    if (path === 'outside' || (await files.size(path)) === undefined) return;
    figures.tiles++;
    if (found[z]++ < sample) await look(path);
    if (z === maxzoom) return;
    const range = rangeOf(bounds, z + 1);
    for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      const [cx, cy] = [2 * x + dx, 2 * y + dy];
      if (cx >= range.left && cx <= range.right && cy >= range.top && cy <= range.bottom) await walk(z + 1, cx, cy);
    }
  };
  for (let x = left; x <= right; x++) for (let y = top; y <= bottom; y++) await walk(minzoom, x, y);
  for (let z = minzoom; z <= maxzoom; z++) if (found[z] === 0) report('imagery-level', `level ${z} has no picture`);
  return figures;
}

/** Columns and rows from the north-west that a box meets. @source OGC 17-083r4, D.1 WebMercatorQuad */
function rangeOf([west, south, east, north]: readonly number[], level: number): { left: number; right: number; top: number; bottom: number } {
  const most = 2 ** level - 1;
  const within = (value: number): number => Math.min(most, Math.max(0, value));
  const column = (lon: number): number => ((lon + 180) / 360) * 2 ** level;
  const row = (lat: number): number => ((1 - Math.asinh(Math.tan((Math.min(NORTHERNMOST, Math.max(-NORTHERNMOST, lat)) * Math.PI) / 180)) / Math.PI) / 2) * 2 ** level;
  return { left: within(Math.floor(column(west))), right: within(Math.floor(column(east))), top: within(Math.floor(row(north))), bottom: within(Math.floor(row(south))) };
}
