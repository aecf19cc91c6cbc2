import { groundHeight, TILE_CELLS, type Dem } from '../stages/ground.ts';
import { encodeQuantizedMesh, type Rectangle } from './quantized-mesh.ts';
import { terrainGrid, type TerrainGrid } from './terrain-grid.ts';

export interface TerrainOptions {
  write(path: string, bytes: Uint8Array): Promise<void>;
  progress?(share: number): void;
  signal?: AbortSignal;
}

export interface TerrainFigures {
  tiles: number;
  bytes: number;
  levels: number;
}

/** dem.json and dem.bin: the grid as analyses read it. @param datum what the heights are above, as declared */
export async function writeDem(dem: Dem, datum: string, write: TerrainOptions['write']): Promise<void> {
  const { west, south, east, north, width, height } = dem;
  await write('dem.bin', new Uint8Array(dem.samples.buffer, dem.samples.byteOffset, dem.samples.byteLength));
  await write('dem.json', new TextEncoder().encode(JSON.stringify({ west, south, east, north, width, height, noData: null, surface: 'triangles', datum })));
}

/**
 * The quantized-mesh pyramid over the DEM's region (TMS, geographic): both tiles of level 0, below only what meets the DEM, down to the
 * level whose cells are as fine as the DEM's own.
 */
export async function writeTerrain(dem: Dem, options: TerrainOptions): Promise<TerrainFigures> {
  const deepest = dem.level;
  const available: { startX: number; startY: number; endX: number; endY: number }[][] = [];
  const { lowest, highest } = rangeOf(dem);
  const coarse = terrainGrid(16);
  const middle = terrainGrid(32);
  const fine = terrainGrid(TILE_CELLS);
  const figures = { tiles: 0, bytes: 0, levels: deepest + 1 };
  const total = Array.from({ length: deepest + 1 }, (_, level) => countOf(rangeAt(dem, level))).reduce((sum, n) => sum + n, 0);
  for (let level = 0; level <= deepest; level++) {
    const range = rangeAt(dem, level);
    available.push([range]);
    const grid: TerrainGrid = level === deepest ? fine : level < 8 ? coarse : middle;
    const side = 180 / 2 ** level;
    const reach = Math.max((dem.north - dem.south) / (dem.height - 1), side / grid.cells / 2);
    for (let x = range.startX; x <= range.endX; x++)
      for (let y = range.startY; y <= range.endY; y++) {
        options.signal?.throwIfAborted();
        const bytes = encodeQuantizedMesh({ rectangle: rectangleOf(level, x, y), grid, height: (lon, lat) => groundHeight(dem, lon, lat), lowest, highest, reach });
        await options.write(`terrain/${level}/${x}/${y}.terrain`, bytes);
        figures.tiles++;
        figures.bytes += bytes.length;
        options.progress?.(figures.tiles / total);
      }
  }
  await options.write('terrain/layer.json', new TextEncoder().encode(JSON.stringify(layerJson(dem, deepest, available))));
  return figures;
}

function layerJson(dem: Dem, deepest: number, available: unknown): unknown {
  return {
    tilejson: '2.1.0',
    name: 'terrain',
    version: '1.0.0',
    format: 'quantized-mesh-1.0',
    scheme: 'tms',
    projection: 'EPSG:4326',
    tiles: ['{z}/{x}/{y}.terrain'],
    extensions: ['octvertexnormals'],
    bounds: [-180, -90, 180, 90],
    valid_bounds: [dem.west, dem.south, dem.east, dem.north],
    minzoom: 0,
    maxzoom: deepest,
    available,
  };
}

export function rectangleOf(level: number, x: number, y: number): Rectangle {
  const side = 180 / 2 ** level;
  return { west: x * side - 180, east: (x + 1) * side - 180, south: y * side - 90, north: (y + 1) * side - 90 };
}

function rangeAt(dem: Dem, level: number): { startX: number; startY: number; endX: number; endY: number } {
  if (level === 0) return { startX: 0, startY: 0, endX: 1, endY: 0 };
  const side = 180 / 2 ** level;
  const column = (lon: number): number => Math.min(2 ** (level + 1) - 1, Math.max(0, Math.floor((lon + 180) / side)));
  const row = (lat: number): number => Math.min(2 ** level - 1, Math.max(0, Math.floor((lat + 90) / side)));
  return { startX: column(dem.west), startY: row(dem.south), endX: column(dem.east), endY: row(dem.north) };
}

function countOf(range: { startX: number; startY: number; endX: number; endY: number }): number {
  return (range.endX - range.startX + 1) * (range.endY - range.startY + 1);
}

/** Lowest and highest height anywhere, as float32 stores them. */
function rangeOf(dem: Dem): { lowest: number; highest: number } {
  let [lowest, highest] = [dem.beyond, dem.beyond];
  for (const value of dem.samples) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return { lowest: Math.fround(Math.floor(lowest)), highest: Math.fround(Math.ceil(highest)) };
}
