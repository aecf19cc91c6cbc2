import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert } from '../convert.ts';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { checkTileset } from './check.ts';
import { readGlb, readView, type GlbJson } from './read-content.ts';
import type { TileJson } from './tileset.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let sound: string;

beforeAll(async () => {
  folder = await workFolder();
  sound = folder.path('sound');
  await convert({ inputs: [await folder.put('buildings.geojson', collection(seededBuildings(1500)))], out: sound });
  leaf = (JSON.parse(await readFile(join(sound, 'tileset.json'), 'utf8')) as Tileset).root.children![0].content!.uri;
});

afterAll(() => folder.drop());

type Tileset = { asset: { version: string }; geometricError: number; root: TileJson };
let leaf: string;

async function editTileset(dir: string, edit: (tileset: Tileset) => void): Promise<void> {
  const path = join(dir, 'tileset.json');
  const tileset = JSON.parse(await readFile(path, 'utf8')) as Tileset;
  edit(tileset);
  await writeFile(path, JSON.stringify(tileset).replaceAll('"NaN"', '1e999'));
}

/** Rewrites one content with its JSON changed, and its binary chunk (parts may be appended). */
async function editGlb(dir: string, edit: (json: GlbJson, binary: Uint8Array, append: (bytes: Uint8Array) => number) => Promise<void> | void): Promise<void> {
  const path = join(dir, leaf);
  const glb = readGlb(new Uint8Array(await readFile(path)));
  const parts = [Uint8Array.from(glb.binary)];
  let length = parts[0].length;
  await edit(glb.json, parts[0], (bytes) => {
    const at = length;
    const padded = new Uint8Array((bytes.length + 7) & ~7);
    padded.set(bytes);
    parts.push(padded);
    length += padded.length;
    return at;
  });
  const text = new TextEncoder().encode(JSON.stringify(glb.json).replaceAll('"NaN"', '1e999'));
  const jsonLength = ((text.length + 28 + 7) & ~7) - 28;
  const out = Buffer.alloc(28 + jsonLength + length, 0x20);
  out.writeUInt32LE(0x46546c67, 0);
  out.writeUInt32LE(2, 4);
  out.writeUInt32LE(out.length, 8);
  out.writeUInt32LE(jsonLength, 12);
  out.writeUInt32LE(0x4e4f534a, 16);
  out.set(text, 20);
  out.writeUInt32LE(length, 20 + jsonLength);
  out.writeUInt32LE(0x004e4942, 24 + jsonLength);
  let at = 28 + jsonLength;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  await writeFile(path, out);
}

/** Changes the decompressed bytes of one attribute and compresses it again. */
async function editView(dir: string, pick: (json: GlbJson) => number, edit: (view: DataView) => void): Promise<void> {
  const glb = readGlb(new Uint8Array(await readFile(join(dir, leaf))));
  const index = glb.json.accessors![pick(glb.json)].bufferView!;
  const bytes = Uint8Array.from((await readView(glb, index)).bytes);
  edit(new DataView(bytes.buffer));
  await MeshoptEncoder.ready;
  await editGlb(dir, (json, _, append) => {
    const packed = json.bufferViews![index].extensions!.EXT_meshopt_compression!;
    const encoded = MeshoptEncoder.encodeGltfBuffer(bytes, packed.count, packed.byteStride, packed.mode);
    packed.byteOffset = append(encoded);
    packed.byteLength = encoded.length;
  });
}

const tableOf = (json: GlbJson): NonNullable<NonNullable<NonNullable<GlbJson['extensions']>['EXT_structural_metadata']>['propertyTables']>[number] => json.extensions!.EXT_structural_metadata!.propertyTables![0];
const primitiveOf = (json: GlbJson): NonNullable<GlbJson['meshes']>[number]['primitives'][number] => json.meshes![0].primitives[0];
type Part = 'values' | 'stringOffsets';

