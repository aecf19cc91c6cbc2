import { multiply, type Matrix } from '#geo';
import { ContentFault, readAccessor, type Glb, type GlbPrimitive } from '../tileset/read-content.ts';
import { readDraco } from '../tileset/read-draco.ts';

/** Places of one primitive as they stand in the file, and the matrices that put them into the model's frame (y up). */
export interface PlacedPoints {
  readonly values: Float64Array;
  readonly matrices: readonly Matrix[];
  readonly accessor: number;
}

interface NodeJson {
  readonly mesh?: number;
  readonly children?: readonly number[];
  readonly matrix?: readonly number[];
  readonly translation?: readonly number[];
  readonly rotation?: readonly number[];
  readonly scale?: readonly number[];
  readonly extensions?: { readonly EXT_mesh_gpu_instancing?: { readonly attributes?: Readonly<Record<string, number>> } };
}

interface SceneJson {
  readonly scene?: number;
  readonly scenes?: readonly { readonly nodes?: readonly number[] }[];
  readonly nodes?: readonly NodeJson[];
  readonly meshes?: readonly { readonly primitives: readonly GlbPrimitive[] }[];
  readonly accessors?: readonly { readonly componentType: number; readonly normalized?: boolean; readonly bufferView?: number; readonly count: number; readonly min?: readonly number[]; readonly max?: readonly number[] }[];
  readonly extensions?: { readonly CESIUM_RTC?: { readonly center?: readonly number[] } };
}

type Report = (code: string, message: string, severity?: 'error' | 'warning' | 'info') => void;

/** Instances whose points are all looked at. */
const MOST_INSTANCES = 2000;
const LARGEST: Readonly<Record<number, number>> = { 5120: 127, 5121: 255, 5122: 32767, 5123: 65535 };

/** Every vertex that the scene of a sound glTF shows, and what of indices and bounds is not true. @throws {ContentFault} */
export async function placesIn(glb: Glb, report: Report): Promise<PlacedPoints[]> {
  const json = glb.json as unknown as SceneJson;
  const center = json.extensions?.CESIUM_RTC?.center;
  const root = center ? translation(center) : identity();
  const out: PlacedPoints[] = [];
  const read = new Map<GlbPrimitive, Float64Array | undefined>();
  const visit = async (index: number, above: Matrix): Promise<void> => {
    const node = json.nodes?.[index];
    if (!node) return;
    const own = multiply(above, localOf(node));
    const instances = await instancesOf(node, glb);
    const matrices = instances ? instances.map((each) => multiply(own, each)) : [own];
    for (const primitive of json.meshes?.[node.mesh ?? -1]?.primitives ?? []) {
      if (!read.has(primitive)) read.set(primitive, await positionsOf(primitive, glb, json, report));
      const values = read.get(primitive);
      if (values) out.push({ values, matrices, accessor: primitive.attributes.POSITION });
    }
    for (const child of node.children ?? []) await visit(child, own);
  };
  const scene = json.scenes?.[json.scene ?? 0];
  for (const index of scene?.nodes ?? []) await visit(index, root);
  return out;
}

async function positionsOf(primitive: GlbPrimitive, glb: Glb, json: SceneJson, report: Report): Promise<Float64Array | undefined> {
  const index = primitive.attributes.POSITION;
  const accessor = json.accessors?.[index ?? -1];
  if (!accessor) {
    report('attribute-missing', 'a primitive has no POSITION', 'warning');
    return undefined;
  }
  const draco = primitive.extensions?.KHR_draco_mesh_compression;
  if (!draco && accessor.bufferView === undefined) return undefined;
  const packed = draco ? await readDraco(glb, primitive) : undefined;
  const values = packed ? packed.of.POSITION : (await readAccessor(glb, index)).values;
  checkBounds(accessor, values, report);
  const indices = packed ? packed.indices : primitive.indices === undefined ? undefined : (await readAccessor(glb, primitive.indices)).values;
  if (indices?.some((each) => each >= values.length / 3)) report('index-range', `an index points beyond the ${values.length / 3} vertices`);
  const largest = accessor.normalized ? LARGEST[accessor.componentType] : undefined;
  return largest ? values.map((value) => Math.max(-1, value / largest)) : values;
}

/** @source glTF 2.0, 3.6.2.5: minimum and maximum are those of the stored values */
function checkBounds({ min, max, componentType }: { min?: readonly number[]; max?: readonly number[]; componentType: number }, values: Float64Array, report: Report): void {
  const round = (value: number): number => (componentType === 5126 ? Math.fround(value) : value);
  for (let axis = 0; axis < 3; axis++) {
    let [least, most] = [Infinity, -Infinity];
    for (let i = axis; i < values.length; i += 3) {
      if (values[i] < least) least = values[i];
      if (values[i] > most) most = values[i];
    }
    if (min && max && least <= most && (round(min[axis]) !== least || round(max[axis]) !== most)) report('position-bounds', `POSITION says ${min[axis]}…${max[axis]} on axis ${axis}, holds ${least}…${most}`, 'warning');
  }
}

/** @source EXT_mesh_gpu_instancing */
async function instancesOf(node: NodeJson, glb: Glb): Promise<Matrix[] | undefined> {
  const attributes = node.extensions?.EXT_mesh_gpu_instancing?.attributes;
  if (!attributes) return undefined;
  const of: Record<string, Float64Array> = {};
  for (const name of ['TRANSLATION', 'ROTATION', 'SCALE']) if (attributes[name] !== undefined) of[name] = (await readAccessor(glb, attributes[name])).values;
  const count = Math.max(0, ...Object.entries(of).map(([name, values]) => values.length / (name === 'ROTATION' ? 4 : 3)));
  const part = (name: string, k: number, width: number): number[] | undefined => (of[name] ? Array.from(of[name].subarray(k * width, (k + 1) * width)) : undefined);
  return Array.from({ length: Math.min(count, MOST_INSTANCES) }, (_, k) => localOf({ translation: part('TRANSLATION', k, 3), rotation: unit(part('ROTATION', k, 4)), scale: part('SCALE', k, 3) }));
}

function unit(q: readonly number[] | undefined): readonly number[] | undefined {
  const length = q ? Math.hypot(...q) : 0;
  return length > 0 ? q!.map((value) => value / length) : undefined;
}

function identity(): Matrix {
  return Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
}

function translation([x, y, z]: readonly number[]): Matrix {
  return Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, y, z, 1);
}

function localOf({ matrix, translation: t = [0, 0, 0], rotation: [x, y, z, w] = [0, 0, 0, 1], scale: s = [1, 1, 1] }: NodeJson): Matrix {
  if (matrix) return Float64Array.from(matrix);
  return Float64Array.of(
    (1 - 2 * (y * y + z * z)) * s[0], 2 * (x * y + z * w) * s[0], 2 * (x * z - y * w) * s[0], 0,
    2 * (x * y - z * w) * s[1], (1 - 2 * (x * x + z * z)) * s[1], 2 * (y * z + x * w) * s[1], 0,
    2 * (x * z + y * w) * s[2], 2 * (y * z - x * w) * s[2], (1 - 2 * (x * x + y * y)) * s[2], 0,
    t[0], t[1], t[2], 1,
  );
}

/** A glTF whose JSON stands alone, with its first buffer beside it. @throws {ContentFault} */
export function gltfOf(json: Glb['json'], binary: Uint8Array): Glb {
  if (!json.meshes && !json.nodes) throw new ContentFault('gltf-empty', 'there is neither a mesh nor a node');
  return { json, binary, binaryStart: 0 };
}
