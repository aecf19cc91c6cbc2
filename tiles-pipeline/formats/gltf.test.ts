import { mkdir, readdir } from 'node:fs/promises';
import { Document, NodeIO, Primitive } from '@gltf-transform/core';
import { ALL_EXTENSIONS, EXTMeshGPUInstancing, EXTMeshoptCompression, KHRDracoMeshCompression, KHRMeshQuantization, KHRTextureTransform } from '@gltf-transform/extensions';
import draco3d from 'draco3dgltf';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anchorMatrix } from '#geo';
import { describeShared, shared } from '../../tests/shared.ts';
import type { Issue } from '../../engine/errors.ts';
import { seeded, workFolder } from '../testing/seeded-city.ts';
import { Codecs } from '../tileset/codecs.ts';
import { gltf } from './gltf.ts';
import type { Gltf } from './gltf/json.ts';
import { sniffFormat } from './index.ts';
import type { ModelTable } from './model-table.ts';
import { fileSource } from './source.ts';

let folder: Awaited<ReturnType<typeof workFolder>>;
let picture: Uint8Array;
beforeAll(async () => {
  folder = await workFolder();
  picture = await new Codecs().encode('jpeg', { width: 8, height: 8, data: new Uint8ClampedArray(256).fill(200) });
});
afterAll(() => folder.drop());

interface Read { table: ModelTable | undefined; issues: Issue[]; skipped: Record<string, number> }

async function readPath(path: string, name = path): Promise<Read> {
  const issues: Issue[] = [];
  const skipped: Record<string, number> = {};
  let table: ModelTable | undefined;
  for await (const each of gltf.read(await fileSource(path, name), { issues, skip: (reason, count = 1) => (skipped[reason] = (skipped[reason] ?? 0) + count) })) table = each;
  return { table, issues, skipped };
}

async function readFiles(files: Record<string, string | Uint8Array>, main = Object.keys(files)[0]): Promise<Read> {
  for (const [name, content] of Object.entries(files)) await folder.put(name, content);
  return readPath(folder.path(main), main);
}

const io = async (): Promise<NodeIO> => new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({ 'meshopt.encoder': MeshoptEncoder, 'meshopt.decoder': MeshoptDecoder, 'draco3d.encoder': await draco3d.createEncoderModule({}) });

/** Corners of every triangle of a feature, in metres of the model's axes, rounded to the millimetre. */
function trianglesOf({ mesh }: ModelTable, row: number): number[][] {
  return Array.from(mesh.indices.subarray(mesh.firstIndex[row], mesh.firstIndex[row + 1]), (v) => [0, 1, 2].map((axis) => Math.round((mesh.positions[v * 3 + axis] + mesh.origin[axis]) * 1000) / 1000 + 0));
}

/** A document with one textured, tinted triangle under a turned and moved parent, and one plain beside it. */
function sample(): { document: Document; primitive: Primitive } {
  const document = new Document();
  const buffer = document.createBuffer();
  const positions = document.createAccessor().setType('VEC3').setArray(Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0)).setBuffer(buffer);
  const uv = document.createAccessor().setType('VEC2').setArray(Float32Array.of(0, 0, 1, 0, 0, 1)).setBuffer(buffer);
  const indices = document.createAccessor().setType('SCALAR').setArray(Uint16Array.of(0, 1, 2)).setBuffer(buffer);
  const texture = document.createTexture('t').setImage(picture).setMimeType('image/jpeg');
  const material = document.createMaterial('砖').setBaseColorFactor([0.5, 1, 0, 1]).setBaseColorTexture(texture);
  const primitive = document.createPrimitive().setAttribute('POSITION', positions).setAttribute('TEXCOORD_0', uv).setIndices(indices).setMaterial(material);
  const mesh = document.createMesh('wall').addPrimitive(primitive);
  const plain = document.createMesh('slab').addPrimitive(document.createPrimitive().setAttribute('POSITION', positions).setIndices(indices));
  const child = document.createNode('墙').setMesh(mesh).setExtras({ 层: 2, listed: true, deep: { no: 1 } });
  const parent = document.createNode('house').setTranslation([10, 20, 30]).setScale([2, 2, 2]).addChild(child);
  document.createScene().addChild(parent).addChild(document.createNode('').setMesh(plain));
  return { document, primitive };
}

