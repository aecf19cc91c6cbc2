import { isObject, type JsonObject } from './json.ts';
import { Notes, pointed } from './notes.ts';
import { COMPONENTS, isVariable, misfit } from './types.ts';

/** A property's class in a schema; null where the schema does not have it. */
export function classOf(schema: unknown, name: unknown): JsonObject | null {
  const classes = isObject(schema) ? schema.classes : undefined;
  const own = isObject(classes) && typeof name === 'string' && Object.hasOwn(classes, name) ? classes[name] : null;
  return isObject(own) ? own : null;
}

/** The properties of a class; empty where it has none. */
export function propertiesOf(own: JsonObject | null): Record<string, JsonObject> {
  return own && isObject(own.properties) ? Object.fromEntries(Object.entries(own.properties).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))) : {};
}

/** Looks through a metadata entity: of a tileset, a tile, a content, a group. @param schema null where there is none, undefined where it could not be read */
export function inspectEntity(entity: unknown, schema: unknown, notes: Notes, path: string): void {
  if (!isObject(entity)) return notes.add(path, 'the metadata are no object');
  if (typeof entity.class !== 'string') return notes.add(`${path}/class`, entity.class === undefined ? 'class is missing' : 'class is no text');
  if (schema === null) return notes.add(path, 'there are metadata and no schema');
  if (schema === undefined) return;
  const own = classOf(schema, entity.class);
  if (!own) return notes.add(`${path}/class`, `the class ${entity.class.slice(0, 40)} is not in the schema`);
  const properties = propertiesOf(own);
  const values = entity.properties ?? {};
  if (!isObject(values)) return notes.add(`${path}/properties`, 'properties is no object');
  for (const [name, value] of Object.entries(values)) {
    const at = `${path}/properties/${pointed(name)}`;
    if (!Object.hasOwn(properties, name)) notes.add(at, `the class has no property ${name.slice(0, 40)}`);
    else inspectValue(value, properties[name], isObject(schema) ? schema.enums : undefined, notes, at);
  }
  for (const [name, property] of Object.entries(properties)) {
    if (property.required === true && !(name in values)) notes.add(`${path}/properties/${pointed(name)}`, `the required property ${name.slice(0, 40)} is missing`);
  }
}

function inspectValue(value: unknown, property: JsonObject, enums: unknown, notes: Notes, path: string): void {
  const found = misfit(value, property, enums, path);
  if (found) return notes.add(found[0], found[1]);
  if (isVariable(property)) return;
  const [numbers, min, max] = [value, property.min, property.max].map((each) => flat(each));
  const shown = numbers.map((each, i) => outcomeOf(each, property, i));
  for (const [i, each] of shown.entries()) {
    if (min.length > 0 && each < min[i % min.length]) notes.add(path, `${each} is below the least value of ${min[i % min.length]}`);
    else if (max.length > 0 && each > max[i % max.length]) notes.add(path, `${each} is above the greatest value of ${max[i % max.length]}`);
  }
}

function flat(value: unknown): number[] {
  return (Array.isArray(value) ? value.flat(2) : [value]).filter((each): each is number => typeof each === 'number');
}

/** The number that comes out of a stored one: normalized, scaled, moved. `at` is its place in a vector or list; `own` overrides the property's scale and offset. */
export function outcomeOf(stored: number, property: JsonObject, at: number, own: JsonObject = {}): number {
  const [, , high] = COMPONENTS[String(property.componentType)] ?? [0, 0, 1];
  const unit = property.normalized === true ? Math.max(stored / high, -1) : stored;
  const of = (value: unknown, otherwise: number): number => { const list = flat(value); return list.length > 0 ? list[at % list.length] : otherwise; };
  return unit * of(own.scale ?? property.scale, 1) + of(own.offset ?? property.offset, 0);
}
