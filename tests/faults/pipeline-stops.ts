import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { collection, seededBuildings } from '../../tiles-pipeline/testing/seeded-city.ts';
import { demTiff } from '../../tiles-pipeline/testing/dem-tiff.ts';
import { badModels } from './hostile.ts';
import { alive, atMost, can, cliPath, equal, hashOf, hasOption, inFolder, kill, leftBeside, notRun, put, reportOf, seeded, some, tiles, told, tree, type Figure } from './pipeline-run.ts';

/** A city to build: enough for every stage to be met by a random moment. @returns its inputs */
async function inputs(folder: string, buildings: number): Promise<string[]> {
  const half = seededBuildings(buildings);
  const dem = await demTiff({ west: 117.4, north: 30.75, step: 0.0005, width: 400, height: 400 }, (lon, lat) => 20 + 300 * (lon - 117.4) * (lat - 30.55));
  return [put(folder, 'in/a-buildings.geojson', collection(half.slice(0, buildings / 2))), put(folder, 'in/b-buildings.geojson', collection(half.slice(buildings / 2))), put(folder, 'in/dem.tif', dem)];
}

interface Fresh {
  from: string[];
  out: string;
  /** Of a run nobody disturbed. */
  hash: string | null;
  seconds: number;
  /** Of processor time. */
  cpu: number;
}

async function undisturbed(folder: string, buildings: number): Promise<Fresh> {
  const from = await inputs(folder, buildings);
  const out = join(folder, 'reference');
  const { seconds, cpu, code, err } = await tiles(['build', ...from, '-o', out], { deadline: 600 });
  if (code !== 0) throw new Error(`the undisturbed build ended with ${code}: ${err.slice(-300)}`);
  return { from, out: join(folder, 'work/city'), hash: hashOf(out), seconds, cpu };
}

/** P01: kill -9 at random moments, then the same command. Every second time an older city stands there already. */
export async function killed(times = some(200), buildings = 40_000): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const { from, out, hash, seconds, cpu } = await undisturbed(folder, buildings);
    const older = put(folder, 'in/older.geojson', collection(seededBuildings(50, 3)));
    const random = seeded(1);
    const seen = { same: 0, halves: 0, gone: 0, left: 0, refused: 0, landed: 0, redone: 0, orphans: 0, others: [] as string[] };
    for (let k = 0; k < times; k++) {
      rmSync(join(folder, 'work'), { recursive: true, force: true });
      mkdirSync(join(folder, 'work'));
      if (k % 2 === 1) await tiles(['build', older, '-o', out]);
      const before = hashOf(out);
      const moment = (0.15 + 0.9 * random()) * seconds * 1000;
      let pids: number[] = [];
      const broken = await tiles(['build', ...from, '-o', out], {
        started: (child) => setTimeout(() => {
          pids = tree(child.pid);
          if (child.pid !== undefined && child.exitCode === null) kill(child.pid);
        }, moment),
      });
      if (broken.signal === 'SIGKILL') seen.landed++;
      await new Promise((resolve) => { setTimeout(resolve, 200); });
      seen.orphans += pids.filter(alive).length;
      const visible = hashOf(out);
      if (visible !== before && visible !== hash) seen[visible === null ? 'gone' : 'halves']++;
      const again = await tiles(['build', ...from, '-o', out], { deadline: 600 });
      if (again.code === 2) seen.refused++;
      if (hashOf(out) === hash) seen.same++;
      else seen.others.push(`kill ${k}: ${again.hung ? 'hung' : `exit ${again.code ?? again.signal}`}`);
      if (leftBeside(out).length > 0) seen.left++;
      seen.redone += again.cpu / cpu;
    }
    return [
      told('kills that met a running build', seen.landed, `of ${times}`),
      equal(`the same command then gave the same bytes${seen.others.length > 0 ? ` (${seen.others.slice(0, 3).join(', ')})` : ''}`, seen.same, times, `of ${times}`),
      equal('half a city visible under the final name', seen.halves, 0),
      equal('an older city gone without a new one', seen.gone, 0),
      equal('the same command refused', seen.refused, 0),
      equal('processes left running', seen.orphans, 0),
      equal('runs after which unfinished work still lay about', seen.left, 0),
      told('processor time of the run after the kill, of an undisturbed one', Math.round((seen.redone / times) * 100), '%'),
    ];
  });
}