describe('a glTF', () => {
  test('becomes features with their places, names, colours, pictures and what was written beside them', async () => {
    const { table, issues } = await readFiles({ 'sample.glb': await (await io()).writeBinary(sample().document) });
    expect(issues).toEqual([]);
    expect(table!.features).toMatchObject({ count: 2, id: ['house/墙', '#2'], name: ['墙', 'slab'], class: ['node', 'node'], type: ['wall', 'slab'], material: ['砖', ''] });
    expect(trianglesOf(table!, 0)).toEqual([[10, -30, 20], [12, -30, 20], [10, -30, 22]]);
    expect(trianglesOf(table!, 1)).toEqual([[0, 0, 0], [1, 0, 0], [0, 0, 1]]);
    expect([...table!.mesh.colours.subarray(0, 4)]).toEqual([188, 255, 0, 255]);
    expect([...table!.mesh.texture!.image]).toEqual([1, 0]);
    expect([...table!.mesh.texture!.uv.subarray(0, 6)]).toEqual([0, 0, 1, 0, 0, 1]);
    expect(Buffer.from(table!.mesh.texture!.images[0]).equals(Buffer.from(picture))).toBe(true);
    const { bytes, starts } = table!.properties;
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(starts[0], starts[1])))).toEqual([['node', [['层', 2], ['listed', true]]]]);
    expect(table!).toMatchObject({ name: 'sample', cimLevel: 'CIM3', georeference: null });
  });

  test('is the same as text with files beside it, as text with everything inside, and whatever it is called', async () => {
    const written = await (await io()).writeJSON(sample().document);
    const inside = structuredClone(written.json);
    for (const each of [...inside.buffers!, ...inside.images!]) each.uri = `data:application/octet-stream;base64,${Buffer.from(written.resources[each.uri!]).toString('base64')}`;
    await mkdir(folder.path('out'), { recursive: true });
    const apart = await readFiles({ 'out/x.gltf': JSON.stringify(written.json), ...Object.fromEntries(Object.entries(written.resources).map(([name, bytes]) => [`out/${name}`, bytes])) });
    const whole = await readFiles({ 'inside.bin': JSON.stringify(inside) });
    const binary = await readFiles({ 'binary.bin': await (await io()).writeBinary(sample().document) });
    for (const read of [apart, whole]) expect({ ...read.table!, name: '' }).toEqual({ ...binary.table!, name: '' });
    for (const name of ['out/x.gltf', 'inside.bin', 'binary.bin']) expect(sniffFormat((await fileSource(folder.path(name))).head)?.id).toBe('gltf');
  });

  const packed: [name: string, pack: (document: Document, primitive: Primitive) => void][] = [
    ['meshopt', (document) => void document.createExtension(EXTMeshoptCompression).setRequired(true)],
    ['Draco', (document) => void document.createExtension(KHRDracoMeshCompression).setRequired(true)],
    ['quantization', (document, primitive) => {
      document.createExtension(KHRMeshQuantization).setRequired(true);
      const buffer = document.getRoot().listBuffers()[0];
      primitive.setAttribute('POSITION', document.createAccessor().setType('VEC3').setArray(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0)).setBuffer(buffer));
      primitive.setAttribute('TEXCOORD_0', document.createAccessor().setType('VEC2').setNormalized(true).setArray(Uint16Array.of(0, 0, 65535, 0, 0, 65535)).setBuffer(buffer));
    }],
    ['a strip', (_, primitive) => void primitive.setMode(Primitive.Mode.TRIANGLE_STRIP)],
    ['a fan without indices', (_, primitive) => void primitive.setMode(Primitive.Mode.TRIANGLE_FAN).setIndices(null)],
  ];

  test.each(packed)('has the same triangles under %s', async (_, pack) => {
    const { document, primitive } = sample();
    pack(document, primitive);
    const { table, issues } = await readFiles({ 'packed.glb': await (await io()).writeBinary(document) });
    expect(issues).toEqual([]);
    const corners = trianglesOf(table!, 0);
    const first = corners.findIndex(([x, , z]) => x === 10 && z === 20);
    expect([0, 1, 2].map((k) => corners[(first + k) % 3])).toEqual([[10, -30, 20], [12, -30, 20], [10, -30, 22]]);
    const uv = [...table!.mesh.texture!.uv.subarray(0, 6)].map((value) => Math.round(value * 1000) / 1000);
    expect(new Set([0, 2, 4].map((k) => `${uv[k]} ${uv[k + 1]}`))).toEqual(new Set(['0 0', '1 0', '0 1']));
  });

  test('shows a picture where its transform puts it', async () => {
    const { document, primitive } = sample();
    const moved = document.createExtension(KHRTextureTransform).createTransform().setOffset([0.5, 0]).setScale([2, 3]).setRotation(Math.PI / 2);
    primitive.getMaterial()!.getBaseColorTextureInfo()!.setExtension('KHR_texture_transform', moved);
    const { table } = await readFiles({ 'moved.glb': await (await io()).writeBinary(document) });
    // Right a whole picture: turned a quarter anticlockwise (v counts down), twice as far.
    expect([...table!.mesh.texture!.uv.subarray(0, 6)].map((value) => Math.round(value * 100) / 100 + 0)).toEqual([0.5, 0, 0.5, -2, 3.5, 0]);
  });

  test('gives every copy of a node its own feature', async () => {
    const { document } = sample();
    const buffer = document.getRoot().listBuffers()[0];
    const places = document.createAccessor().setType('VEC3').setArray(Float32Array.of(0, 0, 0, 5, 0, 0, 10, 0, 0)).setBuffer(buffer);
    const batch = document.createExtension(EXTMeshGPUInstancing).createInstancedMesh().setAttribute('TRANSLATION', places);
    document.getRoot().listNodes().find((node) => node.getName() === '墙')!.setExtension('EXT_mesh_gpu_instancing', batch);
    const { table } = await readFiles({ 'copies.glb': await (await io()).writeBinary(document) });
    expect(table!.features.id).toEqual(['house/墙[0]', 'house/墙[1]', 'house/墙[2]', '#2']);
    expect([0, 1, 2].map((row) => trianglesOf(table!, row)[0])).toEqual([[10, -30, 20], [20, -30, 20], [30, -30, 20]]);
  });

  test('that is mirrored keeps its outside outside', async () => {
    const { document } = sample();
    document.getRoot().listNodes().find((node) => node.getName() === 'house')!.setScale([-2, 2, 2]);
    const { table } = await readFiles({ 'mirrored.glb': await (await io()).writeBinary(document) });
    expect(trianglesOf(table!, 0)).toEqual([[10, -30, 20], [10, -30, 22], [8, -30, 20]]);
  });

  test('that stands on the earth says so itself: by its root, or by CESIUM_RTC', async () => {
    const matrix = anchorMatrix({ lon: 117.49, lat: 30.66, height: 12 });
    const ecef = (x: number, y: number, z: number): number[] => [0, 1, 2].map((axis) => matrix[axis] * x + matrix[axis + 4] * y + matrix[axis + 8] * z + matrix[axis + 12]);
    const flat = [...ecef(0, 0, 0), ...ecef(40, 0, 0), ...ecef(0, 30, 8)];
    const centre = ecef(0, 0, 0);
    const model = (positions: number[], extra: object): string => JSON.stringify({
      asset: { version: '2.0' }, scenes: [{ nodes: [0] }], nodes: [{ mesh: 0, ...extra }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }], accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3' }],
      bufferViews: [{ buffer: 0, byteLength: 36 }], buffers: [{ byteLength: 36, uri: `data:application/octet-stream;base64,${Buffer.from(Float32Array.from(positions).buffer).toString('base64')}` }],
      ...('center' in extra && { extensions: { CESIUM_RTC: { center: centre } } }),
    });
    // Relative to the centre, and with glTF's y up: x, z, −y.
    const relative = Array.from({ length: 3 }, (_, v) => [flat[v * 3] - centre[0], flat[v * 3 + 2] - centre[2], -(flat[v * 3 + 1] - centre[1])]).flat();
    for (const [name, extra] of [['root', { translation: [centre[0], centre[2], -centre[1]] }], ['rtc', { center: true }]] as const) {
      const { table } = await readFiles({ [`${name}.gltf`]: model(relative, extra) });
      const given = table!.georeference!;
      if (given.kind !== 'site') throw new Error('a site was expected');
      const corner = trianglesOf(table!, 0)[0];
      const put = anchorMatrix(given);
      const back = [0, 1, 2].map((axis) => put[axis] * corner[0] + put[axis + 4] * corner[1] + put[axis + 8] * corner[2] + put[axis + 12]);
      expect(Math.hypot(...back.map((value, axis) => value - centre[axis])), name).toBeLessThan(0.01);
      expect([given.lon, given.lat].map((value) => Math.round(value * 1000) / 1000)).toEqual([117.49, 30.66]);
    }
  });
});

