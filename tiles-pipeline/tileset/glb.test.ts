import { NodeIO, type Document } from '@gltf-transform/core';
import { ALL_EXTENSIONS, EXTMeshoptCompression, KHRDracoMeshCompression } from '@gltf-transform/extensions';
import draco3d from 'draco3dgltf';
import { validateBytes } from 'gltf-validator';
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { beforeAll, describe, expect, test } from 'vitest';
import { contentIssues } from '../../workers/loader/inspect/index.ts';
import { withTexture } from './atlas.ts';
import { checkContent } from './check-content.ts';
import { Codecs, type Pixels } from './codecs.ts';
import { encodeContent, type ContentOptions, type DressedMesh } from './glb.ts';
import { withNormals } from './normals.ts';
import { Pictures } from './pictures.ts';
import { packBooleans, packEnum, packIntegers, packNumbers, packTexts, type PackedColumn } from './property-table.ts';
import { readAccessor, readColumn, readGlb } from './read-content.ts';

/** Cubes in a row, each of 24 corners; the feature numbers begin at 70,000. */
function cubes(count: number, first = 70_000): DressedMesh & { uv: Float32Array } {
  const faces = [[0, 1, 2], [0, -1, 2], [1, 1, 0], [1, -1, 0], [2, 1, 1], [2, -1, 1]];
  const mesh = { positions: new Float64Array(count * 72), colours: new Uint8Array(count * 96).fill(200), rows: new Uint16Array(count * 24), numbers: new Uint32Array(count * 24), indices: new Uint32Array(count * 36), uv: new Float32Array(count * 48) };
  for (let n = 0; n < count; n++)
    for (const [f, [axis, side]] of faces.entries()) {
      const at = n * 24 + f * 4;
      for (let k = 0; k < 4; k++) {
        const [a, b] = [k === 1 || k === 2 ? 1 : 0, k >= 2 ? 1 : 0];
        const place = [0, 0, 0];
        place[axis] = side > 0 ? 1 : 0;
        place[(axis + 1) % 3] = side > 0 ? a : b;
        place[(axis + 2) % 3] = side > 0 ? b : a;
        mesh.positions.set([n * 3 + place[0], place[1], place[2]], (at + k) * 3);
        mesh.uv.set([a, b], (at + k) * 2);
        mesh.rows[at + k] = n;
        mesh.numbers[at + k] = first + n;
      }
      mesh.indices.set([at, at + 1, at + 2, at, at + 2, at + 3], n * 36 + f * 6);
    }
  return mesh;
}

const columnsOf = (count: number): PackedColumn[] => [
  packNumbers('feature', Uint32Array.from({ length: count }, (_, n) => 70_000 + n)),
  packTexts('id', Array.from({ length: count }, (_, n) => `墙-${n}`)),
  packTexts('name', Array.from({ length: count }, () => '')),
  packEnum('class', ['IfcWall', 'IfcSlab'], Uint8Array.from({ length: count }, (_, n) => n % 2)),
  packTexts('storey', Array.from({ length: count }, (_, n) => 'x'.repeat(n % 7))),
  packIntegers('storeys', Array.from({ length: count }, (_, n) => n - 3), { description: 'Storeys above ground', noData: -3 }),
  packNumbers('area', Float64Array.from({ length: count }, (_, n) => n / 7), { description: 'Floor area', unit: 'm²' }),
  packBooleans('listed', Array.from({ length: count }, (_, n) => n % 3 === 0)),
];

const files: Uint8Array[] = [];

beforeAll(async () => {
  const codecs = new Codecs();
  for (const [width, height, red] of [[64, 32, 250], [40, 40, 20], [16, 16, 128]]) files.push(await codecs.encode('jpeg', plain(width, height, red)));
});

function plain(width: number, height: number, red: number, opacity = 255): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set([red, 100, 50, opacity], i);
  return { width, height, data };
}