const STOPS = [['SIGTERM', 143], ['SIGINT', 130]] as const;

/** P02: asked to stop, and left alone by the program that started it. */
export async function stopped(times = some(10), buildings = 40_000): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const { from, out, hash, seconds } = await undisturbed(folder, buildings);
    const random = seeded(2);
    const figures: Figure[] = [];
    for (const [signal, code] of STOPS) {
      let [slowest, right, met, same] = [0, 0, 0, 0];
      for (let k = 0; k < times; k++) {
        rmSync(join(folder, 'work'), { recursive: true, force: true });
        mkdirSync(join(folder, 'work'));
        let asked = 0;
        const run = await tiles(['build', ...from, '-o', out], { started: (child) => setTimeout(() => { asked = performance.now(); child.kill(signal); }, (0.4 + 0.5 * random()) * seconds * 1000) });
        if (run.code !== 0) {
          met++;
          slowest = Math.max(slowest, (performance.now() - asked) / 1000);
          if (run.code === code && run.err.includes('stopped')) right++;
        }
        if (k === 0) same += (await tiles(['build', ...from, '-o', out])).code === 0 && hashOf(out) === hash ? 1 : 0;
      }
      figures.push(equal(`${signal}: ended with ${code} and a sentence`, right, met, `of ${met} that ran`), atMost(`${signal}: slowest to stop`, slowest, 5, 's'), equal(`${signal}: the same command then gave the same bytes`, same, 1, 'of 1'));
    }
    return [...figures, ...await orphaned(from, out, seconds)];
  });
}