/** The JSON of a sound file whose bytes are inside; a fault is made by changing it. */
async function sound(): Promise<Gltf> {
  const written = await (await io()).writeJSON(sample().document);
  for (const each of [...written.json.buffers!, ...written.json.images!]) each.uri = `data:application/octet-stream;base64,${Buffer.from(written.resources[each.uri!]).toString('base64')}`;
  return structuredClone(written.json) as unknown as Gltf;
}

/** Each fault: what is said of it, and how many of the two things remain. */
const faults: [name: string, code: string, left: number, edit: (json: Gltf) => void][] = [
  ['version one', 'gltf-broken', 0, (json) => void (json.asset!.version = '1.0')],
  ['no asset', 'gltf-broken', 0, (json) => void delete json.asset],
  ['accessor beyond its view', 'gltf-node', 0, (json) => void (json.accessors![0].count = 4000)],
  ['accessor of a billion zeroes', 'gltf-node', 0, (json) => Object.assign(json.accessors![json.meshes![1].primitives![0].attributes!.POSITION], { bufferView: undefined, count: 1e9 })],
  ['accessor of no type', 'gltf-node', 0, (json) => void (json.accessors![0].componentType = 5130)],
  ['view beyond its buffer', 'gltf-node', 0, (json) => void (json.bufferViews![0].byteOffset = 1e7)],
  ['index beyond the vertices', 'gltf-node', 0, (json) => void (json.accessors![json.meshes![0].primitives![0].attributes!.POSITION].count = 2)],
  ['mesh that is not there', 'gltf-node', 1, (json) => void (json.nodes!.find(({ name }) => name === '墙')!.mesh = 9)],
  ['node that is its own grandchild', 'gltf-node', 2, (json) => void (json.nodes!.find(({ name }) => name === '墙')!.children = [json.nodes!.findIndex(({ name }) => name === 'house')])],
  ['transform of fifteen numbers', 'gltf-node', 1, (json) => void Object.assign(json.nodes!.find(({ name }) => name === 'house')!, { matrix: Array.from({ length: 15 }, () => 1) })],
  ['transform beyond all measure', 'gltf-node', 1, (json) => void (json.nodes!.find(({ name }) => name === 'house')!.scale = [1e308, 1e308, 1e308])],
  ['buffer outside the folder', 'gltf-node', 0, (json) => void (json.buffers![0].uri = '../secret.bin')],
  ['buffer on the network', 'gltf-node', 0, (json) => void (json.buffers![0].uri = 'http://127.0.0.1:9/x.bin')],
  ['buffer by a file address', 'gltf-node', 0, (json) => void (json.buffers![0].uri = 'file:///etc/passwd')],
  ['picture that is not there', 'picture-missing', 2, (json) => void (json.images![0].uri = 'gone.jpg')],
  ['lines only', 'gltf-node', 1, (json) => void (json.meshes![0].primitives![0].mode = 1)],
  ['no scene and no nodes', 'nothing-to-draw', 0, (json) => Object.assign(json, { nodes: [], scenes: [] })],
  ['extension nobody knows', 'gltf-extension', 2, (json) => void (json.extensionsRequired = ['ACME_magic'])],
  ['skins and animations', 'not-drawn', 2, (json) => Object.assign(json, { skins: [{}], animations: [{}, {}] })],
  ['meshopt of nonsense', 'gltf-node', 0, (json) => void (json.bufferViews![0].extensions = { EXT_meshopt_compression: { buffer: 0, byteLength: 8, byteStride: 12, count: 3, mode: 'ATTRIBUTES' } })],
  ['meshopt of a terabyte', 'gltf-node', 0, (json) => void (json.bufferViews![0].extensions = { EXT_meshopt_compression: { buffer: 0, byteLength: 8, byteStride: 256, count: 4e9, mode: 'ATTRIBUTES' } })],
  ['sparse part that points beyond', 'gltf-node', 0, (json) => void (json.accessors![0].sparse = { count: 1, indices: { bufferView: 0, componentType: 5125, byteOffset: 20 }, values: { bufferView: 0 } })],
];

