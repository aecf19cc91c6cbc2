import type { Issue } from '../../../engine/errors.ts';
import { isCount, isObject, type JsonObject } from './json.ts';

/** Most issues kept of one file. */
const MOST = 100;
const IDENTIFIER = /^[a-zA-Z_]\w*$/u;

/** What was found in one file that is not as its standard has it; each at a JSON pointer. */
export class Notes {
  readonly issues: Issue[] = [];

  add(path: string, message: string, severity: Issue['severity'] = 'error'): void {
    if (this.issues.length < MOST) this.issues.push({ code: 'not-standard', severity, message, path: path || '/' });
  }

  /** Notes a member that is there and not text. */
  text(owner: JsonObject, keys: readonly string[], path: string): void {
    for (const key of keys) if (owner[key] !== undefined && typeof owner[key] !== 'string') this.add(`${path}/${key}`, `${key} is no text`);
  }

  identifier(value: unknown, path: string, name: string): void {
    if (typeof value !== 'string') this.add(path, value === undefined ? `${name} is missing` : `${name} is no text`);
    else if (!IDENTIFIER.test(value)) this.add(path, `${name} '${value.slice(0, 40)}' is not made of letters, digits and _`);
  }

  /** The entries of an object of objects; what is none is noted and left out. */
  entries(value: unknown, path: string, name: string): [string, JsonObject][] {
    if (value === undefined) return [];
    if (!isObject(value)) {
      this.add(path, `${name} is no object`);
      return [];
    }
    return Object.entries(value).filter((entry): entry is [string, JsonObject] => {
      if (isObject(entry[1])) return true;
      this.add(`${path}/${pointed(entry[0])}`, `${entry[0].slice(0, 40)} is no object`);
      return false;
    });
  }

  /** The objects of a list with their places; what is none is noted and left out. An empty list is a fault where it says `filled`. */
  list(value: unknown, path: string, name: string, filled = false): [number, JsonObject][] {
    if (value === undefined) return [];
    if (!Array.isArray(value) || (filled && value.length === 0)) {
      this.add(path, Array.isArray(value) ? `${name} is empty` : `${name} is no list`);
      return [];
    }
    return [...value.entries()].filter((entry): entry is [number, JsonObject] => {
      if (isObject(entry[1])) return true;
      this.add(`${path}/${entry[0]}`, `${name} has an entry that is no object`);
      return false;
    });
  }

  /** Whether a value names an entry of a list of `length`; noted where not. */
  index(value: unknown, length: number, path: string, name: string): value is number {
    if (isCount(value) && value < length) return true;
    this.add(path, value === undefined ? `${name} is missing` : `${name} names none of the ${length} there are`);
    return false;
  }

  /** Notes a list of names that is empty, has something else in it, or one twice. @returns the names */
  names(owner: JsonObject, key: string, path: string): string[] {
    const value = owner[key];
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length === 0) {
      this.add(`${path}/${key}`, Array.isArray(value) ? `${key} is empty` : `${key} is no list`);
      return [];
    }
    for (const [i, each] of value.entries()) {
      if (typeof each !== 'string') this.add(`${path}/${key}/${i}`, `${key} has an entry that is no text`);
      else if (value.indexOf(each) < i) this.add(`${path}/${key}/${i}`, `${key} names ${each.slice(0, 60)} twice`);
    }
    return value.filter((each) => typeof each === 'string');
  }
}

/** A key as it stands in a JSON pointer. @source RFC 6901, section 3 */
export function pointed(key: string): string {
  return key.slice(0, 80).replaceAll('~', '~0').replaceAll('/', '~1');
}
