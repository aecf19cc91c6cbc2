import { isCount, isObject, type JsonObject } from './json.ts';
import { Notes } from './notes.ts';
import { inspectTables } from './tables.ts';

/** How the tiles of a subtree are numbered, as the tileset says. */
export interface Tiling {
  readonly scheme: 'QUADTREE' | 'OCTREE';
  readonly levels: number;
  /** The tileset's schema; null where it has none, undefined where it is not known. */
  readonly schema?: unknown;
}

/** Looks through a subtree's JSON. @source OGC 3D Tiles 1.1, "Implicit Tiling", subtree.schema.json */
export function inspectSubtree(json: JsonObject, tiling: Tiling | null, notes: Notes, path = ''): void {
  const buffers = json.buffers === undefined ? [] : notes.list(json.buffers, `${path}/buffers`, 'buffers', true);
  const views = json.bufferViews === undefined ? [] : notes.list(json.bufferViews, `${path}/bufferViews`, 'bufferViews', true);
  if (json.buffers !== undefined && json.bufferViews === undefined) notes.add(`${path}/buffers`, 'there are buffers and no bufferViews', 'warning');
  if (json.bufferViews !== undefined && json.buffers === undefined) notes.add(`${path}/bufferViews`, 'there are bufferViews and no buffers');
  for (const [i, view] of views) {
    notes.index(view.buffer, buffers.length, `${path}/bufferViews/${i}/buffer`, 'buffer');
    if (!isCount(view.byteLength) || view.byteLength === 0) notes.add(`${path}/bufferViews/${i}/byteLength`, 'byteLength is no count from 1');
    if (isCount(view.byteOffset) && view.byteOffset % 8 !== 0) notes.add(`${path}/bufferViews/${i}/byteOffset`, `byteOffset ${view.byteOffset} is no multiple of 8`);
  }
  const all: readonly unknown[] = Array.isArray(json.bufferViews) ? json.bufferViews : [];
  if (json.propertyTables !== undefined) inspectTables(json.propertyTables, all, tiling?.schema, notes, `${path}/propertyTables`);
  const tables = Array.isArray(json.propertyTables) ? json.propertyTables.length : 0;
  if (json.tileMetadata !== undefined) notes.index(json.tileMetadata, tables, `${path}/tileMetadata`, 'tileMetadata');
  if (json.contentMetadata !== undefined) {
    if (!Array.isArray(json.contentMetadata)) notes.add(`${path}/contentMetadata`, 'contentMetadata is no list');
    else for (const [i, each] of json.contentMetadata.entries()) notes.index(each, tables, `${path}/contentMetadata/${i}`, 'contentMetadata');
  }
  if (tiling) inspectAvailability(json, tiling, all, notes, path);
}

/** A bitstream must have the bytes its tiles need, neither more nor fewer. */
function inspectAvailability(json: JsonObject, { scheme, levels }: Tiling, views: readonly unknown[], notes: Notes, path: string): void {
  const branches = scheme === 'QUADTREE' ? 4 : 8;
  const tiles = (branches ** levels - 1) / (branches - 1);
  const contents = Array.isArray(json.contentAvailability) ? json.contentAvailability.map((each: unknown, i) => [`contentAvailability/${i}`, each, tiles] as const) : [];
  for (const [name, availability, bits] of [['tileAvailability', json.tileAvailability, tiles], ['childSubtreeAvailability', json.childSubtreeAvailability, branches ** levels], ...contents] as const) {
    if (!isObject(availability) || availability.bitstream === undefined) continue;
    const view = isCount(availability.bitstream) ? views[availability.bitstream] : null;
    const wanted = Math.ceil(bits / 8);
    if (isObject(view) && view.byteLength !== wanted) notes.add(`${path}/${name}/bitstream`, `${bits} bits need ${wanted} bytes, the bufferView has ${String(view.byteLength)}`);
    if (isCount(availability.availableCount) && availability.availableCount > bits) notes.add(`${path}/${name}/availableCount`, `${availability.availableCount} are said to be there, ${bits} can be`);
  }
}

/** The parts of a binary subtree begin at multiples of eight. */
export function inspectSubtreeBinary(jsonLength: number, binaryLength: number, notes: Notes): void {
  if (jsonLength % 8 !== 0) notes.add('/', `the length of the JSON, ${jsonLength}, is no multiple of 8`);
  if (binaryLength % 8 !== 0) notes.add('/', `the length of the binary part, ${binaryLength}, is no multiple of 8`);
}
