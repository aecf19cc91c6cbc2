import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sniffFormat } from '../../tiles-pipeline/formats/index.ts';
import { shared } from '../shared.ts';
import type { MutantNews } from './mutants-child.ts';
import { atMost, equal, inFolder, kill, some, told, type Figure } from './pipeline-run.ts';

/** Real files below the folder that a format reads, the smallest first: each with the files of its stem. */
export function seedsOf(format: string, most = 4, folders: readonly string[] = ['bim', 'city', 'terrain', 'utilities', 'traffic/osm', 'traffic/roads']): string[][] {
  const found = folders.flatMap((folder) => (existsSync(shared(`data/${folder}`)) ? readdirSync(shared(`data/${folder}`), { recursive: true, encoding: 'utf8' }).map((name) => shared(`data/${folder}/${name}`)) : [])).filter((path) => statSync(path).isFile() && statSync(path).size > 60 && statSync(path).size < 400_000);
  const own = found.filter((path) => sniffFormat(readFileSync(path).subarray(0, 4096))?.id === format).toSorted((a, b) => statSync(a).size - statSync(b).size);
  // The smallest are often empty by intent; a spread over sizes says more.
  const picked = Array.from({ length: Math.min(most, own.length) }, (_, k) => own[Math.floor((k * own.length) / Math.min(most, own.length))]);
  return picked.map((path) => [path, ...['.dbf', '.shx', '.prj', '.cpg'].map((ending) => path.replace(/\.shp$/iu, ending)).filter((other) => other !== path && existsSync(other))]);
}

interface Fate {
  tried: number;
  deaths: number[];
  hangs: number[];
  fat: number[];
  threw: Map<string, number>;
  silent: number;
  most: number;
}

const HANG = 30_000;
const CAP = 1.5 * 2 ** 30;

/** Reads `count` mutants of one seed in children that may die. @param seconds after which no more are tried */
export async function mutate(files: readonly string[], count: number, folder: string, seconds: number, first = 0): Promise<Fate> {
  const fate: Fate = { tried: 0, deaths: [], hangs: [], fat: [], threw: new Map(), silent: 0, most: 0 };
  mkdirSync(folder, { recursive: true });
  const until = performance.now() + seconds * 1000;
  let next = first;
  while (next < first + count && performance.now() < until) next = await oneChild(files, { from: next, to: first + count }, folder, until, fate);
  return fate;
}

function rssOf(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** One child until it has tried all, died, hung or grown too fat. @returns the mutant to go on with */
async function oneChild(files: readonly string[], { from, to }: { from: number; to: number }, folder: string, until: number, fate: Fate): Promise<number> {
  const child = fork(fileURLToPath(new URL('./mutants-child.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx', '--max-old-space-size=1200'], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  let at = from;
  let busy = false;
  let since = performance.now();
  let ended: 'hang' | 'fat' | 'late' | null = null;
  child.on('message', (news: MutantNews) => {
    [at, busy, since] = [news.at, !news.end, performance.now()];
    if (!news.end) return;
    fate.tried++;
    if (news.silent) fate.silent++;
    if (news.threw) fate.threw.set(news.threw, (fate.threw.get(news.threw) ?? 0) + 1);
  });
  const watch = setInterval(() => {
    const rss = rssOf(child.pid);
    fate.most = Math.max(fate.most, rss);
    if (rss > CAP) ended = 'fat';
    else if (busy && performance.now() - since > HANG) ended = 'hang';
    else if (performance.now() > until && !busy) ended = 'late';
    if (ended && child.pid !== undefined) kill(child.pid);
  }, 100);
  child.send({ files, folder, from, to });
  await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  if (ended === 'late') return to;
  if (ended === 'hang') fate.hangs.push(at);
  else if (ended === 'fat') fate.fat.push(at);
  else if (busy) fate.deaths.push(at);
  return busy || ended ? at + 1 : to;
}

/** P05: mutants of real files, per format. `FAULTS_FORMAT` picks one. */
export async function mutants(formats: readonly string[], each = some(10_000), seconds = Math.max(40, some(300))): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const figures: Figure[] = [];
    for (const format of formats) {
      const seeds = seedsOf(format);
      if (seeds.length === 0) {
        figures.push(told(`${format}: real files to spoil`, 0));
        continue;
      }
      const fates: Fate[] = [];
      for (const [k, files] of seeds.entries()) fates.push(await mutate(files, Math.ceil(each / seeds.length), join(folder, `${format}-${k}`), seconds / seeds.length, k * 1_000_000));
      const sum = (of: (fate: Fate) => number): number => fates.reduce((total, fate) => total + of(fate), 0);
      const threw = new Map(fates.flatMap((fate) => [...fate.threw]));
      figures.push(
        { what: `${format}: mutants of ${seeds.length} files`, value: sum((fate) => fate.tried), unit: `of ${each}, as many as ${seconds} s allow`, reach: '> 0', met: sum((fate) => fate.tried) > 0 },
        equal(`${format}: processes killed${first(fates.flatMap((fate) => fate.deaths))}`, sum((fate) => fate.deaths.length), 0),
        equal(`${format}: hangs over 30 s${first(fates.flatMap((fate) => fate.hangs))}`, sum((fate) => fate.hangs.length), 0),
        equal(`${format}: grown over 1.5 GiB${first(fates.flatMap((fate) => fate.fat))}`, sum((fate) => fate.fat.length), 0),
        equal(`${format}: readers that threw${threw.size > 0 ? ` (${[...threw.keys()].slice(0, 3).join(' | ')})` : ''}`, [...threw.values()].reduce((total, count) => total + count, 0), 0),
        equal(`${format}: nothing came and nothing was said`, sum((fate) => fate.silent), 0),
        atMost(`${format}: most resident`, Math.max(...fates.map((fate) => fate.most)) / 2 ** 20, 1536, 'MiB'),
      );
    }
    return figures;
  });
}

function first(seeds: readonly number[]): string {
  return seeds.length > 0 ? ` (mutant ${seeds.slice(0, 3).join(', ')})` : '';
}
