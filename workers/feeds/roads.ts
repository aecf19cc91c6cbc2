import type { Road } from '../models/road-network.ts';

/** Columns of a roads companion that are used here. */
interface RoadRow {
  readonly geometry: { readonly type: string; readonly coordinates: number[][] | number[][][] };
  readonly properties: Readonly<Record<string, unknown>> | null;
}

/** Roads of a companion (FlatGeobuf, LineString or MultiLineString, WGS 84); lines of a MultiLineString share the road's id. */
export async function readRoads(bytes: ArrayBuffer): Promise<Road[]> {
  const { deserialize } = await import('flatgeobuf/lib/mjs/geojson.js');
  const roads: Road[] = [];
  for await (const feature of deserialize(new Uint8Array(bytes))) {
    const { geometry, properties } = feature as unknown as RoadRow;
    if (geometry.type !== 'LineString' && geometry.type !== 'MultiLineString') continue;
    const lines = (geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates) as number[][][];
    for (const coordinates of lines) {
      roads.push({
        id: String(properties?.id ?? roads.length),
        coordinates,
        class: typeof properties?.class === 'string' ? properties.class : undefined,
        lanes: Number(properties?.lanes) || undefined,
        oneway: properties?.oneway === true,
        speed: Number(properties?.speed) || undefined,
      });
    }
  }
  return roads;
}
