import type { Issue } from '../../../engine/errors.ts';
import type { ModelMesh, ModelTable, PackedTexts } from '../model-table.ts';
import { geometryOf, type Geometry } from './geometry.ts';
import { georeferenceOf } from './georeference.ts';
import { PropertySets } from './properties.ts';
import { hasBody } from './shapes.ts';
import { StepFile } from './step.ts';
import { decodeBytes, endsWhole, nestsTooDeep } from './step-text.ts';
import { productsOf, structureOf, type Product, type Structure } from './structure.ts';
import { unitsOf, type Units } from './units.ts';

/** What came of one file: a table, or none with the reason among the issues. `in` counts products with a shape. */
export interface IfcResult {
  readonly table: ModelTable | null;
  readonly skipped: Readonly<Record<string, number>>;
  readonly issues: readonly Issue[];
}

/** A JavaScript string holds no more; web-ifc's own memory ends about there too. */
const MOST_BYTES = 500_000_000;
const notBuilt: Readonly<Record<string, string>> = {
  IFCOPENINGELEMENT: 'opening (cut out of what it lies in)', IFCOPENINGSTANDARDCASE: 'opening (cut out of what it lies in)', IFCVOIDINGFEATURE: 'opening (cut out of what it lies in)',
  IFCSPACE: 'space (a room, no body)', IFCSPATIALZONE: 'space (a room, no body)', IFCEXTERNALSPATIALELEMENT: 'space (a room, no body)',
};

/** Classes that make up what is seen of a structure from outside. */
const shell = /^IFC(?:WALL|SLAB|ROOF|CURTAINWALL|WINDOW|DOOR|PLATE|COLUMN|BEAM|MEMBER|STAIR|RAMP|SITE|BUILDING$|PILE|FOOTING|BRIDGE|ROAD|PAVEMENT|KERB|COURSE|GEOGRAPHIC|EARTHWORKS|CHIMNEY|SHADING)/u;

/** Makes the shapes of a file; elsewhere, so that a reader that breaks down takes nothing with it. @throws where it broke down */
export type MakeGeometry = (bytes: Uint8Array) => Promise<Geometry | { unreadable: true }>;

/**
 * Reads a whole IFC file: its shapes through `make`, and meanwhile what is written of them. Faults of the file become issues that name it; nothing
 * is thrown for them. @param name the file as the user named it
 */
export async function readIfc(bytes: Uint8Array, name: string, stem: string, make: MakeGeometry = geometryOf): Promise<IfcResult> {
  const refuse = (code: string, message: string): IfcResult => ({ table: null, skipped: {}, issues: [{ code, severity: 'error', message, path: name }] });
  if (bytes.length > MOST_BYTES) return refuse('too-large', `${name} is larger than ${MOST_BYTES / 1e6} MB; split the model by storey or discipline and give the parts.`);
  if (nestsTooDeep(bytes)) return refuse('bad-step', `${name} has brackets nested deeper than any IFC schema has them; it is damaged or made to do harm. Export it again.`);
  const whole = endsWhole(bytes);
  // Started first: it takes the longest, and another core where there is one.
  const making = whole ? make(bytes) : undefined;
  making?.catch(() => undefined);
  const { text, encoding } = decodeBytes(bytes);
  const file = new StepFile(text);
  if (!making) return refuse('cut-short', `${name} is cut short: it does not end with END-ISO-10303-21 (${file.size.toLocaleString('en')} instances were there). Export or copy the file again.`);
  const products = productsOf(file);
  const shaped = products.filter(({ shape }) => shape !== null);
  if (shaped.length === 0) return refuse('nothing-to-draw', file.size === 0 ? `${name} has an empty data section: there is no model in it.` : `${name} has no product with a shape (${products.length} products in all): there is nothing to draw in it.`);
  const issues: Issue[] = [];
  if (encoding !== 'ascii') issues.push(encodingIssue(encoding, name));
  const units = unitsOf(file);
  const written: Written = { file, units, structure: structureOf(file, units.metres), sets: new PropertySets(file, units) };
  const geometry = await shapesOf(making, name, shaped.length, issues);
  if (!geometry) return { table: null, skipped: {}, issues };
  const { drawn, skipped } = sorted(products, geometry, file, name, issues);
  if (drawn.length === 0) return { table: null, skipped, issues: [...issues, { code: 'nothing-to-draw', severity: 'error', message: `${name}: none of its ${shaped.length} products with a shape gave a triangle; nothing can be drawn of it.`, path: name }] };
  return { table: tableOf(written, drawn, geometry, stem, name, issues), skipped, issues };
}

function encodingIssue(encoding: 'utf-8' | 'gb18030' | 'latin1', name: string): Issue {
  const what = { 'utf-8': 'UTF-8', gb18030: 'GBK', latin1: 'Latin-1' }[encoding];
  return { code: 'text-encoding', severity: encoding === 'utf-8' ? 'info' : 'warning', message: `${name} holds raw ${what} bytes where the standard wants \\X2\\ escapes; its names were read as ${what}.`, path: name };
}

