import type { Issue } from '../../engine/errors.ts';
import type { PlacedModel } from '../stages/model-place.ts';
import { withTexture, type ContentTexture } from './atlas.ts';
import { encodeContent, type Compression } from './glb.ts';
import type { ContentMesh } from './mesh.ts';
import type { Cell, FeatureBox } from './model-cells.ts';
import type { Pictures } from './pictures.ts';
import { packNumbers, packTexts } from './property-table.ts';
import type { Box } from './quantize.ts';
import type { Frame } from './volume.ts';

/** Metres between two steps of a position: half a millimetre off at most, a millimetre in contents beyond 64 m; wider ones keep float32. */
const STEP = { finest: 2 ** -10, coarsest: 2 ** -9 };
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
  /** What pictures become; JPEG where absent. */
  pictures?: Pictures;
  compression?: Compression;
  /** Gets what is wrong with pictures. */
  issues?: Issue[];
}

/** One model of a dataset, and how its contents are made. */
export interface ModelPlace {
  readonly model: PlacedModel;
  readonly place: ModelPlaces;
  /** Number of the model's first feature in the dataset, and how many there are in all. */
  readonly first: number;
  readonly count: number;
  readonly index: number;
  readonly pictures: Pictures;
  /** Pictures whose faults were told. */
  readonly told: Set<Uint8Array>;
}

/** One content of a model: its elements, their table, their pictures. */
export async function modelContent({ boxes }: Cell, part: ModelPlace, options: ModelTilesOptions): Promise<{ glb: Uint8Array; box: Box }> {
  const { model: { table }, place, first, count, pictures } = part;
  const { features, storeys } = table;
  const rows = boxes.map((box) => box.row).toSorted((a, b) => a - b);
  const texts = (column: readonly string[]): string[] => rows.map((row) => column[row]);
  const columns = [
    packNumbers('feature', Uint32Array.from(rows, (row) => first + row), { description: 'Number in the dataset' }),
    packTexts('id', texts(features.id), { description: 'Identifier in the source' }),
    packTexts('name', texts(features.name)),
    packTexts('class', texts(features.class), { description: 'Class in the source' }),
    packTexts('storey', rows.map((row) => storeys[features.storey[row]]?.name ?? '')),
  ];
  const plain = meshOf(table, place, rows, first);
  const texture = textureOf(table.mesh, rows);
  const mesh = texture ? await withTexture(plain, texture, pictures, { fault: (image, { message }) => tell(part, texture.images[image], message, options) }) : plain;
  return encodeContent(mesh, columns, rows.length, count, { step: STEP, className: 'element', doubleSided: true, compression: options.compression });
}

/** A picture that cannot be used is told of once a model, however many contents want it. */
function tell({ model, told }: ModelPlace, file: Uint8Array, why: string, { issues }: ModelTilesOptions): void {
  if (told.has(file)) return;
  told.add(file);
  const { name, mesh } = model.table;
  issues?.push({ code: 'picture-broken', severity: 'warning', message: `${name}: picture ${mesh.texture!.images.indexOf(file) + 1} of ${mesh.texture!.images.length} cannot be used: ${why}. What it lies on keeps its colours.`, path: name });
}

/** The pictures of some features; undefined where they have none. */
function textureOf({ texture, firstVertex, firstIndex }: PlacedModel['table']['mesh'], rows: readonly number[]): ContentTexture | undefined {
  if (!texture) return undefined;
  const used = new Map<number, number>();
  const uv = new Float32Array(rows.reduce((sum, row) => sum + (firstVertex[row + 1] - firstVertex[row]) * 2, 0));
  const image = new Uint16Array(rows.reduce((sum, row) => sum + (firstIndex[row + 1] - firstIndex[row]) / 3, 0));
  let [vertex, triangle] = [0, 0];
  for (const row of rows) {
    uv.set(texture.uv.subarray(firstVertex[row] * 2, firstVertex[row + 1] * 2), vertex * 2);
    vertex += firstVertex[row + 1] - firstVertex[row];
    for (let t = firstIndex[row] / 3; t < firstIndex[row + 1] / 3; t++, triangle++) {
      const whole = texture.image[t];
      if (whole === 0) continue;
      if (!used.has(whole)) used.set(whole, used.size + 1);
      image[triangle] = used.get(whole)!;
    }
  }
  return used.size === 0 ? undefined : { uv, image, images: Array.from(used.keys(), (whole) => texture.images[whole - 1]), tinted: true };
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
