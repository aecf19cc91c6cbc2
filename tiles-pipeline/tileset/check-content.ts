import { gzipSync } from 'node:zlib';
import { pictureSize } from './image-size.ts';
import { ContentFault, readAccessor, readColumn, readGlb, type Glb, type GlbJson, type GlbPrimitive } from './read-content.ts';
import { readDraco } from './read-draco.ts';

/** What one content holds, as far as it could be read. */
export interface CheckedContent {
  /** Corners of all vertices in metres of the tile's frame: [vertices × 3]. */
  readonly positions: Float64Array;
  /** Feature numbers in the order of the table. */
  readonly numbers: readonly number[];
  readonly columns: ReadonlyMap<string, readonly (number | string | boolean)[]>;
}

export type Report = (code: string, message: string) => void;

const MOST_VERTICES = 65_000;
const MOST_BYTES = 1_000_000;
/** Columns a property table has, by its class. */
const columnsWanted: Readonly<Record<string, readonly string[]>> = {
  building: ['feature', 'id', 'height'],
  element: ['feature', 'id', 'name', 'class', 'storey'],
};

/** Looks through one GLB: container, compression, geometry, feature ids, property table. Faults go to `report`; undefined where nothing could be read. */
export async function checkContent(bytes: Uint8Array, report: Report): Promise<CheckedContent | undefined> {
  try {
    const glb = readGlb(bytes);
    const table = await checkTable(glb, report);
    // What is no larger unpacked needs no packing to be found small enough.
    const zipped = bytes.length > MOST_BYTES && table.count > 1 ? gzipSync(bytes).length : 0;
    if (zipped > MOST_BYTES) report('content-too-large', `${zipped} bytes gzipped, more than ${MOST_BYTES}`);
    const positions = await checkGeometry(glb, table.count, table.numbers, report);
    return { positions, numbers: table.numbers, columns: table.columns };
  } catch (cause) {
    if (!(cause instanceof ContentFault)) throw cause;
    report(cause.code, cause.message);
    return undefined;
  }
}

/** What the vertices of one primitive say. */
interface Shape {
  readonly primitive: GlbPrimitive;
  readonly positions: Float64Array;
  readonly ids: Float64Array;
  readonly wide: Float64Array;
  readonly vertices: number;
}

async function checkGeometry(glb: Glb, rows: number, numbers: readonly number[], report: Report): Promise<Float64Array> {
  const primitives = glb.json.meshes?.[0]?.primitives ?? [];
  if (primitives.length === 0) throw new ContentFault('primitive-missing', 'there is no primitive');
  const shapes: Shape[] = [];
  for (const primitive of primitives) shapes.push(await checkPrimitive(glb, primitive, report));
  // Primitives of one content share their vertices, or have their own where they are compressed each by itself.
  const apart = shapes.filter((shape, k) => shapes.findIndex((other) => other.primitive.attributes.POSITION === shape.primitive.attributes.POSITION) === k);
  const vertices = apart.reduce((sum, shape) => sum + shape.vertices, 0);
  // A single feature is never cut, however many vertices it has.
  if (vertices > MOST_VERTICES && rows > 1) report('too-many-vertices', `${vertices} vertices, more than ${MOST_VERTICES}`);
  checkIds(apart, rows, numbers, report);
  checkLooks(glb, report);
  const positions = new Float64Array(vertices * 3);
  let at = 0;
  for (const shape of apart) {
    positions.set(shape.positions, at);
    at += shape.positions.length;
  }
  return placed(glb.json, positions);
}

