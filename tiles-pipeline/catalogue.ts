import type { NetworkEntry } from '../workers/models/network/companion.ts';
import type { NetworkKind } from '../workers/models/network/network.ts';
import { creditsOf, type SourceCredit } from './credits.ts';
import type { TerrainSource } from './formats/format.ts';
import type { StoreyEntry } from './sinks/models.ts';
import type { Account } from './stages/account.ts';
import type { Gatherer } from './stages/gather.ts';
import type { Dem } from './stages/ground.ts';

export const HEIGHT_DATUMS = ['ellipsoid', 'egm96', 'egm2008', '1985', 'local', 'unknown'] as const;
export type HeightDatum = (typeof HEIGHT_DATUMS)[number];

/** What the makers of the data say about them; nobody can read it from the files. */
export interface Declared {
  title?: string;
  heightDatum?: HeightDatum;
  /** ISO date of the survey. */
  surveyDate?: string | null;
  /** True where the city is made up. */
  synthetic?: boolean;
  source?: string[];
  /** Whom the data are owed to; OpenStreetMap's line is added where a source names it. */
  credits?: SourceCredit[];
  /** 审图号 */
  reviewNumber?: string;
}

/** city.json: what a city folder holds. Readers start here. */
export interface Catalogue {
  version: 1;
  title?: string;
  /** West, south, east, north in degrees: of the buildings, else of whatever there is. */
  bounds: [number, number, number, number];
  center: [number, number];
  heightDatum: HeightDatum;
  surveyDate: string | null;
  synthetic: boolean;
  source: string[];
  credits?: SourceCredit[];
  reviewNumber?: string;
  layers: {
    buildings?: { tileset: string; features: string; companion: string; count: number; cimLevel: string; heights: { min: number; max: number }; attributes?: CatalogueAttribute[] };
    roads?: { companion: string; count: number };
    areas?: { companion: string; count: number };
    places?: { companion: string; count: number };
    terrain?: { quantizedMesh: string; dem: string; sources?: TerrainSource[] };
    /** Pictures of the ground, the lowest first: XYZ tiles in Web Mercator, WebP, clear where there is no picture. */
    imagery?: { url: string; minzoom: number; maxzoom: number; bounds: [number, number, number, number]; tileSize: number; credit?: string }[];
    models?: {
      tileset: string;
      features: string;
      properties: string;
      count: number;
      storeys: StoreyEntry[];
      /** `replaces`: feature numbers of the buildings a model stands for. */
      models: { name: string; schema: string; georeferenced: boolean; anchor: [number, number, number]; heading: number; products: number; replaces: number[]; bounds: [number, number, number, number] }[];
      cimLevel: string;
    };
    networks?: { companion: string; kinds: NetworkKind[]; count: number; networks: NetworkEntry[] };
    points?: {
      tileset: string;
      count: number;
      /** Points by class (ASPRS). */
      classes: Record<string, number>;
      colour: boolean;
      /** All but one in a hundred lie between; null where none has an intensity. */
      intensity: { low: number; high: number } | null;
      heights: { low: number; high: number };
      /** What the heights are above, as the files name it. */
      vertical: string | null;
      /** Metres from a point to the next, about. */
      spacing: number;
      bounds: [number, number, number, number];
    };
  };
  /** Layers the data do not have. */
  missing: string[];
}

/** What the catalogue says of the buildings. */
export interface BuildingFigures {
  readonly count: number;
  readonly bounds: readonly [number, number, number, number];
  readonly heights: { min: number; max: number };
  readonly attributes: readonly CatalogueAttribute[];
  /** Levels of detail of the bodies met; outlines have none. */
  readonly lods: readonly string[];
}

/** A column of the buildings' own attributes: its name in the source and in features.json, and its key in the contents' tables. */
export interface CatalogueAttribute {
  readonly name: string;
  readonly key: string;
  readonly type: string;
}

export function catalogueOf(declared: Declared, buildings: BuildingFigures | undefined, gathered: Gatherer, dem: Dem | undefined, account: Account): Catalogue {
  const bounds = boundsOf(buildings, gathered, dem);
  const layers: Catalogue['layers'] = {};
  if (buildings) {
    const { count, heights, attributes, lods } = buildings;
    layers.buildings = { tileset: 'tileset.json', features: 'features.json', companion: 'buildings.fgb', count, cimLevel: cimLevelOf(lods), heights, ...(attributes.length > 0 && { attributes: [...attributes] }) };
  }
  if (gathered.roads.length > 0) layers.roads = { companion: 'roads.fgb', count: gathered.roads.length };
  if (gathered.areas.length > 0) layers.areas = { companion: 'areas.fgb', count: gathered.areas.length };
  if (gathered.places.length > 0) layers.places = { companion: 'places.fgb', count: gathered.places.length };
  if (dem) layers.terrain = { quantizedMesh: 'terrain/layer.json', dem: 'dem.json', ...(dem.sources && { sources: [...dem.sources] }) };
  const source = declared.source ?? account.inputs.map((input) => input.name);
  const credits = creditsOf(declared.credits ?? [], source);
  return {
    version: 1,
    ...(declared.title && { title: declared.title }),
    bounds,
    center: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2],
    heightDatum: declared.heightDatum ?? 'unknown',
    surveyDate: declared.surveyDate ?? null,
    synthetic: declared.synthetic ?? false,
    source,
    ...(credits.length > 0 && { credits }),
    ...(declared.reviewNumber && { reviewNumber: declared.reviewNumber }),
    layers,
    missing: ['buildings', 'roads', 'areas', 'places', 'terrain'].filter((layer) => !(layer in layers)),
  };
}

/** lon, lat of the middle of all but the networks; null where there is nothing else. */
export function middleOf(buildings: Pick<BuildingFigures, 'bounds'> | undefined, gathered: Gatherer, dem: Dem | undefined): [number, number] | null {
  const [west, south, east, north] = boundsOf(buildings, gathered, dem);
  return west <= east ? [(west + east) / 2, (south + north) / 2] : null;
}

function boundsOf(buildings: Pick<BuildingFigures, 'bounds'> | undefined, gathered: Gatherer, dem: Dem | undefined): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (lonlat: ArrayLike<number>): void => {
    for (let i = 0; i < lonlat.length; i += 2) {
      bounds[0] = Math.min(bounds[0], lonlat[i]);
      bounds[1] = Math.min(bounds[1], lonlat[i + 1]);
      bounds[2] = Math.max(bounds[2], lonlat[i]);
      bounds[3] = Math.max(bounds[3], lonlat[i + 1]);
    }
  };
  if (buildings) take(buildings.bounds);
  else if (gathered.roads.length > 0) for (const road of gathered.roads) take(road.line);
  else if (gathered.areas.length > 0) for (const area of gathered.areas) take(area.rings[0]);
  else if (gathered.places.length > 0) for (const { lon, lat } of gathered.places) take([lon, lat]);
  else if (dem) take([dem.west, dem.south, dem.east, dem.north]);
  return bounds;
}

/** A layer claims no more than the least of its parts: outlines with heights are CIM2, roofs CIM3, openings CIM4. @source CJJ/T 315-2022, 4.2 */
function cimLevelOf(lods: readonly string[]): string {
  const least = Math.min(...(lods.length > 0 ? lods.map((lod) => Number.parseInt(lod, 10) || 1) : [1]));
  return `CIM${Math.min(4, Math.max(2, least + 1))}`;
}
