import { readdir } from 'node:fs/promises';
import { TwinError } from '../engine/errors.ts';
import { catalogueOf, middleOf, type Catalogue, type Declared } from './catalogue.ts';
import type { RasterTable, Source, Table } from './formats/format.ts';
import { sniffFormat } from './formats/index.ts';
import { fileSource } from './formats/source.ts';
import { encodeAreas, encodeBuildings, encodePlaces, encodeRoads } from './sinks/companions.ts';
import { encodeFeatures } from './sinks/features.ts';
import { OutputFolder, type WriteFile } from './sinks/output-folder.ts';
import { writeDem, writeTerrain, type TerrainFigures } from './sinks/terrain.ts';
import { countSkipped, newAccount, type Account } from './stages/account.ts';
import { reordered, type BuildingTable } from './stages/buildings.ts';
import { Gatherer } from './stages/gather.ts';
import { asDem, standOnGround, type Dem } from './stages/ground.ts';
import { mendHoles } from './stages/holes.ts';
import type { ForFile, Placement } from './cli/place.ts';
import { saidOf } from './cli/place.ts';
import { fromDegrees, toDegrees } from './stages/projection.ts';
import { layModels, writeModels, type GatheredModel } from './stages/models.ts';
import { layNetworks, writeNetworks } from './stages/networks.ts';
import type { Part } from './stages/part.ts';
import { partsOf } from './stages/parts.ts';
import { hilbertOrder } from './tileset/hilbert.ts';
import { FOUNDATION, writeTileset, type TilesetFigures } from './tileset/tileset.ts';

export { findInputs, wordsOn, type FoundInputs, type LeftOut } from './cli/inputs.ts';
export { parseCover, parseCrs, parsePlace, type ForFile, type Placement } from './cli/place.ts';

/** The stages in order; `overall` runs from 0 to 1 over all of them. */
export type Stage = 'read' | 'ground' | 'tiles' | 'companions' | 'terrain' | 'finish';

export interface Progress {
  readonly stage: Stage;
  /** Share of this stage done, 0…1. */
  readonly fraction: number;
  readonly overall: number;
  /** How far this stage is, counted in `unit`, of `total`; a stage that cannot count says nothing. */
  readonly done?: number;
  readonly total?: number;
  readonly unit?: 'bytes' | 'features' | 'points' | 'tiles' | 'cells';
}

