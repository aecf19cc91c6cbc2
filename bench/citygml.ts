import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasShared, shared } from '../tests/shared.ts';
import { convert } from '../tiles-pipeline/convert.ts';
import { citygml } from '../tiles-pipeline/formats/citygml.ts';
import { SURFACES } from '../tiles-pipeline/formats/format.ts';
import { fileSource } from '../tiles-pipeline/formats/source.ts';
import { readCity } from '../tiles-pipeline/testing/city-file.ts';

interface Row { what: string; value: number; unit: string; reach: string | null; met: boolean }

const run1 = promisify(execFile);
const RUNS = 3;
const PEER = 'citygml-to-3dtiles@0.1.6';
/** The one file the peer can read once its reference system has a name it knows. It lies elsewhere then; for shapes and times that is no matter. */
const RENAMED = { file: 'lod3_building_v2.gml', from: 'urn:ogc:def:crs,crs:EPSG:6.12:3068,crs:EPSG:6.12:5783', to: 'EPSG:25833' };

/** Run in the peer's folder: its own reader and converter; prints seconds and what it makes of the file. Loading the library is left out. */
const PROBE = `
import Document from 'citygml-to-3dtiles/src/citygml/Document.mjs';
import Converter from 'citygml-to-3dtiles/src/Converter.mjs';
const [file, out] = process.argv.slice(2);
console.debug = () => undefined;
const started = performance.now();
await new Converter().convertFiles(file, out);
const seconds = (performance.now() - started) / 1000;
let surfaces = 0;
for (const object of Document.fromFile(file).getCityModel().getCityObjects())
  for (const ring of object.getLinearRings()) {
    let area = 0;
    for (const triangle of ring.convertToTriangles()) { const n = triangle.getNormal(); area += Math.hypot(n.x, n.y, n.z) / 2; }
    if (area > 1e-6) surfaces++;
  }
process.stdout.write('\\nPEER ' + JSON.stringify({ seconds, surfaces }) + '\\n');`;

interface Peer { seconds: number; surfaces: number }

/** What the peer makes of a file, or the sentence it ends with. */
async function peer(folder: string, file: string): Promise<Peer | string> {
  try {
    const { stdout } = await run1(process.execPath, ['probe.mjs', file, join(folder, 'out')], { cwd: folder, timeout: 300_000, maxBuffer: 64 << 20 });
    return JSON.parse(/^PEER (.*)$/mu.exec(stdout)![1]) as Peer;
  } catch (cause) {
    const text = String((cause as { stderr?: string }).stderr ?? cause);
    return (/^\S*Error: (.*)$/mu.exec(text)?.[1] ?? text.slice(0, 200)).slice(0, 120);
  }
}

async function ours(path: string): Promise<{ features: number; drawn: number; meant: number; grids: number; seconds: number; surfaces: number }> {
  let best = Number.POSITIVE_INFINITY;
  let last;
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    last = await readCity(citygml, await fileSource(path));
    best = Math.min(best, (performance.now() - started) / 1000);
  }
  const { features, rasters, issues } = last!;
  const summary = issues.find(({ code }) => code === 'surfaces');
  const drawn = Number(/(\d+) drawn/u.exec(summary?.message ?? '')?.[1] ?? 0);
  const meant = new Set(features.flatMap(({ solid }) => Array.from(solid?.surfaces ?? [], (index) => SURFACES[index]))).size;
  return { features: features.length, drawn, meant, grids: rasters.length, seconds: best, surfaces: summary?.count ?? 0 };
}

