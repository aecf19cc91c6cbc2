import type { Catalogue } from '../catalogue.ts';
import { saidOf, type ForFile, type Placement } from '../cli/place.ts';
import type { ModelTable } from '../formats/model-table.ts';
import { encodeModelFeatures, encodeProperties, storeysOf } from '../sinks/models.ts';
import { placesOf, writeModelTileset, type ModelPlaces, type ModelTilesOptions } from '../tileset/models.ts';
import type { TilesetFigures } from '../tileset/tileset.ts';
import { countOut, countSkipped, Names, type Account } from './account.ts';
import type { Dem } from './ground.ts';
import { placeModel, type PlacedModel } from './model-place.ts';
import { footprintOf, withinModel } from './replaced.ts';

/** A model as it came from a file. */
export interface GatheredModel {
  readonly table: ModelTable;
  /** The input's name in messages. */
  readonly file: string;
}

/** Models that stand somewhere, with their vertices carried there. */
export interface LaidModels {
  readonly models: readonly PlacedModel[];
  readonly places: readonly ModelPlaces[];
  /** Outline of each on the ground. */
  readonly footprints: readonly Float64Array[];
}

/** Gives every model its place; what cannot be placed is counted and said. Ids stay unique through all models. */
export function layModels(gathered: readonly GatheredModel[], said: readonly ForFile<Placement>[], dem: Dem | undefined, account: Account): LaidModels {
  const models: PlacedModel[] = [];
  const names = new Names(account);
  const titles = new Names(account);
  for (const { table, file } of gathered) {
    const own = saidOf(said.filter((each) => each.file !== null), file);
    const placed = placeModel(table, file, { own, all: said.find((each) => each.file === null)?.value }, dem, account.issues);
    if (placed) {
      models.push({ ...placed, table: { ...table, name: titles.next(table.name, 'model'), features: { ...table.features, id: table.features.id.map((id) => names.next(id, table.name)) } } });
      countOut(account, 'elements', table.features.count);
    } else countSkipped(account, 'element of a model without a place', table.features.count);
  }
  const places = models.map(placesOf);
  return { models, places, footprints: models.map((model, k) => footprintOf(model, places[k])) };
}

/** Writes `models/` and names it in the catalogue. @param replaced by model: numbers of the buildings it stands for @returns undefined where there is no model */
export async function writeModels({ models, places }: LaidModels, replaced: readonly (readonly number[])[], catalogue: Catalogue, options: ModelTilesOptions): Promise<TilesetFigures | undefined> {
  if (models.length === 0) return undefined;
  const figures = await writeModelTileset(models, places, options);
  const { index, bytes } = encodeModelFeatures(models, places);
  await options.write('models/features.json', json(index));
  await options.write('models/features.bin', bytes);
  const properties = encodeProperties(models);
  await options.write('models/properties.json', json(properties.index));
  await options.write('models/properties.bin', properties.bytes);
  const count = models.reduce((sum, { table }) => sum + table.features.count, 0);
  catalogue.layers.models = {
    tileset: 'models/tileset.json', features: 'models/features.json', properties: 'models/properties.json', count, storeys: storeysOf(models),
    models: models.map((model, k) => {
      const { table, anchor, heading, georeferenced } = model;
      return { name: table.name, schema: table.schema, georeferenced, anchor: [anchor.lon, anchor.lat, anchor.height], heading: round(heading), products: table.features.count, replaces: [...(replaced[k] ?? [])], bounds: withinModel(places[k]) };
    }),
    cimLevel: lowest(models.map(({ table }) => table.cimLevel)),
  };
  widen(catalogue);
  return figures;
}

function round(degrees: number): number {
  return Math.round(degrees * 1000) / 1000;
}

/** A layer claims no more than the least of its parts. */
function lowest(levels: readonly string[]): string {
  return levels.toSorted()[0];
}

/** The city reaches as far as its models do; where there is nothing else, it is where they are. */
function widen(catalogue: Catalogue): void {
  const { models, buildings, roads, areas, places, terrain } = catalogue.layers;
  const boxes = [...(models?.models.map(({ bounds }) => bounds) ?? []), ...(buildings || roads || areas || places || terrain ? [catalogue.bounds] : [])];
  const [west, south, east, north] = [0, 1, 2, 3].map((side) => boxes.map((box) => box[side]).reduce((a, b) => (side < 2 ? Math.min(a, b) : Math.max(a, b))));
  catalogue.bounds = [west, south, east, north];
  catalogue.center = [(west + east) / 2, (south + north) / 2];
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
