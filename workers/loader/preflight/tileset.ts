import { TwinError, type Issue } from '../../../engine/errors.ts';
import { entityProblem, schemaProblem } from './metadata.ts';
import { isObject, isSane, type JsonObject } from './parse-json.ts';
import { tileProblem, volumeProblem } from './tile.ts';

/** What can be drawn here; a tileset that requires anything else is refused rather than shown wrong. */
const EXTENSIONS = new Set(['3DTILES_content_gltf', '3DTILES_bounding_volume_S2', '3DTILES_implicit_tiling', '3DTILES_metadata', '3DTILES_multiple_contents', '3DTILES_content_conditional', 'MAXAR_content_geojson']);
const TILES_AT_MOST = 1_000_000;

export interface TilesetCheck {
  /** URL of the JSON, fit to be shown. */
  readonly where: string;
  /** Most children of one tile. */
  readonly children: number;
  /** Why a content's URI (as written, relative or not) may not be used; null when it may. */
  readonly uriProblem: (uri: string, template: boolean) => { code: string; message: string } | null;
}

export interface CheckedTileset {
  readonly issues: Issue[];
  /** Parts were taken out: `json` is to be written anew. */
  readonly changed: boolean;
}

/**
 * Looks at a tileset before an engine does, and takes out what would harm one: a bad tile goes with its children, a bad content or bad metadata alone.
 * `json` is changed in place.
 * @throws TwinError `refused` when nothing useful is left, in one sentence
 */
export function checkTileset(json: unknown, check: TilesetCheck): CheckedTileset {
  const refuse = (why: string): never => {
    throw new TwinError('refused', `The tileset ${check.where} cannot be used: ${why}`, { where: check.where });
  };
  if (!isObject(json)) return refuse('it is no JSON object');
  const head = headProblem(json);
  if (head) refuse(head);
  const rootProblem = tileProblem(json.root);
  if (rootProblem) refuse(`/root${rootProblem.startsWith('the tile') ? ': ' : '/'}${rootProblem}`);
  const walk = new Walk(json, check);
  walk.head();
  walk.tile(json.root as JsonObject, '/root', 0);
  return { issues: walk.issues, changed: walk.changed };
}

function headProblem(json: JsonObject): string | null {
  if (!isObject(json.asset)) return '/asset is missing';
  if (!['0.0', '1.0', '1.1'].includes(json.asset.version as string)) return `/asset/version is ${JSON.stringify(json.asset.version) ?? 'missing'}, not 1.0 or 1.1`;
  if (!isSane(json.geometricError, 1e15) || json.geometricError < 0) return '/geometricError is missing or no number ≥ 0';
  if (json.root === undefined) return '/root is missing';
  for (const key of ['extensionsUsed', 'extensionsRequired'] as const) {
    if (json[key] !== undefined && !(Array.isArray(json[key]) && (json[key] as unknown[]).every((each) => typeof each === 'string'))) return `/${key} is no list of names`;
  }
  const missing = ((json.extensionsRequired ?? []) as string[]).find((name) => !EXTENSIONS.has(name));
  return missing ? `/extensionsRequired names ${missing}, which is not supported` : null;
}

class Walk {
  readonly issues: Issue[] = [];
  changed = false;
  readonly #json: JsonObject;
  readonly #check: TilesetCheck;
  #schema: JsonObject | null = null;
  #groups = 0;
  #tiles = 0;

  constructor(json: JsonObject, check: TilesetCheck) {
    this.#json = json;
    this.#check = check;
  }

