import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { packDraco } from './draco.ts';
import type { ContentMesh } from './mesh.ts';
import { Packer } from './packer.ts';
import type { EncodedPicture } from './pictures.ts';
import { schemaOf, type PackedColumn } from './property-table.ts';
import { BLOCKS, quantize, type Box, type Quantized, type Steps } from './quantize.ts';
import { bytesOf, COMPONENT, packShared, type VertexAttribute } from './shape.ts';

export type Compression = 'meshopt' | 'draco' | 'none';

/** How a content differs from that of the city's blocks. */
export interface ContentOptions {
  readonly step?: Steps;
  /** Class of its property table. */
  readonly className?: string;
  /** Faces are seen from both sides. */
  readonly doubleSided?: boolean;
  /** Default meshopt. */
  readonly compression?: Compression;
  /** Tile's frame → earth-centred metres, for contents of tiles that have no transform of their own. */
  readonly matrix?: Float64Array;
}

/** A mesh with what it may have beside its colours. */
export interface DressedMesh extends ContentMesh {
  /** [4 × vertices] unit vectors × 127, the fourth 0. */
  readonly normals?: Int8Array;
  /** [2 × vertices] */
  readonly uv?: Float32Array;
  /** Parts of the indices drawn with one picture each; absent = all with none. */
  readonly groups?: readonly { readonly picture?: EncodedPicture; readonly repeat: boolean; readonly indices: number }[];
  /** What the faces are: a second set of feature ids with a table `surface` of its own. */
  readonly surfaces?: {
    /** [vertices] index into `words`. */
    readonly of: Uint8Array;
    readonly words: readonly string[];
  };
}

/** A matrix of z-up metres as one of glTF's y-up: what engines turn once more comes out as it was. */
function betweenYUp(m: Float64Array): number[] {
  // Columns and rows x, y, z become x, z, −y.
  const from = [0, 2, 1, 3];
  const sign = [1, 1, -1, 1];
  return Array.from({ length: 16 }, (_, i) => {
    const [column, row] = [i >> 2, i & 3];
    return m[from[column] * 4 + from[row]] * sign[column] * sign[row] || 0;
  });
}

/** Turns z-up metres into glTF's y-up. */
const Z_UP_TO_Y_UP = [-Math.SQRT1_2, 0, 0, Math.SQRT1_2];
const LINEAR_MIPMAP_LINEAR = 9987;
const LINEAR = 9729;
const CLAMP_TO_EDGE = 33071;

export interface Content {
  readonly glb: Uint8Array;
  readonly box: Box;
}

/**
 * Packs a mesh and its property table: EXT_meshopt_compression (or KHR_draco_mesh_compression), KHR_mesh_quantization, EXT_mesh_features,
 * EXT_structural_metadata. Positions are uint16 steps in the tile's z-up frame, placed by the node. One primitive a picture.
 * @param featureCount features in the whole dataset: decides the type of _FEATURE_ID_1
 */
