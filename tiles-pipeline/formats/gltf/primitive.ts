import { srgb } from '../model-builder.ts';
import { readDracoPrimitive } from './draco.ts';
import type { GltfDocument } from './document.ts';
import { GltfFault, isCount, numbers, type GltfMaterial, type GltfPrimitive, type GltfTextureInfo } from './json.ts';

/** Triangles of one primitive in its own axes, glTF's y up. */
export interface Shape {
  readonly positions: Float64Array;
  readonly indices: Uint32Array;
  /** [4 × vertices] or four for all; sRGB and opacity. */
  readonly colours: Uint8Array;
  readonly uv?: Float32Array;
  /** Index of the picture in the file. */
  readonly image?: number;
  readonly material: string;
}

type Attributes = Record<string, { array: Float64Array; width: number } | undefined>;

/**
 * Triangles, strips and fans; undefined for points and lines.
 * @throws {GltfFault} saying what is wrong with it
 */
export async function readPrimitive(document: GltfDocument, primitive: GltfPrimitive): Promise<Shape | undefined> {
  const { mode = 4 } = primitive;
  if (mode >= 0 && mode < 4) return undefined;
  if (mode !== 4 && mode !== 5 && mode !== 6) throw new GltfFault(`a primitive has the mode ${String(mode)}`);
  const material = isCount(primitive.material) ? document.json.materials?.[primitive.material] : undefined;
  const look = lookOf(material);
  const { attributes, indices } = await readAttributes(document, primitive, look.texture);
  const positions = attributes.POSITION;
  if (!positions || positions.width !== 3) throw new GltfFault('a primitive has no positions');
  const vertices = positions.array.length / 3;
  const corners = trianglesOf(indices, vertices, mode);
  if (corners.some((corner) => corner >= vertices)) throw new GltfFault(`an index points beyond the ${vertices} vertices of its primitive`);
  if (!positions.array.every((value) => Math.abs(value) < 1e12)) throw new GltfFault('a position is no number, or beyond all measure');
  const uv = attributes.uv?.width === 2 && attributes.uv.array.length === vertices * 2 && attributes.uv.array.every(Number.isFinite) ? transformed(attributes.uv.array, look.texture) : undefined;
  return { positions: positions.array, indices: corners, colours: coloursOf(look.factor, attributes.COLOR_0, vertices), material: material?.name ?? '', ...(uv && look.image !== undefined && { uv, image: look.image(document) }) };
}

/** Attributes as they are needed here: places, colours and the coordinates of the one picture. */
async function readAttributes(document: GltfDocument, primitive: GltfPrimitive, texture: GltfTextureInfo | undefined): Promise<{ attributes: Attributes; indices: Float64Array | undefined }> {
  const names = primitive.attributes ?? {};
  const channel = texture?.extensions?.KHR_texture_transform?.texCoord ?? texture?.texCoord ?? 0;
  const wanted: Record<string, string> = { POSITION: 'POSITION', COLOR_0: 'COLOR_0', ...(texture && { uv: `TEXCOORD_${channel}` }) };
  const present = Object.entries(wanted).filter(([, name]) => isCount(names[name]));
  if (primitive.extensions?.KHR_draco_mesh_compression) return readDracoPrimitive(document, primitive, Object.fromEntries(present));
  const attributes: Attributes = {};
  for (const [key, name] of present) attributes[key] = await document.values(names[name]);
  return { attributes, indices: primitive.indices === undefined ? undefined : (await document.values(primitive.indices, 'SCALAR')).array };
}

function trianglesOf(indices: Float64Array | undefined, vertices: number, mode: number): Uint32Array {
  const order = indices ? Uint32Array.from(indices) : Uint32Array.from({ length: vertices }, (_, i) => i);
  if (mode === 4) return order.subarray(0, order.length - (order.length % 3));
  const out = new Uint32Array(Math.max(0, order.length - 2) * 3);
  for (let i = 0; i + 2 < order.length; i++) out.set(mode === 6 ? [order[0], order[i + 1], order[i + 2]] : i % 2 === 0 ? [order[i], order[i + 1], order[i + 2]] : [order[i + 1], order[i], order[i + 2]], i * 3);
  return out;
}

interface Look {
  readonly factor: readonly number[];
  readonly texture?: GltfTextureInfo;
  readonly image?: (document: GltfDocument) => number | undefined;
}

function lookOf(material: GltfMaterial | undefined): Look {
  const old = material?.extensions?.KHR_materials_pbrSpecularGlossiness;
  const { baseColorFactor, baseColorTexture } = material?.pbrMetallicRoughness ?? {};
  const factor = numbers(baseColorFactor ?? old?.diffuseFactor ?? [1, 1, 1, 1], 4) ?? [1, 1, 1, 1];
  const own = material?.alphaMode === undefined || material.alphaMode === 'OPAQUE' ? [...factor.slice(0, 3), 1] : factor;
  const texture = baseColorTexture ?? old?.diffuseTexture;
  return { factor: own, ...(texture && { texture, image: ({ json }) => imageOf(json.textures?.[texture.index ?? -1]) }) };
}

/** A texture's picture that can be decoded here: its own, else that of EXT_texture_webp. */
function imageOf(texture: NonNullable<GltfDocument['json']['textures']>[number] | undefined): number | undefined {
  return texture?.extensions?.EXT_texture_webp?.source ?? texture?.source ?? texture?.extensions?.KHR_texture_basisu?.source;
}

/** @source KHR_texture_transform: offset · rotation · scale */
function transformed(uv: Float64Array, texture: GltfTextureInfo | undefined): Float32Array {
  const { offset, rotation = 0, scale } = texture?.extensions?.KHR_texture_transform ?? {};
  const [ou, ov] = numbers(offset ?? [0, 0], 2) ?? [0, 0];
  const [su, sv] = numbers(scale ?? [1, 1], 2) ?? [1, 1];
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const out = new Float32Array(uv.length);
  for (let i = 0; i < uv.length; i += 2) {
    const [u, v] = [uv[i] * su, uv[i + 1] * sv];
    out[i] = ou + cos * u + sin * v;
    out[i + 1] = ov - sin * u + cos * v;
  }
  return out;
}

/** A material's colour, times the vertices' own; both are linear. */
function coloursOf(factor: readonly number[], colours: { array: Float64Array; width: number } | undefined, vertices: number): Uint8Array {
  const opacity = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
  if (!colours || (colours.width !== 3 && colours.width !== 4) || colours.array.length !== vertices * colours.width) return Uint8Array.of(srgb(factor[0]), srgb(factor[1]), srgb(factor[2]), opacity(factor[3]));
  const out = new Uint8Array(vertices * 4);
  for (let i = 0; i < vertices; i++) {
    for (let k = 0; k < 3; k++) out[i * 4 + k] = srgb(factor[k] * colours.array[i * colours.width + k]);
    out[i * 4 + 3] = opacity(factor[3] * (colours.width === 4 ? colours.array[i * 4 + 3] : 1));
  }
  return out;
}
