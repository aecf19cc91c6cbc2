import type { Geometry } from 'geojson';
import type { Network, NetworkKind } from '../../workers/models/network/network.ts';
import type { SourceFeature } from '../formats/format.ts';
import { countOut, countSkipped, Names, type Account } from './account.ts';
import { classify, nameOf, number, word, type Properties, type Shape, type Verdict } from './classify.ts';
import { cleanRing, crossesItself, LEAST_AREA, squareMetres, turned, type Ring } from './rings.ts';
import { PipeGatherer, pipeKind } from './pipes.ts';
import { roadOf, type Road } from './roads.ts';
import type { AreaKind } from './words.ts';

export interface Area {
  readonly kind: AreaKind;
  readonly name: string;
  /** Outer ring counter-clockwise, then holes clockwise; open. */
  readonly rings: readonly Ring[];
}

export interface Place {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  /** Smaller = more important; 0 where the data do not say. */
  readonly rank: number;
  /** Metres above the ground, of what has a height of its own (trees); absent where the data do not say. */
  readonly height?: number;
  readonly lon: number;
  readonly lat: number;
}

/** Metres: no tree is taller, and what says so has its units wrong. */
const TALLEST_TREE = 120;

/** One geometry of a feature, and what it becomes. */
export interface SortedPart {
  readonly shape: Shape;
  readonly coordinates: unknown;
  readonly pipe: NetworkKind | null;
  readonly verdict: Verdict;
}

/** Takes a feature apart and says of each part what it is. @param file name of the input: the last hint of what its features are */
export function sortedParts({ geometry, properties }: SourceFeature, file: string): SortedPart[] {
  return partsOf(geometry).map(({ shape, coordinates }) => {
    const pipe = pipeKind(properties, shape, file);
    return { shape, coordinates, pipe, verdict: pipe ? { layer: 'none', reason: '' } : classify(properties, shape, file) };
  });
}

/** Sorts what is no building into the city's layers, part by part, and keeps the account. */
export class Gatherer {
  readonly roads: Road[] = [];
  readonly areas: Area[] = [];
  readonly places: Place[] = [];
  /** Networks of files that hold one each. */
  readonly networks: Network[] = [];
  /** Networks that come as single features. */
  readonly pipes = new PipeGatherer();
  readonly #ids: Record<'road' | 'place', Names>;

  constructor(account: Account) {
    this.#ids = { road: new Names(account), place: new Names(account) };
  }

  /** @param file name of the input: prefix of made ids @param account of that input */
  add({ shape, coordinates, pipe, verdict }: SortedPart, feature: SourceFeature, file: string, account: Account): void {
    if (pipe) {
      const left = this.pipes.add(pipe, shape, coordinates, feature, file);
      return left ? countSkipped(account, left.reason) : countOut(account, 'networks');
    }
    const outcome = this.#take(coordinates, verdict, feature, file);
    if (outcome) return countSkipped(account, outcome.reason);
    countOut(account, `${(verdict as { layer: 'road' | 'area' | 'place' }).layer}s`);
  }

  #take(coordinates: unknown, verdict: Verdict, feature: SourceFeature, file: string): { reason: string } | undefined {
    if (verdict.layer === 'road') return this.#road(coordinates, feature, file, verdict.class);
    if (verdict.layer === 'area') return this.#area(coordinates, feature.properties, verdict.kind);
    if (verdict.layer === 'place') return this.#place(coordinates, feature, file, verdict.kind);
    return { reason: verdict.layer === 'none' ? verdict.reason : 'a building that was taken for none' };
  }

  #id(of: 'road' | 'place', feature: SourceFeature, file: string): () => string {
    return () => this.#ids[of].next(idOf(feature), stem(file));
  }

  #road(coordinates: unknown, feature: SourceFeature, file: string, roadClass: Road['class']): { reason: string } | undefined {
    const road = roadOf(coordinates, roadClass, feature.properties, this.#id('road', feature, file));
    if ('reason' in road) return road;
    this.roads.push(road);
    return undefined;
  }

  #area(coordinates: unknown, properties: Properties, kind: AreaKind): { reason: string } | undefined {
    const rings: Ring[] = [];
    for (const [index, positions] of (Array.isArray(coordinates) ? coordinates : []).entries()) {
      const ring = cleanRing(positions);
      const fault = typeof ring === 'string' ? ring : crossesItself(ring) ? 'outline crosses itself' : squareMetres(ring) < LEAST_AREA ? 'outline without area' : undefined;
      if (typeof ring !== 'string' && !fault) rings.push(turned(ring, index === 0));
      else if (index === 0) return { reason: fault ?? 'fewer than three corners' };
    }
    if (rings.length === 0) return { reason: 'fewer than three corners' };
    this.areas.push({ kind, name: nameOf(properties), rings });
    return undefined;
  }

  #place(coordinates: unknown, feature: SourceFeature, file: string, kind: string): { reason: string } | undefined {
    const [lon, lat] = Array.isArray(coordinates) ? (coordinates as unknown[]) : [];
    if (typeof lon !== 'number' || typeof lat !== 'number' || !Number.isFinite(lon + lat)) return { reason: 'coordinates are missing or no numbers' };
    if (Math.abs(lon) > 180 || Math.abs(lat) > 90) return { reason: 'coordinates are outside the degrees of the earth' };
    const rank = [number(feature.properties, 'rank'), number(feature.properties, 'collision_rank')].find((value) => value >= 0) ?? 0;
    const height = kind === 'tree' ? number(feature.properties, 'height') : Number.NaN;
    this.places.push({ id: this.#id('place', feature, file)(), kind, name: nameOf(feature.properties), rank: Math.min(65535, Math.round(rank)), ...(height > 0 && height <= TALLEST_TREE && { height }), lon, lat });
    return undefined;
  }
}

/** The feature's own id, or one of its properties; '' where it has none. */
export function idOf(feature: SourceFeature): string {
  if (feature.id !== undefined && feature.id !== null && feature.id !== '') return String(feature.id);
  return ['id', 'ID', '@id', 'osm_id', 'gml_id', 'fid', 'layer'].map((key) => word(feature.properties, key)).find(Boolean) ?? '';
}

/** The file's name without folder and extension. */
export function stem(file: string): string {
  return file.replace(/^.*[/\\]/, '').replace(/\.[^.]*$/, '');
}

interface Part {
  readonly shape: Shape;
  readonly coordinates: unknown;
}

function many(coordinates: unknown, shape: Shape): Part[] {
  return Array.isArray(coordinates) ? coordinates.map((part: unknown) => ({ shape, coordinates: part })) : [];
}

function partsOf(geometry: Geometry | null): Part[] {
  if (!geometry) return [];
  switch (geometry.type) {
    case 'Polygon':
      return [{ shape: 'polygon', coordinates: geometry.coordinates }];
    case 'MultiPolygon':
      return many(geometry.coordinates, 'polygon');
    case 'LineString':
      return [{ shape: 'line', coordinates: geometry.coordinates }];
    case 'MultiLineString':
      return many(geometry.coordinates, 'line');
    case 'Point':
      return [{ shape: 'point', coordinates: geometry.coordinates }];
    case 'MultiPoint':
      return many(geometry.coordinates, 'point');
    default:
      return Array.isArray(geometry.geometries) ? geometry.geometries.flatMap(partsOf) : [];
  }
}
