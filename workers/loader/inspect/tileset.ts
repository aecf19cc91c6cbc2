import { isObject, isSane, type JsonObject } from './json.ts';
import { classOf, inspectEntity, propertiesOf } from './entity.ts';
import { inspectExtensions } from './extensions.ts';
import { Notes, pointed } from './notes.ts';
import { S2, s2Problem } from './s2.ts';
import { inspectSchema } from './schema.ts';

const GLTF = '3DTILES_content_gltf';
/** Extensions whose meaning is taken into account. */
const KNOWN = new Set([GLTF, S2, '3DTILES_implicit_tiling', '3DTILES_metadata', '3DTILES_multiple_contents', '3DTILES_content_conditional', 'MAXAR_content_geojson', 'MAXAR_content_3tz']);
const MOST_TILES = 20_000;

/**
 * Looks through a tileset for what is not as the standard has it. Nothing is changed or refused here.
 * @param outer the schema that `schemaUri` names; undefined where it is not known
 * @source OGC 3D Tiles 1.1, tileset.schema.json
 */
export function inspectTileset(json: JsonObject, outer: unknown, notes: Notes): void {
  const walk = new TilesetWalk(json, json.schemaUri === undefined ? (json.schema ?? null) : outer, notes);
  walk.head();
  walk.tile(json.root, '/root', true);
  walk.extensions();
}

class TilesetWalk {
  readonly #json: JsonObject;
  readonly #schema: unknown;
  readonly #notes: Notes;
  #tiles = 0;
  #gltf = false;
  #external = false;

  constructor(json: JsonObject, schema: unknown, notes: Notes) {
    this.#json = json;
    this.#schema = schema;
    this.#notes = notes;
  }

