import type { Geometry } from 'geojson';
import { SURFACES, type Solid, type SourceFeature } from '../formats/format.ts';
import { classify, number, type Shape } from '../stages/classify.ts';
import { pipeKind } from '../stages/pipes.ts';
import { n } from './figures.ts';
import { noBounds, widen, type Bounds } from './info-place.ts';

/** What one attribute of the features is, over all of them. */
export interface AttributeInfo {
  name: string;
  /** Features that have it and say something. */
  count: number;
  types: string[];
  /** Of its numbers. */
  min?: number;
  max?: number;
  /** Different values, up to {@link DISTINCT}. */
  distinct: number;
  examples: string[];
}

export interface FeaturesInfo {
  count: number;
  /** What a build makes of them: parts by layer, and by reason where they become nothing. */
  layers: Record<string, number>;
  unused: Record<string, number>;
  geometries: Record<string, number>;
  attributes: AttributeInfo[];
  bounds: Bounds | null;
  /** Metres: of the property that says how high a thing is, of the third coordinate, of bodies above the ground. */
  heights: { stated: Range | null; coordinates: Range | null; bodies: Range | null };
  /** Bodies by level of detail. */
  lods: Record<string, number>;
  triangles: number;
  surfaces: Record<string, number>;
  textures: number;
  withId: number;
}

type Range = [least: number, most: number];

/** Attributes that are listed, values that are told apart, examples that are kept. */
const ATTRIBUTES = 300;
const DISTINCT = 1000;
const EXAMPLES = 3;

interface Attribute {
  count: number;
  readonly types: Set<string>;
  min: number;
  max: number;
  readonly values: Set<string>;
}

/** Adds up what features hold, whatever format they come from. */
export class FeatureTally {
  count = 0;
  readonly #layers = new Map<string, number>();
  readonly #unused = new Map<string, number>();
  readonly #geometries = new Map<string, number>();
  readonly #attributes = new Map<string, Attribute>();
  readonly #bounds = noBounds();
  readonly #stated: Range = [Infinity, -Infinity];
  readonly #third: Range = [Infinity, -Infinity];
  readonly #bodies: Range = [Infinity, -Infinity];
  readonly #lods = new Map<string, number>();
  readonly #surfaces = new Float64Array(SURFACES.length);
  #triangles = 0;
  #textures = 0;
  #withId = 0;

