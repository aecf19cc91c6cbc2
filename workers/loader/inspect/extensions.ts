import { isObject, type JsonObject } from './json.ts';
import { Notes, pointed } from './notes.ts';

/** Objects looked into for extensions; a tileset of a million tiles is not walked whole. */
const MOST_OBJECTS = 20_000;

/** Where each extension first stands in a JSON. `whole` is false where the walk was ended early. */
export function extensionsIn(json: JsonObject): { found: Map<string, string>; whole: boolean } {
  const found = new Map<string, string>();
  const stack: [unknown, string][] = [[json, '']];
  let seen = 0;
  for (let next = stack.pop(); next && seen < MOST_OBJECTS; next = stack.pop()) {
    const [value, path] = next;
    if (typeof value !== 'object' || value === null) continue;
    seen++;
    if (isObject(value) && isObject(value.extensions)) for (const name of Object.keys(value.extensions)) if (!found.has(name)) found.set(name, `${path}/extensions/${pointed(name)}`);
    for (const [key, each] of Object.entries(value)) if (key !== 'extras' && typeof each === 'object' && each !== null && !(typeof each[0] === 'number')) stack.push([each, `${path}/${pointed(key)}`]);
  }
  return { found, whole: stack.length === 0 };
}

/** Holds what a file declares against what it has. @param implied extensions that are used without an object of their own */
export function inspectExtensions(json: JsonObject, implied: readonly string[], known: ReadonlySet<string> | null, notes: Notes, complete = true): void {
  const used = notes.names(json, 'extensionsUsed', '');
  const required = notes.names(json, 'extensionsRequired', '');
  const { found, whole } = extensionsIn(json);
  for (const [name, path] of found) if (!used.includes(name)) notes.add(path, `the extension ${name.slice(0, 60)} is not in extensionsUsed`);
  for (const [i, name] of required.entries()) if (!used.includes(name)) notes.add(`/extensionsRequired/${i}`, `${name.slice(0, 60)} is required and not in extensionsUsed`);
  for (const [i, name] of used.entries()) {
    if (whole && complete && !found.has(name) && !implied.includes(name)) notes.add(`/extensionsUsed/${i}`, `${name.slice(0, 60)} is declared and nowhere used`, 'warning');
    else if (known && !known.has(name)) notes.add(`/extensionsUsed/${i}`, `what ${name.slice(0, 60)} adds is not read here`, 'info');
  }
}
