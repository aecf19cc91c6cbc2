const GLB = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;

interface FeatureIdSet { propertyTable?: number }
interface Primitive { extensions?: { EXT_mesh_features?: { featureIds?: FeatureIdSet[] } } }
interface Gltf { meshes?: { primitives?: Primitive[] }[] }

/**
 * Takes feature id sets without a property table out of a GLB's EXT_mesh_features, where a custom shader is to be used: Cesium 24.0 throws on them
 * ("reading 'class'") and the content is lost. The vertex attributes stay, and the shader reads those. Everything else comes back as it was.
 */
export function withoutBareFeatureIds(bytes: ArrayBuffer): ArrayBuffer {
  const view = new DataView(bytes);
  if (bytes.byteLength < 20 || view.getUint32(0, true) !== GLB || view.getUint32(4, true) !== 2 || view.getUint32(16, true) !== JSON_CHUNK) return bytes;
  const length = view.getUint32(12, true);
  if (20 + length > bytes.byteLength) return bytes;
  const text = new TextDecoder().decode(new Uint8Array(bytes, 20, length));
  if (!text.includes('"EXT_mesh_features"')) return bytes;
  const changed = dropBareSets(text);
  if (changed === null) return bytes;
  const json = new TextEncoder().encode(changed);
  const padded = Math.ceil(json.byteLength / 4) * 4;
  const out = new Uint8Array(bytes.byteLength - length + padded);
  out.set(new Uint8Array(bytes, 0, 20));
  out.fill(0x20, 20, 20 + padded);
  out.set(json, 20);
  out.set(new Uint8Array(bytes, 20 + length), 20 + padded);
  const head = new DataView(out.buffer);
  head.setUint32(8, out.byteLength, true);
  head.setUint32(12, padded, true);
  return out.buffer;
}

/** The document without bare sets, null where there are none or where it cannot be read. */
function dropBareSets(text: string): string | null {
  let gltf: Gltf;
  try {
    gltf = JSON.parse(text) as Gltf;
  } catch {
    return null;
  }
  let dropped = 0;
  for (const mesh of gltf.meshes ?? []) {
    for (const primitive of mesh.primitives ?? []) {
      const extension = primitive.extensions?.EXT_mesh_features;
      if (!extension?.featureIds) continue;
      const kept = extension.featureIds.filter((set) => set.propertyTable !== undefined);
      dropped += extension.featureIds.length - kept.length;
      if (kept.length > 0) extension.featureIds = kept;
      else delete primitive.extensions?.EXT_mesh_features;
    }
  }
  return dropped > 0 ? JSON.stringify(gltf) : null;
}
