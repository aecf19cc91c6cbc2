import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS, EXTMeshoptCompression } from '@gltf-transform/extensions';
import { load, registerLoaders } from '@loaders.gl/core';
import { GLTFLoader, postProcessGLTF } from '@loaders.gl/gltf';
import { Tiles3DLoader } from '@loaders.gl/3d-tiles';
import { validateBytes } from 'gltf-validator';
import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert } from '../convert.ts';
import type { FeatureIndex } from '../sinks/feature-columns.ts';
import { collection, seededBuildings, workFolder } from '../testing/seeded-city.ts';
import { checkTileset } from './check.ts';
import { checkContent } from './check-content.ts';
import { readAccessor, readGlb } from './read-content.ts';
import type { TileJson } from './tileset.ts';

const COUNT = 6000;
let folder: Awaited<ReturnType<typeof workFolder>>;
let dir: string;
let root: TileJson;

beforeAll(async () => {
  folder = await workFolder();
  dir = folder.path('city');
  const input = await folder.put('buildings.geojson', collection(seededBuildings(COUNT)));
  await convert({ inputs: [input], out: dir });
  root = (JSON.parse(await readFile(join(dir, 'tileset.json'), 'utf8')) as { root: TileJson }).root;
});

afterAll(() => folder.drop());

function walk(tile: TileJson, visit: (tile: TileJson, ancestors: TileJson[]) => void, ancestors: TileJson[] = []): void {
  visit(tile, ancestors);
  for (const child of tile.children ?? []) walk(child, visit, [...ancestors, tile]);
}

async function contents(): Promise<{ name: string; bytes: Uint8Array }[]> {
  const names = (await readdir(join(dir, 'tiles'), { recursive: true })).filter((name) => name.endsWith('.glb')).toSorted();
  return Promise.all(names.map(async (name) => ({ name, bytes: new Uint8Array(await readFile(join(dir, 'tiles', name))) })));
}

