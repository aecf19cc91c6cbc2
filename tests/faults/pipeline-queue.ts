import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { collection, seededBuildings } from '../../tiles-pipeline/testing/seeded-city.ts';
import { startRedis, type RealRedis } from '../../tiles-pipeline/testing/redis-server.ts';
import { find } from '../install.mjs';
import { alive, cliPath, equal, hashOf, inFolder, kill, notRun, put, seeded, some, tiles, told, tree, type Figure, type Run } from './pipeline-run.ts';

/** Workers of their own processes, as `citymirror tiles work` starts them; one that is killed is replaced. */
export class WorkerMachines {
  readonly #all: ChildProcess[] = [];
  said = '';

  constructor(private readonly redis: RealRedis) {}

  async start(count = 1): Promise<void> {
    await Promise.all(Array.from({ length: count }, async () => {
      const child = spawn(process.execPath, [cliPath(), 'tiles', 'work', '--queue', this.redis.url, '--workers', '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
      this.#all.push(child);
      child.stdout.on('data', (data: Buffer) => (this.said += data.toString()));
      await once(child.stdout, 'data');
    }));
  }

  /** Kills one as a power cut would, and starts another. @returns processes of it that are still there some seconds later */
  async killOne(random: () => number): Promise<number> {
    const victim = this.#all.splice(Math.floor(random() * this.#all.length), 1)[0];
    const pids = tree(victim.pid);
    kill(victim.pid!);
    await this.start();
    for (let tries = 0; pids.some(alive) && tries < 100; tries++) await new Promise((resolve) => { setTimeout(resolve, 50); });
    return pids.filter(alive).length;
  }

  /** Asks all to stop. @returns their exit codes and the seconds that the slowest took */
  async stop(): Promise<{ codes: (number | null)[]; seconds: number }> {
    const started = performance.now();
    const ends = this.#all.splice(0).map(async (child) => {
      if (child.exitCode !== null) return child.exitCode;
      const end = once(child, 'exit') as Promise<[number | null]>;
      child.kill('SIGTERM');
      return (await end)[0];
    });
    return { codes: await Promise.all(ends), seconds: (performance.now() - started) / 1000 };
  }
}

/** Files of one city, each a share of it. */
export function cityFiles(folder: string, buildings: number, seed: number, files = 4): string[] {
  const all = seededBuildings(buildings, seed);
  return Array.from({ length: files }, (_, k) => put(folder, `in-${seed}/part-${k}.geojson`, collection(all.filter((_each, n) => n % files === k))));
}

/** P01Q: `kill -9` of workers at random moments of builds that share their work on one Redis. Two builds at a time. */
export async function killedWorkers(kills = some(20), buildings = 40_000): Promise<Figure[]> {
  if (!find('redis-server')) return [notRun('a real Redis', 'redis-server is missing')];
  const redis = await startRedis();
  const machines = new WorkerMachines(redis);
  try {
    return await inFolder(async (folder) => {
      const seeds = [7, 8];
      const inputs = seeds.map((seed) => cityFiles(folder, buildings, seed));
      const build = (k: number, name: string, ...more: string[]): Promise<Run> => tiles(['build', ...inputs[k], '-o', join(folder, name, 'city'), ...more], { deadline: 600 });
      for (const name of ['plain-0', 'plain-1', 'queue-0', 'queue-1']) mkdirSync(join(folder, name));
      await Promise.all(seeds.map((_, k) => build(k, `plain-${k}`)));
      const wanted = seeds.map((_, k) => hashOf(join(folder, `plain-${k}`, 'city')));
      await machines.start(3);
      const random = seeded(1);
      const both = async (): Promise<Run[]> => Promise.all(seeds.map((_, k) => build(k, `queue-${k}`, '--queue', redis.url, '--workers', '0', '--fresh')));
      const usual = Math.max(...(await both()).map(({ seconds }) => seconds));
      const seen = { same: 0, builds: 0, landed: 0, orphans: 0, left: 0, slowest: 0, others: [] as string[] };
      const judge = (runs: readonly Run[]): void => {
        for (const [k, run] of runs.entries()) {
          const out = join(folder, `queue-${k}`, 'city');
          seen.builds++;
          if (hashOf(out) === wanted[k]) seen.same++;
          else seen.others.push(`exit ${run.hung ? 'hung' : run.code ?? run.signal}: ${run.err.slice(-160)}`);
          seen.left += readdirSync(`${out}.work`).filter((name) => name.endsWith('.part')).length;
          seen.slowest = Math.max(seen.slowest, run.seconds - usual);
        }
      };
      for (let done = 0; done < kills;) {
        let running = true;
        const building = both().finally(() => { running = false; });
        const started = performance.now();
        const moments = Array.from({ length: Math.min(3, kills - done) }, () => (0.15 + 0.75 * random()) * usual).toSorted((a, b) => a - b);
        for (const moment of moments) {
          await new Promise((resolve) => { setTimeout(resolve, Math.max(0, moment * 1000 - (performance.now() - started))); });
          if (running) seen.landed++;
          seen.orphans += await machines.killOne(random);
          done++;
        }
        judge(await building);
      }
      const { codes, seconds } = await machines.stop();
      return [
        told('kills of a worker that met running builds', seen.landed, `of ${kills}`),
        equal(`builds with the same bytes as alone and in memory${seen.others.length > 0 ? ` (${seen.others[0]})` : ''}`, seen.same, seen.builds, `of ${seen.builds}`),
        equal('processes left running', seen.orphans, 0), equal('unfinished pieces left', seen.left, 0),
        { ...told('longest delay by up to three kills', Number(seen.slowest.toFixed(1)), 's'), reach: '≤ 30 a kill', met: seen.slowest <= 90 },
        equal('workers that ended with 143 when asked to', codes.filter((code) => code === 143).length, codes.length, `of ${codes.length}, the slowest after ${seconds.toFixed(1)} s`),
      ];
    });
  } finally {
    await machines.stop();
    await redis.end();
  }
}

export const rows: Readonly<Record<string, () => Promise<Figure[]>>> = { P01Q: () => killedWorkers() };
