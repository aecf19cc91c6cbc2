import { isCount, isObject, type JsonObject } from './json.ts';
import { scalarsOf, type GltfParts } from './parts.ts';
import { channelsOf, pixelsOf } from './textures.ts';

/** Looks through the feature ids of a primitive or of instances. @source EXT_mesh_features, EXT_instance_features */
export async function inspectFeatureIds(extension: JsonObject, attributes: JsonObject, metadata: JsonObject | null, parts: GltfParts, path: string): Promise<void> {
  const { notes } = parts;
  if (extension.featureIds === undefined) return notes.add(`${path}/featureIds`, 'featureIds is missing');
  for (const [i, each] of notes.list(extension.featureIds, `${path}/featureIds`, 'featureIds', true)) {
    const at = `${path}/featureIds/${i}`;
    if (!isCount(each.featureCount) || each.featureCount === 0) notes.add(`${at}/featureCount`, each.featureCount === undefined ? 'featureCount is missing' : 'featureCount is no count from 1');
    if (each.nullFeatureId !== undefined && !isCount(each.nullFeatureId)) notes.add(`${at}/nullFeatureId`, 'nullFeatureId is no count');
    if (each.label !== undefined) notes.identifier(each.label, `${at}/label`, 'label');
    const rows = tableRows(each, metadata, parts, at);
    if (each.attribute !== undefined) inspectAttribute(each, attributes, rows, parts, at);
    if (each.texture !== undefined) await inspectTexture(each, attributes, rows, parts, at);
  }
}

/** Rows of the property table that the ids point into; null where they point into none. */
function tableRows(each: JsonObject, metadata: JsonObject | null, { notes }: GltfParts, path: string): number | null {
  if (each.propertyTable === undefined) return null;
  const tables: readonly unknown[] = metadata && Array.isArray(metadata.propertyTables) ? metadata.propertyTables : [];
  if (!notes.index(each.propertyTable, tables.length, `${path}/propertyTable`, 'propertyTable')) return null;
  const table = tables[each.propertyTable];
  return isObject(table) && isCount(table.count) ? table.count : null;
}

function inspectAttribute(each: JsonObject, attributes: JsonObject, rows: number | null, parts: GltfParts, path: string): void {
  const { notes, list } = parts;
  if (!isCount(each.attribute)) return notes.add(`${path}/attribute`, 'attribute is no count');
  const index = attributes[`_FEATURE_ID_${each.attribute}`];
  if (index === undefined) return notes.add(`${path}/attribute`, `there is no attribute _FEATURE_ID_${each.attribute}`);
  const accessor = isCount(index) ? list('accessors')[index] : undefined;
  if (!accessor) return;
  if (accessor.type !== 'SCALAR') notes.add(`${path}/attribute`, `its accessor is of ${String(accessor.type).slice(0, 10)}, not SCALAR`);
  if (accessor.normalized === true) notes.add(`${path}/attribute`, `its accessor is normalized, which an id cannot be`);
  const ids = scalarsOf(index, parts);
  if (ids) inspectIds(ids, each, rows, parts, path);
}

async function inspectTexture(each: JsonObject, attributes: JsonObject, rows: number | null, parts: GltfParts, path: string): Promise<void> {
  if (!isObject(each.texture)) return parts.notes.add(`${path}/texture`, 'texture is no object');
  const channels = channelsOf(each.texture, attributes, parts, `${path}/texture`);
  const pixels = channels && await pixelsOf(each.texture, parts, `${path}/texture`);
  if (!channels || !pixels) return;
  if (Math.max(...channels) >= pixels.channels) return parts.notes.add(`${path}/texture/channels`, `the picture has ${pixels.channels} channels`);
  const ids = Float64Array.from({ length: pixels.data.length / 4 }, (_, at) => channels.reduce((id, channel, place) => id + pixels.data[at * 4 + channel] * 256 ** place, 0));
  inspectIds(ids, each, rows, parts, path);
}

/** Ids lie below the rows of their table, and there are no more different ones than is said. */
function inspectIds(ids: Float64Array, each: JsonObject, rows: number | null, { notes }: GltfParts, path: string): void {
  const different = new Set<number>();
  let wrong = 0;
  for (const id of ids) {
    if (id === each.nullFeatureId) continue;
    different.add(id);
    if (!Number.isInteger(id) || id < 0 || (rows !== null && id >= rows)) wrong++;
  }
  if (wrong > 0) notes.add(path, `${wrong} of ${ids.length} ids point to none of the ${rows ?? 'possible'} rows`);
  if (isCount(each.featureCount) && different.size > each.featureCount) notes.add(`${path}/featureCount`, `featureCount is ${each.featureCount}, ${different.size} different ids are there`);
}
