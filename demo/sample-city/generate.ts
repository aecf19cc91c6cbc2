import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { placer } from 'citymirror/analysis';
import { addressesOf } from './addresses.ts';
import { buildAreas } from './areas.ts';
import { fillBlocks } from './fill.ts';
import { encodeGeoTiff } from './geotiff.ts';
import { streetNames } from './names.ts';
import { buildPlaces } from './places.ts';
import { seeded } from './random.ts';
import { buildRoads, railway } from './roads.ts';
import type { Point, Ring } from './shape.ts';
import { buildable, heightAt } from './terrain.ts';
import { writeUtilities } from './utilities.ts';
import { layOut } from './zoning.ts';

/** The city's centre: Chizhou on the Yangtze, where a city like this might stand. */
export const CENTRE = { lon: 117.49, lat: 30.66 } as const;

/** Metres between two heights, and metres from the centre that the terrain reaches. */
const STEP = 15;
const REACH = 4500;

export interface GenerateOptions {
  seed: number;
  /** Folder for buildings, roads, areas, places (GeoJSON) and terrain (GeoTIFF). */
  out: string;
  onProgress?: (fraction: number) => void;
}

export interface Counts {
  buildings: number;
  roads: number;
  areas: number;
  places: number;
}

/** Plans the sample city and writes it as ordinary files. The same seed gives the same bytes. */
export async function generate({ seed, out, onProgress = () => {} }: GenerateOptions): Promise<Counts> {
  mkdirSync(out, { recursive: true });
  const random = seeded(`city ${seed}`);
  const { streets, blocks } = layOut(random.fork('streets'));
  const graph = buildRoads(streets, streetNames());
  onProgress(0.15);
  await breath();
  const quarters = fillBlocks(blocks, random.fork('blocks'), buildable);
  const buildings = quarters.flatMap((quarter) => quarter.buildings);
  onProgress(0.6);
  await breath();
  const addresses = addressesOf(buildings, graph.roads);
  const roads = [...graph.roads, railway()];
  const areas = buildAreas(quarters);
  const places = buildPlaces(graph, quarters);
  const earth = earthOf();
  write(out, 'buildings.geojson', buildings.map(({ outline, holes, storeys, height, use, name }, i) => ({
    properties: { id: `b${String(i + 1).padStart(5, '0')}`, height, storeys, use, ...(name ? { name } : {}), address: addresses[i] },
    geometry: { type: 'Polygon', coordinates: [earth.ring(outline), ...holes.map((hole) => earth.ring(hole).toReversed())] },
  })));
  write(out, 'roads.geojson', roads.map(({ id, class: kind, lanes, oneway, speed, name, bridge, line }) => ({
    properties: { id, class: kind, lanes, oneway, speed, name, bridge }, geometry: { type: 'LineString', coordinates: line.map(earth.point) },
  })));
  write(out, 'areas.geojson', areas.map(({ kind, name, outline, holes }) => ({
    properties: { kind, ...(name ? { name } : {}) }, geometry: { type: 'Polygon', coordinates: [earth.ring(outline), ...holes.map((hole) => earth.ring(hole))] },
  })));
  write(out, 'places.geojson', places.map(({ id, kind, name, rank, at, attributes }) => ({ properties: { id, kind, ...(name ? { name } : {}), rank, ...attributes }, geometry: { type: 'Point', coordinates: earth.point(at) } })));
  onProgress(0.75);
  await breath();
  writeUtilities(out, graph, buildings, places.filter(({ kind }) => kind === 'hydrant'), earth.point);
  onProgress(0.85);
  await breath();
  writeFileSync(join(out, 'terrain.tif'), terrain());
  onProgress(1);
  return { buildings: buildings.length, roads: roads.length, areas: areas.length, places: places.length };
}

/** Lets a progress bar be drawn and Ctrl-C be heard. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function earthOf(): { point: (at: Point) => number[]; ring: (ring: Ring) => number[][] } {
  const local = placer({ ...CENTRE, height: 0 });
  const degrees = new Float64Array(3);
  const point = ([x, y]: Point): number[] => {
    local.unplace(x, y, 0, degrees);
    return [Number(degrees[0].toFixed(7)), Number(degrees[1].toFixed(7))];
  };
  return { point, ring: (ring) => [...ring, ring[0]].map(point) };
}

function write(out: string, name: string, features: readonly object[]): void {
  const lines = features.map((feature) => JSON.stringify({ type: 'Feature', ...feature }));
  writeFileSync(join(out, name), `{"type":"FeatureCollection","features":[\n${lines.join(',\n')}\n]}\n`);
}

function terrain(): Uint8Array {
  const local = placer({ ...CENTRE, height: 0 });
  const corner = local.unplace(-REACH, REACH, 0, new Float64Array(3));
  const other = local.unplace(REACH, -REACH, 0, new Float64Array(3));
  const side = Math.round((2 * REACH) / STEP);
  const grid = { west: corner[0], north: corner[1], cell: [(other[0] - corner[0]) / side, (corner[1] - other[1]) / side] as const, width: side, height: side };
  const heights = new Float32Array(side * side);
  const at = new Float64Array(3);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      local.place(grid.west + (column + 0.5) * grid.cell[0], grid.north - (row + 0.5) * grid.cell[1], 0, at);
      heights[row * side + column] = heightAt(at[0], at[1]);
    }
  return encodeGeoTiff(grid, heights);
}
