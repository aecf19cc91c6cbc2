import { transform, type Matrix } from '#geo';
import type { Format, ReadContext, Source } from './format.ts';
import { GltfDocument } from './gltf/document.ts';
import { GltfFault, numbers, type Gltf, type GltfNode } from './gltf/json.ts';
import { readPrimitive, type Shape } from './gltf/primitive.ts';
import { copiesOf, sceneOf, type Standing } from './gltf/scene.ts';
import { ModelBuilder, type ModelPart } from './model-builder.ts';
import type { ModelTable } from './model-table.ts';

const MAGIC = 0x46546c67;
/** Triangles of one model with all its copies, and features. */
const MOST = { triangles: 60_000_000, features: 1_000_000, bytes: 2_000_000_000 };
/** What the reader knows of the extensions a file may require. */
const KNOWN = new Set([
  'KHR_draco_mesh_compression', 'EXT_meshopt_compression', 'KHR_meshopt_compression', 'KHR_mesh_quantization', 'EXT_mesh_gpu_instancing', 'KHR_texture_transform', 'EXT_texture_webp', 'KHR_materials_unlit',
  'KHR_materials_pbrSpecularGlossiness', 'CESIUM_RTC', 'EXT_mesh_features', 'EXT_structural_metadata', 'EXT_instance_features', 'KHR_texture_basisu',
]);

/** Metres from the file's own zero beyond which nothing stands. */
const FARTHEST = 1e8;
const BROKEN = 'node with a broken mesh';

/** glTF 2.0, as .glb or .gltf with what lies beside it. Every node with triangles becomes a feature of one {@link ModelTable}. */
export const gltf = {
  id: 'gltf',
  title: 'glTF (model)',
  extensions: ['.glb', '.gltf'],
  sniff: (head) => isGlb(head) || isGltfJson(head),
  read,
} as const satisfies Format;

function isGlb(head: Uint8Array): boolean {
  return head.length >= 12 && new DataView(head.buffer, head.byteOffset).getUint32(0, true) === MAGIC;
}

