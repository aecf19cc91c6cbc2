import { gzipSync } from 'node:zlib';
import { ContentFault, readAccessor, readColumn, readGlb, type Glb, type GlbJson } from './read-content.ts';

/** What one content holds, as far as it could be read. */
export interface CheckedContent {
  /** Corners of all vertices in metres of the tile's frame: [vertices × 3]. */
  readonly positions: Float64Array;
  /** Feature numbers in the order of the table. */
  readonly numbers: readonly number[];
  readonly columns: ReadonlyMap<string, readonly (number | string)[]>;
}

export type Report = (code: string, message: string) => void;

const MOST_VERTICES = 65_000;
const MOST_BYTES = 1_000_000;
/** Columns a property table has, by its class. */
const columnsWanted: Readonly<Record<string, readonly string[]>> = {
  building: ['feature', 'id', 'height', 'base', 'storeys', 'use', 'name', 'address'],
  element: ['feature', 'id', 'name', 'class', 'storey'],
};

/** Looks through one GLB: container, compression, geometry, feature ids, property table. Faults go to `report`; undefined where nothing could be read. */
export async function checkContent(bytes: Uint8Array, report: Report): Promise<CheckedContent | undefined> {
  try {
    const glb = readGlb(bytes);
    const zipped = gzipSync(bytes).length;
    const table = await checkTable(glb, report);
    if (zipped > MOST_BYTES && table.count > 1) report('content-too-large', `${zipped} bytes gzipped, more than ${MOST_BYTES}`);
    const positions = await checkGeometry(glb, table.count, table.numbers, report);
    return { positions, numbers: table.numbers, columns: table.columns };
  } catch (cause) {
    if (!(cause instanceof ContentFault)) throw cause;
    report(cause.code, cause.message);
    return undefined;
  }
}

async function checkGeometry(glb: Glb, rows: number, numbers: readonly number[], report: Report): Promise<Float64Array> {
  const primitive = glb.json.meshes?.[0]?.primitives[0];
  if (!primitive) throw new ContentFault('primitive-missing', 'there is no primitive');
  const { attributes } = primitive;
  for (const name of ['POSITION', 'COLOR_0', '_FEATURE_ID_0', '_FEATURE_ID_1']) if (attributes[name] === undefined) throw new ContentFault('attribute-missing', `there is no ${name}`);
  const position = await readAccessor(glb, attributes.POSITION);
  const vertices = position.values.length / 3;
  // A single feature is never cut, however many vertices it has.
  if (vertices > MOST_VERTICES && rows > 1) report('too-many-vertices', `${vertices} vertices, more than ${MOST_VERTICES}`);
  checkBounds(glb.json, attributes.POSITION, position.values, report);
  const ids = (await readAccessor(glb, attributes._FEATURE_ID_0)).values;
  const wide = (await readAccessor(glb, attributes._FEATURE_ID_1)).values;
  const colours = (await readAccessor(glb, attributes.COLOR_0)).values;
  if (ids.length !== vertices || wide.length !== vertices || colours.length !== vertices * 4) report('attribute-length', 'attributes differ in length');
  checkIds(primitive, ids, wide, rows, numbers, report);
  const indices = primitive.indices === undefined ? new Float64Array() : (await readAccessor(glb, primitive.indices)).values;
  if (indices.length === 0 || indices.length % 3 !== 0) report('index-count', `${indices.length} indices are no triangles`);
  if (indices.some((index) => index >= vertices)) report('index-range', `an index points beyond the ${vertices} vertices`);
  return placed(glb.json, position.values);
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

type Primitive = NonNullable<GlbJson['meshes']>[number]['primitives'][number];

function checkIds(primitive: Primitive, ids: Float64Array, wide: Float64Array, rows: number, numbers: readonly number[], report: Report): void {
  const declared = primitive.extensions?.EXT_mesh_features?.featureIds ?? [];
  if (declared[0]?.featureCount !== rows || declared[0]?.propertyTable !== 0) report('feature-count', `EXT_mesh_features says ${declared[0]?.featureCount} features, the table has ${rows} rows`);
  if (declared.length !== 1) report('feature-sets', `EXT_mesh_features declares ${declared.length} feature id sets; engines are given one, with a property table`);
  const used = new Uint8Array(rows);
  let far = 0;
  let wrong = 0;
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

async function checkTable(glb: Glb, report: Report): Promise<{ count: number; numbers: number[]; columns: Map<string, readonly (number | string)[]> }> {
  const metadata = glb.json.extensions?.EXT_structural_metadata;
  const table = metadata?.propertyTables?.[0];
  const properties = table && metadata?.schema?.classes[table.class]?.properties;
  if (!table || !properties) throw new ContentFault('table-missing', 'there is no property table, or its class is not in the schema');
  const columns = new Map<string, readonly (number | string)[]>();
  for (const name of columnsWanted[table.class] ?? columnsWanted.building) {
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
  if (property.min !== min || property.max !== max) report('table-minmax', `column ${name} says ${property.min}…${property.max}, holds ${min}…${max}`);
}

/** Positions through the node (translation, rotation, scale) and from glTF's y-up to the tile's z-up. */
function placed(json: GlbJson, values: Float64Array): Float64Array {
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
    out[i] = rx;
    out[i + 1] = -rz;
    out[i + 2] = ry;
  }
  return out;
}