/** Polygons (without holes, as in the one file this is asked of) with an area of 1 mm² and more, those of the same corners once: straight from the text. */
function surfacesIn(text: string): number {
  const different = new Set<string>();
  for (const [, list] of text.matchAll(/<gml:posList[^>]*>([^<]*)/gu)) {
    const numbers = list.trim().split(/\s+/u).map(Number);
    const corners = Array.from({ length: numbers.length / 3 }, (_, k) => numbers.slice(k * 3, k * 3 + 3));
    const [x, y, z] = [0, 1, 2].map((axis) => {
      const [a, b] = [(axis + 1) % 3, (axis + 2) % 3];
      return corners.slice(1).reduce((sum, corner, k) => sum + (corners[k][a] - corners[0][a]) * (corner[b] - corners[0][b]) - (corners[k][b] - corners[0][b]) * (corner[a] - corners[0][a]), 0);
    });
    if (Math.hypot(x, y, z) / 2 >= 1e-6) different.add([...new Set(corners.map((corner) => corner.join(' ')))].toSorted().join(' '));
  }
  return different.size;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Every file: what is in it, counted by its text, and what is kept of it. */
async function everyFile(): Promise<{ rows: Row[]; paths: string[] }> {
  const names = (await readdir(shared('data/city/citygml'), { recursive: true })).filter((name) => /\.(gml|xml)$/u.test(name)).toSorted();
  const rows: Row[] = [];
  for (const name of names) {
    const path = shared(`data/city/citygml/${name}`);
    const polygons = [...(await readFile(path, 'utf8')).matchAll(/<(?:gml:)?(?:Polygon|Triangle)[\s>]/gu)].length;
    const { features, drawn, grids, seconds, surfaces } = await ours(path);
    const short = name.replace(/^.*\//u, '');
    rows.push(
      { what: `${short}: features${grids > 0 ? ' (terrain is one grid)' : ''}`, value: features + grids, unit: '', reach: '≥ 1', met: features + grids > 0 },
      { what: `${short}: surfaces read of ${polygons} in the text (${drawn} drawn as bodies)`, value: surfaces, unit: '', reach: `= ${polygons}`, met: surfaces === polygons },
      { what: `${short}: file to features`, value: round(seconds), unit: 's', reach: null, met: true },
    );
  }
  return { rows, paths: names.map((name) => shared(`data/city/citygml/${name}`)) };
}

async function beside(folder: string, paths: readonly string[]): Promise<Row[]> {
  try {
    await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    await writeFile(join(folder, 'probe.mjs'), PROBE);
    await run1('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', PEER], { cwd: folder, timeout: 600_000, maxBuffer: 64 << 20 });
  } catch {
    return [{ what: `${PEER} could not be installed here; nothing beside ours`, value: 0, unit: '', reach: null, met: true }];
  }
  let opened = 0;
  for (const path of paths) {
    const outcome = await peer(folder, path);
    if (typeof outcome === 'string') console.log(`  ${PEER}, ${path.replace(/^.*\//u, '')}: ${outcome}`);
    else opened++;
  }
  const rows: Row[] = [{ what: `${PEER}: files it opens as they are`, value: opened, unit: `of ${paths.length}`, reach: null, met: true }];
  const renamed = join(folder, RENAMED.file);
  await writeFile(renamed, (await readFile(shared(`data/city/citygml/${RENAMED.file}`), 'utf8')).replaceAll(RENAMED.from, RENAMED.to));
  const theirs = await peer(folder, renamed);
  if (typeof theirs === 'string') return [...rows, { what: `${PEER} cannot read ${RENAMED.file} with its system renamed either: ${theirs}`, value: 0, unit: '', reach: null, met: true }];
  let seconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    await convert({ inputs: [renamed], out: join(folder, `ours-${run}`) });
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  const kept = await ours(renamed);
  const different = surfacesIn(await readFile(renamed, 'utf8'));
  return [
    ...rows,
    { what: `${RENAMED.file} renamed to ${RENAMED.to}: file to tiles, ${PEER}`, value: round(theirs.seconds), unit: 's', reach: null, met: true },
    { what: `${RENAMED.file} renamed to ${RENAMED.to}: file to tiles, ours`, value: round(seconds), unit: 's', reach: `< ${round(theirs.seconds)}`, met: seconds < theirs.seconds },
    { what: `${RENAMED.file}: surfaces with an area by its own count, ${PEER} (doubled ones among them)`, value: theirs.surfaces, unit: '', reach: null, met: true },
    { what: `${RENAMED.file}: surfaces drawn, each once, ours; reach: different ones of 1 mm² and more, counted from the text`, value: kept.drawn, unit: '', reach: `= ${different}`, met: kept.drawn === different },
    { what: `${RENAMED.file}: kinds of surface told apart (roof, wall, window …); the peer tells none`, value: kept.meant, unit: '', reach: '> 0', met: kept.meant > 0 },
  ];
}

/** City models: all of the shared CityGML, and beside it the one npm package that claims the same. */
export async function run(): Promise<Row[]> {
  if (!hasShared) return [{ what: 'the shared data are missing', value: 0, unit: '', reach: null, met: false }];
  const folder = await mkdtemp(join(tmpdir(), 'citymirror-bench-'));
  try {
    const { rows, paths } = await everyFile();
    return [...rows, ...(await beside(folder, paths))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
