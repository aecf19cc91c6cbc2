import type { Georeference, ModelTable } from '../formats/model-table.ts';
import { placeModel } from '../stages/model-place.ts';
import { n, size } from './figures.ts';

export interface ModelInfo {
  name: string;
  schema: string;
  elements: number;
  triangles: number;
  propertyBytes: number;
  pictures: number;
  /** By its own georeference; null where it has none. */
  stands: { lon: number; lat: number; height: number; heading: number } | null;
  georeference: string | null;
  /** Highest first; the last is what lies on none, where there is such. */
  storeys: { name: string | null; elevation: number | null; count: number; classes: Record<string, number> }[];
}

/** What a model holds and where it stands by itself. */
export function modelInfo(table: ModelTable, path: string): ModelInfo {
  const { features, storeys, mesh, properties } = table;
  const placed = placeModel(table, path, {}, undefined, []);
  const rows = Array.from({ length: features.count }, (_, row) => row);
  const on = (storey: number): { count: number; classes: Record<string, number> } => {
    const own = rows.filter((row) => features.storey[row] === storey);
    const classes = new Map<string, number>();
    for (const row of own) classes.set(features.class[row], (classes.get(features.class[row]) ?? 0) + 1);
    return { count: own.length, classes: Object.fromEntries([...classes].toSorted((a, b) => b[1] - a[1])) };
  };
  const none = on(-1);
  return {
    name: table.name, schema: table.schema, elements: features.count, triangles: mesh.indices.length / 3, propertyBytes: properties.bytes.length, pictures: mesh.texture?.images.length ?? 0,
    stands: placed ? { lon: placed.anchor.lon, lat: placed.anchor.lat, height: placed.anchor.height, heading: placed.heading } : null,
    georeference: table.georeference && georeferenceText(table.georeference),
    storeys: [...storeys.map(({ name, elevation }, k) => ({ name, elevation, ...on(k) })).toReversed(), ...(none.count > 0 ? [{ name: null, elevation: null, ...none }] : [])],
  };
}

export function modelLines({ schema, elements, triangles, propertyBytes, pictures, stands, georeference, storeys }: ModelInfo): string[] {
  const where = stands ? `stands at ${stands.lon.toFixed(6)}, ${stands.lat.toFixed(6)}, ${stands.height.toFixed(2)} m, heading ${stands.heading.toFixed(1)}°` : 'does not say where it stands: build it with --place';
  return [
    `${schema}: ${n(elements)} elements, ${n(triangles)} triangles, ${size(propertyBytes)} of property sets${pictures > 0 ? `, ${pictures} pictures` : ''}`,
    `${where}${georeference ? ` (${georeference})` : ''}`,
    ...storeys.map(({ name, elevation, count, classes }) => `  ${name === null ? 'on no storey' : `${name} (${elevation?.toFixed(2)} m)`}: ${count} elements${count > 0 ? `: ${Object.entries(classes).map(([type, times]) => `${times} ${type}`).join(', ')}` : ''}`),
  ];
}

function georeferenceText(given: Georeference): string {
  return given.kind === 'map' ? `map conversion, ${given.crs.split(';')[0]}` : 'latitude and longitude of its site';
}
