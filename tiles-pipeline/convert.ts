import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { TwinError } from '../engine/errors.ts';
import { catalogueOf, middleOf, type Catalogue, type Declared } from './catalogue.ts';
import { draftsOf } from './cells/assemble.ts';
import { CellsInMemory, type Cells } from './cells/cells.ts';
import { CellsInFolder, holdWork } from './cells/cells-in-folder.ts';
import { buildBuildings } from './cells/city-cells.ts';
import { Crew, withinMemory } from './cells/crew.ts';
import { QueueHands } from './cells/queue-hands.ts';
import type { SourceCredit } from './credits.ts';
import type { ForFile, Placement } from './cli/place.ts';
import type { RasterTable } from './formats/format.ts';
import { encodeAreas, encodePlaces, encodeRoads } from './sinks/companions.ts';
import { FolderSink, type WriteFile } from './sinks/folder-sink.ts';
import type { Sink } from './sinks/sink.ts';
import { sinkFor } from './sinks/sink-for.ts';
import { writeDem, writeTerrain, type TerrainFigures } from './sinks/terrain.ts';
import { newAccount, type Account } from './stages/account.ts';
import type { Gatherer } from './stages/gather.ts';
import { asDem, type Dem } from './stages/ground.ts';
import { mendHoles } from './stages/holes.ts';
import { cellBytes, openInputs, readInputs } from './stages/inputs.ts';
import { layModels, writeModels } from './stages/models.ts';
import { mosaic } from './stages/mosaic.ts';
import { layNetworks, writeNetworks } from './stages/networks.ts';
import { partsOf } from './stages/parts.ts';
import type { Compression } from './tileset/glb.ts';
import { Pictures, type TextureFormat } from './tileset/pictures.ts';
import type { TilesetFigures } from './tileset/tileset.ts';

export { findInputs, wordsOn, type FoundInputs, type LeftOut } from './cli/inputs.ts';
export { parseCover, parseCrs, parsePlace, type ForFile, type Placement } from './cli/place.ts';

/** The stages in order; `overall` runs from 0 to 1 over all of them. */
export type Stage = 'read' | 'ground' | 'tiles' | 'companions' | 'terrain' | 'parts' | 'finish';

export interface Progress {
  readonly stage: Stage;
  /** Share of this stage done, 0…1. */
  readonly fraction: number;
  readonly overall: number;
  /** How much of what is done, where it can be counted: bytes while reading, buildings while building tiles. */
  readonly done?: number;
  readonly total?: number;
  readonly unit?: 'bytes' | 'buildings' | 'features' | 'points' | 'tiles';
}

export interface ConvertOptions {
  /** Files, found out by their content. */
  readonly inputs: readonly string[];
  /** The folder to make or to replace, an archive `NAME.3tz`, or `s3://BUCKET/PREFIX`; it appears whole or not at all. */
  readonly out: string;
  readonly declared?: Declared;
  /** Where inputs without a georeference of their own are put. */
  readonly places?: readonly ForFile<Placement>[];
  /** Reference systems of inputs that do not say theirs: 'EPSG:…'. */
  readonly crs?: readonly ForFile<string>[];
  /** Metres from the ground to the crown of pipes whose depth nobody states (1.2). */
  readonly cover?: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** Writes one file; the disk, when absent. */
  readonly writeFile?: WriteFile;
  /** Child processes that read and build; where it is left out, small inputs need none and large ones get one a core. 0 leaves all to others on the queue. */
  readonly workers?: number;
  /**
   * MiB that all processes together may have resident while features are read and built: fewer and smaller workers keep to it. Height models,
   * pictures, building models and point clouds take what they need besides.
   */
  readonly maxMemory?: number;
  /** Files for servers that send packed ones: `gzip`, `br`, `gzip,br`, each with a level: `gzip:9`. */
  readonly compress?: string;
  /** Address of an object store that is not Amazon's. */
  readonly s3Endpoint?: string;
  /** How contents are compressed (meshopt), and what pictures become (JPEG). */
  readonly compression?: Compression;
  readonly textures?: TextureFormat;
  /** Buildings as implicit tiling: a small `tileset.json` and subtrees, for very large cities. */
  readonly implicit?: boolean;
  /** Normals in contents, for viewers that light nothing without them (ours do). */
  readonly normals?: boolean;
  /** `redis://host:port[/db]`: work is given to whoever takes it there. The work folder and the inputs must be on a disk they share. */
  readonly queue?: string;
  /** Folder of finished pieces of work, from which a build goes on (`<out>.work`). Where workers, a queue or the size of inputs call for none, naming it does. */
  readonly work?: string;
  /** Takes finished pieces away before the build (false). */
  readonly fresh?: boolean;
  /** Whether the work folder stays for the next build (true). */
  readonly keepWork?: boolean;
  /** Told what whoever waits should know while the build goes on: that Redis is away, that nobody takes work. */
  readonly onNotice?: (sentence: string) => void;
}

