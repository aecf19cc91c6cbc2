import type { Geometry } from 'geojson';
import type { Network } from '../../workers/models/network/network.ts';
import type { SourceFeature } from '../formats/format.ts';
import { countOut, countSkipped, Names, type Account } from './account.ts';
import { BuildingCollector } from './buildings.ts';
import { classify, nameOf, number, word, type Properties, type Shape } from './classify.ts';
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
  readonly lon: number;
  readonly lat: number;
}

interface Part {
  readonly shape: Shape;
  readonly coordinates: unknown;
}

/** Sorts features into the city's layers, part by part, and keeps the account. */
export class Gatherer {
  readonly buildings = new BuildingCollector();
  readonly roads: Road[] = [];
  readonly areas: Area[] = [];
  readonly places: Place[] = [];
  /** Networks of files that hold one each. */
  readonly networks: Network[] = [];
  /** Networks that come as single features. */
  readonly pipes = new PipeGatherer();
  readonly #ids: Record<'building' | 'road' | 'place', Names>;

  constructor(private readonly account: Account) {
    this.#ids = { building: new Names(account), road: new Names(account), place: new Names(account) };
  }

  /** @param file name of the input: prefix of made ids, and the last hint of what its features are */
  add(feature: SourceFeature, file: string): void {
    const parts = partsOf(feature.geometry);
    if (parts.length === 0) return countSkipped(this.account, feature.geometry === null ? 'no geometry' : 'empty geometry');
    for (const part of parts) this.#part(part, feature, file);
  }

  #part(part: Part, feature: SourceFeature, file: string): void {
    const { properties } = feature;
    const pipe = pipeKind(properties, part.shape, file);
    if (pipe) {
      const left = this.pipes.add(pipe, part.shape, part.coordinates, feature, file);
      return left ? countSkipped(this.account, left.reason) : countOut(this.account, 'networks');
    }
    const verdict = classify(properties, part.shape, file);
    const outcome =
      verdict.layer === 'none'
        ? verdict
        : verdict.layer === 'building'
          ? this.#building(part.coordinates, feature, file)
          : verdict.layer === 'road'
            ? this.#road(part.coordinates, feature, file, verdict.class)
            : verdict.layer === 'area'
              ? this.#area(part.coordinates, properties, verdict.kind)
              : this.#place(part.coordinates, feature, file, verdict.kind);
    if (outcome) return countSkipped(this.account, outcome.reason);
    const layer = `${(verdict as { layer: 'building' | 'road' | 'area' | 'place' }).layer}s` as const;
    countOut(this.account, layer);
  }

  #id(of: 'building' | 'road' | 'place', feature: SourceFeature, file: string): () => string {
    return () => this.#ids[of].next(idOf(feature), stem(file));
  }

  #building(coordinates: unknown, feature: SourceFeature, file: string): { reason: string } | undefined {
    const rings = Array.isArray(coordinates) ? coordinates : [];
    const taken = this.buildings.add(rings, feature.properties, this.#id('building', feature, file));
    if (typeof taken !== 'string') return taken;
    this.account.heights[taken]++;
    this.account.holesDropped = this.buildings.holesDropped;
    return undefined;
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
    this.places.push({ id: this.#id('place', feature, file)(), kind, name: nameOf(feature.properties), rank: Math.min(65535, Math.round(rank)), lon, lat });
    return undefined;
  }
}

/** The feature's own id, or one of its properties; '' where it has none. */
function idOf(feature: SourceFeature): string {
  if (feature.id !== undefined && feature.id !== null && feature.id !== '') return String(feature.id);
  return ['id', 'ID', '@id', 'osm_id', 'gml_id', 'fid', 'layer'].map((key) => word(feature.properties, key)).find(Boolean) ?? '';
}

/** The file's name without folder and extension. */
export function stem(file: string): string {
  return file.replace(/^.*[/\\]/, '').replace(/\.[^.]*$/, '');
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
