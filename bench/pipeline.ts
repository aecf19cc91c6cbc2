import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { hasShared, shared } from '../tests/shared.ts';
import { readGlb, readView } from '../tiles-pipeline/tileset/read-content.ts';
import { patternsOf, writeMany, type Pattern } from '../tiles-pipeline/testing/many-footprints.ts';

interface Row { what: string; value: number; unit: string; reach: string | null; met: boolean }

/** Footprints of the large run; `CITYMIRROR_BENCH_MANY=10000000` runs ten times as many. */
const MANY = Number(process.env.CITYMIRROR_BENCH_MANY ?? 1_000_000);
const FILES = 1000;
const OF_FILES = 1_000_000;
const DENSITY = 2500;
const repository = fileURLToPath(new URL('../', import.meta.url));

interface Run { seconds: number; peak: number }

/** Runs the built command and watches the memory of its whole tree of processes, in MiB. */
async function build(cli: string, args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, 'tiles', 'build', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let [said, peak] = ['', 0];
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const watch = setInterval(() => (peak = Math.max(peak, residentOf(child.pid!))), 200);
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  if (code !== 0 && code !== 1) throw new Error(`The build ended with ${code}: ${said.slice(-400)}`);
  return { seconds: (performance.now() - started) / 1000, peak };
}

/** Resident megabytes of a process and all below it; a page two of them share counts twice. */
function residentOf(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Gone meanwhile.
    }
  }
  let sum = 0;
  for (const pid of parents.keys()) {
    let at: number | undefined = pid;
    while (at && at !== root) at = parents.get(at);
    if (at !== root) continue;
    try {
      sum += Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // Gone meanwhile.
    }
  }
  return sum / 1024;
}

/** Seconds that reading the lines and JSON.parse alone take, in this process: what no reader of GeoJSON can do without. */
async function parseAlone(path: string): Promise<number> {
  const started = performance.now();
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) JSON.parse(line);
  return (performance.now() - started) / 1000;
}

/** Bytes of all contents, gzip −6, and of their property tables alone. */
async function bytesOf(city: string): Promise<{ total: number; tables: number; contents: number; }> {
  const names = (await readdir(join(city, 'tiles'), { recursive: true })).filter((name) => name.endsWith('.glb'));
  let [total, tables] = [gzipSync(await readFile(join(city, 'tileset.json'))).length, 0];
  for (const name of names) {
    const bytes = new Uint8Array(await readFile(join(city, 'tiles', name)));
    total += gzipSync(bytes, { level: 6 }).length;
    tables += gzipSync(await tableBytes(bytes), { level: 6 }).length;
  }
  return { total, tables, contents: names.length};
}

async function tableBytes(bytes: Uint8Array): Promise<Buffer> {
  const glb = readGlb(bytes);
  const { propertyTables = [] } = (glb.json.extensions?.EXT_structural_metadata ?? {}) as { propertyTables?: { properties: Record<string, { values: number; stringOffsets?: number }> }[] };
  const views = propertyTables.flatMap(({ properties }) => Object.values(properties).flatMap(({ values, stringOffsets }) => [values, ...(stringOffsets === undefined ? [] : [stringOffsets])]));
  return Buffer.concat(await Promise.all(views.map(async (view) => (await readView(glb, view)).bytes)));
}

/** Every file of a folder by its path, as a fingerprint of its bytes. */
async function printsOf(folder: string): Promise<Map<string, string>> {
  const { createHash } = await import('node:crypto');
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const out = new Map<string, string>();
  for (const entry of found) if (entry.isFile()) out.set(relative(folder, join(entry.parentPath, entry.name)), createHash('sha1').update(await readFile(join(entry.parentPath, entry.name))).digest('hex'));
  return out;
}

function row(what: string, value: number, unit: string, most: number | null): Row {
  return { what, value: Math.round(value * 100) / 100, unit, reach: most === null ? null : `≤ ${Math.round(most * 100) / 100}`, met: most === null || value <= most };
}