async function checkPrimitive(glb: Glb, primitive: GlbPrimitive, report: Report): Promise<Shape> {
  const { attributes } = primitive;
  for (const name of ['POSITION', 'COLOR_0', '_FEATURE_ID_0', '_FEATURE_ID_1']) if (attributes[name] === undefined) throw new ContentFault('attribute-missing', `there is no ${name}`);
  const shape = primitive.extensions?.KHR_draco_mesh_compression ? await readDraco(glb, primitive) : await readShape(glb, primitive);
  const { of, indices } = shape;
  const vertices = of.POSITION.length / 3;
  checkBounds(glb.json, attributes.POSITION, of.POSITION, report);
  for (const [name, width] of [['_FEATURE_ID_0', 1], ['_FEATURE_ID_1', 1], ['COLOR_0', 4], ['TEXCOORD_0', 2], ['NORMAL', 3], ['_FEATURE_ID_2', 1]] as const)
    if (of[name] && of[name].length !== vertices * width) report('attribute-length', `${name} has ${of[name].length} values for ${vertices} vertices`);
  if (of.NORMAL) checkNormals(of.NORMAL, glb.json.accessors?.[attributes.NORMAL]?.componentType === 5126 ? 1 : 127, report);
  if (indices.length === 0 || indices.length % 3 !== 0) report('index-count', `${indices.length} indices are no triangles`);
  if (indices.some((index) => index >= vertices)) report('index-range', `an index points beyond the ${vertices} vertices`);
  return { primitive, positions: of.POSITION, ids: of._FEATURE_ID_0, wide: of._FEATURE_ID_1, vertices };
}

async function readShape(glb: Glb, primitive: GlbPrimitive): Promise<{ of: Record<string, Float64Array>; indices: Float64Array }> {
  const of: Record<string, Float64Array> = {};
  for (const [name, index] of Object.entries(primitive.attributes)) of[name] = (await readAccessor(glb, index)).values;
  return { of, indices: primitive.indices === undefined ? new Float64Array() : (await readAccessor(glb, primitive.indices)).values };
}

/** A direction in steps of 1/127 is off by one part in a hundred at most. */
function checkNormals(values: Float64Array, one: number, report: Report): void {
  let wrong = 0;
  for (let i = 0; i < values.length; i += 3) if (Math.abs(Math.hypot(values[i], values[i + 1], values[i + 2]) / one - 1) > 0.02) wrong++;
  if (wrong > 0) report('normal-length', `${wrong} normals are no unit vectors`);
}

/** Every picture a primitive shows is there, and is what it says. */
function checkLooks({ json, binary }: Glb, report: Report): void {
  for (const { material } of json.meshes?.[0]?.primitives ?? []) {
    const texture = json.materials?.[material ?? 0]?.pbrMetallicRoughness?.baseColorTexture;
    if (!texture) continue;
    const { source, extensions } = json.textures?.[texture.index] ?? {};
    const image = json.images?.[source ?? Object.values(extensions ?? {})[0]?.source ?? -1];
    const view = json.bufferViews?.[image?.bufferView ?? -1];
    if (!image || !view) {
      report('picture-missing', `the picture of material ${material} is not there`);
      continue;
    }
    const bytes = binary.subarray(view.byteOffset ?? 0, (view.byteOffset ?? 0) + view.byteLength);
    const kind = image.mimeType === 'image/ktx2' ? (bytes[0] === 0xab && bytes[1] === 0x4b ? 'ktx2' : undefined) : pictureSize(bytes)?.kind;
    if (image.mimeType !== `image/${kind}`) report('picture-type', `the picture of material ${material} says ${image.mimeType}, and is ${kind ?? 'none of it'}`);
  }
}

function checkBounds(json: GlbJson, index: number, values: Float64Array, report: Report): void {
  const accessor = json.accessors?.[index];
  for (let axis = 0; axis < 3; axis++) {
    let [min, max] = [Infinity, -Infinity];
    for (let i = axis; i < values.length; i += 3) {
      min = Math.min(min, values[i]);
      max = Math.max(max, values[i]);
    }
    if (accessor?.min?.[axis] !== min || accessor?.max?.[axis] !== max) report('position-bounds', `POSITION says ${accessor?.min?.[axis]}…${accessor?.max?.[axis]} on axis ${axis}, holds ${min}…${max}`);
  }
}

