import { TwinError, type Issue } from '../../engine/errors.ts';
import { HEIGHT_DATUMS, type Declared, type HeightDatum } from '../catalogue.ts';
import { convert, type ConvertOptions, type Report } from '../convert.ts';
import { parseCredit } from '../credits.ts';
import { checkPath, tellMade } from './check.ts';
import { dryRun } from './dry-run.ts';
import { n, size } from './figures.ts';
import { parseRedis } from '../cells/redis-link.ts';
import { findInputs, wordsOn, type FoundInputs } from './inputs.ts';
import { parseCommand, type CommandSpec } from './options.ts';
import { parseCover, parseCrs, parsePlace } from './place.ts';
import { progressLine } from './progress.ts';
import { parseSkipLimit, tooManyLost, type SkipLimit } from './skipped.ts';
import type { Command, Terminal } from './terminal.ts';
import { parseMemory, parseWorkers } from './worker-count.ts';

const spec = {
  name: 'tiles build',
  operands: 'INPUT… -o DIR',
  what: 'turn files and whole folders into a city folder',
  options: {
    out: { type: 'string', short: 'o', value: 'DIR', help: 'folder, NAME.3tz or s3://BUCKET/PREFIX; appears whole or not at all' },
    'dry-run': { type: 'boolean', help: 'say what would be done' },
    follow: { type: 'boolean', help: 'follow links in folders' },
    place: { type: 'string', multiple: true, value: 'PLACE', help: 'where an input stands: [FILE@]lon,lat,height|ground,heading[,scale]' },
    crs: { type: 'string', multiple: true, value: 'CRS', help: 'the system of inputs that do not say theirs: [FILE@]EPSG:code' },
    cover: { type: 'string', value: 'METRES', help: 'depth of pipes unsaid' },
    'max-memory': { type: 'string', value: 'MIB', help: 'of all processes' },
    'max-skipped': { type: 'string', value: 'N|P%', help: 'features that may be unusable before the exit code is 1 (0)' },
    workers: { type: 'string', value: 'N', help: 'processes that read and build; by default what large inputs are worth' },
    implicit: { type: 'boolean', help: 'implicit tiling' },
    normals: { type: 'boolean', help: 'for other viewers' },
    draco: { type: 'boolean', help: 'instead of meshopt' },
    textures: { type: 'string', value: 'KIND', help: 'jpeg, webp or ktx2' },
    compress: { type: 'string', value: 'LIST', help: 'gzip,br' },
    check: { type: 'boolean', help: 'look into all, no sample' },
    's3-endpoint': { type: 'string', value: 'URL', help: 'of a store that is not Amazon’s; -o s3://BUCKET/PREFIX' },
    queue: { type: 'string', value: 'URL', help: 'share the work through redis://host:port[/db]; see tiles work' },
    work: { type: 'string', value: 'DIR', help: 'for finished pieces' },
    fresh: { type: 'boolean', help: 'start anew' },
    'no-check': { type: 'boolean', help: 'look into nothing' },
    'no-keep': { type: 'boolean', help: 'keep no pieces' },
    title: { type: 'string', value: 'TEXT', help: 'what the city is called' },
    'survey-date': { type: 'string', value: 'DATE', help: 'when it was surveyed' },
    datum: { type: 'string', value: 'NAME', help: `what heights are above: ${HEIGHT_DATUMS.join(', ')}` },
    source: { type: 'string', multiple: true, value: 'TEXT', help: 'where data come from' },
    synthetic: { type: 'boolean', help: 'the city is made up' },
    credit: { type: 'string', multiple: true, value: 'CREDIT', help: "'TEXT|URL|LICENCE'" },
    'review-number': { type: 'string', value: 'TEXT', help: '审图号' },
  },
  notes: ['Exit code: 0 all well, 1 built but some input was not (wholly) usable, 2 nothing done, 130 stopped.'],
  example: 'tiles build data/ model.ifc --place model.ifc@113.94,22.53,ground,30 -o city',
} as const satisfies CommandSpec;

/** `tiles build INPUT… -o DIR` */
export const build: Command = {
  spec,
  async run(args: readonly string[], terminal: Terminal): Promise<number> {
    const { values, positionals } = parseCommand(spec, args);
    if (!values.out) throw new TwinError('bad-input', 'Name the folder to make: citymirror tiles build INPUT… -o DIR');
    if (positionals.length === 0) throw new TwinError('bad-input', 'Name at least one input file or folder: citymirror tiles build INPUT… -o DIR');
    if (values.datum && !HEIGHT_DATUMS.includes(values.datum as HeightDatum)) throw new TwinError('bad-input', `--datum ${values.datum} is not known; it is one of ${HEIGHT_DATUMS.join(', ')}.`);
    const allowed = parseSkipLimit(values['max-skipped'] ?? '0');
    const declared: Declared = { title: values.title, heightDatum: values.datum as HeightDatum | undefined, surveyDate: values['survey-date'], synthetic: values.synthetic, source: values.source, credits: values.credit?.map(parseCredit), reviewNumber: values['review-number'] };
    const options = { out: values.out, declared, places: values.place?.map(parsePlace), crs: values.crs?.map(parseCrs), cover: values.cover === undefined ? undefined : parseCover(values.cover), workers: values.workers === undefined ? undefined : parseWorkers(values.workers, values.queue === undefined ? 1 : 0), maxMemory: values['max-memory'] === undefined ? undefined : parseMemory(values['max-memory']), queue: values.queue, work: values.work, fresh: values.fresh, keepWork: values['no-keep'] !== true, signal: terminal.signal };
    const textures = values.textures ?? 'jpeg';
    if (!isTexture(textures)) throw new TwinError('bad-input', `--textures ${textures} is not known; it is one of ${TEXTURES.join(', ')}.`);
    const made = { implicit: values.implicit, normals: values.normals, compression: values.draco ? ('draco' as const) : undefined, textures, compress: values.compress, s3Endpoint: values['s3-endpoint'] };
    const found = await findInputs(positionals, { out: values.out, follow: values.follow, signal: terminal.signal });
    if (values.queue !== undefined) parseRedis(values.queue);
    if (values['dry-run']) return dryRun(found, options, terminal);
    const code = await convertAll(found, { ...options, ...made }, allowed, terminal);
    return values['no-check'] ? code : Math.max(code, await checkMade(values.out, values.check === true, terminal));
  },
};