export async function encodeContent(mesh: DressedMesh, columns: readonly PackedColumn[], rows: number, featureCount: number, options: ContentOptions = {}): Promise<Content> {
  await MeshoptEncoder.ready;
  const { step = BLOCKS, className = 'building', doubleSided = false, compression = 'meshopt' } = options;
  const quantized = quantize(mesh.positions, step);
  const attributes = attributesOf(mesh, quantized, featureCount);
  const pack = new Packer(compression === 'meshopt');
  const groups = mesh.groups ?? [{ repeat: false, indices: mesh.indices.length }];
  const shape = compression === 'draco' ? await packDraco(pack, attributes, mesh.indices, groups) : packShared(pack, attributes, mesh.indices, groups);
  const metadata = metadataOf(pack, columns, rows, { className, mesh });
  const looks = looksOf(pack, groups, doubleSided);
  const featureIds = [
    // _FEATURE_ID_1 is an attribute only: a set without a property table stops Cesium 1.140 where a custom shader is used.
    { attribute: 0, featureCount: rows, propertyTable: 0, label: 'row' },
    ...(mesh.surfaces ? [{ attribute: 2, featureCount: mesh.surfaces.words.length, propertyTable: 1, label: 'surface' }] : []),
  ];
  const required = [...(compression === 'meshopt' ? ['EXT_meshopt_compression'] : []), ...(compression === 'draco' ? ['KHR_draco_mesh_compression'] : []), 'KHR_mesh_quantization', ...looks.required].toSorted();
  const json = {
    asset: { version: '2.0', generator: 'CityMirror' },
    extensionsUsed: ['EXT_mesh_features', 'EXT_structural_metadata', ...required].toSorted(),
    extensionsRequired: required,
    scene: 0,
    scenes: [{ nodes: [options.matrix ? 1 : 0] }],
    nodes: [{ mesh: 0, rotation: Z_UP_TO_Y_UP, translation: yUp(quantized.origin), scale: [quantized.step, quantized.step, quantized.step] }, ...(options.matrix ? [{ children: [0], matrix: betweenYUp(options.matrix) }] : [])],
    materials: looks.materials,
    ...looks.pictures,
    meshes: [{ primitives: shape.primitives.map((primitive, k) => ({ ...primitive, material: looks.ofGroup[k], mode: 4, extensions: { EXT_mesh_features: { featureIds }, ...primitive.extensions } })) }],
    accessors: shape.accessors,
    extensions: { EXT_structural_metadata: metadata },
    ...pack.document(),
  };
  return { glb: pack.frame(json), box: quantized.box };
}

function attributesOf(mesh: DressedMesh, quantized: Quantized, featureCount: number): VertexAttribute[] {
  const { steps, min, max } = quantized;
  const exact = steps.BYTES_PER_ELEMENT === 4;
  const small = featureCount <= 65535;
  const attributes: VertexAttribute[] = [{ name: 'POSITION', bytes: bytesOf(steps), stride: exact ? 12 : 8, componentType: exact ? COMPONENT.FLOAT : COMPONENT.UNSIGNED_SHORT, type: 'VEC3', min, max }];
  if (mesh.normals) attributes.push({ name: 'NORMAL', bytes: bytesOf(mesh.normals), stride: 4, componentType: COMPONENT.BYTE, type: 'VEC3', normalized: true });
  attributes.push({ name: 'COLOR_0', bytes: mesh.colours, stride: 4, componentType: COMPONENT.UNSIGNED_BYTE, type: 'VEC4', normalized: true });
  if (mesh.uv) attributes.push(coordinates(mesh.uv));
  attributes.push({ name: '_FEATURE_ID_0', bytes: bytesOf(padded(mesh.rows)), stride: 4, componentType: COMPONENT.UNSIGNED_SHORT, type: 'SCALAR' });
  attributes.push({ name: '_FEATURE_ID_1', bytes: bytesOf(small ? padded(mesh.numbers) : new Float32Array(mesh.numbers)), stride: 4, componentType: small ? COMPONENT.UNSIGNED_SHORT : COMPONENT.FLOAT, type: 'SCALAR' });
  if (mesh.surfaces) attributes.push({ name: '_FEATURE_ID_2', bytes: bytesOf(padded(mesh.surfaces.of)), stride: 4, componentType: COMPONENT.UNSIGNED_SHORT, type: 'SCALAR' });
  return attributes;
}

/** Coordinates in 1/65,535 where they all lie in 0…1: a page of 4,096 pixels is hit to a sixteenth of one. */
function coordinates(uv: Float32Array): VertexAttribute {
  const within = uv.every((value) => value >= 0 && value <= 1);
  if (!within) return { name: 'TEXCOORD_0', bytes: bytesOf(uv), stride: 8, componentType: COMPONENT.FLOAT, type: 'VEC2' };
  return { name: 'TEXCOORD_0', bytes: bytesOf(Uint16Array.from(uv, (value) => Math.round(value * 65535))), stride: 4, componentType: COMPONENT.UNSIGNED_SHORT, type: 'VEC2', normalized: true };
}

