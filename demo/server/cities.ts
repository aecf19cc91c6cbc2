import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { convert } from 'citymirror/tiles';
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

/** The user's own files as a city folder, rebuilt when a file changed. */
export async function ownCity(cache: string, { data: inputs, places, crs, cover }: Pick<StartOptions, 'data' | 'places' | 'crs' | 'cover'>, tell: Tell, signal: AbortSignal): Promise<City> {
  const files = inputs.map((file) => `${file} ${statSync(file).size} ${statSync(file).mtimeMs}`).join('\n');
  const mark = createHash('sha256').update(`${files}${places.length + crs.length > 0 || cover !== undefined ? JSON.stringify([places, crs, cover]) : ''}`).digest('hex').slice(0, 12);
  const id = `${basename(inputs[0]).replace(/\.[^.]*$/u, '').replace(/[^\w-]+/gu, '-').slice(0, 24) || 'city'}-${mark}`;
  const folder = join(cache, 'cities', id);
  if (!existsSync(join(folder, 'city.json'))) {
    const { report } = await convert({ inputs, out: folder, places, crs, cover, signal, onProgress: ({ overall }) => tell(`building tiles of ${inputs.length} file${inputs.length > 1 ? 's' : ''}`, overall) });
    const skipped = Object.entries(report.skipped).map(([reason, count]) => `${count} × ${reason}`);
    console.log(`${report.in} features in, ${report.out} out${skipped.length > 0 ? `; skipped: ${skipped.join(', ')}` : ''}`);
    for (const issue of report.issues) console.log(`${issue.severity}: ${issue.message}`);
  }
  return city(id, folder);
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