describe('the tileset of a seeded city', () => {
  test('has no fault our own checker knows', async () => {
    expect(await checkTileset(dir)).toEqual([]);
  });

  test('keeps the budgets: contents, vertices, bytes', async () => {
    const all = await contents();
    let bytes = 0;
    for (const content of all) bytes += gzipSync(content.bytes).length;
    expect(all.length).toBeLessThanOrEqual(40);
    expect(bytes).toBeLessThanOrEqual(3e6);
    expect(root.content).toBeDefined();
  });

  test('every content, decompressed, has no error for the glTF validator', async () => {
    const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
    for (const { name, bytes } of await contents()) {
      const document = await io.readBinary(bytes);
      document.getRoot().listExtensionsUsed().find((extension) => extension instanceof EXTMeshoptCompression)?.dispose();
      const report = await validateBytes(await io.writeBinary(document), { maxIssues: 20 });
      expect(report.issues.messages.filter((message) => message.severity === 0), name).toEqual([]);
    }
  });

  test('the validator has no complaint about the container as it is either', async () => {
    for (const { name, bytes } of await contents()) expect((await validateBytes(bytes)).issues.numErrors, name).toBe(0);
  });

  test('no block is dropped from afar: at every level above, all built ground is covered within the error of that level', async () => {
    const leaves: { leaf: TileJson; ancestors: TileJson[] }[] = [];
    walk(root, (leaf, ancestors) => {
      if (!leaf.children) leaves.push({ leaf, ancestors });
    });
    expect(leaves.length).toBeGreaterThan(4);
    let compared = 0;
    for (const { leaf, ancestors } of leaves) {
      const own = await roofCells([...ancestors, leaf]);
      for (const [depth, ancestor] of ancestors.entries()) {
        const above = await roofCells(ancestors.slice(0, depth + 1));
        // Geometric errors are twelve times the metres a level may be off; a cell's diagonal on top.
        const reach = Math.ceil(ancestor.geometricError / 12 / CELL) + 1;
        expect(share(own, above, 0), `${leaf.content?.uri} in ${ancestor.content?.uri}`).toBeGreaterThan(0.85);
        expect(share(own, above, reach), `${leaf.content?.uri} near ${ancestor.content?.uri}`).toBe(1);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(4);
  });

  test('the same input gives the same bytes', async () => {
    const again = folder.path('again');
    await convert({ inputs: [folder.path('buildings.geojson')], out: again });
    for (const name of ['tileset.json', 'features.bin', 'features.json', 'buildings.fgb', 'report.json', 'city.json', ...(await contents()).map(({ name }) => `tiles/${name}`)]) expect(Buffer.compare(await readFile(join(dir, name)), await readFile(join(again, name))), name).toBe(0);
  });

  test('loaders.gl reads the tileset and every leaf back: same count, same properties', async () => {
    registerLoaders([Tiles3DLoader]);
    const index = JSON.parse(await readFile(join(dir, 'features.json'), 'utf8')) as FeatureIndex;
    const tileset = await Tiles3DLoader.parse(await arrayBuffer('tileset.json'), { '3d-tiles': { isTileset: true, loadGLTF: false } }, { url: 'http://localhost/tileset.json', baseUrl: 'http://localhost' } as never);
    expect((tileset as { asset: { version: string } }).asset.version).toBe('1.1');
    const leaves: string[] = [];
    walk(root, (tile) => {
      if (!tile.children && tile.content) leaves.push(tile.content.uri);
    });
    const heights = await column(index, 'height');
    const seen = new Set<number>();
    for (const leaf of leaves) {
      const gltf = await load(await arrayBuffer(leaf), GLTFLoader, { gltf: { loadImages: false }, core: { worker: false } });
      const json = gltf.json as unknown as { extensions: { EXT_structural_metadata: { propertyTables: { count: number; properties: Record<string, { data: ArrayLike<number | string> }> }[] } } };
      const [table] = json.extensions.EXT_structural_metadata.propertyTables;
      const mesh = postProcessGLTF(gltf).meshes[0].primitives[0];
      expect(mesh.attributes.POSITION.value.length).toBeGreaterThan(0);
      for (let row = 0; row < table.count; row++) {
        const number = Number(table.properties.feature.data[row]);
        seen.add(number);
        expect(table.properties.height.data[row]).toBe(heights[number]);
        expect(table.properties.id.data[row]).toMatch(/^b\d+$/);
      }
    }
    expect(seen.size).toBe(COUNT);
  });
});

async function arrayBuffer(name: string): Promise<ArrayBuffer> {
  const bytes = await readFile(join(dir, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

async function column(index: FeatureIndex, name: string): Promise<Float32Array> {
  const found = index.columns.find((column) => column.name === name);
  return new Float32Array((await arrayBuffer('features.bin')).slice(found!.offset, found!.offset + found!.byteLength));
}

/** Metres a side of the raster coverage is compared on. */
const CELL = 3;
const cellsOf = new Map<string, Set<number>>();

/** The cells of the root's frame under the roofs of the last tile of a chain. */
async function roofCells(chain: TileJson[]): Promise<Set<number>> {
  const { uri } = chain[chain.length - 1].content!;
  const known = cellsOf.get(uri);
  if (known) return known;
  const { positions, indices } = await readMesh(new Uint8Array(await readFile(join(dir, uri))));
  // The root's own transform is left out: all points come to stand in the root's frame.
  for (const { transform: m } of chain.slice(1).toReversed())
    for (let i = 0; i < positions.length; i += 3) {
      const [x, y, z] = positions.slice(i, i + 3);
      for (let row = 0; row < 3; row++) positions[i + row] = m![row] * x + m![4 + row] * y + m![8 + row] * z + m![12 + row];
    }
  const cells = new Set<number>();
  for (let t = 0; t < indices.length; t += 3) fillTriangle(cells, positions, [indices[t] * 3, indices[t + 1] * 3, indices[t + 2] * 3]);
  cellsOf.set(uri, cells);
  return cells;
}

async function readMesh(bytes: Uint8Array): Promise<{ positions: number[]; indices: Float64Array }> {
  const content = await checkContent(bytes, (code, message) => {
    throw new Error(`${code} ${message}`);
  });
  const glb = readGlb(bytes);
  return { positions: Array.from(content!.positions), indices: (await readAccessor(glb, glb.json.meshes![0].primitives[0].indices!)).values };
}

function cell(metres: number): number {
  return Math.floor(metres / CELL);
}

/** Cells whose middle lies in an upward triangle; walls, seen from above, are none. */
function fillTriangle(cells: Set<number>, p: number[], [a, b, c]: [number, number, number]): void {
  const area = (p[b] - p[a]) * (p[c + 1] - p[a + 1]) - (p[b + 1] - p[a + 1]) * (p[c] - p[a]);
  if (area < 0.5) return;
  for (let x = cell(Math.min(p[a], p[b], p[c])); x <= cell(Math.max(p[a], p[b], p[c])); x++)
    for (let y = cell(Math.min(p[a + 1], p[b + 1], p[c + 1])); y <= cell(Math.max(p[a + 1], p[b + 1], p[c + 1])); y++) {
      const [px, py] = [(x + 0.5) * CELL, (y + 0.5) * CELL];
      const side = (i: number, j: number): number => (p[j] - p[i]) * (py - p[i + 1]) - (p[j + 1] - p[i + 1]) * (px - p[i]);
      if (side(a, b) >= 0 && side(b, c) >= 0 && side(c, a) >= 0) cells.add((x + 32768) * 65536 + y + 32768);
    }
}

/** Share of `own` that has a cell of `above` within `reach` cells. */
function share(own: Set<number>, above: Set<number>, reach: number): number {
  let covered = 0;
  for (const cell of own) {
    let found = false;
    for (let dx = -reach; dx <= reach && !found; dx++) for (let dy = -reach; dy <= reach && !found; dy++) found = above.has(cell + dx * 65536 + dy);
    if (found) covered++;
  }
  return own.size === 0 ? 1 : covered / own.size;
}
