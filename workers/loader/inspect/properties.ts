import { isCount, isObject, type JsonObject } from './json.ts';
import { outcomeOf } from './entity.ts';
import { scalarsOf, type GltfParts } from './parts.ts';
import { channelsOf, pixelsOf } from './textures.ts';
import { COMPONENTS, TYPES } from './types.ts';

/** The values of a property that a vertex attribute holds. @source EXT_structural_metadata, "Property Attributes" */
export function inspectAttributeValues(property: JsonObject, type: JsonObject, attributes: JsonObject, parts: GltfParts, path: string): void {
  const index = typeof property.attribute === 'string' ? attributes[property.attribute] : undefined;
  if (!isCount(index)) return parts.notes.add(`${path}/attribute`, `a primitive has no attribute ${String(property.attribute).slice(0, 40)}`);
  const values = scalarsOf(index, parts);
  if (values) inspectBounds(values, property, type, parts, path);
}

/** The values of a property that a picture holds. @source EXT_structural_metadata, "Property Textures" */
export async function inspectTextureProperty(property: JsonObject, type: JsonObject, attributes: JsonObject, parts: GltfParts, path: string): Promise<void> {
  const { notes } = parts;
  const bytes = sizeOf(type);
  if (type.type === 'STRING' || bytes > 4 || (type.array === true && !isCount(type.count))) return notes.add(path, `a picture cannot hold ${type.array === true ? 'a list of ' : ''}${String(type.type).slice(0, 10)} of ${String(type.componentType ?? 'text').slice(0, 10)}`);
  const channels = channelsOf(property, attributes, parts, path);
  const pixels = channels && await pixelsOf(property, parts, path);
  if (!channels || !pixels || type.type !== 'SCALAR' || type.array === true || !/^U?INT/u.test(String(type.componentType))) return;
  if (channels.length !== bytes) return notes.add(`${path}/channels`, `${channels.length} channels are named, a value has ${bytes} bytes`);
  const signed = String(type.componentType).startsWith('INT');
  const values = Float64Array.from({ length: pixels.data.length / 4 }, (_, at) => {
    const value = channels.reduce((sum, channel, place) => sum + pixels.data[at * 4 + channel] * 256 ** place, 0);
    return signed && value >= 256 ** bytes / 2 ? value - 256 ** bytes : value;
  });
  inspectBounds(values, property, type, parts, path);
}

function sizeOf(type: JsonObject): number {
  const component = type.type === 'ENUM' ? COMPONENTS.UINT16 : type.type === 'BOOLEAN' ? COMPONENTS.UINT8 : COMPONENTS[String(type.componentType)];
  return (component?.[0] ?? 0) * (TYPES[String(type.type)] || 1) * (type.array === true && isCount(type.count) ? type.count : 1);
}

/** Values lie within the class's bounds, and the property's own bounds are theirs. */
function inspectBounds(stored: Float64Array, property: JsonObject, type: JsonObject, { notes }: GltfParts, path: string): void {
  if (stored.length === 0 || !isObject(type) || type.type !== 'SCALAR') return;
  let [low, high] = [Infinity, -Infinity];
  for (const each of stored) {
    if (each === type.noData) continue;
    const value = outcomeOf(each, type, 0, property);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));
  for (const [key, value, beyond] of [['min', low, (limit: number) => low < limit], ['max', high, (limit: number) => high > limit]] as const) {
    const [limit, own] = [type[key], property[key]];
    if (typeof limit === 'number' && beyond(limit) && !near(value, limit)) notes.add(path, `its values reach ${value}, beyond the ${key} of ${limit} of the class`);
    if (typeof own === 'number' && !near(value, own)) notes.add(`${path}/${key}`, `${key} is ${own}, its values reach ${value}`);
    if (typeof own === 'number' && typeof limit === 'number' && (key === 'min' ? own < limit : own > limit)) notes.add(`${path}/${key}`, `${key} is ${own}, beyond the ${key} of ${limit} of the class`);
  }
}