  #issue(code: string, message: string, path: string): void {
    if (this.issues.length < 100) this.issues.push({ code, severity: 'error', message, path });
  }

  #drop(owner: JsonObject, key: string, code: string, message: string, path: string): void {
    delete owner[key];
    this.changed = true;
    this.#issue(code, message, `${path}/${key}`);
  }

  /** Everything of a tileset but its tiles. */
  head(): void {
    const json = this.#json;
    const asset = json.asset as JsonObject;
    if (asset.gltfUpAxis !== undefined && !/^[xyz]$/i.test(String(asset.gltfUpAxis))) this.#drop(asset, 'gltfUpAxis', 'tileset-head', 'gltfUpAxis is none of X, Y, Z', '/asset');
    if (asset.tilesetVersion !== undefined && typeof asset.tilesetVersion !== 'string') this.#drop(asset, 'tilesetVersion', 'tileset-head', 'tilesetVersion is no text', '/asset');
    for (const key of ['properties', 'extensions'] as const) if (json[key] !== undefined && !isObject(json[key])) this.#drop(json, key, 'tileset-head', `${key} is no object`, '');
    this.#metadataHead();
  }

  #metadataHead(): void {
    const json = this.#json;
    if (json.schemaUri !== undefined) {
      const problem = typeof json.schemaUri === 'string' ? this.#check.uriProblem(json.schemaUri, false) : { code: 'metadata', message: 'schemaUri is no text' };
      if (problem) this.#drop(json, 'schemaUri', problem.code, problem.message, '');
    }
    if (json.schema !== undefined) {
      const problem = json.schemaUri === undefined ? schemaProblem(json.schema) : 'schema and schemaUri exclude each other';
      if (problem) this.#drop(json, 'schema', 'metadata', problem, '');
    }
    this.#schema = isObject(json.schema) ? json.schema : null;
    const schemaGone = json.schema === undefined && json.schemaUri === undefined;
    if (json.groups !== undefined) {
      const bad = !Array.isArray(json.groups) || schemaGone || json.groups.some((group) => entityProblem(group, this.#schema) !== null);
      if (bad) this.#drop(json, 'groups', 'metadata', 'the groups do not fit the schema', '');
      else this.#groups = (json.groups as unknown[]).length;
    }
    if (json.statistics !== undefined && (schemaGone || !isObject(json.statistics) || !this.#statisticsFit(json.statistics))) this.#drop(json, 'statistics', 'metadata', 'the statistics do not fit the schema', '');
    this.#entity(json, '');
  }

  #statisticsFit(statistics: JsonObject): boolean {
    const classes = statistics.classes ?? {};
    if (!isObject(classes)) return false;
    const known = (this.#schema?.classes ?? {}) as JsonObject;
    return Object.entries(classes).every(([name, value]) => isObject(value) && (!this.#schema || Object.hasOwn(known, name)) && (value.properties === undefined || isObject(value.properties)));
  }

  #entity(owner: JsonObject, path: string): void {
    if (owner.metadata === undefined) return;
    const schemaGone = this.#json.schema === undefined && this.#json.schemaUri === undefined;
    const problem = schemaGone ? 'there is no schema' : entityProblem(owner.metadata, this.#schema);
    if (problem) this.#drop(owner, 'metadata', 'metadata', problem, path);
  }

  tile(tile: JsonObject, path: string, depth: number): void {
    this.#tiles++;
    this.#entity(tile, path);
    if (tile.content !== undefined && !this.#content(tile.content, `${path}/content`)) {
      delete tile.content;
      this.changed = true;
    }
    this.#contents(tile, path);
    const tiling = tile.implicitTiling as { subtrees: { uri: string } } | undefined;
    if (tiling) {
      const problem = this.#check.uriProblem(tiling.subtrees.uri, true);
      if (problem) this.#drop(tile, 'implicitTiling', problem.code, problem.message, path);
    }
    this.#children(tile, path, depth);
  }

  #contents(tile: JsonObject, path: string): void {
    if (tile.contents === undefined) return;
    if (!Array.isArray(tile.contents)) return this.#drop(tile, 'contents', 'tile-content', 'contents is no array', path);
    const kept = tile.contents.filter((content, i) => this.#content(content, `${path}/contents/${i}`));
    if (kept.length === tile.contents.length && kept.length > 0) return;
    this.changed = true;
    if (kept.length > 0) tile.contents = kept;
    else delete tile.contents;
  }

  #content(content: unknown, path: string): boolean {
    if (!isObject(content)) return this.#refuse('tile-content', 'the content is no object', path);
    const uri = content.uri ?? content.url;
    if (typeof uri !== 'string') return this.#refuse('tile-content', 'the content has no uri', path);
    const problem = this.#check.uriProblem(uri, /\{(level|x|y|z)\}/.test(uri));
    if (problem) return this.#refuse(problem.code, problem.message, path);
    if (content.boundingVolume !== undefined) {
      const volume = volumeProblem(content.boundingVolume, 'boundingVolume');
      if (volume) this.#drop(content, 'boundingVolume', 'tile-volume', volume, path);
    }
    if (content.group !== undefined && !(Number.isInteger(content.group) && (content.group as number) >= 0 && (content.group as number) < this.#groups)) this.#drop(content, 'group', 'metadata', 'the group is not in the list', path);
    this.#entity(content, path);
    return true;
  }

  #refuse(code: string, message: string, path: string): false {
    this.#issue(code, message, path);
    return false;
  }

  #children(tile: JsonObject, path: string, depth: number): void {
    if (tile.children === undefined) return;
    if (!Array.isArray(tile.children)) return this.#drop(tile, 'children', 'tile-children', 'children is no array', path);
    if (tile.children.length > this.#check.children) return this.#drop(tile, 'children', 'too-many-children', `${tile.children.length} children; at most ${this.#check.children} are taken`, path);
    const kept = tile.children.filter((child: unknown, i) => {
      const problem = this.#tiles >= TILES_AT_MOST ? `more than ${TILES_AT_MOST} tiles` : tileProblem(child);
      return problem === null || this.#refuse('tile', problem, `${path}/children/${i}`);
    }) as JsonObject[];
    if (kept.length !== tile.children.length) {
      this.changed = true;
      if (kept.length > 0) tile.children = kept;
      else delete tile.children;
    }
    for (let i = 0; i < kept.length; i++) this.tile(kept[i], `${path}/children/${i}`, depth + 1);
  }
}