async function textured(count: number): Promise<DressedMesh> {
  const mesh = cubes(count);
  const image = Uint16Array.from({ length: mesh.indices.length / 3 }, (_, t) => Math.floor(t / 12) % 4);
  return withTexture(mesh, { uv: mesh.uv, image, images: files }, new Pictures());
}

async function faultsOf(glb: Uint8Array): Promise<string[]> {
  const faults: string[] = [];
  await checkContent(glb, (code, message) => faults.push(`${code}: ${message}`));
  const strict = await contentIssues(glb);
  return [...faults, ...strict.filter(({ severity }) => severity !== 'info').map(({ path, message }) => `${path}: ${message}`)];
}

async function decompressed(glb: Uint8Array): Promise<Document> {
  const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({ 'meshopt.decoder': MeshoptDecoder, 'draco3d.decoder': await draco3d.createDecoderModule({}) });
  const document = await io.readBinary(glb);
  for (const extension of document.getRoot().listExtensionsUsed()) if (extension instanceof EXTMeshoptCompression || extension instanceof KHRDracoMeshCompression) extension.dispose();
  const report = await validateBytes(await io.writeBinary(document), { maxIssues: 20 });
  expect(report.issues.messages.filter((message) => message.severity === 0)).toEqual([]);
  return document;
}

const variants: [name: string, make: () => Promise<DressedMesh>, options: ContentOptions][] = [
  ['meshopt', async () => cubes(30), {}],
  ['no compression', async () => cubes(30), { compression: 'none' }],
  ['Draco', async () => cubes(30), { compression: 'draco' }],
  ['normals', async () => withNormals(cubes(30)), {}],
  ['normals under Draco', async () => withNormals(cubes(30)), { compression: 'draco' }],
  ['textures', () => textured(30), {}],
  ['textures and normals', async () => withNormals(await textured(30)), {}],
  ['textures under Draco', () => textured(30), { compression: 'draco' }],
  ['textures uncompressed', () => textured(30), { compression: 'none' }],
  ['surfaces', async () => ({ ...cubes(30), surfaces: { of: Uint8Array.from({ length: 720 }, (_, v) => v % 3), words: ['roof', 'wall', 'ground'] } }), {}],
];