export interface ConvertOptions {
  /** Files, found out by their content. */
  readonly inputs: readonly string[];
  /** The folder to make or to replace; it appears whole or not at all. */
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
const weights: Readonly<Record<Stage, number>> = { read: 0.3, ground: 0.05, tiles: 0.35, companions: 0.1, terrain: 0.18, finish: 0.02 };

/**
 * Turns files into a city folder: 3D Tiles, companions for analysis, terrain, catalogue, report. Problems in the data are collected in
 * `report.issues` and never stop the other inputs; the same inputs give the same bytes.
 * @throws {TwinError} `bad-input` where nothing could be used, `refused` where the disk will not take it, `aborted`
 */
export async function convert(options: ConvertOptions): Promise<Converted> {
  await refuseForeignFolder(options.out);
  const progress = progressOf(options.onProgress);
  const { signal } = options;
  const account = newAccount();
  const folder = new OutputFolder(options.out, options.writeFile);
  const parts = partsOf(account);
  try {
    const { gathered, raster, models } = await readInputs(options, { account, parts }, (fraction) => progress('read', fraction), signal);
    const filled = parts.filter((part) => !part.empty);
    if (account.out === 0 && !raster && gathered.networks.length === 0 && models.length === 0 && filled.length === 0) throw nothingUsable(account);
    const dem = raster && groundOf(raster, account);
    const { table, keys } = inCurveOrder(gathered.buildings.done());
    progress('ground', 0);
    if (dem) standOnGround(table, dem);
    const networks = layNetworks(gathered, dem, options, middleOf(table, gathered, dem), account);
    const laid = layModels(models, options.places ?? [], dem, account);
    if (account.out === 0 && !dem && filled.length === 0) throw nothingUsable(account);
    const report: Report = { ...account, tileset: null, terrain: null };
    const write = (path: string, bytes: Uint8Array): Promise<void> => folder.write(path, bytes);
    if (table.count > 0) report.tileset = await writeTileset(table, keys, { write, progress: (fraction) => progress('tiles', fraction), signal, foundation: dem ? FOUNDATION : 0 });
    await writeCompanions(table, gathered, write, (fraction) => progress('companions', fraction), signal);
    const catalogue = catalogueOf(withDatum(options.declared ?? {}, raster, account), table, gathered, dem, account);
    await writeNetworks(networks, options.cover, catalogue, write);
    report.models = await writeModels(laid, table, catalogue, { write, signal });
    if (dem) {
      await writeDem(dem, catalogue.heightDatum, write);
      report.terrain = await writeTerrain(dem, { write, progress: (fraction) => progress('terrain', fraction), signal });
    }
    for (const part of filled) await part.write({ account, catalogue, report: report as unknown as Record<string, unknown>, dem, write, progress: () => undefined, signal });
    progress('finish', 0);
    await write('report.json', json(report));
    await write('city.json', json(catalogue));
    signal?.throwIfAborted();
    await folder.commit();
    progress('finish', 1);
    return { report, catalogue };
  } catch (cause) {
    if (signal?.aborted) throw new TwinError('aborted', 'The build was stopped; nothing was changed.', { cause });
    throw cause;
  } finally {
    await Promise.all(parts.map((part) => part.dispose?.()));
    await folder.discard();
  }
}

/** A folder is only ever replaced when it is empty or holds a city of ours. */
async function refuseForeignFolder(path: string): Promise<void> {
  const names = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [] as string[];
    throw new TwinError('refused', cause.code === 'ENOTDIR' ? `${path} is a file; choose a folder with -o.` : `${path} cannot be looked into (${cause.message}).`, { where: path, cause });
  });
  if (names.length > 0 && !names.includes('city.json')) throw new TwinError('refused', `${path} holds other files and would be replaced as a whole; choose an empty or a new folder with -o.`, { where: path });
}

async function readInputs({ inputs, crs }: ConvertOptions, { account, parts }: { account: Account; parts: readonly Part[] }, progress: (fraction: number) => void, signal?: AbortSignal): Promise<{ gathered: Gatherer; raster: RasterTable | undefined; models: GatheredModel[] }> {
  const gathered = new Gatherer(account);
  const rasters: RasterTable[] = [];
  const models: GatheredModel[] = [];
  const sources = (await Promise.all(inputs.map((input) => openSource(input, account)))).filter((source) => source !== undefined);
  const total = sources.reduce((sum, source) => sum + source.size, 0) || 1;
  let before = 0;
  for (const source of sources) {
    signal?.throwIfAborted();
    await readOne(source, { gathered, rasters, models, parts }, account, saidOf(crs ?? [], source.name), (read) => progress((before + read) / total), signal);
    before += source.size;
    progress(before / total);
  }
  if (rasters.length > 1) account.issues.push({ code: 'second-terrain', severity: 'warning', message: `There are ${rasters.length} height models; the finest is used. Merge them first to use all: gdal_merge.py -o all.tif one.tif two.tif` });
  const raster = rasters.toSorted((a, b) => stepOf(a) - stepOf(b))[0];
  return { gathered, raster, models };
}

function stepOf(raster: RasterTable): number {
  return (raster.north - raster.south) / (raster.height - 1);
}

async function openSource(input: string, account: Account): Promise<Source | undefined> {
  try {
    return await fileSource(input);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'is not there; check the path' : code === 'EISDIR' ? 'is a folder; name the files in it' : code === 'EACCES' ? 'may not be read: no permission' : `cannot be opened (${message})`;
    account.issues.push({ code: 'unreadable', severity: 'error', message: `${input} ${why}.` });
    return undefined;
  }
}