export interface Report extends Account {
  tileset: TilesetFigures | null;
  models?: TilesetFigures;
  terrain: TerrainFigures | null;
}

export interface Converted {
  readonly report: Report;
  readonly catalogue: Catalogue;
}

/** Shares of the whole each stage takes, about. */
const weights: Readonly<Record<Stage, number>> = { read: 0.3, ground: 0.05, tiles: 0.35, companions: 0.1, terrain: 0.1, parts: 0.08, finish: 0.02 };

/**
 * Turns files into a city folder: 3D Tiles, companions for analysis, terrain, catalogue, report. Problems in the data are collected in
 * `report.issues` and never stop the other inputs; the same inputs give the same bytes.
 * @throws {TwinError} `bad-input` where nothing could be used, `refused` where the disk will not take it, `aborted`
 */
export async function convert(options: ConvertOptions): Promise<Converted> {
  const progress = progressOf(options.onProgress);
  const { signal } = options;
  const account = newAccount();
  const sink = options.writeFile ? new FolderSink(options.out, { put: options.writeFile }) : sinkFor(options.out, { compress: options.compress, endpoint: options.s3Endpoint, signal });
  const parts = partsOf(account);
  const write = (path: string, bytes: Uint8Array): Promise<void> => sink.write(path, bytes);
  let cells: Cells | undefined;
  try {
    await sink.open();
    const inputs = await openInputs(options.inputs, account);
    cells = await cellsFor(cellBytes(inputs), options, sink);
    const { gatherer, rasters, models, readings, credits, surveyed } = await readInputs(inputs, cells, { account, parts }, { crs: options.crs, places: options.places, signal, progress: (done, total) => progress('read', done / total, { done, total, unit: 'bytes' }) });
    const filled = parts.filter((part) => !part.empty);
    if (account.out === 0 && rasters.length === 0 && gatherer.networks.length === 0 && models.length === 0 && filled.length === 0) throw nothingUsable(account);
    const raster = mosaic(rasters, account.issues);
    const dem = raster && groundOf(raster, account);
    progress('ground', 0);
    const boundsOfBuildings = readings.map(({ bounds }) => bounds).reduce(widened, [Infinity, Infinity, -Infinity, -Infinity]);
    const networks = layNetworks(gatherer, dem, options, middleOf(boundsOfBuildings[0] <= boundsOfBuildings[2] ? { bounds: boundsOfBuildings } : undefined, gatherer, dem), account);
    const laid = layModels(models, options.places ?? [], dem, account);
    if (account.out === 0 && !dem && filled.length === 0) throw nothingUsable(account);
    const open = draftsOf({ write, scratch: (path) => scratchFile(sink, path), take: (path, file) => sink.copyFrom(path, file) });
    const buildings = await buildBuildings(cells, readings, { account, dem, models: laid.footprints, compression: options.compression, textures: options.textures, implicit: options.implicit ?? false, normals: options.normals ?? false, write, open, signal, progress: (stage, share) => progress(stage, share) });
    const report: Report = { ...account, tileset: buildings?.figures ?? null, terrain: null };
    await writeCompanions(gatherer, write);
    progress('companions', 1);
    const catalogue = catalogueOf(withDatum(declaredBy(options.declared ?? {}, credits, surveyed), raster, account), buildings, gatherer, dem, account);
    await writeNetworks(networks, options.cover, catalogue, write);
    report.models = await writeModels(laid, buildings?.replaced ?? [], catalogue, { write, signal, compression: options.compression, pictures: new Pictures(options.textures), issues: account.issues });
    if (dem) {
      await writeDem(dem, catalogue.heightDatum, write);
      report.terrain = await writeTerrain(dem, { write, progress: (fraction) => progress('terrain', fraction), signal });
    }
    for (const [order, part] of filled.entries()) await part.write({ account, catalogue, report: report as unknown as Record<string, unknown>, dem, write, progress: (share) => progress('parts', (order + share) / filled.length), signal });
    // Parts count what they write.
    Object.assign(report, account);
    progress('finish', 0);
    await write('report.json', json(report));
    await write('city.json', json(catalogue));
    signal?.throwIfAborted();
    await sink.commit();
    if (cells instanceof CellsInFolder) await (options.keepWork === false ? cells.drop() : cells.tidy());
    progress('finish', 1);
    return { report, catalogue };
  } catch (cause) {
    if (signal?.aborted) throw new TwinError('aborted', 'The build was stopped; nothing was changed.', { cause });
    throw cause;
  } finally {
    await cells?.dispose();
    await Promise.all(parts.map((part) => part.dispose?.()));
    await sink.discard();
  }
}

/** Bytes of features from which on they are read and built by processes of their own. */
const MUCH = 48 * 2 ** 20;
/** Times its bytes that an input takes in the memory of one process. */
const IN_MEMORY = 16;