  head(): void {
    const json = this.#json;
    const notes = this.#notes;
    if (json.extras !== undefined && !isObject(json.extras)) notes.add('/extras', 'extras is no object', 'warning');
    if (json.schema !== undefined) inspectSchema(json.schema, notes, '/schema');
    for (const [name, range] of notes.entries(json.properties, '/properties', 'properties')) {
      for (const key of ['minimum', 'maximum'] as const) if (!isSane(range[key], Infinity)) notes.add(`/properties/${pointed(name)}/${key}`, range[key] === undefined ? `${key} is missing` : `${key} is no number`);
    }
    if (json.metadata !== undefined) inspectEntity(json.metadata, this.#schema, notes, '/metadata');
    if (json.groups !== undefined) for (const [i, group] of notes.list(json.groups, '/groups', 'groups', true)) inspectEntity(group, this.#schema, notes, `/groups/${i}`);
    if (isObject(json.statistics)) this.#statistics(json.statistics);
    else if (json.statistics !== undefined) notes.add('/statistics', 'statistics is no object');
  }

  #statistics(statistics: JsonObject): void {
    const notes = this.#notes;
    const classes = statistics.classes;
    if (classes === undefined) return;
    if (this.#schema === null) return notes.add('/statistics/classes', 'there are statistics and no schema');
    if (isObject(classes) && Object.keys(classes).length === 0) notes.add('/statistics/classes', 'classes is empty');
    for (const [name, each] of notes.entries(classes, '/statistics/classes', 'classes')) {
      const path = `/statistics/classes/${pointed(name)}`;
      const own = classOf(this.#schema, name);
      if (this.#schema && !own) notes.add(path, `the class ${name.slice(0, 40)} is not in the schema`);
      const known = propertiesOf(own);
      for (const [key] of notes.entries(each.properties, `${path}/properties`, 'properties')) if (own && !Object.hasOwn(known, key)) notes.add(`${path}/properties/${pointed(key)}`, `the class has no property ${key.slice(0, 40)}`);
    }
  }

  tile(tile: unknown, path: string, root = false): void {
    if (!isObject(tile) || ++this.#tiles > MOST_TILES) return;
    const notes = this.#notes;
    if (root && tile.refine === undefined) notes.add(`${path}/refine`, 'refine is missing, which the root needs');
    if (typeof tile.refine === 'string' && tile.refine !== 'ADD' && tile.refine !== 'REPLACE') notes.add(`${path}/refine`, 'refine is neither ADD nor REPLACE', 'warning');
    if (tile.metadata !== undefined) inspectEntity(tile.metadata, this.#schema, notes, `${path}/metadata`);
    if (isObject(tile.boundingVolume)) this.#volume(tile.boundingVolume, `${path}/boundingVolume`);
    const contents: [unknown, string][] = Array.isArray(tile.contents) ? tile.contents.map((each, i) => [each, `${path}/contents/${i}`]) : tile.content === undefined ? [] : [[tile.content, `${path}/content`]];
    for (const [content, at] of contents) this.#content(content, at, isObject(tile.implicitTiling));
    if (isObject(tile.implicitTiling)) this.#implicit(tile, tile.implicitTiling, contents.length, path);
    if (Array.isArray(tile.children)) {
      if (tile.children.length === 0) notes.add(`${path}/children`, 'children is empty', 'warning');
      for (const [i, child] of tile.children.entries()) this.tile(child, `${path}/children/${i}`);
    }
  }

  #volume(volume: JsonObject, path: string): void {
    const s2 = isObject(volume.extensions) ? volume.extensions[S2] : undefined;
    const problem = s2 === undefined ? null : s2Problem(s2);
    if (problem) this.#notes.add(`${path}/extensions/${S2}/${problem[0]}`, problem[1]);
  }

  #content(content: unknown, path: string, implicit: boolean): void {
    if (!isObject(content)) return;
    const uri = content.uri ?? content.url;
    if (typeof uri === 'string') {
      const plain = uri.split(/[?#]/u, 1)[0];
      if (/\.(gltf|glb)$/iu.test(plain)) this.#gltf = true;
      if (/\.json$/iu.test(plain)) this.#external = true;
      if (implicit) for (const [whole, name] of uri.matchAll(/\{(.*?)\}/gu)) if (!/^(level|x|y|z)$/u.test(name)) this.#notes.add(`${path}/uri`, `the template has ${whole.slice(0, 40)}, which stands for nothing`);
    }
    if (content.metadata !== undefined) inspectEntity(content.metadata, this.#schema, this.#notes, `${path}/metadata`);
    if (isObject(content.boundingVolume)) this.#volume(content.boundingVolume, `${path}/boundingVolume`);
  }

  #implicit(tile: JsonObject, tiling: JsonObject, contents: number, path: string): void {
    const notes = this.#notes;
    if (tile.metadata !== undefined) notes.add(`${path}/metadata`, 'a tile with implicitTiling has no metadata of its own');
    if (tile.children !== undefined) notes.add(`${path}/children`, 'a tile with implicitTiling has no children of its own');
    if (contents === 0) notes.add(`${path}/implicitTiling`, 'a tile with implicitTiling and without content draws nothing');
    const uri = isObject(tiling.subtrees) ? tiling.subtrees.uri : undefined;
    const wanted = tiling.subdivisionScheme === 'OCTREE' ? ['level', 'x', 'y', 'z'] : ['level', 'x', 'y'];
    if (typeof uri === 'string') for (const name of wanted) if (!uri.includes(`{${name}}`)) notes.add(`${path}/implicitTiling/subtrees/uri`, `the template has no {${name}}`);
  }

  extensions(): void {
    const json = this.#json;
    const notes = this.#notes;
    const old = isObject(json.asset) && json.asset.version === '1.0';
    inspectExtensions(json, old && this.#gltf ? [GLTF] : [], KNOWN, notes, !this.#external);
    const [used, required] = (['extensionsUsed', 'extensionsRequired'] as const).map((key) => Array.isArray(json[key]) ? json[key] as unknown[] : []);
    if (old && this.#gltf && !used.includes(GLTF)) notes.add('/extensionsUsed', `glTF contents need ${GLTF} in a tileset of version 1.0`);
    else if (old && used.includes(GLTF) && !required.includes(GLTF)) notes.add('/extensionsRequired', `${GLTF} is used and not required`);
    const own = isObject(json.extensions) ? json.extensions[GLTF] : undefined;
    if (!isObject(own)) return;
    const [inUse, needed] = (['extensionsUsed', 'extensionsRequired'] as const).map((key) => notes.names(own, key, `/extensions/${GLTF}`));
    for (const name of needed) if (!inUse.includes(name)) notes.add(`/extensions/${GLTF}/extensionsRequired`, `${name.slice(0, 60)} is required and not in extensionsUsed`);
  }
}
