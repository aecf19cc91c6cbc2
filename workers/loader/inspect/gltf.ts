import { isObject, type JsonObject } from './json.ts';
import { classOf, propertiesOf } from './entity.ts';
import { inspectExtensions } from './extensions.ts';
import { inspectFeatureIds } from './features.ts';
import { Notes, pointed } from './notes.ts';
import { buffersOf, listOf, type GltfParts } from './parts.ts';
import { inspectAttributeValues, inspectTextureProperty } from './properties.ts';
import { inspectSchema } from './schema.ts';
import { inspectTables } from './tables.ts';

const METADATA = 'EXT_structural_metadata';
/** Entries looked at for being used at all; beyond, a file is too large to be told so. */
const MOST_NODES = 100_000;

/** Looks through a glTF for what is not as the extensions of 3D Tiles have it. @source EXT_mesh_features, EXT_instance_features, EXT_structural_metadata; glTF 2.0, section 3.12 */
export async function inspectGltf(json: JsonObject, binary: Uint8Array | null, notes: Notes): Promise<void> {
  const parts: GltfParts = { json, buffers: buffersOf(json, binary), notes, list: (name) => listOf(json, name) };
  const minor = isObject(json.asset) ? /^2\.(\d+)$/u.exec(String(json.asset.version))?.[1] : undefined;
  if (minor !== undefined && minor !== '0') notes.add('/asset/version', `the version 2.${minor} is not known; it is read as 2.0`, 'warning');
  // Quantization shows in the accessors alone.
  inspectExtensions(json, ['KHR_mesh_quantization'], null, notes);
  const extension = isObject(json.extensions) ? json.extensions[METADATA] : undefined;
  const metadata = isObject(extension) ? extension : null;
  if (metadata) inspectMetadata(metadata, parts);
  for (const [m, mesh] of parts.list('meshes').entries()) {
    for (const [p, primitive] of (Array.isArray(mesh.primitives) ? mesh.primitives as unknown[] : []).entries()) if (isObject(primitive)) await inspectPrimitive(primitive, metadata, parts, `/meshes/${m}/primitives/${p}`);
  }
  for (const [n, node] of parts.list('nodes').entries()) await inspectInstances(node, metadata, parts, `/nodes/${n}`);
  inspectUse(parts);
}

function inspectMetadata(metadata: JsonObject, { notes, list }: GltfParts): void {
  const path = `/extensions/${METADATA}`;
  if (metadata.schema !== undefined) inspectSchema(metadata.schema, notes, `${path}/schema`);
  else if (metadata.schemaUri === undefined) notes.add(path, 'there is neither a schema nor a schemaUri');
  const schema = metadata.schema;
  if (metadata.propertyTables !== undefined) inspectTables(metadata.propertyTables, list('bufferViews'), schema, notes, `${path}/propertyTables`);
  for (const kind of ['propertyAttributes', 'propertyTextures'] as const) {
    for (const [i, each] of notes.list(metadata[kind], `${path}/${kind}`, kind, true)) {
      const own = classOf(schema, each.class);
      if (schema && !own) notes.add(`${path}/${kind}/${i}/class`, 'the class is missing or not in the schema');
      const known = propertiesOf(own);
      for (const [name] of notes.entries(each.properties, `${path}/${kind}/${i}/properties`, 'properties')) if (own && !Object.hasOwn(known, name)) notes.add(`${path}/${kind}/${i}/properties/${pointed(name)}`, `the class has no property ${name.slice(0, 40)}`);
    }
  }
}

async function inspectPrimitive(primitive: JsonObject, metadata: JsonObject | null, parts: GltfParts, path: string): Promise<void> {
  const { notes } = parts;
  const extensions = isObject(primitive.extensions) ? primitive.extensions : {};
  const attributes = isObject(primitive.attributes) ? primitive.attributes : {};
  if (isObject(extensions.EXT_mesh_features)) await inspectFeatureIds(extensions.EXT_mesh_features, attributes, metadata, parts, `${path}/extensions/EXT_mesh_features`);
  const own = extensions[METADATA];
  if (!isObject(own)) return;
  const here = `${path}/extensions/${METADATA}`;
  if (!metadata) return notes.add(here, `the glTF itself has no ${METADATA}`);
  for (const kind of ['propertyAttributes', 'propertyTextures'] as const) {
    if (own[kind] === undefined) continue;
    const all = Array.isArray(metadata[kind]) ? metadata[kind] as unknown[] : [];
    if (!Array.isArray(own[kind])) {
      notes.add(`${here}/${kind}`, `${kind} is no list`);
      continue;
    }
    for (const [i, index] of (own[kind] as unknown[]).entries()) {
      if (!notes.index(index, all.length, `${here}/${kind}/${i}`, kind)) continue;
      const each = all[index];
      if (isObject(each)) await inspectUsed(kind, each, index, { attributes, metadata, parts });
    }
  }
}

interface Used { readonly attributes: JsonObject; readonly metadata: JsonObject; readonly parts: GltfParts }

/** A property attribute or texture as one primitive has it. */
async function inspectUsed(kind: 'propertyAttributes' | 'propertyTextures', each: JsonObject, index: number, { attributes, metadata, parts }: Used): Promise<void> {
  const known = propertiesOf(classOf(metadata.schema, each.class));
  for (const [name, property] of Object.entries(isObject(each.properties) ? each.properties : {})) {
    const path = `/extensions/${METADATA}/${kind}/${index}/properties/${pointed(name)}`;
    if (!isObject(property)) continue;
    if (kind === 'propertyAttributes') inspectAttributeValues(property, known[name] ?? {}, attributes, parts, path);
    else await inspectTextureProperty(property, known[name] ?? {}, attributes, parts, path);
  }
}

async function inspectInstances(node: JsonObject, metadata: JsonObject | null, parts: GltfParts, path: string): Promise<void> {
  const extensions = isObject(node.extensions) ? node.extensions : {};
  const features = extensions.EXT_instance_features;
  if (!isObject(features)) return;
  const instancing = extensions.EXT_mesh_gpu_instancing;
  if (!isObject(instancing)) return parts.notes.add(`${path}/extensions/EXT_instance_features`, 'the node has no EXT_mesh_gpu_instancing');
  await inspectFeatureIds(features, isObject(instancing.attributes) ? instancing.attributes : {}, metadata, parts, `${path}/extensions/EXT_instance_features`);
}

/** Nodes that no scene shows: bytes for nothing. */
function inspectUse({ json, notes, list }: GltfParts): void {
  const nodes = list('nodes');
  if (!Array.isArray(json.scenes) || nodes.length > MOST_NODES) return;
  const used = new Set<unknown>();
  for (const owner of [...list('scenes').map((scene) => scene.nodes), ...nodes.map((node) => node.children), ...list('skins').map((skin) => skin.joints)]) if (Array.isArray(owner)) for (const each of owner) used.add(each);
  for (const i of nodes.keys()) if (!used.has(i)) notes.add(`/nodes/${i}`, 'no scene shows this node', 'info');
}
