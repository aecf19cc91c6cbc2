import { TwinError, type Issue } from '../../engine/errors.ts';
import { checkTilesetFiles } from './check-tileset.ts';
import type { CityFiles } from './city-files.ts';
import { checkImagery, type ImageryEntry } from './imagery.ts';
import { IssueLog } from './issue-log.ts';
import { Look } from './look.ts';
import { checkTerrain } from './terrain.ts';

export interface CityCheckOptions {
  /** Contents of each tileset, and tiles of the terrain, that are looked into; all where absent. */
  readonly sample?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (looked: number) => void;
}

export interface CityCheck {
  readonly issues: Issue[];
  readonly figures: { tilesets: number; subtrees: number; tiles: number; contents: number; terrain: number; pictures: number; files: number; looked: number };
}

interface CatalogueJson {
  readonly layers?: Readonly<Record<string, unknown>>;
}

/** Members of a catalogue's layers that name a file, and what lies beside some of them. */
const NAMES = new Set(['tileset', 'features', 'companion', 'properties', 'quantizedMesh', 'dem']);
const BESIDE: Readonly<Record<string, string>> = { features: 'bin', dem: 'bin' };

/**
 * Looks through all of a city: the files its catalogue names, each tileset with its contents, terrain, pictures; in an archive, its index
 * too. What is no city of ours, but has a `tileset.json`, is looked through as that. @throws {TwinError} `not-found` where there is neither
 */
export async function checkCity(files: CityFiles, options: CityCheckOptions = {}): Promise<CityCheck> {
  const log = new IssueLog();
  const issues: Issue[] = [...((await files.issues?.()) ?? [])];
  const figures = { tilesets: 0, subtrees: 0, tiles: 0, contents: 0, terrain: 0, pictures: 0, files: 0, looked: 0 };
  const layers = await layersOf(files, log);
  for (const [key, path] of namedFiles(layers ?? {})) {
    figures.files++;
    if ((await files.size(path)) === undefined) log.add('file-missing', 'the catalogue names it, and it is not there', path);
    const beside = BESIDE[key] && path.replace(/json$/u, BESIDE[key]);
    if (beside && beside !== path && (await files.size(beside)) === undefined) log.add('file-missing', `it belongs to ${path}, and is not there`, beside);
  }
  const tilesets = await tilesetsOf(files, layers);
  if (layers === undefined && tilesets.length === 0) throw new TwinError('not-found', `${files.where} is no city and no tileset: there is neither a city.json nor a tileset.json in it. Make one with: citymirror tiles build INPUT… -o DIR`, { where: files.where });
  for (const document of tilesets) {
    const before = figures.looked;
    const found = await checkTilesetFiles(files, document, { ...options, onProgress: (looked) => options.onProgress?.(before + looked) });
    issues.push(...found.issues);
    for (const key of ['tilesets', 'subtrees', 'tiles', 'contents'] as const) figures[key] += found.figures[key];
    figures.looked += found.figures.checked;
  }
  const { terrain, imagery } = (layers ?? {}) as { terrain?: { quantizedMesh?: string }; imagery?: ImageryEntry[] };
  if (terrain?.quantizedMesh) {
    const found = await checkTerrain(files, terrain.quantizedMesh, { log, look: new Look(files, log, terrain.quantizedMesh), sample: options.sample, signal: options.signal });
    figures.terrain += found.tiles;
    figures.looked += found.checked;
  }
  for (const entry of Array.isArray(imagery) ? imagery : []) {
    const found = await checkImagery(files, entry, { log, sample: options.sample, signal: options.signal });
    figures.pictures += found.tiles;
    figures.looked += found.checked;
  }
  return { issues: [...issues, ...log.done()], figures };
}

/** undefined where there is no catalogue; empty for one that is broken, which is said. */
async function layersOf(files: CityFiles, log: IssueLog): Promise<Readonly<Record<string, unknown>> | undefined> {
  const bytes = await files.read('city.json');
  if (!bytes) return undefined;
  try {
    const { layers } = JSON.parse(new TextDecoder().decode(bytes)) as CatalogueJson;
    if (typeof layers !== 'object' || layers === null) throw new Error('it has no layers');
    return layers;
  } catch (cause) {
    log.add('json-broken', `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, 'city.json');
    return {};
  }
}

function* namedFiles(layers: Readonly<Record<string, unknown>>): Generator<[key: string, path: string]> {
  for (const layer of Object.values(layers)) {
    if (typeof layer !== 'object' || layer === null) continue;
    for (const [key, value] of Object.entries(layer)) if (NAMES.has(key) && typeof value === 'string') yield [key, value];
  }
}

async function tilesetsOf(files: CityFiles, layers: Readonly<Record<string, unknown>> | undefined): Promise<string[]> {
  const named = [...namedFiles(layers ?? {})].filter(([key]) => key === 'tileset').map(([, path]) => path);
  if ((await files.size('tileset.json')) !== undefined) named.unshift('tileset.json');
  const there = [];
  for (const path of new Set(named)) if ((await files.size(path)) !== undefined) there.push(path);
  return there;
}
