import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TwinError } from '../../engine/errors.ts';
import { describeShared, shared } from '../../tests/shared.ts';
import { Examiner, type Examined, type LoadKind } from './examine.ts';
import { loaderPolicy } from './policy.ts';
import { glbOf, tilesetOf } from './testing/tile-server.ts';

const examine = (bytes: Uint8Array, kind: LoadKind, path = 'a.json'): Promise<Examined> =>
  new Examiner(loaderPolicy()).examine(new Uint8Array(bytes), kind, `http://host/${path}`, 'http://host/tileset.json');
const text = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

/** What became of a file: taken as it is, taken in part, or refused with a sentence. */
async function verdict(bytes: Uint8Array, kind: LoadKind, path?: string): Promise<string> {
  try {
    const issues = (await examine(bytes, kind, path)).issues.filter((issue) => issue.code !== 'not-standard');
    return issues.length === 0 ? 'taken' : `in part: ${issues[0].message}`;
  } catch (error) {
    if (!(error instanceof TwinError)) throw error;
    return `refused: ${error.message}`;
  }
}

describeShared("the reference validator's tilesets", () => {
  const folder = shared('data/tiles3d/validator-cases/');
  const { cases } = JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')) as { cases: { file: string; issueCount: number }[] };
  const tilesets = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /^(tilesets|extensions)\/.*\.json$/.test(file));

  test('those that end the scene of an engine are refused or mended', async () => {
    const killers = tilesets.filter((file) => /(tileTransformInvalid\w+|tileTransformNotAffine|boundingVolumeMissingProperty|tileInvalidType|boundingVolume\w*Invalid\w+)\.json$/.test(file));
    expect(killers.length).toBeGreaterThanOrEqual(7);
    for (const file of killers) expect([file, await verdict(readFileSync(folder + file), 'tileset')]).toEqual([file, expect.stringMatching(/^(refused|in part)/)]);
  });

  test('every tileset has a verdict, and no valid one is refused but for what is not supported', async () => {
    const valid = new Set(cases.filter((each) => each.issueCount === 0).map((each) => each.file));
    for (const file of tilesets) {
      const found = await verdict(readFileSync(folder + file), 'tileset', file);
      if (valid.has(file) && found.startsWith('refused')) expect([file, found]).toEqual([file, expect.stringMatching(/not supported/)]);
    }
  });
});

describeShared('real tilesets', () => {
  test('every content and tileset of the samples is taken; only what is not supported is not', async () => {
    let taken = 0;
    const others: string[] = [];
    for (const name of ['samples', 'cesiumjs-specs', 'renderer-example', 'tools-cases', 'quantized-mesh']) {
      const folder = shared(`data/tiles3d/${name}/`);
      for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const kind = /tileset.*\.json$/i.test(file) ? 'tileset' : /\.(b3dm|i3dm|pnts|cmpt|glb|gltf|subtree)$/.test(file) ? 'content' : file.endsWith('.terrain') ? 'terrain' : null;
        if (!kind) continue;
        const found = await verdict(readFileSync(folder + file), kind, file);
        if (found === 'taken') taken++;
        else others.push(found);
      }
    }
    expect(taken).toBeGreaterThan(500);
    expect(others.filter((found) => !/draco_point_compression, which is not supported|scheme 'data:'/.test(found))).toEqual([]);
  });

  test('mutated contents never throw anything but a sentence, and quickly', async () => {
    const seeds = ['samples/1.0/TilesetWithDiscreteLOD/dragon_low.b3dm', 'samples/1.1/SparseImplicitQuadtree/content/content_5__0_21.glb', 'samples/1.1/SparseImplicitQuadtree/subtrees/0.0.0.subtree', 'cesiumjs-specs/PointCloud/PointCloudRGB/pointCloudRGB.pnts'];
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed % below;
    };
    let slowest = 0;
    for (const name of seeds) {
      const original = new Uint8Array(readFileSync(shared(`data/tiles3d/${name}`)));
      for (let i = 0; i < 150; i++) {
        let bytes = original.slice();
        if (i % 3 === 0) bytes = bytes.slice(0, random(bytes.length));
        for (let flips = 0; flips < 4; flips++) bytes[random(i % 2 ? bytes.length : Math.min(bytes.length, 200))] = random(256);
        const started = performance.now();
        await verdict(bytes, 'content');
        slowest = Math.max(slowest, performance.now() - started);
      }
    }
    expect(slowest).toBeLessThan(1000);
  });
});

