import { shownUrl, TwinError } from '../../engine/errors.ts';
import type { NetworkEntry } from './network/companion.ts';
import type { NetworkKind } from './network/network.ts';

export type HeightDatum = 'ellipsoid' | 'egm96' | 'egm2008' | '1985' | 'local' | 'unknown';

export interface CatalogueCredit {
  readonly text: string;
  readonly url?: string;
  readonly licence?: string;
  readonly always?: boolean;
}

/** A storey of a building model. `id` is what the column `storeyId` of its features has. */
export interface CatalogueStorey {
  readonly id: string;
  /** '' for what lies on no storey. */
  readonly name: string;
  /** Metres above the model's own zero; null for what lies on no storey. */
  readonly elevation: number | null;
  /** Index into `models`. */
  readonly model: number;
  readonly count: number;
  /** Elements by class. */
  readonly classes: Readonly<Record<string, number>>;
}

export interface CatalogueModel {
  readonly name: string;
  readonly schema?: string;
  /** False where somebody put it by hand. */
  readonly georeferenced: boolean;
  /** lon, lat in degrees, height in metres. */
  readonly anchor: readonly [number, number, number];
  /** Degrees clockwise from north to the model's y axis. */
  readonly heading: number;
  readonly products: number;
  /** Feature numbers of the buildings it stands for. */
  readonly replaces: readonly number[];
  readonly bounds: readonly [number, number, number, number];
}

/** A height model that the ground is made of. */
export interface CatalogueTerrainSource {
  readonly name: string;
  /** What its heights are above, as the file says. */
  readonly datum: Exclude<HeightDatum, 'local'>;
  /** Metres between its samples. */
  readonly step: number;
  /** Share of the ground that comes from it, 0…1. */
  readonly share: number;
}

export interface CatalogueImagery {
  /** Template with {z}, {x}, {y}. */
  readonly url: string;
  readonly minzoom: number;
  readonly maxzoom: number;
  /** west, south, east, north in degrees. */
  readonly bounds: readonly [number, number, number, number];
  /** Pixels on a side of a tile. */
  readonly tileSize: number;
  readonly credit?: string;
}

/** Point clouds of a city folder, as one tileset. */
export interface CataloguePoints {
  readonly tileset: string;
  readonly count: number;
  /** Points by class. @source ASPRS LAS 1.4 R15, tables 9 and 17 */
  readonly classes: Readonly<Record<string, number>>;
  /** Whether points have colours of their own. */
  readonly colour: boolean;
  /** All but one point in a hundred at either end lie between; null where none has an intensity. */
  readonly intensity: { readonly low: number; readonly high: number } | null;
  /** Metres, likewise. */
  readonly heights: { readonly low: number; readonly high: number };
  /** What the heights are above, as the files name it; null where they do not, or not the same. */
  readonly vertical: string | null;
  /** Metres from a point to the next where all are shown, about. */
  readonly spacing: number;
  readonly bounds: readonly [number, number, number, number];
}

/** The catalogue of a city folder (`city.json`): what is in it, where, and what is not. References are relative to the catalogue. */
export interface CityCatalogue {
  readonly version: 1;
  readonly title?: string | { readonly zh: string; readonly en: string };
  /** west, south, east, north in degrees. */
  readonly bounds: readonly [number, number, number, number];
  /** lon, lat in degrees. */
  readonly center: readonly [number, number];
  /** Vertical datum of every height in the folder, as its input declared it. */
  readonly heightDatum: HeightDatum;
  /** ISO date of the survey; null when the input does not say. */
  readonly surveyDate: string | null;
  /** True for a made-up city: it must be said on screen. */
  readonly synthetic: boolean;
  readonly source: readonly string[];
  /** Whom the data are owed to, as it must be written on the map. */
  readonly credits?: readonly CatalogueCredit[];
  /** 审图号, where the data carry one. */
  readonly reviewNumber?: string;
  readonly layers: {
    readonly buildings?: {
      readonly tileset: string;
      readonly features: string;
      readonly companion: string;
      readonly count: number;
      readonly cimLevel?: string;
      /** Metres of the lowest and the highest building. */
      readonly heights?: { readonly min: number; readonly max: number };
      /** Columns of the data's own: the name in the source and in features.json, the key in the contents' tables. */
      readonly attributes?: readonly { readonly name: string; readonly key: string; readonly type: string }[];
    };
    readonly roads?: { readonly companion: string; readonly count: number };
    readonly areas?: { readonly companion: string; readonly count: number };
    readonly places?: { readonly companion: string; readonly count: number };
    readonly terrain?: { readonly quantizedMesh: string; readonly dem: string; readonly sources?: readonly CatalogueTerrainSource[] };
    /** Pictures of the ground, the lowest first: XYZ tiles in Web Mercator, clear where there is no picture. */
    readonly imagery?: readonly CatalogueImagery[];
    readonly models?: {
      readonly tileset: string;
      readonly features: string;
      readonly properties: string;
      readonly count: number;
      /** Lowest first, model after model. */
      readonly storeys: readonly CatalogueStorey[];
      readonly models: readonly CatalogueModel[];
      readonly cimLevel?: string;
    };
    readonly networks?: { readonly companion: string; readonly kinds: readonly NetworkKind[]; readonly count: number; readonly networks: readonly NetworkEntry[] };
    readonly points?: CataloguePoints;
  };
  /** What the data lack: 'roads', 'terrain', 'areas', 'places', 'buildings'. */
  readonly missing: readonly string[];
}

/** Whether a JSON document is a city's catalogue (and not, say, a tileset). */
export function isCityCatalogue(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'layers' in json && 'bounds' in json && !('root' in json);
}

/** Checks a catalogue and fills what may be left out. @throws TwinError `bad-input` naming what is wrong */
export function readCityCatalogue(json: unknown, url: string): CityCatalogue {
  const where = shownUrl(url);
  const wrong = (what: string): TwinError => new TwinError('bad-input', `${where} is no city catalogue: ${what}. Give the city.json that "citymirror tiles build" wrote.`, { where });
  if (!isCityCatalogue(json)) throw wrong('it has no bounds and layers');
  const city = json as Partial<CityCatalogue>;
  if (city.version !== 1) throw wrong(`its version is ${String(city.version)}, this program reads version 1`);
  const bounds = city.bounds;
  const four = Array.isArray(bounds) && bounds.length === 4 && bounds.every((value) => Number.isFinite(value));
  if (!four || bounds[0] > bounds[2] || bounds[1] > bounds[3]) throw wrong('its bounds are not [west, south, east, north]');
  if (typeof city.layers !== 'object' || city.layers === null) throw wrong('its layers are not an object');
  return {
    ...(city as CityCatalogue),
    center: city.center ?? [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2],
    heightDatum: city.heightDatum ?? 'unknown',
    surveyDate: city.surveyDate ?? null,
    synthetic: city.synthetic === true,
    source: city.source ?? [],
    credits: soundCredits(city.credits),
    reviewNumber: typeof city.reviewNumber === 'string' ? city.reviewNumber : undefined,
    missing: city.missing ?? [],
  };
}

/** Credits as they may be shown: what is no text is left out. */
function soundCredits(given: unknown): CatalogueCredit[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  return given.filter((each) => text(each?.text)).map(({ text: line, url, licence, always }) => ({
    text: line, ...(text(url) && { url }), ...(text(licence) && { licence }), ...(always === true && { always }),
  }));
}
