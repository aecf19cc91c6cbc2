import { shownUrl, TwinError } from '../../engine/errors.ts';
import type { ModelInput, ModelOutput } from '#models';
import type { AnalysisContext } from './context.ts';
import { Glb, type GltfNode, type GltfPrimitive } from './geometry/glb.ts';

/** Most vertices of one model: it is drawn as often as it stands somewhere. */
const MOST_VERTICES = 1_000_000;
/** Deepest nesting of nodes, and most of them (one that many share counts each time). */
const DEEPEST = 64;
const MOST_NODES = 50_000;

/** A 4 × 4 matrix, column-major. */
type Affine = readonly number[];

const WHOLE: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

function times(a: Affine, b: Affine): Affine {
  return Array.from({ length: 16 }, (_, i) => [0, 1, 2, 3].reduce((sum, k) => sum + a[4 * k + (i % 4)] * b[4 * Math.floor(i / 4) + k], 0));
}

/** A node's own matrix. @source glTF 2.0, 3.5.3: T · R · S */
function matrixOf({ matrix, translation: [tx, ty, tz] = [0, 0, 0], rotation: [x, y, z, w] = [0, 0, 0, 1], scale: [sx, sy, sz] = [1, 1, 1] }: GltfNode): Affine {
  if (matrix?.length === 16) return matrix;
  return [
    (1 - 2 * (y * y + z * z)) * sx, 2 * (x * y + w * z) * sx, 2 * (x * z - w * y) * sx, 0,
    2 * (x * y - w * z) * sy, (1 - 2 * (x * x + z * z)) * sy, 2 * (y * z + w * x) * sy, 0,
    2 * (x * z + w * y) * sz, 2 * (y * z - w * x) * sz, (1 - 2 * (x * x + y * y)) * sz, 0,
    tx, ty, tz, 1,
  ];
}

/** Linear 0 … 1 as sRGB 0 … 255. @source IEC 61966-2-1 */
function toSrgb(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));
}

function toLinear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

type Colour = readonly [number, number, number, number];

/** Mean colour of a picture (linear), or white where pictures cannot be read (Node). */
async function meanOf(glb: Glb, texture: number): Promise<Colour> {
  const source = glb.json.textures?.[texture]?.source;
  const image = source === undefined ? undefined : glb.json.images?.[source];
  if (image?.bufferView === undefined || typeof createImageBitmap !== 'function' || typeof OffscreenCanvas !== 'function') return [1, 1, 1, 1];
  try {
    const bitmap = await createImageBitmap(new Blob([glb.view(image.bufferView).slice()], { type: image.mimeType }), { resizeWidth: 16, resizeHeight: 16, resizeQuality: 'medium' });
    const pen = new OffscreenCanvas(16, 16).getContext('2d')!;
    pen.drawImage(bitmap, 0, 0);
    bitmap.close();
    const { data } = pen.getImageData(0, 0, 16, 16);
    const mean = [0, 0, 0, 0];
    for (let i = 0; i < data.length; i++) mean[i % 4] += (i % 4 === 3 ? data[i] / 255 : toLinear(data[i])) / 256;
    return [mean[0], mean[1], mean[2], mean[3]];
  } catch (cause) {
    throw new TwinError('bad-input', 'A picture of the model cannot be read. Save it as PNG, JPEG or WebP.', { cause });
  }
}

/** Vertices of all parts, one after another; grown part by part. */
class Parts {
  readonly places: number[] = [];
  readonly indices: number[] = [];
  readonly colours: number[] = [];
  nodes = 0;

  /** glTF looks along +z with y up; here north is y and up is z, so that its right hand, −x, is the east. */
  add(matrix: Affine, positions: Float64Array, colours: { data: Float64Array; size: number } | null, colour: Colour, indices: Float64Array | null): void {
    const first = this.places.length / 3;
    const count = positions.length / 3;
    for (let i = 0; i < count; i++) {
      const [x, y, z] = positions.subarray(3 * i, 3 * i + 3);
      const at = (row: number): number => matrix[row] * x + matrix[4 + row] * y + matrix[8 + row] * z + matrix[12 + row];
      this.places.push(-at(0), at(2), at(1));
      const own = (k: number): number => colour[k] * (colours && k < colours.size ? colours.data[i * colours.size + k] : 1);
      this.colours.push(toSrgb(own(0)), toSrgb(own(1)), toSrgb(own(2)), Math.round(255 * Math.min(1, Math.max(0, own(3)))));
    }
    const corners = indices ?? Float64Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i + 2 < corners.length; i += 3) for (let k = 0; k < 3; k++) this.indices.push(first + corners[i + k]);
  }
}

