import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateBytes } from 'gltf-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { invertRigid, toEcef, transform } from '#geo';
import { contentIssues, tilesetIssues } from '../../workers/loader/inspect/index.ts';
import { convert } from '../convert.ts';
import { las } from '../formats/las.ts';
import type { PointCloud } from '../formats/point-table.ts';
import { fileSource } from '../formats/source.ts';
import { lasFile, type LasPoint } from '../testing/las-file.ts';
import { divide, WORDS, type Cube } from './points/octree.ts';
import { writePointTileset, type PointTiles } from './points.ts';
import { readAccessor, readGlb } from './read-content.ts';
import type { TileJson } from './tileset.ts';

const folder = mkdtempSync(join(tmpdir(), 'citymirror-points-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Degrees of the made system: metres about a place, near enough to level. */
const toDegrees = (x: number, y: number): [number, number] => [114 + x / 102_000, 22.5 + y / 110_750];

function seeded(count: number, seed = 1, span = 300): LasPoint[] {
  let state = seed;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Array.from({ length: count }, () => {
    const [x, y] = [Math.round(random() * span * 1000) / 1000, Math.round(random() * span * 1000) / 1000];
    return { x, y, z: Math.round(1000 * (20 + 5 * Math.sin(x / 30) + random())) / 1000, class: random() < 0.5 ? 2 : 5, intensity: Math.floor(random() * 4000), rgb: [Math.floor(random() * 65535), 40_000, 20_000] };
  });
}

async function cloudOf(name: string, points: readonly LasPoint[]): Promise<PointCloud> {
  const path = join(folder, name);
  writeFileSync(path, lasFile({ points }));
  const context = { issues: [], skip: () => undefined, crs: 'EPSG:1', toDegrees: () => toDegrees };
  for await (const { cloud } of las.read(await fileSource(path), context)) return cloud;
  throw new Error('no cloud');
}

interface Made { files: Map<string, Uint8Array>; tiles: PointTiles; tileset: { geometricError: number; root: TileJson & { transform: number[]; refine: string } } }

async function make(clouds: readonly PointCloud[], threads = 0): Promise<Made> {
  const files = new Map<string, Uint8Array>();
  const tiles = await writePointTileset(clouds, { threads, write: async (path, bytes) => void files.set(path, bytes) });
  return { files, tiles: tiles!, tileset: JSON.parse(new TextDecoder().decode(files.get('points/tileset.json'))) as Made['tileset'] };
}

function* tilesOf(tile: TileJson, parent?: TileJson): Generator<{ tile: TileJson; parent?: TileJson }> {
  yield { tile, parent };
  for (const child of tile.children ?? []) yield* tilesOf(child, tile);
}

/** Points of a content in metres of the tileset's frame, with class and intensity. */
async function pointsOf(bytes: Uint8Array): Promise<{ place: number[]; kind: number; intensity: number; colour: number[] }[]> {
  const glb = readGlb(bytes);
  const { attributes } = glb.json.meshes![0].primitives[0];
  const { translation = [0, 0, 0], scale = [1, 1, 1] } = glb.json.nodes![0];
  const [places, kinds, intensities, colours] = await Promise.all(['POSITION', '_CLASSIFICATION', '_INTENSITY', 'COLOR_0'].map(async (name) => (await readAccessor(glb, attributes[name])).values));
  return Array.from({ length: kinds.length }, (_, k) => ({
    place: [places[3 * k] * scale[0] + translation[0], places[3 * k + 1] * scale[1] - translation[2], places[3 * k + 2] * scale[2] + translation[1]],
    kind: kinds[k], intensity: intensities[k], colour: [...colours.subarray(4 * k, 4 * k + 3)],
  }));
}

const count = 70_000;
const given = seeded(count);
let made: Made;
beforeAll(async () => { made = await make([await cloudOf('one.las', given)]); });

describe('an octree of points', () => {
  test('every point is in exactly one content, at its place to a millimetre or two, as it was', async () => {
    const found: { place: number[]; kind: number; intensity: number }[] = [];
    for (const [path, bytes] of made.files) if (path.endsWith('.glb')) found.push(...(await pointsOf(bytes)));
    expect(found).toHaveLength(count);
    // The exact way, point by point.
    const fromEcef = invertRigid(Float64Array.from(made.tileset.root.transform));
    const exact = given.map((point) => {
      const [lon, lat] = toDegrees(point.x, point.y);
      const ecef = toEcef(lon, lat, point.z, new Float64Array(3));
      return { place: transform(fromEcef, ecef[0], ecef[1], ecef[2], [0, 0, 0]), kind: point.class, intensity: point.intensity! };
    });
    const near = new Map<string, typeof found>();
    const key = (place: number[], by = [0, 0, 0]): string => place.map((value, axis) => Math.floor(value / 0.05) + by[axis]).join();
    for (const point of found) near.set(key(point.place), [...(near.get(key(point.place)) ?? []), point]);
    let missing = 0;
    for (const point of exact) {
      let seen = false;
      for (let k = 0; k < 27 && !seen; k++) {
        const others = near.get(key(point.place, [(k % 3) - 1, (Math.floor(k / 3) % 3) - 1, Math.floor(k / 9) - 1])) ?? [];
        const at = others.findIndex((other) => other.kind === point.kind && other.intensity === point.intensity && Math.hypot(...other.place.map((value, axis) => value - point.place[axis])) < 0.004);
        if (at >= 0) others.splice(at, 1);
        seen = at >= 0;
      }
      if (!seen) missing++;
    }
    expect(missing).toBe(0);
  });

  test('volumes hold their contents and their children, errors fall, no content is large', async () => {
    let contents = 0;
    for (const { tile, parent } of tilesOf(made.tileset.root)) {
      const { box } = tile.boundingVolume;
      expect(tile.geometricError).toBeLessThanOrEqual(parent?.geometricError ?? made.tileset.geometricError);
      if (!tile.children) expect(tile.geometricError).toBe(0);
      const inside = (place: readonly number[], half = [0, 0, 0]): boolean => place.every((value, axis) => Math.abs(value - box[axis]) + half[axis] <= box[3 + 4 * axis] + 1e-9);
      for (const { boundingVolume } of tile.children ?? []) expect(inside(boundingVolume.box.slice(0, 3), [3, 7, 11].map((k) => boundingVolume.box[k]))).toBe(true);
      const points = await pointsOf(made.files.get(`points/${tile.content!.uri}`)!);
      expect(points.length).toBeLessThanOrEqual(50_000);
      expect(points.filter(({ place }) => !inside(place))).toEqual([]);
      contents++;
    }
    expect(contents).toBe(made.tiles.figures.contents);
    expect(contents).toBeGreaterThan(4);
    expect(made.tileset.root.refine).toBe('ADD');
  });

  test('a parent covers what its children cover', async () => {
    const root = await pointsOf(made.files.get(`points/${made.tileset.root.content!.uri}`)!);
    const cells = new Set(root.map(({ place }) => `${Math.floor(place[0] / 15)},${Math.floor(place[1] / 15)}`));
    expect(cells.size).toBeGreaterThanOrEqual(20 * 20);
  });

  test('contents and tileset are as the standards have them', async () => {
    expect(tilesetIssues(made.tileset as unknown as Record<string, unknown>, null)).toEqual([]);
    for (const [path, bytes] of [...made.files].filter(([name]) => name.endsWith('.glb')).slice(0, 3)) {
      expect([path, await contentIssues(bytes)]).toEqual([path, []]);
      const { issues } = await validateBytes(bytes);
      expect(issues.messages.filter(({ severity }) => severity === 0)).toEqual([]);
    }
  });

  test('the same bytes with threads, and whatever the order of the files', async () => {
    const [a, b] = [await cloudOf('a.las', seeded(60_000, 5)), await cloudOf('b.las', seeded(60_000, 9, 500))];
    const [first, second] = [await make([a, b], 0), await make([b, a], 3)];
    expect([...second.files.keys()].toSorted()).toEqual([...first.files.keys()].toSorted());
    for (const [path, bytes] of first.files) expect(Buffer.compare(bytes, second.files.get(path)!)).toBe(0);
  });

  test('a heap of points on one spot ends, and loses none', () => {
    const words = new Uint32Array(90_000 * WORDS).fill(77_777);
    const { nodes, top } = divide(words, { level: 0, x: 0, y: 0, z: 0 } satisfies Cube);
    expect(nodes.reduce((sum, { points }) => sum + points.length, top.held.length)).toBe(90_000);
  });
});

describe('points in a city', () => {
  test('a point far outside the stated bounds is left out and counted', async () => {
    const bytes = lasFile({ points: seeded(20_000) });
    // Neither at the beginning nor in the middle nor at the end, where a file is looked into first.
    bytes.writeInt32LE(2_000_000_000, 227 + 26 * 6000);
    const path = join(folder, 'far.las');
    writeFileSync(path, bytes);
    const { report } = await converted(path, 'EPSG:4548', 'far', [500_000, 3_390_000]);
    expect([report.in, report.out, report.skipped]).toEqual([20_000, 19_999, { 'point far outside the bounds of its file': 1 }]);
    expect(report.issues.map(({ code }) => code)).toEqual(['point-outside']);
    expect(report.inputs[0]).toMatchObject({ in: 20_000, out: 19_999 });
  });

  test('catalogue, report and account agree, and nothing temporary is left', async () => {
    const path = join(folder, 'city.las');
    writeFileSync(path, lasFile({ points: seeded(2000) }));
    const { report, catalogue, left } = await converted(path, 'EPSG:4548', 'city', [500_000, 3_390_000]);
    expect(report.issues).toEqual([]);
    expect([report.in, report.out, report.layers.points, catalogue.layers.points!.count]).toEqual([2000, 2000, 2000, 2000]);
    expect(Object.values(catalogue.layers.points!.classes).reduce((a, b) => a + b)).toBe(2000);
    expect(catalogue.layers.points).toMatchObject({ colour: true, tileset: 'points/tileset.json' });
    expect(catalogue.bounds[0]).toBeCloseTo(117, 3);
    expect(left).toEqual([]);
  });
});

/** Builds a city of one file, put where its system lies by its offset. */
async function converted(path: string, crs: string, name: string, [east, north]: readonly [number, number]): Promise<Awaited<ReturnType<typeof convert>> & { left: string[] }> {
  const bytes = readFileSync(path);
  for (const [at, by] of [[155, east], [163, north], [179, east], [187, east], [195, north], [203, north]] as const) bytes.writeDoubleLE(bytes.readDoubleLE(at) + by, at);
  writeFileSync(path, bytes);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = join(folder, `${name}-tmp`);
  mkdirSync(process.env.TMPDIR);
  try {
    const made = await convert({ inputs: [path], out: join(folder, name), crs: [{ file: null, value: crs }] });
    return { ...made, left: readdirSync(process.env.TMPDIR) };
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