describe('faults made by hand', () => {
  const sphere = { sphere: [0, 0, 0, 1] };
  const good = { boundingVolume: sphere, geometricError: 1, content: { uri: 'a.glb' } };
  const withChild = (child: unknown): unknown => ({ ...tilesetOf([]), root: { boundingVolume: sphere, geometricError: 2, refine: 'ADD', children: [good, child] } });

  test.each([
    ['no object', 7], ['a number too large', { ...good, geometricError: 1e300 }], ['a negative error', { ...good, geometricError: -1 }],
    ['1e999 in a box', { ...good, boundingVolume: { box: '[big]' } }], ['a transform of fifteen', { ...good, transform: Array.from({ length: 15 }, () => 1) }],
    ['a transform that flattens', { ...good, transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }], ['an unknown refinement', { ...good, refine: 4 }],
  ])('a child with %s goes, its sister stays', async (_name, child) => {
    const bytes = text(JSON.stringify(withChild(child)).replace('"[big]"', '[1e999,0,0,1,0,0,0,1,0,0,0,1]'));
    const { issues, bytes: out } = await examine(bytes, 'tileset');
    expect(issues).toMatchObject([{ path: '/root/children/1' }]);
    expect((JSON.parse(new TextDecoder().decode(out)) as { root: { children: unknown[] } }).root.children).toEqual([good]);
  });

  test('what needs no change is handed on byte by byte', async () => {
    const bytes = text(withChild(good));
    expect((await examine(bytes, 'tileset')).bytes).toEqual(bytes);
  });

  test('a JSON that nests 100,000 deep, and a list of 200,000 children, are caps and not crashes', async () => {
    expect(await verdict(text('['.repeat(100_000) + ']'.repeat(100_000)), 'json')).toMatch(/nests 100000 levels/);
    expect(await verdict(text({ ...tilesetOf([]), root: { boundingVolume: sphere, geometricError: 2, children: Array.from({ length: 200_000 }, () => 1) } }), 'tileset')).toMatch(/200000 children/);
  });

  const position = { asset: { version: '2.0' }, buffers: [{ byteLength: 36 }], bufferViews: [{ buffer: 0, byteLength: 36 }], accessors: [{ bufferView: 0, componentType: 5126, count: 3, type: 'VEC3' }], meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }], nodes: [{ mesh: 0 }], scenes: [{ nodes: [0] }], scene: 0 };
  const binary = new Uint8Array(36);
  test.each([
    ['a count of two thousand million', { accessors: [{ ...position.accessors[0], count: 2 ** 31 - 1 }] }, /at most 512 MB/],
    ['one entry too many', { accessors: [{ ...position.accessors[0], count: 4 }] }, /need 48 bytes/],
    ['a view outside its buffer', { bufferViews: [{ buffer: 0, byteOffset: 4, byteLength: 36 }] }, /outside the buffer/],
    ['a buffer that is not there', { buffers: [{ byteLength: 99 }] }, /36 are there/],
    ['nodes in a circle', { nodes: [{ children: [1] }, { children: [0] }] }, /circle/],
    ['a mesh that is not there', { nodes: [{ mesh: 5 }] }, /mesh that is not there/],
    ['a packed count that lies', { bufferViews: [{ buffer: 0, byteLength: 36, extensions: { EXT_meshopt_compression: { buffer: 0, byteLength: 36, byteStride: 12, count: 2 ** 24 } } }] }, /unpacks to more/],
    ['a buffer on another origin', { buffers: [{ byteLength: 36, uri: 'https://elsewhere.example/b.bin' }] }, /elsewhere\.example/],
    ['a picture of 65,535 squared', { bufferViews: [{ buffer: 0, byteLength: 36 }], accessors: [], meshes: [], nodes: [{}], images: [{ bufferView: 0, mimeType: 'image/png' }] }, /65535 × 65535/],
    ['a vertex that is no number', {}, /accessors\/0: its vertex 1 is at no usable place/],
  ])('a GLB with %s is refused', async (_name, part, message) => {
    const own = binary.slice();
    if (_name.includes('vertex')) own.set(new Uint8Array(Float32Array.of(NaN).buffer), 20);
    if (_name.includes('picture')) own.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 255, 255, 0, 0, 255, 255]);
    expect(await verdict(glbOf(position, binary), 'content')).toBe('taken');
    expect(await verdict(glbOf({ ...position, ...part }, own), 'content')).toMatch(message);
  });

  test.each([[5, /says 99999 bytes/], [9, /says/], [0, /no known tile format/], [16, /chunk/]])('a GLB whose header lies at byte %i is refused', async (at, message) => {
    const bytes = glbOf(position, binary);
    if (at === 5) new DataView(bytes.buffer).setUint32(8, 99_999, true);
    else bytes[at] ^= 0x7f;
    if (at === 9) expect(await verdict(bytes, 'content')).toMatch(/^refused/);
    else expect(await verdict(bytes, 'content')).toMatch(message);
  });
});
