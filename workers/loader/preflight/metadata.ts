import { isObject, type JsonObject } from './parse-json.ts';

const TYPES = new Set(['SCALAR', 'VEC2', 'VEC3', 'VEC4', 'MAT2', 'MAT3', 'MAT4', 'STRING', 'BOOLEAN', 'ENUM']);
const COMPONENTS = new Set(['INT8', 'UINT8', 'INT16', 'UINT16', 'INT32', 'UINT32', 'INT64', 'UINT64', 'FLOAT32', 'FLOAT64']);

function enumProblem(value: unknown, name: string): string | null {
  if (!isObject(value) || !Array.isArray(value.values) || value.values.length === 0) return `the enum '${name}' has no values`;
  const sound = value.values.every((each) => isObject(each) && typeof each.name === 'string' && Number.isInteger(each.value));
  if (!sound) return `the enum '${name}' has a value without name or number`;
  return value.valueType === undefined || (COMPONENTS.has(String(value.valueType)) && !String(value.valueType).startsWith('FLOAT')) ? null : `the enum '${name}' has an unknown valueType`;
}

function propertyProblem(value: unknown, name: string, enums: JsonObject): string | null {
  if (!isObject(value)) return `the property '${name}' is no object`;
  const type = String(value.type);
  if (!TYPES.has(type)) return `the property '${name}' has an unknown type`;
  const numeric = type === 'SCALAR' || type.startsWith('VEC') || type.startsWith('MAT');
  if (numeric !== (value.componentType !== undefined) || (numeric && !COMPONENTS.has(String(value.componentType)))) return `the property '${name}' has no fitting componentType`;
  if (type === 'ENUM' && !(typeof value.enumType === 'string' && Object.hasOwn(enums, value.enumType))) return `the property '${name}' names an unknown enum`;
  if (value.count !== undefined && !(Number.isInteger(value.count) && (value.count as number) >= 2)) return `the property '${name}' has a bad count`;
  for (const key of ['offset', 'scale', 'min', 'max', 'noData', 'default'] as const) {
    if (value[key] === null || (typeof value[key] === 'object' && !Array.isArray(value[key]) && value[key] !== undefined)) return `the property '${name}' has a bad ${key}`;
  }
  return null;
}

/** Why a metadata schema cannot be used; null when it can. */
export function schemaProblem(schema: unknown): string | null {
  if (!isObject(schema)) return 'the schema is no object';
  if (typeof schema.id !== 'string') return 'the schema has no id';
  const enums = schema.enums ?? {};
  if (!isObject(enums)) return 'the enums are no object';
  for (const [name, value] of Object.entries(enums)) {
    const problem = enumProblem(value, name);
    if (problem) return problem;
  }
  if (schema.classes !== undefined && !isObject(schema.classes)) return 'the classes are no object';
  for (const [className, value] of Object.entries(schema.classes ?? {})) {
    if (!isObject(value) || (value.properties !== undefined && !isObject(value.properties))) return `the class '${className}' is no object`;
    for (const [name, property] of Object.entries(value.properties ?? {})) {
      const problem = propertyProblem(property, name, enums);
      if (problem) return problem;
    }
  }
  return null;
}

function valueProblem(value: unknown, property: JsonObject, enums: JsonObject): boolean {
  const array = property.array === true || property.count !== undefined;
  if (array) return !Array.isArray(value) || (property.count !== undefined && value.length !== property.count);
  switch (property.type) {
    case 'SCALAR': return !(typeof value === 'number' || typeof value === 'string');
    case 'BOOLEAN': return typeof value !== 'boolean';
    case 'STRING': return typeof value !== 'string';
    case 'ENUM': {
      const known = enums[String(property.enumType)] as { values: { name: string }[] };
      return !known.values.some((each) => each.name === value);
    }
    default: {
      const length = String(property.type).startsWith('MAT') ? Number(String(property.type)[3]) ** 2 : Number(String(property.type)[3]);
      return !Array.isArray(value) || value.length !== length || value.some((each) => typeof each !== 'number' && typeof each !== 'string');
    }
  }
}

/** Why a metadata entity (of a tileset, tile, content or group) does not fit its schema; null when it does, or when the schema is elsewhere. */
export function entityProblem(entity: unknown, schema: JsonObject | null): string | null {
  if (!isObject(entity) || typeof entity.class !== 'string') return 'the metadata names no class';
  if (!schema) return null;
  const classes = (schema.classes ?? {}) as Record<string, { properties?: Record<string, JsonObject> }>;
  if (!Object.hasOwn(classes, entity.class)) return `the class '${entity.class}' is not in the schema`;
  const properties = classes[entity.class].properties ?? {};
  if (entity.properties !== undefined && !isObject(entity.properties)) return 'the properties are no object';
  for (const [name, value] of Object.entries(entity.properties ?? {})) {
    if (!Object.hasOwn(properties, name)) return `the property '${name}' is not in the class '${entity.class}'`;
    if (valueProblem(value, properties[name], (schema.enums ?? {}) as JsonObject)) return `the property '${name}' does not have its type's value`;
  }
  for (const [name, property] of Object.entries(properties)) {
    if (property.required === true && !(isObject(entity.properties) && name in entity.properties)) return `the required property '${name}' is missing`;
  }
  return null;
}