/** Contents of each tileset that are looked into after a build; that all are there, and the tree, is always looked at. */
const SAMPLE = 24;

/** What was just made, looked through as `tiles check` does. @returns its exit code */
async function checkMade(out: string, all: boolean, terminal: Terminal): Promise<number> {
  if (/^[a-z][a-z\d+.-]+:\/\//iu.test(out)) {
    if (all) terminal.err(`info: ${out} is not looked through: --check reads folders and archives. Build to one of them first.\n`);
    return 0;
  }
  return tellMade(await checkPath(out, { sample: all ? undefined : SAMPLE, signal: terminal.signal }), terminal);
}

async function convertAll(found: FoundInputs, options: Omit<ConvertOptions, 'inputs'>, allowed: SkipLimit, terminal: Terminal): Promise<number> {
  for (const words of wordsOn(found.left)) terminal.err(`info: ${words}\n`);
  if (found.files.length === 0) throw new TwinError('bad-input', 'There is no file of a kind read here in what was named. citymirror tiles --help says what is read, and citymirror tiles info FILE what a file is.');
  const started = performance.now();
  const line = progressLine(terminal);
  try {
    const { report, catalogue } = await convert({ ...options, inputs: found.files, onProgress: line.show, onNotice: (sentence) => {
      line.end();
      terminal.err(`info: ${sentence}\n`);
    } });
    line.end();
    terminal.out(summary(report, catalogue.heightDatum, options.out, (performance.now() - started) / 1000));
    for (const issue of report.issues) terminal.err(`${issueLine(issue)}\n`);
    const tooMany = tooManyLost(report, allowed);
    if (tooMany) terminal.err(`warning: ${tooMany}\n`);
    return tooMany !== null || report.issues.some((issue) => issue.severity === 'error') ? 1 : 0;
  } finally {
    line.end();
  }
}

const TEXTURES = ['jpeg', 'webp', 'ktx2'] as const;

function isTexture(text: string): text is (typeof TEXTURES)[number] {
  return TEXTURES.some((kind) => kind === text);
}

/** `error: sentence (3 times)`; a sentence that says how many says it once. */
export function issueLine({ severity, message, count = 1 }: Issue): string {
  return `${severity}: ${message}${count > 1 && !message.includes(String(count)) && !message.includes(n(count)) ? ` (${n(count)} times)` : ''}`;
}

function summary(report: Report, datum: HeightDatum, out: string, seconds: number): string {
  const layers = Object.entries(report.layers).filter(([, count]) => count > 0);
  const skipped = Object.entries(report.skipped).map(([reason, count]) => `${n(count)} × ${reason}`);
  const { given, storeys, default: assumed } = report.heights;
  const rate = report.out / Math.max(0.001, seconds);
  const lines = [
    `${n(report.in)} in, ${n(report.out)} out, ${n(report.in - report.out)} skipped${skipped.length > 0 ? `: ${skipped.join(', ')}` : ''}`,
    ...(layers.length > 0 ? [layers.map(([layer, count]) => `${n(count)} ${layer}`).join(', ')] : []),
    ...(report.layers.buildings > 0 ? [`heights: ${n(given)} given, ${n(storeys)} from storeys, ${n(assumed)} assumed`] : []),
    ...(report.tileset ? [`3D Tiles: ${report.tileset.contents} contents, ${size(report.tileset.bytes)}, ${report.tileset.depth} levels`] : []),
    ...(report.models ? [`models: ${report.models.contents} contents, ${size(report.models.bytes)}`] : []),
    ...(report.terrain ? [`terrain: ${report.terrain.tiles} tiles, ${size(report.terrain.bytes)}, ${report.terrainFilled} samples filled`] : []),
    `heights above: ${datum === 'unknown' ? `unknown (say it with --datum ${HEIGHT_DATUMS.filter((name) => name !== 'unknown').join('|')})` : datum}`,
    `${out} is ready (${seconds.toFixed(1)} s${report.out > 0 ? `, ${n(Math.round(rate))} features/s` : ''}, ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB). Look at it: citymirror tiles serve ${out}`,
  ];
  return `${lines.join('\n')}\n`;
}