/** The program that started a build is killed; nobody reads what the build says any more. */
async function orphaned(from: readonly string[], out: string, seconds: number): Promise<Figure[]> {
  rmSync(out, { recursive: true, force: true });
  const script = `const c = require('child_process').spawn(process.execPath, ${JSON.stringify([cliPath(), 'tiles', 'build', ...from, '-o', out])}, { stdio: 'pipe' }); console.log(c.pid); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => { parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))); });
  await new Promise((resolve) => { setTimeout(resolve, seconds * 500); });
  parent.kill('SIGKILL');
  const started = performance.now();
  while (alive(pid) && performance.now() - started < 20_000) await new Promise((resolve) => { setTimeout(resolve, 50); });
  const took = (performance.now() - started) / 1000;
  kill(pid);
  return [atMost('its parent killed: the build ended after', took, 5, 's'), equal('its parent killed: half a city visible', hashOf(out) === null ? 0 : 1, 0)];
}

interface Disk {
  name: string;
  /** Words of mount's -o, for a disk that will not take it all. */
  options: string;
  says: RegExp;
}

/** P03: a disk that is full, out of inodes, read-only, and a limit on a file's size. */
export async function fullDisk(times = some(20), buildings = 20_000): Promise<Figure[]> {
  if (process.getuid?.() !== 0 || !can('unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt')) return [notRun('small disks', 'needs a superuser who may mount')];
  return inFolder(async (folder) => {
    const { from, out: _, hash } = await undisturbed(folder, buildings);
    const need = Number(spawnSync('du', ['-sk', join(folder, 'reference')], { encoding: 'utf8' }).stdout.split('\t')[0]);
    const older = put(folder, 'in/older.geojson', collection(seededBuildings(50, 3)));
    const random = seeded(3);
    const disks: Disk[] = [
      ...Array.from({ length: times }, (): Disk => ({ name: 'full', options: `size=${Math.round(300 + need * (0.02 + 0.9 * random()))}k`, says: /disk is full.*(\d[\d.,]* [kMG]?i?B)/isu })),
      { name: 'no inodes', options: 'size=1g,nr_inodes=40', says: /full|inode/iu },
    ];
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const seen = { failed: 0, named: 0, intact: 0, left: 0, code: 0 };
    for (const { options, says } of disks) {
      spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
      try {
        const city = join(disk, 'city');
        const first = await tiles(['build', older, '-o', city]);
        const before = hashOf(city);
        const run = await tiles(['build', ...from, '-o', city]);
        if (first.code === 0 && hashOf(city) === hash) continue;
        seen.failed++;
        if (run.code === 2) seen.code++;
        if (says.test(run.err)) seen.named++;
        if (hashOf(city) === before) seen.intact++;
        if (leftBeside(city).length > 0) seen.left++;
      } finally {
        spawnSync('umount', ['-l', disk]);
      }
    }
    return [
      told('builds on a disk that was too small', seen.failed, `of ${disks.length}`),
      equal('ended with 2', seen.code, seen.failed), equal('said that the disk is full and what is needed', seen.named, seen.failed),
      equal('the older city intact', seen.intact, seen.failed), equal('unfinished work left', seen.left, 0),
      ...await limited(from, folder, hash), ...await readOnly(from, folder, disk),
    ];
  });
}

/** A limit on the size of one file (`ulimit -f`), as shared machines have it. */
async function limited(from: readonly string[], folder: string, hash: string | null): Promise<Figure[]> {
  const out = join(folder, 'limited/city');
  mkdirSync(join(folder, 'limited'));
  const run = await tiles(['build', ...from, '-o', out], { before: ['bash', '-c', 'ulimit -f 200; exec "$@"', 'bash'] });
  const whole = hashOf(out) === hash;
  return [equal('a limit on the size of a file: ended with a sentence', run.code === 2 && run.err.length > 20 ? 1 : 0, 1), equal('… half a city visible', existsSync(out) && !whole ? 1 : 0, 0), equal('… unfinished work left', leftBeside(out).length, 0)];
}

async function readOnly(from: readonly string[], folder: string, disk: string): Promise<Figure[]> {
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk]);
  try {
    const run = await tiles(['build', ...from, '-o', join(disk, 'city')]);
    const file = put(folder, 'a-file', 'x');
    const on = await tiles(['build', ...from, '-o', join(file, 'city')]);
    return [equal('read-only: ended with 2 and a sentence that says so', run.code === 2 && /read-only/u.test(run.err) ? 1 : 0, 1), equal('a file in the way: ended with 2 and a sentence', on.code === 2 && /file/u.test(on.err) ? 1 : 0, 1)];
  } finally {
    spawnSync('umount', ['-l', disk]);
  }
}

/** P04: two builds of one output at a time, and a lock whose holder was killed. */
export async function twoRuns(times = some(10), buildings = 20_000): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const { from, out, hash, seconds } = await undisturbed(folder, buildings);
    let [refused, named, whole] = [0, 0, 0];
    for (let k = 0; k < times; k++) {
      rmSync(join(folder, 'work'), { recursive: true, force: true });
      mkdirSync(join(folder, 'work'));
      let first = 0;
      const one = tiles(['build', ...from, '-o', out], { started: (child) => { first = child.pid ?? 0; } });
      await new Promise((resolve) => { setTimeout(resolve, seconds * (400 + 30 * k)); });
      const two = await tiles(['build', ...from, '-o', out]);
      await one;
      if (two.code === 2) refused++;
      if (two.err.includes(String(first))) named++;
      if (hashOf(out) === hash) whole++;
    }
    rmSync(out, { recursive: true, force: true });
    await tiles(['build', ...from, '-o', out], { started: (child) => setTimeout(() => child.kill('SIGKILL'), seconds * 700) });
    const after = await tiles(['build', ...from, '-o', out]);
    return [
      equal('the second run refused', refused, times, `of ${times}`), equal('and named the process that holds the output', named, times, `of ${times}`),
      equal('outputs whole', whole, times, `of ${times}`), equal('a run after its predecessor was killed goes on', after.code === 0 && hashOf(out) === hash ? 1 : 0, 1),
    ];
  });
}

/** P07: models that break web-ifc, and good files behind them. */
export async function aborts(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const bad = Object.entries(badModels()).map(([name, text]) => put(folder, `in/${name}`, text));
    const good = put(folder, 'in/z-good.geojson', collection(seededBuildings(100)));
    const out = join(folder, 'city');
    const run = await tiles(['build', ...bad, good, '-o', out]);
    const report = reportOf(out);
    const named = bad.filter((path) => run.err.includes(path.replace(/^.*\//u, '')));
    return [
      equal('ended', run.hung || run.code === null ? 0 : 1, 1), equal('exit code', run.code ?? -1, 1), equal('features of the good file behind them', report?.inputs.find(({ name }) => name === 'z-good.geojson')?.out ?? 0, 100),
      equal(`models named with what is wrong${named.length < bad.length ? ` (silent: ${bad.filter((path) => !named.includes(path)).map((path) => path.replace(/^.*\//u, '')).join(', ')})` : ''}`, named.length, bad.length, `of ${bad.length}`),
    ];
  });
}

const MiB = 2 ** 20;

/** P08: inputs ten times the cap. */
export async function memory(cap = 256, buildings = some(3_000_000)): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const rows: string[] = [];
    for (let at = 0; at < buildings; at += 100_000) {
      const path = join(folder, `in/part-${String(at).padStart(8, '0')}.geojson`);
      put(folder, path.slice(folder.length + 1), collection(seededBuildings(Math.min(100_000, buildings - at), at + 1).map((each) => ({ ...each, properties: { ...each.properties, id: `${at}-${String(each.properties.id)}` } }))));
      rows.push(path);
    }
    const bytes = Number(spawnSync('du', ['-sb', join(folder, 'in')], { encoding: 'utf8' }).stdout.split('\t')[0]);
    const capped = hasOption('max-memory');
    const run = await tiles(['build', join(folder, 'in'), '-o', join(folder, 'city'), ...(capped ? ['--max-memory', `${cap}`] : [])], { deadline: 1800 });
    return [
      told('input, times the cap', Number((bytes / MiB / cap).toPrecision(3))),
      ...(capped ? [] : [notRun('--max-memory', 'there is no such option yet')]),
      equal('exit code', run.code ?? -1, 0), told('most resident, all its processes', Math.round(run.rss / MiB), 'MiB'), atMost('of the cap', run.rss / MiB / cap, 1.1, 'times'),
    ];
  });
}

/** P22: what a long job says, and what a kill costs it. */
export async function longJob(buildings = some(1_000_000)): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const from = await inputs(folder, Math.max(20_000, buildings));
    const spoken: number[] = [performance.now()];
    let text = '';
    const whole = await tiles(['build', ...from, '-o', join(folder, 'reference')], { deadline: 1800, started: (child) => child.stderr?.on('data', (data: Buffer) => { spoken.push(performance.now()); text += data.toString(); }) });
    spoken.push(performance.now());
    const silence = Math.max(...spoken.slice(1).map((at, k) => at - spoken[k])) / 1000;
    const out = join(folder, 'city');
    const at = whole.seconds * 0.8;
    await tiles(['build', ...from, '-o', out], { deadline: 1800, started: (child) => setTimeout(() => child.kill('SIGKILL'), at * 1000) });
    const again = await tiles(['build', ...from, '-o', out], { deadline: 1800 });
    const lost = at + again.seconds - whole.seconds;
    return [
      told('undisturbed', Number(whole.seconds.toFixed(1)), 's'), atMost('longest without a word', silence, 20, 's'), equal('time left was said', whole.seconds < 15 || /left/u.test(text) ? 1 : 0, 1),
      atMost(`work lost by a kill after ${at.toFixed(0)} s`, lost, 60, 's'), equal('same bytes after it', hashOf(out) === hashOf(join(folder, 'reference')) ? 1 : 0, 1),
    ];
  });
}

export const rows: Readonly<Record<string, () => Promise<Figure[]>>> = { P01: () => killed(), P02: () => stopped(), P03: () => fullDisk(), P04: () => twoRuns(), P07: aborts, P08: () => memory(), P22: () => longJob() };
