import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert, type ConvertOptions } from '../convert.ts';
import type { FeatureIndex } from '../sinks/feature-columns.ts';
import { describeRedis, startRedis } from '../testing/redis-server.ts';
import { seeded, seededBuildings, workFolder, type SeededBuilding } from '../testing/seeded-city.ts';
import type { TileJson } from '../tileset/tileset.ts';

/** More than a unit holds, so that there are several and tiles above them. */
const COUNT = 19_000;
const cli = fileURLToPath(new URL('../cli/run.mjs', import.meta.url));
let folder: Awaited<ReturnType<typeof workFolder>>;
let buildings: SeededBuilding[];
let whole: Map<string, string>;
let input: string;

const lines = (features: readonly unknown[]): string => features.map((feature) => `${JSON.stringify(feature)}\n`).join('');

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  return list.map((each) => ({ each, at: random() })).toSorted((a, b) => a.at - b.at).map(({ each }) => each);
}

/** Every file of a city by its path, as a hash; the report names inputs, so it is another one for other inputs. */
function prints(dir: string, except: readonly string[] = []): Map<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((path): [string, string] => [path.slice(dir.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')]).filter(([name]) => !except.includes(name)).toSorted());
}

async function build(name: string, features: readonly unknown[], options: Partial<ConvertOptions> = {}): Promise<string> {
  const out = folder.path(name);
  await convert({ inputs: [await folder.put('buildings.geojsonl', lines(features))], out, ...options });
  return out;
}

/** Ids by feature number, blank numbers left out. */
async function ids(city: string): Promise<Map<string, number>> {
  const { count, columns } = JSON.parse(await readFile(join(city, 'features.json'), 'utf8')) as FeatureIndex;
  const { offset, byteLength } = columns.find(({ name }) => name === 'id')!;
  const bytes = (await readFile(join(city, 'features.bin'))).subarray(offset, offset + byteLength);
  const offsets = Array.from({ length: count + 1 }, (_, n) => bytes.readUInt32LE(n * 4));
  const texts = bytes.subarray((count + 1) * 4);
  return new Map(Array.from({ length: count }, (_, n) => [texts.toString('utf8', offsets[n], offsets[n + 1]), n] as const).filter(([id]) => id !== ''));
}

beforeAll(async () => {
  folder = await workFolder();
  buildings = seededBuildings(COUNT);
  whole = prints(await build('whole', buildings));
  input = await folder.put('same.geojsonl', lines(buildings));
}, 120_000);
afterAll(() => folder.drop());

describe('the same city, whoever builds it', () => {
  test('by two processes through a folder: the same bytes; again: nothing is done', async () => {
    const out = await build('two', buildings, { workers: 2 });
    expect(prints(out)).toEqual(whole);
    const pieces = readdirSync(`${out}.work`).filter((name) => name !== 'lock').toSorted();
    expect(pieces.length).toBeGreaterThan(6);
    expect(pieces.filter((name) => name.includes('.part'))).toEqual([]);
    await convert({ inputs: [folder.path('buildings.geojsonl')], out, workers: 1 });
    expect(readdirSync(`${out}.work`).filter((name) => name !== 'lock').toSorted()).toEqual(pieces);
    expect(prints(out)).toEqual(whole);
  }, 120_000);

  test('from features in another order: the same bytes', async () => {
    expect(prints(await build('shuffled', shuffled(buildings, 3)))).toEqual(whole);
  }, 60_000);

  test('every number is given once, and rows without a feature are blank', async () => {
    const found = await ids(folder.path('whole'));
    expect(found.size).toBe(COUNT);
    expect(new Set(found.values()).size).toBe(COUNT);
    const { count } = JSON.parse(await readFile(folder.path('whole/features.json'), 'utf8')) as FeatureIndex;
    expect(count).toBeGreaterThan(COUNT);
  });
});

describe('a building that changes', () => {
  /** Contents on the way from the root to the tile a change is in. */
  function depthOf(tile: TileJson): number {
    return 1 + Math.max(0, ...(tile.children ?? []).map(depthOf));
  }

  test('changes its own leaf and what stands above; no other id and no other tile', async () => {
    const at = 7000;
    const changed = buildings.map((each, n) => (n === at ? { ...each, properties: { ...each.properties, height: 77.5, name: '新楼' } } : each));
    const city = await build('changed', changed);
    const after = prints(city);
    const tiles = [...after.keys()].filter((name) => name.startsWith('tiles/'));
    const differ = tiles.filter((name) => after.get(name) !== whole.get(name));
    const { root } = JSON.parse(await readFile(join(city, 'tileset.json'), 'utf8')) as { root: TileJson };
    expect(differ.length).toBeGreaterThan(0);
    expect(differ.length).toBeLessThanOrEqual(depthOf(root));
    expect(await ids(city)).toEqual(await ids(folder.path('whole')));
  }, 60_000);

  test('one more building moves the numbers of its own unit alone', async () => {
    const more = { ...buildings[7000], properties: { id: 'new', height: 5 }, geometry: { type: 'Polygon' as const, coordinates: buildings[7000].geometry.coordinates.map((ring) => ring.map(([x, y]) => [x + 0.00035, y])) } };
    const before = await ids(folder.path('whole'));
    const after = await ids(await build('more', [...buildings, more]));
    const moved = [...before].filter(([id, number]) => after.get(id) !== number).length;
    expect(after.size).toBe(COUNT + 1);
    expect(moved).toBeLessThan(16_000);
    expect([...before.keys()].filter((id) => !after.has(id))).toEqual([]);
  }, 60_000);

  test('ids that are there several times are numbered by place, whatever the order', async () => {
    const few = seededBuildings(60).map((each, n) => (n % 3 === 0 ? { ...each, properties: { ...each.properties, id: 'same' } } : n % 3 === 1 ? { ...each, properties: { use: 'office', height: 9 } } : each));
    const one = prints(await build('few', few));
    expect(prints(await build('few-again', shuffled(few, 5)))).toEqual(one);
    const found = await ids(folder.path('few'));
    expect(found.size).toBe(60);
    expect([...found.keys()].filter((id) => id.startsWith('same')).toSorted()).toContain('same#20');
  });
});

/** Starts the command in a process of its own. */
function start(args: readonly string[]): { child: ChildProcess; done: Promise<{ code: number | null; said: string }> } {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => (said += data.toString()));
  return { child, done: new Promise((resolve) => child.once('exit', (code) => resolve({ code, said }))) };
}

/** Processes that a process started. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('a worker that is killed costs its piece of work and nothing else', async () => {
  const out = folder.path('killed');
  const { child, done } = start(['tiles', 'build', input, '-o', out, '--workers', '2']);
  let killed = 0;
  for (let waited = 0; waited < 200 && killed < 2 && child.exitCode === null; waited++) {
    await sleep(150);
    const workers = child.exitCode === null ? childrenOf(child.pid!).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('start.mjs')) : [];
    if (workers.length === 0 || waited % 6 !== 5) continue;
    process.kill(workers[0], 'SIGKILL');
    killed++;
  }
  const { code, said } = await done;
  expect([code, said.includes('is ready')]).toEqual([0, true]);
  expect(killed).toBeGreaterThan(0);
  expect(prints(out, ['report.json', 'city.json'])).toEqual(new Map([...whole].filter(([name]) => name !== 'report.json' && name !== 'city.json')));
}, 120_000);

describeRedis('through a queue', () => {
  test('by workers of other processes, one of them killed: the same bytes', async () => {
    const redis = await startRedis();
    const out = folder.path('queued');
    const workers = [1, 2].map((n) => start(['tiles', 'work', '--queue', redis.url, '--workers', '1', '--name', `worker-${n}`]));
    try {
      const { done } = start(['tiles', 'build', input, '-o', out, '--queue', redis.url, '--workers', '0']);
      await sleep(4000);
      workers[0].child.kill('SIGKILL');
      const { code, said } = await done;
      expect([code, said.includes('is ready')]).toEqual([0, true]);
      expect(said).not.toContain('password');
      expect(prints(out, ['report.json', 'city.json'])).toEqual(new Map([...whole].filter(([name]) => name !== 'report.json' && name !== 'city.json')));
    } finally {
      for (const { child } of workers) child.kill('SIGKILL');
      await redis.end();
      await rm(`${out}.work`, { recursive: true, force: true });
    }
  }, 180_000);
});