async function addPrimitive(parts: Parts, glb: Glb, primitive: GltfPrimitive, matrix: Affine): Promise<void> {
  if ((primitive.mode ?? 4) !== 4 || primitive.attributes.POSITION === undefined) return;
  const positions = glb.numbers(primitive.attributes.POSITION, 3).data;
  const count = positions.length / 3;
  if (parts.places.length / 3 + count > MOST_VERTICES) throw new TwinError('too-large', `The model has more than ${MOST_VERTICES.toLocaleString('en')} vertices. Simplify it: it is drawn as often as it stands somewhere.`);
  const colours = primitive.attributes.COLOR_0 === undefined ? null : glb.numbers(primitive.attributes.COLOR_0, null);
  if (colours && colours.data.length !== colours.size * count) throw glb.wrong('a part has not as many colours as places');
  const indices = primitive.indices === undefined ? null : glb.numbers(primitive.indices, 1).data;
  if (indices?.some((index) => index >= count)) throw glb.wrong('an index points beyond the vertices of its part');
  if (positions.some((value) => !Number.isFinite(value))) throw glb.wrong('a place is not a number');
  const { baseColorFactor: factor = [1, 1, 1, 1], baseColorTexture: texture } = glb.json.materials?.[primitive.material ?? -1]?.pbrMetallicRoughness ?? {};
  const mean: Colour = texture ? await meanOf(glb, texture.index) : [1, 1, 1, 1];
  parts.add(matrix, positions, colours, [factor[0] * mean[0], factor[1] * mean[1], factor[2] * mean[2], factor[3] * mean[3]], indices);
}

async function walk(glb: Glb, parts: Parts, node: number, above: Affine, depth: number): Promise<void> {
  const own = glb.json.nodes?.[node];
  if (!own) throw glb.wrong(`there is no nodes[${node}]`);
  if (depth > DEEPEST || ++parts.nodes > MOST_NODES) throw glb.wrong('its nodes are nested without an end');
  const matrix = times(above, matrixOf(own));
  for (const primitive of own.mesh === undefined ? [] : (glb.json.meshes?.[own.mesh]?.primitives ?? [])) await addPrimitive(parts, glb, primitive, matrix);
  for (const child of own.children ?? []) await walk(glb, parts, child, matrix, depth + 1);
}

/**
 * A GLB as the model of an instances batch: nodes applied, y up turned to z up, colours by material factor, vertex and the mean of a texture. Meshopt and
 * quantized places are read; skins, morphs, lines and points are left out.
 * @throws TwinError `bad-input` for what is no GLB or is broken, `unsupported` for other compressions, `too-large`, and what loading throws
 */
export async function model(input: ModelInput, context: AnalysisContext): Promise<ModelOutput> {
  const where = shownUrl(input.url);
  const { bytes } = await context.load(input.url);
  try {
    return await read(bytes, where);
  } catch (cause) {
    if (cause instanceof TwinError) throw cause;
    throw new TwinError('bad-input', `${where} is not built as glTF 2.0 says (${cause instanceof Error ? cause.message : 'unreadable'}). Check it with a glTF validator.`, { where, cause });
  }
}

async function read(bytes: Uint8Array, where: string): Promise<ModelOutput> {
  const glb = await Glb.open(bytes, where);
  const parts = new Parts();
  for (const node of roots(glb)) await walk(glb, parts, node, WHOLE, 0);
  if (parts.indices.length === 0) throw new TwinError('bad-input', `${where} holds no triangles to draw.`, { where });
  return { places: Float32Array.from(parts.places), indices: Uint32Array.from(parts.indices), colours: Uint8Array.from(parts.colours) };
}

/** Nodes of the scene to be shown; without scenes those that are nobody's child. */
function roots({ json: { scene, scenes, nodes = [] } }: Glb): readonly number[] {
  if (scenes) return scenes[scene ?? 0]?.nodes ?? [];
  const children = new Set(nodes.flatMap((node) => node.children ?? []));
  return nodes.map((_, i) => i).filter((i) => !children.has(i));
}
