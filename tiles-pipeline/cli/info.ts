import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../../engine/errors.ts';
import { fileSource } from '../formats/source.ts';
import { issueLine } from './build.ts';
import { archiveInfo, archiveLines, isTilesArchive } from './info-archive.ts';
import { catalogueIn, cityLines } from './info-city.ts';
import { fileLines, lookAt, type FileInfo } from './info-file.ts';
import { findInputs, wordsOn } from './inputs.ts';
import { parseCommand, type CommandSpec } from './options.ts';
import { parseCrs, saidOf } from './place.ts';
import type { Command, Terminal } from './terminal.ts';

const spec = {
  name: 'tiles info',
  operands: 'FILE|FOLDER|CITY|.3tz',
  what: 'say what each of them holds and where it lies',
  options: {
    json: { type: 'boolean', help: 'the same as JSON, one document' },
    follow: { type: 'boolean', help: 'follow links in folders' },
    crs: { type: 'string', multiple: true, value: 'CRS', help: 'the system of inputs that do not say theirs: [FILE@]EPSG:code' },
  },
  notes: ['Files are found out by content and read whole; several may be named.', 'Exit code: 0 all well, 1 something in them is wrong, 2 nothing read.'],
  example: 'tiles info buildings.geojson model.ifc',
} as const satisfies CommandSpec;

/** What was said of one operand: for people, for programs, and what is wrong with it. */
interface Said {
  lines: string[];
  json: unknown;
  wrong: string[];
  code: 0 | 1;
}

/** `tiles info FILE|FOLDER|CITY|.3tz` */
export const info: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { values, positionals } = parseCommand(spec, args);
    if (positionals.length === 0) throw new TwinError('bad-input', 'Name a file, a folder or a city: citymirror tiles info FILE');
    const crs = values.crs?.map(parseCrs) ?? [];
    const all: unknown[] = [];
    let code = 0;
    for (const [k, path] of positionals.entries()) {
      for await (const said of tell(path, { follow: values.follow ?? false, terminal, crsOf: (file) => saidOf(crs, file) })) {
        all.push(said.json);
        code = Math.max(code, said.code);
        if (!values.json) terminal.out(`${k > 0 || all.length > 1 ? '\n' : ''}${said.lines.join('\n')}\n`);
        for (const words of said.wrong) terminal.err(`${words}\n`);
      }
    }
    if (values.json) terminal.out(`${JSON.stringify(all.length === 1 ? all[0] : all, null, 1)}\n`);
    return code;
  },
};

interface TellOptions {
  follow: boolean;
  terminal: Terminal;
  crsOf(file: string): string | undefined;
}

async function* tell(path: string, options: TellOptions): AsyncGenerator<Said> {
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isDirectory()) return yield* await isCity(path) ? [await tellCity(path)] : tellFolder(path, options);
  const source = kind?.isFile() ? await fileSource(path) : undefined;
  if (source && isTilesArchive(source)) {
    const json = await archiveInfo(source);
    return yield { lines: archiveLines(json), json, wrong: [], code: json.tileset ? 0 : 1 };
  }
  if (!kind && !/\.\w+$/u.test(path)) throw new TwinError('not-found', `${path} is no file and no city folder: there is nothing of that name. Check the path.`);
  yield saidOfFile(await lookAt(path, { crs: options.crsOf(path), signal: options.terminal.signal }));
}

async function isCity(dir: string): Promise<boolean> {
  return (await readFile(join(dir, 'city.json'), 'utf8').catch(() => '')).includes('"heightDatum"');
}

async function tellCity(dir: string): Promise<Said> {
  const { city } = await catalogueIn(dir, 'info');
  return { lines: await cityLines(dir, city), json: { city: dir, ...city }, wrong: [], code: 0 };
}

async function* tellFolder(path: string, { follow, terminal, crsOf }: TellOptions): AsyncGenerator<Said> {
  const { files, left } = await findInputs([path], { follow, signal: terminal.signal });
  if (files.length === 0) throw new TwinError('bad-input', `${path} holds no city (no city.json) and no file of a kind read here.`);
  for (const words of wordsOn(left)) terminal.err(`info: ${words}\n`);
  for (const file of files) yield saidOfFile(await lookAt(file, { crs: crsOf(file), signal: terminal.signal }));
}

function saidOfFile(json: FileInfo): Said {
  const bad = json.issues.some(({ severity }) => severity === 'error');
  return { lines: fileLines(json), json, wrong: json.issues.map(issueLine), code: bad ? 1 : 0 };
}
