/** Keys whose texts are a person's, also where they look like a path. */
const WORDS = new Set(['name', 'title', 'source', 'description']);

/**
 * A JSON document that stood in a folder, for a place above it: the paths in it lead into `base`. In a catalogue these are the texts under
 * `layers` that name a file of the output or a pattern of such, in a tileset the `uri` and `schemaUri` of contents, subtrees and schemas.
 * @param base path from the new place to the old, with a slash at its end
 * @param knows whether the output has that file, or files in that folder (with a slash at its end)
 */
export function pointingInto(base: string, path: string, bytes: Uint8Array, knows: (path: string) => boolean): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const moved = path === 'tileset.json' ? movedUris(json, base) : { ...json, layers: movedPaths(json.layers, base, knows) };
  return new TextEncoder().encode(`${JSON.stringify(moved, null, path === 'tileset.json' ? undefined : 1)}\n`);
}

function movedUris(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((each) => movedUris(each, base));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, (key === 'uri' || key === 'schemaUri') && typeof each === 'string' && !/^([a-z][a-z\d+.-]*:|\/)/iu.test(each) ? base + each : movedUris(each, base)]));
}

function movedPaths(value: unknown, base: string, knows: (path: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => movedPaths(each, base, knows));
  if (typeof value === 'string') return leadsToFile(value, knows) ? base + value : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, WORDS.has(key) ? each : movedPaths(each, base, knows)]));
}

/** A file, or a pattern such as `imagery/{z}/{x}/{y}.webp` in a folder of the output. */
function leadsToFile(text: string, knows: (path: string) => boolean): boolean {
  const brace = text.indexOf('{');
  return knows(brace < 0 ? text : text.slice(0, text.lastIndexOf('/', brace) + 1));
}