/** A property table and its class; where there are surfaces, a second of both. */
function metadataOf(pack: Packer, columns: readonly PackedColumn[], rows: number, { className, mesh }: { className: string; mesh: DressedMesh }): Record<string, unknown> {
  const { properties, enums } = schemaOf(className, columns);
  const classes: Record<string, unknown> = { [className]: { properties } };
  const tables = [{ class: className, count: rows, properties: Object.fromEntries(columns.map((column) => [column.name, packColumn(pack, column)])) }];
  if (mesh.surfaces) {
    const { words } = mesh.surfaces;
    const surface: PackedColumn = { name: 'surface', type: 'ENUM', componentType: 'UINT8', words, values: Uint8Array.from(words.keys()) };
    const own = schemaOf('surface', [surface]);
    classes.surface = { properties: own.properties };
    Object.assign(enums, own.enums);
    tables.push({ class: 'surface', count: words.length, properties: { surface: packColumn(pack, surface) } });
  }
  return { schema: { id: 'citymirror', classes, ...(Object.keys(enums).length > 0 && { enums }) }, propertyTables: tables };
}

/** Tables stay uncompressed: with meshopt they would be a tenth smaller, and neither glTF-Transform 4.5 nor loaders.gl 4.5 would read them. */
function packColumn(pack: Packer, { values, offsets, offsetType, min, max }: PackedColumn): Record<string, unknown> {
  return {
    values: pack.plain(values),
    ...(offsets && { stringOffsets: pack.plain(offsets), ...(offsetType && offsetType !== 'UINT32' && { stringOffsetType: offsetType }) }),
    ...(min !== undefined && { min, max }),
  };
}

/** Materials, and the pictures they show: one material a picture, one for what has none. */
function looksOf(pack: Packer, groups: readonly { readonly picture?: EncodedPicture; readonly repeat: boolean }[], doubleSided: boolean): { materials: Record<string, unknown>[]; ofGroup: number[]; pictures: Record<string, unknown>; required: string[] } {
  const required = new Set<string>();
  const images: Record<string, unknown>[] = [];
  const samplers: Record<string, unknown>[] = [];
  const textures: Record<string, unknown>[] = [];
  const samplerOf = (repeat: boolean): number => {
    const wrap = repeat ? {} : { wrapS: CLAMP_TO_EDGE, wrapT: CLAMP_TO_EDGE };
    const known = samplers.findIndex((sampler) => ('wrapS' in sampler) === !repeat);
    return known >= 0 ? known : samplers.push({ magFilter: LINEAR, minFilter: LINEAR_MIPMAP_LINEAR, ...wrap }) - 1;
  };
  const materials = groups.map(({ picture, repeat }) => {
    const index = picture && textures.push(textureOf(picture, images.push({ bufferView: pack.plain(picture.bytes), mimeType: picture.mimeType }) - 1, samplerOf(repeat), required)) - 1;
    return { pbrMetallicRoughness: { ...(index !== undefined && { baseColorTexture: { index } }), metallicFactor: 0, roughnessFactor: 0.9 }, ...(picture && !picture.opaque && { alphaMode: 'MASK' }), ...(doubleSided && { doubleSided }) };
  });
  return { materials, ofGroup: materials.map((_, k) => k), pictures: images.length > 0 ? { textures, images, samplers } : {}, required: [...required] };
}

function textureOf({ mimeType }: EncodedPicture, source: number, sampler: number, required: Set<string>): Record<string, unknown> {
  const extension = mimeType === 'image/webp' ? 'EXT_texture_webp' : mimeType === 'image/ktx2' ? 'KHR_texture_basisu' : undefined;
  if (!extension) return { sampler, source };
  required.add(extension);
  return { sampler, extensions: { [extension]: { source } } };
}

function yUp([x, y, z]: readonly number[]): number[] {
  return [x, z, y === 0 ? 0 : -y];
}

/** One uint16 in every four bytes: vertex attributes are aligned to four. */
function padded(values: Uint8Array | Uint16Array | Uint32Array): Uint16Array {
  const out = new Uint16Array(values.length * 2);
  for (let i = 0; i < values.length; i++) out[i * 2] = values[i];
  return out;
}
