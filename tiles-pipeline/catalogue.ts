import type { NetworkEntry } from '../workers/models/network/companion.ts';
import type { NetworkKind } from '../workers/models/network/network.ts';
import { creditsOf, type SourceCredit } from './credits.ts';
import type { StoreyEntry } from './sinks/models.ts';
import type { Account } from './stages/account.ts';
import type { BuildingTable } from './stages/buildings.ts';
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
    buildings?: { tileset: string; features: string; companion: string; count: number; cimLevel: 'CIM2'; heights: { min: number; max: number } };
    roads?: { companion: string; count: number };
    areas?: { companion: string; count: number };
    places?: { companion: string; count: number };
    terrain?: { quantizedMesh: string; dem: string };
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

export function catalogueOf(declared: Declared, buildings: BuildingTable, gathered: Gatherer, dem: Dem | undefined, account: Account): Catalogue {
  const bounds = boundsOf(buildings, gathered, dem);
  const layers: Catalogue['layers'] = {};
  if (buildings.count > 0) {
    const heights = buildings.height.reduce((range, value) => ({ min: Math.min(range.min, value), max: Math.max(range.max, value) }), { min: Infinity, max: -Infinity });
    layers.buildings = { tileset: 'tileset.json', features: 'features.json', companion: 'buildings.fgb', count: buildings.count, cimLevel: 'CIM2', heights };
  }
  if (gathered.roads.length > 0) layers.roads = { companion: 'roads.fgb', count: gathered.roads.length };
  if (gathered.areas.length > 0) layers.areas = { companion: 'areas.fgb', count: gathered.areas.length };
  if (gathered.places.length > 0) layers.places = { companion: 'places.fgb', count: gathered.places.length };
  if (dem) layers.terrain = { quantizedMesh: 'terrain/layer.json', dem: 'dem.json' };
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
export function middleOf(buildings: BuildingTable, gathered: Gatherer, dem: Dem | undefined): [number, number] | null {
  const [west, south, east, north] = boundsOf(buildings, gathered, dem);
  return west <= east ? [(west + east) / 2, (south + north) / 2] : null;
}

function boundsOf(buildings: BuildingTable, gathered: Gatherer, dem: Dem | undefined): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (lonlat: ArrayLike<number>): void => {
    for (let i = 0; i < lonlat.length; i += 2) {
      bounds[0] = Math.min(bounds[0], lonlat[i]);
      bounds[1] = Math.min(bounds[1], lonlat[i + 1]);
      bounds[2] = Math.max(bounds[2], lonlat[i]);
      bounds[3] = Math.max(bounds[3], lonlat[i + 1]);
    }
  };
  if (buildings.count > 0) take(buildings.lonlat);
  else if (gathered.roads.length > 0) for (const road of gathered.roads) take(road.line);
  else if (gathered.areas.length > 0) for (const area of gathered.areas) take(area.rings[0]);
  else if (gathered.places.length > 0) for (const { lon, lat } of gathered.places) take([lon, lat]);
  else if (dem) take([dem.west, dem.south, dem.east, dem.north]);
  return bounds;
}