async function large(cli: string, folder: string, patterns: readonly Pattern[]): Promise<Row[]> {
  const input = join(folder, 'many.geojsonl');
  await writeMany(patterns, { count: MANY, seed: 1, density: DENSITY }, () => input);
  const alone = await parseAlone(input);
  const { seconds, peak } = await build(cli, [input, '-o', join(folder, 'many')]);
  const { total, tables, contents } = await bytesOf(join(folder, 'many'));
  const fewer = Math.min(MANY, 100_000);
  await writeMany(patterns, { count: fewer, seed: 1, density: DENSITY }, () => join(folder, 'lit.geojsonl'));
  await build(cli, [join(folder, 'lit.geojsonl'), '-o', join(folder, 'lit'), '--normals', '--no-keep']);
  const lit = await bytesOf(join(folder, 'lit'));
  const companion = (await stat(join(folder, 'many/buildings.fgb'))).size;
  const name = MANY.toLocaleString('en');
  const rows = [
    row(`${name} footprints, all levels and companion`, seconds, 's', (20 * MANY) / 1e6),
    row(`${name} footprints: readline and JSON.parse of the same file alone, one core`, alone, 's', null),
    row('the build against that', seconds / alone, '×', null),
    row(`${name} footprints: memory of all processes`, peak, 'MiB', 512),
    row('features a second', MANY / seconds, '/s', null),
    row('bytes a building over the whole tileset, gzip −6, with attributes, lit by the views', total / MANY, 'B', null),
    row(`the same with normals in the contents (${fewer.toLocaleString('en')} footprints)`, lit.total / fewer, 'B', 120),
    row('of them property tables', lit.tables / fewer, 'B', null),
    row('of them geometry and the rest', (lit.total - lit.tables) / fewer, 'B', null),
    row('without normals: property tables', tables / MANY, 'B', null),
    row('without normals: geometry and the rest', (total - tables) / MANY, 'B', null),
    row('contents', contents, '', null),
    row('companion a building', companion / MANY, 'B', null),
  ];
  await rm(join(folder, 'many'), { recursive: true });
  await rm(join(folder, 'many.work'), { recursive: true, force: true });
  await rm(input);
  return rows;
}

async function again(cli: string, folder: string, patterns: readonly Pattern[]): Promise<Row[]> {
  const inputs = join(folder, 'sheets');
  await mkdir(inputs);
  const path = (file: number): string => join(inputs, `sheet-${String(file).padStart(4, '0')}.geojsonl`);
  await writeMany(patterns, { count: OF_FILES, seed: 2, density: DENSITY, files: FILES }, path);
  const city = join(folder, 'sheets-city');
  const full = await build(cli, [inputs, '-o', city, '--workers', '2']);
  const before = await printsOf(join(city, 'tiles'));
  await writeMany(patterns, { count: OF_FILES, seed: 2, density: DENSITY, files: FILES, changed: new Set([150_000]) }, path);
  const untouched = await build(cli, [inputs, '-o', city, '--workers', '2']);
  void untouched;
  const after = await printsOf(join(city, 'tiles'));
  const changed = [...after].filter(([name, print]) => before.get(name) !== print).length;
  // Every file was written again: only times changed, in all but one. Now one file alone changes.
  const one = path(500);
  const text = await readFile(one, 'utf8');
  await (await import('node:fs/promises')).writeFile(one, text.replace(/"height":[\d.]+/u, '"height":99.9'));
  const rebuilt = await build(cli, [inputs, '-o', city, '--workers', '2']);
  return [
    row(`${OF_FILES.toLocaleString('en')} footprints in ${FILES.toLocaleString('en')} files`, full.seconds, 's', null),
    row('again after one of the files changed', rebuilt.seconds, 's', null),
    row('that against the full build', (rebuilt.seconds / full.seconds) * 100, '%', 5),
    row('tiles that differ after one building changed', (changed / after.size) * 100, '%', 2),
  ];
}

/** Building tiles from very many footprints of a real file's own shapes: time, memory, bytes, and building again. The built command is measured, as people run it. */
export async function run(): Promise<Row[]> {
  if (!hasShared) return [{ what: 'the shared data are missing', value: 0, unit: '', reach: null, met: false }];
  const dist = '.cache/bench-pipeline';
  const built = spawnSync(process.execPath, ['build.mjs', 'cli'], { cwd: repository, env: { ...process.env, CITYMIRROR_DIST: dist }, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('The command could not be built.');
  const cli = join(repository, dist, 'cli/citymirror.js');
  const features = (JSON.parse(await readFile(shared('data/city/footprints-cn/shenzhen-nanshan-building.geojson'), 'utf8')) as { features: never[] }).features;
  const patterns = patternsOf(features);
  const folder = await mkdtemp(join(tmpdir(), 'citymirror-bench-'));
  try {
    return [...(await large(cli, folder, patterns)), ...(await again(cli, folder, patterns))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
