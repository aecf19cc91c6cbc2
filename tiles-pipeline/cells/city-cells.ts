import { TwinError } from '../../engine/errors.ts';
import type { BuildingFigures } from '../catalogue.ts';
import type { Account } from '../stages/account.ts';
import { groundOf, type Dem } from '../stages/ground.ts';
import type { Compression } from '../tileset/glb.ts';
import type { TextureFormat } from '../tileset/pictures.ts';
import { FOUNDATION, implicitTiling, tilesetJson, type Node, type TilesetFigures } from '../tileset/tileset.ts';
import { assembleCompanion, assembleFeatures, type Draft } from './assemble.ts';
import { columnsOf, mergeTallies, MOST_COLUMNS } from './attributes.ts';
import type { Cells } from './cells.ts';
import { layoutOf } from './columns.ts';
import { planUnits } from './plan.ts';
import { renamingOf } from './renaming.ts';
import type { ReadSummary, Scheme } from './task.ts';

export interface CityOptions {
  readonly account: Account;
  readonly dem: Dem | undefined;
  /** Outlines of building models on the ground. */
  readonly models: readonly Float64Array[];
  readonly compression?: Compression;
  readonly textures?: TextureFormat;
  readonly implicit: boolean;
  readonly normals: boolean;
  write(path: string, bytes: Uint8Array): Promise<void>;
  open(path: string, size: number): Draft;
  progress(stage: 'tiles' | 'companions', share: number): void;
  readonly signal?: AbortSignal;
}

export interface BuiltBuildings extends BuildingFigures {
  readonly figures: TilesetFigures;
  /** By model: numbers of the buildings it stands for. */
  readonly replaced: number[][];
}

/** Builds all that was read of buildings: tiles, features.bin, buildings.fgb. undefined where there are none. */
export async function buildBuildings(cells: Cells, readings: readonly ReadSummary[], options: CityOptions): Promise<BuiltBuildings | undefined> {
  const plan = planUnits(readings.map(({ extents }) => extents));
  if (!plan) return undefined;
  const { account, dem, models, write, progress, signal } = options;
  const tallies = mergeTallies(readings.map(({ attributes }) => attributes));
  const attributes = columnsOf(tallies);
  if (tallies.length > MOST_COLUMNS) account.issues.push({ code: 'many-attributes', severity: 'info', message: `The buildings have ${tallies.length} different attributes; the ${MOST_COLUMNS} commonest have a column each, the others of a building stand in its column “more”.` });
  const renaming = renamingOf(readings, (k) => cells.ids(k));
  // What decides bytes, and no more: a smallest or largest value may change without a tile changing.
  const scheme: Scheme = { wide: plan.total > 65_535, foundation: dem ? FOUNDATION : 0, attributes: attributes.map(({ name, key, type, words }) => ({ name, key, type, words })), ground: dem ? groundOf(dem).frame : null, models, compression: options.compression ?? 'meshopt', textures: options.textures ?? 'jpeg', implicit: options.implicit, normals: options.normals };
  const { root, units } = await cells.build({ plan, scheme, renaming, dem, progress: (share) => progress('tiles', share) });
  settle(account, units);
  await deliver(cells, root, options);
  const layout = layoutOf(attributes, tallies.length > MOST_COLUMNS);
  const index = await assembleFeatures(cells, units, plan, layout, options);
  await write('features.json', new TextEncoder().encode(`${JSON.stringify(index, null, 1)}\n`));
  progress('companions', 0.4);
  signal?.throwIfAborted();
  await assembleCompanion(cells, units, root.bounds, options);
  progress('companions', 0.8);
  const heights = units.reduce((range, unit) => ({ min: Math.min(range.min, unit.heights.min), max: Math.max(range.max, unit.heights.max) }), { min: Infinity, max: -Infinity });
  return {
    count: units.reduce((sum, { rows }) => sum + rows, 0), bounds: root.bounds, heights, figures: root.figures, lods: [...new Set(units.flatMap(({ lods }) => lods))],
    attributes: attributes.map(({ name, key, type }) => ({ name, key, type })), replaced: models.map((_, m) => units.flatMap((unit) => unit.replaced[m] ?? [])),
  };
}

/** Contents under their names, and the tileset that lists them. */
async function deliver(cells: Cells, root: Node, { implicit, account, write }: CityOptions): Promise<void> {
  const tiling = implicit ? implicitTiling(root) : undefined;
  if (tiling === undefined) {
    await cells.deliver(write, (uri) => uri);
    return write('tileset.json', new TextEncoder().encode(JSON.stringify(tilesetJson(root))));
  }
  if (typeof tiling === 'string') throw new TwinError('bad-input', `The buildings cannot be tiled implicitly: ${tiling}. Build without --implicit.`);
  account.issues.push({ code: 'implicit', severity: 'info', message: 'The buildings are tiled implicitly: tileset.json and subtrees/.' });
  await cells.deliver(write, tiling.pathOf);
  for (const { path, bytes } of tiling.files) await write(path, bytes);
}

/** What only the units could see: buildings that were there twice are no longer out but skipped. */
function settle(account: Account, units: readonly { twice: number; twiceFrom: Account['heights']; repeated: number }[]): void {
  for (const { twice, twiceFrom, repeated } of units) {
    account.ids.repeated += repeated;
    if (twice === 0) continue;
    account.out -= twice;
    account.layers.buildings -= twice;
    account.skipped['the same outline twice'] = (account.skipped['the same outline twice'] ?? 0) + twice;
    for (const source of ['given', 'storeys', 'default'] as const) account.heights[source] -= twiceFrom[source];
  }
}