function checkIds(shapes: readonly Shape[], rows: number, numbers: readonly number[], report: Report): void {
  for (const { primitive } of shapes) {
    const declared = primitive.extensions?.EXT_mesh_features?.featureIds ?? [];
    if (declared[0]?.featureCount !== rows || declared[0]?.propertyTable !== 0) report('feature-count', `EXT_mesh_features says ${declared[0]?.featureCount} features, the table has ${rows} rows`);
    if (declared.length === 0 || declared.some((set) => set.propertyTable === undefined)) report('feature-sets', `EXT_mesh_features declares ${declared.length} feature id sets; each must have a property table`);
  }
  const used = new Uint8Array(rows);
  let far = 0;
  let wrong = 0;
  for (const { ids, wide } of shapes)
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] >= rows) far++;
      else {
        used[ids[i]] = 1;
        if (numbers[ids[i]] !== wide[i]) wrong++;
      }
    }
  if (far > 0) report('row-range', `${far} vertices point beyond the ${rows} rows`);
  if (wrong > 0) report('number-mismatch', `${wrong} vertices carry another feature number than their row`);
  const unused = used.filter((mark) => mark === 0).length;
  if (unused > 0) report('row-unused', `${unused} rows have no vertex`);
}

async function checkTable(glb: Glb, report: Report): Promise<{ count: number; numbers: number[]; columns: Map<string, readonly (number | string | boolean)[]> }> {
  const metadata = glb.json.extensions?.EXT_structural_metadata;
  const table = metadata?.propertyTables?.[0];
  const properties = table && metadata?.schema?.classes[table.class]?.properties;
  if (!table || !properties) throw new ContentFault('table-missing', 'there is no property table, or its class is not in the schema');
  const columns = new Map<string, readonly (number | string | boolean)[]>();
  for (const name of new Set([...(columnsWanted[table.class] ?? columnsWanted.building), ...Object.keys(table.properties)])) {
    const property = table.properties[name];
    const type = properties[name];
    if (!property || !type) {
      report('column-missing', `the table has no column ${name}`);
      continue;
    }
    const values = await readColumn(glb, name, property, type, table.count);
    columns.set(name, values);
    if (type.type === 'SCALAR') checkRange(name, values as number[], property, report);
  }
  return { count: table.count, numbers: (columns.get('feature') ?? []) as number[], columns };
}

function checkRange(name: string, values: readonly number[], property: { min?: number; max?: number }, report: Report): void {
  if (values.some((value) => !Number.isFinite(value))) report('table-nan', `column ${name} holds what is no number`);
  const min = values.reduce((least, value) => Math.min(least, value), Infinity);
  const max = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if ((property.min ?? min) !== min || (property.max ?? max) !== max) report('table-minmax', `column ${name} says ${property.min}…${property.max}, holds ${min}…${max}`);
}

/** Positions through the node (translation, rotation, scale), the one above it that may put it on the earth (matrix), and from glTF's y-up to the tile's z-up. */
function placed(json: GlbJson, values: Float64Array): Float64Array {
  const above = (json.nodes as { children?: number[]; matrix?: number[] }[] | undefined)?.find(({ children }) => children?.includes(0))?.matrix;
  const { translation = [0, 0, 0], rotation = [0, 0, 0, 1], scale = [1, 1, 1] } = json.nodes?.[0] ?? {};
  const [x, y, z, w] = rotation;
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    const [px, py, pz] = [values[i] * scale[0], values[i + 1] * scale[1], values[i + 2] * scale[2]];
    // v + 2w(q × v) + 2(q × (q × v))
    const [cx, cy, cz] = [y * pz - z * py, z * px - x * pz, x * py - y * px];
    const rx = px + 2 * (w * cx + y * cz - z * cy) + translation[0];
    const ry = py + 2 * (w * cy + z * cx - x * cz) + translation[1];
    const rz = pz + 2 * (w * cz + x * cy - y * cx) + translation[2];
    out[i] = above ? above[0] * rx + above[4] * ry + above[8] * rz + above[12] : rx;
    out[i + 1] = -(above ? above[2] * rx + above[6] * ry + above[10] * rz + above[14] : rz);
    out[i + 2] = above ? above[1] * rx + above[5] * ry + above[9] * rz + above[13] : ry;
  }
  return out;
}
