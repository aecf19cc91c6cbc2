import { systemOf } from '../stages/system-name.ts';
import type { RasterTable, ReadContext, Source } from './format.ts';
import { inDegrees, type PlacedGrid } from './regrid-raster.ts';

/** Longest side of a grid taken whole; 16,384² samples are 1 GiB. */
export const MAX_SIDE = 16384;
/** Beyond this no height is one, in metres. */
const HIGHEST = 12_000;
/** Bytes of a text that names a reference system. */
const MOST_PROJECTION = 100_000;
/** CGCS2000 (4490), WGS 84 (4326, with height 4979), ETRS89 (4258) and NAD 83 (4269) agree to a metre. */
const degreeSystems = new Set([4326, 4490, 4979, 4258, 4269]);

/** Why an input is not used: the code and its sentence without the file's name. */
export type Refusal = readonly [code: string, sentence: string];

/** Whether an EPSG code stands for degrees that are WGS 84 for a city's purposes. */
export function isDegrees(code: number): boolean {
  return degreeSystems.has(code);
}

/** Whether there is a way to degrees and back. */
export function isKnown(crs: string, context: ReadContext): boolean {
  return Boolean(context.toDegrees?.(crs) && context.fromDegrees?.(crs));
}

/** A stored number as metres; NaN for no-data and for what cannot be a height. */
export function heightOf(value: number, noData: number | undefined, metres = 1, shift = 0): number {
  if (value === noData) return Number.NaN;
  const height = value * metres + shift;
  return Math.abs(height) < HIGHEST ? height : Number.NaN;
}

/** The system of a grid whose file does not name it, as the user said it or as its numbers allow: 'EPSG:…', or '' for degrees. */
export function systemOfBox({ west, south, east, north }: Pick<PlacedGrid, 'west' | 'south' | 'east' | 'north'>, said: string | undefined, context: ReadContext): string | Refusal {
  if (said) return isDegrees(Number(said.replace(/\D+/u, ''))) ? '' : isKnown(said, context) ? said : ['foreign-crs', `${said} is not known here. Convert it first: gdalwarp -t_srs EPSG:4326 in.tif out.tif`];
  const inside = Math.max(Math.abs(west), Math.abs(east)) <= 360 && Math.max(Math.abs(south), Math.abs(north)) <= 90.5;
  return inside ? '' : ['foreign-crs', 'it does not say in which system its places are; say it with --crs FILE@EPSG:…'];
}

/** A grid as the pipeline takes it; or why it cannot be. @param system 'EPSG:…', or '' for degrees */
export function asTable(grid: PlacedGrid, system: string, context: ReadContext, more: Pick<RasterTable, 'name' | 'datum'>): RasterTable | Refusal {
  const way = system === '' ? undefined : context.toDegrees!(system)!;
  const corners = [[grid.west, grid.south], [grid.east, grid.south], [grid.west, grid.north], [grid.east, grid.north]].map(([x, y]) => (way ? way(x, y) : ([x, y] as const)));
  const fault = offEarth(corners);
  if (fault) return fault;
  const raster = way ? inDegrees(grid, way, context.fromDegrees!(system)!) : { kind: 'raster' as const, ...grid };
  return { ...raster, ...(more.name !== undefined && { name: more.name }), ...(more.datum && { datum: more.datum }) };
}

/** Whether corners in degrees span nothing, or lie where no place is. */
export function offEarth(corners: readonly (readonly [number, number] | readonly number[])[]): Refusal | undefined {
  const [lons, lats] = [corners.map(([lon]) => lon), corners.map(([, lat]) => lat)];
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  if (west >= -360.1 && east <= 360.1 && south >= -90.6 && north <= 90.6 && east > west && north > south && east - west <= 360.1) return undefined;
  return ['off-earth', `its corners would lie at ${west.toFixed(4)}, ${south.toFixed(4)} and ${east.toFixed(4)}, ${north.toFixed(4)} degrees, where no place is. Check its reference system (--crs FILE@EPSG:…) and its corner.`];
}

/** A file's name without its folder. */
export function baseName(path: string): string {
  return path.replace(/^.*[/\\]/u, '');
}

/** The system of a file that has no words for it: as the user said it, else by the `.prj` beside it. */
export async function saidSystem(source: Source, context: ReadContext): Promise<string | undefined> {
  if (context.crs) return context.crs;
  const beside = await source.beside('.prj');
  if (!beside || beside.size > MOST_PROJECTION) return undefined;
  const text = new TextDecoder().decode(await beside.bytes());
  const code = systemOf(text);
  return code === undefined ? (isKnown(text, context) ? text : undefined) : `EPSG:${code}`;
}