async function cellsFor(bytes: number, { out, work, workers, maxMemory, queue, fresh, signal, onNotice }: ConvertOptions, sink: Sink): Promise<Cells> {
  const much = maxMemory === undefined ? MUCH : Math.min(MUCH, (maxMemory * 2 ** 20) / IN_MEMORY);
  if (workers === undefined && queue === undefined && work === undefined && bytes < much) return new CellsInMemory(signal);
  const { count, heap } = withinMemory(Math.max(1, workers ?? availableParallelism()), maxMemory, workers !== undefined);
  const path = work ?? workBeside(out);
  const lock = await holdWork(path, fresh);
  try {
    const hands = queue === undefined ? new Crew(count, signal, { heap }) : await QueueHands.open({ url: queue, work: path, workers: workers === 0 ? 0 : count, heap, signal, say: onNotice });
    return new CellsInFolder(path, { hands, lock, signal, take: (file, from) => sink.copyFrom(file, from) });
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}

/** Beside the output; for one that is no folder of this machine, among the temporary ones. */
function workBeside(out: string): string {
  if (!/^[a-z][a-z\d+.-]+:\/\//iu.test(out)) return `${out.replace(/[/\\]+$/u, '')}.work`;
  return join(tmpdir(), `citymirror-${createHash('sha256').update(out).digest('hex').slice(0, 12)}.work`);
}

function scratchFile(sink: Sink, path: string): string {
  const file = join(sink.scratch, path);
  mkdirSync(dirname(resolve(file)), { recursive: true });
  return file;
}

function widened(a: readonly number[], b: readonly number[]): [number, number, number, number] {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** What the files say of themselves goes where nobody declared it; a credit they are owed stands in any case. */
function declaredBy(declared: Declared, credits: readonly SourceCredit[], surveyed: string | null): Declared {
  const owed = credits.filter(({ text }) => !declared.credits?.some((credit) => credit.text === text));
  return { ...declared, surveyDate: declared.surveyDate ?? surveyed, ...(owed.length > 0 && { credits: [...owed, ...(declared.credits ?? [])] }) };
}

/** What heights are above: as declared, else as the height model says itself. Nothing is ever converted. */
function withDatum(declared: Declared, raster: RasterTable | undefined, account: Account): Declared {
  const own = raster?.datum;
  if (own && declared.heightDatum && declared.heightDatum !== own)
    account.issues.push({ code: 'two-datums', severity: 'warning', message: `The height model says that its heights are above ${own}, and ${declared.heightDatum} was declared; the declaration stands and no height was converted. Leave --datum out, or convert the model first.` });
  return { ...declared, heightDatum: declared.heightDatum ?? own };
}

function groundOf(raster: RasterTable, account: Account): Dem | undefined {
  const filled = mendHoles(raster, account.issues);
  account.terrainFilled = Math.max(0, filled);
  return filled < 0 ? undefined : asDem(raster);
}

async function writeCompanions({ roads, areas, places }: Gatherer, write: (path: string, bytes: Uint8Array) => Promise<void>): Promise<void> {
  if (roads.length > 0) await write('roads.fgb', encodeRoads(roads));
  if (areas.length > 0) await write('areas.fgb', encodeAreas(areas));
  if (places.length > 0) await write('places.fgb', encodePlaces(places));
}

function nothingUsable(account: Account): TwinError {
  // The last fault is the one that left nothing: those before it left something.
  const decisive = account.issues.findLast((issue) => issue.severity === 'error')?.message;
  const reasons = Object.entries(account.skipped).map(([reason, count]) => `${count} × ${reason}`);
  if (decisive !== undefined) return new TwinError('bad-input', decisive);
  if (account.inputs.length === 0) return new TwinError('bad-input', 'There is nothing to build: name at least one input file.');
  const names = account.inputs.slice(0, 3).map(({ name }) => name).join(', ');
  const more = account.inputs.length > 3 ? ` and ${account.inputs.length - 3} more` : '';
  const why = reasons.length > 0 ? `nothing in them could be used (${reasons.join(', ')})` : 'they hold no building, model, network, height model or anything else that is read here';
  return new TwinError('bad-input', `Nothing was built of ${names}${more}: ${account.inputs.length === 1 ? why.replace('in them', 'in it').replace('they hold', 'it holds') : why}. citymirror tiles info FILE says what a file holds.`);
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

type Counted = Pick<Progress, 'done' | 'total' | 'unit'>;

function progressOf(report?: (progress: Progress) => void): (stage: Stage, fraction: number, counted?: Counted) => void {
  const stages = Object.keys(weights) as Stage[];
  return (stage, fraction, counted) => {
    const before = stages.slice(0, stages.indexOf(stage)).reduce((sum, name) => sum + weights[name], 0);
    report?.({ stage, fraction, overall: Math.min(1, Math.round((before + weights[stage] * fraction) * 1e9) / 1e9), ...counted });
  };
}