async function readOne(source: Source, { gathered, rasters, models, parts }: { gathered: Gatherer; rasters: RasterTable[]; models: GatheredModel[]; parts: readonly Part[] }, account: Account, crs: string | undefined, progress: (read: number) => void, signal?: AbortSignal): Promise<void> {
  const format = sniffFormat(source.head);
  const before = { in: account.in, out: account.out };
  if (!format) {
    const message = source.size === 0 ? `${source.name} is empty.` : `${source.name} is of no kind read here; give GeoJSON (.geojson, .geojsonl), a GeoTIFF of heights (.tif), a network (.inp, .json) or a model (.ifc).`;
    account.issues.push({ code: 'unknown-format', severity: 'error', message });
    account.inputs.push({ name: baseName(source.name), format: 'unknown', in: 0, out: 0 });
    return;
  }
  const context = { issues: account.issues, skip: (reason: string, count = 1) => countSkipped(account, reason, count), crs, toDegrees, fromDegrees, signal };
  for await (const table of format.read(source, context)) {
    signal?.throwIfAborted();
    if (table.kind === 'raster') rasters.push(table);
    else if (table.kind === 'network') gathered.networks.push(table.network);
    else if (table.kind === 'model') models.push({ table, file: source.name });
    else if (table.kind !== 'features') await parts.find((part) => part.kind === (table as Table).kind)?.take(table, source);
    else {
      for (const feature of table.features) gathered.add(feature, source.name);
      progress(table.read);
    }
  }
  account.inputs.push({ name: baseName(source.name), format: format.id, in: account.in - before.in, out: account.out - before.out });
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

function inCurveOrder(table: BuildingTable): { table: BuildingTable; keys: Uint32Array } {
  if (table.count === 0) return { table, keys: new Uint32Array() };
  const { order, keys } = hilbertOrder(table.inside);
  return { table: reordered(table, order), keys };
}

async function writeCompanions(table: BuildingTable, gathered: Gatherer, write: (path: string, bytes: Uint8Array) => Promise<void>, progress: (fraction: number) => void, signal?: AbortSignal): Promise<void> {
  if (table.count > 0) {
    const { index, bytes } = encodeFeatures(table);
    await write('features.bin', bytes);
    await write('features.json', json(index));
    progress(0.3);
    signal?.throwIfAborted();
    await write('buildings.fgb', encodeBuildings(table));
  }
  progress(0.7);
  signal?.throwIfAborted();
  if (gathered.roads.length > 0) await write('roads.fgb', encodeRoads(gathered.roads));
  if (gathered.areas.length > 0) await write('areas.fgb', encodeAreas(gathered.areas));
  if (gathered.places.length > 0) await write('places.fgb', encodePlaces(gathered.places));
  progress(1);
}

function nothingUsable(account: Account): TwinError {
  // The last fault is the one that left nothing: those before it left something.
  const decisive = account.issues.findLast((issue) => issue.severity === 'error')?.message;
  const reasons = Object.entries(account.skipped).map(([reason, count]) => `${count} × ${reason}`);
  return new TwinError('bad-input', decisive ?? (reasons.length > 0 ? `Nothing in the inputs could be used: ${reasons.join(', ')}.` : 'There is nothing to build: name at least one input file.'));
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

function progressOf(report?: (progress: Progress) => void): (stage: Stage, fraction: number) => void {
  const stages = Object.keys(weights) as Stage[];
  return (stage, fraction) => {
    const before = stages.slice(0, stages.indexOf(stage)).reduce((sum, name) => sum + weights[name], 0);
    report?.({ stage, fraction, overall: Math.min(1, before + weights[stage] * fraction) });
  };
}

/** The report is served beside the city: it tells no paths of the machine that made it. */
function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, '');
}
