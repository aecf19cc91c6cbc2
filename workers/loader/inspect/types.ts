import { isObject, type JsonObject } from './json.ts';

/** Bytes of a component and its lowest and highest value; floats are held against nothing. @source 3D Metadata Specification 1.0, "Component Types" */
export const COMPONENTS: Readonly<Record<string, readonly [bytes: number, low: number, high: number]>> = {
  INT8: [1, -128, 127], UINT8: [1, 0, 255], INT16: [2, -32768, 32767], UINT16: [2, 0, 65535], INT32: [4, -2147483648, 2147483647], UINT32: [4, 0, 4294967295],
  INT64: [8, -(2 ** 63), 2 ** 63], UINT64: [8, 0, 2 ** 64], FLOAT32: [4, -Infinity, Infinity], FLOAT64: [8, -Infinity, Infinity],
};
/** Numbers an element has; 0 for what is no number. */
export const TYPES: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16, STRING: 0, BOOLEAN: 0, ENUM: 0 };

export function isVariable(property: JsonObject): boolean {
  return property.array === true && property.count === undefined;
}

export function isFloat(property: JsonObject): boolean {
  return property.componentType === 'FLOAT32' || property.componentType === 'FLOAT64';
}

/** Names of the values of the enum that a property is of. */
export function namesOf(property: JsonObject, enums: unknown): string[] {
  const own = isObject(enums) ? enums[String(property.enumType)] : undefined;
  return isObject(own) && Array.isArray(own.values) ? own.values.map((each) => String(isObject(each) ? each.name : '')) : [];
}

/** Why a value is not of a property's type, and where in it; null when it is. */
export function misfit(value: unknown, property: JsonObject, enums: unknown, path: string): [path: string, why: string] | null {
  if (property.array !== true) return elementMisfit(value, property, enums, path);
  if (!Array.isArray(value)) return [path, 'it is no list'];
  if (property.count !== undefined && value.length !== property.count) return [path, `it has ${value.length} entries, not ${String(property.count)}`];
  for (const [i, each] of value.entries()) {
    const found = elementMisfit(each, property, enums, `${path}/${i}`);
    if (found) return found;
  }
  return null;
}

function elementMisfit(value: unknown, property: JsonObject, enums: unknown, path: string): [string, string] | null {
  const numbers = TYPES[String(property.type)];
  if (property.type === 'STRING') return typeof value === 'string' ? null : [path, 'it is no text'];
  if (property.type === 'BOOLEAN') return typeof value === 'boolean' ? null : [path, 'it is neither true nor false'];
  if (property.type === 'ENUM') return namesOf(property, enums).includes(String(value)) && typeof value === 'string' ? null : [path, `'${String(value).slice(0, 40)}' is no value of the enum`];
  if (numbers === 1) return numberMisfit(value, property, path);
  if (!Array.isArray(value)) return [path, 'it is no list of numbers'];
  if (value.length !== numbers) return [path, `it has ${value.length} numbers, not ${numbers}`];
  for (const [i, each] of value.entries()) {
    const found = numberMisfit(each, property, `${path}/${i}`);
    if (found) return found;
  }
  return null;
}

function numberMisfit(value: unknown, property: JsonObject, path: string): [string, string] | null {
  const wide = property.componentType === 'INT64' || property.componentType === 'UINT64';
  const number = wide && typeof value === 'string' && /^-?\d{1,20}$/u.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) return [path, 'it is no number'];
  const [, low, high] = COMPONENTS[String(property.componentType)] ?? [0, -Infinity, Infinity];
  // Offsets, scales and bounds of a normalized property are fractions.
  return number < low || number > high ? [path, `${number} does not fit into ${String(property.componentType)}`] : null;
}