async function shapesOf(making: ReturnType<MakeGeometry>, name: string, shaped: number, issues: Issue[]): Promise<Geometry | undefined> {
  const fail = (why: string): undefined => void issues.push({ code: 'geometry-failed', severity: 'error', message: `${name}: its shapes cannot be made (${why}); ${shaped} products are left out. Repair the file in the program that made it, or leave out what is named.`, path: name });
  try {
    const geometry = await making;
    if ('unreadable' in geometry) return fail('the reader does not take it for a model');
    if (geometry.failed !== null) issues.push({ code: 'geometry-failed', severity: 'error', message: `${name}: the reader broke down after ${geometry.elements.length} of ${shaped} products (${geometry.failed}); the rest is left out.`, path: name });
    return geometry;
  } catch (cause) {
    return fail(`the reader broke down: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Which products are drawn, and why the others are not. */
function sorted(products: readonly Product[], geometry: Geometry, file: StepFile, name: string, issues: Issue[]): { drawn: Product[]; skipped: Record<string, number> } {
  const known = new Map(products.map((product) => [product.express, product]));
  // What has triangles and is no product by our own reading is drawn all the same, under its number.
  const drawn = geometry.elements.map((express): Product => known.get(express) ?? { express, globalId: '', type: file.type(express), name: '', objectType: '', placement: null, shape: null });
  const seen = new Set(geometry.elements);
  const skipped: Record<string, number> = {};
  const silent: Product[] = [];
  for (const product of products) {
    if (product.shape === null || seen.has(product.express)) continue;
    const reason = notBuilt[product.type] ?? (hasBody(file, product.shape) ? 'body without triangles' : 'drawn as lines or points only');
    skipped[reason] = (skipped[reason] ?? 0) + 1;
    if (reason === 'body without triangles') silent.push(product);
  }
  if (silent.length > 0) {
    const some = silent.slice(0, 3).map(({ type, globalId, express }) => `#${express} ${type} ${globalId}`);
    issues.push({ code: 'no-triangles', severity: 'warning', message: `${name}: ${silent.length} products have a body of which no triangle could be made; they are left out: ${some.join(', ')}${silent.length > some.length ? ' …' : ''}.`, path: name });
  }
  if (geometry.broken.length > 0) issues.push({ code: 'broken-placement', severity: 'warning', message: `${name}: ${geometry.broken.length} shapes stand where there is no place (their placement is no number or farther than 100,000 km); they are left out: #${[...new Set(geometry.broken)].slice(0, 3).join(', #')}.`, path: name });
  return { drawn, skipped };
}

/** What the file says of its elements beside their shapes. */
interface Written {
  readonly file: StepFile;
  readonly units: Units;
  readonly structure: Structure;
  readonly sets: PropertySets;
}

function tableOf({ file, units, structure, sets }: Written, drawn: readonly Product[], geometry: Geometry, stem: string, name: string, issues: Issue[]): ModelTable {
  const ids = uniqueIds(drawn, name, issues);
  return {
    kind: 'model', name: stem, schema: file.schema, cimLevel: 'CIM4',
    features: {
      count: drawn.length, id: ids,
      name: drawn.map((product) => product.name),
      class: drawn.map(({ type }, row) => geometry.classes[row] || type),
      type: drawn.map(({ express, objectType }) => structure.typeOf(express) || objectType),
      material: drawn.map(({ express }) => structure.materialOf(express)),
      storey: Int32Array.from(drawn, ({ express }) => structure.storeyOf(express)),
      shell: Uint8Array.from(drawn, ({ type }) => (shell.test(type) ? 1 : 0)),
    },
    storeys: structure.storeys,
    mesh: file.of('IFCPROJECT').length === 1 ? geometry.mesh : inMetres(geometry.mesh, units.metres),
    georeference: georeferenceOf(file, units),
    properties: packed(drawn, sets, structure),
  };
}

/** web-ifc turns lengths into metres only in a file of exactly one project. */
function inMetres(mesh: ModelMesh, metres: number): ModelMesh {
  const [x, y, z] = mesh.origin;
  return { ...mesh, origin: [x * metres, y * metres, z * metres], positions: mesh.positions.map((value) => value * metres) };
}

/** GlobalIds as they are; one that comes again gets `#2`, `#3`…, and what has none is called by its number in the file. */
function uniqueIds(drawn: readonly Product[], name: string, issues: Issue[]): string[] {
  const used = new Map<string, number>();
  let repeated = 0;
  const ids = drawn.map(({ globalId, express }) => {
    const wanted = globalId || `#${express}`;
    const n = (used.get(wanted) ?? 0) + 1;
    used.set(wanted, n);
    if (n > 1) repeated++;
    return n === 1 ? wanted : `${wanted}#${n}`;
  });
  if (repeated > 0) issues.push({ code: 'repeated-ids', severity: 'warning', message: `${name}: ${repeated} products carry a GlobalId that another one has; they got #2, #3… behind it.`, path: name });
  return ids;
}

function packed(drawn: readonly Product[], sets: PropertySets, structure: Structure): PackedTexts {
  const starts = new Uint32Array(drawn.length + 1);
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(1 << 16);
  let at = 0;
  for (const [row, { express }] of drawn.entries()) {
    const part = sets.of(express, structure.typeId(express));
    if (at + part.length * 3 > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, at + part.length * 3));
      larger.set(bytes);
      bytes = larger;
    }
    at += encoder.encodeInto(part, bytes.subarray(at)).written;
    starts[row + 1] = at;
  }
  return { bytes: bytes.slice(0, at), starts };
}
