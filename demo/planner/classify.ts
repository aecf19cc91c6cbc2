import type { Feature, Geometry, Position } from 'geojson';

/** What a JSON document is, as far as the page can take it. */
export type Content =
  | { readonly kind: 'scene'; readonly document: unknown }
  | { readonly kind: 'city'; readonly catalogue: unknown }
  | { readonly kind: 'tileset' }
  | { readonly kind: 'geojson'; readonly features: readonly Feature[] }
  /** GeoJSON whose coordinates are not degrees. */
  | { readonly kind: 'projected' }
  | { readonly kind: 'unknown' };

const GEOMETRIES = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon', 'GeometryCollection']);

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function featuresOf(json: Json): Feature[] | null {
  if (json.type === 'FeatureCollection' && Array.isArray(json.features)) {
    const features = json.features.filter((each): each is Json => isObject(each) && each.type === 'Feature' && isObject(each.geometry));
    return features as unknown as Feature[];
  }
  if (json.type === 'Feature' && isObject(json.geometry)) return [json as unknown as Feature];
  if (typeof json.type === 'string' && GEOMETRIES.has(json.type)) return [{ type: 'Feature', properties: {}, geometry: json as unknown as Geometry }];
  return null;
}

/** Every position of a geometry. */
export function positions(geometry: Geometry, visit: (position: Position) => void): void {
  if (geometry.type === 'GeometryCollection') {
    for (const each of geometry.geometries) positions(each, visit);
    return;
  }
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === 'number') visit(value as Position);
    else for (const each of value) walk(each);
  };
  walk(geometry.coordinates);
}

function inDegrees(features: readonly Feature[]): boolean {
  let good = true;
  for (const { geometry } of features) positions(geometry, ([lon, lat]) => {
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) good = false;
  });
  return good;
}

/** west, south, east, north of features in degrees; null when they hold no position. */
export function boundsOf(features: readonly Feature[]): [number, number, number, number] | null {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of features) positions(geometry, ([lon, lat]) => {
    bounds[0] = Math.min(bounds[0], lon);
    bounds[1] = Math.min(bounds[1], lat);
    bounds[2] = Math.max(bounds[2], lon);
    bounds[3] = Math.max(bounds[3], lat);
  });
  return bounds[0] <= bounds[2] ? bounds : null;
}

/** Tells scene documents, city catalogues, tilesets and GeoJSON apart by what they hold, never by their name. */
export function classify(json: unknown): Content {
  if (!isObject(json)) return { kind: 'unknown' };
  const features = featuresOf(json);
  if (features) return features.length > 0 && !inDegrees(features) ? { kind: 'projected' } : { kind: 'geojson', features };
  if (isObject(json.asset) && isObject(json.root)) return { kind: 'tileset' };
  if (isObject(json.layers) && isObject(json.camera)) return { kind: 'scene', document: json };
  if (isObject(json.layers) && Array.isArray(json.bounds)) return { kind: 'city', catalogue: json };
  return { kind: 'unknown' };
}

/** Whether an address is one of pictures for the ground: a tile template, or a WMTS. */
export function isTileService(address: string): boolean {
  return /\{(z|tilematrix)\}/iu.test(address) || /\bwmts\b|wmtscapabilities/iu.test(address);
}
