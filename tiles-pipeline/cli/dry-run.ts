import { readdir, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ConvertOptions } from '../convert.ts';
import { n, size } from './figures.ts';
import { lookAt, type FileInfo } from './info-file.ts';
import { noBounds, whereItLies, widen } from './info-place.ts';
import type { FoundInputs, WhyLeft } from './inputs.ts';
import { saidOf } from './place.ts';
import { duration } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** Features of a streamed file, and bytes of one that is read whole, that are looked at for a guess. */
const LOOK = { features: 20_000, bytes: 20e6 };

/** Bytes written and seconds taken for one of each, on two cores; measured on the sample data, good to a factor of two. */
const COSTS = {
  feature: { bytes: 950, seconds: 4.5e-5 },
  triangle: { bytes: 22, seconds: 3e-6 },
  sample: { bytes: 5, seconds: 1.2e-6 },
  /** Of a file nothing else is known of. */
  byte: { bytes: 0.6, seconds: 4e-8 },
} as const;

const words: Readonly<Record<WhyLeft, string>> = {
  hidden: 'hidden', belongs: 'read with the file it belongs to', paper: 'for people to read', unknown: 'of no kind read here', empty: 'empty', link: 'a link, not followed', special: 'a pipe or a device', city: 'a city built before', output: 'the output itself', unreadable: 'may not be read', deep: 'too deep', twice: 'named twice',
};

/** What stands in most folders and nobody wonders about: counted, not listed. */
const expected: ReadonlySet<WhyLeft> = new Set(['hidden', 'belongs', 'paper']);

interface Guess {
  bytes: number;
  seconds: number;
}

/** `tiles build … --dry-run`: what would be read and written; writes nothing. Exit code: 0, or 2 where nothing could be built. */
export async function dryRun(found: FoundInputs, options: Omit<ConvertOptions, 'inputs'>, terminal: Terminal): Promise<number> {
  const total: Guess = { bytes: 0, seconds: 0.3 };
  const bounds = noBounds();
  let usable = 0;
  for (const path of found.files) {
    const { line, guess, info } = await glance(path, options, terminal.signal);
    terminal.out(`${line}\n`);
    if (guess) usable++;
    total.bytes += guess?.bytes ?? 0;
    total.seconds += guess?.seconds ?? 0;
    for (const issue of info?.issues ?? []) if (issue.severity === 'error') terminal.out(`  ${issue.message}\n`);
    if (info?.bounds) for (const k of [0, 2]) widen(bounds, info.bounds[k], info.bounds[k + 1]);
  }
  for (const why of Object.keys(words) as WhyLeft[]) {
    const paths = found.left.filter((each) => each.why === why).map(({ path }) => path);
    if (expected.has(why) && paths.length > 0) terminal.out(`not read: ${n(paths.length)} × ${words[why]}\n`);
    else for (const path of paths) terminal.out(`not read: ${path} (${words[why]})\n`);
  }
  if (usable === 0) {
    terminal.out('Nothing would be built: no input is of a kind read here.\n');
    return 2;
  }
  if (bounds[0] <= bounds[2]) terminal.out(`all of it ${whereItLies(bounds)}\n`);
  terminal.out(`${await outcome(options.out, total)}\n`);
  return 0;
}

async function glance(path: string, { crs }: Pick<ConvertOptions, 'crs'>, signal: AbortSignal): Promise<{ line: string; guess?: Guess; info?: FileInfo }> {
  try {
    // Formats that come as one table are read whole; a large file of them is only named.
    const info = await lookAt(path, { most: LOOK.features, crs: saidOf(crs ?? [], path), signal, wholeUpTo: LOOK.bytes });
    return { line: `${path}: ${info.title}, ${size(info.bytes)}: ${holds(info)}`, guess: guessOf(info), info };
  } catch (cause) {
    if (signal.aborted) throw cause;
    return { line: cause instanceof Error ? cause.message : String(cause) };
  }
}

function scaleOf({ bytes, looked }: FileInfo): number {
  return looked === undefined ? 1 : bytes / looked;
}

function holds(info: FileInfo): string {
  const times = scaleOf(info);
  const layers = Object.entries(info.features?.layers ?? {}).map(([layer, count]) => `${times > 1 ? 'about ' : ''}${n(times > 1 ? Number((count * times).toPrecision(2)) : count)} ${layer}`);
  const models = info.models.map(({ elements, triangles }) => `${n(elements)} elements, ${n(triangles)} triangles`);
  const rasters = info.rasters.map(({ width, height }) => `${n(width)} × ${n(height)} heights`);
  const networks = info.networks.map(([first]) => first.replace(/,[^,]*km.*$/u, ''));
  const rest = Object.keys(info.others);
  const unused = Object.entries(info.features?.unused ?? {}).map(([reason, count]) => `${n(count)} × ${reason}`);
  return [...layers, ...models, ...rasters, ...networks, ...rest].join('; ') || (info.unread ? 'not looked into (large)' : `nothing usable${unused.length > 0 ? ` (${unused.join(', ')})` : ''}`);
}

function guessOf(info: FileInfo): Guess | undefined {
  const times = scaleOf(info);
  const features = Object.values(info.features?.layers ?? {}).reduce((sum, count) => sum + count, 0) * times;
  const triangles = info.models.reduce((sum, model) => sum + model.triangles, 0) + (info.features?.triangles ?? 0) * times;
  const samples = info.rasters.reduce((sum, { width, height }) => sum + width * height, 0);
  const rest = info.unread || Object.keys(info.others).length > 0 || info.networks.length > 0 ? info.bytes : 0;
  if (features + triangles + samples + rest === 0) return undefined;
  const sum = (of: 'bytes' | 'seconds'): number => features * COSTS.feature[of] + triangles * COSTS.triangle[of] + samples * COSTS.sample[of] + rest * COSTS.byte[of];
  return { bytes: sum('bytes'), seconds: sum('seconds') };
}

async function outcome(out: string, { bytes, seconds }: Guess): Promise<string> {
  const there = await readdir(out).catch(() => undefined);
  const what = there === undefined ? 'would be made' : there.length === 0 ? 'is empty and would be filled' : there.includes('city.json') ? 'holds a city and would be replaced' : 'holds other files: the build would refuse it';
  const free = await freeIn(out);
  const about = Number(bytes.toPrecision(1));
  const scarce = free !== undefined && free < bytes * 2 ? ' That is hardly enough.' : '';
  return `${out} ${what}: about ${size(about).replace(/\.0+ /u, ' ')} in about ${duration(seconds)}${free === undefined ? '' : `; ${size(free)} are free there.${scarce}`}\nNothing was written (--dry-run).`;
}

/** Bytes free where a folder is or would be. */
async function freeIn(path: string): Promise<number | undefined> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const space = await statfs(at).catch(() => undefined);
    if (space) return space.bavail * space.bsize;
    if (dirname(at) === at) return undefined;
  }
}
