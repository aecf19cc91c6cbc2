import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { convert, findInputs, wordsOn, type FoundInputs, type Progress } from 'citymirror/tiles';
import type { StartOptions } from './arguments.ts';
import { stationPlaces, type StationPlace } from './simulator/station-places.ts';

/** A city folder that is served, and the files its live layers are simulated on. */
export interface City {
  id: string;
  folder: string;
  /** Roads companion on disk, null when the data have none. */
  roads: string | null;
  /** Stations of air, water and noise among its places. */
  stations?: readonly StationPlace[];
}

export type Tell = (what: string, fraction: number) => void;

/** Grows with every change of the sample city or of what the pipeline writes, so that an old cache is built anew. */
const SAMPLE_VERSION = 1;

/** The sample city's folder, made on first run. */
export async function sampleCity(cache: string, tell: Tell, signal: AbortSignal): Promise<City> {
  const folder = join(cache, 'cities/sample');
  const stamp = join(cache, 'cities/sample.stamp');
  const wanted = `${SAMPLE_VERSION} ${sourcesMark(new URL('../sample-city/', import.meta.url))} ${sourcesMark(new URL('../../tiles-pipeline/', import.meta.url))}`;
  if (!existsSync(join(folder, 'city.json')) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    const source = join(cache, 'sample-city/source');
    mkdirSync(source, { recursive: true });
    const { generate } = await import('../sample-city/generate.ts');
    await generate({ seed: 1, out: source, onProgress: (fraction) => tell('planning the sample city', fraction * 0.5) });
    const inputs = readdirSync(source).map((name) => join(source, name)).toSorted();
    await convert({ inputs, out: folder, declared: { title: '池州（示例城市，合成数据）', synthetic: true, heightDatum: 'ellipsoid' }, signal, onProgress: ({ overall }) => tell('building its tiles', 0.5 + overall * 0.5) });
    writeFileSync(stamp, wanted);
  }
  return city('sample', folder);
}

/** What a build is doing, in words. */
const STAGES: Readonly<Record<Progress['stage'], string>> = { read: 'reading', ground: 'standing buildings on the ground', tiles: 'building 3D Tiles', companions: 'writing companions', terrain: 'building terrain', parts: 'writing points and pictures', finish: 'finishing' };

/**
 * The user's own files and folders as a city folder, built again when a file, an option or the pipeline changed. A city folder that was built before is served as it is.
 * @throws Error with a sentence where nothing in them can be used
 */
export async function ownCity(cache: string, { data: given, places, crs, cover }: Pick<StartOptions, 'data' | 'places' | 'crs' | 'cover'>, tell: Tell, signal: AbortSignal): Promise<City> {
  const [first] = given;
  const name = basename(first).replace(/\.[^.]*$/u, '').replace(/[^\w-]+/gu, '-').slice(0, 24) || 'city';
  if (given.length === 1 && isCity(first)) return city(name, first);
  const found = await findInputs(given, { signal });
  for (const words of wordsOn(found.left)) console.log(words);
  if (found.files.length === 0) throw new Error(`There is no file of a kind that is read in ${given.join(', ')}. npx citymirror tiles --help says what is read.`);
  const id = `${name}-${createHash('sha256').update(JSON.stringify([given, places, crs, cover ?? null])).digest('hex').slice(0, 12)}`;
  const folder = join(cache, 'cities', id);
  const stamp = `${folder}.stamp`;
  const wanted = markOf(found);
  if (!existsSync(join(folder, 'city.json')) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    const files = `${found.files.length} file${found.files.length > 1 ? 's' : ''}`;
    const { report } = await convert({ inputs: found.files, out: folder, declared: { title: basename(first).replace(/\.[^.]*$/u, '') }, places, crs, cover, signal, onProgress: ({ stage, overall }) => tell(`${files}: ${STAGES[stage] ?? stage}`, overall) });
    const skipped = Object.entries(report.skipped).map(([reason, count]) => `${count} × ${reason}`);
    console.log(`${report.in} features in, ${report.out} out${skipped.length > 0 ? `; skipped: ${skipped.join(', ')}` : ''}`);
    for (const issue of report.issues) console.log(`${issue.severity}: ${issue.message}`);
    writeFileSync(stamp, wanted);
  }
  return city(id, folder);
}

/** Whether a folder is a city's, and no input. */
function isCity(folder: string): boolean {
  const file = join(folder, 'city.json');
  return existsSync(file) && readFileSync(file, 'utf8').includes('"heightDatum"');
}

/** What a cache was made of: every input and what belongs to one, its size and time, and the pipeline. */
function markOf({ files, left }: FoundInputs): string {
  const hash = createHash('sha256');
  for (const path of [...files, ...left.filter(({ why }) => why === 'belongs').map((each) => each.path)].filter((path) => existsSync(path))) hash.update(`${path} ${statSync(path).size} ${statSync(path).mtimeMs}\n`);
  return `${hash.digest('hex')} ${sourcesMark(new URL('../../tiles-pipeline/', import.meta.url))}`;
}

/** What `/cities/index.json` says. */
export function catalogueOf(cities: readonly City[]): { cities: { id: string; title: string; url: string; live: boolean; sensors: boolean }[] } {
  return {
    cities: cities.map(({ id, folder, roads, stations }) => {
      const { title } = JSON.parse(readFileSync(join(folder, 'city.json'), 'utf8')) as { title?: string };
      return { id, title: title ?? id, url: `/cities/${id}/city.json`, live: roads !== null, sensors: (stations?.length ?? 0) > 0 };
    }),
  };
}

async function city(id: string, folder: string): Promise<City> {
  const roads = join(folder, 'roads.fgb');
  return { id, folder, roads: existsSync(roads) ? roads : null, stations: await stationPlaces(folder) };
}

/** A mark of a folder's sources: their names and contents. */
function sourcesMark(folder: URL): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!/\.(ts|json)$/u.test(name) || name.includes('.test.')) continue;
    hash.update(`${name}\n`).update(readFileSync(new URL(name, folder)));
  }
  return hash.digest('hex').slice(0, 16);
}