describe('a faulty glTF', () => {
  test.each(faults)('%s is said, and the rest is kept', async (_, code, left, edit) => {
    const json = await sound();
    edit(json);
    const { table, issues, skipped } = await readFiles({ 'faulty.gltf': JSON.stringify(json) });
    expect(issues.map((issue) => issue.code)).toContain(code);
    expect(issues.every(({ message }) => message.includes('faulty.gltf'))).toBe(true);
    expect(table?.features.count ?? 0).toBe(left);
    expect(left + Object.values(skipped).reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(code === 'gltf-broken' || code === 'nothing-to-draw' ? 0 : 2);
  });

  test('cut at any byte, or with bytes flipped, is read or said to be broken', async () => {
    const random = seeded(17);
    const { document } = sample();
    document.createExtension(EXTMeshoptCompression).setRequired(true);
    const wholes = [await (await io()).writeBinary(document), await (await io()).writeBinary(sample().document), new TextEncoder().encode(JSON.stringify(await sound()))];
    let drawn = 0;
    for (let n = 0; n < 240; n++) {
      const whole = wholes[n % 3];
      const mutant = n % 4 === 0 ? whole.slice(0, Math.floor(random() * whole.length)) : Uint8Array.from(whole);
      for (let k = n % 4; k > 0 && mutant.length > 0; k--) mutant[Math.floor(random() * mutant.length)] = Math.floor(random() * 256);
      const { table, issues } = await readFiles({ 'mutant.glb': mutant });
      if (!table) expect(issues.some(({ severity }) => severity === 'error')).toBe(true);
      else drawn++;
    }
    expect(drawn).toBeGreaterThan(10);
  });

  test('whose JSON holds other things than it should is read or said to be broken', async () => {
    const random = seeded(23);
    const text = JSON.stringify(await sound());
    const odd: unknown[] = [null, 'x', -1, 1e9, [], {}, true, [null], { a: 1 }, 0.5];
    for (let n = 0; n < 240; n++) {
      const json = JSON.parse(text) as Gltf;
      const places: [Record<string, unknown>, string][] = [];
      const walk = (value: unknown): void => {
        if (typeof value !== 'object' || value === null) return;
        for (const [key, inner] of Object.entries(value)) {
          places.push([value as Record<string, unknown>, key]);
          walk(inner);
        }
      };
      walk(json);
      const [owner, key] = places[Math.floor(random() * places.length)];
      owner[key] = odd[Math.floor(random() * odd.length)];
      const { table, issues } = await readFiles({ 'odd.gltf': JSON.stringify(json) });
      if (!table) expect(issues.some(({ severity }) => severity === 'error')).toBe(true);
    }
  });
});

describeShared('glTF files of the shared data', () => {
  test('are each read, or refused with a sentence', async () => {
    const names = (await readdir(shared('data/tiles3d'), { recursive: true })).filter((name) => /\.(glb|gltf)$/u.test(name)).toSorted();
    const drawn = new Map<string, number>();
    for (const name of names) {
      const { table, issues } = await readPath(shared(`data/tiles3d/${name}`), name);
      if (!table) expect(issues.some(({ severity }) => severity === 'error'), name).toBe(true);
      if (!/validator-cases/u.test(name)) drawn.set(name.replace(/^.*\//u, ''), table?.features.count ?? 0);
    }
    expect(names.length).toBeGreaterThan(80);
    expect(drawn.get('GpuInstancesMetadata.gltf')).toBeGreaterThan(1);
    expect([...drawn.values()].filter((count) => count > 0).length).toBeGreaterThan(30);
  });

  test('agree with glTF-Transform on their triangles', async () => {
    const reader = await io();
    reader.registerDependencies({ 'draco3d.decoder': await draco3d.createDecoderModule({}) });
    for (const name of ['tools-cases/contentTypes/content.glb', 'samples/1.1/MultipleContents/planeTriangles.glb', 'samples/1.1/SparseImplicitQuadtree/content/content_5__25_12.glb']) {
      const path = shared(`data/tiles3d/${name}`);
      const { table } = await readPath(path);
      const root = (await reader.read(path)).getRoot();
      const corners = root.listNodes().flatMap((node) => node.getMesh()?.listPrimitives() ?? []).filter((primitive) => primitive.getMode() === 4).reduce((sum, primitive) => sum + (primitive.getIndices() ?? primitive.getAttribute('POSITION')!).getCount(), 0);
      expect(table?.mesh.indices.length ?? 0, name).toBe(corners);
    }
  });
});