/** Puts another buffer view, uncompressed, in place of one of a column's. */
async function replaceColumn(dir: string, column: string, edit: (bytes: Uint8Array, view: DataView) => Uint8Array | void, part: Part = 'values', moved = 0): Promise<void> {
  const glb = readGlb(new Uint8Array(await readFile(join(dir, leaf))));
  const bytes = Uint8Array.from((await readView(glb, tableOf(glb.json).properties[column][part]!)).bytes);
  const kept = edit(bytes, new DataView(bytes.buffer)) ?? bytes;
  await editGlb(dir, (json, _, append) => {
    const byteOffset = append(kept) + moved;
    tableOf(json).properties[column][part] = json.bufferViews!.push({ buffer: 0, byteOffset, byteLength: kept.length - (moved % 1e8) }) - 1;
  });
}

/** Each fault, the code it must be found under, and how it is seeded. */
const faults: [name: string, code: string, seed: (dir: string) => Promise<void>][] = [
  ['tileset.json cut off', 'json-broken', async (dir) => writeFile(join(dir, 'tileset.json'), (await readFile(join(dir, 'tileset.json'))).subarray(0, 300))],
  ['version 1.0', 'version', (dir) => editTileset(dir, (tileset) => void (tileset.asset.version = '1.0'))],
  ['no refinement stated', 'refine', (dir) => editTileset(dir, (tileset) => void delete tileset.root.refine)],
  ['child error above its parent', 'geometric-error', (dir) => editTileset(dir, (tileset) => void (tileset.root.children![0].geometricError = 1e6))],
  ['negative error', 'tileset-broken', (dir) => editTileset(dir, (tileset) => void (tileset.root.geometricError = -1))],
  ['leaf with an error', 'leaf-error', (dir) => editTileset(dir, (tileset) => void (tileset.root.children![0].geometricError = 1))],
  ['volume of eleven numbers', 'tileset-broken', (dir) => editTileset(dir, (tileset) => void tileset.root.boundingVolume.box.pop())],
  ['child volume moved out of its parent', 'child-outside', (dir) => editTileset(dir, (tileset) => void (tileset.root.children![0].boundingVolume.box[0] += 3000))],
  ['parent volume too small', 'child-outside', (dir) => editTileset(dir, (tileset) => void (tileset.root.boundingVolume.box[11] *= 0.5))],
  ['transform of fifteen numbers', 'tile', (dir) => editTileset(dir, (tileset) => void tileset.root.children![0].transform!.pop())],
  ['content file gone', 'content-missing', (dir) => rm(join(dir, leaf))],
  ['leaf taken out', 'feature-missing', (dir) => editTileset(dir, (tileset) => void tileset.root.children!.pop())],
  ['leaf twice', 'feature-twice', (dir) => editTileset(dir, (tileset) => void tileset.root.children!.push(tileset.root.children![0]))],
  ['tile without content and children', 'tile-empty', (dir) => editTileset(dir, (tileset) => void delete tileset.root.children![0].content)],
  ['GLB cut off', 'glb-broken', async (dir) => writeFile(join(dir, leaf), (await readFile(join(dir, leaf))).subarray(0, 5000))],
  [
    'compressed bytes overwritten',
    'meshopt-broken',
    (dir) =>
      editGlb(dir, (json, binary) => {
        const packed = json.bufferViews![0].extensions!.EXT_meshopt_compression!;
        binary.fill(0xff, packed.byteOffset, packed.byteOffset! + 64);
      }),
  ],
  ['node moved by 30 m', 'content-outside', (dir) => editGlb(dir, (json) => void (json.nodes![0].translation![0] += 30))],
  ['node moved to no number', 'content-outside', (dir) => editGlb(dir, (json) => void (json.nodes![0].translation![1] = 'NaN' as unknown as number))],
  ['POSITION minimum wrong', 'position-bounds', (dir) => editGlb(dir, (json) => void (json.accessors![0].min![0] += 1))],
  ['index beyond the vertices', 'index-range', (dir) => editGlb(dir, (json) => void (json.accessors![0].count -= 6))],
  ['no feature id attribute', 'attribute-missing', (dir) => editGlb(dir, (json) => void delete primitiveOf(json).attributes._FEATURE_ID_0)],
  ['row beyond the table', 'row-range', (dir) => editView(dir, (json) => primitiveOf(json).attributes._FEATURE_ID_0, (view) => view.setUint16(0, 60_000, true))],
  ['feature number differs from its row', 'number-mismatch', (dir) => editView(dir, (json) => primitiveOf(json).attributes._FEATURE_ID_1, (view) => view.setUint16(0, view.getUint16(0, true) + 1, true))],
  ['a row nothing is drawn of', 'row-unused', (dir) => editView(dir, (json) => primitiveOf(json).attributes._FEATURE_ID_0, (view) => {
    for (let at = 0; at < view.byteLength; at += 4) if (view.getUint16(at, true) === 0) view.setUint16(at, 1, true);
  })],
  ['feature count wrong', 'feature-count', (dir) => editGlb(dir, (json) => void (primitiveOf(json).extensions!.EXT_mesh_features!.featureIds[0].featureCount += 1))],
  ['a second feature id set, without a table', 'feature-sets', (dir) => editGlb(dir, (json) => void primitiveOf(json).extensions!.EXT_mesh_features!.featureIds.push({ attribute: 1, featureCount: 1500 }))],
  ['no property table', 'table-missing', (dir) => editGlb(dir, (json) => void delete json.extensions)],
  ['column left out', 'column-missing', (dir) => editGlb(dir, (json) => void delete tableOf(json).properties.height)],
  ['column too short', 'table-length', (dir) => replaceColumn(dir, 'height', (bytes) => bytes.subarray(0, -4))],
  ['column beyond the file', 'view-range', (dir) => replaceColumn(dir, 'height', () => {}, 'values', 1e8)],
  ['column on an odd byte', 'table-alignment', (dir) => replaceColumn(dir, 'height', () => {}, 'values', 4)],
  ['maximum too small', 'table-minmax', (dir) => editGlb(dir, (json) => void (tableOf(json).properties.height.max = 1))],
  ['height is no number', 'table-nan', (dir) => replaceColumn(dir, 'height', (_, view) => view.setFloat32(0, Number.NaN, true))],
  ['text offsets run backwards', 'table-offsets', (dir) => replaceColumn(dir, 'id', (_, view) => view.setUint16(2, 60_000, true), 'stringOffsets')],
  ['text is no UTF-8', 'table-utf8', (dir) => replaceColumn(dir, 'id', (bytes) => void (bytes[0] = 0xff))],
  ['feature number beyond the dataset', 'feature-foreign', (dir) => replaceColumn(dir, 'feature', (_, view) => view.setUint32(0, 4_000_000, true))],
  ['height differs from features.bin', 'features-disagree', (dir) => replaceColumn(dir, 'height', (_, view) => view.setFloat32(0, 7.5, true))],
  ['features.bin cut off', 'features-range', async (dir) => writeFile(join(dir, 'features.bin'), (await readFile(join(dir, 'features.bin'))).subarray(0, 4000))],
  [
    'features.bin leaves its range',
    'features-broken',
    async (dir) => {
      const bytes = await readFile(join(dir, 'features.bin'));
      const { columns } = JSON.parse(await readFile(join(dir, 'features.json'), 'utf8')) as { columns: { name: string; offset: number }[] };
      bytes.writeFloatLE(5000, columns.find(({ name }) => name === 'height')!.offset);
      await writeFile(join(dir, 'features.bin'), bytes);
    },
  ],
];

describe('the tileset checker', () => {
  test('finds nothing in a sound city', async () => {
    expect(await checkTileset(sound)).toEqual([]);
  });

  test('is shown at least twenty faults', () => {
    expect(faults.length).toBeGreaterThanOrEqual(20);
  });

  test.each(faults)('finds: %s', async (name, code, seed) => {
    const dir = folder.path(name.replaceAll(/\W+/g, '-'));
    await cp(sound, dir, { recursive: true });
    await seed(dir);
    const issues = await checkTileset(dir);
    expect(issues.map((issue) => issue.code)).toContain(code);
    await rm(dir, { recursive: true });
  });
});
