import { isCount, isObject, type JsonObject } from './json.ts';
import { Notes, pointed } from './notes.ts';
import { semanticProblem } from './semantics.ts';
import { COMPONENTS, isFloat, isVariable, misfit, TYPES } from './types.ts';

/** Looks through a metadata schema. @source 3D Metadata Specification 1.0; OGC 3D Tiles 1.1, schema.schema.json */
export function inspectSchema(schema: unknown, notes: Notes, path: string): void {
  if (!isObject(schema)) {
    notes.add(path, 'the schema is no object');
    return;
  }
  notes.identifier(schema.id, `${path}/id`, 'id');
  notes.text(schema, ['name', 'description', 'version'], path);
  for (const [name, each] of notes.entries(schema.enums, `${path}/enums`, 'enums')) inspectEnum(each, notes, `${path}/enums/${pointed(name)}`, name);
  for (const [name, each] of notes.entries(schema.classes, `${path}/classes`, 'classes')) inspectClass(each, schema.enums, notes, `${path}/classes/${pointed(name)}`, name);
}

function inspectEnum(each: JsonObject, notes: Notes, path: string, name: string): void {
  notes.identifier(name, path, 'the name of the enum');
  notes.text(each, ['name', 'description'], path);
  const type = each.valueType ?? 'UINT16';
  const range = typeof type === 'string' && !type.startsWith('FLOAT') ? COMPONENTS[type] : undefined;
  if (!range) notes.add(`${path}/valueType`, 'valueType is no type of integers');
  if (each.values === undefined) notes.add(`${path}/values`, 'values is missing');
  const names = new Set<unknown>();
  const numbers = new Set<unknown>();
  for (const [i, value] of notes.list(each.values, `${path}/values`, 'values', true)) {
    const at = `${path}/values/${i}`;
    if (typeof value.name !== 'string') notes.add(`${at}/name`, 'name is no text');
    else if (names.has(value.name)) notes.add(`${at}/name`, `the name ${value.name.slice(0, 40)} is there twice`);
    notes.text(value, ['description'], at);
    if (!Number.isInteger(value.value)) notes.add(`${at}/value`, 'value is no integer');
    else if (range && ((value.value as number) < range[1] || (value.value as number) > range[2])) notes.add(`${at}/value`, `${String(value.value)} does not fit into ${String(type)}`);
    else if (numbers.has(value.value)) notes.add(`${at}/value`, `the value ${String(value.value)} is there twice`);
    names.add(value.name);
    numbers.add(value.value);
  }
}

function inspectClass(each: JsonObject, enums: unknown, notes: Notes, path: string, name: string): void {
  notes.identifier(name, path, 'the name of the class');
  notes.text(each, ['name', 'description'], path);
  const semantics = new Set<unknown>();
  for (const [key, property] of notes.entries(each.properties, `${path}/properties`, 'properties')) {
    const at = `${path}/properties/${pointed(key)}`;
    notes.identifier(key, at, 'the name of the property');
    inspectProperty(property, enums, notes, at);
    const problem = semanticProblem(property);
    if (problem) notes.add(`${at}/semantic`, problem.message, problem.unknown ? 'info' : 'error');
    if (property.semantic !== undefined && semantics.has(property.semantic)) notes.add(`${at}/semantic`, `the semantic ${String(property.semantic).slice(0, 40)} is there twice`);
    semantics.add(property.semantic);
  }
}

function inspectProperty(property: JsonObject, enums: unknown, notes: Notes, path: string): void {
  const type = property.type as string;
  const says = (key: string, why: string): void => notes.add(`${path}/${key}`, why);
  notes.text(property, ['name', 'description'], path);
  if (typeof type !== 'string' || !Object.hasOwn(TYPES, type)) return says('type', property.type === undefined ? 'type is missing' : 'type is none of the known');
  const numeric = TYPES[type] > 0;
  const component = property.componentType;
  if (numeric && component === undefined) says('componentType', `componentType is missing, which ${type} needs`);
  else if (!numeric && component !== undefined) says('componentType', `${type} has no componentType`);
  else if (numeric && !(typeof component === 'string' && Object.hasOwn(COMPONENTS, component))) says('componentType', 'componentType is none of the known');
  if (type === 'ENUM') {
    if (typeof property.enumType !== 'string') says('enumType', 'enumType is missing or no text');
    else if (!isObject(enums) || !Object.hasOwn(enums, property.enumType)) says('enumType', `there is no enum ${property.enumType.slice(0, 40)}`);
  } else if (property.enumType !== undefined) says('enumType', `${type} has no enumType`);
  for (const key of ['array', 'normalized', 'required'] as const) if (property[key] !== undefined && typeof property[key] !== 'boolean') says(key, `${key} is neither true nor false`);
  if (property.count !== undefined) {
    if (!isCount(property.count) || property.count < 2) says('count', 'count is no count from 2');
    else if (property.array !== true) says('count', 'count is for lists alone');
  }
  if (property.normalized === true && (!numeric || isFloat(property))) says('normalized', 'only integers can be normalized');
  inspectValues(property, enums, says, notes, path, numeric);
}

/** Offset, scale, bounds, what stands for nothing, and what stands where nothing is given. */
function inspectValues(property: JsonObject, enums: unknown, says: (key: string, why: string) => void, notes: Notes, path: string, numeric: boolean): void {
  const fits = (key: string, like: JsonObject): void => {
    const found = misfit(property[key], like, enums, `${path}/${key}`);
    if (found) notes.add(found[0], `${key}: ${found[1]}`);
  };
  const scaled = isFloat(property) || property.normalized === true;
  // Their numbers are of the value that comes out, whatever is stored.
  const outcome = { ...property, componentType: scaled ? 'FLOAT64' : property.componentType };
  for (const key of ['offset', 'scale', 'min', 'max'] as const) {
    if (property[key] === undefined) continue;
    if (!numeric) says(key, `${key} is for numbers alone`);
    else if ((key === 'offset' || key === 'scale') && !scaled) says(key, `${key} is for floating point and normalized numbers alone`);
    else if (isVariable(property)) says(key, `${key} cannot be given for lists of varying length`);
    else fits(key, outcome);
  }
  if (property.noData !== undefined) {
    if (property.required === true) says('noData', 'a required property has no noData');
    else if (property.type === 'BOOLEAN') says('noData', 'true and false have no noData');
    else fits('noData', property);
  }
  if (property.default !== undefined) {
    if (property.required === true) says('default', 'a required property has no default');
    else fits('default', outcome);
  }
}
