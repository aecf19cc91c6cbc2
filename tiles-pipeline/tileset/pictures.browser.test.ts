import { mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser } from '../../tests/browser.ts';
import { withTexture } from './atlas.ts';
import { Codecs } from './codecs.ts';
import { encodeContent, type Compression, type DressedMesh } from './glb.ts';
import { withNormals } from './normals.ts';
import { Pictures, type TextureFormat } from './pictures.ts';
import { packBooleans, packEnum, packIntegers, packNumbers, packTexts } from './property-table.ts';
import { boxVolume, frameAt, loosened } from './volume.ts';

const folder = mkdtempSync(join(tmpdir(), 'citymirror-pictures-'));
const browser = useBrowser({ mounts: { '/pictures-city/': folder } });
const ANCHOR = { lon: 117.49, lat: 30.66, height: 0 };
const WORDS = ['panel', 'wall'];
const COUNT = 3;

/** Three boards of 40 × 40 m in a row that face south: a picture that is blue on the left and red on the right, a green board, a picture of two by two greys. */
function boards(): DressedMesh & { uv: Float32Array } {
  const mesh = { positions: new Float64Array(36), colours: new Uint8Array(48).fill(255), rows: new Uint16Array(12), numbers: new Uint32Array(12), indices: new Uint32Array(18), uv: new Float32Array(24) };
  for (let n = 0; n < COUNT; n++) {
    for (const [k, [a, b]] of [[0, 0], [1, 0], [1, 1], [0, 1]].entries()) {
      mesh.positions.set([(n - 1.5) * 44 + a * 40, 0, b * 40], (n * 4 + k) * 3);
      mesh.uv.set([a * (n === 2 ? 2 : 1), (1 - b) * (n === 2 ? 2 : 1)], (n * 4 + k) * 2);
      mesh.rows[n * 4 + k] = mesh.numbers[n * 4 + k] = n;
      if (n === 1) mesh.colours.set([10, 200, 10, 255], (n * 4 + k) * 4);
    }
    mesh.indices.set([n * 4, n * 4 + 1, n * 4 + 2, n * 4, n * 4 + 2, n * 4 + 3], n * 6);
  }
  return mesh;
}

async function picture(colourOf: (x: number, y: number) => number[]): Promise<Uint8Array> {
  const data = new Uint8ClampedArray(64 * 64 * 4);
  for (let y = 0; y < 64; y++) for (let x = 0; x < 64; x++) data.set([...colourOf(x, y), 255], (y * 64 + x) * 4);
  return new Codecs().encode('jpeg', { width: 64, height: 64, data });
}

const variants: [name: string, format: TextureFormat, compression: Compression, normals: boolean, surfaces: boolean][] = [
  ['JPEG, and surfaces as a second set of features', 'jpeg', 'meshopt', false, true], ['WebP, normals, uncompressed', 'webp', 'none', true, false],
];

beforeAll(async () => {
  const images = [await picture((x) => (x < 32 ? [20, 20, 230] : [230, 20, 20])), await picture((x, y) => (x < 32 === y < 32 ? [30, 30, 30] : [240, 240, 240]))];
  for (const [, format, compression, normals, surfaces] of variants) {
    const mesh = boards();
    let dressed: DressedMesh = await withTexture(mesh, { uv: mesh.uv, image: Uint16Array.of(1, 1, 0, 0, 2, 2), images }, new Pictures(format));
    if (normals) dressed = withNormals(dressed);
    if (surfaces) dressed = { ...dressed, surfaces: { of: Uint8Array.from(dressed.rows, (row) => row % 2), words: WORDS } };
    const columns = [
      packNumbers('feature', Uint32Array.of(0, 1, 2)), packTexts('id', ['左', '中', 'right']), packTexts('name', ['', '', '']), packEnum('class', WORDS, Uint8Array.of(0, 1, 0)), packTexts('storey', ['', '', '']),
      packIntegers('storeys', [-1, 5, 7]), packNumbers('area', Float64Array.of(1.1, 2.2, 3.3), { description: 'Area', unit: 'm²' }), packBooleans('listed', [true, false, true]), packNumbers('rank', Int16Array.of(-300, 0, 300)),
    ];
    const { glb, box } = await encodeContent(dressed, columns, COUNT, COUNT, { className: 'element', compression, doubleSided: true });
    const tileset = { asset: { version: '1.1' }, geometricError: 500, root: { boundingVolume: { box: boxVolume(loosened(box)) }, geometricError: 0, refine: 'ADD', transform: Array.from(frameAt(ANCHOR).matrix), content: { uri: 'a.glb' } } };
    for (const [file, bytes] of [['tileset.json', JSON.stringify(tileset)], ['a.glb', glb]] as const) {
      await mkdir(dirname(join(folder, format, file)), { recursive: true });
      await writeFile(join(folder, format, file), bytes);
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Seen { colours: number[][]; issues: string[]; properties: (Record<string, unknown> | null)[] }

describe.each(['three', 'cesium'])('under a strict policy %s', (backend) => {
  test.each(variants)('shows pictures the right way round and reads every column: %s', async (_, format) => {
    const { page, until, errors, close } = await browser.open(`/tests/pages/pictures.html?backend=${backend}`);
    await until('window.ready');
    const pose = { lon: 117.49, lat: 30.66 - 0.0011, height: 20, heading: 0, pitch: 0, roll: 0 };
    // Each half of the left board, the middle of the green one, and two neighbouring fields of the right one, whose picture repeats.
    const places = [[0.17, 0.5], [0.29, 0.5], [0.5, 0.5], [0.64, 0.42], [0.68, 0.42]];
    const { colours, issues, properties } = await page.evaluate(([url, pose, places]) => (window as unknown as { look(...args: unknown[]): Promise<Seen> }).look(url, pose, 3, places), [`/pictures-city/${format}/tileset.json`, pose, places] as const);
    expect(issues).toEqual([]);
    expect(errors).toEqual([]);
    const [blue, red, green] = colours;
    expect(blue[2]).toBeGreaterThan(blue[0] + 60);
    expect(red[0]).toBeGreaterThan(red[2] + 60);
    expect(green[1]).toBeGreaterThan(green[0] + 60);
    // By day both engines show a picture's colour within a tenth of each other.
    expect(blue[2]).toBeGreaterThan(175);
    const [light, dark] = colours.slice(3).map(([r]) => r).toSorted((a, b) => b - a);
    expect(light).toBeGreaterThan(dark + 100);
    expect(properties.map((each) => each?.id)).toEqual(['左', '左', '中', 'right', 'right']);
    expect(properties[2]).toMatchObject({ feature: 1, class: 'wall', storeys: 5, area: 2.2, listed: false, rank: 0 });
    expect(properties[0]).toMatchObject({ feature: 0, class: 'panel', storeys: -1, area: 1.1, listed: true, rank: -300 });
    await close();
  });
});
