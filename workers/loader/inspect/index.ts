import { isObject, type JsonObject } from './json.ts';
import type { Issue } from '../../../engine/errors.ts';
import { inspectGltf } from './gltf.ts';
import { glbParts, inspectLegacy } from './legacy.ts';
import { Notes } from './notes.ts';
import { inspectSchema } from './schema.ts';
import { inspectSubtree, inspectSubtreeBinary, type Tiling } from './subtree.ts';
import { inspectTileset } from './tileset.ts';

export type { Tiling } from './subtree.ts';
export { regionsForCells, S2 } from './s2.ts';

/** A schema in a file of its own: what it holds, or why it cannot be read. */
export type OuterSchema = { readonly json: unknown } | { readonly problem: string };

/** What of a tileset is not as the standard has it. @param outer the schema that `schemaUri` names */
export function tilesetIssues(json: JsonObject, outer: OuterSchema | null): Issue[] {
  const notes = new Notes();
  if (outer && 'problem' in outer) notes.add('/schemaUri', `the schema cannot be read: ${outer.problem}`);
  else if (outer) inspectSchema(outer.json, notes, '/schemaUri#');
  inspectTileset(json, outer && 'json' in outer ? outer.json : undefined, notes);
  return notes.issues;
}

export function schemaIssues(json: unknown): Issue[] {
  const notes = new Notes();
  inspectSchema(json, notes, '');
  return notes.issues;
}

/** What of a subtree is not as the standard has it. @param lengths of a binary subtree's JSON and binary part */
export function subtreeIssues(json: unknown, tiling: Tiling | null, lengths?: readonly [json: number, binary: number]): Issue[] {
  const notes = new Notes();
  if (lengths) inspectSubtreeBinary(...lengths, notes);
  if (isObject(json)) inspectSubtree(json, tiling, notes);
  return notes.issues;
}

/** What of a content is not as the standards have it. @param json of a .gltf; else the models inside the bytes are looked through */
export async function contentIssues(bytes: Uint8Array, json?: JsonObject): Promise<Issue[]> {
  const notes = new Notes();
  if (json) await inspectGltf(json, null, notes);
  else {
    for (const inner of inspectLegacy(bytes, notes)) {
      const parts = glbParts(inner, notes);
      // The pre-flight has read it before: it is JSON, and not too deep.
      const read = parts && (JSON.parse(new TextDecoder().decode(parts.json)) as unknown);
      if (!isObject(read)) continue;
      const own = new Notes();
      await inspectGltf(read, parts?.binary ?? null, own);
      for (const { path, message, severity } of own.issues) notes.add(`${inner.path}${path}`, message, severity);
    }
  }
  return notes.issues;
}
