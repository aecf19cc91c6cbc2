import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { TwinError, type Issue } from '../../engine/errors.ts';
import { checkCity, type CityCheck, type CityCheckOptions } from '../check/check-city.ts';
import { checkTilesetFiles } from '../check/check-tileset.ts';
import { folderFiles, openCity } from '../check/city-files.ts';
import { n } from './figures.ts';
import { parseCommand, type CommandSpec } from './options.ts';
import type { Command, Terminal } from './terminal.ts';

const spec = {
  name: 'tiles check',
  operands: 'CITY',
  what: 'look for faults in all of a city: folder, .3tz, tileset.json',
  options: {
    sample: { type: 'string', value: 'N', help: 'look into N contents of each tileset, evenly spread; all by default' },
  },
  notes: ['Exit code: 0 no faults, 1 faults found, 2 no city.'],
  example: 'tiles check city.3tz',
} as const satisfies CommandSpec;

/** `tiles check CITY`: exit code 1 where faults were found */
export const check: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { values, positionals } = parseCommand(spec, args);
    const [path] = positionals;
    if (!path) throw new TwinError('bad-input', 'Name the city: citymirror tiles check DIR, or a .3tz, or a tileset.json');
    const sample = values.sample === undefined ? undefined : Number(values.sample);
    if (sample !== undefined && !(Number.isInteger(sample) && sample > 0)) throw new TwinError('bad-input', `--sample ${values.sample} is no count of contents; give a number from 1.`);
    return tellCheck(await checkPath(path, { sample, signal: terminal.signal }), sample, terminal);
  },
};

/** A city folder, an archive, or one tileset with all it leads to. @throws {TwinError} `not-found`, `bad-input` */
export async function checkPath(path: string, options: CityCheckOptions): Promise<CityCheck> {
  const document = /\.json$/iu.test(path) && (await stat(path).catch(() => undefined))?.isFile();
  if (document) {
    const { issues, figures } = await checkTilesetFiles(folderFiles(dirname(path)), basename(path), options);
    return { issues, figures: { ...figures, terrain: 0, pictures: 0, files: 0, looked: figures.checked } };
  }
  const files = await openCity(path);
  try {
    return await checkCity(files, options);
  } finally {
    await files.close();
  }
}

/** @returns the exit code */
function tellCheck(check: CityCheck, sample: number | undefined, terminal: Terminal): number {
  for (const issue of check.issues) terminal.out(line(issue));
  const { figures, issues } = check;
  const all = allOf(figures);
  terminal.out(`${kindsOf(figures) || 'nothing of tiles'}; ${figures.looked < all ? `looked into ${n(figures.looked)} of ${n(all)}${sample === undefined ? '' : ` (--sample ${sample})`}, the others are there or named above` : 'looked into each'}\n`);
  terminal.out(`${faultsOf(issues)}\n`);
  return codeOf(issues);
}

/** The same in one line, behind a build; faults go where its other faults do. @returns the exit code */
export function tellMade({ issues, figures }: CityCheck, terminal: Terminal): number {
  for (const issue of issues) terminal.err(line(issue));
  const all = allOf(figures);
  terminal.out(`checked: ${kindsOf(figures) || `${n(figures.files)} files`}${figures.looked < all ? ` (${n(figures.looked)} looked into; --check looks into all)` : ''}: ${faultsOf(issues)}\n`);
  return codeOf(issues);
}

function line({ severity, code, path, message }: Issue): string {
  return `${severity} ${code}${path ? ` ${path}` : ''}: ${message}\n`;
}

function allOf({ contents, terrain, pictures }: CityCheck['figures']): number {
  return contents + terrain + pictures;
}

function kindsOf({ tiles, contents, terrain, pictures }: CityCheck['figures']): string {
  const kinds = [[tiles, 'tiles'], [contents, 'contents'], [terrain, 'terrain tiles'], [pictures, 'pictures']] as const;
  return kinds.filter(([count]) => count > 0).map(([count, name]) => `${n(count)} ${name}`).join(', ');
}

function faultsOf(issues: readonly Issue[]): string {
  const faults = issues.reduce((sum, { count = 1 }) => sum + count, 0);
  return faults === 0 ? 'no faults found' : `${n(faults)} faults`;
}

function codeOf(issues: readonly Issue[]): number {
  return issues.some(({ severity }) => severity === 'error') ? 1 : 0;
}
