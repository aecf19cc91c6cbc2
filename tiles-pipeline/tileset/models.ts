import type { PlacedModel } from '../stages/model-place.ts';
import { cellsOf, type FeatureBox } from './model-cells.ts';
import { modelContent, type ModelPlace, type ModelPlaces, type ModelTilesOptions } from './model-content.ts';
import { Pictures } from './pictures.ts';
import type { Box } from './quantize.ts';
import type { TileJson, TilesetFigures } from './tileset.ts';
import { boxIn, boxVolume, frameAt, loosened, relative, union, type Frame } from './volume.ts';

/** Geometric error of what is missing, in its own sizes: things appear when they are some eight pixels large. */
const MISSING_WEIGHT = 2;
/** Geometric error of a whole model, in its own sizes: it is there while it is two pixels large, for the block it stands for is not. */
const MODEL_WEIGHT = 8;

export type { ModelPlaces, ModelTilesOptions } from './model-content.ts';

/** Carries a model's vertices into its anchor's frame. */
export function placesOf({ table, anchor, linear, offset }: PlacedModel): ModelPlaces {
  const { mesh, features } = table;
  const positions = new Float32Array(mesh.positions.length);
  const boxes: FeatureBox[] = [];
  for (let row = 0; row < features.count; row++) {
    const [min, max]: [number, number, number][] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
    for (let v = mesh.firstVertex[row] * 3; v < mesh.firstVertex[row + 1] * 3; v += 3) {
      const [x, y, z] = [mesh.positions[v], mesh.positions[v + 1], mesh.positions[v + 2]];
      for (let axis = 0; axis < 3; axis++) {
        const value = linear[axis * 3] * x + linear[axis * 3 + 1] * y + linear[axis * 3 + 2] * z + offset[axis];
        positions[v + axis] = value;
        if (value < min[axis]) min[axis] = value;
        if (value > max[axis]) max[axis] = value;
      }
    }
    boxes.push({ row, min, max, vertices: mesh.firstVertex[row + 1] - mesh.firstVertex[row], shell: features.shell[row] === 1 });
  }
  return { frame: frameAt(anchor), positions, boxes };
}

/**
 * Writes models as 3D Tiles 1.1: `models/tileset.json` and `models/tiles/*.glb`. Every feature is in exactly one content; contents of small
 * things are added (ADD) as one comes near. Feature numbers count through all models.
 */
export async function writeModelTileset(models: readonly PlacedModel[], places: readonly ModelPlaces[], options: ModelTilesOptions): Promise<TilesetFigures> {
  const figures: TilesetFigures = { contents: 0, bytes: 0, largest: 0, depth: models.length > 1 ? 4 : 3 };
  const count = models.reduce((sum, { table }) => sum + table.features.count, 0);
  const pictures = options.pictures ?? new Pictures();
  const made: { frame: Frame; box: Box; tile: TileJson }[] = [];
  let first = 0;
  for (const [index, model] of models.entries()) {
    options.signal?.throwIfAborted();
    made.push(await modelTile({ model, place: places[index], first, count, index, pictures, told: new Set() }, figures, options));
    first += model.table.features.count;
    options.progress?.(first / count);
  }
  const root = around(made);
  const span = Math.hypot(...root.box.max.map((value, axis) => value - root.box.min[axis]));
  const tile = { ...root.tile, geometricError: Math.max(root.tile.geometricError, made.length > 1 ? span : 0) };
  const tileset = { asset: { version: '1.1', generator: 'CityMirror' }, geometricError: Math.max(span, tile.geometricError), root: { ...tile, transform: Array.from(root.frame.matrix), refine: 'ADD' } };
  await options.write('models/tileset.json', new TextEncoder().encode(JSON.stringify(tileset)));
  return figures;
}

async function modelTile(part: ModelPlace, figures: TilesetFigures, options: ModelTilesOptions): Promise<{ frame: Frame; box: Box; tile: TileJson }> {
  const cells = cellsOf(part.place.boxes);
  const children: TileJson[] = [];
  const boxes: Box[] = [];
  let largest = 0;
  for (const [k, cell] of cells.entries()) {
    options.signal?.throwIfAborted();
    const { glb, box } = await modelContent(cell, part, options);
    const uri = `tiles/m${part.index}-${k}.glb`;
    await options.write(`models/${uri}`, glb);
    figures.contents++;
    figures.bytes += glb.length;
    figures.largest = Math.max(figures.largest, glb.length);
    const loose = loosened(box);
    const leaf: TileJson = { boundingVolume: { box: boxVolume(loose) }, geometricError: 0, content: { uri } };
    const outer = loosened(loose);
    const error = cell.missing * MISSING_WEIGHT;
    largest = Math.max(largest, error);
    children.push(error === 0 ? leaf : { boundingVolume: { box: boxVolume(outer) }, geometricError: error, children: [leaf] });
    boxes.push(outer);
  }
  const box = loosened(union(boxes));
  const across = Math.hypot(...box.max.map((value, axis) => value - box.min[axis]));
  return { frame: part.place.frame, box, tile: { boundingVolume: { box: boxVolume(box) }, geometricError: Math.max(across * MODEL_WEIGHT, largest), children } };
}

/** One tile around all models; a single model is that tile itself. */
function around(made: readonly { frame: Frame; box: Box; tile: TileJson }[]): { frame: Frame; box: Box; tile: TileJson } {
  const [only] = made;
  if (made.length === 1) return only;
  const placed = made.map((each) => ({ each, matrix: relative(only.frame, each.frame) }));
  const box = loosened(union(placed.map(({ each, matrix }) => boxIn(matrix, each.box))));
  const children = placed.map(({ each, matrix }): TileJson => ({ ...each.tile, transform: Array.from(matrix) }));
  return { frame: only.frame, box, tile: { boundingVolume: { box: boxVolume(box) }, geometricError: Math.max(...children.map((child) => child.geometricError)), children } };
}
