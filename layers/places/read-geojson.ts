import { TwinError } from '#engine';

/** Places as columns. */
export interface PlaceColumns {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** Words as the data have them. */
  readonly kinds: readonly string[];
  /** [n] the data's own rank, NaN where it has none; higher matters more. */
  readonly ranks: Float32Array;
  /** [3n] lon, lat in degrees, height in metres; NaN where the data have no height. */
  readonly places: Float64Array;
}

interface PointFeature {
  id?: string | number;
  geometry?: { type?: string; coordinates?: unknown } | null;
  properties?: Record<string, unknown> | null;
}

const KIND_KEYS = ['kind', 'place', 'amenity', 'shop', 'tourism', 'railway', 'highway', 'public_transport', 'leisure', 'natural', 'office'];
const NAME_KEYS = ['name', 'name:zh', 'name_zh', '名称', 'Name', 'title', 'name:en'];

function word(properties: Record<string, unknown>, keys: readonly string[]): string {
  for (const key of keys) {
    const value = properties[key];
    if (typeof value === 'string' && value.trim() !== '' && value !== 'no') return value.trim();
  }
  return '';
}

/**
 * The points of a GeoJSON document (RFC 7946); other geometries are counted, not shown.
 * @throws TwinError `bad-input` when it is no GeoJSON
 */
export function readGeoJsonPlaces(json: unknown, where: string): PlaceColumns & { readonly skipped: number } {
  const root = json as { type?: string; features?: PointFeature[] } | null;
  const features = root?.type === 'FeatureCollection' && Array.isArray(root.features) ? root.features : root?.type === 'Feature' ? [root as PointFeature] : null;
  if (!features) throw new TwinError('bad-input', `${where} is no GeoJSON feature collection. Give a city.json or a GeoJSON file of points.`, { where });
  const ids: string[] = [];
  const names: string[] = [];
  const kinds: string[] = [];
  const ranks: number[] = [];
  const places: number[] = [];
  let skipped = 0;
  features.forEach((feature, index) => {
    const properties = feature.properties ?? {};
    const at = feature.geometry?.type === 'Point' ? (feature.geometry.coordinates as number[] | undefined) : undefined;
    if (!Array.isArray(at) || !Number.isFinite(at[0]) || !Number.isFinite(at[1]) || Math.abs(at[0]) > 180 || Math.abs(at[1]) > 90) {
      skipped++;
      return;
    }
    ids.push(String(feature.id ?? properties.id ?? properties['@id'] ?? index));
    names.push(word(properties, NAME_KEYS));
    kinds.push(word(properties, KIND_KEYS));
    ranks.push(typeof properties.rank === 'number' ? properties.rank : Number.NaN);
    places.push(at[0], at[1], Number.isFinite(at[2]) ? at[2] : Number.NaN);
  });
  return { ids, names, kinds, ranks: Float32Array.from(ranks), places: Float64Array.from(places), skipped };
}
