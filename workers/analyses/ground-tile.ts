import { TwinError } from '../../engine/errors.ts';
import type { GroundTileInput, GroundTileOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { cityMap, mercator, WORLD } from './ground/city-map.ts';
import { GroundPainter } from './ground/painter.ts';
import { groundPalette } from './ground/palette.ts';
import { footprintsNear, paintShade, SHADED_BELOW } from './ground/shadows.ts';

/**
 * Paints one Web Mercator tile of a city's ground map. Nothing (null) outside the city's bounds, where the engine's own ground shows.
 * @throws TwinError `unsupported` where there is no OffscreenCanvas (Node), `bad-input`
 */
export async function groundTile(input: GroundTileInput, context: AnalysisContext): Promise<GroundTileOutput> {
  const { level, x, y, bounds, size = 512 } = input;
  if (!(Number.isInteger(level) && level >= 0 && level <= 24 && x >= 0 && y >= 0 && x < 2 ** level && y < 2 ** level)) throw new TwinError('bad-input', `There is no tile ${level}/${x}/${y}`);
  const [west, north] = mercator(bounds[0], bounds[3]).map((part, axis) => (part * 2 ** level - (axis === 0 ? x : y)) * size);
  const [east, south] = mercator(bounds[2], bounds[1]).map((part, axis) => (part * 2 ** level - (axis === 0 ? x : y)) * size);
  if (west >= size || east <= 0 || north >= size || south <= 0) return { bitmap: null };
  if (typeof OffscreenCanvas === 'undefined') throw new TwinError('unsupported', 'Ground tiles are painted where there is an OffscreenCanvas: in browsers');
  const map = await cityMap(input.areas, input.roads, bounds, context);
  context.signal.throwIfAborted();
  const canvas = new OffscreenCanvas(size, size);
  const scale = (size * 2 ** level) / WORLD;
  const frame = {
    x: (x / 2 ** level - map.origin[0]) * WORLD, y: (y / 2 ** level - map.origin[1]) * WORLD,
    scale, size, metresPerPixel: 1 / (map.unitsPerMetre * scale), phase: [(x * size) % 256, (y * size) % 256] as const,
  };
  const drawing = canvas.getContext('2d')!;
  const palette = groundPalette(input.palette ?? 'day');
  const painter = new GroundPainter(drawing, map, palette, frame);
  const feet = input.buildings && !input.roadsOnly && frame.metresPerPixel < SHADED_BELOW ? await footprintsNear(input.buildings, map, input, context) : null;
  context.signal.throwIfAborted();
  if (!input.roadsOnly) {
    painter.land();
    painter.areas();
    painter.water();
  }
  painter.roads(input.decks ?? false);
  if (feet) paintShade(drawing, feet, frame, map.unitsPerMetre, input.sun ?? null, palette.contact);
  if (!input.roadsOnly) painter.paper();
  painter.fade(west, north, east, south);
  return { bitmap: canvas.transferToImageBitmap() };
}