function isGltfJson(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head).trimStart();
  if (!text.startsWith('{') || /"(?:geometricError|ifcxVersion|CityObjects)"\s*:/u.test(text)) return false;
  return /"(?:accessors|bufferViews)"\s*:\s*\[\s*\{/u.test(text) || /"asset"\s*:\s*\{[^{}]*"version"\s*:\s*"[12]\.\d/u.test(text) || /"(?:byteLength|uri)"\s*:\s*"?(?:\d+|data:application\/(?:octet-stream|gltf-buffer))/u.test(text);
}

async function* read(source: Source, context: ReadContext): AsyncGenerator<ModelTable> {
  const fail = (what: string): void => void context.issues.push({ code: 'gltf-broken', severity: 'error', message: `${source.name} is no sound glTF: ${what}. Save it again in the program that made it.`, path: source.name });
  if (source.size > MOST.bytes) return fail(`it has ${(source.size / 1e9).toFixed(1)} GB, more than ${MOST.bytes / 1e9} GB`);
  const opened = open(await source.bytes());
  if (typeof opened === 'string') return fail(opened);
  const version = String(opened.json.asset?.version ?? '');
  if (!version.startsWith('2.')) return fail(`it says version ${version || 'nothing'}; glTF 2 is read here`);
  const document = new GltfDocument(opened.json, opened.binary, source);
  tellOfTheRest(opened.json, source, context);
  const table = await new Reader(document, source, context).read();
  if (table) yield table;
}

/** The JSON of a file and the binary chunk behind it; or why there is none. @source glTF 2.0, §4.4 */
function open(bytes: Uint8Array): { json: Gltf; binary?: Uint8Array } | string {
  if (!isGlb(bytes)) return parsed(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [version, length] = [view.getUint32(4, true), view.getUint32(8, true)];
  if (version !== 2) return `its GLB version is ${version}; 2 is read here`;
  if (bytes.length < 20 || length > bytes.length) return `it says ${length} bytes and has ${bytes.length}; it was cut short`;
  const size = view.getUint32(12, true);
  if (view.getUint32(16, true) !== 0x4e4f534a || 20 + size > bytes.length) return 'its first chunk is no JSON, or is cut short';
  const json = parsed(bytes.subarray(20, 20 + size));
  if (typeof json === 'string') return json;
  const at = 20 + size;
  if (at + 8 > bytes.length || view.getUint32(at + 4, true) !== 0x004e4942) return json;
  return { ...json, binary: bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + view.getUint32(at, true))) };
}

function parsed(bytes: Uint8Array): { json: Gltf } | string {
  try {
    const json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { json: json as Gltf } : 'its JSON is no object';
  } catch (cause) {
    return `its JSON cannot be parsed (${cause instanceof Error ? cause.message : String(cause)})`;
  }
}

/** What a file has that is not drawn here. */
function tellOfTheRest(json: Gltf, { name }: Source, { issues }: ReadContext): void {
  const unknown = (Array.isArray(json.extensionsRequired) ? json.extensionsRequired : []).filter((extension) => !KNOWN.has(extension));
  if (unknown.length > 0) issues.push({ code: 'gltf-extension', severity: 'warning', message: `${name} requires ${unknown.map(String).join(', ')}, which is not read here; what depends on it is missing or looks different.`, path: name });
  const still = [[json.skins, 'skin'], [json.animations, 'animation']].flatMap(([list, word]) => (Array.isArray(list) && list.length > 0 ? [`${list.length} ${String(word)}${list.length > 1 ? 's' : ''}`] : []));
  if (still.length > 0) issues.push({ code: 'not-drawn', severity: 'info', message: `${name} has ${still.join(' and ')}: its things stand still, as they lie in the file.`, path: name });
}

/** Reads the nodes of one file. */
class Reader {
  readonly #built = new ModelBuilder();
  readonly #shapes = new Map<number, Promise<(Shape | undefined)[]>>();
  readonly #faults = new Map<string, number>();
  /** What is wrong with the first broken meshes. */
  readonly #details = new Set<string>();
  #pictureless = 0;
  #full = false;

  constructor(
    private readonly document: GltfDocument,
    private readonly source: Source,
    private readonly context: ReadContext,
  ) {}

  async read(): Promise<ModelTable | undefined> {
    const { source, context } = this;
    const scene = sceneOf(this.document);
    if (scene.broken > 0) this.#skip('node that is in two places, without a transform or nested too deep', scene.broken);
    for (const standing of scene.standing) {
      context.signal?.throwIfAborted();
      await this.#node(standing);
    }
    this.#tell(scene.standing.length);
    if (this.#built.count === 0) return undefined;
    const generator = this.document.json.asset?.generator;
    return this.#built.done({ name: source.name.replace(/^.*[/\\]/u, '').replace(/\.[^.]*$/u, ''), schema: `glTF ${this.document.json.asset?.version}${typeof generator === 'string' && generator ? ` (${generator.slice(0, 80)})` : ''}` });
  }

  #skip(reason: string, count = 1): void {
    this.context.skip(reason, count);
    this.#faults.set(reason, (this.#faults.get(reason) ?? 0) + count);
  }

  async #node(standing: Standing): Promise<void> {
    try {
      const shapes = await this.#mesh(standing.node.mesh!);
      const drawn = shapes.filter((shape) => shape !== undefined);
      if (drawn.length === 0) return this.#skip('drawn as lines or points only');
      const copies = await copiesOf(this.document, standing, MOST.features);
      const triangles = drawn.reduce((sum, { indices }) => sum + indices.length / 3, 0) * copies.length;
      if (this.#built.triangles + triangles > MOST.triangles || this.#built.count + copies.length > MOST.features) {
        this.#full = true;
        return this.#skip('beyond what one model may have', copies.length);
      }
      for (const [k, matrix] of copies.entries()) await this.#feature(standing, copies.length > 1 ? `[${k}]` : '', matrix, drawn);
    } catch (cause) {
      if (!(cause instanceof GltfFault)) throw cause;
      if (this.#details.size < 3) this.#details.add(cause.message);
      this.#skip(BROKEN);
    }
  }

  #mesh(index: number): Promise<(Shape | undefined)[]> {
    const known = this.#shapes.get(index) ?? this.#readMesh(index);
    this.#shapes.set(index, known);
    return known;
  }

  /** A broken primitive costs itself; a mesh of which nothing is left is broken. */
  async #readMesh(index: number): Promise<(Shape | undefined)[]> {
    const primitives = this.document.json.meshes?.[index]?.primitives;
    if (!Array.isArray(primitives)) throw new GltfFault(`there is no mesh ${index}, or it has no primitives`);
    const shapes: (Shape | undefined)[] = [];
    let fault: GltfFault | undefined;
    for (const primitive of primitives) {
      try {
        shapes.push(await readPrimitive(this.document, primitive ?? {}));
      } catch (cause) {
        if (!(cause instanceof GltfFault)) throw cause;
        fault ??= cause;
      }
    }
    if (fault && shapes.every((shape) => shape === undefined)) throw fault;
    if (fault) this.context.issues.push({ code: 'gltf-part', severity: 'warning', message: `${this.source.name}: a part of mesh ${index} is left out: ${fault.message}.`, path: this.source.name });
    return shapes;
  }

  async #feature({ node, path }: Standing, copy: string, matrix: Matrix, shapes: readonly Shape[]): Promise<void> {
    const mesh = this.document.json.meshes![node.mesh!];
    const parts: ModelPart[] = [];
    for (const shape of shapes) parts.push(await this.#part(shape, matrix));
    if (!parts.every(({ positions }) => positions.every((value) => Math.abs(value) < FARTHEST))) return this.#skip('standing where there is no place');
    const name = typeof node.name === 'string' && node.name !== '' ? node.name : typeof mesh.name === 'string' ? mesh.name : '';
    const feature = { id: `${path}${copy}`, name, class: 'node', type: typeof mesh.name === 'string' ? mesh.name : '', material: shapes.map(({ material }) => material).find(Boolean) ?? '', properties: setsOf(node, mesh.extras) };
    if (!this.#built.add(feature, parts)) this.#skip('without triangles');
  }

  async #part({ positions, indices, colours, uv, image }: Shape, matrix: Matrix): Promise<ModelPart> {
    const placed = new Float64Array(positions.length);
    const [x0, y0, z0] = numbers(this.document.json.extensions?.CESIUM_RTC?.center, 3) ?? [0, 0, 0];
    const at = [0, 0, 0];
    for (let i = 0; i < positions.length; i += 3) {
      transform(matrix, positions[i], positions[i + 1], positions[i + 2], at);
      // glTF's y is up; a relative centre is given with z up.
      placed[i] = at[0] + x0;
      placed[i + 1] = y0 - at[2];
      placed[i + 2] = at[1] + z0;
    }
    const picture = uv && image !== undefined ? await this.#picture(image) : 0;
    return { positions: placed, indices: mirrored(matrix) ? turned(indices) : indices, colours, ...(picture > 0 && { uv, picture }) };
  }

  async #picture(image: number): Promise<number> {
    try {
      return this.#built.picture(await this.document.picture(image));
    } catch (cause) {
      if (!(cause instanceof GltfFault)) throw cause;
      if (this.#pictureless++ === 0) this.context.issues.push({ code: 'picture-missing', severity: 'warning', message: `${this.source.name}: a picture is left out, its things keep their colours: ${cause.message}.`, path: this.source.name });
      return 0;
    }
  }

  #tell(standing: number): void {
    const { issues } = this.context;
    const { name } = this.source;
    for (const [reason, count] of this.#faults) issues.push({ code: 'gltf-node', severity: 'warning', message: `${name}: ${count} node${count > 1 ? 's are' : ' is'} left out: ${reason}${reason === BROKEN ? ` (${[...this.#details].join('; ')})` : ''}.`, path: name, count });
    if (this.#built.unusable > 0) issues.push({ code: 'picture-broken', severity: 'warning', message: `${name}: ${this.#built.unusable} pictures are no PNG, JPEG or WebP; their things keep their colours.`, path: name });
    if (this.#full) issues.push({ code: 'too-large', severity: 'error', message: `${name} has more than ${MOST.triangles / 1e6} million triangles or ${MOST.features / 1e6} million things with all copies; cut it into files.`, path: name });
    if (this.#built.repeated > 0) issues.push({ code: 'repeated-ids', severity: 'info', message: `${name}: ${this.#built.repeated} nodes have the same path of names as another one; they got #2, #3… behind it.`, path: name });
    if (this.#built.count === 0) issues.push({ code: 'nothing-to-draw', severity: 'error', message: `${name} holds no triangles${standing === 0 ? ': no node of its scene has a mesh' : ''}.`, path: name });
  }
}

function mirrored(m: Matrix): boolean {
  return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[4] * (m[1] * m[10] - m[2] * m[9]) + m[8] * (m[1] * m[6] - m[2] * m[5]) < 0;
}

/** A mirrored shape is seen from inside: its triangles go the other way round. */
function turned(indices: Uint32Array): Uint32Array {
  const out = Uint32Array.from(indices);
  for (let i = 0; i < out.length; i += 3) [out[i + 1], out[i + 2]] = [out[i + 2], out[i + 1]];
  return out;
}

/** What a file's maker wrote beside a node and its mesh. */
function setsOf(node: GltfNode, meshExtras: unknown): unknown[] {
  return [['node', node.extras] as const, ['mesh', meshExtras] as const].flatMap(([set, extras]) => {
    if (typeof extras !== 'object' || extras === null) return [];
    const plain = Object.entries(extras).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)).slice(0, 1000);
    return plain.length > 0 ? [[set, plain]] : [];
  });
}
