import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { repository } from '../shared.ts';

export interface Figure {
  what: string;
  value: number | string;
  unit: string;
  reach: string | null;
  met: boolean;
}

/** A count that must be exactly so much. */
export function equal(what: string, value: number, reach: number, unit = ''): Figure {
  return { what, value, unit, reach: String(reach), met: value === reach };
}

export function atMost(what: string, value: number, most: number, unit: string): Figure {
  return { what, value: Number(value.toPrecision(3)), unit, reach: `≤ ${most}`, met: value <= most };
}

export function told(what: string, value: number | string, unit = ''): Figure {
  return { what, value, unit, reach: null, met: true };
}

/** A row that this machine cannot run, or a fault that the product cannot meet yet, is not met: it says why. */
export function notRun(what: string, why: string): Figure {
  return { what, value: why, unit: '', reach: 'run', met: false };
}

/** How much of a full row is run: 1 is all, the gate takes a little. */
export const share: number = Number(process.env.FAULTS_SHARE ?? 1);

/** So many of `full` as the share asks for. */
export function some(full: number, of = share): number {
  return Math.max(1, Math.round(full * of));
}

/** Mulberry32: the same faults for the same seed, everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A folder that a row works in; taken away whatever happens. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'citymirror-faults-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a file and names it. */
export function put(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
  seconds: number;
  /** Seconds of processor time, all its processes together, as last seen: what it takes on a machine that does nothing else. */
  cpu: number;
  /** Most bytes resident at one time, the command and all it started together. */
  rss: number;
  /** True where the watchdog ended it. */
  hung: boolean;
}

export interface RunOptions {
  /** Words before the command: `['unshare', '-n']`. */
  readonly before?: readonly string[];
  /** Words of Node. */
  readonly node?: readonly string[];
  /** Seconds after which it counts as hung. */
  readonly deadline?: number;
  readonly env?: Record<string, string>;
  /** Called when it runs. */
  readonly started?: (child: ChildProcess) => void;
}

const SAMPLE = 40;

let built: string | undefined;

/** The command as a person starts it: built anew once a harness. `CITYMIRROR_CLI` names another. */
export function cliPath(): string {
  if (process.env.CITYMIRROR_CLI) return process.env.CITYMIRROR_CLI;
  if (!built) {
    const dist = `.cache/faults-dist-${process.pid}`;
    process.once('exit', () => rmSync(join(repository, dist), { recursive: true, force: true }));
    const { status, stderr } = spawnSync(process.execPath, [join(repository, 'build.mjs'), 'cli'], { encoding: 'utf8', env: { ...process.env, CITYMIRROR_DIST: dist } });
    if (status !== 0) throw new Error(`the command could not be built: ${stderr}`);
    built = join(repository, dist, 'cli/citymirror.js');
  }
  return built;
}

/** Runs `citymirror tiles …` and watches it. */
export async function tiles(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const words = [...(options.before ?? []), process.execPath, ...(options.node ?? []), cliPath(), 'tiles', ...args];
  const started = performance.now();
  const child = spawn(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  let [out, err, rss, cpu, hung] = ['', '', 0, 0, false];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  options.started?.(child);
  const sampler = setInterval(() => {
    rss = Math.max(rss, treeRss(child.pid));
    cpu = Math.max(cpu, treeCpu(child.pid));
  }, SAMPLE);
  const watchdog = setTimeout(() => {
    hung = true;
    for (const pid of tree(child.pid)) kill(pid);
  }, (options.deadline ?? 300) * 1000);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve([code, signal]));
  });
  clearInterval(sampler);
  clearTimeout(watchdog);
  return { code, signal, out, err, seconds: (performance.now() - started) / 1000, cpu, rss, hung };
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

export function alive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
}

/** A process and all it started. */
export function tree(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  try {
    return [pid, ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).flatMap((child) => tree(Number(child)))];
  } catch {
    return [];
  }
}

function treeRss(pid: number | undefined): number {
  return tree(pid).reduce((sum, each) => {
    try {
      return sum + Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    } catch {
      return sum;
    }
  }, 0);
}

/** Ticks of a second; Linux has had no other for twenty years. */
const TICKS = 100;

/** With what its ended children took. */
function treeCpu(pid: number | undefined): number {
  return tree(pid).reduce((sum, each) => {
    try {
      const words = readFileSync(`/proc/${each}/stat`, 'utf8').replace(/^.*\) /u, '').split(' ');
      return sum + (each === pid ? [11, 12, 13, 14] : [11, 12]).reduce((total, k) => total + Number(words[k]), 0) / TICKS;
    } catch {
      return sum;
    }
  }, 0);
}

/** What of report.json may differ between two runs: how long things took. */
const TIMES = /^(seconds|times|took|started|ended|rate|memory|rss|workers)$/u;

/** One hash of a folder: every path and every byte; null where there is none. report.json counts without its times. */
export function hashOf(folder: string): string | null {
  if (!existsSync(folder)) return null;
  const hash = createHash('sha256');
  for (const path of filesOf(folder)) {
    const bytes = readFileSync(join(folder, path));
    hash.update(`${path}\n`).update(path === 'report.json' ? JSON.stringify(JSON.parse(bytes.toString('utf8')), (key, value: unknown) => (TIMES.test(key) ? undefined : value)) : bytes);
  }
  return hash.digest('hex');
}

/** Paths of all files below a folder, sorted. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name))).toSorted();
}

/** What lies beside an output that belongs to it: unfinished work. Finished pieces are kept in `.work` for the next build. */
export function leftBeside(out: string): string[] {
  const name = basename(out);
  return readdirSync(dirname(out)).filter((each) => each !== name && !each.endsWith('.work') && each.replace(/^\./u, '').startsWith(name));
}

/** Files changed or made below `root` since a mark, but for those below `but`. */
export function touched(root: string, since: number, but: readonly string[]): string[] {
  return filesOf(root).filter((path) => !but.some((each) => join(root, path).startsWith(each)) && statSync(join(root, path), { throwIfNoEntry: false })!.mtimeMs >= since);
}

/** Whether the command has an option yet. */
export function hasOption(name: string): boolean {
  return spawnSync(process.execPath, [cliPath(), 'tiles', 'build', '--help'], { encoding: 'utf8' }).stdout.includes(`--${name}`);
}

export function can(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** The report of a built folder. */
export function reportOf(out: string): { in: number; out: number; skipped: Record<string, number>; inputs: { name: string; in: number; out: number }[]; issues: { severity: string; message: string }[]; terrain: unknown; layers: Record<string, number> } | null {
  const path = join(out, 'report.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as never) : null;
}
