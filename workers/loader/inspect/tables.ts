import { isCount, isObject, type JsonObject } from './json.ts';
import { classOf, propertiesOf } from './entity.ts';
import { Notes, pointed } from './notes.ts';
import { COMPONENTS, isVariable, TYPES } from './types.ts';

const OFFSETS = ['UINT8', 'UINT16', 'UINT32', 'UINT64'];

/** Looks through property tables, of a subtree or of a glTF. @source 3D Metadata Specification 1.0, "Binary Table Format"; EXT_structural_metadata */
export function inspectTables(tables: unknown, views: readonly unknown[], schema: unknown, notes: Notes, path: string): void {
  for (const [i, table] of notes.list(tables, path, 'propertyTables', true)) {
    const at = `${path}/${i}`;
    const own = classOf(schema, table.class);
    if (typeof table.class !== 'string') notes.add(`${at}/class`, 'class is missing or no text');
    else if (schema && !own) notes.add(`${at}/class`, `the class ${table.class.slice(0, 40)} is not in the schema`);
    if (!isCount(table.count) || table.count === 0) notes.add(`${at}/count`, 'count is no count from 1');
    const properties = propertiesOf(own);
    for (const [name, column] of notes.entries(table.properties, `${at}/properties`, 'properties')) {
      const here = `${at}/properties/${pointed(name)}`;
      if (own && !Object.hasOwn(properties, name)) notes.add(here, `the class has no property ${name.slice(0, 40)}`);
      else inspectColumn(column, properties[name] ?? {}, Number(table.count), views, notes, here);
    }
    for (const [name, property] of Object.entries(properties)) {
      if (property.required === true && !(isObject(table.properties) && name in table.properties)) notes.add(`${at}/properties`, `the required property ${name.slice(0, 40)} is missing`);
    }
  }
}

function inspectColumn(column: JsonObject, property: JsonObject, count: number, views: readonly unknown[], notes: Notes, path: string): void {
  const known = property.type !== undefined;
  const sound = notes.index(column.values, views.length, `${path}/values`, 'values');
  for (const [key, wanted] of [['arrayOffsets', isVariable(property)], ['stringOffsets', property.type === 'STRING']] as const) {
    if (column[key] !== undefined) notes.index(column[key], views.length, `${path}/${key}`, key);
    else if (known && wanted) notes.add(`${path}/${key}`, `${key} is missing, which the property needs`);
  }
  for (const key of ['arrayOffsetType', 'stringOffsetType'] as const) if (column[key] !== undefined && !OFFSETS.includes(column[key] as string)) notes.add(`${path}/${key}`, `${key} is none of ${OFFSETS.join(', ')}`);
  for (const key of ['offset', 'scale', 'min', 'max'] as const) if (column[key] !== undefined && isVariable(property)) notes.add(`${path}/${key}`, `${key} cannot be given for lists of varying length`);
  const bytes = known && !isVariable(property) && property.type !== 'STRING' ? bytesOf(property, count) : null;
  const view = sound ? views[column.values as number] : null;
  if (bytes !== null && isObject(view) && isCount(view.byteLength) && view.byteLength < bytes) notes.add(`${path}/values`, `${count} rows need ${bytes} bytes, the bufferView has ${view.byteLength}`);
}

/** Bytes that a column of fixed size takes; null where it cannot be said. */
function bytesOf(property: JsonObject, count: number): number | null {
  const each = (TYPES[String(property.type)] || 1) * (property.array === true && isCount(property.count) ? property.count : 1);
  if (property.type === 'BOOLEAN') return Math.ceil((count * each) / 8);
  const component = COMPONENTS[String(property.componentType)];
  return component ? count * each * component[0] : null;
}