describe('a content', () => {
  test.each(variants)('with %s has no fault for us, the loader and the validator', async (_, make, options) => {
    const mesh = await make();
    const { glb } = await encodeContent(mesh, columnsOf(30), 30, 1_000_000, { className: 'element', ...options });
    expect(await faultsOf(glb)).toEqual([]);
    expect((await validateBytes(glb)).issues.numErrors).toBe(0);
    const document = await decompressed(glb);
    const corners = document.getRoot().listMeshes()[0].listPrimitives().reduce((sum, primitive) => sum + primitive.getIndices()!.getCount(), 0);
    expect(corners).toBe(mesh.indices.length);
  });

  test('has the same bytes when made again', async () => {
    const make = async (options: ContentOptions): Promise<Uint8Array> => (await encodeContent(withNormals(await textured(20)), columnsOf(20), 20, 20, options)).glb;
    for (const compression of ['meshopt', 'draco'] as const) expect(Buffer.from(await make({ compression })).equals(Buffer.from(await make({ compression })))).toBe(true);
  });

  test('under Draco keeps every feature id and every place', async () => {
    const mesh = cubes(50);
    const { glb } = await encodeContent(mesh, columnsOf(50), 50, 1_000_000, { compression: 'draco', className: 'element' });
    const primitive = (await decompressed(glb)).getRoot().listMeshes()[0].listPrimitives()[0];
    const [ids, numbers, positions] = ['_FEATURE_ID_0', '_FEATURE_ID_1', 'POSITION'].map((name) => primitive.getAttribute(name)!);
    const seen = new Set<string>();
    for (const index of primitive.getIndices()!.getArray()!) {
      expect(numbers.getScalar(index)).toBe(70_000 + ids.getScalar(index));
      seen.add(`${ids.getScalar(index)} ${positions.getElement(index, [])}`);
    }
    const wanted = new Set(Array.from(mesh.rows, (row, v) => `${row} ${[0, 1, 2].map((axis) => Math.round(mesh.positions[v * 3 + axis] * 32))}`));
    expect(seen).toEqual(wanted);
  });

  test('gives back every type of column', async () => {
    const { glb } = await encodeContent(cubes(30), columnsOf(30), 30, 30);
    const read = readGlb(glb);
    const { schema, propertyTables } = read.json.extensions!.EXT_structural_metadata!;
    const types = schema!.classes.building.properties;
    const column = (name: string): Promise<unknown[]> => readColumn(read, name, propertyTables![0].properties[name], types[name], 30);
    expect(await column('id')).toEqual(Array.from({ length: 30 }, (_, n) => `墙-${n}`));
    expect(await column('class')).toEqual(Array.from({ length: 30 }, (_, n) => (n % 2 ? 'IfcSlab' : 'IfcWall')));
    expect(await column('storeys')).toEqual(Array.from({ length: 30 }, (_, n) => n - 3));
    expect(await column('area')).toEqual(Array.from({ length: 30 }, (_, n) => n / 7));
    expect(await column('listed')).toEqual(Array.from({ length: 30 }, (_, n) => n % 3 === 0));
    expect(types.area).toEqual({ description: 'Floor area (m²)', type: 'SCALAR', componentType: 'FLOAT64' });
    expect(types.storeys).toMatchObject({ componentType: 'INT8', noData: -3 });
  });

  test('has one primitive for each page, and one for what has no picture', async () => {
    const mesh = await textured(8);
    const { glb } = await encodeContent(mesh, columnsOf(8), 8, 8);
    const { json } = readGlb(glb);
    expect(json.meshes![0].primitives.map(({ material }) => json.materials![material!].pbrMetallicRoughness?.baseColorTexture !== undefined)).toEqual([false, true]);
    expect(json.images).toEqual([expect.objectContaining({ mimeType: 'image/jpeg' })]);
    const { values } = await readAccessor(readGlb(glb), json.meshes![0].primitives[1].indices!);
    expect(values.length).toBe((8 * 36 * 3) / 4);
  });
});

describe('normals', () => {
  test('stand on their faces and cost a cube nothing it has not', () => {
    const mesh = withNormals(cubes(1));
    expect(mesh.rows.length).toBe(24);
    for (let t = 0; t < mesh.indices.length; t += 3) {
      const [a, b, c] = [0, 1, 2].map((k) => mesh.positions.subarray(mesh.indices[t + k] * 3, mesh.indices[t + k] * 3 + 3));
      const normal = [0, 1, 2].map((k) => (b[(k + 1) % 3] - a[(k + 1) % 3]) * (c[(k + 2) % 3] - a[(k + 2) % 3]) - (b[(k + 2) % 3] - a[(k + 2) % 3]) * (c[(k + 1) % 3] - a[(k + 1) % 3]));
      for (let k = 0; k < 3; k++) expect([...mesh.normals.subarray(mesh.indices[t + k] * 4, mesh.indices[t + k] * 4 + 3)]).toEqual(normal.map((value) => value * 127));
    }
  });

  test('of a roof and a wall that share a corner are two', () => {
    const positions = Float64Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, -1);
    const flat = withNormals({ positions, colours: new Uint8Array(16), rows: new Uint16Array(4), numbers: new Uint32Array(4), indices: Uint32Array.of(0, 1, 2, 0, 3, 1) });
    expect(flat.rows.length).toBe(6);
    expect([...flat.normals.subarray(0, 4)]).toEqual([0, 0, 127, 0]);
    expect([...flat.normals.subarray(flat.indices[3] * 4, flat.indices[3] * 4 + 3)].map(Math.abs)).toEqual([0, 127, 0]);
  });
});
