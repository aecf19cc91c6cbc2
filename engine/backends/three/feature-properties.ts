import type { Mesh } from 'three';

interface Metadata {
  getPropertyTableData(tables: number[], rows: number[]): Record<string, unknown>[];
}

/** Properties of the feature a vertex belongs to, from its content's property table; empty where there is none. Typed arrays and big numbers become plain ones. */
export function featureProperties(mesh: Mesh, vertex: number): Record<string, unknown> {
  const metadata = mesh.userData.structuralMetadata as Metadata | undefined;
  const row = mesh.geometry.attributes['_feature_id_0'];
  if (!metadata || !row) return {};
  const [properties] = metadata.getPropertyTableData([0], [Math.round(row.getX(vertex))]);
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties ?? {})) out[name] = typeof value === 'bigint' ? Number(value) : ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
  return out;
}
