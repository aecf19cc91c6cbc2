/** What of a glTF's JSON is read here. A file may say anything: every index and length is held against what is there when it is used. @source glTF 2.0, §5 */
export interface Gltf {
  asset?: { version?: string; generator?: string };
  scene?: number;
  scenes?: { nodes?: number[] }[];
  nodes?: GltfNode[];
  meshes?: { name?: string; primitives?: GltfPrimitive[]; extras?: unknown }[];
  materials?: GltfMaterial[];
  textures?: { source?: number; extensions?: Record<string, { source?: number } | undefined> }[];
  images?: { uri?: string; bufferView?: number }[];
  accessors?: GltfAccessor[];
  bufferViews?: GltfView[];
  buffers?: { byteLength?: number; uri?: string; extensions?: Record<string, unknown> }[];
  skins?: unknown[];
  animations?: unknown[];
  extensionsRequired?: string[];
  extensions?: { CESIUM_RTC?: { center?: number[] } };
}

export interface GltfNode {
  name?: string;
  mesh?: number;
  children?: number[];
  matrix?: number[];
  translation?: number[];
  rotation?: number[];
  scale?: number[];
  extras?: unknown;
  extensions?: { EXT_mesh_gpu_instancing?: { attributes?: Record<string, number> } };
}

export interface GltfPrimitive {
  attributes?: Record<string, number>;
  indices?: number;
  material?: number;
  mode?: number;
  extensions?: { KHR_draco_mesh_compression?: { bufferView: number; attributes: Record<string, number> } };
}

export interface GltfTextureInfo {
  index?: number;
  texCoord?: number;
  extensions?: { KHR_texture_transform?: { offset?: number[]; rotation?: number; scale?: number[]; texCoord?: number } };
}

export interface GltfMaterial {
  name?: string;
  alphaMode?: string;
  pbrMetallicRoughness?: { baseColorFactor?: number[]; baseColorTexture?: GltfTextureInfo };
  extensions?: { KHR_materials_pbrSpecularGlossiness?: { diffuseFactor?: number[]; diffuseTexture?: GltfTextureInfo } };
}

export interface GltfAccessor {
  bufferView?: number;
  byteOffset?: number;
  componentType?: number;
  normalized?: boolean;
  count?: number;
  type?: string;
  sparse?: { count?: number; indices?: { bufferView?: number; byteOffset?: number; componentType?: number }; values?: { bufferView?: number; byteOffset?: number } };
}

export interface GltfView {
  buffer?: number;
  byteOffset?: number;
  byteLength?: number;
  byteStride?: number;
  extensions?: Record<string, { buffer?: number; byteOffset?: number; byteLength?: number; byteStride?: number; count?: number; mode?: string; filter?: string } | undefined>;
}

/** Part of a file is not what it says; it costs only what needs it. */
export class GltfFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GltfFault';
  }
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** So many finite numbers, or undefined. */
export function numbers(value: unknown, length: number): number[] | undefined {
  return Array.isArray(value) && value.length === length && value.every((each) => typeof each === 'number' && Number.isFinite(each)) ? (value as number[]) : undefined;
}
