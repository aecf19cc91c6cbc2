import type { PlacedModel } from '../stages/model-place.ts';
import { encodeContent } from './glb.ts';
import type { ContentMesh } from './mesh.ts';
import { cellsOf, type Cell, type FeatureBox } from './model-cells.ts';
import { packNumbers, packTexts } from './property-table.ts';
import type { Box } from './quantize.ts';
import type { TileJson, TilesetFigures } from './tileset.ts';
import { boxIn, boxVolume, frameAt, loosened, relative, union, type Frame } from './volume.ts';

/** Metres between two steps of a position: half a millimetre off at most, a millimetre in contents beyond 64 m; wider ones keep float32. */
const STEP = { finest: 2 ** -10, coarsest: 2 ** -9 };
/** Geometric error of what is missing, in its own sizes: things appear when they are some eight pixels large. */
const MISSING_WEIGHT = 2;
/** Geometric error of a whole model, in its own sizes: it is there while it is two pixels large, for the block it stands for is not. */
const MODEL_WEIGHT = 8;

/** A model's features in metres east, north, up of its anchor. */
export interface ModelPlaces {
  readonly frame: Frame;
  /** [3 × vertices] */
  readonly positions: Float32Array;
  readonly boxes: readonly FeatureBox[];
}

export interface ModelTilesOptions {
  write(path: string, bytes: Uint8Array): Promise<void>;
  progress?(share: number): void;
  signal?: AbortSignal;
}

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
  const made: { frame: Frame; box: Box; tile: TileJson }[] = [];
  let first = 0;
  for (const [index, model] of models.entries()) {
    options.signal?.throwIfAborted();
    made.push(await modelTile({ model, place: places[index], first, count, index }, figures, options));
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

interface Part {
  readonly model: PlacedModel;
  readonly place: ModelPlaces;
  /** Number of the model's first feature in the dataset, and how many there are in all. */
  readonly first: number;
  readonly count: number;
  readonly index: number;
}

async function modelTile(part: Part, figures: TilesetFigures, options: ModelTilesOptions): Promise<{ frame: Frame; box: Box; tile: TileJson }> {
  const cells = cellsOf(part.place.boxes);
  const children: TileJson[] = [];
  const boxes: Box[] = [];
  let largest = 0;
  for (const [k, cell] of cells.entries()) {
    options.signal?.throwIfAborted();
    const { glb, box } = await contentOf(cell, part);
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

async function contentOf({ boxes }: Cell, { model: { table }, place, first, count }: Part): Promise<{ glb: Uint8Array; box: Box }> {
  const { features, storeys } = table;
  const rows = boxes.map((box) => box.row).toSorted((a, b) => a - b);
  const texts = (column: readonly string[]): string[] => rows.map((row) => column[row]);
  const columns = [
    packNumbers('feature', Uint32Array.from(rows, (row) => first + row)),
    packTexts('id', texts(features.id)),
    packTexts('name', texts(features.name)),
    packTexts('class', texts(features.class)),
    packTexts('storey', rows.map((row) => storeys[features.storey[row]]?.name ?? '')),
  ];
  return encodeContent(meshOf(table, place, rows, first), columns, rows.length, count, { step: STEP, className: 'element', doubleSided: true });
}

function meshOf({ mesh }: PlacedModel['table'], { positions }: ModelPlaces, rows: readonly number[], first: number): ContentMesh {
  let [vertices, corners] = [0, 0];
  for (const row of rows) {
    vertices += mesh.firstVertex[row + 1] - mesh.firstVertex[row];
    corners += mesh.firstIndex[row + 1] - mesh.firstIndex[row];
  }
  const out = { positions: new Float64Array(vertices * 3), colours: new Uint8Array(vertices * 4), rows: new Uint16Array(vertices), numbers: new Uint32Array(vertices), indices: new Uint32Array(corners) };
  let [vertex, corner] = [0, 0];
  for (const [local, row] of rows.entries()) {
    const from = mesh.firstVertex[row];
    const to = mesh.firstVertex[row + 1];
    out.positions.set(positions.subarray(from * 3, to * 3), vertex * 3);
    for (let i = from; i < to; i++) solid(mesh.colours, i * 4, out.colours, (vertex + i - from) * 4);
    out.rows.fill(local, vertex, vertex + to - from);
    out.numbers.fill(first + row, vertex, vertex + to - from);
    for (let i = mesh.firstIndex[row]; i < mesh.firstIndex[row + 1]; i++) out.indices[corner++] = mesh.indices[i] - from + vertex;
    vertex += to - from;
  }
  return out;
}

/** What glass looks like from outside by day, sRGB: it is drawn solid. */
const GLASS = [112, 130, 140];

/** A colour as it is drawn: linear, and the less opaque it is meant the more like glass. */
function solid(from: Uint8Array, at: number, to: Uint8Array, out: number): void {
  const own = Math.min(1, 0.2 + (0.8 * from[at + 3]) / 250);
  for (let k = 0; k < 3; k++) to[out + k] = linear[Math.round(from[at + k] * own + GLASS[k] * (1 - own))];
  to[out + 3] = 255;
}

/** sRGB → linear, 0…255 both. */
const linear: readonly number[] = Array.from({ length: 256 }, (_, value) => {
  const s = value / 255;
  return Math.round(255 * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4));
});