  /** @param file its name is the last hint of what features are */
  add(feature: SourceFeature, file: string): void {
    this.count++;
    if (feature.id !== undefined) this.#withId++;
    const { geometry, properties, solid } = feature;
    bump(this.#geometries, geometry?.type ?? 'none');
    for (const shape of shapesOf(geometry)) this.#verdict(shape, feature, file);
    if (geometry) this.#coordinates(geometry);
    for (const key of Object.keys(properties)) this.#attribute(key, properties[key]);
    stretch(this.#stated, number(properties, 'height'));
    if (solid) this.#body(solid);
  }

  #verdict(shape: Shape, { properties }: SourceFeature, file: string): void {
    if (pipeKind(properties, shape, file)) return bump(this.#layers, 'networks');
    const verdict = classify(properties, shape, file);
    if (verdict.layer === 'none') bump(this.#unused, verdict.reason);
    else bump(this.#layers, `${verdict.layer}s`);
  }

  #coordinates(geometry: Geometry): void {
    if (geometry.type === 'GeometryCollection') {
      if (Array.isArray(geometry.geometries)) for (const part of geometry.geometries) if (part) this.#coordinates(part);
      return;
    }
    const open: unknown[] = [geometry.coordinates];
    while (open.length > 0) {
      const at = open.pop();
      if (!Array.isArray(at)) continue;
      if (typeof at[0] !== 'number') for (const inner of at) open.push(inner);
      else {
        widen(this.#bounds, at[0], Number(at[1]));
        if (typeof at[2] === 'number') stretch(this.#third, at[2]);
      }
    }
  }

  #attribute(name: string, value: unknown): void {
    let own = this.#attributes.get(name);
    if (!own) {
      if (this.#attributes.size >= ATTRIBUTES) return;
      this.#attributes.set(name, (own = { count: 0, types: new Set(), min: Infinity, max: -Infinity, values: new Set() }));
    }
    if (value === null || value === undefined || value === '') return;
    own.count++;
    own.types.add(typeOf(value));
    if (typeof value === 'number') [own.min, own.max] = [Math.min(own.min, value), Math.max(own.max, value)];
    if (own.values.size < DISTINCT) own.values.add(shown(value));
  }

  #body({ lod, triangles, surfaces, positions, texture }: Solid): void {
    bump(this.#lods, lod);
    this.#triangles += triangles.length / 3;
    for (const surface of surfaces) this.#surfaces[surface]++;
    for (let i = 2; i < positions.length; i += 3) stretch(this.#bodies, positions[i]);
    if (texture) this.#textures++;
  }

  done(): FeaturesInfo {
    const range = (of: Range): Range | null => (of[0] <= of[1] ? of : null);
    return {
      count: this.count,
      layers: byCount(this.#layers),
      unused: byCount(this.#unused),
      geometries: byCount(this.#geometries),
      attributes: [...this.#attributes].map(([name, { count, types, min, max, values }]) => ({ name, count, types: [...types].toSorted(), ...(min <= max && { min, max }), distinct: values.size, examples: [...values].slice(0, EXAMPLES) })),
      bounds: this.#bounds[0] <= this.#bounds[2] ? this.#bounds : null,
      heights: { stated: range(this.#stated), coordinates: range(this.#third), bodies: range(this.#bodies) },
      lods: byCount(this.#lods),
      triangles: this.#triangles,
      surfaces: Object.fromEntries(SURFACES.map((name, k) => [name, this.#surfaces[k]] as const).filter(([, count]) => count > 0)),
      textures: this.#textures,
      withId: this.#withId,
    };
  }
}

/** The same for people. */
export function featureLines(info: FeaturesInfo): string[] {
  if (info.count === 0) return [];
  const { stated, coordinates, bodies } = info.heights;
  const heights = [stated && `stated ${range(stated)}`, coordinates && `of its coordinates ${range(coordinates)}`, bodies && `of its bodies ${range(bodies)} above the ground`].filter(Boolean);
  return [
    `${n(info.count)} features (${counts(info.geometries)}), ${info.withId === info.count ? 'each with an id' : info.withId === 0 ? 'none with an id of its own' : `${n(info.withId)} with an id`}`,
    ...(Object.keys(info.layers).length > 0 ? [`become: ${counts(info.layers)}`] : []),
    ...(Object.keys(info.unused).length > 0 ? [`become nothing: ${Object.entries(info.unused).map(([reason, count]) => `${n(count)} × ${reason}`).join(', ')}`] : []),
    `heights: ${heights.length > 0 ? heights.join('; ') : 'none stated'}`,
    ...(info.triangles > 0 ? [`bodies: ${counts(info.lods, 'LoD ')}, ${n(info.triangles)} triangles (${counts(info.surfaces)})${info.textures > 0 ? `, ${n(info.textures)} with pictures on them` : ''}`] : []),
    ...(info.attributes.length > 0 ? [`attributes (${info.attributes.length}):`, ...info.attributes.map((each) => attributeLine(each, info.count))] : ['no attributes']),
  ];
}

function attributeLine({ name, count, types, min, max, distinct, examples }: AttributeInfo, of: number): string {
  const spread = min !== undefined && max !== undefined ? `, ${plain(min)} to ${plain(max)}` : '';
  const values = distinct >= DISTINCT ? `${n(DISTINCT)} and more different` : `${n(distinct)} different`;
  return `  ${name}: ${types.join(' or ') || 'always empty'}${count < of ? `, in ${n(count)}` : ''}${count > 0 ? `, ${values}${spread}: ${examples.join(', ')}` : ''}`;
}

function counts(of: Readonly<Record<string, number>>, before = ''): string {
  return Object.entries(of).map(([name, count]) => `${n(count)} ${before}${name}`).join(', ');
}

function range([least, most]: Range): string {
  return `${plain(least)} to ${plain(most)} m`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(8)));
}

function bump(map: Map<string, number>, key: string, by = 1): void {
  map.set(key, (map.get(key) ?? 0) + by);
}

function byCount(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

function stretch(range: Range, value: number): void {
  if (value < range[0]) range[0] = value;
  if (value > range[1]) range[1] = value;
}

function typeOf(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\d/u.test(value) ? 'date' : 'text';
  if (typeof value === 'boolean') return 'yes/no';
  return Array.isArray(value) ? 'list' : 'object';
}

function shown(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

function shapesOf(geometry: Geometry | null): Shape[] {
  switch (geometry?.type) {
    case 'Polygon':
      return ['polygon'];
    case 'LineString':
      return ['line'];
    case 'Point':
      return ['point'];
    case 'MultiPolygon':
    case 'MultiLineString':
    case 'MultiPoint': {
      const shape = geometry.type === 'MultiPolygon' ? 'polygon' : geometry.type === 'MultiLineString' ? 'line' : 'point';
      return Array.isArray(geometry.coordinates) ? geometry.coordinates.map(() => shape) : [];
    }
    case 'GeometryCollection':
      return Array.isArray(geometry.geometries) ? geometry.geometries.flatMap(shapesOf) : [];
    default:
      return [];
  }
}
